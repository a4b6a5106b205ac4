//! Whether there is a space between two tokens.

use super::Token;
use crate::syntax::token::Kind;

/// Sets the spaces before each of these tokens but the first.
pub fn lay_out(tokens: &mut [Token]) {
    let mut before = None;
    for at in 1..tokens.len() {
        let here = &tokens[at - 1];
        let spaces = usize::from(between(before, here, &tokens[at]));
        before = Some(here.kind);
        tokens[at].spaces = spaces;
    }
}

/// Whether a space goes between `here` and `next`; `before` is what stands before `here` in its
/// cell.
fn between(before: Option<Kind>, here: &Token, next: &Token) -> bool {
    use Kind::*;
    let is_in = here.kind == Ident && here.text == "in" && before == Some(Ident);
    match (here.kind, next.kind) {
        (_, Newline) | (Ident, OpenParen) => false,
        (Ident, DoubleColon) | (DoubleColon, Ident) => false,
        (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (QuotedText | PlainText | OpenQuote | OpenHeredoc, _) => false,
        (_, QuotedText | PlainText | CloseQuote | CloseHeredoc) => false,
        // `in [1, 2]` is no index.
        _ if is_in => true,
        (Ident | Number, OpenBracket) => false,
        (_, OpenBracket) if here.opens() < 0 => false,
        (Bang, _) => false,
        (Minus, _) => !negates(before),
        (OpenBrace, CloseBrace) => false,
        (OpenBrace, _) | (_, CloseBrace) => true,
        (OpenInterpolation | OpenDirective, OpenBrace) | (CloseBrace, CloseTemplate) => true,
        (CloseTemplate, OpenInterpolation | OpenDirective) => false,
        _ => here.opens() <= 0 && next.opens() >= 0,
    }
}

/// Whether a minus is one of a negation, by what is before it.
fn negates(before: Option<Kind>) -> bool {
    use Kind::*;
    let Some(before) = before else { return true };
    matches!(
        before,
        OpenParen
            | OpenBrace
            | OpenBracket
            | Equal
            | Colon
            | Comma
            | Question
            | Plus
            | Star
            | Slash
            | Percent
            | Minus
            | EqualEqual
            | NotEqual
            | Greater
            | GreaterOrEqual
            | Less
            | LessOrEqual
            | And
            | Or
            | Bang
    )
}
