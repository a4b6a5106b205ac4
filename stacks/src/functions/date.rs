//! Moments in time: `formatdate`, `timeadd`, `timecmp`, `timestamp`, `plantimestamp`.

mod moment;
mod duration;

use std::cmp::Ordering;
use std::time::SystemTime;

use model::{Type, Value};

use super::args::{quote, string, text};
use super::{Failure, Function, Param, Returns, Site, Takes};
use duration::nanoseconds;
pub(super) use moment::Moment;

const STRING: Returns = Returns::Known(Takes::String);

/// A moment as `timestamp` writes it.
pub(super) fn written(time: SystemTime) -> String {
    Moment::from(time).to_string()
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "formatdate",
        "A timestamp in another form: YYYY, MM, DD, hh, mm, ss, EEE, AA, Z ... stand for its parts.",
        &[Param::string("format"), Param::string("time")],
        STRING,
        format_date,
    ),
    Function::new(
        "timeadd",
        "A timestamp with a duration, such as \"1h30m\", added.",
        &[Param::string("timestamp"), Param::string("duration")],
        STRING,
        |args, _| {
            let moment = Moment::parse(text(&args[0])).map_err(Failure::new)?;
            let duration = nanoseconds(text(&args[1])).map_err(Failure::new)?;
            Ok(moment.plus(duration).to_string().into())
        },
    ),
    Function::new(
        "timecmp",
        "-1, 0 or 1: how a timestamp compares with another.",
        &[Param::string("timestamp_a"), Param::string("timestamp_b")],
        Returns::Known(Takes::Number),
        |args, _| {
            let a = Moment::parse(text(&args[0])).map_err(|it| Failure::argument(0, it))?;
            let b = Moment::parse(text(&args[1])).map_err(|it| Failure::argument(1, it))?;
            Ok(match a.instant().cmp(&b.instant()) {
                Ordering::Less => (-1).into(),
                Ordering::Equal => 0.into(),
                Ordering::Greater => 1.into(),
            })
        },
    ),
    Function::new(
        "plantimestamp",
        "The time in UTC at which the plan was made.",
        &[],
        STRING,
        |_, site| match (site.scope.plan_time(), site.scope.is_planning()) {
            (Some(time), _) => Ok(Moment::from(time).to_string().into()),
            (None, true) => Ok(Value::unknown(Type::String)),
            (None, false) => Ok(Moment::from(SystemTime::now()).to_string().into()),
        },
    ),
    Function {
        changes: true,
        ..Function::new("timestamp", "The current time in UTC.", &[], STRING, |_, _| {
            Ok(Moment::from(SystemTime::now()).to_string().into())
        })
    },
];

fn format_date(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let moment = Moment::parse(text(&args[1])).map_err(|it| Failure::argument(1, it))?;
    let mut rest = text(&args[0]);
    let mut formatted = String::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let (literal, length) =
                    quoted(rest).ok_or_else(|| Failure::argument(0, "unterminated literal '"))?;
                formatted.push_str(&literal);
                length
            }
            letter if letter.is_ascii_alphabetic() => {
                let length = rest.bytes().take_while(|it| char::from(*it) == letter).count();
                let part = part(&moment, letter, length).map_err(|why| {
                    let verb = quote(&rest[..length]);
                    Failure::argument(0, format!("invalid date format verb {verb}{why}"))
                })?;
                formatted.push_str(&part);
                length
            }
            other => {
                formatted.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Ok(string(formatted))
}

/// A literal in single quotes, in which a doubled quote is one; and its length with the quotes.
fn quoted(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("''") {
        return Some(("'".to_owned(), 2));
    }
    let mut literal = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, it)) = chars.next() {
        if it != '\'' {
            literal.push(it);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            literal.push('\'');
            if chars.peek().is_none() {
                return Some((literal, rest.len()));
            }
        } else {
            return Some((literal, at + 1));
        }
    }
    None
}

/// What a letter, so many times, stands for.
fn part(moment: &Moment, letter: char, length: usize) -> Result<String, &'static str> {
    let number = |value: u32, why| match length {
        1 => Ok(value.to_string()),
        2 => Ok(format!("{value:02}")),
        _ => Err(why),
    };
    let hour12 = if moment.hour.is_multiple_of(12) { 12 } else { moment.hour % 12 };
    match letter {
        'Y' => match length {
            2 => Ok(format!("{:02}", moment.year % 100)),
            4 => Ok(format!("{:04}", moment.year)),
            _ => Err(": year must either be \"YY\" or \"YYYY\""),
        },
        'M' => match length {
            3 => Ok(moment.month_name()[..3].to_owned()),
            4 => Ok(moment.month_name().to_owned()),
            _ => number(moment.month, ": month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
        },
        'D' => number(moment.day, ": day of month must either be \"D\" or \"DD\""),
        'E' => match length {
            3 => Ok(moment.weekday_name()[..3].to_owned()),
            4 => Ok(moment.weekday_name().to_owned()),
            _ => Err(": day of week must either be \"EEE\" or \"EEEE\""),
        },
        'h' => number(moment.hour, ": 24-hour must either be \"h\" or \"hh\""),
        'H' => number(hour12, ": 12-hour must either be \"H\" or \"HH\""),
        'A' if length != 2 => Err(": must be \"AA\""),
        'a' if length != 2 => Err(": must be \"aa\""),
        'A' => Ok(if moment.hour < 12 { "AM" } else { "PM" }.to_owned()),
        'a' => Ok(if moment.hour < 12 { "am" } else { "pm" }.to_owned()),
        'm' => number(moment.minute, ": minute must either be \"m\" or \"mm\""),
        's' => number(moment.second, ": second must either be \"s\" or \"ss\""),
        'Z' => match (length, moment.offset) {
            (1, 0) => Ok("Z".to_owned()),
            (3, 0) => Ok("UTC".to_owned()),
            (1 | 5, _) => Ok(moment.offset_text(":")),
            (3 | 4, _) => Ok(moment.offset_text("")),
            _ => Err(": timezone must be Z, ZZZZ, or ZZZZZ"),
        },
        _ => Err(""),
    }
}
