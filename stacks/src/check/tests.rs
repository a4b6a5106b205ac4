//! Whole configurations against a small registry.

use expect_test::{Expect, expect};
use futures::future::{BoxFuture, FutureExt};
use model::{
    Attribute, Fault, Given, Mode, Object, Provider, ProviderSchema, Registry, Schema, Shape,
};
use std::sync::Arc;

use super::check;
use crate::load::load;
use crate::load::tests::{files, shown};

const fn attribute(name: &'static str, shape: Shape, given: Given) -> Attribute {
    Attribute { name, doc: "", shape, given, ..Attribute::TAGS_ALL }
}

const fn schema(name: &'static str, attributes: &'static [Attribute]) -> Schema {
    Schema { name, doc: "", version: 0, timeouts: &["create"], attributes }
}

const RULE: &[Attribute] = &[
    attribute("port", Shape::Number, Given::Required),
    attribute("names", Shape::List(&Shape::String), Given::Optional),
];

const VPC: Schema = schema(
    "aws_vpc",
    &[
        attribute("id", Shape::String, Given::Output),
        attribute("arn", Shape::String, Given::Output),
        attribute("cidr_block", Shape::String, Given::Optional),
        attribute("tags", Shape::Map(&Shape::String), Given::Optional),
        attribute("rule", Shape::List(&Shape::Object(RULE)), Given::Optional),
        attribute("set", Shape::Set(&Shape::Object(RULE)), Given::Optional),
    ],
);

const AMI: Schema = schema(
    "aws_ami",
    &[
        attribute("id", Shape::String, Given::Output),
        attribute("name", Shape::String, Given::Required),
    ],
);

const SETTINGS: Schema = schema("", &[attribute("region", Shape::String, Given::Optional)]);

/// A provider with one resource type and one data source.
struct Small;

impl Registry for Small {
    fn providers(&self) -> &[ProviderSchema] {
        const {
            &[ProviderSchema {
                name: "aws",
                source: "registry.terraform.io/hashicorp/aws",
                settings: SETTINGS,
            }]
        }
    }

    fn resource_schema(&self, ty: &str) -> Option<&'static Schema> {
        (ty == "aws_vpc").then_some(&VPC)
    }

    fn data_schema(&self, ty: &str) -> Option<&'static Schema> {
        (ty == "aws_ami").then_some(&AMI)
    }

    fn provider_of(&self, ty: &str) -> Option<&'static str> {
        ty.starts_with("aws_").then_some("aws")
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Managed => vec!["aws_vpc"],
            Mode::Data => vec!["aws_ami"],
            Mode::Ephemeral => Vec::new(),
        }
    }

    fn configure<'a>(
        &'a self,
        _: &'a str,
        _: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>> {
        async { unreachable!("checking configures nothing") }.boxed()
    }
}

#[track_caller]
fn checked(given: &[(&str, &str)], expected: Expect) {
    let (stack, problems) = load(std::path::Path::new("."), &files(given));
    assert_eq!(shown(&problems), "");
    expected.assert_eq(&shown(&check(&stack, &Small)));
}

#[track_caller]
fn main(text: &str, expected: Expect) {
    checked(&[("main.tf", text)], expected);
}

const VPCS: &str = r#"
resource "aws_vpc" "a" {}
resource "aws_vpc" "many" { count = 2 }
resource "aws_vpc" "each" { for_each = {} }
data "aws_ami" "it" { name = "x" }
variable "v" { type = object({ a = string, b = list(object({ c = number })) }) }
locals { one = 1 }
"#;

#[track_caller]
fn expr(text: &str, expected: Expect) {
    let text = format!("output \"o\" {{\n  value = [\n{text}\n]\n}}");
    checked(&[("main.tf", &text), ("vpcs.tf", VPCS)], expected);
}

#[test]
fn what_is_right_passes() {
    expr(
        "aws_vpc.a.id, aws_vpc.many[0].id, aws_vpc.many[*].arn, aws_vpc.each[\"x\"].tags.y,
        { for k, v in aws_vpc.each : k => v.id }, data.aws_ami.it.name, var.v.b[0].c, local.one,
        aws_vpc.a.rule[0].names[1], aws_vpc.a.rule.0.port, aws_vpc.a.timeouts, path.module,
        terraform.workspace, terraform.applying, length(aws_vpc.a.set), core::upper(\"x\")",
        expect![[""]],
    );
}

#[test]
fn names_must_be_declared() {
    expr(
        "aws_vpc.b.id,
        aws_vpd.a.id,
        data.aws_vpc.a.id,
        aws_ami.it.id,
        vra.v,
        locals.one,
        local.won,
        var.vv,
        var.zzz,
        module.m.x,
        ephemeral.a.b,
        vpc",
        expect![[r#"
            main.tf:3:1-3:10 Reference to undeclared resource: A managed resource "aws_vpc" "b" has not been declared in the root module. [did you mean aws_vpc.a?]
            main.tf:4:9-4:18 Reference to undeclared resource: A managed resource "aws_vpd" "a" has not been declared in the root module. [did you mean aws_vpc.a?]
            main.tf:5:9-5:23 Reference to undeclared resource: A data resource "aws_vpc" "a" has not been declared in the root module. [did you mean the managed resource aws_vpc.a?]
            main.tf:6:9-6:19 Reference to undeclared resource: A managed resource "aws_ami" "it" has not been declared in the root module. [did you mean the data resource data.aws_ami.it?]
            main.tf:7:9-7:14 Reference to undeclared resource: A managed resource "vra" "v" has not been declared in the root module. [did you mean var.v?]
            main.tf:8:9-8:19 Reference to undeclared resource: A managed resource "locals" "one" has not been declared in the root module. [did you mean local.one?]
            main.tf:9:9-9:18 Reference to undeclared local value: A local value with the name "won" has not been declared.
            main.tf:10:9-10:15 Reference to undeclared input variable: An input variable with the name "vv" has not been declared. [did you mean "v"?]
            main.tf:11:9-11:16 Reference to undeclared input variable: An input variable with the name "zzz" has not been declared. This variable can be declared with a variable "zzz" {} block.
            main.tf:12:9-12:19 Reference to undeclared module: No module call named "m" is declared in the root module.
            main.tf:13:9-13:22 Reference to undeclared resource: An ephemeral resource "a" "b" has not been declared in the root module.
            main.tf:14:9-14:12 Invalid reference: A reference to a resource type must be followed by at least one attribute access, specifying the resource name.
        "#]],
    );
}

#[test]
fn attributes_must_exist() {
    expr(
        "aws_vpc.a.idd,
        aws_vpc.a.rule.port,
        aws_vpc.a.rule[0].prot,
        aws_vpc.a.set.port,
        aws_vpc.a.set[0].port,
        aws_vpc.a.id.x,
        aws_vpc.a.id[0],
        aws_vpc.a[0].id,
        aws_vpc.many.id,
        aws_vpc.each.id,
        aws_vpc.many[0].foo,
        var.v.c,
        var.v.b[0].d,
        data.aws_ami.it.nmae",
        expect![[r#"
            main.tf:3:11-3:14 Unsupported attribute: This object has no argument, nested block, or exported attribute named "idd". [did you mean "id"?]
            main.tf:4:24-4:28 Unsupported attribute: Can't access attributes on a list of objects. Did you mean to access an attribute for a specific element of the list, or across all elements of the list? [[0].port is the first one's, [*].port are all]
            main.tf:5:27-5:31 Unsupported attribute: This object has no argument, nested block, or exported attribute named "prot". [did you mean "port"?]
            main.tf:6:23-6:27 Unsupported attribute: Can't access attributes on a set of objects. Did you mean to access an attribute across all elements of the set? [[*].port are those of all elements]
            main.tf:7:23-7:24 Invalid index: Elements of a set are identified only by their value and don't have any separate index or key to select with, so it's only possible to perform operations across all elements of the set.
            main.tf:8:22-8:23 Unsupported attribute: Can't access attributes on a primitive-typed value (string).
            main.tf:9:22-9:23 Invalid index: This value does not have any indices.
            main.tf:10:9-10:20 Unexpected resource instance key: Because aws_vpc.a does not have "count" or "for_each" set, references to it must not include an index key. Remove the bracketed index to refer to the single instance of this resource.
            main.tf:11:9-11:21 Missing resource instance key: Because aws_vpc.many has "count" set, its attributes must be accessed on specific instances. /  / For example, to correlate with indices of a referring resource, use: /     aws_vpc.many[count.index]
            main.tf:12:9-12:21 Missing resource instance key: Because aws_vpc.each has "for_each" set, its attributes must be accessed on specific instances. /  / For example, to correlate with indices of a referring resource, use: /     aws_vpc.each[each.key]
            main.tf:13:25-13:28 Unsupported attribute: This object has no argument, nested block, or exported attribute named "foo".
            main.tf:14:15-14:16 Unsupported attribute: This object does not have an attribute named "c". [did you mean "a"?]
            main.tf:15:20-15:21 Unsupported attribute: This object does not have an attribute named "d". [did you mean "c"?]
            main.tf:16:25-16:29 Unsupported attribute: This object has no argument, nested block, or exported attribute named "nmae". [did you mean "name"?]
        "#]],
    );
}

#[test]
fn words_are_used_where_they_mean_something() {
    expr(
        "each.key,
        each.foo,
        count.index,
        count.foo,
        self.id,
        path.here,
        terraform.env,
        terraform.foo",
        expect![[r#"
            main.tf:3:1-3:9 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
            main.tf:4:9-4:17 Invalid "each" attribute: The "each" object does not have an attribute named "foo". The supported attributes are each.key and each.value, the current key and value pair of the "for_each" attribute set.
            main.tf:5:9-5:20 Reference to "count" in non-counted context: The "count" object can only be used in "module", "resource", and "data" blocks, and only when the "count" argument is set.
            main.tf:6:9-6:18 Invalid "count" attribute: The "count" object does not have an attribute named "foo". The only supported attribute is count.index, which is the index of each instance of a resource block that has the "count" argument set.
            main.tf:7:9-7:13 Invalid "self" reference: The "self" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.
            main.tf:8:9-8:18 Invalid "path" attribute: The "path" object does not have an attribute named "here".
            main.tf:9:9-9:22 Invalid "terraform" attribute: The terraform.env attribute was deprecated in v0.10 and removed in v0.12. The "state environment" concept was renamed to "workspace" in v0.12, and so the workspace name can now be accessed using the terraform.workspace attribute.
            main.tf:10:9-10:22 Invalid "terraform" attribute: The "terraform" object does not have an attribute named "foo". The only supported attributes are terraform.workspace, the name of the currently-selected workspace, and terraform.applying, a boolean which is true only during apply.
        "#]],
    );
    main(
        r#"
resource "aws_vpc" "a" {
  count      = count.index
  cidr_block = "${count.index} ${each.key} ${self.id}"
  tags       = { x = aws_vpc.a[0].id }
  lifecycle {
    precondition {
      condition     = self.id == count.index
      error_message = "x"
    }
    postcondition {
      condition     = self.idd == count.index
      error_message = "x"
    }
  }
  provisioner "local-exec" { command = self.id }
  provisioner "exec" { command = nope.x }
}
resource "aws_vpc" "b" {
  for_each   = toset([each.key])
  cidr_block = each.value
}
provider "aws" { region = each.key }
"#,
        expect![[r#"
            main.tf:3:16-3:27 Reference to "count" in non-counted context: The "count" object can only be used in "module", "resource", and "data" blocks, and only when the "count" argument is set.
            main.tf:4:34-4:42 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
            main.tf:4:46-4:50 Invalid "self" reference: The "self" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.
            main.tf:5:22-5:33 Self-referential block: Configuration for aws_vpc.a may not refer to itself.
            main.tf:8:23-8:27 Invalid "self" reference: The "self" object is not available in this context. This object can be used only in resource provisioner, connection, and postcondition blocks.
            main.tf:12:28-12:31 Unsupported attribute: This object has no argument, nested block, or exported attribute named "idd". [did you mean "id"?]
            main.tf:17:15-17:21 Invalid provisioner type: There is no provisioner "exec".
            main.tf:17:34-17:40 Reference to undeclared resource: A managed resource "nope" "x" has not been declared in the root module.
            main.tf:20:23-20:31 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
            main.tf:23:27-23:35 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
        "#]],
    );
}

#[test]
fn functions_must_exist() {
    expr(
        "lenght([1]), upper(lowr(\"x\")), nope::x(1)",
        expect![[r#"
        main.tf:3:1-3:7 Call to unknown function: There is no function named "lenght". [did you mean "length"?]
        main.tf:3:20-3:24 Call to unknown function: There is no function named "lowr". [did you mean "lower"?]
        main.tf:3:32-3:39 Call to unknown function: There is no function named "nope::x".
    "#]],
    );
}

#[test]
fn types_and_providers_must_exist() {
    main(
        r#"
resource "aws_vpcc" "a" {}
resource "aws_ami" "a" {}
data "aws_vpc" "a" {}
resource "google_x" "a" {}
resource "aws_vpc" "b" { provider = aws.wst }
resource "aws_vpc" "c" { provider = aws.west }
resource "aws_vpc" "d" { provider = aws.other }
provider "aws" { alias = "west" }
provider "azurerm" {}
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.other]
    }
  }
}
"#,
        expect![[r#"
            main.tf:2:10-2:20 Invalid resource type: The provider hashicorp/aws does not support resource type "aws_vpcc". [did you mean "aws_vpc"?]
            main.tf:3:10-3:19 Invalid resource type: The provider hashicorp/aws does not support resource type "aws_ami". [did you intend to use the data source "aws_ami"? If so, declare this using a "data" block instead of a "resource" block.]
            main.tf:4:6-4:15 Invalid data source: The provider hashicorp/aws does not support data source "aws_vpc". [did you intend to use the managed resource type "aws_vpc"? If so, declare this using a "resource" block instead of a "data" block.]
            main.tf:5:10-5:20 Provider not supported: There is no provider hashicorp/google in groundplan, which has its providers built in: aws.
            main.tf:6:37-6:44 Reference to undeclared provider configuration: There is no configuration of provider "aws" with the alias "wst" in the root module. [did you mean aws.west?]
            main.tf:10:1-10:19 Provider not supported: There is no provider hashicorp/azurerm in groundplan, which has its providers built in: aws.
        "#]],
    );
}

#[test]
fn changes_are_ignored_of_attributes_that_exist() {
    main(
        r#"
resource "aws_vpc" "a" {
  lifecycle {
    ignore_changes = [tags["x"], tag, arn, rule[0].prt]
  }
}
"#,
        expect![[r#"
            main.tf:4:34-4:37 Unsupported attribute: This object has no argument, nested block, or exported attribute named "tag". [did you mean "tags"?]
            warning main.tf:4:39-4:42 Redundant ignore_changes element: Adding an attribute name to ignore_changes tells groundplan to ignore future changes to the argument in configuration after the object has been created, retaining the value originally configured. /  / The attribute arn is decided by the provider alone and therefore there can be no configured value to compare with. Including this attribute in ignore_changes has no effect. Remove the attribute from ignore_changes to quiet this warning.
            main.tf:4:52-4:55 Unsupported attribute: This object has no argument, nested block, or exported attribute named "prt". [did you mean "port"?]
        "#]],
    );
}

#[test]
fn dependencies_are_whole_objects() {
    main(
        r#"
resource "aws_vpc" "a" {}
resource "aws_vpc" "b" {
  depends_on = [aws_vpc.a, aws_vpc.a.id, aws_vpc.aa, var.x, each.key, module.zz, foo]
}
"#,
        expect![[r#"
            main.tf:4:28-4:40 Invalid depends_on reference: References in depends_on must be to a whole object (resource, etc), not to an attribute of an object.
            main.tf:4:42-4:52 Reference to undeclared resource: A managed resource "aws_vpc" "aa" has not been declared in the root module. [did you mean aws_vpc.a?]
            main.tf:4:54-4:59 Reference to undeclared input variable: An input variable with the name "x" has not been declared. This variable can be declared with a variable "x" {} block.
            main.tf:4:61-4:69 Invalid depends_on reference: A depends_on entry names something else that is to be finished first: a resource, a data source or a module.
            main.tf:4:71-4:80 Reference to undeclared module: No module call named "zz" is declared in the root module.
            main.tf:4:82-4:85 Invalid reference: A reference to a resource type must be followed by at least one attribute access, specifying the resource name.
        "#]],
    );
}

#[test]
fn modules_get_their_inputs_and_providers() {
    checked(
        &[
            (
                "main.tf",
                r#"
module "m" {
  source    = "./m"
  foo       = 1
  naem      = 2
  providers = { aws = aws.none, null = aws }
}
module "many" {
  source = "./m"
  count  = 2
  name   = each.key
}
output "o" {
  value = [module.m.ot, module.m.out, module.many.out, module.many[0].zz, module.m[0].out, module.n.x]
}
"#,
            ),
            (
                "m/main.tf",
                r#"
variable "name" {}
variable "more" { default = 1 }
output "out" { value = var.naem }
provider "aws" { region = "x" }
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.east]
    }
  }
}
"#,
            ),
        ],
        expect![[r#"
            m/main.tf:4:24-4:32 Reference to undeclared input variable: An input variable with the name "naem" has not been declared. [did you mean "name"?]
            main.tf:2:1-2:11 Missing required provider configuration: The child module requires an additional configuration for provider hashicorp/aws, with the local name "aws.east". /  / Refer to the module's documentation to understand the intended purpose of this additional provider configuration, and then add an entry for aws.east in the "providers" meta-argument in the module block to choose which provider configuration the module should use for that purpose.
            main.tf:4:3-4:6 Unsupported argument: An argument named "foo" is not expected here.
            main.tf:5:3-5:7 Unsupported argument: An argument named "naem" is not expected here. [did you mean "name"?]
            main.tf:6:17-6:31 Reference to undeclared provider configuration: There is no configuration of provider "aws" with the alias "none" in the root module.
            warning main.tf:6:33-6:43 Reference to undefined provider: There is no explicit declaration for local provider name "null" in module.m, so it is assumed that you mean to pass a configuration for "hashicorp/null". /  / If you also control the child module, add a required_providers entry named "null" with the source address "hashicorp/null".
            main.tf:7:1-7:2 Missing required argument: The argument "name" is required, but no definition was found.
            main.tf:8:1-8:14 Missing required provider configuration: The child module requires an additional configuration for provider hashicorp/aws, with the local name "aws.east". /  / Refer to the module's documentation to understand the intended purpose of this additional provider configuration, and then add an entry for aws.east in the "providers" meta-argument in the module block to choose which provider configuration the module should use for that purpose.
            main.tf:8:1-8:14 Module is incompatible with count, for_each, and depends_on: The module at module.many is a legacy module which contains its own local provider configurations, and so calls to it may not use the count, for_each, or depends_on arguments. /  / If you also control the module "./m", consider updating this module to instead expect provider configurations to be passed by its caller. [remove "count", or the provider blocks]
            main.tf:11:12-11:20 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
            main.tf:14:12-14:23 Unsupported attribute: This object does not have an attribute named "ot". [did you mean "out"?]
            main.tf:14:39-14:54 Unsupported attribute: Can't access attributes on a list of objects. Did you mean to access attribute "out" for a specific element of the list, or across all elements of the list? [module.many[count.index].out is one element's]
            main.tf:14:56-14:73 Unsupported attribute: This object does not have an attribute named "zz". [module.many has no output of this name]
            main.tf:14:75-14:90 Unexpected module instance key: Because module.m does not have "count" or "for_each" set, references to it must not include an index key.
            main.tf:14:92-14:102 Reference to undeclared module: No module call named "n" is declared in the root module. [did you mean "m"?]
        "#]],
    );
}

#[test]
fn checks_have_a_data_source_of_their_own() {
    main(
        r#"
check "c" {
  data "aws_ami" "own" { name = "x" }
  assert {
    condition     = data.aws_ami.own.id == "x"
    error_message = data.aws_ami.own.idd
  }
}
output "o" { value = data.aws_ami.own.id }
import {
  to = aws_vpc.zz
  id = each.key
}
"#,
        expect![[r#"
            main.tf:6:38-6:41 Unsupported attribute: This object has no argument, nested block, or exported attribute named "idd". [did you mean "id"?]
            main.tf:9:22-9:38 Reference to undeclared resource: A data resource "aws_ami" "own" has not been declared in the root module.
            main.tf:12:8-12:16 Reference to "each" in context without for_each: The "each" object can be used only in "module" or "resource" blocks, and only when the "for_each" argument is set.
        "#]],
    );
}

#[test]
fn a_called_module_says_nothing_of_the_whole() {
    checked(
        &[
            (
                "main.tf",
                "module \"m\" {\n  source = \"./m\"\n  n = \"x\"\n  l = [1]\n  o = null\n  s = var.x\n}\nvariable \"x\" {}",
            ),
            (
                "m/main.tf",
                r#"
terraform {
  backend "s3" {}
}
variable "n" { type = number }
variable "l" { type = list(string) }
variable "s" { type = string }
variable "o" {
  type     = string
  nullable = false
}
resource "aws_vpc" "a" {}
import {
  to = aws_vpc.a
  id = "x"
}
"#,
            ),
        ],
        expect![[r#"
            warning m/main.tf:3:3-3:15 Backend configuration ignored: Any selected backend applies to the entire configuration, so backends are expected only in the root module. /  / This is a warning rather than an error because it's sometimes convenient to temporarily call a root module as a child module for testing purposes, but this backend configuration block will have no effect.
            m/main.tf:13:1-13:7 Invalid import configuration: An import block was detected in "module.m". Import blocks are only allowed in the root module.
            main.tf:3:7-3:10 Invalid value for input variable: The given value is not suitable for module.m.var.n declared at m/main.tf:5:1: a number is required.
            main.tf:5:7-5:11 Invalid value for input variable: The given value is not suitable for module.m.var.o declared at m/main.tf:8:1: required variable may not be set to null.
        "#]],
    );
}

#[test]
fn bodies_must_fit_the_schema() {
    main(
        r#"
resource "aws_vpc" "a" {
  cidr_blok = "x"
  rule {
    prot = 1
  }
  dynamic "rule" {
    for_each = [1]
    content {
      port = rule.value
    }
  }
}
data "aws_ami" "a" {}
provider "aws" { regon = "x" }
"#,
        expect![[r#"
            main.tf:3:3-3:12 Unsupported argument: An argument named "cidr_blok" is not expected here. [did you mean "cidr_block"?]
            main.tf:5:5-5:9 Unsupported argument: An argument named "prot" is not expected here. [did you mean "port"?]
            main.tf:6:3-6:4 Missing required argument: The argument "port" is required, but no definition was found.
            main.tf:14:21-14:22 Missing required argument: The argument "name" is required, but no definition was found.
            main.tf:15:18-15:23 Unsupported argument: An argument named "regon" is not expected here. [did you mean "region"?]
        "#]],
    );
}

#[test]
fn what_needs_no_name_is_evaluated() {
    main(
        r#"
resource "aws_vpc" "a" {
  rule {
    port = "soon"
  }
}
locals {
  sum  = "a" + 1
  late = "a" + aws_vpc.a.id
}
output "o" { value = [for it in var.list : it + true][0] }
variable "list" {}
"#,
        expect![[r#"
            main.tf:4:12-4:18 Incorrect attribute value type: Inappropriate value for attribute "port": a number is required.
            main.tf:8:10-8:13 Invalid operand: Unsuitable value for left operand: a number is required.
            main.tf:9:10-9:13 Invalid operand: Unsuitable value for left operand: a number is required.
        "#]],
    );
}

#[test]
fn no_broken_file_makes_it_panic() {
    let text = r#"
terraform {
  required_version = ">= 1.0"
  required_providers { aws = { source = "hashicorp/aws", configuration_aliases = [aws.x] } }
}
variable "v" {
  type    = map(object({ a = optional(list(string), ["x"]), b = tuple([any]) }))
  default = { k = { b = [1] } }
  validation {
    condition     = var.v["k"].a[0] != ""
    error_message = "${var.v.k.c}"
  }
}
resource "aws_vpc" "a" {
  for_each   = { for k, v in var.v : k => v if k != "" }
  provider   = aws.x
  depends_on = [module.m, data.aws_ami.b["x"]]
  dynamic "rule" {
    for_each = each.value.a
    iterator = it
    content { port = it.value }
  }
  lifecycle {
    ignore_changes       = [tags["x"], rule[0].port]
    replace_triggered_by = [aws_vpc.b[each.key].id]
  }
  provisioner "local-exec" {
    when    = destroy
    command = self.id
  }
}
module "m" {
  source    = "./m"
  providers = { aws.x = aws.y }
  count     = 1
}
moved {
  from = module.a["x"].aws_vpc.b[0]
  to   = aws_vpc.a["k"]
}
import {
  to = aws_vpc.a[each.key]
  id = "x"
}
removed { from = module.m.aws_vpc.x }
check "c" {
  data "aws_ami" "d" { name = "x" }
  assert {
    condition     = data.aws_ami.d.id == module.m[0].x.y
    error_message = <<-EOT
      %{for x in [1]~} ${x} %{endfor}
    EOT
  }
}
"#;
    let json = r#"{"variable":{"v":{"type":"list(string)","default":["a"]}},"resource":{"aws_vpc":{"a":[{"rule":{"port":"${var.v[0]}"},"dynamic":{"rule":{"for_each":"${var.v}","content":{"port":"${rule.value}"}}},"lifecycle":{"ignore_changes":["tags"]},"depends_on":["module.m"]}]}},"moved":[{"from":"aws_vpc.x","to":"aws_vpc.a"}],"module":{"m":{"source":"./m"}}}"#;
    for (name, text) in [("main.tf", text), ("main.tf.json", json)] {
        for at in (0..text.len()).filter(|it| text.is_char_boundary(*it)) {
            let end = (at + 1 + at % 13).min(text.len());
            for broken in [text[..at].to_owned(), format!("{}{}", &text[..at], &text[end..])] {
                let given = [(name, &*broken), ("m/m.tf", "output \"x\" {\n  value = 1\n}")];
                let (stack, _) = load(std::path::Path::new("."), &files(&given));
                check(&stack, &Small);
            }
        }
    }
}
