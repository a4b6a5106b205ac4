//! Managed resources: every instance of a block, from its configuration to its change.

use std::sync::Arc;

use model::{
    Diagnostic, InstanceAddr, Kept, Key, Map, Mode as BlockMode, ModuleAddr, Object, ResourceAddr,
    Standing, Value,
};
use stacks::stack::{IgnoreChanges, Resource};

use super::{Planner, mark_sensitive, resource_addr, unknown_number};
use crate::ask::as_in_state;
use crate::change::{self, Verdict};
use crate::graph::{BlockAddr, Graph, ProviderAddr, provider_addr};
use crate::kept;
use crate::lifecycle;
use crate::plan::{Action, Change, Deferred, Reason};
use crate::providers::state_text;
use crate::repeat::Instances;
use crate::retry::reading;
use crate::world::BlockScope;

impl Planner<'_, '_> {
    pub(super) async fn block(&mut self, graph: &Graph, node: usize, block: &BlockAddr) {
        let waits = graph.blocks_needed(node).into_iter().find(|it| self.waiting.contains(it));
        let known = self.instances_of_block(block);
        if let Some(waits) = waits {
            self.wait(block, format!("it needs {waits}, which waits"));
            return;
        }
        let dependencies = self.dependencies(graph, node);
        for addr in known {
            let resource = resource_addr(&addr, block);
            self.resource(node, &resource, &dependencies).await;
        }
        self.remove_lost_modules(block);
    }

    pub(super) fn wait(&mut self, block: &BlockAddr, why: String) {
        self.deferred.push(Deferred { address: block.to_string(), why });
        self.waiting.insert(block.clone());
        // What exists stays as it is for now.
        let existing: Vec<InstanceAddr> = self.objects_of(block);
        for address in existing {
            if let Some(value) = self.standing(&address) {
                self.world.set_object(&address.resource, address.key.clone(), value);
            }
        }
    }

    pub(super) async fn resource(
        &mut self,
        node: usize,
        addr: &ResourceAddr,
        dependencies: &[String],
    ) {
        let instances = match self.world.resource_instances(addr) {
            Ok(it) => it,
            Err(found) => {
                self.problems.extend(found);
                return;
            }
        };
        if *instances == Instances::Unknown {
            self.deferred.push(unknown_number(addr.to_string()));
            self.waiting.insert(BlockAddr::of(addr));
            return;
        }
        self.world.set_instances(addr, instances.clone());
        self.rename(addr, &instances);
        let Some(scope) = self.world.scope(&addr.module) else { return };
        let block = (addr.mode, addr.ty.clone(), addr.name.clone());
        let Some(resource) = scope.module.resources.get(&block) else { return };
        self.import(addr, resource).await;
        for key in instances.keys() {
            let scope = scope.instance(&instances, key.as_ref());
            let address = addr.instance(key);
            self.instance(node, &address, resource, &scope, dependencies).await;
        }
        let gone: Vec<InstanceAddr> = self
            .objects_of(&BlockAddr::of(addr))
            .into_iter()
            .filter(|it| it.resource.module == addr.module && !instances.contains(it.key.as_ref()))
            .collect();
        gone.iter().for_each(|it| self.remove(it, Reason::NoSuchKey));
    }

    /// A resource that gains or loses `count` keeps its first object, as in Terraform.
    pub(super) fn rename(&mut self, addr: &ResourceAddr, instances: &Instances) {
        let (alone, first) = (addr.instance(None), addr.instance(Some(Key::Index(0))));
        let (from, to) = match instances {
            Instances::Single => (first, alone),
            Instances::Count(n) if *n > 0 => (alone, first),
            Instances::Count(_) | Instances::Each(_) | Instances::Unknown => return,
        };
        self.give_address(from, to);
    }

    /// A module call that gains or loses `count` keeps its first instance.
    pub(super) fn rename_module(&mut self, parent: &ModuleAddr, name: &str, now: &Instances) {
        let (alone, first) = (parent.child(name, None), parent.child(name, Some(Key::Index(0))));
        let (from, to) = match now {
            Instances::Single => (first, alone),
            Instances::Count(n) if *n > 0 => (alone, first),
            Instances::Count(_) | Instances::Each(_) | Instances::Unknown => return,
        };
        let depth = from.0.len();
        let inside = |it: &&InstanceAddr| it.resource.module.0.get(..depth) == Some(&from.0);
        let found: Vec<InstanceAddr> =
            self.state.instances.keys().filter(inside).cloned().collect();
        for old in found {
            let mut new = old.clone();
            new.resource.module.0[depth - 1] = to.0[depth - 1].clone();
            self.give_address(old, new);
        }
    }

    fn give_address(&mut self, from: InstanceAddr, to: InstanceAddr) {
        if self.state.instances.contains_key(&to) {
            return;
        }
        let Some(it) = self.state.instances.remove(&from) else { return };
        self.state.instances.insert(to.clone(), it);
        let block = self.by_block.entry(BlockAddr::of(&to.resource)).or_default();
        block.remove(&from);
        block.insert(to.clone());
        let first = self.renamed.remove(&from).unwrap_or(from);
        if first != to {
            self.renamed.insert(to, first);
        }
    }

    pub(super) async fn instance(
        &mut self,
        node: usize,
        address: &InstanceAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
        dependencies: &[String],
    ) {
        let moved_from = self.renamed.get(address).cloned();
        let Some(schema) = self.input.registry.resource_schema(&resource.ty.name) else {
            self.problems.push(self.unsupported(resource));
            return;
        };
        let prior = self.current(address);
        let object = self.state.instances.get(address).and_then(|it| it.current.clone());
        let shown = |it: Map| match &object {
            Some(object) => as_in_state(Value::object(it), object),
            None => Value::object(it),
        };
        self.remove_deposed(address);
        if !self.is_selected(address) {
            if let Some(prior) = prior {
                self.world.set_object(&address.resource, address.key.clone(), shown(prior));
            }
            return;
        }
        let before = self.problems.len();
        let rules = &resource.lifecycle.preconditions;
        if !self.conditions(rules, scope, "precondition", address) {
            return;
        }
        let decoded = stacks::decode::decode(&resource.body, resource.json, schema, scope);
        let timeouts = stacks::decode::timeouts(&resource.body, schema, scope);
        let (config, timeouts) = match (decoded, timeouts) {
            (Ok(config), Ok(timeouts)) => (config, timeouts),
            (config, timeouts) => {
                self.keep(config);
                self.keep(timeouts);
                return;
            }
        };
        if self.problems.len() > before {
            return;
        }
        let mut config = config.entries().cloned().unwrap_or_default();
        let provider =
            provider_addr(self.input.stack, &address.resource.module.path(), &resource.provider);
        let ty = match self.bound(&provider, &resource.ty.name).await {
            Some(it) => it,
            None => return,
        };
        for (name, detail) in ty.check(&config) {
            let at = resource.body.attribute(name).map_or(&resource.span, |it| &it.span);
            let problem = Diagnostic::error("Invalid argument", detail).at(at).on(address);
            self.problems.push(problem);
        }
        self.persisted(schema, &config, resource, address);
        let secrets = change::take_write_only(schema, &mut config);
        let mut written = config.clone();
        if let Some(prior) = &prior {
            match &resource.lifecycle.ignore_changes {
                IgnoreChanges::None => (),
                IgnoreChanges::All => config = configured_as(schema, prior),
                IgnoreChanges::Some(paths) => change::ignore(&mut config, prior, paths),
            }
        }
        let Some(kept) = self.kept(address, &provider, &config, prior.as_ref()).await else {
            return;
        };
        for it in &kept {
            ty.put(it, &mut config);
            ty.put(it, &mut written);
        }
        let adjust = |prior: Option<&Map>, planned: &mut Map| ty.adjust(prior, planned);
        let mut it = change::predict(schema, prior.as_ref(), &config, &adjust);
        let mut prior = prior;
        if let Some(other) = self.compared(address, &provider, &config).await {
            let anew = change::predict(schema, Some(&other), &config, &adjust);
            if anew.verdict == Verdict::Replace {
                (prior, it) = (Some(other), anew);
            }
        }
        let (mut verdict, mut after, mut reason) = (it.verdict, it.after, None);
        if prior.is_some()
            && verdict != Verdict::Replace
            && let Some(why) = self.must_be_replaced(address, resource, scope)
        {
            verdict = Verdict::Replace;
            reason = Some(why);
        }
        if verdict == Verdict::Replace {
            // Changes are ignored of an object that stays: a new one is as it is written.
            after = change::created(schema, &written, &adjust);
        }
        let first = self.create_first.get(node).copied().unwrap_or(false);
        let is_better_first = || {
            let both = (prior.as_ref()?, &after);
            Some(self.comes_first(resource, ty.as_ref(), both, dependencies))
        };
        let action = match verdict {
            Verdict::Create => Action::Create,
            Verdict::Update => Action::Update,
            Verdict::Keep => Action::NoOp,
            Verdict::Replace if first || is_better_first() == Some(true) => {
                Action::CreateThenDelete
            }
            Verdict::Replace => {
                self.goes_early.insert(BlockAddr::of(&address.resource).to_string());
                Action::DeleteThenCreate
            }
        };
        let guarded = self.guards(address, resource, scope);
        if verdict == Verdict::Replace && guarded {
            self.prevented(address, resource);
        }
        change::note_write_only(schema, &secrets, &mut after);
        self.remember(address, &provider, resource, scope, (&config, &after));
        let mark = |it: Map| Value::object(mark_sensitive(schema.attributes, it));
        let after = mark(after);
        self.world.set_object(&address.resource, address.key.clone(), after.clone());
        let scope = BlockScope { this: Some(after.clone()), ..scope.clone() };
        self.conditions(&resource.lifecycle.postconditions, &scope, "postcondition", address);
        let names = |it: Vec<&str>| it.into_iter().map(str::to_owned).collect();
        self.changes.push(Change {
            address: address.clone(),
            deposed: None,
            action,
            reason,
            provider: state_text(self.input.stack, self.input.registry, &provider),
            before: prior.map(shown),
            after: Some(after),
            changed: names(it.changed),
            forced_by: names(it.forced_by),
            kept,
            dependencies: dependencies.to_vec(),
            create_before_destroy: first,
            moved_from,
            imported: self.imported.get(address).cloned(),
            empties: None,
            held_by: Vec::new(),
            lifts: Vec::new(),
            guarded,
            timeouts: timeouts.into_iter().map(|(op, it)| (op, it.as_secs())).collect(),
        });
    }

    /// What of an object is kept other than its configuration says. None if that cannot be known.
    async fn kept(
        &mut self,
        address: &InstanceAddr,
        provider: &ProviderAddr,
        config: &Map,
        live: Option<&Map>,
    ) -> Option<Vec<Kept>> {
        let from = self.renamed.get(address).unwrap_or(address);
        let Some(object) = self.input.state.instances.get(from).and_then(|it| it.current.as_ref())
        else {
            return Some(Vec::new());
        };
        let Ok(bound) = self.providers.resource(provider, &address.resource.ty).await else {
            return Some(Vec::new());
        };
        let (state, none) = (&self.state, Object::new());
        let all = |ty: &str| {
            let of_type = state.instances.iter().filter(|it| *it.0.resource.ty == *ty);
            of_type.filter_map(|(_, it)| Some(it.current.as_ref()?.attributes.clone())).collect()
        };
        let said = match self.options.keep {
            true => kept::said(object.private.as_deref()),
            false => Object::new(),
        };
        let asked = self.options.asked.get(address).unwrap_or(&none);
        let (applied, others_stay) = (&object.attributes, self.options.keep);
        let it = Standing { applied, live, config, said: &said, asked, others_stay, all: &all };
        let mut found = match reading(bound.reader.rate(), || bound.ty.keep(&it)).await {
            Ok(found) => found,
            Err(fault) => {
                let problem = Diagnostic::error("Cannot compare with what runs", fault.to_string());
                self.problems.push(problem.on(address));
                return None;
            }
        };
        let schema = bound.ty.schema();
        let by_commands = kept::by_commands(schema, config, (applied, &said, asked), &found);
        found.extend(by_commands);
        for it in &mut found {
            if config.get(it.attribute.as_str()).is_some_and(|it| it.marks_deep().sensitive) {
                it.why = format!("{} is kept as it is", it.attribute);
            }
        }
        Some(found)
    }

    /// What an object is compared with from now on, if the configuration says that it is another than
    /// before. One that cannot be read is none.
    async fn compared(
        &self,
        address: &InstanceAddr,
        provider: &ProviderAddr,
        config: &Map,
    ) -> Option<Map> {
        let have = &self.state.instances.get(address)?.current.as_ref()?.attributes;
        let bound = self.providers.resource(provider, &address.resource.ty).await.ok()?;
        let id = bound.ty.compared(have, config)?;
        let live = bound.reader.read(&id).await.ok()??;
        let ty = bound.ty.as_ref();
        lifecycle::typed(ty, &lifecycle::as_written(ty, live.attributes, have))
    }

    /// Reports ephemeral values where they would be kept.
    pub(super) fn persisted(
        &mut self,
        schema: &model::Schema,
        config: &Map,
        resource: &Resource,
        address: &InstanceAddr,
    ) {
        for it in schema.attributes.iter().filter(|it| !it.write_only) {
            if config.get(it.name).is_some_and(|it| it.marks_deep().ephemeral) {
                let detail = format!(
                    "Ephemeral values are not valid for \"{}\", because it is not a write-only \
                     argument and is kept in the state.",
                    it.name
                );
                let at = resource.body.attribute(it.name).map_or(&resource.span, |it| &it.span);
                let problem = Diagnostic::error("Invalid use of ephemeral value", detail);
                self.problems.push(problem.at(at).on(address));
            }
        }
    }

    pub(super) fn unsupported(&self, resource: &Resource) -> Diagnostic {
        let ty = &resource.ty.name;
        let detail = format!("groundplan has no resource type \"{ty}\".");
        let problem = Diagnostic::error("Invalid resource type", detail).at(&resource.ty.span);
        let names = self.input.registry.names(BlockMode::Managed);
        match stacks::suggest::suggest(ty, names.iter().copied()) {
            Some(it) => problem.hint(format!("did you mean \"{it}\"?")),
            None => problem,
        }
    }

    /// The resource type of a configured provider.
    pub(super) async fn bound(
        &mut self,
        provider: &crate::graph::ProviderAddr,
        ty: &str,
    ) -> Option<Arc<dyn model::ResourceType>> {
        let found = self.providers.resource(provider, ty).await;
        match found {
            Ok(it) => Some(it.ty),
            Err(found) => {
                self.problems.extend(found);
                None
            }
        }
    }

    /// Whether an object has to be replaced although nothing in its configuration says so.
    pub(super) fn must_be_replaced(
        &mut self,
        address: &InstanceAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
    ) -> Option<Reason> {
        let tainted = self.state.instances.get(address).and_then(|it| it.current.as_ref());
        if tainted.is_some_and(|it| it.tainted) {
            return Some(Reason::Tainted);
        }
        if self.options.replace.contains(address) {
            return Some(Reason::Asked);
        }
        resource.lifecycle.replace_triggered_by.iter().find_map(|it| self.triggers(it, scope))
    }

    /// Whether what a `replace_triggered_by` names is about to change.
    pub(super) fn triggers(
        &self,
        expr: &stacks::syntax::tree::Expr,
        scope: &BlockScope<'_>,
    ) -> Option<Reason> {
        use stacks::references::Subject;
        let found = stacks::references::references(expr).into_iter().next()?;
        let Subject::Resource { mode, ty, name, key } = &found.subject else { return None };
        let resource = ResourceAddr {
            module: scope.addr.clone(),
            mode: *mode,
            ty: ty.clone(),
            name: name.clone(),
        };
        let attribute = found.rest.iter().find_map(|it| match it {
            stacks::syntax::tree::Step::Attr(it) => Some(it.name.to_string()),
            stacks::syntax::tree::Step::Index(..) => None,
        });
        let changes = |it: &&Change| {
            it.address.resource == resource
                && (key.is_none() || it.address.key == *key)
                && match it.action {
                    Action::NoOp | Action::Read | Action::Forget => false,
                    Action::Create
                    | Action::DeleteThenCreate
                    | Action::CreateThenDelete
                    | Action::Delete => true,
                    Action::Update => {
                        attribute.as_ref().is_none_or(|name| it.changed.contains(name))
                    }
                }
        };
        let change = self.changes.iter().find(changes)?;
        Some(Reason::Triggered(change.address.to_string()))
    }
}

/// The object's own arguments, as if the user had written them.
pub fn configured_as(schema: &model::Schema, prior: &Map) -> Map {
    let null = |it: &model::Attribute| Value::null(it.shape.ty());
    let own = |it: &model::Attribute| match it.given {
        model::Given::Output => null(it),
        _ => prior.get(it.name).cloned().unwrap_or_else(|| null(it)),
    };
    schema.attributes.iter().map(|it| (it.name.into(), own(it))).collect()
}
