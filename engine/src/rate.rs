//! How fast a service is called: as fast as it goes until the service says that it is too much, then
//! slower for all of its calls, and slowly faster again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What is left of the pace when the service complains.
const LESS: f64 = 0.7;
/// By how many calls a second the pace grows in each second without a complaint.
const MORE: f64 = 2.0;
/// The slowest pace, in calls a second.
const SLOWEST: f64 = 2.0;
/// Complaints about calls of one moment count once.
const MOMENT: Duration = Duration::from_secs(1);

/// The pace of all calls to one service of one provider configuration: a bucket of tokens that fills
/// at that pace. One that was never complained about is bottomless.
#[derive(Debug, Default)]
pub struct Rate {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// None before the first complaint.
    bucket: Option<Bucket>,
    /// How many calls have begun in this second, and in the one before.
    begun: [u32; 2],
    second: Option<Instant>,
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
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the next call may begin.
    pub async fn wait(&self) {
        let until = self.inner().take(Instant::now());
        if let Some(until) = until {
            sleep_until(until).await;
        }
        self.inner().count(Instant::now());
    }

    /// Hears that a call was one too many.
    pub fn throttled(&self) {
        self.inner().slow_down(Instant::now());
    }
}

impl Inner {
    fn take(&mut self, now: Instant) -> Option<Instant> {
        let bucket = self.bucket.as_mut()?;
        bucket.fill(now);
        bucket.tokens -= 1.0;
        (bucket.tokens < 0.0).then(|| now + Duration::from_secs_f64(-bucket.tokens / bucket.pace_at(now)))
    }

    fn count(&mut self, now: Instant) {
        let second = *self.second.get_or_insert(now);
        match now - second {
            it if it < MOMENT => (),
            it if it < 2 * MOMENT => {
                self.begun = [0, self.begun[0]];
                self.second = Some(second + MOMENT);
            }
            _ => (self.begun, self.second) = ([0, 0], Some(now)),
        }
        self.begun[0] += 1;
    }

    fn slow_down(&mut self, now: Instant) {
        let pace = match self.bucket {
            Some(it) if now - it.slowed < MOMENT => return,
            Some(it) => it.pace_at(now).min(self.measured()),
            None => self.measured(),
        };
        let tokens = self.bucket.map_or(0.0, |it| it.tokens.min(0.0));
        let pace = (pace * LESS).max(SLOWEST);
        self.bucket = Some(Bucket { pace, slowed: now, tokens, filled: now });
    }

    /// Calls a second, as they have been made a moment ago.
    fn measured(&self) -> f64 {
        f64::from(self.begun[0].max(self.begun[1]))
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

    /// How long it takes to begin so many calls.
    async fn time(rate: &Rate, calls: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..calls {
            rate.wait().await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_before_a_complaint() {
        assert_eq!(time(&Rate::default(), 1000).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn all_calls_are_slower_after_a_complaint_and_faster_with_time() {
        let rate = Rate::default();
        time(&rate, 100).await;
        // As often as they are of one moment, they count once.
        rate.throttled();
        rate.throttled();
        let slow = time(&rate, 70).await;
        assert!((900..1100).contains(&slow.as_millis()), "{slow:?}");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(time(&rate, 150).await < Duration::from_millis(100));
    }

    #[tokio::test(start_paused = true)]
    async fn it_never_comes_to_a_stop() {
        let rate = Rate::default();
        for _ in 0..100 {
            rate.throttled();
            time(&rate, 3).await;
        }
        assert!(time(&rate, 3).await <= Duration::from_millis(1500));
    }
}
