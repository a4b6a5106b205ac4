//! Importing outside a plan: one object by the `import` command, and the configuration of objects that
//! have none yet.

use std::collections::BTreeMap;

use model::{Diagnostics, InstanceAddr, Object, Value};
use stacks::stack::ProviderRef;
use state::ObjectState;

use crate::graph::{ProviderAddr, provider_addr};
use crate::plan::Written;
use crate::planning::{Input, missing, read_import, requests};
use crate::providers::{Providers, state_text};
use crate::world::World;

/// Reads the object that `id` means, as the state is to have it at `address`.
///
/// # Errors
///
/// That there is none, or what the cloud or the provider's settings say.
pub async fn import(
    input: &Input<'_>,
    address: &InstanceAddr,
    id: &str,
) -> Result<Written, Diagnostics> {
    let world = World::new(input.stack, input.registry, input.site, input.variables, false);
    let providers = Providers::new(&world);
    let provider = provider_of(input, address, None);
    let found = read_import(&providers, &provider, address, id).await?;
    let (_, object) = found.ok_or_else(|| vec![missing(address, id)])?;
    let provider = state_text(input.stack, input.registry, &provider);
    Ok(Written { address: address.clone(), provider, object })
}

/// The objects that `import` blocks name and no resource block describes.
///
/// # Errors
///
/// What is wrong with the blocks, or what the cloud says.
pub async fn undescribed(
    input: &Input<'_>,
) -> Result<BTreeMap<InstanceAddr, ObjectState>, Diagnostics> {
    let world = World::new(input.stack, input.registry, input.site, input.variables, false);
    let providers = Providers::new(&world);
    let mut found = BTreeMap::new();
    for (block, request) in requests(&world)? {
        let address = request.to;
        let known = world.module(&address.resource.module).is_some_and(|it| {
            let at = &address.resource;
            it.resources.contains_key(&(at.mode, at.ty.clone(), at.name.clone()))
        });
        if known || !address.resource.module.is_root() {
            continue;
        }
        let provider = provider_of(input, &address, block.provider.as_ref());
        match read_import(&providers, &provider, &address, &request.id).await? {
            Some((_, object)) => _ = found.insert(address, object),
            None if request.if_exists => {}
            None => return Err(vec![missing(&address, &request.id)]),
        }
    }
    Ok(found)
}

/// The provider of an address: that of its block, or one that is named, or the type's own.
fn provider_of(
    input: &Input<'_>,
    address: &InstanceAddr,
    named: Option<&ProviderRef>,
) -> ProviderAddr {
    let at = &address.resource;
    let path = at.module.path();
    let module = crate::graph::module_at(input.stack, &path);
    let block = module.as_ref().and_then(|it| {
        it.resources.get(&(at.mode, at.ty.clone(), at.name.clone())).map(|it| it.provider.clone())
    });
    let own = || {
        let name = input.registry.provider_of(&at.ty).unwrap_or_default();
        ProviderRef { name: name.into(), alias: None }
    };
    let name = block.or_else(|| named.cloned()).unwrap_or_else(own);
    provider_addr(input.stack, &path, &name)
}

/// What a user would write for an object: its arguments that are not null, without those that follow
/// from others.
pub fn arguments(schema: &model::Schema, object: &Object) -> Option<Value> {
    let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
    model::from_typed_json(&json.into(), &schema.ty()).ok()
}
