//! `time_rotating`: a moment that is replaced by a new one when its time is over.

use model::{Attributes, Auto, Map, Number, Out, Type, Value};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::moment::Moment;
use crate::local::time::{
    check_any, check_time, differs, import_fault, moment, number, parts, plus, set, step,
};
use crate::local::{Local, out};
use crate::resource::Result;

/// A moment that is replaced by a new one when its time is over: the next plan after that. Of
/// several times only one counts: the first there is of years, `rotation_rfc3339`, months, minutes,
/// hours and days.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("time_rotating")]
pub(crate) struct TimeRotating {
    /// The moment to count from, in RFC 3339; by default that of the creation.
    #[attr(replace)]
    rfc3339: Auto<String>,
    /// After how many years its time is over.
    rotation_years: Option<i64>,
    /// After how many months its time is over.
    rotation_months: Option<i64>,
    /// After how many days its time is over.
    rotation_days: Option<i64>,
    /// After how many hours its time is over.
    rotation_hours: Option<i64>,
    /// After how many minutes its time is over.
    rotation_minutes: Option<i64>,
    /// When its time is over, in RFC 3339.
    rotation_rfc3339: Auto<String>,
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
    /// The moment to count from, in RFC 3339.
    id: Out<String>,
}

const ROTATIONS: [&str; 5] =
    ["rotation_years", "rotation_months", "rotation_days", "rotation_hours", "rotation_minutes"];

impl TimeRotating {
    /// The end after a number of years, months and so on.
    fn counted(&self, base: Moment) -> Result<Option<Moment>> {
        let step = step(&[
            ("years", self.rotation_years),
            ("months", self.rotation_months),
            ("days", self.rotation_days),
            ("hours", self.rotation_hours),
            ("minutes", self.rotation_minutes),
        ]);
        step.map(|it| plus(base, Some(it))).transpose()
    }

    fn with(self, base: Moment, end: Moment) -> TimeRotating {
        let [year, month, day, hour, minute, second, unix] = parts(&base).map(|it| Out(Some(it.1)));
        TimeRotating {
            rfc3339: Auto(Some(base.text())),
            rotation_rfc3339: Auto(Some(end.text())),
            id: out(base.text()),
            year,
            month,
            day,
            hour,
            minute,
            second,
            unix,
            ..self
        }
    }
}

/// The end that is planned by a number of years, months and so on. None if there is no such number;
/// an error if it is not known.
fn planned_end(planned: &Map) -> std::result::Result<Option<Moment>, ()> {
    let base = planned.get("rfc3339").and_then(Value::as_str).and_then(Moment::parse);
    let mut given = Vec::new();
    for name in ROTATIONS {
        given.push((name.trim_start_matches("rotation_"), number(planned, name)?));
    }
    match step(&given) {
        Some(step) => plus(base.ok_or(())?, Some(step)).map(Some).map_err(|_| ()),
        None => Ok(None),
    }
}

impl Local for TimeRotating {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let base = moment(want.rfc3339.0.as_deref())?;
        let given = want.rotation_rfc3339.0.as_deref().filter(|_| want.rotation_years.is_none());
        let end = match given {
            Some(text) => moment(Some(text))?,
            None => want.counted(base)?.unwrap_or(base),
        };
        Ok(want.with(base, end))
    }

    /// What is planned says the new end.
    fn update(_have: Self, want: Self) -> Result<Self> {
        let base = moment(want.rfc3339.0.as_deref())?;
        let end = moment(want.rotation_rfc3339.0.as_deref())?;
        Ok(want.with(base, end))
    }

    /// When its time is over, it is gone.
    fn read(have: Self) -> Result<Option<Self>> {
        let end = have.rotation_rfc3339.0.as_deref().and_then(Moment::parse);
        let over = end.is_some_and(|it| it.unix() < Moment::now().unix());
        Ok((!over).then_some(have))
    }

    /// `BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES`, or `BASE,ROTATION_RFC3339`.
    fn import(text: &str) -> Result<Self> {
        let wrong = || {
            let forms = "BASE,YEARS,MONTHS,DAYS,HOURS,MINUTES or BASE,ROTATION_RFC3339";
            import_fault(format!("{text:?} is not {forms}"))
        };
        let number = |text: &str| match text {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| wrong()),
        };
        let parts: Vec<&str> = text.split(',').collect();
        let (base, numbers, end) = match parts.as_slice() {
            [base, end] => (base, [""; 5], Some(*end)),
            [base, numbers @ ..] => (base, numbers.try_into().map_err(|_| wrong())?, None),
            [] => return Err(wrong()),
        };
        let [years, months, days, hours, minutes] = numbers;
        let blank = TimeRotating {
            rfc3339: Auto(None),
            rotation_years: number(years)?,
            rotation_months: number(months)?,
            rotation_days: number(days)?,
            rotation_hours: number(hours)?,
            rotation_minutes: number(minutes)?,
            rotation_rfc3339: Auto(None),
            triggers: Keepers::default(),
            year: Out(None),
            month: Out(None),
            day: Out(None),
            hour: Out(None),
            minute: Out(None),
            second: Out(None),
            unix: Out(None),
            id: Out(None),
        };
        let base = Moment::parse(base).ok_or_else(wrong)?;
        let end = match end {
            Some(text) => Moment::parse(text),
            None => blank.counted(base)?,
        };
        Ok(blank.with(base, end.ok_or_else(wrong)?))
    }

    /// Another number gives another end, unless the user says the end.
    fn adjust(prior: Option<&Map>, planned: &mut Map) {
        let Some(prior) = prior.filter(|it| differs(it, planned, &ROTATIONS)) else { return };
        if differs(prior, planned, &["rotation_rfc3339"]) {
            return;
        }
        match planned_end(planned) {
            Ok(Some(end)) => set(planned, "rotation_rfc3339", end.text()),
            Ok(None) => (),
            Err(()) => set(planned, "rotation_rfc3339", Value::unknown(Type::String)),
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let small = |name: &&'static str| {
            let it = given.get(*name)?.as_number().and_then(Number::to_i64)?;
            (it < 1).then(|| (*name, format!("must be at least 1, not {it}")))
        };
        let mut any = ROTATIONS.to_vec();
        any.push("rotation_rfc3339");
        let mut wrong = check_any(given, &any);
        wrong.extend(ROTATIONS.iter().filter_map(small));
        wrong.extend(check_time(given, &["rfc3339", "rotation_rfc3339"]));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_its_time_is_over_it_is_gone() {
        let it = TimeRotating::import("2020-02-12T06:36:13Z,,,30,,").unwrap();
        assert_eq!(it.rotation_rfc3339, Auto(Some("2020-03-13T06:36:13Z".to_owned())));
        assert_eq!(it.id, out("2020-02-12T06:36:13Z"));
        assert_eq!(TimeRotating::read(it).unwrap(), None);
        let it = TimeRotating::import("2020-02-12T06:36:13Z,2999-01-01T00:00:00Z").unwrap();
        assert_eq!(TimeRotating::read(it.clone()).unwrap(), Some(it));
        assert!(TimeRotating::import("2020-02-12T06:36:13Z,,,,,").is_err());
        assert!(TimeRotating::import("2020-02-12T06:36:13Z,1,2").is_err());
    }

    #[test]
    fn another_number_gives_another_end() {
        let object = |days: Value, end: &str| {
            Map::from([
                ("rfc3339".into(), "2020-02-12T06:36:13Z".into()),
                ("rotation_days".into(), days),
                ("rotation_rfc3339".into(), end.into()),
            ])
        };
        let end = "2020-02-13T06:36:13Z";
        let prior = object(1.into(), end);
        let planned = |mut it: Map| {
            TimeRotating::adjust(Some(&prior), &mut it);
            it["rotation_rfc3339"].as_str().map(str::to_owned)
        };
        assert_eq!(planned(object(3.into(), end)).as_deref(), Some("2020-02-15T06:36:13Z"));
        assert_eq!(planned(object(Value::unknown(Type::Number), end)), None);
        let own = "2021-01-01T00:00:00Z";
        assert_eq!(planned(object(3.into(), own)).as_deref(), Some(own));
    }
}
