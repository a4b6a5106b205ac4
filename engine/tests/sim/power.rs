//! The plug of the machine that a run is on: pulled at a call, at a journal event, at an await or at a
//! time, and nothing of the run goes on after that.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;

/// When a run is cut off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut {
    /// At the n-th call to the cloud: before it is sent, or before its reply arrives.
    Call(u32, Side),
    /// At the n-th event of the journal: before it is on disk, or just after.
    Event(u32, Side),
    /// At the n-th await.
    Await(u32),
    /// After so many milliseconds.
    Time(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// Counts what a run does, and knows when it ends.
#[derive(Default)]
pub struct Power {
    cut: Mutex<Option<Cut>>,
    off: AtomicBool,
    calls: AtomicU32,
    events: AtomicU32,
}

impl Power {
    /// A new run begins, to be cut off there if at all.
    pub fn on(&self, cut: Option<Cut>) {
        *self.cut.lock().unwrap() = cut;
        self.off.store(false, Ordering::Relaxed);
        self.calls.store(0, Ordering::Relaxed);
        self.events.store(0, Ordering::Relaxed);
    }

    fn cut(&self) -> Option<Cut> {
        *self.cut.lock().unwrap()
    }

    /// The number of the next call.
    pub fn next_call(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of the next event.
    pub fn next_event(&self) -> u32 {
        self.events.fetch_add(1, Ordering::Relaxed)
    }

    /// How many calls there were.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::Relaxed)
    }

    pub async fn at_call(&self, n: u32, side: Side) {
        if self.cut() == Some(Cut::Call(n, side)) {
            self.fail().await;
        }
    }

    pub async fn at_event(&self, n: u32, side: Side) {
        if self.cut() == Some(Cut::Event(n, side)) {
            self.fail().await;
        }
    }

    async fn fail(&self) {
        self.off.store(true, Ordering::Relaxed);
        pending::<()>().await;
    }

    /// Runs until the end, or until the power fails.
    pub async fn run<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let (mut awaits, limit) = match self.cut() {
            Some(Cut::Await(n)) => (n, u32::MAX),
            Some(Cut::Time(ms)) => (u32::MAX, ms),
            Some(Cut::Call(..) | Cut::Event(..)) | None => (u32::MAX, u32::MAX),
        };
        let mut end = pin!(sleep(Duration::from_millis(limit.into())));
        poll_fn(|context| {
            if limit < u32::MAX && end.as_mut().poll(context).is_ready() {
                return Poll::Ready(None);
            }
            if let Poll::Ready(it) = future.as_mut().poll(context) {
                return Poll::Ready(Some(it));
            }
            awaits = awaits.saturating_sub(1);
            match self.off.load(Ordering::Relaxed) || awaits == 0 {
                true => Poll::Ready(None),
                false => Poll::Pending,
            }
        })
        .await
    }
}
