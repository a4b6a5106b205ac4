//! The state of a run: what the journal says, as it says it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use state::{Event, Intents, Journal, State};

/// A journal whose events also change a state in memory, so that the state is always what a replay
/// of the journal would give.
pub struct Memory<'a> {
    journal: &'a dyn Journal,
    inner: Mutex<(State, Intents)>,
}

impl<'a> Memory<'a> {
    /// `intents` are those that the journal holds open already.
    pub fn new(journal: &'a dyn Journal, state: State, intents: Intents) -> Memory<'a> {
        Memory { journal, inner: Mutex::new((state, intents)) }
    }

    fn inner(&self) -> MutexGuard<'_, (State, Intents)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state as it is now.
    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        at(&self.inner().0)
    }

    pub fn into_state(self) -> State {
        self.inner.into_inner().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Journal for Memory<'_> {
    fn record(&self, event: Event) -> BoxFuture<'_, io::Result<()>> {
        async move {
            self.journal.record(event.clone()).await?;
            let (state, intents) = &mut *self.inner();
            let closed = intents.step(&event).map_err(io::Error::other)?;
            state.apply(&event, closed.as_ref());
            Ok(())
        }
        .boxed()
    }
}
