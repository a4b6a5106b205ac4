//! Outputs of the root module, as they are once all is done.

use model::ModuleAddr;
use state::{Event as Entry, Journal, Output};

use super::{Outcome, Scene};
use crate::plan::Mode;

impl Scene<'_> {
    /// Brings the outputs up to date.
    pub(super) async fn outputs(&self, outcome: &mut Outcome) -> std::io::Result<()> {
        let (plan, memory) = (self.applier.plan, self.applier.memory);
        let mut outputs = memory.look(|state| state.outputs.clone());
        match plan.mode {
            Mode::Destroy => {
                if memory.look(|state| state.instances.is_empty()) {
                    outputs.clear();
                }
            }
            Mode::Normal | Mode::RefreshOnly => {
                outputs
                    .retain(|name, _| plan.outputs.get(name).is_some_and(|it| it.after.is_some()));
                for name in plan.outputs.iter().filter(|it| it.1.after.is_some()).map(|it| it.0) {
                    match self.world.output(&ModuleAddr::default(), &name.as_str().into()) {
                        Ok(value) if value.is_wholly_known() => {
                            _ = outputs.insert(name.clone(), Output::new(&value));
                        }
                        // What it shows failed or was skipped: it stays as it was.
                        Ok(_) => (),
                        Err(_) if plan.mode == Mode::RefreshOnly => (),
                        Err(found) => outcome.problems.extend(found),
                    }
                }
            }
        }
        if memory.look(|state| state.outputs != outputs) {
            memory.record(Entry::Outputs { outputs }).await?;
        }
        Ok(())
    }
}
