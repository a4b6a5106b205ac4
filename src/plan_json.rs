//! A plan, and a state, as `terraform show -json` writes them.

use crate::host::BUILTIN;
use engine::{Action, Change, Drift, OutputChange, Plan, Reason};
use model::{InstanceAddr, Kept, Key, Object, Value};
use serde_json::{Map, Value as Json, json};
use state::{ObjectState, State};

use crate::checks_json::checks;
use crate::config_json::configuration;
use crate::project::Project;
use crate::values_json::{known, modules, object, output, schema_version, sensitive, unknown};

/// The version of Terraform whose formats these are.
const TERRAFORM: &str = stacks::load::LANGUAGE_VERSION;

/// A state.
pub fn of_state(state: &State) -> Json {
    if state.is_empty() {
        return json!({"format_version": "1.0"});
    }
    let mut objects = Vec::new();
    for (address, instance) in &state.instances {
        let current = instance.current.iter().map(|it| (None, it));
        let deposed = instance.deposed.iter().map(|(key, it)| (Some(key), it));
        for (key, it) in current.chain(deposed) {
            let mut json = of_object(address, &instance.provider, it);
            if let Some(key) = key {
                json["deposed_key"] = json!(key);
            }
            objects.push((address.clone(), json));
        }
    }
    let outputs = state.outputs.iter().map(|(name, it)| {
        let value = it.value().unwrap_or_else(|_| model::from_json(&it.value));
        (name.clone(), output(Some(&value), it.sensitive))
    });
    let mut values = json!({"root_module": modules(objects)});
    let outputs: Map<String, Json> = outputs.collect();
    if !outputs.is_empty() {
        values["outputs"] = Json::Object(outputs);
    }
    let mut json = json!({
        "format_version": "1.0",
        "terraform_version": state.terraform_version,
        "values": values,
    });
    if let Some(checks) = state.check_results.as_ref().and_then(checks) {
        json["checks"] = checks;
    }
    json
}

fn of_object(address: &InstanceAddr, provider: &str, it: &ObjectState) -> Json {
    let mut json = object(address, provider);
    let value = engine::value(&BUILTIN, address, it);
    let hidden = value.as_ref().map_or_else(|| json!({}), sensitive);
    json.insert("schema_version".to_owned(), json!(it.schema_version));
    let values = value.as_ref().map_or_else(|| json!(it.attributes), known);
    json.insert("values".to_owned(), values);
    json.insert("sensitive_values".to_owned(), hidden);
    if !it.dependencies.is_empty() {
        json.insert("depends_on".to_owned(), json!(it.dependencies));
    }
    if it.tainted {
        json.insert("tainted".to_owned(), json!(true));
    }
    Json::Object(json)
}

/// A saved plan. `project` is the configuration that it carries.
pub fn of_plan(plan: &Plan, project: &Project) -> Json {
    let mut json = json!({
        "format_version": "1.2",
        "terraform_version": TERRAFORM,
        "planned_values": planned(plan),
        "configuration": configuration(&project.stack),
        "applyable": plan.changes_something(),
        "complete": plan.deferred.is_empty() && !plan.targeted,
        "errored": false,
    });
    let variables = plan.variables.iter().filter(|it| it.1.is_known());
    let variables: Map<String, Json> =
        variables.map(|(name, it)| (name.clone(), json!({"value": known(it)}))).collect();
    if !variables.is_empty() {
        json["variables"] = Json::Object(variables);
    }
    let changes = plan.changes.iter().map(resource_change);
    let changes: Vec<Json> = changes.collect();
    if !changes.is_empty() {
        json["resource_changes"] = Json::Array(changes);
    }
    let drift: Vec<Json> = plan.drift.iter().filter_map(|it| drifted(plan, it)).collect();
    if !drift.is_empty() {
        json["resource_drift"] = Json::Array(drift);
    }
    let outputs = plan.outputs.iter().map(|(name, it)| (name.clone(), output_change(it)));
    let outputs: Map<String, Json> = outputs.collect();
    if !outputs.is_empty() {
        json["output_changes"] = Json::Object(outputs);
    }
    if let Some(prior) = prior_state(plan) {
        json["prior_state"] = prior;
    }
    if let Some(checks) = checks(&json!(plan.checks)) {
        json["checks"] = checks;
    }
    if let Some(it) = plan.planned {
        json["timestamp"] = json!(stacks::functions::timestamp(it));
    }
    json
}

fn actions(action: Action) -> Json {
    match action {
        Action::NoOp => json!(["no-op"]),
        Action::Create => json!(["create"]),
        Action::Update => json!(["update"]),
        Action::DeleteThenCreate => json!(["delete", "create"]),
        Action::CreateThenDelete => json!(["create", "delete"]),
        Action::Delete => json!(["delete"]),
        Action::Read => json!(["read"]),
        Action::Forget => json!(["forget"]),
    }
}

fn reason(it: &Change) -> Option<&'static str> {
    match (&it.reason, it.action) {
        (Some(Reason::Tainted), _) => Some("replace_because_tainted"),
        (Some(Reason::Asked), _) => Some("replace_by_request"),
        (Some(Reason::Triggered(_)), _) => Some("replace_by_triggers"),
        (Some(Reason::NotConfigured), _) => Some("delete_because_no_resource_config"),
        (Some(Reason::NoSuchKey), _) => Some(match it.address.key {
            Some(Key::Index(_)) => "delete_because_count_index",
            Some(Key::Name(_)) => "delete_because_each_key",
            None => "delete_because_wrong_repetition",
        }),
        (Some(Reason::Deposed | Reason::Destroy), _) => None,
        (None, Action::DeleteThenCreate | Action::CreateThenDelete) => {
            Some("replace_because_cannot_update")
        }
        (None, Action::Read) => Some("read_because_config_unknown"),
        (
            None,
            Action::NoOp | Action::Create | Action::Update | Action::Delete | Action::Forget,
        ) => None,
    }
}

fn resource_change(it: &Change) -> Json {
    let mut json = object(&it.address, &it.provider);
    let mut set = |key: &str, value: Json| drop(json.insert(key.to_owned(), value));
    if !it.address.resource.module.is_root() {
        set("module_address", json!(it.address.resource.module.to_string()));
    }
    if let Some(from) = &it.moved_from {
        set("previous_address", json!(from.to_string()));
    }
    if let Some(key) = &it.deposed {
        set("deposed", json!(key));
    }
    let after = match it.action {
        Action::Delete | Action::Forget => None,
        Action::NoOp
        | Action::Create
        | Action::Update
        | Action::DeleteThenCreate
        | Action::CreateThenDelete
        | Action::Read => it.after.as_ref(),
    };
    let mut change = change(actions(it.action), it.before.as_ref(), after);
    if !it.forced_by.is_empty() {
        change["replace_paths"] = it.forced_by.iter().map(|it| json!([it])).collect();
    }
    if let Some(id) = &it.imported {
        change["importing"] = json!({"id": id});
    }
    set("change", change);
    if let Some(reason) = reason(it) {
        set("action_reason", json!(reason));
    }
    if !it.kept.is_empty() {
        set("kept", kept(it));
    }
    Json::Object(json)
}

/// What of an object is other than its configuration says, on purpose. Terraform has no such thing, and
/// programs that read its formats pass over what they do not know. Images are told by container; a
/// whole text, or what is sensitive, is not repeated.
pub fn kept(it: &Change) -> Json {
    let one = |kept: &Kept| {
        let mut json = json!({"attribute": kept.attribute, "why": kept.why});
        let hidden = it.after.as_ref().and_then(|it| it.get(&kept.attribute));
        if hidden.is_some_and(|it| it.marks_deep().sensitive) {
            return json;
        }
        match &kept.value {
            Json::Object(images) => {
                let image = |(name, it): (&String, &Json)| {
                    (name.clone(), json!({"image": it.get("now"), "configuration": it.get("said")}))
                };
                json["images"] = Json::Object(images.iter().map(image).collect());
            }
            it if kept.attribute != "container_definitions" => json["value"] = it.clone(),
            _ => (),
        }
        json
    };
    it.kept.iter().map(one).collect()
}

fn change(actions: Json, before: Option<&Value>, after: Option<&Value>) -> Json {
    let open = after.filter(|it| !it.is_wholly_known());
    let hidden = |it: Option<&Value>| it.map_or(json!(false), sensitive);
    json!({
        "actions": actions,
        "before": before.map(known),
        "after": after.map(known),
        "after_unknown": open.map_or_else(|| json!({}), unknown),
        "before_sensitive": hidden(before),
        "after_sensitive": hidden(after),
    })
}

fn output_change(it: &OutputChange) -> Json {
    let plain = |it: &Option<Value>| it.clone().map(|it| it.unmark_deep().0);
    let action = match (plain(&it.before), plain(&it.after)) {
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (before, after) if before == after => Action::NoOp,
        (_, _) => Action::Update,
    };
    let open = it.after.as_ref().filter(|it| !it.is_wholly_known());
    let mut json = json!({
        "actions": actions(action),
        "before": it.before.as_ref().map(known),
        "after_unknown": open.map_or(json!(false), unknown),
        "before_sensitive": it.sensitive,
        "after_sensitive": it.sensitive,
    });
    if it.after.as_ref().is_none_or(Value::is_known) {
        json["after"] = json!(it.after.as_ref().map(known));
    }
    json
}

fn drifted(plan: &Plan, it: &Drift) -> Option<Json> {
    let provider = plan.changes.iter().find(|other| other.address == it.address);
    let provider = provider.map_or("", |it| it.provider.as_str());
    let value = |attributes: &Object| {
        let object = ObjectState { attributes: attributes.clone(), ..ObjectState::default() };
        engine::value(&BUILTIN, &it.address, &object)
    };
    let (before, after) = (value(&it.before)?, it.after.as_ref().and_then(value));
    let action = if after.is_some() { Action::Update } else { Action::Delete };
    let mut json = object(&it.address, provider);
    if !it.address.resource.module.is_root() {
        let module = it.address.resource.module.to_string();
        json.insert("module_address".to_owned(), json!(module));
    }
    let change = change(actions(action), Some(&before), after.as_ref());
    json.insert("change".to_owned(), change);
    Some(Json::Object(json))
}

/// An object as planned values and the prior state have it.
fn with_values(address: &InstanceAddr, provider: &str, value: &Value) -> (InstanceAddr, Json) {
    let mut json = object(address, provider);
    json.insert("schema_version".to_owned(), json!(schema_version(address)));
    json.insert("values".to_owned(), known(value));
    json.insert("sensitive_values".to_owned(), sensitive(value));
    (address.clone(), Json::Object(json))
}

fn planned(plan: &Plan) -> Json {
    let mut objects = Vec::new();
    for it in plan.changes.iter().filter(|it| it.deposed.is_none()) {
        let stays = !matches!(it.action, Action::Delete | Action::Forget);
        if let Some(after) = it.after.as_ref().filter(|_| stays) {
            objects.push(with_values(&it.address, &it.provider, after));
        }
    }
    let mut json = json!({"root_module": modules(objects)});
    let outputs = plan.outputs.iter().filter(|it| it.1.after.is_some());
    let outputs: Map<String, Json> =
        outputs.map(|(name, it)| (name.clone(), output(it.after.as_ref(), it.sensitive))).collect();
    if !outputs.is_empty() {
        json["outputs"] = Json::Object(outputs);
    }
    json
}

/// What there was before the plan: the objects that it found, and the data that it read.
fn prior_state(plan: &Plan) -> Option<Json> {
    let mut objects = Vec::new();
    for it in plan.changes.iter().filter(|it| it.deposed.is_none()) {
        if let Some(before) = &it.before {
            let (address, mut json) = with_values(&it.address, &it.provider, before);
            if !it.dependencies.is_empty() {
                json["depends_on"] = json!(it.dependencies);
            }
            objects.push((address, json));
        }
    }
    for (address, provider, attributes) in &plan.data {
        let object = ObjectState { attributes: attributes.clone(), ..ObjectState::default() };
        if let Some(value) = engine::value(&BUILTIN, address, &object) {
            objects.push(with_values(address, provider, &value));
        }
    }
    let outputs = plan.outputs.iter().filter(|it| it.1.before.is_some());
    let outputs: Map<String, Json> = outputs
        .map(|(name, it)| (name.clone(), output(it.before.as_ref(), it.sensitive)))
        .collect();
    if objects.is_empty() && outputs.is_empty() {
        return None;
    }
    objects.sort_by(|a, b| a.0.cmp(&b.0));
    let mut values = json!({"root_module": modules(objects)});
    if !outputs.is_empty() {
        values["outputs"] = Json::Object(outputs);
    }
    Some(json!({"format_version": "1.0", "terraform_version": TERRAFORM, "values": values}))
}
