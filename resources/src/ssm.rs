//! Systems Manager parameters.

pub(crate) mod data;
pub(crate) mod ephemeral;
pub(crate) mod parameter;

use crate::registry::{DataEntry, Entry, entry};

pub(crate) const TYPES: &[Entry] = &[entry::<parameter::Parameter>()];

pub(crate) const DATA: &[DataEntry] =
    &[crate::registry::data::<data::Parameter>(), crate::registry::data::<data::ByPath>()];
