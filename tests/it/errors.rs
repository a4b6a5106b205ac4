//! What people are told when something is wrong: what, where, why, what has been changed, and what to
//! do next. The texts are in `errors/`, as they were looked at.

use expect_test::expect_file;

use crate::proxy::{Fate, Proxy, Refusal};
use crate::support::{Cloud, Ran, Stack};

/// Mistakes that can be told without an account: a name, the command, and the stack.
const MISTAKES: &[(&str, &[&str], &str)] = &[
    (
        "a brace that is never closed",
        &["validate"],
        "resource \"terraform_data\" \"a\" {\n  input = 1\n",
    ),
    (
        "an argument that is not known",
        &["validate"],
        "resource \"aws_vpc\" \"a\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n",
    ),
    (
        "an argument that is missing",
        &["validate"],
        "resource \"aws_subnet\" \"a\" {\n  cidr_block = \"10.0.0.0/24\"\n}\n",
    ),
    (
        "an argument of another type",
        &["validate"],
        "resource \"aws_sqs_queue\" \"a\" {\n  delay_seconds = \"soon\"\n}\n",
    ),
    (
        "a value that AWS would refuse",
        &["plan"],
        "provider \"aws\" {\n  region     = \"us-east-1\"\n  access_key = \"a\"\n  secret_key = \"b\"\n}\nresource \"aws_lb_target_group\" \"a\" {\n  name = \"a-name-that-is-longer-than-load-balancers-take\"\n}\n",
    ),
    ("a type that is not known", &["validate"], "resource \"aws_vcp\" \"a\" {}\n"),
    ("a provider that is not built in", &["validate"], "resource \"google_project\" \"a\" {}\n"),
    ("a name that nothing has", &["validate"], "output \"a\" {\n  value = aws_vpc.main.id\n}\n"),
    (
        "an attribute that is not there",
        &["validate"],
        "resource \"aws_vpc\" \"a\" {\n  cidr_block = \"10.0.0.0/16\"\n}\noutput \"a\" {\n  value = aws_vpc.a.cidr\n}\n",
    ),
    (
        "two of the same name",
        &["validate"],
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"a\" {}\n",
    ),
    (
        "a circle",
        &["validate"],
        "resource \"terraform_data\" \"a\" {\n  input = terraform_data.b.id\n}\nresource \"terraform_data\" \"b\" {\n  input = terraform_data.a.id\n}\n",
    ),
    ("a function that is not there", &["validate"], "output \"a\" {\n  value = upcase(\"a\")\n}\n"),
    ("a backend that is not there", &["init"], "terraform {\n  backend \"gcs\" {}\n}\n"),
    (
        "a version that is not this one",
        &["validate"],
        "terraform {\n  required_version = \"< 1.0\"\n}\n",
    ),
    ("a module that is not there", &["init"], "module \"a\" {\n  source = \"./modules/a\"\n}\n"),
    ("a variable without a value", &["plan"], "variable \"size\" {\n  type = number\n}\n"),
    (
        "a variable that breaks its rule",
        &["plan", "-var=size=7"],
        "variable \"size\" {\n  type = number\n  validation {\n    condition     = var.size < 5\n    error_message = \"At most four fit.\"\n  }\n}\n",
    ),
    (
        "a variable that is not declared",
        &["plan", "-var=sise=7"],
        "variable \"size\" {\n  default = 1\n}\n",
    ),
    ("an index that is out of range", &["plan"], "output \"a\" {\n  value = [1, 2][3]\n}\n"),
    ("a sum of texts", &["validate"], "output \"a\" {\n  value = \"a\" + 1\n}\n"),
    ("a file that is not there", &["plan"], "output \"a\" {\n  value = file(\"missing.txt\")\n}\n"),
    (
        "a secret as a key",
        &["plan"],
        "resource \"terraform_data\" \"a\" {\n  for_each = toset([sensitive(\"x\")])\n}\n",
    ),
    ("a count below zero", &["plan"], "resource \"terraform_data\" \"a\" {\n  count = -1\n}\n"),
    ("a secret as an output", &["plan"], "output \"a\" {\n  value = sensitive(\"x\")\n}\n"),
    (
        "a condition that does not hold",
        &["plan"],
        "resource \"terraform_data\" \"a\" {\n  lifecycle {\n    precondition {\n      condition     = terraform_data.b.input > 2\n      error_message = \"One is not enough.\"\n    }\n  }\n}\nresource \"terraform_data\" \"b\" {\n  input = 1\n}\n",
    ),
    (
        "a move from what is still there",
        &["plan"],
        "resource \"terraform_data\" \"a\" {}\nresource \"terraform_data\" \"b\" {}\nmoved {\n  from = terraform_data.a\n  to   = terraform_data.b\n}\n",
    ),
    (
        "a target that is no address",
        &["plan", "-target=a..b"],
        "resource \"terraform_data\" \"a\" {}\n",
    ),
    (
        "an option that is not there",
        &["plan", "-refersh=false"],
        "resource \"terraform_data\" \"a\" {}\n",
    ),
    ("a command that is not there", &["aply"], "resource \"terraform_data\" \"a\" {}\n"),
];

#[test]
fn a_mistake_is_told_with_its_place_and_its_cause() {
    let mut catalogue = String::new();
    for (name, args, main) in MISTAKES {
        let stack = Stack::new(&[("main.tf", main)]);
        let ran = stack.run(args);
        assert_ne!(ran.code, Some(0), "{name}: {}", ran.out);
        catalogue += &entry(name, args, &stack, ran);
    }
    expect_file!["errors/mistakes.txt"].assert_eq(&catalogue);
}

/// One object of the state, for what is wrong with a state or a plan.
const LOCAL: &str = "resource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

#[test]
fn what_is_wrong_with_a_state_or_a_plan_is_told() {
    let mut catalogue = String::new();
    let mut told = |name: &str, stack: &Stack, args: &[&str]| {
        let ran = stack.run(args);
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.out);
        assert!(!ran.out.contains("Apply complete"), "{name}");
        catalogue += &entry(name, args, stack, ran);
    };
    let applied = || {
        let stack = Stack::new(&[("main.tf", LOCAL)]);
        stack.run(&["apply", "-auto-approve"]).ended(0);
        stack
    };

    let stack = applied();
    let text = stack.read("terraform.tfstate");
    stack.write("terraform.tfstate", "");
    told("an empty state", &stack, &["plan"]);
    stack.write("terraform.tfstate", &text[..text.len() / 2]);
    told("half a state", &stack, &["destroy", "-auto-approve"]);
    stack.write("terraform.tfstate", &text.replace("\"version\": 4", "\"version\": 9"));
    told("a state of the future", &stack, &["apply", "-auto-approve"]);

    let stack = applied();
    stack.write("main.tf", &LOCAL.replace('1', "2"));
    stack.run(&["plan", "-out=saved"]).ended(0);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    told("a plan that is out of date", &stack, &["apply", "saved"]);
    stack.write("saved", "no plan");
    told("a file that is no plan", &stack, &["apply", "saved"]);
    told("an import of what the state has", &stack, &["import", "terraform_data.a", "x"]);
    told(
        "a move of what is not there",
        &stack,
        &["state", "mv", "terraform_data.x", "terraform_data.y"],
    );
    told("a lock that is not held", &stack, &["force-unlock", "-force", "a-1"]);
    told("nobody who could approve", &stack, &["destroy"]);
    told("an output that is not there", &stack, &["output", "size"]);
    told("a workspace that is not there", &stack, &["workspace", "select", "blue"]);
    stack.write("main.tf", &format!("{LOCAL}terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key = \"k\"\n  }}\n}}\n"));
    told("a backend that is not set up", &stack, &["plan"]);
    expect_file!["errors/states.txt"].assert_eq(&catalogue);
}

/// A group in a network, and what can be refused of it.
const CLOUD: &str = r#"provider "aws" {
  region = "us-east-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = aws_vpc.main.id
}
"#;

/// What AWS answers to a call of a command: a name, the command, the operation, the status, the code
/// and the text.
const REFUSALS: &[(&str, &str, &str, u16, &str, &str)] = &[
    (
        "a read that is not allowed",
        "plan",
        "DescribeVpcs",
        403,
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/bob is not authorized to perform: ec2:DescribeVpcs",
    ),
    (
        "a creation that is not allowed",
        "apply",
        "CreateSecurityGroup",
        403,
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/bob is not authorized to perform: ec2:CreateSecurityGroup",
    ),
    (
        "a limit that is reached",
        "apply",
        "CreateSecurityGroup",
        400,
        "SecurityGroupLimitExceeded",
        "The maximum number of security groups for VPC has been reached.",
    ),
    (
        "a value that only AWS knows is wrong",
        "apply",
        "CreateSecurityGroup",
        400,
        "InvalidParameterValue",
        "Value (web) for parameter GroupName is invalid. It is reserved.",
    ),
    (
        "a name that is taken",
        "apply",
        "CreateSecurityGroup",
        400,
        "InvalidGroup.Duplicate",
        "The security group 'web' already exists for VPC",
    ),
    (
        "a half-made object",
        "apply",
        "RevokeSecurityGroupEgress",
        403,
        "UnauthorizedOperation",
        "You are not authorized to perform: ec2:RevokeSecurityGroupEgress",
    ),
    (
        "credentials that are not known",
        "plan",
        "DescribeVpcs",
        401,
        "AuthFailure",
        "AWS was not able to validate the provided access credentials",
    ),
    (
        "a region that is not enabled",
        "plan",
        "DescribeVpcs",
        403,
        "OptInRequired",
        "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.",
    ),
    (
        "a deletion that is not allowed",
        "destroy",
        "DeleteSecurityGroup",
        403,
        "UnauthorizedOperation",
        "You are not authorized to perform: ec2:DeleteSecurityGroup",
    ),
];

#[test]
fn what_aws_refuses_is_told_in_its_words_with_what_has_been_changed() {
    let cloud = Cloud::start();
    let mut catalogue = String::new();
    for (name, command, operation, status, code, text) in REFUSALS {
        let stack = Stack::new(&[("main.tf", CLOUD)]);
        if *command != "apply" {
            stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
        }
        let proxy = Proxy::start(&cloud, 1, move |call| match call.operation == *operation {
            true => Fate::Refused(Refusal::new(*status, code, text)),
            false => Fate::Pass,
        });
        let args: &[&str] = match *command {
            "plan" => &["plan"],
            other => &[other, "-auto-approve"],
        };
        let mut run = stack.command(args);
        run.envs(cloud.env());
        let ran = proxy.run(run).ended(1);
        assert!(ran.err.contains(text), "{name}: {}", ran.err);
        assert!(ran.err.contains("  --> main.tf:"), "{name}: {}", ran.err);
        let changed = [
            "Nothing has been changed.",
            "It was not created.",
            "It exists,",
            "It is still there.",
        ];
        assert!(changed.iter().any(|it| ran.err.contains(it)), "{name}: {}", ran.err);
        assert!(ran.err.contains("  hint: "), "{name}: {}", ran.err);
        catalogue += &entry(name, args, &stack, ran);
        stack.run_on(&cloud, &["destroy", "-auto-approve"]).ended(0);
    }
    expect_file!["errors/refusals.txt"].assert_eq(&catalogue);
}

/// What a run said is wrong, without what differs from one time to the next.
fn entry(name: &str, args: &[&str], stack: &Stack, ran: Ran) -> String {
    let folder = stack.path().display().to_string();
    let text = Ran { out: ran.err.replace(&folder, "."), ..ran }.steady();
    format!("== {name}\n$ groundplan {}\n{}\n\n", args.join(" "), text.trim())
}
