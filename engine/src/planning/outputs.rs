//! Outputs of the root module.

use std::collections::BTreeMap;

use model::{Diagnostic, ModuleAddr};

use super::Planner;
use crate::plan::{Mode, OutputChange};

impl Planner<'_, '_> {
    pub(super) fn outputs(&mut self) -> BTreeMap<String, OutputChange> {
        let root = ModuleAddr::default();
        let mut outputs = BTreeMap::new();
        for (name, it) in &self.input.state.outputs {
            // Compared without marks: what is sensitive is said beside it.
            let before = it.value().ok().map(|it| it.unmark_deep().0);
            let change = OutputChange { before, after: None, sensitive: it.sensitive };
            outputs.insert(name.clone(), change);
        }
        if self.options.mode == Mode::Destroy {
            if self.selected.is_some() {
                outputs.clear();
            }
            return outputs;
        }
        for (name, output) in &self.input.stack.root.outputs {
            let value = match self.world.output(&root, name) {
                Ok(it) => it,
                // What is there is not as the configuration says, and stays so for now.
                Err(_) if self.options.mode == Mode::RefreshOnly => {
                    if let Some(it) = outputs.get_mut(name.as_ref()) {
                        it.after.clone_from(&it.before);
                    }
                    continue;
                }
                Err(found) => {
                    self.problems.extend(found);
                    continue;
                }
            };
            let entry = outputs.entry(name.to_string());
            let entry =
                entry.or_insert(OutputChange { before: None, after: None, sensitive: false });
            if value.marks_deep().sensitive && !output.sensitive {
                let detail = "The value has sensitive parts. To show that this is meant, write \
                              `sensitive = true` in the output block.";
                let problem = Diagnostic::error("Output refers to sensitive values", detail);
                self.problems.push(problem.at(&output.value.span));
            }
            if output.ephemeral {
                let detail = "Ephemeral outputs are not allowed in the root module: what it gives \
                              is kept in the state.";
                let problem = Diagnostic::error("Ephemeral output not allowed", detail);
                self.problems.push(problem.at(&output.span));
            }
            let (value, _) = value.unmark_deep();
            entry.after = Some(value).filter(|it| !it.is_null());
            entry.sensitive = output.sensitive;
        }
        outputs.retain(|_, it| it.before.is_some() || it.after.is_some());
        outputs
    }
}
