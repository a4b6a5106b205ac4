//! The state of a run: what the journal says, as it says it.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use model::{InstanceAddr, ResourceType};
use state::{Event, Intents, Journal, OpenIntent, State};
use tokio::time::Instant;

use crate::graph::BlockAddr;

/// A journal whose events also change a state in memory, so that the state is always what a replay
/// of the journal would give.
pub struct Memory<'a> {
    journal: &'a dyn Journal,
    inner: Mutex<(State, Intents)>,
    fresh: Fresh,
}

/// When the last object of each block was made or changed: until it is known everywhere, calls that
/// refer to it may be refused. One for all rounds of a command.
#[derive(Debug, Clone, Default)]
pub struct Fresh(Arc<Mutex<HashMap<String, Instant>>>);

impl Fresh {
    /// When the last object of these blocks was made or changed, if any was.
    pub(crate) fn last(&self, blocks: &[String]) -> Option<Instant> {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.iter().filter_map(|it| made.get(it)).max().copied()
    }

    fn note(&self, address: &InstanceAddr) {
        let block = BlockAddr::of(&address.resource).to_string();
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.insert(block, Instant::now());
    }
}

impl<'a> Memory<'a> {
    /// `intents` are those that the journal holds open already.
    pub fn new(journal: &'a dyn Journal, state: State, intents: Intents) -> Memory<'a> {
        Memory { journal, inner: Mutex::new((state, intents)), fresh: Fresh::default() }
    }

    fn inner(&self) -> MutexGuard<'_, (State, Intents)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the state as it is now.
    pub fn look<T>(&self, at: impl FnOnce(&State) -> T) -> T {
        at(&self.inner().0)
    }

    /// The intents whose outcome is not known yet.
    pub fn open(&self) -> Vec<OpenIntent> {
        self.inner().1.open().cloned().collect()
    }

    /// The same, going on with what was made before.
    pub fn after(self, fresh: &Fresh) -> Memory<'a> {
        Memory { fresh: fresh.clone(), ..self }
    }

    /// Whether the state has an object of this type with this id.
    pub(crate) fn has(&self, ty: &dyn ResourceType, id: &str) -> bool {
        let name = ty.schema().name;
        self.look(|state| {
            let of_it = state.instances.iter().filter(|it| *it.0.resource.ty == *name);
            let mut objects =
                of_it.flat_map(|(_, it)| it.current.iter().chain(it.deposed.values()));
            objects.any(|it| ty.id(&it.attributes).as_deref() == Some(id))
        })
    }

    pub(crate) fn fresh(&self) -> &Fresh {
        &self.fresh
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
            match (&event, closed) {
                (Event::Created { address, .. }, _)
                | (Event::Wrote { address, object: Some(_), .. }, Some(_)) => {
                    self.fresh.note(address);
                }
                _ => (),
            }
            Ok(())
        }
        .boxed()
    }
}
