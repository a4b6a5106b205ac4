//! Arguments that are kept other than the configuration says, and the memory of what it said then.
//!
//! The memory is in the state, where Terraform keeps what a provider wants to know again. As long as the
//! configuration says the same, what was kept is kept; once it says something else, that counts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Attribute, Kept, Map, Object, Schema, from_typed_json, to_typed_json};
use serde_json::{Map as Fields, Value as Json, json};

use crate::change::means_the_same;

/// Under which name the memory stands beside what Terraform's providers keep.
const OURS: &str = "groundplan";

/// What the configuration said of the arguments that were kept at the last apply.
pub fn said(private: Option<&str>) -> Object {
    let said = fields(private).remove(OURS);
    said.and_then(|it| serde_json::from_value(it).ok()).unwrap_or_default()
}

/// The same memory with `said` in it, and nothing else of ours. None if nothing is left.
pub fn remember(private: Option<&str>, said: &Object) -> Option<String> {
    let mut all = fields(private);
    if said.is_empty() {
        // What is not ours stays as it was written.
        if all.remove(OURS).is_none() {
            return private.map(str::to_owned);
        }
    } else {
        all.insert(OURS.to_owned(), json!(said));
    }
    (!all.is_empty()).then(|| STANDARD.encode(Json::Object(all).to_string()))
}

fn fields(private: Option<&str>) -> Fields<String, Json> {
    let text = private.and_then(|it| STANDARD.decode(it).ok());
    text.and_then(|it| serde_json::from_slice(&it).ok()).unwrap_or_default()
}

/// What the configuration says of arguments that are kept, before that is put in its place.
pub fn saying(schema: &Schema, config: &Map, kept: &[Kept]) -> Object {
    let said = |it: &Kept| {
        let attribute = schema.attribute(&it.attribute)?;
        Some((
            it.attribute.clone(),
            to_typed_json(config.get(attribute.name)?, &attribute.shape.ty()),
        ))
    };
    kept.iter().filter(|it| it.remember).filter_map(said).collect()
}

/// What a command asks for, and what one has set before and the configuration has not spoken of since;
/// without those that a type has found itself.
pub fn by_commands(
    schema: &Schema,
    config: &Map,
    (applied, said, asked): (&Object, &Object, &Object),
    found: &[Kept],
) -> Vec<Kept> {
    let open = |it: &Attribute| found.iter().all(|kept| kept.attribute != it.name);
    let mut kept = Vec::new();
    for it in schema.attributes.iter().filter(|it| open(it)) {
        let (attribute, ty) = (it.name.to_owned(), it.shape.ty());
        let Some(config) = config.get(it.name) else { continue };
        let configured = |json: &Json| {
            from_typed_json(json, &ty).is_ok_and(|value| means_the_same(it, &value, config))
        };
        if let Some(value) = asked.get(it.name) {
            if !configured(value) {
                let why = format!("{attribute} is asked for by this command");
                kept.push(Kept { attribute, value: value.clone(), why, remember: true });
            }
            continue;
        }
        let unchanged = said.get(it.name).is_some_and(configured);
        if let Some(value) = applied.get(it.name).filter(|it| unchanged && !configured(it)) {
            let why = match (plain(value), said.get(it.name).and_then(plain)) {
                (Some(value), Some(said)) => format!(
                    "{attribute} is kept at {value}, as a command has set it; the configuration says \
                     {said}"
                ),
                _ => format!("{attribute} is kept as a command has set it"),
            };
            kept.push(Kept { attribute, value: value.clone(), why, remember: true });
        }
    }
    kept
}

fn plain(it: &Json) -> Option<String> {
    match it {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(is) => Some(is.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: Json) -> Object {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_memory_stands_beside_what_providers_keep() {
        let said_then = object(json!({"desired_count": 3}));
        let alone = remember(None, &said_then).unwrap();
        assert_eq!(said(Some(&alone)), said_then);
        assert_eq!(remember(Some(&alone), &Object::new()), None);

        let theirs = STANDARD.encode(r#"{"schema_version":"1"}"#);
        let both = remember(Some(&theirs), &said_then).unwrap();
        assert_eq!(said(Some(&both)), said_then);
        assert_eq!(remember(Some(&both), &Object::new()), Some(theirs.clone()));
        assert_eq!(remember(Some(&theirs), &Object::new()), Some(theirs));
    }

    #[test]
    fn what_terraform_writes_for_nothing_says_nothing() {
        for it in ["bnVsbA==", "", "not base 64"] {
            assert_eq!(said(Some(it)), Object::new());
            assert_eq!(remember(Some(it), &Object::new()), Some(it.to_owned()));
        }
    }
}
