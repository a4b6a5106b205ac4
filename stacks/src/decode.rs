//! A block's body against a schema: arguments evaluated and converted, `dynamic` blocks expanded.

use model::{Diagnostics, Schema, Value};

use crate::eval::Scope;
use crate::syntax::tree::Body;

/// What a block's body gives, as an object of `schema.ty()`: null where an argument is not given (an
/// empty list or set for blocks). Outputs (`Given::Output`) are null. Defaults are *not* filled in.
///
/// A `dynamic` block over an unknown collection makes the whole block attribute unknown.
/// `timeouts` is no attribute of the schema: it is checked against `schema.timeouts` and left out.
///
/// # Errors
///
/// Every problem of the body: unsupported or missing arguments and blocks (with a suggestion),
/// wrong types, too few or too many blocks, and whatever evaluating the expressions reports.
pub fn decode(
    _body: &Body,
    _json: bool,
    _schema: &Schema,
    _scope: &dyn Scope,
) -> Result<Value, Diagnostics> {
    Err(Vec::new())
}

/// The same without a scope: only what can be seen without evaluating anything (names of arguments
/// and blocks, what is missing, numbers of blocks outside `dynamic`). For `validate`, before any
/// expression is looked at.
pub fn check(_body: &Body, _json: bool, _schema: &Schema) -> Diagnostics {
    Vec::new()
}

/// A `timeouts` block's values by operation, as durations of Go (`30m`, `1h10m`).
///
/// # Errors
///
/// A value that is no duration, or an operation that the type has no timeout for.
pub fn timeouts(
    _body: &Body,
    _schema: &Schema,
    _scope: &dyn Scope,
) -> Result<std::collections::BTreeMap<String, std::time::Duration>, Diagnostics> {
    Ok(Default::default())
}
