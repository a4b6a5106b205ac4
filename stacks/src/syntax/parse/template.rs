//! Quoted texts, heredocs and templates without quotes.

use std::sync::Arc;

use model::{Position, Span};

use super::cursor::Parser;
use super::pieces::{Piece, Pieces, flush};
use super::{Failed, Parsed};
use crate::syntax::place::after;
use crate::syntax::token::Kind;
use crate::syntax::tree::{Expr, ExprKind, Ident, Part};

/// A directive that waits for its end, and the parts that were there before it.
struct Open {
    start: Start,
    span: Span,
    before: Vec<Part>,
}

enum Start {
    If { test: Box<Expr>, then: Option<Vec<Part>> },
    For { key_name: Option<Ident>, value_name: Ident, of: Box<Expr> },
}

impl<'a> Parser<'a> {
    /// A template that is all of the text.
    pub fn bare_template(&mut self) -> Parsed<Vec<Part>> {
        let start = self.start();
        let open = self.span(start);
        let pieces = self.pieces(Kind::End, &open)?;
        if pieces.broken {
            return Err(Failed);
        }
        Ok(self.parts(pieces.list)?.0)
    }

    pub fn quoted(&mut self, start: Position) -> Parsed<Expr> {
        self.bump();
        let open = self.span(start);
        let pieces = self.pieces(Kind::CloseQuote, &open)?;
        self.assemble(pieces, start)
    }

    pub fn heredoc(&mut self, start: Position) -> Parsed<Expr> {
        let token = self.bump();
        let marker = token.text(self.text).trim_end();
        let mut open = self.span(start);
        open.end = after(start, marker);
        let mut pieces = self.pieces(Kind::CloseHeredoc, &open)?;
        if marker.starts_with("<<-") {
            flush(&mut pieces.list);
        }
        self.assemble(pieces, start)
    }

    /// The simplest expression that the pieces are. After an error in one of them nothing can be
    /// said about the directives.
    fn assemble(&mut self, pieces: Pieces<'a>, start: Position) -> Parsed<Expr> {
        let inner = pieces.height;
        let parts = if pieces.broken { Err(Failed) } else { self.parts(pieces.list) };
        let Ok((mut parts, depth)) = parts else { return Ok(self.broken(start)) };
        let kind = match &mut parts[..] {
            [] => ExprKind::String(Arc::from("")),
            [Part::Text(text, _)] => ExprKind::String(std::mem::take(text)),
            [Part::Interpolation(_)] => match parts.pop() {
                Some(Part::Interpolation(it)) => ExprKind::Wrap(Box::new(it)),
                _ => ExprKind::Broken,
            },
            _ => ExprKind::Template(parts),
        };
        self.node(kind, start, inner + depth)
    }

    /// Pieces to parts: adjoining texts are one, directives hold what is between them. Also how deep
    /// directives are nested.
    fn parts(&mut self, pieces: Vec<Piece<'a>>) -> Parsed<(Vec<Part>, usize)> {
        let mut open: Vec<Open> = Vec::new();
        let mut depth = 0;
        let mut parts = Vec::new();
        let mut pieces = pieces.into_iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Text(first, mut span) => {
                    let mut text = first;
                    while let Some(Piece::Text(more, end)) =
                        pieces.next_if(|it| matches!(it, Piece::Text(..)))
                    {
                        text.to_mut().push_str(&more);
                        span.end = end.end;
                    }
                    parts.push(Part::Text(Arc::from(&*text), span));
                }
                Piece::Interpolation(it) => parts.push(Part::Interpolation(it)),
                Piece::If(test, span) => {
                    let before = std::mem::take(&mut parts);
                    let test = Box::new(test);
                    open.push(Open { start: Start::If { test, then: None }, span, before });
                }
                Piece::For { key_name, value_name, of, span } => {
                    let before = std::mem::take(&mut parts);
                    let start = Start::For { key_name, value_name, of: Box::new(of) };
                    open.push(Open { start, span, before });
                }
                Piece::Else(span) => self.switch(&mut open, &mut parts, &span)?,
                Piece::EndIf(span) => self.close(&mut open, &mut parts, "endif", &span)?,
                Piece::EndFor(span) => self.close(&mut open, &mut parts, "endfor", &span)?,
            }
            self.check_depth(open.len())?;
            depth = depth.max(open.len());
        }
        let Some(unclosed) = open.last() else {
            parts.shrink_to_fit();
            return Ok((parts, depth));
        };
        let (name, end) = match unclosed.start {
            Start::If { .. } => ("if", "endif"),
            Start::For { .. } => ("for", "endfor"),
        };
        let detail = format!("This {name} directive is missing its corresponding {end} directive.");
        Err(self.error("Unexpected end of template", detail, &unclosed.span))
    }

    /// An `else`.
    fn switch(&mut self, open: &mut [Open], parts: &mut Vec<Part>, at: &Span) -> Parsed<()> {
        let detail = match open.last_mut() {
            Some(Open { start: Start::If { then: then @ None, .. }, .. }) => {
                parts.shrink_to_fit();
                *then = Some(std::mem::take(parts));
                return Ok(());
            }
            Some(Open { start: Start::If { .. }, span, .. }) => {
                format!("Already in the else clause for the if started at {span}.")
            }
            Some(Open { start: Start::For { .. }, .. }) => {
                "An else clause is not expected for a for directive.".to_owned()
            }
            None => "The control directives within this template are unbalanced.".to_owned(),
        };
        Err(self.error("Unexpected else directive", detail, at))
    }

    /// An `endif` or `endfor`: `parts` become the innermost directive's, and then what was before it
    /// and the directive.
    fn close(
        &mut self,
        open: &mut Vec<Open>,
        parts: &mut Vec<Part>,
        name: &str,
        end: &Span,
    ) -> Parsed<()> {
        let detail = match open.last().map(|it| (&it.start, &it.span)) {
            Some((Start::If { .. }, _)) if name == "endif" => None,
            Some((Start::For { .. }, _)) if name == "endfor" => None,
            Some((Start::If { .. }, span)) => {
                Some(format!("Expecting an endif directive for the if started at {span}."))
            }
            Some((Start::For { .. }, span)) => Some(format!(
                "Expecting an endfor directive corresponding to the for directive at {span}."
            )),
            None => Some("The control directives within this template are unbalanced.".to_owned()),
        };
        if let Some(detail) = detail {
            return Err(self.error(&format!("Unexpected {name} directive"), detail, end));
        }
        let Some(Open { start, span, before }) = open.pop() else { return Ok(()) };
        let mut body = std::mem::replace(parts, before);
        body.shrink_to_fit();
        let span = span.to(end);
        parts.push(match start {
            Start::If { test, then: Some(then) } => Part::If { test, then, otherwise: body, span },
            Start::If { test, then: None } => {
                Part::If { test, then: body, otherwise: Vec::new(), span }
            }
            Start::For { key_name, value_name, of } => {
                Part::For { key_name, value_name, of, body, span }
            }
        });
        Ok(())
    }
}
