//! Every object of the state as it is now: flat, without a graph, in full batches per type.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::join_all;
use model::{Diagnostic, Diagnostics, InstanceAddr, Mode, Object};
use stacks::stack::Stack;
use state::{Instance, ObjectState, State};

use crate::event::{Event, Observer};
use crate::graph::{ProviderAddr, provider_addr};
use crate::lifecycle::as_written;
use crate::plan::Drift;
use crate::providers::{Providers, from_state_text};
use crate::world::World;

/// An object of the state: its address and, if it was put aside, its key.
pub type ObjectKey = (InstanceAddr, Option<String>);

/// An object to be read, and what the state says of it.
type Read<'a> = (ObjectKey, &'a ObjectState);

/// The provider configuration that an object of the state belongs to: that of its block, or the one
/// that made it.
pub fn provider_of(
    world: &World<'_>,
    address: &InstanceAddr,
    instance: &Instance,
) -> Option<ProviderAddr> {
    block_provider(world.stack, address)
        .or_else(|| from_state_text(world.stack, world.registry, &instance.provider))
}

fn block_provider(stack: &Stack, address: &InstanceAddr) -> Option<ProviderAddr> {
    let path: Vec<Arc<str>> = address.resource.module.path();
    let mut module = stack.root.clone();
    for name in &path {
        module = module.calls.get(name)?.module.clone()?;
    }
    let it = &address.resource;
    let block = module.resources.get(&(it.mode, it.ty.clone(), it.name.clone()))?;
    Some(provider_addr(stack, &path, &block.provider))
}

/// Reads every object that `wanted` lets through, and says what has changed behind our back.
///
/// # Errors
///
/// Providers that cannot be used, and reads that failed.
pub async fn refresh(
    world: &World<'_>,
    providers: &Providers<'_>,
    state: &State,
    wanted: &(dyn Fn(&InstanceAddr) -> bool + Sync),
    observer: &dyn Observer,
) -> Result<Vec<Drift>, Diagnostics> {
    let mut groups: BTreeMap<(ProviderAddr, Arc<str>), Vec<Read<'_>>> = BTreeMap::new();
    for (address, instance) in &state.instances {
        if address.resource.mode != Mode::Managed || !wanted(address) {
            continue;
        }
        let Some(provider) = provider_of(world, address, instance) else {
            let detail = format!("The state says that {:?} made it.", instance.provider);
            let problem = Diagnostic::error("Unknown provider in the state", detail).on(address);
            return Err(vec![problem]);
        };
        let group = groups.entry((provider, address.resource.ty.clone())).or_default();
        let deposed = instance.deposed.iter().map(|(key, it)| (Some(key.clone()), it));
        let current = instance.current.iter().map(|it| (None, it));
        group.extend(current.chain(deposed).map(|(key, it)| ((address.clone(), key), it)));
    }
    let objects = groups.values().map(Vec::len).sum();
    observer.event(Event::Refreshing { objects });
    let reads =
        groups.iter().map(|((provider, ty), objects)| read(providers, provider, ty, objects));
    let (mut drift, mut problems) = (Vec::new(), Vec::new());
    for result in join_all(reads).await {
        match result {
            Ok(found) => drift.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    observer.event(Event::Refreshed { objects, calls: providers.calls() });
    drift.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    if problems.is_empty() { Ok(drift) } else { Err(problems) }
}

async fn read(
    providers: &Providers<'_>,
    provider: &ProviderAddr,
    ty: &str,
    objects: &[Read<'_>],
) -> Result<Vec<Drift>, Diagnostics> {
    let bound = providers.resource(provider, ty).await?;
    let ids: Vec<Option<String>> =
        objects.iter().map(|(_, it)| bound.ty.id(&it.attributes)).collect();
    let known: Vec<String> = ids.iter().flatten().cloned().collect();
    let found = bound.reader.read_all(&known).await.map_err(|fault| {
        let first = objects.first().map(|((address, _), _)| address.to_string());
        let detail = format!("{fault}. Nothing has been changed.");
        let mut problem = Diagnostic::error(format!("Cannot read {ty}"), detail);
        problem.hint = bound.ty.advise(&fault);
        vec![match (objects.len(), first) {
            (1, Some(address)) => problem.on(address),
            _ => problem,
        }]
    })?;
    let mut drift = Vec::new();
    for (((address, deposed), object), id) in objects.iter().zip(ids) {
        let live = id.and_then(|it| found.get(&it));
        let after = live.map(|it| {
            let mut after =
                as_written(bound.ty.as_ref(), it.attributes.clone(), &object.attributes);
            if let Some(timeouts) = object.attributes.get("timeouts") {
                after.entry("timeouts".to_owned()).or_insert_with(|| timeouts.clone());
            }
            after
        });
        let changed = match &after {
            Some(after) => differences(bound.ty.as_ref(), &object.attributes, after),
            None => Vec::new(),
        };
        if after.as_ref() != Some(&object.attributes) {
            let (address, deposed) = (address.clone(), deposed.clone());
            let before = object.attributes.clone();
            drift.push(Drift { address, deposed, before, after, changed });
        }
    }
    Ok(drift)
}

/// Attributes whose meaning has changed.
fn differences(ty: &dyn model::ResourceType, before: &Object, after: &Object) -> Vec<String> {
    let null = serde_json::Value::Null;
    let differs = |it: &&model::Attribute| {
        let (a, b) = (before.get(it.name).unwrap_or(&null), after.get(it.name).unwrap_or(&null));
        !it.same(a, b)
    };
    ty.schema().attributes.iter().filter(differs).map(|it| it.name.to_owned()).collect()
}

/// Makes the state say what was found.
pub fn apply_drift(state: &mut State, drift: &Drift) {
    let Some(instance) = state.instances.get_mut(&drift.address) else { return };
    let slot = match &drift.deposed {
        Some(key) => instance.deposed.get_mut(key),
        None => instance.current.as_mut(),
    };
    match (&drift.after, slot) {
        (Some(after), Some(object)) => object.attributes = after.clone(),
        (None, Some(_)) => {
            match &drift.deposed {
                Some(key) => _ = instance.deposed.remove(key),
                None => instance.current = None,
            }
            if instance.current.is_none() && instance.deposed.is_empty() {
                state.instances.remove(&drift.address);
            }
        }
        (_, None) => (),
    }
}
