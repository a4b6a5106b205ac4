//! Values of variables from every place they may come from.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::load::load;
use crate::load::tests::{files, shown};

const DECLARED: &str = r#"
variable "text" { type = string }
variable "count_of" {
  type    = number
  default = 1
}
variable "list" {
  type    = list(string)
  default = []
}
variable "untyped" { default = "d" }
variable "any" {
  type    = any
  default = null
}
variable "secret" {
  default   = "s"
  sensitive = true
}
variable "object" {
  type     = object({ a = optional(string, "x"), b = optional(number) })
  default  = {}
  nullable = false
}
"#;

/// Flags: `name=value`, or `@file`.
#[track_caller]
fn valued(environment: &[(&str, &str)], flags: &[&str], given: &[(&str, &str)], expected: Expect) {
    let mut all = vec![("main.tf", DECLARED)];
    all.extend(given);
    let files = files(&all);
    let (stack, problems) = load(Path::new("."), &files);
    assert_eq!(shown(&problems), "");
    let flag = |it: &&str| match it.strip_prefix('@') {
        Some(file) => Flag::File(file.into()),
        None => Flag::Var((*it).to_owned()),
    };
    let pair = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
    let given = Given {
        environment: environment.iter().map(pair).collect(),
        flags: flags.iter().map(flag).collect(),
    };
    let mut sources = BTreeMap::new();
    let (values, problems) = variables(&stack.root, Path::new("."), &given, &files, &mut sources);
    let mut text = String::new();
    for (name, value) in values {
        let mark = if value.marks.sensitive { " (sensitive)" } else { "" };
        let known =
            if value.is_known() { model::to_json(&value).to_string() } else { "?".to_owned() };
        writeln!(text, "{name} = {known}{mark}").unwrap();
    }
    expected.assert_eq(&(text + &shown(&problems)));
}

#[test]
fn defaults_stand_where_nothing_is_given() {
    valued(
        &[],
        &["text=x"],
        &[],
        expect![[r#"
        any = null
        count_of = 1
        list = []
        object = {"a":"x","b":null}
        secret = "s" (sensitive)
        text = "x"
        untyped = "d"
    "#]],
    );
}

#[test]
fn a_required_variable_needs_a_value() {
    valued(
        &[],
        &[],
        &[],
        expect![[r#"
        any = null
        count_of = 1
        list = []
        object = {"a":"x","b":null}
        secret = "s" (sensitive)
        text = ?
        untyped = "d"
        main.tf:2:1-2:16 No value for required variable: The root module input variable "text" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.
    "#]],
    );
}

#[test]
fn later_places_win() {
    let env =
        [("TF_VAR_text", "env"), ("TF_VAR_untyped", "env"), ("TF_VAR_nobody", "x"), ("HOME", "x")];
    let tfvars = "untyped = \"tfvars\"\ncount_of = 2";
    let json = r#"{"count_of": 3, "list": ["json ${x}"]}"#;
    let given = [
        ("terraform.tfvars", tfvars),
        ("terraform.tfvars.json", json),
        ("a.auto.tfvars", "list = [\"a\"]\nany = 1"),
        ("b.auto.tfvars.json", "{\"any\": {\"b\": [true, null]}}"),
        ("one.tfvars", "text = \"file\"\nsecret = \"file\""),
    ];
    valued(
        &env,
        &[],
        &given[..2],
        expect![[r#"
        any = null
        count_of = 3
        list = ["json ${x}"]
        object = {"a":"x","b":null}
        secret = "s" (sensitive)
        text = "env"
        untyped = "tfvars"
    "#]],
    );
    valued(
        &env,
        &[],
        &given,
        expect![[r#"
        any = {"b":[true,null]}
        count_of = 3
        list = ["a"]
        object = {"a":"x","b":null}
        secret = "s" (sensitive)
        text = "env"
        untyped = "tfvars"
    "#]],
    );
    valued(
        &env,
        &["text=flag", "@one.tfvars"],
        &given,
        expect![[r#"
        any = {"b":[true,null]}
        count_of = 3
        list = ["a"]
        object = {"a":"x","b":null}
        secret = "file" (sensitive)
        text = "file"
        untyped = "tfvars"
    "#]],
    );
    valued(
        &env,
        &["@one.tfvars", "text=flag"],
        &given,
        expect![[r#"
        any = {"b":[true,null]}
        count_of = 3
        list = ["a"]
        object = {"a":"x","b":null}
        secret = "file" (sensitive)
        text = "flag"
        untyped = "tfvars"
    "#]],
    );
}

#[test]
fn texts_are_read_as_the_type_says() {
    valued(
        &[("TF_VAR_object", "{ a = 1 }")],
        &["text=[1, 2]", "list=[1, \"b\"]", "any=[1, {a = null}]", "untyped=[1", "count_of=5"],
        &[],
        expect![[r#"
            any = [1,{"a":null}]
            count_of = 5
            list = ["1","b"]
            object = {"a":"1","b":null}
            secret = "s" (sensitive)
            text = "[1, 2]"
            untyped = "[1"
        "#]],
    );
}

#[test]
fn null_is_the_default_where_null_is_not_allowed() {
    valued(
        &[],
        &["text=x", "object=null"],
        &[],
        expect![[r#"
        any = null
        count_of = 1
        list = []
        object = {"a":"x","b":null}
        secret = "s" (sensitive)
        text = "x"
        untyped = "d"
    "#]],
    );
}

#[test]
fn values_must_fit() {
    valued(
        &[("TF_VAR_count_of", "x")],
        &["text=x", "list={", "any=var.x", "object={ a = [] }"],
        &[("terraform.tfvars", "untyped = f(1)\nlist = \"x\"\nsecret = [")],
        expect![[r#"
            any = ?
            count_of = ?
            list = ?
            object = ?
            secret = ? (sensitive)
            text = "x"
            untyped = "d"
            terraform.tfvars:3:10-3:11 Unterminated tuple constructor expression: There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.
            terraform.tfvars:1:11-1:12 Function calls not allowed: Functions may not be called here.
            <value for var.any>:1:1-1:4 Variables not allowed: Variables may not be used here.
            main.tf:3:1-3:20 Invalid value for input variable: Unsuitable value for var.count_of set using the TF_VAR_count_of environment variable: a number is required.
            <value for var.list>:1:1-1:2 Unterminated object constructor expression: There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
            main.tf:20:1-20:18 Invalid value for input variable: Unsuitable value for var.object set using -var="object=...": attribute "a": string required.
        "#]],
    );
    valued(
        &[],
        &["text=x"],
        &[
            ("x.auto.tfvars", "list = {}\ncount_of = true"),
            ("x.auto.tfvars.json", "{\"object\": 1}"),
        ],
        expect![[r#"
            any = null
            count_of = ?
            list = ?
            object = ?
            secret = "s" (sensitive)
            text = "x"
            untyped = "d"
            x.auto.tfvars:2:12-2:16 Invalid value for input variable: The given value is not suitable for var.count_of declared at main.tf:3:1: number required.
            x.auto.tfvars:1:8-1:10 Invalid value for input variable: The given value is not suitable for var.list declared at main.tf:7:1: list of string required.
            main.tf:20:1-20:18 Invalid value for input variable: The value that x.auto.tfvars.json gives is not suitable for var.object declared at main.tf:20:1: object required.
        "#]],
    );
}

#[test]
fn what_no_variable_takes_is_reported() {
    valued(
        &[("TF_VAR_other", "x")],
        &["text=x", "lst=1", "nonsense", "text =y", "@none.tfvars"],
        &[("terraform.tfvars", "a1 = 1\na2 = 2\na3 = 3\na4 = 4\nvariable \"q\" {}\nfoo {}")],
        expect![[r#"
            any = null
            count_of = 1
            list = []
            object = {"a":"x","b":null}
            secret = "s" (sensitive)
            text = "x"
            untyped = "d"
            terraform.tfvars:5:1-5:13 Variable declaration in .tfvars file: A .tfvars file is used to assign values to variables that have already been declared in .tf files, not to declare new variables. To declare variable "q", place this block in one of your .tf files, such as variables.tf. /  / To set a value for this variable in terraform.tfvars, use the definition syntax instead: /     q = <value>
            terraform.tfvars:6:1-6:4 Unexpected "foo" block: Blocks are not allowed here.
            Invalid -var option: The given -var option "nonsense" is not correctly specified. Must be a variable name and value separated by an equals sign, like -var="key=value".
            Invalid -var option: Variable name "text " is invalid due to trailing space. Did you mean -var="text=y"?
            Failed to read variables file: Given variables file none.tfvars does not exist.
            warning terraform.tfvars:1:6-1:7 Value for undeclared variable: The root module does not declare a variable named "a1" but a value was found in file "terraform.tfvars". If you meant to use this value, add a "variable" block to the configuration. /  / To silence these warnings, use TF_VAR_... environment variables to provide certain "global" settings to all configurations in your organization.
            warning terraform.tfvars:2:6-2:7 Value for undeclared variable: The root module does not declare a variable named "a2" but a value was found in file "terraform.tfvars". If you meant to use this value, add a "variable" block to the configuration. /  / To silence these warnings, use TF_VAR_... environment variables to provide certain "global" settings to all configurations in your organization.
            Value for undeclared variable: A variable named "lst" was assigned on the command line, but the root module does not declare a variable of that name. To use this value, add a "variable" block to the configuration. [did you mean "list"?]
            warning Values for undeclared variables: In addition to the other similar warnings shown, 2 other variable(s) defined without being declared.
        "#]],
    );
    valued(
        &[],
        &["text=x", "@x.json"],
        &[("x.json", "[1]"), ("y.auto.tfvars.json", "{")],
        expect![[r#"
            any = null
            count_of = 1
            list = []
            object = {"a":"x","b":null}
            secret = "s" (sensitive)
            text = "x"
            untyped = "d"
            Invalid JSON variables file: The file y.auto.tfvars.json is not JSON: EOF while parsing an object at line 1 column 1.
            Invalid JSON variables file: The root of a JSON-based variables file must be an object. The one of x.json is not.
        "#]],
    );
}
