//! CloudWatch Logs.

pub(crate) mod log_group;

use crate::registry::{DataEntry, Entry, entry};

pub(crate) const TYPES: &[Entry] = &[entry::<log_group::LogGroup>()];

pub(crate) const DATA: &[DataEntry] = &[];
