//! Blocks that name values: variables, locals, outputs; and the rules that values must keep.

use model::{Diagnostic, Diagnostics, Type, Value};

use super::constant::{self, check_name};
use super::content::{Form, Kind, whole};
use crate::convert::{apply_defaults, convert};
use crate::references;
use crate::stack::{Defaults, Output, Rule, Variable};
use crate::syntax::tree::{Attribute, Block, Expr, ExprKind};
use crate::type_expr::type_constraint;

pub(super) const RULE_KINDS: &[Kind] = &[("precondition", &[]), ("postcondition", &[])];
pub(super) const VALIDATION: &[Kind] = &[("validation", &[])];
pub(super) const PRECONDITION: &[Kind] = &[("precondition", &[])];

const VARIABLE: Form = Form {
    arguments: &[
        ("description", false),
        ("default", false),
        ("type", false),
        ("sensitive", false),
        ("ephemeral", false),
        ("nullable", false),
    ],
    blocks: VALIDATION,
};

const OUTPUT: Form = Form {
    arguments: &[
        ("description", false),
        ("value", true),
        ("depends_on", false),
        ("sensitive", false),
        ("ephemeral", false),
    ],
    blocks: PRECONDITION,
};

const RULE: Form = Form { arguments: &[("condition", true), ("error_message", true)], blocks: &[] };

/// Names that an argument of a `module` block has already.
const RESERVED: &[&str] = &[
    "source",
    "version",
    "providers",
    "count",
    "for_each",
    "depends_on",
    "lifecycle",
    "locals",
    "provider",
];

pub(super) fn variable(block: Block, problems: &mut Diagnostics) -> Variable {
    let mut content = whole(block.body, block.json, &VARIABLE, problems);
    let name = block.labels.into_iter().next().expect("its one label has been checked");
    check_name(&name, "variable name", problems);
    if RESERVED.contains(&&*name.name) {
        let detail = format!(
            "The variable name {:?} is reserved due to its special meaning inside module blocks.",
            name.name
        );
        problems.push(Diagnostic::error("Invalid variable name", detail).at(&name.span));
    }
    let ty = content.take("type");
    let is_typed = ty.is_some();
    let (ty, ty_defaults) = match ty {
        Some(it) => variable_type(&it.expr, block.json, problems),
        None => (Type::Any, None),
    };
    let nullable = constant::flag(content.take("nullable"), true, problems);
    let default = content.take("default");
    let default = default.and_then(|it| default_value(&it, &ty, &ty_defaults, nullable, problems));
    let description = content.take("description").and_then(|it| constant::text(&it.expr, problems));
    let sensitive = constant::flag(content.take("sensitive"), false, problems);
    let ephemeral = constant::flag(content.take("ephemeral"), false, problems);
    let validations =
        content.blocks.into_iter().filter_map(|it| validation(it, &name.name, problems));
    let validations = validations.collect();
    Variable {
        literal: !is_typed || ty.is_primitive(),
        name,
        ty,
        ty_defaults,
        default,
        description,
        sensitive,
        ephemeral,
        nullable,
        validations,
        span: block.span,
    }
}

fn variable_type(expr: &Expr, json: bool, problems: &mut Diagnostics) -> (Type, Option<Defaults>) {
    match &expr.kind {
        ExprKind::String(text) if !json => {
            problems.push(quoted_type(text).at(&expr.span));
            (Type::Any, None)
        }
        _ => match constant::expression(expr, json, problems) {
            Some(expr) => type_constraint(&expr, problems),
            None => (Type::Any, None),
        },
    }
}

fn quoted_type(text: &str) -> Diagnostic {
    let advice = match text {
        "string" => "Remove the quotes around \"string\".",
        "list" => {
            "Remove the quotes around \"list\" and write list(string) instead to explicitly \
             indicate that the list elements are strings."
        }
        "map" => {
            "Remove the quotes around \"map\" and write map(string) instead to explicitly indicate \
             that the map elements are strings."
        }
        _ => {
            return Diagnostic::error(
                "Invalid legacy variable type hint",
                "To provide a full type expression, remove the surrounding quotes and give the \
                 type expression directly.",
            );
        }
    };
    let detail = format!(
        "Terraform 0.11 and earlier required type constraints to be given in quotes, but that form \
         is now deprecated and will be removed in a future version. {advice}"
    );
    Diagnostic::error("Invalid quoted type constraints", detail)
}

fn default_value(
    given: &Attribute,
    ty: &Type,
    defaults: &Option<Defaults>,
    nullable: bool,
    problems: &mut Diagnostics,
) -> Option<Value> {
    let summary = "Invalid default value for variable";
    // What has been reported still is a default: the variable is not required.
    let Some(value) = constant::value(&given.expr, problems) else {
        return Some(Value::unknown(ty.clone()));
    };
    let value = match defaults {
        Some(defaults) if !value.is_null() => apply_defaults(&value, defaults),
        _ => value,
    };
    if value.is_null() && !nullable {
        let detail = "A null default value is not valid when nullable=false.";
        problems.push(Diagnostic::error(summary, detail).at(&given.expr.span));
    }
    match convert(&value, ty) {
        Ok(value) => Some(value),
        Err(error) => {
            let detail = format!(
                "This default value is not compatible with the variable's type constraint: {error}."
            );
            problems.push(Diagnostic::error(summary, detail).at(&given.expr.span));
            Some(Value::unknown(ty.clone()))
        }
    }
}

fn validation(block: Block, variable: &str, problems: &mut Diagnostics) -> Option<Rule> {
    let rule = rule(block, problems)?;
    let is_own = |it: &references::Reference| match &it.subject {
        references::Subject::Variable(name) => &**name == variable,
        _ => false,
    };
    if !references::references(&rule.condition).iter().any(is_own) {
        let detail = format!(
            "The condition for variable {variable:?} must refer to var.{variable} in order to test \
             incoming values."
        );
        problems.push(
            Diagnostic::error("Invalid variable validation condition", detail)
                .at(&rule.condition.span),
        );
    }
    Some(rule)
}

/// A `validation`, `precondition`, `postcondition` or `assert` block. None if it lacks a part.
pub(super) fn rule(block: Block, problems: &mut Diagnostics) -> Option<Rule> {
    let mut content = whole(block.body, block.json, &RULE, problems);
    let (condition, error_message) = (content.take("condition"), content.take("error_message"));
    let condition = condition?.expr;
    if references::traversals(&condition).is_empty() && condition.kind != ExprKind::Broken {
        let summary = format!("Invalid {} expression", block.kind.name);
        let detail = "The condition expression must refer to at least one object from elsewhere in \
                      the configuration, or else its result would not be checking anything.";
        problems.push(Diagnostic::error(summary, detail).at(&condition.span));
    }
    Some(Rule { condition, error_message: error_message?.expr, span: block.span })
}

pub(super) fn output(block: Block, problems: &mut Diagnostics) -> Option<Output> {
    let mut content = whole(block.body, block.json, &OUTPUT, problems);
    let name = block.labels.into_iter().next().expect("its one label has been checked");
    check_name(&name, "output name", problems);
    let depends_on = content.take("depends_on");
    let description = content.take("description").and_then(|it| constant::text(&it.expr, problems));
    let sensitive = constant::flag(content.take("sensitive"), false, problems);
    let ephemeral = constant::flag(content.take("ephemeral"), false, problems);
    Some(Output {
        name,
        value: content.take("value")?.expr,
        description,
        sensitive,
        ephemeral,
        depends_on: constant::traversals(depends_on, block.json, problems),
        preconditions: content.blocks.into_iter().filter_map(|it| rule(it, problems)).collect(),
        span: block.span,
    })
}

/// The entries of a `locals` block.
pub(super) fn locals(block: Block, problems: &mut Diagnostics) -> Vec<Attribute> {
    for it in &block.body.blocks {
        let summary = format!("Unexpected {:?} block", it.kind.name);
        problems.push(Diagnostic::error(summary, "Blocks are not allowed here.").at(&it.kind.span));
    }
    let mut locals = block.body.attributes;
    locals.retain(|it| !(block.json && &*it.name.name == "//"));
    for it in &locals {
        check_name(&it.name, "local value name", problems);
    }
    locals
}
