//! A state in a bucket: set up, locked, changed by others, killed in the middle, and moved.

use std::process::Stdio;

use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
terraform {
  backend "s3" {
    bucket       = "states"
    key          = "team/app.tfstate"
    region       = "us-east-1"
    use_lockfile = true
    encrypt      = true
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}

resource "aws_cloudwatch_log_group" "web" {
  name = "/web"
}
"#;

const S3: &str = r#"
import boto3, hashlib, json, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
s3 = boto3.client("s3", **endpoint)
dynamodb = boto3.client("dynamodb", **endpoint)
def keys():
    return " ".join(it["Key"] for it in s3.list_objects_v2(Bucket="states").get("Contents", []))
def put(key, content):
    s3.put_object(Bucket="states", Key=key, Body=content)
def get(key):
    return s3.get_object(Bucket="states", Key=key)["Body"].read().decode()
"#;

fn python(cloud: &Cloud, program: &str) -> String {
    cloud.python(&format!("{S3}\n{program}"))
}

fn cloud() -> Cloud {
    let cloud = Cloud::start();
    python(&cloud, "s3.create_bucket(Bucket='states')");
    cloud
}

#[test]
fn a_state_in_a_bucket_is_set_up_locked_and_kept() {
    let cloud = cloud();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let early = stack.run_on(&cloud, &["plan"]).ended(1);
    early.says("Backend initialization required");
    early.says("run `groundplan init`");

    stack.run_on(&cloud, &["init"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    assert_eq!(python(&cloud, "print(keys())"), "team/app.tfstate");
    assert!(!stack.exists("terraform.tfstate"));
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
    stack.run_on(&cloud, &["state", "list"]).ended(0).says("aws_cloudwatch_log_group.web");

    // Terraform's lock, of another machine.
    let lock = r#"put("team/app.tfstate.tflock", json.dumps({"ID": "a-1",
        "Operation": "OperationTypeApply", "Info": "", "Who": "bob@far", "Version": "1.11.0",
        "Created": "2026-11-24T10:00:00Z", "Path": "x"}))"#;
    python(&cloud, lock);
    let held = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(1);
    let owner =
        "bob@far, Terraform 1.11.0, OperationTypeApply, since 2026-11-24 10:00:00 UTC (lock a-1)";
    held.says(owner);
    held.says("groundplan force-unlock a-1");
    stack.run_on(&cloud, &["force-unlock", "a-2"]).ended(1);
    stack.run_on(&cloud, &["force-unlock", "a-1"]).ended(0);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(python(&cloud, "print(keys())"), "team/app.tfstate");
}

#[test]
fn a_killed_run_with_a_state_in_a_bucket_is_finished_by_the_next() {
    let cloud = cloud();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["init"]).ended(0);
    for event in 1..100 {
        let status = stack
            .command(&["apply", "-auto-approve"])
            .envs(cloud.env())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the binary starts");
        if status.code().is_some() {
            assert!(event > 4, "an apply of two objects has more than {event} events");
            return;
        }
        let next = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        next.says("Taken over the lock of a run that has died");
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    }
    panic!("the apply never came to its end");
}

#[test]
fn states_move_to_a_bucket_and_back() {
    let cloud = cloud();
    let (_, rest) = MAIN.split_once("provider").expect("a provider");
    let local = format!("provider{rest}");
    let stack = Stack::new(&[("main.tf", &local)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    stack.write("main.tf", MAIN);
    stack.run_on(&cloud, &["init", "-input=false"]).ended(1).says("-force-copy");
    stack.run_on(&cloud, &["init", "-force-copy"]).ended(0).says("Copied");
    assert!(stack.read(".terraform/terraform.tfstate").contains("\"type\": \"s3\""));
    std::fs::remove_file(stack.path().join("terraform.tfstate")).expect("it is there");
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    stack.write("main.tf", &MAIN.replace("team/app", "team/other"));
    stack.run_on(&cloud, &["plan"]).ended(1).says("init -migrate-state");
    stack.run_on(&cloud, &["init"]).ended(1).says("-migrate-state");
    stack.run_on(&cloud, &["init", "-migrate-state", "-force-copy"]).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    stack.write("main.tf", &local);
    stack.run_on(&cloud, &["init", "-force-copy"]).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
    assert!(stack.exists("terraform.tfstate"));
}

#[test]
fn a_table_holds_locks_and_digests_of_old_set_ups() {
    let cloud = cloud();
    python(
        &cloud,
        "dynamodb.create_table(TableName='locks', BillingMode='PAY_PER_REQUEST', \
         KeySchema=[{'AttributeName': 'LockID', 'KeyType': 'HASH'}], \
         AttributeDefinitions=[{'AttributeName': 'LockID', 'AttributeType': 'S'}])",
    );
    let is_given = |it: &&str| !it.contains("use_lockfile") && !it.contains("key ");
    let main = MAIN.lines().filter(is_given).collect::<Vec<_>>().join("\n");
    let stack = Stack::new(&[("main.tf", &main), ("s3.tfbackend", "dynamodb_table = \"locks\"\n")]);
    stack.run_on(&cloud, &["init"]).ended(1).says("needs the argument \"key\"");
    let init = ["init", "-backend-config=key=app", "-backend-config=s3.tfbackend"];
    stack.run_on(&cloud, &init).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let digest = r#"
items = dynamodb.scan(TableName="locks")["Items"]
digest = hashlib.md5(get("app").encode()).hexdigest()
print([it["LockID"]["S"] for it in items], items[0]["Digest"]["S"] == digest)
"#;
    assert_eq!(python(&cloud, digest), "['states/app-md5'] True");
    let lock = r#"dynamodb.put_item(TableName="locks", Item={
        "LockID": {"S": "states/app"}, "Info": {"S": '{"ID": "b", "Who": "bob@far"}'}})"#;
    python(&cloud, lock);
    stack.run_on(&cloud, &["plan"]).ended(1).says("held by bob@far");
    stack.run_on(&cloud, &["force-unlock", "b"]).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
}

#[test]
fn workspaces_come_and_go_in_a_bucket() {
    let cloud = cloud();
    let table = |it: &str| {
        it.replace("use_lockfile = true", "use_lockfile = true\n    dynamodb_table = \"locks\"")
    };
    python(
        &cloud,
        "dynamodb.create_table(TableName='locks', BillingMode='PAY_PER_REQUEST', \
         KeySchema=[{'AttributeName': 'LockID', 'KeyType': 'HASH'}], \
         AttributeDefinitions=[{'AttributeName': 'LockID', 'AttributeType': 'S'}])",
    );
    let main = table(MAIN).replace("\"/app\"", "\"/${terraform.workspace}/app\"");
    let stack =
        Stack::new(&[("main.tf", &main.replace("\"/web\"", "\"/${terraform.workspace}\""))]);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["init"]).ended(0);
    run(&["workspace", "select", "dev"]).ended(1).says("doesn't exist");
    run(&["workspace", "new", "dev"]).ended(0).says("Created and switched to workspace \"dev\"!");
    assert_eq!(python(&cloud, "print(keys())"), "env:/dev/team/app.tfstate");
    let list = run(&["workspace", "list"]).ended(0);
    assert_eq!(list.out.trim_end(), "  default\n* dev");
    run(&["workspace", "new", "dev"]).ended(1).says("already exists");
    run(&["apply", "-auto-approve"]).ended(0).says("2 added");
    run(&["workspace", "select", "-or-create", "test"]).ended(0);
    run(&["workspace", "select", "default"]).ended(0);
    run(&["workspace", "delete", "default"]).ended(1).says("default");
    let full = run(&["workspace", "delete", "dev"]).ended(1);
    full.says("Workspace is not empty").says("aws_cloudwatch_log_group.app");
    let keys = "env:/dev/team/app.tfstate env:/test/team/app.tfstate";
    assert_eq!(python(&cloud, "print(keys())"), keys);

    let locked = r#"put("env:/test/team/app.tfstate.tflock", json.dumps({"ID": "a-1"}))"#;
    python(&cloud, locked);
    run(&["workspace", "delete", "test"]).ended(1).says("the state is locked");
    python(&cloud, r#"s3.delete_object(Bucket="states", Key="env:/test/team/app.tfstate.tflock")"#);
    run(&["workspace", "delete", "test"]).ended(0).says("Deleted workspace \"test\"!");
    run(&["workspace", "delete", "-force", "dev"]).ended(0).says("was non-empty");
    assert_eq!(python(&cloud, "print(keys())"), "");
    let items = "print(len(dynamodb.scan(TableName='locks')['Items']))";
    assert_eq!(python(&cloud, items), "0");

    // Nothing of the one that was forgotten is taken for the new one of the same name.
    run(&["workspace", "new", "dev"]).ended(0);
    run(&["plan"]).ended(1).says("aws_cloudwatch_log_group.app is to be created, but /dev/app is");
}

#[test]
fn a_damaged_state_in_a_bucket_is_put_back_there() {
    let cloud = cloud();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["init"]).ended(0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    python(&cloud, r#"put("team/app.tfstate", get("team/app.tfstate")[:100])"#);
    let damaged = stack.run_on(&cloud, &["plan"]).ended(1);
    damaged.says("cannot read s3://states/team/app.tfstate");
    damaged.says("if versions of it are kept there, restore the one before");
    stack.write(".terraform/groundplan/s3/states/team/app.tfstate.backup", EMPTY);
    let backup = ".terraform/groundplan/s3/states/team/app.tfstate.backup";
    let hint = format!("to restore it: aws s3 cp {backup} s3://states/team/app.tfstate");
    stack.run_on(&cloud, &["plan"]).ended(1).says(&hint);
}

const EMPTY: &str = r#"{"version": 4, "terraform_version": "1.11.0", "serial": 1, "lineage": "a",
    "outputs": {}, "resources": []}"#;
