//! `check` blocks, as far as a plan can tell.

use std::time::Duration;

use model::ModuleAddr;
use stacks::references::{Subject, parse};
use stacks::stack::Resource;

use super::Planner;
use crate::checked::{self, Checked};
use crate::checks::checks;
use crate::plan::Action;

impl Planner<'_, '_> {
    /// Looks at `check` blocks, and says what became of all conditions.
    pub(super) async fn checks(&mut self) -> Vec<Checked> {
        let changes = &self.changes;
        // What a data source comes after by `depends_on` may change what it would read.
        let pending = |module: &ModuleAddr, data: &Resource| {
            data.depends_on.iter().filter_map(|it| parse(it).ok()).any(|it| match it.subject {
                Subject::Resource { mode, ty, name, .. } => changes.iter().any(|change| {
                    let at = &change.address.resource;
                    change.action != Action::NoOp
                        && at.module == *module
                        && (at.mode, &at.ty, &at.name) == (mode, &ty, &name)
                }),
                Subject::Call { name, .. } | Subject::Output { call: name, .. } => {
                    let inside = module.child(&name, None);
                    changes.iter().any(|change| {
                        change.action != Action::NoOp
                            && inside.contains(&change.address.resource.module)
                    })
                }
                Subject::Variable(_)
                | Subject::Local(_)
                | Subject::Each(_)
                | Subject::Count(_)
                | Subject::Path(_)
                | Subject::Terraform(_)
                | Subject::This => false,
            })
        };
        let (found, problems) = checks(self.world, self.providers, Duration::ZERO, &pending).await;
        self.problems.extend(problems);
        checked::all(self.world, &found)
    }
}
