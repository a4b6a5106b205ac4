//! Values that configurations and states spell in another way than the SDK does.

use std::cmp::Ordering;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{Field, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// A choice that may be left open, which a `bool` could not: `"true"`, `"false"` or nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Flag(pub String);

impl Flag {
    fn known(&self) -> Option<bool> {
        match self.0.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

impl PartialEq for Flag {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.known().is_some() && self.known() == other.known())
    }
}

impl Field for Flag {
    const SHAPE: Shape = Shape::String;
}

impl ToSdk<Option<bool>> for Flag {
    fn to_sdk(&self) -> Option<bool> {
        self.known()
    }
}

impl FromSdk<Option<bool>> for Option<Flag> {
    fn from_sdk(it: Option<bool>) -> Self {
        it.map(|it| Flag(it.to_string()))
    }
}

/// A number that may be left open, as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Count(pub String);

impl Field for Count {
    const SHAPE: Shape = Shape::String;
}

impl ToSdk<Option<i32>> for Count {
    fn to_sdk(&self) -> Option<i32> {
        self.0.parse().ok()
    }
}

impl FromSdk<Option<i32>> for Option<Count> {
    fn from_sdk(it: Option<i32>) -> Self {
        it.map(|it| Count(it.to_string()))
    }
}

/// A fraction as text, such as the bound of a step.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Decimal(pub String);

impl Decimal {
    fn known(&self) -> Option<f64> {
        self.0.parse().ok()
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.known(), other.known()) {
            (Some(one), Some(another)) => one.total_cmp(&another),
            (None, None) => self.0.cmp(&other.0),
            (one, another) => one.is_some().cmp(&another.is_some()),
        }
    }
}

impl Field for Decimal {
    const SHAPE: Shape = Shape::String;
}

impl ToSdk<Option<f64>> for Decimal {
    fn to_sdk(&self) -> Option<f64> {
        self.known()
    }
}

impl FromSdk<Option<f64>> for Option<Decimal> {
    fn from_sdk(it: Option<f64>) -> Self {
        it.map(|it| Decimal(it.to_string()))
    }
}

/// A fraction that the elements of a set may have.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Real(pub f64);

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Field for Real {
    const SHAPE: Shape = Shape::Number;
}

impl ToSdk<Option<f64>> for Real {
    fn to_sdk(&self) -> Option<f64> {
        Some(self.0)
    }
}

impl FromSdk<Option<f64>> for Option<Real> {
    fn from_sdk(it: Option<f64>) -> Self {
        it.map(Real)
    }
}

/// A moment, as `2025-01-31T12:00:00Z`. Time zones do not matter.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(pub String);

impl Moment {
    fn known(&self) -> Option<DateTime> {
        DateTime::from_str(&self.0, Format::DateTimeWithOffset).ok()
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        let seconds = |it: &Moment| it.known().map(|it| it.secs());
        self.0 == other.0 || (seconds(self).is_some() && seconds(self) == seconds(other))
    }
}

impl Field for Moment {
    const SHAPE: Shape = Shape::String;
}

impl ToSdk<Option<DateTime>> for Moment {
    fn to_sdk(&self) -> Option<DateTime> {
        self.known()
    }
}

impl FromSdk<&DateTime> for Moment {
    fn from_sdk(it: &DateTime) -> Self {
        let text = DateTime::from_secs(it.secs()).fmt(Format::DateTime);
        Moment(text.unwrap_or_default())
    }
}

/// A number, unless it is zero, which says "not given" where no service takes a zero.
pub(crate) fn not_zero(it: Option<i32>) -> Option<i32> {
    it.filter(|it| *it != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(Flag("1".into()), Flag("true".into()));
        assert_ne!(Flag("false".into()), Flag("true".into()));
        assert_eq!(Decimal("10".into()), Decimal("10.0".into()));
        assert_ne!(Decimal("-1".into()), Decimal("1".into()));
        let moment = |it: &str| Moment(it.to_owned());
        assert_eq!(moment("2025-01-31T12:00:00Z"), moment("2025-01-31T14:00:00+02:00"));
        assert_ne!(moment("2025-01-31T12:00:00Z"), moment("2025-01-31T12:00:01Z"));
    }
}
