//! Texts that, when they change, have an object made anew.

use std::collections::BTreeMap;

use model::{Field, Given, Shape};
use serde::{Deserialize, Serialize};

/// What an object depends on, by name. A name without a value says nothing: older providers did not
/// keep it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Keepers(Option<BTreeMap<String, Option<String>>>);

impl Keepers {
    fn said(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().flatten();
        let said = all.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)));
        said.filter(|(_, value)| !value.is_empty())
    }
}

impl PartialEq for Keepers {
    fn eq(&self, other: &Self) -> bool {
        self.said().eq(other.said())
    }
}

impl Field for Keepers {
    const SHAPE: Shape = Shape::Map(&Shape::String);
    const GIVEN: Given = Given::Optional;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_has_no_value_says_nothing() {
        let keepers = |it| serde_json::from_value::<Keepers>(it).unwrap();
        assert_eq!(keepers(json!(null)), keepers(json!({"a": null})));
        assert_eq!(keepers(json!({"b": "1"})), keepers(json!({"a": null, "b": "1"})));
        assert_ne!(keepers(json!({"b": "1"})), keepers(json!({"b": "2"})));
        assert_ne!(keepers(json!({"b": "1"})), keepers(json!({})));
    }
}
