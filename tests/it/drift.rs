//! What others have changed behind our back: shown, undone, or kept by a patch to the configuration.

use std::process::Command;

use crate::support::{Cloud, Stack};

const MAIN: &str = r#"provider "aws" {
  region = "us-east-1"
}

variable "retention" {
  default = 600
}

resource "aws_sqs_queue" "jobs" {
  name                       = "jobs"
  visibility_timeout_seconds = 30
  message_retention_seconds  = var.retention

  tags = {
    team = "blue"
  }
}

resource "aws_sqs_queue" "all" {
  count         = 2
  name          = "all-${count.index}"
  delay_seconds = 1
}

resource "aws_cloudwatch_log_group" "app" { name = "/app" }
"#;

const MEDDLE: &str = r#"
import boto3, os
where = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
sqs, logs = boto3.client("sqs", **where), boto3.client("logs", **where)
url = lambda name: sqs.get_queue_url(QueueName=name)["QueueUrl"]
sqs.set_queue_attributes(QueueUrl=url("jobs"), Attributes={
    "VisibilityTimeout": "45", "DelaySeconds": "5", "MessageRetentionPeriod": "700"})
sqs.tag_queue(QueueUrl=url("jobs"), Tags={"team": "red", "note": "by ${hand} %{if}"})
sqs.set_queue_attributes(QueueUrl=url("all-1"), Attributes={"DelaySeconds": "7"})
logs.put_retention_policy(logGroupName="/app", retentionInDays=7)
"#;

#[test]
fn what_others_have_changed_is_undone_or_accepted() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    // An apply undoes it.
    cloud.python(MEDDLE);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(2).says("3 to change");
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    // A patch lets the configuration say it.
    cloud.python(MEDDLE);
    let ran = stack.run_on(&cloud, &["plan", "-accept-out=drift.patch"]).ended(0);
    ran.says("git apply drift.patch");
    ran.says("aws_sqs_queue.jobs.message_retention_seconds is not written as a value");
    ran.says("aws_sqs_queue.all[1]: its block describes several objects");
    ran.says(
        "aws_cloudwatch_log_group.app.retention_in_days cannot be added to a block on one line",
    );
    let mut git = Command::new("git");
    let patched = git.args(["apply", "drift.patch"]).current_dir(stack.path()).output();
    let patched = patched.expect("git starts");
    assert!(patched.status.success(), "{}", String::from_utf8_lossy(&patched.stderr));
    let expected = MAIN
        .replace("= 30", "= 45")
        .replace(
            "    team = \"blue\"\n  }\n}",
            "    \"note\" = \"by $${hand} %%{if}\"\n    \"team\" = \"red\"\n  }\n  delay_seconds = 5\n}",
        );
    assert_eq!(stack.read("main.tf"), expected);

    // What it could not say is all that is left to undo.
    let ran = stack.run_on(&cloud, &["plan", "-json"]).ended(0);
    let changed: Vec<&str> = ran.out.lines().filter(|it| it.contains("planned_change")).collect();
    assert_eq!(changed.len(), 3, "{}", ran.out);
    assert!(changed.iter().any(|it| it.contains("[\"message_retention_seconds\"]")));
    assert!(changed.iter().any(|it| it.contains("aws_sqs_queue.all[1]")));
}
