//! Text to tree: HCL's native syntax and its JSON form.

pub mod tree;
pub mod token;
pub mod parse;
pub mod json;
pub mod fmt;
