//! What an expression refers to, found without evaluating it: the edges of the engine's graph.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Key, Mode, Span};

use crate::syntax::tree::{
    Block, Body, Expr, ExprKind, Ident, Item, ObjectKey, Part, Step, Traversal,
};

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
    /// `type.name`, `data.type.name`, each perhaps with the key of an instance.
    Resource { mode: Mode, ty: Arc<str>, name: Arc<str>, key: Option<Key> },
    /// `ephemeral.type.name`
    Ephemeral { ty: Arc<str>, name: Arc<str> },
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

/// Walks a tree with the names that are bound where it is.
#[derive(Default)]
struct Finder {
    bound: Vec<Arc<str>>,
    found: Vec<Traversal>,
    /// Whether objects may be blocks in the JSON form.
    json: bool,
}

impl Finder {
    fn body(&mut self, body: &Body) {
        for it in &body.attributes {
            match &*it.name.name {
                "dynamic" if self.json => self.json_dynamic(&it.expr),
                _ => self.expr(&it.expr),
            }
        }
        for it in &body.blocks {
            match &*it.kind.name {
                "dynamic" => self.dynamic(it),
                _ => stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.body(&it.body)),
            }
        }
    }

    /// `for_each` is outside of the iterator's reach; `labels` and `content` are within.
    fn dynamic(&mut self, block: &Block) {
        let named = block.body.attribute("iterator").and_then(|it| it.expr.as_traversal());
        let label = block.labels.first().map(|it| it.name.clone());
        let iterator = named.map(|it| it.root.name).or(label);
        for it in &block.body.attributes {
            match &*it.name.name {
                "iterator" => (),
                "for_each" => self.expr(&it.expr),
                _ => self.within(&iterator, |finder| finder.expr(&it.expr)),
            }
        }
        for it in &block.body.blocks {
            self.within(&iterator, |finder| finder.body(&it.body));
        }
    }

    /// `"dynamic": {"label": {"for_each": ..., "content": ...}}`, or lists of the same.
    fn json_dynamic(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Tuple(items) => items.iter().for_each(|it| self.json_dynamic(it)),
            ExprKind::Object(items) => {
                for it in items {
                    self.json_dynamic_of(&key_text(&it.key), &it.value);
                }
            }
            _ => self.expr(expr),
        }
    }

    fn json_dynamic_of(&mut self, label: &Option<Arc<str>>, expr: &Expr) {
        let items = match &expr.kind {
            ExprKind::Tuple(items) => {
                return items.iter().for_each(|it| self.json_dynamic_of(label, it));
            }
            ExprKind::Object(items) => items,
            _ => return self.expr(expr),
        };
        let text = |it: &Item| match &it.value.kind {
            ExprKind::String(text) => Some(text.clone()),
            _ => None,
        };
        let is = |it: &Item, name: &str| key_text(&it.key).as_deref() == Some(name);
        let iterator = items.iter().find(|it| is(it, "iterator")).and_then(text);
        let iterator = iterator.or_else(|| label.clone());
        for it in items {
            match is(it, "for_each") {
                true => self.expr(&it.value),
                false => self.within(&iterator, |finder| finder.expr(&it.value)),
            }
        }
    }

    fn within(&mut self, names: &Option<Arc<str>>, visit: impl FnOnce(&mut Finder)) {
        let n_bound = self.bound.len();
        self.bound.extend(names.clone());
        visit(self);
        self.bound.truncate(n_bound);
    }

    fn within_for(&mut self, key: &Option<Ident>, value: &Ident, visit: impl FnOnce(&mut Finder)) {
        let key = key.as_ref().map(|it| it.name.clone());
        self.within(&key, |finder| finder.within(&Some(value.name.clone()), visit));
    }

    fn expr(&mut self, expr: &Expr) {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.expr_parts(expr));
    }

    fn expr_parts(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Item
            | ExprKind::Broken => (),
            ExprKind::Name(_) | ExprKind::Attr(..) | ExprKind::Index(..) => self.chain(expr),
            ExprKind::Template(parts) => self.parts(parts),
            ExprKind::Wrap(it) | ExprKind::Paren(it) | ExprKind::Unary(_, it) => self.expr(it),
            ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Splat { of, each, .. } => {
                self.expr(of);
                self.expr(each);
            }
            ExprKind::Call { args, .. } => args.iter().for_each(|it| self.expr(it)),
            ExprKind::Conditional { test, then, otherwise } => {
                self.expr(test);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Tuple(items) => items.iter().for_each(|it| self.expr(it)),
            ExprKind::Object(items) => self.object(items),
            ExprKind::For(it) => {
                self.expr(&it.of);
                self.within_for(&it.key_name, &it.value_name, |finder| {
                    it.key.iter().chain([&it.value]).chain(&it.cond).for_each(|it| finder.expr(it));
                });
            }
        }
    }

    fn object(&mut self, items: &[Item]) {
        for it in items {
            if let ObjectKey::Expr(key) = &it.key {
                // A bare word as a key is its own text.
                if !matches!(key.kind, ExprKind::Name(_)) {
                    self.expr(key);
                }
            }
            match key_text(&it.key).as_deref() {
                Some("dynamic") if self.json => self.json_dynamic(&it.value),
                _ => self.expr(&it.value),
            }
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Text(..) => (),
                Part::Interpolation(it) => self.expr(it),
                Part::If { test, then, otherwise, .. } => {
                    self.expr(test);
                    self.parts(then);
                    self.parts(otherwise);
                }
                Part::For { key_name, value_name, of, body, .. } => {
                    self.expr(of);
                    self.within_for(key_name, value_name, |finder| finder.parts(body));
                }
            }
        }
    }

    /// A chain of attributes and indices: down to its start, then up again as far as the steps are
    /// fixed. Indices that are not fixed are expressions of their own.
    fn chain(&mut self, expr: &Expr) {
        let mut links = Vec::new();
        let mut start = expr;
        while let ExprKind::Attr(of, _) | ExprKind::Index(of, _) = &start.kind {
            links.push(start);
            start = of;
        }
        let ExprKind::Name(name) = &start.kind else {
            self.expr(start);
            return links.iter().rev().for_each(|it| self.index_key(it));
        };
        let root = Ident { name: name.clone(), span: start.span.clone() };
        let mut traversal = Traversal { root, steps: Vec::new(), span: start.span.clone() };
        let mut fixed = true;
        let mut keys = Vec::new();
        for link in links.into_iter().rev() {
            match fixed.then(|| fixed_step(link)).flatten() {
                Some(step) => {
                    traversal.steps.push(step);
                    traversal.span = link.span.clone();
                }
                None => {
                    fixed = false;
                    keys.push(link);
                }
            }
        }
        if !self.bound.contains(&traversal.root.name) {
            self.found.push(traversal);
        }
        keys.into_iter().for_each(|it| self.index_key(it));
    }

    fn index_key(&mut self, link: &Expr) {
        if let ExprKind::Index(_, key) = &link.kind {
            self.expr(key);
        }
    }
}

fn key_text(key: &ObjectKey) -> Option<Arc<str>> {
    match key {
        ObjectKey::Name(it) => Some(it.name.clone()),
        ObjectKey::Expr(Expr { kind: ExprKind::String(it), .. }) => Some(it.clone()),
        ObjectKey::Expr(_) => None,
    }
}

fn fixed_step(link: &Expr) -> Option<Step> {
    match &link.kind {
        ExprKind::Attr(_, name) => Some(Step::Attr(name.clone())),
        ExprKind::Index(_, key) => match &key.kind {
            ExprKind::String(it) => Some(Step::Index(Key::Name(it.clone()), key.span.clone())),
            ExprKind::Number(it) => {
                let index = u64::try_from(it.to_i64()?).ok()?;
                Some(Step::Index(Key::Index(index), key.span.clone()))
            }
            _ => None,
        },
        _ => None,
    }
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
            if root == "ephemeral" {
                let subject = Subject::Ephemeral { ty: ty.name.clone(), name: name.name.clone() };
                return Ok(reference(traversal, subject, 2));
            }
            let mode = if root == "data" { Mode::Data } else { Mode::Managed };
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
