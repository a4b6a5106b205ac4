//! What AWS tells only once is never lost: a key whose secret nobody has heard does not stay.

use std::process::Stdio;

use sandbox::Fault;

use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_iam_user" "mail" {
  name = "mail"
}

resource "aws_iam_access_key" "mail" {
  user = aws_iam_user.mail.name
}
"#;

const KEYS: &str = r#"
import boto3, os
iam = boto3.client("iam", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
print(*[it["AccessKeyId"] for it in iam.list_access_keys(UserName="mail")["AccessKeyMetadata"]])
"#;

/// Asserts that there is one key, and that the state has it with its secret.
fn one_key_with_a_secret(stack: &Stack, cloud: &Cloud, when: &str) {
    let state = stack.read("terraform.tfstate");
    let state: serde_json::Value = serde_json::from_str(&state).expect("a state");
    let resources = state["resources"].as_array().expect("resources");
    let key = resources.iter().find(|it| it["type"] == "aws_iam_access_key").expect("a key");
    let key = &key["instances"][0]["attributes"];
    assert_eq!(key["id"], cloud.python(KEYS), "{when}");
    assert!(key["secret"].as_str().is_some_and(|it| it.len() > 20), "{when}: {key}");
    assert!(key["ses_smtp_password_v4"].is_string(), "{when}: {key}");
}

#[test]
fn a_key_has_its_secret_wherever_the_run_was_killed() {
    let cloud = Cloud::start();
    for event in 1..100 {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        let status = stack
            .command(&["apply", "-auto-approve"])
            .envs(cloud.env())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the binary starts");
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        one_key_with_a_secret(&stack, &cloud, &format!("after event {event}"));
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
        one_key_with_a_secret(&stack, &cloud, &format!("a plan after event {event}"));
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        if status.code().is_some() {
            return;
        }
    }
    panic!("the apply never came to its end");
}

#[test]
fn a_key_whose_answer_was_lost_is_made_anew() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    cloud.disturb("CreateAccessKey", Fault::Lost, 1);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("2 added");
    one_key_with_a_secret(&stack, &cloud, "after a lost answer");
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
}
