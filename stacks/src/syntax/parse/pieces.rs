//! The pieces of a template one after another: literals, interpolations, directives.

use std::borrow::Cow;

use model::{Position, Span};
use unicode_segmentation::UnicodeSegmentation;

use super::cursor::Parser;
use super::{Failed, Parsed};
use crate::syntax::place::after;
use crate::syntax::token::Kind;
use crate::syntax::tree::{Expr, Ident};

/// What a template is made of before its directives are matched with each other.
pub enum Piece<'a> {
    /// A literal; a heredoc has one for each line at least.
    Text(Cow<'a, str>, Span),
    Interpolation(Expr),
    If(Expr, Span),
    Else(Span),
    EndIf(Span),
    For {
        key_name: Option<Ident>,
        value_name: Ident,
        of: Expr,
        span: Span,
    },
    EndFor(Span),
}

pub struct Pieces<'a> {
    pub list: Vec<Piece<'a>>,
    /// How high the highest expression is.
    pub height: usize,
    /// A piece is missing because it failed.
    pub broken: bool,
}

impl<'a> Parser<'a> {
    /// The pieces up to the closing token, which is read.
    pub fn pieces(&mut self, close: Kind, open: &Span) -> Parsed<Pieces<'a>> {
        let mut pieces = Vec::new();
        let mut height = 0;
        let mut broken = false;
        let mut trim = false;
        loop {
            match self.peek() {
                kind if kind == close => {
                    self.bump();
                    return Ok(Pieces { list: pieces, height, broken });
                }
                Kind::QuotedText | Kind::PlainText => {
                    let (mut text, span) = self.literal();
                    if trim {
                        text = match text {
                            Cow::Borrowed(it) => Cow::Borrowed(it.trim_start()),
                            Cow::Owned(it) => Cow::Owned(it.trim_start().to_owned()),
                        };
                    }
                    trim = false;
                    pieces.push(Piece::Text(text, span));
                }
                kind @ (Kind::OpenInterpolation | Kind::OpenDirective) => {
                    if let Some(Piece::Text(text, _)) = pieces.last_mut()
                        && self.next_text().ends_with('~')
                    {
                        trim_end(text);
                    }
                    let piece;
                    (piece, trim) = self.lines(false, |it| it.sequence(kind, close))?;
                    broken |= piece.is_none();
                    pieces.extend(piece);
                    height = height.max(self.height);
                }
                _ => return Err(self.unterminated(open)),
            }
        }
    }

    fn unterminated(&mut self, open: &Span) -> Failed {
        if self.peek() == Kind::QuotedNewline {
            let failed = self.error_next("", "");
            self.bump();
            return failed;
        }
        let detail = "No closing marker was found for the string.";
        self.error("Unterminated template string", detail, open)
    }

    /// Reads a literal piece of a text and resolves its escapes.
    pub fn literal(&mut self) -> (Cow<'a, str>, Span) {
        let start = self.start();
        let token = self.bump();
        let text = token.text(self.text);
        let (value, problems) = super::escape::resolve(text, token.kind == Kind::QuotedText);
        for it in problems {
            let span = Span {
                file: self.file.clone(),
                start: after(start, &text[..it.start]),
                end: after(start, &text[..it.end]),
            };
            self.error("Invalid escape sequence", it.detail, &span);
        }
        (value, self.span(start))
    }

    /// `${ }` or `%{ }`, and whether it ends with `~`. No piece if it failed.
    fn sequence(&mut self, kind: Kind, close: Kind) -> Parsed<(Option<Piece<'a>>, bool)> {
        let start = self.start();
        self.bump();
        let parsed = match kind {
            Kind::OpenInterpolation => self.interpolation(start, close).map(Piece::Interpolation),
            _ => self.directive(start),
        };
        match parsed {
            Ok(piece) => {
                let trim = self.next_text().starts_with('~');
                self.bump();
                Ok((Some(piece), trim))
            }
            Err(Failed) => {
                self.recover_close(Kind::CloseTemplate)?;
                Ok((None, false))
            }
        }
    }

    fn interpolation(&mut self, start: Position, close: Kind) -> Parsed<Expr> {
        let open = self.span(start);
        let expr = self.expression()?;
        let unclosed = "Unclosed template interpolation sequence";
        let extra = "Extra characters after interpolation expression";
        Err(match self.peek() {
            Kind::CloseTemplate => return Ok(expr),
            Kind::End => {
                let detail = "There is no closing brace for this interpolation sequence before the \
                              end of the file. This might be caused by incorrect nesting inside the \
                              given expression.";
                self.error(unclosed, detail, &open)
            }
            Kind::Colon => {
                let detail = "Template interpolation doesn't expect a colon at this location. Did \
                              you intend this to be a literal sequence to be processed as part of \
                              another language? If so, you can escape it by starting with \"$${\" \
                              instead of just \"${\".";
                self.error_next(extra, detail)
            }
            Kind::OpenQuote | Kind::CloseQuote if close == Kind::CloseQuote => {
                let detail = "There is no closing brace for this interpolation sequence before the \
                              end of the quoted template. This might be caused by incorrect nesting \
                              inside the given expression.";
                self.error(unclosed, detail, &open)
            }
            _ => {
                let detail = "Expected a closing brace to end the interpolation expression, but \
                              found extra characters.\n\nThis can happen when you include \
                              interpolation syntax for another language, such as shell scripting, \
                              but forget to escape the interpolation start token. If this is an \
                              embedded sequence for another language, escape it by starting with \
                              \"$${\" instead of just \"${\".";
                self.error_next(extra, detail)
            }
        })
    }

    fn directive(&mut self, start: Position) -> Parsed<Piece<'a>> {
        if self.peek() != Kind::Ident {
            let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the \
                          beginning of a %{ sequence.";
            return Err(self.error_next("Invalid template directive", detail));
        }
        self.height = 0;
        let keyword = self.next_text();
        let span = self.next_span();
        self.bump();
        let piece = match keyword {
            "if" => Piece::If(self.expression()?, span),
            "else" => Piece::Else(span),
            "endif" => Piece::EndIf(span),
            "for" => {
                let (key_name, value_name) =
                    self.for_names("Invalid 'for' directive", "directive")?;
                Piece::For { key_name, value_name, of: self.expression()?, span }
            }
            "endfor" => Piece::EndFor(span),
            other => {
                let detail = format!("\"{other}\" is not a valid template control keyword.");
                return Err(self.error("Invalid template control keyword", detail, &span));
            }
        };
        if self.peek() != Kind::CloseTemplate {
            let detail =
                "Expected a closing brace to end the sequence, but found extra characters.";
            return Err(self.error_next(&format!("Extra characters in {keyword} marker"), detail));
        }
        Ok(piece.spanning(Span { file: self.file.clone(), start, end: self.next_span().end }))
    }
}

impl Piece<'_> {
    /// A directive, with the whole of it as its span.
    fn spanning(mut self, whole: Span) -> Self {
        match &mut self {
            Piece::If(_, span)
            | Piece::Else(span)
            | Piece::EndIf(span)
            | Piece::For { span, .. }
            | Piece::EndFor(span) => *span = whole,
            Piece::Text(..) | Piece::Interpolation(_) => (),
        }
        self
    }
}

fn trim_end(text: &mut Cow<str>) {
    match text {
        Cow::Borrowed(it) => *it = it.trim_end(),
        Cow::Owned(it) => it.truncate(it.trim_end().len()),
    }
}

fn cut_start(text: &mut Cow<str>, len: usize) {
    match text {
        Cow::Borrowed(it) => *it = &it[len..],
        Cow::Owned(it) => {
            it.drain(..len);
        }
    }
}

/// Takes off every line of a `<<-` heredoc as many spaces as the line with the fewest has. Lines of
/// nothing but spaces neither count nor lose any; trim marks have had their effect before.
pub fn flush(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut lines = Vec::new();
    let mut line_start = true;
    for (at, piece) in pieces.iter().enumerate() {
        let Piece::Text(text, _) = piece else {
            if line_start {
                least = 0;
            }
            line_start = false;
            continue;
        };
        let ends_line = text.ends_with('\n');
        if line_start {
            let content = text.trim_start();
            if !content.is_empty() || !ends_line {
                let spaces = &text[..text.len() - content.len()];
                least = least.min(spaces.graphemes(true).count());
                lines.push(at);
            }
        }
        line_start = ends_line;
    }
    for at in lines {
        if let Piece::Text(text, _) = &mut pieces[at] {
            let len = text.graphemes(true).take(least).map(str::len).sum();
            cut_start(text, len);
        }
    }
}
