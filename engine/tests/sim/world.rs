//! Carries out a schedule: a cloud, a disk, and runs of the engine that are cut off, interrupted and
//! lied to. What must hold afterwards is in `rules.rs`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use engine::{
    Event, Fresh, Input, Memory, Mode, Observer, Options, Origin, Outcome, Plan, RolledBack, Run,
    Site, Target,
};
use model::{Diagnostic, Diagnostics};
use stacks::Stack;
use stacks::load::{Snapshot, load};
use state::{Event as Entry, Intents, Journal, OpenIntent, Rollback, State};
use tokio::time::{sleep, timeout};

use crate::cloud::{Cloud, Weather};
use crate::disk::Disk;
use crate::power::Power;
use crate::program::Program;
use crate::rules::{self, Before};
use crate::schedule::{Command, Meddling, Round, Schedule};
use crate::types::{Sim, Ty};

pub struct World {
    pub power: Arc<Power>,
    pub cloud: Arc<Cloud>,
    pub disk: Arc<Disk>,
    pub registry: Sim,
    pub program: Program,
    /// What there was before the run that is being undone, if it is known.
    pub before: Mutex<Option<Before>>,
}

/// How a command ended, if it was not cut off.
#[derive(Debug)]
pub enum End {
    /// What a run before left open could not be settled.
    NotRecovered(Diagnostics),
    NoPlan(Diagnostics),
    /// The journal could not be written: as good as cut off.
    DiskFull,
    /// The last plan that was applied, and how that went.
    Applied(Box<Applied>),
    /// The run has failed, and was undone.
    Undone(RolledBack),
}

#[derive(Debug)]
pub struct Applied {
    pub plan: Plan,
    pub outcome: Outcome,
    pub state: State,
    pub open: Vec<OpenIntent>,
    pub stopped: bool,
}

impl Applied {
    pub fn failed(&self) -> bool {
        let it = &self.outcome;
        it.problems.iter().any(Diagnostic::is_error)
            || !it.skipped.is_empty()
            || !it.left.is_empty()
    }
}

/// Notices what is begun after an interrupt.
struct Watch {
    disk: Arc<Disk>,
    late: AtomicBool,
}

impl Observer for Watch {
    fn event(&self, event: Event) {
        if matches!(event, Event::Started { .. }) && self.disk.was_stopped() {
            self.late.store(true, Ordering::Relaxed);
        }
    }
}

/// Carries out a schedule.
///
/// # Errors
///
/// Which rule was broken, and in which round.
pub async fn carry_out(schedule: &Schedule, logging: bool) -> Result<(), String> {
    let mut world = World::new(schedule.program.clone(), schedule.seed);
    world.cloud.look().logging = logging;
    let result = world.all_rounds(schedule).await;
    result.map_err(|why| {
        let log = std::mem::take(&mut world.cloud.look().log);
        log.into_iter().fold(why, |text, line| format!("{text}\n  {line}"))
    })
}

impl World {
    pub fn new(program: Program, seed: u64) -> World {
        let power = Arc::new(Power::default());
        let cloud = Arc::new(Cloud::new(power.clone(), seed));
        let disk = Arc::new(Disk::new(power.clone(), cloud.clone(), seed ^ 1));
        let registry = Sim(cloud.clone());
        World { power, cloud, disk, registry, program, before: Mutex::default() }
    }

    async fn all_rounds(&mut self, schedule: &Schedule) -> Result<(), String> {
        for (n, round) in schedule.rounds.iter().enumerate() {
            self.cloud.look().note(|| format!("round {n}"));
            self.round(round).await.map_err(|why| format!("in round {n}: {why}"))?;
        }
        self.cloud.look().note(|| "the end".to_owned());
        self.finish().await.map_err(|why| format!("in the end: {why}"))
    }

    async fn round(&mut self, round: &Round) -> Result<(), String> {
        round.edits.iter().for_each(|it| self.program.edit(it));
        if !round.meddling.is_empty() {
            *self.before.lock().unwrap() = None;
        }
        round.meddling.iter().for_each(|it| self.meddle(*it));
        let seconds = |n: u8| Duration::from_secs(n.into());
        self.cloud.set_weather(Weather {
            wrong: round.wrong.iter().copied().collect(),
            expires: round.expires,
            stale: seconds(round.stale),
            shy: seconds(round.shy),
            ..Weather::default()
        });
        self.power.on(round.cut);
        let command = self.command(round);
        let end = timeout(Duration::from_secs(48 * 3600), self.power.run(command)).await;
        let end = end.map_err(|_| "the run never ends".to_owned())?;
        match end {
            None | Some(Ok(End::DiskFull)) => self.disk.crash(),
            Some(end) => rules::after_round(self, round, &end?)?,
        }
        self.power.on(None);
        self.cloud.set_weather(Weather::default());
        // Long enough that everybody sees what is there; in-between states are for one run to meet.
        let pause = round.pause.max(round.stale).max(round.shy) + 1;
        sleep(seconds(pause)).await;
        self.complaints()
    }

    /// In good weather everything comes to a good end: an apply, a plan without changes, a destroy.
    async fn finish(&mut self) -> Result<(), String> {
        self.cloud.set_weather(Weather::default());
        // What an earlier run has told to go is gone by then.
        sleep(Duration::from_secs(60)).await;
        let end = self.command(&Round::calm(Command::Apply)).await?;
        self.complaints()?;
        rules::must_succeed(self, &end).await?;
        self.cloud.set_weather(Weather::default());
        let end = self.command(&Round::calm(Command::Destroy)).await?;
        self.complaints()?;
        rules::nothing_left(self, &end)
    }

    fn complaints(&self) -> Result<(), String> {
        let found = std::mem::take(&mut self.cloud.look().complaints);
        if found.is_empty() { Ok(()) } else { Err(found.join("; ")) }
    }

    fn meddle(&self, meddling: Meddling) {
        let cloud = &mut *self.cloud.look();
        let ours: Vec<String> = cloud.ours().into_iter().collect();
        let nth = |n: u8| ours.get(usize::from(n) % ours.len().max(1)).cloned();
        match meddling {
            Meddling::Remove(n) => nth(n).into_iter().for_each(|it| cloud.vanish(&it)),
            Meddling::Change(n) => nth(n).into_iter().for_each(|it| cloud.meddle(&it)),
            Meddling::Fill(n) => {
                let it = nth(n).and_then(|it| cloud.things.get_mut(&it));
                it.filter(|it| it.ty == Ty::Holder).into_iter().for_each(|it| it.contents += 3);
            }
        }
    }

    fn stack(&self) -> Result<Stack, String> {
        let files = self.program.files();
        let (stack, problems) = load(Path::new("."), &Snapshot(files));
        let more = stacks::check::check(&stack, &self.registry);
        let errors: Vec<String> = problems
            .iter()
            .chain(&more)
            .filter(|it| it.is_error())
            .map(|it| format!("{}: {}", it.summary, it.detail))
            .collect();
        if errors.is_empty() { Ok(stack) } else { Err(format!("bad stack: {}", errors.join("; "))) }
    }

    fn options(&self, command: &Command, parallelism: u8) -> Options {
        let blocks = self.program.blocks();
        let targets = |names: &[u8]| {
            let expected = self.program.expected();
            let named = names.iter().filter_map(|name| {
                let block = blocks.iter().find(|it| it.name == *name)?;
                let end = format!(".b{name}");
                let is_it = |it: &&String| it.split('[').next().unwrap_or(it).ends_with(&end);
                let plain = expected.keys().find(is_it).filter(|_| block.place.is_none())?;
                let address = plain.split('[').next().expect("a text has a beginning");
                Some(Target::Resource(address.parse().expect("an address")))
            });
            named.collect::<Vec<_>>()
        };
        let options = Options { parallelism: parallelism.into(), lift: true, ..Options::default() };
        match command {
            Command::Apply => options,
            Command::Destroy => Options { mode: Mode::Destroy, ..options },
            Command::ApplyOnly(names) => Options { targets: targets(names), ..options },
            Command::DestroyOnly(names) => match targets(names) {
                // Without a target it would be another command.
                targets if targets.is_empty() => options,
                targets => Options { mode: Mode::Destroy, targets, ..options },
            },
            Command::Replace(name) => {
                let end = format!(".b{name}");
                let expected = self.program.expected();
                let first = expected.keys().find(|it| it.ends_with(&end));
                let replace = first.into_iter().filter_map(|it| it.parse().ok()).collect();
                Options { replace, ..options }
            }
            Command::Refresh => Options { mode: Mode::RefreshOnly, ..options },
        }
    }

    /// What `groundplan apply` and `groundplan destroy` do.
    pub async fn command(&self, round: &Round) -> Result<End, String> {
        let stack = self.stack()?;
        let site = Site { workspace: "default".to_owned(), root: ".".into(), ..Site::default() };
        let variables = BTreeMap::new();
        let watch = Watch { disk: self.disk.clone(), late: AtomicBool::new(false) };
        let fresh = Fresh::default();
        let (mut state, open) = self.disk.open(round.stop, round.full)?;
        if !open.is_empty() {
            let memory = Memory::new(&*self.disk, state, Intents::resumed(open.clone()));
            let memory = memory.after(&fresh);
            let (registry, observer) = (&self.registry, &watch);
            let problems =
                engine::recover(&stack, registry, &site, &variables, &memory, &open, observer)
                    .await;
            state = memory.into_state();
            if round.full.is_some() && !problems.is_empty() {
                return Ok(End::DiskFull);
            }
            self.disk.save(&state);
            if !problems.is_empty() {
                return Ok(End::NotRecovered(problems));
            }
            rules::after_recovery(self, &open, &state)?;
        }
        if let Some(back) = self.disk.rollback() {
            let done = self.roll_back(&stack, state, &back, &watch, &fresh).await?;
            let Some((undone, now)) = done else { return Ok(End::DiskFull) };
            state = now;
            if !undone.finished {
                return Ok(End::Undone(undone));
            }
        }
        let mut origin = Origin::new(&state);
        let before = Before::new(self, &state);
        let mut options = self.options(&round.command, round.parallelism);
        options.empty = round.stop.is_none() && round.command == Command::Destroy;
        let files = BTreeMap::new();
        for _ in 0..20 {
            let input = Input {
                stack: &stack,
                registry: &self.registry,
                site: &site,
                variables: &variables,
                state: &state,
                files: &files,
                observer: &watch,
            };
            let (plan, problems) = engine::plan(&input, &options).await;
            let Some(plan) = plan else { return Ok(End::NoPlan(problems)) };
            self.cloud.look().note(|| format!("plan: {}", rules::changes(&plan).join(", ")));
            rules::before_apply(self, &plan, &state);
            round.between.iter().for_each(|it| self.meddle(*it));
            if !round.between.is_empty() {
                self.cloud.look().met.insert("rejected");
            }
            let begin = Entry::Begin {
                run: "run".to_owned(),
                command: "apply".to_owned(),
                started: "now".to_owned(),
                lineage: state.lineage.clone(),
                serial: state.serial,
            };
            let memory = Memory::new(&*self.disk, state.clone(), Intents::default());
            let memory = memory.after(&fresh);
            if memory.record(begin).await.is_err() {
                return Ok(End::DiskFull);
            }
            let run = Run {
                stack: &stack,
                registry: &self.registry,
                site: &site,
                variables: &variables,
                observer: &watch,
                parallelism: options.parallelism,
                see_through: false,
                check_patience: Duration::ZERO,
                stop: &self.disk.stop,
            };
            origin.begins(&plan);
            let outcome = engine::apply(&run, &plan, &memory).await;
            origin.ended(&outcome);
            if memory.record(Entry::End).await.is_err() {
                return Ok(End::DiskFull);
            }
            state = memory.into_state();
            self.disk.save(&state);
            if watch.late.load(Ordering::Relaxed) {
                return Err("something was begun after the interrupt".to_owned());
            }
            let went_on = outcome.added + outcome.changed + outcome.destroyed > 0;
            let stopped = self.disk.stop.load(Ordering::Relaxed);
            let open = self.disk.open_intents();
            let applied = Applied { plan, outcome, state: state.clone(), open, stopped };
            rules::after_apply(self, &applied)?;
            let undo = round.rollback && applied.plan.mode == Mode::Normal;
            if applied.failed() && undo {
                *self.before.lock().unwrap() = round.between.is_empty().then_some(before);
                let back = origin.rollback(&state, &applied.open);
                let done = self.roll_back(&stack, state, &back, &watch, &fresh).await?;
                return Ok(done.map_or(End::DiskFull, |it| End::Undone(it.0)));
            }
            if applied.failed() || applied.plan.deferred.is_empty() || !went_on {
                return Ok(End::Applied(Box::new(applied)));
            }
            options.go_on(&applied.plan);
            self.cloud.look().done.clear();
        }
        Err("it is planned again and again".to_owned())
    }

    /// Undoes what a run has done, as `apply -on-failure=rollback` does. None if the disk is full.
    async fn roll_back(
        &self,
        stack: &Stack,
        state: State,
        back: &Rollback,
        watch: &Watch,
        fresh: &Fresh,
    ) -> Result<Option<(RolledBack, State)>, String> {
        rules::before_rollback(self, back, &state);
        let site = Site { workspace: "default".to_owned(), root: ".".into(), ..Site::default() };
        let variables = BTreeMap::new();
        let begin = Entry::Begin {
            run: "run".to_owned(),
            command: "rollback".to_owned(),
            started: "now".to_owned(),
            lineage: state.lineage.clone(),
            serial: state.serial,
        };
        let intents = Intents::resumed(self.disk.open_intents());
        let memory = Memory::new(&*self.disk, state, intents).after(fresh);
        if memory.record(begin).await.is_err() {
            return Ok(None);
        }
        let run = Run {
            stack,
            registry: &self.registry,
            site: &site,
            variables: &variables,
            observer: watch,
            parallelism: 32,
            check_patience: Duration::ZERO,
            see_through: false,
            stop: &self.disk.stop,
        };
        self.disk.go_on();
        let undone = engine::roll_back(&run, &memory, back).await;
        if memory.record(Entry::End).await.is_err() {
            return Ok(None);
        }
        let state = memory.into_state();
        self.disk.save(&state);
        rules::after_rollback(self, &undone, &state)?;
        self.cloud.look().begin();
        Ok(Some((undone, state)))
    }

    /// A plan in good weather, which changes nothing.
    pub async fn look(&self) -> Result<Plan, String> {
        let stack = self.stack()?;
        let site = Site { workspace: "default".to_owned(), root: ".".into(), ..Site::default() };
        let (variables, files) = (BTreeMap::new(), BTreeMap::new());
        let (state, _) = self.disk.open(None, None)?;
        let input = Input {
            stack: &stack,
            registry: &self.registry,
            site: &site,
            variables: &variables,
            state: &state,
            files: &files,
            observer: &engine::Silent,
        };
        let (plan, problems) = engine::plan(&input, &Options::default()).await;
        plan.ok_or_else(|| format!("no plan after an apply: {problems:?}"))
    }
}
