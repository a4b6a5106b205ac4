//! Which step comes before which: creation along the graph, deletion against it, replacement between.
//!
//! Pure. All of the order is decided here; applying decides nothing about it.

use std::collections::{BTreeMap, BTreeSet};

use model::{Mode, ModuleAddr, ResourceAddr};
use stacks::stack::Stack;
use state::State;

use crate::graph::{BlockAddr, Graph, Node};
use crate::plan::{Action, Change, Do, Step, Target};

impl Graph {
    /// The node of a block, whether the configuration or only the state has it.
    pub fn node_of(&self, block: &BlockAddr) -> Option<usize> {
        let resource = self.index.get(&Node::Resource(block.clone()));
        resource.or_else(|| self.index.get(&Node::Orphan(block.clone()))).copied()
    }

    /// For each node, what needs it.
    pub fn dependents(&self) -> Vec<Vec<usize>> {
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (n, needs) in self.needs.iter().enumerate() {
            needs.iter().for_each(|it| dependents[*it].push(n));
        }
        dependents
    }

    /// The blocks that a node needs directly, or through names that are no blocks.
    pub fn blocks_needed(&self, node: usize) -> BTreeSet<BlockAddr> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut open = self.needs[node].clone();
        while let Some(it) = open.pop() {
            if !seen.insert(it) {
                continue;
            }
            match &self.nodes[it] {
                Node::Resource(block) | Node::Orphan(block) => _ = found.insert(block.clone()),
                _ => open.extend(&self.needs[it]),
            }
        }
        found
    }

    /// All managed blocks that a node needs, however far away: what a state says it depends on.
    pub fn blocks_behind(&self, node: usize) -> BTreeSet<BlockAddr> {
        let block = |it: usize| match &self.nodes[it] {
            Node::Resource(it) if it.mode == Mode::Managed => Some(it.clone()),
            _ => None,
        };
        reach(&self.needs, self.needs[node].clone()).into_iter().filter_map(block).collect()
    }

    /// For each node, whether a replacement creates the new object first: because its block says so,
    /// or one that needs it does. What a thing needs must be there before the thing is.
    pub fn create_first(&self, stack: &Stack) -> Vec<bool> {
        let mut says = BTreeSet::new();
        for (path, module) in crate::graph::modules(stack) {
            for it in module.resources.values() {
                if it.lifecycle.create_before_destroy == Some(true) {
                    says.insert(BlockAddr {
                        module: path.clone(),
                        mode: it.mode,
                        ty: it.ty.name.clone(),
                        name: it.name.name.clone(),
                    });
                }
            }
        }
        let mut first = vec![false; self.nodes.len()];
        for n in (0..self.nodes.len()).rev() {
            if let Node::Resource(it) = &self.nodes[n] {
                first[n] |= says.contains(it);
            }
            if first[n] {
                self.needs[n].iter().for_each(|it| first[*it] = true);
            }
        }
        first
    }
}

/// All that can be reached from `start`, itself included.
pub fn reach(edges: &[Vec<usize>], start: Vec<usize>) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = start;
    while let Some(it) = open.pop() {
        if found.insert(it) {
            open.extend(&edges[it]);
        }
    }
    found
}

/// Whether a target may name an instance of this resource; keys that are not given match every key.
pub fn may_match(target: &Target, resource: &ResourceAddr) -> bool {
    let path = |it: &ModuleAddr| it.path();
    match target {
        Target::Module(module) => path(&resource.module).starts_with(&path(module)),
        Target::Resource(it) => {
            let it = &it.resource;
            path(&it.module) == path(&resource.module)
                && (it.mode, &it.ty, &it.name) == (resource.mode, &resource.ty, &resource.name)
        }
    }
}

/// The steps that make `changes` happen. Of each pair in `orders` the first is made before the second
/// and deleted after it, where that does not contradict what depends on what.
pub fn steps(
    graph: &Graph,
    orders: &BTreeSet<(usize, usize)>,
    changes: &[Change],
    state: &State,
) -> Vec<Step> {
    let mut builder = Builder::new(graph);
    for (n, change) in changes.iter().enumerate() {
        builder.add(n, change);
    }
    builder.connect(orders, changes, state)
}

/// The steps of one block.
#[derive(Default)]
struct BlockSteps {
    make: Vec<usize>,
    delete: Vec<usize>,
    /// Deletions of what stands nowhere any more, and of old objects whose successor comes first:
    /// they come after everything that needed them has been made anew or changed.
    late: Vec<usize>,
    deletes_first: bool,
}

struct Builder<'a> {
    graph: &'a Graph,
    dependents: Vec<Vec<usize>>,
    steps: Vec<Step>,
    blocks: BTreeMap<usize, BlockSteps>,
}

impl<'a> Builder<'a> {
    /// The first three steps of each node are groups: that it is made, that all that needs it is
    /// made, that it and all that needs it is deleted.
    fn new(graph: &'a Graph) -> Builder<'a> {
        let group = Step { what: Do::Group, needs: Vec::new() };
        let steps = vec![group; 3 * graph.nodes.len()];
        Builder { graph, dependents: graph.dependents(), steps, blocks: BTreeMap::new() }
    }

    fn node(&self, change: &Change) -> Option<usize> {
        self.graph.node_of(&BlockAddr::of(&change.address.resource))
    }

    fn step(&mut self, what: Do) -> usize {
        self.steps.push(Step { what, needs: Vec::new() });
        self.steps.len() - 1
    }

    fn add(&mut self, n: usize, change: &Change) {
        let node = self.node(change);
        let mut of_it = BlockSteps::default();
        match change.action {
            Action::NoOp => (),
            Action::Create | Action::Update | Action::Read => {
                of_it.make.push(self.step(Do::Make(n)));
            }
            Action::Delete => {
                let step = self.step(Do::Delete(n));
                of_it.delete.push(step);
                of_it.late.push(step);
            }
            Action::Forget => _ = self.step(Do::Forget(n)),
            Action::DeleteThenCreate => {
                let (delete, make) = (self.step(Do::Delete(n)), self.step(Do::Make(n)));
                self.steps[make].needs.push(delete);
                of_it.deletes_first = true;
                of_it.delete.push(delete);
                of_it.make.push(make);
            }
            Action::CreateThenDelete => {
                let (make, delete) = (self.step(Do::Make(n)), self.step(Do::Delete(n)));
                self.steps[delete].needs.push(make);
                of_it.make.push(make);
                of_it.delete.push(delete);
                of_it.late.push(delete);
            }
        }
        let Some(node) = node else { return };
        let all = self.blocks.entry(node).or_default();
        all.make.extend(of_it.make);
        all.delete.extend(of_it.delete);
        all.late.extend(of_it.late);
        all.deletes_first |= of_it.deletes_first;
    }

    fn connect(
        mut self,
        orders: &BTreeSet<(usize, usize)>,
        changes: &[Change],
        state: &State,
    ) -> Vec<Step> {
        let n_nodes = self.graph.nodes.len();
        let (made, above, gone) = (|n: usize| 3 * n, |n: usize| 3 * n + 1, |n: usize| 3 * n + 2);
        let mut first_above = vec![false; n_nodes];
        for n in 0..n_nodes {
            let needs = &self.graph.needs[n];
            first_above[n] = needs.iter().any(|it| {
                first_above[*it] || self.blocks.get(it).is_some_and(|it| it.deletes_first)
            });
            let of_it = self.blocks.remove(&n).unwrap_or_default();
            let needed: Vec<usize> = needs.iter().map(|it| made(*it)).collect();
            for it in &of_it.make {
                self.steps[*it].needs.extend(&needed);
            }
            self.steps[made(n)].needs.extend(of_it.make.iter().chain(&needed));
            self.steps[above(n)].needs.extend(&of_it.make);
            self.steps[gone(n)].needs.extend(&of_it.delete);
            for it in self.dependents[n].clone() {
                self.steps[above(n)].needs.push(above(it));
                self.steps[gone(n)].needs.push(gone(it));
                for step in &of_it.delete {
                    self.steps[*step].needs.push(gone(it));
                }
                for step in &of_it.late {
                    let (what, safe) = (self.steps[*step].what, !first_above[n]);
                    // An object that is deleted for good waits for those that still use it to be
                    // changed, unless something that both need has to be deleted before.
                    if safe || self.replaces(what, changes) {
                        self.steps[*step].needs.push(above(it));
                    }
                }
            }
            self.blocks.insert(n, of_it);
        }
        self.after_former_users(state, &first_above);
        for (first, then) in orders {
            let steps =
                |n: &usize| self.blocks.get(n).map(|it| (it.make.clone(), it.delete.clone()));
            let (Some((_, deletes)), Some((makes, _))) = (steps(first), steps(then)) else {
                continue;
            };
            self.wait_for(&makes, made(*first));
            self.wait_for(&deletes, gone(*then));
        }
        for it in &mut self.steps {
            it.needs.sort_unstable();
            it.needs.dedup();
        }
        self.steps
    }

    fn replaces(&self, what: Do, changes: &[Change]) -> bool {
        match what {
            Do::Delete(n) => changes[n].action == Action::CreateThenDelete,
            Do::Group | Do::Make(_) | Do::Forget(_) => false,
        }
    }

    /// What blocks used by the state's word, and do not need any more, is deleted after these have
    /// been changed or deleted themselves.
    fn after_former_users(&mut self, state: &State, first_above: &[bool]) {
        let mut users: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (address, instance) in &state.instances {
            let block = BlockAddr::of(&address.resource);
            let user = self.graph.index.get(&Node::Resource(block.clone()));
            let user = user.or_else(|| self.graph.index.get(&Node::Orphan(block))).copied();
            let Some(user) = user else { continue };
            for name in instance.current.iter().flat_map(|it| &it.dependencies) {
                let Ok(used) = name.parse::<model::InstanceAddr>() else { continue };
                let used = BlockAddr::of(&used.resource);
                let known = self.graph.node_of(&used);
                let going =
                    |it: &usize| self.blocks.get(it).is_some_and(|it| !it.delete.is_empty());
                if let Some(used) = known.filter(going) {
                    users.entry(used).or_default().insert(user);
                }
            }
        }
        for (used, users) in users {
            let still = reach(&self.dependents, vec![used]);
            let deletes = self.blocks.get(&used).map(|it| it.delete.clone()).unwrap_or_default();
            for user in users.into_iter().filter(|it| !still.contains(it)) {
                self.wait_for(&deletes, 3 * user + 2);
                if !first_above[used] {
                    self.wait_for(&deletes, 3 * user);
                }
            }
        }
    }

    /// Lets steps wait for a group, unless the group itself has to wait for one of them.
    fn wait_for(&mut self, steps: &[usize], group: usize) {
        wait_for(&mut self.steps, steps, group);
    }
}

/// Lets some steps wait for another, unless that itself has to wait for one of them.
pub fn wait_for(all: &mut [Step], steps: &[usize], other: usize) {
    let mut seen = vec![false; all.len()];
    let mut open = vec![other];
    while let Some(it) = open.pop() {
        if !std::mem::replace(&mut seen[it], true) {
            open.extend(&all[it].needs);
        }
    }
    if !steps.iter().any(|it| seen[*it]) {
        steps.iter().for_each(|it| all[*it].needs.push(other));
    }
}
