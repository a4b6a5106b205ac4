//! What is to be created may be there already, made by somebody else: a plan tells, not the apply.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use model::{Diagnostic, Holder, InstanceAddr, Map, Registry, ResourceType, Type, Value};
use stacks::stack::Stack;
use state::State;

use super::Planner;
use crate::graph::ProviderAddr;
use crate::plan::{Action, Change};
use crate::providers::{Providers, from_state_text};
use crate::retry::reading;

/// What is to be created, by the provider and the type.
type Created = BTreeMap<(ProviderAddr, Arc<str>), Vec<(InstanceAddr, Map)>>;

impl Planner<'_, '_> {
    /// Looks up the claims of all objects that are to be created: their names, most often. An object
    /// that has one of them and is not in the state is reported, with the `import` block for it.
    ///
    /// A look-up that is refused says nothing: creating an object takes no right to look for it.
    pub(super) async fn claims(&mut self) {
        if !self.options.refresh || !self.options.claims {
            return;
        }
        let input = self.input;
        let found =
            held(input.stack, input.registry, self.providers, &self.state, &self.changes).await;
        for (address, holder, takes_over) in found {
            let problem = exists(&address, &holder, takes_over);
            self.problems.push(match self.configured(&address) {
                Some((resource, _)) => problem.at(&resource.span),
                None => problem,
            });
        }
    }
}

/// What is to be created and is held by an object that the state does not have, and whether creating
/// it takes that over.
pub async fn held(
    stack: &Stack,
    registry: &dyn Registry,
    providers: &Providers<'_>,
    state: &State,
    changes: &[Change],
) -> Vec<(InstanceAddr, Holder, bool)> {
    let mut groups = Created::new();
    for it in changes.iter().filter(|it| it.action == Action::Create) {
        let provider = from_state_text(stack, registry, &it.provider);
        let after = it.after.as_ref().and_then(|it| it.entries());
        let (Some(provider), Some(after)) = (provider, after) else { continue };
        let group = groups.entry((provider, it.address.resource.ty.clone())).or_default();
        group.push((it.address.clone(), after.clone()));
    }
    let looks = groups
        .iter()
        .map(|((provider, ty), planned)| look(providers, state, provider, ty, planned));
    join_all(looks).await.into_iter().flatten().collect()
}

async fn look(
    providers: &Providers<'_>,
    state: &State,
    provider: &ProviderAddr,
    name: &str,
    planned: &[(InstanceAddr, Map)],
) -> Vec<(InstanceAddr, Holder, bool)> {
    let Ok(bound) = providers.resource(provider, name).await else { return Vec::new() };
    let ty = bound.ty.as_ref();
    let claims: BTreeMap<String, InstanceAddr> = planned
        .iter()
        .filter_map(|(address, after)| Some((claim(ty, after)?, address.clone())))
        .collect();
    let asked: Vec<String> = claims.keys().cloned().collect();
    let holders = match asked.is_empty() {
        true => Vec::new(),
        false => reading(bound.reader.rate(), || ty.holders(&asked)).await.unwrap_or_default(),
    };
    if holders.is_empty() {
        return Vec::new();
    }
    let same = state.instances.iter().filter(|it| *it.0.resource.ty == *name);
    let objects = same.flat_map(|(_, it)| it.current.iter().chain(it.deposed.values()));
    let known: BTreeSet<String> = objects.filter_map(|it| ty.id(&it.attributes)).collect();
    let told = |holder: Holder| {
        let address = claims.get(&holder.claim).filter(|_| !known.contains(&holder.id))?;
        Some((address.clone(), holder, ty.takes_over()))
    };
    holders.into_iter().filter_map(told).collect()
}

/// What an object claims, if that may be told.
pub fn claim(ty: &dyn ResourceType, after: &Map) -> Option<String> {
    let open = |value: &Value| match value.marks_deep().sensitive {
        true => Value::unknown(Type::Any),
        false => value.clone(),
    };
    ty.claim(&after.iter().map(|(name, value)| (name.clone(), open(value))).collect())
}

fn exists(address: &InstanceAddr, holder: &Holder, takes_over: bool) -> Diagnostic {
    let summary = "It exists already";
    let id = &holder.id;
    let problem = match takes_over {
        true => {
            let detail = format!(
                "{address} is to be created, but {id} is there. The call that creates it would \
                 take it over as it is, and a destroy would delete it."
            );
            Diagnostic::warning(summary, detail)
        }
        false => {
            let detail =
                format!("{address} is to be created, but {id} is there. Nothing has been changed.");
            Diagnostic::error(summary, detail)
        }
    };
    problem.on(address).hint(import_block(address, &holder.import))
}

/// The block that takes an object over, to be pasted into a configuration.
pub fn import_block(address: &InstanceAddr, id: &str) -> String {
    format!(
        "to take it over, add this to the configuration, or choose another name:\n\n\
         import {{\n  to = {address}\n  id = {id:?}\n}}\n"
    )
}
