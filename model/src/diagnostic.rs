//! What is wrong, where, and what to do about it.

use std::fmt;
use std::sync::Arc;

use crate::resource::Failing;

/// A place between two characters of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// In grapheme clusters, counted from 1.
    pub column: u32,
    /// In bytes from the start of the file.
    pub byte: u32,
}

/// A piece of a file: from a position up to, and without, another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// As shown to the user: relative to the directory the command runs in.
    pub file: Arc<str>,
    pub start: Position,
    pub end: Position,
}

impl Span {
    /// From the start of `self` to the end of `other`.
    pub fn to(&self, other: &Span) -> Span {
        Span { file: self.file.clone(), start: self.start, end: other.end }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.start.line, self.start.column)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// One problem of the user's input or of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A few words, such as `Unsupported argument`.
    pub summary: String,
    /// Sentences that say what is wrong and why.
    pub detail: String,
    pub span: Option<Span>,
    /// The resource it is about.
    pub address: Option<String>,
    /// What to do next; shown on a line of its own.
    pub hint: Option<String>,
    /// What the expression's parts were, as `var.name` and `"value"`. Never a sensitive value.
    pub values: Vec<(String, String)>,
    /// How something came to a bad end, if that is the problem.
    pub failing: Option<Failing>,
}

/// Problems found on the way, in the order in which they were found.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            summary: summary.into(),
            detail: detail.into(),
            span: None,
            address: None,
            hint: None,
            values: Vec::new(),
            failing: None,
        }
    }

    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(summary, detail) }
    }

    pub fn at(mut self, span: &Span) -> Diagnostic {
        self.span = Some(span.clone());
        self
    }

    pub fn on(mut self, address: impl fmt::Display) -> Diagnostic {
        self.address = Some(address.to_string());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
