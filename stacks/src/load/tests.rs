//! Directories as texts; what is loaded and what is reported.

mod named;
mod blocks;

use std::fmt::Write;
use std::path::Path;

use expect_test::{Expect, expect};
use model::Diagnostics;

use super::{Snapshot, load};
use crate::stack::Stack;

pub(crate) fn files(files: &[(&str, &str)]) -> Snapshot {
    Snapshot(files.iter().map(|(name, text)| (name.into(), (*text).to_owned())).collect())
}

/// One line for each problem: severity, place, summary, detail, hint.
pub(crate) fn shown(problems: &Diagnostics) -> String {
    let mut text = String::new();
    for it in problems {
        let severity = if it.is_error() { "" } else { "warning " };
        let place = it
            .span
            .as_ref()
            .map_or_else(String::new, |it| format!("{it}-{}:{} ", it.end.line, it.end.column));
        let detail = it.detail.replace("\n", " / ");
        write!(text, "{severity}{place}{}: {detail}", it.summary).unwrap();
        match &it.hint {
            Some(hint) => writeln!(text, " [{hint}]").unwrap(),
            None => text.push('\n'),
        }
    }
    text
}

pub(crate) fn loaded(given: &[(&str, &str)]) -> Stack {
    let (stack, problems) = load(Path::new("."), &files(given));
    assert_eq!(shown(&problems), "");
    stack
}

#[track_caller]
pub(crate) fn wrong(text: &str, expected: Expect) {
    wrong_files(&[("main.tf", text)], expected);
}

#[track_caller]
fn wrong_files(given: &[(&str, &str)], expected: Expect) {
    let (_, problems) = load(Path::new("."), &files(given));
    expected.assert_eq(&shown(&problems));
}

#[test]
fn a_resource_is_read_as_it_is_written() {
    let text = r#"
resource "aws_instance" "web" {
  for_each   = var.all
  depends_on = [module.net, aws_vpc.main]
  provider   = aws.east
  ami        = "x"
  ebs {
    size = 1
  }
  lifecycle {
    ignore_changes  = [tags["a"], ami]
    prevent_destroy = var.keep
  }
  _ {
    count = 2
  }
}
"#;
    let stack = loaded(&[("main.tf", text)]);
    let it = stack.root.resources.values().next().unwrap();
    let names: Vec<&str> = it.body.attributes.iter().map(|it| &*it.name.name).collect();
    assert_eq!(names, ["ami", "count"]);
    assert_eq!(it.body.blocks.len(), 1);
    assert_eq!(it.provider.to_string(), "aws.east");
    assert_eq!(it.depends_on.len(), 2);
    assert!(
        matches!(&it.lifecycle.ignore_changes, crate::stack::IgnoreChanges::Some(it) if it.len() == 2)
    );
    assert!(matches!(it.repeat, crate::stack::Repeat::ForEach(_)));
    assert_eq!(it.span.to_string(), "main.tf:2:1");
}

#[test]
fn override_files_change_what_other_files_say() {
    let main = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "1.0" }
    null = { source = "hashicorp/null" }
  }
  backend "local" {}
}
variable "v" {
  type        = number
  default     = 1
  description = "d"
}
locals {
  a = 1
  b = 2
}
resource "x_y" "z" {
  a = 1
  b = 2
  r { c = 1 }
  r { c = 2 }
  s { c = 3 }
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [a]
  }
}
module "m" {
  source = "./m"
  i      = 1
}
"#;
    let over = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "2.0" }
  }
  backend "s3" {}
}
variable "v" { default = 2 }
locals { a = 3 }
resource "x_y" "z" {
  b = 3
  d = 4
  r { c = 9 }
  lifecycle { ignore_changes = all }
}
module "m" { i = 2 }
provider "x" { region = "q" }
"#;
    let stack =
        loaded(&[("main.tf", main), ("a_override.tf", over), ("m/m.tf", "variable \"i\" {}")]);
    let root = &stack.root;
    assert_eq!(root.terraform.required_providers["aws"].version.as_deref(), Some("2.0"));
    assert_eq!(root.terraform.required_providers.len(), 2);
    assert_eq!(&*root.terraform.backend.as_ref().unwrap().labels[0].name, "s3");
    assert_eq!(root.variables["v"].description.as_deref(), Some("d"));
    assert_eq!(model::to_json(root.variables["v"].default.as_ref().unwrap()), 2);
    assert_eq!(root.locals["a"].span.file.as_ref(), "a_override.tf");
    assert_eq!(root.locals["b"].span.file.as_ref(), "main.tf");
    let it = root.resources.values().next().unwrap();
    let from: Vec<String> =
        it.body.attributes.iter().map(|it| format!("{} {}", it.name.name, it.span.file)).collect();
    assert_eq!(from, ["a main.tf", "b a_override.tf", "d a_override.tf"]);
    let blocks: Vec<String> =
        it.body.blocks.iter().map(|it| format!("{} {}", it.kind.name, it.span.file)).collect();
    assert_eq!(blocks, ["s main.tf", "r a_override.tf"]);
    assert_eq!(it.lifecycle.create_before_destroy, Some(true));
    assert!(matches!(it.lifecycle.ignore_changes, crate::stack::IgnoreChanges::All));
    assert_eq!(root.calls["m"].inputs.len(), 1);
    assert_eq!(root.providers.len(), 1);
}

#[test]
fn override_files_cannot_add_most_things() {
    wrong_files(
        &[
            ("main.tf", "variable \"v\" {}\nresource \"a\" \"b\" {}\nlocals {\n  a = 1\n}"),
            (
                "override.tf",
                r#"
variable "w" {}
variable "v" {
  validation {
    condition     = var.v
    error_message = ""
  }
}
resource "a" "c" {}
resource "a" "b" {
  depends_on = [a.c]
}
data "a" "b" {}
output "o" { value = 1 }
module "m" { source = "./m" }
locals { b = 1 }
provider "aws" { alias = "x" }
moved {
  from = a.x
  to   = a.y
}
check "c" {}
"#,
            ),
        ],
        expect![[r#"
            override.tf:2:1-2:13 Missing base variable declaration to override: There is no variable named "w". An override file can only override a variable that was already declared in a primary configuration file.
            override.tf:4:3-4:13 Can't override validation blocks: Override files cannot override "validation" blocks.
            override.tf:9:1-9:17 Missing resource to override: There is no a resource named "c". An override file can only override a resource block defined in a primary configuration file.
            override.tf:11:16-11:21 Unsupported override: The depends_on argument may not be overridden.
            override.tf:13:1-13:13 Missing data resource to override: There is no a data resource named "b". An override file can only override a resource block defined in a primary configuration file.
            override.tf:14:1-14:11 Missing base output definition to override: There is no output named "o". An override file can only override an output that was already defined in a primary configuration file.
            override.tf:15:1-15:11 Missing module call to override: There is no module call named "m". An override file can only override a module call that was defined in a primary configuration file.
            override.tf:16:10-16:11 Missing base local value definition to override: There is no local value named "b". An override file can only override a local value that was already defined in a primary configuration file.
            override.tf:17:1-17:15 Missing base provider configuration for override: There is no aws provider configuration with the alias "x". An override file can only override a configuration that was already defined in a primary configuration file.
            override.tf:18:1-18:6 Cannot override 'moved' blocks: Records of moved objects can appear only in normal files, not in override files.
            override.tf:22:1-22:10 Can't override check blocks: Override files cannot override check blocks.
        "#]],
    );
}

#[test]
fn modules_are_found_and_loaded() {
    let stack = loaded(&[
        (
            "main.tf",
            "module \"a\" { source = \"./modules/a\" }\nmodule \"r\" {\n  source = \"org/r/aws\"\n  version = \"~> 1.0\"\n}",
        ),
        ("modules/a/main.tf", "module \"b\" { source = \"../b\" }"),
        ("modules/b/b.stack.hcl", "locals {\n  x = 1\n}"),
        (
            ".terraform/modules/modules.json",
            r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"r","Source":"registry.terraform.io/org/r/aws","Version":"1.2.0","Dir":".terraform/modules/r"}]}"#,
        ),
        (".terraform/modules/r/main.tf", "locals {\n  y = 1\n}"),
    ]);
    let a = stack.root.calls["a"].module.as_ref().unwrap();
    let b = a.calls["b"].module.as_ref().unwrap();
    let r = stack.root.calls["r"].module.as_ref().unwrap();
    assert_eq!(stack.root.dir, Path::new("."));
    assert_eq!(a.dir, Path::new("modules/a"));
    assert_eq!(b.dir, Path::new("modules/b"));
    assert_eq!(r.dir, Path::new(".terraform/modules/r"));
    assert_eq!(b.path.join("."), "a.b");
    assert_eq!(b.locals["x"].span.to_string(), "modules/b/b.stack.hcl:2:3");
    let names: Vec<&str> = stack.sources.keys().map(|it| &**it).collect();
    assert_eq!(
        names,
        [".terraform/modules/r/main.tf", "main.tf", "modules/a/main.tf", "modules/b/b.stack.hcl"]
    );
}

#[test]
fn modules_that_cannot_be_loaded_are_reported() {
    wrong_files(
        &[
            (
                "main.tf",
                r#"
module "none" { source = "./none" }
module "far" { source = "org/far/aws" }
module "moved" { source = "org/moved/aws" }
module "old" {
  source  = "org/old/aws"
  version = "2.0.0"
}
module "own" { source = "./own" }
module "here" { source = "./" }
"#,
            ),
            ("own/main.tf", "module \"a\" { source = \"./a\" }"),
            ("own/a/main.tf", "module \"up\" { source = \"../\" }"),
            (
                ".terraform/modules/modules.json",
                r#"{"Modules":[
{"Key":"moved","Source":"registry.terraform.io/org/x/aws","Version":"1.2.0","Dir":"x"},
{"Key":"old","Source":"registry.terraform.io/org/old/aws","Version":"1.2.0","Dir":"x"}]}"#,
            ),
        ],
        expect![[r#"
            main.tf:2:26-2:34 Unreadable module directory: The directory none could not be read for module "none": entity not found.
            main.tf:3:25-3:38 Module not installed: This module is not yet installed. `groundplan init` installs all modules required by this configuration. [run `groundplan init`]
            main.tf:4:27-4:42 Module source has changed: The source address was changed since this module was installed. [run `groundplan init`]
            main.tf:6:13-6:26 Module version requirements have changed: The version requirements have changed since this module was installed and the installed version (1.2.0) is no longer acceptable. [run `groundplan init`]
            main.tf:10:26-10:30 Module calls itself: The module in . calls itself, directly or through the modules that it calls.
            own/a/main.tf:1:24-1:29 Module calls itself: The module in own calls itself, directly or through the modules that it calls.
        "#]],
    );
    wrong_files(
        &[("main.tf", ""), (".terraform/modules/modules.json", "{")],
        expect![[r#"
            Failed to read module manifest file: The file .terraform/modules/modules.json could not be read: EOF while parsing an object at line 1 column 1. [`groundplan init` writes a new one]
        "#]],
    );
    wrong_files(
        &[("readme.md", "")],
        expect![[r#"
        No configuration files: The directory . has no configuration: no file whose name ends in .tf, .tf.json or .stack.hcl.
    "#]],
    );
}

#[test]
fn files_of_editors_are_passed_over() {
    let stack = loaded(&[
        ("main.tf", "locals {\n  a = 1\n}"),
        (".hidden.tf", "x"),
        ("main.tf~", "x"),
        ("#main.tf#", "x"),
        ("terraform.tfvars", "x = 1"),
        ("main.hcl", "x"),
    ]);
    assert_eq!(stack.sources.len(), 1);
}

#[test]
fn a_file_that_is_not_utf8_is_reported_with_the_place() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("main.tf"), b"locals {\n  a = \"\xff\"\n}\n").unwrap();
    let (_, problems) = load(dir.path(), &super::Disk);
    let [problem] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(problem.summary, "Invalid character encoding");
    let start = problem.span.as_ref().unwrap().start;
    assert_eq!((start.line, start.column, start.byte), (2, 8, 16));
}

#[test]
fn the_json_form_says_the_same() {
    let text = r#"{
  "//": "a comment",
  "terraform": {
    "required_providers": {
      "aws": { "source": "hashicorp/aws", "configuration_aliases": ["aws.east"] }
    },
    "backend": { "s3": { "bucket": "b" } }
  },
  "variable": {
    "v": {
      "type": "list(object({ a = optional(string, \"x\") }))",
      "default": [{}],
      "validation": { "condition": "${length(var.v) > 0}", "error_message": "none" }
    },
    "w": {}
  },
  "locals": [{ "a": 1, "//": "x" }, { "b": "${local.a}" }],
  "provider": { "aws": [{ "region": "x" }, { "alias": "east" }] },
  "resource": {
    "aws_vpc": {
      "a": {
        "//": "comment",
        "count": "${var.n}",
        "cidr_block": "x",
        "depends_on": ["aws_vpc.b", "module.m"],
        "provider": "aws.east",
        "lifecycle": {
          "ignore_changes": ["tags[\"x\"]", "cidr_block"],
          "replace_triggered_by": ["aws_vpc.b.id"],
          "precondition": [{ "condition": "${var.w}", "error_message": "e" }]
        },
        "provisioner": [{ "local-exec": { "command": "x", "when": "destroy" } }],
        "rule": [{ "port": 1 }]
      },
      "b": { "lifecycle": { "ignore_changes": "all" } }
    }
  },
  "module": { "m": { "source": "./m", "providers": { "aws": "aws.east" }, "i": 1 } },
  "output": { "o": { "value": "${local.b}", "depends_on": ["aws_vpc.a"] } },
  "moved": [{ "from": "aws_vpc.x", "to": "aws_vpc.b" }],
  "import": { "to": "aws_vpc.b", "id": "i" },
  "removed": { "from": "aws_vpc.z", "lifecycle": { "destroy": false } },
  "check": { "c": { "assert": { "condition": "${var.w}", "error_message": "e" } } }
}"#;
    let stack = loaded(&[("main.tf.json", text), ("m/m.tf", "variable \"i\" {}")]);
    let root = &stack.root;
    let v = &root.variables["v"];
    assert_eq!(v.ty.to_string(), "list(object({a = optional(string)}))");
    assert_eq!(model::to_json(v.default.as_ref().unwrap()).to_string(), r#"[{"a":"x"}]"#);
    assert_eq!(v.validations.len(), 1);
    assert_eq!(root.locals.len(), 2);
    let providers: Vec<String> = root.providers.keys().map(ToString::to_string).collect();
    assert_eq!(providers, ["aws", "aws.east"]);
    let a = root.resources.values().next().unwrap();
    assert!(a.json && matches!(a.repeat, crate::stack::Repeat::Count(_)));
    let names: Vec<&str> = a.body.attributes.iter().map(|it| &*it.name.name).collect();
    assert_eq!(names, ["cidr_block", "rule"]);
    assert_eq!((a.depends_on.len(), a.provisioners.len()), (2, 1));
    assert_eq!(a.depends_on[0].span.to_string(), "main.tf.json:25:25");
    assert_eq!(a.depends_on[0].root.span.to_string(), "main.tf.json:25:25");
    assert_eq!(a.provider.to_string(), "aws.east");
    assert!(a.provisioners[0].on_destroy);
    assert_eq!(a.lifecycle.preconditions.len(), 1);
    assert_eq!(a.lifecycle.replace_triggered_by.len(), 1);
    assert!(
        matches!(&a.lifecycle.ignore_changes, crate::stack::IgnoreChanges::Some(it) if it.len() == 2)
    );
    assert_eq!(root.calls["m"].inputs.len(), 1);
    assert_eq!(root.calls["m"].providers[0].1.to_string(), "aws.east");
    assert_eq!((root.moved.len(), root.imports.len(), root.removed.len()), (1, 1, 1));
    assert!(!root.removed[0].destroy);
    assert_eq!(root.checks[0].asserts.len(), 1);
}

#[test]
fn the_json_form_is_checked_too() {
    wrong_files(
        &[(
            "main.tf.json",
            r#"{
  "resource": { "aws_vpc": { "a": { "depends_on": ["1 2", 1], "lifecycle": { "foo": 1 } }, "b c": {} } },
  "variable": { "v": { "type": "foo(", "foo": 1 }, "w": 1 },
  "foo": 1,
  "output": { "o": {} },
  "module": { "m": { "source": "${var.x}" } }
}"#,
        )],
        expect![[r#"
            main.tf.json:2:52-2:57 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it.
            main.tf.json:2:59-2:60 Invalid expression: A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.
            main.tf.json:2:78-2:83 Unsupported argument: An argument named "foo" is not expected here.
            main.tf.json:2:92-2:97 Invalid resource name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf.json:3:57-3:58 Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more "variable" blocks.
            main.tf.json:4:3-4:8 Unsupported argument: An argument named "foo" is not expected here.
            main.tf.json:5:21-5:22 Missing required argument: The argument "value" is required, but no definition was found.
            main.tf.json:6:35-6:38 Variables not allowed: Variables may not be used here.
        "#]],
    );
}

#[test]
fn override_files_may_have_the_other_form() {
    let main = "resource \"a\" \"b\" {\n  x = 1\n  r {\n    y = 1\n  }\n  lifecycle {\n    \
                create_before_destroy = true\n  }\n}";
    let over = r#"{"resource": {"a": {"b": {"r": {"y": 2}, "z": 3, "lifecycle": {"prevent_destroy": true}}}}}"#;
    let stack = loaded(&[("main.tf", main), ("override.tf.json", over)]);
    let it = stack.root.resources.values().next().unwrap();
    let names: Vec<&str> = it.body.attributes.iter().map(|it| &*it.name.name).collect();
    assert_eq!(names, ["x", "r", "z"]);
    assert_eq!(it.body.blocks.len(), 0);
    assert_eq!(it.lifecycle.create_before_destroy, Some(true));
    assert!(it.json && it.lifecycle.prevent_destroy.is_some());
}
