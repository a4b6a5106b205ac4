//! Lambda: who may call a function.

pub(crate) mod permission;

use crate::registry::{DataEntry, Entry, entry};

pub(crate) const TYPES: &[Entry] = &[entry::<permission::Permission>()];

pub(crate) const DATA: &[DataEntry] = &[];
