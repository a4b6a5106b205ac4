//! Orders that the cloud needs between objects that do not refer to each other.
//!
//! Two blocks are about the same thing if both refer to it: a listener and a service to a target
//! group, a policy and a public access block to a bucket. What types need such an order the registry
//! says. These are no dependencies: they decide when steps are done, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::Order;

use crate::graph::{BlockAddr, Graph, Node};

/// Pairs of nodes: the first is made before the second, and deleted after it.
pub fn pairs(graph: &Graph, orders: &[Order]) -> BTreeSet<(usize, usize)> {
    let mut by_type: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (n, node) in graph.nodes.iter().enumerate() {
        if let Node::Resource(it) | Node::Orphan(it) = node {
            by_type.entry(it.ty.clone()).or_default().push(n);
        }
    }
    let mut needs = Needs { graph, known: BTreeMap::new() };
    let mut found = BTreeSet::new();
    for order in orders {
        let of = |types: &[&str]| -> Vec<usize> {
            types.iter().filter_map(|it| by_type.get(*it)).flatten().copied().collect()
        };
        let (firsts, thens) = (of(order.first), of(order.then));
        if firsts.is_empty() || thens.is_empty() {
            continue;
        }
        let mut about: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for first in firsts {
            for shared in needs.of_type(&BTreeSet::from([first]), &[order.shared]) {
                about.entry(shared).or_default().push(first);
            }
        }
        for then in thens {
            let mut at = BTreeSet::from([then]);
            for types in order.through {
                at = needs.of_type(&at, types);
            }
            let shared = needs.of_type(&at, &[order.shared]);
            let firsts = shared.iter().filter_map(|it| about.get(it)).flatten();
            found.extend(firsts.filter(|it| **it != then).map(|it| (*it, then)));
        }
    }
    found
}

/// The blocks that blocks refer to, looked up once for each.
struct Needs<'a> {
    graph: &'a Graph,
    known: BTreeMap<usize, BTreeSet<BlockAddr>>,
}

impl Needs<'_> {
    /// Those blocks of these types that one of `nodes` refers to.
    fn of_type(&mut self, nodes: &BTreeSet<usize>, types: &[&str]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for n in nodes {
            let graph = self.graph;
            let all = self.known.entry(*n).or_insert_with(|| graph.blocks_needed(*n));
            let all = all.iter().filter(|it| types.contains(&&*it.ty));
            found.extend(all.filter_map(|it| graph.node_of(it)));
        }
        found
    }
}
