//! What is known of the provider itself: the caller, the region, the partition.

use crate::registry::{DataEntry, Entry};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[];
