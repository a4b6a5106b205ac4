//! The order of a set's elements, which is Terraform's: it shows in plans and states, and wherever a
//! set becomes a list.

use std::cmp::Ordering;
use std::fmt::Write;

use crate::number::Number;
use crate::value::{Kind, Value};

impl Value {
    /// The order in which Terraform shows a set: numbers by value, strings by their bytes, `false`
    /// before `true`, compound values by a text made of their parts; then unknown values, then null.
    pub fn set_order(a: &Value, b: &Value) -> Ordering {
        order((a, &text(a)), (b, &text(b)))
    }
}

/// Sorts the elements of a set.
pub(crate) fn sort(items: &mut Vec<Value>) {
    let mut with_texts: Vec<(String, Value)> =
        std::mem::take(items).into_iter().map(|it| (text(&it), it)).collect();
    with_texts.sort_by(|(a_text, a), (b_text, b)| order((a, a_text), (b, b_text)));
    items.extend(with_texts.into_iter().map(|(_, it)| it));
}

fn order((a, a_text): (&Value, &str), (b, b_text): (&Value, &str)) -> Ordering {
    fn rank(it: &Value) -> u8 {
        match it.kind {
            Kind::Null(_) => 2,
            Kind::Unknown(_) => 1,
            _ => 0,
        }
    }
    match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
        (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
        (Kind::String(a), Kind::String(b)) => a.cmp(b),
        // Different numbers may have the same text.
        _ => rank(a).cmp(&rank(b)).then_with(|| a_text.cmp(b_text)).then_with(|| parts(a, b)),
    }
}

/// Compound values by their parts in turn.
fn parts(a: &Value, b: &Value) -> Ordering {
    let pairs: Vec<(&Value, &Value)> = match (a.items(), b.items(), a.entries(), b.entries()) {
        (Some(a), Some(b), _, _) => a.iter().zip(b).collect(),
        (_, _, Some(a), Some(b)) => a.values().zip(b.values()).collect(),
        _ => Vec::new(),
    };
    let orders = pairs.into_iter().map(|(a, b)| Value::set_order(a, b));
    orders.into_iter().find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
}

/// The text by which a compound value is ordered; nothing for any other.
fn text(value: &Value) -> String {
    let mut text = String::new();
    if value.items().is_some() || value.entries().is_some() {
        write_text(value, &mut text);
    }
    text
}

fn write_text(value: &Value, out: &mut String) {
    let mut all = |items: &[Value], open: char, close: char| {
        out.push(open);
        for it in items {
            write_text(it, out);
            out.push(';');
        }
        out.push(close);
    };
    match &value.kind {
        Kind::Unknown(_) => out.push('?'),
        Kind::Null(_) => out.push('~'),
        Kind::Bool(it) => out.push(if *it { 'T' } else { 'F' }),
        Kind::Number(it) => out.push_str(&ten_digits(it)),
        Kind::String(it) => write_quoted(it, out),
        Kind::List(_, items) | Kind::Set(_, items) => all(items, '[', ']'),
        Kind::Tuple(items) => all(items, '<', '>'),
        Kind::Map(_, entries) => {
            out.push('{');
            for (key, it) in entries.iter() {
                write_quoted(key, out);
                out.push(':');
                write_text(it, out);
                out.push(';');
            }
            out.push('}');
        }
        Kind::Object(entries) => {
            out.push('<');
            for it in entries.values() {
                write_text(it, out);
                out.push(';');
            }
            out.push('>');
        }
    }
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                write!(out, "\\x{:02x}", u32::from(c)).expect("writing to a string cannot fail");
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A number with ten digits, as Go's `%.10g` has it.
fn ten_digits(it: &Number) -> String {
    const DIGITS: i32 = 10;
    if it.is_infinite() {
        return if it.is_negative() { "-Inf" } else { "+Inf" }.to_owned();
    }
    let scientific = format!("{:.*e}", DIGITS as usize - 1, it.to_f64());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let decimals = (DIGITS - 1 - exponent).max(0) as usize;
        return trimmed(&format!("{:.decimals$}", it.to_f64())).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs())
}

fn trimmed(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_ten_digits() {
        for (number, expected) in [
            ("10", "10"),
            ("0", "0"),
            ("-3", "-3"),
            ("1.5", "1.5"),
            ("12345678901", "1.23456789e+10"),
            ("9999999999", "9999999999"),
            ("10000000000", "1e+10"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("0.1234567890123", "0.123456789"),
            ("1e21", "1e+21"),
        ] {
            assert_eq!(ten_digits(&number.parse().unwrap()), expected);
        }
    }
}
