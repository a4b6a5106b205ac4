//! Undoes what a run has done: a plan whose wanted objects are those of before, carried out by the same
//! steps as any other.
//!
//! What is to be undone is on disk before it begins. Whoever goes on with it starts from what is there
//! then, so nothing has to be known of how far it came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use model::{Diagnostic, Diagnostics, InstanceAddr, Map, Mode as BlockMode};
use stacks::stack::Stack;
use state::{Event as Entry, How, Journal, ObjectState, Rollback, State, Was};
use tokio::time::sleep;

use super::{Applier, Outcome, Run, Scene, failed, not_written, over};
use crate::ask::show;
use crate::change::Verdict;
use crate::graph::{BlockAddr, Graph, Node, build};
use crate::lifecycle::as_written;
use crate::memory::Memory;
use crate::order;
use crate::orders;
use crate::plan::{Action, Change, Contents, Do, Mode, Plan, Step};
use crate::planning::blank;
use crate::providers::{Bound, Providers, from_state_text};
use crate::recover::recover;
use crate::refresh::refresh;
use crate::rollback::{Ids, Prior, differences, readdress, way};
use crate::world::World;

/// What became of undoing a run.
#[derive(Debug, Default)]
pub struct RolledBack {
    pub problems: Diagnostics,
    pub undone: Vec<(InstanceAddr, Undone)>,
    /// What could not be undone, and why.
    pub left: Vec<(InstanceAddr, String)>,
    /// Whether it is over. Else the next run goes on with it.
    pub finished: bool,
}

/// How something was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// What was made is gone again.
    Deleted,
    /// What was changed is as before.
    ChangedBack,
    /// What was deleted is there again, with another id.
    Recreated { was: Option<String>, is: Option<String> },
    /// What was to be deleted after its replacement is the one in use again.
    Kept,
    /// What was taken into the state has left it, and is there as before.
    Forgotten,
}

/// Undoes a run.
pub async fn roll_back(run: &Run<'_>, memory: &Memory<'_>, back: &Rollback) -> RolledBack {
    let mut done = RolledBack::default();
    if let Err(found) = undo(run, memory, back, &mut done).await {
        done.problems.extend(found);
    }
    done
}

async fn undo(
    run: &Run<'_>,
    memory: &Memory<'_>,
    back: &Rollback,
    done: &mut RolledBack,
) -> Result<(), Diagnostics> {
    record(memory, Entry::RollingBack { back: back.clone() }).await?;
    let open = memory.open();
    let unsettled =
        recover(run.stack, run.registry, run.site, run.variables, memory, &open, run.observer);
    let unsettled = unsettled.await;
    if !unsettled.is_empty() {
        return Err(unsettled);
    }
    note_at_once(memory, back).await?;
    let world = World::new(run.stack, run.registry, run.site, run.variables, true);
    show(&world, &memory.look(State::clone));
    let providers = Providers::new(&world);
    let mut prior = Prior::new(back);
    let undoing = Undoing { run, memory, world: &world, providers: &providers };
    done.problems.extend(undoing.look_again(&prior).await);
    if let Some(fault) = providers.over() {
        return Err(vec![over(&fault)]);
    }
    undoing.restore_deposed(&prior).await?;
    undoing.write_again(&prior, done).await?;
    let plan = undoing.plan(back, &mut prior, done).await?;
    let applier = Applier { prior: Some(&prior), ..Applier::new(run, &plan, memory) };
    let scene = Scene { applier: &applier, world: &world, providers: &providers };
    let mut outcome = Outcome::default();
    scene.carry_out(&mut outcome).await;
    done.problems.append(&mut outcome.problems);
    undoing.report(&prior, &plan, &outcome, done);
    undoing.note(back, &prior, &outcome, done).await?;
    if let Some(fault) = providers.over() {
        return Err(vec![over(&fault)]);
    }
    let stopped = run.stop.load(Ordering::Relaxed) && !outcome.skipped.is_empty();
    if !stopped && memory.open().is_empty() {
        record(memory, Entry::RolledBack).await?;
        done.finished = true;
    }
    Ok(())
}

async fn record(memory: &Memory<'_>, entry: Entry) -> Result<(), Diagnostics> {
    memory.record(entry).await.map_err(|error| vec![not_written(&error)])
}

/// What is undone in the state alone: addresses, and objects that have only left it.
async fn note_at_once(memory: &Memory<'_>, back: &Rollback) -> Result<(), Diagnostics> {
    let moves = memory.look(|state| readdress(&mut state.clone(), &back.moves));
    for it in moves {
        record(memory, Entry::Moved { from: it.from, to: it.to }).await?;
    }
    for it in back.was.iter().filter(|it| it.how == How::Noted) {
        let same = memory.look(|state| {
            let now = state.instances.get(&it.address);
            now.and_then(|it| it.current.as_ref()) == it.current.as_ref()
        });
        if !same {
            record(memory, wrote(it, it.current.clone())).await?;
        }
    }
    Ok(())
}

fn wrote(it: &Was, object: Option<ObjectState>) -> Entry {
    let (address, provider) = (it.address.clone(), it.provider.clone());
    Entry::Wrote { address, deposed: None, provider, object }
}

/// What planning to undo something works with.
struct Undoing<'a> {
    run: &'a Run<'a>,
    memory: &'a Memory<'a>,
    world: &'a World<'a>,
    providers: &'a Providers<'a>,
}

impl Undoing<'_> {
    async fn bound(&self, provider: &str, address: &InstanceAddr) -> Result<Bound, Diagnostics> {
        let found = from_state_text(self.run.stack, self.run.registry, provider);
        let Some(provider) = found else {
            let detail = format!("The state says that {provider:?} made it.");
            let problem = Diagnostic::error("Unknown provider in the state", detail);
            return Err(vec![problem.on(address)]);
        };
        self.providers.resource(&provider, &address.resource.ty).await
    }

    /// Reads once more what a failed call may have changed, after the time that a change may take to
    /// be seen. What cannot be read is taken as the state has it.
    async fn look_again(&self, prior: &Prior) -> Diagnostics {
        let mut lag = None;
        for it in prior.was.values().filter(|it| it.unsure) {
            let bound = self.bound(&it.provider, &it.address).await;
            lag = lag.max(bound.ok().map(|it| it.reader.lag()));
        }
        let Some(lag) = lag else { return Diagnostics::new() };
        sleep(lag).await;
        let state = self.memory.look(State::clone);
        let unsure = |address: &InstanceAddr| prior.was.get(address).is_some_and(|it| it.unsure);
        let found = refresh(self.world, self.providers, &state, &unsure, self.run.observer).await;
        let drift = match found {
            Ok(it) => it,
            Err(found) => return found,
        };
        for it in drift {
            let Some(instance) = state.instances.get(&it.address) else { continue };
            let Some(object) = instance.object(it.deposed.as_deref()).cloned() else { continue };
            let object = it.after.map(|attributes| ObjectState { attributes, ..object });
            let (address, deposed, provider) = (it.address, it.deposed, instance.provider.clone());
            let entry = Entry::Wrote { address, deposed, provider, object };
            if let Err(found) = record(self.memory, entry).await {
                return found;
            }
        }
        Diagnostics::new()
    }

    /// An object that was to be deleted after its replacement is the current one again.
    async fn restore_deposed(&self, prior: &Prior) -> Result<(), Diagnostics> {
        let state = self.memory.look(State::clone);
        for (address, was) in &prior.was {
            let (Some(current), Some(instance)) = (&was.current, state.instances.get(address))
            else {
                continue;
            };
            let Ok(bound) = self.bound(&instance.provider, address).await else { continue };
            let id = |it: &ObjectState| bound.ty.id(&it.attributes);
            let mut aside = instance.deposed.iter().filter(|it| !was.deposed.contains(it.0));
            let same = aside.find(|it| id(it.1).is_some() && id(it.1) == id(current));
            if let Some((key, _)) = same {
                let aside = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
                let (address, deposed) = (address.clone(), key.clone());
                record(self.memory, Entry::Restored { address, deposed, aside }).await?;
            }
        }
        Ok(())
    }

    /// What is nothing but what the state says of it is back once the state says it.
    async fn write_again(&self, prior: &Prior, done: &mut RolledBack) -> Result<(), Diagnostics> {
        let state = self.memory.look(State::clone);
        for (address, was) in prior.was.iter().filter(|it| it.1.how == How::Managed) {
            let now = state.instances.get(address).and_then(|it| it.current.as_ref());
            let managed = address.resource.mode == BlockMode::Managed;
            if was.current.is_none() || was.current.as_ref() == now || !managed {
                continue;
            }
            let bound = self.bound(&was.provider, address).await;
            if bound.is_ok_and(|it| it.ty.is_only_in_state()) {
                record(self.memory, wrote(was, was.current.clone())).await?;
                done.undone.push((address.clone(), Undone::ChangedBack));
            }
        }
        Ok(())
    }

    /// The plan that leads from the state to what was before.
    async fn plan(
        &self,
        back: &Rollback,
        prior: &mut Prior,
        done: &mut RolledBack,
    ) -> Result<Plan, Diagnostics> {
        let state = self.memory.look(State::clone);
        let graph = build(&Stack::default(), &blocks(back, prior, &state))?;
        let mut changes = Vec::new();
        let mut ids = prior.ids(self.run.registry, &state);
        for node in &graph.nodes {
            let Node::Orphan(block) = node else { continue };
            for address in addresses(prior, &state, block) {
                let found = self.changes(prior, &state, &address, &mut ids).await;
                match found {
                    Ok(found) => changes.extend(found),
                    Err(why) => done.left.push((address, why)),
                }
            }
        }
        let orders = orders::pairs(&graph, self.run.registry.orders());
        let steps = steps(&graph, &orders, &changes, &state);
        Ok(Plan { changes, steps, ..nothing(&state) })
    }

    /// What has to be done with the objects of one address, or why nothing can be.
    async fn changes(
        &self,
        prior: &mut Prior,
        state: &State,
        address: &InstanceAddr,
        ids: &mut Ids,
    ) -> Result<Vec<Change>, String> {
        let instance = state.instances.get(address);
        let now = instance.and_then(|it| it.current.as_ref());
        let Some(was) = prior.was.get(address) else {
            let Some(now) = now.filter(|it| ids.applied(&it.attributes) != it.attributes) else {
                return Ok(Vec::new());
            };
            // It means something that is made again, and that will have another id.
            prior.others.insert(address.clone(), now.clone());
            let provider = instance.map(|it| it.provider.clone()).unwrap_or_default();
            let dependencies = now.dependencies.clone();
            let change = Change { provider, dependencies, ..blank(address.clone()) };
            return Ok(vec![Change { action: Action::Update, ..change }]);
        };
        // A call whose outcome was not known has made nothing, or that is gone again.
        if instance.is_none() && was.current.is_none() {
            return Ok(Vec::new());
        }
        let why =
            |found: Diagnostics| found.first().map(|it| it.detail.clone()).unwrap_or_default();
        let provider = instance.map_or(&was.provider, |it| &it.provider);
        let bound = self.bound(provider, address).await.map_err(why)?;
        let mut changes = Vec::new();
        for (key, it) in instance.iter().flat_map(|it| &it.deposed) {
            if !was.deposed.contains(key) {
                let change = deletion(address, provider, it, &bound);
                changes.push(Change { deposed: Some(key.clone()), ..change });
            }
        }
        match (&was.current, now) {
            (None, None) => (),
            (None, Some(_)) if was.how == How::Imported => (),
            (None, Some(now)) => changes.push(deletion(address, provider, now, &bound)),
            (Some(current), now) => {
                let action = action(&bound, current, now, ids)?;
                if matches!(now, None | Some(_) if makes(action)) {
                    ids.learn(bound.ty.schema(), &current.attributes, None);
                }
                changes.push(Change {
                    action,
                    provider: now.map_or(&was.provider, |_| provider).clone(),
                    dependencies: current.dependencies.clone(),
                    create_before_destroy: current.create_before_destroy,
                    lifts: now.map(|it| protection(it, &bound)).unwrap_or_default(),
                    ..blank(address.clone())
                });
            }
        }
        Ok(changes)
    }

    /// What was undone, and what was not.
    fn report(&self, prior: &Prior, plan: &Plan, outcome: &Outcome, done: &mut RolledBack) {
        for it in &outcome.failed {
            done.left.push((it.clone(), "this has failed, as told above".to_owned()));
        }
        for it in outcome.skipped.iter().filter(|it| !outcome.failed.contains(it)) {
            done.left.push((it.clone(), "this was not begun".to_owned()));
        }
        let acted = |it: &&Change| {
            outcome.acted.contains(&it.address) && !outcome.failed.contains(&it.address)
        };
        let id = |it: Option<&ObjectState>| {
            it.and_then(|it| it.attributes.get("id")?.as_str().map(str::to_owned))
        };
        let mut undone = Vec::new();
        for it in plan.changes.iter().filter(acted) {
            let what = match it.action {
                Action::Delete if it.deposed.is_some() => Undone::Kept,
                Action::Delete => Undone::Deleted,
                Action::Update => Undone::ChangedBack,
                Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => {
                    Undone::Recreated {
                        was: id(prior.object(&it.address)),
                        is: self.memory.look(|state| {
                            let instance = state.instances.get(&it.address);
                            id(instance.and_then(|it| it.current.as_ref()))
                        }),
                    }
                }
                Action::NoOp | Action::Read | Action::Forget => continue,
            };
            undone.push((it.address.clone(), what));
        }
        undone.dedup_by(|a, b| a.0 == b.0 && a.1 == Undone::Kept);
        done.undone.extend(undone);
    }

    /// Lets the state say what it said before of everything that is as before.
    async fn note(
        &self,
        back: &Rollback,
        prior: &Prior,
        outcome: &Outcome,
        done: &mut RolledBack,
    ) -> Result<(), Diagnostics> {
        let state = self.memory.look(State::clone);
        let ids = prior.ids(self.run.registry, &state);
        let open: BTreeSet<&InstanceAddr> = outcome.failed.iter().chain(&outcome.skipped).collect();
        for it in back.was.iter().filter(|it| !open.contains(&it.address)) {
            let instance = state.instances.get(&it.address);
            let now = instance.and_then(|it| it.current.as_ref());
            let object = match (it.address.resource.mode, &it.current, now) {
                (BlockMode::Data | BlockMode::Ephemeral, current, _) => current.clone(),
                (BlockMode::Managed, Some(was), Some(now)) if it.how == How::Managed => {
                    let bound = self.bound(&it.provider, &it.address).await;
                    let Ok(bound) = bound else { continue };
                    self.compare(it, was, now, &bound, &ids, done);
                    Some(as_before(&bound, was, now, &ids))
                }
                (BlockMode::Managed, _, _) => continue,
            };
            let same = object.as_ref() == now
                && instance.is_none_or(|instance| instance.provider == it.provider);
            if !same {
                record(self.memory, wrote(it, object)).await?;
            }
        }
        self.forget(back, &open, done).await?;
        let mut outputs = back.outputs.clone();
        outputs.values_mut().for_each(|it| it.value = ids.json(&it.value));
        if state.outputs != outputs {
            record(self.memory, Entry::Outputs { outputs }).await?;
        }
        Ok(())
    }

    /// Says what of an object is not as before in spite of all.
    fn compare(
        &self,
        it: &Was,
        was: &ObjectState,
        now: &ObjectState,
        bound: &Bound,
        ids: &Ids,
        done: &mut RolledBack,
    ) {
        let ty = bound.ty.as_ref();
        let mut other = differences(ty, &ids.applied(&was.attributes), &now.attributes);
        let itself = ty.id(&was.attributes) == ty.id(&now.attributes);
        let way = way(ty, &was.attributes, itself.then_some(&now.attributes), ids);
        other.extend(way.into_iter().flat_map(|it| it.lost));
        if !other.is_empty() && !done.left.iter().any(|left| left.0 == it.address) {
            let why = format!("not as before: {}", other.join(", "));
            done.left.push((it.address.clone(), why));
        }
    }

    /// What the run had taken into the state leaves it. That this is all that is left to do with it is
    /// on disk first: it would seem deleted otherwise.
    async fn forget(
        &self,
        back: &Rollback,
        open: &BTreeSet<&InstanceAddr>,
        done: &mut RolledBack,
    ) -> Result<(), Diagnostics> {
        let imported = |it: &Was| it.how == How::Imported && !open.contains(&it.address);
        let there = |it: &&Was| self.memory.look(|state| state.instances.contains_key(&it.address));
        let going: Vec<&Was> = back.was.iter().filter(|it| imported(it)).filter(there).collect();
        if going.is_empty() {
            return Ok(());
        }
        let mut less = back.clone();
        let is_going = |it: &&mut Was| imported(it);
        less.was.iter_mut().filter(is_going).for_each(|it| it.current = None);
        record(self.memory, Entry::RollingBack { back: less }).await?;
        for it in going {
            record(self.memory, wrote(it, None)).await?;
            done.undone.push((it.address.clone(), Undone::Forgotten));
        }
        Ok(())
    }
}

impl Scene<'_> {
    /// Brings an object back to what it was before. Answers whether anything had to be done.
    pub(super) async fn restore(&self, change: &Change) -> Result<bool, Diagnostics> {
        let prior = self.applier.prior.expect("only a rollback restores anything");
        let lost = |why: &str| failed(change, "restore", why, "");
        let was = prior.object(&change.address);
        let was = was.ok_or_else(|| lost("what it was is not known"))?;
        let provider = self.provider(change)?;
        let bound = self.bound(&provider, change).await?;
        let have = match change.action {
            Action::Update => self.current(change),
            _ => None,
        };
        let memory = self.applier.memory;
        let ids = memory.look(|state| prior.ids(self.applier.run.registry, state));
        let attributes = have.as_ref().map(|it| &it.attributes);
        let way = way(bound.ty.as_ref(), &was.attributes, attributes, &ids);
        let way = way.ok_or_else(|| lost("the state's object does not fit its type"))?;
        match (&have, way.prediction.verdict) {
            (Some(_), Verdict::Keep) => return Ok(false),
            (Some(_), Verdict::Replace) => {
                let by = way.prediction.forced_by.join(", ");
                return Err(lost(&format!("it would have to be replaced for {by}")));
            }
            (Some(_), Verdict::Update | Verdict::Create) | (None, _) => (),
        }
        let none = Map::new();
        self.call(change, &bound, have, &way.prediction.after, &none, false).await?;
        Ok(true)
    }
}

fn makes(action: Action) -> bool {
    match action {
        Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete => true,
        Action::NoOp | Action::Update | Action::Delete | Action::Read | Action::Forget => false,
    }
}

/// What brings an object back, or why nothing does.
fn action(
    bound: &Bound,
    was: &ObjectState,
    now: Option<&ObjectState>,
    ids: &Ids,
) -> Result<Action, String> {
    let Some(now) = now else { return Ok(Action::Create) };
    let it = way(bound.ty.as_ref(), &was.attributes, Some(&now.attributes), ids);
    let Some(it) = it else { return Err("the state's object does not fit its type".to_owned()) };
    let id = |it: &ObjectState| bound.ty.id(&it.attributes);
    let itself = id(was) == id(now);
    let again = match now.create_before_destroy {
        true => Action::CreateThenDelete,
        false => Action::DeleteThenCreate,
    };
    match it.prediction.verdict {
        _ if now.tainted && !itself => Ok(again),
        Verdict::Keep => Ok(Action::NoOp),
        Verdict::Update | Verdict::Create => Ok(Action::Update),
        Verdict::Replace if !itself => Ok(again),
        Verdict::Replace => Err(format!(
            "it would have to be replaced to have its old {}",
            it.prediction.forced_by.join(", ")
        )),
    }
}

fn deletion(address: &InstanceAddr, provider: &str, it: &ObjectState, bound: &Bound) -> Change {
    let force = bound.ty.force_attribute().and_then(|name| it.attributes.get(name));
    let empties = force.is_some_and(|it| it.as_bool() == Some(true));
    Change {
        action: Action::Delete,
        provider: provider.to_owned(),
        dependencies: it.dependencies.clone(),
        empties: empties.then(|| Contents { count: 0, text: String::new() }),
        lifts: protection(it, bound),
        ..blank(address.clone())
    }
}

/// What protects an object from being deleted. That a run has made it so does not keep it.
fn protection(it: &ObjectState, bound: &Bound) -> Vec<String> {
    let is_on = |name: &&&str| it.attributes.get(**name) == Some(&serde_json::Value::Bool(true));
    let names = bound.ty.protections().iter().filter(is_on);
    names.map(|it| (*it).to_owned()).collect()
}

/// An object of the state as it was before, as far as only we know of it.
fn as_before(bound: &Bound, was: &ObjectState, now: &ObjectState, ids: &Ids) -> ObjectState {
    let itself = bound.ty.id(&was.attributes) == bound.ty.id(&now.attributes);
    let written = ids.applied(&was.attributes);
    let mut attributes = as_written(bound.ty.as_ref(), now.attributes.clone(), &written);
    match was.attributes.get("timeouts") {
        Some(it) => _ = attributes.insert("timeouts".to_owned(), it.clone()),
        None => _ = attributes.remove("timeouts"),
    }
    ObjectState {
        schema_version: now.schema_version,
        attributes,
        identity: was.identity.clone().filter(|_| itself),
        private: if itself { was.private.clone() } else { now.private.clone() },
        tainted: if itself { was.tainted } else { now.tainted },
        sensitive: was.sensitive.clone(),
        dependencies: was.dependencies.clone(),
        create_before_destroy: was.create_before_destroy,
    }
}

/// Every block that there is or was, with what its objects depend on: as it was, where it was there.
fn blocks(
    back: &Rollback,
    prior: &Prior,
    state: &State,
) -> BTreeMap<BlockAddr, BTreeSet<BlockAddr>> {
    let mut blocks = BTreeMap::<BlockAddr, BTreeSet<BlockAddr>>::new();
    let block = |it: &InstanceAddr| BlockAddr::of(&it.resource);
    // The run may have called blocks otherwise.
    let moves: Vec<(BlockAddr, BlockAddr)> =
        back.moves.iter().map(|it| (block(&it.from), block(&it.to))).collect();
    let names = |it: &ObjectState| -> Vec<BlockAddr> {
        let parsed = it.dependencies.iter().filter_map(|it| it.parse::<InstanceAddr>().ok());
        let mut found: Vec<BlockAddr> = parsed.map(|it| block(&it)).collect();
        for (new, old) in &moves {
            if found.contains(new) {
                found.push(old.clone());
            }
        }
        found
    };
    let known: BTreeSet<BlockAddr> = prior
        .was
        .values()
        .filter(|it| it.current.is_some())
        .map(|it| BlockAddr::of(&it.address.resource))
        .collect();
    for (address, instance) in &state.instances {
        let block = BlockAddr::of(&address.resource);
        let touched = prior.was.contains_key(address) && known.contains(&block);
        let needs = blocks.entry(block).or_default();
        let objects = instance.current.iter().chain(instance.deposed.values());
        if !touched {
            needs.extend(objects.flat_map(names));
        }
    }
    for it in prior.was.values() {
        let needs = blocks.entry(BlockAddr::of(&it.address.resource)).or_default();
        needs.extend(it.current.iter().flat_map(names));
    }
    for (block, needs) in &mut blocks {
        needs.remove(block);
    }
    blocks
}

/// All addresses of a block that there are or were.
fn addresses(prior: &Prior, state: &State, block: &BlockAddr) -> BTreeSet<InstanceAddr> {
    let managed = |it: &&InstanceAddr| {
        it.resource.mode == BlockMode::Managed && BlockAddr::of(&it.resource) == *block
    };
    state.instances.keys().chain(prior.was.keys()).filter(managed).cloned().collect()
}

/// The steps of a rollback: those of any plan and, as far as that does not go round, what was changed
/// is changed back only once what was made after it is gone.
fn steps(
    graph: &Graph,
    orders: &BTreeSet<(usize, usize)>,
    changes: &[Change],
    state: &State,
) -> Vec<Step> {
    let mut steps = order::steps(graph, orders, changes, state);
    let of = |action: Action| -> Vec<(usize, &Change)> {
        let change = |(at, what): (usize, &Do)| match what {
            Do::Make(n) | Do::Delete(n) => Some((at, &changes[*n])),
            Do::Group | Do::Forget(_) => None,
        };
        let all = steps.what().iter().enumerate().filter_map(change);
        all.filter(|it| it.1.action == action).collect()
    };
    let (updates, deletes) = (of(Action::Update), of(Action::Delete));
    for (update, of) in updates {
        let block = BlockAddr::of(&of.address.resource).to_string();
        for (delete, of) in &deletes {
            if of.dependencies.contains(&block) {
                steps.wait(update, *delete);
            }
        }
    }
    steps.into_steps()
}

/// A plan of nothing.
fn nothing(state: &State) -> Plan {
    Plan {
        mode: Mode::Normal,
        lineage: state.lineage.clone(),
        serial: state.serial,
        workspace: String::new(),
        planned: None,
        variables: Default::default(),
        files: Default::default(),
        moves: Vec::new(),
        written: Vec::new(),
        changes: Vec::new(),
        steps: Vec::new(),
        outputs: Default::default(),
        drift: Vec::new(),
        deferred: Vec::new(),
        resources: Vec::new(),
        data: Vec::new(),
        targeted: false,
        checks: Vec::new(),
    }
}
