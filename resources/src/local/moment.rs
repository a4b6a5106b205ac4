//! Moments as RFC 3339 writes them, and the calendar arithmetic of Go.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// A moment, and the offset from UTC that it is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub local: DateTime,
    offset: Offset,
}

/// What to add to a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Years(i64),
    Months(i64),
    Days(i64),
    Seconds(i64),
}

impl Moment {
    pub fn now() -> Moment {
        Moment { local: Offset::UTC.to_datetime(Timestamp::now()), offset: Offset::UTC }
    }

    pub fn of_unix(seconds: i64) -> Option<Moment> {
        let at = Timestamp::from_second(seconds).ok()?;
        Some(Moment { local: Offset::UTC.to_datetime(at), offset: Offset::UTC })
    }

    /// A date and a time with an offset. None if it is anything else.
    pub fn parse(text: &str) -> Option<Moment> {
        let pieces = Pieces::parse(text).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?);
        Some(Moment { local, offset: pieces.to_numeric_offset()? })
    }

    /// As RFC 3339, in whole seconds.
    pub fn text(&self) -> String {
        self.written(false)
    }

    /// As RFC 3339, as precise as it is known.
    pub fn precise(&self) -> String {
        self.written(true)
    }

    fn written(&self, precise: bool) -> String {
        let nanos = self.local.subsec_nanosecond();
        let seconds = self.local.strftime("%Y-%m-%dT%H:%M:%S");
        let fraction = match precise && nanos > 0 {
            true => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
            false => String::new(),
        };
        let minutes = self.offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let offset = match minutes.abs() {
            0 => "Z".to_owned(),
            it => format!("{sign}{:02}:{:02}", it / 60, it % 60),
        };
        format!("{seconds}{fraction}{offset}")
    }

    /// Seconds since 1970.
    pub fn unix(&self) -> i64 {
        let seconds = self.offset.to_timestamp(self.local).map_or(0, |it| it.as_second());
        let before = self.local.subsec_nanosecond() > 0 && seconds < 0;
        if before { seconds - 1 } else { seconds }
    }

    /// The moment a step later. As in Go, a day that a month does not have is one of the next
    /// month. None if that leaves the calendar.
    pub fn plus(&self, step: Step) -> Option<Moment> {
        let local = match step {
            Step::Seconds(it) => self.local.checked_add(SignedDuration::from_secs(it)).ok()?,
            Step::Days(days) => self.shifted(0, days)?,
            Step::Months(months) => self.shifted(months, 0)?,
            Step::Years(years) => self.shifted(years.checked_mul(12)?, 0)?,
        };
        Some(Moment { local, ..*self })
    }

    fn shifted(&self, months: i64, days: i64) -> Option<DateTime> {
        let date = self.local.date();
        let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
        let month = month.checked_add(months)?;
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        let first = Date::new(year, month.rem_euclid(12) as i8 + 1, 1).ok()?;
        let days = days.checked_add(i64::from(date.day()) - 1)?.checked_mul(86_400)?;
        let midnight = first.to_datetime(Time::midnight());
        let day = midnight.checked_add(SignedDuration::from_secs(days)).ok()?;
        Some(day.date().to_datetime(self.local.time()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_offset() {
        for text in
            ["2020-02-12T06:36:13Z", "2020-02-12T06:36:13+01:00", "1999-12-31T23:59:59-09:30"]
        {
            assert_eq!(Moment::parse(text).unwrap().text(), text);
        }
        let it = Moment::parse("2020-02-12T06:36:13.250+00:00").unwrap();
        assert_eq!(it.text(), "2020-02-12T06:36:13Z");
        assert_eq!(it.precise(), "2020-02-12T06:36:13.25Z");
        assert_eq!(it.unix(), 1_581_489_373);
        let east = Moment::parse("2020-02-12T07:36:13+01:00").unwrap();
        assert_eq!(east.unix(), it.unix());
        for wrong in ["2020-02-12", "2020-02-12T06:36:13", "soon", ""] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_that_a_month_does_not_have_is_one_of_the_next() {
        let plus = |text: &str, step| Moment::parse(text).unwrap().plus(step).unwrap().text();
        assert_eq!(plus("2023-01-31T01:02:03Z", Step::Months(1)), "2023-03-03T01:02:03Z");
        assert_eq!(plus("2024-02-29T01:02:03Z", Step::Years(1)), "2025-03-01T01:02:03Z");
        assert_eq!(plus("2024-12-31T01:02:03Z", Step::Days(1)), "2025-01-01T01:02:03Z");
        assert_eq!(plus("2024-01-15T01:02:03Z", Step::Months(-2)), "2023-11-15T01:02:03Z");
        assert_eq!(
            plus("2024-01-01T00:00:00+02:00", Step::Seconds(-1)),
            "2023-12-31T23:59:59+02:00"
        );
        assert_eq!(Moment::now().plus(Step::Years(i64::MAX)), None);
    }
}
