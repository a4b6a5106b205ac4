//! The trait of types that need no cloud, and the adapter that lets the engine use them.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use model::{Attributes, Live, Map, Object, Op, Phase, ResourceType, Schema, Timeouts};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::local::checksums::hex;
use crate::local::{aside, decoded};
use crate::naming::uuid_of;
use crate::resource::{Result, encode};

/// A kind of object that is kept in the state, and maybe on this machine. The methods may block.
pub(crate) trait Local:
    Attributes + Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    const TIMEOUTS: Timeouts = Timeouts::minutes(1, 1, 1);
    /// Whether the state is all there is of an object.
    const ONLY_IN_STATE: bool = true;

    /// The object that `want` makes. `token` is the same when the same intent is tried again.
    fn create(want: Self, token: &str) -> Result<Self>;

    /// What `have` is once it is changed to `want`.
    fn update(_have: Self, want: Self) -> Result<Self> {
        Ok(want)
    }

    /// What there is of an object that the state has. None if it is gone.
    fn read(have: Self) -> Result<Option<Self>> {
        Ok(Some(have))
    }

    fn delete(_have: &Self) -> Result<()> {
        Ok(())
    }

    /// The object that a user means with `text` in an `import`.
    fn import(text: &str) -> Result<Self>;

    /// Fills in what follows from other attributes, with unknowns in place.
    fn adjust(_prior: Option<&Map>, _planned: &mut Map) {}

    /// Rules across attributes: the name of one of them, and what is wrong.
    fn check(_given: &Map) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Brings an object that an older provider has written up to date, but for plain defaults.
    fn upgrade(_object: &mut Object) {}

    /// How long to wait after the object was made, or before it is gone.
    fn pause(_have: &Self, _op: Op) -> Duration {
        Duration::ZERO
    }
}

/// `L` as the engine sees it. There may be nothing to read, so it remembers the objects that it has
/// been shown or has made. Their attribute `id` need not be unique, so they go by another.
pub(crate) struct Kept<L> {
    objects: Arc<Mutex<BTreeMap<String, Entry>>>,
    local: PhantomData<fn() -> L>,
}

#[derive(Debug, Clone)]
struct Entry {
    object: Object,
    /// Deleted, and gone as soon as it is not busy.
    going: bool,
    busy: Option<Instant>,
}

impl Entry {
    fn is_busy(&self) -> bool {
        self.busy.is_some_and(|it| it > Instant::now())
    }
}

impl<L: Local> Kept<L> {
    pub fn new() -> Self {
        Kept { objects: Arc::default(), local: PhantomData }
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Entry>) -> T) -> T {
        act(&mut self.objects.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, id: String, object: &L, pause: Duration) {
        let busy = (pause > Duration::ZERO).then(|| Instant::now() + pause);
        let entry = Entry { object: encode(&L::SCHEMA, object), going: false, busy };
        self.with(|it| _ = it.insert(id, entry));
    }
}

/// What an object goes by: the state may hold it only as a whole.
fn digest(object: &Object) -> String {
    let text = serde_json::to_string(object).unwrap_or_default();
    hex(&Sha256::digest(text))
}

/// An object of a state, which an older provider may have written: what it left out has its default.
fn own<L: Local>(object: &Object) -> Result<L> {
    let mut object = object.clone();
    L::upgrade(&mut object);
    for it in L::SCHEMA.attributes {
        let Some(default) = it.default else { continue };
        let value = object.entry(it.name.to_owned()).or_insert(Json::Null);
        if value.is_null() {
            *value = default();
        }
    }
    decoded(&object)
}

/// What there is of the objects `asked` for.
fn look<L: Local>(asked: Vec<(String, Entry)>) -> Result<Vec<Live<Object>>> {
    let mut found = Vec::new();
    for (id, entry) in asked {
        let (going, busy) = (entry.going, entry.is_busy());
        if going && !busy {
            continue;
        }
        let phase = match busy {
            true => Phase::changing("its time is not over"),
            false => Phase::Ready,
        };
        if let Some(it) = L::read(own(&entry.object)?)? {
            found.push(Live { id, phase, attributes: encode(&L::SCHEMA, &it) });
        }
    }
    Ok(found)
}

impl<L: Local> ResourceType for Kept<L> {
    fn schema(&self) -> &'static Schema {
        &L::SCHEMA
    }

    fn batch(&self) -> usize {
        1000
    }

    fn timeouts(&self) -> Timeouts {
        L::TIMEOUTS
    }

    fn id(&self, have: &Object) -> Option<String> {
        if L::SCHEMA.attribute("id").is_some() {
            have.get("id").and_then(Json::as_str).filter(|it| !it.is_empty())?;
        }
        let id = digest(have);
        let entry = || Entry { object: have.clone(), going: false, busy: None };
        self.with(|it| _ = it.entry(id.clone()).or_insert_with(entry));
        Some(id)
    }

    fn is_only_in_state(&self) -> bool {
        L::ONLY_IN_STATE
    }

    fn adjust(&self, prior: Option<&Map>, planned: &mut Map) {
        L::adjust(prior, planned);
    }

    fn check(&self, given: &Map) -> Vec<(&'static str, String)> {
        L::check(given)
    }

    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>>> {
        let asked = self.with(|it| {
            let known = |id: &String| Some((id.clone(), it.get(id)?.clone()));
            ids.iter().filter_map(known).collect()
        });
        aside(|| look::<L>(asked)).boxed()
    }

    fn create<'a>(&'a self, want: &'a Object, token: &'a str) -> BoxFuture<'a, Result<String>> {
        async move {
            let (want, text): (L, _) = (decoded(want)?, token.to_owned());
            let made = aside(move || L::create(want, &text)).await?;
            let id = uuid_of(token);
            self.keep(id.clone(), &made, L::pause(&made, Op::Create));
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
            let (have, want): (L, L) = (own(have)?, decoded(want)?);
            let made = aside(move || L::update(have, want)).await?;
            self.keep(id.to_owned(), &made, L::pause(&made, Op::Update));
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, id: &'a str, have: &'a Object) -> BoxFuture<'a, Result<()>> {
        async move {
            let object: L = own(have)?;
            let pause = L::pause(&object, Op::Delete);
            aside(move || L::delete(&object)).await?;
            let entry = Entry {
                object: have.clone(),
                going: true,
                busy: Some(Instant::now() + pause).filter(|_| pause > Duration::ZERO),
            };
            // What is gone at once is forgotten: another object may look just like it.
            self.with(|it| match entry.busy {
                Some(_) => _ = it.insert(id.to_owned(), entry),
                None => _ = it.remove(id),
            });
            Ok(())
        }
        .boxed()
    }

    fn find<'a>(
        &'a self,
        _want: &'a Object,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        async { Ok(None) }.boxed()
    }

    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String>> {
        async move {
            let text = text.to_owned();
            let object = aside(move || L::import(&text)).await?;
            let id = digest(&encode(&L::SCHEMA, &object));
            self.keep(id.clone(), &object, Duration::ZERO);
            Ok(id)
        }
        .boxed()
    }
}
