//! Text to tree: HCL's native syntax and its JSON form.

pub mod tree;
mod place;
pub mod token;
pub mod parse;
pub mod json;
pub mod fmt;

#[cfg(test)]
mod mutations;
