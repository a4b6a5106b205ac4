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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Options;
    use crate::tags::TagSettings;
    use crate::testing::{Script, want_data};

    #[tokio::test]
    async fn the_tags_are_those_of_the_provider() {
        let default = BTreeMap::from([("team".to_owned(), "edge".to_owned())]);
        let tags = TagSettings { default: default.clone(), ..TagSettings::default() };
        let aws = Script::with(Options { tags, ..Options::default() }, []);

        let it = DefaultTags::read(&aws, want_data("{}")).await.unwrap();
        assert_eq!((it.tags.0, it.id.0.as_deref()), (Some(default), Some("aws")));
    }
}
