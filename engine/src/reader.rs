//! Reads that happen at the same moment, as few calls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::join_all;
use model::{Fault, FaultKind, Live, Object, ResourceType};
use tokio::time::sleep;

use crate::rate::Rate;
use crate::retry;

type Answer = Result<Option<Live<Object>>, Fault>;

/// How long a read waits for others of its type to come along.
const GATHER: Duration = Duration::from_millis(5);

/// Reads objects of one type of one provider.
pub struct Reader {
    ty: Arc<dyn ResourceType>,
    rate: Arc<Rate>,
    lag: Duration,
    waiting: Mutex<Vec<(String, oneshot::Sender<Answer>)>>,
    calls: AtomicUsize,
}

impl Reader {
    pub fn new(ty: Arc<dyn ResourceType>, rate: Arc<Rate>, lag: Duration) -> Reader {
        Reader { ty, rate, lag, waiting: Mutex::default(), calls: AtomicUsize::new(0) }
    }

    /// The pace of all calls of its service.
    pub fn rate(&self) -> &Rate {
        &self.rate
    }

    /// How long reads may show what was before a change.
    pub fn lag(&self) -> Duration {
        self.lag
    }

    /// How many batches have been read.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// One object, read together with whatever else of its type is asked for at this moment.
    ///
    /// # Errors
    ///
    /// What the cloud answers, other than that the object is not there.
    pub async fn read(&self, id: &str) -> Answer {
        let (answer, reply) = oneshot::channel();
        let first = {
            let mut waiting = self.waiting.lock().expect("no reader panics while it holds this");
            waiting.push((id.to_owned(), answer));
            waiting.len() == 1
        };
        if first {
            sleep(GATHER).await;
            let batch = std::mem::take(
                &mut *self.waiting.lock().expect("no reader panics while it holds this"),
            );
            let ids: Vec<String> = batch.iter().map(|(id, _)| id.clone()).collect();
            let found = self.read_all(&ids).await;
            for (id, answer) in batch {
                let of_it = found.as_ref().map(|it| it.get(&id).cloned()).map_err(Clone::clone);
                // Nobody is listening any more if a run was stopped: nothing to do then.
                _ = answer.send(of_it);
            }
        }
        reply.await.unwrap_or_else(|_| {
            Err(Fault {
                kind: FaultKind::Lost,
                operation: "read",
                code: "Stopped".to_owned(),
                message: "the read was given up".to_owned(),
            })
        })
    }

    /// Those of `ids` that exist, by id.
    ///
    /// # Errors
    ///
    /// The first batch's that failed.
    pub async fn read_all(&self, ids: &[String]) -> Result<BTreeMap<String, Live<Object>>, Fault> {
        let mut ids = ids.to_vec();
        ids.sort();
        ids.dedup();
        let batches = ids.chunks(self.ty.batch().max(1)).map(|batch| {
            self.calls.fetch_add(1, Ordering::Relaxed);
            retry::reading(&self.rate, || self.ty.read(batch))
        });
        let mut found = BTreeMap::new();
        for batch in join_all(batches).await {
            found.extend(batch?.into_iter().map(|it| (it.id.clone(), it)));
        }
        Ok(found)
    }
}
