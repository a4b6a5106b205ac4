//! Steps from a value into it: attributes, indexes, splats.

use model::Position;

use super::Parsed;
use super::cursor::Parser;
use crate::syntax::token::Kind;
use crate::syntax::tree::{Expr, ExprKind};

impl Parser<'_> {
    /// A value with all the steps that follow it.
    pub fn steps(&mut self, of: Expr, start: Position) -> Parsed<Expr> {
        let mut expr = of;
        loop {
            expr = match self.peek() {
                Kind::Dot => {
                    self.bump();
                    match self.peek() {
                        Kind::Star => self.attribute_splat(expr, start)?,
                        _ => self.attribute_step(expr, start)?,
                    }
                }
                Kind::OpenBracket => {
                    let bracket = self.start();
                    self.bump();
                    match self.peek() {
                        // Takes all the steps that follow.
                        Kind::Star => return self.full_splat(expr, start, bracket),
                        _ => self.index(expr, start)?,
                    }
                }
                _ => return Ok(expr),
            };
        }
    }

    /// What follows a dot: a name, or a number in the legacy form of an index.
    fn attribute_step(&mut self, of: Expr, start: Position) -> Parsed<Expr> {
        let inner = self.height;
        match self.peek() {
            Kind::Ident => {
                let name = self.ident();
                self.node(ExprKind::Attr(Box::new(of), name), start, inner)
            }
            Kind::Number => {
                let key = self.legacy_index()?;
                self.node(ExprKind::Index(Box::new(of), Box::new(key)), start, inner)
            }
            _ => {
                let detail = "An attribute name is required after a dot.";
                Err(self.error_next("Invalid attribute name", detail))
            }
        }
    }

    fn legacy_index(&mut self) -> Parsed<Expr> {
        let start = self.start();
        if let Some((first, second)) = self.next_text().split_once('.') {
            let detail = format!(
                "When using the legacy index syntax, chaining two indexes together is not \
                 permitted. Use the proper index syntax instead, like [{first}][{second}]."
            );
            return Err(self.error_next("Invalid legacy index syntax", detail));
        }
        let number = self.number()?;
        Ok(Expr { kind: ExprKind::Number(number), span: self.span(start) })
    }

    /// `.*` with the attributes after it.
    fn attribute_splat(&mut self, of: Expr, start: Position) -> Parsed<Expr> {
        let outer = self.height;
        let star = self.start();
        self.bump();
        let mut each = self.node(ExprKind::Item, star, 0)?;
        while self.eat(Kind::Dot) {
            if self.peek() == Kind::Star {
                let detail = "A splat expression (*) cannot be used inside another attribute-only \
                              splat expression.";
                return Err(self.error_next("Nested splat expression not allowed", detail));
            }
            each = self.attribute_step(each, star)?;
        }
        let inner = outer.max(self.height);
        let kind = ExprKind::Splat { of: Box::new(of), each: Box::new(each), full: false };
        self.node(kind, start, inner)
    }

    /// `[*]` with all the steps after it.
    fn full_splat(&mut self, of: Expr, start: Position, bracket: Position) -> Parsed<Expr> {
        let outer = self.height;
        self.bump();
        if !self.eat(Kind::CloseBracket) {
            let detail = "The star for a full splat operator must be immediately followed by a \
                          closing bracket (\"]\").";
            return Err(self.error_next("Missing close bracket on splat index", detail));
        }
        let item = self.node(ExprKind::Item, bracket, 0)?;
        let each = self.nested(|it| it.steps(item, bracket))?;
        let inner = outer.max(self.height);
        let kind = ExprKind::Splat { of: Box::new(of), each: Box::new(each), full: true };
        self.node(kind, start, inner)
    }

    fn index(&mut self, of: Expr, start: Position) -> Parsed<Expr> {
        let outer = self.height;
        self.bracketed(Kind::CloseBracket, start, |it| {
            let key = it.expression()?;
            let inner = outer.max(it.height);
            if !it.eat(Kind::CloseBracket) {
                let detail = "The index operator must end with a closing bracket (\"]\").";
                return Err(it.error_next("Missing close bracket on index", detail));
            }
            it.node(ExprKind::Index(Box::new(of), Box::new(key)), start, inner)
        })
    }
}
