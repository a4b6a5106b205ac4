//! Which faults pass, and how long they are waited for.

use std::future::Future;
use std::time::Duration;

use model::{Fault, FaultKind, Op};
use tokio::time::{Instant, sleep};

use crate::rate::Rate;

/// Eventual consistency is a matter of seconds; what lasts longer is an error.
pub const PROPAGATION: Duration = Duration::from_secs(120);
/// How long a thing is said not to be there yet if none was made a moment ago: it is missing.
const MISSING: Duration = Duration::from_secs(2);
/// How long a reply that does not come is tried again.
const LOST: Duration = Duration::from_secs(300);
/// Nothing fails for throttling alone, but must end at some time.
const THROTTLED: Duration = Duration::from_secs(1800);

/// How calls of one kind are made: again for as long as their fault is one that passes.
pub struct Calls<'a> {
    pub op: Op,
    /// How long the whole operation may take.
    pub limit: Duration,
    /// When the last thing was made that the call may have to do with, if that was in this run.
    pub made: Option<Instant>,
    pub rate: &'a Rate,
    /// Hears of each fault that passes.
    pub tell: &'a (dyn Fn(&Fault) + Send + Sync),
}

impl Calls<'_> {
    /// For how long from `start` a call with this fault is made again; none if it stops at once.
    fn patience(&self, kind: FaultKind, start: Instant) -> Option<Duration> {
        match (self.op, kind) {
            (_, FaultKind::Throttled) => Some(THROTTLED.max(self.limit)),
            (Op::Read | Op::Update | Op::Delete, FaultKind::Lost) => Some(LOST),
            // It may have happened: the intent is settled first.
            (Op::Create, FaultKind::Lost) => None,
            (Op::Create | Op::Update, FaultKind::NotYet) => {
                let left = self.made.map(|it| (it + PROPAGATION).saturating_duration_since(start));
                Some(self.limit.min(left.unwrap_or_default().max(MISSING)))
            }
            (Op::Read | Op::Delete, FaultKind::NotYet) => None,
            (Op::Create | Op::Update | Op::Delete, FaultKind::Busy) => Some(self.limit),
            (Op::Read, FaultKind::Busy) => None,
            (
                _,
                FaultKind::NotFound
                | FaultKind::Exists
                | FaultKind::Failed(_)
                | FaultKind::Rejected,
            ) => None,
        }
    }

    /// Makes a call.
    ///
    /// # Errors
    ///
    /// The last fault, when it does not pass or has lasted too long.
    pub async fn make<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        mut call: impl FnMut() -> F,
    ) -> Result<T, Fault> {
        let mut begun = None;
        let mut pause = Duration::from_millis(500);
        loop {
            let under_way = self.rate.begin().await;
            let start = *begun.get_or_insert_with(Instant::now);
            let result = call().await;
            drop(under_way);
            match &result {
                Err(fault) if fault.kind == FaultKind::Throttled => self.rate.throttled(),
                _ => self.rate.borne(),
            }
            let fault = match result {
                Ok(it) => return Ok(it),
                Err(fault) => fault,
            };
            let pause_now = pause.min(longest_pause(fault.kind));
            let patience = self.patience(fault.kind, start);
            if patience.is_none_or(|it| it <= start.elapsed() + pause_now) {
                return Err(fault);
            }
            (self.tell)(&fault);
            sleep(pause_now).await;
            pause *= 2;
        }
    }
}

fn longest_pause(kind: FaultKind) -> Duration {
    match kind {
        // What others wait for is there from one second to the next.
        FaultKind::NotYet => Duration::from_secs(2),
        FaultKind::NotFound
        | FaultKind::Busy
        | FaultKind::Throttled
        | FaultKind::Lost
        | FaultKind::Exists
        | FaultKind::Failed(_)
        | FaultKind::Rejected => Duration::from_secs(10),
    }
}

/// A read, again while it is throttled or lost.
///
/// # Errors
///
/// As [`Calls::make`].
pub async fn reading<T, F: Future<Output = Result<T, Fault>>>(
    rate: &Rate,
    call: impl FnMut() -> F,
) -> Result<T, Fault> {
    let calls = Calls { op: Op::Read, limit: Duration::ZERO, made: None, rate, tell: &|_| () };
    calls.make(call).await
}
