//! Rules that the user wrote: validations, preconditions and postconditions.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, InstanceAddr, ModuleAddr};
use stacks::eval::evaluate;
use stacks::stack::Rule;

use super::Planner;
use crate::world::{BlockScope, message};

impl Planner<'_, '_> {
    /// Validations of the root module's variables.
    pub(super) fn check_variables(&mut self) {
        let root = ModuleAddr::default();
        let names: Vec<Arc<str>> = self.input.stack.root.variables.keys().cloned().collect();
        names.iter().for_each(|name| self.check_variable(&root, name));
    }

    pub(super) fn check_variable(&mut self, addr: &ModuleAddr, name: &Arc<str>) {
        let Some(scope) = self.world.scope(addr) else { return };
        let Some(variable) = scope.module.variables.get(name).cloned() else { return };
        let mut found: Diagnostics = variable
            .validations
            .iter()
            .filter_map(|it| holds(it, &scope).err())
            .flatten()
            .collect();
        if !found.is_empty() {
            found.iter_mut().for_each(|it| it.summary = "Invalid value for variable".to_owned());
            self.problems.extend(found.clone());
            self.world.refuse_variable(addr, name, found);
        }
    }

    /// Preconditions of an output, which are looked at before its value.
    pub(super) fn check_output(&mut self, addr: &ModuleAddr, name: &Arc<str>) {
        let Some(scope) = self.world.scope(addr) else { return };
        let Some(output) = scope.module.outputs.get(name) else { return };
        let found = broken(&output.preconditions, &scope, "Module output value precondition");
        if !found.is_empty() {
            self.problems.extend(found.clone());
            self.world.refuse_output(addr, name, found);
        }
    }

    /// Conditions of a resource. Whether they hold.
    pub(super) fn conditions(
        &mut self,
        rules: &[Rule],
        scope: &BlockScope<'_>,
        what: &str,
        address: &InstanceAddr,
    ) -> bool {
        let found = broken(rules, scope, &format!("Resource {what}"));
        let hold = found.is_empty();
        self.problems.extend(found.into_iter().map(|it| it.on(address)));
        hold
    }
}

/// What is wrong with rules: that they do not hold, or their conditions.
fn broken(rules: &[Rule], scope: &BlockScope<'_>, what: &str) -> Diagnostics {
    let mut found: Diagnostics =
        rules.iter().filter_map(|it| holds(it, scope).err()).flatten().collect();
    for it in found.iter_mut().filter(|it| it.summary == FAILED) {
        it.summary = format!("{what} failed");
    }
    found
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
