//! `time_static`: a moment that stays.

use model::{Attributes, Auto, Map, Out};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::time::{check_time, import_fault, moment, parts};
use crate::local::{Local, out};
use crate::resource::Result;

/// A moment that stays: that of its creation, or another.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("time_static")]
pub(crate) struct TimeStatic {
    /// The moment in RFC 3339; by default that of the creation.
    #[attr(replace)]
    rfc3339: Auto<String>,
    /// When one of these changes, the object is replaced.
    #[attr(replace)]
    triggers: Keepers,
    /// The year of the time.
    year: Out<i64>,
    /// The month of the time, from 1.
    month: Out<i64>,
    /// The day of the time in its month.
    day: Out<i64>,
    /// The hour of the time.
    hour: Out<i64>,
    /// The minute of the time.
    minute: Out<i64>,
    /// The second of the time.
    second: Out<i64>,
    /// The time in seconds since 1970.
    unix: Out<i64>,
    /// The moment in RFC 3339.
    id: Out<String>,
}

impl TimeStatic {
    fn at(rfc3339: Option<&str>, triggers: Keepers) -> Result<TimeStatic> {
        let at = moment(rfc3339)?;
        let [year, month, day, hour, minute, second, unix] = parts(&at).map(|it| Out(Some(it.1)));
        let (rfc3339, id) = (Auto(Some(at.text())), out(at.text()));
        Ok(TimeStatic { rfc3339, triggers, year, month, day, hour, minute, second, unix, id })
    }
}

impl Local for TimeStatic {
    fn create(want: Self, _token: &str) -> Result<Self> {
        TimeStatic::at(want.rfc3339.0.as_deref(), want.triggers)
    }

    /// The moment in RFC 3339.
    fn import(text: &str) -> Result<Self> {
        TimeStatic::at(Some(text), Keepers::default())
            .map_err(|_| import_fault(format!("{text:?} is not a time of RFC 3339")))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_time(given, &["rfc3339"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_parts() {
        let it = TimeStatic::import("2020-02-12T06:36:13Z").unwrap();
        assert_eq!(it.id, out("2020-02-12T06:36:13Z"));
        assert_eq!((it.year, it.month, it.day), (out(2020), out(2), out(12)));
        assert_eq!((it.hour, it.minute, it.second), (out(6), out(36), out(13)));
        assert_eq!(it.unix, out(1_581_489_373));
        assert!(TimeStatic::import("").is_ok());
        assert!(TimeStatic::import("today").is_err());
    }
}
