//! Expressions to values.

use model::{Diagnostics, Value};

use crate::syntax::tree::{Expr, Ident, Step};

/// Where the names in an expression get their values.
pub trait Scope {
    /// The value that `root` and the first of `steps` name, and how many of the steps that took.
    /// What is left over is looked up in the value: `var.tags["team"]` takes one step (`tags`),
    /// `aws_subnet.all[0].id` may take one (the whole resource) or two (just that instance).
    ///
    /// # Errors
    ///
    /// When there is no such thing; each diagnostic has a span and, where one helps, a hint.
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics>;

    /// The directory that relative paths in functions (`file`, `templatefile`) start from.
    fn base_dir(&self) -> &std::path::Path;
}

/// A scope with a few names more: the variables of a `for` or of a template.
pub struct Scoped<'a> {
    pub outer: &'a dyn Scope,
    pub names: Vec<(std::sync::Arc<str>, Value)>,
}

/// The value of an expression.
///
/// # Errors
///
/// All the problems found; one that depends on another is left out.
pub fn evaluate(_expr: &Expr, _scope: &dyn Scope) -> Result<Value, Diagnostics> {
    Err(Vec::new())
}
