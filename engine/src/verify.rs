//! Whether a state has something that is not there, and whether something is there that it has not.
//!
//! Changes nothing. Whether the attributes of what is there are as they should be is for a plan to say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::join_all;
use model::{Diagnostic, Diagnostics, Holder, InstanceAddr, Mode as BlockMode, Ours, Stray, Whose};

use crate::graph::ProviderAddr;
use crate::lifecycle::untyped;
use crate::plan::{Action, Change, Plan};
use crate::planning::{Input, held};
use crate::providers::{Providers, from_state_text};
use crate::refresh::provider_of;
use crate::retry::reading;
use crate::world::World;

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many objects the state has.
    pub objects: usize,
    /// What the state has and the cloud has not, with its id.
    pub missing: Vec<(InstanceAddr, String)>,
    /// What the configuration describes and the cloud has, though the state does not.
    pub unrecorded: Vec<(InstanceAddr, Holder)>,
    /// What else the cloud has.
    pub strays: Vec<Stray>,
}

/// Compares the state that a plan was made for with what is there. `mark` are tags that only this stack
/// has; without any, those count that its providers give to all objects. The plan is one that has not
/// looked for what it would create (`Options::claims`): that is told here.
pub async fn verify(
    input: &Input<'_>,
    plan: &Plan,
    mark: &BTreeMap<String, String>,
) -> (Findings, Diagnostics) {
    let world = World::new(input.stack, input.registry, input.site, input.variables, false);
    world.see(&plan.resources);
    let providers = Providers::new(&world);
    let looker = Looker { input, plan, world: &world, providers: &providers };
    let have = looker.have();
    let mut findings =
        Findings { objects: have.len(), missing: looker.missing(), ..Findings::default() };
    let mut problems = Vec::new();
    let held = held(input.stack, input.registry, &providers, input.state, &plan.changes).await;
    findings.unrecorded = held.into_iter().map(|(address, it, _)| (address, it)).collect();
    let mut all = have;
    all.extend(looker.described().await);
    let addrs: BTreeSet<&ProviderAddr> = all.iter().map(|it| &it.0).collect();
    for result in join_all(addrs.into_iter().map(|it| looker.strays(it, &all, mark))).await {
        match result {
            Ok(found) => findings.strays.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    findings.strays.sort();
    findings.strays.dedup();
    told_once(&mut findings);
    (findings, problems)
}

/// What is found in two ways is told as what is known best.
fn told_once(findings: &mut Findings) {
    let Findings { unrecorded, strays, .. } = findings;
    let same = |it: &Stray, (address, holder): &(InstanceAddr, Holder)| {
        *it.kind == *address.resource.ty && it.id == holder.id
    };
    unrecorded.retain(|found| !strays.iter().any(|it| it.whose == Whose::Ours && same(it, found)));
    strays.retain(|it| !unrecorded.iter().any(|found| same(it, found)));
}

struct Looker<'a> {
    input: &'a Input<'a>,
    plan: &'a Plan,
    world: &'a World<'a>,
    providers: &'a Providers<'a>,
}

/// An object and its provider's configuration.
type Owned = (ProviderAddr, Ours);

impl Looker<'_> {
    fn missing(&self) -> Vec<(InstanceAddr, String)> {
        let id = |it: &model::Object| it.get("id")?.as_str().map(str::to_owned);
        let gone = self.plan.drift.iter().filter(|it| it.after.is_none());
        gone.map(|it| (it.address.clone(), id(&it.before).unwrap_or_default())).collect()
    }

    /// All that the state has, and what the plan would take into it.
    fn have(&self) -> Vec<Owned> {
        let moved: HashMap<&InstanceAddr, &InstanceAddr> =
            self.plan.moves.iter().map(|(from, to)| (from, to)).collect();
        let gone: BTreeSet<(&InstanceAddr, Option<&str>)> = self
            .plan
            .drift
            .iter()
            .filter(|it| it.after.is_none())
            .map(|it| (&it.address, it.deposed.as_deref()))
            .collect();
        let mut have = Vec::new();
        let state = &self.input.state.instances;
        for (address, instance) in
            state.iter().filter(|it| it.0.resource.mode == BlockMode::Managed)
        {
            let Some(provider) = provider_of(self.world, address, instance) else { continue };
            let now = moved.get(address).copied().unwrap_or(address);
            let deposed = instance.deposed.iter().map(|(key, it)| (Some(key.as_str()), it));
            for (key, it) in instance.current.iter().map(|it| (None, it)).chain(deposed) {
                let exists = !gone.contains(&(now, key));
                let ty = address.resource.ty.to_string();
                let attributes = it.attributes.clone();
                have.push((provider.clone(), Ours { ty, attributes, exists, here: true }));
            }
        }
        for it in &self.plan.written {
            let Some(provider) = self.provider(&it.provider) else { continue };
            let ty = it.address.resource.ty.to_string();
            let attributes = it.object.attributes.clone();
            have.push((provider, Ours { ty, attributes, exists: true, here: true }));
        }
        have
    }

    fn provider(&self, text: &str) -> Option<ProviderAddr> {
        from_state_text(self.input.stack, self.input.registry, text)
    }

    /// What the configuration describes and is still to be made.
    fn unmade(&self) -> impl Iterator<Item = &Change> {
        self.plan.changes.iter().filter(|it| {
            it.action == Action::Create && it.address.resource.mode == BlockMode::Managed
        })
    }

    async fn described(&self) -> Vec<Owned> {
        let mut all = Vec::new();
        for it in self.unmade() {
            let Some(provider) = self.provider(&it.provider) else { continue };
            let ty = &it.address.resource.ty;
            let Ok(bound) = self.providers.resource(&provider, ty).await else { continue };
            let Some(after) = it.after.as_ref().and_then(model::Value::entries) else { continue };
            let attributes = untyped(bound.ty.as_ref(), after);
            let ours = Ours { ty: ty.to_string(), attributes, exists: false, here: true };
            all.push((provider, ours));
        }
        all
    }

    async fn strays(
        &self,
        addr: &ProviderAddr,
        all: &[Owned],
        mark: &BTreeMap<String, String>,
    ) -> Result<Vec<Stray>, Diagnostics> {
        let provider = self.providers.provider(addr).await?;
        let rate = self.providers.rate(addr, &provider, "");
        let ours: Vec<Ours> =
            all.iter().map(|(of, it)| Ours { here: of == addr, ..it.clone() }).collect();
        reading(&rate, || provider.strays(&ours, mark)).await.map_err(|fault| {
            let summary = "Cannot look for what is there beside the stack";
            vec![Diagnostic::error(summary, fault.to_string())]
        })
    }
}
