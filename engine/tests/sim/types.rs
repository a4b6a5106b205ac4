//! The resource types of the cloud in memory, as the engine sees them.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use model::{
    Attributes, Auto, Contents, DataSource, Fault, FaultKind, Live, Map, Mode, Object, Op, Order,
    Out, Provider, ProviderSchema, Registry, ResourceType, Schema, Timeouts,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cloud::{Cloud, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ty {
    /// Has a unique name.
    Named,
    /// Is found by its token. What `create` cannot carry is left to `update`.
    Token,
    /// Takes a while to be made, changed and deleted, and may be protected from that.
    Slow,
    /// Holds things, and has to be emptied before it is deleted.
    Holder,
    /// Refuses to go while others refer to it.
    Hub,
    /// Has to be replaced when it is to refer to something else.
    Bound,
}

pub const ALL: [Ty; 6] = [Ty::Named, Ty::Token, Ty::Slow, Ty::Holder, Ty::Hub, Ty::Bound];

#[derive(Debug, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("sim_thing")]
struct Thing {
    #[attr(replace)]
    name: String,
    #[attr(replace)]
    kind: Option<String>,
    note: Option<String>,
    refs: Vec<String>,
    force: Option<bool>,
    zone: Auto<String>,
    id: Out<String>,
    size: Out<i64>,
    #[attr(volatile)]
    version: Out<i64>,
}

#[derive(Debug, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("sim_bound")]
struct Bound {
    #[attr(replace)]
    name: String,
    #[attr(replace)]
    kind: Option<String>,
    note: Option<String>,
    #[attr(replace)]
    refs: Vec<String>,
    force: Option<bool>,
    zone: Auto<String>,
    id: Out<String>,
    size: Out<i64>,
    #[attr(volatile)]
    version: Out<i64>,
}

/// What never changes of a thing.
#[derive(Debug, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("sim_lookup")]
struct Lookup {
    id: String,
    name: Out<String>,
}

static SCHEMAS: [Schema; 6] = [
    Schema { name: "sim_named", ..Thing::SCHEMA },
    Schema { name: "sim_token", ..Thing::SCHEMA },
    Schema { name: "sim_slow", ..Thing::SCHEMA },
    Schema { name: "sim_holder", ..Thing::SCHEMA },
    Schema { name: "sim_hub", ..Thing::SCHEMA },
    Bound::SCHEMA,
];
static LOOKUP: Schema = Lookup::SCHEMA;
static PROVIDERS: [ProviderSchema; 1] = [ProviderSchema {
    name: "sim",
    source: "registry.terraform.io/groundplan/sim",
    settings: Schema { name: "", doc: "", version: 0, timeouts: &[], attributes: &[] },
}];

impl Ty {
    pub fn schema(self) -> &'static Schema {
        &SCHEMAS[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.schema().name
    }

    pub fn is_named(self) -> bool {
        matches!(self, Ty::Named | Ty::Holder)
    }

    pub fn leaves_note_open(self) -> bool {
        matches!(self, Ty::Token | Ty::Slow)
    }

    /// Whether it cannot be deleted while its `force` is true.
    pub fn is_protected_by_force(self) -> bool {
        self == Ty::Slow
    }

    pub fn refuses(self) -> bool {
        self == Ty::Hub
    }
}

pub struct Sim(pub Arc<Cloud>);

impl Registry for Sim {
    fn providers(&self) -> &[ProviderSchema] {
        &PROVIDERS
    }

    fn resource_schema(&self, ty: &str) -> Option<&'static Schema> {
        SCHEMAS.iter().find(|it| it.name == ty)
    }

    fn data_schema(&self, ty: &str) -> Option<&'static Schema> {
        (ty == LOOKUP.name).then_some(&LOOKUP)
    }

    fn provider_of(&self, ty: &str) -> Option<&'static str> {
        ty.starts_with("sim_").then_some("sim")
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Managed => SCHEMAS.iter().map(|it| it.name).collect(),
            Mode::Data => vec![LOOKUP.name],
            Mode::Ephemeral => Vec::new(),
        }
    }

    fn orders(&self) -> &'static [Order] {
        const ORDERS: &[Order] = &[
            Order { first: &["sim_slow"], then: &["sim_token"], through: &[], shared: "sim_hub" },
            Order {
                first: &["sim_bound", "sim_token"],
                then: &["sim_named"],
                through: &[&["sim_hub", "sim_slow"]],
                shared: "sim_named",
            },
        ];
        ORDERS
    }

    fn configure<'a>(
        &'a self,
        _: &'a str,
        _: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>> {
        let provider: Arc<dyn Provider> = Arc::new(Sim(self.0.clone()));
        futures::future::ready(Ok(provider)).boxed()
    }
}

impl Provider for Sim {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        let ty = ALL.into_iter().find(|it| it.name() == ty)?;
        Some(Arc::new(Things { cloud: self.0.clone(), ty }))
    }

    fn renew(&self) -> BoxFuture<'_, Result<bool, Fault>> {
        let renewed = self.0.look().renew();
        futures::future::ready(Ok(renewed)).boxed()
    }

    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        (ty == LOOKUP.name).then(|| Arc::new(Sim(self.0.clone())) as Arc<dyn DataSource>)
    }
}

impl DataSource for Sim {
    fn schema(&self) -> &'static Schema {
        &LOOKUP
    }

    fn read<'a>(&'a self, given: &'a Object) -> BoxFuture<'a, Result<Object, Fault>> {
        let id = text(given, "id");
        self.0
            .call(Op::Read, move |cloud| {
                cloud.settle();
                let real = cloud.things.get(&id).and_then(|it| it.real.as_ref());
                let missing = || Fault {
                    kind: FaultKind::Rejected,
                    operation: "LookUpThing",
                    code: "NotFound".to_owned(),
                    message: id.clone(),
                };
                let name = text(real.ok_or_else(missing)?, "name");
                Ok(Object::from([("id".to_owned(), json!(id)), ("name".to_owned(), json!(name))]))
            })
            .boxed()
    }
}

struct Things {
    cloud: Arc<Cloud>,
    ty: Ty,
}

impl ResourceType for Things {
    fn schema(&self) -> &'static Schema {
        self.ty.schema()
    }

    fn batch(&self) -> usize {
        match self.ty {
            Ty::Named => 1,
            Ty::Token | Ty::Bound => 3,
            Ty::Slow | Ty::Holder | Ty::Hub => 100,
        }
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::minutes(10, 10, 10)
    }

    fn read<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<Vec<Live<Object>>, Fault>> {
        assert!(ids.len() <= self.batch(), "a read of {} ids at once", ids.len());
        let (ty, ids) = (self.ty, ids.to_vec());
        self.cloud.call(Op::Read, move |cloud| Ok(cloud.read(ty, &ids))).boxed()
    }

    fn create<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<String, Fault>> {
        let (ty, want, token) = (self.ty, want.clone(), token.to_owned());
        self.cloud.call(Op::Create, move |cloud| cloud.create(ty, &want, &token)).boxed()
    }

    fn update<'a>(
        &'a self,
        id: &'a str,
        _: &'a Object,
        want: &'a Object,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        let (id, want) = (id.to_owned(), want.clone());
        self.cloud.call(Op::Update, move |cloud| cloud.update(&id, &want)).boxed()
    }

    fn delete<'a>(&'a self, id: &'a str, _: &'a Object) -> BoxFuture<'a, Result<(), Fault>> {
        let id = id.to_owned();
        self.cloud.call(Op::Delete, move |cloud| cloud.delete(&id)).boxed()
    }

    fn find<'a>(
        &'a self,
        want: &'a Object,
        token: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>> {
        let (ty, want, token) = (self.ty, want.clone(), token.to_owned());
        self.cloud.call(Op::Read, move |cloud| Ok(cloud.find(ty, &want, &token))).boxed()
    }

    fn forget_tokens<'a>(&'a self, ids: &'a [String]) -> BoxFuture<'a, Result<(), Fault>> {
        if self.ty.is_named() {
            return futures::future::ready(Ok(())).boxed();
        }
        let ids = ids.to_vec();
        let forget = move |cloud: &mut crate::cloud::Inner| {
            for id in &ids {
                if let Some(it) = cloud.things.get_mut(id) {
                    it.token = None;
                }
            }
            Ok(())
        };
        self.cloud.call(Op::Update, forget).boxed()
    }

    fn is_held(&self) -> bool {
        self.ty.refuses()
    }

    fn comes_first(&self, before: &Map, after: &Map) -> bool {
        let moves = self.ty == Ty::Bound && before.get("refs") != after.get("refs");
        self.ty.refuses() || moves
    }

    fn protections(&self) -> &'static [&'static str] {
        if self.ty.is_protected_by_force() { &["force"] } else { &[] }
    }

    fn force_attribute(&self) -> Option<&'static str> {
        (self.ty == Ty::Holder).then_some("force")
    }

    fn contents<'a>(
        &'a self,
        id: &'a str,
        _: &'a Object,
        _: &'a [(String, String)],
    ) -> BoxFuture<'a, Result<Option<Contents>, Fault>> {
        let id = id.to_owned();
        let count = move |cloud: &mut crate::cloud::Inner| {
            let count =
                cloud.things.get(&id).filter(|it| it.is_there()).map_or(0, |it| it.contents);
            Ok((count > 0).then(|| Contents {
                count,
                text: format!("{count} things"),
                stuck: None,
            }))
        };
        self.cloud.call(Op::Read, count).boxed()
    }

    fn empty<'a>(
        &'a self,
        id: &'a str,
        _: &'a Object,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> BoxFuture<'a, Result<(), Fault>> {
        let id = id.to_owned();
        async move {
            let empty = move |cloud: &mut crate::cloud::Inner| {
                let it = cloud.things.get_mut(&id);
                Ok(it.map_or(0, |it| std::mem::take(&mut it.contents)))
            };
            progress(self.cloud.call(Op::Delete, empty).await?);
            Ok(())
        }
        .boxed()
    }
}
