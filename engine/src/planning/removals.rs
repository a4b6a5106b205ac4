//! What is to go: objects that are not configured any more, and all of them in a destroy.

use std::collections::BTreeSet;

use model::{Diagnostic, InstanceAddr, Mode as BlockMode, ModuleAddr};
use stacks::stack::{MoveEnd, Removed, Stack};

use super::{Planner, blank};
use crate::graph::{BlockAddr, Path, module_at, modules};
use crate::plan::{Action, Change, Reason};

impl Planner<'_, '_> {
    /// Objects in instances of a module that are not there any more.
    pub(super) fn remove_lost_modules(&mut self, block: &BlockAddr) {
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

    pub(super) fn remove_all(&mut self, block: &BlockAddr, reason: Reason) {
        for address in self.objects_of(block) {
            self.remove(&address, reason.clone());
        }
    }

    pub(super) fn remove(&mut self, address: &InstanceAddr, reason: Reason) {
        if !self.is_selected(address) {
            return;
        }
        self.remove_deposed(address);
        let Some(instance) = self.state.instances.get(address).cloned() else { return };
        let Some(object) = &instance.current else { return };
        if address.resource.mode != BlockMode::Managed {
            return;
        }
        if self.input.registry.resource_schema(&address.resource.ty).is_none() {
            let ty = &address.resource.ty;
            let detail = format!("The state has it, but groundplan has no resource type \"{ty}\".");
            self.problems.push(Diagnostic::error("Invalid resource type", detail).on(address));
            return;
        }
        let Some(before) = self.shown(address, object) else { return };
        self.may_go(address, object, &reason);
        let stays = removed_block(self.input.stack, address).is_some_and(|(_, it)| !it.destroy);
        self.changes.push(Change {
            action: if stays { Action::Forget } else { Action::Delete },
            reason: Some(reason),
            provider: instance.provider.clone(),
            before: Some(before),
            dependencies: object.dependencies.clone(),
            create_before_destroy: object.create_before_destroy,
            moved_from: self.renamed.get(address).cloned(),
            ..blank(address.clone())
        });
    }

    /// Old objects that a replacement has put aside and not got round to delete.
    pub(super) fn remove_deposed(&mut self, address: &InstanceAddr) {
        let Some(instance) = self.state.instances.get(address).cloned() else { return };
        for (key, object) in &instance.deposed {
            let Some(before) = self.shown(address, object) else { continue };
            self.changes.push(Change {
                deposed: Some(key.clone()),
                action: Action::Delete,
                reason: Some(Reason::Deposed),
                provider: instance.provider.clone(),
                before: Some(before),
                dependencies: object.dependencies.clone(),
                ..blank(address.clone())
            });
        }
    }

    /// Plans to delete all that the state has and `-target` selects.
    pub(super) fn destroy_all(&mut self) {
        self.seed();
        let all: Vec<InstanceAddr> = self.state.instances.keys().cloned().collect();
        all.iter().for_each(|it| self.remove(it, Reason::Destroy));
    }
}

/// The `removed` block that is about an object, and the module that it stands in.
pub fn removed_block(stack: &Stack, address: &InstanceAddr) -> Option<(Path, Removed)> {
    let at = address.resource.module.path();
    let is_about = |path: &Path, it: &Removed| match &it.from {
        MoveEnd::Module(steps) => at.starts_with(&inside(path, steps)),
        MoveEnd::Resource { module, ty, name, .. } => {
            at == inside(path, module)
                && (ty, name) == (&address.resource.ty, &address.resource.name)
        }
    };
    modules(stack).into_iter().find_map(|(path, module)| {
        let found = module.removed.iter().find(|it| is_about(&path, it)).cloned();
        found.map(|it| (path, it))
    })
}

/// `removed` blocks of what the configuration still has.
pub(super) fn still_configured(stack: &Stack) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (path, module) in modules(stack) {
        for it in &module.removed {
            let is_there = match &it.from {
                MoveEnd::Module(steps) => module_at(stack, &inside(&path, steps)).is_some(),
                MoveEnd::Resource { module, ty, name, .. } => {
                    let block = (BlockMode::Managed, ty.clone(), name.clone());
                    let module = module_at(stack, &inside(&path, module));
                    module.is_some_and(|it| it.resources.contains_key(&block))
                }
            };
            if is_there {
                let detail = format!(
                    "This statement declares that {} was removed, but it is still declared. Remove \
                     the one or the other.",
                    crate::moves::text(&it.from)
                );
                let problem = Diagnostic::error("Removed resource still exists", detail);
                problems.push(problem.at(&it.span));
            }
        }
    }
    problems
}

/// A path that is relative to a module of the configuration, as a whole.
fn inside(path: &Path, steps: &[(std::sync::Arc<str>, Option<model::Key>)]) -> Path {
    path.iter().cloned().chain(steps.iter().map(|it| it.0.clone())).collect()
}
