//! What is there already is told by the plan, with the block that takes it over.

use crate::support::{Cloud, Stack};

const STACK: &str = r#"
resource "aws_iam_role" "tasks" {
  name               = "claimed-tasks"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_cloudwatch_log_group" "web" {
  name = "/claimed/web"
}
resource "aws_ecr_repository" "web" {
  name = "claimed/web"
}
resource "aws_s3_bucket" "config" {
  bucket = "claimed-config"
}
resource "aws_ssm_parameter" "each" {
  for_each = toset(["a b"])
  name     = "/claimed/mode"
  type     = "String"
  value    = "on"
}
"#;

#[test]
fn a_plan_tells_what_exists_already_and_how_to_take_it_over() {
    let cloud = Cloud::start();
    let first = Stack::new(&[("main.tf", STACK)]);
    first.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);

    let second = Stack::new(&[("main.tf", STACK)]);
    let ran = second.run_on(&cloud, &["plan"]).ended(1);
    assert_eq!(ran.err.matches("Error: It exists already").count(), 5, "{}", ran.err);
    ran.says("main.tf:2:1").says("aws_iam_role.tasks is to be created, but claimed-tasks is there");

    let blocks = blocks(&ran.err);
    assert_eq!(blocks.matches("import {").count(), 5, "{blocks}");
    second.write("imports.tf", &blocks);
    second.run_on(&cloud, &["plan"]).ended(0).says("5 to import, 0 to add, 0 to change");
    second.run_on(&cloud, &["apply", "-auto-approve"]).ended(0).says("5 imported, 0 added");
    second.run_on(&cloud, &["plan"]).ended(0).says("No changes");
}

#[test]
fn what_the_state_has_is_not_in_its_own_way() {
    let cloud = Cloud::start();
    let stack = Stack::new(&[("main.tf", STACK)]);
    stack.run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    stack.write("main.tf", &STACK.replace("\"tasks\"", "\"workers\""));
    let ran = stack.run_on(&cloud, &["plan"]).ended(0);
    ran.says("1 to add, 0 to change, 1 to destroy");
}

#[test]
fn a_call_that_takes_over_what_is_there_is_a_warning() {
    const CLUSTER: &str = "resource \"aws_ecs_cluster\" \"main\" {\n  name = \"claimed\"\n}\n";
    let cloud = Cloud::start();
    Stack::new(&[("main.tf", CLUSTER)]).run_on(&cloud, &["apply", "-auto-approve"]).ended(0);
    let second = Stack::new(&[("main.tf", CLUSTER)]);
    let ran = second.run_on(&cloud, &["plan"]).ended(0);
    ran.says("Warning: It exists already").says("a destroy would delete it");
    assert!(blocks(&format!("{}{}", ran.out, ran.err)).contains("to = aws_ecs_cluster.main"));
}

/// The blocks that hints show, without what stands around them.
fn blocks(text: &str) -> String {
    let mut blocks = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside |= line == "import {";
        if inside {
            blocks += &format!("{line}\n");
        }
        inside &= line != "}";
    }
    blocks
}
