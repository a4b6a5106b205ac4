//! What the calls of a provider are signed with. It may end while a run is under way: then it is looked
//! up again, once for all calls that wait for it, and if there is nothing new the run comes to a stop.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use model::{Fault, Provider};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, sleep, timeout};

/// How long there may be nothing new.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(500);
/// With less time than this left, another look is worth it before a run begins.
const SHORT: Duration = Duration::from_secs(600);

/// The credentials of one provider configuration.
#[derive(Default)]
pub struct Login {
    /// None for calls that nobody signs.
    provider: Option<Arc<dyn Provider>>,
    turn: Mutex<()>,
    /// How often there was something new.
    renewals: AtomicU64,
    /// Why no call can be made any more.
    over: OnceLock<Fault>,
    ended: Notify,
}

impl Login {
    pub fn new(provider: Arc<dyn Provider>) -> Login {
        Login { provider: Some(provider), ..Login::default() }
    }

    /// Names what calls are signed with now.
    pub fn current(&self) -> u64 {
        self.renewals.load(Ordering::Acquire)
    }

    /// Why no call can be made any more, if that is so.
    pub fn over(&self) -> Option<&Fault> {
        self.over.get()
    }

    /// Looks for something new after a call that was signed with `old` met this fault. Whether the call
    /// may be made again.
    pub async fn renew(&self, old: u64, fault: &Fault) -> bool {
        let _one = self.turn.lock().await;
        if self.current() != old {
            return true;
        }
        let start = Instant::now();
        while self.over().is_none() {
            let renewed = match &self.provider {
                // What stands in the way may be gone a moment later.
                Some(it) => it.renew().await.unwrap_or(false),
                None => false,
            };
            if renewed {
                self.renewals.fetch_add(1, Ordering::Release);
                return true;
            }
            if self.provider.is_none() || PATIENCE < start.elapsed() + PAUSE {
                self.over.get_or_init(|| fault.clone());
                self.ended.notify_waiters();
            } else {
                sleep(PAUSE).await;
            }
        }
        false
    }

    /// Waits, but not for longer than calls can be made.
    pub async fn sleep(&self, time: Duration) {
        let ended = self.ended.notified();
        if self.over().is_none() {
            // Whichever comes first.
            _ = timeout(time, ended).await;
        }
    }

    /// How much time is left, if that is known and not much, even after another look.
    pub async fn short(&self) -> Option<Duration> {
        let provider = self.provider.as_ref()?;
        let left = async || {
            let ends = provider.ends().await?;
            let left = ends.duration_since(SystemTime::now()).unwrap_or_default();
            (left < SHORT).then_some(left)
        };
        left().await?;
        // If it fails, what was there before is what there is.
        _ = provider.renew().await;
        left().await
    }
}

#[cfg(test)]
pub mod tests {
    use futures::future::{BoxFuture, FutureExt};
    use model::{DataSource, FaultKind, ResourceType};

    use super::*;

    /// A provider that has something new after so many looks.
    pub struct After {
        pub looks: u64,
        pub so_far: AtomicU64,
    }

    impl Provider for After {
        fn resource(&self, _ty: &str) -> Option<Arc<dyn ResourceType>> {
            None
        }

        fn data(&self, _ty: &str) -> Option<Arc<dyn DataSource>> {
            None
        }

        fn renew(&self) -> BoxFuture<'_, Result<bool, Fault>> {
            let look = self.so_far.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok(self.looks <= look) }.boxed()
        }

        fn ends(&self) -> BoxFuture<'_, Option<SystemTime>> {
            let renewed = self.looks <= self.so_far.load(Ordering::Relaxed);
            let left = Duration::from_secs(if renewed { 3600 } else { 60 });
            async move { Some(SystemTime::now() + left) }.boxed()
        }
    }

    pub fn login(looks: u64) -> Login {
        Login::new(Arc::new(After { looks, so_far: AtomicU64::new(0) }))
    }

    pub fn ended() -> Fault {
        Fault {
            kind: FaultKind::Expired,
            operation: "Create",
            code: "Ended".to_owned(),
            message: "it has ended".to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_share_a_look() {
        let login = login(3);
        let fault = ended();
        let all = futures::future::join_all((0..5).map(|_| login.renew(0, &fault))).await;
        assert_eq!(all, [true; 5]);
        assert_eq!(login.current(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_over_within_seconds_if_there_is_nothing_new() {
        let login = login(u64::MAX);
        let (start, fault) = (Instant::now(), ended());
        let waiting = login.sleep(Duration::from_secs(60));
        let (renewed, ()) = futures::join!(login.renew(0, &fault), waiting);
        assert!(!renewed);
        assert_eq!(login.over(), Some(&fault));
        assert!(!login.renew(0, &fault).await);
        assert!(start.elapsed() <= PATIENCE, "{:?}", start.elapsed());
    }

    #[tokio::test]
    async fn what_ends_soon_is_looked_up_before_a_run() {
        assert_eq!(login(1).short().await, None);
        assert!(login(2).short().await.is_some_and(|it| it <= Duration::from_secs(60)));
        assert_eq!(Login::default().short().await, None);
    }
}
