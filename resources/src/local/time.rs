//! The provider `time`: moments that stay once they were looked at, and waiting.

mod offset;
mod rotating;
mod sleep;
mod stamp;

use std::sync::Arc;

use model::{Fault, Map, Number, Value};

use crate::fault::rejected;
use crate::local::moment::{Moment, Step};
use crate::local::{LocalProvider, kept, provider};
use crate::resource::Result;

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("time", "registry.terraform.io/hashicorp/time"),
    types: &[
        kept::<offset::TimeOffset>(),
        kept::<rotating::TimeRotating>(),
        kept::<sleep::TimeSleep>(),
        kept::<stamp::TimeStatic>(),
    ],
    data: &[],
};

fn import_fault(text: impl Into<String>) -> Fault {
    rejected("import", "InvalidImportId", text)
}

/// The moment that a text says, or this one if there is no text.
fn moment(text: Option<&str>) -> Result<Moment> {
    let Some(text) = text.filter(|it| !it.is_empty()) else { return Ok(Moment::now()) };
    let wrong = || rejected("time", "InvalidTime", format!("{text:?} is not a time of RFC 3339"));
    Moment::parse(text).ok_or_else(wrong)
}

/// The name of a unit, and a step of so many.
type Unit = (&'static str, fn(i64) -> Step);

/// The units that there are. Where several are given, the last of these that is not zero counts:
/// they are not added up.
const UNITS: [Unit; 6] = [
    ("days", Step::Days),
    ("hours", |it| Step::Seconds(it.saturating_mul(3600))),
    ("minutes", |it| Step::Seconds(it.saturating_mul(60))),
    ("months", Step::Months),
    ("seconds", Step::Seconds),
    ("years", Step::Years),
];

/// The step that counts among `given`: pairs of a unit and a number.
fn step(given: &[(&str, Option<i64>)]) -> Option<Step> {
    let number = |unit: &str| given.iter().find(|it| it.0 == unit)?.1.filter(|it| *it != 0);
    UNITS.iter().rev().find_map(|(unit, step)| Some(step(number(unit)?)))
}

fn plus(base: Moment, step: Option<Step>) -> Result<Moment> {
    let Some(step) = step else { return Ok(base) };
    base.plus(step).ok_or_else(|| rejected("time", "InvalidTime", "the time is out of range"))
}

/// A planned number: none if it is not given. Err if it is not known yet.
fn number(planned: &Map, name: &str) -> std::result::Result<Option<i64>, ()> {
    match planned.get(name) {
        None => Ok(None),
        Some(it) if !it.is_known() => Err(()),
        Some(it) => Ok(it.as_number().and_then(Number::to_i64)),
    }
}

/// Whether a planned attribute differs from what is there.
fn differs(prior: &Map, planned: &Map, names: &[&str]) -> bool {
    let zero = |it: Option<&Value>| {
        it.filter(|it| !it.is_null() && it.as_number().is_none_or(|it| !it.is_zero())).cloned()
    };
    names.iter().any(|it| zero(prior.get(*it)) != zero(planned.get(*it)))
}

/// What is wrong with a text that must be a time.
fn check_time(given: &Map, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let wrong = |name: &&'static str| {
        let text = given.get(*name)?.as_str().filter(|it| !it.is_empty())?;
        let detail = format!("{text:?} is not a time of RFC 3339, such as 2020-02-12T06:36:13Z");
        Moment::parse(text).is_none().then_some((*name, detail))
    };
    names.iter().filter_map(wrong).collect()
}

/// What is wrong when none of several arguments is given.
fn check_any(given: &Map, names: &[&'static str]) -> Vec<(&'static str, String)> {
    match names.iter().any(|it| given.get(*it).is_some_and(|it| !it.is_null())) {
        true => Vec::new(),
        false => vec![(names[0], format!("one of `{}` must be given", names.join("`, `")))],
    }
}

/// The attributes that a moment has, by name.
fn parts(it: &Moment) -> [(&'static str, i64); 7] {
    let local = it.local;
    [
        ("year", local.year().into()),
        ("month", local.month().into()),
        ("day", local.day().into()),
        ("hour", local.hour().into()),
        ("minute", local.minute().into()),
        ("second", local.second().into()),
        ("unix", it.unix()),
    ]
}

fn set(planned: &mut Map, name: &str, value: impl Into<Value>) {
    planned.insert(Arc::from(name), value.into());
}
