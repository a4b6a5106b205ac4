//! What a journal means: the state after it, and the intents whose outcome nobody wrote down.
//!
//! Pure. Which event may follow which is said in one place, [`Intents::step`].

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use model::{InstanceAddr, Object};

use crate::event::{Event, Rollback};
use crate::file::State;

/// A call that was about to be made, or was made, and whose outcome is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenIntent {
    pub address: InstanceAddr,
    /// For a deletion: which object of the address it is about. For a creation: the key under which
    /// the object that it replaces was set aside.
    pub deposed: Option<String>,
    pub op: Operation,
}

/// What was about to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    Create {
        want: Object,
        token: String,
        provider: String,
        dependencies: Vec<String>,
        private: Option<String>,
        id: Option<String>,
    },
    Update {
        id: String,
        private: Option<String>,
    },
    Delete {
        id: String,
    },
}

/// An event that cannot come where it came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal says {event} where {found}")]
pub struct Illegal {
    pub event: String,
    pub found: String,
}

/// The intents that are open, by the object that they are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Intents {
    begun: bool,
    open: BTreeMap<(InstanceAddr, Option<String>), OpenIntent>,
    /// What is being undone, until that is done.
    rollback: Option<Box<Rollback>>,
}

/// The state after `events`, starting from `state`, and the intents that are still open then.
///
/// # Errors
///
/// When the events are in an order in which no run writes them.
pub fn replay(
    mut state: State,
    events: impl IntoIterator<Item = Event>,
) -> Result<(State, Vec<OpenIntent>), Illegal> {
    let mut intents = Intents::default();
    for event in events {
        let closed = intents.step(&event)?;
        state.apply(&event, closed.as_ref());
    }
    Ok((state, intents.into_open()))
}

impl Intents {
    /// Follows one event and returns the intent that it closes. A refused event changes nothing.
    ///
    /// # Errors
    ///
    /// When the event cannot come now.
    pub fn step(&mut self, event: &Event) -> Result<Option<OpenIntent>, Illegal> {
        let illegal = |event: String, found: &str| Illegal { event, found: found.to_owned() };
        if !self.begun && !matches!(event, Event::Begin { .. }) {
            return Err(illegal(name(event).to_owned(), "no run has begun"));
        }
        let Some((address, slot)) = subject(event) else {
            self.begun = true;
            if let Event::RollingBack { back } = event {
                self.rollback = Some(Box::new(back.clone()));
            } else if *event == Event::RolledBack {
                self.rollback = None;
            }
            return Ok(None);
        };
        let what = || format!("{} of {address}", name(event));
        match (self.open.entry((address.clone(), slot.clone())), event) {
            (
                Entry::Vacant(slot),
                Event::Creating { .. } | Event::Updating { .. } | Event::Deleting { .. },
            ) => {
                if let Some(intent) = intent(event) {
                    slot.insert(intent);
                }
                Ok(None)
            }
            (Entry::Vacant(_), Event::Wrote { .. }) => Ok(None),
            (Entry::Vacant(_), Event::Created { .. } | Event::Abandoned { .. }) => {
                Err(illegal(what(), "no such call was under way"))
            }
            (Entry::Occupied(mut intent), Event::Created { id, .. }) => {
                match &mut intent.get_mut().op {
                    Operation::Create { id: known @ None, .. } => {
                        *known = Some(id.clone());
                        Ok(None)
                    }
                    Operation::Create { .. } => Err(illegal(what(), "its id was known already")),
                    Operation::Update { .. } | Operation::Delete { .. } => {
                        Err(illegal(what(), "another call was under way"))
                    }
                }
            }
            (Entry::Occupied(intent), Event::Wrote { .. } | Event::Abandoned { .. }) => {
                Ok(Some(intent.remove()))
            }
            (
                Entry::Occupied(_),
                Event::Creating { .. } | Event::Updating { .. } | Event::Deleting { .. },
            ) => Err(illegal(what(), "another call was under way")),
            (
                _,
                Event::Begin { .. }
                | Event::Moved { .. }
                | Event::Outputs { .. }
                | Event::Restored { .. }
                | Event::RollingBack { .. }
                | Event::RolledBack
                | Event::Saving { .. }
                | Event::End,
            ) => Ok(None),
        }
    }

    /// The intents of a journal that a run goes on with.
    pub fn resumed(open: impl IntoIterator<Item = OpenIntent>) -> Intents {
        let key = |it: OpenIntent| match it.op {
            Operation::Delete { .. } => ((it.address.clone(), it.deposed.clone()), it),
            Operation::Create { .. } | Operation::Update { .. } => ((it.address.clone(), None), it),
        };
        Intents { begun: true, open: open.into_iter().map(key).collect(), rollback: None }
    }

    /// What a run was undoing when it was cut off.
    pub fn rollback(&self) -> Option<&Rollback> {
        self.rollback.as_deref()
    }

    /// Whether there is nothing to settle and nothing to undo.
    pub fn is_settled(&self) -> bool {
        self.open.is_empty() && self.rollback.is_none()
    }

    /// The events that say the same again: they open a new journal.
    pub(crate) fn events(&self) -> Vec<Event> {
        let back = self.rollback().map(|it| Event::RollingBack { back: it.clone() });
        back.into_iter().chain(self.open().flat_map(OpenIntent::events)).collect()
    }

    pub fn open(&self) -> impl Iterator<Item = &OpenIntent> {
        self.open.values()
    }

    pub fn into_open(self) -> Vec<OpenIntent> {
        self.open.into_values().collect()
    }
}

/// The object that an event is about, if it is about one. Only what is deleted or written can be a
/// deposed object.
fn subject(event: &Event) -> Option<(&InstanceAddr, &Option<String>)> {
    match event {
        Event::Creating { address, .. }
        | Event::Created { address, .. }
        | Event::Updating { address, .. } => Some((address, &None)),
        Event::Deleting { address, deposed, .. }
        | Event::Wrote { address, deposed, .. }
        | Event::Abandoned { address, deposed } => Some((address, deposed)),
        Event::Begin { .. }
        | Event::Moved { .. }
        | Event::Outputs { .. }
        | Event::Restored { .. }
        | Event::RollingBack { .. }
        | Event::RolledBack
        | Event::Saving { .. }
        | Event::End => None,
    }
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Begin { .. } => "the begin of a run",
        Event::Creating { .. } => "a creation",
        Event::Created { .. } => "the id",
        Event::Updating { .. } => "a change",
        Event::Deleting { .. } => "a deletion",
        Event::Wrote { .. } => "the outcome",
        Event::Moved { .. } => "a move",
        Event::Outputs { .. } => "outputs",
        Event::Abandoned { .. } => "the failure",
        Event::Restored { .. } => "a restoration",
        Event::RollingBack { .. } => "the begin of a rollback",
        Event::RolledBack => "the end of a rollback",
        Event::Saving { .. } => "a save",
        Event::End => "the end of a run",
    }
}

/// The intent that an event opens.
fn intent(event: &Event) -> Option<OpenIntent> {
    let (address, deposed, op) = match event.clone() {
        Event::Creating { address, provider, token, want, dependencies, deposed, private } => {
            let op = Operation::Create { want, token, provider, dependencies, private, id: None };
            (address, deposed, op)
        }
        Event::Updating { address, id, private } => {
            (address, None, Operation::Update { id, private })
        }
        Event::Deleting { address, deposed, id } => (address, deposed, Operation::Delete { id }),
        Event::Begin { .. }
        | Event::Created { .. }
        | Event::Wrote { .. }
        | Event::Moved { .. }
        | Event::Outputs { .. }
        | Event::Abandoned { .. }
        | Event::Restored { .. }
        | Event::RollingBack { .. }
        | Event::RolledBack
        | Event::Saving { .. }
        | Event::End => return None,
    };
    Some(OpenIntent { address, deposed, op })
}

impl OpenIntent {
    /// The events that say the same again: they open a new journal.
    pub(crate) fn events(&self) -> Vec<Event> {
        let OpenIntent { address, deposed, op } = self.clone();
        match op {
            Operation::Create { want, token, provider, dependencies, private, id } => {
                let created = id.map(|id| Event::Created { address: address.clone(), id });
                let creating = Event::Creating {
                    address,
                    provider,
                    token,
                    want,
                    dependencies,
                    deposed,
                    private,
                };
                [creating].into_iter().chain(created).collect()
            }
            Operation::Update { id, private } => vec![Event::Updating { address, id, private }],
            Operation::Delete { id } => vec![Event::Deleting { address, deposed, id }],
        }
    }
}

impl State {
    /// What an event changes in the state. `closed` is the intent that the event closes.
    ///
    /// Events may be applied to a state that holds their effects already.
    pub fn apply(&mut self, event: &Event, closed: Option<&OpenIntent>) {
        match event {
            Event::Creating { address, deposed: Some(key), .. } => self.depose(address, key),
            Event::Wrote { address, deposed, provider, object } => {
                self.set(address, deposed.as_deref(), provider, object.clone());
            }
            Event::Abandoned { address, .. } => {
                let key = closed.and_then(|it| match it.op {
                    Operation::Create { .. } => it.deposed.as_deref(),
                    Operation::Update { .. } | Operation::Delete { .. } => None,
                });
                if let Some(key) = key {
                    self.restore(address, key);
                }
            }
            Event::Moved { from, to } => {
                if let Some(instance) = self.instances.remove(from) {
                    self.instances.insert(to.clone(), instance);
                }
            }
            Event::Outputs { outputs } => self.outputs.clone_from(outputs),
            Event::Restored { address, deposed, aside } => self.exchange(address, deposed, aside),
            Event::Creating { deposed: None, .. }
            | Event::Begin { .. }
            | Event::Created { .. }
            | Event::Updating { .. }
            | Event::Deleting { .. }
            | Event::RollingBack { .. }
            | Event::RolledBack
            | Event::Saving { .. }
            | Event::End => {}
        }
    }

    /// Sets the current object aside under a key.
    fn depose(&mut self, address: &InstanceAddr, key: &str) {
        if let Some(instance) = self.instances.get_mut(address)
            && !instance.deposed.contains_key(key)
            && let Some(object) = instance.current.take()
        {
            instance.deposed.insert(key.to_owned(), object);
        }
    }

    /// Makes an object that was set aside the current one, and sets that aside under another key.
    fn exchange(&mut self, address: &InstanceAddr, key: &str, aside: &str) {
        if let Some(instance) = self.instances.get_mut(address)
            && let Some(object) = instance.deposed.remove(key)
            && let Some(old) = instance.current.replace(object)
        {
            instance.deposed.insert(aside.to_owned(), old);
        }
    }

    /// Makes an object that was set aside the current one again, where there is no other.
    fn restore(&mut self, address: &InstanceAddr, key: &str) {
        if let Some(instance) = self.instances.get_mut(address)
            && instance.current.is_none()
        {
            instance.current = instance.deposed.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::file::ObjectState;

    fn address(text: &str) -> InstanceAddr {
        text.parse().unwrap()
    }

    fn object(id: &str) -> ObjectState {
        let attributes = [("id".to_owned(), id.into())].into();
        ObjectState { attributes, ..ObjectState::default() }
    }

    fn begin() -> Event {
        let text = |it: &str| it.to_owned();
        Event::Begin {
            run: text("r"),
            command: text("apply"),
            started: text("now"),
            lineage: text("l"),
            serial: 1,
        }
    }

    fn creating(at: &str, deposed: Option<&str>) -> Event {
        Event::Creating {
            address: address(at),
            provider: "provider[\"x\"]".to_owned(),
            token: "t".to_owned(),
            want: Object::new(),
            dependencies: Vec::new(),
            deposed: deposed.map(str::to_owned),
            private: None,
        }
    }

    fn created(at: &str, id: &str) -> Event {
        Event::Created { address: address(at), id: id.to_owned() }
    }

    fn deleting(at: &str, deposed: Option<&str>, id: &str) -> Event {
        let deposed = deposed.map(str::to_owned);
        Event::Deleting { address: address(at), deposed, id: id.to_owned() }
    }

    fn wrote(at: &str, deposed: Option<&str>, id: Option<&str>) -> Event {
        Event::Wrote {
            address: address(at),
            deposed: deposed.map(str::to_owned),
            provider: "provider[\"x\"]".to_owned(),
            object: id.map(object),
        }
    }

    fn abandoned(at: &str) -> Event {
        Event::Abandoned { address: address(at), deposed: None }
    }

    /// Replays on a state that has `a.old` with the id `1`.
    fn check(events: impl IntoIterator<Item = Event>, want: Expect) {
        let mut state = State::empty();
        state.set(&address("a.old"), None, "provider[\"x\"]", Some(object("1")));
        let mut text = String::new();
        match replay(state, [begin()].into_iter().chain(events)) {
            Err(why) => writeln!(text, "{why}").unwrap(),
            Ok((state, open)) => {
                for (address, instance) in &state.instances {
                    write!(text, "{address}:").unwrap();
                    for (key, object) in instance
                        .current
                        .iter()
                        .map(|it| ("current", it))
                        .chain(instance.deposed.iter().map(|(key, it)| (key.as_str(), it)))
                    {
                        write!(text, " {key}={}", object.attributes["id"]).unwrap();
                    }
                    writeln!(text).unwrap();
                }
                for it in open {
                    let op = match it.op {
                        Operation::Create { id, .. } => format!("create id={id:?}"),
                        Operation::Update { id, .. } => format!("update {id}"),
                        Operation::Delete { id } => format!("delete {id}"),
                    };
                    writeln!(text, "open: {} {:?} {op}", it.address, it.deposed).unwrap();
                }
            }
        }
        want.assert_eq(&text);
    }

    #[test]
    fn an_outcome_closes_its_intent() {
        let events =
            [creating("a.new", None), created("a.new", "2"), wrote("a.new", None, Some("2"))];
        check(
            events,
            expect![[r#"
            a.new: current="2"
            a.old: current="1"
        "#]],
        );
        check([deleting("a.old", None, "1"), wrote("a.old", None, None)], expect![[r#""#]]);
    }

    /// Also when it is said again.
    #[test]
    fn what_was_set_aside_changes_places_with_what_is_there() {
        let restored = |deposed: &str, aside: &str| Event::Restored {
            address: address("a.old"),
            deposed: deposed.to_owned(),
            aside: aside.to_owned(),
        };
        let replaced = [creating("a.old", Some("k")), wrote("a.old", None, Some("2"))];
        check(
            replaced.into_iter().chain([restored("k", "n"), restored("k", "n")]),
            expect![[r#"
            a.old: current="1" n="2"
        "#]],
        );
        let gone = [creating("a.old", Some("k")), restored("k", "n")];
        check(
            gone,
            expect![[r#"
            a.old: current="1"
            open: a.old Some("k") create id=None
        "#]],
        );
    }

    #[test]
    fn what_has_no_outcome_stays_open() {
        let events = [
            creating("a.new", None),
            creating("a.other", None),
            created("a.other", "3"),
            deleting("a.old", None, "1"),
            begin(),
        ];
        check(
            events,
            expect![[r#"
            a.old: current="1"
            open: a.new None create id=None
            open: a.old None delete 1
            open: a.other None create id=Some("3")
        "#]],
        );
    }

    #[test]
    fn a_replaced_object_is_deposed_until_it_is_deleted() {
        let replacing = [creating("a.old", Some("k")), created("a.old", "2")];
        check(
            replacing.clone(),
            expect![[r#"
            a.old: k="1"
            open: a.old Some("k") create id=Some("2")
        "#]],
        );
        let replaced = || replacing.clone().into_iter().chain([wrote("a.old", None, Some("2"))]);
        check(
            replaced().chain([deleting("a.old", Some("k"), "1")]),
            expect![[r#"
            a.old: current="2" k="1"
            open: a.old Some("k") delete 1
        "#]],
        );
        let deleted = [deleting("a.old", Some("k"), "1"), wrote("a.old", Some("k"), None)];
        check(
            replaced().chain(deleted),
            expect![[r#"
            a.old: current="2"
        "#]],
        );
    }

    #[test]
    fn a_replacement_that_fails_brings_the_old_object_back() {
        check(
            [creating("a.old", Some("k")), abandoned("a.old")],
            expect![[r#"
            a.old: current="1"
        "#]],
        );
    }

    #[test]
    fn objects_move_with_their_address() {
        let moved = Event::Moved { from: address("a.old"), to: address("module.m.a.b[0]") };
        check(
            [moved.clone(), moved],
            expect![[r#"
            module.m.a.b[0]: current="1"
        "#]],
        );
    }

    #[test]
    fn events_out_of_order_are_refused() {
        check(
            [created("a.new", "2")],
            expect![[r#"
            the journal says the id of a.new where no such call was under way
        "#]],
        );
        check(
            [abandoned("a.new")],
            expect![[r#"
            the journal says the failure of a.new where no such call was under way
        "#]],
        );
        check(
            [creating("a.new", None), creating("a.new", None)],
            expect![[r#"
            the journal says a creation of a.new where another call was under way
        "#]],
        );
        check(
            [creating("a.new", None), deleting("a.new", None, "2")],
            expect![[r#"
            the journal says a deletion of a.new where another call was under way
        "#]],
        );
        check(
            [deleting("a.old", None, "1"), created("a.old", "2")],
            expect![[r#"
            the journal says the id of a.old where another call was under way
        "#]],
        );
        let twice = [creating("a.new", None), created("a.new", "2"), created("a.new", "3")];
        check(
            twice,
            expect![[r#"
            the journal says the id of a.new where its id was known already
        "#]],
        );
        let early = replay(State::empty(), [creating("a.new", None)]);
        expect!["the journal says a creation where no run has begun"]
            .assert_eq(&early.unwrap_err().to_string());
    }
}
