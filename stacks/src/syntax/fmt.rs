//! The canonical layout: byte for byte what `terraform fmt` gives.
//!
//! Only the spaces between tokens are laid out anew, line by line; which tokens are on a line is the
//! author's business. `rewrite` first replaces a few outdated forms.

mod rewrite;
mod space;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use model::Diagnostics;
use unicode_segmentation::UnicodeSegmentation;

use crate::syntax::parse;
use crate::syntax::token::Kind;

/// The text in canonical layout.
///
/// # Errors
///
/// When the text is not HCL; nothing can be said about its layout then.
pub fn format(file: &Arc<str>, text: &str) -> Result<String, Diagnostics> {
    let (body, problems) = parse::body(file, text);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut tokens = rewrite::tokens(text, &body);
    let lines = lines(&tokens);
    indent(&mut tokens, &lines);
    for line in &lines {
        space::lay_out(&mut tokens[line.lead()]);
        space::lay_out(&mut tokens[line.assign()]);
    }
    align(&mut tokens, &lines, |line| line.start..line.assign, Line::assign);
    align(&mut tokens, &lines, |line| line.start..line.comment, Line::comment);
    let mut formatted = String::with_capacity(text.len() + text.len() / 8);
    for it in &tokens {
        formatted.extend(std::iter::repeat_n(' ', it.spaces));
        formatted.push_str(&it.text);
    }
    Ok(formatted)
}

/// A token and how many spaces stand before it.
struct Token<'a> {
    kind: Kind,
    text: Cow<'a, str>,
    spaces: usize,
}

impl Token<'_> {
    /// How many more brackets are open after it.
    fn opens(&self) -> isize {
        match self.kind {
            Kind::OpenBrace
            | Kind::OpenBracket
            | Kind::OpenParen
            | Kind::OpenDirective
            | Kind::OpenInterpolation => 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::CloseTemplate => -1,
            _ => 0,
        }
    }

    fn is_comment(&self) -> bool {
        matches!(self.kind, Kind::Comment | Kind::LineComment)
    }
}

/// A line of tokens, as indexes: what leads, then an equals sign with what it assigns, then a
/// comment. A heredoc is on the line that it begins on.
struct Line {
    start: usize,
    assign: usize,
    comment: usize,
    end: usize,
}

impl Line {
    fn lead(&self) -> Range<usize> {
        self.start..self.assign
    }

    fn assign(&self) -> Range<usize> {
        self.assign..self.comment
    }

    fn comment(&self) -> Range<usize> {
        self.comment..self.end
    }
}

/// The end of the text is on no line.
fn lines(tokens: &[Token]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        let end = match token.kind {
            Kind::Newline | Kind::LineComment => at + 1,
            Kind::End => at,
            _ => continue,
        };
        if end > start {
            lines.push(line(tokens, start, end));
        }
        start = end;
    }
    lines
}

fn line(tokens: &[Token], start: usize, end: usize) -> Line {
    let comment = match end - start > 1 && tokens[end - 1].is_comment() {
        true => end - 1,
        false => end,
    };
    let equal = tokens[start..comment].iter().skip(1).position(|it| it.kind == Kind::Equal);
    // A value that goes on on the next line is not aligned.
    let assign = match equal.map(|it| start + 1 + it) {
        Some(it) if tokens[it..comment].iter().map(Token::opens).sum::<isize>() == 0 => it,
        _ => comment,
    };
    Line { start, assign, comment, end }
}

/// Indents each line by two spaces for each line that opened more brackets than it closed, until a
/// line closes as many again.
fn indent(tokens: &mut [Token], lines: &[Line]) {
    let mut open: Vec<isize> = Vec::new();
    for line in lines {
        if tokens[line.start].kind == Kind::Newline {
            tokens[line.start].spaces = 0;
            continue;
        }
        let lead = &tokens[line.lead()];
        let heredoc = lead.iter().position(|it| it.kind == Kind::OpenHeredoc);
        let lead = &lead[..heredoc.unwrap_or(lead.len())];
        let change: isize = lead.iter().chain(&tokens[line.assign()]).map(Token::opens).sum();
        if change < 0 {
            close(&mut open, -change);
        }
        tokens[line.start].spaces = 2 * open.len();
        if change > 0 {
            open.push(change);
        }
    }
}

fn close(open: &mut Vec<isize>, mut n: isize) {
    while n > 0
        && let Some(last) = open.last_mut()
    {
        if n < *last {
            *last -= n;
            return;
        }
        n -= *last;
        open.pop();
    }
}

/// Aligns a cell of consecutive lines that all have it, one column behind the widest of what is
/// before it.
fn align(
    tokens: &mut [Token],
    lines: &[Line],
    before: impl Fn(&Line) -> Range<usize>,
    cell: impl Fn(&Line) -> Range<usize>,
) {
    for chain in lines.chunk_by(|a, b| cell(a).is_empty() == cell(b).is_empty()) {
        if cell(&chain[0]).is_empty() {
            continue;
        }
        let widths: Vec<usize> = chain.iter().map(|it| columns(&tokens[before(it)])).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in chain.iter().zip(widths) {
            tokens[cell(line).start].spaces = widest - width + 1;
        }
    }
}

fn columns(tokens: &[Token]) -> usize {
    tokens.iter().map(|it| it.spaces + it.text.graphemes(true).count()).sum()
}

#[cfg(test)]
mod tests;
