//! The order that AWS needs and no reference says: kept without `depends_on`, on the way up and down.

use std::time::Duration;

use serde_json::Value as Json;

use crate::support::{Cloud, Ran, Stack};

const STACK: &str = r#"
provider "aws" {
  region = "us-east-1"
}

resource "aws_s3_bucket" "site" {
  bucket = "order-site"
}
resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Principal = "*", Resource = "${aws_s3_bucket.site.arn}/*" }]
  })
}
resource "aws_s3_bucket_public_access_block" "site" {
  bucket              = aws_s3_bucket.site.id
  block_public_policy = false
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = ["us-east-1a", "us-east-1b"][count.index]
}
resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}
resource "aws_security_group" "web" {
  name   = "order-web"
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_security_group_egress_rule" "web" {
  security_group_id = aws_security_group.web.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_lb" "main" {
  name    = "order"
  subnets = aws_subnet.main[*].id
}
resource "aws_lb_target_group" "web" {
  name        = "order-web"
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

resource "aws_iam_role" "tasks" {
  name               = "order-tasks"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "tasks" {
  role       = aws_iam_role.tasks.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_ecs_cluster" "main" {
  name = "order"
}
resource "aws_ecs_task_definition" "web" {
  family                   = "order-web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.tasks.arn
  container_definitions = jsonencode([{
    name = "web", image = "nginx", essential = true, portMappings = [{ containerPort = 80 }]
  }])
}
resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.web.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.main[*].id
    security_groups = [aws_security_group.web.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.web.arn
    container_name   = "web"
    container_port   = 80
  }
}
"#;

/// What comes first, and what comes after it.
const ORDERS: [(&str, &str); 5] = [
    ("aws_s3_bucket_public_access_block.site", "aws_s3_bucket_policy.site"),
    ("aws_internet_gateway.main", "aws_lb.main"),
    ("aws_lb_listener.web", "aws_ecs_service.web"),
    ("aws_iam_role_policy_attachment.tasks", "aws_ecs_service.web"),
    ("aws_vpc_security_group_egress_rule.web", "aws_ecs_service.web"),
];

#[test]
fn what_aws_needs_first_is_made_first_and_goes_last() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", STACK)]);

    let ran = stack.run_on(&cloud, &["apply", "-auto-approve", "-json"]).ended(0);
    for (first, then) in ORDERS {
        assert!(done(&ran, first) < begun(&ran, then), "{first} and {then}:\n{}", ran.out);
    }
    // An order is no dependency: the state does not have it, so Terraform need not know of it.
    let state: Json = serde_json::from_str(&stack.read("terraform.tfstate")).unwrap();
    let policies = state["resources"].as_array().unwrap();
    let policy = policies.iter().find(|it| it["type"] == "aws_s3_bucket_policy").unwrap();
    assert_eq!(policy["instances"][0]["dependencies"], serde_json::json!(["aws_s3_bucket.site"]));

    let ran = stack.run_on(&cloud, &["destroy", "-auto-approve", "-json"]).ended(0);
    for (first, then) in ORDERS {
        assert!(done(&ran, then) < begun(&ran, first), "{then} and {first}:\n{}", ran.out);
    }
}

#[test]
fn what_a_service_uses_is_renamed_in_one_apply() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", STACK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let renamed = STACK
        .replace("name   = \"order-web\"", "name   = \"order-www\"")
        .replace("name        = \"order-web\"", "name        = \"order-www\"")
        .replace("\"order-tasks\"", "\"order-crew\"");
    stack.write("main.tf", &renamed);
    let before = cloud.calls().len();
    let ran = stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    ran.says("Plan: 6 to add, 2 to change, 6 to destroy (6 replaced).");
    let calls = cloud.calls().split_off(before);
    let first = |name: &str| calls.iter().position(|it| it.ends_with(name)).expect(name);
    let last = |name: &str| calls.iter().rposition(|it| it.ends_with(name)).expect(name);
    // The new group is whole when the service gets it, and the old one until it has let go.
    assert!(first("CreateSecurityGroup") < first("AuthorizeSecurityGroupEgress"));
    assert!(first("AuthorizeSecurityGroupEgress") < first("UpdateService"));
    assert!(first("UpdateService") < last("RevokeSecurityGroupEgress"));
    assert!(last("RevokeSecurityGroupEgress") < first("DeleteSecurityGroup"));
    assert!(first("CreateTargetGroup") < first("ModifyListener"));
    assert!(first("ModifyListener") < first("UpdateService"));
    assert!(first("UpdateService") < first("DeleteTargetGroup"));
    assert!(first("CreateRole") < first("AttachRolePolicy"));
    assert!(first("AttachRolePolicy") < first("UpdateService"));
    assert!(first("UpdateService") < first("DetachRolePolicy"));
    assert!(first("DetachRolePolicy") < first("DeleteRole"));
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    // What cannot be there twice is said before, and not waited for.
    stack.write("main.tf", &renamed.replace("port        = 80\n", "port        = 81\n"));
    let ran = stack.run_within(Duration::from_secs(60), &cloud, &["apply", "-auto-approve"]);
    let ran = ran.ended(1);
    ran.says("Warning: It is still used");
    ran.says("Error: Cannot delete aws_lb_target_group.web");
    ran.says("change its name as well");
    stack.write("main.tf", &renamed);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    // Everything in a VPC is made in another one, if what cannot be moved there is replaced.
    stack.write("main.tf", &renamed.replace("10.0.0.0/16", "10.1.0.0/16"));
    let ran = stack.run_on(&cloud, &["plan"]).ended(1);
    ran.says("Error: Load balancer in another VPC");
    ran.says("aws_subnet.main[0] will be in aws_vpc.main");
    ran.says("with `-replace=aws_lb.main`");
    let moved = ["apply", "-auto-approve", "-replace=aws_lb.main", "-replace=aws_ecs_service.web"];
    stack.run_within(Duration::from_secs(60), &cloud, &moved).ended(0);
    stack.run_on(&cloud, &["plan", "-detailed-exitcode"]).ended(0);

    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    assert_eq!(cloud.count("us-east-1"), "");
}

fn begun(ran: &Ran, address: &str) -> usize {
    event(ran, "apply_start", address)
}

fn done(ran: &Ran, address: &str) -> usize {
    event(ran, "apply_complete", address)
}

/// Which line tells this of an object.
fn event(ran: &Ran, what: &str, address: &str) -> usize {
    let is_it = |line: &str| {
        let line: Json = serde_json::from_str(line).unwrap_or_default();
        line["type"] == what && line["hook"]["resource"]["addr"] == address
    };
    ran.out.lines().position(is_it).unwrap_or_else(|| panic!("no {what} of {address}: {}", ran.out))
}
