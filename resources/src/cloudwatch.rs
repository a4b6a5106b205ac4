//! CloudWatch metrics, alarms and dashboards.

use crate::registry::{DataEntry, Entry};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[];
