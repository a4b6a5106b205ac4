//! Which faults pass, and how long they are waited for.

use std::future::Future;
use std::time::Duration;

use model::{Fault, FaultKind, Op};
use tokio::time::{Instant, sleep};

/// Eventual consistency is a matter of seconds; what lasts longer is an error.
const PROPAGATION: Duration = Duration::from_secs(120);
/// How long a reply that does not come is tried again.
const LOST: Duration = Duration::from_secs(300);
/// A read never fails for throttling alone, but must end at some time.
const THROTTLED: Duration = Duration::from_secs(1800);

/// For how long a call with this fault is made again; none if it stops at once.
pub fn patience(op: Op, kind: FaultKind, limit: Duration) -> Option<Duration> {
    match (op, kind) {
        (_, FaultKind::Throttled) => Some(THROTTLED.max(limit)),
        (Op::Read | Op::Update | Op::Delete, FaultKind::Lost) => Some(LOST),
        // It may have happened: the intent is settled first.
        (Op::Create, FaultKind::Lost) => None,
        (Op::Create | Op::Update, FaultKind::NotYet) => Some(limit.min(PROPAGATION)),
        (Op::Read | Op::Delete, FaultKind::NotYet) => None,
        (Op::Create | Op::Update | Op::Delete, FaultKind::Busy) => Some(limit),
        (Op::Read, FaultKind::Busy) => None,
        (_, FaultKind::NotFound | FaultKind::Exists | FaultKind::Rejected) => None,
    }
}

/// Makes a call again for as long as its fault is one that passes. `tell` hears of each such fault.
///
/// # Errors
///
/// The last fault, when it does not pass or has lasted too long.
pub async fn persist<T, F: Future<Output = Result<T, Fault>>>(
    op: Op,
    limit: Duration,
    tell: &(dyn Fn(&Fault) + Send + Sync),
    mut call: impl FnMut() -> F,
) -> Result<T, Fault> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        match call().await {
            Err(fault) => {
                let patience = patience(op, fault.kind, limit);
                if patience.is_none_or(|it| it <= start.elapsed() + pause) {
                    return Err(fault);
                }
                tell(&fault);
                sleep(pause).await;
                pause = (2 * pause).min(Duration::from_secs(10));
            }
            result => return result,
        }
    }
}

/// A read, again while it is throttled or lost.
///
/// # Errors
///
/// As [`persist`].
pub async fn reading<T, F: Future<Output = Result<T, Fault>>>(
    call: impl FnMut() -> F,
) -> Result<T, Fault> {
    persist(Op::Read, Duration::ZERO, &|_| (), call).await
}
