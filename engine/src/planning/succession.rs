//! Which of two goes first where one object takes the place of another, and who holds on to the old one.

use std::collections::BTreeMap;

use model::{Diagnostic, InstanceAddr, Map, ResourceType};
use stacks::stack::Resource;

use super::Planner;
use super::claims::claim;
use crate::graph::{BlockAddr, Graph, provider_addr};
use crate::lifecycle;
use crate::plan::{Action, Change};

impl Planner<'_, '_> {
    /// Whether the new object is made before the old one goes, though nothing says that it should: since
    /// its type is better so, and nothing is in the way.
    pub(super) fn comes_first(
        &self,
        resource: &Resource,
        ty: &dyn ResourceType,
        (before, after): (&Map, &Map),
        dependencies: &[String],
    ) -> bool {
        resource.lifecycle.create_before_destroy.is_none()
            && ty.comes_first(before, after)
            && !self.is_claimed(&resource.ty.name, ty, after)
            // What is made needs all of these, and the old ones cannot go while they are used.
            && !dependencies.iter().any(|it| self.goes_early.contains(it))
    }

    /// Whether an object of the state has what a planned one claims.
    fn is_claimed(&self, name: &str, ty: &dyn ResourceType, after: &Map) -> bool {
        let Some(wanted) = claim(ty, after) else { return false };
        let same = self.state.instances.iter().filter(|it| *it.0.resource.ty == *name);
        same.flat_map(|(_, it)| it.current.iter().chain(it.deposed.values())).any(|it| {
            let have = lifecycle::typed(ty, &it.attributes);
            have.is_some_and(|have| ty.claim(&have).as_ref() == Some(&wanted))
        })
    }

    /// Finds what will most likely not be let go of: objects that are replaced, and can be deleted only
    /// when others do not name them any more, which are given the new object when it is there.
    pub(super) async fn holders(&mut self, graph: &Graph) {
        let early = |it: &usize| self.changes[*it].action == Action::DeleteThenCreate;
        let early: Vec<usize> = (0..self.changes.len()).filter(early).collect();
        if early.is_empty() {
            return;
        }
        let users = self.users(graph);
        for n in early {
            let address = self.changes[n].address.clone();
            let Some(users) = users.get(&BlockAddr::of(&address.resource)) else { continue };
            let Some((resource, scope)) = self.configured(&address) else { continue };
            let provider = provider_addr(self.input.stack, &scope.addr.path(), &resource.provider);
            let Some(ty) = self.bound(&provider, &resource.ty.name).await else { continue };
            if ty.is_held() {
                self.problems.push(used(&address, users).at(&resource.span));
                self.changes[n].held_by.clone_from(users);
            }
        }
    }

    /// What is given another object in the place of one of a block, when that is there.
    fn users(&self, graph: &Graph) -> BTreeMap<BlockAddr, Vec<InstanceAddr>> {
        let mut users: BTreeMap<BlockAddr, Vec<InstanceAddr>> = BTreeMap::new();
        for it in self.changes.iter().filter(|it| waits_for_another(it)) {
            let Some(node) = graph.node_of(&BlockAddr::of(&it.address.resource)) else { continue };
            for used in graph.blocks_needed(node) {
                users.entry(used).or_default().push(it.address.clone());
            }
        }
        users
    }
}

/// Whether it is changed to something that is known only when another object is there.
fn waits_for_another(change: &Change) -> bool {
    let open = |it: &String| {
        let after = change.after.as_ref().and_then(|after| after.get(it));
        after.is_some_and(|it| !it.is_wholly_known())
    };
    change.action == Action::Update && change.changed.iter().any(open)
}

fn used(address: &InstanceAddr, by: &[InstanceAddr]) -> Diagnostic {
    let detail = format!(
        "{address} is to be deleted before the new one is made, which will most likely be refused: {} \
         uses it, and is given the new one only then.",
        names(by)
    );
    Diagnostic::warning("It is still used", detail).on(address).hint(to_let_go(by))
}

/// What to do about an object that cannot be deleted while these use it.
pub fn to_let_go(by: &[InstanceAddr]) -> String {
    format!(
        "change its name as well, or give it a `name_prefix`, if it has one: then the new one is made \
         first. Else let {} be replaced too, with `-replace`",
        names(by)
    )
}

fn names(all: &[InstanceAddr]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
