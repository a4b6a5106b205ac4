//! What a scalar of YAML stands for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Number, Type, Value};

use super::super::args::{quote, string};
use super::super::date::Moment;

/// The value of a scalar. The tag is in its long form; empty for none.
pub(super) fn resolve(tag: &str, plain: bool, text: &str) -> Result<Value, String> {
    let kind = match tag.strip_prefix("tag:yaml.org,2002:") {
        Some(kind @ ("str" | "bool" | "int" | "float" | "null" | "timestamp" | "binary")) => kind,
        None if tag.is_empty() => "",
        Some(_) | None => return Err(format!("unsupported tag {}", quote(tag))),
    };
    let cannot = || format!("cannot parse {} as {tag}", quote(text));
    match kind {
        "binary" => {
            let bytes = STANDARD.decode(text.replace(['\r', '\n'], ""));
            bytes.map_err(|_| format!("{}: not valid base64", cannot()))?;
            return Ok(string(text));
        }
        "null" => return Ok(Value::null(Type::Any)),
        "str" => return Ok(string(text)),
        "" | "bool" | "int" if !plain => return Ok(string(text)),
        _ => {}
    }
    if let Some(word) = word(text)? {
        return Ok(word);
    }
    if (kind.is_empty() || kind == "timestamp")
        && let Some(moment) = timestamp(text)
    {
        return Ok(moment.to_string().into());
    }
    if let Some(number) = number(text) {
        return number
            .map(Value::number)
            .ok_or_else(|| format!("cannot parse {} as tag:yaml.org,2002:int", quote(text)));
    }
    if kind.is_empty() { Ok(string(text)) } else { Err(cannot()) }
}

fn word(text: &str) -> Result<Option<Value>, String> {
    Ok(Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            true.into()
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            false.into()
        }
        "" | "~" | "null" | "Null" | "NULL" => Value::null(Type::Any),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            Value::number(Number::infinity(false))
        }
        "-.inf" | "-.Inf" | "-.INF" => Value::number(Number::infinity(true)),
        ".nan" | ".NaN" | ".NAN" => {
            return Err("floating point NaN is not supported".to_owned());
        }
        _ => return Ok(None),
    }))
}

/// A decimal number, `0x1F` or `0o17`. The inner None is for one that is too large.
fn number(text: &str) -> Option<Option<Number>> {
    let radix = |digits: &str, radix: u32| {
        let fine = !digits.is_empty() && digits.chars().all(|it| it.is_digit(radix));
        fine.then(|| {
            u64::from_str_radix(digits, radix)
                .ok()
                .map(|it| Number::from(num_bigint::BigInt::from(it)))
        })
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let begins = digits.starts_with(|it: char| it.is_ascii_digit() || it == '.');
    let decimal = digits.bytes().all(|it| it.is_ascii_digit() || b".eE+-".contains(&it));
    (begins && decimal).then(|| text.parse().ok()).flatten().map(Some)
}

/// A date, or a date and a time: digits may be few, and a space may stand for the `T`.
fn timestamp(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return None;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((&text[at..at + 1], &text[at + 1..]))),
        None => (text, None),
    };
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    if date.next().is_some() || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let (clock, zone) = match time {
        None => ("0:0:0", "Z"),
        // After a space there is no offset.
        Some((" ", clock)) => (clock, "Z"),
        Some((_, clock)) => {
            let at = clock.find(['Z', '+', '-'])?;
            clock.split_at(at)
        }
    };
    let mut clock = clock.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let full = format!(
        "{year}-{month:0>2}-{day:0>2}T{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction}{zone}"
    );
    Moment::parse(&full).ok().filter(|_| clock.next().is_none())
}
