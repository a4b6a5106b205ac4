//! Credentials that end in the middle of a run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::listing::Listing;
use crate::proxy::{Call, Fate, Proxy, Refusal};
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

const BACKEND: &str = r#"
terraform {
  backend "s3" {
    bucket       = "states"
    key          = "app.tfstate"
    region       = "us-east-1"
    use_lockfile = true
  }
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

/// Ends the first session with a call; then, if there is one, the file has the second.
fn ending_with(
    cloud: &Cloud,
    file: Option<PathBuf>,
    last: impl Fn(&Call) -> bool + Send + Sync + 'static,
) -> Proxy {
    let over = AtomicBool::new(false);
    Proxy::start(cloud, 1, move |call| {
        if call.key != FIRST || !(over.load(Ordering::SeqCst) || last(call)) {
            return Fate::Pass;
        }
        over.store(true, Ordering::SeqCst);
        if let Some(file) = &file {
            log_in(file, SECOND);
        }
        Fate::Refused(Refusal::expired(call))
    })
}

/// The same, after so many changes.
fn ending(cloud: &Cloud, after: usize, file: Option<PathBuf>) -> Proxy {
    ending_with(cloud, file, move |call| call.n_changes > after)
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
fn without_new_credentials_a_run_stops_and_the_next_goes_on() {
    let cloud = Cloud::start();
    let mut listing = Listing::start(&cloud);
    let empty = listing.of(ACCOUNT);
    for after in [1, 4, 6] {
        let stack = Stack::new(&[("main.tf", MAIN)]);
        let file = stack.path().join("credentials");
        for name in ["apply", "destroy"] {
            log_in(&file, FIRST);
            let proxy = ending(&cloud, after, None);
            let ran = proxy.run(command(&stack, &cloud, &file, &[name, "-auto-approve"])).ended(1);
            ran.says("The credentials have ended").says("it goes on from here").says("not begun: ");
            assert!(!stack.exists(".terraform.tfstate.lock.info"), "the lock is still held");

            log_in(&file, SECOND);
            let ran = proxy.run(command(&stack, &cloud, &file, &[name, "-auto-approve"])).ended(0);
            assert!(!ran.out.contains("must be replaced"), "{}", ran.out);
            if name == "apply" {
                let found = listing.of(ACCOUNT);
                assert_eq!(
                    found.len() - empty.len(),
                    8,
                    "after {after} changes: {}",
                    found.differences(&empty)
                );
            }
        }
        assert_eq!(listing.of(ACCOUNT).differences(&empty), "", "after {after} changes");
    }
}

/// The state, and the lock on it, are reached with credentials that may end as well.
#[test]
fn a_state_in_a_bucket_is_kept_with_new_credentials() {
    let cloud = Cloud::start();
    cloud.python(
        "import boto3, os\nboto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], \
                  region_name='us-east-1').create_bucket(Bucket='states')",
    );
    let stack = Stack::new(&[("main.tf", MAIN), ("backend.tf", BACKEND)]);
    let file = stack.path().join("credentials");
    let run = |proxy: &Proxy, args: &[&str]| proxy.run(command(&stack, &cloud, &file, args));
    let ends = |place: &str, file| {
        let (verb, object) = place.split_once(' ').expect("a verb and an object");
        let (verb, object) = (format!("{verb} "), format!("/{object}"));
        ending_with(&cloud, file, move |call| {
            call.operation.starts_with(&verb) && call.operation.ends_with(&object)
        })
    };
    let plain = Proxy::start(&cloud, 1, |_| Fate::Pass);
    log_in(&file, FIRST);
    run(&plain, &["init"]).ended(0);
    for place in ["PUT app.tfstate.tflock", "PUT app.tfstate", "DELETE app.tfstate.tflock"] {
        log_in(&file, FIRST);
        let ran = run(&ends(place, Some(file.clone())), &["apply", "-auto-approve"]);
        ran.ended(0).says("8 added");
        run(&plain, &["plan", "-detailed-exitcode"]).ended(0);
        run(&plain, &["destroy", "-auto-approve"]).ended(0);

        log_in(&file, FIRST);
        let ran = run(&ends(place, None), &["apply", "-auto-approve"]);
        ran.says("ExpiredToken");
        // What is done is done: that the lock could not be given back is a warning.
        ran.ended(if place.starts_with("DELETE") { 0 } else { 1 });
        log_in(&file, SECOND);
        run(&plain, &["apply", "-auto-approve"]).ended(0);
        run(&plain, &["plan", "-detailed-exitcode"]).ended(0);
        run(&plain, &["destroy", "-auto-approve"]).ended(0);
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
