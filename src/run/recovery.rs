//! Runs that were cut off, and runs that have failed: settled, told, undone.

use std::sync::atomic::Ordering;

use engine::{Memory, Mode, Origin, RolledBack};
use model::Diagnostic;
use serde_json::json;
use state::{Event, Journal, OpenIntent, Rollback};

use super::{Workbench, begin, listen, not_recorded};
use crate::args::UsageError;
use crate::commands::{Failed, show_problems};
use crate::progress::print_json;
use crate::undo::{self, OnFailure};

impl Workbench {
    /// Settles what a run that was cut off has left open, goes on with its rollback if it was undoing
    /// something, and saves what is known then. Answers how many things were open.
    ///
    /// # Errors
    ///
    /// What could not be settled: nothing else may be done before it is.
    pub async fn recover(&mut self) -> Result<usize, Failed> {
        let n = self.session.open.len();
        self.settle().await?;
        let Some(back) = self.session.rollback.take() else { return Ok(n) };
        self.say("A run was cut off while it was being rolled back. Going on with that.");
        let undone = self.roll_back(&back).await?;
        match undone.finished {
            true => Ok(n + 1),
            false => {
                let detail =
                    "What a run has done is not undone yet. Nothing else has been changed.";
                let problem = Diagnostic::error("The rollback is not finished", detail);
                Err(problem.hint("to go on with it: groundplan recover").into())
            }
        }
    }

    /// Says that all is settled, and what is next.
    pub fn report_recovery(&self, n: usize) {
        let text = match n {
            0 => "Nothing was left open.".to_owned(),
            1 => "1 thing was left open, and is settled.".to_owned(),
            n => format!("{n} things were left open, and are settled."),
        };
        if self.json {
            print_json(json!({"settled": n}), "info", &text, "recovery_summary");
        } else {
            println!("{text}");
        }
    }

    /// Undoes what a run has done, saves the state and says what is undone.
    ///
    /// # Errors
    ///
    /// When the state cannot be saved: the journal has all that was done.
    async fn roll_back(&mut self, back: &Rollback) -> Result<RolledBack, Failed> {
        let journal = self.session.journal();
        let state = self.session.state.clone();
        let begin = begin("rollback", &state);
        let memory = Memory::new(journal.as_ref(), state, self.session.intents());
        let memory = memory.after(&self.fresh);
        memory.record(begin).await.map_err(not_recorded)?;
        // What was interrupted is over; another interrupt is about this.
        self.stop.store(false, Ordering::Relaxed);
        let run = self.engine_run(32);
        let listening = tokio::spawn(listen(self.stop.clone(), self.json));
        let undone = engine::roll_back(&run, &memory, back).await;
        listening.abort();
        memory.record(Event::End).await.map_err(not_recorded)?;
        self.session.save(&memory.into_state())?;
        self.session.open = self.session.intents().into_open();
        show_problems(&undone.problems, self.sources(), self.json, self.style);
        let text = undo::rolled_back(&undone);
        if self.json {
            let head = text.lines().next().unwrap_or_default().to_owned();
            let level = if undone.left.is_empty() { "info" } else { "warn" };
            print_json(undo::rolled_back_json(&undone), level, &head, "rollback_summary");
        } else {
            print!("\n{text}");
        }
        Ok(undone)
    }

    /// Undoes an apply that has failed, if that is asked for.
    pub(super) async fn failed(
        &mut self,
        on_failure: OnFailure,
        origin: &Origin,
    ) -> Result<(), Failed> {
        if on_failure == OnFailure::Keep {
            return Ok(());
        }
        let open: Vec<OpenIntent> = self.session.intents().into_open();
        let back = origin.rollback(&self.session.state, &open);
        if self.json {
            let text = "Rolling back what this run has done";
            print_json(json!({}), "info", text, "rollback_start");
        } else {
            println!("\n{}", self.style.bold("Rolling back what this run has done:"));
        }
        self.roll_back(&back).await.map(|_| ())
    }
}

/// What is destroyed cannot be undone.
///
/// # Errors
///
/// When that is asked for.
pub(super) fn refuse_rollback(on_failure: OnFailure, mode: Mode) -> Result<(), UsageError> {
    match (on_failure, mode) {
        (OnFailure::Rollback, Mode::Destroy) => {
            Err(UsageError("a destroy cannot be undone: leave -on-failure=rollback out".to_owned()))
        }
        (OnFailure::Rollback, Mode::Normal | Mode::RefreshOnly) | (OnFailure::Keep, _) => Ok(()),
    }
}
