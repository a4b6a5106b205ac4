//! Expressions to values.
//!
//! Whatever cannot be evaluated is reported and becomes unknown, so that one run finds all the
//! problems of an expression and none twice. What is unknown or marked stays so through everything.

pub mod traversal;

mod operators;
mod conditional;
mod template;
mod splat;
mod for_each;
mod call;
mod explain;

use std::cell::RefCell;

use model::{Diagnostic, Diagnostics, Map, Marks, Type, Value};

use crate::convert::convert;
use crate::syntax::tree::{Expr, ExprKind, Ident, Item, ObjectKey, Part, Step};

pub use explain::brief;

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

    /// Whether the functions that only the console has (`type`) can be called.
    fn is_console(&self) -> bool {
        false
    }

    /// How many templates, each rendered by a function call in the one before, we are in.
    fn template_depth(&self) -> usize {
        0
    }

    /// Whether a plan is made: what another call would give differently (`timestamp`, `uuid`,
    /// `bcrypt`) is unknown then, since it would not come out the same when the plan is applied.
    fn is_planning(&self) -> bool {
        false
    }

    /// When the plan was made that is being made or applied: `plantimestamp`.
    fn plan_time(&self) -> Option<std::time::SystemTime> {
        None
    }
}

/// A scope with a few names more: the variables of a `for` or of a template.
pub struct Scoped<'a> {
    pub outer: &'a dyn Scope,
    pub names: Vec<(std::sync::Arc<str>, Value)>,
}

impl Scope for Scoped<'_> {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        match self.names.iter().rev().find(|(name, _)| *name == root.name) {
            Some((_, value)) => Ok((value.clone(), 0)),
            None => self.outer.resolve(root, steps),
        }
    }

    fn base_dir(&self) -> &std::path::Path {
        self.outer.base_dir()
    }

    fn is_console(&self) -> bool {
        self.outer.is_console()
    }

    fn template_depth(&self) -> usize {
        self.outer.template_depth()
    }

    fn is_planning(&self) -> bool {
        self.outer.is_planning()
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        self.outer.plan_time()
    }
}

/// The value of an expression.
///
/// # Errors
///
/// All the problems found; one that depends on another is left out.
pub fn evaluate(expr: &Expr, scope: &dyn Scope) -> Result<Value, Diagnostics> {
    collect(scope, |env| env.value(expr))
}

/// The text that a template gives.
///
/// # Errors
///
/// All the problems found.
pub fn render(parts: &[Part], scope: &dyn Scope) -> Result<Value, Diagnostics> {
    collect(scope, |env| template::text(parts, env))
}

/// Adds to a problem of an expression the values of what it refers to.
pub fn explain(problem: Diagnostic, expr: &Expr, scope: &dyn Scope) -> Diagnostic {
    let problems = RefCell::default();
    explain::with_values(problem, expr, Env { scope, item: None, problems: &problems })
}

fn collect(
    scope: &dyn Scope,
    evaluate: impl FnOnce(Env<'_>) -> Value,
) -> Result<Value, Diagnostics> {
    let problems = RefCell::default();
    let value = evaluate(Env { scope, item: None, problems: &problems });
    let problems = problems.into_inner();
    if problems.iter().any(Diagnostic::is_error) { Err(problems) } else { Ok(value) }
}

/// Where an expression is evaluated, and where its problems go.
#[derive(Clone, Copy)]
struct Env<'a> {
    scope: &'a dyn Scope,
    /// The element of the splat around the expression.
    item: Option<&'a Value>,
    problems: &'a RefCell<Diagnostics>,
}

impl<'a> Env<'a> {
    fn value(self, expr: &Expr) -> Value {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.value_of_kind(expr))
    }

    fn value_of_kind(self, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::null(Type::Any),
            ExprKind::Bool(it) => (*it).into(),
            ExprKind::Number(it) => Value::number(it.clone()),
            ExprKind::String(it) => Value::string(it.clone()),
            ExprKind::Template(parts) => template::text(parts, self),
            ExprKind::Wrap(it) | ExprKind::Paren(it) => self.value(it),
            ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Index(..) => {
                traversal::value(expr, self)
            }
            ExprKind::Splat { of, each, .. } => splat::value(of, each, self),
            ExprKind::Item => self.item.cloned().unwrap_or_else(unknown),
            ExprKind::Call { name, args, expand_last } => {
                call::value(expr, name, args, *expand_last, self)
            }
            ExprKind::Conditional { test, then, otherwise } => {
                conditional::value(expr, test, then, otherwise, self)
            }
            ExprKind::Unary(op, operand) => operators::unary(expr, *op, operand, self),
            ExprKind::Binary(op, left, right) => operators::binary(expr, *op, left, right, self),
            ExprKind::Tuple(items) => Value::tuple(items.iter().map(|it| self.value(it)).collect()),
            ExprKind::Object(items) => object(items, self),
            ExprKind::For(it) => for_each::value(it, self),
            ExprKind::Broken => unknown(),
        }
    }

    fn report(self, problem: Diagnostic) {
        let mut problems = self.problems.borrow_mut();
        // A problem of a `for` comes again with every element.
        let is_same = |it: &Diagnostic| {
            it.span == problem.span && it.summary == problem.summary && it.detail == problem.detail
        };
        if !problems.iter().rev().take(32).any(is_same) {
            problems.push(problem);
        }
    }

    /// Reports a problem of `expr`, with the values of what it refers to.
    fn fail(self, expr: &Expr, summary: &str, detail: impl Into<String>) -> Value {
        let problem = Diagnostic::error(summary, detail).at(&expr.span);
        self.report(explain::with_values(problem, expr, self));
        unknown()
    }

    fn has_failed_since(self, n_problems: usize) -> bool {
        self.problems.borrow().len() > n_problems
    }

    fn n_problems(self) -> usize {
        self.problems.borrow().len()
    }

    /// Evaluates with the problems put aside.
    fn apart<T>(self, evaluate: impl FnOnce(Env<'_>) -> T) -> (T, Diagnostics) {
        let problems = RefCell::default();
        let found = evaluate(Env { problems: &problems, ..self });
        (found, problems.into_inner())
    }
}

/// What is not known at all.
fn unknown() -> Value {
    Value::unknown(Type::Any)
}

/// An object: unknown as a whole where a key is, and marked as its keys are.
fn object(items: &[Item], env: Env<'_>) -> Value {
    let mut entries = Map::new();
    let mut marks = Marks::NONE;
    let mut known = true;
    for it in items {
        let key = object_key(&it.key, env);
        let value = env.value(&it.value);
        let Some(key) = key else {
            known = false;
            continue;
        };
        marks = marks.union(key.marks);
        match key.as_str() {
            Some(text) => {
                entries.insert(text.into(), value);
            }
            None => known = false,
        }
    }
    if known { Value::object(entries).mark(marks) } else { unknown().mark(marks) }
}

/// A key as a text, perhaps unknown. None if there is something wrong with it.
fn object_key(key: &ObjectKey, env: Env<'_>) -> Option<Value> {
    let expr = match key {
        ObjectKey::Name(name) => return Some(Value::string(name.name.clone())),
        ObjectKey::Expr(expr) => expr,
    };
    if let ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Index(..) = expr.kind
        && let Some(path) = expr.as_traversal()
    {
        if path.steps.is_empty() {
            return Some(Value::string(path.root.name));
        }
        env.report(
            Diagnostic::error(
                "Ambiguous attribute key",
                "If this expression is intended to be a reference, wrap it in parentheses. If it's \
                 instead intended as a literal name containing periods, wrap it in quotes to \
                 create a string literal.",
            )
            .at(&expr.span),
        );
        return None;
    }
    let n_problems = env.n_problems();
    let key = env.value(expr);
    if env.has_failed_since(n_problems) {
        return None;
    }
    if key.is_null() {
        env.fail(expr, "Null value as key", "Can't use a null value as a key.");
        return None;
    }
    match convert(&key, &Type::String) {
        Ok(key) => Some(key),
        Err(why) => {
            let detail = format!("Can't use this value as a key: {why}.");
            env.fail(expr, "Incorrect key type", detail);
            None
        }
    }
}
