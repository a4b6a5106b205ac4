//! Arguments that are kept other than the configuration says, and the memory of what it said then.
//!
//! The memory is in the state, where Terraform keeps what a provider wants to know again. As long as the
//! configuration says the same, what was kept is kept; once it says something else, that counts.

use model::{Attribute, Kept, Map, Object, Schema, from_typed_json, to_typed_json};
use serde_json::{Value as Json, json};

use crate::change::means_the_same;

const SAID: &str = "said";

/// What the configuration said of the arguments that were kept at the last apply.
pub fn said(private: Option<&str>) -> Object {
    let said = state::note(private, SAID);
    said.and_then(|it| serde_json::from_value(it).ok()).unwrap_or_default()
}

/// The same memory with `said` in it. None if nothing is left.
pub fn remember(private: Option<&str>, said: &Object) -> Option<String> {
    state::noted(private, SAID, (!said.is_empty()).then(|| json!(said)))
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

    #[test]
    fn what_was_said_is_remembered_until_it_is_not_kept_any_more() {
        let said_then: Object = serde_json::from_value(json!({"desired_count": 3})).unwrap();
        let memory = remember(None, &said_then);
        assert_eq!(said(memory.as_deref()), said_then);
        assert_eq!(remember(memory.as_deref(), &Object::new()), None);
    }
}
