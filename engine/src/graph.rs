//! What depends on what: one graph of all blocks of a stack and of all objects of its state.
//!
//! Built once, by one pure function. A node is a block of a module of the configuration, not an
//! instance: what has `count` or a module that has it does not make the graph larger.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Mode, Span};
use stacks::references::{Reference, Subject, body_references, references};
use stacks::stack::{Call, Import, Module, MoveEnd, ProviderRef, Repeat, Resource, Rule, Stack};
use stacks::syntax::tree::{Expr, ExprKind, Traversal};

/// The names of the calls that lead to a module.
pub type Path = Vec<Arc<str>>;

/// A resource block, by the path of its module, its mode, its type and its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockAddr {
    pub module: Path,
    pub mode: Mode,
    pub ty: Arc<str>,
    pub name: Arc<str>,
}

/// What a node stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    Variable(Path, Arc<str>),
    Local(Path, Arc<str>),
    Output(Path, Arc<str>),
    /// How many instances of a module there are.
    Call(Path, Arc<str>),
    /// Everything in a module, for who depends on the module as a whole.
    Whole(Path, Arc<str>),
    Provider(Path, ProviderRef),
    Resource(BlockAddr),
    /// A resource block that only the state knows.
    Orphan(BlockAddr),
}

/// Nodes in an order in which each comes after all that it depends on.
#[derive(Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    /// For each node, what it depends on.
    pub needs: Vec<Vec<usize>>,
    pub index: HashMap<Node, usize>,
}

/// The provider configuration that a resource uses: the module it stands in, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderAddr {
    pub module: Path,
    pub name: ProviderRef,
}

impl BlockAddr {
    pub fn of(addr: &model::ResourceAddr) -> BlockAddr {
        BlockAddr {
            module: addr.module.path(),
            mode: addr.mode,
            ty: addr.ty.clone(),
            name: addr.name.clone(),
        }
    }
}

impl std::fmt::Display for BlockAddr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for name in &self.module {
            write!(f, "module.{name}.")?;
        }
        write!(f, "{}{}.{}", self.mode.prefix(), self.ty, self.name)
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = |it: &Path| it.iter().map(|it| format!("module.{it}.")).collect::<String>();
        match self {
            Node::Variable(module, name) => write!(f, "{}var.{name}", path(module)),
            Node::Local(module, name) => write!(f, "{}local.{name}", path(module)),
            Node::Output(module, name) => write!(f, "{}output.{name}", path(module)),
            Node::Call(module, name) => write!(f, "{}module.{name}", path(module)),
            Node::Whole(module, name) => write!(f, "{}module.{name} (all of it)", path(module)),
            Node::Provider(module, name) => write!(f, "{}provider.{name}", path(module)),
            Node::Resource(it) | Node::Orphan(it) => write!(f, "{it}"),
        }
    }
}

/// Every module of a stack with its path, callers first.
pub fn modules(stack: &Stack) -> Vec<(Path, Arc<Module>)> {
    let mut found = vec![(Path::new(), stack.root.clone())];
    let mut next = 0;
    while let Some((path, module)) = found.get(next).cloned() {
        for call in module.calls.values() {
            if let Some(child) = &call.module {
                let mut path = path.clone();
                path.push(call.name.name.clone());
                found.push((path, child.clone()));
            }
        }
        next += 1;
    }
    found
}

/// The module at a path of calls.
pub fn module_at(stack: &Stack, path: &[Arc<str>]) -> Option<Arc<Module>> {
    let mut module = stack.root.clone();
    for name in path {
        module = module.calls.get(name)?.module.clone()?;
    }
    Some(module)
}

/// Which provider configuration a name means in a module: the module's own block, or the one that its
/// caller passes or has.
pub fn provider_addr(stack: &Stack, path: &[Arc<str>], name: &ProviderRef) -> ProviderAddr {
    let mut chain = vec![stack.root.clone()];
    for step in path {
        match chain.last().and_then(|it| it.calls.get(step)).and_then(|it| it.module.clone()) {
            Some(module) => chain.push(module),
            None => break,
        }
    }
    let mut name = name.clone();
    for depth in (0..chain.len()).rev() {
        let own = chain[depth].providers.contains_key(&name);
        if own || depth == 0 {
            return ProviderAddr { module: path[..depth].to_vec(), name };
        }
        let call = &chain[depth - 1].calls[&path[depth - 1]];
        if let Some((_, outer, _)) = call.providers.iter().find(|(inner, ..)| *inner == name) {
            name = outer.clone();
        }
    }
    ProviderAddr { module: Path::new(), name }
}

/// Builds the graph. `orphans` are the blocks of the state that the stack does not have, each with
/// what its objects depend on.
///
/// # Errors
///
/// Each cycle, with all that is in it.
pub fn build(
    stack: &Stack,
    orphans: &BTreeMap<BlockAddr, BTreeSet<BlockAddr>>,
) -> Result<Graph, Diagnostics> {
    let mut builder = Builder::default();
    let modules = modules(stack);
    for (path, module) in &modules {
        builder.declare(path, module);
    }
    for (path, module) in &modules {
        builder.module(stack, path, module);
    }
    for it in &stack.root.imports {
        builder.import(stack, it);
    }
    for addr in orphans.keys() {
        builder.node(Node::Orphan(addr.clone()));
    }
    for (addr, needs) in orphans {
        builder.orphan(addr, needs);
    }
    builder.untangle();
    builder.sorted()
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    needs: Vec<BTreeSet<usize>>,
    spans: Vec<Option<Span>>,
    index: HashMap<Node, usize>,
}

impl Builder {
    fn node(&mut self, node: Node) -> usize {
        if let Some(it) = self.index.get(&node) {
            return *it;
        }
        self.nodes.push(node.clone());
        self.needs.push(BTreeSet::new());
        self.spans.push(None);
        self.index.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn at(&mut self, node: Node, span: &Span) -> usize {
        let it = self.node(node);
        self.spans[it] = Some(span.clone());
        it
    }

    fn declare(&mut self, path: &Path, module: &Module) {
        for it in module.variables.values() {
            self.at(Node::Variable(path.clone(), it.name.name.clone()), &it.span);
        }
        for (name, it) in &module.locals {
            self.at(Node::Local(path.clone(), name.clone()), &it.span);
        }
        for it in module.outputs.values() {
            self.at(Node::Output(path.clone(), it.name.name.clone()), &it.span);
        }
        for it in module.calls.values() {
            self.at(Node::Call(path.clone(), it.name.name.clone()), &it.span);
            self.at(Node::Whole(path.clone(), it.name.name.clone()), &it.span);
        }
        for (name, it) in &module.providers {
            self.at(Node::Provider(path.clone(), name.clone()), &it.span);
        }
        for it in module.resources.values() {
            self.at(Node::Resource(block_addr(path, it)), &it.span);
        }
    }

    fn module(&mut self, stack: &Stack, path: &Path, module: &Module) {
        let caller = path.split_last().map(|(name, outer)| (outer.to_vec(), name.clone()));
        let call = caller.clone().map(|(path, name)| self.node(Node::Call(path, name)));
        let whole = caller.map(|(path, name)| self.node(Node::Whole(path, name)));
        // Everything in a module waits for its call, and whoever waits for the module, for all of it.
        let tie = |builder: &mut Builder, it: usize| {
            builder.needs[it].extend(call);
            if let Some(whole) = whole {
                builder.needs[whole].insert(it);
            }
        };
        for (name, it) in &module.locals {
            let node = self.node(Node::Local(path.clone(), name.clone()));
            self.uses(path, module, node, references(&it.expr));
            tie(self, node);
        }
        for it in module.variables.values() {
            let node = self.node(Node::Variable(path.clone(), it.name.name.clone()));
            let rules = it.validations.iter().flat_map(rule_references).collect();
            // A validation may look at its own variable.
            self.uses(path, module, node, rules);
            self.needs[node].remove(&node);
            tie(self, node);
        }
        for it in module.outputs.values() {
            let node = self.node(Node::Output(path.clone(), it.name.name.clone()));
            let rules = it.preconditions.iter().flat_map(rule_references);
            self.uses(path, module, node, references(&it.value).into_iter().chain(rules).collect());
            self.after(path, module, node, &it.depends_on);
            tie(self, node);
        }
        for (name, it) in &module.providers {
            let node = self.node(Node::Provider(path.clone(), name.clone()));
            self.uses(path, module, node, body_references(&it.body, false));
            tie(self, node);
        }
        for it in module.resources.values() {
            let node = self.resource(stack, path, module, it);
            tie(self, node);
        }
        for it in module.calls.values() {
            self.call(path, module, it);
            let name = &it.name.name;
            let node = self.node(Node::Whole(path.clone(), name.clone()));
            let call = self.node(Node::Call(path.clone(), name.clone()));
            self.needs[node].insert(call);
            tie(self, call);
            if let Some(whole) = whole {
                self.needs[whole].insert(node);
            }
        }
    }

    fn resource(&mut self, stack: &Stack, path: &Path, module: &Module, it: &Resource) -> usize {
        let node = self.node(Node::Resource(block_addr(path, it)));
        let mut found = body_references(&it.body, it.json);
        found.extend(repeat_references(&it.repeat));
        let lifecycle = &it.lifecycle;
        found.extend(lifecycle.replace_triggered_by.iter().flat_map(references));
        found.extend(lifecycle.prevent_destroy.iter().flat_map(references));
        let rules = lifecycle.preconditions.iter().chain(&lifecycle.postconditions);
        found.extend(rules.flat_map(rule_references));
        for provisioner in it.provisioners.iter().filter(|it| !it.on_destroy) {
            found.extend(body_references(&provisioner.body, it.json));
        }
        self.uses(path, module, node, found);
        // A postcondition may look at its own resource by name.
        self.needs[node].remove(&node);
        self.after(path, module, node, &it.depends_on);
        let provider = provider_addr(stack, path, &it.provider);
        let provider = Node::Provider(provider.module, provider.name);
        if let Some(provider) = self.index.get(&provider).copied() {
            self.needs[node].insert(provider);
        }
        node
    }

    fn call(&mut self, path: &Path, module: &Module, it: &Call) {
        let node = self.node(Node::Call(path.clone(), it.name.name.clone()));
        self.uses(path, module, node, repeat_references(&it.repeat));
        self.after(path, module, node, &it.depends_on);
        let mut inner = path.clone();
        inner.push(it.name.name.clone());
        for input in &it.inputs {
            let variable = Node::Variable(inner.clone(), input.name.name.clone());
            if let Some(variable) = self.index.get(&variable).copied() {
                self.uses(path, module, variable, references(&input.expr));
            }
        }
    }

    /// What is imported comes after all that its id and its address need.
    fn import(&mut self, stack: &Stack, it: &Import) {
        let MoveEnd::Resource { module, ty, name, .. } = &it.target else { return };
        let addr = BlockAddr {
            module: module.iter().map(|it| it.0.clone()).collect(),
            mode: Mode::Managed,
            ty: ty.clone(),
            name: name.clone(),
        };
        let Some(node) = self.index.get(&Node::Resource(addr)).copied() else { return };
        let mut found = references(&it.id);
        found.extend(it.for_each.iter().flat_map(references));
        if let ExprKind::Index(_, key) = &it.to.kind {
            found.extend(references(key));
        }
        self.uses(&Path::new(), &stack.root, node, found);
    }

    /// `node` needs all that `found` names.
    fn uses(&mut self, path: &Path, module: &Module, node: usize, found: Vec<Reference>) {
        for it in found {
            match it.subject {
                Subject::Variable(name) => self.need(node, Node::Variable(path.clone(), name)),
                Subject::Local(name) => self.need(node, Node::Local(path.clone(), name)),
                Subject::Resource { mode, ty, name, .. } => {
                    let addr = BlockAddr { module: path.clone(), mode, ty, name };
                    self.need(node, Node::Resource(addr));
                }
                Subject::Output { call, name, .. } => {
                    self.need(node, Node::Call(path.clone(), call.clone()));
                    let mut inner = path.clone();
                    inner.push(call);
                    self.need(node, Node::Output(inner, name));
                }
                Subject::Call { name, .. } => {
                    self.need(node, Node::Call(path.clone(), name.clone()));
                    let outputs = module.calls.get(&name).and_then(|it| it.module.as_ref());
                    let mut inner = path.clone();
                    inner.push(name);
                    for output in outputs.iter().flat_map(|it| it.outputs.keys()) {
                        self.need(node, Node::Output(inner.clone(), output.clone()));
                    }
                }
                Subject::Each(_)
                | Subject::Count(_)
                | Subject::Path(_)
                | Subject::Terraform(_)
                | Subject::This => (),
            }
        }
    }

    /// `node` comes after what `depends_on` names; a module there means all of it.
    fn after(&mut self, path: &Path, module: &Module, node: usize, depends_on: &[Traversal]) {
        for it in depends_on {
            let Ok(it) = stacks::references::parse(it) else { continue };
            match &it.subject {
                Subject::Call { name, .. } | Subject::Output { call: name, .. } => {
                    self.need(node, Node::Whole(path.clone(), name.clone()));
                }
                _ => self.uses(path, module, node, vec![it]),
            }
        }
    }

    fn need(&mut self, node: usize, needed: Node) {
        if let Some(needed) = self.index.get(&needed).copied() {
            self.needs[node].insert(needed);
        }
    }

    fn orphan(&mut self, addr: &BlockAddr, needs: &BTreeSet<BlockAddr>) {
        let node = self.node(Node::Orphan(addr.clone()));
        for it in needs {
            self.need(node, Node::Orphan(it.clone()));
            self.need(node, Node::Resource(it.clone()));
        }
        // Which address it has depends on how often its module is called.
        for n in 0..addr.module.len() {
            let call = Node::Call(addr.module[..n].to_vec(), addr.module[n].clone());
            self.need(node, call);
        }
    }

    /// Forgets what goes round among blocks that only the state knows: some of it was written before
    /// the configuration turned it around.
    fn untangle(&mut self) {
        for component in components(&self.needs).iter().filter(|it| it.len() > 1) {
            let orphan = |it: &usize| matches!(self.nodes[*it], Node::Orphan(_));
            if component.iter().all(orphan) {
                let within: BTreeSet<usize> = component.iter().copied().collect();
                component.iter().for_each(|it| self.needs[*it].retain(|it| !within.contains(it)));
            }
        }
    }

    /// Puts the nodes in order, or finds the cycles.
    fn sorted(self) -> Result<Graph, Diagnostics> {
        let components = components(&self.needs);
        let cyclic = |it: &&Vec<usize>| it.len() > 1 || self.needs[it[0]].contains(&it[0]);
        let cycles: Diagnostics =
            components.iter().filter(cyclic).map(|it| self.cycle(it)).collect();
        if !cycles.is_empty() {
            return Err(cycles);
        }
        // Tarjan's algorithm gives each component after all that it needs.
        let order: Vec<usize> = components.into_iter().flatten().collect();
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| place[*old] = new);
        let needs = order.iter().map(|old| {
            let mut needs: Vec<usize> = self.needs[*old].iter().map(|it| place[*it]).collect();
            needs.sort_unstable();
            needs
        });
        let needs = needs.collect();
        let nodes: Vec<Node> = order.iter().map(|old| self.nodes[*old].clone()).collect();
        let index = nodes.iter().cloned().enumerate().map(|(n, it)| (it, n)).collect();
        Ok(Graph { nodes, needs, index })
    }

    /// A diagnostic that walks once around a cycle within `component`.
    fn cycle(&self, component: &[usize]) -> Diagnostic {
        let within: BTreeSet<usize> = component.iter().copied().collect();
        let start = *within
            .iter()
            .min_by_key(|it| (&self.spans[**it], &self.nodes[**it]))
            .expect("a component has a node");
        let round = shortest_round(&self.needs, &within, start);
        let names: Vec<String> = round.iter().map(|it| self.nodes[*it].to_string()).collect();
        let mut detail =
            "Each of these needs the next one, and the last needs the first:".to_owned();
        for (it, name) in round.iter().zip(&names) {
            detail += &match &self.spans[*it] {
                Some(span) => format!("\n  {name} ({span})"),
                None => format!("\n  {name}"),
            };
        }
        detail += &format!("\n  {}", names[0]);
        let diagnostic = Diagnostic::error("Cycle", detail);
        match &self.spans[start] {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        }
    }
}

fn block_addr(path: &Path, it: &Resource) -> BlockAddr {
    BlockAddr {
        module: path.clone(),
        mode: it.mode,
        ty: it.ty.name.clone(),
        name: it.name.name.clone(),
    }
}

fn rule_references(it: &Rule) -> Vec<Reference> {
    both(&it.condition, &it.error_message)
}

fn both(a: &Expr, b: &Expr) -> Vec<Reference> {
    references(a).into_iter().chain(references(b)).collect()
}

fn repeat_references(it: &Repeat) -> Vec<Reference> {
    match it {
        Repeat::Once => Vec::new(),
        Repeat::Count(expr) | Repeat::ForEach(expr) => references(expr),
    }
}

/// Strongly connected components, each after all that it needs (Tarjan, without recursion).
fn components(needs: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut number = vec![NEW; needs.len()];
    let mut low = vec![0; needs.len()];
    let mut on_stack = vec![false; needs.len()];
    let (mut stack, mut found, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..needs.len() {
        if number[root] != NEW {
            continue;
        }
        let mut work = vec![(root, needs[root].iter())];
        number[root] = next;
        low[root] = next;
        next += 1;
        stack.push(root);
        on_stack[root] = true;
        while let Some((node, rest)) = work.last_mut() {
            let node = *node;
            match rest.next() {
                Some(&it) if number[it] == NEW => {
                    number[it] = next;
                    low[it] = next;
                    next += 1;
                    stack.push(it);
                    on_stack[it] = true;
                    work.push((it, needs[it].iter()));
                }
                Some(&it) if on_stack[it] => low[node] = low[node].min(number[it]),
                Some(_) => (),
                None => {
                    work.pop();
                    if let Some((caller, _)) = work.last() {
                        low[*caller] = low[*caller].min(low[node]);
                    }
                    if low[node] == number[node] {
                        let at = stack.iter().rposition(|it| *it == node).expect("it is on it");
                        let component = stack.split_off(at);
                        component.iter().for_each(|it| on_stack[*it] = false);
                        found.push(component);
                    }
                }
            }
        }
    }
    found
}

/// The shortest way from `start` back to itself that stays within a component.
fn shortest_round(needs: &[BTreeSet<usize>], within: &BTreeSet<usize>, start: usize) -> Vec<usize> {
    let mut from: HashMap<usize, usize> = HashMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for it in needs[node].iter().filter(|it| within.contains(it)) {
            if *it == start {
                let mut round = vec![node];
                let mut node = node;
                while node != start {
                    node = from[&node];
                    round.push(node);
                }
                round.reverse();
                return round;
            }
            if !from.contains_key(it) {
                from.insert(*it, node);
                queue.push_back(*it);
            }
        }
    }
    vec![start]
}
