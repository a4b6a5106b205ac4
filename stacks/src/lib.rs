//! The stack language: text to tokens, tree and [`Stack`]; expressions to values.
//!
//! Reads configuration files and nothing else. Knows no provider but by the schemas it is given.

pub mod syntax;
pub mod eval;
pub mod functions;
pub mod stack;
pub mod load;
pub mod source;
pub mod type_expr;
pub mod variables;
pub mod check;
pub mod install;
pub mod references;
pub mod version;
pub mod suggest;
pub mod decode;
pub mod provisioners;
pub mod convert;
pub mod render;

pub use eval::{Scope, Scoped, evaluate};
pub use stack::Stack;
