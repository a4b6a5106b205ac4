//! Commands that look and tell: console, graph, workspace, docs, schema and their like.

use std::io::Write;
use std::process::Stdio;

use expect_test::expect;

use crate::support::{Ran, Stack};

const NAMES: &str = r#"
variable "name" {
  default = "x"
}
variable "secret" {
  sensitive = true
  default   = "hidden"
}
variable "unset" {
  type = string
}
locals {
  numbers = [for it in range(3) : it * 2]
}
resource "terraform_data" "first" {
  input            = { name = var.name, list = local.numbers }
  triggers_replace = [var.secret]
}
resource "terraform_data" "each" {
  for_each = toset(["a", "b"])
  input    = terraform_data.first.id
}
output "name" {
  value = var.name
}
"#;

fn asked(stack: &Stack, args: &[&str], input: &str) -> Ran {
    let mut all = vec!["console"];
    all.extend(args);
    let mut command = stack.command(&all);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it was asked for");
    stdin.write_all(input.as_bytes()).expect("the binary reads");
    drop(stdin);
    Ran::of(child.wait_with_output().expect("it ends"))
}

#[test]
fn the_console_answers_as_terraform_does() {
    let stack = Stack::new(&[("main.tf", NAMES)]);
    let answer = |line: &str| asked(&stack, &[], &format!("{line}\n")).ended(0).out;
    expect![[r#"
        {
          "a" = (sensitive value)
          "b" = <<-EOT
          x
          y
          EOT
          "c" = tolist([
            1,
          ])
          "d" = (known after apply)
          "e" = tostring(null)
          "f" = toset([])
        }
    "#]]
    .assert_eq(&answer(
        "{ a = var.secret, b = \"x\\ny\", c = tolist([1]), d = var.unset, e = tostring(null), \
         f = toset([]) }",
    ));
    assert_eq!(answer("terraform_data.first.id"), "(known after apply)\n");
    assert_eq!(
        answer("type(local.numbers)"),
        "tuple([\n    number,\n    number,\n    number,\n])\n"
    );
    // Only the last line is answered.
    assert_eq!(answer("1\n2\n\"three\""), "\"three\"\n");
    assert_eq!(asked(&stack, &["-var=name=other"], "var.name\n").out, "\"other\"\n");
}

#[test]
fn the_console_knows_the_state_and_the_plan() {
    let stack = Stack::new(&[("main.tf", NAMES)]);
    stack.run(&["apply", "-auto-approve", "-var=unset=u"]).ended(0);
    let answer = |args: &[&str], line: &str| asked(&stack, args, line).ended(0).out;
    assert_eq!(answer(&[], "terraform_data.first.input.list[2]"), "4\n");
    let secret = answer(&[], "terraform_data.first.triggers_replace[0]");
    assert_eq!(secret, "(sensitive value)\n");
    assert_eq!(answer(&[], "keys(terraform_data.each)"), "[\n  \"a\",\n  \"b\",\n]\n");
    let plan = ["-plan", "-var=unset=u", "-var=name=new"];
    assert_eq!(answer(&plan, "terraform_data.first.input.name"), "\"new\"\n");
    assert_eq!(answer(&[], "terraform_data.first.input.name"), "\"x\"\n");
    stack.write("other.tfstate", &stack.read("terraform.tfstate").replace("\"x\"", "\"o\""));
    let other = answer(&["-state=other.tfstate"], "terraform_data.first.input.name");
    assert_eq!(other, "\"o\"\n");
}

#[test]
fn an_error_without_a_terminal_ends_the_console() {
    let stack = Stack::new(&[]);
    let ran = asked(&stack, &[], "1 + 1\nupper(\n3\n").ended(1);
    ran.says("<console-input>:1");
    assert_eq!(ran.out, "");
    // A name that is nowhere is a mistake even inside of `can`.
    asked(&stack, &[], "can(var.nope)").ended(1).says("undeclared");
    assert_eq!(asked(&stack, &[], "1\nexit\n2\n").ended(0).out, "");
}

#[test]
fn workspaces_are_made_selected_and_deleted() {
    let stack = Stack::new(&[("main.tf", "resource \"terraform_data\" \"a\" {}\n")]);
    let run = |args: &[&str]| {
        let all: Vec<&str> = ["workspace"].iter().chain(args).copied().collect();
        stack.run(&all)
    };
    assert_eq!(run(&["show"]).out, "default\n");
    run(&["new", "dev"]).ended(0).says("Created and switched to workspace \"dev\"!");
    assert_eq!(stack.read(".terraform/environment"), "dev");
    stack.run(&["apply", "-auto-approve"]).ended(0);
    assert!(stack.exists("terraform.tfstate.d/dev/terraform.tfstate"));
    assert_eq!(run(&["list"]).out, "  default\n* dev\n\n");
    run(&["new", "dev"]).ended(1).says("Workspace \"dev\" already exists");
    run(&["new", "a/b"]).ended(1).says("is not allowed");
    run(&["delete", "dev"]).ended(1).says("is your active workspace");
    run(&["select", "default"]).ended(0).says("Switched to workspace \"default\".");
    run(&["delete", "dev"]).ended(1).says("Workspace is not empty").says("- terraform_data.a");
    run(&["select", "devv"]).ended(1).says("doesn't exist").says("did you mean \"dev\"?");
    run(&["select", "-or-create", "qa"]).ended(0).says("Created and switched to workspace \"qa\"!");
    run(&["delete", "-force", "dev"]).ended(0).says("WARNING: \"dev\" was non-empty.");
    assert!(!stack.exists("terraform.tfstate.d/dev"));
    stack.run(&["apply", "-auto-approve"]).ended(0);
    run(&["new", "-state=terraform.tfstate.d/qa/terraform.tfstate", "copy"]).ended(0);
    assert_eq!(stack.addresses(), ["terraform_data.a"]);
}

#[test]
fn the_environment_overrides_the_selected_workspace() {
    let stack = Stack::new(&[("main.tf", "output \"w\" {\n  value = terraform.workspace\n}\n")]);
    let with = |args: &[&str]| {
        let mut command = stack.command(args);
        Ran::of(command.env("TF_WORKSPACE", "prod").output().expect("the binary starts"))
    };
    assert_eq!(with(&["workspace", "show"]).ended(0).out, "prod\n");
    with(&["workspace", "list"]).ended(0).says("TF_WORKSPACE");
    with(&["workspace", "new", "x"]).ended(1).says("TF_WORKSPACE");
    with(&["apply", "-auto-approve"]).ended(0);
    assert!(stack.exists("terraform.tfstate.d/prod/terraform.tfstate"));
}

#[test]
fn a_graph_shows_the_resources_and_what_each_needs() {
    let stack = Stack::new(&[
        (
            "main.tf",
            "resource \"terraform_data\" \"a\" {}\n\
             resource \"terraform_data\" \"b\" {\n  input = [terraform_data.a.id, module.m.id]\n}\n\
             module \"m\" {\n  source = \"./m\"\n  x = local.x\n}\n\
             locals {\n  x = terraform_data.a.id\n}\n",
        ),
        (
            "m/main.tf",
            "variable \"x\" {}\n\
             resource \"terraform_data\" \"in\" {\n  input = var.x\n}\n\
             output \"id\" {\n  value = terraform_data.in.id\n}\n",
        ),
    ]);
    expect![[r#"
        digraph G {
          rankdir = "RL";
          node [shape = rect, fontname = "sans-serif"];
          "terraform_data.a" [label="terraform_data.a"];
          "terraform_data.b" [label="terraform_data.b"];
          subgraph "cluster_module.m" {
            label = "module.m"
            fontname = "sans-serif"
            "module.m.terraform_data.in" [label="terraform_data.in"];
          }
          "terraform_data.b" -> "module.m.terraform_data.in";
          "module.m.terraform_data.in" -> "terraform_data.a";
        }
    "#]]
    .assert_eq(&stack.run(&["graph"]).ended(0).out);
    stack
        .run(&["graph", "-type=plan"])
        .ended(0)
        .says("\"[root] module.m.var.x (expand)\" -> \"[root] local.x (expand)\"");
    stack.run(&["apply", "-auto-approve"]).ended(0);
    let edge = "\"[root] terraform_data.a (destroy)\" -> \"[root] module.m.terraform_data.in";
    stack.run(&["graph", "-type=plan-destroy"]).ended(0).says(edge);
    stack.run(&["plan", "-destroy", "-out=gone.plan"]).ended(0);
    stack.run(&["graph", "-plan=gone.plan"]).ended(0).says(edge);
    stack.run(&["graph", "-type=nothing"]).ended(1).says("plan-destroy");
}

#[test]
fn types_are_explained_to_people_and_to_programs() {
    let stack = Stack::new(&[]);
    let page = stack.run(&["docs", "aws_ecs_cluster"]).ended(0);
    page.says("resource \"aws_ecs_cluster\"").says("Arguments:").says("a change replaces");
    stack.run(&["docs", "cidrsubnet"]).ended(0).says("cidrsubnet(prefix: string");
    stack.run(&["docs", "provider.aws"]).ended(0).says("region");
    stack.run(&["docs", "aws_ecs_clutser"]).ended(1).says("did you mean aws_ecs_cluster?");

    let json = |args: &[&str]| -> serde_json::Value {
        serde_json::from_str(&stack.run(args).ended(0).out).expect("it is JSON")
    };
    let schemas = json(&["providers", "schema", "-json"]);
    let aws = &schemas["provider_schemas"]["registry.terraform.io/hashicorp/aws"];
    let block = &aws["resource_schemas"]["aws_ecs_cluster"]["block"];
    assert_eq!(block["attributes"]["name"]["required"], true);
    assert_eq!(block["attributes"]["arn"]["computed"], true);
    assert_eq!(block["block_types"]["configuration"]["nesting_mode"], "list");
    assert_eq!(block["block_types"]["configuration"]["max_items"], 1);
    assert!(aws["data_source_schemas"]["aws_region"]["block"].is_object());
    let functions = json(&["metadata", "functions", "-json"]);
    let abs = &functions["function_signatures"]["abs"];
    assert_eq!(
        (&abs["return_type"], &abs["parameters"][0]["name"]),
        (&"number".into(), &"num".into())
    );
}

#[test]
fn the_providers_of_each_module_are_told() {
    let stack = Stack::new(&[
        (
            "main.tf",
            "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      \
             version = \">= 5.1, < 6\"\n    }\n  }\n}\nmodule \"m\" {\n  source = \"./m\"\n}\n",
        ),
        ("m/main.tf", "resource \"terraform_data\" \"a\" {}\n"),
    ]);
    expect![[r#"

        Providers required by configuration:
        .
        ├── provider[registry.terraform.io/hashicorp/aws] >= 5.1.0, < 6.0.0
        └── module.m
            └── provider[terraform.io/builtin/terraform]

    "#]]
    .assert_eq(&stack.run(&["providers"]).ended(0).out);
}

/// A stack whose plan has everything that a plan can have without a cloud.
const ALL_KINDS: &str = r#"
variable "secret" {
  sensitive = true
  default   = "hidden"
}
variable "size" {
  default = 1
}
resource "terraform_data" "kept" {
  input = 1
}
resource "terraform_data" "changed" {
  input = { size = var.size, list = [1] }
}
resource "terraform_data" "replaced" {
  triggers_replace = var.size
  input            = [var.secret]
}
module "m" {
  source = "./m"
  x      = terraform_data.replaced.id
}
output "id" {
  value = terraform_data.replaced.id
}
output "secret" {
  value     = var.secret
  sensitive = true
}
"#;

const INNER: &str = r#"
variable "x" {}
resource "terraform_data" "in" {
  for_each = toset(["a"])
  input    = var.x
}
"#;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_saved_plan_is_written_for_programs_as_terraform_writes_it() {
    let stack = Stack::new(&[("main.tf", ALL_KINDS), ("m/main.tf", INNER)]);
    stack.run(&["apply", "-auto-approve"]).ended(0);
    stack.run(&["plan", "-out=p.plan", "-var=size=2"]).ended(0);
    let plan = json(&stack.run(&["show", "-json", "p.plan"]).ended(0).out);
    assert_eq!(plan["format_version"], "1.2");
    let change = |address: &str| {
        let all = plan["resource_changes"].as_array().expect("there are changes");
        all.iter().find(|it| it["address"] == address).expect(address)
    };
    let actions = |address: &str| change(address)["change"]["actions"].to_string();
    assert_eq!(actions("terraform_data.kept"), r#"["no-op"]"#);
    assert_eq!(actions("terraform_data.changed"), r#"["update"]"#);
    assert_eq!(actions("terraform_data.replaced"), r#"["delete","create"]"#);
    let replaced = change("terraform_data.replaced");
    assert_eq!(replaced["action_reason"], "replace_because_cannot_update");
    let replaced = &replaced["change"];
    assert_eq!(replaced["replace_paths"], json(r#"[["triggers_replace"]]"#));
    assert_eq!(replaced["after_unknown"]["id"], true);
    assert!(replaced["after"].get("id").is_none());
    assert_eq!(replaced["after_sensitive"]["input"], json("[true]"));
    let inner = change("module.m.terraform_data.in[\"a\"]");
    assert_eq!((&inner["module_address"], &inner["index"]), (&"module.m".into(), &"a".into()));
    assert_eq!(plan["output_changes"]["id"]["after_unknown"], true);
    assert_eq!(plan["output_changes"]["secret"]["after_sensitive"], true);
    assert_eq!(plan["variables"]["size"]["value"], "2");
    let planned = &plan["planned_values"]["root_module"];
    assert_eq!(planned["child_modules"][0]["address"], "module.m");
    assert_eq!(plan["prior_state"]["values"]["outputs"]["secret"]["value"], "hidden");
    let root = &plan["configuration"]["root_module"];
    assert_eq!(
        root["outputs"]["id"]["expression"]["references"],
        json(r#"["terraform_data.replaced.id", "terraform_data.replaced"]"#)
    );
    assert_eq!(root["module_calls"]["m"]["source"], "./m");
    let provider = &plan["configuration"]["provider_config"]["terraform"];
    assert_eq!(provider["full_name"], "terraform.io/builtin/terraform");
}

/// Conditions of every kind: they hold, they do not, and they wait.
const CONDITIONS: &str = r#"
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 10
    error_message = "too big"
  }
}
resource "terraform_data" "a" {
  count = 2
  input = var.size
  lifecycle {
    precondition {
      condition     = var.size > 0
      error_message = "too small"
    }
  }
}
resource "terraform_data" "none" {
  count = 0
  lifecycle {
    precondition {
      condition     = var.size > 0
      error_message = "too small"
    }
  }
}
module "m" {
  source   = "./m"
  for_each = toset(["k"])
  x        = terraform_data.a[0].id
}
check "two" {
  assert {
    condition     = var.size == 2
    error_message = "size is not two"
  }
  assert {
    condition     = var.size == 3
    error_message = "size is not three"
  }
}
"#;

const INSIDE: &str = r#"
variable "x" {}
output "p" {
  value = var.x
  precondition {
    condition     = var.x != ""
    error_message = "x is empty"
  }
}
"#;

#[test]
fn what_became_of_conditions_is_written_as_terraform_writes_it() {
    let stack = Stack::new(&[("main.tf", CONDITIONS), ("m/main.tf", INSIDE)]);
    let checks = |args: &[&str]| json(&stack.run(args).ended(0).out)["checks"].clone();
    let expected = |of_output: &str| {
        json(&format!(
            r#"[
            {{"address": {{"kind": "check", "name": "two", "to_display": "check.two"}}, "status": "fail",
              "instances": [{{"address": {{"to_display": "check.two"}}, "status": "fail",
                "problems": [{{"message": "size is not three"}}, {{"message": "size is not two"}}]}}]}},
            {{"address": {{"kind": "output_value", "module": "module.m", "name": "p",
                         "to_display": "module.m.output.p"}}, "status": "{of_output}",
              "instances": [{{"address": {{"module": "module.m[\"k\"]",
                "to_display": "module.m[\"k\"].output.p"}}, "status": "{of_output}"}}]}},
            {{"address": {{"kind": "resource", "mode": "managed", "name": "a", "to_display": "terraform_data.a",
                         "type": "terraform_data"}}, "status": "pass",
              "instances": [
                {{"address": {{"instance_key": 0, "to_display": "terraform_data.a[0]"}}, "status": "pass"}},
                {{"address": {{"instance_key": 1, "to_display": "terraform_data.a[1]"}}, "status": "pass"}}]}},
            {{"address": {{"kind": "resource", "mode": "managed", "name": "none",
                         "to_display": "terraform_data.none", "type": "terraform_data"}}, "status": "pass"}},
            {{"address": {{"kind": "var", "name": "size", "to_display": "var.size"}}, "status": "pass",
              "instances": [{{"address": {{"to_display": "var.size"}}, "status": "pass"}}]}}]"#
        ))
    };
    stack.run(&["plan", "-out=p.plan"]).ended(0);
    assert_eq!(checks(&["show", "-json", "p.plan"]), expected("unknown"));
    stack.run(&["apply", "p.plan"]).ended(0);
    assert_eq!(checks(&["show", "-json"]), expected("pass"));

    // What the state says already, in whichever order, is no reason to write it.
    let before = stack.read("terraform.tfstate");
    let mut state = json(&before);
    state["check_results"].as_array_mut().expect("a list").reverse();
    stack.write("terraform.tfstate", &state.to_string());
    stack.run(&["apply", "-auto-approve"]).ended(0);
    assert_eq!(json(&stack.read("terraform.tfstate"))["serial"], state["serial"]);
    stack.run(&["apply", "-auto-approve", "-var=size=2"]).ended(0);
    let now = checks(&["show", "-json"]);
    let problems = &now[0]["instances"][0]["problems"];
    assert_eq!(problems, &json(r#"[{"message": "size is not three"}]"#));
    stack.run(&["destroy", "-auto-approve"]).ended(0);
    assert_eq!(json(&stack.read("terraform.tfstate"))["check_results"], json("null"));
}

#[test]
fn a_state_is_written_for_programs_as_terraform_writes_it() {
    let stack = Stack::new(&[("main.tf", ALL_KINDS), ("m/main.tf", INNER)]);
    let show = |args: &[&str]| json(&stack.run(args).ended(0).out);
    assert_eq!(show(&["show", "-json"]), json(r#"{"format_version": "1.0"}"#));
    stack.run(&["apply", "-auto-approve"]).ended(0);
    let state = show(&["show", "-json"]);
    let root = &state["values"]["root_module"];
    let replaced = root["resources"]
        .as_array()
        .and_then(|it| it.iter().find(|it| it["name"] == "replaced"))
        .expect("it is there");
    assert_eq!(replaced["values"]["input"], json(r#"["hidden"]"#));
    assert_eq!(replaced["sensitive_values"]["input"], json("[true]"));
    assert_eq!(replaced["provider_name"], "terraform.io/builtin/terraform");
    assert_eq!(root["child_modules"][0]["resources"][0]["index"], "a");
    assert_eq!(state["values"]["outputs"]["secret"]["sensitive"], true);
}

#[test]
fn validate_and_version_speak_terraforms_json() {
    let stack = Stack::new(&[("main.tf", "output \"a\" {\n  value = var.nothing\n}\n")]);
    let found = json(&stack.run(&["validate", "-json"]).ended(1).out);
    assert_eq!((&found["valid"], &found["error_count"]), (&json("false"), &json("1")));
    let snippet = &found["diagnostics"][0]["snippet"];
    assert_eq!((&snippet["context"], &snippet["start_line"]), (&"output \"a\"".into(), &json("2")));
    let version = json(&stack.run(&["version", "-json"]).ended(0).out);
    assert!(version["terraform_version"].is_string() && version["platform"].is_string());
    stack.run(&["completion", "bash"]).ended(0).says("complete -o default -F _groundplan");
    stack.run(&["completion", "tcsh"]).ended(1).says("bash, zsh, fish");
}

const TESTED: &str = r#"
variable "name" {
  type    = string
  default = "x"
  validation {
    condition     = var.name != "bad"
    error_message = "the name is bad"
  }
}
resource "terraform_data" "a" {
  input = var.name
  lifecycle {
    postcondition {
      condition     = self.output != "post"
      error_message = "the output is post"
    }
  }
}
check "named" {
  assert {
    condition     = var.name != "checked"
    error_message = "the check fails"
  }
}
output "name" {
  value = terraform_data.a.output
}
"#;

const HELPER: &str = r#"
variable "in" {}
resource "terraform_data" "h" {
  input = var.in
}
output "out" {
  value = "h-${var.in}"
}
"#;

#[test]
fn tests_plan_apply_and_leave_nothing() {
    let stack = Stack::new(&[
        ("main.tf", TESTED),
        ("helper/main.tf", HELPER),
        (
            "main.tftest.hcl",
            r#"
            variables {
              name = "file"
            }
            run "first" {
              assert {
                condition     = output.name == "file" && var.name == "file"
                error_message = "no"
              }
            }
            run "setup" {
              variables {
                in = run.first.name
              }
              module {
                source = "./helper"
              }
            }
            run "planned" {
              command = plan
              variables {
                name = run.setup.out
              }
              assert {
                condition     = terraform_data.a.input == "h-file"
                error_message = "no"
              }
            }
            run "validation" {
              command = plan
              variables {
                name = "bad"
              }
              expect_failures = [var.name]
            }
            run "check" {
              command = plan
              variables {
                name = "checked"
              }
              expect_failures = [check.named]
            }
            run "postcondition" {
              variables {
                name = "post"
              }
              expect_failures = [terraform_data.a]
            }
            "#,
        ),
    ]);
    expect![[r#"
        main.tftest.hcl... in progress
          run "first"... pass
          run "setup"... pass
          run "planned"... pass
          run "validation"... pass
          run "check"... pass
          run "postcondition"... pass
        main.tftest.hcl... tearing down
        main.tftest.hcl... pass

        Success! 6 passed, 0 failed.
    "#]]
    .assert_eq(&stack.run(&["test"]).ended(0).out);
    assert!(!stack.exists("terraform.tfstate") && !stack.exists("errored_test.tfstate"));
}

#[test]
fn what_fails_in_a_test_is_told_and_what_comes_after_an_error_is_skipped() {
    let stack = Stack::new(&[
        ("main.tf", TESTED),
        (
            "tests/a.tftest.hcl",
            "run \"wrong\" {\n  command = plan\n  assert {\n    condition     = var.name == \"zzz\"\n    \
             error_message = \"it is ${var.name}\"\n  }\n}\n\
             run \"missing\" {\n  command = plan\n  expect_failures = [check.named]\n}\n\
             run \"after\" {}\n",
        ),
        (
            "tests/b.tftest.hcl",
            "run \"unknown\" {\n  command = plan\n  assert {\n    condition     = output.name == \"x\"\n    \
             error_message = \"no\"\n  }\n}\n",
        ),
        (
            "tests/c.tftest.hcl",
            "run \"bad\" {\n  variables {\n    name = \"bad\"\n  }\n  expect_failures = [var.name]\n}\n",
        ),
    ]);
    let ran = stack.run(&["test"]).ended(1);
    ran.says("run \"wrong\"... fail").says("it is x").says("tests/a.tftest.hcl:4");
    ran.says("Missing expected failure").says("check.named, was expected to report an error");
    ran.says("run \"after\"... skip").says("Unknown condition value");
    ran.says("Expected failure while planning");
    ran.says("Failure! 0 passed, 4 failed, 1 skipped.");
    let ran = stack.run(&["test", "-filter=tests/b.tftest.hcl", "-json"]).ended(1);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(json).collect();
    let of = |kind: &str| lines.iter().filter(|it| it["type"] == kind).collect::<Vec<_>>();
    assert_eq!(
        of("test_abstract")[0]["test_abstract"]["tests/b.tftest.hcl"],
        json("[\"unknown\"]")
    );
    assert_eq!(of("test_run")[1]["test_run"]["status"], "error");
    assert_eq!(of("diagnostic")[0]["@testrun"], "unknown");
    assert_eq!(of("test_summary")[0]["test_summary"]["errored"], 1);
}

#[test]
fn a_mock_needs_no_account_and_makes_up_what_nobody_gives() {
    let stack = Stack::new(&[
        (
            "main.tf",
            r#"
            variable "cidr" {
              default = "10.0.0.0/16"
            }
            data "aws_region" "here" {}
            resource "aws_vpc" "main" {
              cidr_block = var.cidr
            }
            resource "aws_subnet" "each" {
              count      = 2
              vpc_id     = aws_vpc.main.id
              cidr_block = cidrsubnet(var.cidr, 8, count.index)
            }
            module "m" {
              source = "./m"
              id     = aws_vpc.main.id
            }
            output "all" {
              value = [aws_vpc.main.id, aws_subnet.each[*].id, module.m.zone, data.aws_region.here.name]
            }
            "#,
        ),
        (
            "m/main.tf",
            "variable \"id\" {}\nresource \"aws_route53_zone\" \"z\" {\n  name = var.id\n}\n\
             output \"zone\" {\n  value = aws_route53_zone.z.id\n}\n",
        ),
        (
            "mock.tftest.hcl",
            r#"
            mock_provider "aws" {
              mock_resource "aws_vpc" {
                defaults = {
                  id  = "vpc-mocked"
                  arn = "arn:aws:ec2:::vpc"
                }
              }
              mock_data "aws_region" {
                defaults = {
                  name = "moon-1"
                }
              }
            }
            override_module {
              target  = module.m
              outputs = {
                zone = "Z-${1 + 1}"
              }
            }
            run "made" {
              assert {
                condition     = aws_vpc.main.id == "vpc-mocked" && aws_vpc.main.cidr_block == "10.0.0.0/16"
                error_message = "no"
              }
              assert {
                condition     = length(aws_subnet.each[0].id) == 8 && aws_subnet.each[1].vpc_id == "vpc-mocked"
                error_message = "no"
              }
              assert {
                condition     = output.all[2] == "Z-2" && output.all[3] == "moon-1"
                error_message = "no"
              }
            }
            run "changed" {
              variables {
                cidr = "10.1.0.0/16"
              }
              override_resource {
                target          = aws_subnet.each
                override_during = plan
                values = {
                  arn = "arn:overridden"
                }
              }
              assert {
                condition     = aws_subnet.each[0].arn == "arn:overridden"
                error_message = "no"
              }
            }
            run "again" {
              variables {
                cidr = "10.1.0.0/16"
              }
              command = plan
              assert {
                condition     = aws_vpc.main.id == "vpc-mocked"
                error_message = "a second plan changes something"
              }
            }
            "#,
        ),
    ]);
    let mut command = stack.command(&["test"]);
    let command = command.env_remove("AWS_ACCESS_KEY_ID").env("AWS_EC2_METADATA_DISABLED", "true");
    let ran = Ran::of(command.output().expect("the binary starts")).ended(0);
    ran.says("Success! 3 passed, 0 failed.");
}
