//! Defaults of optional attributes.

use std::sync::Arc;

use model::{Kind, Map, Value};

use crate::stack::Defaults;

/// Fills in the defaults of optional attributes, before conversion. The result may be a tuple where
/// there was a list, or an object where there was a map.
pub fn apply_defaults(value: &Value, defaults: &Defaults) -> Value {
    if defaults.values.is_empty() && defaults.children.is_empty() {
        return value.clone();
    }
    let made = match &value.kind {
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            let items = items.iter().enumerate();
            let made: Vec<Value> =
                items.map(|(n, it)| in_child(it, defaults, &n.to_string())).collect();
            match &value.kind {
                Kind::List(ty, _) if made.iter().all(|it| it.ty() == *ty) => {
                    Value::list(ty.clone(), made)
                }
                Kind::Set(ty, _) if made.iter().all(|it| it.ty() == *ty) => {
                    Value::set(ty.clone(), made)
                }
                _ => Value::tuple(made),
            }
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let made = with_values(entries, defaults);
            match &value.kind {
                Kind::Map(ty, _) if made.values().all(|it| it.ty() == *ty) => {
                    Value::map(ty.clone(), made)
                }
                _ => Value::object(made),
            }
        }
        Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            return value.clone();
        }
    };
    made.mark(value.marks)
}

fn with_values(entries: &Map, defaults: &Defaults) -> Map {
    let mut made: Map =
        entries.iter().map(|(name, it)| (name.clone(), in_child(it, defaults, name))).collect();
    for (name, default) in &defaults.values {
        if made.get(name.as_str()).is_none_or(Value::is_null) {
            made.insert(Arc::from(name.as_str()), in_child(default, defaults, name));
        }
    }
    made
}

fn in_child(value: &Value, defaults: &Defaults, name: &str) -> Value {
    match defaults.children.get(name).or_else(|| defaults.children.get("")) {
        Some(child) => apply_defaults(value, child),
        None => value.clone(),
    }
}
