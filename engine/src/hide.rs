//! What a service says may repeat what it was sent: its words are shown without the secrets.

use model::{Attribute, Fault, Kind, Map, Value};

use crate::planning::mark_sensitive;

/// Shorter texts are parts of words: to hide them there would give them away.
const SHORTEST: usize = 4;

/// The secrets in what is sent, the longest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Those of an object: what is marked as sensitive, what its schema calls so, and what is sent
    /// and kept nowhere.
    pub(crate) fn of(attributes: &[Attribute], object: &Map, kept_nowhere: &Map) -> Secrets {
        let mut found = Vec::new();
        for it in mark_sensitive(attributes, object.clone()).values() {
            collect(it, false, &mut found);
        }
        for it in kept_nowhere.values() {
            collect(it, true, &mut found);
        }
        Secrets::long(found)
    }

    /// Those of what a data source is given.
    pub(crate) fn of_given(given: &Value) -> Secrets {
        let mut found = Vec::new();
        collect(given, false, &mut found);
        Secrets::long(found)
    }

    fn long(mut found: Vec<String>) -> Secrets {
        found.retain(|it| it.chars().count() >= SHORTEST);
        found.sort_by_key(|it| std::cmp::Reverse(it.len()));
        Secrets(found)
    }

    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, it| text.replace(it, "(sensitive value)"))
    }

    pub(crate) fn hide_in(&self, fault: Fault) -> Fault {
        Fault { message: self.hide(&fault.message), ..fault }
    }
}

/// The texts in a value that are sensitive, or are in something that is.
fn collect(value: &Value, secret: bool, into: &mut Vec<String>) {
    let secret = secret || value.marks.sensitive;
    match &value.kind {
        Kind::String(text) if secret => {
            into.push(text.to_string());
            // A document is repeated in parts.
            if let Ok(it @ (serde_json::Value::Array(_) | serde_json::Value::Object(_))) =
                serde_json::from_str(text)
            {
                collect(&model::from_json(&it), true, into);
            }
        }
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            items.iter().for_each(|it| collect(it, secret, into));
        }
        Kind::Map(_, entries) | Kind::Object(entries) => {
            entries.values().for_each(|it| collect(it, secret, into));
        }
        Kind::String(_) | Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_is_repeated() {
        let object = Map::from([
            ("name".into(), Value::string("app")),
            ("token".into(), Value::string("canary-1").sensitive()),
            ("pin".into(), Value::string("123").sensitive()),
            ("document".into(), Value::string("{\"a\": [\"canary-2\", 1]}").sensitive()),
            ("tags".into(), Value::tuple(vec![Value::string("canary-3")]).sensitive()),
        ]);
        let nowhere = Map::from([("password".into(), Value::string("canary-1-long"))]);
        let secrets = Secrets::of(&[], &object, &nowhere);
        let told = "app: 'canary-1-long', canary-1 and 123, not canary-2; canary-3 or canary-4";
        let (hidden, open) = ("(sensitive value)", "or canary-4");
        assert_eq!(
            secrets.hide(told),
            format!("app: '{hidden}', {hidden} and 123, not {hidden}; {hidden} {open}")
        );
    }
}
