//! Key Management Service.

pub(crate) mod alias;
pub(crate) mod key;

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[entry::<alias::Alias>(), entry::<key::Key>()];

pub(crate) const DATA: &[DataEntry] = &[data::<alias::Found>()];
