//! Predicts what applying a configuration would leave of one object. Pure: no I/O, no resource code.
//!
//! All the meaning of required, optional, computed and replace is here, for every type alike.

use std::sync::Arc;

use model::{
    Attribute, Given, Key, Kind, Map, Schema, Shape, Type, Value, from_typed_json, to_typed_json,
};
use stacks::syntax::tree::{Step, Traversal};

/// What happens to an object that exists, or does not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Create,
    Update,
    Replace,
    Keep,
}

/// The predicted object, and what led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    pub verdict: Verdict,
    /// An object of the schema's type; unknown where only applying will tell.
    pub after: Map,
    /// Names of the attributes that differ.
    pub changed: Vec<&'static str>,
    /// Names of those that force a replacement.
    pub forced_by: Vec<&'static str>,
}

/// Plans one object. `config` has an entry for each attribute, null (or no blocks) where the user
/// gave nothing. `adjust` fills in what follows from other attributes.
pub fn predict(
    schema: &Schema,
    prior: Option<&Map>,
    config: &Map,
    adjust: &dyn Fn(Option<&Map>, &mut Map),
) -> Prediction {
    let Some(prior) = prior else {
        let after = created(schema, config, adjust);
        return Prediction { verdict: Verdict::Create, after, changed: vec![], forced_by: vec![] };
    };
    let mut after = merge(schema.attributes, config, Some(prior));
    adjust(Some(&marked_as(prior, &after)), &mut after);
    let (mut changed, mut forced_by) = (Vec::new(), Vec::new());
    for it in schema.attributes {
        let (old, new) = (entry(prior, it), entry(&after, it));
        // What is written may mean what is there. Then keep it as it is, and nothing has changed.
        if means_the_same(it, &old, &new) {
            let marks = new.marks_deep();
            after.insert(it.name.into(), old.mark(marks));
            continue;
        }
        changed.push(it.name);
        let written = given(it, config.get(it.name));
        // What the cloud never shows is not known of an imported object: no reason to replace it.
        let nothing = old.is_null() || old.items().is_some_and(<[Value]>::is_empty);
        let never_known = it.unread && nothing;
        if !never_known && forces_replacement(it, &old, &new, written) {
            forced_by.push(it.name);
        }
    }
    if changed.is_empty() {
        return Prediction { verdict: Verdict::Keep, after, changed, forced_by };
    }
    if !forced_by.is_empty() {
        let after = created(schema, config, adjust);
        return Prediction { verdict: Verdict::Replace, after, changed, forced_by };
    }
    for it in schema.attributes.iter().filter(|it| it.volatile) {
        if !given(it, config.get(it.name)) {
            after.insert(it.name.into(), Value::unknown(it.shape.ty()));
        }
    }
    Prediction { verdict: Verdict::Update, after, changed, forced_by }
}

/// The prior object with the marks of the new one on what is the same: a comparison of the two must
/// not find that it was not sensitive before.
fn marked_as(prior: &Map, after: &Map) -> Map {
    let is_marked = |it: &Value| it.marks_deep().any();
    let same = |(name, old): (&Arc<str>, &Value)| {
        let new = after.get(name).filter(|new| is_marked(new) || is_marked(old));
        let new = new.filter(|it| (*it).clone().unmark_deep().0 == old.clone().unmark_deep().0);
        (name.clone(), new.unwrap_or(old).clone())
    };
    prior.iter().map(same).collect()
}

/// Takes what is kept nowhere out of a configuration.
pub fn take_write_only(schema: &Schema, config: &mut Map) -> Map {
    let mut taken = Map::new();
    for it in schema.attributes.iter().filter(|it| it.write_only) {
        let null = Value::null(it.shape.ty());
        if let Some(value) = config.insert(it.name.into(), null).filter(|it| !it.is_null()) {
            taken.insert(it.name.into(), value);
        }
    }
    taken
}

/// Says in `has_x_wo` whether `x_wo` is given, for types that keep that.
pub fn note_write_only(schema: &Schema, taken: &Map, after: &mut Map) {
    for it in schema.attributes.iter().filter(|it| it.write_only) {
        let has = format!("has_{}", it.name);
        if schema.attribute(&has).is_some() {
            after.insert(has.into(), Value::from(taken.contains_key(it.name)));
        }
    }
}

/// Those of `secrets` that an update has to send: their version has changed. Secrets of other names
/// than `x_wo`, with `x_wo_version`, are never sent again.
pub fn renewed(secrets: Map, prior: &Map, after: &Map) -> Map {
    let changed = |name: &str| {
        let version = format!("{name}_version");
        after.get(version.as_str()).is_some_and(|it| Some(it) != prior.get(version.as_str()))
    };
    secrets.into_iter().filter(|(name, _)| changed(name)).collect()
}

/// `want` with what it leaves open (computed attributes, in blocks too) taken from `have`.
pub fn filled(schema: &Schema, want: &Map, have: &Map) -> Map {
    merge(schema.attributes, want, Some(have))
}

/// What a new object will be.
pub fn created(schema: &Schema, config: &Map, adjust: &dyn Fn(Option<&Map>, &mut Map)) -> Map {
    let mut after = merge(schema.attributes, config, None);
    adjust(None, &mut after);
    after
}

/// The configuration, with what it leaves open filled in from the object as it is.
fn merge(attributes: &[Attribute], config: &Map, prior: Option<&Map>) -> Map {
    attributes
        .iter()
        .map(|it| {
            let old = prior.and_then(|it_| it_.get(it.name));
            (it.name.into(), merge_one(it, config.get(it.name), old))
        })
        .collect()
}

fn merge_one(it: &Attribute, config: Option<&Value>, prior: Option<&Value>) -> Value {
    if let Some(config) = config.filter(|_| given(it, config)) {
        return match it.blocks() {
            Some(_) => fill(it.shape, config, prior),
            None => config.clone(),
        };
    }
    match (it.given, prior) {
        (Given::Output | Given::Auto, Some(prior)) => prior.clone(),
        (Given::Output, None) => Value::unknown(it.shape.ty()),
        (Given::Auto, None) if it.default.is_none() => Value::unknown(it.shape.ty()),
        (Given::Auto | Given::Required | Given::Optional, _) => if_not_given(it),
    }
}

/// Whether the user has written something for it.
fn given(it: &Attribute, config: Option<&Value>) -> bool {
    let Some(config) = config else { return false };
    if it.given == Given::Output || config.is_null() {
        return false;
    }
    // No blocks of a kind is how one writes "not given", unless `[]` could have been written.
    !(it.is_block() && !it.assignable && config.items().is_some_and(<[Value]>::is_empty))
}

fn if_not_given(it: &Attribute) -> Value {
    let ty = it.shape.ty();
    from_typed_json(&it.value_if_not_given(), &ty).unwrap_or_else(|_| Value::null(ty))
}

/// Blocks as configured, with computed attributes inside them taken from the blocks that are there.
fn fill(shape: Shape, config: &Value, prior: Option<&Value>) -> Value {
    let marks = config.marks;
    let filled = match (shape, &config.kind) {
        (Shape::Object(attributes), Kind::Object(entries)) => {
            let prior = prior.and_then(Value::entries);
            Value::object(merge(attributes, entries, prior))
        }
        (Shape::List(item), Kind::List(ty, items)) => {
            let old = prior.and_then(Value::items).unwrap_or_default();
            let items = items.iter().enumerate().map(|(n, it)| fill(*item, it, old.get(n)));
            Value::list(ty.clone(), items.collect())
        }
        (Shape::Set(item), Kind::Set(ty, items)) => {
            let old = prior.and_then(Value::items).unwrap_or_default();
            let items = items.iter().map(|it| fill(*item, it, counterpart(*item, it, old)));
            Value::set(ty.clone(), items.collect())
        }
        _ => config.clone(),
    };
    filled.mark(marks)
}

/// The element of a set that a configured block is about: the one that is the same in all that the
/// block gives.
fn counterpart<'a>(shape: Shape, config: &Value, old: &'a [Value]) -> Option<&'a Value> {
    let (Shape::Object(attributes), Some(config)) = (shape, config.entries()) else { return None };
    old.iter().find(|old| {
        let Some(old) = old.entries() else { return false };
        attributes.iter().filter(|it| given(it, config.get(it.name))).all(|it| {
            let new = fill(it.shape, &entry(config, it), Some(&entry(old, it)));
            means_the_same(it, &entry(old, it), &new)
        })
    })
}

fn entry(object: &Map, it: &Attribute) -> Value {
    object.get(it.name).cloned().unwrap_or_else(|| Value::null(it.shape.ty()))
}

/// Whether two values of an attribute say the same, by the comparison of its field type.
pub fn means_the_same(it: &Attribute, old: &Value, new: &Value) -> bool {
    if old == new {
        return old.is_wholly_known();
    }
    if !old.is_wholly_known() || !new.is_wholly_known() {
        return false;
    }
    let ty = it.shape.ty();
    it.same(&to_typed_json(old, &ty), &to_typed_json(new, &ty))
}

/// Whether a change of this attribute cannot be made in place. Blocks that nobody wrote and that are
/// not known are no reason: they follow from something else.
fn forces_replacement(it: &Attribute, old: &Value, new: &Value, written: bool) -> bool {
    if it.replace {
        return true;
    }
    if !written && matches!(new.kind, Kind::Unknown(_)) {
        return false;
    }
    let Some(attributes) = it.blocks() else { return false };
    match it.shape {
        Shape::Object(_) => forced_inside(attributes, old, new),
        Shape::List(_) => {
            let (old, new) = (old.items().unwrap_or_default(), new.items().unwrap_or_default());
            if old.len() != new.len() {
                return any_replace(attributes);
            }
            old.iter().zip(new).any(|(old, new)| forced_inside(attributes, old, new))
        }
        _ => any_replace(attributes),
    }
}

fn forced_inside(attributes: &'static [Attribute], old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.entries(), new.entries()) else {
        return any_replace(attributes);
    };
    attributes.iter().any(|it| {
        let (old, new) = (entry(old, it), entry(new, it));
        !means_the_same(it, &old, &new) && forces_replacement(it, &old, &new, true)
    })
}

fn any_replace(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| it.replace || it.blocks().is_some_and(any_replace))
}

/// The configuration with what `ignore_changes` names taken from the object as it is.
pub fn ignore(config: &mut Map, prior: &Map, paths: &[Traversal]) {
    for path in paths {
        let name = &path.root.name;
        let Some(prior) = prior.get(name) else { continue };
        let config = config.entry(name.clone()).or_insert_with(|| Value::null(Type::Any));
        *config = keep_at(config, prior, &path.steps);
    }
}

/// `config` with the part at `steps` replaced by the same part of `prior`.
fn keep_at(config: &Value, prior: &Value, steps: &[Step]) -> Value {
    let Some((step, rest)) = steps.split_first() else { return prior.clone() };
    let key: Option<Arc<str>> = match step {
        Step::Attr(name) => Some(name.name.clone()),
        Step::Index(Key::Name(name), _) => Some(name.clone()),
        Step::Index(Key::Index(_), _) => None,
    };
    match (&config.kind, key, step) {
        (Kind::Object(entries) | Kind::Map(_, entries), Some(key), _) => {
            let mut entries = (**entries).clone();
            match (entries.get(&key), prior.get(&key)) {
                (Some(config), Some(prior)) => {
                    let kept = keep_at(config, prior, rest);
                    entries.insert(key, kept);
                }
                // A key of a map that only one of them has.
                (Some(_), None) => _ = entries.remove(&key),
                (None, Some(prior)) => _ = entries.insert(key, prior.clone()),
                (None, None) => (),
            }
            let kind = match &config.kind {
                Kind::Map(ty, _) => Kind::Map(ty.clone(), Arc::new(entries)),
                _ => Kind::Object(Arc::new(entries)),
            };
            Value { kind, marks: config.marks }
        }
        (Kind::Null(_), Some(key), _) => match (prior.get(&key), &prior.kind) {
            (Some(kept), Kind::Map(ty, _)) if rest.is_empty() => {
                Value::map(ty.clone(), Map::from([(key, kept.clone())]))
            }
            _ => config.clone(),
        },
        (Kind::List(ty, items), None, Step::Index(Key::Index(n), _)) => {
            let mut items = (**items).clone();
            let n = usize::try_from(*n).unwrap_or(usize::MAX);
            let old = prior.items().and_then(|it| it.get(n));
            if let (Some(item), Some(old)) = (items.get_mut(n), old) {
                *item = keep_at(item, old, rest);
            }
            Value { kind: Kind::List(ty.clone(), Arc::new(items)), marks: config.marks }
        }
        _ => config.clone(),
    }
}

/// Whether what is known now keeps what the plan said: everything that the plan knew must have come
/// out the same. Answers the first attribute that has not.
pub fn breaks_promise(schema: &Schema, planned: &Map, now: &Map) -> Option<&'static str> {
    let kept = |it: &&Attribute| {
        let (planned, now) = (entry(planned, it), entry(now, it));
        fits(&planned, &now) || means_the_same(it, &planned, &now)
    };
    schema.attributes.iter().find(|it| !kept(it)).map(|it| it.name)
}

/// Whether `now` is `planned` with its unknown parts filled in.
fn fits(planned: &Value, now: &Value) -> bool {
    match (&planned.kind, &now.kind) {
        (Kind::Unknown(_), _) => true,
        (Kind::List(_, a), Kind::List(_, b)) | (Kind::Tuple(a), Kind::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| fits(a, b))
        }
        (Kind::Set(_, a), Kind::Set(_, b)) => {
            // Which element an unknown one becomes cannot be told, and two may become one.
            b.len() <= a.len() && b.iter().all(|b| a.iter().any(|a| fits(a, b)))
        }
        (Kind::Map(_, a), Kind::Map(_, b)) | (Kind::Object(a), Kind::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| fits(a, b)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use expect_test::{Expect, expect};
    use model::{Attributes, Auto, Json, One, Out, from_json};
    use serde::{Deserialize, Serialize};
    use serde_json::json;
    use std::collections::BTreeSet;

    use super::*;

    #[derive(Debug, PartialEq, Attributes, Serialize, Deserialize)]
    #[resource("test_bucket")]
    struct Bucket {
        #[attr(replace)]
        name: String,
        policy: Option<Json>,
        zone: Auto<String>,
        #[attr(default = false)]
        locked: bool,
        rule: BTreeSet<Rule>,
        logging: One<Logging>,
        arn: Out<String>,
        #[attr(volatile)]
        version: Out<String>,
    }

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
    struct Rule {
        port: i64,
        id: Out<String>,
        label: Option<String>,
    }

    #[derive(Debug, PartialEq, Attributes, Serialize, Deserialize)]
    struct Logging {
        #[attr(replace)]
        target: Option<String>,
        level: Auto<i64>,
    }

    fn object(json: serde_json::Value) -> Map {
        let mut json = json.as_object().unwrap().clone();
        model::complete(Bucket::SCHEMA.attributes, &mut json);
        let value = from_typed_json(&json.into(), &Bucket::SCHEMA.ty()).unwrap();
        value.entries().unwrap().clone()
    }

    fn config(json: serde_json::Value) -> Map {
        let value = from_typed_json(&json, &Bucket::SCHEMA.ty()).unwrap();
        value.entries().unwrap().clone()
    }

    fn show(value: &Value) -> String {
        match &value.kind {
            Kind::Unknown(_) => "?".to_owned(),
            _ if value.is_wholly_known() => model::to_json(value).to_string(),
            Kind::Object(entries) => {
                let pairs = entries.iter().map(|(key, it)| format!("{key}: {}", show(it)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
            _ => {
                let items = value.items().unwrap_or_default().iter().map(show);
                format!("[{}]", items.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn check(prior: Option<Map>, config: Map, expect: Expect) {
        let it = predict(&Bucket::SCHEMA, prior.as_ref(), &config, &|_, _| ());
        let mut text = format!("{:?} {:?} {:?}\n", it.verdict, it.changed, it.forced_by);
        for (name, value) in &it.after {
            writeln!(text, "{name} = {}", show(value)).unwrap();
        }
        expect.assert_eq(&text);
    }

    fn prior() -> Map {
        object(json!({
            "name": "logs", "policy": "{\"a\": 1}", "zone": "z1", "locked": false,
            "rule": [{"port": 80, "id": "r-1", "label": ""}], "logging": [{"target": "t", "level": 3}],
            "arn": "arn:logs", "version": "3",
        }))
    }

    #[test]
    fn a_new_object_knows_only_what_was_written() {
        check(
            None,
            config(json!({"name": "logs", "rule": [{"port": 1}], "logging": [{}]})),
            expect![[r#"
                Create [] []
                arn = ?
                locked = false
                logging = [{level: ?, target: null}]
                name = "logs"
                policy = null
                rule = [{id: ?, label: null, port: 1}]
                version = ?
                zone = ?
            "#]],
        );
    }

    /// Where one of two ways to say the same changes, the other is not known: it alone replaces nothing.
    #[test]
    fn blocks_that_follow_from_something_else_force_nothing() {
        let follows = |_: Option<&Map>, planned: &mut Map| {
            let ty = planned["logging"].ty();
            planned.insert("logging".into(), Value::unknown(ty));
        };
        let config = config(json!({"name": "logs", "locked": true}));
        let it = predict(&Bucket::SCHEMA, Some(&prior()), &config, &follows);
        assert_eq!((it.verdict, it.forced_by), (Verdict::Update, vec![]));
        assert_eq!(it.changed, ["policy", "locked", "rule", "logging"]);
    }

    #[test]
    fn that_a_value_is_sensitive_now_is_no_change() {
        let follows = |prior: Option<&Map>, planned: &mut Map| {
            if prior.is_some_and(|it| it["name"] != planned["name"]) {
                planned.insert("version".into(), Value::unknown(Type::String));
            }
        };
        let mut config = config(json!({
            "name": "logs", "policy": "{\"a\":1}", "rule": [{"port": 80}],
            "logging": [{"target": "t"}],
        }));
        let name = config["name"].clone().sensitive();
        config.insert("name".into(), name);
        let it = predict(&Bucket::SCHEMA, Some(&prior()), &config, &follows);
        assert_eq!((it.verdict, it.changed), (Verdict::Keep, vec![]));
        assert!(it.after["name"].marks.sensitive);
    }

    #[test]
    fn another_spelling_is_not_a_change() {
        check(
            Some(prior()),
            config(json!({
                "name": "logs", "policy": "{\"a\":1}", "rule": [{"port": 80}],
                "logging": [{"target": "t"}],
            })),
            expect![[r#"
                Keep [] []
                arn = "arn:logs"
                locked = false
                logging = [{"level":3,"target":"t"}]
                name = "logs"
                policy = "{\"a\": 1}"
                rule = [{"id":"r-1","label":"","port":80}]
                version = "3"
                zone = "z1"
            "#]],
        );
    }

    #[test]
    fn a_change_of_name_makes_another_bucket() {
        let mut config = config(json!({"logging": [{"target": "t"}]}));
        config.insert("name".into(), Value::unknown(Type::String));
        check(
            Some(prior()),
            config,
            expect![[r#"
                Replace ["name", "policy", "rule"] ["name"]
                arn = ?
                locked = false
                logging = [{level: ?, target: "t"}]
                name = ?
                policy = null
                rule = []
                version = ?
                zone = ?
            "#]],
        );
    }

    #[test]
    fn a_block_can_force_a_replacement_and_an_update_forgets_what_is_volatile() {
        check(
            Some(prior()),
            config(json!({"name": "logs", "policy": "{\"a\": 1}", "rule": [{"port": 80}],
                "logging": [{"target": "other"}]})),
            expect![[r#"
                Replace ["logging"] ["logging"]
                arn = ?
                locked = false
                logging = [{level: ?, target: "other"}]
                name = "logs"
                policy = "{\"a\": 1}"
                rule = [{id: ?, label: null, port: 80}]
                version = ?
                zone = ?
            "#]],
        );
        check(
            Some(prior()),
            config(json!({"name": "logs", "locked": true, "policy": "{\"a\": 1}",
                "rule": [{"port": 80}, {"port": 81}], "logging": [{"target": "t"}]})),
            expect![[r#"
                Update ["locked", "rule"] []
                arn = "arn:logs"
                locked = true
                logging = [{"level":3,"target":"t"}]
                name = "logs"
                policy = "{\"a\": 1}"
                rule = [{"id":"r-1","label":null,"port":80}, {id: ?, label: null, port: 81}]
                version = ?
                zone = "z1"
            "#]],
        );
    }

    #[test]
    fn what_a_plan_knew_must_come_out_the_same() {
        let planned = |id: Value| {
            let mut it = prior();
            it.insert("arn".into(), id);
            it
        };
        let schema = &Bucket::SCHEMA;
        let now = prior();
        assert_eq!(breaks_promise(schema, &planned(Value::unknown(Type::String)), &now), None);
        assert_eq!(breaks_promise(schema, &planned("arn:logs".into()), &now), None);
        assert_eq!(breaks_promise(schema, &planned("arn:other".into()), &now), Some("arn"));
        assert!(from_json(&json!(1)).is_known());
    }
}
