//! One object from intent to outcome: the calls, the waiting, the journal. Once, for all types.
//!
//! A create is: intent on disk, call, id on disk, converge, wait until ready. The outcome is recorded
//! by the caller, who knows what the state keeps of it.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{
    Failing, Fault, FaultKind, InstanceAddr, Live, Map, Object, Op, Phase, Report, ResourceType,
    Timeouts, from_typed_json, to_typed_json,
};
use state::{Event, Journal};
use tokio::time::{Instant, sleep};

use crate::change;
use crate::memory::Memory;
use crate::reader::Reader;
use crate::retry::{Calls, reading};

/// What one operation works with.
pub struct Work<'a> {
    pub ty: &'a dyn ResourceType,
    pub reader: &'a Reader,
    pub memory: &'a Memory<'a>,
    pub address: &'a InstanceAddr,
    /// The key of the object, if it is one that a replacement has put aside.
    pub deposed: Option<&'a str>,
    pub limits: Timeouts,
    /// The blocks that it depends on, as the state says it.
    pub dependencies: &'a [String],
    /// What the state will remember of it besides its attributes.
    pub private: Option<&'a str>,
    /// When the last object of these was made, if that was in this run.
    pub made: Option<Instant>,
    /// Hears what is being waited for, and what comes up meanwhile.
    pub tell: &'a (dyn Fn(Told) + Send + Sync),
}

/// What is told of an operation that is under way.
#[derive(Debug)]
pub enum Told {
    /// What it is waiting for.
    Waiting(String),
    /// What has happened on the way, told once.
    News(String),
}

/// A fault, and what is there in spite of it.
#[derive(Debug)]
pub struct Failure {
    pub fault: Fault,
    /// The object as far as it came, if one exists now.
    pub left: Option<Object>,
    /// What kept it from getting there, and what to do about it.
    pub trouble: Vec<String>,
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Failure {
        Failure { fault, left: None, trouble: Vec::new() }
    }
}

/// Creates an object and brings it to what is wanted.
///
/// # Errors
///
/// What the cloud refused, with the object if there is one in spite of it.
pub async fn create(
    work: &Work<'_>,
    provider: &str,
    want: &Object,
    token: &str,
) -> Result<Object, Failure> {
    let limit = work.limits.create;
    record(
        work,
        Event::Creating {
            address: work.address.clone(),
            provider: provider.to_owned(),
            token: token.to_owned(),
            want: without_secrets(work.ty, want),
            dependencies: work.dependencies.to_vec(),
            deposed: work.deposed.map(str::to_owned),
            private: work.private.map(str::to_owned),
        },
    )
    .await?;
    let id = create_once(work, want, token, limit).await?;
    record(work, Event::Created { address: work.address.clone(), id: id.clone() }).await?;

    let left = |have: Option<&Object>| {
        // What was sent and is kept nowhere is not kept of what has failed either.
        let have = have.cloned().unwrap_or_else(|| want.clone());
        let mut left = as_written(work.ty, have, want);
        if work.ty.schema().attribute("id").is_some() && work.ty.id(&left).is_none() {
            left.insert("id".to_owned(), id.clone().into());
        }
        Some(left)
    };
    let made = Some(Instant::now());
    let have = settled(work, &id, limit, &Seen::New)
        .await
        .map_err(|it| Failure { left: left(it.left.as_ref()), ..it })?;
    let object = converge(&Work { made, ..*work }, &id, have, want, limit, false)
        .await
        .map_err(|it| Failure { left: left(it.left.as_ref()), ..it })?;
    // While the intent is open, so that a token is never left on an object that nobody looks for.
    let ids = [id];
    let calls = calls(work, Op::Update, limit, &|_| ());
    calls
        .make(|| work.ty.forget_tokens(&ids))
        .await
        .map_err(|fault| Failure { left: Some(object.clone()), ..fault.into() })?;
    Ok(object)
}

/// A text for one intent to create an object. It begins with the moment, as version 7 of UUIDs does,
/// for types whose objects can only be told by when they were made.
pub fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let random = uuid::Uuid::new_v4().into_bytes();
    let random = random.first_chunk().expect("a UUID has more bytes than that");
    let now = u64::try_from(now.as_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(now, random).into_uuid().to_string()
}

/// Makes the create call until it is known to have happened once. A reply that did not come is looked
/// for before the call is made again.
async fn create_once(
    work: &Work<'_>,
    want: &Object,
    token: &str,
    limit: Duration,
) -> Result<String, Fault> {
    let start = Instant::now();
    let tell = |fault: &Fault| (work.tell)(Told::Waiting(fault.to_string()));
    let mut lost = false;
    loop {
        let call = || work.ty.create(want, token);
        let fault = match calls(work, Op::Create, limit, &tell).make(call).await {
            Ok(id) => return Ok(id),
            Err(fault) => fault,
        };
        // After a call whose reply was lost, what exists is most likely what that call has made.
        let ours = fault.kind == FaultKind::Lost || (lost && fault.kind == FaultKind::Exists);
        if !ours || limit <= start.elapsed() {
            return Err(fault);
        }
        tell(&fault);
        match look_for(work, want, token).await {
            Ok(Some(id)) => return Ok(id),
            Ok(None) if fault.kind == FaultKind::Exists => return Err(fault),
            Ok(None) => (),
            // What became of the call is not known, and that is what has to be said.
            Err(why) => {
                let message = format!("{fault}; asked whether it happened: {why}");
                return Err(Fault { kind: FaultKind::Lost, message, ..fault });
            }
        }
        lost = true;
    }
}

/// How calls of this operation are made.
pub fn calls<'a>(
    work: &'a Work<'_>,
    op: Op,
    limit: Duration,
    tell: &'a (dyn Fn(&Fault) + Send + Sync),
) -> Calls<'a> {
    Calls { op, limit, made: work.made, rate: work.reader.rate(), tell }
}

/// Finds what a create may have made. Looks again for a while, since what was made a moment ago may
/// not be visible yet; made twice it would be lost for good.
///
/// # Errors
///
/// What the cloud answers when asked.
pub async fn look_for(
    work: &Work<'_>,
    want: &Object,
    token: &str,
) -> Result<Option<String>, Fault> {
    let start = Instant::now();
    let mut pause = Duration::from_secs(1);
    loop {
        let found = reading(work.reader.rate(), || work.ty.find(want, token)).await?;
        // The object that is to be replaced may have the same name.
        let found = found.filter(|id| !work.memory.has(work.ty, id));
        if found.is_some() || work.reader.lag() <= start.elapsed() + pause {
            return Ok(found);
        }
        sleep(pause).await;
        pause = (2 * pause).min(Duration::from_secs(8));
    }
}

/// Changes an object from `have` to `want`.
///
/// # Errors
///
/// What the cloud refused, with the object as it is now.
pub async fn update(
    work: &Work<'_>,
    id: &str,
    have: Object,
    want: &Object,
) -> Result<Object, Failure> {
    let (address, private) = (work.address.clone(), work.private.map(str::to_owned));
    record(work, Event::Updating { address, id: id.to_owned(), private }).await?;
    converge(work, id, have, want, work.limits.update, true).await
}

/// Brings what an interrupted creation has made to what was wanted of it, which may be told by nothing
/// else: the next plan leaves open what the configuration leaves open. Secrets, which are in no journal,
/// stay as they were sent.
///
/// # Errors
///
/// What the cloud refused, with the object as it is now.
pub async fn finish(
    work: &Work<'_>,
    id: &str,
    have: Object,
    want: &Object,
) -> Result<Object, Failure> {
    let mut want = want.clone();
    for (name, value) in &have {
        want.entry(name.clone()).or_insert_with(|| value.clone());
    }
    converge(work, id, have, &want, work.limits.create, false).await
}

/// Closes what lies between `have` and `want`. Whether what the cloud never shows is `known`, since
/// `have` is what the state says, decides whether that counts.
async fn converge(
    work: &Work<'_>,
    id: &str,
    mut have: Object,
    want: &Object,
    limit: Duration,
    known: bool,
) -> Result<Object, Failure> {
    let filled = filled(work.ty, want, &have);
    if differs(work.ty, &have, &filled, known) {
        let call = || work.ty.update(id, &have, &filled);
        let tell = |fault: &Fault| (work.tell)(Told::Waiting(fault.to_string()));
        if let Err(fault) = calls(work, Op::Update, limit, &tell).make(call).await {
            let now = work.reader.read(id).await.ok().flatten();
            let now = now.map(|it| as_written(work.ty, it.attributes, &have));
            return Err(Failure { left: now.or(Some(have)), ..fault.into() });
        }
        // The call was made, so that what the cloud never shows is as it was sent.
        let settled = settled(work, id, limit, &Seen::Changed(&filled)).await;
        // What was seen before a look that failed may be what there was before the change.
        have = settled.map_err(|it| {
            let seen = it.left.filter(|_| matches!(it.fault.kind, FaultKind::Failed(_)));
            Failure { left: seen.map(|left| as_written(work.ty, left, want)), ..it }
        })?;
    }
    Ok(as_written(work.ty, have, want))
}

/// Deletes an object and waits until it is gone. If it is protected it is made like `unprotected`
/// first. With `emptied`, whatever it holds is thrown away, and again if more has come in; `emptied` is
/// told how many things are gone. An object that is `replaced` may stay, if its type keeps such ones.
///
/// # Errors
///
/// What the cloud refused. If it is not known whether the object is gone, the fault is `Lost`.
pub async fn delete(
    work: &Work<'_>,
    id: &str,
    have: &Object,
    unprotected: Option<&Object>,
    emptied: Option<&(dyn Fn(u64) + Send + Sync)>,
    replaced: bool,
) -> Result<(), Fault> {
    let limit = work.limits.delete;
    record(
        work,
        Event::Deleting {
            address: work.address.clone(),
            deposed: work.deposed.map(str::to_owned),
            id: id.to_owned(),
        },
    )
    .await?;
    let tell = |fault: &Fault| (work.tell)(Told::Waiting(fault.to_string()));
    if let Some(to) = unprotected {
        let lift = || work.ty.update(id, have, to);
        match calls(work, Op::Update, limit, &tell).make(lift).await {
            // What is gone is not protected either.
            Err(fault) if fault.kind == FaultKind::NotFound => (),
            result => {
                result?;
                // What does not come to rest is for the delete to tell.
                _ = settled(work, id, limit, &Seen::Changed(to)).await;
            }
        }
    }
    let have = unprotected.unwrap_or(have);
    let call = || async {
        if let Some(progress) = emptied {
            work.ty.empty(id, have, progress).await?;
        }
        match replaced {
            true => work.ty.retire(id, have).await,
            false => work.ty.delete(id, have).await,
        }
    };
    match calls(work, Op::Delete, limit, &tell).make(call).await {
        // Reads may show it for a while all the same.
        Err(fault) if fault.kind == FaultKind::NotFound => (),
        result => result?,
    }
    if has_successor(work, id) {
        return Ok(());
    }
    let mut failed = None;
    let gone = |live: Option<Live<Object>>| match live {
        None => Judged::Done(()),
        Some(Live { phase: Phase::Changing(how), .. }) => Judged::Wait(how),
        Some(Live { phase: Phase::Ready, .. }) => Judged::Wait(Report::default()),
        // It may have failed before, and be shown as it was then.
        Some(Live { phase: Phase::Failed(failing, how), .. }) => {
            match failed.get_or_insert_with(Instant::now).elapsed() < work.reader.lag() {
                true => Judged::Wait(how),
                false => Judged::Fail(failing, how),
            }
        }
    };
    poll(work, id, limit, gone).await.map_err(|Failure { fault, .. }| {
        match matches!(fault.kind, FaultKind::Failed(_) | FaultKind::Expired) {
            true => fault,
            // It was told to go. What became of that is not known if it cannot be looked at.
            false => Fault { kind: FaultKind::Lost, ..fault },
        }
    })
}

/// Whether what has taken the object's place goes by the same id: then it is all that reads show.
fn has_successor(work: &Work<'_>, id: &str) -> bool {
    let current = work.memory.look(|state| state.instances.get(work.address)?.current.clone());
    let current = current.filter(|_| work.deposed.is_some());
    current.and_then(|it| work.ty.id(&it.attributes)).as_deref() == Some(id)
}

/// Waits until an object that a run was working on when it was cut off is not changing any more, and
/// describes it; as it is then if it does not come to rest. `fresh` says that it was made a moment ago,
/// and so need not be visible yet.
///
/// # Errors
///
/// What the cloud answers when asked.
pub async fn at_rest(
    work: &Work<'_>,
    id: &str,
    fresh: bool,
) -> Result<Option<Live<Object>>, Fault> {
    let (start, limit, lag) = (Instant::now(), work.limits.create, work.reader.lag());
    let at_rest = |live: Option<Live<Object>>| match &live {
        None if fresh && start.elapsed() < lag => wait("not visible yet"),
        Some(Live { phase: Phase::Changing(how), .. }) if start.elapsed() < limit => {
            Judged::Wait(how.clone())
        }
        _ => Judged::Done(live),
    };
    // It is looked at once more after the limit, and that look counts.
    poll(work, id, limit + Duration::from_secs(10), at_rest).await.map_err(|it| it.fault)
}

/// What one look at an object means for who waits for it.
enum Judged<T> {
    Done(T),
    Wait(Report),
    Fail(Failing, Report),
}

fn wait<T>(what: &str) -> Judged<T> {
    Judged::Wait(Report { what: what.to_owned(), ..Report::default() })
}

/// What reads of an object may still miss.
enum Seen<'a> {
    /// It was made a moment ago, and need not be visible yet.
    New,
    /// It was changed a moment ago to this, and may be shown as it was.
    Changed(&'a Object),
}

/// Waits until the object is ready, and describes it.
async fn settled(
    work: &Work<'_>,
    id: &str,
    limit: Duration,
    seen: &Seen<'_>,
) -> Result<Object, Failure> {
    let start = Instant::now();
    let mut last = None;
    let ready = |live: Option<Live<Object>>| {
        let Some(live) = live else {
            return match seen {
                Seen::New => wait("not visible yet"),
                Seen::Changed(_) => {
                    let what = "it is gone".to_owned();
                    Judged::Fail(Failing::Other, Report { what, ..Report::default() })
                }
            };
        };
        last = Some(live.attributes.clone());
        let old = match seen {
            Seen::New => false,
            Seen::Changed(to) => {
                differs(work.ty, &live.attributes, to, false) && start.elapsed() < work.reader.lag()
            }
        };
        match live.phase {
            Phase::Ready if old => wait("the change is not visible yet"),
            Phase::Ready => Judged::Done(live.attributes),
            Phase::Changing(how) => Judged::Wait(how),
            Phase::Failed(failing, how) => Judged::Fail(failing, how),
        }
    };
    let result = poll(work, id, limit, ready).await;
    result.map_err(|it| Failure { left: last, ..it })
}

/// Looks at an object, often at first and then ever less often, until it is judged. What comes up
/// meanwhile is told once.
async fn poll<T>(
    work: &Work<'_>,
    id: &str,
    limit: Duration,
    mut judge: impl FnMut(Option<Live<Object>>) -> Judged<T>,
) -> Result<T, Failure> {
    let start = Instant::now();
    let mut told = BTreeSet::new();
    let mut news = |how: &Report| {
        for it in how.news.iter().chain(&how.trouble) {
            if told.insert(it.clone()) {
                (work.tell)(Told::News(it.clone()));
            }
        }
    };
    let mut pause = Duration::from_millis(100);
    loop {
        let how = match judge(work.reader.read(id).await?) {
            Judged::Done(it) => return Ok(it),
            Judged::Fail(failing, how) => {
                news(&how);
                return Err(ended(failing, format!("{id}: {}", how.what), how));
            }
            Judged::Wait(how) => how,
        };
        news(&how);
        if limit <= start.elapsed() + pause {
            let why = if how.what.is_empty() { "" } else { ": " };
            let message = format!("{id} was not done within {limit:?}{why}{}", how.what);
            return Err(ended(Failing::TimedOut, message, how));
        }
        if !how.what.is_empty() {
            (work.tell)(Told::Waiting(how.what));
        }
        work.reader.rate().login().sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_secs(3));
    }
}

/// `want` with what it leaves open taken from `have`, inside blocks too.
fn filled(ty: &dyn ResourceType, want: &Object, have: &Object) -> Object {
    let (Some(want), Some(have)) = (typed(ty, want), typed(ty, have)) else {
        return want.clone();
    };
    let mut filled = change::filled(ty.schema(), &want, &have);
    // An output that planning could tell, such as `tags_all`, is wanted like an argument.
    for it in ty.schema().attributes.iter().filter(|it| it.given == model::Given::Output) {
        if let Some(known) = want.get(it.name).filter(|it| !it.is_null()) {
            filled.insert(it.name.into(), known.clone());
        }
    }
    untyped(ty, &filled)
}

/// Whether something the user asked for is not there yet.
fn differs(ty: &dyn ResourceType, have: &Object, want: &Object, known: bool) -> bool {
    let null = serde_json::Value::Null;
    ty.schema().attributes.iter().any(|it| {
        let (have, want) = (have.get(it.name).unwrap_or(&null), want.get(it.name).unwrap_or(&null));
        let open = it.given == model::Given::Output && (want.is_null() || it.volatile);
        !open && (known || !it.unread) && !it.same(have, want)
    })
}

/// Keeps the user's spelling of everything that means the same as what is there, unless a hash of it
/// is what is kept.
pub fn as_written(ty: &dyn ResourceType, mut have: Object, want: &Object) -> Object {
    let filled = filled(ty, want, &have);
    for it in ty.schema().attributes {
        let (Some(old), Some(new)) = (have.get(it.name), filled.get(it.name)) else { continue };
        let kept = it.unread || (!it.hashed && it.same(old, new));
        let ours = it.given != model::Given::Output || it.unread;
        if ours && !new.is_null() && kept {
            have.insert(it.name.to_owned(), new.clone());
        }
    }
    for it in ty.schema().attributes.iter().filter(|it| it.write_only) {
        hide(&mut have, want, it.name);
    }
    have
}

/// Keeps neither `x_wo` nor, if that was given, the same value as the cloud shows it in `x`.
fn hide(have: &mut Object, want: &Object, name: &str) {
    let null = serde_json::Value::Null;
    have.insert(name.to_owned(), null.clone());
    let has = format!("has_{name}");
    let given = want.get(&has).and_then(serde_json::Value::as_bool) == Some(true);
    if let Some(shown) = name.strip_suffix("_wo").filter(|_| given) {
        have.insert(has, true.into());
        have.insert(shown.to_owned(), null);
    }
}

/// An object of the state as values; none if it does not have the schema's shape.
pub fn typed(ty: &dyn ResourceType, object: &Object) -> Option<Map> {
    let json: serde_json::Map<_, _> = object.clone().into_iter().collect();
    let value = from_typed_json(&json.into(), &ty.schema().ty()).ok()?;
    value.entries().cloned()
}

/// The inverse of [`typed`]: what is unknown becomes null.
pub fn untyped(ty: &dyn ResourceType, object: &Map) -> Object {
    let json = |it: &model::Attribute| {
        let value = object.get(it.name).map(|value| to_typed_json(value, &it.shape.ty()));
        (it.name.to_owned(), value.unwrap_or(serde_json::Value::Null))
    };
    ty.schema().attributes.iter().map(json).collect()
}

/// What the journal may hold of an object: no sensitive value.
fn without_secrets(ty: &dyn ResourceType, want: &Object) -> Object {
    let is_open = |it: &model::Attribute| !it.sensitive && !it.write_only;
    let open = |name: &str| ty.schema().attribute(name).is_some_and(is_open);
    want.iter().filter(|(name, _)| open(name)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

async fn record(work: &Work<'_>, event: Event) -> Result<(), Fault> {
    work.memory.record(event).await.map_err(|it| Fault {
        kind: FaultKind::Rejected,
        operation: "wait",
        code: "JournalNotWritten".to_owned(),
        message: format!("nothing was changed: {it}"),
    })
}

/// What was begun has come to a bad end.
fn ended(failing: Failing, message: String, how: Report) -> Failure {
    const NEWS: usize = 5;
    let mut trouble = how.trouble;
    let last = how.news.split_at(how.news.len().saturating_sub(NEWS)).1;
    if !last.is_empty() {
        trouble.push(format!("what has happened last:\n  {}", last.join("\n  ")));
    }
    let code = match failing {
        Failing::Other => "Failed",
        Failing::RolledBack => "RolledBack",
        Failing::Overtaken => "Overtaken",
        Failing::TimedOut => "TimedOut",
    };
    let kind = FaultKind::Failed(failing);
    let fault = Fault { kind, operation: "wait", code: code.to_owned(), message };
    Failure { fault, left: None, trouble }
}
