//! Data sources: what they ask for, and reading them together.

use futures::future::join_all;
use model::{
    Diagnostic, Diagnostics, InstanceAddr, Marks, Mode as BlockMode, Object, Value,
    from_typed_json, to_typed_json,
};
use stacks::stack::Resource;

use super::{Planner, blank, mark_sensitive, resource_addr, unknown_number};
use crate::change;
use crate::graph::{BlockAddr, Graph, ProviderAddr, provider_addr};
use crate::hide::Secrets;
use crate::plan::{Action, Change};
use crate::providers::{Providers, state_text};
use crate::repeat::Instances;
use crate::world::BlockScope;

impl Planner<'_, '_> {
    /// What a data block asks for, in each of its instances.
    pub(super) fn ask(&mut self, graph: &Graph, node: usize, block: &BlockAddr) -> Vec<Asked> {
        let mut asked = Vec::new();
        let needed = graph.blocks_needed(node);
        let waits = needed.iter().any(|it| self.waiting.contains(it));
        for addr in self.instances_of_block(block) {
            let resource = resource_addr(&addr, block);
            let instances = match self.world.resource_instances(&resource) {
                Ok(it) => it,
                Err(found) => {
                    self.problems.extend(found);
                    continue;
                }
            };
            if *instances == Instances::Unknown {
                self.deferred.push(unknown_number(resource.to_string()));
                self.waiting.insert(block.clone());
                continue;
            }
            self.world.set_instances(&resource, instances.clone());
            let Some(scope) = self.world.scope(&addr) else { continue };
            let key = (block.mode, block.ty.clone(), block.name.clone());
            let Some(it) = scope.module.resources.get(&key) else { continue };
            let (found, what) = match block.mode {
                BlockMode::Ephemeral => {
                    (self.input.registry.ephemeral_schema(&block.ty), "ephemeral resource")
                }
                BlockMode::Data | BlockMode::Managed => {
                    (self.input.registry.data_schema(&block.ty), "data source")
                }
            };
            let Some(schema) = found else {
                let detail = format!("groundplan has no {what} \"{}\".", block.ty);
                let problem = Diagnostic::error(format!("Invalid {what}"), detail).at(&it.ty.span);
                let names = self.input.registry.names(block.mode);
                let near = stacks::suggest::suggest(&block.ty, names.iter().copied());
                self.problems.push(match near {
                    Some(it) => problem.hint(format!("did you mean \"{it}\"?")),
                    None => problem,
                });
                continue;
            };
            // What it depends on by `depends_on` may change what it would read.
            let pending = waits || self.depends_on_change(graph, node, it);
            for key in instances.keys() {
                let scope = scope.instance(&instances, key.as_ref());
                let address = resource.instance(key);
                if !self.is_selected(&address) {
                    continue;
                }
                let rules = &it.lifecycle.preconditions;
                if !self.conditions(rules, &scope, "precondition", &address) {
                    continue;
                }
                match stacks::decode::decode(&it.body, it.json, schema, &scope) {
                    Ok(given) => {
                        let arguments = given.entries().cloned().unwrap_or_default();
                        if block.mode == BlockMode::Data {
                            self.persisted(schema, &arguments, it, &address);
                        }
                        asked.push(Asked {
                            provider: provider_addr(self.input.stack, &block.module, &it.provider),
                            address,
                            schema,
                            given,
                            pending,
                            block: it.clone(),
                        })
                    }
                    Err(found) => self.problems.extend(found),
                }
            }
        }
        asked
    }

    pub(super) fn depends_on_change(&self, graph: &Graph, node: usize, it: &Resource) -> bool {
        if it.depends_on.is_empty() {
            return false;
        }
        let needed = graph.blocks_needed(node);
        self.changes.iter().any(|it| {
            !matches!(it.action, Action::NoOp)
                && needed.contains(&BlockAddr::of(&it.address.resource))
        })
    }

    pub(super) fn answered(&mut self, answers: Vec<Answered>) {
        for it in answers {
            let provider = state_text(self.input.stack, self.input.registry, &it.asked.provider);
            match it.result {
                Ok(Some(object)) => {
                    let ty = it.asked.schema.ty();
                    let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
                    let value = from_typed_json(&json.into(), &ty)
                        .unwrap_or_else(|_| Value::unknown(ty.clone()));
                    let entries = value.entries().cloned().unwrap_or_default();
                    let value = Value::object(mark_sensitive(it.asked.schema.attributes, entries));
                    let address = &it.asked.address;
                    let value = value.mark(marks(address.resource.mode));
                    self.world.set_object(&address.resource, address.key.clone(), value.clone());
                    let block = it.asked.block;
                    if let Some(scope) = self.world.scope(&address.resource.module) {
                        let scope =
                            BlockScope { key: address.key.clone(), this: Some(value), ..scope };
                        let rules = &block.lifecycle.postconditions;
                        self.conditions(rules, &scope, "postcondition", address);
                    }
                    match address.resource.mode {
                        // It is opened again by the apply; nothing of it is kept until then.
                        BlockMode::Ephemeral => self.changes.push(Change {
                            action: Action::Read,
                            provider,
                            ..blank(it.asked.address)
                        }),
                        BlockMode::Data | BlockMode::Managed => {
                            self.data.push((it.asked.address, provider, object));
                        }
                    }
                }
                Ok(None) => {
                    let given = it.asked.given.entries().cloned().unwrap_or_default();
                    let after = change::created(
                        &model::Schema { name: it.asked.schema.name, ..*it.asked.schema },
                        &given,
                        &|_, _| (),
                    );
                    let after = Value::object(mark_sensitive(it.asked.schema.attributes, after));
                    let address = it.asked.address;
                    let after = after.mark(marks(address.resource.mode));
                    self.world.set_object(&address.resource, address.key.clone(), after.clone());
                    self.changes.push(Change {
                        action: Action::Read,
                        provider,
                        after: Some(after).filter(|_| address.resource.mode == BlockMode::Data),
                        ..blank(address)
                    });
                }
                Err(found) => self.problems.extend(found),
            }
        }
    }
}

/// What every value of a block of this mode is marked as.
pub fn marks(mode: BlockMode) -> Marks {
    match mode {
        BlockMode::Ephemeral => Marks::EPHEMERAL,
        BlockMode::Data | BlockMode::Managed => Marks::NONE,
    }
}

/// A data source to be read.
pub(super) struct Asked {
    address: InstanceAddr,
    provider: ProviderAddr,
    schema: &'static model::Schema,
    given: Value,
    /// Whether it has to wait for the apply although its arguments are known.
    pending: bool,
    block: Resource,
}

pub(super) struct Answered {
    asked: Asked,
    /// None if it can be read only while applying.
    result: Result<Option<Object>, Diagnostics>,
}

pub(super) async fn fetch(providers: &Providers<'_>, asked: Vec<Asked>) -> Vec<Answered> {
    let fetch = |asked: Asked| async move {
        let result = if asked.pending || !asked.given.is_wholly_known() {
            Ok(None)
        } else {
            read_data(providers, &asked).await.map(Some)
        };
        Answered { asked, result }
    };
    join_all(asked.into_iter().map(fetch)).await
}

async fn read_data(providers: &Providers<'_>, asked: &Asked) -> Result<Object, Diagnostics> {
    let mode = asked.address.resource.mode;
    let (source, rate) = providers.source(&asked.provider, mode, asked.schema.name).await?;
    let given = data_arguments(asked.schema, &asked.given);
    crate::retry::reading(&rate, || source.read(&given)).await.map_err(|fault| {
        let fault = Secrets::of_given(&asked.given).hide_in(fault);
        let summary = format!("Cannot read {}", asked.address);
        let detail = format!("{fault}. Nothing has been changed.");
        let problem = Diagnostic::error(summary, detail).at(&asked.block.span).on(&asked.address);
        vec![Diagnostic { hint: source.advise(&fault), ..problem }]
    })
}

/// A data block's arguments with defaults filled in, in nested blocks too, as a data source takes
/// them.
pub fn data_arguments(schema: &model::Schema, given: &Value) -> Object {
    let given = given.entries().cloned().unwrap_or_default();
    let whole = Value::object(change::created(schema, &given, &|_, _| ()));
    match to_typed_json(&whole, &schema.ty()) {
        serde_json::Value::Object(it) => it.into_iter().collect(),
        _ => Object::new(),
    }
}
