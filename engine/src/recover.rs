//! Settles what a run that was cut off left open: finds out what became of each call, and writes it
//! down. Asks nobody.

use std::collections::BTreeMap;

use futures::future::join_all;
use model::{
    Diagnostic, Diagnostics, Failing, FaultKind, Given, Live, Object, Phase, Registry, Report,
    Value,
};
use state::{Event as Entry, Journal, ObjectState, OpenIntent, Operation, State};
use tokio::time::Instant;

use crate::ask::show;
use crate::event::{Event, Observer, Op, Settled};
use crate::graph::ProviderAddr;
use crate::lifecycle::{Failure, Told, Work, as_written, at_rest, calls, finish, look_for};
use crate::memory::Memory;
use crate::places::place;
use crate::providers::{Bound, Providers, from_state_text};
use crate::refresh::provider_of;
use crate::world::{Site, World};

/// Settles open intents. What cannot be settled, because the cloud does not answer, stays open and is
/// reported.
pub async fn recover(
    stack: &stacks::Stack,
    registry: &dyn Registry,
    site: &Site,
    variables: &BTreeMap<String, Value>,
    memory: &Memory<'_>,
    open: &[OpenIntent],
    observer: &dyn Observer,
) -> Diagnostics {
    let world = World::new(stack, registry, site, variables, false);
    show(&world, &memory.look(State::clone));
    let providers = Providers::new(&world);
    let mut problems = Vec::new();
    // All at once: it may take a while until what was made can be seen.
    let settled =
        join_all(open.iter().map(|it| settle(&world, &providers, memory, observer, it))).await;
    for (intent, result) in open.iter().zip(settled) {
        match result {
            Ok((id, settled)) => {
                let op = match intent.op {
                    Operation::Create { .. } => Op::Create,
                    Operation::Update { .. } => Op::Update,
                    Operation::Delete { .. } => Op::Delete,
                };
                let address = intent.address.clone();
                observer.event(Event::Recovered { address, op, id, settled });
            }
            Err(found) => problems.extend(found),
        }
    }
    place(stack, &mut problems);
    problems
}

async fn settle(
    world: &World<'_>,
    providers: &Providers<'_>,
    memory: &Memory<'_>,
    observer: &dyn Observer,
    intent: &OpenIntent,
) -> Result<(Option<String>, Settled), Diagnostics> {
    let (provider_text, provider) = provider(world, memory, intent)?;
    let bound = providers.resource(&provider, &intent.address.resource.ty).await?;
    let asked = |fault: model::Fault| {
        let detail = format!(
            "{fault}. A run that was cut off may have changed it, and what became of that has to be \
             known first. Nothing has been changed."
        );
        vec![Diagnostic::error("Cannot settle an open operation", detail).on(&intent.address)]
    };
    let start = Instant::now();
    let tell = |told| {
        let (address, elapsed) = (intent.address.clone(), start.elapsed());
        let op = Op::Read;
        observer.event(match told {
            Told::Waiting(what) => Event::Waiting { address, op, what, elapsed },
            Told::News(text) => Event::News { address, op, text, elapsed },
        });
    };
    let work = Work {
        ty: bound.ty.as_ref(),
        reader: &bound.reader,
        memory,
        address: &intent.address,
        deposed: intent.deposed.as_deref(),
        limits: bound.ty.timeouts(),
        dependencies: &[],
        private: None,
        made: None,
        tell: &tell,
    };
    // A type that needs no cloud knows only the objects that it has been shown.
    let known = memory.look(|state| {
        let instance = state.instances.get(&intent.address)?;
        instance.object(intent.deposed.as_deref()).map(|it| it.attributes.clone())
    });
    _ = known.and_then(|it| bound.ty.id(&it));
    let (object, id, settled) = match &intent.op {
        Operation::Create { want, token, id, dependencies, private, .. } => {
            match created(&work, want, token, id.as_deref()).await? {
                Ok(Some(live)) => {
                    // What is told only once, with the answer that did not come, is lost.
                    let lost = bound.ty.schema().attributes.iter().any(|it| {
                        let told = live.attributes.get(it.name).is_some_and(|it| !it.is_null());
                        it.unread && it.given == Given::Output && !told
                    });
                    let tainted = lost || live.phase != Phase::Ready;
                    let id = live.id.clone();
                    let (dependencies, private) = (dependencies.clone(), private.clone());
                    let object =
                        ObjectState { tainted, dependencies, private, ..ObjectState::default() };
                    let object = found(&bound, live.attributes, want, object);
                    let settled = match (lost, tainted) {
                        (true, _) => Settled::Untold,
                        (false, true) => Settled::Incomplete,
                        (false, false) => Settled::Adopted,
                    };
                    (Some(object), Some(id), settled)
                }
                Ok(None) => (None, None, Settled::NotCreated),
                Err(fault) => return Err(asked(fault)),
            }
        }
        Operation::Update { id, private } => {
            let live = at_rest(&work, id, false).await.map_err(asked)?;
            let object = memory.look(|state| {
                state.instances.get(&intent.address).and_then(|it| it.current.clone())
            });
            match (live, object) {
                (Some(live), Some(object)) => {
                    let private = private.clone().or_else(|| object.private.clone());
                    let object = ObjectState { private, ..object };
                    let attributes = object.attributes.clone();
                    let object = found(&bound, live.attributes, &attributes, object);
                    (Some(object), Some(id.clone()), Settled::Changed)
                }
                _ => (None, Some(id.clone()), Settled::Gone),
            }
        }
        Operation::Delete { id } => {
            let live = at_rest(&work, id, false).await.map_err(asked)?;
            match live {
                Some(_) => (None, Some(id.clone()), Settled::StillThere),
                None => {
                    let entry = Entry::Wrote {
                        address: intent.address.clone(),
                        deposed: intent.deposed.clone(),
                        provider: provider_text,
                        object: None,
                    };
                    memory.record(entry).await.map_err(not_written)?;
                    return Ok((Some(id.clone()), Settled::Deleted));
                }
            }
        }
    };
    let address = intent.address.clone();
    let entry = match (object, &intent.op) {
        (Some(object), _) => {
            Entry::Wrote { address, deposed: None, provider: provider_text, object: Some(object) }
        }
        (None, Operation::Delete { .. }) => {
            Entry::Abandoned { address, deposed: intent.deposed.clone() }
        }
        (None, Operation::Create { .. } | Operation::Update { .. }) => {
            Entry::Abandoned { address, deposed: None }
        }
    };
    memory.record(entry).await.map_err(not_written)?;
    Ok((id, settled))
}

/// What an interrupted creation has made, if anything. When it is found, nothing is left on it to find
/// it by.
async fn created(
    work: &Work<'_>,
    want: &Object,
    token: &str,
    id: Option<&str>,
) -> Result<Result<Option<Live<Object>>, model::Fault>, Diagnostics> {
    let id = match id {
        Some(id) => id.to_owned(),
        None => match look_for(work, want, token).await {
            Ok(Some(id)) => {
                // Before its token is taken away, in case this run is cut off as well.
                let entry = Entry::Created { address: work.address.clone(), id: id.clone() };
                work.memory.record(entry).await.map_err(not_written)?;
                id
            }
            Ok(None) => return Ok(Ok(None)),
            Err(fault) => return Ok(Err(fault)),
        },
    };
    let mut live = match at_rest(work, &id, true).await {
        Ok(Some(live)) => live,
        other => return Ok(other),
    };
    if live.phase == Phase::Ready {
        match finish(work, &id, live.attributes.clone(), want).await {
            Ok(object) => live.attributes = object,
            // It could not be looked at since it was changed.
            Err(Failure { fault, left: None, .. }) => return Ok(Err(fault)),
            // Nothing has been refused: a later run finishes it.
            Err(Failure { fault, .. }) if fault.kind == FaultKind::Expired => {
                return Ok(Err(fault));
            }
            Err(Failure { fault, left: Some(left), .. }) => {
                let why = Report { what: fault.to_string(), ..Report::default() };
                live.phase = Phase::Failed(Failing::Other, why);
                live.attributes = left;
            }
        }
    }
    let calls = calls(work, model::Op::Update, work.limits.update, &|_| ());
    let ids = [id];
    let forgotten = calls.make(|| work.ty.forget_tokens(&ids)).await;
    Ok(forgotten.map(|()| Some(live)))
}

fn found(bound: &Bound, live: Object, written: &Object, object: ObjectState) -> ObjectState {
    let attributes = as_written(bound.ty.as_ref(), live, written);
    ObjectState { schema_version: bound.ty.schema().version, attributes, ..object }
}

fn provider(
    world: &World<'_>,
    memory: &Memory<'_>,
    intent: &OpenIntent,
) -> Result<(String, ProviderAddr), Diagnostics> {
    let found = match &intent.op {
        Operation::Create { provider, .. } => {
            from_state_text(world.stack, world.registry, provider).map(|it| (provider.clone(), it))
        }
        Operation::Update { .. } | Operation::Delete { .. } => memory.look(|state| {
            let instance = state.instances.get(&intent.address)?;
            let provider = provider_of(world, &intent.address, instance)?;
            Some((instance.provider.clone(), provider))
        }),
    };
    found.ok_or_else(|| {
        let detail = "The journal names a provider that is not known.";
        vec![Diagnostic::error("Cannot settle an open operation", detail).on(&intent.address)]
    })
}

fn not_written(error: std::io::Error) -> Diagnostics {
    let detail = format!("The journal cannot be written: {error}.");
    vec![Diagnostic::error("Nothing can be recorded", detail)]
}
