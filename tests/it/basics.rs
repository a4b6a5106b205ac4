//! What needs no cloud: mistakes and how they are told, saved plans, locks, damaged states.

use std::process::Stdio;

use expect_test::expect;

use crate::support::Stack;

/// Two objects that live in the state alone.
const LOCAL: &str = r#"
variable "size" {
  type    = number
  default = 1
}

resource "terraform_data" "first" {
  input = var.size
}

resource "terraform_data" "second" {
  count = 2
  input = "${terraform_data.first.id}-${count.index}"
}

output "first" {
  value = terraform_data.first.output
}
"#;

#[test]
fn every_mistake_is_told_in_one_run() {
    let stack = Stack::new(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  inptu = 1\n}\n\n\
         resource \"aws_vcp\" \"b\" {\n  cidr_block = var.cidr\n}\n\n\
         output \"c\" {\n  value = upperr(\"x\")\n}\n",
    )]);
    let ran = stack.run(&["validate"]).ended(1);
    for text in [
        "main.tf:2:3",
        "Unsupported argument",
        "did you mean \"input\"?",
        "aws_vcp",
        "did you mean \"aws_vpc\"?",
        "var.cidr",
        "upperr",
        "did you mean \"upper\"?",
    ] {
        ran.says(text);
    }
    assert_eq!(ran.out, "");

    // What a variable is missing does not hide the rest.
    stack.write("variables.tf", "variable \"size\" {\n  type = number\n}\n");
    let ran = stack.run(&["plan"]).ended(1);
    ran.says("No value for required variable").says("main.tf:2:3").says("aws_vcp");
}

#[test]
fn a_cycle_is_told_as_a_whole() {
    let stack = Stack::new(&[(
        "main.tf",
        "resource \"terraform_data\" \"a\" {\n  input = local.b\n}\n\
         locals {\n  b = terraform_data.c.id\n}\n\
         resource \"terraform_data\" \"c\" {\n  input = terraform_data.a.id\n}\n",
    )]);
    let ran = stack.run(&["plan"]).ended(1);
    ran.says("Cycle").says("terraform_data.a").says("local.b").says("terraform_data.c");
}

#[test]
fn an_apply_is_followed_by_an_empty_plan() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    stack.run(&["plan", "-detailed-exitcode"]).ended(2).says("Plan: 3 to add");
    stack.run(&["apply", "-auto-approve"]).ended(0).says("3 added");
    stack.run(&["plan", "-detailed-exitcode"]).ended(0).says("No changes.");
    assert_eq!(stack.run(&["output", "-json", "first"]).ended(0).out.trim(), "1");
    stack.run(&["apply", "-auto-approve", "-var=size=2"]).ended(0).says("1 changed");
    stack.run(&["destroy", "-auto-approve"]).ended(0).says("3 destroyed").says("Nothing is left.");
}

#[test]
fn without_a_terminal_and_without_approval_nothing_happens() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    let mut command = stack.command(&["apply"]);
    let output = command.stdin(Stdio::null()).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("-auto-approve"), "{err}");
    assert!(!stack.exists("terraform.tfstate"));
}

#[test]
fn a_saved_plan_is_applied_as_it_was_made_and_refused_when_it_no_longer_fits() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    stack.run(&["plan", "-out=plan.out", "-var=size=5"]).ended(0);
    // What is applied is what was planned, whatever has become of the files.
    stack.write("main.tf", "");
    stack.run(&["apply", "plan.out"]).ended(0).says("3 added");
    assert_eq!(stack.run(&["output", "first"]).out.trim(), "5");
    let stale = stack.run(&["apply", "plan.out"]).ended(1);
    stale.says("Saved plan is stale").says("Nothing has been changed.");
}

#[test]
fn a_damaged_state_is_an_error_that_names_the_backup() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    stack.run(&["apply", "-auto-approve", "-var=size=2"]).ended(0);
    let whole = stack.read("terraform.tfstate");
    for damaged in ["", &whole[..whole.len() / 2]] {
        stack.write("terraform.tfstate", damaged);
        for command in ["plan", "apply", "destroy"] {
            let ran = stack.run(&[command, "-lock=false"]).ended(1);
            ran.says("terraform.tfstate.backup");
        }
    }
    stack.write("terraform.tfstate", &whole.replace("\"version\": 4", "\"version\": 5"));
    stack.run(&["plan"]).ended(1).says("newer");
}

#[test]
fn states_can_be_listed_moved_and_removed() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    expect![[r#"
        terraform_data.first
        terraform_data.second[0]
        terraform_data.second[1]
    "#]]
    .assert_eq(&stack.run(&["state", "list"]).ended(0).out);
    stack.run(&["state", "mv", "terraform_data.second[1]", "terraform_data.third"]).ended(0);
    stack.run(&["state", "rm", "terraform_data.first"]).ended(0);
    expect![[r#"
        terraform_data.second[0]
        terraform_data.third
    "#]]
    .assert_eq(&stack.run(&["state", "list"]).ended(0).out);
    stack.run(&["state", "show", "terraform_data.nothing"]).ended(1);
}

#[test]
fn what_a_target_needs_comes_along_and_the_rest_stays() {
    let stack = Stack::new(&[("main.tf", LOCAL)]);
    let ran = stack.run(&["apply", "-auto-approve", "-target=terraform_data.second[1]"]).ended(0);
    ran.says("2 added");
    assert_eq!(stack.addresses(), ["terraform_data.first", "terraform_data.second[1]"]);
    let ran = stack.run(&["apply", "-auto-approve", "-replace=terraform_data.first"]).ended(0);
    ran.says("must be replaced").says("-replace asks for it");
}

/// Each round of an apply plans anew, and what `-replace` asks for is done by the first.
#[test]
fn what_is_replaced_on_demand_is_replaced_once() {
    let main = "resource \"terraform_data\" \"a\" {}\n\
                resource \"terraform_data\" \"b\" {\n  count = length(terraform_data.a.id) > 5 ? 2 : 1\n}\n";
    let stack = Stack::new(&[("main.tf", main)]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    let ran = stack.run(&["apply", "-auto-approve", "-replace=terraform_data.a"]).ended(0);
    ran.says("Now the part that had to wait");
    assert_eq!(ran.out.matches("terraform_data.a: Creating...").count(), 1, "{}", ran.out);
    assert_eq!(stack.addresses().len(), 3);
}
