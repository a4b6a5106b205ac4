//! Plan and apply as commands share them: load, lock, recover, plan, ask, apply, save, report.

mod recovery;

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engine::{
    Findings, Fresh, Input, Memory, Mode, Observer, Options, Origin, Outcome, Plan, Run, Target,
};
use model::{Diagnostic, Failing, InstanceAddr, ModuleAddr};
use serde_json::json;
use stacks::stack::Stack;
use state::{Event, Intents, Journal, ObjectState, Session, State};

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::{Failed, block_on, show_problems};
use crate::diff::{self, Detail};
use crate::host::BUILTIN;
use crate::plan_json;
use crate::planfile;
use crate::progress::{Lines, Terminal, print_json};
use crate::project::{Project, lock_options, store, workspace};
use crate::report::Sources;
use crate::style::Style;
use crate::undo::on_failure;

/// Options of everything that plans.
pub const PLANNING: &[Flag] = &[
    option("target", "ADDRESS", "Only this resource or module, and what it needs. Repeatable."),
    option("replace", "ADDRESS", "Replaces this object even if nothing has changed. Repeatable."),
    switch("refresh", "Whether to read the objects before comparing. (default: true)"),
    switch("refresh-only", "Only brings the state up to date with what is there."),
    switch("destroy", "Plans to destroy everything the state has."),
    switch(
        "keep-deployed",
        "Whether images and task counts that others have set since the last apply stay. (default: true)",
    ),
    switch("verify", "Whether what an apply needs is there: roles, images, secrets and the like."),
    switch("empty", "Throws away what buckets and repositories hold, when they are destroyed."),
    switch("lift-protection", "Lifts the protection of what is deleted, right before it is."),
    option(
        "check-timeout",
        "TIME",
        "How long check blocks with a data source may take to pass; then a failed check is a \
         failure, and no warning only. (default: 0s)",
    ),
    option("parallelism", "N", "How many operations may be under way at once. (default: 32)"),
    switch("compact-warnings", "Shows warnings as one line each."),
    switch("json", "Writes one JSON object a line."),
    switch("verbose", "Shows every attribute, not only those that change."),
    switch("input", "Accepted as Terraform does; values are never asked for."),
];

/// What of a plan `-target` and its like ask for.
///
/// # Errors
///
/// An address that is none.
pub fn options(args: &Args, mode: Mode) -> Result<Options, UsageError> {
    let mode = match (args.is_on("destroy", false), args.is_on("refresh-only", false)) {
        (true, true) => {
            return Err(UsageError(
                "-destroy and -refresh-only cannot be used together".to_owned(),
            ));
        }
        (true, false) => Mode::Destroy,
        (false, true) => Mode::RefreshOnly,
        (false, false) => mode,
    };
    let target = |text: &&str| match text.parse::<InstanceAddr>() {
        Ok(it) => Ok(Target::Resource(it)),
        Err(error) => match text.parse::<ModuleAddr>() {
            Ok(it) => Ok(Target::Module(it)),
            Err(_) => Err(UsageError(format!("-target: {error}"))),
        },
    };
    let replace = |text: &&str| {
        text.parse::<InstanceAddr>().map_err(|error| UsageError(format!("-replace: {error}")))
    };
    Ok(Options {
        mode,
        targets: args.values("target").iter().map(target).collect::<Result<_, _>>()?,
        replace: args.values("replace").iter().map(replace).collect::<Result<_, _>>()?,
        refresh: args.is_on("refresh", true),
        claims: true,
        empty: args.is_on("empty", false),
        verify: args.is_on("verify", false),
        keep: args.is_on("keep-deployed", true),
        asked: BTreeMap::new(),
        lift: args.is_on("lift-protection", false),
        parallelism: args.number("parallelism", 32)?,
    })
}

/// A command's run: its stack, its state, and how it talks.
pub struct Workbench {
    pub project: Project,
    pub session: Session,
    pub style: Style,
    pub json: bool,
    pub detail: Detail,
    /// Whether an apply waits for what its changes begin.
    pub see_through: bool,
    /// How long checks that fail after an apply are made again.
    check_patience: Duration,
    observer: Arc<dyn Observer>,
    stop: Arc<AtomicBool>,
    fresh: Fresh,
}

impl Workbench {
    /// Loads the stack and locks the state.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the configuration, the variables or the state.
    pub fn open(args: &Args, command: &str) -> Result<Workbench, Failed> {
        let workspace = workspace();
        let (project, problems) = Project::load(args, workspace);
        Workbench::with(args, command, project, problems)
    }

    /// The same with a stack that a plan carries.
    ///
    /// # Errors
    ///
    /// As [`Workbench::open`].
    pub fn of_plan(args: &Args, command: &str, plan: &Plan) -> Result<Workbench, Failed> {
        let (project, problems) = Project::of_plan(args, plan);
        Workbench::with(args, command, project, problems)
    }

    fn with(
        args: &Args,
        command: &str,
        project: Project,
        mut problems: Vec<Diagnostic>,
    ) -> Result<Workbench, Failed> {
        let style = Style::new(args.is_on("no-color", false));
        let json = args.is_on("json", false);
        if project.is_whole {
            problems.extend(stacks::check::check(&project.stack, &BUILTIN));
        }
        if problems.iter().any(Diagnostic::is_error) {
            return Err(Failed::Problems(problems, project.sources));
        }
        show_problems(&problems, &project.sources, json, style);
        let store = store(args, Some(&project.stack), &project.site.workspace)
            .map_err(|it| it.with(&project.sources))?;
        let session = store.open(command, &lock_options(args)?)?;
        if let Some(dead) = &session.taken_over {
            let line = format!("Taken over the lock of a run that has died: {}", dead.describe());
            if json {
                print_json(json!({}), "warn", &line, "lock_taken_over");
            } else {
                println!("{line}");
            }
        }
        let observer: Arc<dyn Observer> =
            if json { Arc::new(Lines) } else { Arc::new(Terminal::new(style)) };
        let detail = if args.is_on("verbose", false) { Detail::All } else { Detail::Changes };
        let stop = Arc::new(AtomicBool::new(false));
        let check_patience = args.duration("check-timeout")?;
        let fresh = Fresh::default();
        Ok(Workbench {
            project,
            session,
            style,
            json,
            detail,
            see_through: false,
            check_patience,
            observer,
            stop,
            fresh,
        })
    }

    pub fn say(&self, text: &str) {
        if !self.json {
            println!("{text}");
        }
    }

    pub fn stack(&self) -> &Stack {
        &self.project.stack
    }

    pub fn sources(&self) -> &Sources {
        &self.project.sources
    }

    /// Settles what a run that was cut off has left open, and saves what is known then.
    ///
    /// # Errors
    ///
    /// What could not be settled: nothing else may be done before it is.
    async fn settle(&mut self) -> Result<(), Failed> {
        if self.session.open.is_empty() {
            return Ok(());
        }
        let journal = self.session.journal();
        let open = self.session.open.clone();
        let intents = Intents::resumed(open.clone());
        let memory = Memory::new(journal.as_ref(), self.session.state.clone(), intents);
        let memory = memory.after(&self.fresh);
        let project = &self.project;
        let problems = engine::recover(
            &project.stack,
            &BUILTIN,
            &project.site,
            &project.variables,
            &memory,
            &open,
            self.observer.as_ref(),
        )
        .await;
        // What comes next begins from the serial that is saved here.
        self.session.save(&memory.into_state())?;
        self.session.open = self.session.intents().into_open();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(Failed::Problems(problems, project.sources.clone())),
        }
    }

    fn input(&self) -> Input<'_> {
        Input {
            stack: &self.project.stack,
            registry: &BUILTIN,
            site: &self.project.site,
            variables: &self.project.variables,
            state: &self.session.state,
            files: &self.project.files,
            observer: self.observer.as_ref(),
        }
    }

    /// The objects that `import` blocks name and no resource block describes.
    ///
    /// # Errors
    ///
    /// What is wrong with the blocks, or what the cloud says.
    pub async fn undescribed(&self) -> Result<BTreeMap<InstanceAddr, ObjectState>, Failed> {
        let found = engine::undescribed(&self.input()).await;
        found.map_err(|found| Failed::Problems(found, self.project.sources.clone()))
    }

    /// Takes the object that `id` means into the state.
    ///
    /// # Errors
    ///
    /// That there is none, or that the state cannot be saved.
    pub async fn import(&mut self, address: &InstanceAddr, id: &str) -> Result<(), Failed> {
        let found = engine::import(&self.input(), address, id).await;
        let found = found.map_err(|it| Failed::Problems(it, self.project.sources.clone()))?;
        let mut state = self.session.state.clone();
        state.set(&found.address, None, &found.provider, Some(found.object));
        self.session.save(&state)?;
        Ok(())
    }

    /// Makes a plan.
    ///
    /// # Errors
    ///
    /// The problems that there is no plan for.
    pub async fn plan(&self, options: &Options) -> Result<Plan, Failed> {
        let project = &self.project;
        let (plan, problems) = engine::plan(&self.input(), options).await;
        let Some(plan) = plan else {
            return Err(Failed::Problems(problems, project.sources.clone()));
        };
        show_problems(&problems, &project.sources, self.json, self.style);
        Ok(plan)
    }

    /// Compares the state that a plan was made for with what is there.
    pub async fn verify(
        &self,
        plan: &Plan,
        mark: &BTreeMap<String, String>,
    ) -> (Findings, Vec<Diagnostic>) {
        engine::verify(&self.input(), plan, mark).await
    }

    /// Shows a plan.
    pub fn show(&self, plan: &Plan) {
        if self.json {
            show_lines(plan);
            return;
        }
        let text = diff::plan(plan, self.style, self.detail);
        print!("{}", diff::kept(plan, self.style));
        match (plan.changes_something(), plan.mode) {
            (true, _) => {
                print!("{text}");
                println!("{}", self.style.bold(&diff::summary(plan)));
            }
            (false, Mode::Destroy) => println!("No changes. There is nothing to destroy."),
            (false, _) => {
                println!("No changes. What is there is as the configuration says.");
            }
        }
        for it in &plan.drift {
            if plan.mode == Mode::RefreshOnly || it.after.is_none() {
                let what = match &it.after {
                    None => "is gone".to_owned(),
                    Some(_) => {
                        format!("has other values than the state: {}", it.changed.join(", "))
                    }
                };
                println!("  {} {what}", it.address);
            }
        }
    }

    /// Asks whether to go on. Without a terminal there is nobody to ask.
    ///
    /// # Errors
    ///
    /// That nobody can be asked, or that the answer is not `yes`.
    pub fn ask(&self, question: &str, approved: bool) -> Result<(), Failed> {
        if approved {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() || self.json {
            let detail =
                "There is no terminal to ask on whether to go on. Nothing has been changed.";
            let problem = Diagnostic::error("Not approved", detail);
            return Err(problem.hint("run it again with -auto-approve").into());
        }
        print!("\n{}\n  Only \"yes\" will be accepted: ", self.style.bold(question));
        _ = std::io::stdout().flush();
        let mut answer = String::new();
        _ = std::io::stdin().lock().read_line(&mut answer);
        if answer.trim() == "yes" {
            println!();
            return Ok(());
        }
        let detail = "The answer was not \"yes\". Nothing has been changed.";
        Err(Diagnostic::error("Cancelled", detail).into())
    }

    /// Applies a plan, saves the state and says how it went.
    ///
    /// # Errors
    ///
    /// When the state cannot be saved: the journal has all that was done.
    pub async fn apply(&mut self, plan: &Plan, parallelism: usize) -> Result<Outcome, Failed> {
        let journal = self.session.journal();
        let state = self.session.state.clone();
        let begin = begin("apply", &state);
        let memory = Memory::new(journal.as_ref(), state, Intents::default());
        let memory = memory.after(&self.fresh);
        memory.record(begin).await.map_err(not_recorded)?;
        let run = self.engine_run(parallelism);
        let listening = tokio::spawn(listen(self.stop.clone(), self.json));
        let outcome = engine::apply(&run, plan, &memory).await;
        listening.abort();
        memory.record(Event::End).await.map_err(not_recorded)?;
        let mut state = memory.into_state();
        if let Some(checked) = &outcome.conditions {
            note_checks(&mut state, checked);
        }
        self.session.save(&state)?;
        Ok(outcome)
    }

    fn engine_run(&self, parallelism: usize) -> Run<'_> {
        Run {
            stack: &self.project.stack,
            registry: &BUILTIN,
            site: &self.project.site,
            variables: &self.project.variables,
            observer: self.observer.as_ref(),
            parallelism,
            see_through: self.see_through,
            check_patience: self.check_patience,
            stop: &self.stop,
        }
    }

    /// Says how an apply went, and which exit code that is.
    pub fn report(&self, plan: &Plan, outcome: &Outcome) -> ExitCode {
        show_problems(&outcome.problems, self.sources(), self.json, self.style);
        let verb = if plan.mode == Mode::Destroy { "Destroy" } else { "Apply" };
        let failed = outcome.problems.iter().any(Diagnostic::is_error)
            || !outcome.skipped.is_empty()
            || !outcome.left.is_empty();
        let imported = match outcome.imported {
            0 => String::new(),
            n => format!("{n} imported, "),
        };
        let counts = format!(
            "{imported}{} added, {} changed, {} destroyed",
            outcome.added, outcome.changed, outcome.destroyed
        );
        if self.json {
            for it in &outcome.swept {
                let text = format!("{} {}: {}", it.kind, it.id, it.why);
                print_json(json!({"swept": it}), "info", &text, "swept");
            }
            let line = json!({"changes": {
                "import": outcome.imported,
                "add": outcome.added,
                "change": outcome.changed,
                "remove": outcome.destroyed,
                "operation": verb.to_lowercase(),
            }});
            print_json(line, "info", &format!("{verb}: {counts}"), "change_summary");
        } else if failed {
            let stopped = self.stop.load(Ordering::Relaxed);
            let what = if stopped { "was stopped" } else { "is not complete" };
            println!("{} {verb} {what}: {counts}.", self.style.red("✗"));
            for it in &outcome.skipped {
                println!("  not begun: {it}");
            }
        } else {
            println!("\n{}", self.style.green(&format!("{verb} complete! {counts}.")));
        }
        if plan.mode == Mode::Destroy && !self.json {
            self.report_left(outcome);
        }
        match failed {
            true => ExitCode::from(exit_code(outcome)),
            false if self.unmet(outcome) => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        }
    }

    /// Whether a check has failed that was given time to pass. Says which.
    fn unmet(&self, outcome: &Outcome) -> bool {
        let waited = !self.check_patience.is_zero();
        let failed =
            outcome.checks.iter().filter(|it| waited && it.status == engine::CheckStatus::Fail);
        let failed: Vec<&str> = failed.map(|it| it.address.as_str()).collect();
        if failed.is_empty() {
            return false;
        }
        let names = failed.join(", ");
        let text = format!("Not passed within {:?}: {names}.", self.check_patience);
        if self.json {
            print_json(json!({"checks": failed}), "error", &text, "check_failed");
        } else {
            println!("{} {text}", self.style.red("✗"));
        }
        true
    }

    fn report_left(&self, outcome: &Outcome) {
        for it in &outcome.swept {
            println!("  swept: {} {} ({})", it.kind, it.id, it.why);
        }
        for (address, id) in &outcome.left {
            println!("  still there: {address} [id={id}]");
        }
        if !outcome.left.is_empty() {
            return;
        }
        if outcome.checked > 0 {
            println!("Looked up all {} ids once more: none of them is left.", outcome.checked);
        }
        if self.session.state.instances.is_empty() {
            println!("Nothing is left.");
        } else {
            println!("The state still has {} objects.", self.session.state.instances.len());
        }
    }
}

/// The exit code of a run that has failed. Where all that went wrong did so in one way, it tells which.
fn exit_code(outcome: &Outcome) -> u8 {
    let mut ways = outcome.problems.iter().filter(|it| it.is_error()).map(|it| it.failing);
    let first = ways.next().flatten().filter(|_| outcome.left.is_empty());
    match first.filter(|first| ways.all(|it| it == Some(*first))) {
        None | Some(Failing::Other) => 1,
        Some(Failing::RolledBack) => 4,
        Some(Failing::Overtaken) => 5,
        Some(Failing::TimedOut) => 6,
    }
}

/// Lets a state say what became of all conditions, unless it says that already.
fn note_checks(state: &mut State, checked: &[engine::Checked]) {
    let none = json!([]);
    if !engine::same_checks(state.check_results.as_ref().unwrap_or(&none), checked) {
        state.check_results = Some(json!(checked)).filter(|_| !checked.is_empty());
    }
}

fn begin(command: &str, state: &State) -> Event {
    Event::Begin {
        run: run_id(),
        command: command.to_owned(),
        started: state::now(),
        lineage: state.lineage.clone(),
        serial: state.serial,
    }
}

fn not_recorded(error: std::io::Error) -> Failed {
    Failed::Other(anyhow::anyhow!("the journal cannot be written: {error}"))
}

fn run_id() -> String {
    format!("{}-{}", state::now(), std::process::id())
}

/// The first interrupt lets what is under way finish; at the second the process ends at once. What is
/// under way then is in the journal.
async fn listen(stop: Arc<AtomicBool>, json: bool) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
        if stop.swap(true, Ordering::Relaxed) {
            eprintln!(
                "Stopped at once. The journal has all that was under way; the next run finds out \
                 what became of it."
            );
            std::process::exit(130);
        }
        let text = "Stopping: what is under way is finished, nothing new is begun. \
                    Interrupt again to stop at once.";
        if json {
            print_json(json!({}), "warn", text, "interrupted");
        } else {
            eprintln!("{text}");
        }
    }
}

/// A plan as lines for a program.
fn show_lines(plan: &Plan) {
    for it in &plan.changes {
        let action = match it.action {
            engine::Action::NoOp if it.kept.is_empty() => continue,
            engine::Action::NoOp => "no-op",
            engine::Action::Create => "create",
            engine::Action::Update => "update",
            engine::Action::DeleteThenCreate | engine::Action::CreateThenDelete => "replace",
            engine::Action::Delete => "delete",
            engine::Action::Read => "read",
            engine::Action::Forget => "remove",
        };
        let address = it.address.to_string();
        let line = json!({"change": {
            "resource": {
                "addr": address,
                "resource_type": &*it.address.resource.ty,
                "resource_name": &*it.address.resource.name,
            },
            "action": action,
            "changed": it.changed,
            "forced_by": it.forced_by,
            "kept": plan_json::kept(it),
            "lifts": it.lifts,
        }});
        print_json(line, "info", &format!("{address}: Plan to {action}"), "planned_change");
    }
    let counts = plan.counts();
    let line = json!({"changes": {
        "add": counts.add, "change": counts.change, "remove": counts.destroy, "operation": "plan",
    }});
    print_json(line, "info", &diff::summary(plan), "change_summary");
}

/// Plans and applies, again as long as a part had to wait for what the round before made.
///
/// # Errors
///
/// Whatever stops it before the apply begins.
pub fn apply(args: &Args, command: &str, mode: Mode) -> Result<ExitCode, Failed> {
    let mut options = options(args, mode)?;
    let on_failure = on_failure(args)?;
    recovery::refuse_rollback(on_failure, options.mode)?;
    let mut bench = Workbench::open(args, command)?;
    block_on(async {
        bench.recover().await?;
        let mut origin = Origin::new(&bench.session.state);
        let mut plan = bench.plan(&options).await?;
        bench.show(&plan);
        if !plan.changes_something() && plan.drift.is_empty() {
            let outcome = bench.apply(&plan, options.parallelism).await?;
            return Ok(bench.report(&plan, &outcome));
        }
        let question = match options.mode {
            Mode::Destroy => "Destroy all of this? There is no undo.",
            Mode::Normal => "Do you want to perform these actions?",
            Mode::RefreshOnly => "Update the state to what is there?",
        };
        bench.ask(question, args.is_on("auto-approve", false))?;
        loop {
            origin.begins(&plan);
            let outcome = bench.apply(&plan, options.parallelism).await?;
            origin.ended(&outcome);
            let code = bench.report(&plan, &outcome);
            if code != ExitCode::SUCCESS {
                bench.failed(on_failure, &origin).await?;
            }
            let went_on = outcome.added + outcome.changed + outcome.destroyed > 0;
            if code != ExitCode::SUCCESS || plan.deferred.is_empty() || !went_on {
                return Ok(code);
            }
            options.go_on(&plan);
            bench.say("\nNow the part that had to wait:\n");
            plan = match bench.plan(&options).await {
                Ok(plan) => plan,
                Err(why) => {
                    bench.failed(on_failure, &origin).await?;
                    return Err(why);
                }
            };
            bench.show(&plan);
        }
    })?
}

/// Applies a saved plan.
///
/// # Errors
///
/// Whatever stops it before the apply begins: above all that the state is another one by now.
pub fn apply_saved(args: &Args, path: &Path) -> Result<ExitCode, Failed> {
    let plan = planfile::open(path)?;
    let on_failure = on_failure(args)?;
    recovery::refuse_rollback(on_failure, plan.mode)?;
    let mut bench = Workbench::of_plan(args, "apply", &plan)?;
    let state = &bench.session.state;
    let other = !plan.lineage.is_empty() && plan.lineage != state.lineage && state.serial > 0;
    let unsettled = !bench.session.open.is_empty() || bench.session.rollback.is_some();
    if other || plan.serial != state.serial || unsettled {
        let detail = format!(
            "The plan was made for serial {} of the state, which is at serial {} now. Nothing has \
             been changed.",
            plan.serial, state.serial
        );
        let problem = Diagnostic::error("Saved plan is stale", detail);
        return Err(problem.hint("make a new plan: groundplan plan -out FILE").into());
    }
    let parallelism = args.number("parallelism", 32)?;
    block_on(async {
        let mut origin = Origin::new(&bench.session.state);
        origin.begins(&plan);
        let outcome = bench.apply(&plan, parallelism).await?;
        origin.ended(&outcome);
        let code = bench.report(&plan, &outcome);
        if code != ExitCode::SUCCESS {
            bench.failed(on_failure, &origin).await?;
        }
        Ok(code)
    })?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_wrong_in_one_way_has_an_exit_code_of_its_own() {
        let code = |ways: &[Option<Failing>]| {
            let problem = |failing: &Option<Failing>| Diagnostic {
                failing: *failing,
                ..Diagnostic::error("Cannot update it", "")
            };
            let problems = ways.iter().map(problem).collect();
            exit_code(&Outcome { problems, ..Outcome::default() })
        };
        let (back, late) = (Some(Failing::RolledBack), Some(Failing::TimedOut));
        assert_eq!(code(&[back, back]), 4);
        assert_eq!(code(&[Some(Failing::Overtaken)]), 5);
        assert_eq!(code(&[late]), 6);
        assert_eq!(code(&[Some(Failing::Other)]), 1);
        // In more than one way, one of them a call that was refused, or by what was not begun.
        assert_eq!(code(&[back, late]), 1);
        assert_eq!(code(&[back, None]), 1);
        assert_eq!(code(&[]), 1);
    }
}
