//! One verb of a format: what it says, and a value as it says.

use model::{Decimal, Kind, Number, Type, Value};
use num_bigint::{BigInt, Sign};
use unicode_segmentation::UnicodeSegmentation;

use super::super::args::quote;
use super::super::json;
use super::Failure;
use crate::convert::convert;

/// The largest width and precision; more would only take memory.
const MAX_WIDTH: usize = 1 << 20;

pub(super) struct Verb<'a> {
    /// As written, from the `%` on.
    pub raw: &'a str,
    /// Which argument it takes, from 1 on.
    pub argument: usize,
    /// Where in the pattern it stands.
    offset: usize,
    mode: char,
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

impl<'a> Verb<'a> {
    /// The verb at an offset of a pattern; `next` is the argument that it takes if it does not say.
    pub(super) fn parse(pattern: &'a str, offset: usize, next: usize) -> Result<Verb<'a>, Failure> {
        let rest = &pattern[offset..];
        let mut verb = Verb {
            raw: rest,
            argument: next,
            offset,
            mode: 'v',
            zero: false,
            sharp: false,
            plus: false,
            minus: false,
            space: false,
            width: None,
            precision: None,
        };
        let mut at = 1;
        let peek = |at: usize| rest.as_bytes().get(at).copied();
        loop {
            match peek(at) {
                Some(b'0') => verb.zero = true,
                Some(b'#') => verb.sharp = true,
                Some(b'+') => verb.plus = true,
                Some(b'-') => verb.minus = true,
                Some(b' ') => verb.space = true,
                _ => break,
            }
            at += 1;
        }
        if peek(at).is_some_and(|it| it.is_ascii_digit()) {
            verb.width = Some(number(rest, &mut at));
        }
        if peek(at) == Some(b'.') {
            at += 1;
            verb.precision = Some(number(rest, &mut at));
        }
        if peek(at) == Some(b'[') {
            at += 1;
            let is_number = peek(at).is_some_and(|it| (b'1'..=b'9').contains(&it));
            if is_number {
                verb.argument = number(rest, &mut at);
            }
            if !is_number || peek(at) != Some(b']') {
                return Err(unexpected(rest, offset, at));
            }
            at += 1;
        }
        match rest[at..].chars().next() {
            Some(it) if it.is_ascii_alphabetic() => verb.mode = it,
            _ => return Err(unexpected(rest, offset, at)),
        }
        verb.raw = &rest[..at + 1];
        Ok(verb)
    }

    /// The value that the verb takes, as it says.
    pub(super) fn format(&self, args: &[Value]) -> Result<String, String> {
        let (raw, offset) = (quote(self.raw), self.offset);
        let Some(arg) = args.get(self.argument - 1) else {
            let (need, have) = (self.argument, args.len());
            return Err(format!(
                "not enough arguments for {raw} at {offset}: need index {need} but have {have} total"
            ));
        };
        let unsupported =
            |why: &str| Err(format!("unsupported value for {raw} at {offset}: {why}"));
        if self.mode != 'v' && arg.is_null() {
            return unsupported("null value cannot be formatted");
        }
        let converted = |ty: Type| convert(arg, &ty).map_err(|it| it.message);
        let made = match self.mode {
            'v' => self.as_is(arg),
            't' => converted(Type::Bool)
                .map(|it| if it.as_bool() == Some(true) { "true" } else { "false" }.to_owned()),
            'b' | 'd' | 'o' | 'x' | 'X' => converted(Type::Number).and_then(|it| self.integer(&it)),
            'e' | 'E' | 'f' | 'g' | 'G' => converted(Type::Number)
                .map(|it| it.as_number().map_or_else(String::new, |it| self.float(it))),
            's' | 'q' => {
                converted(Type::String).map(|it| self.text(it.as_str().unwrap_or_default()))
            }
            mode => {
                return Err(format!(
                    "unsupported format verb '{mode}' in {raw} at offset {offset}"
                ));
            }
        };
        made.or_else(|why| unsupported(&why))
    }

    fn as_is(&self, arg: &Value) -> Result<String, String> {
        let plain = match &arg.kind {
            Kind::String(it) if !self.sharp => it.to_string(),
            Kind::Number(it) if !self.sharp => general(it, None, 'e'),
            _ => json::encode(arg)?,
        };
        Ok(self.pad(plain))
    }

    fn text(&self, text: &str) -> String {
        let text = match self.precision {
            Some(wanted @ 1..) => text.graphemes(true).take(wanted).collect(),
            Some(0) | None => text.to_owned(),
        };
        self.pad(if self.mode == 'q' { json::quoted(&text) } else { text })
    }

    fn pad(&self, text: String) -> String {
        let length = text.graphemes(true).count();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        let pads = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { text + &pads } else { pads + &text }
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    fn integer(&self, value: &Value) -> Result<String, String> {
        let number = value.as_number().filter(|it| it.is_integer()).and_then(Number::to_bigint);
        let number: BigInt = number.ok_or("an integer is required")?;
        let (radix, prefix) = match self.mode {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let prefix = if self.sharp { prefix } else { "" };
        let digits = number.magnitude().to_str_radix(radix);
        let digits = if self.mode == 'X' { digits.to_uppercase() } else { digits };
        let sign = self.sign(number.sign() == Sign::Minus);
        let mut zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = self.width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        match (self.minus, self.zero && self.precision.is_none()) {
            (true, _) => right = missing,
            (false, true) => zeros = missing,
            (false, false) => left = missing,
        }
        let (left, right) = (" ".repeat(left), " ".repeat(right));
        Ok(format!("{left}{sign}{prefix}{}{digits}{right}", "0".repeat(zeros)))
    }

    fn float(&self, number: &Number) -> String {
        let text = match self.mode {
            'e' | 'E' => match number.decimal() {
                Some(it) => exponential(it, self.precision.unwrap_or(6), self.mode),
                None => number.to_string(),
            },
            'f' => match number.decimal() {
                Some(it) => fixed(it, self.precision.unwrap_or(6)),
                None => number.to_string(),
            },
            mode => general(number, self.precision, if mode == 'G' { 'E' } else { 'e' }),
        };
        let (negative, plain) = match text.strip_prefix('-') {
            Some(plain) => (true, plain),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let sign = match number.is_infinite() && !negative && !self.space {
            true => "+",
            false => self.sign(negative),
        };
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + plain.len());
        match (self.minus, self.zero && !number.is_infinite()) {
            (true, _) => format!("{sign}{plain}{}", " ".repeat(missing)),
            (false, true) => format!("{sign}{}{plain}", "0".repeat(missing)),
            (false, false) => format!("{}{sign}{plain}", " ".repeat(missing)),
        }
    }
}

/// The shorter of the two notations, or the one that a precision asks for.
fn general(number: &Number, precision: Option<usize>, letter: char) -> String {
    let shortest = precision.is_none();
    let digits = match precision {
        None => number.shortest(),
        Some(it) => number.decimal().map(|digits| digits.round(it.max(1))),
    };
    let Some(digits) = digits else { return number.to_string() };
    let n_digits = digits.digits.len();
    let precision = precision.map_or(n_digits, |it| it.max(1));
    let mut most = precision;
    if most > n_digits && n_digits as i64 >= digits.point {
        most = n_digits;
    }
    if shortest {
        most = 6;
    }
    let exponent = digits.point - 1;
    if n_digits > 0 && (exponent < -4 || exponent >= most as i64) {
        return exponential(digits, precision.min(n_digits) - 1, letter);
    }
    let precision = if precision as i64 > digits.point { n_digits } else { precision };
    let places = (precision as i64 - digits.point).max(0) as usize;
    fixed(digits, places)
}

fn fixed(digits: Decimal, places: usize) -> String {
    match usize::try_from(digits.point + places as i64) {
        Ok(n) => digits.round(n).fixed(places),
        Err(_) => Decimal { negative: digits.negative, ..Decimal::default() }.fixed(places),
    }
}

fn exponential(digits: Decimal, places: usize, letter: char) -> String {
    let digits = digits.round(1 + places);
    let sign = if digits.negative { "-" } else { "" };
    let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
    let mut plain = digits.digits.iter().map(|it| char::from(*it)).chain(std::iter::repeat('0'));
    let first = plain.next().unwrap_or('0');
    let rest: String = plain.take(places).collect();
    let point = if places > 0 { "." } else { "" };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}{letter}{exponent_sign}{:02}", exponent.abs())
}

fn number(text: &str, at: &mut usize) -> usize {
    let digits = text[*at..].bytes().take_while(u8::is_ascii_digit).count();
    let number =
        text[*at..*at + digits].parse::<usize>().unwrap_or(if digits > 0 { MAX_WIDTH } else { 0 });
    *at += digits;
    number.min(MAX_WIDTH)
}

fn unexpected(rest: &str, offset: usize, at: usize) -> Failure {
    let offset = offset + at;
    Failure::new(match rest[at..].chars().next() {
        Some(it) => format!("unrecognized format character '{it}' at offset {offset}"),
        None => format!("invalid format string starting at offset {offset}"),
    })
}
