//! Tags that come from the provider's settings, in the one place that knows about them.
//!
//! A resource type is given all tags as its `tags`, and describes all tags as its `tags`. What is
//! the user's own and what is `tags_all` is told apart here.

use std::collections::{BTreeMap, BTreeSet};

use model::{Kind, Map, Object, Type, Value};
use serde_json::{Value as Json, json};

/// Marks an object with the intent that made it, so that a lost answer does not lose the object.
pub(crate) const INTENT: &str = "groundplan:intent";

/// The provider's `default_tags` and `ignore_tags`.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagSettings {
    pub default: BTreeMap<String, String>,
    pub ignored_keys: BTreeSet<String>,
    pub ignored_prefixes: BTreeSet<String>,
}

impl TagSettings {
    /// Whether a tag that AWS shows is none of our business.
    pub fn ignores(&self, key: &str) -> bool {
        key == INTENT
            || key.starts_with("aws:")
            || self.ignored_keys.contains(key)
            || self.ignored_prefixes.iter().any(|it| key.starts_with(it.as_str()))
    }

    /// Plans `tags_all`, and takes back a change of `tags` that leaves all tags as they are.
    pub fn adjust(&self, prior: Option<&Map>, planned: &mut Map) {
        let Some(own) = planned.get("tags") else { return };
        let all = self.with_defaults(own);
        let before = |name: &str| prior.and_then(|it| it.get(name)).cloned();
        let unmarked = |it: &Value| it.clone().unmark_deep().0;
        let unchanged = before("tags_all").is_some_and(|it| unmarked(&it) == unmarked(&all));
        let echo = match &own.kind {
            Kind::Map(_, entries) if unchanged => {
                let repeated = |key: &str, value: &Value| {
                    self.default.get(key).map(String::as_str) == value.as_str()
                };
                let rest = entries.iter().filter(|(key, value)| !repeated(key, value));
                let rest: Map = rest.map(|(key, value)| (key.clone(), value.clone())).collect();
                before("tags").filter(|it| entries_of(it) == rest)
            }
            _ => None,
        };
        if let Some(echo) = echo {
            planned.insert("tags".into(), echo);
        }
        planned.insert("tags_all".into(), all);
    }

    fn with_defaults(&self, own: &Value) -> Value {
        let marks = own.marks;
        let Kind::Unknown(_) = own.kind else {
            let default = self.default.iter();
            let mut all: Map =
                default.map(|(key, value)| (key.as_str().into(), value.as_str().into())).collect();
            all.extend(entries_of(own).into_iter().filter(|(_, it)| !it.is_null()));
            return Value { marks, ..Value::map(Type::String, all) };
        };
        Value { marks, ..Value::unknown(Type::map(Type::String)) }
    }

    /// What a type is to make of an object: all tags as its `tags`.
    pub fn fold(&self, object: &Object) -> Json {
        match (object.get("tags_all"), object.get("tags")) {
            (Some(all @ Json::Object(_)), _) => all.clone(),
            (_, own) => {
                let mut all: serde_json::Map<String, Json> =
                    self.default.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
                all.extend(own.and_then(Json::as_object).cloned().unwrap_or_default());
                Json::Object(all)
            }
        }
    }

    /// The reverse: `tags_all` is what a type found, `tags` what of it the defaults do not explain.
    pub fn unfold(&self, object: &mut Object) {
        let found = object.get("tags").and_then(Json::as_object).cloned().unwrap_or_default();
        let all: Vec<_> = found.into_iter().filter(|(key, _)| !self.ignores(key)).collect();
        let own = all
            .iter()
            .filter(|(key, value)| self.default.get(key).map(String::as_str) != value.as_str());
        object.insert("tags".to_owned(), Json::Object(own.cloned().collect()));
        object.insert("tags_all".to_owned(), Json::Object(all.into_iter().collect()));
    }
}

fn entries_of(value: &Value) -> Map {
    match &value.kind {
        Kind::Map(_, entries) | Kind::Object(entries) => entries.as_ref().clone(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> TagSettings {
        TagSettings {
            default: BTreeMap::from([("team".to_owned(), "edge".to_owned())]),
            ignored_prefixes: BTreeSet::from(["cost:".to_owned()]),
            ..TagSettings::default()
        }
    }

    fn map(pairs: &[(&str, &str)]) -> Value {
        Value::map(
            Type::String,
            pairs.iter().map(|(key, it)| ((*key).into(), (*it).into())).collect(),
        )
    }

    fn object(it: Json) -> Object {
        it.as_object().cloned().unwrap_or_default().into_iter().collect()
    }

    #[test]
    fn an_own_tag_wins_over_a_default_one() {
        let mut planned = Map::from([("tags".into(), map(&[("team", "core"), ("a", "b")]))]);
        settings().adjust(None, &mut planned);
        assert_eq!(planned["tags_all"], map(&[("a", "b"), ("team", "core")]));
    }

    #[test]
    fn unknown_tags_make_unknown_tags() {
        let unknown = Value::unknown(Type::map(Type::String));
        let mut planned = Map::from([("tags".into(), unknown.clone())]);
        settings().adjust(None, &mut planned);
        assert_eq!(planned["tags_all"], unknown);
    }

    #[test]
    fn repeating_a_default_tag_changes_nothing() {
        let prior =
            Map::from([("tags".into(), map(&[])), ("tags_all".into(), map(&[("team", "edge")]))]);
        let mut planned = Map::from([("tags".into(), map(&[("team", "edge")]))]);
        settings().adjust(Some(&prior), &mut planned);
        assert_eq!(planned["tags"], map(&[]));
    }

    #[test]
    fn what_is_read_is_told_apart() {
        let mut found = object(json!({"tags": {
            "team": "edge", "a": "b", "cost:center": "1", "aws:created": "x", INTENT: "y"
        }}));
        settings().unfold(&mut found);
        let expected = json!({"tags": {"a": "b"}, "tags_all": {"a": "b", "team": "edge"}});
        assert_eq!(found, object(expected));
    }
}
