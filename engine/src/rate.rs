//! How fast a service is called: as fast as it goes until the service says that it is too much, then
//! slower for all of its calls, and slowly faster again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::Fault;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::login::Login;

/// How many calls may be under way at once before anybody complains.
const AT_ONCE: usize = 100;
/// What is left of the pace that the service has borne when it complains.
const LESS: f64 = 0.8;
/// By how many calls a second the pace grows in each second without a complaint.
const MORE: f64 = 2.0;
/// The slowest pace, in calls a second.
const SLOWEST: f64 = 2.0;
/// Complaints about calls of one moment count once.
const MOMENT: Duration = Duration::from_secs(1);

/// The pace of all calls to one service of one provider configuration: a bucket of tokens that fills
/// at that pace. One that was never complained about is bottomless.
pub struct Rate {
    /// What the calls are signed with.
    login: Arc<Login>,
    at_once: Semaphore,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// None before the first complaint.
    bucket: Option<Bucket>,
    /// How many calls were borne in this second, and in the one before.
    borne: [u32; 2],
    second: Option<Instant>,
    /// Until when the service has asked to be left alone.
    closed: Option<Instant>,
    has_answered: bool,
    trouble: Option<Trouble>,
}

/// Why calls to a service have to be made again.
#[derive(Debug, Clone)]
pub struct Trouble {
    pub fault: Fault,
    pub since: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Calls a second, at the time of `slowed`.
    pace: f64,
    slowed: Instant,
    /// Below zero for calls that wait.
    tokens: f64,
    filled: Instant,
}

impl Rate {
    pub fn new(login: Arc<Login>) -> Rate {
        Rate { login, at_once: Semaphore::new(AT_ONCE), inner: Mutex::default() }
    }

    pub fn login(&self) -> &Login {
        &self.login
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the next call may begin. The call is under way until the answer is dropped.
    pub async fn begin(&self) -> SemaphorePermit<'_> {
        let permit = self.at_once.acquire().await.expect("it is never closed");
        let mut until = self.inner().take(Instant::now());
        while let Some(it) = until {
            sleep_until(it).await;
            // It may have been closed in the meantime.
            until = self.inner().closed(Instant::now());
        }
        permit
    }

    /// Hears that a call was borne, whatever its answer.
    pub fn borne(&self) {
        let inner = &mut *self.inner();
        inner.turn(Instant::now());
        inner.borne[0] += 1;
    }

    /// Hears that a call was answered.
    pub fn answered(&self) {
        let inner = &mut *self.inner();
        (inner.has_answered, inner.trouble) = (true, None);
    }

    /// Hears that a call has to be made again, since it was not answered or not borne.
    pub fn troubled(&self, fault: &Fault) {
        let since = Instant::now();
        self.inner().trouble.get_or_insert_with(|| Trouble { fault: fault.clone(), since });
    }

    /// What keeps calls from being answered now.
    pub fn trouble(&self) -> Option<Trouble> {
        self.inner().trouble.clone()
    }

    /// Whether the service has answered any call of this run.
    pub fn has_answered(&self) -> bool {
        self.inner().has_answered
    }

    /// Hears that a call was one too many, and after which time the service wants the next one.
    pub fn throttled(&self, retry_after: Option<Duration>) {
        let (inner, now) = (&mut *self.inner(), Instant::now());
        inner.slow_down(now);
        inner.closed = inner.closed.max(retry_after.map(|it| now + it));
    }
}

impl Inner {
    fn closed(&self, now: Instant) -> Option<Instant> {
        self.closed.filter(|it| *it > now)
    }

    fn take(&mut self, now: Instant) -> Option<Instant> {
        let opens = self.closed(now);
        let bucket = self.bucket.as_mut()?;
        bucket.fill(now);
        bucket.tokens -= 1.0;
        let wait = Duration::from_secs_f64((-bucket.tokens).max(0.0) / bucket.pace_at(now));
        let until = opens.unwrap_or(now) + wait;
        (until > now).then_some(until)
    }

    /// Begins another second if the last one is over.
    fn turn(&mut self, now: Instant) {
        let second = *self.second.get_or_insert(now);
        match now - second {
            it if it < MOMENT => (),
            it if it < 2 * MOMENT => {
                self.borne = [0, self.borne[0]];
                self.second = Some(second + MOMENT);
            }
            _ => (self.borne, self.second) = ([0, 0], Some(now)),
        }
    }

    fn slow_down(&mut self, now: Instant) {
        self.turn(now);
        let borne = f64::from(self.borne[0].max(self.borne[1])) * LESS;
        match &mut self.bucket {
            // The answers to calls of one moment tell together how much is borne.
            Some(it) if now - it.slowed < MOMENT => it.pace = it.pace.max(borne),
            Some(it) => {
                let pace = (it.pace_at(now) * LESS).min(borne.max(SLOWEST));
                (it.pace, it.slowed, it.tokens) = (pace.max(SLOWEST), now, it.tokens.min(0.0));
            }
            None => {
                let pace = borne.max(SLOWEST);
                self.bucket = Some(Bucket { pace, slowed: now, tokens: 0.0, filled: now });
            }
        }
    }
}

impl Bucket {
    fn pace_at(&self, now: Instant) -> f64 {
        self.pace + MORE * (now - self.slowed).as_secs_f64()
    }

    /// Adds what has come since; never more than what one second gives.
    fn fill(&mut self, now: Instant) {
        let pace = self.pace_at(now);
        let more = pace * (now - self.filled).as_secs_f64();
        (self.tokens, self.filled) = ((self.tokens + more).min(pace), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate() -> Rate {
        Rate::new(Arc::default())
    }

    /// How long it takes to begin so many calls, which are all borne.
    async fn time(rate: &Rate, calls: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            drop(rate.begin().await);
            rate.borne();
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_before_a_complaint() {
        assert_eq!(time(&rate(), 1000).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn all_calls_are_slower_after_a_complaint_and_faster_with_time() {
        let rate = rate();
        time(&rate, 100).await;
        // As often as they are of one moment, they count once.
        rate.throttled(None);
        rate.throttled(None);
        let slow = time(&rate, 80).await;
        assert!((900..1100).contains(&slow.as_millis()), "{slow:?}");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(time(&rate, 150).await < Duration::from_millis(100));
    }

    #[tokio::test(start_paused = true)]
    async fn it_never_comes_to_a_stop() {
        let rate = rate();
        for _ in 0..100 {
            rate.throttled(None);
            time(&rate, 3).await;
        }
        assert!(time(&rate, 3).await <= Duration::from_millis(1500));
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_is_left_alone_for_as_long_as_it_asks() {
        let rate = rate();
        let waiting = async {
            // One that waits already when the service says so.
            rate.throttled(Some(Duration::from_secs(1)));
            drop(rate.begin().await);
            Instant::now()
        };
        let start = Instant::now();
        let closing = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            rate.throttled(Some(Duration::from_secs(7)));
        };
        let (begun, ()) = futures::join!(waiting, closing);
        let waited = begun - start;
        assert!((7500..8500).contains(&waited.as_millis()), "{waited:?}");
    }
}
