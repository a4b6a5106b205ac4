//! The parser's place among the tokens, and what every rule of the grammar uses.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Position, Span};

use super::{Failed, Parsed};
use crate::syntax::place::{MAX_DEPTH, after};
use crate::syntax::token::{self, Kind, Lexer, Mode, Token};
use crate::syntax::tree::{Expr, ExprKind, Ident};

/// How high a tree may be: nesting, and the lengths of chains of operators and steps on the way.
const MAX_HEIGHT: usize = 4000;
/// After so many errors more of them help nobody.
const MAX_ERRORS: usize = 1000;

pub struct Parser<'a> {
    pub file: &'a Arc<str>,
    pub text: &'a str,
    lexer: Lexer<'a>,
    /// The index of the token to be read next, once what does not count is passed over.
    pub next: usize,
    /// Where the token before that ends.
    at: Position,
    /// What to add to an offset in the text for the one in the file.
    base: u32,
    /// Where the last token that counts ends.
    last: Position,
    /// Whether line breaks count.
    newlines: bool,
    /// The column in which the body item that is being parsed begins.
    pub item_column: u32,
    depth: usize,
    /// Of the expression parsed last.
    pub height: usize,
    names: HashMap<&'a str, Arc<str>>,
    /// The line of the last token reported for itself, and its kind.
    reported: (u32, Kind),
    diagnostics: Diagnostics,
}

impl<'a> Parser<'a> {
    pub fn new(file: &'a Arc<str>, text: &'a str, mode: Mode, start: Position) -> Parser<'a> {
        let mut lexer = Lexer::new(text, mode);
        while lexer.tokens.is_empty() {
            lexer.step();
        }
        // A byte-order mark has no width.
        let at = match lexer.tokens.first() {
            Some(it) if text.starts_with('\u{feff}') => {
                Position { byte: start.byte + it.start.min(3), ..start }
            }
            _ => start,
        };
        Parser {
            file,
            text,
            lexer,
            next: 0,
            at,
            base: start.byte,
            last: at,
            newlines: true,
            item_column: 0,
            depth: 0,
            height: 0,
            names: HashMap::new(),
            reported: (0, Kind::End),
            diagnostics: Vec::new(),
        }
    }

    pub fn finish(self) -> Diagnostics {
        self.diagnostics
    }

    /// The kind of the next token that counts. A line comment counts as its line break.
    pub fn peek(&mut self) -> Kind {
        loop {
            let kind = self.token().kind;
            let counts = match kind {
                Kind::Comment => false,
                Kind::Newline | Kind::LineComment => self.newlines,
                _ => true,
            };
            match (counts, kind) {
                (true, Kind::LineComment) => return Kind::Newline,
                (true, kind) => return kind,
                (false, _) => self.advance(),
            }
        }
    }

    /// Reads the next token that counts. The last one, the end, can be read again and again.
    pub fn bump(&mut self) -> Token {
        self.peek();
        let token = self.token();
        if token::problem(token.kind).is_some() {
            self.report_token();
        }
        if token.kind != Kind::End {
            self.advance();
            self.last = self.at;
        }
        token
    }

    /// Passes over a token, whatever it is.
    pub fn advance(&mut self) {
        let token = self.token();
        self.at = after(self.start_of_next(), token.text(self.text));
        self.next += 1;
        while self.next == self.lexer.tokens.len() {
            self.lexer.step();
        }
    }

    /// The token to be read next, whether it counts or not.
    pub fn token(&self) -> Token {
        self.lexer.tokens[self.next]
    }

    /// Tokens that have been read since the last [`Parser::forget`].
    pub fn read(&self) -> &[Token] {
        &self.lexer.tokens[..self.next]
    }

    /// Forgets what has been read, but for one token.
    pub fn forget(&mut self) {
        if self.next > 1024 {
            self.lexer.tokens.drain(..self.next - 1);
            self.next = 1;
        }
    }

    /// Only spaces, which are one column each, can be between two tokens.
    fn start_of_next(&self) -> Position {
        let byte = self.base + self.token().start;
        let gap = byte - self.at.byte;
        Position { line: self.at.line, column: self.at.column + gap, byte }
    }

    pub fn eat(&mut self, kind: Kind) -> bool {
        let found = self.peek() == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Where the next token begins.
    pub fn start(&mut self) -> Position {
        self.peek();
        self.start_of_next()
    }

    /// From a position to the end of what was read last.
    pub fn span(&self, start: Position) -> Span {
        Span { file: self.file.clone(), start, end: self.last.max(start) }
    }

    /// Where the next token stands.
    pub fn next_span(&mut self) -> Span {
        let start = self.start();
        let token = self.token();
        let end = after(start, token.text(self.text));
        Span { file: self.file.clone(), start, end }
    }

    /// The text of the next token.
    pub fn next_text(&mut self) -> &'a str {
        self.peek();
        self.token().text(self.text)
    }

    /// Whether the next token is this word.
    pub fn at_word(&mut self, word: &str) -> bool {
        self.peek() == Kind::Ident && self.next_text() == word
    }

    /// Reads a name.
    pub fn ident(&mut self) -> Ident {
        let start = self.start();
        let text = self.bump().text(self.text);
        Ident { name: self.name(text), span: self.span(start) }
    }

    /// A name as a shared text: each is kept once.
    pub fn name(&mut self, text: &'a str) -> Arc<str> {
        self.names.entry(text).or_insert_with(|| Arc::from(text)).clone()
    }

    /// Parses something in which line breaks count, or do not. It ends with the token that closes it.
    pub fn lines<T>(&mut self, count: bool, parse: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.newlines, count);
        let parsed = parse(self);
        self.newlines = before;
        parsed
    }

    /// Parses something that can hold itself.
    pub fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_depth(self.depth)?;
        self.depth += 1;
        let parsed = stacker::maybe_grow(128 * 1024, 1024 * 1024, || parse(self));
        self.depth -= 1;
        parsed
    }

    pub fn check_depth(&mut self, depth: usize) -> Parsed<()> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.error_next(
            "Too deeply nested",
            format!("No more than {MAX_DEPTH} levels of nesting are possible."),
        ))
    }

    /// An expression that was read from `start` on, whose highest part is `inner` high.
    pub fn node(&mut self, kind: ExprKind, start: Position, inner: usize) -> Parsed<Expr> {
        self.height = inner + 1;
        let span = self.span(start);
        if self.height <= MAX_HEIGHT {
            return Ok(Expr { kind, span });
        }
        let detail = "There are too many operators, steps or levels of nesting in this expression. \
                      Take parts of it out into local values.";
        Err(self.error("Expression too complex", detail, &span))
    }

    pub fn broken(&mut self, start: Position) -> Expr {
        self.height = 1;
        Expr { kind: ExprKind::Broken, span: self.span(start) }
    }

    /// Reports an error, unless another one was reported at the same place.
    pub fn error(&mut self, summary: &str, detail: impl Into<String>, span: &Span) -> Failed {
        let last = self.diagnostics.last().and_then(|it| it.span.as_ref());
        let repeated = last.is_some_and(|it| it.start == span.start);
        if !repeated && self.diagnostics.len() < MAX_ERRORS {
            self.diagnostics.push(Diagnostic::error(summary, detail).at(span));
        }
        Failed
    }

    /// An error about the next token: that it can never be right, if so, rather than what was
    /// expected here.
    pub fn error_next(&mut self, summary: &str, detail: impl Into<String>) -> Failed {
        let kind = self.peek();
        if token::problem(kind).is_some() {
            return self.report_token();
        }
        let span = self.next_span();
        self.error(summary, detail, &span)
    }

    /// Reports a token that can never be right, once a line.
    fn report_token(&mut self) -> Failed {
        let span = self.next_span();
        let kind = self.token().kind;
        if let Some((summary, detail)) = token::problem(kind)
            && self.reported != (span.start.line, kind)
        {
            self.reported = (span.start.line, kind);
            self.error(summary, detail, &span);
        }
        Failed
    }
}
