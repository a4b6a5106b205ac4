//! Tokens to tree. Goes on after an error, so that one run reports them all.

use std::sync::Arc;

use model::Diagnostics;

use crate::syntax::tree::{Body, Expr, Part, Traversal};

/// A configuration file in native syntax.
pub fn body(_file: &Arc<str>, _text: &str) -> (Body, Diagnostics) {
    (Body::default(), Vec::new())
}

/// One expression that takes up the whole text: `-var` values, `console`.
///
/// # Errors
///
/// What is wrong with it.
pub fn expression(_file: &Arc<str>, _text: &str) -> Result<Expr, Diagnostics> {
    Err(Vec::new())
}

/// A template outside quotes, as `templatefile` reads it.
///
/// # Errors
///
/// What is wrong with it.
pub fn template(_file: &Arc<str>, _text: &str) -> Result<Vec<Part>, Diagnostics> {
    Err(Vec::new())
}

/// A traversal that takes up the whole text, such as a quoted `depends_on` entry of the JSON form.
///
/// # Errors
///
/// What is wrong with it.
pub fn traversal(_file: &Arc<str>, _text: &str) -> Result<Traversal, Diagnostics> {
    Err(Vec::new())
}
