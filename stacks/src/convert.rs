//! Conversion of values to types, and the one type that several values have in common.
//!
//! The rules are those of cty, the type system under Terraform. Whether types can be converted at
//! all is decided before any value is looked at (`rules`), which is also what messages are about
//! (`mismatch`).

mod rules;
mod unify;
mod mismatch;
mod defaults;

use std::fmt::Write;
use std::sync::Arc;

use model::{Kind, Map, Type, Value};

pub use defaults::apply_defaults;
pub use unify::unify;

/// Why a value does not fit a type, in Terraform's words, and where in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    /// `.name` and `[0]` steps from the value to the part that is wrong. Empty for the value itself.
    pub path: String,
    /// Such as `a number is required`.
    pub message: String,
}

/// As Terraform shows it: the path, if there is one, and the message.
impl std::fmt::Display for ConvertError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// The value as one of type `ty`, by Terraform's conversion rules. `Any` in the type is filled in.
/// Marks stay where they are; what is unknown stays unknown, of the new type.
///
/// # Errors
///
/// When the value cannot be converted.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    let have = value.ty();
    if *ty == Type::Any || have == *ty || have == rules::without_optional(ty) {
        return Ok(value.clone());
    }
    if !rules::convertible(&have, ty) {
        return Err(ConvertError { path: String::new(), message: mismatch::message(&have, ty) });
    }
    apply(value, ty, &mut String::new())
}

/// The type in a message about what is required: as [`Type::friendly`], but `any type` for a hole.
pub fn friendly_constraint(ty: &Type) -> String {
    match ty {
        Type::Any => "any type".to_owned(),
        Type::List(it) => format!("list of {}", element_constraint(it)),
        Type::Set(it) => format!("set of {}", element_constraint(it)),
        Type::Map(it) => format!("map of {}", element_constraint(it)),
        Type::Bool | Type::Number | Type::String | Type::Tuple(_) | Type::Object(_) => {
            ty.friendly()
        }
    }
}

fn element_constraint(ty: &Type) -> String {
    if *ty == Type::Any { "any single type".to_owned() } else { friendly_constraint(ty) }
}

/// Converts a value whose type is known to be convertible.
fn apply(value: &Value, want: &Type, path: &mut String) -> Result<Value, ConvertError> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let made = match &value.kind {
            _ if *want == Type::Any => return Ok(value.clone()),
            Kind::Unknown(have) => Value::unknown(rules::fill(have, want)),
            Kind::Null(have) => Value::null(rules::fill(have, want)),
            Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => primitive(value, want, path)?,
            Kind::List(..) | Kind::Set(..) | Kind::Map(..) | Kind::Tuple(_) | Kind::Object(_) => {
                compound(value, want, path)?
            }
        };
        Ok(made.mark(value.marks))
    })
}

fn error(path: &str, message: impl Into<String>) -> ConvertError {
    ConvertError { path: path.to_owned(), message: message.into() }
}

fn primitive(value: &Value, want: &Type, path: &str) -> Result<Value, ConvertError> {
    match (&value.kind, want) {
        (Kind::Bool(_), Type::Bool)
        | (Kind::Number(_), Type::Number)
        | (Kind::String(_), Type::String) => Ok(Value::from(value.kind.clone())),
        (Kind::Bool(it), Type::String) => Ok(if *it { "true" } else { "false" }.into()),
        (Kind::Number(it), Type::String) => Ok(it.to_string().into()),
        (Kind::String(it), Type::Number) => match it.parse::<model::Number>() {
            Ok(number) => Ok(Value::number(number)),
            Err(()) => Err(error(path, "a number is required")),
        },
        (Kind::String(it), Type::Bool) => match &**it {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            "True" | "TRUE" => Err(error(
                path,
                "a bool is required; to convert from string, use lowercase \"true\"",
            )),
            "False" | "FALSE" => Err(error(
                path,
                "a bool is required; to convert from string, use lowercase \"false\"",
            )),
            _ => Err(error(path, "a bool is required")),
        },
        _ => Err(error(path, mismatch::message(&value.ty(), want))),
    }
}

fn compound(value: &Value, want: &Type, path: &mut String) -> Result<Value, ConvertError> {
    match want {
        Type::List(element) => {
            let (element, items) = elements(value, element, path)?;
            Ok(Value::list(element, items))
        }
        Type::Set(element) => {
            let (element, items) = elements(value, element, path)?;
            Ok(Value::set(element, items))
        }
        Type::Map(element) => entries(value, element, path),
        Type::Tuple(types) => {
            let items = value.items().unwrap_or_default().iter().zip(types.iter()).enumerate();
            let items = items.map(|(n, (it, ty))| inside(it, ty, path, Inside::Index(n)));
            Ok(Value::tuple(items.collect::<Result<_, _>>()?))
        }
        Type::Object(object) => attributes(value, object, path),
        Type::Any | Type::Bool | Type::Number | Type::String => {
            Err(error(path, mismatch::message(&value.ty(), want)))
        }
    }
}

enum Inside<'a> {
    Index(usize),
    Key(&'a str),
    Attr(&'a str),
}

/// Converts a part of a value, with its step on the path.
fn inside(
    value: &Value,
    want: &Type,
    path: &mut String,
    step: Inside<'_>,
) -> Result<Value, ConvertError> {
    let length = path.len();
    let written = match step {
        Inside::Index(n) => write!(path, "[{n}]"),
        Inside::Key(key) => write!(path, "[{key:?}]"),
        Inside::Attr(name) => write!(path, ".{name}"),
    };
    written.expect("writing to a string cannot fail");
    let made = apply(value, want, path);
    path.truncate(length);
    made
}

/// The elements of a list or set made of `value`, and the one type they have.
fn elements(
    value: &Value,
    want: &Type,
    path: &mut String,
) -> Result<(Type, Vec<Value>), ConvertError> {
    let items = value.items().unwrap_or_default();
    let is_set = matches!(value.kind, Kind::Set(..));
    let (want, have) = match &value.kind {
        Kind::List(have, _) | Kind::Set(have, _) => (want.clone(), have.clone()),
        _ => (common(want, items), Type::Any),
    };
    let made = items.iter().enumerate();
    let made = made.map(|(n, it)| inside(it, &want, path, Inside::Index(n)));
    let made = made.collect::<Result<Vec<_>, _>>()?;
    if items.is_empty() || !want.has_any() {
        return Ok((rules::fill(&have, &want), made));
    }
    let last = format!("{path}[{}]", items.len() - 1);
    let types: Vec<Type> = made.iter().map(Value::ty).collect();
    let found = unify(&types).ok_or_else(|| {
        let word = "cannot find a common base type for all elements";
        error(if is_set { path } else { &last }, word)
    })?;
    let made = made.iter().enumerate();
    let made = made.map(|(n, it)| inside(it, &found, path, Inside::Index(n)));
    Ok((found.clone(), made.collect::<Result<_, _>>()?))
}

/// A map made of a map's or an object's entries.
fn entries(value: &Value, want: &Type, path: &mut String) -> Result<Value, ConvertError> {
    let empty = Map::new();
    let entries = value.entries().unwrap_or(&empty);
    let (want, have) = match &value.kind {
        Kind::Map(have, _) => (want.clone(), have.clone()),
        _ => (common(want, entries.values()), Type::Any),
    };
    let mut made = Map::new();
    for (key, it) in entries {
        made.insert(key.clone(), inside(it, &want, path, Inside::Key(key))?);
    }
    if made.is_empty() || !want.has_any() {
        return Ok(Value::map(rules::fill(&have, &want), made));
    }
    let types: Vec<Type> = made.values().map(Value::ty).collect();
    let found = unify(&types)
        .ok_or_else(|| error(path, "cannot find a common base type for all elements"))?;
    for (key, it) in &mut made {
        *it = inside(it, &found, path, Inside::Key(key))?;
    }
    Ok(Value::map(found, made))
}

/// What the elements of a tuple or object become: for a hole, the type they have in common.
fn common<'a>(want: &Type, items: impl IntoIterator<Item = &'a Value>) -> Type {
    if *want != Type::Any {
        return want.clone();
    }
    let types: Vec<Type> = items.into_iter().map(Value::ty).collect();
    unify(&types).unwrap_or(Type::Any)
}

/// An object made of an object's or a map's entries. What the type does not know is dropped.
fn attributes(
    value: &Value,
    want: &Arc<model::ObjectType>,
    path: &mut String,
) -> Result<Value, ConvertError> {
    let from_map = matches!(value.kind, Kind::Map(..));
    let mut made = Map::new();
    for (name, ty) in &want.attributes {
        let it = match value.get(name) {
            Some(it) if from_map => {
                if !rules::convertible(&it.ty(), ty) {
                    let why = mismatch::message(&it.ty(), ty);
                    let path = format!("{path}[{name:?}]");
                    let word = "map element type is incompatible with attribute";
                    return Err(error(&path, format!("{word} {name:?}: {why}")));
                }
                inside(it, ty, path, Inside::Key(name))?
            }
            Some(it) => inside(it, ty, path, Inside::Attr(name))?,
            None if want.optional.contains(name) => Value::null(rules::without_optional(ty)),
            None => {
                let word = "map has no element for required attribute";
                return Err(error(path, format!("{word} {name:?}")));
            }
        };
        made.insert(name.as_str().into(), it);
    }
    Ok(Value::object(made))
}

#[cfg(test)]
mod tests;
