//! Values as text for people.

use model::Value;

/// A value as an expression would write it.
pub fn text(value: &Value) -> String {
    let json = model::to_json(value);
    serde_json::to_string_pretty(&json).unwrap_or_default()
}
