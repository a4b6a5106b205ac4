//! `for_environment`: one environment's values out of a tree that has those of several.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Kind, Map, Type, Value};

/// The tree as it is for an environment.
pub(super) fn collapse(value: &Value, name: &str) -> Value {
    let mut environments = BTreeSet::new();
    gather(value, name, &mut environments);
    choose(value, name, &environments)
}

/// The names of all environments: the keys that stand beside this one's anywhere.
fn gather(value: &Value, name: &str, environments: &mut BTreeSet<Arc<str>>) {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        if value.get(name).is_some() {
            environments.extend(value.entries().into_iter().flat_map(Map::keys).cloned());
        }
        let entries = value.entries().into_iter().flat_map(Map::values);
        for it in value.items().unwrap_or_default().iter().chain(entries) {
            gather(it, name, environments);
        }
    });
}

fn choose(value: &Value, name: &str, environments: &BTreeSet<Arc<str>>) -> Value {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        let inner = |it: &Value| choose(it, name, environments);
        let chosen = match &value.kind {
            Kind::Map(_, entries) | Kind::Object(entries) => match entries.get(name) {
                Some(it) => inner(it),
                None if !entries.is_empty()
                    && entries.keys().all(|it| environments.contains(it)) =>
                {
                    Value::null(Type::Any)
                }
                None => Value::object(
                    entries.iter().map(|(key, it)| (key.clone(), inner(it))).collect(),
                ),
            },
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                Value::tuple(items.iter().map(inner).collect())
            }
            Kind::Unknown(_)
            | Kind::Null(_)
            | Kind::Bool(_)
            | Kind::Number(_)
            | Kind::String(_) => return value.clone(),
        };
        chosen.mark(value.marks)
    })
}
