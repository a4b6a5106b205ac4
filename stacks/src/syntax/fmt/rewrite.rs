//! Outdated forms in today's: `"${x}"` as the whole value of an argument, quoted types of variables,
//! bare labels.

use std::borrow::Cow;
use std::ops::Range;

use model::Span;

use super::Token;
use crate::syntax::parse::unquote;
use crate::syntax::token::{self, Kind, Mode};
use crate::syntax::tree::{Attribute, Block, Body};

/// The tokens of a text without errors, rewritten.
pub fn tokens<'a>(text: &'a str, body: &Body) -> Vec<Token<'a>> {
    let source = token::tokens(text, Mode::Normal);
    let mut end = 0;
    let mut tokens = Vec::with_capacity(source.len());
    for it in &source {
        // All but the last are given spaces by the layout.
        let spaces = it.start as usize - end;
        tokens.push(Token { kind: it.kind, text: Cow::Borrowed(it.text(text)), spaces });
        end = it.end as usize;
    }
    let mut changes = Changes { source: &source, tokens: &tokens, list: Vec::new() };
    changes.body(body, &[]);
    apply(changes.list, tokens)
}

/// What to put in the place of a range of tokens.
struct Change<'a> {
    place: Range<usize>,
    with: With<'a>,
}

enum With<'a> {
    /// A part of those tokens, perhaps in parentheses.
    Part {
        range: Range<usize>,
        in_parentheses: bool,
    },
    New(Vec<Token<'a>>),
}

struct Changes<'s, 'a> {
    source: &'s [token::Token],
    tokens: &'s [Token<'a>],
    list: Vec<Change<'a>>,
}

impl<'a> Changes<'_, 'a> {
    fn body(&mut self, body: &Body, parents: &[&str]) {
        for it in &body.attributes {
            match parents {
                ["variable"] if &*it.name.name == "type" => self.type_of_variable(it),
                _ => self.value(it),
            }
        }
        for it in &body.blocks {
            self.labels(it);
            let parents = [parents, &[&*it.kind.name]].concat();
            stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.body(&it.body, &parents));
        }
    }

    /// The tokens that a span of the tree covers.
    fn range(&self, span: &Span) -> Range<usize> {
        let start = self.source.partition_point(|it| it.start < span.start.byte);
        let end = self.source.partition_point(|it| it.start < span.end.byte);
        start..end.max(start)
    }

    /// `"${x}"` as `x`, in parentheses if that is on several lines.
    fn value(&mut self, attribute: &Attribute) {
        let place = self.range(&attribute.expr.span);
        let [Kind::OpenQuote, Kind::OpenInterpolation, .., Kind::CloseTemplate, Kind::CloseQuote] =
            *self.tokens[place.clone()].iter().map(|it| it.kind).collect::<Vec<_>>()
        else {
            return;
        };
        let inside = place.start + 2..place.end - 2;
        if inside.is_empty() || !is_single(&self.tokens[inside.clone()]) {
            return;
        }
        let newline = |at: &usize| self.tokens[*at].kind == Kind::Newline;
        let start = inside.start + inside.clone().take_while(newline).count();
        let end = inside.end - inside.clone().rev().take_while(newline).count();
        let range = start..end.max(start);
        let trimmed = &self.tokens[range.clone()];
        let ends = |it: Option<&Token>, kind| it.is_some_and(|it| it.kind == kind);
        let has_parentheses =
            ends(trimmed.first(), Kind::OpenParen) && ends(trimmed.last(), Kind::CloseParen);
        let in_parentheses = trimmed.iter().any(|it| it.kind == Kind::Newline) && !has_parentheses;
        self.list.push(Change { place, with: With::Part { range, in_parentheses } });
    }

    /// `"list"` as `list(string)`, `list` as `list(any)`.
    fn type_of_variable(&mut self, attribute: &Attribute) {
        let place = self.range(&attribute.expr.span);
        let (name, element) = match &self.tokens[place.clone()] {
            [it] if it.kind == Kind::Ident => match &*it.text {
                "list" | "map" | "set" => (it.text.clone(), Some("any")),
                _ => return,
            },
            [open, it, _] if open.kind == Kind::OpenQuote && it.kind == Kind::QuotedText => {
                match &*it.text {
                    "string" => (it.text.clone(), None),
                    "list" | "map" => (it.text.clone(), Some("string")),
                    _ => return,
                }
            }
            _ => return,
        };
        let mut with = vec![Token { kind: Kind::Ident, text: name, spaces: 0 }];
        if let Some(element) = element {
            with.push(symbol(Kind::OpenParen, "("));
            with.push(symbol(Kind::Ident, element));
            with.push(symbol(Kind::CloseParen, ")"));
        }
        self.list.push(Change { place, with: With::New(with) });
    }

    /// All labels in quotes, and nothing between them.
    fn labels(&mut self, block: &Block) {
        let Some(last) = block.labels.last() else { return };
        let place = self.range(&block.kind.span).end..self.range(&last.span).end;
        let mut with = Vec::new();
        for it in &block.labels {
            let Some(label) = self.label(&it.span) else { continue };
            with.push(symbol(Kind::OpenQuote, "\""));
            if !label.is_empty() {
                with.push(Token { kind: Kind::QuotedText, text: label, spaces: 0 });
            }
            with.push(symbol(Kind::CloseQuote, "\""));
        }
        self.list.push(Change { place, with: With::New(with) });
    }

    /// The text of a label, escaped for quotes. Terraform drops a label that is several literals.
    fn label(&self, span: &Span) -> Option<Cow<'a, str>> {
        match &self.tokens[self.range(span)] {
            [it] => Some(it.text.clone()),
            [_, _] => Some(Cow::Borrowed("")),
            [_, it, _] => Some(escaped(&unquote(&it.text)).into()),
            _ => None,
        }
    }
}

fn symbol(kind: Kind, text: &str) -> Token<'_> {
    Token { kind, text: Cow::Borrowed(text), spaces: 0 }
}

/// Whether the tokens between the outermost `${` and `}` are certainly one expression.
fn is_single(tokens: &[Token]) -> bool {
    let mut quotes = 0;
    for it in tokens {
        match it.kind {
            Kind::OpenQuote => quotes += 1,
            Kind::CloseQuote => quotes -= 1,
            Kind::OpenInterpolation | Kind::CloseTemplate | Kind::QuotedText if quotes <= 0 => {
                return false;
            }
            _ => (),
        }
    }
    true
}

/// A text as it is written between quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '$' | '%' if chars.peek() == Some(&'{') => escaped.extend([it, it]),
            it if !is_printable(it) => escaped.push_str(&match u32::from(it) {
                code @ ..0x10000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            it => escaped.push(it),
        }
    }
    escaped
}

/// Whether a character shows something. The only space that does is the common one.
fn is_printable(it: char) -> bool {
    let formats = matches!(it, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    it == ' ' || !(it.is_control() || it.is_whitespace() || formats)
}

fn apply<'a>(mut list: Vec<Change<'a>>, tokens: Vec<Token<'a>>) -> Vec<Token<'a>> {
    list.sort_by_key(|it| it.place.start);
    let mut changes = list.into_iter().peekable();
    let mut rewritten = Vec::with_capacity(tokens.len());
    let mut current: Option<Change> = None;
    for (at, token) in tokens.into_iter().enumerate() {
        if current.as_ref().is_none_or(|it| it.place.end <= at) {
            current = changes.next_if(|it| it.place.start == at);
            if let Some(Change { with: With::New(new), .. }) = &mut current {
                rewritten.append(new);
            }
        }
        match &current {
            None => rewritten.push(token),
            Some(Change { with: With::New(_), .. }) => (),
            Some(Change { with: With::Part { range, in_parentheses }, .. }) => {
                if at == range.start && *in_parentheses {
                    rewritten.push(symbol(Kind::OpenParen, "("));
                }
                if range.contains(&at) {
                    rewritten.push(token);
                }
                if at + 1 == range.end && *in_parentheses {
                    rewritten.push(symbol(Kind::CloseParen, ")"));
                }
            }
        }
    }
    rewritten
}
