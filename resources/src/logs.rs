//! CloudWatch Logs.

pub(crate) mod log_group;
pub(crate) mod log_group_data;
pub(crate) mod log_stream;
pub(crate) mod metric_filter;
pub(crate) mod resource_policy;
pub(crate) mod subscription_filter;

use std::collections::{BTreeMap, BTreeSet};

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[
    entry::<log_group::LogGroup>(),
    entry::<log_stream::LogStream>(),
    entry::<metric_filter::MetricFilter>(),
    entry::<resource_policy::ResourcePolicy>(),
    entry::<subscription_filter::SubscriptionFilter>(),
];

pub(crate) const DATA: &[DataEntry] = &[data::<log_group_data::LogGroup>()];

/// The things that `ids` name, by their log group. An id is the group's name and the thing's, with
/// `mark` between them.
fn by_group(ids: &[String], mark: char) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (group, name) in ids.iter().filter_map(|it| it.split_once(mark)) {
        groups.entry(group).or_default().insert(name);
    }
    groups
}
