//! A plan: what is to be done, as a value. It can be shown, saved, and applied later.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use model::{InstanceAddr, Kept, Key, Mode as BlockMode, Object, ResourceAddr, Value};
use serde::{Deserialize, Serialize};
use state::ObjectState;

use crate::checked::Checked;
use crate::repeat::Instances;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Mode {
    #[default]
    Normal,
    Destroy,
    /// Only brings the state up to date.
    RefreshOnly,
}

/// What a plan is asked to do beside its mode.
#[derive(Debug, Clone)]
pub struct Options {
    pub mode: Mode,
    /// Only these, and what they need. Everything if empty.
    pub targets: Vec<Target>,
    /// Replaced even if nothing has changed.
    pub replace: Vec<InstanceAddr>,
    /// Whether the objects are read before they are compared.
    pub refresh: bool,
    /// Whether it is looked for what is there of what is to be created.
    pub claims: bool,
    /// Whether whatever buckets and repositories hold may be thrown away with them.
    pub empty: bool,
    /// Whether to look at what an apply needs of the cloud, and does not make.
    pub verify: bool,
    /// Whether what others have done since the last apply stays, where a type knows who they are.
    pub keep: bool,
    /// What a command asks for in the place of what the configuration says: by object and attribute.
    pub asked: BTreeMap<InstanceAddr, Object>,
    /// Whether the protection of what is deleted may be lifted.
    pub lift: bool,
    /// How many operations may be under way at once.
    pub parallelism: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: Mode::Normal,
            targets: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            claims: true,
            empty: false,
            verify: false,
            keep: true,
            asked: BTreeMap::new(),
            lift: false,
            parallelism: 32,
        }
    }
}

impl Options {
    /// Makes them those of the round after this plan: what it replaces is not replaced again.
    pub fn go_on(&mut self, after: &Plan) {
        self.replace.retain(|it| !after.changes.iter().any(|change| change.address == *it));
    }
}

/// What `-target` may name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Target {
    Module(model::ModuleAddr),
    /// Every instance of it if it has no key.
    Resource(InstanceAddr),
}

impl Target {
    pub fn matches(&self, address: &InstanceAddr) -> bool {
        match self {
            Target::Module(module) => module.contains(&address.resource.module),
            Target::Resource(it) => {
                let (a, b) = (&it.resource, &address.resource);
                (a.mode, &a.ty, &a.name) == (b.mode, &b.ty, &b.name)
                    && a.module.0.len() == b.module.0.len()
                    && a.module.contains(&b.module)
                    && (it.key.is_none() || it.key == address.key)
            }
        }
    }
}

/// What happens to one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Action {
    NoOp,
    Create,
    Update,
    DeleteThenCreate,
    CreateThenDelete,
    Delete,
    /// A data source that can be read only once something else is applied.
    Read,
    /// Leaves the state, and stays where it is.
    Forget,
}

/// Why, where the action alone does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    Tainted,
    /// `-replace`.
    Asked,
    /// `replace_triggered_by`, and what triggered it.
    Triggered(String),
    /// The block is not in the configuration any more.
    NotConfigured,
    /// The key is not one of the block's `count` or `for_each`.
    NoSuchKey,
    /// It was put aside when it was replaced.
    Deposed,
    /// The whole stack goes.
    Destroy,
}

/// What is to happen to one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub address: InstanceAddr,
    pub deposed: Option<String>,
    pub action: Action,
    pub reason: Option<Reason>,
    /// The provider's configuration, as states write it.
    pub provider: String,
    /// The object as it is.
    pub before: Option<Value>,
    /// The object as it will be; unknown where only applying will tell.
    pub after: Option<Value>,
    /// Names of the attributes that differ.
    pub changed: Vec<String>,
    /// Names of those that force a replacement.
    pub forced_by: Vec<String>,
    /// Arguments that are other than the configuration says.
    pub kept: Vec<Kept>,
    /// What the state will say that it depends on.
    pub dependencies: Vec<String>,
    pub create_before_destroy: bool,
    pub moved_from: Option<InstanceAddr>,
    /// The id that an `import` block gives, if the object comes into the state by it.
    pub imported: Option<String>,
    /// What it holds, if that is thrown away with it.
    pub empties: Option<Contents>,
    /// What names it and is changed only when the new object is there, if the cloud refuses to delete
    /// it until then.
    pub held_by: Vec<InstanceAddr>,
    /// Attributes that protect it from deletion, and are turned off right before.
    pub lifts: Vec<String>,
    /// Whether `prevent_destroy` holds for it from now on.
    pub guarded: bool,
    /// Limits that its `timeouts` block sets, in seconds, by operation.
    pub timeouts: BTreeMap<String, u64>,
}

/// What a bucket or repository holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub count: u64,
    pub text: String,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Do {
    /// Nothing: it stands for all of a block having been done.
    Group,
    /// Creates, updates or reads what the change with this index says.
    Make(usize),
    /// Deletes the old object of this change.
    Delete(usize),
    /// Takes the object of this change out of the state.
    Forget(usize),
}

/// One thing to do, and the steps that come before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub what: Do,
    pub needs: Vec<usize>,
}

/// An output of the root module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputChange {
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub sensitive: bool,
}

/// An object that is not as the state says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    pub address: InstanceAddr,
    pub deposed: Option<String>,
    pub before: Object,
    /// None if it is gone.
    pub after: Option<Object>,
    /// Names of the attributes that differ.
    pub changed: Vec<String>,
}

/// An object that the state does not have yet, though it exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    pub address: InstanceAddr,
    /// The provider's configuration, as states write it.
    pub provider: String,
    pub object: ObjectState,
}

/// A part of the stack that can be planned only once the rest is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// A resource or module.
    pub address: String,
    /// What it waits for, in words.
    pub why: String,
}

/// A resource of a plan: how many instances it has and what each of them is or will be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    pub resource: ResourceAddrText,
    pub instances: Option<Instances>,
    pub objects: Vec<(Option<Key>, Value)>,
}

/// A resource's address as its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceAddrText(pub InstanceAddr);

impl From<ResourceAddr> for ResourceAddrText {
    fn from(it: ResourceAddr) -> Self {
        ResourceAddrText(it.instance(None))
    }
}

/// Everything that applying needs to know. Applying reads nothing that planning decided from
/// anywhere else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub mode: Mode,
    /// The state that it was made for.
    pub lineage: String,
    pub serial: u64,
    pub workspace: String,
    pub planned: Option<SystemTime>,
    /// Values of the root module's variables.
    pub variables: BTreeMap<String, Value>,
    /// The configuration, file by file.
    pub files: BTreeMap<PathBuf, String>,
    /// New addresses of objects, from and to, in the order in which they get them.
    pub moves: Vec<(InstanceAddr, InstanceAddr)>,
    /// Objects that the state gets before the first step.
    pub written: Vec<Written>,
    pub changes: Vec<Change>,
    pub steps: Vec<Step>,
    pub outputs: BTreeMap<String, OutputChange>,
    pub drift: Vec<Drift>,
    pub deferred: Vec<Deferred>,
    pub resources: Vec<Planned>,
    /// Data that was read while planning, for the state.
    pub data: Vec<(InstanceAddr, String, Object)>,
    /// Whether only a part was looked at.
    pub targeted: bool,
    /// What became of all conditions.
    #[serde(default)]
    pub checks: Vec<Checked>,
}

/// How many changes of each kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub import: usize,
    pub add: usize,
    pub change: usize,
    pub destroy: usize,
    pub forget: usize,
}

impl Plan {
    /// Whether applying it would change anything in the cloud or in the outputs.
    pub fn changes_something(&self) -> bool {
        // What is only opened for the run changes nothing.
        let opens = |it: &Change| it.address.resource.mode == BlockMode::Ephemeral;
        let acts = |it: &Change| it.action != Action::NoOp && !opens(it);
        let output = |it: &OutputChange| it.before != it.after;
        self.changes.iter().any(acts)
            || !self.moves.is_empty()
            || !self.written.is_empty()
            || self.outputs.values().any(output)
            || !self.deferred.is_empty()
            || (self.mode == Mode::RefreshOnly && !self.drift.is_empty())
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for it in &self.changes {
            counts.import += usize::from(it.imported.is_some());
            match it.action {
                Action::NoOp | Action::Read => (),
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Delete => counts.destroy += 1,
                Action::Forget => counts.forget += 1,
                Action::DeleteThenCreate | Action::CreateThenDelete => {
                    counts.add += 1;
                    counts.destroy += 1;
                }
            }
        }
        counts
    }
}
