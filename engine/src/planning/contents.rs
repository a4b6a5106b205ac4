//! What is to go may hold something: it is looked into before anything is deleted.

use futures::future::join_all;
use model::{Diagnostic, InstanceAddr, Object};

use super::Planner;
use crate::graph::ProviderAddr;
use crate::plan::{Action, Change, Contents};
use crate::refresh::provider_of;

/// An object that is to be deleted.
pub(super) struct Going {
    /// The index of the change that deletes it.
    pub change: usize,
    pub provider: ProviderAddr,
    pub address: InstanceAddr,
    pub have: Object,
}

impl Planner<'_, '_> {
    /// Looks into whatever is to be deleted and may hold something. What holds something and may not
    /// be emptied stops the plan, before anything is deleted.
    pub(super) async fn look_inside(&mut self) {
        let looks = self.going();
        let providers = self.providers;
        let going = looks.iter().map(|it| async move {
            let ty = &it.address.resource.ty;
            let bound = providers.resource(&it.provider, ty).await.ok()?;
            Some((ty.to_string(), bound.ty.id(&it.have)?))
        });
        let going: Vec<_> = join_all(going).await.into_iter().flatten().collect();
        let going = &going;
        let looks = looks.into_iter().map(|it| async move {
            let Going { change: n, provider, address, have } = it;
            let bound = providers.resource(&provider, &address.resource.ty).await?;
            let Some(force) = bound.ty.force_attribute() else { return Ok(None) };
            let Some(id) = bound.ty.id(&have) else { return Ok(None) };
            let rate = bound.reader.rate();
            let found = crate::retry::reading(rate, || bound.ty.contents(&id, &have, going)).await;
            match found {
                Ok(None) => Ok(None),
                Ok(Some(found)) => Ok(Some((n, address, have, force, found))),
                Err(fault) if fault.kind == model::FaultKind::NotFound => Ok(None),
                Err(fault) => {
                    let summary = "Cannot look into what is to be deleted";
                    Err(vec![Diagnostic::error(summary, fault.to_string()).on(&address)])
                }
            }
        });
        for result in join_all(looks).await {
            match result {
                Err(found) => self.problems.extend(found),
                Ok(None) => (),
                Ok(Some((n, address, have, force, found))) => {
                    if let Some(stuck) = &found.stuck {
                        self.problems.push(cannot_be_emptied(&address, &found.text, stuck));
                    } else if self.options.empty || self.forced(&address, &have, force) {
                        self.changes[n].empties =
                            Some(Contents { count: found.count, text: found.text });
                    } else {
                        self.problems.push(not_empty(&address, &found.text, force));
                    }
                }
            }
        }
    }

    /// The objects that are to be deleted, those that a replacement deletes among them.
    pub(super) fn going(&self) -> Vec<Going> {
        let of = |(change, it): (usize, &Change)| {
            let deletes = matches!(
                it.action,
                Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
            );
            let instance = self.state.instances.get(&it.address).filter(|_| deletes)?;
            let have = instance.object(it.deposed.as_deref())?.attributes.clone();
            let provider = provider_of(self.world, &it.address, instance)?;
            Some(Going { change, provider, address: it.address.clone(), have })
        };
        self.changes.iter().enumerate().filter_map(of).collect()
    }

    /// Whether the configuration as it is now, or else the state, allows to throw contents away.
    fn forced(&self, address: &InstanceAddr, have: &Object, force: &str) -> bool {
        match self.configured(address) {
            Some((resource, _)) if resource.body.attribute(force).is_none() => false,
            _ => self
                .given(address, force)
                .unwrap_or(have.get(force) == Some(&serde_json::Value::Bool(true))),
        }
    }
}

fn not_empty(address: &InstanceAddr, holds: &str, force: &str) -> Diagnostic {
    let detail = format!("{address} holds {holds}. Nothing has been deleted.");
    let hint = format!(
        "write `{force} = true` in its block, or run the command again with -empty, to throw away \
         what it holds"
    );
    Diagnostic::error("Not empty", detail).on(address).hint(hint)
}

fn cannot_be_emptied(address: &InstanceAddr, holds: &str, stuck: &str) -> Diagnostic {
    let detail = format!(
        "{address} holds {holds}; {stuck}, and nobody can delete them before. Nothing has been deleted."
    );
    let hint = format!(
        "to delete the rest, take it out of the state, where it stays as it is: groundplan state rm \
         {address}"
    );
    Diagnostic::error("Cannot be emptied", detail).on(address).hint(hint)
}
