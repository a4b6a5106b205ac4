//! An apply that fails, and is undone.

use std::process::Stdio;

use crate::support::{Cloud, Ran, Stack};

const BEFORE: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "kept" {
  name                       = "kept"
  visibility_timeout_seconds = 30
}

resource "aws_cloudwatch_log_group" "gone" {
  name              = "/gone"
  retention_in_days = 7
}

resource "aws_sqs_queue" "other" {
  name = "other"
}

resource "aws_ssm_parameter" "other" {
  name  = "/other"
  type  = "String"
  value = aws_sqs_queue.other.arn
}

output "url" {
  value = aws_sqs_queue.kept.id
}
"#;

/// Two are changed, one deleted, one replaced, one made; then a program fails.
const AFTER: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_sqs_queue" "kept" {
  name                       = "kept"
  visibility_timeout_seconds = 60
}

resource "aws_sqs_queue" "other" {
  name = "another"
}

resource "aws_ssm_parameter" "other" {
  name  = "/other"
  type  = "String"
  value = aws_sqs_queue.other.arn
}

resource "aws_ecs_cluster" "new" {
  name = "new"
}

resource "terraform_data" "last" {
  depends_on = [aws_sqs_queue.kept, aws_ssm_parameter.other, aws_ecs_cluster.new]

  provisioner "local-exec" {
    command = "test -e fine"
  }
}

output "url" {
  value = terraform_data.last.id
}
"#;

const COUNT: &str = r#"
import boto3, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
client = lambda name: boto3.client(name, **endpoint)
sqs = client("sqs")
urls = sqs.list_queues().get("QueueUrls", [])
timeout = lambda it: sqs.get_queue_attributes(QueueUrl=it, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"]
print(sorted(it.rsplit("/", 1)[1] + " " + timeout(it) for it in urls),
      [(it["logGroupName"], it.get("retentionInDays")) for it in client("logs").describe_log_groups()["logGroups"]],
      [it["Value"].rsplit(":", 1)[1] for it in client("ssm").get_parameters(Names=["/other"])["Parameters"]],
      len(client("ecs").list_clusters()["clusterArns"]))
"#;

const WAS: &str = "['kept 30', 'other 30'] [('/gone', 7)] ['other'] 0";

fn applied(cloud: &Cloud) -> Stack {
    let stack = Stack::new(&[("main.tf", BEFORE)]);
    stack.run_on(cloud, &["apply", "-auto-approve"]).ended(0);
    assert_eq!(cloud.python(COUNT), WAS);
    stack.write("main.tf", AFTER);
    stack
}

/// The configuration of before finds all as it was.
fn is_as_before(stack: &Stack, cloud: &Cloud) {
    assert_eq!(cloud.python(COUNT), WAS);
    stack.write("main.tf", BEFORE);
    stack.run_on(cloud, &["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
}

#[test]
fn what_a_failed_apply_has_done_is_undone() {
    let cloud = Cloud::start();
    let stack = applied(&cloud);
    let ran = stack.run_on(&cloud, &["apply", "-auto-approve", "-on-failure=rollback"]).ended(1);
    ran.says("Rolled back: 2 deleted again, 2 changed back, 2 made again.")
        .says("aws_ecs_cluster.new: deleted again")
        .says("aws_sqs_queue.kept: changed back")
        .says("aws_cloudwatch_log_group.gone: made again")
        .says("All is as it was before the apply.");
    is_as_before(&stack, &cloud);
    // Without the failure the same apply completes, also from a saved plan.
    stack.write("main.tf", AFTER);
    stack.run_on(&cloud, &["plan", "-out=plan"]).ended(0);
    let ran = stack.run_on(&cloud, &["apply", "-on-failure=rollback", "plan"]).ended(1);
    ran.says("All is as it was before the apply.");
    is_as_before(&stack, &cloud);
    stack.write("main.tf", AFTER);
    stack.write("fine", "");
    stack.run_on(&cloud, &["apply", "-auto-approve", "-on-failure=rollback"]).ended(0);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

#[test]
fn what_a_failed_apply_has_done_stays_unless_it_is_to_be_undone() {
    let cloud = Cloud::start();
    let stack = applied(&cloud);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(1);
    stack.write("fine", "");
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("1 added, 0 changed");
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    let ran = stack.run(&["apply", "-on-failure=undo"]).ended(1);
    ran.says("the option -on-failure is keep or rollback, not \"undo\"");
    let ran = stack.run(&["apply", "-destroy", "-on-failure=rollback"]).ended(1);
    ran.says("a destroy cannot be undone");
}

#[test]
fn a_rollback_that_is_killed_is_finished_by_the_next_command() {
    let cloud = Cloud::start();
    let mut n_resumed = 0;
    for event in (20..100).step_by(3) {
        let stack = applied(&cloud);
        let status = stack
            .command(&["apply", "-auto-approve", "-on-failure=rollback"])
            .envs(cloud.env())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the binary starts");
        let killed = status.code().is_none();
        let journal = match stack.exists("terraform.tfstate.journal") {
            true => stack.read("terraform.tfstate.journal"),
            false => String::new(),
        };
        let undoing = journal.contains("rolling_back") && !journal.contains("rolled_back");
        if killed && undoing {
            let ran = stack.run_on(&cloud, &["recover"]).ended(0);
            ran.says("A run was cut off while it was being rolled back. Going on with that.");
            stack.run_on(&cloud, &["recover"]).ended(0).says("Nothing was left open.");
            is_as_before(&stack, &cloud);
            n_resumed += 1;
        }
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        if !killed {
            assert!(n_resumed > 4, "{n_resumed} times a rollback was killed");
            return;
        }
    }
    panic!("the rollback never came to its end");
}

#[test]
fn a_program_is_told_of_a_rollback_and_of_a_recovery() {
    let cloud = Cloud::start();
    let stack = applied(&cloud);
    let args = ["apply", "-auto-approve", "-json", "-on-failure=rollback"];
    let ran = stack.run_on(&cloud, &args).ended(1);
    let lines = ran.out.lines().map(|it| serde_json::from_str(it).expect("every line is JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    let of = |kind: &str| lines.iter().find(|it| it["type"] == kind).cloned();
    assert!(of("rollback_start").is_some());
    let summary = of("rollback_summary").expect("it is told how it ended");
    assert_eq!(summary["rollback"]["finished"], true);
    assert_eq!(summary["rollback"]["not_undone"], serde_json::json!([]));
    assert_eq!(summary["rollback"]["undone"].as_array().map(Vec::len), Some(6));
    let ran = stack.run_on(&cloud, &["recover", "-json"]).ended(0);
    let line: serde_json::Value = serde_json::from_str(ran.out.trim()).expect("a line of JSON");
    assert_eq!((&line["type"], &line["settled"]), (&"recovery_summary".into(), &0.into()));
    stack.write("main.tf", BEFORE);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
}

#[test]
fn a_recovery_tells_what_it_found() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[(
        "main.tf",
        "provider \"aws\" {\n  region = \"us-east-1\"\n}\n\
         resource \"aws_sqs_queue\" \"a\" {\n  name = \"a\"\n}\n",
    )]);
    let killed = |command: &str, event: &str| {
        let status = stack
            .command(&[command, "-auto-approve"])
            .envs(cloud.env())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert_eq!(status.expect("the binary starts").code(), None);
    };
    // The intent is on disk, and nothing was called.
    killed("apply", "2");
    let ran = stack.run_on(&cloud, &["recover"]).ended(0);
    ran.says(
        "aws_sqs_queue.a was being created when a run was cut off. It does not exist. Nothing had \
         happened.\n1 thing was left open, and is settled.",
    );
    // The id is on disk.
    killed("apply", "3");
    let ran = stack.run_on(&cloud, &["recover"]).ended(0);
    ran.says("aws_sqs_queue.a was being created when a run was cut off. It exists [id=")
        .says("It is taken into the state.");
    killed("destroy", "2");
    let ran = stack.run_on(&cloud, &["plan"]).ended(0);
    ran.says("aws_sqs_queue.a was being deleted when a run was cut off. It is still there [id=");
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    stack.run_on(&cloud, &["recover"]).ended(0).says("Nothing was left open.");
}

const SLOW: &str = r#"
resource "terraform_data" "first" {
  input = "first"
}

resource "terraform_data" "slow" {
  input = terraform_data.first.id

  provisioner "local-exec" {
    command = "touch begun; sleep 1"
  }
}

resource "terraform_data" "never" {
  input = terraform_data.slow.id
}
"#;

#[test]
fn an_apply_that_is_interrupted_is_undone() {
    let stack = Stack::new(&[("main.tf", SLOW)]);
    let child = stack
        .command(&["apply", "-auto-approve", "-on-failure=rollback"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    while !stack.exists("begun") {
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill starts").success());
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(1);
    ran.says("Stopping: what is under way is finished")
        .says("Apply was stopped: 2 added")
        .says("not begun: terraform_data.never")
        .says("Rolled back: 2 deleted again, 0 changed back, 0 made again.");
    assert_eq!(stack.addresses(), Vec::<String>::new());
}

/// What was random is not drawn anew.
#[test]
fn what_is_only_in_the_state_is_what_it_was() {
    let main = |keeper: &str, end: &str| {
        format!(
            "resource \"random_pet\" \"name\" {{\n  keepers = {{ a = \"{keeper}\" }}\n}}\n\
             output \"name\" {{\n  value = random_pet.name.id\n}}\n\
             resource \"local_file\" \"name\" {{\n  filename = \"name\"\n  \
             content = random_pet.name.id\n}}\n{end}"
        )
    };
    let failing = "resource \"terraform_data\" \"last\" {\n  depends_on = [local_file.name]\n  \
                   provisioner \"local-exec\" {\n    command = \"false\"\n  }\n}\n";
    let stack = Stack::new(&[("main.tf", &main("1", ""))]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    let name = stack.read("name");
    stack.write("main.tf", &main("2", failing));
    let ran = stack.run(&["apply", "-auto-approve", "-on-failure=rollback"]).ended(1);
    ran.says("1 deleted again, 1 changed back, 1 made again")
        .says("All is as it was before the apply.");
    assert_eq!(stack.read("name"), name);
    assert_eq!(stack.run(&["output", "-raw", "name"]).ended(0).out, name);
    stack.write("main.tf", &main("1", ""));
    stack.run(&["plan", "-detailed-exitcode"]).ended(0);
}
