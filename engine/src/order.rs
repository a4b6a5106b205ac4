//! Which step comes before which: creation along the graph, deletion against it, replacement between.
//!
//! Pure. All of the order is decided here; applying decides nothing about it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use model::{InstanceAddr, Mode, ModuleAddr, ResourceAddr};
use stacks::stack::Stack;
use state::State;

use crate::acyclic::Acyclic;
use crate::graph::{BlockAddr, Graph, Node};
use crate::plan::{Action, Change, Do, Target};

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

/// The steps that make `changes` happen, each after those that have to come before it. Where that would
/// go round, the first of these holds:
///
/// 1. What is made comes after all that it needs is made.
/// 2. What is deleted comes after all that uses it is deleted, by what the state says of each object.
/// 3. It comes after all that uses it and stays is changed: that has let go of it then.
/// 4. The same for what uses it by the configuration, which knows more of objects of which the state
///    says nothing, such as those that were imported.
/// 5. Of each pair in `orders`, the first is made before the second and deleted after it; and changed after
///    what goes early of the second.
/// 6. What is replaced together with what it uses, as are the rules of a security group, is there before
///    what stays is given the successors, and goes when that has let go.
pub fn steps(
    graph: &Graph,
    orders: &BTreeSet<(usize, usize)>,
    changes: &[Change],
    state: &State,
) -> Acyclic {
    let mut builder = Builder::new(graph, changes, state);
    builder.make();
    let uses = builder.uses(state);
    builder.let_go(&uses);
    builder.let_go_as_configured(&uses);
    orders.iter().for_each(|(first, then)| builder.in_order(*first, *then));
    builder.serve(&uses);
    builder.steps
}

/// The node and the steps of one change.
struct Of {
    node: usize,
    make: Option<usize>,
    delete: Option<usize>,
}

/// What is deleted of one block, as groups of steps.
#[derive(Default)]
struct Going {
    /// That nothing uses any more what goes before its successor is made.
    free_early: Option<usize>,
    /// That nothing uses any more what goes for good, or after its successor is made.
    free_late: Option<usize>,
    /// Where the successor is made first: that all is there that is replaced with it, and that all that
    /// stays has been given it.
    served: Option<(usize, usize)>,
    /// That all of it is gone.
    gone: Option<usize>,
}

/// When a step is expected. First what goes early, then what is made, last what goes late; what is made
/// in the order of the graph, and what goes by how much it depends on.
type Time = (u8, usize, u8);

struct Builder<'a> {
    graph: &'a Graph,
    changes: &'a [Change],
    of: Vec<Of>,
    /// By node. The step that says that a node is made has the node's number.
    going: BTreeMap<usize, Going>,
    /// For each node what is behind it, and goes.
    behind: Vec<BTreeSet<usize>>,
    steps: Acyclic,
}

/// Whether the old object goes before its successor is made.
fn is_early(change: &Change) -> bool {
    change.action == Action::DeleteThenCreate
}

/// The blocks that the object of a change depends on by the state's word.
fn depends_on<'a>(state: &'a State, change: &Change) -> &'a [String] {
    let instance = state.instances.get(&change.address);
    let object = instance.and_then(|it| it.object(change.deposed.as_deref()));
    object.map_or(&[], |it| &it.dependencies)
}

/// For each node those behind it that are `wanted`.
fn behind(graph: &Graph, wanted: impl Fn(&usize) -> bool) -> Vec<BTreeSet<usize>> {
    let mut behind: Vec<BTreeSet<usize>> = Vec::new();
    for needs in &graph.needs {
        let mut found: BTreeSet<usize> = needs.iter().copied().filter(&wanted).collect();
        needs.iter().for_each(|it| found.extend(&behind[*it]));
        behind.push(found);
    }
    behind
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph, changes: &'a [Change], state: &State) -> Builder<'a> {
        let node = |it: &Change| graph.node_of(&BlockAddr::of(&it.address.resource));
        let nodes = changes.iter().map(|it| node(it).expect("every object is in the graph"));
        let nodes: Vec<usize> = nodes.collect();
        let mut depth = vec![0; graph.nodes.len()];
        for (node, change) in nodes.iter().zip(changes) {
            depth[*node] = depends_on(state, change).len().max(depth[*node]);
        }
        let group = |n: usize| ((1, n, 1), Do::Group);
        let mut steps: Vec<(Time, Do)> = (0..graph.nodes.len()).map(group).collect();
        let mut add = |time: Time, what: Do| {
            steps.push((time, what));
            steps.len() - 1
        };
        let (mut of, mut going) = (Vec::new(), BTreeMap::<usize, Going>::new());
        for (n, (change, node)) in changes.iter().zip(nodes).enumerate() {
            let phase = if is_early(change) { 0 } else { 2 };
            let back = usize::MAX - depth[node];
            let (makes, deletes) = match change.action {
                Action::NoOp | Action::Forget => (false, false),
                Action::Create | Action::Update | Action::Read => (true, false),
                Action::Delete => (false, true),
                Action::DeleteThenCreate | Action::CreateThenDelete => (true, true),
            };
            if change.action == Action::Forget {
                add((1, node, 0), Do::Forget(n));
            }
            let make = makes.then(|| add((1, node, 0), Do::Make(n)));
            let delete = deletes.then(|| add((phase, back, 1), Do::Delete(n)));
            of.push(Of { node, make, delete });
            if deletes {
                let all = going.entry(node).or_default();
                let free = if phase == 0 { &mut all.free_early } else { &mut all.free_late };
                free.get_or_insert_with(|| add((phase, back, 0), Do::Group));
                if change.action == Action::CreateThenDelete {
                    let all = &mut all.served;
                    all.get_or_insert_with(|| {
                        (add((1, node, 1), Do::Group), add((2, 0, 0), Do::Group))
                    });
                }
                all.gone.get_or_insert_with(|| add((phase, back, 2), Do::Group));
            }
        }
        let behind = behind(graph, |it| going.contains_key(it));
        Builder { graph, changes, of, going, behind, steps: Acyclic::new(steps) }
    }

    /// What is made comes after what it needs; what is replaced goes when its action says so; and
    /// groups stand for what is in them.
    fn make(&mut self) {
        for (n, needs) in self.graph.needs.iter().enumerate() {
            needs.iter().for_each(|it| _ = self.steps.wait(n, *it));
        }
        for (change, of) in self.changes.iter().zip(&self.of) {
            if let Some(make) = of.make {
                let needs = &self.graph.needs[of.node];
                needs.iter().for_each(|it| _ = self.steps.wait(make, *it));
                self.steps.wait(of.node, make);
            }
            let Some(delete) = of.delete else { continue };
            if let Some(make) = of.make {
                let (then, first) = if is_early(change) { (make, delete) } else { (delete, make) };
                self.steps.wait(then, first);
            }
            let all = &self.going[&of.node];
            let free = if is_early(change) { all.free_early } else { all.free_late };
            free.into_iter().for_each(|it| _ = self.steps.wait(delete, it));
            all.gone.into_iter().for_each(|it| _ = self.steps.wait(it, delete));
        }
    }

    /// What uses what by the state's word: changes, and nodes of which something goes.
    fn uses(&self, state: &State) -> Vec<(usize, usize)> {
        let mut known: HashMap<&str, Option<usize>> = HashMap::new();
        let mut uses = Vec::new();
        for (n, change) in self.changes.iter().enumerate() {
            for name in depends_on(state, change) {
                let used = known.entry(name).or_insert_with(|| {
                    let used = name.parse::<InstanceAddr>().ok()?;
                    let node = self.graph.node_of(&BlockAddr::of(&used.resource))?;
                    self.going.contains_key(&node).then_some(node)
                });
                uses.extend(used.map(|used| (n, used)));
            }
        }
        uses
    }

    /// What is deleted comes after its users are deleted, or changed if they stay.
    fn let_go(&mut self, uses: &[(usize, usize)]) {
        for (user, used) in uses {
            if let Some(delete) = self.of[*user].delete {
                let used = &self.going[used];
                let free = used.free_early.into_iter().chain(used.free_late);
                free.for_each(|it| _ = self.steps.wait(it, delete));
            }
        }
        for (user, used) in uses {
            let Of { node, make: Some(make), delete: None } = self.of[*user] else { continue };
            // What goes on using it is changed only when the successor is there.
            let early = match self.behind[node].contains(used) {
                true => None,
                false => self.going[used].free_early,
            };
            let free = early.into_iter().chain(self.going[used].free_late);
            free.for_each(|it| _ = self.steps.wait(it, make));
        }
    }

    /// What is deleted comes after what depends on it by the configuration is deleted and made, unless
    /// the state says the contrary.
    fn let_go_as_configured(&mut self, uses: &[(usize, usize)]) {
        let uses: HashSet<(usize, usize)> =
            uses.iter().map(|(user, used)| (self.of[*user].node, *used)).collect();
        let users: BTreeSet<usize> = self.of.iter().map(|it| it.node).collect();
        let pairs = users.iter().flat_map(|it| self.behind[*it].iter().map(|used| (*it, *used)));
        let pairs: Vec<(usize, usize)> =
            pairs.filter(|(user, used)| !uses.contains(&(*used, *user))).collect();
        for (user, used) in &pairs {
            let Some(gone) = self.going.get(user).and_then(|it| it.gone) else { continue };
            let used = &self.going[used];
            let free = used.free_early.into_iter().chain(used.free_late);
            free.for_each(|it| _ = self.steps.wait(it, gone));
        }
        for (user, used) in &pairs {
            let free = self.going[used].free_late;
            free.into_iter().for_each(|it| _ = self.steps.wait(it, *user));
        }
    }

    /// What is replaced together with what it uses serves those that stay: the new one before they are
    /// changed, the old one until then.
    fn serve(&mut self, uses: &[(usize, usize)]) {
        for (user, used) in uses {
            let Some((whole, left)) = self.going[used].served else { continue };
            match (self.changes[*user].action, &self.of[*user]) {
                (Action::CreateThenDelete, Of { make: Some(make), delete: Some(delete), .. }) => {
                    self.steps.wait(whole, *make);
                    self.steps.wait(*delete, left);
                }
                (_, Of { make: Some(make), delete: None, .. }) => {
                    self.steps.wait(*make, whole);
                    self.steps.wait(left, *make);
                }
                _ => (),
            }
        }
    }

    /// Of two nodes, the first is made before the second and deleted after it. It is changed when what
    /// goes early of the second is gone.
    fn in_order(&mut self, first: usize, then: usize) {
        let going = self.going.get(&then);
        let gone = going.and_then(|it| it.gone);
        let gone_early = going.filter(|it| it.free_late.is_none()).and_then(|it| it.gone);
        for of in &self.of {
            if let Some(make) = of.make.filter(|_| of.node == then) {
                self.steps.wait(make, first);
            }
            if let (Some(delete), Some(gone)) = (of.delete.filter(|_| of.node == first), gone) {
                self.steps.wait(delete, gone);
            }
            if let (Some(make), Some(gone)) = (of.make.filter(|_| of.node == first), gone_early) {
                self.steps.wait(make, gone);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use state::{Instance, ObjectState};

    use super::*;
    use crate::planning::blank;

    /// An object: its name, what is done to it, what the state says that it depends on, and what the
    /// configuration says.
    type Thing<'a> = (&'a str, Action, &'a [&'a str], &'a [&'a str]);

    /// Shows of each step what is done before it at the latest.
    fn check(things: &[Thing<'_>], expect: Expect) {
        let address = |name: &str| -> InstanceAddr { format!("t_t.{name}").parse().unwrap() };
        let block = |name: &str| BlockAddr::of(&address(name).resource);
        let mut blocks = BTreeMap::new();
        let (mut state, mut changes) = (State::empty(), Vec::new());
        for (name, action, uses, needs) in things {
            blocks.insert(block(name), needs.iter().map(|it| block(it)).collect());
            let dependencies = uses.iter().map(|it| format!("t_t.{it}")).collect();
            let object = ObjectState { dependencies, ..ObjectState::default() };
            let instance = Instance { current: Some(object), ..Instance::default() };
            if *action != Action::Create {
                state.instances.insert(address(name), instance);
            }
            changes.push(Change { action: *action, ..blank(address(name)) });
        }
        let graph = crate::graph::build(&Stack::default(), &blocks).unwrap();
        let steps = super::steps(&graph, &BTreeSet::new(), &changes, &state).into_steps();
        let name = |what: &Do| match what {
            Do::Group => None,
            Do::Make(n) => Some(format!("+{}", things[*n].0)),
            Do::Delete(n) | Do::Forget(n) => Some(format!("-{}", things[*n].0)),
        };
        let needs: Vec<Vec<usize>> = steps.iter().map(|it| it.needs.clone()).collect();
        let line = |step: &crate::plan::Step| {
            let before = reach(&needs, step.needs.clone());
            let mut before: Vec<String> =
                before.iter().filter_map(|it| name(&steps[*it].what)).collect();
            before.sort();
            Some(
                format!("{}: {}", name(&step.what)?, before.join(" ")).trim_end().to_owned() + "\n",
            )
        };
        expect.assert_eq(&steps.iter().filter_map(line).collect::<String>());
    }

    use Action::{Create, CreateThenDelete, Delete, DeleteThenCreate, Update};

    #[test]
    fn what_goes_waits_until_its_users_have_let_go() {
        check(
            &[("a", Delete, &[], &[]), ("b", Delete, &["a"], &[]), ("c", Update, &["a"], &[])],
            expect![[r#"
                -a: +c -b
                -b:
                +c:
            "#]],
        );
    }

    #[test]
    fn a_replacement_waits_for_users_only_if_they_can_do_without() {
        check(
            &[
                ("a", DeleteThenCreate, &[], &[]),
                ("b", DeleteThenCreate, &["a"], &["a"]),
                ("c", Update, &["a"], &["a"]),
                ("d", Update, &["a"], &[]),
            ],
            expect![[r#"
                +a: +d -a -b
                -a: +d -b
                +b: +a +d -a -b
                -b:
                +c: +a +d -a -b
                +d:
            "#]],
        );
        check(
            &[
                ("a", CreateThenDelete, &[], &[]),
                ("b", Update, &["a"], &["a"]),
                ("c", Create, &[], &["a"]),
            ],
            expect![[r#"
                +a:
                -a: +a +b +c
                +b: +a
                +c: +a
            "#]],
        );
    }

    #[test]
    fn what_is_replaced_with_another_serves_what_stays() {
        check(
            &[
                ("group", CreateThenDelete, &[], &[]),
                ("rule", CreateThenDelete, &["group"], &["group"]),
                ("balancer", Update, &["group"], &["group"]),
            ],
            expect![[r#"
                +group:
                -group: +balancer +group +rule -rule
                +rule: +group
                -rule: +balancer +group +rule
                +balancer: +group +rule
            "#]],
        );
    }

    #[test]
    fn references_that_are_turned_round_go_as_they_were_and_come_as_they_will_be() {
        check(
            &[("a", DeleteThenCreate, &[], &["b"]), ("b", DeleteThenCreate, &["a"], &[])],
            expect![[r#"
                +a: +b -a -b
                -a: -b
                +b: -b
                -b:
            "#]],
        );
        check(
            &[("a", CreateThenDelete, &[], &["b"]), ("b", CreateThenDelete, &["a"], &[])],
            expect![[r#"
                +a: +b
                -a: +a +b -b
                +b:
                -b: +b
            "#]],
        );
    }

    #[test]
    fn the_configuration_is_asked_about_what_the_state_does_not_say() {
        check(
            &[("a", Delete, &[], &[]), ("b", Delete, &[], &["a"])],
            expect![[r#"
                -a: -b
                -b:
            "#]],
        );
        check(
            &[("a", Delete, &["b"], &[]), ("b", Delete, &[], &["a"])],
            expect![[r#"
                -a:
                -b: -a
            "#]],
        );
    }
}
