//! The tags of volumes, which three things say: `volume_tags` for all, a block for its own volume, and
//! the provider's `default_tags`. A volume is told what they come to.

use std::collections::BTreeMap;

use model::{Kind, Map, Type, Value};

use crate::aws::Aws;

/// Gives each block that says nothing about tags those that its volume has, or will have because of
/// `volume_tags`.
pub(super) fn settle(aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
    let of_all = |of: &Map| of.get("volume_tags").cloned().unwrap_or_else(none);
    let (old, new) = (prior.map_or_else(none, of_all), of_all(planned));
    for name in ["root_block_device", "ebs_block_device"] {
        let before = prior.and_then(|it| it.get(name)).and_then(Value::items).unwrap_or_default();
        let Some(blocks) = planned.get(name) else { continue };
        let settled = |it: &Value| {
            let root = name == "root_block_device";
            let before = before.iter().find(|old| root || device(old) == device(it));
            let own = before.and_then(|it| it.get("tags"));
            let it = block(it, |tags| match tags.is_null() {
                true => inherited(own, &old, &new),
                false => without(tags, &aws.tags().default),
            });
            before.and_then(|before| retagged(&it, before)).unwrap_or(it)
        };
        let blocks = match &blocks.kind {
            Kind::List(ty, items) => Value::list(ty.clone(), items.iter().map(settled).collect()),
            Kind::Set(ty, items) => Value::set(ty.clone(), items.iter().map(settled).collect()),
            _ => continue,
        };
        planned.insert(name.into(), blocks);
    }
}

fn none() -> Value {
    Value::null(Type::map(Type::String))
}

fn device(block: &Value) -> Option<&str> {
    block.get("device_name").and_then(Value::as_str)
}

/// A block without tags, and without what only AWS says.
pub(super) fn untagged(it: &Value) -> Value {
    let Some(entries) = it.entries() else { return it.clone() };
    let mut entries = entries.clone();
    for name in ["tags", "tags_all"] {
        entries.insert(name.into(), none());
    }
    entries.insert("volume_id".into(), Value::null(Type::String));
    Value::object(entries)
}

/// A block with other tags.
fn block(it: &Value, tags: impl FnOnce(&Value) -> Value) -> Value {
    let Some(entries) = it.entries() else { return it.clone() };
    let mut entries = entries.clone();
    let tags = tags(entries.get("tags").unwrap_or(&none()));
    entries.insert("tags".into(), tags);
    Value::object(entries)
}

/// A block that differs from the volume in its tags alone: whatever it leaves open stays. Planning
/// cannot tell, since an element of a set that differs in anything is another one.
fn retagged(it: &Value, before: &Value) -> Option<Value> {
    let (new, old) = (it.entries()?, before.entries()?);
    let differs = |key: &str, value: &Value| value.is_known() && old.get(key) != Some(value);
    let (tags, rest): (Vec<_>, Vec<_>) =
        new.iter().partition(|(key, _)| matches!(&***key, "tags" | "tags_all"));
    if rest.iter().any(|(key, value)| differs(key, value))
        || !tags.iter().any(|(key, value)| differs(key, value))
    {
        return None;
    }
    let mut entries = old.clone();
    entries.extend(tags.into_iter().map(|(key, value)| (key.clone(), value.clone())));
    Some(Value::object(entries))
}

/// The tags that a volume has now, with those for all volumes exchanged.
fn inherited(before: Option<&Value>, old: &Value, new: &Value) -> Value {
    if !new.is_wholly_known() {
        return Value::unknown(Type::map(Type::String));
    }
    let entries = |it: &Value| it.entries().cloned().unwrap_or_default();
    let old = entries(old);
    let mut tags = before.map(entries).unwrap_or_default();
    tags.retain(|key, _| !old.contains_key(key));
    tags.extend(entries(new));
    match tags.is_empty() {
        true => none(),
        false => Value::map(Type::String, tags),
    }
}

/// What the provider says already is not said again.
fn without(tags: &Value, default: &BTreeMap<String, String>) -> Value {
    let Some(entries) = tags.entries() else { return tags.clone() };
    let said = |key: &str, value: &Value| {
        default.get(key).is_some_and(|it| value.as_str() == Some(it.as_str()))
    };
    if !entries.iter().any(|(key, value)| said(key, value)) {
        return tags.clone();
    }
    let rest = entries.iter().filter(|(key, value)| !said(key, value));
    Value::map(Type::String, rest.map(|(key, value)| (key.clone(), value.clone())).collect())
}
