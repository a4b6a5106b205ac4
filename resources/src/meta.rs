//! What is known of the provider itself: the caller, the region, the partition.

pub(crate) mod caller_identity;
pub(crate) mod default_tags;
pub(crate) mod partition;
pub(crate) mod region;

use crate::registry::{DataEntry, Entry, data};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[
    data::<caller_identity::CallerIdentity>(),
    data::<default_tags::DefaultTags>(),
    data::<partition::Partition>(),
    data::<region::Region>(),
];
