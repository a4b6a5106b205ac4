//! What is to go may hold something: it is looked into before anything is deleted.

use futures::future::join_all;
use model::{Diagnostic, InstanceAddr, Object};
use stacks::eval::evaluate;

use super::Planner;
use crate::plan::{Action, Contents};
use crate::refresh::provider_of;

impl Planner<'_, '_> {
    /// Looks into whatever is to be deleted and may hold something. What holds something and may not
    /// be emptied stops the plan, before anything is deleted.
    pub(super) async fn look_inside(&mut self) {
        let mut looks = Vec::new();
        for (n, it) in self.changes.iter().enumerate() {
            let deletes = matches!(
                it.action,
                Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
            );
            let instance = self.state.instances.get(&it.address);
            let object = instance.and_then(|instance| match &it.deposed {
                Some(key) => instance.deposed.get(key),
                None => instance.current.as_ref(),
            });
            let (true, Some(instance), Some(object)) = (deletes, instance, object) else {
                continue;
            };
            let Some(provider) = provider_of(self.world, &it.address, instance) else { continue };
            looks.push((n, provider, it.address.clone(), object.attributes.clone()));
        }
        let providers = self.providers;
        let going = looks.iter().map(|(_, provider, address, have)| async move {
            let bound = providers.resource(provider, &address.resource.ty).await.ok()?;
            Some((address.resource.ty.to_string(), bound.ty.id(have)?))
        });
        let going: Vec<_> = join_all(going).await.into_iter().flatten().collect();
        let going = &going;
        let looks = looks.into_iter().map(|(n, provider, address, have)| async move {
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
                    if self.options.empty || self.forced(&address, &have, force) {
                        self.changes[n].empties =
                            Some(Contents { count: found.count, text: found.text });
                    } else {
                        self.problems.push(not_empty(&address, &found.text, force));
                    }
                }
            }
        }
    }

    /// Whether the configuration as it is now, or else the state, allows to throw contents away.
    pub(super) fn forced(&mut self, address: &InstanceAddr, have: &Object, force: &str) -> bool {
        let of_state = have.get(force) == Some(&serde_json::Value::Bool(true));
        let Some((resource, scope)) = self.configured(address) else { return of_state };
        let Some(given) = resource.body.attribute(force) else { return false };
        match evaluate(&given.expr, &scope) {
            Ok(it) => it.as_bool() == Some(true) || it.as_str() == Some("true"),
            Err(_) => of_state,
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
