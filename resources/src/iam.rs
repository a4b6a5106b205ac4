//! Identity and Access Management.

use crate::registry::{DataEntry, Entry};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[];
