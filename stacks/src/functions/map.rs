//! Maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Kind, Map, Type, Value};

use super::args::{element_type, entries, items, quote, strings, text};
use super::{Failure, Function, KeepMarks, Param, Returns, Site, Takes};
use crate::convert::convert;

const fn parts(name: &'static str) -> Param {
    Param { marks: KeepMarks::Inner, ..Param::any(name) }
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "keys",
        "The keys of a map or object, in order.",
        &[Param { unknown: true, ..parts("inputMap") }],
        Returns::Known(Takes::Any),
        keys,
    ),
    Function {
        rest: Some(Param {
            null: true,
            unknown: true,
            dynamic: true,
            marks: KeepMarks::All,
            ..Param::any("default")
        }),
        ..Function::new(
            "lookup",
            "The value for a key of a map or object, or a default.",
            &[parts("inputMap"), Param::string("key")],
            Returns::Of(lookup_type),
            lookup,
        )
    },
    Function {
        rest: Some(Param { null: true, dynamic: true, ..parts("maps") }),
        ..Function::new(
            "merge",
            "The entries of several maps or objects; the last one counts for each key.",
            &[],
            Returns::Of(merge_type),
            merge,
        )
    },
    Function::new(
        "transpose",
        "A map of lists of texts with keys and values swapped.",
        &[Param::new("values", Takes::StringLists)],
        Returns::Known(Takes::StringLists),
        transpose,
    ),
    Function::new(
        "values",
        "The values of a map or object, in order of the keys.",
        &[parts("mapping")],
        Returns::Of(values_type),
        values,
    ),
    Function::new(
        "zipmap",
        "A map of a list of keys and a list of values.",
        &[Param::new("keys", Takes::Strings), parts("values")],
        Returns::Of(zipmap_type),
        zipmap,
    ),
];

fn keys(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let names = |names: Vec<&str>| Value::tuple(names.into_iter().map(Value::from).collect());
    match &args[0].kind {
        Kind::Unknown(Type::Object(it)) => {
            Ok(names(it.attributes.keys().map(String::as_str).collect()))
        }
        Kind::Object(entries) => Ok(names(entries.keys().map(|it| &**it).collect())),
        Kind::Unknown(Type::Map(_)) => Ok(Value::unknown(Type::list(Type::String))),
        Kind::Map(_, entries) => Ok(strings(entries.keys().map(|it| &**it))),
        _ => Err(Failure::argument(0, "must have map or object type")),
    }
}

fn lookup_type(args: &[Value]) -> Result<Type, Failure> {
    if args.len() > 3 {
        let count = args.len();
        let message = format!("lookup() takes two or three arguments, got {count}");
        return Err(Failure::new(message));
    }
    match args[0].ty() {
        Type::Object(_) if !args[1].is_known() => Ok(Type::Any),
        Type::Object(object) => {
            let key = text(&args[1]);
            let ty = object.attributes.get(key).cloned().or(args.get(2).map(Value::ty));
            ty.ok_or_else(|| {
                let key = quote(key);
                Failure::argument(0, format!("the given object has no attribute {key}"))
            })
        }
        Type::Map(element) => match args.get(2).map(|it| convert(it, &element)) {
            Some(Err(_)) => {
                let message = "the default value must have the same type as the map elements";
                Err(Failure::argument(2, message))
            }
            Some(Ok(_)) | None => Ok((*element).clone()),
        },
        _ => Err(Failure::argument(0, "lookup() requires a map as the first argument")),
    }
}

fn lookup(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = lookup_type(args)?;
    let key = text(&args[1]);
    if let Some(found) = args[0].get(key) {
        return Ok(found.clone());
    }
    match args.get(2) {
        Some(default) => convert(default, &ty).map_err(|it| Failure::new(it.message)),
        None => Err(Failure::new(format!("lookup failed to find key {}", quote(key)))),
    }
}

/// The common type if all are of one, else an object with what is known of the attributes.
fn merge_type(args: &[Value]) -> Result<Type, Failure> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.contains(&Type::Any) {
        return Ok(Type::Any);
    }
    let mut attributes = BTreeMap::new();
    let mut known = true;
    for (arg, ty) in args.iter().zip(&types) {
        match ty {
            Type::Object(it) if !arg.is_null() => attributes.extend(it.attributes.clone()),
            Type::Map(element) => {
                known &= arg.is_known();
                let keys = arg.entries().into_iter().flat_map(Map::keys);
                attributes.extend(keys.map(|key| (key.to_string(), (**element).clone())));
            }
            Type::Object(_) => {}
            other => {
                let other = other.friendly();
                let message = format!("arguments must be maps or objects, got \"{other}\"");
                return Err(Failure::new(message));
            }
        }
    }
    match types.first() {
        Some(first) if types.iter().all(|it| it == first) => Ok(first.clone()),
        _ if !known => Ok(Type::Any),
        _ => Ok(Type::object(attributes)),
    }
}

fn merge(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = merge_type(args)?;
    if args.iter().any(|it| !it.is_null() && it.entries().is_none()) {
        return Err(Failure::new("arguments must be maps or objects"));
    }
    let mut merged = Map::new();
    for arg in args {
        merged.extend(entries(arg));
    }
    Ok(match ty {
        Type::Map(element) => Value::map((*element).clone(), merged),
        _ => Value::object(merged),
    })
}

fn transpose(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(args[0].ty()));
    }
    let mut swapped: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for (key, list) in &entries(&args[0]) {
        if list.is_null() {
            return Err(Failure::new("input must be a map of lists of strings"));
        }
        for it in items(list) {
            let Kind::String(it) = &it.kind else {
                return Err(Failure::new("input must be a map of lists of strings"));
            };
            swapped.entry(it.clone()).or_default().push(key.clone());
        }
    }
    let lists = swapped.into_iter().map(|(key, list)| (key, strings(list.iter().map(|it| &**it))));
    Ok(Value::map(Type::list(Type::String), lists.collect()))
}

fn values_type(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::Map(element) => Ok(Type::List(element)),
        Type::Object(it) => Ok(Type::tuple(it.attributes.values().cloned().collect())),
        _ => Err(Failure::new("values() requires a map as the first argument")),
    }
}

fn values(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = values_type(args)?;
    let values = entries(&args[0]).into_values().collect();
    Ok(match ty {
        Type::List(element) => Value::list((*element).clone(), values),
        _ => Value::tuple(values),
    })
}

fn zipmap_type(args: &[Value]) -> Result<Type, Failure> {
    match args[1].ty() {
        Type::List(element) => Ok(Type::Map(element)),
        Type::Tuple(_) if !args[0].is_wholly_known() => Ok(Type::Any),
        Type::Tuple(types) => {
            let keys = checked_keys(&args[0], types.len())?;
            Ok(Type::object(keys.into_iter().map(str::to_owned).zip(types.iter().cloned())))
        }
        _ => Err(Failure::new("values argument must be a list or tuple value")),
    }
}

fn checked_keys(keys: &Value, n_values: usize) -> Result<Vec<&str>, Failure> {
    let keys = items(keys);
    if keys.len() != n_values {
        let n_keys = keys.len();
        return Err(Failure::new(format!(
            "number of keys ({n_keys}) does not match number of values ({n_values})"
        )));
    }
    if let Some(n) = keys.iter().position(Value::is_null) {
        return Err(Failure::new(format!("keys list has null value at index {n}")));
    }
    Ok(keys.iter().map(text).collect())
}

fn zipmap(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = zipmap_type(args)?;
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(ty));
    }
    let keys = checked_keys(&args[0], items(&args[1]).len())?;
    let keys = keys.into_iter().map(Arc::from);
    let zipped: Map = keys.zip(items(&args[1]).iter().cloned()).collect();
    Ok(match ty {
        Type::Map(_) => Value::map(element_type(&ty), zipped),
        _ => Value::object(zipped),
    })
}
