//! Secrets that cross every kind of attribute, in runs that succeed, fail and are killed: none of
//! them is shown, and where states are encrypted none of them is in a file.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use sandbox::Fault;

use crate::support::{Cloud, Ran, Stack};

/// Each secret has `canary-` in it, and where it comes from. Some are sensitive by their type, others
/// because the variable is.
const MAIN: &str = r#"
provider "aws" {
  region = "us-east-1"
}

variable "secret" {
  type      = string
  sensitive = true
}

variable "pair" {
  type      = object({ user = string, password = string })
  sensitive = true
}

variable "broken" {
  type    = string
  default = ""
}

locals {
  tag = { secret = "${var.secret}-tag" }
}

resource "aws_ssm_parameter" "a" {
  name        = "/canary/a"
  type        = "SecureString"
  value       = "${var.secret}-parameter"
  description = "a ${var.secret}-description"
}

resource "aws_secretsmanager_secret" "a" {
  name = "canary/a"
  tags = local.tag
}

resource "aws_secretsmanager_secret_version" "text" {
  secret_id     = aws_secretsmanager_secret.a.id
  secret_string = jsonencode(var.pair)
}

resource "aws_secretsmanager_secret" "b" {
  name = "canary/b"
}

resource "aws_secretsmanager_secret_version" "bytes" {
  secret_id     = aws_secretsmanager_secret.b.id
  secret_binary = base64encode("${var.secret}-bytes")
}

resource "aws_cloudwatch_log_group" "a" {
  name = "/canary"
  tags = local.tag
}

resource "aws_sns_topic" "a" {
  name         = "canary-topic"
  display_name = "${var.secret}-display"
}

resource "aws_sqs_queue" "a" {
  name = "its-queue"
  tags = local.tag
}

resource "aws_iam_user" "a" {
  name = "its-user"
  tags = local.tag
}

resource "aws_iam_access_key" "a" {
  user = aws_iam_user.a.name
}

resource "aws_iam_role" "a" {
  name        = "its-role"
  description = "${var.secret}-role"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_vpc" "a" {
  cidr_block = "10.0.0.0/16"
  tags       = local.tag
}

resource "aws_security_group" "a" {
  name        = "its-group"
  description = "${var.secret}-group"
  vpc_id      = aws_vpc.a.id
}

resource "aws_kms_key" "a" {
  description             = "${var.secret}-kms"
  deletion_window_in_days = 7
}

resource "aws_ecr_repository" "a" {
  name = "its-repository"
  tags = local.tag
}

resource "aws_s3_bucket" "a" {
  bucket        = "its-bucket-of-secrets"
  force_destroy = true
}

resource "aws_s3_object" "a" {
  bucket  = aws_s3_bucket.a.id
  key     = "its-key"
  content = "${var.secret}-object"
}

resource "aws_ecs_task_definition" "a" {
  family = "its-task"
  container_definitions = jsonencode([{
    name        = "app"
    image       = "nginx"
    memory      = 64
    environment = [{ name = "PASSWORD", value = "${var.secret}-environment" }]
  }])
}

resource "random_password" "a" {
  length  = 30
  keepers = { secret = "${var.secret}-keeper" }
}

resource "tls_private_key" "a" {
  algorithm = "ED25519"
}

resource "terraform_data" "a" {
  input            = "${var.secret}-input"
  triggers_replace = [var.pair]

  provisioner "local-exec" {
    command = "echo ${var.secret}-command"
  }
}

resource "null_resource" "a" {
  triggers = { secret = "${var.secret}-trigger" }

  provisioner "local-exec" {
    command     = "echo $SECRET"
    environment = { SECRET = "${var.secret}-variable" }
  }
}

resource "time_static" "a" {
  triggers = { secret = "${var.secret}-time" }
}

data "aws_ssm_parameter" "a" {
  name       = aws_ssm_parameter.a.name
  depends_on = [aws_ssm_parameter.a]
}

data "aws_secretsmanager_secret_version" "a" {
  secret_id  = aws_secretsmanager_secret.a.id
  depends_on = [aws_secretsmanager_secret_version.text]
}

resource "aws_iam_user" "broken" {
  count = var.broken == "" ? 0 : 1
  name  = "${var.secret}-double"
}

check "open" {
  assert {
    condition     = data.aws_ssm_parameter.a.value == "something else"
    error_message = "The value is ${data.aws_ssm_parameter.a.value}."
  }
}

output "secret" {
  value     = var.pair
  sensitive = true
}

output "read" {
  value     = data.aws_secretsmanager_secret_version.a.secret_string
  sensitive = true
}
"#;

const SECRET: &str = "canary-7f3a";
const PASSPHRASE: &str = "a passphrase of the tests";

/// A stack with secrets in the environment, and what must not be seen of it.
struct Canary {
    cloud: Cloud,
    stack: Stack,
    encrypted: bool,
}

impl Canary {
    fn new(encrypted: bool) -> Canary {
        Canary { cloud: Cloud::start(), stack: Stack::new(&[("main.tf", MAIN)]), encrypted }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.stack.command(args);
        command.envs(self.cloud.env()).env("TF_VAR_secret", SECRET);
        command.env("TF_VAR_pair", "{\"user\": \"bob\", \"password\": \"canary-pair\"}");
        if self.encrypted {
            command.env("GROUNDPLAN_STATE_PASSPHRASE", PASSPHRASE);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(self.command(args).output().expect("the binary starts"));
        for text in [&ran.out, &ran.err] {
            assert_eq!(secrets_in(text), [""; 0], "{args:?}:\n{text}");
        }
        self.look(&format!("{args:?}"));
        ran
    }

    /// Looks through every file, if there should be nothing in any.
    fn look(&self, when: &str) {
        if self.encrypted {
            assert_eq!(files_with_secrets(self.stack.path()), [""; 0], "{when}");
        }
    }
}

/// The lines that a secret is in, as it is or in base64.
fn secrets_in(text: &str) -> Vec<&str> {
    let is_secret = |it: &&str| {
        ["canary-7f3a", "canary-pair", "Y2FuYXJ5LT", "PRIVATE KEY"].iter().any(|of| it.contains(of))
    };
    text.lines().filter(is_secret).collect()
}

fn files_with_secrets(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder to read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with_secrets(&path));
        } else if path.extension().is_none_or(|it| it != "tf") {
            let text = fs::read(&path).expect("a file to read");
            if !secrets_in(&String::from_utf8_lossy(&text)).is_empty() {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// Plans, applies, fails, changes and destroys, and shows what there is in between.
fn story(canary: &Canary) {
    let run = |args: &[&str]| canary.run(args);
    run(&["validate"]).ended(0);
    run(&["plan", "-out=plan.out", "-verbose"]).ended(0).says("(sensitive value)");
    run(&["show", "plan.out"]).ended(0).says("(sensitive value)");
    run(&["graph", "plan.out"]);
    let applied = run(&["apply", "plan.out"]).ended(0);
    applied.says("The error message has sensitive values in it, so it is not shown.");
    applied.says("output suppressed");
    run(&["plan", "-detailed-exitcode", "-json"]).ended(0);
    run(&["show"]).ended(0);
    run(&["state", "show", "aws_ssm_parameter.a"]).ended(0);
    run(&["output"]).ended(0).says("<sensitive>");

    // The service repeats what it was sent: that there is a user of that name.
    canary.cloud.python(
        "import boto3, os; boto3.client('iam', endpoint_url=os.environ['AWS_ENDPOINT_URL'])\
         .create_user(UserName='canary-7f3a-double')",
    );
    let broken = run(&["apply", "-auto-approve", "-var=broken=yes"]).ended(1);
    broken.says("User (sensitive value) already exists");
    run(&["apply", "-auto-approve", "-json", "-var=broken=yes"]).ended(1);

    let pair = "-var=pair={\"user\": \"eve\", \"password\": \"canary-pair-2\"}";
    run(&["plan", pair]).ended(0).says("(sensitive value)");
    canary.cloud.disturb("PutSecretValue", Fault::Throttled, 1);
    run(&["apply", "-auto-approve", pair]).ended(0);
    run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}

#[test]
fn secrets_are_in_no_file_and_no_output_where_states_are_encrypted() {
    let canary = Canary::new(true);
    story(&canary);
    let kept = canary.stack.read("terraform.tfstate.backup");
    assert!(kept.starts_with("{\"encrypted\":"), "{}", &kept[..80]);
    let ran = canary.stack.run(&["state", "list"]).ended(1);
    ran.says("GROUNDPLAN_STATE_PASSPHRASE is not set");
}

#[test]
fn secrets_are_in_no_output_where_states_are_plain() {
    story(&Canary::new(false));
}

#[test]
fn secrets_are_in_no_file_wherever_a_run_was_killed() {
    let canary = Canary::new(true);
    for event in [1, 2, 5, 9, 14, 20, 30, 45, 60] {
        let status = canary
            .command(&["apply", "-auto-approve"])
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", event.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("the binary starts");
        canary.look(&format!("killed after event {event}"));
        if status.code().is_some() {
            break;
        }
    }
    canary.run(&["apply", "-auto-approve"]).ended(0);
    canary.run(&["plan", "-detailed-exitcode"]).ended(0);
    canary.run(&["destroy", "-auto-approve"]).ended(0).says("Nothing is left.");
}
