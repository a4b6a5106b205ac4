//! A disk that keeps what was synced, and of the rest maybe some: the state and its journal.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use state::{Event, Intents, Journal, OpenIntent, Operation, Rollback, State, replay};
use tokio::time::{Instant, sleep};

use crate::cloud::Cloud;
use crate::dice::Dice;
use crate::power::{Power, Side};

pub struct Disk {
    power: Arc<Power>,
    cloud: Arc<Cloud>,
    /// Set once the event with the number `stop_at` is on disk.
    pub stop: AtomicBool,
    /// When that was.
    stopped: Mutex<Option<Instant>>,
    inner: Mutex<Inner>,
}

struct Inner {
    dice: Dice,
    state: State,
    events: Vec<Event>,
    /// How many of the events a crash cannot take away.
    synced: usize,
    intents: Intents,
    stop_at: Option<u32>,
    full_at: Option<u32>,
}

impl Disk {
    pub fn new(power: Arc<Power>, cloud: Arc<Cloud>, seed: u64) -> Disk {
        let inner = Inner {
            dice: Dice(seed),
            state: State { lineage: "sim".to_owned(), ..State::empty() },
            events: Vec::new(),
            synced: 0,
            intents: Intents::default(),
            stop_at: None,
            full_at: None,
        };
        let (stop, stopped) = (AtomicBool::new(false), Mutex::default());
        Disk { power, cloud, stop, stopped, inner: Mutex::new(inner) }
    }

    /// A process opens the state: what is on disk, with all that the journal says, and what that
    /// leaves open. `stop_at` is the event after which the user interrupts it, `full_at` the one for
    /// which there is no room any more.
    pub fn open(
        &self,
        stop_at: Option<u32>,
        full_at: Option<u32>,
    ) -> Result<(State, Vec<OpenIntent>), String> {
        let inner = &mut *self.inner.lock().unwrap();
        self.stop.store(false, Ordering::Relaxed);
        *self.stopped.lock().unwrap() = None;
        (inner.stop_at, inner.full_at) = (stop_at, full_at);
        inner.synced = inner.events.len();
        let mut intents = Intents::default();
        for event in &inner.events {
            intents.step(event).map_err(|it| it.to_string())?;
        }
        inner.intents = intents;
        replay(inner.state.clone(), inner.events.clone()).map_err(|it| it.to_string())
    }

    /// What is on disk and what was only written: of the latter a crash keeps the beginning.
    pub fn crash(&self) {
        let inner = &mut *self.inner.lock().unwrap();
        let unsure = inner.events.len() - inner.synced;
        let kept = inner.dice.below(unsure as u64 + 1) as usize;
        inner.events.truncate(inner.synced + kept);
    }

    /// Puts a state in place of the one that is there. Only open intents stay in the journal.
    pub fn save(&self, state: &State) {
        let inner = &mut *self.inner.lock().unwrap();
        let serial = inner.state.serial + u64::from(!inner.state.same_content(state));
        inner.state = State { serial, ..state.clone() };
        let begin = inner.events.iter().rfind(|it| matches!(it, Event::Begin { .. })).cloned();
        let open: Vec<OpenIntent> = inner.intents.open().cloned().collect();
        let begin = begin.filter(|_| !inner.intents.is_settled());
        let back = inner.intents.rollback().map(|it| Event::RollingBack { back: it.clone() });
        let open = open.into_iter().flat_map(events);
        inner.events = begin.into_iter().chain(back).chain(open).collect();
        inner.synced = inner.events.len();
    }

    /// What was interrupted has ended, and something else begins.
    pub fn go_on(&self) {
        self.stop.store(false, Ordering::Relaxed);
        *self.stopped.lock().unwrap() = None;
        self.inner.lock().unwrap().stop_at = None;
    }

    /// Whether the user has interrupted before this moment.
    pub fn was_stopped(&self) -> bool {
        self.stopped.lock().unwrap().is_some_and(|it| it < Instant::now())
    }

    /// What a run was undoing when it was cut off.
    pub fn rollback(&self) -> Option<Rollback> {
        self.inner.lock().unwrap().intents.rollback().cloned()
    }

    /// What is under way, as far as the journal says.
    pub fn open_intents(&self) -> Vec<OpenIntent> {
        self.inner.lock().unwrap().intents.open().cloned().collect()
    }
}

/// The events that open an intent.
fn events(it: OpenIntent) -> Vec<Event> {
    let OpenIntent { address, deposed, op } = it;
    match op {
        Operation::Create { want, token, provider, dependencies, private, id } => {
            let created = id.map(|id| Event::Created { address: address.clone(), id });
            let creating =
                Event::Creating { address, provider, token, want, dependencies, deposed, private };
            [creating].into_iter().chain(created).collect()
        }
        Operation::Update { id, private } => vec![Event::Updating { address, id, private }],
        Operation::Delete { id } => vec![Event::Deleting { address, deposed, id }],
    }
}

impl Journal for Disk {
    fn record(&self, event: Event) -> BoxFuture<'_, io::Result<()>> {
        let n = self.power.next_event();
        self.cloud.look().note(|| format!("event {n}: {event:?}"));
        let (written, pause) = {
            let inner = &mut *self.inner.lock().unwrap();
            let result = match inner.full_at {
                Some(full) if full <= n => Err(io::Error::other("no space left on device")),
                _ => inner.intents.step(&event).map_err(io::Error::other),
            };
            let pause = inner.dice.millis(0, 8);
            let written = result.map(|_| {
                inner.events.push(event);
                inner.events.len()
            });
            (written, pause)
        };
        async move {
            self.power.at_event(n, Side::Before).await;
            sleep(pause).await;
            let written = written?;
            {
                let inner = &mut *self.inner.lock().unwrap();
                inner.synced = inner.synced.max(written);
                if inner.stop_at.is_some_and(|it| it <= n) {
                    self.stop.store(true, Ordering::Relaxed);
                    self.stopped.lock().unwrap().get_or_insert_with(Instant::now);
                }
            }
            self.power.at_event(n, Side::After).await;
            Ok(())
        }
        .boxed()
    }
}
