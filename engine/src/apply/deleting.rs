//! Deleting one object.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{Diagnostics, FaultKind, InstanceAddr, Object};
use state::{Event as Entry, ObjectState};

use super::{Gone, Outcome, Scene, ended, failed, no_id};
use crate::event::{Event, Op};
use crate::graph::ProviderAddr;
use crate::lifecycle;
use crate::plan::{Action, Change};
use crate::planning::{lifted, to_let_go};
use crate::providers::Bound;

impl Scene<'_> {
    /// Deletes the old object of a change.
    pub(super) async fn delete(&self, change: &Change) -> Result<bool, Diagnostics> {
        let key = self.old(change);
        let object = self
            .applier
            .memory
            .look(|state| state.instances.get(&change.address)?.object(key.as_deref()).cloned());
        let Some(object) = object else { return Ok(false) };
        let provider = self.provider(change)?;
        let bound = self.bound(&provider, change).await?;
        self.provision_destroy(change, &bound, &object.attributes).await?;
        self.delete_object(change, &bound, key.as_deref(), &object.attributes, &provider).await?;
        let address = change.address.clone();
        let provider = change.provider.clone();
        let entry = match change.action == Action::DeleteThenCreate && !change.kept.is_empty() {
            // What is kept is known by this object alone. It stays in the state until the new one is
            // there: if none comes, the next plan finds that it is gone, and what was kept of it.
            true => Entry::Abandoned { address, deposed: key },
            false => Entry::Wrote { address, deposed: key, provider, object: None },
        };
        self.record(change, entry).await?;
        if change.action == Action::DeleteThenCreate {
            let mut replaced = self.applier.replaced.lock().expect("held for an insertion only");
            replaced.insert(change.address.clone(), object);
        }
        Ok(true)
    }

    /// What is gone and still in the state, as no new object has come: a rollback of the run must not take
    /// it for untouched.
    pub(super) fn note_not_replaced(&self, outcome: &mut Outcome) {
        let replaced = self.applier.replaced.lock().expect("nothing is deleted any more");
        let is_same = |(address, object): &(&InstanceAddr, &ObjectState)| {
            self.applier.memory.look(|state| {
                state.instances.get(*address).and_then(|it| it.current.as_ref()) == Some(*object)
            })
        };
        outcome.failed.extend(replaced.iter().filter(is_same).map(|it| it.0.clone()));
    }

    pub(super) async fn delete_object(
        &self,
        change: &Change,
        bound: &Bound,
        key: Option<&str>,
        have: &Object,
        provider: &ProviderAddr,
    ) -> Result<(), Diagnostics> {
        let Some(id) = bound.ty.id(have) else {
            return Err(failed(change, "delete", &no_id().to_string(), "It was not deleted."));
        };
        let mut have = have.clone();
        if let (Some(force), Some(_)) = (bound.ty.force_attribute(), &change.empties) {
            have.insert(force.to_owned(), true.into());
        }
        let of = change.empties.as_ref().map(|it| it.count);
        let gone = AtomicU64::new(0);
        let progress = |n: u64| {
            gone.store(n, Ordering::Relaxed);
            let of = of.unwrap_or_default().max(n);
            let address = change.address.clone();
            self.tell(Event::Emptied { address, gone: n, of });
        };
        let tell = self.waiting(change, Op::Delete);
        let work = self.work(change, bound, key, &tell);
        let emptied: Option<&(dyn Fn(u64) + Send + Sync)> = match of {
            Some(_) => Some(&progress),
            None => None,
        };
        let replaced = match change.action {
            Action::DeleteThenCreate | Action::CreateThenDelete => true,
            Action::Delete => change.deposed.is_some(),
            Action::NoOp | Action::Read | Action::Create | Action::Update | Action::Forget => false,
        };
        let lifts = (!change.lifts.is_empty()).then(|| lifted(&have, &change.lifts));
        let deleted = lifecycle::delete(&work, &id, &have, lifts.as_ref(), emptied, replaced).await;
        if let Err(fault) = deleted {
            let unknown = matches!(fault.kind, FaultKind::Expired | FaultKind::Lost);
            let mut left = match gone.load(Ordering::Relaxed) {
                0 if unknown => "It may be gone; the next run finds out.".to_owned(),
                0 => "It is still there.".to_owned(),
                n => format!("It is still there, but {n} of the things in it are gone."),
            };
            if lifts.is_some() {
                left += " Its protection may be off.";
            }
            let ty = bound.ty.as_ref();
            let is_held = !unknown && !change.held_by.is_empty();
            let mut problems = ended(ty, change, "delete", &fault.into(), &left);
            if is_held {
                problems.iter_mut().for_each(|it| it.hint = Some(to_let_go(&change.held_by)));
            }
            if unknown {
                // The intent stays open: it may be gone by now, or be about to go.
                return Err(problems);
            }
            let deposed = key.map(str::to_owned);
            let entry = Entry::Abandoned { address: change.address.clone(), deposed };
            problems.extend(self.record(change, entry).await.err().into_iter().flatten());
            return Err(problems);
        }
        let mut all = self.applier.gone.lock().expect("held for an insertion only");
        let (provider, address) = (provider.clone(), change.address.clone());
        all.push(Gone { provider, address, id, have });
        Ok(())
    }

    pub(super) async fn forget(&self, change: &Change) -> Result<bool, Diagnostics> {
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: None,
        };
        self.record(change, entry).await?;
        Ok(true)
    }
}
