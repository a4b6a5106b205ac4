//! Whether an object is guarded against being destroyed, where its block is gone and cannot say.
//!
//! A state file has one place that Terraform carries along unread: what a provider wants to know
//! again of its object, `private`, which is JSON in base 64. Its values are strings of JSON in base 64
//! themselves for some providers, and anything for others; a string of the former kind suits both. Some
//! providers write it anew when Terraform changes the object; our next apply then says so again.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value as Json, json};

use crate::file::ObjectState;

/// Our entry among those of the provider.
const OURS: &str = "groundplan";

impl ObjectState {
    /// Whether `prevent_destroy` held for it when it was last applied.
    pub fn is_guarded(&self) -> bool {
        let ours = self.private.as_deref().and_then(entries);
        let ours = ours.and_then(|it| decoded(it.get(OURS)?.as_str()?));
        ours.and_then(|it: Json| it.get("prevent_destroy")?.as_bool()) == Some(true)
    }

    /// The same object, guarded or not. What its provider keeps beside that stays as it is.
    #[must_use]
    pub fn guarded(self, on: bool) -> ObjectState {
        if self.is_guarded() == on {
            return self;
        }
        let mut all = match &self.private {
            None => BTreeMap::new(),
            Some(text) => match entries(text) {
                Some(it) => it,
                // Nothing that we know how to add to.
                None => return self,
            },
        };
        match on {
            true => all.insert(OURS.to_owned(), encoded(&json!({"prevent_destroy": true})).into()),
            false => all.remove(OURS),
        };
        let private = (!all.is_empty()).then(|| encoded(&json!(all)));
        ObjectState { private, ..self }
    }
}

fn entries(private: &str) -> Option<BTreeMap<String, Json>> {
    if private.is_empty() {
        return Some(BTreeMap::new());
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

    fn with(private: Option<&str>) -> ObjectState {
        ObjectState { private: private.map(str::to_owned), ..ObjectState::default() }
    }

    #[test]
    fn a_guard_comes_and_goes_without_a_trace() {
        let guarded = with(None).guarded(true);
        assert!(guarded.is_guarded());
        assert_eq!(guarded.clone().guarded(true), guarded);
        let private = guarded.private.as_deref().and_then(entries).unwrap();
        assert_eq!(
            json!(private).to_string(),
            r#"{"groundplan":"eyJwcmV2ZW50X2Rlc3Ryb3kiOnRydWV9"}"#
        );
        assert_eq!(guarded.guarded(false), with(None));
    }

    #[test]
    fn what_the_provider_keeps_stays() {
        let theirs =
            encoded(&json!({"e2bfb730": {"create": 600_000_000_000_u64}, "schema_version": "1"}));
        let guarded = with(Some(&theirs)).guarded(true);
        assert!(guarded.is_guarded());
        assert_eq!(guarded.guarded(false).private, Some(theirs));
        let nothing = with(Some("bnVsbA==")).guarded(true);
        assert!(nothing.is_guarded());
        assert_eq!(nothing.guarded(false), with(None));
        assert!(!with(Some("?")).guarded(true).is_guarded());
    }
}
