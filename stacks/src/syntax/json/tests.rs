use std::fmt::Write;
use std::sync::Arc;

use expect_test::{Expect, expect};

use super::{as_blocks, body};

fn problems(shown: &mut String, list: &model::Diagnostics) {
    for it in list {
        let span = it.span.as_ref().expect("every problem has a span");
        let (start, end) = (span.start, span.end);
        let place = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
        writeln!(shown, "{place} {}: {}", it.summary, it.detail).unwrap();
    }
}

#[track_caller]
fn check(text: &str, want: Expect) {
    let (body, list) = body(&Arc::from("t.tf.json"), text);
    let mut shown = body.to_string();
    problems(&mut shown, &list);
    want.assert_eq(shown.trim_end());
}

#[track_caller]
fn check_blocks(text: &str, n_labels: usize, want: Expect) {
    let (body, list) = body(&Arc::from("t.tf.json"), text);
    assert_eq!(list, []);
    let mut shown = String::new();
    for it in &body.attributes {
        match as_blocks(it, n_labels) {
            Ok(blocks) => blocks.iter().for_each(|it| writeln!(shown, "{it}").unwrap()),
            Err(list) => problems(&mut shown, &list),
        }
    }
    want.assert_eq(shown.trim_end());
}

#[test]
fn values() {
    check(
        r#"{"a": 1, "b": -1.5e2, "c": true, "d": null, "e": "x", "f": [1, "y"], "g": {"h": {}}}"#,
        expect![[r#"
            a = 1
            b = -150
            c = true
            d = null
            e = "x"
            f = [1 "y"]
            g = {h={}}"#]],
    );
    check(
        "[{\"a\": 1}, {\"b\": 2}]",
        expect![[r#"
        a = 1
        b = 2"#]],
    );
    check(r#"{"//": "comment", "a": {"//": "kept"}}"#, expect![[r#"a = {//="kept"}"#]]);
    check("\u{feff}{\r\n\t\"a\": 1\r\n}\r\n", expect!["a = 1"]);
    check(
        r#"{"a": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}"#,
        expect![[r#"a = "\"\\/\u{8}\u{c}\n\r\té😀""#]],
    );
    check(
        r#"{"a": 1, "a": 2}"#,
        expect![[r#"
        a = 1
        a = 2"#]],
    );
    check("{}", expect![[""]]);
}

#[test]
fn texts_are_templates() {
    check(
        r#"{"a": "${x}", "b": "a ${x.y} b", "c": "$${x}", "d": "%{if x}1%{endif}", "e": "a\n${\"b\"}"}"#,
        expect![[r#"
            a = (wrap x)
            b = (template "a " x.y " b")
            c = "${x}"
            d = (template (if x ["1"] []))
            e = (template "a\n" "b")"#]],
    );
    check(
        r#"{"a": {"${k}": 1, "k${v}": 2, "plain key": 3}}"#,
        expect![[r#"a = {(wrap k)=1 (template "k" v)=2 plain key=3}"#]],
    );
    check(r#"{"a": "${x ~} "}"#, expect![[r#"a = (template x "")"#]]);
    check(
        r#"{"a": "${x", "b": ["${}", "%{ if a }"]}"#,
        expect![[r#"
        a = <broken>
        b = [<broken> <broken>]
        1:8-1:10 Unclosed template interpolation sequence: There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.
        1:23-1:24 Invalid expression: Expected the start of an expression, but found an invalid expression token.
        1:28-1:37 Unexpected end of template: This if directive is missing its corresponding endif directive."#]],
    );
    check(
        r#"{"variable": {"x": {"default": "${y}", "description": "%{", "validation": {"condition": "${var.x}"}}}}"#,
        expect![[
            r#"variable = {x={default="${y}" description="%{" validation={condition=(wrap var.x)}}}"#
        ]],
    );
    check(
        r#"{"variable": [{"x": [{"default": {"a": ["${y}"]}}]}]}"#,
        expect![[r#"variable = [{x=[{default={a=["${y}"]}}]}]"#]],
    );
    check(r#"{"output": {"x": {"default": "${y}"}}}"#, expect!["output = {x={default=(wrap y)}}"]);
}

#[test]
fn blocks() {
    check_blocks(
        r#"{"locals": {"a": 1, "//": "c"}}"#,
        0,
        expect![[r#"
        locals {
          a = 1
        }"#]],
    );
    check_blocks(
        r#"{"locals": [{"a": 1}, {"b": 2}]}"#,
        0,
        expect![[r#"
        locals {
          a = 1
        }
        locals {
          b = 2
        }"#]],
    );
    check_blocks(r#"{"locals": null}"#, 0, expect![[""]]);
    check_blocks(
        r#"{"locals": 3}"#,
        0,
        expect![[
            r#"1:12-1:13 Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more "locals" blocks."#
        ]],
    );
    check_blocks(
        r#"{"locals": ["x", {"a": 1}]}"#,
        0,
        expect![
            "1:13-1:16 Incorrect JSON value type: A JSON object is required here, to define arguments and child blocks."
        ],
    );
    check_blocks(
        r#"{"locals": [[{"a": 1}, {"b": 2}]]}"#,
        0,
        expect![[r#"
        locals {
          a = 1
          b = 2
        }"#]],
    );
    check_blocks(
        r#"{"variable": {"a": {}, "b": {"type": "string"}}}"#,
        1,
        expect![[r#"
        variable "a" {
        }
        variable "b" {
          type = "string"
        }"#]],
    );
    check_blocks(
        r#"{"resource": {"t": {"a": {"x": 1}, "b": [{"x": 2}, {"x": 3}]}}}"#,
        2,
        expect![[r#"
            resource "t" "a" {
              x = 1
            }
            resource "t" "b" {
              x = 2
            }
            resource "t" "b" {
              x = 3
            }"#]],
    );
    check_blocks(
        r#"{"resource": [{"t": {"a": {"x": 1}}}, {"t": [{"b": {}}]}]}"#,
        2,
        expect![[r#"
        resource "t" "a" {
          x = 1
        }
        resource "t" "b" {
        }"#]],
    );
    check_blocks(
        r#"{"resource": {"t": {}}}"#,
        2,
        expect![[
            r#"1:20-1:22 Missing block label: At least one object property is required, whose name represents the "resource" block's name."#
        ]],
    );
    check_blocks(
        r#"{"resource": {"t": {"a": "x"}}}"#,
        2,
        expect![[
            r#"1:26-1:29 Incorrect JSON value type: Either a JSON object or a JSON array is required, representing the contents of one or more "resource" blocks."#
        ]],
    );
    check_blocks(
        r#"{"resource": "x"}"#,
        2,
        expect![[
            r#"1:14-1:17 Incorrect JSON value type: A JSON object is required, whose keys represent the "resource" block's type."#
        ]],
    );
    check_blocks(
        r#"{"output": {"${a}": {}}}"#,
        1,
        expect![
            "1:13-1:19 Invalid object property name: Names of arguments and blocks and block labels may not be computed."
        ],
    );
}

#[test]
fn errors() {
    check("", expect!["1:1-1:1 Missing value: The JSON data ends prematurely."]);
    check(
        "3",
        expect![
            "1:1-1:2 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects."
        ],
    );
    check(
        "[1]",
        expect![
            "1:1-1:4 Root value must be object: The root value in a JSON-based configuration must be either a JSON object or a JSON array of objects."
        ],
    );
    check(
        "{\"a\"",
        expect![
            "1:5-1:5 Missing property value colon: A colon must appear between an object property's name and its value."
        ],
    );
    check(
        "{\"a\": 1",
        expect!["1:1-1:2 Unclosed object: No closing brace was found for this JSON object."],
    );
    check(
        "{\"a\": [1,",
        expect!["1:7-1:8 Unclosed array: No closing bracket was found for this JSON array."],
    );
    check(
        "{\"a\": [1, 2}",
        expect![
            "1:12-1:13 Mismatched brackets: A JSON array must be closed with a bracket, not a brace."
        ],
    );
    check(
        "{\"a\": {]",
        expect![
            "1:8-1:9 Invalid object property name: A JSON object property name must be a string in double quotes."
        ],
    );
    check(
        "{a: 1}",
        expect![
            "1:2-1:3 Invalid object property name: A JSON object property name must be a string in double quotes."
        ],
    );
    check(
        "{'a': 1}",
        expect![
            "1:2-1:3 Invalid object property name: A JSON object property name must be a string in double quotes."
        ],
    );
    check(
        "{\"a\" = 1}",
        expect![
            "1:6-1:7 Missing property value colon: JSON uses a colon as its name/value delimiter, not an equals sign."
        ],
    );
    check("{\"a\": }", expect!["1:7-1:8 Missing JSON value: A value is missing here."]);
    check(
        "{\"a\": 1,}",
        expect![[r#"
        a = 1
        1:8-1:9 Trailing comma in object: JSON does not permit a trailing comma after the final property in an object."#]],
    );
    check(
        "{\"a\": [1,], \"b\": 2 \"c\": 3}",
        expect![[r#"
        a = [1]
        b = 2
        c = 3
        1:9-1:10 Trailing comma in array: JSON does not permit a trailing comma after the final value in an array.
        1:20-1:21 Missing attribute separator comma: A comma must appear between each property definition in an object."#]],
    );
    check(
        "{\"a\": 01, \"b\": +1, \"c\": tru, \"d\": 1.e5, \"e\": .5, \"f\": 1e}",
        expect![[r#"
        a = <broken>
        b = <broken>
        c = <broken>
        d = <broken>
        e = <broken>
        f = <broken>
        1:7-1:9 Invalid JSON number: There is a syntax error in the given JSON number.
        1:16-1:18 Invalid JSON number: There is a syntax error in the given JSON number.
        1:25-1:28 Invalid JSON keyword: "tru" is not a valid JSON keyword.
        1:35-1:39 Invalid JSON number: There is a syntax error in the given JSON number.
        1:46-1:48 Invalid JSON number: There is a syntax error in the given JSON number.
        1:55-1:57 Invalid JSON number: There is a syntax error in the given JSON number."#]],
    );
    check(
        "{\"a\": \"x\\q\", \"b\": \"\\ud800\", \"c\": \"\t\"}",
        expect![[r#"
        a = <broken>
        b = <broken>
        c = <broken>
        1:7-1:12 Invalid JSON string: There is a syntax error in the given JSON string.
        1:19-1:27 Invalid JSON string: There is a syntax error in the given JSON string.
        1:34-1:37 Invalid JSON string: There is a syntax error in the given JSON string."#]],
    );
    check(
        "{\"a\": \"x\ny\"}",
        expect![
            "1:7-1:9 Invalid JSON string: There is no closing quote mark for this string on its line."
        ],
    );
    check(
        "{\"a\": 1} x",
        expect![[r#"
        a = 1
        1:10-1:11 Extraneous data after value: Extra characters appear after the JSON value."#]],
    );
    check(
        "{\"a\": é}",
        expect![
            "1:7-1:8 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword."
        ],
    );
    check(
        "// x\n{}",
        expect![
            "1:1-1:2 Invalid start of value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword."
        ],
    );
    check(
        "{\n  \"日本\": \"é\" 1\n}",
        expect![
            "2:13-2:14 Missing attribute separator comma: A comma must appear between each property definition in an object."
        ],
    );
}

#[test]
fn nesting_is_bounded() {
    let text = format!("{{\"a\":{}1{}}}", "[".repeat(900), "]".repeat(900));
    assert_eq!(body(&Arc::from("t"), &text).1, []);
    for open in ["[", "{\"a\":"] {
        let text = format!("{{\"a\":{}", open.repeat(100_000));
        let list = body(&Arc::from("t"), &text).1;
        assert_eq!(list[0].summary, "Too deeply nested");
    }
}
