//! Objects and `for` expressions.

use model::{Position, Span};

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::syntax::token::Kind;
use crate::syntax::tree::{Expr, ExprKind, For, Ident, Item, ObjectKey};

const FOR: &str = "Invalid 'for' expression";

/// A bare word is its own text as a key, even `null` and `true`.
fn object_key(key: Expr, text: &str) -> ObjectKey {
    match key.kind {
        ExprKind::Name(name) => ObjectKey::Name(Ident { name, span: key.span }),
        ExprKind::Null | ExprKind::Bool(_) => {
            ObjectKey::Name(Ident { name: text.into(), span: key.span })
        }
        _ => ObjectKey::Expr(key),
    }
}

impl Parser<'_> {
    pub fn object(&mut self, start: Position) -> Parsed<Expr> {
        self.bump();
        // Line breaks count between the items of an object, but not before or in a `for`.
        if self.lines(false, |it| it.at_word("for")) {
            return self.for_expression(Kind::CloseBrace, start);
        }
        self.lines(true, |it| it.object_items(start))
    }

    fn object_items(&mut self, start: Position) -> Parsed<Expr> {
        let brace = self.span(start);
        let mut items = Vec::new();
        let mut inner = 0;
        loop {
            match self.peek() {
                Kind::Newline => {
                    self.bump();
                }
                Kind::CloseBrace => break,
                _ => match self.object_item(&brace) {
                    Ok((item, height)) => {
                        items.push(item);
                        inner = inner.max(height);
                    }
                    Err(Failed) => self.recover_entry(Kind::CloseBrace)?,
                },
            }
        }
        self.bump();
        items.shrink_to_fit();
        self.node(ExprKind::Object(items), start, inner)
    }

    /// An item with what separates it from the next, and how high it is.
    fn object_item(&mut self, brace: &Span) -> Parsed<(Item, usize)> {
        if self.peek() == Kind::End {
            return Err(self.unterminated_object(brace));
        }
        let text = self.next_text();
        let key = object_key(self.expression()?, text);
        let inner = self.height;
        if !matches!(self.peek(), Kind::Equal | Kind::Colon) {
            return Err(self.no_separator(brace));
        }
        self.bump();
        let value = self.expression()?;
        let inner = inner.max(self.height);
        match self.peek() {
            Kind::CloseBrace => (),
            Kind::Comma | Kind::Newline => {
                self.bump();
            }
            Kind::End => return Err(self.unterminated_object(brace)),
            _ => {
                let detail =
                    "Expected a newline or comma to mark the beginning of the next attribute.";
                return Err(self.error_next("Missing attribute separator", detail));
            }
        }
        Ok((Item { key, value }, inner))
    }

    fn unterminated_object(&mut self, brace: &Span) -> Failed {
        let detail = "There is no corresponding closing brace before the end of the file. This may \
                      be caused by incorrect brace nesting elsewhere in this file.";
        self.error("Unterminated object constructor expression", detail, brace)
    }

    fn no_separator(&mut self, brace: &Span) -> Failed {
        match self.peek() {
            Kind::Newline | Kind::Comma => self.error_next(
                "Missing attribute value",
                "Expected an attribute value, introduced by an equals sign (\"=\").",
            ),
            Kind::Ident => self.error_next(
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If \
                 you intended to given an attribute name containing periods or spaces, write the \
                 name in quotes to create a string literal.",
            ),
            Kind::End => self.unterminated_object(brace),
            _ => self.error_next(
                "Missing key/value separator",
                "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
            ),
        }
    }

    /// A `for`, from that word on, up to the bracket that closes it.
    pub fn for_expression(&mut self, close: Kind, start: Position) -> Parsed<Expr> {
        self.bracketed(close, start, |it| it.for_parts(close, start))
    }

    fn for_parts(&mut self, close: Kind, start: Position) -> Parsed<Expr> {
        self.bump();
        let (key_name, value_name) = self.for_names(FOR, "expression")?;
        let of = self.expression()?;
        let mut inner = self.height;
        if !self.eat(Kind::Colon) {
            let detail = "For expression requires a colon after the collection expression.";
            return Err(self.error_next(FOR, detail));
        }
        let mut key = None;
        let mut value = self.expression()?;
        inner = inner.max(self.height);
        if self.eat(Kind::FatArrow) {
            key = Some(value);
            value = self.expression()?;
            inner = inner.max(self.height);
        }
        let ellipsis = self.next_span();
        let group = self.eat(Kind::Ellipsis);
        let mut cond = None;
        if self.at_word("if") {
            self.bump();
            cond = Some(self.expression()?);
            inner = inner.max(self.height);
        }
        if !self.eat(close) {
            let detail = "Extra characters after the end of the 'for' expression.";
            return Err(self.error_next(FOR, detail));
        }
        let it = For { key_name, value_name, of, key, value, group, cond };
        self.check_for(&it, close, &ellipsis)?;
        self.node(ExprKind::For(Box::new(it)), start, inner)
    }

    fn check_for(&mut self, it: &For, close: Kind, ellipsis: &Span) -> Parsed<()> {
        match (&it.key, close) {
            (Some(key), Kind::CloseBracket) => {
                let detail = "Key expression is not valid when building a tuple.";
                Err(self.error(FOR, detail, &key.span))
            }
            (None, Kind::CloseBrace) => {
                let detail = "Key expression is required when building an object.";
                Err(self.error(FOR, detail, &it.value.span))
            }
            (None, _) if it.group => {
                let detail = "Grouping ellipsis (...) cannot be used when building a tuple.";
                Err(self.error(FOR, detail, ellipsis))
            }
            _ => Ok(()),
        }
    }

    /// `value in`, or `key, value in`, of a `for` expression or directive.
    pub fn for_names(&mut self, summary: &str, what: &str) -> Parsed<(Option<Ident>, Ident)> {
        if self.peek() != Kind::Ident {
            let detail = format!("For {what} requires variable name after 'for'.");
            return Err(self.error_next(summary, detail));
        }
        let first = self.ident();
        let (key_name, value_name) = match self.eat(Kind::Comma) {
            false => (None, first),
            true if self.peek() == Kind::Ident => (Some(first), self.ident()),
            true => {
                let detail = format!("For {what} requires value variable name after comma.");
                return Err(self.error_next(summary, detail));
            }
        };
        if !self.at_word("in") {
            let detail =
                format!("For {what} requires the 'in' keyword after its name declarations.");
            return Err(self.error_next(summary, detail));
        }
        self.bump();
        Ok((key_name, value_name))
    }
}
