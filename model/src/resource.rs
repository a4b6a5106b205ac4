//! What the engine asks of a provider, a resource type and a data source.
//!
//! Every method is one short exchange with the cloud. None of them waits, retries or touches the
//! state file: the engine does that, once, for all types.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::{BoxFuture, FutureExt};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::address::{InstanceAddr, Key};
use crate::diagnostic::Severity;
use crate::json::from_typed_json;
use crate::schema::Schema;
use crate::value::{Map, Value};

/// An object's attributes, by name and in order of name, as state files encode them.
///
/// Not a `serde_json::Map`: whether that keeps its keys in order depends on features that any crate
/// in the build can turn on.
pub type Object = BTreeMap<String, Json>;

/// All providers that are built in: a constant table.
pub trait Registry: Send + Sync {
    fn providers(&self) -> &[ProviderSchema];
    fn resource_schema(&self, ty: &str) -> Option<&'static Schema>;
    fn data_schema(&self, ty: &str) -> Option<&'static Schema>;
    /// The schema of an `ephemeral` block.
    fn ephemeral_schema(&self, _ty: &str) -> Option<&'static Schema> {
        None
    }
    /// Which provider a type belongs to, by its local name: `aws`.
    fn provider_of(&self, ty: &str) -> Option<&'static str>;
    /// All names of resource types, or of data sources: for suggestions.
    fn names(&self, mode: crate::address::Mode) -> Vec<&'static str>;
    /// The object of another type that a `moved` block makes of one. None if these types cannot be
    /// made into each other; types that differ by name alone always can.
    fn converted(&self, from: &str, to: &str, object: &Object) -> Option<Object> {
        let (from, to) = (self.resource_schema(from)?, self.resource_schema(to)?);
        std::ptr::eq(from.attributes, to.attributes).then(|| object.clone())
    }
    /// What is wrong between the objects of a stack: those that would undo each other's work, and those
    /// that do not fit together. Looks at nothing but `planned`.
    fn conflicts(&self, _planned: &[Planned<'_>]) -> Vec<Finding> {
        Vec::new()
    }
    /// Orders that the cloud needs between objects that do not refer to each other.
    fn orders(&self) -> &'static [Order] {
        &[]
    }
    /// A provider with its settings. Makes a client, not a process.
    ///
    /// # Errors
    ///
    /// When a setting is wrong, or a check that the settings ask for fails (allowed accounts).
    fn configure<'a>(
        &'a self,
        provider: &'a str,
        settings: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>>;
}

/// What types may ask of the program that they are part of.
pub trait Host: Send + Sync {
    /// The text that a template of the configuration's language gives, with these variables.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, in words.
    fn render(&self, template: &str, variables: &Map) -> Result<String, String>;

    /// The outputs of the root module in a state that another configuration has. None if there is
    /// no such state. `config` is what a block of this `backend` would say.
    ///
    /// # Errors
    ///
    /// Why the state cannot be read, in words.
    fn outputs<'a>(
        &'a self,
        backend: &'a str,
        workspace: &'a str,
        config: &'a Map,
    ) -> BoxFuture<'a, Result<Option<Map>, String>>;
}

/// A program that answers nothing: for those who only look at schemas.
#[derive(Debug, Clone, Copy)]
pub struct NoHost;

impl Host for NoHost {
    fn render(&self, _template: &str, _variables: &Map) -> Result<String, String> {
        Err("templates cannot be read here".to_owned())
    }

    fn outputs<'a>(
        &'a self,
        _backend: &'a str,
        _workspace: &'a str,
        _config: &'a Map,
    ) -> BoxFuture<'a, Result<Option<Map>, String>> {
        async { Err("states cannot be read here".to_owned()) }.boxed()
    }
}

/// An order that the cloud needs: an object of a type in `first` is made before one of a type in
/// `then`, and deleted after it, if both are about the same object of the type `shared`.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Types that refer to the shared object.
    pub first: &'static [&'static str],
    /// Types that refer to the shared object, or to what leads to it.
    pub then: &'static [&'static str],
    /// What leads from `then` to the shared object: each refers to the next.
    pub through: &'static [&'static [&'static str]],
    pub shared: &'static str,
}

impl Order {
    #[must_use]
    pub const fn through(self, types: &'static [&'static [&'static str]]) -> Order {
        Order { through: types, ..self }
    }
}

/// An object of a plan, for rules across objects.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    pub address: &'a InstanceAddr,
    /// What the configuration says of it: null where nothing is given, and where `ignore_changes`
    /// says that what is given does not count.
    pub given: &'a Map,
    /// The object as it will be, unknown where only applying will tell.
    pub after: &'a Map,
    /// For attributes that are not known yet and are written as plain references: whose they are.
    pub refers: &'a BTreeMap<Arc<str>, InstanceAddr>,
    /// For arguments and blocks that are not wholly known yet: all objects that they are written with.
    /// Without a key where all of a block are meant.
    pub mentions: &'a BTreeMap<Arc<str>, Vec<InstanceAddr>>,
    /// For texts that are not known yet and are written as `jsonencode(...)`: what is encoded, as far
    /// as it is known.
    pub encoded: &'a BTreeMap<Arc<str>, Value>,
}

impl Planned<'_> {
    /// The objects of a type among `all` that an argument or block which is not wholly known is
    /// written with.
    pub fn mentioned<'a>(&self, name: &str, ty: &str, all: &'a [Planned<'a>]) -> Vec<Planned<'a>> {
        let named = self.mentions.get(name).map_or(&[][..], Vec::as_slice);
        let is_named = |it: &&Planned<'_>| {
            named.iter().any(|named| match &named.key {
                Some(_) => named == it.address,
                None => named.resource == it.address.resource,
            })
        };
        all.iter().filter(|it| *it.address.resource.ty == *ty).filter(is_named).copied().collect()
    }
}

/// Something about a planned object that will not do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub address: InstanceAddr,
    /// Which part of its block: names of arguments and nested blocks, and keys and positions inside of
    /// them. The whole block if empty.
    pub path: Vec<Key>,
    /// A few words, such as `Image not found`.
    pub summary: &'static str,
    /// Sentences that say what is wrong and why.
    pub detail: String,
    /// An error stops the plan; a warning is what could not be looked at.
    pub severity: Severity,
}

impl Finding {
    /// What an apply would fail for.
    pub fn error(it: &Planned<'_>, summary: &'static str, detail: impl Into<String>) -> Finding {
        let (address, detail) = (it.address.clone(), detail.into());
        Finding { address, path: Vec::new(), summary, detail, severity: Severity::Error }
    }

    /// The same about a part of the block: `load_balancer`, 0, `container_port`.
    pub fn at<K: Into<Key>>(self, path: impl IntoIterator<Item = K>) -> Finding {
        Finding { path: path.into_iter().map(Into::into).collect(), ..self }
    }
}

/// An object of the state, and who says what of it.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    /// As the last apply left it.
    pub applied: &'a Object,
    /// As it is now. None if it is gone.
    pub live: Option<&'a Map>,
    /// What the configuration says now.
    pub config: &'a Map,
    /// What the configuration said at the last apply, for arguments that were kept then.
    pub said: &'a Object,
    /// What a command asks for in the place of what the configuration says, in a form that the type
    /// knows.
    pub asked: &'a Object,
    /// Whether what others have done since the last apply stays.
    pub others_stay: bool,
    /// All objects of a type, as they are now.
    pub all: &'a (dyn Fn(&str) -> Vec<Object> + Send + Sync),
}

/// An argument that is other than the configuration says, on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub attribute: String,
    /// What it is; or what its type makes that of.
    pub value: Json,
    /// In words: `desired_count is kept at 10`.
    pub why: String,
    /// Whether the state remembers what the configuration says, so that this is kept for as long as it
    /// says the same.
    pub remember: bool,
}

impl Kept {
    /// Puts the value, which is the argument's own, in the place of what the configuration says.
    pub fn put(&self, schema: &Schema, config: &mut Map) {
        let Some(it) = schema.attribute(&self.attribute) else { return };
        if let Ok(value) = from_typed_json(&self.value, &it.shape.ty()) {
            config.insert(it.name.into(), value);
        }
    }
}

/// A provider's names and the schema of its `provider` block.
#[derive(Debug, Clone, Copy)]
pub struct ProviderSchema {
    /// As written in configuration: `aws`.
    pub name: &'static str,
    /// As written in states: `registry.terraform.io/hashicorp/aws`.
    pub source: &'static str,
    pub settings: Schema,
}

/// A provider with its settings.
pub trait Provider: Send + Sync {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>>;
    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>>;
    /// What an `ephemeral` block reads: as a data source, but what it gives is kept nowhere.
    fn ephemeral(&self, _ty: &str) -> Option<Arc<dyn DataSource>> {
        None
    }
    /// How long reads may show what was before a change.
    fn lag(&self) -> Duration {
        Duration::from_secs(30)
    }
    /// Itself, for those who know what else it can do.
    fn as_any(&self) -> Option<&(dyn Any + Send + Sync)> {
        None
    }
    /// Waits from now on for what changes begin, whatever the objects' own arguments say.
    fn see_through(&self) {}

    /// What the cloud has that no state knows of and that looks as if it belonged to `ours`: by what it
    /// was made for, by its tags, by its name. Tags are those that `mark` a stack, or else those that
    /// the provider gives to all objects.
    fn strays<'a>(
        &'a self,
        _ours: &'a [Ours],
        _mark: &'a BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<Vec<Stray>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// What the cloud has made for `ours` on its own, and nobody else can have a use for now that they
    /// are gone. These alone may be swept away.
    fn leavings<'a>(&'a self, _ours: &'a [Ours]) -> BoxFuture<'a, Result<Vec<Stray>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Deletes one of [`Provider::leavings`].
    fn sweep<'a>(&'a self, _it: &'a Stray) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    /// Looks up again what calls are signed with. Whether it is other than before.
    ///
    /// # Errors
    ///
    /// Why nothing was found.
    fn renew(&self) -> BoxFuture<'_, Result<bool, Fault>> {
        async { Ok(false) }.boxed()
    }
    /// When what calls are signed with ends, if that is known.
    fn ends(&self) -> BoxFuture<'_, Option<SystemTime>> {
        async { None }.boxed()
    }
    /// The part of the cloud that counts and throttles the calls of a type or data source: those with
    /// the same name here are slowed down together. Empty for the provider as a whole.
    fn service(&self, _ty: &str) -> &'static str {
        ""
    }
}

/// A kind of data that is read and not managed.
pub trait DataSource: Send + Sync {
    fn schema(&self) -> &'static Schema;
    /// Reads what `given` asks for. The answer has a value for each attribute.
    fn read<'a>(&'a self, given: &'a Object) -> BoxFuture<'a, Result<Object, Fault>>;

    /// What to do about a fault, if that can be said.
    fn advise(&self, _fault: &Fault) -> Option<String> {
        None
    }
}

/// A kind of object that is managed.
///
/// An `id` is whatever text finds the object again: for most types the attribute `id`, for some made
/// from several attributes. The state has only attributes; [`ResourceType::id`] gives the id of them.
pub trait ResourceType: Send + Sync {
    fn schema(&self) -> &'static Schema;
    /// How many objects one `read` may ask for.
    fn batch(&self) -> usize;
    fn timeouts(&self) -> Timeouts;

    /// What to do about a fault, if that can be said.
    fn advise(&self, _fault: &Fault) -> Option<String> {
        None
    }

    /// The text that finds this object again. None if the attributes do not say.
    fn id(&self, have: &Object) -> Option<String> {
        have.get("id").and_then(Json::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
    }

    /// Fills in what follows from other attributes and from the provider's settings, such as
    /// `tags_all`, and may take back a change that means nothing. Called with unknowns in place.
    fn adjust(&self, _prior: Option<&Map>, _planned: &mut Map) {}

    /// Arguments that stay as they are although the configuration says otherwise, because somebody
    /// else looks after them: what a pipeline has deployed, what is scaled automatically. May read.
    fn keep<'a>(&'a self, _it: &'a Standing<'a>) -> BoxFuture<'a, Result<Vec<Kept>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// The id of what the object is to be compared with, where the configuration says now that this is
    /// another than the state's: the latest of several.
    fn compared(&self, _have: &Object, _config: &Map) -> Option<String> {
        None
    }

    /// Puts what is kept in the place of what the configuration says. Called with unknowns in place.
    fn put(&self, kept: &Kept, config: &mut Map) {
        kept.put(self.schema(), config);
    }

    /// Rules across attributes that the schema cannot say: pairs of an attribute's name and what is
    /// wrong. Only `given` attributes that are known are looked at.
    fn check(&self, _given: &Map) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// What is wrong with these objects as they are now, though their arguments do not show it: a
    /// deployment that has failed. Asks of those alone that were not well when they were read.
    fn trouble<'a>(
        &'a self,
        _own: &'a [Planned<'a>],
    ) -> BoxFuture<'a, Result<Vec<Finding>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// What in the cloud, as it is now, would make an apply of these objects fail: a role that cannot
    /// be assumed, an image that does not exist. Changes nothing. `own` are of this type; what is
    /// among `all` is there by the time that it is needed.
    fn verify<'a>(
        &'a self,
        _own: &'a [Planned<'a>],
        _all: &'a [Planned<'a>],
    ) -> BoxFuture<'a, Result<Vec<Finding>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Describes those of `ids` that exist. A missing id is left out, not an error.
    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>, Fault>>;

    /// Starts bringing an object into being and returns its id. `token` is the same text when the
    /// same intent is tried again, and for no other intent.
    fn create<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<String, Fault>>;

    /// Starts changing an object from `have` to `want`.
    fn update<'a>(
        &'a self,
        id: &'a str,
        have: &'a Object,
        want: &'a Object,
    ) -> BoxFuture<'a, Result<(), Fault>>;

    /// Starts removing an object.
    fn delete<'a>(&'a self, id: &'a str, have: &'a Object) -> BoxFuture<'a, Result<(), Fault>>;

    /// Starts removing an object that another one of the same address takes the place of. A type that
    /// keeps some of those that were there before does so here.
    fn retire<'a>(&'a self, id: &'a str, have: &'a Object) -> BoxFuture<'a, Result<(), Fault>> {
        self.delete(id, have)
    }

    /// Takes back an object that was made for another one, and that came to nothing because the cloud
    /// has brought back what there was before: unless something uses it. `before` is the id of the
    /// object whose place it took. Says what was done, if anything was.
    fn withdraw<'a>(
        &'a self,
        _id: &'a str,
        _have: &'a Object,
        _before: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>> {
        async { Ok(None) }.boxed()
    }

    /// The id of an object that a `create` with this `want` and `token` has made, if it has: by its
    /// unique name, or by the token. Asked only after a crash or a lost reply.
    fn find<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>>;

    /// What of the planned object no other object of its type can have, as far as it is known: most
    /// often its name. None for types whose objects can be made without end.
    fn claim(&self, _planned: &Map) -> Option<String> {
        None
    }

    /// Whether a `create` takes over the object that has its claim instead of being refused.
    fn takes_over(&self) -> bool {
        false
    }

    /// Which of these claims objects have now.
    fn holders<'a>(&'a self, _claims: &'a [String]) -> BoxFuture<'a, Result<Vec<Holder>, Fault>> {
        async { Ok(Vec::new()) }.boxed()
    }

    /// Whether the cloud refuses to delete the object while another one names it.
    fn is_held(&self) -> bool {
        false
    }

    /// Whether what replaces the object had better be made before it goes, without being told so: others
    /// name it, or would be without it, until they are given the new one, and both can be there at once.
    fn comes_first(&self, _before: &Map, _after: &Map) -> bool {
        false
    }

    /// Removes what `create` left on these objects for `find`. Called before the intent is closed.
    fn forget_tokens<'a>(&'a self, _ids: &'a [String]) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    /// The id of the object that a user means with `text` in an `import`.
    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String, Fault>> {
        async move { Ok(text.to_owned()) }.boxed()
    }

    /// Whether there is nothing of an object but what the state says: to write that again brings it
    /// back.
    fn is_only_in_state(&self) -> bool {
        false
    }

    /// Attributes that, while one of them is true, make the cloud refuse to delete the object
    /// (`enable_deletion_protection`). An `update` that turns them off lifts the protection.
    fn protections(&self) -> &'static [&'static str] {
        &[]
    }

    /// For types whose objects hold things that stop a delete: the attribute that allows to throw
    /// them away (`force_destroy`).
    fn force_attribute(&self) -> Option<&'static str> {
        None
    }

    /// What the object holds that stops its deletion. None if nothing. What is among `going` does not
    /// count: types and ids of objects that are deleted before.
    fn contents<'a>(
        &'a self,
        _id: &'a str,
        _have: &'a Object,
        _going: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<Option<Contents>, Fault>> {
        async { Ok(None) }.boxed()
    }

    /// Throws away what the object holds. `progress` is told how many things are gone so far.
    fn empty<'a>(
        &'a self,
        _id: &'a str,
        _have: &'a Object,
        _progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }
}

/// An object that has what another one claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub claim: String,
    pub id: String,
    /// What an `import` of it is told.
    pub import: String,
}

/// An object that a stack has, has just deleted, or describes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ours {
    pub ty: String,
    /// With nulls where nothing is known.
    pub attributes: Object,
    /// Whether it is there.
    pub exists: bool,
    /// Whether it belongs to the provider configuration that is asked. If not, it is only known.
    pub here: bool,
}

/// Something in the cloud that no state knows of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Stray {
    pub whose: Whose,
    /// A resource type, or what people call it where there is none for it.
    pub kind: String,
    /// What it is found by.
    pub id: String,
    /// Why it is taken for the stack's, in words.
    pub why: String,
}

/// How sure it is that a stray is the stack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// It was made for the stack's own objects, and can be nobody else's.
    Ours,
    /// It says so itself, by its tags.
    Marked,
    /// It may be, and nothing says more.
    Unknown,
}

/// What stands in the way of a delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub count: u64,
    /// In words: `1500 object versions, 200 delete markers and 1 unfinished upload`.
    pub text: String,
    /// What of that nobody can throw away yet, and until when, in words.
    pub stuck: Option<String>,
}

/// An object as the cloud describes it now.
#[derive(Debug, Clone, PartialEq)]
pub struct Live<T> {
    pub id: String,
    pub phase: Phase,
    pub attributes: T,
}

/// Where an object is in its life, as far as waiting is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    Ready,
    /// Not there yet.
    Changing(Report),
    /// It will not get there by itself.
    Failed(Failing, Report),
}

impl Phase {
    /// Not there yet, and what it is waiting for, if the cloud says.
    pub fn changing(what: impl Into<String>) -> Phase {
        Phase::Changing(Report { what: what.into(), ..Report::default() })
    }

    /// It has failed, and why.
    pub fn failed(what: impl Into<String>) -> Phase {
        Phase::Failed(Failing::Other, Report { what: what.into(), ..Report::default() })
    }
}

/// How something stands that is waited for, or that has come to a bad end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What it is waiting for, or why it has failed.
    pub what: String,
    /// What has happened on the way, oldest first. Each piece is told once.
    pub news: Vec<String>,
    /// What keeps it from getting there, and what to do about it. Each piece is told once, and all of
    /// them again if it does not get there.
    pub trouble: Vec<String>,
}

/// How something that was begun came to a bad end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failing {
    /// It failed, and is as it was left.
    Other,
    /// It failed, and the cloud has brought back what was there before.
    RolledBack,
    /// Somebody else's change has taken its place.
    Overtaken,
    /// It was not done in time, and may be under way still.
    TimedOut,
}

impl Failing {
    /// In a word, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Failing::Other => "failed",
            Failing::RolledBack => "rolled_back",
            Failing::Overtaken => "overtaken",
            Failing::TimedOut => "timed_out",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Read,
    Create,
    Update,
    Delete,
}

#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub create: Duration,
    pub update: Duration,
    pub delete: Duration,
}

impl Timeouts {
    pub const fn minutes(create: u64, update: u64, delete: u64) -> Self {
        Timeouts {
            create: Duration::from_secs(60 * create),
            update: Duration::from_secs(60 * update),
            delete: Duration::from_secs(60 * delete),
        }
    }
}

/// A call the cloud refused, and what that means for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message} ({code})")]
pub struct Fault {
    pub kind: FaultKind,
    /// The operation of the cloud: `DeleteSecurityGroup`.
    pub operation: &'static str,
    pub code: String,
    pub message: String,
}

/// The only thing about a fault that the engine looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The object is not there.
    NotFound,
    /// Something still uses the object, or another change to it is under way.
    Busy,
    /// A thing made a moment ago is not visible everywhere yet.
    NotYet,
    /// Too many calls. The cloud may say when to come back.
    Throttled { retry_after: Option<Duration> },
    /// What the call was signed with has ended. It was not carried out, and may be made again with
    /// something newer.
    Expired,
    /// No reply came: the call may or may not have happened.
    Lost,
    /// An object of that name exists, and we have not made it.
    Exists,
    /// What the calls began came to a bad end.
    Failed(Failing),
    /// Anything else: the call is wrong and will stay wrong.
    Rejected,
}
