//! What must hold, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Action, Change, Do, Mode, Plan, RolledBack};
use model::{Diagnostic, Diagnostics, Op, Value, to_json};
use serde_json::Value as Json;
use state::{OpenIntent, Operation, Rollback, State};

use crate::cloud::{Done, Thing, refs, text};
use crate::program::Expected;
use crate::schedule::{Command, Round};
use crate::types::Ty;
use crate::world::{Applied, End, World};

fn lines(problems: &Diagnostics) -> String {
    let line = |it: &Diagnostic| format!("{}: {}", it.summary, it.detail);
    problems.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn errors(problems: &Diagnostics) -> impl Iterator<Item = &Diagnostic> {
    problems.iter().filter(|it| it.is_error())
}

fn deletes(it: &Change) -> bool {
    matches!(it.action, Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete)
}

/// An attribute of what a change is about, before or after.
fn attribute(value: Option<&Value>, name: &str) -> Option<Json> {
    let value = value?.entries()?.get(name)?.clone().unmark_deep().0;
    value.is_wholly_known().then(|| to_json(&value))
}

fn id_before(it: &Change) -> Option<String> {
    attribute(it.before.as_ref(), "id")?.as_str().map(str::to_owned)
}

/// Excuses the deletions that cannot wait for what refers to them: of things that are deleted first to
/// be made again, while others go on referring to them.
pub fn before_apply(world: &World, plan: &Plan, state: &State) {
    let cloud = &mut *world.cloud.look();
    let changes: BTreeMap<String, &Change> =
        plan.changes.iter().filter_map(|it| Some((id_before(it)?, it))).collect();
    let replaced: BTreeSet<String> = plan
        .changes
        .iter()
        .filter(|it| it.action == Action::DeleteThenCreate)
        .map(|it| block_of(&it.address.to_string()))
        .collect();
    let mut excused = BTreeSet::new();
    for (id, change) in changes.iter().filter(|it| deletes(it.1)) {
        let behind = state.instances.get(&change.address);
        let behind = behind.and_then(|it| it.object(change.deposed.as_deref()));
        let needs_replaced =
            behind.is_some_and(|it| it.dependencies.iter().any(|it| replaced.contains(it)));
        for user in cloud.referring(id) {
            let waits = match changes.get(&user) {
                // What it is to become is not known before that is gone.
                None => !plan.targeted && plan.deferred.is_empty(),
                Some(it) => match it.action {
                    Action::Delete | Action::DeleteThenCreate => true,
                    Action::CreateThenDelete => !needs_replaced,
                    Action::Update => {
                        let after = attribute(it.after.as_ref(), "refs");
                        let named =
                            after.is_none_or(|it| it.to_string().contains(&format!("{id:?}")));
                        let block = block_of(&change.address.to_string());
                        let behind = change.action == Action::DeleteThenCreate
                            && it.dependencies.contains(&block);
                        !named && !needs_replaced && !behind
                    }
                    Action::NoOp => !plan.targeted,
                    Action::Create | Action::Read | Action::Forget => true,
                },
            };
            if !waits {
                excused.insert((id.clone(), user));
            }
        }
    }
    cloud.excused = excused;
}

fn block_of(address: &str) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for it in address.chars() {
        match it {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth == 0 => text.push(it),
            _ => (),
        }
    }
    text
}

/// Whether a plan cannot be carried out in full whatever the engine does: a hub cannot be deleted
/// while others go on referring to it, and no name can be taken twice.
fn is_stuck(world: &World, plan: &Plan) -> bool {
    let cloud = world.cloud.look();
    let hub = |it: &(String, String)| cloud.things[&it.0].ty == Ty::Hub;
    let doubled = |it: &Change| {
        let names = (attribute(it.before.as_ref(), "name"), attribute(it.after.as_ref(), "name"));
        let ty = &*it.address.resource.ty;
        it.action == Action::CreateThenDelete
            && (ty == Ty::Named.name() || ty == Ty::Holder.name())
            && names.0 == names.1
    };
    cloud.excused.iter().any(hub) || plan.changes.iter().any(doubled)
}

/// No orphan, no duplicate, no phantom: the state and the cloud know the same things.
pub fn same_things(
    world: &World,
    state: &State,
    open: &[OpenIntent],
    when: &str,
) -> Result<(), String> {
    let cloud = &mut *world.cloud.look();
    let mut known = BTreeSet::new();
    for (address, instance) in &state.instances {
        for it in instance.current.iter().chain(instance.deposed.values()) {
            let id = text(&it.attributes, "id");
            if address.resource.mode == model::Mode::Managed && !known.insert(id.clone()) {
                return Err(format!("{when}: the state has {id} twice"));
            }
        }
    }
    let unsettled: BTreeSet<String> = open
        .iter()
        .filter_map(|it| match &it.op {
            Operation::Create { want, .. } => Some(text(want, "name")),
            Operation::Update { .. } | Operation::Delete { .. } => None,
        })
        .collect();
    let ours = cloud.ours();
    for id in ours.difference(&known) {
        let name = cloud.things[id].real.as_ref().map(|it| text(it, "name")).unwrap_or_default();
        if !unsettled.contains(&name) {
            return Err(format!("{when}: {id} ({name}) is there, and the state does not know it"));
        }
    }
    for id in known.difference(&ours) {
        let foreign = cloud.things.get(id).is_some_and(|it| it.foreign);
        if !foreign && !cloud.met.contains("rejected") {
            return Err(format!("{when}: the state has {id}, which is not there"));
        }
    }
    Ok(())
}

/// After each apply that came to its end.
pub fn after_apply(world: &World, it: &Applied) -> Result<(), String> {
    if let Some(it) = it.outcome.problems.iter().find(|it| it.detail.contains("the journal says")) {
        return Err(format!("the journal is out of order: {}", it.detail));
    }
    same_things(world, &it.state, &it.open, "after the apply")?;
    only_planned(world, &it.plan)?;
    let stuck = is_stuck(world, &it.plan);
    if it.failed() {
        let met = &world.cloud.look().met;
        let excuse = ["rejected", "doomed", "dangling"].iter().any(|it| met.contains(it));
        if !stuck && !it.stopped && !excuse {
            let left = format!("{:?} {:?}", it.outcome.skipped, it.outcome.left);
            return Err(format!("failed for no reason: {} {left}", lines(&it.outcome.problems)));
        }
        return Ok(());
    }
    promises_kept(&it.plan, &it.state)?;
    // What is not targeted has not been read either, nor has what changed in between.
    let unread = it.plan.targeted || world.cloud.look().met.contains("rejected");
    if unread { Ok(()) } else { same_attributes(world, &it.state) }
}

/// A recovery finishes what was being created, and changes nothing else.
pub fn after_recovery(world: &World, open: &[OpenIntent], state: &State) -> Result<(), String> {
    same_things(world, state, &[], "after the recovery")?;
    let created = open.iter().filter(|it| matches!(it.op, Operation::Create { .. }));
    let current = |it: &OpenIntent| {
        let object = state.instances.get(&it.address)?.current.as_ref()?;
        Some(text(&object.attributes, "id"))
    };
    let ids: BTreeSet<String> = created.filter_map(current).collect();
    world.cloud.look().done.retain(|it| it.op != Op::Update || !ids.contains(&it.id));
    Ok(())
}

/// Nothing was done that the plan did not say.
fn only_planned(world: &World, plan: &Plan) -> Result<(), String> {
    let cloud = world.cloud.look();
    let makes = |it: &Change| {
        matches!(it.action, Action::Create | Action::DeleteThenCreate | Action::CreateThenDelete)
    };
    let names = |of: &dyn Fn(&Change) -> bool| -> BTreeSet<String> {
        let found = plan.changes.iter().filter(|it| of(it));
        let names = found.filter_map(|it| attribute(it.after.as_ref(), "name"));
        names.filter_map(|it| it.as_str().map(str::to_owned)).collect()
    };
    let ids = |of: &dyn Fn(&Change) -> bool| -> BTreeSet<String> {
        plan.changes.iter().filter(|it| of(it)).filter_map(id_before).collect()
    };
    let changes = |it: &Change| it.action == Action::Update || !it.lifts.is_empty();
    let (created, changed) = (names(&makes), ids(&changes));
    let deleted = ids(&deletes);
    let mut made = BTreeSet::new();
    for Done { op, id, name, .. } in &cloud.done {
        let planned = match op {
            Op::Read => true,
            Op::Create => {
                made.insert(id.clone());
                created.contains(name)
            }
            Op::Update => changed.contains(id) || made.contains(id),
            Op::Delete => deleted.contains(id),
        };
        if !planned {
            return Err(format!("{op:?} of {id} ({name}) was not planned"));
        }
    }
    let steps = plan.steps.iter().filter(|it| matches!(it.what, Do::Make(_))).count();
    let makes = plan
        .changes
        .iter()
        .filter(|it| makes(it) || matches!(it.action, Action::Update | Action::Read));
    if steps != makes.count() {
        return Err("the plan's steps are not its changes".to_owned());
    }
    Ok(())
}

/// What the plan knew is what the state has.
fn promises_kept(plan: &Plan, state: &State) -> Result<(), String> {
    for it in &plan.changes {
        let object = state.instances.get(&it.address).and_then(|it| it.current.as_ref());
        let after = match it.action {
            Action::Delete if it.deposed.is_none() && object.is_some() => {
                return Err(format!("{} is still in the state", it.address));
            }
            Action::Delete | Action::Forget => continue,
            Action::NoOp | Action::Create | Action::Update | Action::Read => it.after.as_ref(),
            Action::DeleteThenCreate | Action::CreateThenDelete => it.after.as_ref(),
        };
        let Some(object) = object else {
            return Err(format!("{} is not in the state", it.address));
        };
        for (name, have) in &object.attributes {
            let planned = attribute(after, name);
            if planned.is_some_and(|it| it != *have) {
                return Err(format!("{}.{name} is not as planned: {have}", it.address));
            }
        }
    }
    Ok(())
}

/// The state says of each thing what the cloud says.
fn same_attributes(world: &World, state: &State) -> Result<(), String> {
    let cloud = world.cloud.look();
    for (address, instance) in &state.instances {
        let Some(object) = &instance.current else { continue };
        let id = text(&object.attributes, "id");
        let real = cloud.things.get(&id).and_then(|it| it.real.as_ref());
        let Some(real) = real.filter(|_| address.resource.mode == model::Mode::Managed) else {
            continue;
        };
        for (name, have) in &object.attributes {
            if real.get(name).unwrap_or(&Json::Null) != have {
                return Err(format!(
                    "{address}.{name} is {have} in the state, but {:?}",
                    real.get(name)
                ));
            }
        }
    }
    Ok(())
}

/// What there is, by address, without what only the cloud knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Before(BTreeMap<String, BTreeMap<String, Json>>);

impl Before {
    pub fn new(world: &World, state: &State) -> Before {
        let cloud = &mut *world.cloud.look();
        cloud.settle();
        let mut ids = BTreeMap::new();
        for (address, instance) in &state.instances {
            let managed = address.resource.mode == model::Mode::Managed;
            let id = instance.current.as_ref().map(|it| text(&it.attributes, "id"));
            let there = |id: &String| cloud.things.get(id).is_some_and(Thing::is_there);
            if let Some(id) = id.filter(there).filter(|_| managed) {
                ids.insert(id, address.to_string());
            }
        }
        let mut found = BTreeMap::new();
        for (id, address) in &ids {
            let Some(real) = cloud.things.get(id).and_then(|it| it.real.as_ref()) else { continue };
            let named = |id: String| ids.get(&id).cloned().unwrap_or(id);
            let refs: BTreeSet<String> = refs(real).into_iter().map(named).collect();
            let known = ["name", "kind", "note", "force", "zone"];
            let of = |name: &str| {
                let it = real.get(name).filter(|it| **it != Json::Bool(false));
                (name.to_owned(), it.cloned().unwrap_or(Json::Null))
            };
            let mut object: BTreeMap<String, Json> = known.into_iter().map(of).collect();
            object.insert("refs".to_owned(), refs.into_iter().collect());
            found.insert(address.clone(), object);
        }
        Before(found)
    }
}

/// Excuses the deletions that cannot wait: of what was replaced.
pub fn before_rollback(world: &World, back: &Rollback, state: &State) {
    let cloud = &mut *world.cloud.look();
    cloud.note(|| format!("rollback: {back:?}"));
    cloud.begin();
    let mut excused = BTreeSet::new();
    for it in back.was.iter().filter(|it| it.current.is_some()) {
        // The run may have given it another address, and that is undone first.
        let moved = back.moves.iter().rev().fold(it.address.clone(), |at, moved| match at {
            at if at == moved.to => moved.from.clone(),
            at => at,
        });
        let now = state.instances.get(&moved).or(state.instances.get(&it.address));
        let now = now.and_then(|it| it.current.as_ref());
        let id = now.map(|it| text(&it.attributes, "id")).unwrap_or_default();
        excused.extend(cloud.referring(&id).into_iter().map(|user| (id.clone(), user)));
    }
    cloud.excused = excused;
}

/// After a rollback, finished or not.
pub fn after_rollback(world: &World, undone: &RolledBack, state: &State) -> Result<(), String> {
    if let Some(it) = undone.problems.iter().find(|it| it.detail.contains("the journal says")) {
        return Err(format!("the journal is out of order: {}", it.detail));
    }
    let open = world.disk.open_intents();
    same_things(world, state, &open, "after the rollback")?;
    let known = world.before.lock().unwrap().clone();
    let met = world.cloud.look().met.clone();
    let excuse = ["rejected", "doomed", "lost", "dangling"].iter().any(|it| met.contains(it));
    let hub = world.cloud.look().excused.iter().any(|it| it.0.starts_with("hub"));
    if (!undone.finished || !undone.left.is_empty()) && !excuse && !hub && known.is_some() {
        return Err(format!("not undone for no reason: {undone:?}"));
    }
    let now = Before::new(world, state);
    match known.filter(|it| undone.finished && undone.left.is_empty() && *it != now) {
        Some(it) => Err(format!("not as before:\n{now:#?}\nbut\n{it:#?}\n{undone:#?}")),
        None => Ok(()),
    }
}

/// After each round that was not cut off.
pub fn after_round(world: &World, round: &Round, end: &End) -> Result<(), String> {
    match end {
        End::DiskFull | End::Undone(_) => Ok(()),
        End::NotRecovered(problems) => match world.cloud.look().met.contains("rejected") {
            true => Ok(()),
            false => Err(format!("not recovered: {}", lines(problems))),
        },
        End::NoPlan(problems) => may_have_no_plan(world, round, problems),
        End::Applied(it) if it.failed() => Ok(()),
        End::Applied(it) => match round.command {
            Command::Apply | Command::Replace(_) if it.plan.deferred.is_empty() => {
                as_configured(world, &it.state)
            }
            Command::Destroy if !it.state.instances.is_empty() => {
                Err("something is left after a destroy".to_owned())
            }
            _ => Ok(()),
        },
    }
}

fn may_have_no_plan(world: &World, round: &Round, problems: &Diagnostics) -> Result<(), String> {
    let refused = |it: &Diagnostic| match &*it.summary {
        "Not empty" => true,
        "Nothing is targeted" => {
            matches!(round.command, Command::ApplyOnly(_) | Command::DestroyOnly(_))
        }
        _ => false,
    };
    let rejected = world.cloud.look().met.contains("rejected");
    match rejected || errors(problems).all(refused) {
        true => Ok(()),
        false => Err(format!("no plan: {}", lines(problems))),
    }
}

/// The state has what the stack asks for.
fn as_configured(world: &World, state: &State) -> Result<(), String> {
    let expected = world.program.expected();
    let mut ids = BTreeMap::new();
    for (address, instance) in &state.instances {
        if let Some(it) =
            instance.current.as_ref().filter(|_| address.resource.mode == model::Mode::Managed)
        {
            ids.insert(text(&it.attributes, "id"), address.to_string());
        }
        if !instance.deposed.is_empty() {
            return Err(format!("{address} has still something deposed"));
        }
    }
    let mut found = BTreeMap::new();
    for (address, instance) in &state.instances {
        let Some(it) =
            instance.current.as_ref().filter(|_| address.resource.mode == model::Mode::Managed)
        else {
            continue;
        };
        let named = |id: String| ids.get(&id).cloned().unwrap_or(id);
        let note = Some(text(&it.attributes, "note"));
        let ignored = expected.get(&address.to_string()).is_some_and(|it| it.note.is_none());
        let it = Expected {
            name: text(&it.attributes, "name"),
            note: note.filter(|_| !ignored),
            make: text(&it.attributes, "kind"),
            refs: refs(&it.attributes).into_iter().map(named).collect(),
        };
        found.insert(address.to_string(), it);
    }
    if found != expected {
        return Err(format!("the state is not as configured:\n{found:#?}\nbut\n{expected:#?}"));
    }
    Ok(())
}

/// The changes of a plan, in words.
pub fn changes(plan: &Plan) -> Vec<String> {
    let all = plan.changes.iter().filter(|it| it.action != Action::NoOp);
    let text =
        |it: &Change| format!("{:?} {} {:?} {:?}", it.action, it.address, it.deposed, it.changed);
    let waiting = plan.deferred.iter().map(|it| format!("{} waits: {}", it.address, it.why));
    all.map(text).chain(waiting).collect()
}

/// In good weather an apply does all it should, and a plan after it finds nothing to do.
pub async fn settled(world: &World) -> Result<(), String> {
    let plan = world.look().await?;
    let changes = changes(&plan);
    if plan.changes_something() || !plan.drift.is_empty() {
        let drift: Vec<_> =
            plan.drift.iter().map(|it| (it.address.to_string(), &it.changed)).collect();
        return Err(format!("a plan after the apply is not empty: {changes:?} {drift:?}"));
    }
    Ok(())
}

/// After the last apply.
pub async fn must_succeed(world: &World, end: &End) -> Result<(), String> {
    match end {
        End::Applied(it) if it.failed() && is_stuck(world, &it.plan) => Ok(()),
        End::Applied(it) if it.failed() => Err(format!("failed: {}", lines(&it.outcome.problems))),
        End::Applied(it) => {
            as_configured(world, &it.state)?;
            settled(world).await
        }
        End::NoPlan(problems) if errors(problems).all(|it| it.summary == "Not empty") => Ok(()),
        End::NoPlan(problems) | End::NotRecovered(problems) => Err(lines(problems)),
        End::DiskFull => Err("the disk is full".to_owned()),
        End::Undone(it) => Err(format!("not undone: {}", lines(&it.problems))),
    }
}

/// After the last destroy.
pub fn nothing_left(world: &World, end: &End) -> Result<(), String> {
    let End::Applied(it) = end else { return Err(format!("no destroy: {end:?}")) };
    if it.failed() || it.plan.mode != Mode::Destroy {
        return Err(format!("the destroy failed: {}", lines(&it.outcome.problems)));
    }
    let left = world.cloud.look().ours();
    if !left.is_empty() || !it.state.instances.is_empty() {
        return Err(format!("left after the destroy: {left:?} {:?}", it.state.instances.keys()));
    }
    Ok(())
}
