//! What an expression refers to, found without evaluating it: the edges of the engine's graph.

mod find;

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Key, Mode, Span};

use crate::syntax::tree::{Body, Expr, Ident, Step, Traversal};
use find::Finder;

/// A mention of something outside of the expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub subject: Subject,
    /// The part of the traversal that names the subject.
    pub span: Span,
    /// The steps from the subject into its value, as far as they are fixed.
    pub rest: Vec<Step>,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// `var.name`
    Variable(Arc<str>),
    /// `local.name`
    Local(Arc<str>),
    /// `type.name`, `data.type.name`, `ephemeral.type.name`, each perhaps with the key of an instance.
    Resource { mode: Mode, ty: Arc<str>, name: Arc<str>, key: Option<Key> },
    /// `module.name` as a whole, or one instance of it.
    Call { name: Arc<str>, key: Option<Key> },
    /// `module.name.output`
    Output { call: Arc<str>, key: Option<Key>, name: Arc<str> },
    /// `each.key`, `each.value`
    Each(Arc<str>),
    /// `count.index`
    Count(Arc<str>),
    /// `path.module`, `path.root`, `path.cwd`
    Path(Arc<str>),
    /// `terraform.workspace`, `terraform.applying`
    Terraform(Arc<str>),
    /// `self`
    This,
}

/// All references in an expression, in the order of the text. What is no valid reference is left
/// out; [`check`] reports it.
pub fn references(expr: &Expr) -> Vec<Reference> {
    traversals(expr).iter().filter_map(|it| parse(it).ok()).collect()
}

/// All references in a block's body, nested and `dynamic` blocks included. `json` says whether the
/// block was written in the JSON form, where a nested block looks like an argument.
pub fn body_references(body: &Body, json: bool) -> Vec<Reference> {
    body_traversals(body, json).iter().filter_map(|it| parse(it).ok()).collect()
}

/// All references in an expression, and what is wrong with those that are none.
pub fn check(expr: &Expr) -> (Vec<Reference>, Diagnostics) {
    parse_all(traversals(expr))
}

/// The same for a block's body.
pub fn check_body(body: &Body, json: bool) -> (Vec<Reference>, Diagnostics) {
    parse_all(body_traversals(body, json))
}

fn parse_all(traversals: Vec<Traversal>) -> (Vec<Reference>, Diagnostics) {
    let (mut found, mut diagnostics) = (Vec::new(), Vec::new());
    for it in traversals {
        match parse(&it) {
            Ok(reference) => found.push(reference),
            Err(problem) => diagnostics.push(*problem),
        }
    }
    (found, diagnostics)
}

/// The longest fixed traversal of each name in an expression that the expression itself does not
/// bind.
pub fn traversals(expr: &Expr) -> Vec<Traversal> {
    let mut finder = Finder::default();
    finder.expr(expr);
    finder.found
}

fn body_traversals(body: &Body, json: bool) -> Vec<Traversal> {
    let mut finder = Finder { json, ..Finder::default() };
    finder.body(body);
    finder.found
}

fn invalid(detail: impl Into<String>, span: &Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("Invalid reference", detail).at(span))
}

/// What a traversal refers to.
///
/// # Errors
///
/// When it is of no form that a reference has.
pub fn parse(traversal: &Traversal) -> Result<Reference, Box<Diagnostic>> {
    let steps = &traversal.steps;
    let root = &*traversal.root.name;
    match root {
        "var" => single(traversal, Subject::Variable),
        "local" => single(traversal, Subject::Local),
        "each" => single(traversal, Subject::Each),
        "count" => single(traversal, Subject::Count),
        "path" => single(traversal, Subject::Path),
        "terraform" => single(traversal, Subject::Terraform),
        "self" => Ok(reference(traversal, Subject::This, 0)),
        "module" => module(traversal),
        "data" | "resource" | "ephemeral" => {
            let what = match root {
                "data" => "data source",
                "ephemeral" => "ephemeral resource",
                _ => "resource",
            };
            let (Some(Step::Attr(ty)), Some(Step::Attr(name))) = (steps.first(), steps.get(1))
            else {
                let detail = format!(
                    "The {root:?} object must be followed by two attribute names: the {what} type \
                     and the resource name."
                );
                return Err(invalid(detail, &traversal.span));
            };
            let mode = match root {
                "data" => Mode::Data,
                "ephemeral" => Mode::Ephemeral,
                _ => Mode::Managed,
            };
            Ok(resource(traversal, mode, ty, name, 2))
        }
        "template" | "lazy" | "arg" => {
            let detail = format!(
                "The symbol name {root:?} is reserved for use in a future version. If you are using \
                 a provider that already uses this as a resource type name, add the prefix \
                 \"resource.\" to force interpretation as a resource type name."
            );
            Err(Box::new(
                Diagnostic::error("Reserved symbol name", detail).at(&traversal.root.span),
            ))
        }
        _ => match steps.first() {
            Some(Step::Attr(name)) => {
                Ok(resource(traversal, Mode::Managed, &traversal.root, name, 1))
            }
            Some(Step::Index(..)) | None => Err(invalid(
                "A reference to a resource type must be followed by at least one attribute \
                 access, specifying the resource name.",
                &traversal.span,
            )),
        },
    }
}

/// A reference whose subject takes the first `n_steps` steps.
fn reference(traversal: &Traversal, subject: Subject, n_steps: usize) -> Reference {
    let span = if n_steps == traversal.steps.len() {
        traversal.span.clone()
    } else {
        match n_steps.checked_sub(1).and_then(|it| traversal.steps.get(it)) {
            Some(Step::Attr(it)) => traversal.root.span.to(&it.span),
            Some(Step::Index(_, span)) => traversal.root.span.to(span),
            None => traversal.root.span.clone(),
        }
    };
    let rest = traversal.steps.iter().skip(n_steps).cloned().collect();
    Reference { subject, span, rest }
}

fn single(
    traversal: &Traversal,
    subject: impl FnOnce(Arc<str>) -> Subject,
) -> Result<Reference, Box<Diagnostic>> {
    let root = &traversal.root.name;
    match traversal.steps.first() {
        Some(Step::Attr(name)) => Ok(reference(traversal, subject(name.name.clone()), 1)),
        Some(Step::Index(_, span)) => {
            Err(invalid(format!("The {root:?} object does not support this operation."), span))
        }
        None => Err(invalid(
            format!(
                "The {root:?} object cannot be accessed directly. Instead, access one of its \
                 attributes."
            ),
            &traversal.root.span,
        )),
    }
}

fn resource(
    traversal: &Traversal,
    mode: Mode,
    ty: &Ident,
    name: &Ident,
    n_steps: usize,
) -> Reference {
    let (ty, name) = (ty.name.clone(), name.name.clone());
    match traversal.steps.get(n_steps) {
        Some(Step::Index(key, _)) => {
            let subject = Subject::Resource { mode, ty, name, key: Some(key.clone()) };
            reference(traversal, subject, n_steps + 1)
        }
        Some(Step::Attr(_)) | None => {
            reference(traversal, Subject::Resource { mode, ty, name, key: None }, n_steps)
        }
    }
}

fn module(traversal: &Traversal) -> Result<Reference, Box<Diagnostic>> {
    let call = match traversal.steps.first() {
        Some(Step::Attr(it)) => it.name.clone(),
        Some(Step::Index(..)) | None => return single(traversal, Subject::Local),
    };
    let (key, n_steps) = match traversal.steps.get(1) {
        Some(Step::Index(key, _)) => (Some(key.clone()), 2),
        Some(Step::Attr(_)) | None => (None, 1),
    };
    match traversal.steps.get(n_steps) {
        None => Ok(reference(traversal, Subject::Call { name: call, key }, n_steps)),
        Some(Step::Attr(name)) => {
            let subject = Subject::Output { call, key, name: name.name.clone() };
            Ok(reference(traversal, subject, n_steps + 1))
        }
        Some(Step::Index(_, span)) => {
            Err(invalid("Module instance objects do not support this operation.", span))
        }
    }
}

#[cfg(test)]
mod tests;
