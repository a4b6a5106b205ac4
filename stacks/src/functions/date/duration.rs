//! Durations as Go writes them: `1h30m`, `-1.5h`, `300ms`.

use super::super::args::quote;

/// The duration in nanoseconds.
pub(super) fn nanoseconds(given: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote(given));
    let (negative, mut rest) = match given.as_bytes().first() {
        Some(b'-') => (true, &given[1..]),
        Some(b'+') => (false, &given[1..]),
        _ => (false, given),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, after) = rest.split_at(whole);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let length = after.bytes().take_while(|it| *it != b'.' && !it.is_ascii_digit()).count();
        let (unit, after) = after.split_at(length);
        let factor: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {}", quote(given))),
            unit => {
                let (unit, given) = (quote(unit), quote(given));
                return Err(format!("time: unknown unit {unit} in duration {given}"));
            }
        };
        let whole: i128 = match whole {
            "" => 0,
            whole => whole.parse::<i64>().map_err(|_| invalid())?.into(),
        };
        // Digits beyond the eighteenth are less than a nanosecond of an hour.
        let fraction = &fraction[..fraction.len().min(18)];
        let scale = 10i128.pow(fraction.len() as u32);
        let part = fraction.parse::<i128>().unwrap_or(0) * factor / scale;
        total += whole * factor + part;
        if total > i128::from(i64::MAX) {
            return Err(invalid());
        }
        rest = after;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map_err(|_| invalid())
}
