//! `groundplan verify`: what the state has and AWS has not, and the other way round.

use crate::support::{Cloud, Stack};

const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { stack = "bob" }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "main" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}

resource "aws_iam_role" "task" {
  name = "task-of-bob"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs.amazonaws.com" } }]
  })
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/bob/app"
  retention_in_days = 7
}

resource "aws_ecs_cluster" "main" {
  name = "bob"
}

resource "aws_s3_bucket" "files" {
  bucket = "files-of-bob"
}

resource "aws_instance" "host" {
  ami           = "ami-1e749f67"
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.main.id
  volume_tags   = { stack = "bob" }
}

output "subnet" {
  value = aws_subnet.main.id
}

output "group" {
  value = aws_security_group.web.id
}
"#;

fn python(cloud: &Cloud, program: &str) -> String {
    let head = "import boto3, os\n\
                client = lambda name: boto3.client(name, endpoint_url=os.environ['AWS_ENDPOINT_URL'], \
                region_name='us-east-1')\n\
                ec2, logs, ecs = client('ec2'), client('logs'), client('ecs')\n\
                tags = lambda ty, **it: [{'ResourceType': ty, 'Tags': [{'Key': k.replace('_', ':'), \
                'Value': v} for k, v in it.items()]}]\n";
    cloud.python(&format!("{head}{program}"))
}

#[test]
fn all_is_well_with_a_stack_and_after_it() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["verify"]).ended(0).says("The state is empty. All is well");

    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let state = stack.read("terraform.tfstate");
    let verified = stack.run_on(&cloud, &["verify"]).ended(0);
    verified.says("All 8 objects of the state were looked up. All is well");
    assert_eq!(stack.read("terraform.tfstate"), state);

    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["verify"]).ended(0).says("All is well");
}

#[test]
fn what_one_has_and_the_other_has_not_is_named() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    python(&cloud, "logs.delete_log_group(logGroupName='/bob/app')");
    stack.run(&["state", "rm", "aws_iam_role.task"]).ended(0);

    let found = stack.run_on(&cloud, &["verify"]).ended(2);
    found.says("In the state, and not in AWS:\n  aws_cloudwatch_log_group.app [id=/bob/app]");
    found.says(
        "In the configuration and in AWS, and not in the state:\n  aws_iam_role.task [id=task-of-bob]",
    );
    found.says("2 things are not as they should be.");
    let found = stack.run_on(&cloud, &["verify", "-json"]).ended(2);
    let lines = found.out.lines().map(|it| serde_json::from_str(it).expect("JSON"));
    let lines: Vec<serde_json::Value> = lines.collect();
    let of = |ty: &str| lines.iter().find(|it| it["type"] == ty).expect("a line of this type");
    assert_eq!(of("missing")["finding"]["addr"], "aws_cloudwatch_log_group.app");
    assert_eq!(of("unrecorded")["finding"]["id"], "task-of-bob");
    assert_eq!(of("verify_summary")["verify"]["findings"], 2);
}

#[test]
fn what_is_left_over_is_named_with_the_reason() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    // An object of ours that no state knows of, one that a killed run has left, and one of others.
    let vpcs = python(
        &cloud,
        "make = lambda **it: ec2.create_vpc(CidrBlock='10.9.0.0/16', TagSpecifications=tags('vpc', **it))\n\
         print(*(it['Vpc']['VpcId'] for it in (make(stack='bob'), make(groundplan_intent='x'), make(stack='alice'))))",
    );
    let vpcs: Vec<&str> = vpcs.split(' ').collect();
    let output = |name| stack.run(&["output", "-raw", name]).ended(0).out.trim().to_owned();
    let interface = python(
        &cloud,
        &format!(
            "print(ec2.create_network_interface(SubnetId='{}', Groups=['{}'])\
             ['NetworkInterface']['NetworkInterfaceId'])",
            output("subnet"),
            output("group")
        ),
    );

    let found = stack.run_on(&cloud, &["verify"]).ended(2);
    found.says(&format!("aws_vpc {}: it has the tag stack=bob", vpcs[0]));
    found.says(&format!("aws_vpc {}: it was being made", vpcs[1]));
    found.says(&format!("network interface {interface}: it is in sg-"));
    found.says("3 things are not as they should be.");
    assert!(!found.out.contains(vpcs[2]), "{}", found.out);

    let found = stack.run_on(&cloud, &["verify", "-tag", "stack=alice"]).ended(2);
    found.says(&format!("aws_vpc {}: it has the tag stack=alice", vpcs[2]));
    assert!(!found.out.contains("stack=bob"), "{}", found.out);
}

#[test]
fn what_came_after_a_destroy_is_named() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    python(
        &cloud,
        "logs.create_log_group(logGroupName='/bob/app')\n\
         logs.create_log_group(logGroupName='/aws/ecs/containerinsights/bob/performance')\n\
         logs.create_log_group(logGroupName='/aws/ecs/containerinsights/alice/performance')",
    );

    let found = stack.run_on(&cloud, &["verify"]).ended(2);

    found.says("Left behind in AWS by this stack:");
    found.says("aws_cloudwatch_log_group /bob/app: it was written to after it was deleted");
    found.says("Container Insights wrote of the cluster bob, which is gone");
    found.says("2 things are not as they should be.");
}

#[test]
fn a_configuration_that_cannot_be_planned_is_no_reason_not_to_look() {
    let cloud = Cloud::start();
    let data = "data \"aws_vpc\" \"main\" {\n  tags = { stack = \"bob\" }\n}\n";
    let stack = Stack::new(&[(
        "main.tf",
        &format!("provider \"aws\" {{\n  region = \"us-east-1\"\n}}\n{data}"),
    )]);

    let verified = stack.run_on(&cloud, &["verify"]).ended(0);

    verified.says("The configuration cannot be planned").says("All is well");
}
