//! What became of all conditions, as `terraform show -json` writes it: from what states have of it.

use model::{InstanceAddr, Key, Mode};
use serde_json::{Map, Value as Json, json};

/// The list `checks`. None if nothing is known of any condition.
pub fn checks(results: &Json) -> Option<Json> {
    let all = results.as_array().filter(|it| !it.is_empty())?;
    let mut all: Vec<Json> = all.iter().map(checked).collect();
    all.sort_by_key(shown);
    Some(Json::Array(all))
}

fn text<'a>(it: &'a Json, name: &str) -> &'a str {
    it.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn shown(it: &Json) -> String {
    text(&it["address"], "to_display").to_owned()
}

fn checked(it: &Json) -> Json {
    let kind = text(it, "object_kind");
    let objects = it.get("objects").and_then(Json::as_array).into_iter().flatten();
    let mut instances: Vec<Json> = objects.map(|it| instance(kind, it)).collect();
    instances.sort_by_key(shown);
    let mut json =
        json!({"address": block(kind, text(it, "config_addr")), "status": it.get("status")});
    if !instances.is_empty() {
        json["instances"] = Json::Array(instances);
    }
    json
}

fn instance(kind: &str, it: &Json) -> Json {
    let address = text(it, "object_addr");
    let mut json = json!({"to_display": address});
    let parsed: Option<InstanceAddr> = address.parse().ok().filter(|_| kind == "resource");
    let module = match &parsed {
        Some(it) => it.resource.module.to_string(),
        None => module(kind, address).0,
    };
    if !module.is_empty() {
        json["module"] = json!(module);
    }
    match parsed.and_then(|it| it.key) {
        Some(Key::Index(n)) => json["instance_key"] = json!(n),
        Some(Key::Name(name)) => json["instance_key"] = json!(&*name),
        None => (),
    }
    let messages = it.get("failure_messages").and_then(Json::as_array).into_iter().flatten();
    let problems: Vec<Json> = messages.map(|it| json!({"message": it})).collect();
    let mut json = json!({"address": json, "status": it.get("status")});
    if !problems.is_empty() {
        json["problems"] = Json::Array(problems);
    }
    json
}

fn block(kind: &str, address: &str) -> Json {
    let mut json = Map::from_iter([("to_display".to_owned(), json!(address))]);
    let mut set = |name: &str, it: Json| drop(json.insert(name.to_owned(), it));
    let parsed: Option<InstanceAddr> = address.parse().ok().filter(|_| kind == "resource");
    let (module, name) = match &parsed {
        Some(it) => (it.resource.module.to_string(), it.resource.name.to_string()),
        None => module(kind, address),
    };
    if let Some(InstanceAddr { resource, .. }) = &parsed {
        set("mode", json!(if resource.mode == Mode::Data { "data" } else { "managed" }));
        set("type", json!(&*resource.ty));
    }
    set("kind", json!(if kind == "output" { "output_value" } else { kind }));
    set("name", json!(name));
    if !module.is_empty() {
        set("module", json!(module));
    }
    Json::Object(json)
}

/// The module and the name in `module.m.output.name`.
fn module(kind: &str, address: &str) -> (String, String) {
    let (module, name) = address.rsplit_once(&format!("{kind}.")).unwrap_or(("", address));
    (module.trim_end_matches('.').to_owned(), name.to_owned())
}
