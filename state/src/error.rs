//! What can go wrong with a state, in words for the person in front of it.

use std::io;
use std::path::Path;

/// An error with what to do about it beside it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    pub kind: ErrorKind,
    pub message: String,
    /// What to do next; shown on a line of its own.
    pub hint: Option<String>,
}

/// The only thing about an error that a caller looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A state or journal is there and cannot be used as it is.
    Unreadable,
    /// Somebody else holds the lock.
    Locked,
    /// The state is not the one that this work started from.
    Conflict,
    /// What was asked for makes no sense for this state.
    Invalid,
}

impl Error {
    /// An error without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), hint: None }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Error {
        Error { hint: Some(hint.into()), ..self }
    }

    /// An I/O error with what was being done.
    pub(crate) fn io(doing: &str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let doing = format!("cannot {doing} {}", path.display());
        move |why| Error::new(ErrorKind::Io, format!("{doing}: {why}"))
    }
}
