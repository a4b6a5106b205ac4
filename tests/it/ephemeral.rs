//! Values that are used and kept nowhere: ephemeral blocks and variables, write-only arguments.

use crate::support::{Cloud, Stack};

const SECRETS: &str = r#"
variable "token" {
  type      = string
  ephemeral = true
}

variable "round" {
  default = 1
}

resource "aws_ssm_parameter" "source" {
  name  = "/source"
  type  = "String"
  value = "open"
}

ephemeral "aws_ssm_parameter" "source" {
  arn = aws_ssm_parameter.source.arn
}

resource "aws_ssm_parameter" "copy" {
  name             = "/copy"
  type             = "SecureString"
  value_wo         = "${ephemeral.aws_ssm_parameter.source.value}-${var.token}"
  value_wo_version = var.round
}
"#;

const VALUE: &str = "import boto3; print(boto3.client('ssm').get_parameter(Name='/copy', \
                     WithDecryption=True)['Parameter']['Value'])";

#[test]
fn a_secret_is_written_and_kept_nowhere() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", SECRETS)]);
    stack.run_on(&cloud, &["plan", "-out=plan.out", "-var=token=canary1"]).ended(0);
    let without = stack.run_on(&cloud, &["apply", "plan.out"]).ended(1);
    without.says("token");
    let ran = stack.run_on(&cloud, &["apply", "-var=token=canary1", "plan.out"]).ended(0);
    ran.says("2 added");
    assert_eq!(cloud.python(VALUE), "open-canary1");
    for file in ["plan.out", "terraform.tfstate"] {
        assert!(!stack.read(file).contains("canary"), "{file}");
    }
    let again = ["plan", "-detailed-exitcode", "-var=token=canary2"];
    stack.run_on(&cloud, &again).ended(0);

    let newer = ["apply", "-auto-approve", "-var=token=canary3", "-var=round=2"];
    let ran = stack.run_on(&cloud, &newer).ended(0);
    ran.says("1 changed");
    assert!(!ran.out.contains("canary"), "{}", ran.out);
    assert_eq!(cloud.python(VALUE), "open-canary3");
    assert!(!stack.read("terraform.tfstate").contains("canary"));
    let destroy = ["destroy", "-auto-approve", "-var=token=canary4"];
    stack.run_on(&cloud, &destroy).ended(0).says("Nothing is left.");
}

#[test]
fn an_ephemeral_value_is_refused_where_it_would_be_kept() {
    let stack = Stack::new(&[(
        "main.tf",
        "variable \"token\" {\n  ephemeral = true\n  default = \"x\"\n}\n\
         resource \"terraform_data\" \"a\" {\n  input = var.token\n}\n\
         output \"token\" {\n  value = var.token\n}\n",
    )]);
    let ran = stack.run(&["plan"]).ended(1);
    ran.says("Invalid use of ephemeral value").says("main.tf:6:3");
    ran.says("Ephemeral value not allowed").says("main.tf:9:11");
}
