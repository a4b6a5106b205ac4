//! A cloud in memory: things that refer to each other, shown late, busy, throttled, out of reach. It
//! keeps a list of what nobody should ever have asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use model::{Fault, FaultKind, Live, Object, Op, Phase};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};

use crate::dice::Dice;
use crate::power::{Power, Side};
use crate::types::Ty;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Throttled,
    /// It never arrives.
    LostBefore,
    /// It happens, and its reply never arrives.
    LostAfter,
    /// Its reply never arrives, and then it happens.
    LostLate,
    Busy,
    Rejected,
    /// It happens, and then what it made turns out to have failed.
    Doomed,
    /// It is signed with something that has ended.
    Expired,
}

/// What a run meets.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// By the number of the call.
    pub wrong: BTreeMap<u32, Wrong>,
    /// How long at most reads show what was before a write.
    pub stale: Duration,
    /// How long at most a new thing cannot be referred to yet.
    pub shy: Duration,
    /// How many of a hundred calls are throttled, and until when.
    pub throttled: Option<(u64, Instant)>,
    /// A type of which nothing may be created, for lack of a right.
    pub denied: Option<Ty>,
    /// How many calls a second are answered, and how many at once after a while without any.
    pub quota: Option<(f64, f64)>,
    /// From which call on what calls are signed with has ended, and whether there is something new.
    pub expires: Option<(u32, bool)>,
}

pub struct Cloud {
    power: Arc<Power>,
    inner: Mutex<Inner>,
}

pub struct Inner {
    pub dice: Dice,
    start: Instant,
    pub things: BTreeMap<String, Thing>,
    pub weather: Weather,
    /// What has gone wrong in this run, by kind of fault.
    pub met: BTreeSet<&'static str>,
    /// What this run has done.
    pub done: Vec<Done>,
    /// Things that may go although a certain other refers to them: the plan could not help it.
    pub excused: BTreeSet<(String, String)>,
    /// What nobody should have asked.
    pub complaints: Vec<String>,
    /// What is left of the quota, and when that was counted.
    left: (f64, Instant),
    pub n_throttled: u32,
    /// What happened, for a report.
    pub log: Vec<String>,
    pub logging: bool,
}

/// An effect.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    pub op: Op,
    pub id: String,
    pub name: String,
    pub at: Instant,
}

#[derive(Debug)]
pub struct Thing {
    pub ty: Ty,
    pub token: Option<String>,
    /// None when it is gone.
    pub real: Option<Object>,
    /// Whether somebody else has made it, or done away with it.
    pub foreign: bool,
    pub contents: u64,
    /// Whether a run that has ended left it changing.
    left_changing: bool,
    changing: Instant,
    leaving: bool,
    doomed: bool,
    /// From when on others may refer to it.
    pub usable: Instant,
    /// What reads show, each from its time on.
    shown: Vec<(Instant, Option<Object>)>,
}

fn fault(kind: FaultKind, operation: &'static str, code: &str, message: String) -> Fault {
    Fault { kind, operation, code: code.to_owned(), message }
}

fn name_of(op: Op) -> &'static str {
    match op {
        Op::Read => "DescribeThing",
        Op::Create => "CreateThing",
        Op::Update => "ModifyThing",
        Op::Delete => "DeleteThing",
    }
}

pub fn text(object: &Object, name: &str) -> String {
    object.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
}

pub fn refs(object: &Object) -> BTreeSet<String> {
    let items = object.get("refs").and_then(Json::as_array);
    items.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

impl Cloud {
    pub fn new(power: Arc<Power>, seed: u64) -> Cloud {
        let inner = Inner {
            dice: Dice(seed),
            start: Instant::now(),
            things: BTreeMap::new(),
            weather: Weather::default(),
            met: BTreeSet::new(),
            done: Vec::new(),
            excused: BTreeSet::new(),
            complaints: Vec::new(),
            left: (0.0, Instant::now()),
            n_throttled: 0,
            log: Vec::new(),
            logging: false,
        };
        Cloud { power, inner: Mutex::new(inner) }
    }

    pub fn look(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Another run begins.
    pub fn set_weather(&self, weather: Weather) {
        let inner = &mut *self.look();
        inner.left = (weather.quota.map_or(0.0, |it| it.1), Instant::now());
        inner.n_throttled = 0;
        inner.weather = weather;
        // A run that could not see what it has deleted says that it is still there.
        if inner.met.contains("rejected") {
            inner.things.values_mut().filter(|it| !it.is_there()).for_each(|it| it.foreign = true);
        }
        inner.begin();
        // What an earlier run has told to go may go at any time.
        inner.things.values_mut().filter(|it| it.leaving).for_each(|it| it.foreign = true);
        inner.things.values_mut().for_each(|it| it.left_changing = it.busy());
    }

    /// One exchange. What has been sent arrives even if the sender is gone by then.
    pub async fn call<T: Send + 'static>(
        self: &Arc<Self>,
        op: Op,
        act: impl FnOnce(&mut Inner) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let n = self.power.next_call();
        self.power.at_call(n, Side::Before).await;
        let (wrong, there, back) = {
            let inner = &mut *self.look();
            let wrong = inner.weather.wrong.get(&n).copied().filter(|it| it.can_happen(op));
            let wrong = wrong.or(inner.is_too_much().then_some(Wrong::Throttled));
            let wrong = if inner.has_expired(n) { Some(Wrong::Expired) } else { wrong };
            inner.n_throttled += u32::from(wrong == Some(Wrong::Throttled));
            inner.met.extend(wrong.map(Wrong::name));
            (wrong, inner.dice.millis(2, 150), inner.dice.millis(2, 150))
        };
        let told = move |cloud: &mut Inner, what: String| {
            cloud.note(|| format!("call {n}: {} {what}", name_of(op)));
        };
        told(&mut self.look(), format!("{wrong:?}"));
        let refused = |kind, code: &str| fault(kind, name_of(op), code, format!("call {n}"));
        let late = wrong == Some(Wrong::LostLate);
        let arrives = !matches!(
            wrong,
            Some(
                Wrong::Throttled
                    | Wrong::LostBefore
                    | Wrong::Busy
                    | Wrong::Rejected
                    | Wrong::Expired
            )
        );
        let there = if late { there + Duration::from_millis(1500) } else { there };
        let cloud = self.clone();
        let effect = arrives.then(|| {
            tokio::spawn(async move {
                sleep(there).await;
                let mut inner = cloud.look();
                let before = inner.done.len();
                let result = act(&mut inner);
                let done = inner.done[before.min(inner.done.len())..].to_vec();
                let code = result.as_ref().err().map(ToString::to_string);
                told(&mut inner, format!("did {done:?} {}", code.unwrap_or_default()));
                if let (Some(Wrong::Doomed), true, Some(it)) =
                    (wrong, result.is_ok(), inner.done.last())
                {
                    let id = it.id.clone();
                    inner.things.get_mut(&id).expect("it was made just now").doomed = true;
                }
                result
            })
        });
        let result = match (wrong, effect) {
            (None | Some(Wrong::Doomed), Some(effect)) => effect.await.expect("it does not panic"),
            (Some(Wrong::LostAfter), Some(effect)) => {
                // Refused calls do not get lost on top of that.
                effect.await.expect("it does not panic")?;
                Err(refused(FaultKind::Lost, "TimedOut"))
            }
            (Some(Wrong::Throttled), _) => {
                Err(refused(FaultKind::Throttled { retry_after: None }, "Throttling"))
            }
            (Some(Wrong::Busy), _) => Err(refused(FaultKind::Busy, "ResourceInUse")),
            (Some(Wrong::Rejected), _) => Err(refused(FaultKind::Rejected, "Invalid")),
            (Some(Wrong::Expired), _) => Err(refused(FaultKind::Expired, "ExpiredToken")),
            _ => Err(refused(FaultKind::Lost, "NoAnswer")),
        };
        sleep(back).await;
        self.power.at_call(n, Side::After).await;
        result
    }
}

impl Wrong {
    pub fn name(self) -> &'static str {
        match self {
            Wrong::Throttled => "throttled",
            Wrong::LostBefore | Wrong::LostAfter | Wrong::LostLate => "lost",
            Wrong::Busy => "busy",
            Wrong::Rejected => "rejected",
            Wrong::Doomed => "doomed",
            Wrong::Expired => "expired",
        }
    }

    fn can_happen(self, op: Op) -> bool {
        match self {
            Wrong::Throttled | Wrong::LostBefore | Wrong::LostAfter => true,
            Wrong::Rejected | Wrong::Expired => true,
            Wrong::Busy => op != Op::Read,
            // A change that happens after a later one would be a cloud nobody can use.
            Wrong::LostLate => matches!(op, Op::Create | Op::Delete),
            Wrong::Doomed => op == Op::Create,
        }
    }
}

impl Thing {
    fn busy(&self) -> bool {
        Instant::now() < self.changing
    }

    /// What a read shows now.
    fn shown(&self) -> Option<&Object> {
        let now = Instant::now();
        self.shown.iter().rev().find(|it| it.0 <= now).and_then(|it| it.1.as_ref())
    }

    fn phase(&self) -> Phase {
        match (self.busy() || self.leaving, self.doomed) {
            (true, _) => Phase::changing("in progress"),
            (false, true) => Phase::failed("it did not start"),
            (false, false) => Phase::Ready,
        }
    }

    pub fn is_there(&self) -> bool {
        self.real.is_some()
    }
}

impl Inner {
    /// What was done so far is not asked about any more.
    pub fn begin(&mut self) {
        self.met.clear();
        self.done.clear();
        self.excused.clear();
    }

    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if self.logging {
            self.log.push(format!("{:?} {}", self.start.elapsed(), what()));
        }
    }

    /// Whether another call is refused at this moment.
    fn is_too_much(&mut self) -> bool {
        let now = Instant::now();
        if let Some((pace, most)) = self.weather.quota {
            let (left, then) = self.left;
            let left = (left + pace * (now - then).as_secs_f64()).min(most);
            self.left = (if left < 1.0 { left } else { left - 1.0 }, now);
            return left < 1.0;
        }
        let throttled = self.weather.throttled.filter(|it| now < it.1);
        throttled.is_some_and(|(percent, _)| self.dice.percent(percent))
    }

    /// Whether what a call is signed with has ended. If there is nothing new all calls are refused.
    fn has_expired(&mut self, n: u32) -> bool {
        let expired = self.weather.expires.is_some_and(|it| it.0 <= n);
        if expired && self.weather.expires.is_some_and(|it| !it.1) {
            self.met.insert("rejected");
        }
        expired
    }

    /// Looks for something new to sign calls with.
    pub fn renew(&mut self) -> bool {
        let renewed = self.weather.expires.is_some_and(|it| it.1);
        if renewed {
            self.weather.expires = None;
        }
        renewed
    }

    fn pause(&mut self, most: Duration) -> Duration {
        let most = most.as_millis() as u64;
        self.dice.millis(0, most)
    }

    /// Takes note of what a thing is from now on, and lets reads see it later.
    pub fn show(&mut self, id: &str) {
        let stale = self.weather.stale;
        let at = Instant::now() + self.pause(stale);
        let it = self.things.get_mut(id).expect("it was there a moment ago");
        let last = it.shown.last().map_or(at, |it| it.0);
        it.shown.push((at.max(last), it.real.clone()));
    }

    /// A slow thing that was told to go is gone once its time is over.
    pub fn settle(&mut self) {
        let gone = self.things.iter().filter(|(_, it)| it.leaving && it.is_there() && !it.busy());
        let gone: Vec<String> = gone.map(|it| it.0.clone()).collect();
        for id in gone {
            self.things.get_mut(&id).expect("it is there").real = None;
            self.show(&id);
        }
    }

    pub fn referring(&self, id: &str) -> Vec<String> {
        let refers = |it: &&Object| refs(it).contains(id);
        let all = self.things.iter().filter(|it| it.1.real.as_ref().filter(refers).is_some());
        all.map(|it| it.0.clone()).collect()
    }

    fn check_refs(&mut self, op: Op, want: &Object) -> Result<(), Fault> {
        for id in refs(want) {
            let (name, operation) = (text(want, "name"), name_of(op));
            let refused = |kind, code| Err(fault(kind, operation, code, format!("{name}: {id}")));
            match self.things.get(&id) {
                Some(it) if !it.is_there() || it.leaving => {
                    if it.foreign {
                        self.met.insert("dangling");
                    } else {
                        self.complaints
                            .push(format!("{operation} {name} refers to {id}, which is gone"));
                    }
                    return refused(FaultKind::Rejected, "NotFound");
                }
                Some(it) if it.busy() || it.doomed => {
                    if it.left_changing {
                        self.met.insert("rejected");
                    } else if op == Op::Create {
                        self.complaints
                            .push(format!("{operation} {name} refers to {id}, which is not ready"));
                    }
                    return refused(FaultKind::Rejected, "NotReady");
                }
                Some(it) if Instant::now() < it.usable => {
                    self.met.insert("not yet");
                    return refused(FaultKind::NotYet, "NotFound");
                }
                Some(_) => (),
                None => {
                    self.complaints
                        .push(format!("{operation} {name} refers to {id}, which never was"));
                    return refused(FaultKind::Rejected, "NotFound");
                }
            }
        }
        Ok(())
    }

    pub fn create(&mut self, ty: Ty, want: &Object, token: &str) -> Result<String, Fault> {
        self.settle();
        let name = text(want, "name");
        if ty.is_named() {
            let same = |it: &&Thing| {
                it.ty == ty && it.real.as_ref().is_some_and(|it| text(it, "name") == name)
            };
            if self.things.values().find(same).is_some() {
                let message = format!("{name} exists");
                return Err(fault(FaultKind::Exists, "CreateThing", "AlreadyExists", message));
            }
        }
        if self.weather.denied == Some(ty) {
            self.met.insert("rejected");
            return Err(fault(FaultKind::NotYet, "CreateThing", "AccessDenied", name));
        }
        self.check_refs(Op::Create, want)?;
        let id = format!("{ty:?}-{}", self.things.len() + 1).to_lowercase();
        let mut real = want.clone();
        real.insert("id".to_owned(), json!(id));
        real.insert("size".to_owned(), json!(2));
        real.insert("version".to_owned(), json!(1));
        if real.get("zone").is_none_or(Json::is_null) {
            real.insert("zone".to_owned(), json!("z1"));
        }
        if ty.leaves_note_open() {
            real.insert("note".to_owned(), Json::Null);
        }
        let shy = self.weather.shy;
        let now = Instant::now();
        let thing = Thing {
            ty,
            token: Some(token.to_owned()),
            real: Some(real),
            foreign: false,
            contents: 0,
            left_changing: false,
            changing: now + self.slowness(ty),
            leaving: false,
            doomed: false,
            usable: now + self.pause(shy),
            shown: Vec::new(),
        };
        self.things.insert(id.clone(), thing);
        self.show(&id);
        self.done.push(Done { op: Op::Create, id: id.clone(), name, at: now });
        Ok(id)
    }

    fn slowness(&mut self, ty: Ty) -> Duration {
        if ty == Ty::Slow { self.dice.millis(500, 40_000) } else { Duration::ZERO }
    }

    fn mutable(&mut self, op: Op, id: &str) -> Result<(Ty, Object), Fault> {
        self.settle();
        let operation = name_of(op);
        let Some(it) = self.things.get(id) else {
            self.complaints.push(format!("{operation} of {id}, which never was"));
            return Err(fault(FaultKind::NotFound, operation, "NotFound", id.to_owned()));
        };
        let Some(real) = it.real.clone() else {
            return Err(fault(FaultKind::NotFound, operation, "NotFound", id.to_owned()));
        };
        if it.busy() {
            return Err(fault(FaultKind::Busy, operation, "InProgress", id.to_owned()));
        }
        Ok((it.ty, real))
    }

    pub fn update(&mut self, id: &str, want: &Object) -> Result<(), Fault> {
        let (ty, mut real) = self.mutable(Op::Update, id)?;
        // To lift a protection is a call that names nothing else.
        let same = |name: &&str| {
            real.get(*name).unwrap_or(&Json::Null) == want.get(*name).unwrap_or(&Json::Null)
        };
        if !["note", "refs", "zone"].iter().all(same) {
            self.check_refs(Op::Update, want)?;
        }
        for name in ["note", "refs", "zone", "force"] {
            real.insert(name.to_owned(), want.get(name).cloned().unwrap_or(Json::Null));
        }
        if Some(&real) == self.things[id].real.as_ref() {
            return Ok(());
        }
        let version = real["version"].as_i64().unwrap_or_default() + 1;
        real.insert("version".to_owned(), json!(version));
        let name = text(&real, "name");
        let changing = Instant::now() + self.slowness(ty);
        let it = self.things.get_mut(id).expect("it is there");
        (it.real, it.changing, it.left_changing) = (Some(real), changing, false);
        self.show(id);
        let at = Instant::now();
        self.done.push(Done { op: Op::Update, id: id.to_owned(), name, at });
        Ok(())
    }

    pub fn delete(&mut self, id: &str) -> Result<(), Fault> {
        let (ty, real) = self.mutable(Op::Delete, id)?;
        let by = self.referring(id);
        let busy = |code, what| Err(fault(FaultKind::Busy, "DeleteThing", code, what));
        if !by.is_empty() && ty.refuses() {
            return busy("DependencyViolation", format!("{id} is used by {by:?}"));
        }
        let excused = |it: &String| self.excused.contains(&(id.to_owned(), it.clone()));
        if !by.iter().all(excused) {
            self.complaints.push(format!("{id} was deleted while {by:?} referred to it"));
        }
        let on = json!(true);
        if ty.is_protected_by_force() && real.get("force") == Some(&on) {
            // Whoever was shown what was before cannot know.
            if self.things[id].shown().and_then(|it| it.get("force")) != Some(&on) {
                self.met.insert("rejected");
            }
            let message = format!("{id} is protected");
            return Err(fault(FaultKind::Rejected, "DeleteThing", "Protected", message));
        }
        if self.things[id].contents > 0 {
            return busy("NotEmpty", format!("{id} is not empty"));
        }
        let slowness = self.slowness(ty);
        let it = self.things.get_mut(id).expect("it is there");
        if slowness.is_zero() {
            it.real = None;
            self.show(id);
        } else {
            (it.leaving, it.changing) = (true, Instant::now() + slowness);
        }
        let (name, at) = (text(&real, "name"), Instant::now());
        self.done.push(Done { op: Op::Delete, id: id.to_owned(), name, at });
        Ok(())
    }

    pub fn read(&mut self, ty: Ty, ids: &[String]) -> Vec<Live<Object>> {
        self.settle();
        let live = |id: &String| {
            let it = self.things.get(id).filter(|it| it.ty == ty)?;
            let attributes = it.shown()?.clone();
            Some(Live { id: id.clone(), phase: it.phase(), attributes })
        };
        ids.iter().filter_map(live).collect()
    }

    pub fn find(&mut self, ty: Ty, want: &Object, token: &str) -> Option<String> {
        self.settle();
        let name = text(want, "name");
        let is_it = |it: &Thing| match ty.is_named() {
            true => it.shown().is_some_and(|it| text(it, "name") == name),
            false => it.shown().is_some() && it.token.as_deref() == Some(token),
        };
        self.things.iter().find(|it| it.1.ty == ty && is_it(it.1)).map(|it| it.0.clone())
    }

    /// Ids of what is there and was made by us.
    pub fn ours(&mut self) -> BTreeSet<String> {
        self.settle();
        let ours = self.things.iter().filter(|it| it.1.is_there() && !it.1.foreign);
        ours.map(|it| it.0.clone()).collect()
    }

    /// Somebody else does away with a thing.
    pub fn vanish(&mut self, id: &str) {
        let it = self.things.get_mut(id).expect("it is there");
        (it.real, it.foreign) = (None, true);
        let now = Instant::now();
        it.shown.push((it.shown.last().map_or(now, |it| it.0.max(now)), None));
    }

    /// Somebody else changes a thing.
    pub fn meddle(&mut self, id: &str) {
        let it = self.things.get_mut(id).expect("it is there");
        if let Some(real) = &mut it.real {
            real.insert("note".to_owned(), json!("not ours"));
        }
        let now = Instant::now();
        it.shown.push((it.shown.last().map_or(now, |it| it.0.max(now)), it.real.clone()));
    }
}
