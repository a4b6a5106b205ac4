//! What a configuration must say without reference to anything: texts, flags, keywords, traversals.

use std::path::Path;

use model::{Diagnostic, Diagnostics, Span, Type, Value};

use crate::convert::convert;
use crate::eval::{Scope, evaluate};
use crate::syntax::parse;
use crate::syntax::tree::{Attribute, Expr, ExprKind, Ident, Item, ObjectKey, Step, Traversal};

/// A scope in which nothing has a name.
struct Nothing;

impl Scope for Nothing {
    fn resolve(&self, root: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let detail = "Variables may not be used here.";
        Err(vec![Diagnostic::error("Variables not allowed", detail).at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

/// The value of an expression that may neither name nor call anything.
pub(crate) fn value(expr: &Expr, problems: &mut Diagnostics) -> Option<Value> {
    let n_before = problems.len();
    expr.walk(&mut |it| {
        if let ExprKind::Call { name, .. } = &it.kind {
            let detail = "Functions may not be called here.";
            problems.push(Diagnostic::error("Function calls not allowed", detail).at(&name.span));
        }
    });
    if problems.len() > n_before {
        return None;
    }
    match evaluate(expr, &Nothing) {
        Ok(value) => Some(value),
        Err(found) => {
            problems.extend(found);
            None
        }
    }
}

fn of_type(expr: &Expr, ty: &Type, problems: &mut Diagnostics) -> Option<Value> {
    let value = value(expr, problems)?;
    let message = match convert(&value, ty) {
        Ok(value) if !value.is_null() && value.is_known() => return Some(value),
        Ok(_) => "a value is required".to_owned(),
        Err(error) => error.message,
    };
    let detail = format!("Unsuitable value: {message}.");
    problems.push(Diagnostic::error("Unsuitable value type", detail).at(&expr.span));
    None
}

pub(super) fn text(expr: &Expr, problems: &mut Diagnostics) -> Option<String> {
    of_type(expr, &Type::String, problems)?.as_str().map(str::to_owned)
}

/// An argument that is `true` or `false`; `default` if it is not given.
pub(super) fn flag(given: Option<Attribute>, default: bool, problems: &mut Diagnostics) -> bool {
    let value = given.and_then(|it| of_type(&it.expr, &Type::Bool, problems));
    value.and_then(|it| it.as_bool()).unwrap_or(default)
}

/// The only word of an expression. Quotes around it are passed over, as older Terraforms wanted them.
pub(super) fn keyword(expr: &Expr, json: bool, problems: &mut Diagnostics) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.to_string()),
        ExprKind::String(text) => {
            if !json {
                problems.push(quoted("keyword", &expr.span));
            }
            Some(text.trim().to_owned())
        }
        _ => None,
    }
}

fn quoted(what: &str, span: &Span) -> Diagnostic {
    let summary = format!("Quoted {what}s are deprecated");
    let detail = format!(
        "In this context, {what}s are expected literally rather than in quotes. Terraform 0.11 and \
         earlier required quotes, but quoted {what}s are now deprecated and will be removed in a \
         future version. Remove the quotes surrounding this {what} to silence this warning."
    );
    Diagnostic::warning(summary, detail).at(span)
}

/// An expression that is nothing but a traversal; in the JSON form a text of one.
pub(super) fn traversal(expr: &Expr, json: bool, problems: &mut Diagnostics) -> Option<Traversal> {
    if let ExprKind::String(text) = &expr.kind {
        if !json {
            problems.push(quoted("reference", &expr.span));
        }
        return quoted_traversal(text, &expr.span, problems);
    }
    let found = expr.as_traversal();
    if found.is_none() && !matches!(expr.kind, ExprKind::Broken) {
        let detail = "A single static variable reference is required: only attribute access and \
                      indexing with constant keys. No calculations, function calls, template \
                      expressions, etc are allowed here.";
        problems.push(Diagnostic::error("Invalid expression", detail).at(&expr.span));
    }
    found
}

fn quoted_traversal(text: &str, span: &Span, problems: &mut Diagnostics) -> Option<Traversal> {
    match parse::traversal(&span.file, text) {
        Ok(mut found) => {
            inside(&mut found.root.span, span);
            inside(&mut found.span, span);
            for step in &mut found.steps {
                match step {
                    Step::Attr(name) => inside(&mut name.span, span),
                    Step::Index(_, key) => inside(key, span),
                }
            }
            Some(found)
        }
        Err(found) => {
            problems
                .extend(found.into_iter().map(|it| Diagnostic { span: Some(span.clone()), ..it }));
            None
        }
    }
}

/// Moves a place in a text to where it is in the file that quotes the text.
fn inside(place: &mut Span, quote: &Span) {
    for it in [&mut place.start, &mut place.end] {
        // One for the quotation mark, less one since columns count from 1.
        it.column += if it.line == 1 { quote.start.column } else { 0 };
        it.line += quote.start.line - 1;
        it.byte += quote.start.byte + 1;
    }
}

/// An expression in the JSON form is a text of one; elsewhere it is itself.
pub(super) fn expression(expr: &Expr, json: bool, problems: &mut Diagnostics) -> Option<Expr> {
    match &expr.kind {
        ExprKind::String(text) if json => match parse::expression(&expr.span.file, text) {
            Ok(found) => Some(Expr { span: expr.span.clone(), ..found }),
            Err(found) => {
                problems.extend(
                    found.into_iter().map(|it| Diagnostic { span: Some(expr.span.clone()), ..it }),
                );
                None
            }
        },
        _ => Some(expr.clone()),
    }
}

/// The entries of a list of traversals, such as `depends_on`.
pub(super) fn traversals(
    given: Option<Attribute>,
    json: bool,
    problems: &mut Diagnostics,
) -> Vec<Traversal> {
    let Some(given) = given else { return Vec::new() };
    let mut found = Vec::new();
    for it in list(&given.expr, problems) {
        found.extend(traversal(it, json, problems));
    }
    found
}

/// The elements of a list that is written out.
pub(super) fn list<'a>(expr: &'a Expr, problems: &mut Diagnostics) -> &'a [Expr] {
    match &expr.kind {
        ExprKind::Tuple(items) => items,
        ExprKind::Broken => &[],
        _ => {
            let detail = "A static list expression is required.";
            problems.push(Diagnostic::error("Invalid expression", detail).at(&expr.span));
            &[]
        }
    }
}

/// The entries of an object that is written out.
pub(super) fn entries<'a>(expr: &'a Expr, problems: &mut Diagnostics) -> Option<&'a [Item]> {
    match &expr.kind {
        ExprKind::Object(items) => Some(items),
        ExprKind::Broken => None,
        _ => {
            let detail = "A static map expression is required.";
            problems.push(Diagnostic::error("Invalid expression", detail).at(&expr.span));
            None
        }
    }
}

/// The key of an object's entry as an expression: a bare word is a name.
pub(super) fn key(item: &Item) -> Expr {
    match &item.key {
        ObjectKey::Name(it) => {
            Expr { kind: ExprKind::Name(it.name.clone()), span: it.span.clone() }
        }
        ObjectKey::Expr(it) => it.clone(),
    }
}

/// Whether a text can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|it| it.is_alphabetic() || it == '_')
        && chars.all(|it| it.is_alphanumeric() || it == '_' || it == '-')
}

/// What a name may consist of.
pub(super) const NAME_RULE: &str = "A name must start with a letter or underscore and may contain \
                                    only letters, digits, underscores, and dashes.";

pub(super) fn check_name(name: &Ident, what: &str, problems: &mut Diagnostics) {
    if !is_name(&name.name) {
        problems.push(Diagnostic::error(format!("Invalid {what}"), NAME_RULE).at(&name.span));
    }
}
