//! Key Management Service.

pub(crate) mod alias;
pub(crate) mod key;
pub(crate) mod key_data;
pub(crate) mod secrets;

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[entry::<alias::Alias>(), entry::<key::Key>()];

pub(crate) const DATA: &[DataEntry] =
    &[data::<alias::Found>(), data::<key_data::Key>(), data::<secrets::Secrets>()];
