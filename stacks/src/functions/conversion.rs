//! Conversions to a type, and functions about marks and types.

use std::sync::Arc;

use model::{Kind, Marks, Type, Value};

use super::args::quote;
use super::{Failure, Function, KeepMarks, Param, Returns, Takes};
use crate::convert::{convert, friendly_constraint};

const VALUE: Param = Param {
    null: true,
    unknown: true,
    dynamic: true,
    marks: KeepMarks::All,
    ..Param::any("value")
};
const V: Param = Param { name: "v", ..VALUE };
const SAME: Returns = Returns::Known(Takes::Any);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "ephemeralasnull",
        "A value with null in place of everything ephemeral.",
        &[VALUE],
        SAME,
        |args, _| Ok(without_ephemeral(&args[0])),
    ),
    Function::new(
        "issensitive",
        "Whether a value is sensitive.",
        &[VALUE],
        Returns::Known(Takes::Bool),
        |args, _| {
            Ok(match (args[0].marks.sensitive, args[0].is_known()) {
                (true, _) => true.into(),
                (false, true) => false.into(),
                (false, false) => Value::unknown(Type::Bool),
            })
        },
    ),
    Function {
        rest: Some(Param { name: "vals", ..VALUE }),
        ..Function::new("list", "No more: use tolist([ ... ]).", &[], SAME, |_, _| {
            Err(Failure::new(
                "the \"list\" function was deprecated in Terraform v0.12 and is no longer \
                 available; use tolist([ ... ]) syntax to write a literal list",
            ))
        })
    },
    Function {
        rest: Some(Param { name: "vals", ..VALUE }),
        ..Function::new("map", "No more: use tomap({ ... }).", &[], SAME, |_, _| {
            Err(Failure::new(
                "the \"map\" function was deprecated in Terraform v0.12 and is no longer \
                 available; use tomap({ ... }) syntax to write a literal map",
            ))
        })
    },
    Function::new(
        "nonsensitive",
        "A value without its mark as sensitive.",
        &[VALUE],
        SAME,
        |args, _| {
            let marks = Marks { sensitive: false, ..args[0].marks };
            Ok(Value { marks, ..args[0].clone() })
        },
    ),
    Function::new(
        "sensitive",
        "A value marked as sensitive, so that it is not shown.",
        &[VALUE],
        SAME,
        |args, _| Ok(args[0].clone().sensitive()),
    ),
    Function::new("tobool", "A value as a bool.", &[V], SAME, |args, _| to(args, Takes::Bool)),
    Function::new("tolist", "A value as a list.", &[V], SAME, |args, _| to(args, Takes::List)),
    Function::new("tomap", "A value as a map.", &[V], SAME, |args, _| to(args, Takes::Map)),
    Function::new("tonumber", "A value as a number.", &[V], SAME, |args, _| {
        to(args, Takes::Number)
    }),
    Function::new("toset", "A value as a set.", &[V], SAME, |args, _| to(args, Takes::Set)),
    Function::new("tostring", "A value as a text.", &[V], SAME, |args, _| to(args, Takes::String)),
];

fn to(args: &[Value], takes: Takes) -> Result<Value, Failure> {
    let (value, ty) = (&args[0], takes.ty());
    convert(value, &ty).map_err(|_| {
        let (have, want) = (value.ty(), friendly_constraint(&ty));
        let is_parsed = matches!(takes, Takes::Bool | Takes::Number);
        let sensitive = is_parsed && value.marks.sensitive && value.as_str().is_some();
        Failure::argument(
            0,
            match (value.as_str(), takes) {
                _ if sensitive => {
                    format!("cannot convert this sensitive {} to {want}", have.friendly())
                }
                (Some(text), Takes::Bool) => format!(
                    "cannot convert {} to bool; only the strings \"true\" or \"false\" are allowed",
                    quote(text)
                ),
                (Some(text), Takes::Number) => format!(
                    "cannot convert {} to number; given string must be a decimal representation of \
                     a number",
                    quote(text)
                ),
                _ => format!("cannot convert {} to {want}", have.friendly()),
            },
        )
    })
}

fn without_ephemeral(value: &Value) -> Value {
    let marks = Marks { ephemeral: false, ..value.marks };
    if value.marks.ephemeral && value.is_known() {
        return Value::null(value.ty()).mark(marks);
    }
    let each = |items: &[Value]| Arc::new(items.iter().map(without_ephemeral).collect::<Vec<_>>());
    let kind = match &value.kind {
        Kind::List(ty, items) => Kind::List(ty.clone(), each(items)),
        Kind::Set(ty, items) => Kind::Set(ty.clone(), each(items)),
        Kind::Tuple(items) => Kind::Tuple(each(items)),
        Kind::Map(ty, entries) => Kind::Map(
            ty.clone(),
            Arc::new(entries.iter().map(|(k, v)| (k.clone(), without_ephemeral(v))).collect()),
        ),
        Kind::Object(entries) => Kind::Object(Arc::new(
            entries.iter().map(|(k, v)| (k.clone(), without_ephemeral(v))).collect(),
        )),
        kind @ (Kind::Unknown(_)
        | Kind::Null(_)
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_)) => kind.clone(),
    };
    Value { kind, marks }
}
