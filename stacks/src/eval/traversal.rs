//! Names, attributes and indices.

use model::{Diagnostic, Key, Kind, Type, Value};

use super::{Env, unknown};
use crate::convert::convert;
use crate::suggest;
use crate::syntax::tree::{Expr, ExprKind, Ident, Step};

const INVALID_INDEX: &str = "Invalid index";
const UNSUPPORTED: &str = "Unsupported attribute";

/// The value of a chain of steps from a name, or from any other expression.
pub(super) fn value(expr: &Expr, env: Env<'_>) -> Value {
    let mut links = Vec::new();
    let mut start = expr;
    while let ExprKind::Attr(of, _) | ExprKind::Index(of, _) = &start.kind {
        links.push(start);
        start = of;
    }
    links.reverse();
    let (mut value, n_taken) = match &start.kind {
        ExprKind::Name(name) => {
            let root = Ident { name: name.clone(), span: start.span.clone() };
            let steps: Vec<Step> = links.iter().map_while(|it| fixed_step(it)).collect();
            match env.scope.resolve(&root, &steps) {
                Ok((value, n_taken)) => (value, n_taken.min(links.len())),
                Err(problems) => {
                    problems.into_iter().for_each(|it| env.report(it));
                    (unknown(), steps.len())
                }
            }
        }
        _ => (env.value(start), 0),
    };
    for link in &links[n_taken..] {
        value = step(&value, link, env);
    }
    value
}

/// One step into a value; a problem is reported with the values of what leads to it.
fn step(value: &Value, link: &Expr, env: Env<'_>) -> Value {
    let (made, span) = match &link.kind {
        ExprKind::Attr(_, name) => (attribute(value, &name.name), &name.span),
        ExprKind::Index(_, key) => {
            let key_value = env.value(key);
            (index(value, &key_value), &key.span)
        }
        _ => return unknown(),
    };
    made.unwrap_or_else(|problem| {
        let problem = super::explain::with_values(problem.at(span), link, env);
        env.report(problem);
        unknown()
    })
}

/// A step that needs no evaluation.
fn fixed_step(link: &Expr) -> Option<Step> {
    match &link.kind {
        ExprKind::Attr(_, name) => Some(Step::Attr(name.clone())),
        ExprKind::Index(_, key) => match &key.kind {
            ExprKind::String(it) => Some(Step::Index(Key::Name(it.clone()), key.span.clone())),
            ExprKind::Number(it) => {
                let index = u64::try_from(it.to_i64()?).ok()?;
                Some(Step::Index(Key::Index(index), key.span.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The value at the end of fixed steps into another.
///
/// # Errors
///
/// Where there is no such attribute or element; the diagnostic has the step's span.
pub fn follow(value: &Value, steps: &[Step]) -> Result<Value, Box<Diagnostic>> {
    let mut value = value.clone();
    for it in steps {
        let (made, span) = match it {
            Step::Attr(name) => (attribute(&value, &name.name), &name.span),
            Step::Index(Key::Name(key), span) => (index(&value, &Value::string(key.clone())), span),
            Step::Index(Key::Index(key), span) => {
                let key = i64::try_from(*key).unwrap_or(i64::MAX);
                (index(&value, &key.into()), span)
            }
        };
        value = made.map_err(|problem| Box::new(problem.at(span)))?;
    }
    Ok(value)
}

fn error(summary: &str, detail: impl Into<String>) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(summary, detail))
}

/// `of.name`
///
/// # Errors
///
/// When there is no such attribute.
pub fn attribute(of: &Value, name: &str) -> Result<Value, Box<Diagnostic>> {
    let made = match &of.kind {
        Kind::Null(_) => {
            return Err(error(
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.",
            ));
        }
        Kind::Unknown(Type::Any) => unknown(),
        Kind::Unknown(Type::Map(element)) => Value::unknown((**element).clone()),
        Kind::Unknown(Type::Object(object)) => match object.attributes.get(name) {
            Some(ty) => Value::unknown(ty.clone()),
            None => return Err(no_attribute(name, object.attributes.keys().map(String::as_str))),
        },
        Kind::Object(entries) => match entries.get(name) {
            Some(it) => it.clone(),
            None => return Err(no_attribute(name, entries.keys().map(|it| &**it))),
        },
        Kind::Map(_, entries) => match entries.get(name) {
            Some(it) => it.clone(),
            None => {
                let detail = format!("This map does not have an element with the key {name:?}.");
                let mut problem = error("Missing map element", detail);
                problem.hint = suggest::hint(name, entries.keys().map(|it| &**it));
                return Err(problem);
            }
        },
        Kind::Unknown(_)
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_)
        | Kind::List(..)
        | Kind::Set(..)
        | Kind::Tuple(_) => return Err(error(UNSUPPORTED, no_attributes(&of.ty(), name))),
    };
    Ok(made.mark(of.marks))
}

fn no_attribute<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Box<Diagnostic> {
    let detail = format!("This object does not have an attribute named {name:?}.");
    let mut problem = error(UNSUPPORTED, detail);
    problem.hint = suggest::hint(name, names);
    problem
}

/// Why a value of this type has no attributes.
fn no_attributes(ty: &Type, name: &str) -> String {
    match ty {
        Type::List(element) => match &**element {
            Type::Object(it) if it.attributes.contains_key(name) => format!(
                "Can't access attributes on a list of objects. Did you mean to access attribute \
                 {name:?} for a specific element of the list, or across all elements of the list?"
            ),
            Type::Object(_) => "Can't access attributes on a list of objects. Did you mean to \
                                access an attribute for a specific element of the list, or across \
                                all elements of the list?"
                .to_owned(),
            _ => "This value does not have any attributes.".to_owned(),
        },
        Type::Set(element) if matches!(**element, Type::Object(_)) => {
            "Can't access attributes on a set of objects. Did you mean to access an attribute \
             across all elements of the set?"
                .to_owned()
        }
        _ if ty.is_primitive() => {
            format!("Can't access attributes on a primitive-typed value ({}).", ty.friendly())
        }
        _ => "This value does not have any attributes.".to_owned(),
    }
}

/// `of[key]`
///
/// # Errors
///
/// When the key is not valid, or there is no such element.
pub fn index(of: &Value, key: &Value) -> Result<Value, Box<Diagnostic>> {
    if of.is_null() {
        return Err(error(
            "Attempt to index null value",
            "This value is null, so it does not have any indices.",
        ));
    }
    if key.is_null() {
        return Err(error(INVALID_INDEX, "Can't use a null value as an indexing key."));
    }
    if matches!(of.kind, Kind::Unknown(Type::Any)) || key.ty() == Type::Any {
        return Ok(unknown().mark(of.marks));
    }
    match &of.kind {
        Kind::List(..) | Kind::Tuple(_) | Kind::Unknown(Type::List(_) | Type::Tuple(_)) => {
            element(of, &convert_key(key, &Type::Number)?)
        }
        Kind::Map(element, _) => entry(of, element, key),
        Kind::Unknown(Type::Map(element)) => entry(of, element, key),
        Kind::Object(_) | Kind::Unknown(Type::Object(_)) => {
            let text = convert_key(key, &Type::String)?;
            let Some(name) = text.as_str() else { return Ok(unknown().mark(of.marks)) };
            attribute(of, name).map_err(|mut problem| {
                let hint = problem.hint.take();
                let mut problem = missing("");
                if key.ty() == Type::Number {
                    problem.detail.push_str(
                        " An object only supports looking up attributes by name, not by numeric \
                         index.",
                    );
                }
                problem.hint = hint;
                problem
            })
        }
        Kind::Set(..) | Kind::Unknown(Type::Set(_)) => Err(error(
            INVALID_INDEX,
            "Elements of a set are identified only by their value and don't have any separate \
             index or key to select with, so it's only possible to perform operations across all \
             elements of the set.",
        )),
        Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            Err(error(INVALID_INDEX, "This value does not have any indices."))
        }
    }
}

fn convert_key(key: &Value, ty: &Type) -> Result<Value, Box<Diagnostic>> {
    convert(key, ty).map_err(|why| missing(&why.to_string()))
}

fn missing(why: &str) -> Box<Diagnostic> {
    let colon = if why.is_empty() { "" } else { ": " };
    let detail =
        format!("The given key does not identify an element in this collection value{colon}{why}.");
    error(INVALID_INDEX, detail)
}

/// An element of a list or tuple, which may be unknown.
fn element(of: &Value, key: &Value) -> Result<Value, Box<Diagnostic>> {
    let marks = of.marks.union(key.marks);
    let Some(number) = key.as_number() else {
        let ty = match &of.kind {
            Kind::List(element, _) => element.clone(),
            Kind::Unknown(Type::List(element)) => (**element).clone(),
            _ => Type::Any,
        };
        return Ok(Value::unknown(ty).mark(marks));
    };
    if !number.is_integer() {
        return Err(missing(
            "indexing a sequence requires a whole number, but the given index has a fractional part",
        ));
    }
    if number.is_negative() && !number.is_zero() {
        return Err(missing("a negative number is not a valid index for a sequence"));
    }
    let at = number.to_i64().and_then(|it| usize::try_from(it).ok());
    let (n_items, found) = match &of.kind {
        Kind::Unknown(Type::List(element)) => {
            return Ok(Value::unknown((**element).clone()).mark(marks));
        }
        Kind::Unknown(Type::Tuple(types)) => {
            (types.len(), at.and_then(|at| types.get(at)).map(|it| Value::unknown(it.clone())))
        }
        _ => {
            let items = of.items().unwrap_or_default();
            (items.len(), at.and_then(|at| items.get(at)).cloned())
        }
    };
    match found {
        Some(found) => Ok(found.mark(marks)),
        None if n_items == 0 => Err(missing("the collection has no elements")),
        None => {
            Err(missing("the given index is greater than or equal to the length of the collection"))
        }
    }
}

/// An element of a map, which may be unknown.
fn entry(of: &Value, element: &Type, key: &Value) -> Result<Value, Box<Diagnostic>> {
    let by_number = key.ty() == Type::Number;
    let key = convert_key(key, &Type::String)?;
    let marks = of.marks.union(key.marks);
    let (Some(entries), Some(name)) = (of.entries(), key.as_str()) else {
        return Ok(Value::unknown(element.clone()).mark(marks));
    };
    match entries.get(name) {
        Some(it) => Ok(it.clone().mark(marks)),
        None => {
            let mut problem = missing("");
            if !by_number {
                problem.hint = suggest::hint(name, entries.keys().map(|it| &**it));
            }
            Err(problem)
        }
    }
}
