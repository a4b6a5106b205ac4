//! Elastic Load Balancing: application, network and gateway load balancers.

use crate::registry::{DataEntry, Entry};

pub(crate) const TYPES: &[Entry] = &[];

pub(crate) const DATA: &[DataEntry] = &[];
