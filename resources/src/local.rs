//! Types whose objects exist only in the state: nothing is called for them.

pub(crate) mod terraform_data;

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use model::{Attributes, Live, Map, Object, Phase, ResourceType, Schema, Timeouts};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::resource::{Result, decode, encode};

/// A kind of object that only the state knows.
pub(crate) trait Local:
    Attributes + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The object that `want` makes, with its attribute `id`. `token` is the same when the same
    /// intent is tried again.
    fn create(want: Self, token: &str) -> Result<Self>;

    /// What `have` is once it is changed to `want`.
    fn update(_have: Self, want: Self) -> Result<Self> {
        Ok(want)
    }

    /// The object that a user means with `text` in an `import`.
    fn import(text: &str) -> Result<Self>;

    /// Fills in what follows from other attributes, with unknowns in place.
    fn adjust(_prior: Option<&Map>, _planned: &mut Map) {}

    /// Rules across attributes: the name of one of them, and what is wrong.
    fn check(_given: &Map) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// `L` as the engine sees it. There is nothing to read, so it remembers the objects it has been
/// shown or has made; those deleted are remembered as none.
pub(crate) struct Kept<L> {
    objects: Mutex<BTreeMap<String, Option<Object>>>,
    local: PhantomData<fn() -> L>,
}

impl<L: Local> Kept<L> {
    pub fn new() -> Self {
        Kept { objects: Mutex::default(), local: PhantomData }
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Option<Object>>) -> T) -> T {
        act(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, object: &L) -> String {
        let object = encode(&L::SCHEMA, object);
        let id = object.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
        self.with(|it| it.insert(id.clone(), Some(object)));
        id
    }
}

fn decoded<L: Local>(object: &Object) -> Result<L> {
    let fields = object.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    decode(&L::SCHEMA, fields)
}

impl<L: Local> ResourceType for Kept<L> {
    fn schema(&self) -> &'static Schema {
        &L::SCHEMA
    }

    fn batch(&self) -> usize {
        1000
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::minutes(1, 1, 1)
    }

    fn id(&self, have: &Object) -> Option<String> {
        let id = have.get("id").and_then(Json::as_str).filter(|it| !it.is_empty())?.to_owned();
        self.with(|it| _ = it.entry(id.clone()).or_insert_with(|| Some(have.clone())));
        Some(id)
    }

    fn adjust(&self, prior: Option<&Map>, planned: &mut Map) {
        L::adjust(prior, planned);
    }

    fn check(&self, given: &Map) -> Vec<(&'static str, String)> {
        L::check(given)
    }

    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>>> {
        let live = |id: &String, object: &Object| Live {
            id: id.clone(),
            phase: Phase::Ready,
            attributes: object.clone(),
        };
        let found = self.with(|it| {
            let known = |id| Some(live(id, it.get(id)?.as_ref()?));
            ids.iter().filter_map(known).collect()
        });
        async { Ok(found) }.boxed()
    }

    fn create<'a>(&'a self, want: &'a Object, token: &'a str) -> BoxFuture<'a, Result<String>> {
        async move { Ok(self.keep(&L::create(decoded(want)?, token)?)) }.boxed()
    }

    fn update<'a>(
        &'a self,
        _id: &'a str,
        have: &'a Object,
        want: &'a Object,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            self.keep(&L::update(decoded(have)?, decoded(want)?)?);
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, id: &'a str, _have: &'a Object) -> BoxFuture<'a, Result<()>> {
        self.with(|it| it.insert(id.to_owned(), None));
        async { Ok(()) }.boxed()
    }

    fn find<'a>(
        &'a self,
        _want: &'a Object,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        async { Ok(None) }.boxed()
    }

    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String>> {
        async move { Ok(self.keep(&L::import(text)?)) }.boxed()
    }
}
