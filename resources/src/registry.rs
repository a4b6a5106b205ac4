//! The tables of all types, and the registry the engine finds them through.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::{BoxFuture, FutureExt};
use model::{
    Attributes, DataSource, Fault, Finding, Host, Mode, Object, Order, Ours, Planned, Provider,
    ProviderSchema, Registry, ResourceType, Schema, Severity, Stray,
};

use crate::aws::Aws;
use crate::conflicts;
use crate::data::{Data, Lookup};
use crate::fault::rejected;
use crate::local;
use crate::local::{LocalDataEntry, LocalEntry, LocalProvider};
use crate::orders;
use crate::resource::{Resource, Typed};
use crate::settings::{Settings, configure};
use crate::strays;

macro_rules! services {
    ($($service:ident),+) => {
        use crate::{$($service),+};

        /// Every AWS resource type and data source there is, by service.
        const SERVICES: &[Service] = &[$(Service {
            name: stringify!($service),
            types: $service::TYPES,
            data: $service::DATA,
        }),+];
    };
}

services!(
    acm,
    appautoscaling,
    autoscaling,
    cloudfront,
    cloudwatch,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    events,
    iam,
    kms,
    lambda,
    logs,
    meta,
    route53,
    s3,
    secretsmanager,
    servicediscovery,
    sns,
    sqs,
    ssm
);

/// What `ephemeral` blocks can read.
const EPHEMERAL: &[DataEntry] =
    &[data::<ssm::ephemeral::Parameter>(), data::<secretsmanager::data::SecretVersion>()];

macro_rules! locals {
    ($($provider:ident),+) => {
        /// Every provider that needs no cloud.
        const LOCAL: &[&LocalProvider] = &[$(&local::$provider::PROVIDER),+];

        const PROVIDERS: &[ProviderSchema] = &[AWS, $(local::$provider::PROVIDER.schema),+];
    };
}

locals!(archive, cloudinit, external, files, http, null, random, template, terraform, time, tls);

const AWS: ProviderSchema = ProviderSchema {
    name: "aws",
    source: "registry.terraform.io/hashicorp/aws",
    settings: Settings::SCHEMA,
};

/// What one service has.
struct Service {
    name: &'static str,
    types: &'static [Entry],
    data: &'static [DataEntry],
}

pub(crate) struct Entry {
    pub schema: &'static Schema,
    make: fn(Arc<Aws>, &'static Schema) -> Arc<dyn ResourceType>,
    /// Decodes an object and encodes it again.
    #[cfg(test)]
    pub round_trip: fn(Arc<Aws>, &Object) -> crate::resource::Result<Object>,
}

pub(crate) struct DataEntry {
    pub schema: &'static Schema,
    make: fn(Arc<Aws>, &'static Schema) -> Arc<dyn DataSource>,
}

impl Entry {
    pub fn bind(&self, aws: Arc<Aws>) -> Arc<dyn ResourceType> {
        (self.make)(aws, self.schema)
    }
}

pub(crate) const fn entry<R: Resource>() -> Entry {
    alias::<R>(&R::SCHEMA)
}

/// The type under another name: `schema` is its own but for the name.
pub(crate) const fn alias<R: Resource>(schema: &'static Schema) -> Entry {
    Entry {
        schema,
        make: |aws, schema| Arc::new(Typed::<R>::named(aws, schema)),
        #[cfg(test)]
        round_trip: |aws, object| Typed::<R>::new(aws).round_trip(object),
    }
}

pub(crate) const fn data<D: Data>() -> DataEntry {
    data_alias::<D>(&D::SCHEMA)
}

/// The data source under another name: `schema` is its own but for the name.
pub(crate) const fn data_alias<D: Data>(schema: &'static Schema) -> DataEntry {
    DataEntry { schema, make: |aws, schema| Arc::new(Lookup::<D>::new(aws, schema)) }
}

/// Every AWS resource type there is.
pub(crate) fn types() -> impl Iterator<Item = &'static Entry> {
    SERVICES.iter().flat_map(|it| it.types)
}

/// Every AWS data source there is.
pub(crate) fn data_sources() -> impl Iterator<Item = &'static DataEntry> {
    SERVICES.iter().flat_map(|it| it.data)
}

/// Everything that an `ephemeral` block can read.
pub(crate) fn ephemerals() -> impl Iterator<Item = &'static DataEntry> {
    EPHEMERAL.iter()
}

fn local_types() -> impl Iterator<Item = &'static LocalEntry> {
    LOCAL.iter().flat_map(|it| it.types)
}

fn local_data() -> impl Iterator<Item = &'static LocalDataEntry> {
    LOCAL.iter().flat_map(|it| it.data)
}

/// The schemas of all types and data sources that need no cloud.
#[cfg(test)]
pub(crate) fn local_schemas() -> impl Iterator<Item = &'static Schema> {
    local_types().map(|it| it.schema).chain(local_data().map(|it| it.schema))
}

/// All providers, resource types and data sources of this program.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// What does for them what they cannot.
    pub host: &'static dyn Host,
}

impl Registry for Builtin {
    fn providers(&self) -> &[ProviderSchema] {
        PROVIDERS
    }

    fn resource_schema(&self, ty: &str) -> Option<&'static Schema> {
        let mut all = types().map(|it| it.schema).chain(local_types().map(|it| it.schema));
        all.find(|it| it.name == ty)
    }

    fn data_schema(&self, ty: &str) -> Option<&'static Schema> {
        let mut all = data_sources().map(|it| it.schema).chain(local_data().map(|it| it.schema));
        all.find(|it| it.name == ty)
    }

    fn ephemeral_schema(&self, ty: &str) -> Option<&'static Schema> {
        ephemerals().map(|it| it.schema).find(|it| it.name == ty)
    }

    fn provider_of(&self, ty: &str) -> Option<&'static str> {
        let own = |it: &&&LocalProvider| {
            let types = it.types.iter().map(|it| it.schema);
            types.chain(it.data.iter().map(|it| it.schema)).any(|it| it.name == ty)
        };
        let mut aws = types().map(|it| it.schema).chain(data_sources().map(|it| it.schema));
        let local = LOCAL.iter().find(own).map(|it| it.schema.name);
        local.or_else(|| aws.any(|it| it.name == ty).then_some("aws"))
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Data => {
                let local = local_data().map(|it| it.schema.name);
                data_sources().map(|it| it.schema.name).chain(local).collect()
            }
            Mode::Ephemeral => ephemerals().map(|it| it.schema.name).collect(),
            Mode::Managed => {
                let local = local_types().map(|it| it.schema.name);
                types().map(|it| it.schema.name).chain(local).collect()
            }
        }
    }

    fn conflicts(&self, planned: &[Planned<'_>]) -> Vec<Finding> {
        let undoing = conflicts::between(planned).into_iter().map(|(address, detail)| Finding {
            address,
            path: Vec::new(),
            summary: "Conflicting resources",
            detail,
            severity: Severity::Error,
        });
        let unfit = ecs::fit::between(planned).into_iter().chain(elbv2::fit::between(planned));
        undoing.chain(unfit).collect()
    }

    fn orders(&self) -> &'static [Order] {
        orders::ORDERS
    }

    fn configure<'a>(
        &'a self,
        provider: &'a str,
        settings: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>> {
        async move {
            if provider == AWS.name {
                let aws = Arc::new(configure(settings).await?);
                return Ok(Arc::new(AwsProvider { aws }) as Arc<dyn Provider>);
            }
            let Some(own) = LOCAL.iter().find(|it| it.schema.name == provider) else {
                let text = format!("there is no provider `{provider}`");
                return Err(rejected("configure", "UnknownProvider", text));
            };
            let types = own.types.iter().map(|it| (it.schema.name, (it.bind)())).collect();
            Ok(Arc::new(Configured { own, types, host: self.host }) as Arc<dyn Provider>)
        }
        .boxed()
    }
}

pub(crate) struct AwsProvider {
    pub aws: Arc<Aws>,
}

impl Provider for AwsProvider {
    fn as_any(&self) -> Option<&(dyn Any + Send + Sync)> {
        Some(self)
    }

    fn see_through(&self) {
        self.aws.see_through();
    }

    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        let entry = types().find(|it| it.schema.name == ty)?;
        Some(entry.bind(self.aws.clone()))
    }

    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        let entry = data_sources().find(|it| it.schema.name == ty)?;
        Some((entry.make)(self.aws.clone(), entry.schema))
    }

    fn ephemeral(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        let entry = ephemerals().find(|it| it.schema.name == ty)?;
        Some((entry.make)(self.aws.clone(), entry.schema))
    }

    /// An emulator shows each change at once.
    fn lag(&self) -> Duration {
        if self.aws.is_local() { Duration::ZERO } else { Duration::from_secs(30) }
    }

    fn strays<'a>(
        &'a self,
        ours: &'a [Ours],
        mark: &'a BTreeMap<String, String>,
    ) -> BoxFuture<'a, Result<Vec<Stray>, Fault>> {
        strays::strays(&self.aws, ours, mark).boxed()
    }

    fn leavings<'a>(&'a self, ours: &'a [Ours]) -> BoxFuture<'a, Result<Vec<Stray>, Fault>> {
        strays::leavings(&self.aws, ours).boxed()
    }

    fn sweep<'a>(&'a self, it: &'a Stray) -> BoxFuture<'a, Result<(), Fault>> {
        strays::sweep(&self.aws, it).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<bool, Fault>> {
        async {
            match self.aws.session() {
                Some(session) => session.renew().await,
                None => Ok(false),
            }
        }
        .boxed()
    }

    fn ends(&self) -> BoxFuture<'_, Option<SystemTime>> {
        async {
            match self.aws.session() {
                Some(session) => session.ends().await,
                None => None,
            }
        }
        .boxed()
    }

    fn service(&self, ty: &str) -> &'static str {
        let has = |it: &&Service| {
            it.types.iter().any(|it| it.schema.name == ty)
                || it.data.iter().any(|it| it.schema.name == ty)
        };
        SERVICES.iter().find(has).map_or("", |it| it.name)
    }
}

/// A provider that needs no cloud. Its types remember their objects, so each is made once.
struct Configured {
    own: &'static LocalProvider,
    types: BTreeMap<&'static str, Arc<dyn ResourceType>>,
    host: &'static dyn Host,
}

impl Provider for Configured {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        self.types.get(ty).cloned()
    }

    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        let entry = self.own.data.iter().find(|it| it.schema.name == ty)?;
        Some((entry.bind)(self.host))
    }

    fn lag(&self) -> Duration {
        Duration::ZERO
    }
}
