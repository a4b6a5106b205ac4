//! Takes back what was made for a change that the cloud has undone. It must not stay behind as if it were
//! good, and the state says again what there was before it.

use model::{Attribute, FaultKind, InstanceAddr, Object};
use serde_json::Value as Json;
use state::{Event as Entry, Journal, ObjectState};

use super::{Outcome, Scene};
use crate::event::Event;
use crate::graph::BlockAddr;
use crate::plan::{Action, Change};
use crate::providers::Bound;
use crate::retry::{Calls, PROPAGATION};

impl Scene<'_> {
    /// Notes what this run has made for an object that wanted it and has something else now.
    pub(super) async fn note_in_vain(
        &self,
        change: &Change,
        bound: &Bound,
        want: &Object,
        left: &Object,
    ) {
        for it in bound.ty.schema().attributes {
            let (Some(want), Some(left)) = (want.get(it.name), left.get(it.name)) else { continue };
            if want.is_string() && !it.same(want, left) {
                let made = self.made_for(change, it, want).await;
                let mut all = self.applier.in_vain.lock().expect("held for an insertion only");
                all.extend(made);
            }
        }
    }

    /// Where what the run has made is that an object depends on and that this value of it names.
    async fn made_for(
        &self,
        change: &Change,
        attribute: &Attribute,
        value: &Json,
    ) -> Vec<InstanceAddr> {
        let is_made = |it: &&Change| match it.action {
            Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => true,
            Action::NoOp | Action::Update | Action::Delete | Action::Read | Action::Forget => false,
        };
        let is_needed = |it: &&Change| {
            let block = BlockAddr::of(&it.address.resource).to_string();
            change.dependencies.contains(&block)
        };
        let mut found = Vec::new();
        for it in self.applier.plan.changes.iter().filter(is_made).filter(is_needed) {
            let (Ok(provider), Some(object)) = (self.provider(it), self.current(it)) else {
                continue;
            };
            let Ok(bound) = self.bound(&provider, it).await else { continue };
            let Some(id) = bound.ty.id(&object.attributes) else { continue };
            // A name that others may have too does not tell which of them is meant.
            let names_it = |of: &Json| {
                of.as_str().is_some_and(|it| id.ends_with(it)) && attribute.same(of, value)
            };
            if object.attributes.values().any(names_it) {
                found.push(it.address.clone());
            }
        }
        found
    }

    /// Takes back what was made in vain, at the end: until then others may come to use it.
    pub(super) async fn withdraw(&self, outcome: &mut Outcome) -> std::io::Result<()> {
        let all =
            std::mem::take(&mut *self.applier.in_vain.lock().expect("nothing is made any more"));
        if self.providers.over().is_some() {
            return Ok(());
        }
        for address in all {
            let changes = self.applier.plan.changes.iter();
            let mut changes = changes.filter(|it| it.address == address && it.deposed.is_none());
            if let Some(change) = changes.next() {
                self.take_back(change, outcome).await?;
            }
        }
        Ok(())
    }

    async fn take_back(&self, change: &Change, outcome: &mut Outcome) -> std::io::Result<()> {
        let address = &change.address;
        let Ok(provider) = self.provider(change) else { return Ok(()) };
        let (Ok(bound), Some(object)) = (self.bound(&provider, change).await, self.current(change))
        else {
            return Ok(());
        };
        let (key, before) = self.before(change);
        let (id, back) = (
            bound.ty.id(&object.attributes).unwrap_or_default(),
            before.as_ref().and_then(|it| bound.ty.id(&it.attributes)),
        );
        let calls = Calls {
            op: model::Op::Delete,
            limit: PROPAGATION,
            made: None,
            rate: bound.reader.rate(),
            tell: &|_| (),
        };
        let call = || bound.ty.withdraw(&id, &object.attributes, back.as_deref());
        let text = match calls.make(call).await {
            Ok(None) => return Ok(()),
            Ok(Some(text)) => text,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(()),
            Err(fault) => {
                let text = format!("{address} was made in vain and is still there: {fault}.");
                self.tell(Event::Notice { text });
                return Ok(());
            }
        };
        self.tell(Event::Notice { text: format!("{address}: {text}") });
        // A rollback of the run must not take it for untouched.
        outcome.failed.push(address.clone());
        self.put_back(change, key, before).await
    }

    /// What the object took the place of, and under which key that is set aside if it is.
    fn before(&self, change: &Change) -> (Option<String>, Option<ObjectState>) {
        let deposed = self.applier.deposed.lock().expect("held for a look-up only");
        let aside = deposed.get(&change.address).and_then(|key| {
            let object = self
                .applier
                .memory
                .look(|state| state.instances.get(&change.address)?.deposed.get(key).cloned())?;
            Some((Some(key.clone()), Some(object)))
        });
        let replaced = self.applier.replaced.lock().expect("held for a look-up only");
        aside.unwrap_or_else(|| (None, replaced.get(&change.address).cloned()))
    }

    /// Lets the state, and what reads it, say what there was before.
    async fn put_back(
        &self,
        change: &Change,
        key: Option<String>,
        before: Option<ObjectState>,
    ) -> std::io::Result<()> {
        let (address, provider) = (change.address.clone(), change.provider.clone());
        let memory = self.applier.memory;
        let value = before
            .as_ref()
            .and_then(|it| crate::ask::value(self.applier.run.registry, &address, it));
        if let Some(value) = value {
            self.world.set_object(&address.resource, address.key.clone(), value);
        }
        let entry = match key {
            None => Entry::Wrote { address, deposed: None, provider, object: before },
            Some(deposed) => {
                let aside = self.new_key(&address);
                let (of, key) = (address.clone(), aside.clone());
                memory.record(Entry::Restored { address: of, deposed, aside: key }).await?;
                Entry::Wrote { address, deposed: Some(aside), provider, object: None }
            }
        };
        memory.record(entry).await
    }
}
