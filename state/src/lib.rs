//! Memory: the state file, the journal beside it, the lock on both, and edits of what they hold.
//!
//! This crate alone writes state. It knows nothing of AWS, of configuration or of how things are
//! made; it makes sure that whatever was once recorded is found again.

mod file;
mod encode;
mod event;
mod replay;
mod writer;
mod journal;

pub use event::Event;
pub use file::{FileError, Identity, Instance, ObjectState, Output, State};
pub use journal::{FileJournal, Journal, MemoryJournal};
pub use replay::{Illegal, Intents, OpenIntent, Operation, replay};
pub use writer::JournalError;
