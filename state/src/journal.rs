//! The journal: an event is recorded before the call that it announces is made.
//!
//! Events are checked here, for their order, and written by a thread of their own (`writer.rs`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use futures::channel::oneshot;
use futures::future::{BoxFuture, FutureExt};

use crate::event::Event;
use crate::replay::Intents;
use crate::seal::Seal;
use crate::writer::{self, Found, Message, Reply, Writer};

/// Where a run writes down what it is about to do and what came of it.
pub trait Journal: Send + Sync {
    /// Returns when the event is on disk.
    fn record(&self, event: Event) -> BoxFuture<'_, io::Result<()>>;
}

/// A journal in memory, for tests.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    inner: Mutex<(Intents, Vec<Event>)>,
}

impl MemoryJournal {
    /// All that was recorded, in order.
    pub fn events(&self) -> Vec<Event> {
        locked(&self.inner).1.clone()
    }
}

impl Journal for MemoryJournal {
    fn record(&self, event: Event) -> BoxFuture<'_, io::Result<()>> {
        let mut inner = locked(&self.inner);
        let legal = inner.0.step(&event).map_err(io::Error::other);
        if legal.is_ok() {
            inner.1.push(event);
        }
        futures::future::ready(legal.map(|_| ())).boxed()
    }
}

/// What a poisoned mutex guards is whole: nothing that can panic runs while it is held.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A journal in a file, which is made when the first event comes.
///
/// If the environment has `GROUNDPLAN_CRASH_AFTER_EVENT=n`, a debug build kills itself just after the
/// n-th event is on disk, as tests of recovery need it.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    intents: Intents,
    /// The last `Begin`, if there is one.
    begin: Option<Event>,
    /// Whether a run of this process has begun and not ended.
    running: bool,
    /// None once it is closed.
    writer: Option<(Sender<Message>, JoinHandle<()>)>,
}

impl FileJournal {
    /// Goes on with a journal whose events so far lead to `intents`. A torn line at its end is cut
    /// off.
    pub(crate) fn resume(
        path: &Path,
        intents: Intents,
        begin: Option<Event>,
        found: Found,
        seal: Arc<Seal>,
    ) -> io::Result<FileJournal> {
        let mut writer = Writer::resume(path, found, seal)?;
        let (sender, messages) = channel();
        let thread = std::thread::Builder::new().name("journal".to_owned());
        let thread = thread.spawn(move || writer.run(&messages))?;
        let writer = Some((sender, thread));
        let inner = Inner { intents, begin, running: false, writer };
        Ok(FileJournal { path: path.to_owned(), inner: Mutex::new(inner) })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The intents that are open now.
    pub(crate) fn intents(&self) -> Intents {
        locked(&self.inner).intents.clone()
    }

    /// Writes what is still to be written, and nothing after that: the lock is about to be given back.
    pub(crate) fn close(&self) {
        let writer = locked(&self.inner).writer.take();
        if let Some((sender, thread)) = writer {
            drop(sender);
            // It does not panic; and if it did, there would be nothing left to wait for.
            let _ = thread.join();
        }
    }

    /// Whether the journal has anything in it.
    pub(crate) fn begun(&self) -> bool {
        locked(&self.inner).begin.is_some()
    }

    /// Leaves durably only what is not in the state that was just saved: the open intents, and what is
    /// still to be undone. If there is neither and no run is under way, nothing is left.
    pub(crate) fn fold(&self, lineage: &str, serial: u64) -> io::Result<()> {
        let mut inner = locked(&self.inner);
        let begin = inner.begin.take().map(|it| it.of_state(lineage, serial));
        let open = inner.intents.events();
        let keep = inner.running || !open.is_empty();
        let events: Vec<Event> = begin.into_iter().filter(|_| keep).chain(open).collect();
        let mut intents = Intents::default();
        for event in &events {
            intents.step(event).map_err(io::Error::other)?;
        }
        inner.begin = events.first().cloned();
        inner.intents = intents;
        let events = events.iter().map(writer::encode).collect::<io::Result<Vec<_>>>()?;
        let (told, done) = channel();
        let reply: Reply = Box::new(move |result| drop(told.send(result)));
        inner.send(Message::Replace(events, reply))?;
        done.recv().map_err(|_| gone())?
    }
}

impl Inner {
    fn send(&self, message: Message) -> io::Result<()> {
        let (writer, _) = self.writer.as_ref().ok_or_else(gone)?;
        writer.send(message).map_err(|_| gone())
    }
}

impl Journal for FileJournal {
    fn record(&self, event: Event) -> BoxFuture<'_, io::Result<()>> {
        let (told, done) = oneshot::channel();
        // Whoever asked may have stopped listening; the event is on disk all the same.
        let sent = self.send(event, Box::new(|result| drop(told.send(result))));
        async move {
            sent?;
            done.await.map_err(|_| gone())?
        }
        .boxed()
    }
}

impl FileJournal {
    /// Records an event and waits, outside of any runtime.
    pub(crate) fn record_now(&self, event: Event) -> io::Result<()> {
        let (told, done) = channel();
        self.send(event, Box::new(move |result| drop(told.send(result))))?;
        done.recv().map_err(|_| gone())?
    }

    fn send(&self, event: Event, reply: Reply) -> io::Result<()> {
        let json = writer::encode(&event)?;
        let mut inner = locked(&self.inner);
        inner.intents.step(&event).map_err(io::Error::other)?;
        match event {
            Event::Begin { .. } => {
                inner.begin = Some(event);
                inner.running = true;
            }
            Event::End => inner.running = false,
            Event::Creating { .. }
            | Event::Created { .. }
            | Event::Updating { .. }
            | Event::Deleting { .. }
            | Event::Wrote { .. }
            | Event::Moved { .. }
            | Event::Outputs { .. }
            | Event::Abandoned { .. }
            | Event::Restored { .. }
            | Event::RollingBack { .. }
            | Event::RolledBack
            | Event::Saving { .. } => {}
        }
        // Sent while the intents are locked: the order in the file is the order that was checked.
        inner.send(Message::Append(json, reply))
    }
}

fn gone() -> io::Error {
    io::Error::other("the journal is closed")
}
