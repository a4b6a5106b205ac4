//! The trait every AWS data source implements, and the adapter that lets the engine use it.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use model::{Attributes, DataSource, Fault, Object, Schema};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::advice::advise;
use crate::aws::Aws;
use crate::resource::{Result, decode, encode};

/// A kind of data that is read from AWS and not managed.
pub(crate) trait Data:
    Attributes + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Reads what `given` asks for. The answer is `given` with every other attribute filled in.
    fn read(aws: &Aws, given: Self) -> impl Future<Output = Result<Self>> + Send;
}

/// An object as another type of the same kind shows it: a data source, or one for a default object.
pub(crate) fn shown<A, B>(it: &A) -> Result<B>
where
    A: Attributes + Serialize,
    B: Attributes + DeserializeOwned,
{
    // What is not known of the one is not given to the other, which may have a default for it.
    let known = encode(&A::SCHEMA, it).into_iter().filter(|(_, it)| !it.is_null());
    decode(&B::SCHEMA, known.collect())
}

/// `D` as the engine sees it.
pub(crate) struct Lookup<D> {
    aws: Arc<Aws>,
    schema: &'static Schema,
    data: PhantomData<fn() -> D>,
}

impl<D: Data> Lookup<D> {
    /// The data source under the name that `schema` has.
    pub fn new(aws: Arc<Aws>, schema: &'static Schema) -> Self {
        Lookup { aws, schema, data: PhantomData }
    }
}

impl<D: Data> DataSource for Lookup<D> {
    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn read<'a>(&'a self, given: &'a Object) -> BoxFuture<'a, Result<Object>> {
        async move {
            let given = given.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            let found = D::read(&self.aws, decode(&D::SCHEMA, given)?).await?;
            Ok(encode(&D::SCHEMA, &found))
        }
        .boxed()
    }

    fn advise(&self, fault: &Fault) -> Option<String> {
        advise(fault)
    }
}
