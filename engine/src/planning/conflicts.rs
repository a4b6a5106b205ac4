//! Rules across objects: those that would undo each other's work are reported, both by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Diagnostic, InstanceAddr, Map, Mode, Planned, ResourceAddr};
use stacks::references::{Subject, parse};
use stacks::stack::Resource;

use super::Planner;
use crate::world::BlockScope;

/// A planned object, as rules across objects look at it.
pub(super) struct Looked {
    address: InstanceAddr,
    given: Map,
    after: Map,
    refers: BTreeMap<Arc<str>, InstanceAddr>,
}

impl Looked {
    fn planned(&self) -> Planned<'_> {
        let Looked { address, given, after, refers } = self;
        Planned { address, given, after, refers }
    }
}

impl Planner<'_, '_> {
    pub(super) fn remember(
        &mut self,
        address: &InstanceAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
        given: &Map,
        after: &Map,
    ) {
        let refers = after
            .iter()
            .filter(|it| !it.1.is_known())
            .filter_map(|(name, _)| Some((name.clone(), referred(resource, scope, name)?)))
            .collect();
        let (address, given, after) = (address.clone(), given.clone(), after.clone());
        self.objects.push(Looked { address, given, after, refers });
    }

    pub(super) fn conflicts(&mut self) {
        let planned: Vec<Planned<'_>> = self.objects.iter().map(Looked::planned).collect();
        let found = self.input.registry.conflicts(&planned);
        for (address, detail) in found {
            let problem = Diagnostic::error("Conflicting resources", detail).on(&address);
            self.problems.push(match self.configured(&address) {
                Some((resource, _)) => problem.at(&resource.span),
                None => problem,
            });
        }
    }
}

/// The object whose attribute an argument is, where that is all it says.
fn referred(resource: &Resource, scope: &BlockScope<'_>, name: &str) -> Option<InstanceAddr> {
    let traversal = resource.body.attribute(name)?.expr.as_traversal()?;
    match parse(&traversal).ok()?.subject {
        Subject::Resource { mode: Mode::Managed, ty, name, key } => {
            let module = scope.addr.clone();
            Some(ResourceAddr { module, mode: Mode::Managed, ty, name }.instance(key))
        }
        _ => None,
    }
}
