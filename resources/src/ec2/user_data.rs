//! What an instance is told when it starts. States only have its hash.

use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Field, Map, Shape, Type, Value};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::mirror::ToSdk;
use crate::resource::{Resource, differs};

/// A script or other text, plain or in base64, or the SHA-1 hash of it. Equal hashes are equal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct UserData(pub String);

impl UserData {
    /// What AWS has, as states show it.
    pub fn shown(base64: Option<&str>) -> Option<UserData> {
        let it = UserData(base64?.to_owned());
        (!it.0.is_empty()).then(|| UserData(it.hash()))
    }

    /// What it says. What is base64 is taken for that.
    pub fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.0).unwrap_or_else(|_| self.0.clone().into_bytes())
    }

    /// As the AWS provider hashes it.
    pub fn hash(&self) -> String {
        if self.0.len() == 40 && self.0.bytes().all(|it| it.is_ascii_hexdigit()) {
            return self.0.clone();
        }
        Sha1::digest(self.bytes()).iter().map(|it| format!("{it:02x}")).collect()
    }
}

impl PartialEq for UserData {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for UserData {}

impl PartialOrd for UserData {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UserData {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.is_empty(), self.hash()).cmp(&(other.0.is_empty(), other.hash()))
    }
}

impl Field for UserData {
    const SHAPE: Shape = Shape::String;
    const HASHED: bool = true;
}

impl ToSdk<Option<String>> for UserData {
    fn to_sdk(&self) -> Option<String> {
        Some(match STANDARD.decode(&self.0) {
            Ok(_) => self.0.clone(),
            Err(_) => STANDARD.encode(&self.0),
        })
    }
}

/// `user_data` and `user_data_base64` are two ways to say one thing, and AWS shows the hash of it. What
/// the one says, the other follows.
pub(crate) fn follow_user_data<R: Resource>(prior: Option<&Map>, planned: &mut Map) {
    let (plain, base64) = ("user_data", "user_data_base64");
    let Some(given) = planned.get(base64).filter(|it| !it.is_null()) else { return };
    let text = |of: &Map| of.get(plain).and_then(Value::as_str).map(|it| UserData(it.to_owned()));
    let Some(given) = given.as_str().map(|it| UserData(it.to_owned())) else {
        // Of a new object, what is not given is not known either.
        let said = planned.get(plain).is_some_and(|it| it.is_known() && !it.is_null());
        let (name, value) = match prior.is_none() && said {
            true => (base64, Value::null(Type::String)),
            false => (plain, Value::unknown(Type::String)),
        };
        planned.insert(name.into(), value);
        return;
    };
    let new = prior.is_none_or(|it| differs::<R>(it, planned, base64));
    let written = text(planned).filter(|it| !it.0.is_empty());
    if !new && written.is_some_and(|it| it != given) {
        // It was there before, and is now said in the other way.
        planned.insert(base64.into(), Value::null(Type::String));
        return;
    }
    planned.insert(plain.into(), Value::from(given.hash()));
    // An import cannot tell in which way it was said.
    let unsaid = prior.filter(|it| it.get(base64).is_some_and(Value::is_null));
    if unsaid.and_then(text).is_some_and(|it| it == given) {
        planned.insert(base64.into(), Value::null(Type::String));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_equals_what_it_is_the_hash_of() {
        let data = |it: &str| UserData(it.to_owned());
        let shown = UserData::shown(Some("IyEvYmluL3No")).unwrap();
        assert_eq!(shown.0, data("#!/bin/sh").hash());
        assert_eq!(shown, data("#!/bin/sh"));
        assert_eq!(shown, data("IyEvYmluL3No"));
        assert_ne!(shown, data("#!/bin/bash"));
        assert_ne!(shown, data(""));
        assert_eq!(data("#!/bin/sh").to_sdk().as_deref(), Some("IyEvYmluL3No"));
    }
}
