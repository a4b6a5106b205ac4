//! Auto Scaling groups, their policies and schedules, and launch configurations.

pub(crate) mod group;
pub(crate) mod group_data;
pub(crate) mod launch_configuration;
pub(crate) mod policy;
pub(crate) mod schedule;

use std::collections::BTreeMap;

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[
    entry::<group::Group>(),
    entry::<policy::Policy>(),
    entry::<schedule::Schedule>(),
    entry::<launch_configuration::LaunchConfiguration>(),
];

pub(crate) const DATA: &[DataEntry] = &[data::<group_data::Group>()];

/// What belongs to a group is found by the group's name and its own: `GROUP/NAME`.
fn member(group: &str, name: &str) -> String {
    format!("{group}/{name}")
}

/// The names in ids, by group: what one call can ask for.
fn by_group(ids: &[String]) -> BTreeMap<&str, Vec<String>> {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (group, name) in ids.iter().filter_map(|it| it.rsplit_once('/')) {
        groups.entry(group).or_default().push(name.to_owned());
    }
    groups
}
