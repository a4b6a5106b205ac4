//! The JSON form of a configuration file (`*.tf.json`).

use std::sync::Arc;

use model::Diagnostics;

use crate::syntax::tree::{Attribute, Block, Body};

/// A file in JSON form. Since JSON does not say what is a block, every property is an attribute:
/// [`as_blocks`] turns one into blocks where the reader knows that it is one.
pub fn body(_file: &Arc<str>, _text: &str) -> (Body, Diagnostics) {
    (Body::default(), Vec::new())
}

/// An attribute of the JSON form as blocks of its name with `n_labels` labels each.
///
/// # Errors
///
/// Where it is not of the form that blocks have.
pub fn as_blocks(_attribute: &Attribute, _n_labels: usize) -> Result<Vec<Block>, Diagnostics> {
    Ok(Vec::new())
}
