//! What undoing a run means: what there was before, and how far what there is now is from that. Pure.
//!
//! The objects of before take the place of a configuration; everything else is as in any plan.

use std::collections::{BTreeMap, BTreeSet};

use model::{Given, InstanceAddr, Mode, Object, Registry, ResourceType, Schema, Value};
use serde_json::Value as Json;
use state::{How, Instance, Moved, ObjectState, OpenIntent, Rollback, State, Was};

use crate::apply::Outcome;
use crate::change::{self, Prediction};
use crate::lifecycle::typed;
use crate::plan::{Action, Drift, Plan};
use crate::planning::configured_as;
use crate::refresh::apply_drift;

/// What a run has started from: all that has to be known to undo it.
#[derive(Debug, Clone)]
pub struct Origin {
    state: State,
    /// The addresses that the run has given, in order.
    moves: Vec<(InstanceAddr, InstanceAddr)>,
    /// What the run has taken into the state, by its address before any move.
    imported: BTreeMap<InstanceAddr, Was>,
    noted: BTreeSet<InstanceAddr>,
    unsure: BTreeSet<InstanceAddr>,
}

impl Origin {
    pub fn new(state: &State) -> Origin {
        Origin {
            state: state.clone(),
            moves: Vec::new(),
            imported: BTreeMap::new(),
            noted: BTreeSet::new(),
            unsure: BTreeSet::new(),
        }
    }

    /// A plan is about to be applied. What it has found changed was not done by the run.
    pub fn begins(&mut self, plan: &Plan) {
        self.moves.extend(plan.moves.clone());
        for it in &plan.drift {
            let address = self.place(&it.address);
            let object = self.state.instances.get(&address);
            let object = object.and_then(|of| of.object(it.deposed.as_deref()));
            if object.is_some_and(|object| object.attributes == it.before) {
                apply_drift(&mut self.state, &Drift { address, ..it.clone() });
            }
        }
        for it in &plan.written {
            let address = self.place(&it.address);
            if self.state.instances.contains_key(&address) {
                self.noted.insert(address);
                continue;
            }
            let was = Was {
                address: address.clone(),
                provider: it.provider.clone(),
                current: Some(it.object.clone()),
                deposed: Vec::new(),
                how: How::Imported,
                unsure: false,
            };
            self.imported.entry(address).or_insert(was);
        }
        let forgotten = plan.changes.iter().filter(|it| it.action == Action::Forget);
        let forgotten: Vec<InstanceAddr> = forgotten.map(|it| self.place(&it.address)).collect();
        self.noted.extend(forgotten);
    }

    /// The plan has been applied, as far as it could be.
    pub fn ended(&mut self, outcome: &Outcome) {
        let failed: Vec<InstanceAddr> = outcome.failed.iter().map(|it| self.place(it)).collect();
        self.unsure.extend(failed);
    }

    /// Where an object was before all moves.
    fn place(&self, address: &InstanceAddr) -> InstanceAddr {
        self.moves.iter().rev().fold(address.clone(), |at, (from, to)| match at == *to {
            true => from.clone(),
            false => at,
        })
    }

    /// What is to be undone, if the state is this one now and these calls have an unknown outcome.
    pub fn rollback(&self, now: &State, open: &[OpenIntent]) -> Rollback {
        let moves = self.moves.iter().rev();
        let moves = moves.map(|(from, to)| Moved { from: to.clone(), to: from.clone() });
        let moves: Vec<Moved> = moves.collect();
        let mut then = now.clone();
        readdress(&mut then, &moves);
        let all = then.instances.keys().chain(self.state.instances.keys());
        let differs = |it: &&InstanceAddr| {
            let (now, was) = (then.instances.get(*it), self.state.instances.get(*it));
            now != was || self.unsure.contains(*it)
        };
        let mut touched: BTreeSet<InstanceAddr> = all.filter(differs).cloned().collect();
        touched.extend(open.iter().map(|it| self.place(&it.address)));
        let empty = Instance::default();
        let was = |address: InstanceAddr| {
            let it = self.state.instances.get(&address).unwrap_or(&empty);
            let imported = self.imported.get(&address).filter(|_| it.current.is_none());
            let now = then.instances.get(&address).unwrap_or(&empty);
            let provider = if it.provider.is_empty() { &now.provider } else { &it.provider };
            let unsure = self.unsure.contains(&address);
            match imported {
                Some(imported) => Was { unsure, ..imported.clone() },
                None => Was {
                    provider: provider.clone(),
                    current: it.current.clone(),
                    deposed: it.deposed.keys().cloned().collect(),
                    how: match self.noted.contains(&address) {
                        true => How::Noted,
                        false => How::Managed,
                    },
                    unsure,
                    address,
                },
            }
        };
        let was = touched.into_iter().map(was).collect();
        Rollback { moves, was, outputs: self.state.outputs.clone() }
    }
}

/// Gives instances other addresses, one after the other. Answers those that really move.
pub fn readdress(state: &mut State, moves: &[Moved]) -> Vec<Moved> {
    let mut done = Vec::new();
    for it in moves {
        // Where there is something already, it has come back before this.
        if state.instances.contains_key(&it.to) {
            continue;
        }
        if let Some(instance) = state.instances.remove(&it.from) {
            state.instances.insert(it.to.clone(), instance);
            done.push(it.clone());
        }
    }
    done
}

/// What objects are to be again.
#[derive(Debug, Clone, Default)]
pub struct Prior {
    pub was: BTreeMap<InstanceAddr, Was>,
    /// Objects that the run has not touched, and that mean others that have to be made again.
    pub others: BTreeMap<InstanceAddr, ObjectState>,
}

impl Prior {
    pub fn new(back: &Rollback) -> Prior {
        let was = back.was.iter().map(|it| (it.address.clone(), it.clone())).collect();
        Prior { was, others: BTreeMap::new() }
    }

    pub fn object(&self, address: &InstanceAddr) -> Option<&ObjectState> {
        let was = self.was.get(address).and_then(|it| it.current.as_ref());
        was.or_else(|| self.others.get(address))
    }

    /// What objects that were made again are called now.
    pub fn ids(&self, registry: &dyn Registry, state: &State) -> Ids {
        let mut ids = Ids::default();
        for (address, it) in &self.was {
            let now = state.instances.get(address).and_then(|it| it.current.as_ref());
            let schema = registry.resource_schema(&address.resource.ty);
            if let (Some(was), Some(now), Some(schema), Mode::Managed) =
                (&it.current, now, schema, address.resource.mode)
            {
                ids.learn(schema, &was.attributes, Some(&now.attributes));
            }
        }
        ids
    }
}

/// What is called otherwise since it was made again: from each old text to the new one.
#[derive(Debug, Clone, Default)]
pub struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Takes note of what the cloud calls an object now. As long as it is not made again that is not
    /// known: then it is anything that is not the old text.
    pub fn learn(&mut self, schema: &Schema, old: &Object, new: Option<&Object>) {
        for it in schema.attributes.iter().filter(|it| it.given == Given::Output && !it.volatile) {
            let text = |object: &Object| object.get(it.name)?.as_str().map(str::to_owned);
            let Some(was) = text(old).filter(|it| is_name(it)) else { continue };
            let now = match new {
                Some(new) => text(new).unwrap_or_else(|| was.clone()),
                None => format!("{was}+"),
            };
            if now != was {
                self.0.insert(was, now);
            }
        }
    }

    /// An object that means what was made again.
    pub fn applied(&self, object: &Object) -> Object {
        if self.0.is_empty() {
            return object.clone();
        }
        object.iter().map(|(name, it)| (name.clone(), self.json(it))).collect()
    }

    pub fn json(&self, json: &Json) -> Json {
        match json {
            Json::String(it) => Json::String(self.text(it)),
            Json::Array(items) => items.iter().map(|it| self.json(it)).collect(),
            Json::Object(entries) => {
                let entry = |(key, it): (&String, &Json)| (self.text(key), self.json(it));
                Json::Object(entries.iter().map(entry).collect())
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => json.clone(),
        }
    }

    /// The text with each old name in it, where it stands as a whole, replaced.
    fn text(&self, text: &str) -> String {
        let is_part = |it: char| it.is_alphanumeric() || it == '-' || it == '_';
        let mut new = String::new();
        let mut rest = text;
        'text: while !rest.is_empty() {
            if !new.chars().next_back().is_some_and(is_part) {
                // Of two that begin alike, the longer one is meant.
                for (was, now) in self.0.iter().rev() {
                    let after = rest.strip_prefix(was.as_str());
                    if let Some(after) = after.filter(|it| !it.starts_with(is_part)) {
                        new += now;
                        rest = after;
                        // What was put in is not looked at again.
                        let next = rest.chars().next();
                        new.extend(next);
                        rest = &rest[next.map_or(0, char::len_utf8)..];
                        continue 'text;
                    }
                }
            }
            let next = rest.chars().next().expect("there is something left");
            new.push(next);
            rest = &rest[next.len_utf8()..];
        }
        new
    }
}

/// Whether a text can be what one object is called and nothing else: not a word such as `available`,
/// nor the number of an account.
fn is_name(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.len() >= 4 && digits > 0 && digits < text.len()
}

/// What brings an object back to what it was, and what of that is not known any more.
pub struct Way {
    pub prediction: Prediction,
    /// Write-only arguments.
    pub lost: Vec<&'static str>,
}

/// The way from an object, if there is one, to what was there before. None if one of them does not
/// have the shape of its type.
pub fn way(ty: &dyn ResourceType, was: &Object, have: Option<&Object>, ids: &Ids) -> Option<Way> {
    let schema = ty.schema();
    let was = typed(ty, &ids.applied(was))?;
    let have = match have {
        Some(it) => Some(typed(ty, it)?),
        None => None,
    };
    let mut config = configured_as(schema, &was);
    change::take_write_only(schema, &mut config);
    let mut lost = Vec::new();
    for it in schema.attributes.iter().filter(|it| it.write_only) {
        let version = format!("{}_version", it.name);
        if schema.attribute(&version).is_none() {
            continue;
        }
        let (old, new) = (was.get(version.as_str()), have.as_ref().map(|it| &it[version.as_str()]));
        let sent = old.is_some_and(|it| !it.is_null());
        match new {
            Some(new) if old != Some(new) => {
                lost.push(it.name);
                config.insert(version.into(), new.clone());
            }
            None if sent => lost.push(it.name),
            Some(_) | None => (),
        }
    }
    if have.is_none() {
        leave_open(ty, &mut config);
    }
    let adjust = |prior: Option<&model::Map>, planned: &mut model::Map| ty.adjust(prior, planned);
    Some(Way { prediction: change::predict(schema, have.as_ref(), &config, &adjust), lost })
}

/// Of arguments that cannot be given together, the cloud has chosen those that it may choose.
fn leave_open(ty: &dyn ResourceType, config: &mut model::Map) {
    for _ in ty.schema().attributes {
        let wrong = ty.check(config).into_iter().find_map(|(name, _)| {
            let it = ty.schema().attribute(name)?;
            let given = config.get(name).is_some_and(|it| !it.is_null());
            (it.given == Given::Auto && given).then_some(it)
        });
        let Some(it) = wrong else { return };
        config.insert(it.name.into(), Value::null(it.shape.ty()));
    }
}

/// Names of arguments that are not what they were.
pub fn differences(ty: &dyn ResourceType, was: &Object, now: &Object) -> Vec<&'static str> {
    let null = Json::Null;
    let differs = |it: &&model::Attribute| {
        let (was, now) = (was.get(it.name).unwrap_or(&null), now.get(it.name).unwrap_or(&null));
        it.given != Given::Output && !it.write_only && !it.same(was, now)
    };
    ty.schema().attributes.iter().filter(differs).map(|it| it.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> Ids {
        let pairs = [("sg-12", "sg-99"), ("sg-12/a1", "sg-99/b1"), ("i-0001", "i-0002")];
        Ids(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn names_are_replaced_where_they_stand_as_a_whole() {
        let ids = ids();
        assert_eq!(ids.text("sg-12"), "sg-99");
        assert_eq!(ids.text("arn:x:sg-12/a1,sg-12"), "arn:x:sg-99/b1,sg-99");
        assert_eq!(ids.text("sg-123 my-sg-12 sg-12_x"), "sg-123 my-sg-12 sg-12_x");
        assert_eq!(ids.text(r#"{"a":["i-0001"]}"#), r#"{"a":["i-0002"]}"#);
        assert_eq!(ids.text(""), "");
    }

    #[test]
    fn words_and_accounts_are_no_names() {
        assert!(is_name("vpc-0a1b"));
        assert!(!is_name("available"));
        assert!(!is_name("123456789012"));
    }
}
