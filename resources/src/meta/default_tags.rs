//! `aws_default_tags`: the tags that the provider gives everything.

use std::collections::BTreeMap;

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::resource::Result;

/// The tags that the provider gives everything.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_tags")]
pub(crate) struct DefaultTags {
    /// The tags.
    tags: Out<BTreeMap<String, String>>,
    /// The name of the partition.
    id: Out<String>,
}

impl Data for DefaultTags {
    async fn read(aws: &Aws, _given: Self) -> Result<Self> {
        Ok(DefaultTags {
            tags: Out(Some(aws.tags().default.clone())),
            id: Out(Some(aws.partition().name.to_owned())),
        })
    }
}
