//! Providers that call nothing: what a configuration does not give, they make up. For tests.
//!
//! A `provider` block that has [`MARK`] is one of them; all others are what they always are. The id of
//! a pretended object is the object itself, as JSON, so that nothing has to be remembered between
//! runs.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use crate::host::BUILTIN;
use futures::future::{BoxFuture, FutureExt};
use model::{
    Attribute, DataSource, Fault, FaultKind, Given, Live, Map, Mode, Object, Phase, Provider,
    ProviderSchema, Registry, ResourceType, Schema, Shape, Timeouts, Value,
};
use serde_json::Value as Json;

/// The setting that makes a provider a pretended one: its value is the number of the mock.
pub const MARK: &str = "groundplan_mock";

const MARK_SETTING: Attribute = Attribute {
    name: MARK,
    doc: "",
    shape: Shape::String,
    given: Given::Optional,
    same: model::same::<Option<String>>,
    ..Attribute::TAGS_ALL
};

/// What a pretended provider gives.
#[derive(Debug, Default)]
pub struct Mock {
    pub resources: BTreeMap<Arc<str>, Answer>,
    pub data: BTreeMap<Arc<str>, Answer>,
    /// For every type that has none of its own.
    pub other: Answer,
}

/// Values for attributes that nobody has given.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub values: Map,
    /// Whether they are known when a plan is made.
    pub during_plan: bool,
}

/// The built-in providers, and pretended ones beside them.
pub struct Pretending {
    mocks: Vec<Arc<Mock>>,
    providers: Vec<ProviderSchema>,
}

impl Pretending {
    pub fn new(mocks: Vec<Mock>) -> Pretending {
        let marked = |it: &ProviderSchema| {
            let mut attributes = it.settings.attributes.to_vec();
            attributes.push(MARK_SETTING);
            // Schemas are constants everywhere else. One of these is made for each run of a test.
            let settings = Schema { attributes: attributes.leak(), ..it.settings };
            ProviderSchema { settings, ..*it }
        };
        let providers = BUILTIN.providers().iter().map(marked).collect();
        Pretending { mocks: mocks.into_iter().map(Arc::new).collect(), providers }
    }
}

impl Registry for Pretending {
    fn providers(&self) -> &[ProviderSchema] {
        &self.providers
    }

    fn resource_schema(&self, ty: &str) -> Option<&'static Schema> {
        BUILTIN.resource_schema(ty)
    }

    fn data_schema(&self, ty: &str) -> Option<&'static Schema> {
        BUILTIN.data_schema(ty)
    }

    fn provider_of(&self, ty: &str) -> Option<&'static str> {
        BUILTIN.provider_of(ty)
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        BUILTIN.names(mode)
    }

    fn configure<'a>(
        &'a self,
        provider: &'a str,
        mut settings: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>> {
        let mark = settings.remove(MARK);
        let number = mark.as_ref().and_then(Json::as_str).and_then(|it| it.parse::<usize>().ok());
        match number.and_then(|it| self.mocks.get(it)) {
            Some(mock) => {
                let it = Pretender { mock: mock.clone(), memory: Memory::default() };
                async move { Ok(Arc::new(it) as Arc<dyn Provider>) }.boxed()
            }
            None => BUILTIN.configure(provider, settings),
        }
    }
}

/// What became of objects whose ids are out of date: they were changed, or are gone.
type Memory = Arc<Mutex<BTreeMap<String, Option<Object>>>>;

struct Pretender {
    mock: Arc<Mock>,
    memory: Memory,
}

impl Provider for Pretender {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        let schema = BUILTIN.resource_schema(ty)?;
        let answer = self.mock.resources.get(ty).unwrap_or(&self.mock.other).clone();
        Some(Arc::new(Pretended { schema, answer, memory: self.memory.clone() }))
    }

    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        let schema = BUILTIN.data_schema(ty)?;
        let answer = self.mock.data.get(ty).unwrap_or(&self.mock.other).clone();
        Some(Arc::new(PretendedData { schema, answer }))
    }
}

struct Pretended {
    schema: &'static Schema,
    answer: Answer,
    memory: Memory,
}

impl Pretended {
    fn remember(&self, id: &str, object: Option<Object>) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.insert(id.to_owned(), object);
    }

    /// Drops what is remembered of an object that is made anew.
    fn forget(&self, id: &str) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn look_up(&self, id: &str) -> Option<Object> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        match memory.get(id) {
            Some(it) => it.clone(),
            None => serde_json::from_str(id).ok(),
        }
    }
}

fn id_of(object: &Object) -> String {
    serde_json::to_string(object).expect("an object of JSON values can be written")
}

impl ResourceType for Pretended {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn batch(&self) -> usize {
        1000
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::minutes(1, 1, 1)
    }

    fn id(&self, have: &Object) -> Option<String> {
        Some(id_of(have))
    }

    fn adjust(&self, _prior: Option<&Map>, planned: &mut Map) {
        if !self.answer.during_plan {
            return;
        }
        for it in self.schema.attributes {
            let Some(value) = planned.get_mut(it.name).filter(|it| !it.is_known()) else {
                continue;
            };
            // What is made up differs each time, and what the configuration gives is not ours to say.
            let Some(json) = self.answer.json(it).ok().flatten().filter(|_| is_open(it)) else {
                continue;
            };
            if let Ok(known) = model::from_typed_json(&json, &it.shape.ty()) {
                *value = known;
            }
        }
    }

    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>, Fault>> {
        let live = |id: &String| {
            let attributes = self.look_up(id)?;
            Some(Live { id: id.clone(), phase: Phase::Ready, attributes })
        };
        let found = ids.iter().filter_map(live).collect();
        async { Ok(found) }.boxed()
    }

    fn create<'a>(
        &'a self,
        want: &'a Object,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<String, Fault>> {
        let made = self.answer.fill(self.schema, want.clone());
        let made = made.map(|it| {
            let id = id_of(&it);
            self.forget(&id);
            id
        });
        async { made }.boxed()
    }

    fn update<'a>(
        &'a self,
        id: &'a str,
        have: &'a Object,
        want: &'a Object,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        let mut object = want.clone();
        for it in self.schema.attributes.iter().filter(|it| is_open(it)) {
            let value = object.entry(it.name.to_owned()).or_default();
            if value.is_null() {
                *value = have.get(it.name).cloned().unwrap_or_default();
            }
        }
        let made = self.answer.fill(self.schema, object);
        let done = made.map(|it| self.remember(id, Some(it)));
        async { done }.boxed()
    }

    fn delete<'a>(&'a self, id: &'a str, _have: &'a Object) -> BoxFuture<'a, Result<(), Fault>> {
        self.remember(id, None);
        async { Ok(()) }.boxed()
    }

    fn find<'a>(
        &'a self,
        _want: &'a Object,
        _token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>> {
        async { Ok(None) }.boxed()
    }

    fn import<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<String, Fault>> {
        let object = Object::from([("id".to_owned(), text.into())]);
        let made = self.answer.fill(self.schema, object).map(|it| id_of(&it));
        async { made }.boxed()
    }
}

struct PretendedData {
    schema: &'static Schema,
    answer: Answer,
}

impl DataSource for PretendedData {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn read<'a>(&'a self, given: &'a Object) -> BoxFuture<'a, Result<Object, Fault>> {
        let made = self.answer.fill(self.schema, given.clone());
        async { made }.boxed()
    }
}

/// Whether a provider gives the attribute its value if nobody else does.
fn is_open(it: &Attribute) -> bool {
    matches!(it.given, Given::Output | Given::Auto)
}

impl Answer {
    /// The value for an attribute, in its type.
    fn json(&self, it: &Attribute) -> Result<Option<Json>, String> {
        let Some(value) = self.values.get(it.name) else { return Ok(None) };
        let ty = it.shape.ty();
        let value: Value = stacks::convert::convert(value, &ty)
            .map_err(|error| format!("the value for {:?} is not suitable: {error}", it.name))?;
        Ok(Some(model::to_typed_json(&value, &ty)))
    }

    /// The object with a value for whatever a provider would have chosen.
    fn fill(&self, schema: &Schema, mut object: Object) -> Result<Object, Fault> {
        for it in schema.attributes {
            let value = object.entry(it.name.to_owned()).or_default();
            if is_open(it) && value.is_null() {
                let given = self.json(it).map_err(rejected)?;
                *value = given.unwrap_or_else(|| made_up(it.shape));
            }
            fill_blocks(it.shape, value);
        }
        Ok(object)
    }
}

fn rejected(message: String) -> Fault {
    Fault { kind: FaultKind::Rejected, operation: "mock", code: "InvalidMock".to_owned(), message }
}

fn fill_blocks(shape: Shape, value: &mut Json) {
    match (shape, value) {
        (Shape::Object(attributes), Json::Object(object)) => {
            for it in attributes {
                let value = object.entry(it.name).or_insert(Json::Null);
                if is_open(it) && value.is_null() {
                    *value = made_up(it.shape);
                }
                fill_blocks(it.shape, value);
            }
        }
        (Shape::List(item) | Shape::Set(item), Json::Array(items)) => {
            items.iter_mut().for_each(|it| fill_blocks(*item, it));
        }
        (Shape::Map(item), Json::Object(entries)) => {
            entries.values_mut().for_each(|it| fill_blocks(*item, it));
        }
        _ => (),
    }
}

/// What Terraform makes up too: texts of eight letters and digits, zero, false, nothing in it.
fn made_up(shape: Shape) -> Json {
    match shape {
        Shape::Any => Json::Null,
        Shape::Bool => false.into(),
        Shape::Number => 0.into(),
        Shape::String => random_text().into(),
        Shape::List(_) | Shape::Set(_) => Json::Array(Vec::new()),
        Shape::Map(_) => Json::Object(Default::default()),
        Shape::Object(_) => {
            let mut object = Json::Object(Default::default());
            fill_blocks(shape, &mut object);
            object
        }
    }
}

fn random_text() -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    // Each of these has keys of its own.
    let mut number = RandomState::new().build_hasher().finish();
    let mut text = String::new();
    for _ in 0..8 {
        let n = usize::try_from(number % 36).expect("it is less than 36");
        text.push(char::from(LETTERS[n]));
        number /= 36;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vpc(answer: Answer) -> Pretended {
        let schema = BUILTIN.resource_schema("aws_vpc").expect("there is such a type");
        Pretended { schema, answer, memory: Memory::default() }
    }

    #[tokio::test]
    async fn what_nobody_gives_is_made_up() {
        let values = Map::from([("arn".into(), Value::from("arn:mine"))]);
        let it = vpc(Answer { values, during_plan: false });
        let want = Object::from([("cidr_block".to_owned(), "10.0.0.0/16".into())]);
        let id = it.create(&want, "t").await.unwrap();
        let ids = [id.clone()];
        let live = it.read(&ids).await.unwrap().remove(0).attributes;
        assert_eq!(
            (&live["cidr_block"], &live["arn"]),
            (&"10.0.0.0/16".into(), &"arn:mine".into())
        );
        assert_eq!(live["id"].as_str().map(str::len), Some(8));
        assert_eq!(it.id(&live), Some(id.clone()));
        it.delete(&id, &live).await.unwrap();
        assert!(it.read(&ids).await.unwrap().is_empty());
    }

    #[test]
    fn a_value_during_the_plan_is_known_at_once() {
        let values = Map::from([("id".into(), Value::from("vpc-1"))]);
        let it = vpc(Answer { values, during_plan: true });
        let mut planned = Map::from([("id".into(), Value::unknown(model::Type::String))]);
        it.adjust(None, &mut planned);
        assert_eq!(planned["id"], Value::from("vpc-1"));
    }
}
