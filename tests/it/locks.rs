//! One writer at a time: a living owner of the lock is named, a dead one is succeeded at once.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use sandbox::Fault;

use crate::support::{Cloud, Stack};

const GROUP: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}
"#;

const IN_A_BUCKET: &str = r#"
terraform {
  backend "s3" {
    bucket       = "states"
    key          = "app.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
}
"#;

/// An apply that is held up by a service that asks it to slow down, once it has begun.
fn held_up(stack: &Stack, cloud: &Cloud, journal: &str) -> Child {
    cloud.disturb("CreateLogGroup", Fault::Throttled, 9);
    let mut child = stack
        .command(&["apply", "-auto-approve"])
        .envs(cloud.env())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    while !stack.exists(journal) && child.try_wait().expect("a child to ask").is_none() {
        std::thread::yield_now();
    }
    child
}

/// Kills a process, and does not ask for how it ended: so it is still listed, though it is dead.
fn kill(child: &mut Child) {
    child.kill().expect("it is there");
    let stat = format!("/proc/{}/stat", child.id());
    while !std::fs::read_to_string(&stat).expect("it is listed").contains(") Z ") {
        std::thread::yield_now();
    }
}

#[test]
fn a_living_holder_is_named_and_a_killed_one_succeeded_at_once() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", GROUP)]);
    let mut holder = held_up(&stack, &cloud, "terraform.tfstate.journal");
    let refused = stack.run_on(&cloud, &["plan"]).ended(1);
    refused
        .says(&format!("pid {}, `groundplan apply`, since 20", holder.id()))
        .says("-lock-timeout=5m");
    let forced = stack.read(".terraform.tfstate.lock.info");
    let id = forced.split_once("\"ID\":\"").and_then(|it| it.1.split_once('"'));
    let id = id.map(|it| it.0.to_owned()).expect("a lock has an id");
    // Not even with force.
    stack.run_on(&cloud, &["force-unlock", &id]).ended(1).says("end that process first: kill");

    kill(&mut holder);
    let start = Instant::now();
    let next = stack.run_on(&cloud, &["recover"]).ended(0);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    next.says("Taken over the lock of a run that has died: ").says("was being created");
    holder.wait().expect("it has ended");
    cloud.disturb("CreateLogGroup", Fault::Throttled, 0);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

#[test]
fn the_same_holds_for_a_lock_in_a_bucket() {
    let cloud = Cloud::start();
    cloud.python(
        "import boto3, os; boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], \
         region_name='us-east-1').create_bucket(Bucket='states')",
    );
    let text = format!("{IN_A_BUCKET}{GROUP}");
    let (here, there) = (Stack::new(&[("main.tf", &text)]), Stack::new(&[("main.tf", &text)]));
    here.run_on(&cloud, &["init"]).ended(0);
    there.run_on(&cloud, &["init"]).ended(0);
    let mut holder = held_up(&here, &cloud, ".terraform/groundplan/s3/states/app.tfstate.journal");
    let refused = there.run_on(&cloud, &["plan"]).ended(1);
    refused
        .says(&format!("pid {}, `groundplan apply`, since 20", holder.id()))
        .says("the lock is on s3://states/app.tfstate");
    kill(&mut holder);
    let next = there.run_on(&cloud, &["plan"]).ended(0);
    next.says("Taken over the lock of a run that has died: ");
    holder.wait().expect("it has ended");
}
