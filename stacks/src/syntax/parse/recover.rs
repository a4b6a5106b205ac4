//! Where to go on after an error.

use model::Position;

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::syntax::token::Kind;
use crate::syntax::tree::Expr;

/// What opens something, by what closes it.
fn opener(close: Kind) -> Option<&'static [Kind]> {
    Some(match close {
        Kind::CloseBrace => &[Kind::OpenBrace],
        Kind::CloseBracket => &[Kind::OpenBracket],
        Kind::CloseParen => &[Kind::OpenParen],
        Kind::CloseQuote | Kind::QuotedNewline => &[Kind::OpenQuote],
        Kind::CloseHeredoc => &[Kind::OpenHeredoc],
        Kind::CloseTemplate => &[Kind::OpenInterpolation, Kind::OpenDirective],
        _ => return None,
    })
}

fn opens(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        OpenBrace
            | OpenBracket
            | OpenParen
            | OpenQuote
            | OpenHeredoc
            | OpenInterpolation
            | OpenDirective
    )
}

/// What is open at some token.
#[derive(Default)]
struct Open(Vec<Kind>);

impl Open {
    /// Takes a token in. False if it closes something that was not opened here.
    fn take(&mut self, kind: Kind) -> bool {
        if opens(kind) {
            self.0.push(kind);
        }
        let Some(openers) = opener(kind) else { return true };
        // What is left open within it ends with it.
        let found = self.0.iter().rposition(|it| openers.contains(it));
        if let Some(at) = found {
            self.0.truncate(at);
        }
        found.is_some()
    }
}

impl Parser<'_> {
    /// After an error in an entry between brackets: goes on to the next entry, or to the closing
    /// bracket.
    pub fn recover_entry(&mut self, close: Kind) -> Parsed<()> {
        let mut open = Open::default();
        loop {
            let kind = self.peek();
            if open.0.is_empty() {
                if kind == close {
                    return Ok(());
                }
                if matches!(kind, Kind::Comma | Kind::Newline) {
                    self.bump();
                    return Ok(());
                }
            }
            if kind == Kind::End || self.next_item_begins() || !open.take(kind) {
                return Err(Failed);
            }
            self.skip();
        }
    }

    /// Parses something between brackets, in which line breaks do not count, and what closes it. If
    /// that fails, goes on behind the closing bracket.
    pub fn bracketed(
        &mut self,
        close: Kind,
        start: Position,
        parse: impl FnOnce(&mut Self) -> Parsed<Expr>,
    ) -> Parsed<Expr> {
        self.lines(false, |it| {
            let parsed = parse(it);
            if parsed.is_err() {
                it.recover_close(close)?;
                return Ok(it.broken(start));
            }
            parsed
        })
    }

    /// After an error between brackets: goes on to the closing one, and reads it.
    pub fn recover_close(&mut self, close: Kind) -> Parsed<()> {
        let mut open = Open::default();
        loop {
            let kind = self.peek();
            if open.0.is_empty() && kind == close {
                self.bump();
                return Ok(());
            }
            if kind == Kind::End || self.next_item_begins() || !open.take(kind) {
                return Err(Failed);
            }
            self.skip();
        }
    }

    /// After an error in an item of a body that begins with the token `first`: goes on to the line
    /// after it.
    pub fn recover_item(&mut self, first: usize) {
        let mut open = Open::default();
        for token in &self.read()[first..] {
            open.take(token.kind);
        }
        if self.next > first && self.at_line_start() && open.0.is_empty() {
            return;
        }
        loop {
            let kind = self.peek();
            if kind == Kind::Newline && open.0.is_empty() {
                self.bump();
                return;
            }
            if kind == Kind::End || self.next_item_begins() {
                return;
            }
            let ours = open.take(kind);
            // The brace of the block around this item. A first token has to be passed in any case.
            if kind == Kind::CloseBrace && !ours && self.next > first {
                return;
            }
            self.skip();
        }
    }

    /// Passes a token over without a word about what may be wrong with it.
    fn skip(&mut self) {
        if self.token().kind != Kind::End {
            self.advance();
        }
    }

    fn at_line_start(&self) -> bool {
        matches!(self.read().last().map(|it| it.kind), Some(Kind::Newline | Kind::LineComment))
    }

    /// Whether a line begins here that looks like the next item of a body: a word, no further to the
    /// right than the item that is being parsed. A bracket before it was never closed, then.
    fn next_item_begins(&mut self) -> bool {
        self.peek() == Kind::Ident && self.at_line_start() && {
            let column = self.start().column;
            column <= self.item_column
        }
    }
}
