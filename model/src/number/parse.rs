//! Texts to numbers.

use std::str::FromStr;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::Zero;

use super::{Float, MAX_EXPONENT, Number, PRECISION, Repr};

/// More digits than this only say that the number is a little larger.
const MAX_DIGITS: usize = 20_000;

/// What Terraform takes for a number: decimal, with an optional sign, point and exponent (of ten
/// after `e`, of two after `p`), or `inf`.
impl FromStr for Number {
    type Err = ();

    fn from_str(text: &str) -> Result<Number, ()> {
        let (negative, rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "inf" || rest == "Inf" {
            return Ok(Number::infinity(negative));
        }
        let is_small = rest.len() < 19 && rest.bytes().all(|it| it.is_ascii_digit());
        if is_small && let Ok(it) = rest.parse::<i64>() {
            return Ok(match (it, negative) {
                (0, true) => Number(Repr::Small(0, PRECISION)).neg(),
                (it, true) => Number(Repr::Small(-it, PRECISION)),
                (it, false) => Number(Repr::Small(it, PRECISION)),
            });
        }
        let parts = Parts::split(rest).ok_or(())?;
        parts.number(negative).ok_or(())
    }
}

struct Parts {
    digits: Vec<u8>,
    /// Digits other than zero were left out.
    sticky: bool,
    exp10: i64,
    exp2: i64,
}

impl Parts {
    fn split(text: &str) -> Option<Parts> {
        let (number, exponent) = match text.find(['e', 'E', 'p', 'P']) {
            Some(at) => (&text[..at], Some((text.as_bytes()[at], &text[at + 1..]))),
            None => (text, None),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let mut parts = Parts {
            digits: Vec::new(),
            sticky: false,
            exp10: -i64::try_from(fraction.len()).ok()?,
            exp2: 0,
        };
        let zeros = digits.iter().take_while(|it| **it == b'0').count();
        digits.drain(..zeros);
        if digits.len() > MAX_DIGITS {
            parts.sticky = digits[MAX_DIGITS..].iter().any(|it| *it != b'0');
            parts.exp10 += (digits.len() - MAX_DIGITS) as i64;
            digits.truncate(MAX_DIGITS);
        }
        parts.digits = digits;
        if let Some((letter, text)) = exponent {
            let exponent = exponent_of(text)?;
            match letter {
                b'e' | b'E' => parts.exp10 += exponent,
                _ => parts.exp2 += exponent,
            }
        }
        Some(parts)
    }

    fn number(self, negative: bool) -> Option<Number> {
        let mantissa = BigUint::parse_bytes(&self.digits, 10).unwrap_or(BigUint::ZERO);
        if mantissa.is_zero() {
            return Some(Float::normal(negative, BigUint::ZERO, 0, PRECISION).into());
        }
        if self.exp10.abs() > MAX_EXPONENT / 3 || self.exp2.abs() > MAX_EXPONENT {
            return None;
        }
        let power = BigUint::from(10u32).pow(self.exp10.unsigned_abs() as u32);
        let number = match self.exp10 {
            0.. => Float::round(negative, mantissa * power, self.exp2, PRECISION, self.sticky),
            _ => {
                let missing = i64::from(PRECISION) + 2 + power.bits() as i64;
                let shift = (missing - mantissa.bits() as i64).max(0);
                let (mantissa, rest) = (mantissa << shift as usize).div_rem(&power);
                let sticky = self.sticky || !rest.is_zero();
                Float::round(negative, mantissa, self.exp2 - shift, PRECISION, sticky)
            }
        };
        (!number.is_infinite()).then_some(number)
    }
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    // Beyond nine digits it is out of range whatever it is.
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX).min(1_000_000_000);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}
