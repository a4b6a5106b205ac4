//! The trait every AWS resource type implements, and the adapter that lets the engine use it.

use std::collections::BTreeSet;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, try_join};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::{
    Attributes, Contents, Fault, FaultKind, Finding, Holder, Kept, Live, Map, Object, Op, Planned,
    ResourceType, Schema, Standing, Timeouts, Value, to_typed_json,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::advice::advise;
use crate::aws::Aws;
use crate::fault::rejected;
use crate::naming;

pub(crate) type Result<T> = std::result::Result<T, Fault>;

/// Whether any of the named fields differs: `changed!(have, want; name, size)`.
macro_rules! changed {
    ($have:ident, $want:ident; $($field:ident),+ $(,)?) => { $($have.$field != $want.$field)||+ };
}
pub(crate) use changed;

/// A kind of AWS object.
///
/// The struct is what the user writes plus what AWS answers. Each method makes the calls for one
/// step and returns: the engine waits, retries, reads back and saves. `tags` holds all tags, those
/// of the provider's settings included.
pub(crate) trait Resource:
    Attributes + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The most ids one `read` may be given.
    const BATCH: usize;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 10);
    /// The attribute that allows to throw away what an object holds.
    const FORCE: Option<&'static str> = None;
    /// Whether `create` answers with the object that has the same claim, where there is one.
    const TAKES_OVER: bool = false;

    /// Whether AWS refuses to delete the object while another one names it.
    const HELD: bool = false;
    /// Whether others that name it do not work without it, though AWS would delete it.
    const MISSED: bool = false;

    /// Attributes that, while one of them is true, make AWS refuse to delete the object.
    const PROTECTIONS: &[&str] = &[];

    /// The text that finds this object again, where that is not its attribute `id`.
    fn identity(&self) -> Option<String> {
        None
    }

    /// Whether destroying the object only makes us forget it (`skip_destroy`).
    fn abandons(&self) -> bool {
        false
    }

    /// Describes those of `ids` that exist.
    fn read(aws: &Aws, ids: &[String]) -> impl Future<Output = Result<Vec<Live<Self>>>> + Send;

    /// Makes the call that brings the object into being, and returns its id.
    ///
    /// What that call cannot carry is left to `update`, which the engine runs next if what it
    /// reads back is not yet what is wanted. `token` is the same when the same intent is tried
    /// again: a client token, the source of a unique name, or a tag for `find`.
    fn create(aws: &Aws, want: &Self, token: &str) -> impl Future<Output = Result<String>> + Send;

    /// Changes what differs between `have` and `want`.
    fn update(
        aws: &Aws,
        id: &str,
        have: &Self,
        want: &Self,
    ) -> impl Future<Output = Result<()>> + Send;

    fn delete(aws: &Aws, id: &str, have: &Self) -> impl Future<Output = Result<()>> + Send;

    /// As `delete`, for an object that another one of the same address takes the place of.
    fn retire(aws: &Aws, id: &str, have: &Self) -> impl Future<Output = Result<()>> + Send {
        Self::delete(aws, id, have)
    }

    /// Takes back an object that was made for a change that AWS has undone, unless something uses it.
    /// Says what was done, if anything was.
    fn withdraw(_aws: &Aws, _have: &Self) -> impl Future<Output = Result<Option<String>>> + Send {
        async { Ok(None) }
    }

    /// The object that a `create` of this intent has made, if its answer got lost. Not needed where
    /// repeating `create` with the same token gives the same object again.
    fn find(
        _aws: &Aws,
        _want: &Self,
        _token: &str,
    ) -> impl Future<Output = Result<Option<String>>> + Send {
        async { Ok(None) }
    }

    /// What of the planned object no other can have, as far as it is known: most often its name.
    /// Given by types whose `create` is refused where it is taken, so that a plan can tell.
    fn claim(_planned: &Map) -> Option<String> {
        None
    }

    /// What an `import` of the object that has a claim is told, where that is not the claim itself.
    fn holder(_aws: &Aws, claim: &str) -> impl Future<Output = Result<Option<String>>> + Send {
        async move { Ok(Some(claim.to_owned())) }
    }

    /// Whether what replaces the object is made before it goes, without `create_before_destroy`. Not
    /// where the two cannot be there at once, for having the same name.
    fn comes_first(before: &Map, after: &Map) -> bool {
        (Self::HELD || Self::MISSED) && Self::claim(before) != Self::claim(after)
    }

    /// Removes what `create` left on these objects for `find`.
    fn forget(_aws: &Aws, _ids: &[String]) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// The id of the object that a user means with `text` in an `import`.
    fn import(_aws: &Aws, text: &str) -> impl Future<Output = Result<String>> + Send {
        async move { Ok(text.to_owned()) }
    }

    /// Fills in what follows from other attributes, with unknowns in place.
    fn adjust(_aws: &Aws, _prior: Option<&Map>, _planned: &mut Map) {}

    /// Rules across attributes: the name of one of them, and what is wrong.
    fn check(_given: &Map) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Arguments that stay as they are although the configuration says otherwise, because somebody
    /// else looks after them.
    fn keep(_aws: &Aws, _it: &Standing<'_>) -> impl Future<Output = Result<Vec<Kept>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// The id of what the object is to be compared with from now on, if that is another.
    fn compared(_have: &Object, _config: &Map) -> Option<String> {
        None
    }

    /// Puts what is kept in the place of what the configuration says.
    fn put(kept: &Kept, config: &mut Map) {
        kept.put(&Self::SCHEMA, config);
    }

    /// What is wrong with `own` as they are now though nothing about them would change: warnings. Calls
    /// are made only for those that were not well when they were read.
    fn trouble(
        _aws: &Aws,
        _own: &[Planned<'_>],
    ) -> impl Future<Output = Result<Vec<Finding>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// What in AWS, as it is now, would make an apply of `own` fail. What is among `all` is there by
    /// the time that it is needed.
    fn verify(
        _aws: &Aws,
        _own: &[Planned<'_>],
        _all: &[Planned<'_>],
    ) -> impl Future<Output = Result<Vec<Finding>>> + Send {
        async { Ok(Vec::new()) }
    }

    /// What the object holds that stops its deletion, without what is `going` before: types and ids.
    fn contents(
        _aws: &Aws,
        _id: &str,
        _have: &Self,
        _going: &[(String, String)],
    ) -> impl Future<Output = Result<Option<Contents>>> + Send {
        async { Ok(None) }
    }

    /// Throws away what the object holds, and tells `progress` how many things are gone so far.
    fn empty(
        _aws: &Aws,
        _id: &str,
        _have: &Self,
        _progress: &(dyn Fn(u64) + Send + Sync),
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// What a fault means for this type, where the shared table in `fault.rs` does not know.
    fn classify(_op: Op, _fault: &Fault) -> Option<FaultKind> {
        None
    }
}

/// For attributes that are several ways to say one thing: where one of them changes, those that do
/// not are not known until it is applied.
pub(crate) fn follow<R: Resource>(prior: Option<&Map>, planned: &mut Map, names: &[&str]) {
    let Some(prior) = prior else { return };
    let same: Vec<_> = names.iter().filter(|it| !differs::<R>(prior, planned, it)).collect();
    if same.len() == names.len() {
        return;
    }
    for it in same.into_iter().filter_map(|it| R::SCHEMA.attribute(it)) {
        planned.insert(it.name.into(), Value::unknown(it.shape.ty()));
    }
}

/// Whether an attribute will not be what it is, by the comparison of its field type.
pub(crate) fn differs<R: Resource>(prior: &Map, planned: &Map, name: &str) -> bool {
    let Some(it) = R::SCHEMA.attribute(name) else { return false };
    let (Some(old), Some(new)) = (prior.get(name), planned.get(name)) else { return false };
    let known = old.is_wholly_known() && new.is_wholly_known();
    let ty = it.shape.ty();
    !(known && (old == new || it.same(&to_typed_json(old, &ty), &to_typed_json(new, &ty))))
}

/// Reads objects of a service that describes one at a time: `describe` on each of `ids`, a few at
/// once. What is not there is left out.
pub(crate) async fn each<'a, T, F>(
    ids: &'a [String],
    describe: impl Fn(&'a str) -> F,
) -> Result<Vec<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    const AT_ONCE: usize = 8;
    let calls: Vec<F> = ids.iter().map(|id| describe(id)).collect();
    let found = stream::iter(calls).buffered(AT_ONCE);
    let found: Vec<Option<T>> = found.map(missing_is_none).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Turns "it is not there" from a fault into an answer.
pub(crate) fn missing_is_none<T>(answer: Result<Option<T>>) -> Result<Option<T>> {
    match answer {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
        other => other,
    }
}

/// `R` as the engine sees it: objects in, objects out.
pub(crate) struct Typed<R> {
    aws: Arc<Aws>,
    schema: &'static Schema,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> Typed<R> {
    #[cfg(test)]
    pub fn new(aws: Arc<Aws>) -> Self {
        Typed::named(aws, &R::SCHEMA)
    }

    /// The type under the name that `schema` has.
    pub fn named(aws: Arc<Aws>, schema: &'static Schema) -> Self {
        Typed { aws, schema, resource: PhantomData }
    }

    fn tagged() -> bool {
        R::SCHEMA.attribute("tags_all").is_some()
    }

    #[cfg(test)]
    pub fn round_trip(&self, object: &Object) -> Result<Object> {
        let attributes = self.decode(object)?;
        let live = Live { id: String::new(), phase: model::Phase::Ready, attributes };
        Ok(self.encode(live).attributes)
    }

    fn decode(&self, object: &Object) -> Result<R> {
        let mut fields: serde_json::Map<String, Json> =
            object.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if Self::tagged() {
            fields.insert("tags".to_owned(), self.aws.tags().fold(object));
        }
        decode(&R::SCHEMA, fields)
    }

    async fn remove(&self, id: &str, have: &Object, replaced: bool) -> Result<()> {
        let have = self.decode(have)?;
        if have.abandons() {
            self.aws.abandon(R::SCHEMA.name, id);
            return Ok(());
        }
        let result = match replaced {
            true => R::retire(&self.aws, id, &have).await,
            false => R::delete(&self.aws, id, &have).await,
        };
        match result.map_err(|it| judge::<R>(Op::Delete, it)) {
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(()),
            result => result,
        }
    }

    fn encode(&self, live: Live<R>) -> Live<Object> {
        let mut attributes = encode(&R::SCHEMA, &live.attributes);
        if Self::tagged() {
            self.aws.tags().unfold(&mut attributes);
        }
        Live { id: live.id, phase: live.phase, attributes }
    }
}

impl<R: Resource> ResourceType for Typed<R> {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn batch(&self) -> usize {
        R::BATCH
    }

    fn timeouts(&self) -> Timeouts {
        R::TIMEOUTS
    }

    fn advise(&self, fault: &Fault) -> Option<String> {
        advise(fault)
    }

    fn id(&self, have: &Object) -> Option<String> {
        let own = self.decode(have).ok().and_then(|it| it.identity());
        own.or_else(|| have.get("id").and_then(Json::as_str).map(str::to_owned))
            .filter(|it| !it.is_empty())
    }

    fn adjust(&self, prior: Option<&Map>, planned: &mut Map) {
        if Self::tagged() {
            self.aws.tags().adjust(prior, planned);
        }
        R::adjust(&self.aws, prior, planned);
    }

    fn check(&self, given: &Map) -> Vec<(&'static str, String)> {
        let mut problems = R::check(given);
        problems.extend(naming::limits::problems(R::SCHEMA.name, given));
        problems
    }

    fn keep<'a>(&'a self, it: &'a Standing<'a>) -> BoxFuture<'a, Result<Vec<Kept>>> {
        R::keep(&self.aws, it).boxed()
    }

    fn compared(&self, have: &Object, config: &Map) -> Option<String> {
        R::compared(have, config)
    }

    fn put(&self, kept: &Kept, config: &mut Map) {
        R::put(kept, config);
    }

    fn trouble<'a>(&'a self, own: &'a [Planned<'a>]) -> BoxFuture<'a, Result<Vec<Finding>>> {
        R::trouble(&self.aws, own).boxed()
    }

    fn verify<'a>(
        &'a self,
        own: &'a [Planned<'a>],
        all: &'a [Planned<'a>],
    ) -> BoxFuture<'a, Result<Vec<Finding>>> {
        R::verify(&self.aws, own, all).boxed()
    }

    /// Some services refuse a whole batch because one of its objects is gone. Then halves are read,
    /// down to the one id that is to blame.
    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>>> {
        async move {
            match R::read(&self.aws, ids).await.map_err(|it| judge::<R>(Op::Read, it)) {
                Ok(found) => {
                    let ours = |it: &Live<R>| !self.aws.has_abandoned(R::SCHEMA.name, &it.id);
                    Ok(found.into_iter().filter(ours).map(|it| self.encode(it)).collect())
                }
                Err(fault) if fault.kind != FaultKind::NotFound => Err(fault),
                Err(_) if ids.len() <= 1 => Ok(Vec::new()),
                Err(_) => {
                    let (left, right) = ids.split_at(ids.len() / 2);
                    let (left, right) = try_join(self.read(left), self.read(right)).await?;
                    Ok([left, right].concat())
                }
            }
        }
        .boxed()
    }

    fn create<'a>(&'a self, want: &'a Object, token: &'a str) -> BoxFuture<'a, Result<String>> {
        async move {
            let want = self.decode(want)?;
            let created = R::create(&self.aws, &want, token).await;
            let id = created.map_err(|it| judge::<R>(Op::Create, it))?;
            self.aws.adopt(R::SCHEMA.name, &id);
            Ok(id)
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        id: &'a str,
        have: &'a Object,
        want: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let (have, want) = (self.decode(have)?, self.decode(want)?);
            R::update(&self.aws, id, &have, &want).await.map_err(|it| judge::<R>(Op::Update, it))
        }
        .boxed()
    }

    fn delete<'a>(&'a self, id: &'a str, have: &'a Object) -> BoxFuture<'a, Result<()>> {
        self.remove(id, have, false).boxed()
    }

    fn retire<'a>(&'a self, id: &'a str, have: &'a Object) -> BoxFuture<'a, Result<()>> {
        self.remove(id, have, true).boxed()
    }

    fn withdraw<'a>(
        &'a self,
        _id: &'a str,
        have: &'a Object,
        before: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        async move {
            let have = self.decode(have)?;
            if have.abandons() {
                return Ok(None);
            }
            let told = R::withdraw(&self.aws, &have).await;
            let told = told.map_err(|it| judge::<R>(Op::Delete, it))?;
            if let (Some(_), Some(before)) = (&told, before) {
                self.aws.adopt(R::SCHEMA.name, before);
            }
            Ok(told)
        }
        .boxed()
    }

    fn find<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        async move {
            let want = self.decode(want)?;
            let found = R::find(&self.aws, &want, token).await;
            missing_is_none(found.map_err(|it| judge::<R>(Op::Read, it)))
        }
        .boxed()
    }

    fn claim(&self, planned: &Map) -> Option<String> {
        R::claim(planned)
    }

    fn is_held(&self) -> bool {
        R::HELD
    }

    fn comes_first(&self, before: &Map, after: &Map) -> bool {
        R::comes_first(before, after)
    }

    fn takes_over(&self) -> bool {
        R::TAKES_OVER
    }

    fn holders<'a>(&'a self, claims: &'a [String]) -> BoxFuture<'a, Result<Vec<Holder>>> {
        async move {
            let look = |claim: &'a str| async move {
                let holder = R::holder(&self.aws, claim).await;
                let import = missing_is_none(holder.map_err(|it| judge::<R>(Op::Read, it)))?;
                let Some(import) = import else { return Ok(None) };
                let id = R::import(&self.aws, &import).await?;
                Ok(Some(Holder { claim: claim.to_owned(), id, import }))
            };
            let mut found: Vec<Holder> = each(claims, look).await?;
            let ids: Vec<String> = found.iter().map(|it| it.id.clone()).collect();
            let mut there = BTreeSet::new();
            for ids in ids.chunks(R::BATCH) {
                there.extend(self.read(ids).await?.into_iter().map(|it| it.id));
            }
            found.retain(|it| there.contains(&it.id));
            Ok(found)
        }
        .boxed()
    }

    fn forget_tokens<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<()>> {
        R::forget(&self.aws, ids).boxed()
    }

    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String>> {
        async move { R::import(&self.aws, text).await.map_err(|it| judge::<R>(Op::Read, it)) }
            .boxed()
    }

    fn protections(&self) -> &'static [&'static str] {
        R::PROTECTIONS
    }

    fn force_attribute(&self) -> Option<&'static str> {
        R::FORCE
    }

    fn contents<'a>(
        &'a self,
        id: &'a str,
        have: &'a Object,
        going: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<Option<Contents>>> {
        async move {
            let contents = R::contents(&self.aws, id, &self.decode(have)?, going).await;
            missing_is_none(contents.map_err(|it| judge::<R>(Op::Read, it)))
        }
        .boxed()
    }

    fn empty<'a>(
        &'a self,
        id: &'a str,
        have: &'a Object,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<()>> {
        async move { R::empty(&self.aws, id, &self.decode(have)?, progress).await }.boxed()
    }
}

fn judge<R: Resource>(op: Op, fault: Fault) -> Fault {
    let kind = R::classify(op, &fault).unwrap_or(fault.kind);
    Fault { kind, ..fault }
}

/// An object as its type has it.
pub(crate) fn decode<T: DeserializeOwned>(
    schema: &Schema,
    mut fields: serde_json::Map<String, Json>,
) -> Result<T> {
    model::complete(schema.attributes, &mut fields);
    model::prune(schema.attributes, &mut fields);
    T::deserialize(Json::Object(fields))
        .map_err(|error| rejected(schema.name, "InvalidObject", error.to_string()))
}

/// An object as states have it.
pub(crate) fn encode<T: Serialize>(schema: &Schema, it: &T) -> Object {
    match serde_json::to_value(it) {
        Ok(Json::Object(mut fields)) => {
            model::complete(schema.attributes, &mut fields);
            fields.into_iter().collect()
        }
        other => unreachable!("{} does not encode to an object: {other:?}", schema.name),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::testing::{Script, fault};

    /// A type whose service refuses any batch that names a missing object.
    #[derive(Debug, Attributes, Serialize, Deserialize)]
    struct Strict {
        name: String,
    }

    impl Resource for Strict {
        const BATCH: usize = 100;

        async fn read(_: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
            if ids.iter().any(|id| id == "gone") {
                return Err(fault(FaultKind::NotFound, "NotFound"));
            }
            let live = |id: &String| Live {
                id: id.clone(),
                phase: model::Phase::Ready,
                attributes: Strict { name: id.clone() },
            };
            Ok(ids.iter().map(live).collect())
        }
        async fn create(_: &Aws, _: &Self, _: &str) -> Result<String> {
            unreachable!("it is only read")
        }
        async fn update(_: &Aws, _: &str, _: &Self, _: &Self) -> Result<()> {
            unreachable!("it is only read")
        }
        async fn delete(_: &Aws, _: &str, _: &Self) -> Result<()> {
            unreachable!("it is only read")
        }
    }

    #[tokio::test]
    async fn one_missing_object_does_not_hide_the_others() {
        let ty = Typed::<Strict>::new(Script::agreeable().aws());
        let ids = ["a", "b", "gone", "c", "d"].map(str::to_owned);

        let found = ty.read(&ids).await.unwrap();

        let found: Vec<&str> = found.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(found, ["a", "b", "c", "d"]);
    }
}
