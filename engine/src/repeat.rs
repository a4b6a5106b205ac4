//! How many instances a `count` or `for_each` makes, and what each of them gets.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Key, Kind, Type, Value};
use serde::{Deserialize, Serialize};
use stacks::eval::{Scope, evaluate};
use stacks::stack::Repeat;
use stacks::syntax::tree::Expr;

/// The instances of a block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Instances {
    Single,
    Count(u64),
    /// By key, with `each.value`.
    Each(BTreeMap<Arc<str>, Value>),
    /// Depends on what has not been applied yet.
    Unknown,
}

impl Instances {
    pub fn keys(&self) -> Vec<Option<Key>> {
        match self {
            Instances::Single => vec![None],
            Instances::Count(n) => (0..*n).map(|it| Some(Key::Index(it))).collect(),
            Instances::Each(it) => it.keys().map(|it| Some(Key::Name(it.clone()))).collect(),
            Instances::Unknown => Vec::new(),
        }
    }

    pub fn contains(&self, key: Option<&Key>) -> bool {
        match (self, key) {
            (Instances::Single, None) => true,
            (Instances::Count(n), Some(Key::Index(it))) => it < n,
            (Instances::Each(entries), Some(Key::Name(it))) => entries.contains_key(it),
            _ => false,
        }
    }

    /// `each.value` of the instance with this key.
    pub fn value(&self, key: &str) -> Option<Value> {
        match self {
            Instances::Each(entries) => entries.get(key).cloned(),
            Instances::Single | Instances::Count(_) | Instances::Unknown => None,
        }
    }
}

/// The instances that `repeat` asks for.
///
/// # Errors
///
/// A value that no `count` or `for_each` may have.
pub fn expand(repeat: &Repeat, scope: &dyn Scope) -> Result<Instances, Diagnostics> {
    match repeat {
        Repeat::Once => Ok(Instances::Single),
        Repeat::Count(expr) => count(expr, scope),
        Repeat::ForEach(expr) => for_each(expr, scope),
    }
}

fn count(expr: &Expr, scope: &dyn Scope) -> Result<Instances, Diagnostics> {
    let wrong =
        |detail: &str| vec![Diagnostic::error("Invalid count argument", detail).at(&expr.span)];
    let value = evaluate(expr, scope)?;
    if value.marks.ephemeral {
        return Err(wrong(
            "The given \"count\" is derived from an ephemeral value, which means that it is not the same each time.",
        ));
    }
    let (value, _) = value.unmark_deep();
    let number = stacks::convert::convert(&value, &Type::Number)
        .map_err(|it| wrong(&format!("Invalid count argument value: {}.", it.message)))?;
    match &number.kind {
        Kind::Unknown(_) => Ok(Instances::Unknown),
        Kind::Null(_) => {
            Err(wrong("The given \"count\" argument value is null. An integer is required."))
        }
        Kind::Number(it) => match it.to_i64().map(u64::try_from) {
            Some(Ok(n)) => Ok(Instances::Count(n)),
            Some(Err(_)) => Err(wrong(
                "The given \"count\" argument value is unsuitable: must be greater than or equal to zero.",
            )),
            None => Err(wrong(
                "The given \"count\" argument value is unsuitable: must be a whole number.",
            )),
        },
        _ => Err(wrong("The given \"count\" argument value is unsuitable: a number is required.")),
    }
}

fn for_each(expr: &Expr, scope: &dyn Scope) -> Result<Instances, Diagnostics> {
    let wrong = |detail: String| {
        vec![Diagnostic::error("Invalid for_each argument", detail).at(&expr.span)]
    };
    let value = evaluate(expr, scope)?;
    if value.marks.sensitive {
        return Err(wrong(
            "Sensitive values, or values derived from sensitive values, cannot be used as for_each \
             arguments. If used, the sensitive value could be exposed as a resource instance key."
                .to_owned(),
        ));
    }
    if value.marks.ephemeral {
        return Err(wrong("The given \"for_each\" is derived from an ephemeral value.".to_owned()));
    }
    let unsuitable = |what: String| {
        wrong(format!(
            "The given \"for_each\" argument value is unsuitable: the \"for_each\" argument must be a \
             map, or set of strings, and you have provided a value of type {what}."
        ))
    };
    match &value.kind {
        Kind::Unknown(Type::Map(_) | Type::Object(_) | Type::Set(_) | Type::Any) => {
            Ok(Instances::Unknown)
        }
        Kind::Null(_) => Err(wrong(
            "The given \"for_each\" argument value is null. A map, or set of strings is allowed."
                .to_owned(),
        )),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            Ok(Instances::Each(entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect()))
        }
        Kind::Set(_, items) => {
            let mut entries = BTreeMap::new();
            for it in items.iter() {
                match &it.kind {
                    Kind::String(text) => _ = entries.insert(text.clone(), it.clone()),
                    Kind::Unknown(_) => return Ok(Instances::Unknown),
                    Kind::Null(_) => {
                        return Err(wrong("The given \"for_each\" argument value is unsuitable: \"for_each\" sets must not contain null values.".to_owned()));
                    }
                    _ => {
                        return Err(wrong(format!(
                            "The given \"for_each\" argument value is unsuitable: \"for_each\" supports \
                             maps and sets of strings, but you have provided a set containing type {}.",
                            it.ty().friendly()
                        )));
                    }
                }
            }
            Ok(Instances::Each(entries))
        }
        _ => Err(unsuitable(value.ty().friendly())),
    }
}
