//! Conversion of values to types, and the one type that several values have in common.

use model::{Type, Value};

use crate::stack::Defaults;

/// Why a value does not fit a type, in Terraform's words, and where in the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    /// `.name` and `[0]` steps from the value to the part that is wrong. Empty for the value itself.
    pub path: String,
    /// Such as `a number is required`.
    pub message: String,
}

/// The value as one of type `ty`, by Terraform's conversion rules. `Any` in the type is filled in.
/// Marks stay where they are; what is unknown stays unknown, of the new type.
///
/// # Errors
///
/// When the value cannot be converted.
pub fn convert(_value: &Value, _ty: &Type) -> Result<Value, ConvertError> {
    Err(ConvertError { path: String::new(), message: String::new() })
}

/// The type that values of all these types can be converted to, as in a conditional or a list.
pub fn unify(_types: &[Type]) -> Option<Type> {
    None
}

/// Fills in the defaults of optional attributes, before conversion.
pub fn apply_defaults(value: &Value, _defaults: &Defaults) -> Value {
    value.clone()
}
