use std::path::Path;

use expect_test::{Expect, expect};
use model::{Marks, Severity};

use super::*;
use crate::syntax::tree::{Ident, Step};
use crate::syntax::{json, parse};

const fn attribute(name: &'static str, shape: Shape, given: Given) -> Attribute {
    Attribute { name, shape, given, ..Attribute::TAGS_ALL }
}

const RULE: &[Attribute] = &[
    attribute("port", Shape::Number, Given::Required),
    attribute("cidrs", Shape::List(&Shape::String), Given::Optional),
    Attribute {
        max_items: 1,
        ..attribute("inner", Shape::List(&Shape::Object(INNER)), Given::Optional)
    },
];

const INNER: &[Attribute] = &[attribute("x", Shape::String, Given::Optional)];

const SCHEMA: Schema = Schema {
    name: "test_thing",
    doc: "",
    version: 0,
    timeouts: &["create", "delete"],
    attributes: &[
        attribute("name", Shape::String, Given::Required),
        attribute("count_of", Shape::Number, Given::Auto),
        attribute("tags", Shape::Map(&Shape::String), Given::Optional),
        attribute("arn", Shape::String, Given::Output),
        Attribute {
            max_items: 2,
            ..attribute("rule", Shape::Set(&Shape::Object(RULE)), Given::Optional)
        },
        Attribute {
            assignable: true,
            ..attribute("ingress", Shape::List(&Shape::Object(RULE)), Given::Auto)
        },
    ],
};

/// `var.unknown`, `var.secret`, `var.list`.
struct Names;

impl Scope for Names {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let value = match steps.first() {
            Some(Step::Attr(it)) => match &*it.name {
                "unknown" => Value::unknown(Type::Any),
                "secret" => Value::tuple(vec![1.into()]).sensitive(),
                "list" => Value::list(Type::String, vec!["1".into(), "2".into()]),
                _ => return Err(vec![Diagnostic::error("Unknown name", "").at(&root.span)]),
            },
            _ => return Err(vec![Diagnostic::error("Invalid reference", "").at(&root.span)]),
        };
        Ok((value, 1))
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

fn problems(found: &Diagnostics) -> String {
    let mut text = String::new();
    for it in found {
        assert_eq!(it.severity, Severity::Error);
        let span = it.span.as_ref().map(|it| format!("{it}")).unwrap_or_default();
        text += &format!("{span}: {}: {}\n", it.summary, it.detail);
        it.hint.iter().for_each(|it| text += &format!("  {it}\n"));
        it.values.iter().for_each(|(name, it)| text += &format!("  {name} is {it}\n"));
    }
    text
}

fn decoded(body: &Body, is_json: bool) -> String {
    match decode(body, is_json, &SCHEMA, &Names) {
        Ok(value) => {
            assert_eq!(check(body, is_json, &SCHEMA), vec![]);
            let given = value.entries().unwrap().iter();
            let given =
                given.filter(|(_, it)| !it.is_null() && it.items().is_none_or(|it| !it.is_empty()));
            let pairs = given.map(|(name, it)| (name.clone(), it.clone()));
            crate::render::value(&Value::object_of(pairs))
        }
        Err(found) => problems(&found),
    }
}

#[track_caller]
fn check_native(text: &str, expected: Expect) {
    let (body, found) = parse::body(&"f".into(), text);
    assert_eq!(found, vec![]);
    expected.assert_eq(&decoded(&body, false));
}

#[track_caller]
fn check_json(text: &str, expected: Expect) {
    let (body, found) = json::body(&"f".into(), text);
    assert_eq!(found, vec![]);
    expected.assert_eq(&decoded(&body, true));
}

#[test]
fn arguments_are_converted_to_the_types_of_the_schema() {
    check_native(
        "name = 5\ncount_of = \"3\"\ntags = { a = 1 }",
        expect![[r#"
        {
          "count_of" = 3
          "name" = "5"
          "tags" = tomap({
            "a" = "1"
          })
        }"#]],
    );
    check_native(
        "name = [\"a\"]\ncount_of = var.list\ntags = { a = null.b }",
        expect![[r#"
        f:1:8: Incorrect attribute value type: Inappropriate value for attribute "name": string required.
        f:2:12: Incorrect attribute value type: Inappropriate value for attribute "count_of": number required.
          var.list is list of string with 2 elements
        f:3:19: Attempt to get attribute from null value: This value is null, so it does not have any attributes.
    "#]],
    );
    check_native(
        "name = null",
        expect![[r#"
        f:1:8: Missing required argument: The argument "name" is required, but no definition was found.
    "#]],
    );
    check_native(
        "name = var.unknown",
        expect![[r#"
        {
          "name" = (known after apply)
        }"#]],
    );
}

#[test]
fn what_the_schema_does_not_know_is_reported_with_a_suggestion() {
    check_native(
        "nam = 1\narn = 2\nrule = []\nrul {}\ntags {}\narn {}\nentirely {}",
        expect![[r#"
        f:1:1: Unsupported argument: An argument named "nam" is not expected here.
          did you mean "name"?
        f:2:1: Value for unconfigurable attribute: Can't configure a value for "arn": its value will be decided automatically based on the result of applying this configuration.
        f:3:1: Unsupported argument: An argument named "rule" is not expected here.
          did you mean to define a block of type "rule"?
        f:4:1: Unsupported block type: Blocks of type "rul" are not expected here.
          did you mean "rule"?
        f:5:1: Unsupported block type: Blocks of type "tags" are not expected here.
          did you mean to define argument "tags"? If so, use the equals sign to assign it a value
        f:6:1: Value for unconfigurable attribute: Can't configure a value for "arn": its value will be decided automatically based on the result of applying this configuration.
        f:7:1: Unsupported block type: Blocks of type "entirely" are not expected here.
        f:7:12: Missing required argument: The argument "name" is required, but no definition was found.
    "#]],
    );
}

#[test]
fn blocks_make_lists_and_sets() {
    check_native(
        "name = 1\nrule {\n  port = 2\n}\nrule {\n  port = 1\n  inner {\n    x = 1\n  }\n}",
        expect![[r#"
            {
              "name" = "1"
              "rule" = toset([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([
                    {
                      "x" = "1"
                    },
                  ])
                  "port" = 1
                },
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 2
                },
              ])
            }"#]],
    );
    check_native(
        "name = 1\nrule {}\nrule {\n port = 1\n}\nrule {\n port = 2\n por = 1\n inner {}\n inner {}\n}",
        expect![[r#"
            f:2:7: Missing required argument: The argument "port" is required, but no definition was found.
            f:8:2: Unsupported argument: An argument named "por" is not expected here.
              did you mean "port"?
            f:10:2: Too many inner blocks: No more than 1 "inner" blocks are allowed.
            f:6:1: Too many rule blocks: No more than 2 "rule" blocks are allowed.
        "#]],
    );
}

#[test]
fn blocks_may_be_assigned_where_the_schema_says_so() {
    check_native(
        "name = 1\ningress = [{ port = \"1\" }]",
        expect![[r#"
        {
          "ingress" = tolist([
            {
              "cidrs" = tolist(null) /* of string */
              "inner" = tolist(null) /* of object */
              "port" = 1
            },
          ])
          "name" = "1"
        }"#]],
    );
    check_native(
        "name = 1\ningress = []",
        expect![[r#"
        {
          "name" = "1"
        }"#]],
    );
    check_native(
        "name = 1\ningress = [{ port = \"x\" }]",
        expect![[r#"
        f:2:11: Incorrect attribute value type: Inappropriate value for attribute "ingress": [0].port: a number is required.
    "#]],
    );
    check_native(
        "name = 1\ningress = var.unknown",
        expect![[r#"
        {
          "ingress" = (known after apply)
          "name" = "1"
        }"#]],
    );
}

#[test]
fn dynamic_blocks_are_expanded() {
    check_native(
        r#"
        name = 1
        dynamic "rule" {
          for_each = var.list
          content {
            port = rule.value
            dynamic "inner" {
              for_each = { a = 1 }
              iterator = it
              content { x = "${rule.key}${it.key}${it.value}" }
            }
          }
        }
        dynamic "ingress" {
          for_each = toset(["5"])
          content { port = ingress.key }
        }
        ingress { port = 6 }
        "#,
        expect![[r#"
            {
              "ingress" = tolist([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 5
                },
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 6
                },
              ])
              "name" = "1"
              "rule" = toset([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([
                    {
                      "x" = "0a1"
                    },
                  ])
                  "port" = 1
                },
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([
                    {
                      "x" = "1a1"
                    },
                  ])
                  "port" = 2
                },
              ])
            }"#]],
    );
    check_native(
        r#"
        name = 1
        dynamic "rule" {
          for_each = var.unknown
          content { port = rule.value }
        }
        dynamic "ingress" {
          for_each = var.secret
          content { port = ingress.value }
        }
        "#,
        expect![[r#"
            {
              "ingress" = (sensitive value)
              "name" = "1"
              "rule" = (known after apply)
            }"#]],
    );
}

#[test]
fn what_is_wrong_in_a_dynamic_block_is_reported() {
    check_native(
        r#"
        name = 1
        dynamic "rule" {
          for_each = null
          content { port = 1 }
        }
        dynamic "rule" {
          for_each = 5
          iterator = "x"
          content { prt = 1 }
        }
        dynamic "rule" {
          each = 5
        }
        dynamic "rul" {
          for_each = []
          content {}
        }
        dynamic "ingress" {
          for_each = var.list
          content { port = ingress.valu }
          content {}
        }
        "#,
        expect![[r#"
            f:15:17: Unsupported block type: Blocks of type "rul" are not expected here.
              did you mean "rule"?
            f:4:22: Invalid dynamic for_each value: Cannot use a null value in for_each.
            f:9:22: Invalid dynamic iterator name: Dynamic iterator must be a single variable name.
            f:8:22: Invalid dynamic for_each value: Cannot use a number value in for_each. An iterable collection is required.
            f:10:21: Unsupported argument: An argument named "prt" is not expected here.
              did you mean "port"?
            f:10:29: Missing required argument: The argument "port" is required, but no definition was found.
            f:13:11: Unsupported argument: An argument named "each" is not expected here.
            f:12:9: Missing dynamic content block: A dynamic block must have a nested block of type "content" to describe the body of each generated block.
            f:12:9: Missing required argument: The argument "for_each" is required, but no definition was found.
            f:22:11: Extraneous dynamic content block: Only one nested content block is allowed for each dynamic block.
            f:21:36: Unsupported attribute: This object does not have an attribute named "valu".
              did you mean "value"?
        "#]],
    );
}

#[test]
fn the_json_form_has_blocks_as_properties() {
    check_json(
        r#"{
          "name": "${1 + 1}", "//": "a comment",
          "rule": [{"port": 1}, {"port": 2, "inner": {"x": "y"}}],
          "ingress": [{"port": 3, "cidrs": ["a"]}],
          "timeouts": {"create": "5m"}
        }"#,
        expect![[r#"
            {
              "ingress" = tolist([
                {
                  "cidrs" = tolist([
                    "a",
                  ])
                  "inner" = tolist([])
                  "port" = 3
                },
              ])
              "name" = "2"
              "rule" = toset([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([
                    {
                      "x" = "y"
                    },
                  ])
                  "port" = 2
                },
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 1
                },
              ])
            }"#]],
    );
    check_json(
        r#"{
          "name": "a",
          "dynamic": {"rule": {
            "for_each": "${var.list}", "iterator": "it", "content": {"port": "${it.value}"}
          }},
          "ingress": "${[{port = 1}]}"
        }"#,
        expect![[r#"
            {
              "ingress" = tolist([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist(null) /* of object */
                  "port" = 1
                },
              ])
              "name" = "a"
              "rule" = toset([
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 1
                },
                {
                  "cidrs" = tolist(null) /* of string */
                  "inner" = tolist([])
                  "port" = 2
                },
              ])
            }"#]],
    );
    check_json(
        r#"{"name": "a", "name": "b", "rul": {}, "rule": 5, "timeouts": {"update": "5m"}}"#,
        expect![[r#"
            f:1:15: Attribute redefined: The argument "name" was already set at f:1:2.
            f:1:28: Unsupported argument: An argument named "rul" is not expected here.
              did you mean "rule"?
            f:1:47: Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more "rule" blocks.
            f:1:63: Unsupported argument: An argument named "update" is not expected here.
        "#]],
    );
}

#[test]
fn timeouts_are_durations() {
    let text = "name = 1\ntimeouts {\n  create = \"1h10m\"\n  delete = null\n}";
    let (body, _) = parse::body(&"f".into(), text);
    let found = timeouts(&body, &SCHEMA, &Names).unwrap();
    assert_eq!(found, [("create".to_owned(), std::time::Duration::from_secs(4200))].into());
    check_native(
        "name = 1\ntimeouts {\n  update = 1\n  creat = 2\n}",
        expect![[r#"
        f:3:3: Unsupported argument: An argument named "update" is not expected here.
        f:4:3: Unsupported argument: An argument named "creat" is not expected here.
          did you mean "create"?
    "#]],
    );
    let (body, _) = parse::body(&"f".into(), "timeouts {\n  create = \"5\"\n  delete = []\n}");
    let found = timeouts(&body, &SCHEMA, &Names).unwrap_err();
    expect![[r#"
        f:2:12: Invalid timeout: The value of "create" is no duration: "5".
          write numbers with units, such as "30m" or "1h10m"
        f:3:12: Incorrect attribute value type: Inappropriate value for attribute "delete": string required.
    "#]].assert_eq(&problems(&found));
}

#[test]
fn without_a_scope_only_the_form_is_checked() {
    let text = "name = null.x\nrule {\n}\nx = 1\ndynamic \"rule\" {\n  for_each = nope\n}";
    let (body, _) = parse::body(&"f".into(), text);
    expect![[r#"
        f:4:1: Unsupported argument: An argument named "x" is not expected here.
        f:3:1: Missing required argument: The argument "port" is required, but no definition was found.
        f:5:1: Missing dynamic content block: A dynamic block must have a nested block of type "content" to describe the body of each generated block.
    "#]].assert_eq(&problems(&check(&body, false, &SCHEMA)));
}

#[test]
fn marks_reach_the_blocks_that_a_sensitive_collection_makes() {
    let text =
        "name = 1\ndynamic \"rule\" {\n  for_each = var.secret\n  content {\n    port = 1\n  }\n}";
    let (body, _) = parse::body(&"f".into(), text);
    let value = decode(&body, false, &SCHEMA, &Names).unwrap();
    assert_eq!(value.get("rule").unwrap().marks, Marks::SENSITIVE);
    assert_eq!(value.ty(), SCHEMA.ty());
}
