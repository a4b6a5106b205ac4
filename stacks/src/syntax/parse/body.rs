//! Bodies: arguments and blocks.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Position, Span};

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::syntax::token::Kind;
use crate::syntax::tree::{Attribute, Block, Body, Ident};

/// From so many arguments in a body on their names are kept in a map.
const FEW: usize = 16;

const NO_ITEM: &str = "Argument or block definition required";

impl Parser<'_> {
    /// The whole text as a body.
    pub fn file(&mut self) -> Body {
        let start = self.start();
        let (mut body, end) = self.items(Kind::End);
        body.span = Span { file: self.file.clone(), start, end: end.end };
        body.end = end;
        body
    }

    /// Items up to the closing token or the end, and the span of that.
    fn items(&mut self, close: Kind) -> (Body, Span) {
        let mut body = Body::default();
        let mut names = HashMap::new();
        loop {
            match self.peek() {
                Kind::Newline => {
                    self.bump();
                }
                kind if kind == close || kind == Kind::End => {
                    body.attributes.shrink_to_fit();
                    body.blocks.shrink_to_fit();
                    return (body, self.next_span());
                }
                _ => {
                    if close == Kind::End {
                        self.forget();
                    }
                    let first = self.next;
                    let column = self.start().column;
                    let outer = std::mem::replace(&mut self.item_column, column);
                    if self.item(&mut body, &mut names).is_err() {
                        self.recover_item(first);
                    }
                    self.item_column = outer;
                }
            }
        }
    }

    fn item(&mut self, body: &mut Body, names: &mut HashMap<Arc<str>, Span>) -> Parsed<()> {
        let start = self.start();
        match self.peek() {
            Kind::Ident => (),
            Kind::OpenQuote => {
                let detail = "Argument names must not be quoted.";
                return Err(self.error_next("Invalid argument name", detail));
            }
            _ => {
                let detail = "An argument or block definition is required here.";
                return Err(self.error_next(NO_ITEM, detail));
            }
        }
        let name = self.ident();
        match self.peek() {
            Kind::Equal => {
                let (attribute, parsed) = self.attribute(name, start);
                self.add_attribute(body, names, attribute);
                parsed?;
                self.end_of_attribute()
            }
            Kind::OpenQuote | Kind::OpenBrace | Kind::Ident => {
                let block = self.nested(|it| it.block(name, start))?;
                body.blocks.push(block);
                self.end_of_block()
            }
            _ => Err(self.no_equals_sign(&name)),
        }
    }

    fn no_equals_sign(&mut self, name: &Ident) -> Failed {
        let detail = "An argument or block definition is required here. To set an argument, use the \
                      equals sign \"=\" to introduce the argument value.";
        self.error(NO_ITEM, detail, &name.span)
    }

    /// The rest of an argument. It stands in the tree even if its expression is broken.
    fn attribute(&mut self, name: Ident, start: Position) -> (Attribute, Parsed<()>) {
        self.bump();
        let value = self.start();
        let (expr, parsed) = match self.expression() {
            Ok(expr) => (expr, Ok(())),
            Err(Failed) => (self.broken(value), Err(Failed)),
        };
        (Attribute { name, expr, span: self.span(start) }, parsed)
    }

    fn add_attribute(
        &mut self,
        body: &mut Body,
        names: &mut HashMap<Arc<str>, Span>,
        attribute: Attribute,
    ) {
        let name = &attribute.name;
        let first = match body.attributes.len() {
            // Looking through a few is faster.
            ..FEW => body.attribute(&name.name).map(|it| &it.name.span),
            FEW => {
                let all = body.attributes.iter();
                names.extend(all.map(|it| (it.name.name.clone(), it.name.span.clone())));
                names.get(&name.name)
            }
            _ => names.get(&name.name),
        };
        if let Some(first) = first {
            let detail = format!(
                "The argument \"{}\" was already set at {first}. Each argument may be set only once.",
                name.name
            );
            self.error("Attribute redefined", detail, &name.span);
            return;
        }
        if body.attributes.len() >= FEW {
            names.insert(name.name.clone(), name.span.clone());
        }
        body.attributes.push(attribute);
    }

    fn end_of_attribute(&mut self) -> Parsed<()> {
        match self.peek() {
            Kind::Newline => {
                self.bump();
                Ok(())
            }
            Kind::End => Ok(()),
            Kind::Comma => Err(self.error_next(
                "Unexpected comma after argument",
                "Argument definitions must be separated by newlines, not commas. An argument \
                 definition must end with a newline.",
            )),
            _ => Err(self.error_next(
                "Missing newline after argument",
                "An argument definition must end with a newline.",
            )),
        }
    }

    fn end_of_block(&mut self) -> Parsed<()> {
        match self.peek() {
            Kind::Newline => {
                self.bump();
                Ok(())
            }
            Kind::End => Ok(()),
            _ => Err(self.error_next(
                "Missing newline after block definition",
                "A block definition must end with a newline.",
            )),
        }
    }

    /// The rest of a block, after its kind.
    fn block(&mut self, kind: Ident, start: Position) -> Parsed<Block> {
        let mut labels = Vec::new();
        loop {
            match self.peek() {
                Kind::OpenBrace => break,
                Kind::OpenQuote => labels.push(self.label()?),
                Kind::Ident => labels.push(self.ident()),
                other => return Err(self.no_brace(other)),
            }
        }
        let span = self.span(start);
        let brace = self.next_span();
        self.bump();
        let body = match self.peek() {
            Kind::Newline | Kind::End | Kind::CloseBrace => self.lines_of_block(brace),
            _ => self.one_line(brace)?,
        };
        Ok(Block { kind, labels, body, span, json: false })
    }

    fn no_brace(&mut self, kind: Kind) -> Failed {
        let detail = match kind {
            Kind::Equal => {
                "The equals sign \"=\" indicates an argument definition, and must not be used when \
                 defining a block."
            }
            Kind::Newline => {
                "A block definition must have block content delimited by \"{\" and \"}\", starting \
                 on the same line as the block header."
            }
            _ => "Either a quoted string block label or an opening brace (\"{\") is expected here.",
        };
        self.error_next("Invalid block definition", detail)
    }

    fn lines_of_block(&mut self, brace: Span) -> Body {
        let (mut body, end) = self.items(Kind::CloseBrace);
        if !self.eat(Kind::CloseBrace) {
            self.unclosed(&brace);
        }
        body.span = Span { file: self.file.clone(), start: brace.end, end: end.start };
        body.end = end;
        body
    }

    fn unclosed(&mut self, brace: &Span) -> Failed {
        let detail = "There is no closing brace for this block before the end of the file. This may \
                      be caused by incorrect brace nesting elsewhere in this file.";
        self.error("Unclosed configuration block", detail, brace)
    }

    /// The body of `name { argument = value }`.
    fn one_line(&mut self, brace: Span) -> Parsed<Body> {
        let start = self.start();
        if self.peek() != Kind::Ident {
            let detail = "An argument or block definition is required here.";
            return Err(self.error_next(NO_ITEM, detail));
        }
        let name = self.ident();
        match self.peek() {
            Kind::Equal => (),
            Kind::OpenQuote | Kind::OpenBrace | Kind::Ident => {
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you \
                     meant to define argument \"{}\", use an equals sign to assign it a value. To \
                     define a nested block, place it on a line of its own within its parent block.",
                    name.name
                );
                let span = name.span.to(&self.next_span());
                return Err(self.error("Argument definition required", detail, &span));
            }
            _ => return Err(self.no_equals_sign(&name)),
        }
        let (attribute, parsed) = self.attribute(name, start);
        parsed?;
        if self.peek() != Kind::CloseBrace {
            return Err(self.one_line_goes_on(&brace));
        }
        let end = self.next_span();
        self.bump();
        let span = Span { file: self.file.clone(), start: brace.end, end: end.start };
        Ok(Body { attributes: vec![attribute], blocks: Vec::new(), span, end })
    }

    fn one_line_goes_on(&mut self, brace: &Span) -> Failed {
        let detail = match self.peek() {
            Kind::End => return self.unclosed(brace),
            Kind::Comma => {
                "Single-line block syntax can include only one argument definition. To define \
                 multiple arguments, use the multi-line block syntax with one argument definition \
                 per line."
            }
            Kind::Newline => {
                "An argument definition on the same line as its containing block creates a \
                 single-line block definition, which must also be closed on the same line. Place \
                 the block's closing brace immediately after the argument definition."
            }
            _ => {
                "A single-line block definition must end with a closing brace immediately after its \
                 single argument definition."
            }
        };
        self.error_next("Invalid single-argument block definition", detail)
    }

    /// A quoted label: a text without templates.
    fn label(&mut self) -> Parsed<Ident> {
        let start = self.start();
        self.bump();
        let mut name = String::new();
        loop {
            match self.peek() {
                Kind::CloseQuote => {
                    self.bump();
                    return Ok(Ident { name: Arc::from(name), span: self.span(start) });
                }
                Kind::QuotedText => name.push_str(&self.literal().0),
                Kind::OpenInterpolation | Kind::OpenDirective => {
                    let sign = &self.next_text()[..1];
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \
                         \"{sign}\", double it (as \"{sign}{sign}\") to escape it."
                    );
                    self.error_next("Invalid string literal", detail);
                    self.bump();
                    self.recover_close(Kind::CloseTemplate)?;
                }
                Kind::End => {
                    let span = self.span(start);
                    let detail =
                        "Unable to find the closing quote mark before the end of the file.";
                    return Err(self.error("Unterminated string literal", detail, &span));
                }
                _ => {
                    let detail = "This item is not valid in a string literal.";
                    return Err(self.error_next("Invalid string literal", detail));
                }
            }
        }
    }
}
