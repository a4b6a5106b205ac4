//! Makes a plan: walks the blocks in order, evaluates, expands, compares.
//!
//! Pure but for reading objects of the state and data sources. Changes nothing anywhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use futures::future::join_all;
use futures::stream::{FuturesUnordered, StreamExt};
use model::{
    Diagnostic, Diagnostics, InstanceAddr, Key, Map, Mode as BlockMode, ModuleAddr, Object,
    Registry, ResourceAddr, Value, from_typed_json, to_typed_json,
};
use stacks::eval::evaluate;
use stacks::stack::{IgnoreChanges, Resource, Rule, Stack};
use state::{ObjectState, State};

use crate::change::{self, Verdict};
use crate::event::Observer;
use crate::graph::{self, BlockAddr, Graph, Node, provider_addr};
use crate::order;
use crate::plan::{
    Action, Change, Contents, Deferred, Drift, Mode, Options, OutputChange, Plan, Planned, Reason,
};
use crate::providers::{Providers, state_text};
use crate::refresh::{provider_of, refresh};
use crate::repeat::Instances;
use crate::world::{BlockScope, Site, World, message};

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
        by_block: HashMap::new(),
        create_first: Vec::new(),
        selected: None,
        problems: Vec::new(),
    };
    let plan = planner.run().await;
    let mut seen = BTreeSet::new();
    let key = |it: &Diagnostic| (it.span.clone(), it.summary.clone(), it.detail.clone());
    planner.problems.retain(|it| seen.insert(key(it)));
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
    /// Addresses of the state, by their block.
    by_block: HashMap<BlockAddr, BTreeSet<InstanceAddr>>,
    /// For each node of the graph, whether a replacement creates the new object first.
    create_first: Vec<bool>,
    /// Blocks that `-target` asks for, with all they need. None for all.
    selected: Option<BTreeSet<BlockAddr>>,
    problems: Diagnostics,
}

impl<'w> Planner<'_, 'w> {
    async fn run(&mut self) -> Option<Plan> {
        let graph = match graph::build(self.input.stack, &self.orphans()) {
            Ok(it) => it,
            Err(found) => {
                self.problems.extend(found);
                return None;
            }
        };
        self.select(&graph);
        self.create_first = graph.create_first(self.input.stack);
        let drift = self.refresh().await?;
        self.world.forget_names();
        for address in self.state.instances.keys() {
            let block = BlockAddr::of(&address.resource);
            self.by_block.entry(block).or_default().insert(address.clone());
        }
        match self.options.mode {
            Mode::Normal => self.walk(&graph).await,
            Mode::Destroy => self.destroy_all(),
            Mode::RefreshOnly => self.seed(),
        }
        self.look_inside().await;
        let outputs = self.outputs();
        if self.problems.iter().any(Diagnostic::is_error) {
            return None;
        }
        let steps = order::steps(&graph, &self.changes, &self.state);
        Some(Plan {
            mode: self.options.mode,
            lineage: self.input.state.lineage.clone(),
            serial: self.input.state.serial,
            workspace: self.input.site.workspace.clone(),
            planned: self.input.site.planned,
            variables: self.input.variables.clone(),
            files: self.input.files.clone(),
            changes: std::mem::take(&mut self.changes),
            steps,
            outputs,
            drift,
            deferred: std::mem::take(&mut self.deferred),
            resources: self.planned(),
            data: std::mem::take(&mut self.data),
            targeted: self.selected.is_some(),
        })
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
                    Node::Resource(block) if block.mode == BlockMode::Data => {
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
                let value = planner.world.output(addr, name);
                planner.keep(value);
                let Some(scope) = planner.world.scope(addr) else { return };
                if let Some(output) = scope.module.outputs.get(name).cloned() {
                    planner.conditions(&output.preconditions, &scope, "precondition", None);
                }
            }),
            Node::Call(path, name) => self.each_module(path, |planner, addr| {
                match planner.world.call_instances(addr, name) {
                    Ok(it) if *it == Instances::Unknown => {
                        let address = addr.child(name, None).to_string();
                        planner.deferred.push(unknown_number(address));
                    }
                    Ok(_) => (),
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

    /// Validations of the root module's variables.
    fn check_variables(&mut self) {
        let root = ModuleAddr::default();
        let names: Vec<Arc<str>> = self.input.stack.root.variables.keys().cloned().collect();
        names.iter().for_each(|name| self.check_variable(&root, name));
    }

    fn check_variable(&mut self, addr: &ModuleAddr, name: &Arc<str>) {
        let Some(scope) = self.world.scope(addr) else { return };
        let Some(variable) = scope.module.variables.get(name).cloned() else { return };
        for rule in &variable.validations {
            if let Err(mut found) = holds(rule, &scope) {
                found
                    .iter_mut()
                    .for_each(|it| it.summary = "Invalid value for variable".to_owned());
                self.problems.extend(found);
            }
        }
    }

    fn conditions(
        &mut self,
        rules: &[Rule],
        scope: &BlockScope<'_>,
        what: &str,
        address: Option<&InstanceAddr>,
    ) {
        for rule in rules {
            if let Err(found) = holds(rule, scope) {
                self.problems.extend(found.into_iter().map(|mut it| {
                    if it.summary == FAILED {
                        it.summary = format!("Resource {what} failed");
                    }
                    match address {
                        Some(address) => it.on(address),
                        None => it,
                    }
                }));
            }
        }
    }

    async fn block(&mut self, graph: &Graph, node: usize, block: &BlockAddr) {
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

    fn instances_of_block(&mut self, block: &BlockAddr) -> Vec<ModuleAddr> {
        match self.world.instances_of(&block.module) {
            Ok(it) => it,
            Err(found) => {
                self.problems.extend(found);
                Vec::new()
            }
        }
    }

    fn wait(&mut self, block: &BlockAddr, why: String) {
        self.deferred.push(Deferred { address: block.to_string(), why });
        self.waiting.insert(block.clone());
        // What exists stays as it is for now.
        let existing: Vec<InstanceAddr> = self.objects_of(block);
        for address in existing {
            if let Some(value) = self.current(&address) {
                self.world.set_object(&address.resource, address.key.clone(), Value::object(value));
            }
        }
    }

    async fn resource(&mut self, node: usize, addr: &ResourceAddr, dependencies: &[String]) {
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
    fn rename(&mut self, addr: &ResourceAddr, instances: &Instances) {
        let (alone, first) = (addr.instance(None), addr.instance(Some(Key::Index(0))));
        let (from, to) = match instances {
            Instances::Single => (first, alone),
            Instances::Count(n) if *n > 0 => (alone, first),
            Instances::Count(_) | Instances::Each(_) | Instances::Unknown => return,
        };
        if !self.state.instances.contains_key(&to)
            && let Some(it) = self.state.instances.remove(&from)
        {
            self.state.instances.insert(to.clone(), it);
            let block = self.by_block.entry(BlockAddr::of(addr)).or_default();
            block.remove(&from);
            block.insert(to.clone());
            self.renamed.insert(to, from);
        }
    }

    async fn instance(
        &mut self,
        node: usize,
        address: &InstanceAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
        dependencies: &[String],
    ) {
        let moved_from = self.renamed.remove(address);
        let Some(schema) = self.input.registry.resource_schema(&resource.ty.name) else {
            self.problems.push(self.unsupported(resource));
            return;
        };
        let prior = self.current(address);
        self.remove_deposed(address);
        if !self.is_selected(address) {
            if let Some(prior) = prior {
                self.world.set_object(&address.resource, address.key.clone(), Value::object(prior));
            }
            return;
        }
        let before = self.problems.len();
        self.conditions(&resource.lifecycle.preconditions, scope, "precondition", Some(address));
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
        if let Some(prior) = &prior {
            match &resource.lifecycle.ignore_changes {
                IgnoreChanges::None => (),
                IgnoreChanges::All => config = configured_as(schema, prior),
                IgnoreChanges::Some(paths) => change::ignore(&mut config, prior, paths),
            }
        }
        let adjust = |prior: Option<&Map>, planned: &mut Map| ty.adjust(prior, planned);
        let it = change::predict(schema, prior.as_ref(), &config, &adjust);
        let (mut verdict, mut after, mut reason) = (it.verdict, it.after, None);
        if prior.is_some()
            && verdict != Verdict::Replace
            && let Some(why) = self.must_be_replaced(address, resource, scope)
        {
            verdict = Verdict::Replace;
            reason = Some(why);
            after = change::created(schema, &config, &adjust);
        }
        let first = self.create_first.get(node).copied().unwrap_or(false);
        let action = match verdict {
            Verdict::Create => Action::Create,
            Verdict::Update => Action::Update,
            Verdict::Keep => Action::NoOp,
            Verdict::Replace if first => Action::CreateThenDelete,
            Verdict::Replace => Action::DeleteThenCreate,
        };
        if verdict == Verdict::Replace {
            self.prevented(address, resource, scope);
        }
        let mark = |it: Map| Value::object(mark_sensitive(schema.attributes, it));
        let after = mark(after);
        self.world.set_object(&address.resource, address.key.clone(), after.clone());
        let scope = BlockScope { this: Some(after.clone()), ..scope.clone() };
        self.conditions(&resource.lifecycle.postconditions, &scope, "postcondition", Some(address));
        let names = |it: Vec<&str>| it.into_iter().map(str::to_owned).collect();
        self.changes.push(Change {
            address: address.clone(),
            deposed: None,
            action,
            reason,
            provider: state_text(self.input.stack, self.input.registry, &provider),
            before: prior.map(mark),
            after: Some(after),
            changed: names(it.changed),
            forced_by: names(it.forced_by),
            dependencies: dependencies.to_vec(),
            create_before_destroy: first,
            moved_from,
            empties: None,
            timeouts: timeouts.into_iter().map(|(op, it)| (op, it.as_secs())).collect(),
        });
    }

    fn unsupported(&self, resource: &Resource) -> Diagnostic {
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
    async fn bound(
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
    fn must_be_replaced(
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
    fn triggers(
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

    /// Reports a `prevent_destroy` that stands in the way.
    fn prevented(&mut self, address: &InstanceAddr, resource: &Resource, scope: &BlockScope<'_>) {
        let Some(expr) = &resource.lifecycle.prevent_destroy else { return };
        match evaluate(expr, scope) {
            Ok(it) if it.as_bool() == Some(true) => {
                let detail = format!(
                    "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for \
                     this resource to be destroyed. Nothing has been changed."
                );
                let hint = "set prevent_destroy to false, or leave the resource out with -target";
                let problem = Diagnostic::error("Instance cannot be destroyed", detail);
                self.problems.push(problem.at(&expr.span).on(address).hint(hint));
            }
            Ok(_) => (),
            Err(found) => self.problems.extend(found),
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

    /// Addresses of the state that belong to a block.
    fn objects_of(&self, block: &BlockAddr) -> Vec<InstanceAddr> {
        self.by_block.get(block).into_iter().flatten().cloned().collect()
    }

    /// Objects in instances of a module that are not there any more.
    fn remove_lost_modules(&mut self, block: &BlockAddr) {
        if block.module.is_empty() {
            return;
        }
        let Ok(modules) = self.world.instances_of(&block.module) else { return };
        if self.deferred.iter().any(|it| it.address.starts_with("module.")) {
            return;
        }
        let modules: BTreeSet<ModuleAddr> = modules.into_iter().collect();
        for address in self.objects_of(block) {
            if !modules.contains(&address.resource.module) {
                self.remove(&address, Reason::NoSuchKey);
            }
        }
    }

    fn remove_all(&mut self, block: &BlockAddr, reason: Reason) {
        for address in self.objects_of(block) {
            self.remove(&address, reason.clone());
        }
    }

    fn remove(&mut self, address: &InstanceAddr, reason: Reason) {
        if !self.is_selected(address) {
            return;
        }
        self.remove_deposed(address);
        let Some(instance) = self.state.instances.get(address).cloned() else { return };
        let Some(object) = &instance.current else { return };
        if address.resource.mode == BlockMode::Data {
            return;
        }
        if self.input.registry.resource_schema(&address.resource.ty).is_none() {
            let ty = &address.resource.ty;
            let detail = format!("The state has it, but groundplan has no resource type \"{ty}\".");
            self.problems.push(Diagnostic::error("Invalid resource type", detail).on(address));
            return;
        }
        let Some(before) = self.values(address, object) else { return };
        if let Some((resource, scope)) = self.configured(address) {
            self.prevented(address, &resource, &scope);
        }
        self.changes.push(Change {
            action: Action::Delete,
            reason: Some(reason),
            provider: instance.provider.clone(),
            before: Some(Value::object(before)),
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            ..blank(address.clone())
        });
    }

    /// Old objects that a replacement has put aside and not got round to delete.
    fn remove_deposed(&mut self, address: &InstanceAddr) {
        let Some(instance) = self.state.instances.get(address).cloned() else { return };
        for (key, object) in &instance.deposed {
            let Some(before) = self.values(address, object) else { continue };
            self.changes.push(Change {
                deposed: Some(key.clone()),
                action: Action::Delete,
                reason: Some(Reason::Deposed),
                provider: instance.provider.clone(),
                before: Some(Value::object(before)),
                dependencies: object.dependencies.clone(),
                ..blank(address.clone())
            });
        }
    }

    /// The block of an address as configured now, and the scope of its instance.
    fn configured(&self, address: &InstanceAddr) -> Option<(Resource, BlockScope<'w>)> {
        let world: &'w World<'w> = self.world;
        let scope = world.scope(&address.resource.module)?;
        let it = &address.resource;
        let resource = scope.module.resources.get(&(it.mode, it.ty.clone(), it.name.clone()))?;
        let resource = resource.clone();
        let scope = BlockScope { key: address.key.clone(), ..scope };
        Some((resource, scope))
    }

    /// Plans to delete all that the state has and `-target` selects.
    fn destroy_all(&mut self) {
        self.seed();
        let all: Vec<InstanceAddr> = self.state.instances.keys().cloned().collect();
        all.iter().for_each(|it| self.remove(it, Reason::Destroy));
    }

    /// Lets expressions see the objects of the state.
    fn seed(&mut self) {
        let mut keys: BTreeMap<ResourceAddr, Vec<Option<Key>>> = BTreeMap::new();
        let all: Vec<InstanceAddr> = self.state.instances.keys().cloned().collect();
        for address in all {
            let Some(object) = self.current(&address) else { continue };
            keys.entry(address.resource.clone()).or_default().push(address.key.clone());
            self.world.set_object(&address.resource, address.key.clone(), Value::object(object));
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

    /// Looks into whatever is to be deleted and may hold something. What holds something and may not
    /// be emptied stops the plan, before anything is deleted.
    async fn look_inside(&mut self) {
        let mut looks = Vec::new();
        for (n, it) in self.changes.iter().enumerate() {
            let deletes = matches!(
                it.action,
                Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete
            );
            let instance = self.state.instances.get(&it.address);
            let object = instance.and_then(|instance| match &it.deposed {
                Some(key) => instance.deposed.get(key),
                None => instance.current.as_ref(),
            });
            let (true, Some(instance), Some(object)) = (deletes, instance, object) else {
                continue;
            };
            let Some(provider) = provider_of(self.world, &it.address, instance) else { continue };
            looks.push((n, provider, it.address.clone(), object.attributes.clone()));
        }
        let providers = self.providers;
        let going = looks.iter().map(|(_, provider, address, have)| async move {
            let bound = providers.resource(provider, &address.resource.ty).await.ok()?;
            Some((address.resource.ty.to_string(), bound.ty.id(have)?))
        });
        let going: Vec<_> = join_all(going).await.into_iter().flatten().collect();
        let going = &going;
        let looks = looks.into_iter().map(|(n, provider, address, have)| async move {
            let bound = providers.resource(&provider, &address.resource.ty).await?;
            let Some(force) = bound.ty.force_attribute() else { return Ok(None) };
            let Some(id) = bound.ty.id(&have) else { return Ok(None) };
            let found = crate::retry::reading(|| bound.ty.contents(&id, &have, going)).await;
            match found {
                Ok(None) => Ok(None),
                Ok(Some(found)) => Ok(Some((n, address, have, force, found))),
                Err(fault) if fault.kind == model::FaultKind::NotFound => Ok(None),
                Err(fault) => {
                    let summary = "Cannot look into what is to be deleted";
                    Err(vec![Diagnostic::error(summary, fault.to_string()).on(&address)])
                }
            }
        });
        for result in join_all(looks).await {
            match result {
                Err(found) => self.problems.extend(found),
                Ok(None) => (),
                Ok(Some((n, address, have, force, found))) => {
                    if self.options.empty || self.forced(&address, &have, force) {
                        self.changes[n].empties =
                            Some(Contents { count: found.count, text: found.text });
                    } else {
                        self.problems.push(not_empty(&address, &found.text, force));
                    }
                }
            }
        }
    }

    /// Whether the configuration as it is now, or else the state, allows to throw contents away.
    fn forced(&mut self, address: &InstanceAddr, have: &Object, force: &str) -> bool {
        let of_state = have.get(force) == Some(&serde_json::Value::Bool(true));
        let Some((resource, scope)) = self.configured(address) else { return of_state };
        let Some(given) = resource.body.attribute(force) else { return false };
        match evaluate(&given.expr, &scope) {
            Ok(it) => it.as_bool() == Some(true) || it.as_str() == Some("true"),
            Err(_) => of_state,
        }
    }

    fn outputs(&mut self) -> BTreeMap<String, OutputChange> {
        let root = ModuleAddr::default();
        let mut outputs = BTreeMap::new();
        for (name, it) in &self.input.state.outputs {
            let before = it.value().ok().map(|it| it.unmark_deep().0);
            let change = OutputChange { before, after: None, sensitive: it.sensitive };
            outputs.insert(name.clone(), change);
        }
        if self.options.mode == Mode::Destroy {
            if self.selected.is_some() {
                outputs.clear();
            }
            return outputs;
        }
        for (name, output) in &self.input.stack.root.outputs {
            let value = match self.world.output(&root, name) {
                Ok(it) => it,
                Err(found) => {
                    self.problems.extend(found);
                    continue;
                }
            };
            let entry = outputs.entry(name.to_string());
            let entry =
                entry.or_insert(OutputChange { before: None, after: None, sensitive: false });
            if value.marks_deep().sensitive && !output.sensitive {
                let detail = "The value has sensitive parts. To show that this is meant, write \
                              `sensitive = true` in the output block.";
                let problem = Diagnostic::error("Output refers to sensitive values", detail);
                self.problems.push(problem.at(&output.value.span));
            }
            let (value, _) = value.unmark_deep();
            entry.after = Some(value).filter(|it| !it.is_null());
            entry.sensitive = output.sensitive;
        }
        outputs.retain(|_, it| it.before.is_some() || it.after.is_some());
        outputs
    }

    fn dependencies(&self, graph: &Graph, node: usize) -> Vec<String> {
        graph.blocks_behind(node).into_iter().map(|it| it.to_string()).collect()
    }

    fn planned(&self) -> Vec<Planned> {
        let planned = |(addr, instances, objects): (ResourceAddr, Option<Arc<Instances>>, _)| {
            Planned { resource: addr.into(), instances: instances.map(|it| (*it).clone()), objects }
        };
        self.world.resources().into_iter().map(planned).collect()
    }

    /// What a data block asks for, in each of its instances.
    fn ask(&mut self, graph: &Graph, node: usize, block: &BlockAddr) -> Vec<Asked> {
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
            let Some(schema) = self.input.registry.data_schema(&block.ty) else {
                let detail = format!("groundplan has no data source \"{}\".", block.ty);
                let problem = Diagnostic::error("Invalid data source", detail).at(&it.ty.span);
                let names = self.input.registry.names(BlockMode::Data);
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
                self.conditions(
                    &it.lifecycle.preconditions,
                    &scope,
                    "precondition",
                    Some(&address),
                );
                match stacks::decode::decode(&it.body, it.json, schema, &scope) {
                    Ok(given) => asked.push(Asked {
                        provider: provider_addr(self.input.stack, &block.module, &it.provider),
                        address,
                        schema,
                        given,
                        pending,
                        block: it.clone(),
                    }),
                    Err(found) => self.problems.extend(found),
                }
            }
        }
        asked
    }

    fn depends_on_change(&self, graph: &Graph, node: usize, it: &Resource) -> bool {
        if it.depends_on.is_empty() {
            return false;
        }
        let needed = graph.blocks_needed(node);
        self.changes.iter().any(|it| {
            !matches!(it.action, Action::NoOp)
                && needed.contains(&BlockAddr::of(&it.address.resource))
        })
    }

    fn answered(&mut self, answers: Vec<Answered>) {
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
                    self.world.set_object(&address.resource, address.key.clone(), value.clone());
                    let block = it.asked.block;
                    if let Some(scope) = self.world.scope(&address.resource.module) {
                        let scope =
                            BlockScope { key: address.key.clone(), this: Some(value), ..scope };
                        let rules = &block.lifecycle.postconditions;
                        self.conditions(rules, &scope, "postcondition", Some(address));
                    }
                    self.data.push((it.asked.address, provider, object));
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
                    self.world.set_object(&address.resource, address.key.clone(), after.clone());
                    self.changes.push(Change {
                        action: Action::Read,
                        provider,
                        after: Some(after),
                        ..blank(address)
                    });
                }
                Err(found) => self.problems.extend(found),
            }
        }
    }
}

/// A data source to be read.
struct Asked {
    address: InstanceAddr,
    provider: crate::graph::ProviderAddr,
    schema: &'static model::Schema,
    given: Value,
    /// Whether it has to wait for the apply although its arguments are known.
    pending: bool,
    block: Resource,
}

struct Answered {
    asked: Asked,
    /// None if it can be read only while applying.
    result: Result<Option<Object>, Diagnostics>,
}

async fn fetch(providers: &Providers<'_>, asked: Vec<Asked>) -> Vec<Answered> {
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
    let source = providers.data(&asked.provider, asked.schema.name).await?;
    let given = data_arguments(asked.schema, &asked.given);
    crate::retry::reading(|| source.read(&given)).await.map_err(|fault| {
        let summary = format!("Cannot read {}", asked.address);
        vec![Diagnostic::error(summary, fault.to_string()).at(&asked.block.span).on(&asked.address)]
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

const FAILED: &str = "Condition failed";

/// Whether a rule holds; one that is not known yet does.
///
/// # Errors
///
/// That it does not, with its message; or what is wrong with its condition.
pub fn holds(rule: &Rule, scope: &BlockScope<'_>) -> Result<(), Diagnostics> {
    let value = evaluate(&rule.condition, scope)?;
    match value.as_bool() {
        Some(false) => {
            let text = message(&rule.error_message, scope);
            Err(vec![Diagnostic::error(FAILED, text).at(&rule.condition.span)])
        }
        _ if value.is_null() => {
            let detail = "The condition is null; it must be true or false.";
            Err(vec![
                Diagnostic::error("Invalid condition result", detail).at(&rule.condition.span),
            ])
        }
        _ => Ok(()),
    }
}

fn not_empty(address: &InstanceAddr, holds: &str, force: &str) -> Diagnostic {
    let detail = format!("{address} holds {holds}. Nothing has been deleted.");
    let hint = format!(
        "write `{force} = true` in its block, or run the command again with -empty, to throw away \
         what it holds"
    );
    Diagnostic::error("Not empty", detail).on(address).hint(hint)
}

fn unknown_number(address: String) -> Deferred {
    let why = "how many there are depends on something that is not applied yet".to_owned();
    Deferred { address, why }
}

fn blank(address: InstanceAddr) -> Change {
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
        dependencies: Vec::new(),
        create_before_destroy: false,
        moved_from: None,
        empties: None,
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

/// The object's own arguments, as if the user had written them.
fn configured_as(schema: &model::Schema, prior: &Map) -> Map {
    let null = |it: &model::Attribute| Value::null(it.shape.ty());
    let own = |it: &model::Attribute| match it.given {
        model::Given::Output => null(it),
        _ => prior.get(it.name).cloned().unwrap_or_else(|| null(it)),
    };
    schema.attributes.iter().map(|it| (it.name.into(), own(it))).collect()
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
