//! What an apply needs of the cloud and does not make is missed by a plan, and nothing is changed for it.

use crate::support::{Cloud, Stack};

/// What exists before: a repository with one image, a role, a parameter and a secret.
const BEFORE: &str = r#"
import boto3, json, os
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
trust = lambda who: json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": who}}]})
client("ecr").create_repository(repositoryName="web")
client("ecr").put_image(repositoryName="web", imageTag="1", imageManifest=json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": "sha256:" + "0" * 64},
    "layers": []}))
client("iam").create_role(RoleName="tasks", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
client("iam").put_role_policy(RoleName="tasks", PolicyName="tasks", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ssm:GetParameters", "secretsmanager:GetSecretValue"], "Resource": "*"},
        {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:*:*"}]}))
client("iam").create_role(RoleName="machines", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
client("ssm").put_parameter(Name="/web/key", Value="x", Type="SecureString")
client("secretsmanager").create_secret(Name="login", SecretString="{}")
"#;

const STACK: &str = r#"
data "aws_secretsmanager_secret" "login" {
  name = "login"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_vpc" "other" {
  cidr_block = "10.1.0.0/16"
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}

resource "aws_lb" "main" {
  name            = "web"
  internal        = true
  subnets         = aws_subnet.main[*].id
  security_groups = [aws_security_group.web.id]
}

resource "aws_lb_target_group" "web" {
  name        = "web"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_cloudwatch_log_group" "web" {
  name = "web"
}

resource "aws_sqs_queue" "jobs" {
  name = "jobs"
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
  execution_role_arn       = "arn:aws:iam::123456789012:role/tasks"

  container_definitions = jsonencode([{
    name         = "web"
    image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"
    portMappings = [{ containerPort = 8080 }]
    environment  = [{ name = "JOBS", value = aws_sqs_queue.jobs.url }]

    secrets = [
      { name = "KEY", valueFrom = "/web/key" },
      { name = "LOGIN", valueFrom = "${data.aws_secretsmanager_secret.login.arn}:password::" },
    ]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = "web"
        awslogs-region        = "us-east-1"
        awslogs-stream-prefix = "web"
      }
    }
  }])
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.main.arn
  task_definition = aws_ecs_task_definition.web.arn
  launch_type     = "FARGATE"
  desired_count   = 1

  network_configuration {
    subnets         = aws_subnet.main[*].id
    security_groups = [aws_security_group.web.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener.web, aws_cloudwatch_log_group.web]
}
"#;

/// What is broken: the text and what takes its place, what is said of it, and on which line that is
/// written.
const BROKEN: &[(&str, &str, &str, &str)] = &[
    ("role/tasks", "role/nobody", "There is no role \"nobody\".", "role/nobody"),
    (
        "role/tasks",
        "role/machines",
        "has to let ecs-tasks.amazonaws.com assume it",
        "role/machines",
    ),
    ("com/web:1", "com/web:2", "has no image with the tag \"2\"", "com/web:2"),
    ("com/web:1", "com/api:1", "There is no repository \"api\"", "com/api:1"),
    ("\"/web/key\"", "\"/web/keys\"", "There is no parameter \"/web/keys\"", "\"/web/keys\""),
    (
        "${data.aws_secretsmanager_secret.login.arn}:password::",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf",
        "There is no secret",
        "secret:none-AbCdEf",
    ),
    (
        "awslogs-group         = \"web\"",
        "awslogs-group         = \"api\"",
        "There is no log group \"api\"",
        "awslogs-group         = \"api\"",
    ),
    (
        "container_name   = \"web\"",
        "container_name   = \"app\"",
        "has no container \"app\", but: web.",
        "container_name   = \"app\"",
    ),
    (
        "container_port   = 8080",
        "container_port   = 80",
        "has no port 80, but: 8080.",
        "container_port   = 80",
    ),
    (
        "target_type = \"ip\"",
        "target_type = \"instance\"",
        "takes targets of the type `instance`",
        "target_group_arn = aws_lb_target_group.web.arn\n    container_name",
    ),
    (
        "name   = \"web\"\n  vpc_id = aws_vpc.main.id",
        "name   = \"web\"\n  vpc_id = aws_vpc.other.id",
        "is in aws_vpc.main, but aws_security_group.web is in aws_vpc.other",
        "network_configuration {",
    ),
    ("memory                   = 512", "memory                   = 4096", "not 4096", "= 4096"),
    (
        "resource \"aws_lb_target_group\" \"web\" {\n  name        = \"web\"",
        "resource \"aws_lb_target_group\" \"web\" {\n  name        = \"the-web-service-of-the-other-team\"",
        "has 33 characters; AWS takes at most 32",
        "the-web-service-of-the-other-team",
    ),
];

/// Where a text is, as places are shown.
fn line_of(text: &str, part: &str) -> String {
    let at = text.find(part).expect("it is there");
    format!("main.tf:{}:", text[..at].lines().count().max(1))
}

#[test]
fn what_is_missing_is_found_before_anything_is_changed() {
    let cloud = Cloud::start();
    cloud.python(BEFORE);
    let stack = Stack::new(&[("main.tf", STACK)]);
    let before = cloud.calls().len();
    let planned = stack.run_on(&cloud, &["plan", "-verify"]).ended(0);
    planned.says("Verified: what this needs is there.");
    assert!(!planned.err.contains("Warning"), "{}", planned.err);
    for (part, instead, says, at) in BROKEN {
        assert!(STACK.contains(part), "{part:?}");
        let text = STACK.replacen(part, instead, 1);
        stack.write("main.tf", &text);
        let planned = stack.run_on(&cloud, &["plan", "-verify"]).ended(1);
        planned.says(says).says(&line_of(&text, at));
        assert!(!stack.exists("terraform.tfstate"));
    }
    let reads = ["Describe", "Get", "List", "Simulate"];
    let mut calls = cloud.calls();
    let made = calls.split_off(before);
    let changes = made.iter().filter(|it| !reads.iter().any(|read| it.starts_with(read)));
    assert_eq!(changes.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn what_exists_is_looked_at_as_what_is_planned() {
    let cloud = Cloud::start();
    cloud.python(BEFORE);
    let stack = Stack::new(&[("main.tf", STACK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve", "-verify"]).ended(0);
    stack.run_on(&cloud, &["plan", "-verify", "-detailed-exitcode"]).ended(0);
    cloud.python(
        r#"
import boto3, os
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
client("ecr").batch_delete_image(repositoryName="web", imageIds=[{"imageTag": "1"}])
"#,
    );
    stack.run_on(&cloud, &["plan"]).ended(0).says("No changes.");
    stack.run_on(&cloud, &["plan", "-verify"]).ended(1).says("has no image with the tag \"1\"");
    stack.run_on(&cloud, &["plan", "-verify", "-json"]).ended(1).says("\"Image not found\"");
    stack.write(
        "main.tf",
        &STACK.replace("123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1", "nginx"),
    );
    let planned = stack.run_on(&cloud, &["plan", "-verify"]).ended(0);
    planned.says("Not verified").says("Only images in ECR are looked up, so not \"nginx\".");
}

/// Takes from the role what it has, and lets it only read parameters of others.
const FORBID: &str = r#"
import boto3, json, os
iam = boto3.client("iam", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
iam.put_role_policy(RoleName="tasks", PolicyName="tasks", PolicyDocument=json.dumps({
    "Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "arn:aws:ssm:*:*:parameter/api/*"},
        {"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": "*"}]}))
"#;

/// What the role gets from the stack.
const ALLOW: &str = r#"
resource "aws_iam_role_policy" "tasks" {
  name   = "web"
  role   = "tasks"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}
"#;

#[test]
fn what_the_execution_role_may_not_read_is_found() {
    let cloud = Cloud::start();
    cloud.python(BEFORE);
    cloud.python(FORBID);
    let stack = Stack::new(&[("main.tf", STACK)]);
    let planned = stack.run_on(&cloud, &["plan", "-verify"]).ended(1);
    let key = "arn:aws:ssm:us-east-1:123456789012:parameter/web/key";
    planned.says(&format!("may not ssm:GetParameters on {key}"));
    planned.says(&format!(
        r#"{{"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "{key}"}}"#
    ));
    planned.says(&line_of(STACK, "\"/web/key\""));
    planned.says("may not logs:CreateLogStream on").says("may not logs:PutLogEvents on");
    planned.says("may not ecr:GetAuthorizationToken on *").says("ecr:GetDownloadUrlForLayer");
    planned.says("may not secretsmanager:GetSecretValue on");
    // What the plan gives it counts; what is denied stays denied.
    stack.write("main.tf", &format!("{STACK}{ALLOW}"));
    let planned = stack.run_on(&cloud, &["plan", "-verify"]).ended(1);
    planned.says("may not logs:PutLogEvents on").says("denied by a statement of the policy tasks");
    assert_eq!(planned.err.matches("may not").count(), 1, "{}", planned.err);
}

/// The service with more load balancers, whose order is not that of their values.
const BALANCERS: &str = r#"load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 8080
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "app"
    container_port   = 8080
  }

  dynamic "load_balancer" {
    for_each = [8080, 81]
    content {
      target_group_arn = aws_lb_target_group.web.arn
      container_name   = "web"
      container_port   = load_balancer.value
    }
  }
"#;

#[test]
fn what_is_wrong_with_a_load_balancer_is_said_at_its_block() {
    let cloud = Cloud::start();
    cloud.python(BEFORE);
    let at = STACK.find("load_balancer {\n    target").expect("it is there");
    let end = at + STACK[at..].find("}\n").expect("it ends") + 2;
    let text = format!("{}{BALANCERS}{}", &STACK[..at], &STACK[end..]);
    let stack = Stack::new(&[("main.tf", &text)]);
    let planned = stack.run_on(&cloud, &["plan"]).ended(1);
    planned.says("has no container \"app\"").says(&line_of(&text, "container_name   = \"app\""));
    planned.says("has no port 81").says(&line_of(&text, "container_port   = load_balancer.value"));
}
