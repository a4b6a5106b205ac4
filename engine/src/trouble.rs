//! Tells of services that keep a run waiting which says nothing else meanwhile.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::{Instant, sleep};

use crate::event::{Event, Observer};
use crate::providers::Providers;

/// How long a service may be in trouble before it is worth a word.
const SHORT: Duration = Duration::from_secs(2);
/// How long until the next word about it.
const PAUSE: Duration = Duration::from_secs(10);

/// Does some work, and tells meanwhile which services it is waiting for, and why.
pub async fn telling<T>(
    work: impl Future<Output = T>,
    providers: &Providers<'_>,
    observer: &dyn Observer,
) -> T {
    match select(pin!(work), pin!(tell(providers, observer))).await {
        Either::Left((done, _)) => done,
        Either::Right((never, _)) => match never {},
    }
}

async fn tell(providers: &Providers<'_>, observer: &dyn Observer) -> Infallible {
    let mut told: BTreeMap<&str, Instant> = BTreeMap::new();
    loop {
        sleep(SHORT).await;
        let now = Instant::now();
        for (service, trouble) in providers.troubles() {
            let time = now - trouble.since;
            let is_news = told.get(service).is_none_or(|it| PAUSE <= now - *it);
            if time < SHORT || !is_news {
                continue;
            }
            told.insert(service, now);
            let text =
                format!("Waiting for {service}, for {} s now: {}", time.as_secs(), trouble.fault);
            observer.event(Event::Notice { text });
        }
    }
}
