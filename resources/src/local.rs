//! Types and data sources that need no cloud: a trait for each kind, and the adapters that let the
//! engine use them. Each provider has a file with its tables.

pub(crate) mod archive;
pub(crate) mod cloudinit;
pub(crate) mod external;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod null;
pub(crate) mod random;
pub(crate) mod template;
pub(crate) mod terraform;
pub(crate) mod time;
pub(crate) mod tls;

mod checksums;
mod kept;
mod keepers;
mod moment;

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use model::{Attributes, DataSource, Host, Object, ProviderSchema, ResourceType, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::rejected;
use crate::resource::{Result, decode, encode};

pub(crate) use kept::{Kept, Local};

/// A provider that needs no cloud, and all it has.
pub(crate) struct LocalProvider {
    pub schema: ProviderSchema,
    pub types: &'static [LocalEntry],
    pub data: &'static [LocalDataEntry],
}

pub(crate) struct LocalEntry {
    pub schema: &'static Schema,
    pub bind: fn() -> Arc<dyn ResourceType>,
}

pub(crate) struct LocalDataEntry {
    pub schema: &'static Schema,
    pub bind: fn(&'static dyn Host) -> Arc<dyn DataSource>,
}

/// A provider that has no settings.
pub(crate) const fn provider(name: &'static str, source: &'static str) -> ProviderSchema {
    const NO_SETTINGS: Schema =
        Schema { name: "", doc: "Has no settings.", version: 0, timeouts: &[], attributes: &[] };
    ProviderSchema { name, source, settings: NO_SETTINGS }
}

pub(crate) const fn kept<L: Local>() -> LocalEntry {
    LocalEntry { schema: &L::SCHEMA, bind: || Arc::new(Kept::<L>::new()) }
}

pub(crate) const fn found<D: LocalData>() -> LocalDataEntry {
    LocalDataEntry {
        schema: &D::SCHEMA,
        bind: |host| Arc::new(Finder::<D> { host, data: PhantomData }),
    }
}

/// A kind of data that is read, or made of its arguments, and not managed.
pub(crate) trait LocalData:
    Attributes + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Reads what `given` asks for. The answer is `given` with every other attribute filled in.
    fn read(host: &dyn Host, given: Self) -> impl Future<Output = Result<Self>> + Send;
}

/// `D` as the engine sees it.
struct Finder<D> {
    host: &'static dyn Host,
    data: PhantomData<fn() -> D>,
}

impl<D: LocalData> DataSource for Finder<D> {
    fn schema(&self) -> &'static Schema {
        &D::SCHEMA
    }

    fn read<'a>(&'a self, given: &'a Object) -> BoxFuture<'a, Result<Object>> {
        async move {
            let found = D::read(self.host, decoded(given)?).await?;
            Ok(encode(&D::SCHEMA, &found))
        }
        .boxed()
    }
}

fn decoded<T: Attributes + DeserializeOwned>(object: &Object) -> Result<T> {
    let fields = object.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    decode(&T::SCHEMA, fields)
}

/// Does what blocks or takes long where that disturbs nobody.
pub(crate) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(rejected("work", "Panicked", error.to_string())),
    }
}

/// A value that an object has.
pub(crate) fn out<T>(value: impl Into<T>) -> model::Out<T> {
    model::Out(Some(value.into()))
}

#[cfg(test)]
mod tests {
    use model::{Attribute, Mode, NoHost, Registry};

    use crate::registry::{Builtin, local_schemas};

    fn undocumented(path: &str, attributes: &[Attribute], missing: &mut Vec<String>) {
        for it in attributes {
            let path = format!("{path}.{}", it.name);
            if it.doc.is_empty() {
                missing.push(path.clone());
            }
            undocumented(&path, it.blocks().unwrap_or_default(), missing);
        }
    }

    #[test]
    fn every_type_belongs_to_one_provider() {
        let all = Builtin { host: &NoHost };
        for mode in [Mode::Managed, Mode::Data] {
            let mut names = all.names(mode);
            names.sort_unstable();
            assert!(names.windows(2).all(|it| it[0] != it[1]), "a name is there twice");
        }
        assert_eq!(all.provider_of("random_pet"), Some("random"));
        assert_eq!(all.provider_of("local_file"), Some("local"));
        assert_eq!(all.provider_of("terraform_remote_state"), Some("terraform"));
        assert_eq!(all.provider_of("aws_vpc"), Some("aws"));
    }

    #[test]
    fn every_attribute_is_documented() {
        let mut missing = Vec::new();
        for schema in local_schemas() {
            undocumented(schema.name, schema.attributes, &mut missing);
            assert!(!schema.doc.is_empty(), "{} is not documented", schema.name);
        }
        assert!(missing.is_empty(), "without a doc comment: {missing:#?}");
    }
}
