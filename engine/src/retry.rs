//! Which faults pass, and how long they are waited for.

use std::future::Future;
use std::time::Duration;

use model::{Fault, FaultKind, Op};
use tokio::time::Instant;

use crate::rate::Rate;

/// Eventual consistency is a matter of seconds; what lasts longer is an error.
pub const PROPAGATION: Duration = Duration::from_secs(120);
/// How long a thing is said not to be there yet if none was made a moment ago: it is missing.
const MISSING: Duration = Duration::from_secs(2);
/// How long a reply that does not come is tried again.
const LOST: Duration = Duration::from_secs(300);
/// The same for a service that has never answered: it is not unwell, but cannot be reached.
const UNREACHED: Duration = Duration::from_secs(15);
/// Nothing fails for throttling alone, but must end at some time.
const THROTTLED: Duration = Duration::from_secs(1800);
/// Calls are made again at least so often, unless the cloud asks for more time.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

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
            (_, FaultKind::Throttled { .. }) => Some(THROTTLED.max(self.limit)),
            // It has not happened, and something newer has been found to sign it with.
            (_, FaultKind::Expired) => Some(LOST),
            (Op::Read, FaultKind::Lost) if !self.rate.has_answered() => Some(UNREACHED),
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
            if let Some(over) = self.rate.login().over() {
                return Err(over.clone());
            }
            let under_way = self.rate.begin().await;
            let login = self.rate.login().current();
            let start = *begun.get_or_insert_with(Instant::now);
            let result = call().await;
            drop(under_way);
            match &result {
                Err(fault) if is_trouble(fault.kind) => self.rate.troubled(fault),
                Ok(_) | Err(_) => self.rate.answered(),
            }
            let fault = match result {
                Ok(it) => {
                    self.rate.borne();
                    return Ok(it);
                }
                Err(fault) => fault,
            };
            let pause_now = match fault.kind {
                FaultKind::Throttled { retry_after } => {
                    self.rate.throttled(retry_after);
                    retry_after.unwrap_or(pause.min(LONGEST_PAUSE))
                }
                FaultKind::Expired => {
                    (self.tell)(&fault);
                    if !self.rate.login().renew(login, &fault).await {
                        return Err(fault);
                    }
                    Duration::ZERO
                }
                // What others wait for is there from one second to the next.
                FaultKind::NotYet => {
                    self.rate.borne();
                    pause.min(Duration::from_secs(2))
                }
                FaultKind::NotFound
                | FaultKind::Busy
                | FaultKind::Lost
                | FaultKind::Exists
                | FaultKind::Failed(_)
                | FaultKind::Rejected => {
                    self.rate.borne();
                    pause.min(LONGEST_PAUSE)
                }
            };
            let patience = self.patience(fault.kind, start);
            if patience.is_none_or(|it| it <= start.elapsed() + pause_now) {
                return Err(fault);
            }
            if fault.kind != FaultKind::Expired {
                (self.tell)(&fault);
                pause *= 2;
            }
            self.rate.login().sleep(pause_now).await;
        }
    }
}

fn is_trouble(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Lost | FaultKind::Throttled { .. })
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::login::Login;
    use crate::login::tests::{ended, login};

    fn throttled(seconds: u64) -> Fault {
        let retry_after = Some(Duration::from_secs(seconds));
        Fault { kind: FaultKind::Throttled { retry_after }, ..ended() }
    }

    /// Makes a call that meets this fault so many times: its answer, how often it was made, and how
    /// long that took.
    async fn made(login: Login, fault: Fault, times: u32) -> (Result<(), Fault>, u32, Duration) {
        let rate = Rate::new(Arc::new(login));
        let (start, n) = (Instant::now(), AtomicU32::new(0));
        let call = || {
            let met = n.fetch_add(1, Ordering::Relaxed) < times;
            let answer = if met { Err(fault.clone()) } else { Ok(()) };
            async move { answer }
        };
        let calls = Calls {
            op: Op::Create,
            limit: Duration::from_secs(600),
            made: None,
            rate: &rate,
            tell: &|_| (),
        };
        let answer = calls.make(call).await;
        (answer, n.into_inner(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_says_when_to_come_back_is_asked_then() {
        let (answer, n, time) = made(Login::default(), throttled(40), 1).await;
        assert_eq!((answer, n), (Ok(()), 2));
        assert!((40_000..41_000).contains(&time.as_millis()), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_goes_on_with_new_credentials() {
        let (answer, n, time) = made(login(2), ended(), 1).await;
        assert_eq!((answer, n), (Ok(()), 2));
        assert!(time <= Duration::from_secs(1), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_has_never_answered_is_given_up_sooner() {
        let rate = Rate::new(Arc::default());
        let lost = Fault { kind: FaultKind::Lost, ..ended() };
        let read = async || {
            let start = Instant::now();
            let read = reading(&rate, async || Err::<(), Fault>(lost.clone())).await;
            assert_eq!(read, Err(lost.clone()));
            start.elapsed()
        };
        assert!(read().await <= UNREACHED);
        assert_eq!(rate.trouble().map(|it| it.fault), Some(lost.clone()));

        assert_eq!(reading(&rate, async || Ok(())).await, Ok(()));
        assert!(rate.trouble().is_none());
        let time = read().await;
        assert!(UNREACHED < time && time <= LOST, "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_new_credentials_a_call_is_made_once() {
        let (answer, n, time) = made(login(u64::MAX), ended(), u32::MAX).await;
        assert_eq!((answer, n), (Err(ended()), 1));
        assert!(time <= Duration::from_secs(2), "{time:?}");
    }
}
