//! Expressions: conditionals, operators, literals, calls, tuples.

use model::{Number, Position};

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::syntax::token::Kind;
use crate::syntax::tree::{BinaryOp, Expr, ExprKind, Ident, UnaryOp};

/// The operator of a token and how strongly it binds.
fn operator(kind: Kind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        Kind::Or => (BinaryOp::Or, 1),
        Kind::And => (BinaryOp::And, 2),
        Kind::EqualEqual => (BinaryOp::Equal, 3),
        Kind::NotEqual => (BinaryOp::NotEqual, 3),
        Kind::Less => (BinaryOp::Less, 4),
        Kind::LessOrEqual => (BinaryOp::LessOrEqual, 4),
        Kind::Greater => (BinaryOp::Greater, 4),
        Kind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 4),
        Kind::Plus => (BinaryOp::Add, 5),
        Kind::Minus => (BinaryOp::Subtract, 5),
        Kind::Star => (BinaryOp::Multiply, 6),
        Kind::Slash => (BinaryOp::Divide, 6),
        Kind::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    pub fn expression(&mut self) -> Parsed<Expr> {
        self.nested(Parser::conditional)
    }

    fn conditional(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let test = self.operators(1)?;
        if !self.eat(Kind::Question) {
            return Ok(test);
        }
        let mut inner = self.height;
        let then = self.expression()?;
        inner = inner.max(self.height);
        if !self.eat(Kind::Colon) {
            let detail = "The conditional operator (...?...:...) requires a false expression, \
                          delimited by a colon.";
            return Err(self.error_next("Missing false expression in conditional", detail));
        }
        let otherwise = self.expression()?;
        inner = inner.max(self.height);
        let kind = ExprKind::Conditional {
            test: Box::new(test),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        };
        self.node(kind, start, inner)
    }

    /// Operands joined by operators that bind at least so strongly.
    fn operators(&mut self, least: u8) -> Parsed<Expr> {
        let start = self.start();
        let mut left = self.operand()?;
        while let Some((op, strength)) = operator(self.peek())
            && strength >= least
        {
            self.bump();
            let inner = self.height;
            let right = self.operators(strength + 1)?;
            let inner = inner.max(self.height);
            let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
            left = self.node(kind, start, inner)?;
        }
        Ok(left)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let start = self.start();
        let op = match self.peek() {
            Kind::Minus => UnaryOp::Negate,
            Kind::Bang => UnaryOp::Not,
            _ => {
                let term = self.term(start)?;
                return self.steps(term, start);
            }
        };
        self.bump();
        let of = self.nested(Parser::operand)?;
        let inner = self.height;
        self.node(ExprKind::Unary(op, Box::new(of)), start, inner)
    }

    fn term(&mut self, start: Position) -> Parsed<Expr> {
        match self.peek() {
            Kind::Ident => self.word(start),
            Kind::OpenQuote => self.quoted(start),
            Kind::OpenHeredoc => self.heredoc(start),
            Kind::Number => {
                let number = self.number()?;
                self.node(ExprKind::Number(number), start, 0)
            }
            Kind::OpenBracket => self.tuple(start),
            Kind::OpenBrace => self.object(start),
            Kind::OpenParen => self.parentheses(start),
            Kind::End => Err(self.error_next(
                "Missing expression",
                "Expected the start of an expression, but found the end of the file.",
            )),
            _ => Err(self.error_next(
                "Invalid expression",
                "Expected the start of an expression, but found an invalid expression token.",
            )),
        }
    }

    pub fn number(&mut self) -> Parsed<Number> {
        let start = self.start();
        let text = self.bump().text(self.text);
        text.parse().map_err(|_| {
            let span = self.span(start);
            let detail = "Failed to recognize the value of this number literal.";
            self.error("Invalid number literal", detail, &span)
        })
    }

    /// A word alone, or the name of a function.
    fn word(&mut self, start: Position) -> Parsed<Expr> {
        let text = self.bump().text(self.text);
        let kind = match (self.peek(), text) {
            (Kind::OpenParen | Kind::DoubleColon, _) => return self.call(text, start),
            (_, "true") => ExprKind::Bool(true),
            (_, "false") => ExprKind::Bool(false),
            (_, "null") => ExprKind::Null,
            (..) => ExprKind::Name(self.name(text)),
        };
        self.node(kind, start, 0)
    }

    fn parentheses(&mut self, start: Position) -> Parsed<Expr> {
        self.bump();
        self.bracketed(Kind::CloseParen, start, |it| {
            let inside = it.expression()?;
            let inner = it.height;
            if !it.eat(Kind::CloseParen) {
                let detail = "Expected a closing parenthesis to terminate the expression.";
                return Err(it.error_next("Unbalanced parentheses", detail));
            }
            it.node(ExprKind::Paren(Box::new(inside)), start, inner)
        })
    }

    fn call(&mut self, first: &str, start: Position) -> Parsed<Expr> {
        let mut name = first.to_owned();
        while self.eat(Kind::DoubleColon) {
            if self.peek() != Kind::Ident {
                let detail = "Function scope resolution symbol :: must be followed by a function \
                              name in this scope.";
                return Err(self.error_next("Missing function name", detail));
            }
            name.push_str("::");
            name.push_str(self.next_text());
            self.bump();
        }
        let name = Ident { name: name.into(), span: self.span(start) };
        if self.peek() != Kind::OpenParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the \
                          function call.";
            return Err(self.error_next("Missing open parenthesis", detail));
        }
        self.lines(false, |it| it.arguments(name, start))
    }

    fn arguments(&mut self, name: Ident, start: Position) -> Parsed<Expr> {
        self.bump();
        let mut args = Vec::new();
        let mut expand_last = false;
        let mut inner = 0;
        while !self.eat(Kind::CloseParen) {
            if expand_last {
                let detail = "An expanded function argument (with ...) must be immediately followed \
                              by closing parentheses.";
                return Err(self.error_next("Missing closing parenthesis", detail));
            }
            let start = self.start();
            match self.argument(&name) {
                Ok((arg, expand)) => {
                    args.push(arg);
                    expand_last = expand;
                }
                Err(Failed) => {
                    args.push(self.broken(start));
                    self.recover_entry(Kind::CloseParen)?;
                }
            }
            inner = inner.max(self.height);
        }
        args.shrink_to_fit();
        let name = Box::new(name);
        self.node(ExprKind::Call { name, args, expand_last }, start, inner)
    }

    /// An argument with what follows it, and whether it is expanded.
    fn argument(&mut self, name: &Ident) -> Parsed<(Expr, bool)> {
        let arg = self.expression()?;
        match self.peek() {
            Kind::CloseParen => Ok((arg, false)),
            Kind::Comma => {
                self.bump();
                Ok((arg, false))
            }
            Kind::Ellipsis => {
                self.bump();
                Ok((arg, true))
            }
            Kind::End => {
                let detail = "There is no closing parenthesis for this function call before the end \
                              of the file. This may be caused by incorrect parenthesis nesting \
                              elsewhere in this file.";
                Err(self.error("Unterminated function call", detail, &name.span))
            }
            _ => {
                let detail =
                    "A comma is required to separate each function argument from the next.";
                Err(self.error_next("Missing argument separator", detail))
            }
        }
    }

    fn tuple(&mut self, start: Position) -> Parsed<Expr> {
        self.bump();
        if self.lines(false, |it| it.at_word("for")) {
            return self.for_expression(Kind::CloseBracket, start);
        }
        self.lines(false, |it| it.tuple_items(start))
    }

    fn tuple_items(&mut self, start: Position) -> Parsed<Expr> {
        let bracket = self.span(start);
        let mut items = Vec::new();
        let mut inner = 0;
        while !self.eat(Kind::CloseBracket) {
            let start = self.start();
            match self.tuple_item(&bracket) {
                Ok(item) => items.push(item),
                Err(Failed) => {
                    items.push(self.broken(start));
                    self.recover_entry(Kind::CloseBracket)?;
                }
            }
            inner = inner.max(self.height);
        }
        items.shrink_to_fit();
        self.node(ExprKind::Tuple(items), start, inner)
    }

    fn tuple_item(&mut self, bracket: &model::Span) -> Parsed<Expr> {
        let unterminated = |it: &mut Self| {
            let detail = "There is no corresponding closing bracket before the end of the file. \
                          This may be caused by incorrect bracket nesting elsewhere in this file.";
            Err(it.error("Unterminated tuple constructor expression", detail, bracket))
        };
        if self.peek() == Kind::End {
            return unterminated(self);
        }
        let item = self.expression()?;
        match self.peek() {
            Kind::CloseBracket => Ok(item),
            Kind::Comma => {
                self.bump();
                Ok(item)
            }
            Kind::End => unterminated(self),
            _ => {
                let detail = "Expected a comma to mark the beginning of the next item.";
                Err(self.error_next("Missing item separator", detail))
            }
        }
    }
}
