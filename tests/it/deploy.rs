//! Deployments of services: who waits for one learns how it ended, and why.

use std::process::Stdio;

use crate::support::{Cloud, Ran, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

variable "image" {
  type    = string
  default = "nginx:1"
}

variable "breaker" {
  type    = bool
  default = true
}

variable "rollback" {
  type    = bool
  default = true
}

variable "patience" {
  type    = string
  default = "1m"
}

resource "aws_vpc" "main" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.1.0/24"
  availability_zone = "us-east-1a"
}

resource "aws_cloudwatch_log_group" "web" {
  name = "/web"
}

resource "aws_iam_role" "execution" {
  name               = "web-execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  TAGS
  container_definitions = jsonencode([{
    name         = "web"
    image        = var.image
    portMappings = [{ containerPort = 80 }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.web.name
        awslogs-region        = "us-east-1"
        awslogs-stream-prefix = "web"
      }
    }
  }])
}

resource "aws_ecs_service" "web" {
  name                  = "web"
  cluster               = aws_ecs_cluster.main.id
  task_definition       = aws_ecs_task_definition.web.arn
  desired_count         = 2
  launch_type           = "FARGATE"
  wait_for_steady_state = true
  network_configuration {
    subnets = [aws_subnet.a.id]
  }
  deployment_circuit_breaker {
    enable   = var.breaker
    rollback = var.rollback && var.breaker
  }
  timeouts {
    create = var.patience
    update = var.patience
  }
  BEHIND
}
"#;

/// A load balancer before the service.
const BALANCER: &str = r#"
resource "aws_subnet" "b" {
  vpc_id            = aws_vpc.main.id
  cidr_block        = "10.1.2.0/24"
  availability_zone = "us-east-1b"
}

resource "aws_lb" "web" {
  name     = "web"
  internal = true
  subnets  = [aws_subnet.a.id, aws_subnet.b.id]
}

resource "aws_lb_target_group" "web" {
  name        = "web"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
"#;

const BEHIND: &str = r#"load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 80
  }
  depends_on = [aws_lb_listener.web]
"#;

/// What runs, and which revisions there are.
const RUNS: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
it = ecs.describe_services(cluster="main", services=["web"])["services"][0]
print(it["taskDefinition"].split("/")[-1], it["runningCount"], len(it["deployments"]))
"#;

fn stack() -> Stack {
    Stack::new(&[("main.tf", &MAIN.replace("TAGS", "").replace("BEHIND", ""))])
}

fn apply(stack: &Stack, cloud: &Cloud, more: &[&str]) -> Ran {
    stack.run_on(cloud, &[&["apply", "-auto-approve"], more].concat())
}

#[test]
fn a_deployment_is_followed_to_its_end() {
    let cloud = Cloud::start();
    let stack = stack();
    let ran = apply(&stack, &cloud, &[]).ended(0);
    ran.says("(service web) has started 2 tasks");
    assert_eq!(cloud.python(RUNS), "web:1 2 1");
    let ran = apply(&stack, &cloud, &["-var=image=nginx:2"]).ended(0);
    // Each event is told once.
    assert_eq!(ran.out.matches("has started 2 tasks").count(), 1, "{}", ran.out);
    assert_eq!(cloud.python(RUNS), "web:2 2 1");
    stack.run_on(&cloud, &["plan", "-detailed-exitcode", "-var=image=nginx:2"]).ended(0);
}

#[test]
fn what_was_rolled_back_is_what_the_state_says() {
    let cloud = Cloud::start();
    let stack = stack();
    apply(&stack, &cloud, &[]).ended(0);
    let ran = apply(&stack, &cloud, &["-var=image=will-fail:2"]).ended(4);
    ran.says("was rolled back, web:1 is what runs: tasks failed to start (RolledBack)");
    ran.says("CannotPullContainerError").says("usual cause: the image or its tag does not exist");
    ran.says("web:2 has failed and is deregistered; nothing uses it");
    assert_eq!(cloud.python(RUNS), "web:1 2 1");
    assert_eq!(cloud.python(REVISIONS), "");
    let shown = stack.run(&["state", "show", "aws_ecs_service.web"]).ended(0);
    shown.says("task-definition/web:1");
    // The next plan says what is not as it should be, and once it can be, it is.
    let plan = ["plan", "-detailed-exitcode", "-var=image=will-fail:2"];
    stack.run_on(&cloud, &plan).ended(2).says("Plan: 1 to add, 1 to change, 0 to destroy.");
    apply(&stack, &cloud, &["-var=image=nginx:3"]).ended(0);
    assert_eq!(cloud.python(RUNS), "web:3 2 1");
}

/// The stack with more in its task definition.
fn with(more: &str) -> Stack {
    Stack::new(&[("main.tf", &MAIN.replace("TAGS", more).replace("BEHIND", ""))])
}

const KEEPS: &str = r#"tags = { "groundplan:keep-revisions" = "3" }"#;

#[test]
fn a_revision_that_was_rolled_back_is_not_one_to_go_back_to() {
    for more in
        [KEEPS.to_owned(), format!("{KEEPS}\nlifecycle {{\n create_before_destroy = true\n }}")]
    {
        let (cloud, stack) = (Cloud::start(), with(&more));
        apply(&stack, &cloud, &[]).ended(0);
        apply(&stack, &cloud, &["-var=image=will-fail:2"]).ended(4);
        assert_eq!((cloud.python(RUNS), cloud.python(REVISIONS)), ("web:1 2 1".into(), "1".into()));
        // What runs is what both objects say, and the stack as it was is what there is.
        for it in ["aws_ecs_service.web", "aws_ecs_task_definition.web"] {
            stack.run(&["state", "show", it]).ended(0).says("task-definition/web:1");
        }
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
        let plan = ["plan", "-detailed-exitcode", "-var=image=will-fail:2"];
        stack
            .run_on(&cloud, &plan)
            .ended(2)
            .says("Plan: 1 to add, 1 to change, 1 to destroy (1 replaced).");
        apply(&stack, &cloud, &["-var=image=nginx:3"]).ended(0);
        assert_eq!(cloud.python(REVISIONS), "1 3");
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
        assert_eq!(cloud.python(REVISIONS), "");
    }
}

#[test]
fn undoing_a_run_finds_that_a_revision_was_taken_back() {
    for more in ["", KEEPS] {
        let (cloud, stack) = (Cloud::start(), with(more));
        apply(&stack, &cloud, &[]).ended(0);
        apply(&stack, &cloud, &["-var=image=will-fail:2", "-on-failure=rollback"]).ended(4);
        stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
    }
}

/// Waits until the second deployment is under way, and starts another one.
const OVERTAKE: &str = r#"
import boto3, os, time
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
look = lambda: ecs.describe_services(cluster="main", services=["web"])["services"][0]["taskDefinition"]
while not look().endswith(":2"):
    time.sleep(0.05)
it = ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
it["containerDefinitions"][0]["image"] = "nginx:other"
names = ["family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "containerDefinitions"]
ecs.register_task_definition(**{name: it[name] for name in names})
ecs.update_service(cluster="main", service="web", taskDefinition="web")
"#;

#[test]
fn a_deployment_that_another_one_overtakes_is_not_taken_for_done() {
    let cloud = Cloud::start();
    let stack = stack();
    apply(&stack, &cloud, &[]).ended(0);
    let waiting = stack
        .command(&["apply", "-auto-approve", "-var=image=will-fail:2", "-var=breaker=false"])
        .envs(cloud.env())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    cloud.python(OVERTAKE);
    let ran = Ran::of(waiting.wait_with_output().expect("it ends")).ended(5);
    ran.says("was overtaken by ecs-svc/").says("of web:3, which was not started by this run");
    stack.run(&["state", "show", "aws_ecs_service.web"]).ended(0).says("task-definition/web:3");
}

#[test]
fn a_deployment_that_never_ends_is_told_why_before_its_time_is_up() {
    let cloud = Cloud::start();
    let stack = stack();
    apply(&stack, &cloud, &[]).ended(0);
    let more = ["-var=image=will-fail-exit:2", "-var=breaker=false", "-var=patience=4s"];
    let ran = apply(&stack, &cloud, &more).ended(6);
    // While it waits, and again at its end.
    for text in [&ran.out, &ran.err] {
        for line in [
            "Essential container in task exited (EssentialContainerExited)",
            "container web of the image will-fail-exit:2: exit code 1",
            "usual cause: the application ended by itself",
            "the last 20 lines of its log (/web, web/web/",
            "| no database",
        ] {
            assert!(text.contains(line), "{line:?} is not in:\n{text}");
        }
        assert_eq!(text.matches("| no database").count(), 1, "{text}");
        // There are 27 lines.
        assert!(text.contains("| step 7\n") && !text.contains("| step 6\n"), "{text}");
    }
    ran.says("was not done within 4s").says("has happened last:");
    // The old tasks serve.
    assert_eq!(cloud.python(RUNS).split(' ').next(), Some("web:2"));
    let json =
        apply(&stack, &cloud, &[more.as_slice(), &["-json", "-var=image=will-fail:3"]].concat());
    json.ended(6).says(r#""failing":"timed_out""#);
}

#[test]
fn each_failure_is_told_with_its_cause() {
    let cloud = Cloud::start();
    let main = MAIN.replace("TAGS", "").replace("BEHIND", BEHIND);
    let stack = Stack::new(&[("main.tf", &main), ("balancer.tf", BALANCER)]);
    apply(&stack, &cloud, &[]).ended(0);
    let failures: [(&str, i32, &[&str]); 7] = [
        ("fail", 1, &["CannotPullContainerError", "the image or its tag does not exist"]),
        ("fail-secret", 1, &["ResourceInitializationError", "may not read a secret"]),
        ("fail-memory", 6, &["exit code 137: OutOfMemoryError", "| step 25", "raise `memory`"]),
        ("fail-health", 1, &["failed container health checks", "| listening", "`startPeriod`"]),
        (
            "fail-target",
            1,
            &[
                "Task failed ELB health checks in",
                "targets of the target group web are unhealthy: Health checks failed with these codes: \
                 [503] (Target.ResponseCodeMismatch)",
                "| GET /health 503",
                "compare `health_check` with",
            ],
        ),
        ("fail-capacity", 1, &["has insufficient memory available", "next: add instances"]),
        ("fail-port", 1, &["already using a port", "leave `hostPort` out"]),
    ];
    for (image, code, lines) in failures {
        let image = format!("-var=image={image}");
        let more = ["-var=rollback=false", "-var=patience=8s", &image];
        let ran = apply(&stack, &cloud, &more).ended(code);
        for line in lines {
            assert!(ran.out.contains(line), "{line:?} was not told while waiting:\n{}", ran.out);
            let last = ran.err.contains(line) || line.starts_with("targets of");
            assert!(last, "{line:?} was not told at the end:\n{}", ran.err);
        }
    }
}

#[test]
fn a_deployment_that_has_failed_is_not_passed_over_in_silence() {
    let (cloud, stack) = (Cloud::start(), stack());
    apply(&stack, &cloud, &[]).ended(0);
    let plan = |more: &[&str]| {
        let before = cloud.calls().len();
        let ran = stack.run_on(&cloud, &[&["plan", "-detailed-exitcode"], more].concat());
        (ran, cloud.calls().split_off(before))
    };
    let (steady, calls) = plan(&[]);
    assert!(!steady.ended(0).err.contains("deployment"));
    assert!(!calls.iter().any(|it| it == "ListTasks"), "{calls:?}");
    assert_eq!(calls.iter().filter(|it| *it == "DescribeServices").count(), 1, "{calls:?}");

    for (image, breaker, code, says) in [
        (
            "will-fail",
            true,
            1,
            ["breaker: tasks failed to start; 0 of", "CannotPullContainerError"],
        ),
        ("will-fail-exit", false, 6, ["does not get there, as its tasks fail", "| no database"]),
    ] {
        let (image, breaker) = (format!("-var=image={image}"), format!("-var=breaker={breaker}"));
        let more = [&image, &breaker, "-var=rollback=false", "-var=patience=8s"];
        apply(&stack, &cloud, &more).ended(code);
        let ran = plan(&more).0.ended(0);
        ran.says("Warning: The last deployment is not done").says("Deployment ecs-svc/");
        ran.says("No changes.").says(says[0]).says(says[1]);
        ran.says("groundplan service rollback aws_ecs_service.web");
        ran.says("groundplan service deploy aws_ecs_service.web -image");
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
        apply(&stack, &cloud, &[]).ended(0);
    }
}

#[test]
fn who_does_not_want_to_wait_does_not() {
    let cloud = Cloud::start();
    let main = MAIN.replace("TAGS", "").replace("BEHIND", "");
    let main = main.replace("wait_for_steady_state = true", "");
    let stack = Stack::new(&[("main.tf", &main)]);
    apply(&stack, &cloud, &["-var=image=will-fail"]).ended(0);
}

/// Revisions of the family that are active, and those that are not gone yet.
const REVISIONS: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
arns = ecs.list_task_definitions(familyPrefix="web")["taskDefinitionArns"]
print(" ".join(it.split(":")[-1] for it in arns))
"#;

#[test]
fn as_many_revisions_stay_as_the_tag_says() {
    let cloud = Cloud::start();
    let tags = |more: &str| {
        let tags = r#"tags = { "groundplan:keep-revisions" = "3" }"#;
        MAIN.replace("TAGS", &format!("{tags}\n{more}")).replace("BEHIND", "")
    };
    let stack = Stack::new(&[("main.tf", &tags(""))]);
    let deploy = |n: u32| {
        let image = format!("-var=image=nginx:{n}");
        apply(&stack, &cloud, &[&image]).ended(0);
        stack.run_on(&cloud, &["plan", "-detailed-exitcode", &image]).ended(0);
    };
    (1..=5).for_each(deploy);
    assert_eq!(cloud.python(REVISIONS), "3 4 5");
    // Whichever is made first.
    let first = "lifecycle {\n create_before_destroy = true\n }";
    stack.write("main.tf", &tags(first));
    (6..=8).for_each(deploy);
    assert_eq!(cloud.python(REVISIONS), "6 7 8");
    // The same where the latest revision is tracked, which all are found by.
    stack.write("main.tf", &tags(&format!("track_latest = true\n{first}")));
    (9..=10).for_each(deploy);
    assert_eq!(cloud.python(REVISIONS), "8 9 10");
    stack.write("main.tf", &tags("track_latest = true"));
    (11..=12).for_each(deploy);
    assert_eq!(cloud.python(REVISIONS), "10 11 12");
    // An old one that a task runs stays.
    cloud.python(
        r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
subnet = ecs.describe_services(cluster="main", services=["web"])["services"][0]["networkConfiguration"]
ecs.create_service(cluster="main", serviceName="old", taskDefinition="web:10", desiredCount=1,
                   launchType="FARGATE", networkConfiguration=subnet)
"#,
    );
    (13..=15).for_each(deploy);
    assert_eq!(cloud.python(REVISIONS), "10 13 14 15");
    cloud.python(
        r#"
import boto3, os, time
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ecs.delete_service(cluster="main", service="old", force=True)
look = lambda: ecs.describe_services(cluster="main", services=["old"])["services"][0]["status"]
while look() != "INACTIVE":
    time.sleep(0.05)
"#,
    );
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
    assert_eq!(cloud.python(REVISIONS), "");
    let wrong = tags("").replace("\"3\"", "\"few\"");
    stack.write("main.tf", &wrong);
    let ran = stack.run_on(&cloud, &["plan"]).ended(1);
    ran.says("The tag groundplan:keep-revisions has to be a number of at least 1.");
}
