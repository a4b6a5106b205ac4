//! Files as a whole, variables, locals and outputs.

use expect_test::expect;

use super::{loaded, wrong};

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
