//! Resources, modules, providers, settings, moves and checks.

use expect_test::expect;

use super::wrong;

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
