//! Credentials that end in the middle of a run.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::listing::Listing;
use crate::proxy::{Fate, Proxy, Refusal};
use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "all" {
  count             = 4
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b", "c", "d"][count.index]}"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}

resource "aws_lb" "main" {
  name            = "main"
  internal        = true
  subnets         = slice(aws_subnet.all[*].id, 0, 2)
  security_groups = [aws_security_group.web.id]
}

resource "aws_cloudwatch_log_group" "after" {
  name = "/after/${aws_lb.main.name}"
}
"#;

const ACCOUNT: &str = "123456789012";

/// The shared credentials file, with a session of this key.
fn log_in(file: &Path, key: &str) {
    let text = format!(
        "[default]\naws_access_key_id = {key}\naws_secret_access_key = s\naws_session_token = {key}\n"
    );
    std::fs::write(file, text).expect("a file");
}

/// A command whose credentials are in that file.
fn command(stack: &Stack, cloud: &Cloud, file: &Path, args: &[&str]) -> Command {
    let mut command = stack.command(args);
    command.envs(cloud.env()).env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    command.env("AWS_SHARED_CREDENTIALS_FILE", file).env("AWS_CONFIG_FILE", "/dev/null");
    command
}

const FIRST: &str = "ASIAFIRST00000000001";
const SECOND: &str = "ASIASECOND0000000002";

/// Ends the first session after some changes; then, if there is one, the file has the second.
fn ending(cloud: &Cloud, after: usize, file: Option<std::path::PathBuf>) -> Proxy {
    Proxy::start(cloud, 1, move |call| {
        if call.key != FIRST || call.n_changes <= after {
            return Fate::Pass;
        }
        if let Some(file) = &file {
            log_in(file, SECOND);
        }
        Fate::Refused(Refusal::expired(call))
    })
}

#[test]
fn a_run_goes_on_with_new_credentials() {
    let cloud = Cloud::start();
    let mut listing = Listing::start(&cloud);
    let empty = listing.of(ACCOUNT);
    for after in 0..8 {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        let file = stack.path().join("credentials");
        for name in ["apply", "destroy"] {
            log_in(&file, FIRST);
            let proxy = ending(&cloud, after, Some(file.clone()));
            let ran = proxy.run(command(&stack, &cloud, &file, &[name, "-auto-approve"])).ended(0);
            ran.says(if name == "apply" { "8 added" } else { "Nothing is left." });
            let calls = proxy.calls();
            assert!(calls.iter().any(|it| it.key == SECOND), "{name} after {after} changes");
            // Each of the calls under way may have been refused once, and none after that.
            let refused = calls.iter().filter(|it| it.key == FIRST && it.n_changes > after).count();
            assert!(refused <= 12, "{refused} calls were signed with what had ended");
        }
        assert_eq!(listing.of(ACCOUNT).differences(&empty), "", "after {after} changes");
    }
}

#[test]
fn without_new_credentials_a_run_stops_within_seconds_and_the_next_goes_on() {
    let cloud = Cloud::start();
    let mut listing = Listing::start(&cloud);
    let empty = listing.of(ACCOUNT);
    for after in [1, 4, 6] {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        let file = stack.path().join("credentials");
        for name in ["apply", "destroy"] {
            log_in(&file, FIRST);
            let proxy = ending(&cloud, after, None);
            let begun = Instant::now();
            let ran = proxy.run(command(&stack, &cloud, &file, &[name, "-auto-approve"])).ended(1);
            let whole = begun.elapsed();
            let refused = proxy.calls().into_iter().find(|it| it.n_changes > after);
            let time = whole - refused.expect("a call was refused").at;
            // Five seconds on a machine that has nothing else to do.
            assert!(time < Duration::from_secs(60), "{time:?} after the first refusal");
            ran.says("The credentials have ended").says("it goes on from here").says("not begun: ");
            assert!(!stack.exists(".terraform.tfstate.lock.info"), "the lock is still held");

            log_in(&file, SECOND);
            let ran = proxy.run(command(&stack, &cloud, &file, &[name, "-auto-approve"])).ended(0);
            assert!(!ran.out.contains("must be replaced"), "{}", ran.out);
            if name == "apply" {
                assert_eq!(listing.of(ACCOUNT).len() - empty.len(), 8, "after {after} changes");
            }
        }
        assert_eq!(listing.of(ACCOUNT).differences(&empty), "", "after {after} changes");
    }
}

/// Their end is told with the credentials, and they are looked up again before the apply begins.
#[test]
fn credentials_that_end_soon_are_said_to_before_an_apply_begins() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let give = "#!/bin/sh\n\
                echo look >> \"$(dirname \"$0\")/looks\"\n\
                end=$(date -u -d '+120 seconds' +%Y-%m-%dT%H:%M:%SZ)\n\
                echo '{\"Version\": 1, \"AccessKeyId\": \"ASIAFIRST00000000001\", \"SecretAccessKey\": \"s\", \
                \"SessionToken\": \"t\", \"Expiration\": \"'$end'\"}'\n";
    stack.write("give.sh", give);
    let program = stack.path().join("give.sh");
    stack.write("config", &format!("[default]\ncredential_process = sh {}\n", program.display()));
    let mut command = command(&stack, &cloud, Path::new("/dev/null"), &["apply", "-auto-approve"]);
    command.env("AWS_CONFIG_FILE", stack.path().join("config"));
    let ran = Proxy::start(&cloud, 1, |_| Fate::Pass).run(command).ended(0);
    ran.says("end in 1").says("8 added");
    // For the calls of the plan, for when they end, and because that is soon.
    assert_eq!(stack.read("looks").lines().count(), 3);
}
