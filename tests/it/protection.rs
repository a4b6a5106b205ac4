//! What is protected stays, all of it, until it is said that it goes.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sandbox::Fault;

use crate::support::{Cloud, Ran, Stack};

const PROTECTED: &str = r#"
provider "aws" {
  region = "us-east-1"
}

variable "protect" {
  default = true
}

resource "aws_vpc" "main" {
  cidr_block = "10.3.0.0/16"
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

resource "aws_lb" "web" {
  name                       = "web"
  subnets                    = aws_subnet.main[*].id
  enable_deletion_protection = var.protect
}

resource "aws_instance" "host" {
  ami                     = "ami-1e749f67"
  instance_type           = "t3.micro"
  subnet_id               = aws_subnet.main[0].id
  disable_api_termination = var.protect
}
"#;

const COUNT: &str = r#"
import boto3, os
client = lambda name: boto3.client(name, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ec2, elb = client("ec2"), client("elbv2")
found = [it for r in ec2.describe_instances()["Reservations"] for it in r["Instances"]]
print(sum(not it["IsDefault"] for it in ec2.describe_vpcs()["Vpcs"]),
      len(elb.describe_load_balancers()["LoadBalancers"]),
      sum(it["State"]["Name"] != "terminated" for it in found))
"#;

/// Whether the load balancer is protected.
const IS_PROTECTED: &str = r#"
import boto3, os
elb = boto3.client("elbv2", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
for it in elb.describe_load_balancers()["LoadBalancers"]:
    all = elb.describe_load_balancer_attributes(LoadBalancerArn=it["LoadBalancerArn"])["Attributes"]
    print(*(it["Value"] for it in all if it["Key"] == "deletion_protection.enabled"))
"#;

const DESTROY: [&str; 2] = ["destroy", "-auto-approve"];

#[test]
fn a_destroy_names_all_that_is_protected_and_one_flag_lifts_it() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", PROTECTED)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let before = stack.addresses();

    for command in [&DESTROY[..], &["plan", "-destroy"]] {
        let refused = stack.run_on(&cloud, command).ended(1);
        refused.says("2 objects that are to be deleted are protected");
        refused.says("aws_instance.host (disable_api_termination)");
        refused.says("aws_lb.web (enable_deletion_protection)");
        refused.says("Nothing has been deleted.");
        refused.says("-lift-protection");
    }
    assert_eq!(cloud.python(COUNT), "1 1 1");
    assert_eq!(stack.addresses(), before);

    let planned = stack.run_on(&cloud, &["plan", "-destroy", "-lift-protection"]).ended(0);
    planned.says("# its protection is lifted: enable_deletion_protection");
    assert_eq!(cloud.python(IS_PROTECTED), "true");
    let lifting = [&DESTROY[..], &["-lift-protection"]].concat();
    stack.run_on(&cloud, &lifting).ended(0).says("Nothing is left.");
    assert_eq!(cloud.python(COUNT), "0 0 0");
}

#[test]
fn protection_that_the_configuration_turns_off_needs_no_apply_before() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", PROTECTED)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    // An object that is replaced is protected just as one that is destroyed.
    let replace = ["apply", "-auto-approve", "-replace=aws_lb.web"];
    stack.run_on(&cloud, &replace).ended(1).says("aws_lb.web (enable_deletion_protection)");
    let lifting = [&replace[..], &["-lift-protection"]].concat();
    stack.run_on(&cloud, &lifting).ended(0).says("1 added, 0 changed, 1 destroyed");
    assert_eq!(cloud.python(IS_PROTECTED), "true");

    let destroy = ["destroy", "-auto-approve", "-var=protect=false"];
    stack.run_on(&cloud, &destroy).ended(0).says("Nothing is left.");
    assert_eq!(cloud.python(COUNT), "0 0 0");
}

#[test]
fn a_destroy_killed_between_lifting_and_deleting_is_finished_by_the_next() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", PROTECTED)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    cloud.disturb("DeleteLoadBalancer", Fault::Throttled, 1000);
    let mut run = stack
        .command(&["destroy", "-auto-approve", "-lift-protection"])
        .envs(cloud.env())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let start = Instant::now();
    while cloud.python(IS_PROTECTED) == "true" && start.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    run.kill().expect("it is under way");
    _ = run.wait();
    cloud.disturb("DeleteLoadBalancer", Fault::Throttled, 0);
    assert_eq!(cloud.python(IS_PROTECTED), "false");

    // What is protected still is not forgotten, and what is not needs no leave.
    let end = stack.run_on(&cloud, &[&DESTROY[..], &["-lift-protection"]].concat()).ended(0);
    end.says("aws_lb.web was being deleted when a run was cut off. It is still there")
        .says("Nothing is left.");
    assert_eq!(cloud.python(COUNT), "0 0 0");
}

fn guarded(keep: &str) -> String {
    format!(
        "variable \"keep\" {{\n  default = {keep}\n}}\n\n\
         resource \"terraform_data\" \"kept\" {{\n  for_each = {{ a = var.keep, b = false }}\n  \
         input = each.key\n\n  lifecycle {{\n    prevent_destroy = each.value\n  }}\n}}\n"
    )
}

#[test]
fn prevent_destroy_follows_a_variable() {
    let stack = Stack::new(&[("main.tf", &guarded("true"))]);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("2 added");

    let refused = stack.run(&DESTROY).ended(1);
    refused.says("Resource terraform_data.kept[\"a\"] has lifecycle.prevent_destroy set");
    refused.says("Nothing has been changed.");
    assert!(!refused.err.contains("kept[\"b\"]"), "{}", refused.err);
    let replace = ["plan", "-replace=terraform_data.kept[\"a\"]"];
    stack.run(&replace).ended(1).says("prevent_destroy set");

    stack.run(&["destroy", "-auto-approve", "-var=keep=false"]).ended(0).says("2 destroyed");
}

#[test]
fn what_prevent_destroy_says_must_be_known() {
    let main = "resource \"terraform_data\" \"one\" {}\n\
                resource \"terraform_data\" \"kept\" {\n  lifecycle {\n    \
                prevent_destroy = terraform_data.one.id != \"\"\n  }\n}\n";
    let stack = Stack::new(&[("main.tf", main)]);
    let refused = stack.run(&["plan"]).ended(1);
    refused.says("must be known when planning");
}

#[test]
fn an_object_stays_guarded_when_its_block_is_gone() {
    let stack = Stack::new(&[("main.tf", &guarded("true"))]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    assert!(stack.read("terraform.tfstate").contains("\"private\""));

    // A key that is gone cannot say what it was for: the state remembers.
    stack.write("main.tf", &guarded("true").replace("a = var.keep, ", ""));
    stack.run(&["plan"]).ended(1).says("kept[\"a\"] has lifecycle.prevent_destroy set");
    stack.write("main.tf", "");
    let removed =
        "removed {\n  from = terraform_data.kept\n\n  lifecycle {\n    destroy = true\n  }\n}\n";
    for command in [&["plan"][..], &["apply", "-auto-approve"], &DESTROY] {
        let refused = stack.run(command).ended(1);
        refused.says("terraform_data.kept[\"a\"] is not in the configuration any more");
        refused.says(removed);
    }
    assert_eq!(stack.addresses().len(), 2);

    // A guard that the configuration has taken back is taken back from the state as well.
    stack.write("main.tf", &guarded("false"));
    stack.run(&["apply", "-auto-approve"]).ended(0).says("No changes.");
    assert!(!stack.read("terraform.tfstate").contains("\"private\""));
    stack.write("main.tf", &guarded("true"));
    stack.run(&["apply", "-auto-approve"]).ended(0).says("No changes.");

    // What the hint says works as it stands there.
    stack.write("main.tf", removed);
    stack.run(&["apply", "-auto-approve"]).ended(0).says("2 destroyed");
}

/// An AWS that says who asks, and writes down what else it was asked.
fn another_account() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = asked.clone();
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.expect("a connection");
            let (mut request, mut part) = (String::new(), [0; 4096]);
            while !request.contains("Version=") {
                let n = socket.read(&mut part).unwrap_or(0);
                request += &String::from_utf8_lossy(&part[..n]);
                if n == 0 {
                    break;
                }
            }
            let body = request.split("\r\n\r\n").nth(1).unwrap_or_default();
            list.lock().expect("nobody panics").push(body.to_owned());
            let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn</Arn>\
                          <UserId>u</UserId><Account>210987654321</Account></GetCallerIdentityResult>\
                          </GetCallerIdentityResponse>";
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: ";
            _ = socket.write_all(format!("{head}{}\r\n\r\n{answer}", answer.len()).as_bytes());
        }
    });
    (format!("http://{address}"), asked)
}

const OTHER_ACCOUNT: &str = r#"
provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["123456789012"]
}

data "aws_vpcs" "all" {}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}

resource "aws_cloudwatch_log_group" "new" {
  name = "/new"
}
"#;

const STATE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1,
"lineage": "0d3a4d15-6f27-4d5a-a3a4-5c8a3b1f6f0e", "outputs": {}, "resources": [{"mode": "managed",
"type": "aws_cloudwatch_log_group", "name": "app",
"provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"schema_version": 0,
"attributes": {"id": "/app", "name": "/app", "arn": "arn:aws:logs:us-east-1:123456789012:log-group:/app"}}]}]}"#;

#[test]
fn in_another_account_nothing_is_read_and_nothing_made() {
    let (url, asked) = another_account();
    let stack = Stack::new(&[("main.tf", OTHER_ACCOUNT), ("terraform.tfstate", STATE)]);
    let import = ["import", "aws_cloudwatch_log_group.new", "/new"];
    let refresh = ["refresh", "-auto-approve"];
    let apply = ["apply", "-auto-approve"];
    for command in [&["plan"][..], &apply, &DESTROY, &refresh, &import, &["verify"]] {
        let mut run = stack.command(command);
        run.env("AWS_ENDPOINT_URL", &url).env("AWS_ACCESS_KEY_ID", "a");
        run.env("AWS_SECRET_ACCESS_KEY", "b").env("AWS_EC2_METADATA_DISABLED", "true");
        let ran = Ran::of(run.output().expect("the binary starts")).ended(1);
        ran.says("AWS account ID not allowed: 210987654321");
    }
    let asked = asked.lock().expect("nobody panics");
    assert!(asked.len() >= 6, "{asked:?}");
    assert!(asked.iter().all(|it| it.contains("Action=GetCallerIdentity")), "{asked:?}");
    assert!(stack.read("terraform.tfstate").contains("\"serial\": 1"));
}
