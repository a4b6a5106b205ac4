//! `prevent_destroy`: any expression that is known when planning. The state remembers that it held, and
//! guards an object whose block is not in the configuration any more.

use model::{Diagnostic, Diagnostics, InstanceAddr, Type};
use stacks::convert::convert;
use stacks::eval::evaluate;
use stacks::stack::Resource;
use stacks::syntax::tree::Expr;
use state::ObjectState;

use super::{Planner, removed_block};
use crate::plan::Reason;
use crate::world::BlockScope;

impl Planner<'_, '_> {
    /// Whether an object must not be destroyed, by its block.
    pub(super) fn guards(
        &mut self,
        address: &InstanceAddr,
        resource: &Resource,
        scope: &BlockScope<'_>,
    ) -> bool {
        let Some(expr) = &resource.lifecycle.prevent_destroy else { return false };
        let holds = holds(expr, scope);
        if let Err(found) = &holds {
            self.problems.extend(found.iter().map(|it| it.clone().on(address)));
        }
        holds.unwrap_or(false)
    }

    /// Reports that a guarded object would be destroyed.
    pub(super) fn prevented(&mut self, address: &InstanceAddr, resource: &Resource) {
        let Some(expr) = &resource.lifecycle.prevent_destroy else { return };
        let detail = format!(
            "Resource {address} has lifecycle.prevent_destroy set, but the plan calls for this \
             resource to be destroyed. Nothing has been changed."
        );
        let hint = "set prevent_destroy to false, or leave the resource out with -target";
        let problem = Diagnostic::error("Instance cannot be destroyed", detail);
        self.problems.push(problem.at(&expr.span).on(address).hint(hint));
    }

    /// Looks whether an object that is to go may go.
    pub(super) fn may_go(&mut self, address: &InstanceAddr, object: &ObjectState, reason: &Reason) {
        let Some((resource, scope)) = self.configured(address) else {
            if object.is_guarded() && removed_block(self.input.stack, address).is_none() {
                self.problems.push(guarded(address));
            }
            return;
        };
        let guards = match &resource.lifecycle.prevent_destroy {
            None => false,
            // What belongs to a key cannot be told when the key is gone: the state's word counts.
            Some(expr) if *reason == Reason::NoSuchKey => {
                holds(expr, &scope).unwrap_or(object.is_guarded())
            }
            Some(_) => self.guards(address, &resource, &scope),
        };
        if guards {
            self.prevented(address, &resource);
        }
    }
}

fn holds(expr: &Expr, scope: &BlockScope<'_>) -> Result<bool, Diagnostics> {
    let value = evaluate(expr, scope)?;
    let problem = |why: &str| {
        let detail = format!("The value of prevent_destroy {why}.");
        vec![Diagnostic::error("Invalid prevent_destroy", detail).at(&expr.span)]
    };
    let value = convert(&value, &Type::Bool)
        .map_err(|why| problem(&format!("is not true or false: {why}")))?;
    match value.as_bool() {
        Some(it) => Ok(it),
        None if value.is_null() => Ok(false),
        None => Err(problem("must be known when planning, and depends on what is not applied yet")),
    }
}

fn guarded(address: &InstanceAddr) -> Diagnostic {
    let detail = format!(
        "Resource {address} is not in the configuration any more, and had \
         lifecycle.prevent_destroy set when it was last applied. Nothing has been changed."
    );
    let hint = format!(
        "say what is to become of it in a block; with false it stays where it is and leaves the \
         state:\n\nremoved {{\n  from = {}\n\n  lifecycle {{\n    destroy = true\n  }}\n}}\n",
        address.resource.instance(None)
    );
    Diagnostic::error("Instance cannot be destroyed", detail).on(address).hint(hint)
}
