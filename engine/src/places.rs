//! Where what a problem is about stands in the configuration.

use model::{Diagnostic, InstanceAddr};
use stacks::stack::Stack;

use crate::graph::module_at;

/// Gives problems that are about an object the place of the block that describes it, if they have none.
pub fn place(stack: &Stack, problems: &mut [Diagnostic]) {
    for problem in problems.iter_mut().filter(|it| it.span.is_none()) {
        let address = problem.address.as_ref().and_then(|it| it.parse::<InstanceAddr>().ok());
        let Some(InstanceAddr { resource: it, .. }) = address else { continue };
        let Some(module) = module_at(stack, &it.module.path()) else { continue };
        let block = module.resources.get(&(it.mode, it.ty, it.name));
        problem.span = block.map(|it| it.span.clone());
    }
}
