//! Services between those who describe them and those who deploy them: pipelines, scaling, and people.

use crate::support::{Cloud, Stack};

const STACK: &str = r#"
variable "image" {
  type    = string
  default = "web:1"
}

variable "level" {
  type    = string
  default = "info"
}

variable "tasks" {
  type    = number
  default = 3
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_cloudwatch_log_group" "web" {
  name = "web"
}

resource "aws_ecs_task_definition" "web" {
  family = "web"

  container_definitions = jsonencode([
    {
      name        = "web"
      image       = var.image
      memory      = 128
      environment = [{ name = "LEVEL", value = var.level }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = aws_cloudwatch_log_group.web.name
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "web"
        }
      }
    },
    { name = "proxy", image = "proxy:1", memory = 64, essential = false },
  ])

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.main.arn
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = var.tasks
}
"#;

const TARGET: &str = r#"
resource "aws_appautoscaling_target" "web" {
  min_capacity       = 1
  max_capacity       = 10
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.web.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  service_namespace  = "ecs"
}
"#;

/// A pipeline: registers the revision that runs with another image, and moves the service to it.
const DEPLOY: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
service = ecs.describe_services(cluster="main", services=["web"])["services"][0]
it = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
it["containerDefinitions"][0]["image"] = "IMAGE"
known = ["family", "containerDefinitions", "volumes", "cpu", "memory", "networkMode", "requiresCompatibilities"]
new = ecs.register_task_definition(**{key: it[key] for key in known if key in it})["taskDefinition"]
ecs.update_service(cluster="main", service="web", taskDefinition=new["taskDefinitionArn"])
"#;

const RUNNING: &str = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
service = ecs.describe_services(cluster="main", services=["web"])["services"][0]
it = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
images = " ".join(c["image"] for c in it["containerDefinitions"])
level = it["containerDefinitions"][0]["environment"][0]["value"]
print(it["family"] + ":" + str(it["revision"]), images, level, service["desiredCount"])
"#;

/// Waits until only one deployment is left.
const SETTLE: &str = r#"
import boto3, os, time
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
for _ in range(200):
    it = ecs.describe_services(cluster="main", services=["web"])["services"][0]
    if len(it["deployments"]) == 1 and it["runningCount"] == it["desiredCount"]:
        break
    time.sleep(0.1)
"#;

fn made(more: &str) -> (Cloud, Stack) {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", &format!("{STACK}{more}"))]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    (cloud, stack)
}

#[test]
fn an_image_that_a_pipeline_has_deployed_stays() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    let planned = run(&["plan", "-detailed-exitcode"]).ended(0);
    planned.says("No changes.");
    planned
        .says("image of container web is kept as deployed: web:2 (the configuration says web:1)");
    run(&["plan", "-detailed-exitcode", "-keep-deployed=false"]).ended(2).says("1 to change");
    run(&["apply", "-auto-approve"]).ended(0);
    run(&["plan", "-detailed-exitcode"]).ended(0);

    // Another argument is changed: the new revision has it, and the image of the pipeline.
    let level = "-var=level=debug";
    run(&["apply", "-auto-approve", level]).ended(0).says("is kept as deployed: web:2");
    assert_eq!(cloud.python(RUNNING), "web:3 web:2 proxy:1 debug 3");
    run(&["plan", "-detailed-exitcode", level]).ended(0);
    cloud.python(&DEPLOY.replace("IMAGE", "web:4"));
    run(&["plan", "-detailed-exitcode", level])
        .ended(0)
        .says("web:4 (the configuration says web:1)");

    // The stack's own word, when it changes, is the last one.
    let image = "-var=image=web:5";
    run(&["apply", "-auto-approve", level, image]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:5 web:5 proxy:1 debug 3");
    let planned = run(&["plan", "-detailed-exitcode", level, image]).ended(0);
    assert!(!planned.out.contains("Kept"), "{}", planned.out);
    run(&["destroy", "-auto-approve"]).ended(0);
}

#[test]
fn a_saved_plan_keeps_what_it_says_it_keeps() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    run(&["plan", "-out=p.plan", "-var=level=debug"]).ended(0);
    run(&["apply", "p.plan"]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:3 web:2 proxy:1 debug 3");
    run(&["plan", "-detailed-exitcode", "-var=level=debug"]).ended(0);
}

#[test]
fn images_are_kept_where_the_containers_are_not_known_yet() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    let queue = "resource \"aws_sqs_queue\" \"jobs\" {\n  name = \"jobs\"\n}\n";
    let text = STACK.replace("value = var.level", "value = aws_sqs_queue.jobs.name");
    let text = text.replace("aws_sqs_queue.jobs.name", "reverse([aws_sqs_queue.jobs.id])[0]");
    stack.write("main.tf", &format!("{text}{queue}"));
    run(&["apply", "-auto-approve"]).ended(0).says("is kept as deployed: web:2");
    assert!(cloud.python(RUNNING).starts_with("web:3 web:2 proxy:1 http"));
    run(&["plan", "-detailed-exitcode"]).ended(0);
}

/// What the stack says is remembered, too, of a revision that is registered and not yet in the state.
#[test]
fn a_run_that_is_killed_forgets_no_image_that_is_kept() {
    // The task definition is about to be registered; it is; the service is about to be changed.
    for event in [2, 3, 5] {
        let (cloud, stack) = made("");
        cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
        let killed = stack
            .command(&["apply", "-auto-approve", "-var=level=debug"])
            .envs(cloud.env())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
            .output()
            .expect("the binary starts");
        assert!(!killed.status.success());
        // A pipeline goes on from what runs.
        cloud.python(&DEPLOY.replace("IMAGE", "web:5"));
        let run = |args: &[&str]| stack.run_on(&cloud, args);
        let planned = run(&["plan", "-var=level=debug"]).ended(0);
        planned.says("is kept as deployed: web:5 (the configuration says web:1)");
        run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
        let runs = cloud.python(RUNNING);
        assert!(runs.ends_with(" web:5 proxy:1 debug 3"), "killed after {event}: {runs}");
        run(&["plan", "-detailed-exitcode", "-var=level=debug"]).ended(0);
    }
}

/// The old revision is gone, and what the new one needs does not come.
#[test]
fn a_run_that_fails_halfway_forgets_no_image_that_is_kept() {
    let gate = |works: bool| {
        let text = STACK.replace("    create_before_destroy = true\n", "");
        let text = text
            .replace("family = \"web\"", "family = \"web\"\n  depends_on = [terraform_data.gate]");
        format!(
            "{text}\nresource \"terraform_data\" \"gate\" {{\n  input = var.level\n  \
             triggers_replace = var.level\n  provisioner \"local-exec\" {{\n    command = \"{works}\"\n  }}\n}}\n"
        )
    };
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", &gate(true))]);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["apply", "-auto-approve"]).ended(0);
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    stack.write("main.tf", &gate(false));
    let level = "-var=level=debug";
    run(&["apply", "-auto-approve", level]).ended(1);
    stack.write("main.tf", &gate(true));
    run(&["plan", level])
        .ended(0)
        .says("is kept as deployed: web:2 (the configuration says web:1)");
    run(&["apply", "-auto-approve", level]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:3 web:2 proxy:1 debug 3");
    run(&["plan", "-detailed-exitcode", level]).ended(0);
}

#[test]
fn a_command_that_is_killed_is_remembered() {
    let (cloud, stack) = made("");
    let killed = stack
        .command(&["service", "scale", WEB, "5", "-auto-approve"])
        .envs(cloud.env())
        .env("GROUNDPLAN_CRASH_AFTER_EVENT", "2")
        .output()
        .expect("the binary starts");
    assert!(!killed.status.success());
    cloud.python(
        "import boto3, os\n\
         ecs = boto3.client('ecs', endpoint_url=os.environ['AWS_ENDPOINT_URL'], region_name='us-east-1')\n\
         ecs.update_service(cluster='main', service='web', desiredCount=5)\n",
    );
    let planned = stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);
    planned.says("desired_count is kept at 5, as a command has set it; the configuration says 3");
}

#[test]
fn habits_of_terraform_keep_working() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    let ignoring =
        "desired_count   = var.tasks\n  lifecycle {\n    ignore_changes = [task_definition]\n  }";
    stack.write("main.tf", &STACK.replace("desired_count   = var.tasks", ignoring));
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    run(&["plan", "-detailed-exitcode"]).ended(0);
    // Who tracks the latest revision wants what the stack says.
    stack.write(
        "main.tf",
        &STACK.replace("family = \"web\"", "family = \"web\"\n  track_latest = true"),
    );
    run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(cloud.python(RUNNING).split(' ').nth(1), Some("web:1"));
    run(&["plan", "-detailed-exitcode"]).ended(0);
}

#[test]
fn a_count_that_is_scaled_stays_within_its_range() {
    let (cloud, stack) = made(TARGET);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    let scale = |n: u32| {
        cloud.python(&format!(
            "import boto3, os\n\
             ecs = boto3.client('ecs', endpoint_url=os.environ['AWS_ENDPOINT_URL'], region_name='us-east-1')\n\
             ecs.update_service(cluster='main', service='web', desiredCount={n})\n"
        ));
    };
    scale(10);
    let planned = run(&["plan", "-detailed-exitcode"]).ended(0);
    planned.says("desired_count is kept at 10: it is scaled between 1 and 10");
    run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
    assert!(cloud.python(RUNNING).ends_with(" debug 10"));
    run(&["plan", "-detailed-exitcode", "-var=level=debug", "-keep-deployed=false"]).ended(2);
    scale(11);
    run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
    assert!(cloud.python(RUNNING).ends_with(" debug 3"));
    run(&["plan", "-detailed-exitcode", "-var=level=debug"]).ended(0);
}

#[test]
fn what_is_kept_is_told_to_programs() {
    let (cloud, stack) = made(TARGET);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["service", "scale", WEB, "5", "-auto-approve"]).ended(0);
    cloud.python(&DEPLOY.replace("IMAGE", "web:2"));
    run(&["plan", "-out=p.plan", "-var=level=debug"]).ended(0);
    let plan: serde_json::Value =
        serde_json::from_str(&run(&["show", "-json", "p.plan"]).ended(0).out).expect("JSON");
    let kept = |address: &str| {
        let changes = plan["resource_changes"].as_array().expect("a list");
        changes.iter().find(|it| it["address"] == address).expect("it is there")["kept"][0].clone()
    };
    let image = kept("aws_ecs_task_definition.web");
    let expected = serde_json::json!({"web": {"image": "web:2", "configuration": "web:1"}});
    assert_eq!(
        (&image["attribute"], &image["images"]),
        (&"container_definitions".into(), &expected)
    );
    let count = kept(WEB);
    assert_eq!((&count["attribute"], &count["value"]), (&"desired_count".into(), &5.into()));
    let lines = run(&["plan", "-json", "-var=level=debug"]).ended(0);
    lines.says(r#""images":{"web":{"configuration":"web:1","image":"web:2"}}"#);
    lines.says(r#""attribute":"desired_count","value":5"#);
}

const WEB: &str = "aws_ecs_service.web";

#[test]
fn a_deploy_goes_through_the_state_and_leaves_an_empty_plan() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    let service =
        |what: &str, args: &[&str]| run(&[&["service", what, WEB, "-auto-approve"], args].concat());
    service("deploy", &["-image", "web:2"]).ended(1).says("several containers: proxy, web");
    let deployed = service("deploy", &["-image", "web:2", "-container", "web"]).ended(0);
    deployed.says("image of container web is web:2, as asked for");
    assert_eq!(cloud.python(RUNNING), "web:2 web:2 proxy:1 info 3");
    run(&["plan", "-detailed-exitcode"]).ended(0).says("is kept as deployed: web:2");
    service("deploy", &["-image", "proxy:2", "-container", "proxy"]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:3 web:2 proxy:2 info 3");
    run(&["plan", "-detailed-exitcode"]).ended(0);

    // A change of the configuration keeps both; its own word on an image ends that.
    run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:4 web:2 proxy:2 debug 3");
    run(&["plan", "-detailed-exitcode", "-var=level=debug"]).ended(0);
    run(&["apply", "-auto-approve", "-var=level=debug", "-var=image=web:9"]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:5 web:9 proxy:2 debug 3");
    run(&["plan", "-detailed-exitcode", "-var=level=debug", "-var=image=web:9"]).ended(0);

    // With the variable that the image comes from it is no more than an apply.
    service(
        "deploy",
        &["-image=web:10", "-container=web", "-var=image=web:10", "-var=level=debug"],
    )
    .ended(0);
    run(&["plan", "-detailed-exitcode", "-var=level=debug", "-var=image=web:10"]).ended(0);
    run(&["service", "deploy", "aws_ecs_service.api", "-image", "a"])
        .ended(1)
        .says("services of this state: aws_ecs_service.web");
}

#[test]
fn a_service_is_scaled_and_stopped_and_the_stack_can_take_it_back() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["service", "scale", WEB, "5", "-auto-approve"]).ended(0);
    let planned = run(&["plan", "-detailed-exitcode"]).ended(0);
    planned.says("desired_count is kept at 5, as a command has set it; the configuration says 3");
    run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
    assert!(cloud.python(RUNNING).ends_with(" debug 5"));
    let level = "-var=level=debug";
    run(&["plan", "-detailed-exitcode", level]).ended(0);
    run(&["service", "stop", WEB, "-auto-approve", level]).ended(0);
    run(&["plan", "-detailed-exitcode", level]).ended(0).says("kept at 0");
    run(&["service", "status", WEB]).ended(0).says("0 of 0 tasks are running");

    // Asking for what the configuration says gives it back to it.
    run(&["service", "scale", WEB, "3", "-auto-approve", level]).ended(0);
    let planned = run(&["plan", "-detailed-exitcode", level]).ended(0);
    assert!(!planned.out.contains("Kept"), "{}", planned.out);
    run(&["service", "scale", WEB, "5", "-auto-approve", level]).ended(0);
    run(&["apply", "-auto-approve", level, "-var=tasks=5"]).ended(0);
    // It said 5 in between, so 3 is news again.
    run(&["plan", "-detailed-exitcode", level]).ended(2).says("1 to change");
}

#[test]
fn a_service_goes_back_to_the_revision_before() {
    let cloud = Cloud::start();
    let kept = "family = \"web\"\n  tags   = { \"groundplan:keep-revisions\" = \"5\" }";
    let text = STACK.replace("family = \"web\"", kept);
    let stack = Stack::new(&[("main.tf", &text)]);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["apply", "-auto-approve"]).ended(0);
    run(&["service", "rollback", WEB, "-auto-approve"]).ended(1).says("no active revision before");
    run(&["apply", "-auto-approve", "-var=level=debug"]).ended(0);
    let back = run(&["service", "rollback", WEB, "-auto-approve", "-var=level=debug"]).ended(0);
    back.says("From web:2 to web:1.");
    assert_eq!(cloud.python(RUNNING), "web:1 web:1 proxy:1 info 3");
    run(&["plan", "-detailed-exitcode", "-var=level=debug"]).ended(0);
    run(&["service", "list"]).ended(0).says("web:1");
    // The next change of the configuration goes on from there.
    run(&["apply", "-auto-approve", "-var=level=warn"]).ended(0);
    assert_eq!(cloud.python(RUNNING), "web:3 web:1 proxy:1 warn 3");
    run(&["plan", "-detailed-exitcode", "-var=level=warn"]).ended(0);
    run(&["service", "rollback", WEB, "-to", "2", "-auto-approve", "-var=level=warn"]).ended(0);
    assert!(cloud.python(RUNNING).starts_with("web:2 "));
}

#[test]
fn old_revisions_are_pruned_but_none_that_is_used() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    for n in 2..=8 {
        cloud.python(&DEPLOY.replace("IMAGE", &format!("web:{n}")));
    }
    let active = r#"
import boto3, os
ecs = boto3.client("ecs", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
print(" ".join(it.split(":")[-1] for it in ecs.list_task_definitions(familyPrefix="web", status="ACTIVE")["taskDefinitionArns"]))
"#;
    cloud.python(SETTLE);
    run(&["service", "status", WEB]).ended(0).says("web:8");
    let dry = run(&["service", "prune", WEB, "-keep=3", "-dry-run"]).ended(0);
    dry.says("web:2 would be deleted").says("4 of 8 revisions stay.");
    assert_eq!(cloud.python(active), "1 2 3 4 5 6 7 8");
    run(&["service", "prune", WEB, "-older-than=1d", "-keep=3"]).ended(0).says("8 of 8");
    // A rule starts tasks of an old one now and then.
    cloud.python(
        r#"
import boto3, os
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
cluster = client("ecs").describe_clusters(clusters=["main"])["clusters"][0]["clusterArn"]
revision = client("ecs").describe_task_definition(taskDefinition="web:4")["taskDefinition"]["taskDefinitionArn"]
client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
client("events").put_targets(Rule="nightly", Targets=[{
    "Id": "1", "Arn": cluster, "RoleArn": "arn:aws:iam::123456789012:role/events",
    "EcsParameters": {"TaskDefinitionArn": revision}}])
"#,
    );
    // The first one is the stack's own.
    run(&["service", "prune", WEB, "-keep=3"]).ended(0).says("web:5 deleted");
    assert_eq!(cloud.python(active), "1 4 6 7 8");
    run(&["plan", "-detailed-exitcode"]).ended(0);
}

#[test]
fn logs_go_on_across_tasks() {
    let (cloud, stack) = made("");
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    std::thread::sleep(std::time::Duration::from_secs(1));
    run(&["service", "status", WEB]).ended(0);
    let lines = |n: usize| {
        let out = run(&["service", "logs", WEB, "-json"]).ended(0).out;
        let lines: Vec<&str> = out.lines().filter(|it| it.contains("web started")).collect();
        assert_eq!(lines.len(), n, "{out}");
    };
    lines(3);
    run(&["service", "deploy", WEB, "-image=web:2", "-container=web", "-auto-approve"]).ended(0);
    lines(6);
    run(&["service", "logs", WEB, "-container=proxy"]).ended(1).says("No container \"proxy\"");

    // Followed: each line once, those of tasks that come later too.
    let mut command = stack.command(&["service", "logs", WEB, "-follow"]);
    command.envs(cloud.env()).stdout(std::process::Stdio::piped());
    let mut following = command.spawn().expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_secs(2));
    run(&["service", "deploy", WEB, "-image=web:3", "-container=web", "-auto-approve"]).ended(0);
    std::thread::sleep(std::time::Duration::from_secs(4));
    following.kill().expect("it goes on until it is ended");
    let out = following.wait_with_output().expect("it has ended");
    let out = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.lines().filter(|it| it.contains("web started")).count(), 9, "{out}");
}

/// Two versions of an app behind one rule.
const VERSIONS: &str = r#"
variable "tasks" {
  default = { blue = 1, green = 0 }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_lb" "main" {
  name     = "web"
  internal = true
  subnets  = aws_subnet.main[*].id
}

resource "aws_lb_target_group" "web" {
  for_each    = var.tasks
  name        = each.key
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "web" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 1

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web["blue"].arn
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}

resource "aws_lb_listener_rule" "other" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 2

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web["green"].arn
  }

  condition {
    path_pattern {
      values = ["/preview/*"]
    }
  }
}

resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_ecs_task_definition" "web" {
  for_each                 = var.tasks
  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "web", image = each.key, portMappings = [{ containerPort = 80 }] }])
}

resource "aws_ecs_service" "web" {
  for_each              = var.tasks
  name                  = each.key
  cluster               = aws_ecs_cluster.main.arn
  task_definition       = aws_ecs_task_definition.web[each.key].arn
  launch_type           = "FARGATE"
  desired_count         = each.value
  wait_for_steady_state = true

  network_configuration {
    subnets = aws_subnet.main[*].id
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.web[each.key].arn
    container_name   = "web"
    container_port   = 80
  }

  depends_on = [aws_lb_listener_rule.web, aws_lb_listener_rule.other]
}
"#;

const SHARES: &str = r#"
import boto3, os
elb = boto3.client("elbv2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
listener = elb.describe_listeners(LoadBalancerArn=elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"])["Listeners"][0]
rule = next(it for it in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"] if it["Priority"] == "1")
action = rule["Actions"][0]
groups = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}]
print(" ".join(sorted(it["TargetGroupArn"].split("/")[1] + " " + str(it.get("Weight", 1)) for it in groups)))
"#;

#[test]
fn requests_go_to_another_target_group_that_is_not_empty() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", VERSIONS)]);
    let run = |args: &[&str]| stack.run_on(&cloud, args);
    run(&["apply", "-auto-approve"]).ended(0);
    let green = "aws_ecs_service.web[\"green\"]";
    let cut = |service: &str, args: &[&str]| {
        run(&[
            &["service", "cutover", service, "-auto-approve", "-rule=aws_lb_listener_rule.web"],
            args,
        ]
        .concat())
    };
    run(&["service", "cutover", green]).ended(1).says("one of: aws_lb_listener_rule.other");
    cut(green, &[]).ended(1).says("requests would go nowhere");
    assert_eq!(cloud.python(SHARES), "blue 1");
    run(&["service", "scale", green, "1", "-auto-approve"]).ended(0);
    for _ in 0..100 {
        if run(&["service", "status", green]).ended(0).out.contains("1 of 1 targets") {
            break;
        }
    }
    cut(green, &["-weight=10"]).ended(0).says("1 of 1 targets are healthy");
    assert_eq!(cloud.python(SHARES), "blue 90 green 10");
    run(&["plan", "-detailed-exitcode"]).ended(0);
    for (service, share) in
        [(green, "green 1"), ("aws_ecs_service.web[\"blue\"]", "blue 1")].repeat(2)
    {
        cut(service, &[]).ended(0);
        assert_eq!(cloud.python(SHARES), share);
        run(&["plan", "-detailed-exitcode"]).ended(0);
    }
}
