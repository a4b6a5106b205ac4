//! Directories as texts; what is loaded and what is reported.

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
fn wrong(text: &str, expected: Expect) {
    wrong_files(&[("main.tf", text)], expected);
}

#[track_caller]
fn wrong_files(given: &[(&str, &str)], expected: Expect) {
    let (_, problems) = load(Path::new("."), &files(given));
    expected.assert_eq(&shown(&problems));
}

#[test]
fn only_known_blocks_and_arguments_stand_in_a_file() {
    wrong(
        "foo \"bar\" {}\nresourc \"x\" \"y\" {}\nx = 1\nrequired_providers {}\nresource \"a\" {}\n\
         resource \"a\" \"b\" \"c\" {}\nlocals \"x\" {}\nresource = 1",
        expect![[r#"
            main.tf:1:1-1:4 Unsupported block type: Blocks of type "foo" are not expected here.
            main.tf:2:1-2:8 Unsupported block type: Blocks of type "resourc" are not expected here. [did you mean "resource"?]
            main.tf:3:1-3:2 Unsupported argument: An argument named "x" is not expected here.
            main.tf:4:1-4:19 Invalid required_providers block: A "required_providers" block must be nested inside a "terraform" block.
            main.tf:5:1-5:13 Missing name for resource: All resource blocks must have 2 labels (type, name).
            main.tf:6:18-6:21 Extraneous label for resource: Only 2 labels (type, name) are expected for resource blocks.
            main.tf:7:8-7:11 Extraneous label for locals: No labels are expected for locals blocks.
            main.tf:8:1-8:9 Unsupported argument: An argument named "resource" is not expected here. [did you mean to define a block of type "resource"?]
        "#]],
    );
}

#[test]
fn variables_are_read_with_all_their_arguments() {
    wrong(
        r#"
variable "source" {}
variable "a b" {
  type      = "string"
  default   = var.x
  sensitive = "x"
  nullable  = false
  foo       = 1
}
variable "v" {
  type    = number
  default = "x"
  validation {
    condition     = true
    error_message = "x"
  }
}
variable "v" {
  nullable = false
  default  = null
}
variable "w" {
  type = string
  validation {}
}
"#,
        expect![[r#"
            main.tf:2:10-2:18 Invalid variable name: The variable name "source" is reserved due to its special meaning inside module blocks.
            main.tf:3:10-3:15 Invalid variable name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf:4:15-4:23 Invalid quoted type constraints: Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and will be removed in a future version. Remove the quotes around "string".
            main.tf:5:15-5:18 Variables not allowed: Variables may not be used here.
            main.tf:6:15-6:18 Unsuitable value type: Unsuitable value: a bool is required.
            main.tf:8:3-8:6 Unsupported argument: An argument named "foo" is not expected here.
            main.tf:12:13-12:16 Invalid default value for variable: This default value is not compatible with the variable's type constraint: a number is required.
            main.tf:14:21-14:25 Invalid validation expression: The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.
            main.tf:14:21-14:25 Invalid variable validation condition: The condition for variable "v" must refer to var.v in order to test incoming values.
            main.tf:18:1-18:13 Duplicate variable declaration: A variable named "v" was already declared at main.tf:10:1. Variable names must be unique within a module.
            main.tf:20:14-20:18 Invalid default value for variable: A null default value is not valid when nullable=false.
            main.tf:24:15-24:16 Missing required argument: The argument "condition" is required, but no definition was found.
            main.tf:24:15-24:16 Missing required argument: The argument "error_message" is required, but no definition was found.
        "#]],
    );
}

#[test]
fn types_are_checked() {
    wrong(
        r#"
variable "a" { type = optional(string) }
variable "b" { type = foo }
variable "c" { type = object({ a = optional(string, 1, 2), b = foo, "c d" = string }) }
variable "d" { type = "foo" }
variable "e" { type = object({ a = optional(number, "x") }) }
variable "f" { type = list(string, string) }
variable "g" { type = 1 }
variable "h" { type = map(lst(string)) }
variable "i" { type = "list" }
variable "j" { type = string(1) }
variable "k" { type = tuple(string) }
variable "l" { type = object }
"#,
        expect![[r#"
            main.tf:2:23-2:39 Invalid type specification: Keyword "optional" is valid only as a modifier for object type attributes.
            main.tf:3:23-3:26 Invalid type specification: The keyword "foo" is not a valid type specification.
            main.tf:4:36-4:58 Invalid type specification: Optional attribute modifier expects at most two arguments: the attribute type, and a default value.
            main.tf:4:64-4:67 Invalid type specification: The keyword "foo" is not a valid type specification.
            main.tf:4:69-4:74 Invalid type specification: Object constructor map keys must be attribute names.
            main.tf:5:23-5:28 Invalid legacy variable type hint: To provide a full type expression, remove the surrounding quotes and give the type expression directly.
            main.tf:6:53-6:56 Invalid default value for optional attribute: This default value is not compatible with the attribute's type constraint: a number is required.
            main.tf:7:36-7:42 Invalid type specification: The list type constructor requires one argument specifying the element type.
            main.tf:8:23-8:24 Invalid type specification: A type specification is either a primitive type keyword (bool, number, string) or a complex type constructor call, like list(string).
            main.tf:9:27-9:38 Invalid type specification: Keyword "lst" is not a valid type constructor. [did you mean "list"?]
            main.tf:10:23-10:29 Invalid quoted type constraints: Terraform 0.11 and earlier required type constraints to be given in quotes, but that form is now deprecated and will be removed in a future version. Remove the quotes around "list" and write list(string) instead to explicitly indicate that the list elements are strings.
            main.tf:11:23-11:32 Invalid type specification: Primitive type keyword "string" does not expect arguments.
            main.tf:12:29-12:35 Invalid type specification: Tuple type constructor requires a list of element types.
            main.tf:13:23-13:29 Invalid type specification: The object type constructor requires one argument specifying the attribute types and values as a map.
        "#]],
    );
}

#[test]
fn types_read_as_they_are_written() {
    let types = [
        ("string", "string"),
        ("list", "list(any)"),
        ("map", "map(any)"),
        ("set(number)", "set(number)"),
        (
            "object({ a = string, b = optional(list(bool)) })",
            "object({a = string, b = optional(list(bool))})",
        ),
        ("tuple([string, any])", "tuple([string, any])"),
    ];
    for (written, read) in types {
        let stack = loaded(&[("main.tf", &format!("variable \"v\" {{\n type = {written}\n}}"))]);
        assert_eq!(stack.root.variables["v"].ty.to_string(), read);
    }
}

#[test]
fn defaults_are_converted_and_filled_in() {
    let text = r#"
variable "v" {
  type    = object({ a = string, b = optional(list(number), [1]), c = optional(object({ d = optional(string, "x") }), {}) })
  default = { a = 1 }
}
variable "any" {
  default = ["x", 1]
}
variable "text" {
  type    = string
  default = null
}
"#;
    let stack = loaded(&[("main.tf", text)]);
    let variables = &stack.root.variables;
    let default =
        |name: &str| model::to_json(variables[name].default.as_ref().unwrap()).to_string();
    assert_eq!(default("v"), r#"{"a":"1","b":[1],"c":{"d":"x"}}"#);
    assert_eq!(default("any"), r#"["x",1]"#);
    assert_eq!(default("text"), "null");
    assert!(variables["any"].literal && !variables["v"].literal);
}

#[test]
fn locals_and_outputs() {
    wrong(
        r#"
locals {
  a = 1
  b = 2
}
locals {
  a = 3
  b {}
}
output "o" {}
output "o o" { value = 1 }
output "p" {
  value      = 1
  depends_on = [1, foo.bar.baz, "x.y", var.a, "1 2"]
  ephemeral  = "x"
  precondition {
    condition     = true
    error_message = "x"
  }
}
output "p" { value = 2 }
"#,
        expect![[r#"
            main.tf:7:3-7:4 Duplicate local value definition: A local value named "a" was already defined at main.tf:3:3. Local value names must be unique within a module.
            main.tf:8:3-8:4 Unexpected "b" block: Blocks are not allowed here.
            main.tf:10:13-10:14 Missing required argument: The argument "value" is required, but no definition was found.
            main.tf:11:8-11:13 Invalid output name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf:14:17-14:18 Invalid expression: A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.
            warning main.tf:14:33-14:38 Quoted references are deprecated: In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version. Remove the quotes surrounding this reference to silence this warning.
            warning main.tf:14:47-14:52 Quoted references are deprecated: In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version. Remove the quotes surrounding this reference to silence this warning.
            main.tf:14:47-14:52 Extra characters after expression: An expression was successfully parsed, but extra characters were found after it.
            main.tf:15:16-15:19 Unsuitable value type: Unsuitable value: a bool is required.
            main.tf:17:21-17:25 Invalid precondition expression: The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.
            main.tf:21:1-21:11 Duplicate output definition: An output named "p" was already defined at main.tf:12:1. Output names must be unique within a module.
        "#]],
    );
}

#[test]
fn resources_have_their_meta_arguments_checked() {
    wrong(
        r#"
resource "null_resource" "9" {
  count      = 1
  for_each   = {}
  depends_on = null_resource.b
  provider   = aws.x.y
  lifecycle {
    create_before_destroy = var.x
    prevent_destroy       = var.ok
    ignore_changes        = ["*", a]
    replace_triggered_by  = [a.b.c, 1, var.x, a.b.c == d.e.f, each.key]
    foo                   = 1
    precondition {}
    postcondition {
      condition     = null_resource.9.id == self.id
      error_message = null_resource.9.id
    }
  }
  lifecycle {}
  connection {}
  connection {}
  locals {}
  _ {}
  _ {}
}
resource "null_resource" "c" {}
resource "null_resource" "c" {}
data "null_data_source" "c" {
  lifecycle {
    prevent_destroy = true
    ignore_changes  = all
  }
}
data "null_data_source" "c" {}
ephemeral "a" "b" {}
"#,
        expect![[r#"
            main.tf:2:26-2:29 Invalid resource name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf:4:3-4:11 Invalid combination of "count" and "for_each": The "count" and "for_each" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.
            main.tf:5:16-5:31 Invalid expression: A static list expression is required.
            main.tf:6:16-6:23 Invalid provider configuration reference: The provider argument requires a provider type name, optionally followed by a period and then a configuration alias.
            main.tf:8:29-8:32 Variables not allowed: Variables may not be used here.
            main.tf:10:29-10:37 Invalid ignore_changes wildcard: The ["*"] form of ignore_changes wildcard was deprecated and is now invalid. Use "ignore_changes = all" to ignore changes to all attributes.
            main.tf:11:37-11:38 Invalid replace_triggered_by expression: Missing resource reference in replace_triggered_by expression.
            main.tf:11:40-11:45 Invalid replace_triggered_by expression: Only resources can be used in the replace_triggered_by argument, not variables, locals, data sources or modules.
            main.tf:11:47-11:61 Invalid replace_triggered_by expression: Multiple resource references in replace_triggered_by expression.
            main.tf:11:63-11:71 Invalid replace_triggered_by expression: Missing resource reference in replace_triggered_by expression.
            main.tf:12:5-12:8 Unsupported argument: An argument named "foo" is not expected here.
            main.tf:13:19-13:20 Missing required argument: The argument "condition" is required, but no definition was found.
            main.tf:13:19-13:20 Missing required argument: The argument "error_message" is required, but no definition was found.
            main.tf:19:3-19:12 Duplicate lifecycle block: This resource already has a lifecycle block at main.tf:7:3.
            main.tf:21:3-21:13 Duplicate connection block: This resource already has a connection block at main.tf:20:3.
            main.tf:22:3-22:9 Reserved block type name in resource block: The block type name "locals" is reserved for use in a future version.
            main.tf:24:3-24:4 Duplicate escaping block: The special block type "_" can be used to force particular arguments to be interpreted as resource-specific rather than as meta-arguments, but each resource block can have only one such block. The first escaping block was at main.tf:23:3.
            main.tf:27:1-27:29 Duplicate resource "null_resource" configuration: A null_resource resource named "c" was already declared at main.tf:26:1. Resource names must be unique per type in each module.
            main.tf:30:5-30:20 Invalid data resource lifecycle argument: The lifecycle argument "prevent_destroy" is defined only for managed resources ("resource" blocks), and is not valid for data resources.
            main.tf:31:5-31:19 Invalid data resource lifecycle argument: The lifecycle argument "ignore_changes" is defined only for managed resources ("resource" blocks), and is not valid for data resources.
            main.tf:34:1-34:28 Duplicate data "null_data_source" configuration: A null_data_source data resource named "c" was already declared at main.tf:28:1. Resource names must be unique per type in each module.
            main.tf:35:1-35:18 Ephemeral resources not supported: Resources that are opened for one run and never stored, as "ephemeral" blocks declare them, are not supported yet. A data source reads the same value, and its attributes can be marked with the sensitive function.
        "#]],
    );
}

#[test]
fn provisioners_are_checked() {
    wrong(
        r#"
resource "null_resource" "a" {
  provisioner "local-exec" {
    when       = foo
    on_failure = "continue"
    connection {}
    connection {}
    lifecycle {}
  }
  provisioner "chef" {}
  provisioner "local-exec" {
    when    = destroy
    command = "${var.x} ${self.id} ${count.index} ${each.value}"
    connection {
      host = local.x
    }
  }
  provisioner {}
}
"#,
        expect![[r#"
            main.tf:4:18-4:21 Invalid "when" keyword: The "when" argument requires one of the following keywords: create or destroy.
            warning main.tf:5:18-5:28 Quoted keywords are deprecated: In this context, keywords are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted keywords are now deprecated and will be removed in a future version. Remove the quotes surrounding this keyword to silence this warning.
            main.tf:7:5-7:15 Duplicate connection block: This provisioner already has a connection block at main.tf:6:5.
            main.tf:8:5-8:14 Reserved block type name in provisioner block: The block type name "lifecycle" is reserved for use in a future version.
            main.tf:10:15-10:21 The "chef" provisioner has been removed: The "chef" provisioner was deprecated in Terraform 0.13.4 and has been removed.
            main.tf:13:15-13:65 Invalid reference from destroy provisioner: Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'. /  / References to other resources during the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.
            main.tf:15:14-15:21 Invalid reference from destroy provisioner: Destroy-time provisioners and their connection configurations may only reference attributes of the related resource, via 'self', 'count.index', or 'each.key'. /  / References to other resources during the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.
            main.tf:18:3-18:14 Missing type for provisioner: All provisioner blocks must have 1 labels (type).
        "#]],
    );
}

#[test]
fn module_calls_are_checked() {
    wrong(
        r#"
module "m" {}
module "k" {
  source    = 1
  count     = 1
  for_each  = {}
  version   = "x"
  providers = [x]
  lifecycle {}
  foo {}
}
module "n" {
  source    = "foo"
  providers = { aws = aws.x, aws = aws.y, a.b.c = aws, z = "zz" }
}
module "n n" { source = "./n" }
module "n3" { source = var.x }
module "n4" {
  source  = "foo/bar/baz"
  version = "zz"
}
module "n5" {
  source  = "./foo"
  version = "1.0.0"
}
module "n6" { source = "foo/bar/baz" }
"#,
        expect![[r#"
            main.tf:2:13-2:14 Missing required argument: The argument "source" is required, but no definition was found.
            main.tf:4:15-4:16 Invalid registry module source address: Failed to parse module registry address: a module registry source address must have either three or four slash-separated components. /  / A module registry source address is assumed because the argument "version" is set, which applies only to registry modules.
            main.tf:6:3-6:11 Invalid combination of "count" and "for_each": The "count" and "for_each" meta-arguments are mutually-exclusive, only one should be used to be explicit about the number of resources to be created.
            main.tf:7:15-7:18 Invalid version constraint: This string does not use correct version constraint syntax.
            main.tf:8:15-8:18 Invalid expression: A static map expression is required.
            main.tf:9:3-9:12 Reserved block type name in module block: The block type name "lifecycle" is reserved for use in a future version.
            main.tf:10:3-10:6 Unsupported block type: Blocks of type "foo" are not expected here.
            main.tf:13:15-13:20 Invalid module source address: The installation method for remote module package "foo" cannot be told from its address. /  / If you intended this as a path relative to the current module, use "./foo" instead. The "./" prefix indicates that the address is a relative filesystem path.
            main.tf:14:36-14:41 Duplicate provider address: A provider configuration was already passed to aws at main.tf:14:17. Each child provider configuration can be assigned only once.
            main.tf:14:43-14:48 Invalid provider configuration reference: The providers argument requires a provider type name, optionally followed by a period and then a configuration alias.
            warning main.tf:14:60-14:64 Quoted references are deprecated: In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version. Remove the quotes surrounding this reference to silence this warning.
            main.tf:16:8-16:13 Invalid module instance name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf:16:25-16:30 Unreadable module directory: The directory n could not be read for module "n n": entity not found.
            main.tf:17:24-17:27 Variables not allowed: Variables may not be used here.
            main.tf:19:13-19:26 Module not installed: This module is not yet installed. `groundplan init` installs all modules required by this configuration. [run `groundplan init`]
            main.tf:20:13-20:17 Invalid version constraint: This string does not use correct version constraint syntax.
            main.tf:23:13-23:20 Invalid registry module source address: Failed to parse module registry address: can't use local directory "./foo" as a module registry address. /  / A module registry source address is assumed because the argument "version" is set, which applies only to registry modules.
            main.tf:26:24-26:37 Module not installed: This module is not yet installed. `groundplan init` installs all modules required by this configuration. [run `groundplan init`]
        "#]],
    );
}

#[test]
fn providers_and_settings_are_checked() {
    wrong(
        r#"
terraform {
  required_version = "foo"
  bogus            = 1
  experiments      = [x]
  provider_meta "aws" {
    x = 1
  }
  required_providers {
    aws    = { source = "a/b/c/d", version = ">= bla", xx = 1 }
    Foo    = { source = "hashicorp/foo" }
    random = 5
    null   = { source = "hashicorp/null", configuration_aliases = [null.a, aws.b, null.a.b, 1] }
    time   = [1]
  }
  backend "s3" {}
  backend "local" {}
  cloud {}
}
terraform {
  required_version = ">= 1.0, < 1.5"
  required_providers {}
}
provider "AWS" {}
provider "null" {
  alias   = "a b"
  version = "1"
  count   = 1
  lifecycle {}
  _ {}
  _ {}
}
provider "aws" {}
provider "aws" {}
provider "aws" { alias = "x" }
provider "aws" { alias = "x" }
provider "aws" { alias = var.x }
"#,
        expect![[r#"
            main.tf:3:22-3:27 Invalid version constraint: This string does not use correct version constraint syntax.
            main.tf:4:3-4:8 Unsupported argument: An argument named "bogus" is not expected here.
            main.tf:5:3-5:14 Module uses experimental features: Experimental features are intended only for gathering early feedback on new language designs, and so are not available here.
            main.tf:10:25-10:34 Invalid provider source string: The "source" attribute must be in the format "[hostname/][namespace/]name"
            main.tf:10:46-10:54 Invalid version constraint: This string does not use correct version constraint syntax.
            main.tf:10:56-10:58 Invalid required_providers object: required_providers objects can only contain "version", "source" and "configuration_aliases" attributes. To configure a provider, use a "provider" block.
            main.tf:11:14-11:42 Invalid provider local name: Provider names must be normalized. Replace "Foo" with "foo" to fix this error.
            main.tf:13:68-13:74 Invalid expression: A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.
            main.tf:13:76-13:81 Invalid configuration_aliases value: Configuration aliases must be prefixed with the provider name. Expected "null", but found "aws".
            main.tf:13:83-13:91 Invalid expression: A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.
            main.tf:13:93-13:94 Invalid expression: A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.
            main.tf:14:14-14:17 Invalid required_providers object: required_providers entries must be strings or objects.
            main.tf:17:3-17:18 Duplicate backend configuration: A module may have only one backend configuration. The backend was previously configured at main.tf:16:3.
            main.tf:18:3-18:8 Both a backend and a cloud configuration are present: A module may declare either one 'cloud' block configuring a cloud backend OR one 'backend' block configuring a state backend. The other one was previously configured at main.tf:16:3.
            main.tf:21:22-21:37 Unsupported Terraform Core version: This configuration does not support the language of Terraform 1.11.4, which is what groundplan reads: it asks for ">= 1.0, < 1.5".
            main.tf:22:3-22:21 Duplicate required providers configuration: A module may have only one required providers configuration. The required providers were previously configured at main.tf:9:3.
            main.tf:24:10-24:15 Invalid provider local name: Provider names must be normalized. Replace "AWS" with "aws" to fix this error.
            main.tf:26:13-26:18 Invalid provider configuration alias: An alias must be a valid name. A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            warning main.tf:27:13-27:16 Version constraints inside provider configuration blocks are deprecated: Terraform 0.13 and earlier allowed provider version constraints inside the provider configuration block, but that is now deprecated and will be removed in a future version. To silence this warning, move the provider version constraint into the required_providers block.
            main.tf:28:3-28:8 Reserved argument name in provider block: The provider argument name "count" is reserved for use in a future version.
            main.tf:29:3-29:12 Reserved block type name in provider block: The block type name "lifecycle" is reserved for use in a future version.
            main.tf:31:3-31:4 Duplicate escaping block: The special block type "_" can be used to force particular arguments to be interpreted as provider-specific rather than as meta-arguments, but each provider block can have only one such block. The first escaping block was at main.tf:30:3.
            main.tf:34:1-34:15 Duplicate provider configuration: A default (non-aliased) provider configuration for "aws" was already given at main.tf:33:1. If multiple configurations are required, set the "alias" argument for alternative configurations.
            main.tf:36:1-36:15 Duplicate provider configuration: A provider configuration for "aws" with alias "x" was already given at main.tf:35:1. Each configuration for the same provider must have a distinct alias.
            main.tf:37:1-37:15 Duplicate provider configuration: A default (non-aliased) provider configuration for "aws" was already given at main.tf:33:1. If multiple configurations are required, set the "alias" argument for alternative configurations.
            main.tf:37:26-37:29 Variables not allowed: Variables may not be used here.
        "#]],
    );
}

#[test]
fn moves_imports_and_removals_are_checked() {
    wrong(
        r#"
moved {}
moved {
  from = a.b
  to   = module.x
}
moved {
  from = a.b.c
  to   = a.c[x]
}
moved {
  from = a
  to   = module
}
moved {
  from = a.b[0][1]
  to   = "a.c"
}
import {}
import {
  to = x
  id = ""
}
import {
  to       = a.b[each.key]
  id       = "x"
  provider = aws["x"]
}
import {
  to = data.a.b
  id = "x"
}
import {
  to = f(x)
  id = "x"
}
removed {}
removed {
  from = a.b[0]
  lifecycle { destroy = "x" }
}
removed {
  from = null_resource.zz
  lifecycle { destroy = false }
  lifecycle { destroy = false }
}
removed {
  from = null_resource.c
  provisioner "local-exec" { command = "x" }
}
removed { from = data.a.b }
removed { from = module.a[0].module.b }
"#,
        expect![[r#"
            main.tf:2:8-2:9 Missing required argument: The argument "from" is required, but no definition was found.
            main.tf:2:8-2:9 Missing required argument: The argument "to" is required, but no definition was found.
            main.tf:3:1-3:6 Invalid "moved" addresses: The "from" and "to" addresses must either both refer to resources or both refer to modules.
            main.tf:8:10-8:15 Invalid address: Resource instance key must be given in square brackets.
            main.tf:9:14-9:15 Invalid address: Resource instance key must be given in square brackets as a number or a quoted text.
            main.tf:12:10-12:11 Invalid address: Resource specification must include a resource type and name.
            main.tf:13:10-13:16 Invalid address operator: Prefix "module." must be followed by a module name.
            main.tf:16:17-16:18 Invalid address: An instance key may follow a name only once.
            warning main.tf:17:10-17:15 Quoted references are deprecated: In this context, references are expected literally rather than in quotes. Terraform 0.11 and earlier required quotes, but quoted references are now deprecated and will be removed in a future version. Remove the quotes surrounding this reference to silence this warning.
            main.tf:19:9-19:10 Missing required argument: The argument "to" is required, but no definition was found.
            main.tf:19:9-19:10 Missing required argument: The argument "id" is required, but no definition was found.
            main.tf:21:8-21:9 Invalid address: Resource specification must include a resource type and name.
            main.tf:27:14-27:22 Invalid provider configuration reference: Provider name must either stand alone or be followed by a period and then a configuration alias.
            main.tf:30:8-30:16 Invalid import address: Only managed resources can be imported.
            main.tf:34:8-34:12 Invalid import address: An import target is the address of a resource. Only the key of an instance may be an expression.
            main.tf:37:10-37:11 Missing required argument: The argument "from" is required, but no definition was found.
            main.tf:39:10-39:16 Resource instance keys not allowed: Resource address must be a resource (e.g. "test_instance.foo"), not a resource instance (e.g. "test_instance.foo[1]").
            main.tf:40:25-40:28 Unsuitable value type: Unsuitable value: a bool is required.
            main.tf:45:3-45:12 Duplicate lifecycle block: This removed block already has a lifecycle block at main.tf:44:3.
            main.tf:49:3-49:27 Invalid provisioner block: Only destroy-time provisioners are valid in "removed" blocks. To declare a destroy-time provisioner, use: /     when = destroy
            main.tf:51:18-51:26 Data source address not allowed: Data sources are never destroyed, so they are not valid targets of removed blocks. To remove the data source from state, remove the data source block from configuration.
            main.tf:52:18-52:38 Module instance keys not allowed: Module address must be a module (e.g. "module.foo"), not a module instance (e.g. "module.foo[1]").
        "#]],
    );
}

#[test]
fn checks_are_checked() {
    wrong(
        r#"
check "x y" {}
check "y" {
  data "a" "b" { count = 1 }
  data "a" "c" {}
  assert {
    condition     = true
    error_message = ""
  }
}
check "y" {}
"#,
        expect![[r#"
            main.tf:2:1-2:12 Zero assert blocks: Check blocks must have at least one assert block.
            main.tf:2:7-2:12 Invalid check block name: A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.
            main.tf:4:18-4:23 Invalid "count" attribute: The "count" and "for_each" meta-arguments are not supported within nested data blocks.
            main.tf:5:3-5:15 Multiple data resource blocks: This check block already has a data resource defined at main.tf:4:3.
            main.tf:7:21-7:25 Invalid assert expression: The condition expression must refer to at least one object from elsewhere in the configuration, or else its result would not be checking anything.
            main.tf:11:1-11:10 Zero assert blocks: Check blocks must have at least one assert block.
            main.tf:11:1-11:10 Duplicate check "y" configuration: A check block named "y" was already declared at main.tf:3:1. Check blocks must be unique within each module.
        "#]],
    );
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
