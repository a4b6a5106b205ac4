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
        for rule in &variable.validations {
            if let Err(mut found) = holds(rule, &scope) {
                found
                    .iter_mut()
                    .for_each(|it| it.summary = "Invalid value for variable".to_owned());
                self.problems.extend(found);
            }
        }
    }

    pub(super) fn conditions(
        &mut self,
        rules: &[Rule],
        scope: &BlockScope<'_>,
        what: &str,
        address: Option<&InstanceAddr>,
    ) {
        for rule in rules {
            if let Err(found) = holds(rule, scope) {
                self.problems.extend(found.into_iter().map(|mut it| {
                    if it.summary == FAILED {
                        it.summary = format!("Resource {what} failed");
                    }
                    match address {
                        Some(address) => it.on(address),
                        None => it,
                    }
                }));
            }
        }
    }
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
