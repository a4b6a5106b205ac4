//! CloudWatch metrics, alarms and dashboards.

pub(crate) mod dashboard;
pub(crate) mod metric_alarm;

use crate::registry::{DataEntry, Entry, entry};

pub(crate) const TYPES: &[Entry] =
    &[entry::<dashboard::Dashboard>(), entry::<metric_alarm::MetricAlarm>()];

pub(crate) const DATA: &[DataEntry] = &[];
