//! A moment in time as RFC 3339 writes it, with its offset from UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use super::super::args::quote;

/// A date, a time of day and the minutes that they are ahead of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Moment {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub nanosecond: u32,
    /// In minutes.
    pub offset: i64,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const DAY: i128 = 86_400 * 1_000_000_000;

impl Moment {
    /// The moment so many nanoseconds after 1970 in UTC, with an offset.
    fn at(instant: i128, offset: i64) -> Moment {
        let local = instant + i128::from(offset) * 60_000_000_000;
        let (year, month, day) = date_of(local.div_euclid(DAY) as i64);
        let time = local.rem_euclid(DAY);
        let seconds = (time / 1_000_000_000) as u32;
        Moment {
            year,
            month,
            day,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            nanosecond: (time % 1_000_000_000) as u32,
            offset,
        }
    }

    /// Nanoseconds after 1970 in UTC.
    pub(super) fn instant(&self) -> i128 {
        let days = i128::from(days_to(self.year, self.month, self.day));
        let minutes = i64::from(self.hour * 60 + self.minute) - self.offset;
        let seconds = i128::from(minutes * 60 + i64::from(self.second));
        days * DAY + seconds * 1_000_000_000 + i128::from(self.nanosecond)
    }

    pub(super) fn plus(&self, nanoseconds: i64) -> Moment {
        Moment::at(self.instant() + i128::from(nanoseconds), self.offset)
    }

    pub(super) fn month_name(&self) -> &'static str {
        MONTHS[self.month as usize - 1]
    }

    pub(super) fn weekday_name(&self) -> &'static str {
        WEEKDAYS[days_to(self.year, self.month, self.day).rem_euclid(7) as usize]
    }

    pub(super) fn offset_text(&self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }

    /// An RFC 3339 timestamp.
    pub(in super::super) fn parse(text: &str) -> Result<Moment, String> {
        Parser { rest: text }
            .moment()
            .map_err(|why| format!("not a valid RFC3339 timestamp: {why}"))
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Moment {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::at(i128::from(since.as_secs()) * 1_000_000_000, 0)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, year) = (if self.year < 0 { "-" } else { "" }, self.year.abs());
        write!(f, "{sign}{year:04}-{:02}-{:02}T", self.month, self.day)?;
        write!(f, "{:02}:{:02}:{:02}", self.hour, self.minute, self.second)?;
        match self.offset {
            0 => f.write_str("Z"),
            _ => f.write_str(&self.offset_text(":")),
        }
    }
}

/// Reads from left to right, and says of each mistake what Go's library makes of it.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn moment(&mut self) -> Result<Moment, String> {
        let year = self.digits(4, "year")?;
        self.separator("-")?;
        let month = self.digits(2, "month")?;
        if !(1..=12).contains(&month) {
            return Err(self.cannot("month"));
        }
        self.separator("-")?;
        let day = self.digits(2, "day of month")?;
        if !self.rest.starts_with('T') {
            return Err("missing required time introducer 'T'".to_owned());
        }
        self.rest = &self.rest[1..];
        let hour = self.two("hour", 23)?;
        self.separator(":")?;
        let minute = self.two("minute", 59)?;
        self.separator(":")?;
        let second = self.digits(2, "second")?;
        if second > 59 {
            return Err(self.cannot("second"));
        }
        let nanosecond = self.fraction();
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return Err(self.cannot("timestamp segment"));
        }
        if day == 0 || day > days_in(i64::from(year), month) {
            return Err("day out of range".to_owned());
        }
        let year = i64::from(year);
        Ok(Moment { year, month, day, hour, minute, second, nanosecond, offset })
    }

    fn cannot(&self, what: &str) -> String {
        match self.rest {
            "" => format!("end of string before {what}"),
            rest => format!("cannot use {} as {what}", quote(rest)),
        }
    }

    fn digits(&mut self, count: usize, what: &str) -> Result<u32, String> {
        let digits = self.rest.get(..count).filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
        let number = digits.and_then(|it| it.parse().ok()).ok_or_else(|| self.cannot(what))?;
        self.rest = &self.rest[count..];
        Ok(number)
    }

    /// The two digits of an hour or a minute, with Terraform's own words for what is wrong.
    fn two(&mut self, what: &str, max: u32) -> Result<u32, String> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 1 {
            return Err(format!("{what} must have exactly two digits"));
        }
        let number = self.digits(2, what)?;
        match (number > max, what) {
            (false, _) => Ok(number),
            (true, "hour") => Err(format!("hour must be between 0 and {max} inclusive")),
            (true, _) => Err(format!("{what} must have exactly two digits")),
        }
    }

    fn separator(&mut self, separator: &str) -> Result<(), String> {
        match self.rest.strip_prefix(separator) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if self.rest.is_empty() => {
                Err(format!("end of string where \"{separator}\" is expected"))
            }
            None => Err(format!("found {} where \"{separator}\" is expected", quote(self.rest))),
        }
    }

    fn fraction(&mut self) -> u32 {
        let Some(digits) = self.rest.strip_prefix('.') else { return 0 };
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        if length == 0 {
            return 0;
        }
        self.rest = &digits[length..];
        let nine: String = digits[..length].chars().chain("000000000".chars()).take(9).collect();
        nine.parse().unwrap_or(0)
    }

    fn offset(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        // What stands where neither an offset nor a fraction can begin is left over.
        if self.rest.starts_with([',', '.']) {
            self.rest = &self.rest[..1];
            return Err(self.cannot("timestamp segment"));
        }
        let given = self.rest.get(..6).filter(|it| {
            it.bytes().enumerate().all(|(n, it)| match n {
                0 => it == b'+' || it == b'-',
                3 => it == b':',
                _ => it.is_ascii_digit(),
            })
        });
        let Some(given) = given else { return Err(self.cannot("UTC offset")) };
        let number = |range: std::ops::Range<usize>| given[range].parse::<i64>().unwrap_or(0);
        let (hours, minutes) = (number(1..3), number(4..6));
        let sign = if given.starts_with('-') { -1 } else { 1 };
        self.rest = &self.rest[6..];
        if hours > 24 || minutes > 60 {
            return Err(self.cannot("UTC offset"));
        }
        Ok(sign * (hours * 60 + minutes))
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01. Years are counted from March, so that a leap day is the last of its year;
/// 400 years have 146,097 days.
fn days_to(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = i64::from((month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_to`].
fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u32;
    let month = if month < 10 { month + 3 } else { month - 9 } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
