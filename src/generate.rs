//! Resource blocks for objects that are to be imported and have none yet.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::host::BUILTIN;
use anyhow::Context;
use hcl::{Block, Body, Expression, Identifier};
use model::{Attribute, Given, InstanceAddr, Kind, Map, Object, Registry, Value};

/// Writes blocks for objects to a file that does not exist yet.
///
/// # Errors
///
/// When the file exists or cannot be written.
pub fn write<'a>(
    path: &Path,
    objects: impl IntoIterator<Item = (&'a InstanceAddr, &'a Object)>,
) -> anyhow::Result<()> {
    let mut text =
        "# Written by groundplan from what exists. Look through it before you keep it.\n"
            .to_owned();
    for (address, object) in objects {
        text += "\n";
        text += &block(address, object)?;
    }
    // It is well formed; should it not be, it is written as it is.
    let text = stacks::syntax::fmt::format(&"generated".into(), &text).unwrap_or(text);
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}

/// A resource block as text.
fn block(address: &InstanceAddr, object: &Object) -> anyhow::Result<String> {
    let at = &address.resource;
    let schema = BUILTIN.resource_schema(&at.ty).context("a type that is not known")?;
    let value = engine::arguments(schema, object).context("an object of another type")?;
    let entries = value.entries().cloned().unwrap_or_default();
    let block = Block::builder("resource")
        .add_label(&*at.ty)
        .add_label(&*at.name)
        .add_structures(body(schema.attributes, &entries, true).into_inner())
        .build();
    Ok(hcl::to_string(&Body::from(vec![block]))?)
}

fn body(attributes: &[Attribute], entries: &Map, top: bool) -> Body {
    let mut body = Body::builder();
    for it in attributes.iter().filter(|it| is_argument(it, top)) {
        let Some(value) = entries.get(it.name).filter(|it| !it.is_null()) else { continue };
        match (it.is_block(), it.blocks()) {
            (true, Some(inner)) => {
                let one = value.entries().map(std::slice::from_ref);
                let many = value.items().unwrap_or_default().iter().filter_map(Value::entries);
                for entries in one.into_iter().flatten().chain(many) {
                    let block = Block::builder(it.name);
                    let structures = self::body(inner, entries, false).into_inner();
                    body = body.add_block(block.add_structures(structures).build());
                }
            }
            _ if is_default(it, value) => (),
            _ => {
                if let Some(expression) = expression(value) {
                    body = body.add_attribute((Identifier::sanitized(it.name), expression));
                }
            }
        }
    }
    body.build()
}

/// Whether a user would write it: nothing that only AWS says, that follows from something else, or
/// that nobody should read.
fn is_argument(it: &Attribute, top: bool) -> bool {
    let follows =
        top && matches!(it.name, "id" | "arn" | "tags_all") || it.name.ends_with("_prefix");
    it.given != Given::Output && !it.sensitive && !it.write_only && !follows
}

/// Whether leaving it out says the same.
fn is_default(it: &Attribute, value: &Value) -> bool {
    let json = model::to_typed_json(value, &it.shape.ty());
    match it.given {
        Given::Required => false,
        Given::Optional => it.same(&json, &it.value_if_not_given()),
        Given::Auto => value.as_str() == Some("") || value.items().is_some_and(<[Value]>::is_empty),
        Given::Output => true,
    }
}

/// A value as an expression that gives it. None for what is not known.
pub fn text(value: &Value) -> Option<String> {
    hcl::format::to_string(&expression(value)?).ok()
}

fn expression(value: &Value) -> Option<Expression> {
    Some(match &value.kind {
        Kind::Unknown(_) => return None,
        Kind::Null(_) => Expression::Null,
        Kind::Bool(it) => Expression::Bool(*it),
        Kind::Number(it) => match it.to_i64() {
            Some(whole) => Expression::Number(whole.into()),
            None => Expression::Number(hcl::Number::from_f64(it.to_string().parse().ok()?)?),
        },
        Kind::String(it) => Expression::String(it.to_string()),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            Expression::Array(items.iter().map(expression).collect::<Option<_>>()?)
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let entry = |(key, it): (&std::sync::Arc<str>, &Value)| {
                let key = hcl::ObjectKey::Expression(Expression::String(key.to_string()));
                Some((key, expression(it)?))
            };
            Expression::Object(entries.iter().map(entry).collect::<Option<_>>()?)
        }
    })
}
