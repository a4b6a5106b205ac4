//! Data sources that could not be read before.

use model::{Diagnostics, Value, from_typed_json};
use state::{Event as Entry, ObjectState};

use super::{Scene, failed};
use crate::graph::provider_addr;
use crate::plan::Change;
use crate::planning::{data_arguments, holds, mark_sensitive};
use crate::world::BlockScope;

impl Scene<'_> {
    /// Reads a data source that had to wait.
    pub(super) async fn read(&self, change: &Change) -> Result<bool, Diagnostics> {
        let (resource, scope) = self.block(change)?;
        let run = self.applier.run;
        let path = change.address.resource.module.path();
        let provider = provider_addr(run.stack, &path, &resource.provider);
        let source = self.providers.data(&provider, &change.address.resource.ty).await?;
        let schema = source.schema();
        let given = stacks::decode::decode(&resource.body, resource.json, schema, &scope)?;
        let given = data_arguments(schema, &given);
        let found = crate::retry::reading(|| source.read(&given)).await;
        let object = found.map_err(|fault| failed(change, "read", &fault.to_string(), ""))?;
        let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
        let value = from_typed_json(&json.into(), &schema.ty());
        let entries = value.ok().and_then(|it| it.entries().cloned()).unwrap_or_default();
        let value = Value::object(mark_sensitive(schema.attributes, entries));
        let address = &change.address;
        self.world.set_object(&address.resource, address.key.clone(), value.clone());
        let entry = Entry::Wrote {
            address: address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: Some(ObjectState { attributes: object, ..ObjectState::default() }),
        };
        self.record(change, entry).await?;
        let scope = BlockScope { this: Some(value), ..scope };
        for rule in &resource.lifecycle.postconditions {
            holds(rule, &scope)?;
        }
        Ok(true)
    }
}
