//! What we want to know again of an object, beside what its provider does.
//!
//! A state file has one place that Terraform carries along unread: what a provider wants to know
//! again of its object, `private`, which is JSON in base 64. Its values are strings of JSON in base 64
//! themselves for some providers, and anything for others; a string of the former kind suits both. Some
//! providers write it anew when Terraform changes the object; our next apply then says so again.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value as Json, json};

/// Our entry among those of the provider, with all our notes in it.
const OURS: &str = "groundplan";

type Entries = BTreeMap<String, Json>;

/// What was noted under this name.
pub fn note(private: Option<&str>, name: &str) -> Option<Json> {
    ours(&entries(private?)?)?.remove(name)
}

/// The same `private` with another note under this name, or with none. What the provider keeps stays
/// as it is; where it is nothing that can be added to, so does all of it.
pub fn noted(private: Option<&str>, name: &str, note: Option<Json>) -> Option<String> {
    let unchanged = || private.map(str::to_owned);
    let Some(mut all) = entries(private.unwrap_or_default()) else { return unchanged() };
    let mut notes = ours(&all).unwrap_or_default();
    let before = match note {
        Some(note) => notes.insert(name.to_owned(), note.clone()).filter(|it| *it == note),
        None => match notes.remove(name) {
            Some(_) => None,
            None => return unchanged(),
        },
    };
    if before.is_some() {
        return unchanged();
    }
    match notes.is_empty() {
        true => all.remove(OURS),
        false => all.insert(OURS.to_owned(), encoded(&json!(notes)).into()),
    };
    (!all.is_empty()).then(|| encoded(&json!(all)))
}

fn ours(all: &Entries) -> Option<Entries> {
    decoded(all.get(OURS)?.as_str()?)
}

fn entries(private: &str) -> Option<Entries> {
    if private.is_empty() {
        return Some(Entries::new());
    }
    // Some providers keep `null` there.
    decoded::<Option<_>>(private).map(Option::unwrap_or_default)
}

fn decoded<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_STANDARD.decode(text).ok()?).ok()
}

fn encoded(json: &Json) -> String {
    BASE64_STANDARD.encode(json.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_come_and_go_without_a_trace() {
        let one = noted(None, "one", Some(json!(true)));
        let all = entries(one.as_deref().unwrap()).unwrap();
        assert_eq!(json!(all).to_string(), r#"{"groundplan":"eyJvbmUiOnRydWV9"}"#);
        assert_eq!(noted(one.as_deref(), "one", Some(json!(true))), one);

        let two = noted(one.as_deref(), "two", Some(json!({"a": 3})));
        assert_eq!(note(two.as_deref(), "one"), Some(json!(true)));
        assert_eq!(note(two.as_deref(), "two"), Some(json!({"a": 3})));
        assert_eq!(noted(two.as_deref(), "two", None), one);
        assert_eq!(noted(one.as_deref(), "one", None), None);
    }

    #[test]
    fn what_the_provider_keeps_stays() {
        let theirs =
            encoded(&json!({"e2bfb730": {"create": 600_000_000_000_u64}, "schema_version": "1"}));
        let both = noted(Some(&theirs), "one", Some(json!(true)));
        assert_eq!(note(both.as_deref(), "one"), Some(json!(true)));
        assert_eq!(noted(both.as_deref(), "one", None), Some(theirs.clone()));
        assert_eq!(noted(Some(&theirs), "one", None), Some(theirs));
    }

    #[test]
    fn what_says_nothing_stays_as_it_is() {
        for it in ["bnVsbA==", "", "not base 64"] {
            assert_eq!(note(Some(it), "one"), None);
            assert_eq!(noted(Some(it), "one", None), Some(it.to_owned()));
        }
        let over_null = noted(Some("bnVsbA=="), "one", Some(json!(true)));
        assert_eq!(note(over_null.as_deref(), "one"), Some(json!(true)));
        assert_eq!(noted(Some("?"), "one", Some(json!(true))), Some("?".to_owned()));
    }
}
