//! A run is killed after each line of its journal in turn: the next one finishes the work.

mod matrix;
mod updates;

use std::process::Stdio;

use sandbox::Fault;

use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app"
  retention_in_days = 7
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}
"#;

const COUNT: &str = r#"
import boto3, os
endpoint = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": "us-east-1"}
client = lambda name: boto3.client(name, **endpoint)
ec2 = client("ec2")
vpcs = [it for it in ec2.describe_vpcs()["Vpcs"] if not it["IsDefault"]]
groups = [it for it in ec2.describe_security_groups()["SecurityGroups"] if it["GroupName"] != "default"]
tags = [tag["Key"] for it in vpcs + groups for tag in it.get("Tags", [])]
print(len(vpcs), len(groups), len(client("logs").describe_log_groups()["logGroups"]),
      len(client("ecs").list_clusters()["clusterArns"]), tags)
"#;

/// Runs a command that kills itself after the n-th event. Whether it was killed.
fn killed(stack: &Stack, cloud: &Cloud, command: &str, event: usize) -> bool {
    let status = stack
        .command(&[command, "-auto-approve"])
        .envs(cloud.env())
        .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("the binary starts");
    status.code().is_none()
}

#[test]
fn a_run_that_is_killed_anywhere_is_finished_by_the_next() {
    let cloud = Cloud::start();
    for event in 1..100 {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        if !killed(&stack, &cloud, "apply", event) {
            assert!(event > 12, "an apply of four objects has more than {event} events");
            stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
            return;
        }
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
        assert_eq!(cloud.python(COUNT), "1 1 1 1 []", "after event {event} of the apply");
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        assert_eq!(cloud.python(COUNT), "0 0 0 0 []", "after event {event} of the apply");
    }
    panic!("the apply never came to its end");
}

#[test]
fn a_destroy_that_is_killed_anywhere_is_finished_by_the_next() {
    let cloud = Cloud::start();
    for event in 1..100 {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        let done = !killed(&stack, &cloud, "destroy", event);
        if !done {
            stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        }
        assert_eq!(cloud.python(COUNT), "0 0 0 0 []", "after event {event} of the destroy");
        if done {
            assert!(event > 8, "a destroy of four objects has more than {event} events");
            return;
        }
    }
    panic!("the destroy never came to its end");
}

#[test]
fn a_lost_reply_doubles_nothing() {
    let cloud = Cloud::start();
    for operation in ["CreateVpc", "CreateSecurityGroup", "CreateLogGroup", "CreateCluster"] {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        cloud.disturb(operation, Fault::Lost, 1);
        stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("4 added");
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
        assert_eq!(cloud.python(COUNT), "1 1 1 1 []", "a lost reply to {operation}");
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
        assert_eq!(cloud.python(COUNT), "0 0 0 0 []", "a lost reply to {operation}");
    }
}

#[test]
fn a_call_that_is_throttled_is_made_again() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    cloud.disturb("CreateVpc", Fault::Throttled, 2);
    cloud.disturb("DescribeVpcs", Fault::Throttled, 2);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("4 added");
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(cloud.python(COUNT), "0 0 0 0 []");
}

/// A second run while the first is under way.
#[test]
fn of_two_applies_at_once_one_is_refused_by_name() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    // The first is held up by a service that asks it to slow down.
    cloud.disturb("CreateVpc", Fault::Throttled, 4);
    let mut first = stack
        .command(&["apply", "-auto-approve"])
        .envs(cloud.env())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let pid = first.id();
    let held = || {
        stack.exists(".terraform.tfstate.lock.info") && stack.exists("terraform.tfstate.journal")
    };
    while !held() && first.try_wait().expect("a child to ask").is_none() {
        std::thread::yield_now();
    }
    let second = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(1);
    second.says(&format!("pid {pid}")).says("groundplan apply");
    let first = first.wait_with_output().expect("it ends");
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
}
