//! The values that a state or a plan gives to a stack's names, for whoever only asks: the console, and
//! the assertions of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{
    Diagnostic, Diagnostics, InstanceAddr, Key, Map, Mode, ModuleAddr, Provider, Registry,
    ResourceAddr, Type, Value,
};
use serde_json::Value as Json;
use stacks::Scope;
use stacks::stack::Stack;
use state::{Instance, ObjectState, State};

use crate::plan::Plan;
use crate::planning::mark_sensitive;
use crate::providers::Providers;
use crate::refresh::provider_of;
use crate::repeat::Instances;
use crate::world::{Site, World};

/// A stack whose names have values.
pub struct Answers<'a> {
    world: World<'a>,
}

impl<'a> Answers<'a> {
    /// Objects are as the state has them; what it does not have is unknown.
    pub fn of_state(
        stack: &'a Stack,
        registry: &'a dyn Registry,
        site: &'a Site,
        variables: &'a BTreeMap<String, Value>,
        state: &State,
    ) -> Answers<'a> {
        let world = World::new(stack, registry, site, variables, true);
        show(&world, state);
        Answers { world }
    }

    /// Objects are as they will be once the plan is applied.
    pub fn of_plan(
        stack: &'a Stack,
        registry: &'a dyn Registry,
        site: &'a Site,
        variables: &'a BTreeMap<String, Value>,
        plan: &Plan,
    ) -> Answers<'a> {
        let world = World::new(stack, registry, site, variables, false);
        for it in &plan.resources {
            let resource = &it.resource.0.resource;
            if let Some(instances) = &it.instances {
                world.set_instances(resource, Arc::new(instances.clone()));
            }
            for (key, value) in &it.objects {
                world.set_object(resource, key.clone(), value.clone());
            }
        }
        Answers { world }
    }

    /// The provider that looks after an object of a state.
    ///
    /// # Errors
    ///
    /// That it is not known, or what is wrong with its settings.
    pub async fn provider(
        &self,
        address: &InstanceAddr,
        instance: &Instance,
    ) -> Result<Arc<dyn Provider>, Diagnostics> {
        let Some(provider) = provider_of(&self.world, address, instance) else {
            let detail = format!("The state says that {:?} made it.", instance.provider);
            return Err(vec![Diagnostic::error("Unknown provider", detail).on(address)]);
        };
        Providers::new(&self.world).provider(&provider).await
    }

    /// The names of the root module.
    pub fn scope(&self) -> impl Scope + '_ {
        let root = ModuleAddr::default();
        self.world.scope(&root).expect("every stack has a root module")
    }

    /// The values of the root module's outputs, as far as they can be evaluated.
    pub fn outputs(&self) -> Map {
        let root = ModuleAddr::default();
        let value = |name: &Arc<str>| {
            let value = self.world.output(&root, name);
            (name.clone(), value.unwrap_or_else(|_| Value::unknown(Type::Any)))
        };
        self.world.stack.root.outputs.keys().map(value).collect()
    }
}

/// Lets expressions see the objects of a state.
pub fn show(world: &World<'_>, state: &State) {
    let mut keys: BTreeMap<ResourceAddr, BTreeSet<Option<Key>>> = BTreeMap::new();
    for address in state.instances.keys() {
        keys.entry(address.resource.clone()).or_default().insert(address.key.clone());
    }
    for (resource, keys) in &keys {
        world.set_instances(resource, Arc::new(instances(keys)));
    }
    for (address, instance) in &state.instances {
        let object = instance.current.as_ref();
        if let Some(it) = object.and_then(|it| value(world.registry, address, it)) {
            world.set_object(&address.resource, address.key.clone(), it);
        }
    }
}

fn instances(keys: &BTreeSet<Option<Key>>) -> Instances {
    let (mut names, mut count) = (BTreeMap::new(), 0);
    for key in keys {
        match key {
            None => return Instances::Single,
            Some(Key::Index(n)) => count = count.max(n + 1),
            Some(Key::Name(it)) => _ = names.insert(it.clone(), Value::unknown(Type::Any)),
        }
    }
    if names.is_empty() { Instances::Count(count) } else { Instances::Each(names) }
}

/// An object of the state as expressions see it, its sensitive parts marked.
pub fn value(
    registry: &dyn Registry,
    address: &InstanceAddr,
    object: &ObjectState,
) -> Option<Value> {
    let schema = match address.resource.mode {
        Mode::Managed => registry.resource_schema(&address.resource.ty)?,
        Mode::Data => registry.data_schema(&address.resource.ty)?,
        Mode::Ephemeral => return None,
    };
    let json: serde_json::Map<_, _> = object.attributes.clone().into_iter().collect();
    let value = model::from_typed_json(&json.into(), &schema.ty()).ok()?;
    let entries = mark_sensitive(schema.attributes, value.entries().cloned().unwrap_or_default());
    Some(as_in_state(Value::object(entries), object))
}

/// The value of an object with what the state says is sensitive marked so.
pub(crate) fn as_in_state(value: Value, object: &ObjectState) -> Value {
    let paths = object.sensitive.iter().filter_map(Json::as_array);
    paths.fold(value, |value, path| marked(value, path))
}

/// The value with what a path of a state file leads to marked as sensitive.
fn marked(value: Value, path: &[Json]) -> Value {
    let Some((step, rest)) = path.split_first() else { return value.sensitive() };
    let step = &step["value"];
    // The key of an index has its type beside it.
    let step = step.get("value").unwrap_or(step);
    let inside = |entries: &Map| {
        let mut entries = entries.clone();
        if let Some(it) = step.as_str().and_then(|name| entries.get_mut(name)) {
            *it = marked(it.clone(), rest);
        }
        Arc::new(entries)
    };
    let nth = |items: &[Value]| {
        let mut items = items.to_vec();
        let n = step.as_u64().and_then(|it| usize::try_from(it).ok());
        if let Some(it) = n.and_then(|n| items.get_mut(n)) {
            *it = marked(it.clone(), rest);
        }
        Arc::new(items)
    };
    use model::Kind;
    let kind = match value.kind {
        Kind::Object(entries) => Kind::Object(inside(&entries)),
        Kind::Map(ty, entries) => Kind::Map(ty, inside(&entries)),
        Kind::List(ty, items) => Kind::List(ty, nth(&items)),
        Kind::Tuple(items) => Kind::Tuple(nth(&items)),
        // What an element of a set is says where it is, so the whole set is marked.
        Kind::Set(..) => return value.sensitive(),
        Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            value.kind
        }
    };
    Value { kind, marks: value.marks }
}
