//! The state of a run: what the journal says, as it says it.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use model::InstanceAddr;
use state::{Event, Intents, Journal, State};
use tokio::time::Instant;

use crate::graph::BlockAddr;

/// A journal whose events also change a state in memory, so that the state is always what a replay
/// of the journal would give.
pub struct Memory<'a> {
    journal: &'a dyn Journal,
    inner: Mutex<(State, Intents)>,
    /// When an object of a block was last made or changed in this run.
    made: Mutex<HashMap<String, Instant>>,
}

impl<'a> Memory<'a> {
    /// `intents` are those that the journal holds open already.
    pub fn new(journal: &'a dyn Journal, state: State, intents: Intents) -> Memory<'a> {
        Memory { journal, inner: Mutex::new((state, intents)), made: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, (State, Intents)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state as it is now.
    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        at(&self.inner().0)
    }

    /// When the last object of these blocks was made or changed, if any was in this run. Until it is
    /// known everywhere, calls that refer to it may be refused.
    pub(crate) fn last_made(&self, blocks: &[String]) -> Option<Instant> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.iter().filter_map(|it| made.get(it)).max().copied()
    }

    fn note(&self, event: &Event) {
        let now = |address: &InstanceAddr| {
            let block = BlockAddr::of(&address.resource).to_string();
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.insert(block, Instant::now());
        };
        match event {
            Event::Created { address, .. } | Event::Wrote { address, object: Some(_), .. } => {
                now(address);
            }
            Event::Wrote { object: None, .. }
            | Event::Begin { .. }
            | Event::Creating { .. }
            | Event::Updating { .. }
            | Event::Deleting { .. }
            | Event::Moved { .. }
            | Event::Outputs { .. }
            | Event::Abandoned { .. }
            | Event::Saving { .. }
            | Event::End => (),
        }
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
            if closed.is_some() || matches!(event, Event::Created { .. }) {
                self.note(&event);
            }
            Ok(())
        }
        .boxed()
    }
}
