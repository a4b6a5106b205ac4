//! Data sources that could not be read before.

use model::{Diagnostics, Mode, Object, Value, from_typed_json};
use state::{Event as Entry, ObjectState};

use super::{Scene, failed};
use crate::graph::provider_addr;
use crate::hide::Secrets;
use crate::plan::Change;
use crate::planning::{data_arguments, holds, mark_sensitive, marks};
use crate::world::BlockScope;

impl Scene<'_> {
    /// Reads a data source that had to wait.
    pub(super) async fn read(&self, change: &Change) -> Result<bool, Diagnostics> {
        let (resource, scope) = self.block(change)?;
        let run = self.applier.run;
        let path = change.address.resource.module.path();
        let provider = provider_addr(run.stack, &path, &resource.provider);
        let mode = change.address.resource.mode;
        let ephemeral = mode == Mode::Ephemeral;
        let at = &change.address;
        if ephemeral && self.world.object(&at.resource, at.key.as_ref()).is_some() {
            return Ok(false);
        }
        let (source, rate) =
            self.providers.source(&provider, mode, &change.address.resource.ty).await?;
        let schema = source.schema();
        let given = stacks::decode::decode(&resource.body, resource.json, schema, &scope)?;
        if !given.is_wholly_known() {
            let why = "an argument is still not known, although all that it refers to is applied";
            return Err(failed(change, "read", why, ""));
        }
        let hidden = Secrets::of_given(&given);
        let given = data_arguments(schema, &given);
        let found = crate::retry::reading(&rate, || source.read(&given)).await;
        let object = found
            .map_err(|fault| failed(change, "read", &hidden.hide_in(fault).to_string(), ""))?;
        let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
        let value = from_typed_json(&json.into(), &schema.ty());
        let entries = value.ok().and_then(|it| it.entries().cloned()).unwrap_or_default();
        let value = Value::object(mark_sensitive(schema.attributes, entries)).mark(marks(mode));
        let address = &change.address;
        self.world.set_object(&address.resource, address.key.clone(), value.clone());
        if !ephemeral {
            self.keep(change, object).await?;
        }
        let scope = BlockScope { this: Some(value), ..scope };
        for rule in &resource.lifecycle.postconditions {
            holds(rule, &scope)?;
        }
        Ok(true)
    }

    async fn keep(&self, change: &Change, object: Object) -> Result<(), Diagnostics> {
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: Some(ObjectState { attributes: object, ..ObjectState::default() }),
        };
        self.record(change, entry).await
    }
}

impl Scene<'_> {
    /// Opens what is ephemeral and can be opened at once: settings of providers may need it. What
    /// cannot be opened yet is opened, or told, in its place.
    pub(super) async fn open(&self) {
        for change in &self.applier.plan.changes {
            if change.address.resource.mode == Mode::Ephemeral {
                _ = self.read(change).await;
            }
        }
    }
}
