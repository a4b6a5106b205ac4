//! `time_offset`: a moment some time after or before another.

use model::{Attributes, Auto, Map, Out, Type, Value};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::moment::Moment;
use crate::local::time::{
    check_any, check_time, differs, import_fault, moment, number, parts, plus, set, step,
};
use crate::local::{Local, out};
use crate::resource::Result;

/// A moment some time after or before another. Of several offsets only one counts: the first there
/// is of years, seconds, months, minutes, hours and days.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("time_offset")]
pub(crate) struct TimeOffset {
    /// The moment to count from, in RFC 3339; by default that of the creation.
    #[attr(replace)]
    base_rfc3339: Auto<String>,
    /// How many years later.
    offset_years: Option<i64>,
    /// How many months later.
    offset_months: Option<i64>,
    /// How many days later.
    offset_days: Option<i64>,
    /// How many hours later.
    offset_hours: Option<i64>,
    /// How many minutes later.
    offset_minutes: Option<i64>,
    /// How many seconds later.
    offset_seconds: Option<i64>,
    /// When one of these changes, the object is replaced.
    #[attr(replace)]
    triggers: Keepers,
    /// The moment in RFC 3339.
    rfc3339: Out<String>,
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
    /// The moment to count from, in RFC 3339.
    id: Out<String>,
}

const OFFSETS: [&str; 6] = [
    "offset_years",
    "offset_months",
    "offset_days",
    "offset_hours",
    "offset_minutes",
    "offset_seconds",
];

impl TimeOffset {
    fn from(self, base: Moment) -> Result<TimeOffset> {
        let at = plus(
            base,
            step(&[
                ("years", self.offset_years),
                ("months", self.offset_months),
                ("days", self.offset_days),
                ("hours", self.offset_hours),
                ("minutes", self.offset_minutes),
                ("seconds", self.offset_seconds),
            ]),
        )?;
        let [year, month, day, hour, minute, second, unix] = parts(&at).map(|it| Out(Some(it.1)));
        Ok(TimeOffset {
            base_rfc3339: Auto(Some(base.text())),
            rfc3339: out(at.text()),
            id: out(base.text()),
            year,
            month,
            day,
            hour,
            minute,
            second,
            unix,
            ..self
        })
    }
}

/// The moment that is planned, if that is known.
fn planned_moment(planned: &Map) -> Option<Moment> {
    let base = Moment::parse(planned.get("base_rfc3339")?.as_str()?)?;
    let mut given = Vec::new();
    for name in OFFSETS {
        given.push((name.trim_start_matches("offset_"), number(planned, name).ok()?));
    }
    plus(base, step(&given)).ok()
}

impl Local for TimeOffset {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let base = moment(want.base_rfc3339.0.as_deref())?;
        want.from(base)
    }

    fn update(_have: Self, want: Self) -> Result<Self> {
        let base = moment(want.base_rfc3339.0.as_deref())?;
        want.from(base)
    }

    /// `BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS`; numbers that are not given are empty.
    fn import(text: &str) -> Result<Self> {
        let wrong = || {
            let form = "BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES,SECONDS";
            import_fault(format!("{text:?} is not {form}"))
        };
        let parts: Vec<&str> = text.split(',').collect();
        let [base, years, months, days, hours, minutes, seconds] = parts.as_slice() else {
            return Err(wrong());
        };
        let number = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| wrong()),
        };
        let blank = TimeOffset {
            base_rfc3339: Auto(None),
            offset_years: number(years)?,
            offset_months: number(months)?,
            offset_days: number(days)?,
            offset_hours: number(hours)?,
            offset_minutes: number(minutes)?,
            offset_seconds: number(seconds)?,
            triggers: Keepers::default(),
            rfc3339: Out(None),
            year: Out(None),
            month: Out(None),
            day: Out(None),
            hour: Out(None),
            minute: Out(None),
            second: Out(None),
            unix: Out(None),
            id: Out(None),
        };
        blank.from(Moment::parse(base).ok_or_else(wrong)?)
    }

    /// Another offset gives another moment, which may be known already.
    fn adjust(prior: Option<&Map>, planned: &mut Map) {
        if !prior.is_some_and(|it| differs(it, planned, &OFFSETS)) {
            return;
        }
        match planned_moment(planned) {
            Some(at) => {
                set(planned, "rfc3339", at.text());
                parts(&at).into_iter().for_each(|(name, it)| set(planned, name, it));
            }
            None => {
                set(planned, "rfc3339", Value::unknown(Type::String));
                let names = parts(&Moment::now()).map(|it| it.0);
                names.into_iter().for_each(|it| set(planned, it, Value::unknown(Type::Number)));
            }
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let mut wrong = check_any(given, &OFFSETS);
        wrong.extend(check_time(given, &["base_rfc3339"]));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_offset_counts() {
        let it = TimeOffset::import("2020-02-12T06:36:13Z,,,7,,,").unwrap();
        assert_eq!(it.rfc3339, out("2020-02-19T06:36:13Z"));
        assert_eq!(it.id, out("2020-02-12T06:36:13Z"));
        assert_eq!(it.unix, out(1_582_094_173));
        let it =
            TimeOffset::update(it.clone(), TimeOffset { offset_years: Some(1), ..it }).unwrap();
        assert_eq!(it.rfc3339, out("2021-02-12T06:36:13Z"));
        assert!(TimeOffset::import("2020-02-12T06:36:13Z,1").is_err());
    }

    #[test]
    fn a_plan_knows_the_moment() {
        let object = |days: Value| {
            Map::from([
                ("base_rfc3339".into(), "2020-02-12T06:36:13Z".into()),
                ("offset_days".into(), days),
                ("rfc3339".into(), "2020-02-13T06:36:13Z".into()),
                ("day".into(), 13.into()),
            ])
        };
        let prior = object(1.into());
        let mut planned = object(2.into());
        TimeOffset::adjust(Some(&prior), &mut planned);
        assert_eq!(planned["rfc3339"].as_str(), Some("2020-02-14T06:36:13Z"));
        let mut planned = object(Value::unknown(Type::Number));
        TimeOffset::adjust(Some(&prior), &mut planned);
        assert!(!planned["rfc3339"].is_known() && !planned["day"].is_known());
        let mut planned = prior.clone();
        TimeOffset::adjust(Some(&prior), &mut planned);
        assert_eq!(planned, prior);
    }
}
