//! Carries out a plan: every step as soon as those before it are done, as many at once as allowed.
//!
//! What fails stops what needs it and nothing else. What a plan knew is what happens, or the step
//! stops.

mod making;
mod deleting;
mod sweeping;
mod withdrawing;
mod data;
mod outputs;
mod provisioning;
mod rollback;

pub use rollback::{RolledBack, Undone, roll_back};

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use model::{
    Diagnostic, Diagnostics, FaultKind, InstanceAddr, ModuleAddr, Object, Registry, ResourceType,
    Stray, Timeouts, Value,
};
use stacks::stack::{Resource, Stack};
use state::{Event as Entry, Journal, ObjectState};
use sweeping::Gone;
use tokio::time::Instant;

use crate::checked::{self, Checked};
use crate::checks::{CheckResult, checks};
use crate::event::{Event, Observer, Op};
use crate::graph::ProviderAddr;
use crate::kept;
use crate::lifecycle::{Failure, Told, Work};
use crate::memory::Memory;
use crate::places::place;
use crate::plan::{Action, Change, Do, Mode, Plan, Written};
use crate::providers::{Bound, Providers, from_state_text};
use crate::rollback::Prior;
use crate::world::{BlockScope, Site, World};

/// What a plan is applied with.
pub struct Run<'a> {
    pub stack: &'a Stack,
    pub registry: &'a dyn Registry,
    pub site: &'a Site,
    /// Values of the root module's variables: those of the plan, and ephemeral ones.
    pub variables: &'a BTreeMap<String, Value>,
    pub observer: &'a dyn Observer,
    pub parallelism: usize,
    /// Whether what changes begin is waited for, whatever the objects' own arguments say.
    pub see_through: bool,
    /// How long checks that fail at the end are made again.
    pub check_patience: Duration,
    /// Set when the user wants to stop: what is under way is finished, nothing new is begun.
    pub stop: &'a AtomicBool,
}

/// How it went.
#[derive(Debug, Default)]
pub struct Outcome {
    pub problems: Diagnostics,
    pub added: usize,
    pub changed: usize,
    pub destroyed: usize,
    pub imported: usize,
    /// What each `check` block came to.
    pub checks: Vec<CheckResult>,
    /// What became of all conditions, for the state. None if they were not looked at.
    pub conditions: Option<Vec<Checked>>,
    /// What was done something to.
    pub acted: Vec<InstanceAddr>,
    /// What could not be done what the plan says.
    pub failed: Vec<InstanceAddr>,
    /// What was not begun, because something that it needs failed or the run was stopped.
    pub skipped: Vec<InstanceAddr>,
    /// After a destroy: what the cloud had made on its own, and is gone too.
    pub swept: Vec<Stray>,
    /// After a destroy: ids that are still there.
    pub left: Vec<(InstanceAddr, String)>,
    /// After a destroy: how many ids were looked up again.
    pub checked: usize,
}

/// Applies a plan to the state in `memory`, which must be the one that it was made for.
pub async fn apply(run: &Run<'_>, plan: &Plan, memory: &Memory<'_>) -> Outcome {
    let mut outcome = carried_out(run, plan, memory).await;
    place(run.stack, &mut outcome.problems);
    outcome
}

async fn carried_out(run: &Run<'_>, plan: &Plan, memory: &Memory<'_>) -> Outcome {
    let applier = Applier::new(run, plan, memory);
    let mut outcome = Outcome::default();
    let world = World::new(
        run.stack,
        run.registry,
        run.site,
        run.variables,
        plan.mode != Mode::RefreshOnly,
    );
    let providers = Providers::new(&world);
    if run.see_through {
        providers.see_through();
    }
    let scene = Scene { applier: &applier, world: &world, providers: &providers };
    if let Err(error) = scene.begin().await {
        outcome.problems.push(not_written(&error));
        return outcome;
    }
    outcome.problems = scene.signed().await;
    if !outcome.problems.is_empty() {
        return outcome;
    }
    scene.open().await;
    outcome.imported = plan.counts().import;
    scene.carry_out(&mut outcome).await;
    scene.note_not_replaced(&mut outcome);
    if let Err(error) = scene.withdraw(&mut outcome).await {
        outcome.problems.push(not_written(&error));
    }
    if let Err(error) = scene.outputs(&mut outcome).await {
        outcome.problems.push(not_written(&error));
    }
    if let Some(fault) = providers.over() {
        outcome.problems.push(over(&fault));
        return outcome;
    }
    if plan.mode == Mode::Normal && !run.stop.load(Ordering::Relaxed) {
        let settled = |_: &ModuleAddr, _: &Resource| false;
        let found = checks(&world, &providers, run.check_patience, &settled).await;
        (outcome.checks, outcome.problems) = (found.0, [outcome.problems, found.1].concat());
        outcome.conditions = Some(checked::all(&world, &outcome.checks));
    }
    if plan.mode == Mode::Destroy {
        outcome.conditions = Some(Vec::new());
        scene.leave_nothing(&mut outcome).await;
    }
    outcome
}

struct Applier<'a> {
    run: &'a Run<'a>,
    plan: &'a Plan,
    memory: &'a Memory<'a>,
    /// Under which key the old object of a replacement was put aside.
    deposed: Mutex<HashMap<InstanceAddr, String>>,
    /// What was deleted to be made anew.
    replaced: Mutex<HashMap<InstanceAddr, ObjectState>>,
    /// What was made for objects whose change the cloud has undone.
    in_vain: Mutex<BTreeSet<InstanceAddr>>,
    /// What the configuration says of arguments that are kept otherwise.
    said: Mutex<HashMap<InstanceAddr, Object>>,
    /// What was deleted, to be looked up again.
    gone: Mutex<Vec<Gone>>,
    /// What objects are to be again, if the plan is to undo another.
    prior: Option<&'a Prior>,
}

/// An applier with what it evaluates and calls.
struct Scene<'a> {
    applier: &'a Applier<'a>,
    world: &'a World<'a>,
    providers: &'a Providers<'a>,
}

/// How a step ended.
enum End {
    Done,
    /// The object was already as it should be.
    Nothing,
    Failed(Diagnostics),
}

impl<'a> Applier<'a> {
    fn new(run: &'a Run<'a>, plan: &'a Plan, memory: &'a Memory<'a>) -> Applier<'a> {
        Applier {
            run,
            plan,
            memory,
            deposed: Mutex::default(),
            replaced: Mutex::default(),
            in_vain: Mutex::default(),
            said: Mutex::default(),
            gone: Mutex::default(),
            prior: None,
        }
    }
}

impl Scene<'_> {
    /// Looks up again what calls are signed with if it ends before long. Problems if it has ended.
    async fn signed(&self) -> Diagnostics {
        let (run, plan) = (self.applier.run, self.applier.plan);
        let acting = plan.changes.iter().filter(|it| it.action != Action::NoOp);
        let names: BTreeSet<&str> = acting.map(|it| it.provider.as_str()).collect();
        let mut problems = Vec::new();
        for name in names {
            let Some(addr) = from_state_text(run.stack, run.registry, name) else { continue };
            // What is wrong with its settings is said by the steps that need it.
            let Ok(login) = self.providers.login(&addr).await else { continue };
            match login.short().await {
                None => (),
                Some(left) if left.is_zero() => {
                    let detail = format!("Those of {name} are over. Nothing has been changed.");
                    problems.push(Diagnostic::error("The credentials have ended", detail));
                }
                Some(left) => {
                    let text = format!(
                        "The credentials of {name} end in {} seconds. If this takes longer, they are \
                         looked up again then.",
                        left.as_secs()
                    );
                    self.tell(Event::Notice { text });
                }
            }
        }
        problems
    }

    /// Brings the state to what planning found, and lets expressions see what the plan knows.
    async fn begin(&self) -> std::io::Result<()> {
        let (plan, memory) = (self.applier.plan, self.applier.memory);
        for (from, to) in plan.moves.clone() {
            memory.record(Entry::Moved { from, to }).await?;
        }
        for it in &plan.drift {
            let found = memory.look(|state| {
                let instance = state.instances.get(&it.address)?;
                let object = instance.object(it.deposed.as_deref())?.clone();
                Some((instance.provider.clone(), object))
            });
            let Some((provider, object)) = found else { continue };
            let object = it.after.clone().map(|attributes| ObjectState { attributes, ..object });
            let (address, deposed) = (it.address.clone(), it.deposed.clone());
            memory.record(Entry::Wrote { address, deposed, provider, object }).await?;
        }
        for it in plan.written.clone() {
            let Written { address, provider, object } = it;
            let entry = Entry::Wrote { address, deposed: None, provider, object: Some(object) };
            memory.record(entry).await?;
        }
        for (address, provider, attributes) in &plan.data {
            let object = ObjectState { attributes: attributes.clone(), ..ObjectState::default() };
            let same = memory.look(|state| {
                let instance = state.instances.get(address);
                instance.and_then(|it| it.current.as_ref()) == Some(&object)
            });
            if !same {
                let (address, provider) = (address.clone(), provider.clone());
                let entry = Entry::Wrote { address, deposed: None, provider, object: Some(object) };
                memory.record(entry).await?;
            }
        }
        self.forget_old_data().await?;
        for it in plan.changes.iter().filter(|it| it.action == Action::NoOp) {
            self.depends(it).await?;
        }
        self.world.see(&plan.resources);
        Ok(())
    }

    /// An object that stays as it is may depend on other things than before: what goes with it later
    /// goes in that order. It may be guarded now, or not any more. And what was kept and is not any
    /// more is forgotten.
    async fn depends(&self, change: &Change) -> std::io::Result<()> {
        let managed = |names: &[String]| -> Vec<String> {
            let is_data = |it: &String| it.starts_with("data.") || it.contains(".data.");
            names.iter().filter(|it| !is_data(it)).cloned().collect()
        };
        let found = self.applier.memory.look(|state| {
            let instance = state.instances.get(&change.address)?;
            let object = instance.current.clone()?;
            let mut said = kept::said(object.private.as_deref());
            said.retain(|name, _| {
                change.kept.iter().any(|it| it.remember && it.attribute == *name)
            });
            let private = kept::remember(object.private.as_deref(), &said);
            let same = managed(&object.dependencies) == change.dependencies
                && object.is_guarded() == change.guarded
                && private == object.private;
            (!same).then(|| (instance.provider.clone(), ObjectState { private, ..object }))
        });
        let Some((provider, object)) = found else { return Ok(()) };
        let object = ObjectState { dependencies: change.dependencies.clone(), ..object };
        let object = object.guarded(change.guarded);
        let address = change.address.clone();
        let entry = Entry::Wrote { address, deposed: None, provider, object: Some(object) };
        self.applier.memory.record(entry).await
    }

    /// Data sources that are not configured any more leave the state.
    async fn forget_old_data(&self) -> std::io::Result<()> {
        let (plan, memory) = (self.applier.plan, self.applier.memory);
        if plan.mode == Mode::RefreshOnly || plan.targeted {
            return Ok(());
        }
        let read = plan.data.iter().map(|it| &it.0);
        let kept: HashSet<&InstanceAddr> =
            read.chain(plan.changes.iter().map(|it| &it.address)).collect();
        let old: Vec<(InstanceAddr, String)> = memory.look(|state| {
            let data = state.instances.iter().filter(|it| it.0.resource.mode == model::Mode::Data);
            data.filter(|it| !kept.contains(it.0))
                .map(|(a, it)| (a.clone(), it.provider.clone()))
                .collect()
        });
        for (address, provider) in old {
            memory.record(Entry::Wrote { address, deposed: None, provider, object: None }).await?;
        }
        Ok(())
    }

    /// Walks the steps.
    async fn carry_out(&self, outcome: &mut Outcome) {
        let steps = &self.applier.plan.steps;
        let mut open: Vec<usize> = steps.iter().map(|it| it.needs.len()).collect();
        let mut needed_by = vec![Vec::new(); steps.len()];
        for (n, step) in steps.iter().enumerate() {
            step.needs.iter().for_each(|it| needed_by[*it].push(n));
        }
        let mut failed = vec![false; steps.len()];
        let mut ready: Vec<usize> = (0..steps.len()).filter(|it| open[*it] == 0).rev().collect();
        let mut running = FuturesUnordered::new();
        let limit = self.applier.run.parallelism.max(1);
        loop {
            let can_start = running.len() < limit;
            let next = match ready.last() {
                Some(n) if can_start || steps[*n].what == Do::Group || failed[*n] => ready.pop(),
                _ => None,
            };
            let done = match next {
                Some(n) if failed[n] || self.stopped(&steps[n].what) => {
                    failed[n] = true;
                    self.skip(&steps[n].what, outcome);
                    n
                }
                Some(n) if steps[n].what == Do::Group => n,
                Some(n) => {
                    running.push(async move { (n, self.step(&steps[n].what).await) });
                    continue;
                }
                None => match running.next().await {
                    Some((n, end)) => {
                        failed[n] = matches!(end, End::Failed(_));
                        self.count(&steps[n].what, end, outcome);
                        n
                    }
                    None => break,
                },
            };
            for it in &needed_by[done] {
                failed[*it] |= failed[done];
                open[*it] -= 1;
                if open[*it] == 0 {
                    ready.push(*it);
                }
            }
        }
        outcome.skipped.sort();
        outcome.skipped.dedup();
    }

    fn stopped(&self, what: &Do) -> bool {
        let stop = || self.applier.run.stop.load(Ordering::Relaxed);
        *what != Do::Group && (stop() || self.providers.over().is_some())
    }

    fn change(&self, what: &Do) -> Option<&Change> {
        match what {
            Do::Group => None,
            Do::Make(n) | Do::Delete(n) | Do::Forget(n) => Some(&self.applier.plan.changes[*n]),
        }
    }

    fn skip(&self, what: &Do, outcome: &mut Outcome) {
        outcome.skipped.extend(self.change(what).map(|it| it.address.clone()));
    }

    fn count(&self, what: &Do, end: End, outcome: &mut Outcome) {
        let address = self.change(what).map(|it| it.address.clone());
        match &end {
            End::Failed(_) => outcome.failed.extend(address),
            End::Done => outcome.acted.extend(address),
            End::Nothing => (),
        }
        match (what, end) {
            (_, End::Failed(found)) => outcome.problems.extend(found),
            (_, End::Nothing) | (Do::Group | Do::Forget(_), End::Done) => (),
            (Do::Delete(_), End::Done) => outcome.destroyed += 1,
            (Do::Make(n), End::Done) => match self.applier.plan.changes[*n].action {
                Action::Update => outcome.changed += 1,
                Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => {
                    outcome.added += 1;
                }
                Action::NoOp | Action::Read | Action::Delete | Action::Forget => (),
            },
        }
    }

    async fn step(&self, what: &Do) -> End {
        let Some(change) = self.change(what) else { return End::Nothing };
        let op = match (what, change.action) {
            (Do::Delete(_), _) => Op::Delete,
            (_, Action::Read) => Op::Read,
            (_, Action::Update) => Op::Update,
            _ => Op::Create,
        };
        let start = Instant::now();
        let address = change.address.clone();
        let id = match op {
            Op::Create => None,
            Op::Read | Op::Update | Op::Delete | Op::Empty => self.id_of(change, op),
        };
        self.tell(Event::Started { address: address.clone(), op, id: id.clone() });
        let result = match what {
            Do::Make(_) if self.applier.prior.is_some() => self.restore(change).await,
            Do::Make(_) if change.action == Action::Read => self.read(change).await,
            Do::Make(_) => self.make(change).await,
            Do::Delete(_) => self.delete(change).await,
            Do::Forget(_) => self.forget(change).await,
            Do::Group => Ok(false),
        };
        let elapsed = start.elapsed();
        match result {
            Ok(acted) => {
                let id = self.id_of(change, op).or(id);
                self.tell(Event::Done { address, op, id, elapsed });
                if acted { End::Done } else { End::Nothing }
            }
            Err(found) => {
                let message = found.first().map(|it| it.detail.clone()).unwrap_or_default();
                self.tell(Event::Failed { address: address.clone(), op, message, elapsed });
                End::Failed(found)
            }
        }
    }

    fn tell(&self, event: Event) {
        self.applier.run.observer.event(event);
    }

    /// What the state calls the object.
    /// The id of the object that is made or deleted, if it is there.
    fn id_of(&self, change: &Change, op: Op) -> Option<String> {
        let key = match op {
            Op::Delete => self.old(change),
            Op::Create | Op::Read | Op::Update | Op::Empty => None,
        };
        self.applier.memory.look(|state| {
            let object = state.instances.get(&change.address)?.object(key.as_deref())?;
            object.attributes.get("id")?.as_str().map(str::to_owned)
        })
    }

    /// The key under which the old object of a change was put aside. None if it was not.
    fn old(&self, change: &Change) -> Option<String> {
        match change.action {
            Action::CreateThenDelete => {
                let deposed = self.applier.deposed.lock().expect("held for a look-up only");
                deposed.get(&change.address).cloned()
            }
            _ => change.deposed.clone(),
        }
    }

    async fn bound(&self, provider: &ProviderAddr, change: &Change) -> Result<Bound, Diagnostics> {
        self.providers.resource(provider, &change.address.resource.ty).await
    }

    fn provider(&self, change: &Change) -> Result<ProviderAddr, Diagnostics> {
        let run = self.applier.run;
        from_state_text(run.stack, run.registry, &change.provider).ok_or_else(|| {
            let detail = format!("The plan names the provider {:?}.", change.provider);
            vec![Diagnostic::error("Unknown provider", detail).on(&change.address)]
        })
    }

    /// The block of a change, and the scope of its instance.
    fn block(&self, change: &Change) -> Result<(Resource, BlockScope<'_>), Diagnostics> {
        let missing = || {
            let detail = "The configuration does not have it any more; make a new plan.";
            vec![Diagnostic::error("The plan is out of date", detail).on(&change.address)]
        };
        let addr = &change.address.resource;
        let scope = self.world.scope(&addr.module).ok_or_else(missing)?;
        let key = (addr.mode, addr.ty.clone(), addr.name.clone());
        let resource = scope.module.resources.get(&key).cloned().ok_or_else(missing)?;
        let instances = self.world.resource_instances(addr)?;
        if !instances.contains(change.address.key.as_ref()) {
            return Err(missing());
        }
        let scope = scope.instance(&instances, change.address.key.as_ref());
        Ok((resource, scope))
    }

    fn waiting(&self, change: &Change, op: Op) -> impl Fn(Told) + Send + Sync {
        let (observer, address) = (self.applier.run.observer, change.address.clone());
        let start = Instant::now();
        move |told| {
            let (address, elapsed) = (address.clone(), start.elapsed());
            observer.event(match told {
                Told::Waiting(what) => Event::Waiting { address, op, what, elapsed },
                Told::News(text) => Event::News { address, op, text, elapsed },
            });
        }
    }

    fn work<'b>(
        &'b self,
        change: &'b Change,
        bound: &'b Bound,
        deposed: Option<&'b str>,
        tell: &'b (dyn Fn(Told) + Send + Sync),
    ) -> Work<'b> {
        let mut default = bound.ty.timeouts();
        if !change.held_by.is_empty() {
            default.delete = default.delete.min(HELD);
        }
        let limit = |op: &str, default: Duration| {
            change.timeouts.get(op).map_or(default, |it| Duration::from_secs(*it))
        };
        Work {
            ty: bound.ty.as_ref(),
            reader: &bound.reader,
            memory: self.applier.memory,
            address: &change.address,
            deposed,
            dependencies: &change.dependencies,
            private: None,
            made: self.applier.memory.fresh().last(&change.dependencies),
            limits: Timeouts {
                create: limit("create", default.create),
                update: limit("update", default.update),
                delete: limit("delete", default.delete),
            },
            tell,
        }
    }

    async fn record(&self, change: &Change, entry: Entry) -> Result<(), Diagnostics> {
        self.applier
            .memory
            .record(entry)
            .await
            .map_err(|error| vec![not_written(&error).on(&change.address)])
    }
}

fn no_id() -> model::Fault {
    model::Fault {
        kind: FaultKind::Rejected,
        operation: "state",
        code: "NoId".to_owned(),
        message: "the object in the state has no id".to_owned(),
    }
}

fn failed(change: &Change, op: &str, fault: &str, left: &str) -> Diagnostics {
    let end = if fault.ends_with('.') { " " } else { ". " };
    let detail = match left {
        "" => fault.to_owned(),
        left => format!("{fault}{end}{left}"),
    };
    let summary = format!("Cannot {op} {}", change.address);
    vec![Diagnostic::error(summary, detail).on(&change.address)]
}

/// How long to wait until something is let go of by what will not do so in this run: it may be held by
/// what is on its way out.
const HELD: Duration = Duration::from_secs(15);

/// What there is to do when that is done which was in the way.
const GO_ON: &str = "run the same command again: it goes on from here";

/// The same of calls that were made: with what came up on the way, and what to do.
fn ended(
    ty: &dyn ResourceType,
    change: &Change,
    op: &str,
    failure: &Failure,
    left: &str,
) -> Diagnostics {
    let mut problems = failed(change, op, &failure.fault.to_string(), left);
    for problem in &mut problems {
        problem.hint = match (ty.advise(&failure.fault), failure.fault.kind) {
            (Some(it), _) => Some(format!("{it}; then {GO_ON}")),
            (None, FaultKind::Failed(_)) => None,
            (None, FaultKind::Rejected) => Some(format!("change what is refused; then {GO_ON}")),
            (None, _) => Some(GO_ON.to_owned()),
        };
        for it in &failure.trouble {
            problem.detail = format!("{}\n\n{it}", problem.detail);
        }
        if let FaultKind::Failed(failing) = failure.fault.kind {
            problem.failing = Some(failing);
        }
    }
    problems
}

fn over(fault: &model::Fault) -> Diagnostic {
    let detail = format!(
        "{fault}. They were looked up again, and there are no others. What was under way is in the \
         journal; nothing more has been begun."
    );
    Diagnostic::error("The credentials have ended", detail).hint(format!("log in and {GO_ON}"))
}

fn not_written(error: &std::io::Error) -> Diagnostic {
    let detail = format!("The journal cannot be written: {error}. Nothing more has been started.");
    Diagnostic::error("Nothing can be recorded", detail)
}
