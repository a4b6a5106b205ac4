//! What the engine asks of a provider, a resource type and a data source.
//!
//! Every method is one short exchange with the cloud. None of them waits, retries or touches the
//! state file: the engine does that, once, for all types.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value as Json;

use crate::address::InstanceAddr;
use crate::schema::Schema;
use crate::value::Map;

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
    /// Objects of a stack that would undo each other's work: each with what is wrong, which names the
    /// other one. Looks at nothing but `planned`.
    fn conflicts(&self, _planned: &[Planned<'_>]) -> Vec<(InstanceAddr, String)> {
        Vec::new()
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

    /// The text that finds this object again. None if the attributes do not say.
    fn id(&self, have: &Object) -> Option<String> {
        have.get("id").and_then(Json::as_str).filter(|it| !it.is_empty()).map(str::to_owned)
    }

    /// Fills in what follows from other attributes and from the provider's settings, such as
    /// `tags_all`, and may take back a change that means nothing. Called with unknowns in place.
    fn adjust(&self, _prior: Option<&Map>, _planned: &mut Map) {}

    /// Rules across attributes that the schema cannot say: pairs of an attribute's name and what is
    /// wrong. Only `given` attributes that are known are looked at.
    fn check(&self, _given: &Map) -> Vec<(&'static str, String)> {
        Vec::new()
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

    /// The id of an object that a `create` with this `want` and `token` has made, if it has: by its
    /// unique name, or by the token. Asked only after a crash or a lost reply.
    fn find<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>>;

    /// Removes what `create` left on these objects for `find`. Called before the intent is closed.
    fn forget_tokens<'a>(&'a self, _ids: &'a [String]) -> BoxFuture<'a, Result<(), Fault>> {
        async { Ok(()) }.boxed()
    }

    /// The id of the object that a user means with `text` in an `import`.
    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String, Fault>> {
        async move { Ok(text.to_owned()) }.boxed()
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

/// What stands in the way of a delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    pub count: u64,
    /// In words: `1500 object versions, 200 delete markers and 1 unfinished upload`.
    pub text: String,
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
    /// Not there yet, and what it is waiting for, if the cloud says.
    Changing(String),
    Failed(String),
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
    /// Anything else: the call is wrong and will stay wrong.
    Rejected,
}
