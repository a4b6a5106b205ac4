//! Values as `terraform show -json` writes them: what is known, what is not, and what is sensitive.

use crate::host::BUILTIN;
use model::{InstanceAddr, Key, Kind, Mode, Registry, Type, Value};
use serde_json::{Map, Value as Json, json};

/// What is known of a value. What is not known is left out of objects, and null in lists.
pub fn known(value: &Value) -> Json {
    match &value.kind {
        Kind::Unknown(_) => Json::Null,
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            items.iter().map(known).collect()
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let entries = entries.iter().filter(|it| it.1.is_known());
            Json::Object(entries.map(|(key, it)| (key.to_string(), known(it))).collect())
        }
        Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            model::to_json(&value.clone().unmark_deep().0)
        }
    }
}

/// `true` wherever something is not known; objects have only entries that say something.
pub fn unknown(value: &Value) -> Json {
    marks(value, &|it| !it.is_known())
}

/// `true` wherever something is sensitive.
pub fn sensitive(value: &Value) -> Json {
    marks(value, &|it| it.marks.sensitive)
}

fn marks(value: &Value, has: &dyn Fn(&Value) -> bool) -> Json {
    if has(value) {
        return json!(true);
    }
    match &value.kind {
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            items.iter().map(|it| marks(it, has)).collect()
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let entries = entries.iter().map(|(key, it)| (key.to_string(), marks(it, has)));
            Json::Object(entries.filter(|it| it.1 != json!(false)).collect())
        }
        Kind::Unknown(Type::Object(_) | Type::Map(_)) => json!({}),
        Kind::Unknown(Type::List(_) | Type::Set(_) | Type::Tuple(_)) => json!([]),
        Kind::Unknown(Type::Any | Type::Bool | Type::Number | Type::String)
        | Kind::Null(_)
        | Kind::Bool(_)
        | Kind::Number(_)
        | Kind::String(_) => json!(false),
    }
}

/// An output, as planned values and states have it.
pub fn output(value: Option<&Value>, sensitive: bool) -> Json {
    let mut json = json!({"sensitive": sensitive});
    if let Some(value) = value.filter(|it| it.is_wholly_known()) {
        json["type"] = value.ty().to_json();
        json["value"] = known(value);
    }
    json
}

/// What an object is: `address`, `mode`, `type`, `name`, `index` and `provider_name`.
pub fn object(address: &InstanceAddr, provider: &str) -> Map<String, Json> {
    let it = &address.resource;
    let mut json = Map::new();
    let mut set = |key: &str, value: Json| drop(json.insert(key.to_owned(), value));
    set("address", json!(address.to_string()));
    set("mode", json!(if it.mode == Mode::Managed { "managed" } else { "data" }));
    set("type", json!(&*it.ty));
    set("name", json!(&*it.name));
    match &address.key {
        Some(Key::Index(n)) => set("index", json!(n)),
        Some(Key::Name(name)) => set("index", json!(&**name)),
        None => (),
    }
    set("provider_name", json!(provider.split('"').nth(1)));
    json
}

/// The version of a type's schema.
pub fn schema_version(address: &InstanceAddr) -> u64 {
    let ty = &address.resource.ty;
    let schema = match address.resource.mode {
        Mode::Managed => BUILTIN.resource_schema(ty),
        Mode::Data => BUILTIN.data_schema(ty),
        Mode::Ephemeral => BUILTIN.ephemeral_schema(ty),
    };
    schema.map_or(0, |it| it.version)
}

/// Objects as a tree of modules. Modules without objects are not in it, but for the root.
pub fn modules(objects: Vec<(InstanceAddr, Json)>) -> Json {
    let mut root = Tree::default();
    for (address, object) in objects {
        let mut tree = &mut root;
        for n in 0..address.resource.module.0.len() {
            let module = model::ModuleAddr(address.resource.module.0[..=n].to_vec());
            tree = tree.children.entry(module).or_default();
        }
        tree.resources.push(object);
    }
    root.json(None)
}

#[derive(Default)]
struct Tree {
    resources: Vec<Json>,
    children: std::collections::BTreeMap<model::ModuleAddr, Tree>,
}

impl Tree {
    fn json(self, address: Option<String>) -> Json {
        let mut json = json!({});
        if !self.resources.is_empty() {
            json["resources"] = Json::Array(self.resources);
        }
        if let Some(it) = address {
            json["address"] = json!(it);
        }
        if !self.children.is_empty() {
            let children = self.children.into_iter();
            json["child_modules"] =
                children.map(|(address, it)| it.json(Some(address.to_string()))).collect();
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_told_apart() {
        let value = Value::object_of([
            ("a", Value::from("x")),
            ("b", Value::unknown(Type::String)),
            ("c", Value::tuple(vec![Value::from(1), Value::unknown(Type::Any)])),
            ("d", Value::object_of([("e", Value::from("s").sensitive())])),
        ]);
        assert_eq!(known(&value), json!({"a": "x", "c": [1, null], "d": {"e": "s"}}));
        assert_eq!(unknown(&value), json!({"b": true, "c": [false, true], "d": {}}));
        assert_eq!(sensitive(&value), json!({"c": [false, false], "d": {"e": true}}));
    }
}
