//! The JSON form of a configuration file (`*.tf.json`).
//!
//! Texts are templates, but for those that Terraform takes as they are: what a variable says of
//! itself. A property named `//` is a comment where arguments and blocks stand.

mod scan;

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Position, Span};

use crate::syntax::parse;
use crate::syntax::place::START;
use crate::syntax::token;
use crate::syntax::tree::{Attribute, Block, Body, Expr, ExprKind, Ident, Item, ObjectKey, Part};
use scan::{Json, JsonKind, Property};

/// A file in JSON form. Since JSON does not say what is a block, every property is an attribute:
/// [`as_blocks`] turns one into blocks where the reader knows that it is one. An attribute may occur
/// more than once, which is right for blocks only.
pub fn body(file: &Arc<str>, text: &str) -> (Body, Diagnostics) {
    if text.len() >= token::MAX_LEN {
        return (Body::default(), parse::too_large(file));
    }
    let (json, mut problems) = scan::scan(file, text);
    let Some(json) = json else { return (Body::default(), problems) };
    let span = Span { file: file.clone(), start: START, end: json.span.end };
    let mut body = Body { end: last_character(&json.span), span, ..Body::default() };
    let roots = match json.kind {
        JsonKind::Object(properties) => vec![properties],
        JsonKind::Array(items) if items.iter().all(Json::is_object) => {
            items.into_iter().filter_map(Json::into_properties).collect()
        }
        _ => {
            let detail = "The root value in a JSON-based configuration must be either a JSON object \
                          or a JSON array of objects.";
            problems.push(Diagnostic::error("Root value must be object", detail).at(&json.span));
            return (body, problems);
        }
    };
    for property in roots.into_iter().flatten().filter(|it| it.name != "//") {
        let literal = if property.name == "variable" { Literal::Variables(1) } else { Literal::No };
        let mut reader = Reader { file, problems: &mut problems };
        let span = property.span.to(&property.value.span);
        let name = Ident { name: property.name.into(), span: property.span };
        let expr = reader.expr(property.value, literal);
        body.attributes.push(Attribute { name, expr, span });
    }
    (body, problems)
}

/// Whether texts are taken as they are.
#[derive(Clone, Copy)]
enum Literal {
    No,
    Yes,
    /// Where so many objects lie between here and what a variable says of itself.
    Variables(u8),
}

impl Literal {
    /// The same for the value of a property.
    fn of(self, property: &str) -> Literal {
        match (self, property) {
            (Literal::Variables(0), "default" | "description") => Literal::Yes,
            (Literal::Variables(0), _) => Literal::No,
            (Literal::Variables(n), _) => Literal::Variables(n - 1),
            (other, _) => other,
        }
    }
}

/// Values to expressions.
struct Reader<'a> {
    file: &'a Arc<str>,
    problems: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn expr(&mut self, json: Json, literal: Literal) -> Expr {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            let kind = match json.kind {
                JsonKind::Null => ExprKind::Null,
                JsonKind::Bool(it) => ExprKind::Bool(it),
                JsonKind::Number(it) => ExprKind::Number(it),
                JsonKind::String(it) => match literal {
                    Literal::Yes => ExprKind::String(it.into()),
                    Literal::No | Literal::Variables(_) => self.text(&it, &json.span),
                },
                JsonKind::Array(items) => {
                    ExprKind::Tuple(items.into_iter().map(|it| self.expr(it, literal)).collect())
                }
                JsonKind::Object(properties) => ExprKind::Object(
                    properties.into_iter().map(|it| self.item(it, literal)).collect(),
                ),
                JsonKind::Broken => ExprKind::Broken,
            };
            Expr { kind, span: json.span }
        })
    }

    fn item(&mut self, property: Property, literal: Literal) -> Item {
        let inside = literal.of(&property.name);
        let key = match self.text(&property.name, &property.span) {
            ExprKind::String(name) => ObjectKey::Name(Ident { name, span: property.span }),
            kind => ObjectKey::Expr(Expr { kind, span: property.span }),
        };
        Item { key, value: self.expr(property.value, inside) }
    }

    /// A text as the template that it is.
    fn text(&mut self, text: &str, span: &Span) -> ExprKind {
        if !text.contains("${") && !text.contains("%{") {
            return ExprKind::String(text.into());
        }
        // What stands behind an escape in the JSON text is reported a little too far to the left.
        let start =
            Position { column: span.start.column + 1, byte: span.start.byte + 1, ..span.start };
        let mut parts = match parse::template_at(self.file, text, start) {
            Ok(parts) => parts,
            Err(problems) => {
                self.problems.extend(problems);
                return ExprKind::Broken;
            }
        };
        match &mut parts[..] {
            [Part::Text(text, _)] => ExprKind::String(std::mem::take(text)),
            [Part::Interpolation(_)] => match parts.pop() {
                Some(Part::Interpolation(it)) => ExprKind::Wrap(Box::new(it)),
                _ => ExprKind::Broken,
            },
            _ => ExprKind::Template(parts),
        }
    }
}

/// An attribute of the JSON form as blocks of its name with `n_labels` labels each.
///
/// # Errors
///
/// Where it is not of the form that blocks have.
pub fn as_blocks(attribute: &Attribute, n_labels: usize) -> Result<Vec<Block>, Diagnostics> {
    let mut reader = Blocks {
        kind: &attribute.name,
        labels: Vec::new(),
        blocks: Vec::new(),
        problems: Vec::new(),
    };
    reader.unpack(&attribute.expr, n_labels);
    match reader.problems.is_empty() {
        true => Ok(reader.blocks),
        false => Err(reader.problems),
    }
}

struct Blocks<'a> {
    kind: &'a Ident,
    /// Those on the way to where the reader is.
    labels: Vec<Ident>,
    blocks: Vec<Block>,
    problems: Diagnostics,
}

impl Blocks<'_> {
    fn unpack(&mut self, expr: &Expr, n_labels: usize) {
        if matches!(expr.kind, ExprKind::Broken) {
            return;
        }
        if n_labels > 0 {
            return self.unpack_label(expr, n_labels);
        }
        match &expr.kind {
            ExprKind::Null => (),
            ExprKind::Object(items) => self.block(items, &expr.span),
            ExprKind::Tuple(items) => items.iter().for_each(|it| self.unpack_one(it)),
            _ => {
                let detail = format!(
                    "Either a JSON object or a JSON array is required, representing the contents of \
                     one or more \"{}\" blocks.",
                    self.kind.name
                );
                self.wrong_type(detail, &expr.span);
            }
        }
    }

    /// One block of an array of them: an object, or several that are taken together.
    fn unpack_one(&mut self, expr: &Expr) {
        let mut all = Vec::new();
        if self.collect(expr, None, &mut all) {
            self.block(all, &expr.span);
        }
    }

    /// The properties of an object, or of all objects of an array. False if it is neither; that is
    /// reported.
    fn collect<'a>(
        &mut self,
        expr: &'a Expr,
        label: Option<&str>,
        into: &mut Vec<&'a Item>,
    ) -> bool {
        let detail = match (&expr.kind, label) {
            (ExprKind::Object(items), _) => {
                into.extend(items);
                return true;
            }
            (ExprKind::Tuple(objects), _) if objects.iter().all(is_object) => {
                return objects.iter().all(|it| self.collect(it, label, into));
            }
            (_, Some(label)) => format!(
                "A JSON object is required, whose keys represent the \"{}\" block's {label}.",
                self.kind.name
            ),
            (_, None) => {
                "A JSON object is required here, to define arguments and child blocks.".to_owned()
            }
        };
        self.wrong_type(detail, &expr.span);
        false
    }

    /// An object whose keys are labels.
    fn unpack_label(&mut self, expr: &Expr, n_labels: usize) {
        let mut all = Vec::new();
        let what = match (self.labels.len(), n_labels) {
            (0, 1) => "name",
            (0, _) => "type",
            _ => "name",
        };
        if !self.collect(expr, Some(what), &mut all) {
            return;
        }
        if all.is_empty() {
            let detail = format!(
                "At least one object property is required, whose name represents the \"{}\" \
                 block's {what}.",
                self.kind.name
            );
            self.problems.push(Diagnostic::error("Missing block label", detail).at(&expr.span));
        }
        for item in all {
            let Some(label) = self.name(&item.key) else { continue };
            self.labels.push(label);
            self.unpack(&item.value, n_labels - 1);
            self.labels.pop();
        }
    }

    fn block<'a>(&mut self, items: impl IntoIterator<Item = &'a Item>, span: &Span) {
        let mut body = Body { end: last_character(span), span: span.clone(), ..Body::default() };
        for item in items {
            let Some(name) = self.name(&item.key) else { continue };
            if &*name.name != "//" {
                let span = name.span.to(&item.value.span);
                body.attributes.push(Attribute { name, expr: item.value.clone(), span });
            }
        }
        let last = self.labels.last().unwrap_or(self.kind);
        let header = match last.span.start >= self.kind.span.start {
            true => self.kind.span.to(&last.span),
            false => self.kind.span.clone(),
        };
        self.blocks.push(Block {
            kind: self.kind.clone(),
            labels: self.labels.clone(),
            body,
            span: header,
            json: true,
        });
    }

    /// A key as the name of an argument or as a label, which nothing can be computed in.
    fn name(&mut self, key: &ObjectKey) -> Option<Ident> {
        match key {
            ObjectKey::Name(name) => Some(name.clone()),
            ObjectKey::Expr(expr) => {
                let detail = "Names of arguments and blocks and block labels may not be computed.";
                let problem = Diagnostic::error("Invalid object property name", detail);
                self.problems.push(problem.at(&expr.span));
                None
            }
        }
    }

    fn wrong_type(&mut self, detail: String, span: &Span) {
        self.problems.push(Diagnostic::error("Incorrect JSON value type", detail).at(span));
    }
}

fn is_object(it: &Expr) -> bool {
    matches!(it.kind, ExprKind::Object(_))
}

/// The brace at the end of an object.
fn last_character(span: &Span) -> Span {
    let end = span.end;
    let start = Position {
        column: end.column.saturating_sub(1).max(1),
        byte: end.byte.saturating_sub(1),
        ..end
    };
    Span { file: span.file.clone(), start, end }
}

#[cfg(test)]
mod tests;
