//! The tables of all types, and the registry the engine finds them through.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use model::{
    Attributes, DataSource, Fault, InstanceAddr, Mode, Object, Planned, Provider, ProviderSchema,
    Registry, ResourceType, Schema,
};

use crate::aws::Aws;
use crate::conflicts;
use crate::data::{Data, Lookup};
use crate::fault::rejected;
use crate::local;
use crate::local::{Kept, Local};
use crate::resource::{Resource, Typed};
use crate::settings::{Settings, configure};

macro_rules! services {
    ($($service:ident),+) => {
        use crate::{$($service),+};

        /// Every AWS resource type there is, by service.
        const TYPES: &[&[Entry]] = &[$($service::TYPES),+];

        /// Every AWS data source there is, by service.
        const DATA: &[&[DataEntry]] = &[$($service::DATA),+];
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

/// Every type that needs no cloud, with its provider.
const LOCAL: &[LocalEntry] = &[local_entry::<local::terraform_data::TerraformData>("terraform")];

const PROVIDERS: &[ProviderSchema] = &[
    ProviderSchema {
        name: "aws",
        source: "registry.terraform.io/hashicorp/aws",
        settings: Settings::SCHEMA,
    },
    ProviderSchema {
        name: "terraform",
        source: "terraform.io/builtin/terraform",
        settings: NO_SETTINGS,
    },
];

const NO_SETTINGS: Schema =
    Schema { name: "", doc: "Has no settings.", version: 0, timeouts: &[], attributes: &[] };

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

struct LocalEntry {
    provider: &'static str,
    schema: &'static Schema,
    bind: fn() -> Arc<dyn ResourceType>,
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

const fn local_entry<L: Local>(provider: &'static str) -> LocalEntry {
    LocalEntry { provider, schema: &L::SCHEMA, bind: || Arc::new(Kept::<L>::new()) }
}

/// Every AWS resource type there is.
pub(crate) fn types() -> impl Iterator<Item = &'static Entry> {
    TYPES.iter().copied().flatten()
}

/// Every AWS data source there is.
pub(crate) fn data_sources() -> impl Iterator<Item = &'static DataEntry> {
    DATA.iter().copied().flatten()
}

/// All providers, resource types and data sources of this program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Builtin;

impl Registry for Builtin {
    fn providers(&self) -> &[ProviderSchema] {
        PROVIDERS
    }

    fn resource_schema(&self, ty: &str) -> Option<&'static Schema> {
        let types = types().map(|it| it.schema).chain(LOCAL.iter().map(|it| it.schema));
        types.into_iter().find(|it| it.name == ty)
    }

    fn data_schema(&self, ty: &str) -> Option<&'static Schema> {
        data_sources().map(|it| it.schema).find(|it| it.name == ty)
    }

    fn provider_of(&self, ty: &str) -> Option<&'static str> {
        let aws = types().map(|it| it.schema).chain(data_sources().map(|it| it.schema));
        let local = LOCAL.iter().find(|it| it.schema.name == ty).map(|it| it.provider);
        local.or_else(|| aws.into_iter().any(|it| it.name == ty).then_some("aws"))
    }

    fn names(&self, mode: Mode) -> Vec<&'static str> {
        match mode {
            Mode::Data => data_sources().map(|it| it.schema.name).collect(),
            Mode::Managed => {
                let local = LOCAL.iter().map(|it| it.schema.name);
                types().map(|it| it.schema.name).chain(local).collect()
            }
        }
    }

    fn conflicts(&self, planned: &[Planned<'_>]) -> Vec<(InstanceAddr, String)> {
        conflicts::between(planned)
    }

    fn configure<'a>(
        &'a self,
        provider: &'a str,
        settings: Object,
    ) -> BoxFuture<'a, Result<Arc<dyn Provider>, Fault>> {
        async move {
            if provider == "aws" {
                let aws = Arc::new(configure(settings).await?);
                return Ok(Arc::new(AwsProvider { aws }) as Arc<dyn Provider>);
            }
            if PROVIDERS.iter().all(|it| it.name != provider) {
                let text = format!("there is no provider `{provider}`");
                return Err(rejected("configure", "UnknownProvider", text));
            }
            let own = LOCAL.iter().filter(|it| it.provider == provider);
            let types = own.map(|it| (it.schema.name, (it.bind)())).collect();
            Ok(Arc::new(LocalProvider { types }) as Arc<dyn Provider>)
        }
        .boxed()
    }
}

struct AwsProvider {
    aws: Arc<Aws>,
}

impl Provider for AwsProvider {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        let entry = types().find(|it| it.schema.name == ty)?;
        Some(entry.bind(self.aws.clone()))
    }

    fn data(&self, ty: &str) -> Option<Arc<dyn DataSource>> {
        let entry = data_sources().find(|it| it.schema.name == ty)?;
        Some((entry.make)(self.aws.clone(), entry.schema))
    }
}

/// Local types remember their objects, so each is made once.
struct LocalProvider {
    types: BTreeMap<&'static str, Arc<dyn ResourceType>>,
}

impl Provider for LocalProvider {
    fn resource(&self, ty: &str) -> Option<Arc<dyn ResourceType>> {
        self.types.get(ty).cloned()
    }

    fn data(&self, _ty: &str) -> Option<Arc<dyn DataSource>> {
        None
    }
}
