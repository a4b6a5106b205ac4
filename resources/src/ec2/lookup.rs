//! What the data sources of EC2 have in common: filters, tags to filter by, and the one that matches.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;

/// A condition on what to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// The name of the filter, as in the describe call of the EC2 API.
    name: String,
    /// The values it accepts, one of which must match.
    #[attr(required)]
    values: BTreeSet<String>,
}

/// The conditions of a lookup, collected one by one.
#[derive(Default)]
pub(super) struct Conditions(Vec<sdk::Filter>);

impl Conditions {
    /// Those that the user wrote as `filter` blocks and as `tags`.
    pub fn of(filter: &BTreeSet<Filter>, tags: &Auto<BTreeMap<String, String>>) -> Self {
        let tags = tags.0.iter().flatten().map(|(key, value)| one(&format!("tag:{key}"), value));
        let filters = filter.iter().map(|it| {
            let values = it.values.iter().cloned().collect();
            sdk::Filter::builder().name(&it.name).set_values(Some(values)).build()
        });
        Conditions(tags.chain(filters).collect())
    }

    /// And also this one, if a value was given.
    pub fn and(mut self, name: &str, value: &Auto<String>) -> Self {
        self.0.extend(value.0.iter().filter(|it| !it.is_empty()).map(|it| one(name, it)));
        self
    }

    pub fn and_flag(mut self, name: &str, value: Option<bool>) -> Self {
        self.0.extend(value.filter(|it| *it).map(|it| one(name, &it.to_string())));
        self
    }

    /// None at all is no filter, not an empty list of them.
    pub fn sdk(self) -> Option<Vec<sdk::Filter>> {
        (!self.0.is_empty()).then_some(self.0)
    }
}

fn one(name: &str, value: &str) -> sdk::Filter {
    sdk::Filter::builder().name(name).values(value).build()
}

/// Tags as a data source shows them: without AWS's own and those that are to be ignored.
pub(super) fn visible_tags(aws: &Aws, tags: &[sdk::Tag]) -> Auto<BTreeMap<String, String>> {
    let all = super::tags_from_sdk(tags).0;
    Auto(Some(all.into_iter().filter(|(key, _)| !aws.tags().ignores(key)).collect()))
}
