//! What expressions and bodies refer to.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::syntax::parse;

fn shown((found, wrong): (Vec<Reference>, Diagnostics)) -> String {
    let mut text = String::new();
    for it in found {
        let rest = it.rest.len();
        let (start, end) = (it.span.start.column, it.span.end.column);
        writeln!(text, "{start}-{end} {:?} +{rest}", it.subject).unwrap();
    }
    for it in wrong {
        let span = it.span.unwrap();
        writeln!(text, "{}-{} {}", span.start.column, span.end.column, it.detail).unwrap();
    }
    text
}

#[track_caller]
fn expr(text: &str, expected: Expect) {
    let expr = parse::expression(&"x".into(), text).unwrap();
    expected.assert_eq(&shown(check(&expr)));
}

#[track_caller]
fn body(text: &str, expected: Expect) {
    let (body, problems) = parse::body(&"x".into(), text);
    assert_eq!(problems, []);
    expected.assert_eq(&shown(check_body(&body, false)));
}

#[test]
fn each_kind_of_name_is_told_apart() {
    expr(
        "[var.a, local.b.c, path.module, terraform.workspace, self.id, each.key]",
        expect![[r#"
        2-7 Variable("a") +0
        9-16 Local("b") +1
        20-31 Path("module") +0
        33-52 Terraform("workspace") +0
        54-58 This +1
        63-71 Each("key") +0
    "#]],
    );
    expr(
        "[aws_vpc.a.id, data.aws_vpc.a[0].id, resource.x.y, aws_vpc.b[\"k\"], ephemeral.a.b]",
        expect![[r#"
            2-11 Resource { mode: Managed, ty: "aws_vpc", name: "a", key: None } +1
            16-32 Resource { mode: Data, ty: "aws_vpc", name: "a", key: Some(Index(0)) } +1
            38-50 Resource { mode: Managed, ty: "x", name: "y", key: None } +0
            52-66 Resource { mode: Managed, ty: "aws_vpc", name: "b", key: Some(Name("k")) } +0
            68-81 Resource { mode: Ephemeral, ty: "a", name: "b", key: None } +0
        "#]],
    );
    expr(
        "[module.a, module.a.out.x, module.a[0], module.a[\"x\"].out, count.index]",
        expect![[r#"
            2-10 Call { name: "a", key: None } +0
            12-24 Output { call: "a", key: None, name: "out" } +1
            28-39 Call { name: "a", key: Some(Index(0)) } +0
            41-58 Output { call: "a", key: Some(Name("x")), name: "out" } +0
            60-71 Count("index") +0
        "#]],
    );
}

#[test]
fn only_the_fixed_start_of_a_chain_is_the_reference() {
    expr(
        "aws_vpc.a[count.index].tags[local.key].x",
        expect![[r#"
        1-10 Resource { mode: Managed, ty: "aws_vpc", name: "a", key: None } +0
        11-22 Count("index") +0
        29-38 Local("key") +0
    "#]],
    );
    expr(
        "aws_vpc.a[*].id",
        expect![[r#"
        1-10 Resource { mode: Managed, ty: "aws_vpc", name: "a", key: None } +0
    "#]],
    );
    expr(
        "aws_vpc.a.0.id",
        expect![[r#"
        1-12 Resource { mode: Managed, ty: "aws_vpc", name: "a", key: Some(Index(0)) } +1
    "#]],
    );
    expr(
        "f(aws_vpc.a).id[var.x]",
        expect![[r#"
        3-12 Resource { mode: Managed, ty: "aws_vpc", name: "a", key: None } +0
        17-22 Variable("x") +0
    "#]],
    );
    expr(
        "(var.a).b",
        expect![[r#"
        2-7 Variable("a") +0
    "#]],
    );
}

#[test]
fn names_that_the_expression_binds_are_no_references() {
    expr(
        "[for k, v in var.m : \"${k} ${v.x} ${local.y}\" if v.z]",
        expect![[r#"
        14-19 Variable("m") +0
        37-44 Local("y") +0
    "#]],
    );
    expr(
        "{ for v in var.v : v => v.id }",
        expect![[r#"
        12-17 Variable("v") +0
    "#]],
    );
    expr(
        "\"%{ for x in var.list }${x.y}${local.z}%{ endfor }\"",
        expect![[r#"
        14-22 Variable("list") +0
        32-39 Local("z") +0
    "#]],
    );
    expr(
        "[for var in local.a : var.b]",
        expect![[r#"
        13-20 Local("a") +0
    "#]],
    );
    expr(
        "{ a = b.c, (d.e) = 1, f.g = 2 }",
        expect![[r#"
        7-10 Resource { mode: Managed, ty: "b", name: "c", key: None } +0
        13-16 Resource { mode: Managed, ty: "d", name: "e", key: None } +0
        23-26 Resource { mode: Managed, ty: "f", name: "g", key: None } +0
    "#]],
    );
}

#[test]
fn an_iterator_is_bound_within_its_dynamic_block() {
    body(
        "dynamic \"rule\" {\n  for_each = var.rules\n  labels = [rule.key]\n  content {\n    a = \
         rule.value.a\n    b = local.b\n  }\n}\nc = rule.value",
        expect![[r#"
            5-15 Resource { mode: Managed, ty: "rule", name: "value", key: None } +0
            14-23 Variable("rules") +0
            9-16 Local("b") +0
        "#]],
    );
    body(
        "dynamic \"rule\" {\n  for_each = it.x\n  iterator = it\n  content {\n    a = it.value\n  \
         }\n}",
        expect![[r#"
            14-18 Resource { mode: Managed, ty: "it", name: "x", key: None } +0
        "#]],
    );
}

#[test]
fn what_is_no_reference_says_why() {
    expr(
        "[vpc, var, var[0], data.x, module.a[0][1], module, template.x, local[\"x\"]]",
        expect![[r#"
            2-5 A reference to a resource type must be followed by at least one attribute access, specifying the resource name.
            7-10 The "var" object cannot be accessed directly. Instead, access one of its attributes.
            16-17 The "var" object does not support this operation.
            20-26 The "data" object must be followed by two attribute names: the data source type and the resource name.
            40-41 Module instance objects do not support this operation.
            44-50 The "module" object cannot be accessed directly. Instead, access one of its attributes.
            52-60 The symbol name "template" is reserved for use in a future version. If you are using a provider that already uses this as a resource type name, add the prefix "resource." to force interpretation as a resource type name.
            70-73 The "local" object does not support this operation.
        "#]],
    );
}
