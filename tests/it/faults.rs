//! Bad days of a cloud, made by a proxy in front of the sandbox: it throttles, loses, shows what was
//! before, and takes no credentials any more.

use std::sync::Mutex;
use std::time::Duration;

use crate::listing::Listing;
use crate::proxy::{Call, Fate, Proxy, Refusal};
use crate::support::{Cloud, Ran, Stack, number};

const SECOND: Duration = Duration::from_secs(1);

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_security_group" "web" {
  name        = "web"
  description = var.about
  vpc_id      = aws_vpc.main.id
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/app"
  retention_in_days = var.days
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_iam_role" "task" {
  name = "task"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_ecs_task_definition" "app" {
  family                = "app"
  task_role_arn         = aws_iam_role.task.arn
  container_definitions = jsonencode([{ name = "app", image = "nginx", memory = 128, essential = true }])
}

variable "about" {
  default = "for the web"
}

variable "days" {
  default = 7
}
"#;

const ACCOUNT: &str = "123456789012";

fn seed() -> u64 {
    number("GROUNDPLAN_SEED").unwrap_or(1)
}

/// Runs a command on a proxy.
fn run(stack: &Stack, cloud: &Cloud, proxy: &Proxy, args: &[&str]) -> Ran {
    let mut command = stack.command(args);
    command.envs(cloud.env());
    proxy.run(command)
}

fn calm(cloud: &Cloud) -> Proxy {
    Proxy::start(cloud, seed(), |_| Fate::Pass)
}

#[test]
fn calls_of_which_a_third_is_throttled_are_made_half_as_often_again_at_most() {
    let cloud = Cloud::start();
    let stack = Stack::example("fargate-sandbox");
    stack.run_on(&cloud, &["-chdir=network", "apply", "-auto-approve"]).ended(0);
    // What is waited for is looked at more often when it takes longer: such calls do not count.
    let count = |proxy: &Proxy| proxy.calls().iter().filter(|it| !is_look(it)).count();
    let both = |throttled: u64| {
        let mut n = 0;
        for command in ["apply", "destroy"] {
            let proxy = Proxy::start(&cloud, seed(), move |call| match call.percent(throttled) {
                true => Fate::Refused(Refusal::throttled(call)),
                false => Fate::Pass,
            });
            run(&stack, &cloud, &proxy, &[command, "-auto-approve", "-var=name=bob"]).ended(0);
            n += count(&proxy);
        }
        n
    };
    let (calm, throttled) = (both(0), both(30));
    eprintln!("{throttled} calls instead of {calm}");
    assert!(2 * throttled <= 3 * calm, "{throttled} calls instead of {calm}");
}

fn is_look(call: &Call) -> bool {
    !call.changes && call.operation.starts_with("Describe")
}

#[test]
fn a_service_that_says_when_to_come_back_is_asked_then() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let proxy = Proxy::start(&cloud, seed(), |call| match (call.operation.as_str(), call.nth) {
        ("CreateLogGroup", 0) => Fate::Refused(Refusal::throttled(call).after(3 * SECOND)),
        _ => Fate::Pass,
    });
    run(&stack, &cloud, &proxy, &["apply", "-auto-approve"]).ended(0);
    let calls = proxy.calls();
    let times: Vec<Duration> =
        calls.iter().filter(|it| it.operation == "CreateLogGroup").map(|it| it.at).collect();
    let [first, second] = times[..] else { panic!("{times:?}") };
    let pause = second - first;
    assert!((3 * SECOND..4 * SECOND).contains(&pause), "{pause:?}");
}

#[test]
fn a_day_on_which_anything_fails_ends_like_any_other() {
    let cloud = Cloud::start();
    let mut listing = Listing::start(&cloud);
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let empty = listing.of(ACCOUNT);
    run(&stack, &cloud, &calm(&cloud), &["apply", "-auto-approve"]).ended(0);
    let whole = listing.of(ACCOUNT);
    run(&stack, &cloud, &calm(&cloud), &["destroy", "-auto-approve"]).ended(0);
    for seed in seed()..seed() + 3 {
        let bad = || {
            Proxy::start(&cloud, seed, |call| match call.dice % 100 {
                0..4 => Fate::Lost,
                4..6 => Fate::Dropped,
                6..8 => Fate::Refused(Refusal::unwell(call)),
                8..20 => Fate::Refused(Refusal::throttled(call)),
                20..50 => Fate::Late(Duration::from_millis(call.dice % 40)),
                _ => Fate::Pass,
            })
        };
        run(&stack, &cloud, &bad(), &["apply", "-auto-approve"]).ended(0);
        assert_eq!(listing.of(ACCOUNT).differences(&whole), "", "seed {seed}");
        run(&stack, &cloud, &bad(), &["plan", "-detailed-exitcode"]).ended(0);
        run(&stack, &cloud, &bad(), &["destroy", "-auto-approve"]).ended(0);
        assert_eq!(listing.of(ACCOUNT).differences(&empty), "", "seed {seed}");
    }
}

#[test]
fn reads_that_lag_behind_double_and_taint_nothing() {
    let cloud = Cloud::start();
    let mut listing = Listing::start(&cloud);
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let empty = listing.of(ACCOUNT);
    run(&stack, &cloud, &calm(&cloud), &["apply", "-auto-approve"]).ended(0);
    let whole = listing.of(ACCOUNT);
    run(&stack, &cloud, &calm(&cloud), &["destroy", "-auto-approve"]).ended(0);

    let lagging = || Proxy::lagging(&cloud, seed(), 3 * SECOND, |_| Fate::Pass);
    let ran = run(&stack, &cloud, &lagging(), &["apply", "-auto-approve"]).ended(0);
    ran.says("6 added, 0 changed, 0 destroyed");
    assert!(!stack.read("terraform.tfstate").contains("tainted"));
    assert_eq!(listing.of(ACCOUNT).differences(&whole), "");
    let proxy = lagging();
    let ran = run(&stack, &cloud, &proxy, &["apply", "-auto-approve", "-var=days=14"]).ended(0);
    ran.says("0 added, 1 changed, 0 destroyed");
    run(&stack, &cloud, &proxy, &["plan", "-detailed-exitcode", "-var=days=14"]).ended(0);
    run(&stack, &cloud, &lagging(), &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(listing.of(ACCOUNT).differences(&empty), "");
}

/// The first seconds after a role was made, ECS says that there is none.
#[test]
fn a_role_that_was_made_a_moment_ago_is_waited_for() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let made = Mutex::new(None);
    let proxy = Proxy::start(&cloud, seed(), move |call| {
        let made = &mut *made.lock().expect("held for a moment only");
        match call.operation.as_str() {
            "CreateRole" => *made = Some(call.at),
            "RegisterTaskDefinition" if made.is_none_or(|it| call.at < it + 5 * SECOND) => {
                return Fate::Refused(Refusal::new(400, "ClientException", "Role is not valid"));
            }
            _ => (),
        }
        Fate::Pass
    });
    run(&stack, &cloud, &proxy, &["apply", "-auto-approve"]).ended(0);
    let calls = proxy.calls();
    let role = calls.iter().find(|it| it.operation == "CreateRole").expect("it was made");
    let last =
        calls.iter().rfind(|it| it.operation == "RegisterTaskDefinition").expect("made, too");
    let late = last.at - role.at - 5 * SECOND;
    assert!(late <= 2 * SECOND, "{late:?} after it could be used");
    run(&stack, &cloud, &calm(&cloud), &["destroy", "-auto-approve"]).ended(0);
}
