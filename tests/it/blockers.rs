//! What cannot be deleted because something else holds it: the holder is named, and waited for only if
//! it is about to let go.

use std::time::{Duration, Instant};

use crate::support::{Cloud, Stack};

const NETWORK: &str = r#"
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "main" {
  count             = 2
  vpc_id            = aws_vpc.main.id
  cidr_block        = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
  availability_zone = "us-east-1${["a", "b"][count.index]}"
}

resource "aws_security_group" "main" {
  name   = "held"
  vpc_id = aws_vpc.main.id
}

output "group" {
  value = aws_security_group.main.id
}

output "vpc" {
  value = aws_vpc.main.id
}

output "subnet" {
  value = aws_subnet.main[0].id
}
"#;

const BALANCER: &str = r#"
resource "aws_lb" "main" {
  name            = "held"
  subnets         = aws_subnet.main[*].id
  security_groups = [aws_security_group.main.id]
}
"#;

/// Puts a function into the network that no stack knows of, with the interface it has there.
const FUNCTION: &str = r#"
import boto3, json, os
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ec2, group, subnet = client("ec2"), "GROUP", "SUBNET"
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                   "Principal": {"Service": "lambda.amazonaws.com"}}]})
role = client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
client("lambda").create_function(
    FunctionName="jobs", Role=role, PackageType="Image", Code={"ImageUri": "jobs"},
    VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [group]})
text = "AWS Lambda VPC ENI-jobs-1a2b3c4d-0000-1111-2222-333344445555"
ec2.create_network_interface(SubnetId=subnet, Groups=[group], Description=text)
"#;

/// Lets another group name this one.
const RULE: &str = r#"
import boto3, os
ec2 = boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
other = ec2.create_security_group(GroupName="db", Description="db", VpcId="VPC")["GroupId"]
pair = [{"GroupId": "GROUP"}]
rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": pair}
ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
print(other)
"#;

fn output(stack: &Stack, name: &str) -> String {
    stack.run(&["output", "-raw", name]).ended(0).out.trim().to_owned()
}

#[test]
fn a_balancer_that_is_gone_is_waited_for() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", &format!("{NETWORK}{BALANCER}"))]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let destroyed = stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);

    destroyed.says("Nothing is left.");
}

#[test]
fn a_function_that_no_stack_knows_of_is_named_at_once() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", NETWORK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let program = FUNCTION.replace("GROUP", &output(&stack, "group"));
    cloud.python(&program.replace("SUBNET", &output(&stack, "subnet")));

    let start = Instant::now();
    let destroyed = stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(1);

    assert!(start.elapsed() < Duration::from_secs(10));
    destroyed.says("of Lambda function `jobs`");
    destroyed.says("delete the function `jobs` or take it out of the VPC");
}

#[test]
fn a_rule_of_a_group_that_no_stack_knows_of_is_named_at_once() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", NETWORK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let program = RULE.replace("GROUP", &output(&stack, "group"));
    let other = cloud.python(&program.replace("VPC", &output(&stack, "vpc")));

    let start = Instant::now();
    let destroyed = stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(1);

    assert!(start.elapsed() < Duration::from_secs(10));
    destroyed.says(&format!("a rule for incoming traffic in security group {other} (db)"));
    destroyed.says(&format!("remove that rule of {other}"));
}
