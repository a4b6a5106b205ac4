//! CloudFront: distributions and how they reach their origins.

use crate::registry::{DataEntry, Entry};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[];
