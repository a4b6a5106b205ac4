//! Creating and updating one object, as the plan promised.

use std::collections::BTreeMap;

use model::{
    Diagnostic, Diagnostics, Failing, FaultKind, InstanceAddr, Map, Object, Value, to_typed_json,
};
use serde_json::{Value as Json, json};
use stacks::stack::{IgnoreChanges, Resource};
use state::{Event as Entry, ObjectState};

use super::{Scene, ended, no_id};
use crate::change::{self, Verdict};
use crate::event::Op;
use crate::graph::provider_addr;
use crate::hide::Secrets;
use crate::kept;
use crate::lifecycle::{self, Failure, Told, Work};
use crate::plan::{Action, Change};
use crate::planning::{claim, holds, import_block, mark_sensitive};
use crate::providers::Bound;
use crate::retry::reading;
use crate::world::BlockScope;

impl Scene<'_> {
    /// Creates or updates an object. Answers whether anything had to be done.
    pub(super) async fn make(&self, change: &Change) -> Result<bool, Diagnostics> {
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
        let mut secrets = change::take_write_only(schema, &mut config);
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
        self.note_said(change, kept::saying(schema, &config, &change.kept));
        change.kept.iter().for_each(|it| bound.ty.put(it, &mut config));
        let adjust = |prior: Option<&Map>, planned: &mut Map| bound.ty.adjust(prior, planned);
        let mut it = change::predict(schema, prior.as_ref(), &config, &adjust);
        change::note_write_only(schema, &secrets, &mut it.after);
        if let Some(prior) = &prior {
            secrets = change::renewed(secrets, prior, &it.after);
        }
        self.keeps_promise(change, schema, it.verdict, &it.after, &resource)?;
        let provisioned = change.action != Action::Update
            && resource.provisioners.iter().any(|it| !it.on_destroy);
        let object = match (prior, it.verdict) {
            (Some(_), Verdict::Keep) => {
                let have = have.expect("an object that is kept is there");
                self.write(change, &bound, have.attributes.clone(), &it.after, false).await?;
                self.show(change, &bound, &have.attributes, &it.after);
                return Ok(false);
            }
            (_, _) => self.call(change, &bound, have, &it.after, &secrets, provisioned).await?,
        };
        let this = self.show(change, &bound, &object, &it.after);
        let scope = BlockScope { this: Some(this), ..scope };
        if provisioned {
            for provisioner in resource.provisioners.iter().filter(|it| !it.on_destroy) {
                self.provision(change, provisioner, &scope).await?;
            }
            self.write(change, &bound, object, &it.after, false).await?;
        }
        for rule in &resource.lifecycle.postconditions {
            holds(rule, &scope).map_err(|found| {
                found.into_iter().map(|it| it.on(address)).collect::<Diagnostics>()
            })?;
        }
        Ok(true)
    }

    pub(super) fn keeps_promise(
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

    pub(super) fn current(&self, change: &Change) -> Option<ObjectState> {
        self.applier.memory.look(|state| state.instances.get(&change.address)?.current.clone())
    }

    /// Makes the calls, and records what came of them. An object that is `unfinished` then is replaced
    /// by the next run, if this one ends before it is done.
    pub(super) async fn call(
        &self,
        change: &Change,
        bound: &Bound,
        have: Option<ObjectState>,
        after: &Map,
        secrets: &Map,
        unfinished: bool,
    ) -> Result<Object, Diagnostics> {
        let mut want = lifecycle::untyped(bound.ty.as_ref(), after);
        for (name, it) in secrets {
            want.insert(name.to_string(), to_typed_json(it, &it.ty()));
        }
        let old = match change.action {
            Action::CreateThenDelete => Some(self.new_key(&change.address)),
            _ => None,
        };
        let hidden = Secrets::of(bound.ty.schema().attributes, after, secrets);
        let waiting = self.waiting(change, if have.is_some() { Op::Update } else { Op::Create });
        let tell = |what: Told| {
            waiting(match what {
                Told::Waiting(text) => Told::Waiting(hidden.hide(&text)),
                Told::News(text) => Told::News(hidden.hide(&text)),
            });
        };
        let private = self.private(change);
        let work = self.work(change, bound, old.as_deref(), &tell);
        let work = Work { private: private.as_deref(), ..work };
        if let Some(have) = &have {
            self.will_depend(change, have).await?;
        }
        let result = match &have {
            Some(have) => match bound.ty.id(&have.attributes) {
                Some(id) => lifecycle::update(&work, &id, have.attributes.clone(), &want).await,
                None => Err(no_id().into()),
            },
            None => {
                let token = lifecycle::token();
                lifecycle::create(&work, &change.provider, &want, &token).await
            }
        };
        match result {
            Ok(object) => {
                self.write(change, bound, object.clone(), after, unfinished).await?;
                Ok(object)
            }
            Err(Failure { fault, left, trouble }) => {
                if let (FaultKind::Failed(Failing::RolledBack), Some(left)) = (fault.kind, &left) {
                    self.note_in_vain(change, bound, &want, left).await;
                }
                let trouble = trouble.iter().map(|it| hidden.hide(it)).collect();
                let failure = Failure { fault: hidden.hide_in(fault), left, trouble };
                Err(self.failed(change, bound, have.is_some(), failure, after).await)
            }
        }
    }

    /// An object that is about to be changed depends on what it did before, and on what it will, until
    /// it is known which of them it is.
    async fn will_depend(&self, change: &Change, have: &ObjectState) -> Result<(), Diagnostics> {
        let more = change.dependencies.iter().filter(|it| !have.dependencies.contains(it));
        let both: Vec<String> = have.dependencies.iter().chain(more).cloned().collect();
        if both == have.dependencies {
            return Ok(());
        }
        let entry = Entry::Wrote {
            address: change.address.clone(),
            deposed: None,
            provider: change.provider.clone(),
            object: Some(ObjectState { dependencies: both, ..have.clone() }),
        };
        self.record(change, entry).await
    }

    fn note_said(&self, change: &Change, said: Object) {
        let mut all = self.applier.said.lock().expect("held for an insertion only");
        all.insert(change.address.clone(), said);
    }

    fn said(&self, change: &Change) -> Object {
        let all = self.applier.said.lock().expect("held for an insertion only");
        all.get(&change.address).cloned().unwrap_or_default()
    }

    /// What the state remembers of the object from now on besides its attributes: what the
    /// configuration says of arguments that are kept, and whether it is guarded.
    fn private(&self, change: &Change) -> Option<String> {
        let private = self.current(change).and_then(|it| it.private);
        let private = private.filter(|_| change.action == Action::Update);
        let private = kept::remember(private.as_deref(), &self.said(change));
        ObjectState { private, ..ObjectState::default() }.guarded(change.guarded).private
    }

    pub(super) fn new_key(&self, address: &InstanceAddr) -> String {
        let key = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        let mut deposed = self.applier.deposed.lock().expect("held for an insertion only");
        deposed.insert(address.clone(), key.clone());
        key
    }

    /// Records what a failed call left, and says what is wrong.
    pub(super) async fn failed(
        &self,
        change: &Change,
        bound: &Bound,
        existed: bool,
        failure: Failure,
        after: &Map,
    ) -> Diagnostics {
        let overtaken = failure.fault.kind == FaultKind::Failed(Failing::Overtaken);
        let expired = failure.fault.kind == FaultKind::Expired;
        let (op, left) = match (existed, &failure.left) {
            (true, _) if expired => {
                ("update", "It may have been changed in part; the next run finds out.")
            }
            (false, Some(_)) if expired => {
                ("create", "It exists; the next run waits until it is ready.")
            }
            (true, _) => ("update", "It may have been changed in part; the next plan will tell."),
            (false, Some(_)) if overtaken => ("create", "It exists, as somebody else has left it."),
            (false, Some(_)) => {
                ("create", "It exists, but is not as it should be; the next apply replaces it.")
            }
            (false, None) if failure.fault.kind == FaultKind::Lost => (
                "create",
                "No reply came, so it may exist; the next run finds out before it does anything.",
            ),
            (false, None) => ("create", "It was not created."),
        };
        let mut problems = ended(bound.ty.as_ref(), change, op, &failure, left);
        if failure.fault.kind == FaultKind::Exists
            && let Some(problem) = problems.first_mut()
        {
            let id = holder(bound, after).await.unwrap_or("...".to_owned());
            problem.hint = Some(import_block(&change.address, &id));
        }
        let recorded = match (failure.left, existed) {
            // The intent stays open: what became of it can be asked by others only.
            (Some(_), _) | (None, true) if expired => None,
            (Some(object), existed) => {
                let tainted = !existed && !overtaken;
                let have = self.current(change).filter(|_| existed);
                let dependencies = have.map(|it| it.dependencies);
                let dependencies = dependencies.unwrap_or(change.dependencies.clone());
                let change = Change { dependencies, ..change.clone() };
                self.write(&change, bound, object, after, tainted).await.err()
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
    pub(super) async fn write(
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
        let object = ObjectState {
            schema_version: bound.ty.schema().version,
            attributes,
            sensitive,
            identity: None,
            private: self.private(change),
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

    /// Lets expressions see the object as it is now.
    pub(super) fn show(
        &self,
        change: &Change,
        bound: &Bound,
        object: &Object,
        after: &Map,
    ) -> Value {
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
}

/// What an `import` of the object that stands in the way of this one is told.
async fn holder(bound: &Bound, wanted: &Map) -> Option<String> {
    let claims = [claim(bound.ty.as_ref(), wanted)?];
    let found = reading(bound.reader.rate(), || bound.ty.holders(&claims)).await;
    found.ok()?.into_iter().next().map(|it| it.import)
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
