//! One test file: its runs one after another, each with a plan or an apply of its own, and the
//! destruction of whatever they made. States are in memory; nothing here prints.

mod names;
mod setup;
mod checks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::host::BUILTIN;
use engine::{Action, Answers, Input, Memory, Mode, Options, Plan, Silent, Site, Target};
use model::{Diagnostic, Diagnostics, InstanceAddr, Map, ModuleAddr, Value};
use stacks::Stack;
use stacks::load::{Disk, Suite, TestRun, load};
use stacks::syntax::tree::Traversal;
use stacks::variables::Given;
use state::{Event, Intents, Journal, MemoryJournal, State};

use crate::mock::Pretending;
use crate::report::Sources;
use names::Names;

/// How a run, or all runs of a file, ended. The worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Not begun.
    Skip,
    Pass,
    /// An assertion does not hold.
    Fail,
    /// Something could not be done.
    Error,
}

/// What all test files share.
pub struct Bench<'a> {
    pub root: Stack,
    pub given: Given,
    /// Set when the user wants to stop.
    pub stop: &'a AtomicBool,
}

/// What a run made, for whoever wants to see it.
pub enum Made {
    Plan(Box<Plan>),
    State(Box<State>),
    Nothing,
}

/// How a run ended.
pub struct Ended {
    pub status: Status,
    pub problems: Diagnostics,
    pub made: Made,
}

/// What could not be taken away again.
pub struct Left {
    /// The run that used the state last.
    pub run: Arc<str>,
    pub problems: Diagnostics,
    pub state: State,
}

/// A test file under way.
pub struct Course<'a> {
    bench: &'a Bench<'a>,
    suite: &'a Suite,
    /// Modules under test, by source; that of `""` is the root.
    stacks: BTreeMap<String, Stack>,
    pub sources: Sources,
    /// Outputs of the runs so far.
    outputs: BTreeMap<Arc<str>, Value>,
    /// By key, with the order in which they were last used.
    states: BTreeMap<String, Kept>,
    n_runs: usize,
}

/// A state, and what the run that used it last made it with.
struct Kept {
    state: State,
    used: usize,
    run: Arc<str>,
    stage: Arc<Stage>,
}

/// A run's stack with all that it is planned and applied with.
struct Stage {
    stack: Stack,
    registry: Pretending,
    variables: BTreeMap<String, Value>,
    site: Site,
}

/// A run that can begin.
struct Staged {
    stage: Arc<Stage>,
    /// What the run's expressions see as `var`.
    seen: BTreeMap<Arc<str>, Value>,
    warnings: Diagnostics,
}

impl<'a> Course<'a> {
    pub fn new(bench: &'a Bench<'a>, suite: &'a Suite, sources: &Sources) -> Course<'a> {
        let mut sources = sources.clone();
        sources.extend(bench.root.sources.clone());
        Course {
            bench,
            suite,
            stacks: BTreeMap::from([(String::new(), bench.root.clone())]),
            sources,
            outputs: BTreeMap::new(),
            states: BTreeMap::new(),
            n_runs: 0,
        }
    }

    /// Does what a run asks for, and looks whether what it says is true.
    pub async fn run(&mut self, run: &TestRun) -> Ended {
        let failed = |problems| Ended { status: Status::Error, problems, made: Made::Nothing };
        let source = run.module.as_ref().map(|it| it.0.clone()).unwrap_or_default();
        let stack = match self.stack(run, &source) {
            Ok(it) => it,
            Err(problems) => return failed(problems),
        };
        let Staged { stage, seen, warnings } = match self.stage(run, stack) {
            Ok(it) => it,
            Err(problems) => return failed(problems),
        };
        let key = run.state_key.clone().unwrap_or(source);
        let state = self.states.get(&key).map_or_else(State::empty, |it| it.state.clone());
        let mut ended = self.carry_out(run, &stage, &seen, &key, state).await;
        ended.problems.splice(0..0, warnings);
        ended
    }

    /// The module that a run is about, whole and without mistakes.
    fn stack(&mut self, run: &TestRun, source: &str) -> Result<Stack, Diagnostics> {
        if let Some(it) = self.stacks.get(source) {
            return Ok(it.clone());
        }
        if !source.starts_with("./") && !source.starts_with("../") {
            let detail = format!(
                "A run can use another module by a local path, such as \"./testing/setup\"; \
                 {source:?} is none."
            );
            let problem = Diagnostic::error("Invalid module source", detail);
            let span = run.module.as_ref().map_or(&run.span, |it| &it.1);
            return Err(vec![problem.at(span)]);
        }
        let (stack, mut problems) = load(Path::new(source), &Disk);
        if !problems.iter().any(Diagnostic::is_error) {
            problems.extend(stacks::check::check(&stack, &BUILTIN));
        }
        self.sources.extend(stack.sources.clone());
        if problems.iter().any(Diagnostic::is_error) {
            return Err(problems);
        }
        self.stacks.insert(source.to_owned(), stack.clone());
        Ok(stack)
    }

    /// The stack with the run's variables, providers and overrides.
    fn stage(&mut self, run: &TestRun, stack: Stack) -> Result<Staged, Diagnostics> {
        let found = names::variables(
            self.bench,
            self.suite,
            run,
            &stack,
            &self.outputs,
            &mut self.sources,
        )?;
        let scope =
            Names { module: None, variables: &found.seen, runs: &self.outputs, outputs: None };
        let (stack, mocks) = setup::prepare(self.suite, run, stack, &scope)?;
        let site = Site {
            workspace: "default".to_owned(),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            root: PathBuf::from("."),
            planned: Some(SystemTime::now()),
        };
        let registry = Pretending::new(mocks);
        let stage = Stage { stack, registry, variables: found.values, site };
        let (seen, warnings) = (found.seen, found.warnings);
        Ok(Staged { stage: Arc::new(stage), seen, warnings })
    }

    async fn carry_out(
        &mut self,
        run: &TestRun,
        stage: &Arc<Stage>,
        seen: &BTreeMap<Arc<str>, Value>,
        key: &str,
        state: State,
    ) -> Ended {
        let mut expected = checks::Expected::new(&stage.stack, run);
        let mut ended = Ended { status: Status::Pass, problems: Vec::new(), made: Made::Nothing };
        let (plan, problems) = stage.plan(&options(run), &state).await;
        let mut problems = match run.is_plan {
            true => expected.take(problems),
            false => expected.take_before_apply(problems),
        };
        let Some(plan) = plan else {
            if !run.is_plan {
                problems.extend(expected.too_early());
            }
            return self.finish(ended, problems, expected, run);
        };
        let answers;
        if run.is_plan {
            answers = Answers::of_plan(
                &stage.stack,
                &stage.registry,
                &stage.site,
                &stage.variables,
                &plan,
            );
            ended.made = Made::Plan(Box::new(plan.clone()));
        } else {
            let (after, found) = stage.apply(plan, state, self.bench.stop).await;
            problems.extend(expected.take(found));
            answers = Answers::of_state(
                &stage.stack,
                &stage.registry,
                &stage.site,
                &stage.variables,
                &after,
            );
            ended.made = Made::State(Box::new(after.clone()));
            self.n_runs += 1;
            let (used, run) = (self.n_runs, run.name.clone());
            let kept = Kept { state: after, used, run, stage: stage.clone() };
            self.states.insert(key.to_owned(), kept);
        }
        let outputs = answers.outputs();
        if !problems.iter().any(Diagnostic::is_error) {
            let module = answers.scope();
            let scope = Names {
                module: Some(&module),
                variables: seen,
                runs: &self.outputs,
                outputs: Some(&outputs),
            };
            let (status, found) = checks::assertions(run, &scope);
            ended.status = status;
            problems.extend(found);
        }
        self.remember(run, outputs);
        self.finish(ended, problems, expected, run)
    }

    fn remember(&mut self, run: &TestRun, outputs: Map) {
        self.outputs.insert(run.name.clone(), Value::object(outputs));
    }

    fn finish(
        &self,
        mut ended: Ended,
        mut problems: Diagnostics,
        expected: checks::Expected,
        run: &TestRun,
    ) -> Ended {
        let is_error = |it: &Diagnostic| it.is_error() && it.summary != checks::ASSERTION_FAILED;
        problems.extend(expected.missing(run));
        if problems.iter().any(is_error) {
            ended.status = Status::Error;
        }
        ended.problems.extend(problems);
        ended
    }

    /// The runs whose states have something in them, the last first.
    pub fn made_by(&self) -> Vec<(String, Arc<str>)> {
        let full = self.states.iter().filter(|it| !it.1.state.instances.is_empty());
        let mut found: Vec<(&String, &Kept)> = full.collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.1.used));
        found.into_iter().map(|(key, it)| (key.clone(), it.run.clone())).collect()
    }

    /// Destroys what is in a state. None if nothing is left.
    pub async fn clean_up(&mut self, key: &str) -> Option<Left> {
        let Kept { state, run, stage, .. } = self.states.remove(key)?;
        let options = Options { mode: Mode::Destroy, empty: true, ..Options::default() };
        let (plan, mut problems) = stage.plan(&options, &state).await;
        let mut after = state.clone();
        if let Some(plan) = plan {
            // Who interrupts the tests still wants their objects to be gone.
            let (found, more) = stage.apply(plan, state, &AtomicBool::new(false)).await;
            after = found;
            problems.extend(more);
        }
        problems.retain(Diagnostic::is_error);
        let is_left = |it: &InstanceAddr| it.resource.mode == model::Mode::Managed;
        let left = after.instances.keys().any(is_left);
        (left || !problems.is_empty()).then_some(Left { run, problems, state: after })
    }
}

impl Stage {
    async fn plan(&self, options: &Options, state: &State) -> (Option<Plan>, Diagnostics) {
        let input = Input {
            stack: &self.stack,
            registry: &self.registry,
            site: &self.site,
            variables: &self.variables,
            state,
            files: &BTreeMap::new(),
            observer: &Silent,
        };
        engine::plan(&input, options).await
    }

    /// Applies a plan, and plans again for what had to wait.
    async fn apply(
        &self,
        mut plan: Plan,
        mut state: State,
        stop: &AtomicBool,
    ) -> (State, Diagnostics) {
        let mut problems = Diagnostics::new();
        loop {
            let (after, found) = self.apply_once(&plan, state, stop).await;
            state = after;
            problems.extend(found);
            let acts = plan.changes.iter().any(|it| it.action != Action::NoOp);
            let failed = problems.iter().any(Diagnostic::is_error);
            if failed || plan.deferred.is_empty() || !acts || stop.load(Ordering::Relaxed) {
                return (state, problems);
            }
            let (next, found) = self.plan(&Options::default(), &state).await;
            problems.extend(found);
            match next {
                Some(it) => plan = it,
                None => return (state, problems),
            }
        }
    }

    async fn apply_once(
        &self,
        plan: &Plan,
        state: State,
        stop: &AtomicBool,
    ) -> (State, Diagnostics) {
        let journal = MemoryJournal::default();
        let begin = Event::Begin {
            run: "test".to_owned(),
            command: "test".to_owned(),
            started: state::now(),
            lineage: state.lineage.clone(),
            serial: state.serial,
        };
        let memory = Memory::new(&journal, state, Intents::default());
        let run = engine::Run {
            stack: &self.stack,
            registry: &self.registry,
            site: &self.site,
            variables: &plan.variables,
            observer: &Silent,
            parallelism: Options::default().parallelism,
            see_through: false,
            check_patience: Duration::ZERO,
            stop,
        };
        let mut problems = Diagnostics::new();
        let mut note = |done: std::io::Result<()>| {
            if let Err(error) = done {
                let detail = error.to_string();
                problems.push(Diagnostic::error("The journal cannot be kept", detail));
            }
        };
        note(memory.record(begin).await);
        let outcome = engine::apply(&run, plan, &memory).await;
        note(memory.record(Event::End).await);
        problems.extend(outcome.problems);
        for it in outcome.skipped {
            let detail = "The tests were interrupted before it was its turn.";
            if stop.load(Ordering::Relaxed) {
                problems.push(Diagnostic::error("Interrupted", detail).on(it));
            }
        }
        let state = memory.into_state();
        (State { serial: state.serial + 1, ..state }, problems)
    }
}

fn options(run: &TestRun) -> Options {
    let text = |it: &Traversal| it.to_string();
    let target = |it: String| match it.parse::<ModuleAddr>() {
        Ok(module) if !module.is_root() => Some(Target::Module(module)),
        Ok(_) | Err(_) => it.parse::<InstanceAddr>().ok().map(Target::Resource),
    };
    let mode = if run.options.refresh_only { Mode::RefreshOnly } else { Mode::Normal };
    Options {
        mode,
        refresh: run.options.refresh,
        targets: run.options.target.iter().map(text).filter_map(target).collect(),
        replace: run.options.replace.iter().filter_map(|it| text(it).parse().ok()).collect(),
        ..Options::default()
    }
}
