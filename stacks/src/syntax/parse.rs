//! Tokens to tree. Goes on after an error, so that one run reports them all.
//!
//! What failed has been reported, and its place in the tree is taken by `ExprKind::Broken`.

mod cursor;
mod recover;
mod body;
mod expr;
mod postfix;
mod object;
mod template;
mod pieces;
mod escape;

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Position, Span};

use crate::syntax::place::START;
use crate::syntax::token::{self, Kind, Mode};
use crate::syntax::tree::{Body, Expr, Part, Traversal};
use cursor::Parser;

/// What could be parsed, or nothing: then the reason has been reported.
type Parsed<T> = Result<T, Failed>;

/// The error has been reported.
#[derive(Debug)]
struct Failed;

/// A configuration file in native syntax.
pub fn body(file: &Arc<str>, text: &str) -> (Body, Diagnostics) {
    if text.len() >= token::MAX_LEN {
        return (Body::default(), too_large(file));
    }
    let mut parser = Parser::new(file, text, Mode::Normal, START);
    let body = parser.file();
    (body, parser.finish())
}

/// One expression that takes up the whole text: `-var` values, `console`.
///
/// # Errors
///
/// What is wrong with it.
pub fn expression(file: &Arc<str>, text: &str) -> Result<Expr, Diagnostics> {
    if text.len() >= token::MAX_LEN {
        return Err(too_large(file));
    }
    let mut parser = Parser::new(file, text, Mode::Normal, START);
    let expr = parser.lines(false, |it| {
        let expr = it.expression()?;
        match it.peek() {
            Kind::End => Ok(expr),
            _ => Err(it.error_next(
                "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.",
            )),
        }
    });
    whole(parser, expr)
}

/// A template outside quotes, as `templatefile` reads it. Texts may be empty; a value that stands
/// alone, without even an empty text beside it, keeps its type in the JSON form.
///
/// # Errors
///
/// What is wrong with it.
pub fn template(file: &Arc<str>, text: &str) -> Result<Vec<Part>, Diagnostics> {
    template_at(file, text, START)
}

/// A template that is part of a file, beginning at a position of it.
///
/// # Errors
///
/// What is wrong with it.
pub fn template_at(file: &Arc<str>, text: &str, start: Position) -> Result<Vec<Part>, Diagnostics> {
    if text.len() >= token::MAX_LEN {
        return Err(too_large(file));
    }
    let mut parser = Parser::new(file, text, Mode::Template, start);
    let parts = parser.lines(false, Parser::bare_template);
    whole(parser, parts)
}

/// A traversal that takes up the whole text, such as a quoted `depends_on` entry of the JSON form.
///
/// # Errors
///
/// What is wrong with it.
pub fn traversal(file: &Arc<str>, text: &str) -> Result<Traversal, Diagnostics> {
    let expr = expression(file, text)?;
    expr.as_traversal().ok_or_else(|| {
        let detail = "A single static variable reference is required: only attribute access and \
                      indexing with constant keys. No calculations, function calls, template \
                      expressions, etc are allowed here.";
        vec![Diagnostic::error("Invalid expression", detail).at(&expr.span)]
    })
}

/// A literal piece of a quoted text, its escapes resolved.
pub fn unquote(literal: &str) -> std::borrow::Cow<'_, str> {
    escape::resolve(literal, true).0
}

fn whole<T>(parser: Parser, parsed: Parsed<T>) -> Result<T, Diagnostics> {
    let problems = parser.finish();
    match parsed {
        Ok(it) if problems.is_empty() => Ok(it),
        Ok(_) | Err(Failed) => Err(problems),
    }
}

/// The error of a text of [`token::MAX_LEN`] or more.
pub fn too_large(file: &Arc<str>) -> Diagnostics {
    let span = Span { file: file.clone(), start: START, end: START };
    vec![Diagnostic::error("File too large", "A file may have up to 4 GB.").at(&span)]
}

#[cfg(test)]
mod tests;
