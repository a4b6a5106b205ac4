//! Memory: the state file, the journal beside it, the lock on both, and edits of what they hold.
//!
//! This crate alone writes state. It knows nothing of AWS, of configuration or of how things are
//! made; it makes sure that whatever was once recorded is found again.

mod error;
mod file;
mod guard;
mod decode;
mod encode;
mod event;
mod seal;
mod replay;
mod writer;
mod journal;
mod recover;
mod clock;
mod owner;
mod lock;
mod private;
mod remote;
mod store;
mod workspaces;
pub mod edit;
mod rename;

pub use clock::now;
pub use decode::FileError;
pub use error::{Error, ErrorKind};
pub use event::{Event, How, Moved, Rollback, Was};
pub use file::{Identity, Instance, ObjectState, Output, State};
pub use journal::{Journal, MemoryJournal};
pub use lock::{LockInfo, LockOptions};
pub use private::{note, noted};
pub use remote::Remote;
pub use rename::{Move, rename};
pub use replay::{Illegal, Intents, OpenIntent, Operation, replay};
pub use seal::{
    KMS_KEY, KeyService, OLD_KMS_KEY, OLD_PASSPHRASE, PASSPHRASE, Seal, SealError, Secret, What,
    is_sealed_as,
};
pub use store::{Session, Store};
pub use workspaces::Workspaces;
pub use writer::JournalError;
