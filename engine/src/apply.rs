//! Carries out a plan: every step as soon as those before it are done, as many at once as allowed.
//!
//! What fails stops what needs it and nothing else. What a plan knew is what happens, or the step
//! stops.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use model::{
    Diagnostic, Diagnostics, FaultKind, InstanceAddr, Map, ModuleAddr, Object, Registry, Timeouts,
    Value, from_typed_json,
};
use serde_json::{Value as Json, json};
use stacks::stack::{IgnoreChanges, Resource, Stack};
use state::{Event as Entry, Journal, ObjectState, Output};
use tokio::time::Instant;

use crate::change::{self, Verdict};
use crate::event::{Event, Observer, Op};
use crate::graph::{ProviderAddr, provider_addr};
use crate::lifecycle::{self, Failure, Work};
use crate::memory::Memory;
use crate::plan::{Action, Change, Do, Mode, Plan};
use crate::planning::{data_arguments, holds, mark_sensitive};
use crate::providers::{Bound, Providers, from_state_text};
use crate::world::{BlockScope, Site, World};

/// What a plan is applied with.
pub struct Run<'a> {
    pub stack: &'a Stack,
    pub registry: &'a dyn Registry,
    pub site: &'a Site,
    pub observer: &'a dyn Observer,
    pub parallelism: usize,
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
    /// What was not begun, because something that it needs failed or the run was stopped.
    pub skipped: Vec<InstanceAddr>,
    /// After a destroy: ids that are still there.
    pub left: Vec<(InstanceAddr, String)>,
    /// After a destroy: how many ids were looked up again.
    pub checked: usize,
}

/// Applies a plan to the state in `memory`, which must be the one that it was made for.
pub async fn apply(run: &Run<'_>, plan: &Plan, memory: &Memory<'_>) -> Outcome {
    let applier = Applier::new(run, plan, memory);
    let mut outcome = Outcome::default();
    let world = World::new(
        run.stack,
        run.registry,
        run.site,
        &plan.variables,
        plan.mode != Mode::RefreshOnly,
    );
    let providers = Providers::new(&world);
    let scene = Scene { applier: &applier, world: &world, providers: &providers };
    if let Err(error) = scene.begin().await {
        outcome.problems.push(not_written(&error));
        return outcome;
    }
    scene.carry_out(&mut outcome).await;
    if let Err(error) = scene.outputs(&mut outcome).await {
        outcome.problems.push(not_written(&error));
    }
    if plan.mode == Mode::Destroy {
        scene.look_again(&mut outcome).await;
    }
    outcome
}

struct Applier<'a> {
    run: &'a Run<'a>,
    plan: &'a Plan,
    memory: &'a Memory<'a>,
    /// Under which key the old object of a replacement was put aside.
    deposed: Mutex<HashMap<InstanceAddr, String>>,
    /// What was deleted, to be looked up again.
    gone: Mutex<Vec<(ProviderAddr, InstanceAddr, String)>>,
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
        Applier { run, plan, memory, deposed: Mutex::default(), gone: Mutex::default() }
    }
}

impl Scene<'_> {
    /// Brings the state to what planning found, and lets expressions see what the plan knows.
    async fn begin(&self) -> std::io::Result<()> {
        let (plan, memory) = (self.applier.plan, self.applier.memory);
        for change in &plan.changes {
            if let Some(from) = &change.moved_from {
                let (from, to) = (from.clone(), change.address.clone());
                memory.record(Entry::Moved { from, to }).await?;
            }
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
        for it in &plan.resources {
            let resource = &it.resource.0.resource;
            if let Some(instances) = &it.instances {
                self.world.set_instances(resource, std::sync::Arc::new(instances.clone()));
            }
            for (key, value) in &it.objects {
                self.world.set_object(resource, key.clone(), value.clone());
            }
        }
        Ok(())
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
        *what != Do::Group && self.applier.run.stop.load(Ordering::Relaxed)
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
        let id = self.id_of(change);
        self.tell(Event::Started { address: address.clone(), op, id: id.clone() });
        let result = match what {
            Do::Make(_) if change.action == Action::Read => self.read(change).await,
            Do::Make(_) => self.make(change).await,
            Do::Delete(_) => self.delete(change).await,
            Do::Forget(_) => self.forget(change).await,
            Do::Group => Ok(false),
        };
        let elapsed = start.elapsed();
        match result {
            Ok(acted) => {
                let id = self.id_of(change).or(id);
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
    fn id_of(&self, change: &Change) -> Option<String> {
        self.applier.memory.look(|state| {
            let object = state.instances.get(&change.address)?.object(change.deposed.as_deref())?;
            object.attributes.get("id")?.as_str().map(str::to_owned)
        })
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

    /// Creates or updates an object. Answers whether anything had to be done.
    async fn make(&self, change: &Change) -> Result<bool, Diagnostics> {
        let address = &change.address;
        let (resource, scope) = self.block(change)?;
        let run = self.applier.run;
        let path = address.resource.module.path();
        let provider = provider_addr(run.stack, &path, &resource.provider);
        let bound = self.bound(&provider, change).await?;
        let schema = bound.ty.schema();
        for rule in &resource.lifecycle.preconditions {
            holds(rule, &scope)?;
        }
        let config = stacks::decode::decode(&resource.body, resource.json, schema, &scope)?;
        if !config.is_wholly_known() {
            let detail =
                "An argument is still not known, although all that it refers to is applied.";
            let problem = Diagnostic::error("Unknown value while applying", detail);
            return Err(vec![problem.at(&resource.span).on(address)]);
        }
        let mut config = config.entries().cloned().unwrap_or_default();
        let have = match change.action {
            Action::Update => self.current(change),
            _ => None,
        };
        let prior =
            have.as_ref().and_then(|it| lifecycle::typed(bound.ty.as_ref(), &it.attributes));
        if let Some(prior) = &prior {
            match &resource.lifecycle.ignore_changes {
                IgnoreChanges::None => (),
                IgnoreChanges::All => return Ok(false),
                IgnoreChanges::Some(paths) => change::ignore(&mut config, prior, paths),
            }
        }
        let adjust = |prior: Option<&Map>, planned: &mut Map| bound.ty.adjust(prior, planned);
        let it = change::predict(schema, prior.as_ref(), &config, &adjust);
        self.keeps_promise(change, schema, it.verdict, &it.after, &resource)?;
        let object = match (prior, it.verdict) {
            (Some(_), Verdict::Keep) => {
                let have = have.expect("an object that is kept is there");
                self.write(change, &bound, have.attributes.clone(), &it.after, false).await?;
                self.show(change, &bound, &have.attributes, &it.after);
                return Ok(false);
            }
            (_, _) => self.call(change, &bound, have, &it.after).await?,
        };
        let this = self.show(change, &bound, &object, &it.after);
        let scope = BlockScope { this: Some(this), ..scope };
        for rule in &resource.lifecycle.postconditions {
            holds(rule, &scope).map_err(|found| {
                found.into_iter().map(|it| it.on(address)).collect::<Diagnostics>()
            })?;
        }
        Ok(true)
    }

    fn keeps_promise(
        &self,
        change: &Change,
        schema: &model::Schema,
        verdict: Verdict,
        now: &Map,
        resource: &Resource,
    ) -> Result<(), Diagnostics> {
        let broken = |detail: String| {
            let hint = "run the command again: it makes a new plan from what is there now";
            let problem = Diagnostic::error("Not what was planned", detail).at(&resource.span);
            Err(vec![problem.on(&change.address).hint(hint)])
        };
        if change.action == Action::Update && verdict == Verdict::Replace {
            return broken(
                "Now that all values are known, the object would have to be replaced. It has not \
                 been changed."
                    .to_owned(),
            );
        }
        let planned = change.after.clone().map(|it| it.unmark_deep().0);
        let now = Value::object(now.clone()).unmark_deep().0;
        let (Some(planned), Some(now)) = (planned.as_ref().and_then(Value::entries), now.entries())
        else {
            return Ok(());
        };
        match change::breaks_promise(schema, planned, now) {
            Some(name) => broken(format!(
                "The attribute \"{name}\" comes out other than the plan said. The object has not been \
                 changed."
            )),
            None => Ok(()),
        }
    }

    fn current(&self, change: &Change) -> Option<ObjectState> {
        self.applier.memory.look(|state| state.instances.get(&change.address)?.current.clone())
    }

    /// Makes the calls, and records what came of them.
    async fn call(
        &self,
        change: &Change,
        bound: &Bound,
        have: Option<ObjectState>,
        after: &Map,
    ) -> Result<Object, Diagnostics> {
        let want = lifecycle::untyped(bound.ty.as_ref(), after);
        let old = match change.action {
            Action::CreateThenDelete => Some(self.new_key(&change.address)),
            _ => None,
        };
        let tell = self.waiting(change, if have.is_some() { Op::Update } else { Op::Create });
        let work = self.work(change, bound, old.as_deref(), &tell);
        let result = match &have {
            Some(have) => match bound.ty.id(&have.attributes) {
                Some(id) => lifecycle::update(&work, &id, have.attributes.clone(), &want).await,
                None => Err(no_id().into()),
            },
            None => {
                let token = uuid::Uuid::new_v4().to_string();
                lifecycle::create(&work, &change.provider, &want, &token).await
            }
        };
        match result {
            Ok(object) => {
                self.write(change, bound, object.clone(), after, false).await?;
                Ok(object)
            }
            Err(failure) => Err(self.failed(change, bound, have.is_some(), failure, after).await),
        }
    }

    fn new_key(&self, address: &InstanceAddr) -> String {
        let key = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        let mut deposed = self.applier.deposed.lock().expect("held for an insertion only");
        deposed.insert(address.clone(), key.clone());
        key
    }

    fn waiting(&self, change: &Change, op: Op) -> impl Fn(String) + Send + Sync {
        let (observer, address) = (self.applier.run.observer, change.address.clone());
        let start = Instant::now();
        move |what| {
            let elapsed = start.elapsed();
            observer.event(Event::Waiting { address: address.clone(), op, what, elapsed });
        }
    }

    fn work<'b>(
        &'b self,
        change: &'b Change,
        bound: &'b Bound,
        deposed: Option<&'b str>,
        tell: &'b (dyn Fn(String) + Send + Sync),
    ) -> Work<'b> {
        let default = bound.ty.timeouts();
        let limit = |op: &str, default: Duration| {
            change.timeouts.get(op).map_or(default, |it| Duration::from_secs(*it))
        };
        Work {
            ty: bound.ty.as_ref(),
            reader: &bound.reader,
            journal: self.applier.memory,
            address: &change.address,
            deposed,
            made: self.applier.memory.fresh().last(&change.dependencies),
            limits: Timeouts {
                create: limit("create", default.create),
                update: limit("update", default.update),
                delete: limit("delete", default.delete),
            },
            tell,
        }
    }

    /// Records what a failed call left, and says what is wrong.
    async fn failed(
        &self,
        change: &Change,
        bound: &Bound,
        existed: bool,
        failure: Failure,
        after: &Map,
    ) -> Diagnostics {
        let (op, left) = match (existed, &failure.left) {
            (true, _) => ("update", "It may have been changed in part; the next plan will tell."),
            (false, Some(_)) => {
                ("create", "It exists, but is not as it should be; the next apply replaces it.")
            }
            (false, None) if failure.fault.kind == FaultKind::Lost => (
                "create",
                "No reply came, so it may exist; the next run finds out before it does anything.",
            ),
            (false, None) => ("create", "It was not created."),
        };
        let mut problems = failed(change, op, &failure.fault.to_string(), left);
        if failure.fault.kind == FaultKind::Exists
            && let Some(problem) = problems.first_mut()
        {
            problem.hint = Some(format!(
                "to take it over, write an import block: import {{ to = {} id = \"...\" }}",
                change.address
            ));
        }
        let recorded = match (failure.left, existed) {
            (Some(object), existed) => {
                self.write(change, bound, object, after, !existed).await.err()
            }
            // The intent stays open, so that the next run settles it.
            (None, false) if failure.fault.kind == FaultKind::Lost => None,
            (None, _) => {
                let entry = Entry::Abandoned { address: change.address.clone(), deposed: None };
                self.record(change, entry).await.err()
            }
        };
        problems.extend(recorded.into_iter().flatten());
        problems
    }

    /// Records what the state holds of the object from now on.
    async fn write(
        &self,
        change: &Change,
        bound: &Bound,
        mut attributes: Object,
        after: &Map,
        tainted: bool,
    ) -> Result<(), Diagnostics> {
        if !change.timeouts.is_empty() {
            let limits: BTreeMap<&str, Json> = bound
                .ty
                .schema()
                .timeouts
                .iter()
                .map(|op| {
                    let limit = change.timeouts.get(*op);
                    (*op, limit.map_or(Json::Null, |it| json!(go_duration(*it))))
                })
                .collect();
            attributes.insert("timeouts".to_owned(), json!(limits));
        }
        let mut sensitive = Vec::new();
        sensitive_paths(&Value::object(after.clone()), &mut Vec::new(), &mut sensitive);
        let private = self.current(change).and_then(|it| it.private);
        let object = ObjectState {
            schema_version: bound.ty.schema().version,
            attributes,
            sensitive,
            identity: None,
            private: private.filter(|_| change.action == Action::Update),
            dependencies: change.dependencies.clone(),
            create_before_destroy: change.create_before_destroy,
            tainted,
        };
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: Some(object),
        };
        self.record(change, entry).await
    }

    async fn record(&self, change: &Change, entry: Entry) -> Result<(), Diagnostics> {
        self.applier
            .memory
            .record(entry)
            .await
            .map_err(|error| vec![not_written(&error).on(&change.address)])
    }

    /// Lets expressions see the object as it is now.
    fn show(&self, change: &Change, bound: &Bound, object: &Object, after: &Map) -> Value {
        let schema = bound.ty.schema();
        let found = lifecycle::typed(bound.ty.as_ref(), object).unwrap_or_default();
        let found = mark_sensitive(schema.attributes, found).into_iter().map(|(name, value)| {
            let marks = after.get(&name).map(Value::marks_deep).unwrap_or_default();
            (name, value.mark(marks))
        });
        let value = Value::object(found.collect());
        let address = &change.address;
        self.world.set_object(&address.resource, address.key.clone(), value.clone());
        value
    }

    /// Reads a data source that had to wait.
    async fn read(&self, change: &Change) -> Result<bool, Diagnostics> {
        let (resource, scope) = self.block(change)?;
        let run = self.applier.run;
        let path = change.address.resource.module.path();
        let provider = provider_addr(run.stack, &path, &resource.provider);
        let source = self.providers.data(&provider, &change.address.resource.ty).await?;
        let rate = self.providers.rate(&provider, source.service());
        let schema = source.schema();
        let given = stacks::decode::decode(&resource.body, resource.json, schema, &scope)?;
        let given = data_arguments(schema, &given);
        let found = crate::retry::reading(&rate, || source.read(&given)).await;
        let object = found.map_err(|fault| failed(change, "read", &fault.to_string(), ""))?;
        let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
        let value = from_typed_json(&json.into(), &schema.ty());
        let entries = value.ok().and_then(|it| it.entries().cloned()).unwrap_or_default();
        let value = Value::object(mark_sensitive(schema.attributes, entries));
        let address = &change.address;
        self.world.set_object(&address.resource, address.key.clone(), value.clone());
        let entry = Entry::Wrote {
            address: address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: Some(ObjectState { attributes: object, ..ObjectState::default() }),
        };
        self.record(change, entry).await?;
        let scope = BlockScope { this: Some(value), ..scope };
        for rule in &resource.lifecycle.postconditions {
            holds(rule, &scope)?;
        }
        Ok(true)
    }

    /// Deletes the old object of a change.
    async fn delete(&self, change: &Change) -> Result<bool, Diagnostics> {
        let key = match change.action {
            Action::CreateThenDelete => {
                let deposed = self.applier.deposed.lock().expect("held for a look-up only");
                deposed.get(&change.address).cloned()
            }
            _ => change.deposed.clone(),
        };
        let object = self
            .applier
            .memory
            .look(|state| state.instances.get(&change.address)?.object(key.as_deref()).cloned());
        let Some(object) = object else { return Ok(false) };
        let provider = self.provider(change)?;
        let bound = self.bound(&provider, change).await?;
        self.delete_object(change, &bound, key.as_deref(), &object.attributes, &provider).await?;
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: key,
            provider: change.provider.clone(),
            object: None,
        };
        self.record(change, entry).await?;
        Ok(true)
    }

    async fn delete_object(
        &self,
        change: &Change,
        bound: &Bound,
        key: Option<&str>,
        have: &Object,
        provider: &ProviderAddr,
    ) -> Result<(), Diagnostics> {
        let Some(id) = bound.ty.id(have) else {
            return Err(failed(change, "delete", &no_id().to_string(), "It was not deleted."));
        };
        let mut have = have.clone();
        if let (Some(force), Some(_)) = (bound.ty.force_attribute(), &change.empties) {
            have.insert(force.to_owned(), true.into());
        }
        let of = change.empties.as_ref().map(|it| it.count);
        let gone = AtomicU64::new(0);
        let progress = |n: u64| {
            gone.store(n, Ordering::Relaxed);
            let of = of.unwrap_or_default().max(n);
            let address = change.address.clone();
            self.tell(Event::Emptied { address, gone: n, of });
        };
        let tell = self.waiting(change, Op::Delete);
        let work = self.work(change, bound, key, &tell);
        let emptied: Option<&(dyn Fn(u64) + Send + Sync)> = match of {
            Some(_) => Some(&progress),
            None => None,
        };
        if let Err(fault) = lifecycle::delete(&work, &id, &have, emptied).await {
            let left = match gone.load(Ordering::Relaxed) {
                0 => "It is still there.".to_owned(),
                n => format!("It is still there, but {n} of the things in it are gone."),
            };
            let mut problems = failed(change, "delete", &fault.to_string(), &left);
            let deposed = key.map(str::to_owned);
            let entry = Entry::Abandoned { address: change.address.clone(), deposed };
            problems.extend(self.record(change, entry).await.err().into_iter().flatten());
            return Err(problems);
        }
        let mut all = self.applier.gone.lock().expect("held for an insertion only");
        all.push((provider.clone(), change.address.clone(), id));
        Ok(())
    }

    async fn forget(&self, change: &Change) -> Result<bool, Diagnostics> {
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: None,
        };
        self.record(change, entry).await?;
        Ok(true)
    }

    /// Brings the outputs up to date.
    async fn outputs(&self, outcome: &mut Outcome) -> std::io::Result<()> {
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

    /// Reads every id that was deleted once more.
    async fn look_again(&self, outcome: &mut Outcome) {
        let gone = std::mem::take(
            &mut *self.applier.gone.lock().expect("nobody deletes anything any more"),
        );
        let mut groups: BTreeMap<(ProviderAddr, String), Vec<(String, InstanceAddr)>> =
            BTreeMap::new();
        for (provider, address, id) in gone {
            let key = (provider, address.resource.ty.to_string());
            groups.entry(key).or_default().push((id, address));
        }
        for ((provider, ty), objects) in groups {
            let Ok(bound) = self.providers.resource(&provider, &ty).await else { continue };
            let ids: Vec<String> = objects.iter().map(|it| it.0.clone()).collect();
            outcome.checked += ids.len();
            match bound.reader.read_all(&ids).await {
                Ok(found) => {
                    let left = objects.into_iter().filter(|it| found.contains_key(&it.0));
                    outcome.left.extend(left.map(|(id, address)| (address, id)));
                }
                Err(fault) => {
                    let summary = format!("Cannot look up again what was deleted of {ty}");
                    outcome.problems.push(Diagnostic::error(summary, fault.to_string()));
                }
            }
        }
        outcome.left.sort();
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

fn not_written(error: &std::io::Error) -> Diagnostic {
    let detail = format!("The journal cannot be written: {error}. Nothing more has been started.");
    Diagnostic::error("Nothing can be recorded", detail)
}

/// Seconds as Go writes a duration: `1h10m0s`.
fn go_duration(seconds: u64) -> String {
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (h, m) {
        (0, 0) => format!("{s}s"),
        (0, m) => format!("{m}m{s}s"),
        (h, m) => format!("{h}h{m}m{s}s"),
    }
}

/// Paths of sensitive parts, as state files write them.
fn sensitive_paths(value: &Value, at: &mut Vec<Json>, found: &mut Vec<Json>) {
    if value.marks.sensitive {
        found.push(Json::Array(at.clone()));
        return;
    }
    let index = |key: Json, ty: &str| json!({"type": "index", "value": {"value": key, "type": ty}});
    if let model::Kind::Object(entries) = &value.kind {
        for (name, it) in entries.iter() {
            at.push(json!({"type": "get_attr", "value": &**name}));
            sensitive_paths(it, at, found);
            at.pop();
        }
    } else if let Some(entries) = value.entries() {
        for (name, it) in entries {
            at.push(index(json!(&**name), "string"));
            sensitive_paths(it, at, found);
            at.pop();
        }
    } else if let model::Kind::List(_, items) | model::Kind::Tuple(items) = &value.kind {
        for (n, it) in items.iter().enumerate() {
            at.push(index(json!(n), "number"));
            sensitive_paths(it, at, found);
            at.pop();
        }
    }
}
