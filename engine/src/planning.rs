//! Makes a plan: walks the blocks in order, evaluates, expands, compares.
//!
//! Pure but for reading objects of the state and data sources. Changes nothing anywhere.

mod objects;
mod imports;
mod removals;
mod succession;
mod contents;
mod protection;
mod guard;
mod rules;
mod data;
mod outputs;
mod checks;
mod claims;
mod conflicts;

pub use claims::{claim, held, import_block};
pub use data::{data_arguments, marks};
pub use imports::{missing, read_import, requests};
pub use objects::configured_as;
pub use protection::lifted;
pub use removals::removed_block;
pub use rules::holds;
pub use succession::to_let_go;

use data::fetch;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};
use model::{
    Diagnostic, Diagnostics, InstanceAddr, Key, Map, Mode as BlockMode, ModuleAddr, Object,
    Registry, ResourceAddr, Value, from_typed_json,
};
use stacks::stack::{Resource, Stack};
use state::{ObjectState, State};

use crate::ask::as_in_state;
use crate::event::Observer;
use crate::graph::{self, BlockAddr, Graph, Node};
use crate::moves;
use crate::order;
use crate::orders;
use crate::places::place;
use crate::plan::{Action, Change, Deferred, Drift, Mode, Options, Plan, Planned, Reason, Written};
use crate::providers::{Providers, state_text};
use crate::refresh::{apply_drift, provider_of, refresh};
use crate::repeat::Instances;
use crate::trouble::telling;
use crate::world::{BlockScope, Site, World};

/// What a plan is made from.
pub struct Input<'a> {
    pub stack: &'a Stack,
    pub registry: &'a dyn Registry,
    pub site: &'a Site,
    /// Values of the root module's variables, each of its type.
    pub variables: &'a BTreeMap<String, Value>,
    pub state: &'a State,
    /// The text of each configuration file, for the plan to carry.
    pub files: &'a BTreeMap<PathBuf, String>,
    pub observer: &'a dyn Observer,
}

/// Makes a plan. Warnings come with a plan; if there is an error there is none.
pub async fn plan(input: &Input<'_>, options: &Options) -> (Option<Plan>, Diagnostics) {
    let world = World::new(input.stack, input.registry, input.site, input.variables, false);
    let providers = Providers::new(&world);
    let mut planner = Planner {
        input,
        options,
        world: &world,
        providers: &providers,
        state: input.state.clone(),
        changes: Vec::new(),
        deferred: Vec::new(),
        data: Vec::new(),
        waiting: BTreeSet::new(),
        renamed: HashMap::new(),
        imported: BTreeMap::new(),
        written: Vec::new(),
        objects: Vec::new(),
        by_block: HashMap::new(),
        create_first: Vec::new(),
        goes_early: HashSet::new(),
        selected: None,
        problems: Vec::new(),
    };
    let plan = telling(planner.run(), &providers, input.observer).await;
    let mut seen = BTreeSet::new();
    let key = |it: &Diagnostic| (it.span.clone(), it.summary.clone(), it.detail.clone());
    planner.problems.retain(|it| seen.insert(key(it)));
    place(input.stack, &mut planner.problems);
    let failed = planner.problems.iter().any(Diagnostic::is_error);
    (plan.filter(|_| !failed), planner.problems)
}

struct Planner<'a, 'w> {
    input: &'a Input<'a>,
    options: &'a Options,
    world: &'w World<'w>,
    providers: &'w Providers<'w>,
    /// As refreshed.
    state: State,
    changes: Vec<Change>,
    deferred: Vec<Deferred>,
    data: Vec<(InstanceAddr, String, Object)>,
    /// Blocks that wait for something that is not planned or applied in this round.
    waiting: BTreeSet<BlockAddr>,
    /// Where objects were before they got a new address.
    renamed: HashMap<InstanceAddr, InstanceAddr>,
    /// What `import` blocks have brought in, by address: the id they give.
    imported: BTreeMap<InstanceAddr, String>,
    /// Objects that the state is to get before anything else is done.
    written: Vec<InstanceAddr>,
    /// Every object that is planned, for rules across objects.
    objects: Vec<conflicts::Looked>,
    /// Addresses of the state, by their block.
    by_block: HashMap<BlockAddr, BTreeSet<InstanceAddr>>,
    /// For each node of the graph, whether a replacement creates the new object first.
    create_first: Vec<bool>,
    /// Blocks of which an object goes before the one that takes its place is made.
    goes_early: HashSet<String>,
    /// Blocks that `-target` asks for, with all they need. None for all.
    selected: Option<BTreeSet<BlockAddr>>,
    problems: Diagnostics,
}

impl<'w> Planner<'_, 'w> {
    async fn run(&mut self) -> Option<Plan> {
        let moved = moves::carry_out(self.input.stack, self.input.registry, &mut self.state);
        self.problems.extend(moved.problems);
        self.problems.extend(removals::still_configured(self.input.stack));
        self.renamed = moved.from;
        self.written = moved.converted;
        self.follow_moves();
        let graph = match graph::build(self.input.stack, &self.orphans()) {
            Ok(it) => it,
            Err(found) => {
                self.problems.extend(found);
                return None;
            }
        };
        self.select(&graph);
        self.create_first = graph.create_first(self.input.stack);
        self.open_for_providers(&graph).await;
        let drift = self.refresh().await?;
        self.world.forget();
        for address in self.state.instances.keys() {
            let block = BlockAddr::of(&address.resource);
            self.by_block.entry(block).or_default().insert(address.clone());
        }
        match self.options.mode {
            Mode::Normal => {
                self.walk(&graph).await;
                self.imports_without_block();
                self.holders(&graph).await;
                self.conflicts();
                self.claims().await;
                self.trouble().await;
                self.verify().await;
            }
            Mode::Destroy => {
                self.destroy_all();
                self.open_for_providers(&graph).await;
            }
            Mode::RefreshOnly => self.seed(),
        }
        self.look_for_protection().await;
        self.look_inside().await;
        let outputs = self.outputs();
        let checks = match self.options.mode {
            Mode::Destroy => Vec::new(),
            Mode::Normal | Mode::RefreshOnly => self.checks().await,
        };
        if self.problems.iter().any(Diagnostic::is_error) {
            return None;
        }
        let orders = orders::pairs(&graph, self.input.registry.orders());
        let steps = order::steps(&graph, &orders, &self.changes, &self.state).into_steps();
        Some(Plan {
            mode: self.options.mode,
            lineage: self.input.state.lineage.clone(),
            serial: self.input.state.serial,
            workspace: self.input.site.workspace.clone(),
            planned: self.input.site.planned,
            variables: self.kept_variables(),
            files: self.input.files.clone(),
            moves: self.moves(),
            written: self.written(),
            changes: std::mem::take(&mut self.changes),
            steps,
            outputs,
            drift,
            deferred: std::mem::take(&mut self.deferred),
            resources: self.planned(),
            data: std::mem::take(&mut self.data),
            targeted: self.selected.is_some(),
            checks,
        })
    }

    /// What depends on a block depends on it under its new name.
    fn follow_moves(&mut self) {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (to, from) in &self.renamed {
            let name = |it: &InstanceAddr| BlockAddr::of(&it.resource).to_string();
            names.entry(name(from)).or_default().insert(name(to));
        }
        for instance in self.state.instances.values_mut().filter(|_| !names.is_empty()) {
            for object in instance.current.iter_mut().chain(instance.deposed.values_mut()) {
                let new = object.dependencies.iter().filter_map(|it| names.get(it)).flatten();
                let new: Vec<String> = new.cloned().collect();
                object.dependencies.extend(new);
            }
        }
    }

    /// Values of variables that a plan may carry: no ephemeral ones.
    fn kept_variables(&self) -> BTreeMap<String, Value> {
        let declared = &self.input.stack.root.variables;
        let kept = |name: &str| declared.get(name).is_none_or(|it| !it.ephemeral);
        let all = self.input.variables.iter().filter(|it| kept(it.0));
        all.map(|(name, it)| (name.clone(), it.clone())).collect()
    }

    fn moves(&self) -> Vec<(InstanceAddr, InstanceAddr)> {
        let moves = self.renamed.iter().map(|(to, from)| (from.clone(), to.clone()));
        moves::in_order(moves.collect())
    }

    /// What the state does not have yet, or has otherwise: imported and converted objects.
    fn written(&self) -> Vec<Written> {
        let addresses: BTreeSet<&InstanceAddr> =
            self.written.iter().chain(self.imported.keys()).collect();
        let written = |address: &InstanceAddr| {
            let instance = self.state.instances.get(address)?;
            let provider = provider_of(self.world, address, instance)?;
            Some(Written {
                address: address.clone(),
                provider: state_text(self.input.stack, self.input.registry, &provider),
                object: instance.current.clone()?,
            })
        };
        addresses.into_iter().filter_map(written).collect()
    }

    /// Blocks that only the state knows, with what their objects depend on.
    fn orphans(&self) -> BTreeMap<BlockAddr, BTreeSet<BlockAddr>> {
        let known: BTreeSet<BlockAddr> = graph::modules(self.input.stack)
            .iter()
            .flat_map(|(path, module)| {
                module.resources.values().map(|it| BlockAddr {
                    module: path.clone(),
                    mode: it.mode,
                    ty: it.ty.name.clone(),
                    name: it.name.name.clone(),
                })
            })
            .collect();
        let mut orphans: BTreeMap<BlockAddr, BTreeSet<BlockAddr>> = BTreeMap::new();
        for (address, instance) in &self.state.instances {
            let block = BlockAddr::of(&address.resource);
            if known.contains(&block) {
                continue;
            }
            let needs = orphans.entry(block).or_default();
            let objects = instance.current.iter().chain(instance.deposed.values());
            let names = objects.flat_map(|it| &it.dependencies);
            let parsed = names.filter_map(|it| it.parse::<InstanceAddr>().ok());
            needs.extend(parsed.map(|it| BlockAddr::of(&it.resource)));
        }
        for (block, needs) in &mut orphans {
            needs.remove(block);
        }
        orphans
    }

    /// Finds what `-target` selects: the blocks themselves and all that they need or, for a destroy,
    /// all that needs them.
    fn select(&mut self, graph: &Graph) {
        if self.options.targets.is_empty() {
            return;
        }
        let targets = &self.options.targets;
        let matches = |block: &BlockAddr| {
            let module = block.module.iter().map(|it| (it.clone(), None)).collect();
            let resource = ResourceAddr {
                module: ModuleAddr(module),
                mode: block.mode,
                ty: block.ty.clone(),
                name: block.name.clone(),
            };
            targets.iter().any(|it| order::may_match(it, &resource))
        };
        let start = graph.nodes.iter().enumerate().filter_map(|(n, node)| match node {
            Node::Resource(it) | Node::Orphan(it) if matches(it) => Some(n),
            _ => None,
        });
        let reached = match self.options.mode {
            Mode::Destroy => order::reach(&graph.dependents(), start.collect()),
            Mode::Normal | Mode::RefreshOnly => order::reach(&graph.needs, start.collect()),
        };
        let block = |n: usize| match &graph.nodes[n] {
            Node::Resource(it) | Node::Orphan(it) => Some(it.clone()),
            _ => None,
        };
        self.selected = Some(reached.into_iter().filter_map(block).collect());
        if self.selected.as_ref().is_some_and(BTreeSet::is_empty) {
            let detail = "No resource of the configuration or of the state has such an address.";
            self.problems.push(Diagnostic::error("Nothing is targeted", detail));
        }
    }

    /// Whether `-target` lets this object change.
    fn is_selected(&self, address: &InstanceAddr) -> bool {
        let Some(selected) = &self.selected else { return true };
        let block = BlockAddr::of(&address.resource);
        if !selected.contains(&block) {
            return false;
        }
        // Of a block that is named with a key, only that instance.
        let named = |it: &&crate::plan::Target| order::may_match(it, &address.resource);
        let mut named = self.options.targets.iter().filter(named).peekable();
        named.peek().is_none() || named.any(|it| it.matches(address))
    }

    async fn refresh(&mut self) -> Option<Vec<Drift>> {
        if !self.options.refresh {
            return Some(Vec::new());
        }
        let wanted = |address: &InstanceAddr| self.is_selected(address);
        let input = self.input;
        let found = refresh(self.world, self.providers, &self.state, &wanted, input.observer).await;
        match found {
            Ok(drift) => {
                for it in &drift {
                    apply_drift(&mut self.state, it);
                }
                Some(drift)
            }
            Err(found) => {
                self.problems.extend(found);
                None
            }
        }
    }

    /// Opens the ephemeral resources that settings of providers depend on, and lets those settings see
    /// what the state has: objects are read before they are planned.
    async fn open_for_providers(&mut self, graph: &Graph) {
        let providers = graph.nodes.iter().enumerate();
        let providers = providers.filter(|(_, it)| matches!(it, Node::Provider(..)));
        let reached = order::reach(&graph.needs, providers.map(|it| it.0).collect());
        if !reached.iter().any(|it| matches!(graph.nodes[*it], Node::Resource(_))) {
            return;
        }
        self.seed();
        let is_new = self.options.mode != Mode::Destroy;
        let before = self.changes.len();
        for n in reached {
            let Node::Resource(block) = &graph.nodes[n] else { continue };
            if block.mode == BlockMode::Ephemeral {
                let asked = self.ask(graph, n, block);
                let answers = fetch(self.providers, asked).await;
                self.answered(answers);
            }
        }
        // The walk plans them anew.
        if is_new {
            self.changes.truncate(before);
            self.deferred.clear();
            self.waiting.clear();
        }
    }

    /// Plans every block after all that it needs; data sources that are ready are read together.
    async fn walk(&mut self, graph: &Graph) {
        self.check_variables();
        let mut open: Vec<usize> = graph.needs.iter().map(Vec::len).collect();
        let dependents = graph.dependents();
        let mut ready: Vec<usize> = (0..open.len()).filter(|it| open[*it] == 0).rev().collect();
        let mut reads = FuturesUnordered::new();
        loop {
            let done = match ready.pop() {
                Some(node) => match &graph.nodes[node] {
                    Node::Resource(block) if block.mode != BlockMode::Managed => {
                        let asked = self.ask(graph, node, block);
                        let providers = self.providers;
                        reads.push(async move { (node, fetch(providers, asked).await) });
                        continue;
                    }
                    it => {
                        self.visit(graph, node, it).await;
                        node
                    }
                },
                None => match reads.next().await {
                    Some((node, answers)) => {
                        self.answered(answers);
                        node
                    }
                    None => break,
                },
            };
            for it in &dependents[done] {
                open[*it] -= 1;
                if open[*it] == 0 {
                    ready.push(*it);
                }
            }
        }
        self.changes.sort_by(|a, b| (&a.address, &a.deposed).cmp(&(&b.address, &b.deposed)));
    }

    async fn visit(&mut self, graph: &Graph, n: usize, node: &Node) {
        match node {
            Node::Variable(path, name) => self.each_module(path, |planner, addr| {
                let value = planner.world.variable(addr, name);
                planner.keep(value);
                if !addr.is_root() {
                    planner.check_variable(addr, name);
                }
            }),
            Node::Local(path, name) => self.each_module(path, |planner, addr| {
                let value = planner.world.local(addr, name);
                planner.keep(value);
            }),
            Node::Output(path, name) => self.each_module(path, |planner, addr| {
                planner.check_output(addr, name);
                let value = planner.world.output(addr, name);
                planner.keep(value);
            }),
            Node::Call(path, name) => self.each_module(path, |planner, addr| {
                match planner.world.call_instances(addr, name) {
                    Ok(it) if *it == Instances::Unknown => {
                        let address = addr.child(name, None).to_string();
                        planner.deferred.push(unknown_number(address));
                    }
                    Ok(it) => planner.rename_module(addr, name, &it),
                    Err(found) => planner.problems.extend(found),
                }
            }),
            Node::Whole(..) | Node::Provider(..) => (),
            Node::Resource(block) => self.block(graph, n, block).await,
            Node::Orphan(block) => self.remove_all(block, Reason::NotConfigured),
        }
    }

    fn each_module(&mut self, path: &[Arc<str>], mut visit: impl FnMut(&mut Self, &ModuleAddr)) {
        match self.world.instances_of(path) {
            Ok(found) => found.iter().for_each(|addr| visit(self, addr)),
            Err(found) => self.problems.extend(found),
        }
    }

    fn keep<T>(&mut self, result: Result<T, Diagnostics>) {
        if let Err(found) = result {
            self.problems.extend(found);
        }
    }

    fn instances_of_block(&mut self, block: &BlockAddr) -> Vec<ModuleAddr> {
        match self.world.instances_of(&block.module) {
            Ok(it) => it,
            Err(found) => {
                self.problems.extend(found);
                Vec::new()
            }
        }
    }

    /// The object of an address as refreshed, as values. A problem if it does not fit its schema.
    fn current(&mut self, address: &InstanceAddr) -> Option<Map> {
        let object = self.state.instances.get(address)?.current.clone()?;
        self.values(address, &object)
    }

    fn values(&mut self, address: &InstanceAddr, object: &ObjectState) -> Option<Map> {
        let schema = match address.resource.mode {
            BlockMode::Managed => self.input.registry.resource_schema(&address.resource.ty)?,
            BlockMode::Data => self.input.registry.data_schema(&address.resource.ty)?,
            BlockMode::Ephemeral => return None,
        };
        let json: serde_json::Map<_, _> = object.attributes.clone().into_iter().collect();
        match from_typed_json(&json.into(), &schema.ty()) {
            Ok(value) => {
                let entries = value.entries().cloned().unwrap_or_default();
                Some(mark_sensitive(schema.attributes, entries))
            }
            Err(error) => {
                let detail = format!("The state's object does not fit its type: {error}.");
                let problem = Diagnostic::error("Damaged object in the state", detail);
                self.problems.push(problem.on(address));
                None
            }
        }
    }

    /// The same as people may see it: what was sensitive when it was written still is.
    fn shown(&mut self, address: &InstanceAddr, object: &ObjectState) -> Option<Value> {
        let values = self.values(address, object)?;
        Some(as_in_state(Value::object(values), object))
    }

    /// The object of an address as refreshed, as expressions see it.
    fn standing(&mut self, address: &InstanceAddr) -> Option<Value> {
        let object = self.state.instances.get(address)?.current.clone()?;
        self.shown(address, &object)
    }

    /// Addresses of the state that belong to a block.
    fn objects_of(&self, block: &BlockAddr) -> Vec<InstanceAddr> {
        self.by_block.get(block).into_iter().flatten().cloned().collect()
    }

    /// The block of an address as configured now, and the scope of its instance.
    fn configured(&self, address: &InstanceAddr) -> Option<(Resource, BlockScope<'w>)> {
        let world: &'w World<'w> = self.world;
        let scope = world.scope(&address.resource.module)?;
        let it = &address.resource;
        let resource = scope.module.resources.get(&(it.mode, it.ty.clone(), it.name.clone()))?;
        let resource = resource.clone();
        let key = address.key.as_ref();
        let scope = match world.resource_instances(it) {
            Ok(instances) if instances.contains(key) => scope.instance(&instances, key),
            _ => BlockScope { key: key.cloned(), ..scope },
        };
        Some((resource, scope))
    }

    /// Lets expressions see the objects of the state.
    fn seed(&mut self) {
        let mut keys: BTreeMap<ResourceAddr, Vec<Option<Key>>> = BTreeMap::new();
        let all: Vec<InstanceAddr> = self.state.instances.keys().cloned().collect();
        for address in all {
            let Some(object) = self.standing(&address) else { continue };
            keys.entry(address.resource.clone()).or_default().push(address.key.clone());
            self.world.set_object(&address.resource, address.key.clone(), object);
        }
        for (resource, keys) in keys {
            let objects: Vec<_> = keys
                .iter()
                .map(|key| (key.clone(), self.world.object(&resource, key.as_ref())))
                .collect();
            self.world.set_instances(&resource, Arc::new(of_keys(&keys)));
            for (key, object) in objects {
                if let Some(object) = object {
                    self.world.set_object(&resource, key, object);
                }
            }
        }
    }

    fn dependencies(&self, graph: &Graph, node: usize) -> Vec<String> {
        graph.blocks_behind(node).into_iter().map(|it| it.to_string()).collect()
    }

    fn planned(&self) -> Vec<Planned> {
        let planned = |(addr, instances, objects): (ResourceAddr, Option<Arc<Instances>>, _)| {
            let kept = addr.mode != BlockMode::Ephemeral;
            let objects = if kept { objects } else { Vec::new() };
            Planned { resource: addr.into(), instances: instances.map(|it| (*it).clone()), objects }
        };
        self.world.resources().into_iter().map(planned).collect()
    }
}

fn unknown_number(address: String) -> Deferred {
    let why = "how many there are depends on something that is not applied yet".to_owned();
    Deferred { address, why }
}

/// A change of nothing.
pub fn blank(address: InstanceAddr) -> Change {
    Change {
        address,
        deposed: None,
        action: Action::NoOp,
        reason: None,
        provider: String::new(),
        before: None,
        after: None,
        changed: Vec::new(),
        forced_by: Vec::new(),
        kept: Vec::new(),
        dependencies: Vec::new(),
        create_before_destroy: false,
        moved_from: None,
        imported: None,
        empties: None,
        held_by: Vec::new(),
        lifts: Vec::new(),
        guarded: false,
        timeouts: BTreeMap::new(),
    }
}

fn resource_addr(module: &ModuleAddr, block: &BlockAddr) -> ResourceAddr {
    ResourceAddr {
        module: module.clone(),
        mode: block.mode,
        ty: block.ty.clone(),
        name: block.name.clone(),
    }
}

fn of_keys(keys: &[Option<Key>]) -> Instances {
    let mut names = BTreeMap::new();
    let mut count = 0;
    for key in keys {
        match key {
            None => return Instances::Single,
            Some(Key::Index(n)) => count = count.max(n + 1),
            Some(Key::Name(it)) => {
                _ = names.insert(it.clone(), Value::unknown(model::Type::Any));
            }
        }
    }
    if names.is_empty() { Instances::Count(count) } else { Instances::Each(names) }
}

/// Marks what the schema says is sensitive.
pub fn mark_sensitive(attributes: &[model::Attribute], mut object: Map) -> Map {
    for it in attributes.iter().filter(|it| it.sensitive) {
        if let Some(value) = object.get_mut(it.name) {
            *value = value.clone().sensitive();
        }
    }
    object
}
