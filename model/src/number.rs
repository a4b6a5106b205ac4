//! Numbers as Terraform has them: binary floating point, rounded half to even, nearly always with
//! 512 bits of mantissa.
//!
//! Each number carries its precision, since a few sources have less (lengths 64 bits, logarithms 53)
//! and Terraform's texts show it. An operation gives the larger precision of its operands.

mod arith;
mod decimal;
mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{ToPrimitive, Zero};

pub use decimal::Decimal;

/// Bits of mantissa of a number that was written or read as a text.
const PRECISION: u32 = 512;
/// Bits of mantissa of a number made of an integer.
const INT_PRECISION: u32 = 64;
/// Bits of mantissa of a number made of a double.
const F64_PRECISION: u32 = 53;
/// Numbers from here on count as infinite, and those below its inverse as zero: their texts would
/// have tens of thousands of digits.
const MAX_EXPONENT: i64 = 1 << 16;

/// A number of the language.
#[derive(Debug, Clone)]
pub struct Number(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Every integer that fits, but for the negative zero; and its precision.
    Small(i64, u32),
    Float(Arc<Float>),
    Infinite {
        negative: bool,
    },
}

/// `mantissa * 2^exponent`. The mantissa is odd, or zero with exponent zero.
#[derive(Debug, Clone)]
struct Float {
    negative: bool,
    mantissa: BigUint,
    exponent: i64,
    precision: u32,
}

impl Number {
    /// The number as an integer, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(it, _) => Some(*it),
            Repr::Float(it) if it.mantissa.is_zero() => Some(0),
            Repr::Float(_) | Repr::Infinite { .. } => None,
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(it, _) => *it as f64,
            Repr::Infinite { negative: true } => f64::NEG_INFINITY,
            Repr::Infinite { negative: false } => f64::INFINITY,
            Repr::Float(it) => it.to_f64(),
        }
    }

    /// The number that a double is, with the precision of a double. None for NaN.
    pub fn from_f64(it: f64) -> Option<Number> {
        if it.is_nan() {
            return None;
        }
        let negative = it.is_sign_negative();
        if it.is_infinite() {
            return Some(Number::infinity(negative));
        }
        let bits = it.to_bits();
        let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i64);
        let (mantissa, exponent) =
            if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
        Some(Float::round(negative, mantissa.into(), exponent, F64_PRECISION, false))
    }

    pub fn infinity(negative: bool) -> Number {
        Number(Repr::Infinite { negative })
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinite { .. })
    }

    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(..) => true,
            Repr::Float(it) => it.exponent >= 0,
            Repr::Infinite { .. } => false,
        }
    }

    /// Whether it is below zero, or the zero with a minus sign.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(it, _) => *it < 0,
            Repr::Float(it) => it.negative,
            Repr::Infinite { negative } => *negative,
        }
    }

    pub fn is_zero(&self) -> bool {
        self.to_i64() == Some(0)
    }

    /// How it compares with zero.
    pub fn sign(&self) -> Ordering {
        match (self.is_zero(), self.is_negative()) {
            (true, _) => Ordering::Equal,
            (false, true) => Ordering::Less,
            (false, false) => Ordering::Greater,
        }
    }

    /// The number without what follows the point. None for an infinite one.
    pub fn to_bigint(&self) -> Option<BigInt> {
        match &self.0 {
            Repr::Small(it, _) => Some((*it).into()),
            Repr::Float(it) => {
                let sign = if it.negative { Sign::Minus } else { Sign::Plus };
                let magnitude = match it.exponent {
                    exponent @ 0.. => &it.mantissa << exponent as usize,
                    exponent => &it.mantissa >> exponent.unsigned_abs() as usize,
                };
                Some(BigInt::from_biguint(sign, magnitude))
            }
            Repr::Infinite { .. } => None,
        }
    }

    fn precision(&self) -> u32 {
        match &self.0 {
            Repr::Small(_, precision) => *precision,
            Repr::Float(it) => it.precision,
            Repr::Infinite { .. } => PRECISION,
        }
    }

    /// None for an infinite number.
    fn to_float(&self) -> Option<Arc<Float>> {
        match &self.0 {
            Repr::Small(it, precision) => {
                Some(Arc::new(Float::normal(*it < 0, it.unsigned_abs().into(), 0, *precision)))
            }
            Repr::Float(it) => Some(it.clone()),
            Repr::Infinite { .. } => None,
        }
    }
}

impl Float {
    fn normal(negative: bool, mut mantissa: BigUint, mut exponent: i64, precision: u32) -> Float {
        match mantissa.trailing_zeros() {
            None => exponent = 0,
            Some(0) => {}
            Some(zeros) => {
                mantissa >>= zeros;
                exponent += zeros as i64;
            }
        }
        Float { negative, mantissa, exponent, precision }
    }

    /// The number nearest to `mantissa * 2^exponent`, or to a little more than that if `sticky`.
    fn round(
        negative: bool,
        mut mantissa: BigUint,
        mut exponent: i64,
        precision: u32,
        sticky: bool,
    ) -> Number {
        let excess = mantissa.bits() as i64 - i64::from(precision);
        if excess > 0 {
            let half = mantissa.bit(excess as u64 - 1);
            let below = mantissa.trailing_zeros().is_some_and(|it| (it as i64) < excess - 1);
            mantissa >>= excess;
            exponent += excess;
            if half && (below || sticky || mantissa.bit(0)) {
                mantissa += 1u32;
            }
        }
        let float = Float::normal(negative, mantissa, exponent, precision);
        let magnitude = float.mantissa.bits() as i64 + float.exponent;
        if magnitude > MAX_EXPONENT {
            return Number::infinity(negative);
        }
        if magnitude < -MAX_EXPONENT {
            return Float::normal(negative, BigUint::ZERO, 0, precision).into();
        }
        float.into()
    }

    fn to_f64(&self) -> f64 {
        let top = self.mantissa.bits() as i64 + self.exponent;
        // Doubles below 2^-1022 have fewer bits.
        let bits = (top + 1074).clamp(0, i64::from(F64_PRECISION)) as u32;
        if top > 1025 || bits == 0 && top < -1074 {
            let it = if top > 0 { f64::INFINITY } else { 0.0 };
            return if self.negative { -it } else { it };
        }
        let near = match bits {
            // At most the smallest double, which is rounded to if it is more than half of it.
            0 if self.mantissa.bits() > 1 => f64::from_bits(1),
            0 => 0.0,
            _ => match Float::round(false, self.mantissa.clone(), self.exponent, bits, false).0 {
                Repr::Small(it, _) => it as f64,
                Repr::Infinite { .. } => f64::INFINITY,
                Repr::Float(it) => scaled(it.mantissa.to_u64().unwrap_or(0) as f64, it.exponent),
            },
        };
        if self.negative { -near } else { near }
    }
}

/// `it * 2^exponent`, in steps that stay exact.
fn scaled(mut it: f64, mut exponent: i64) -> f64 {
    while exponent > 0 {
        let step = exponent.min(1000);
        it *= 2f64.powi(step as i32);
        exponent -= step;
    }
    while exponent < 0 {
        let step = (-exponent).min(1000);
        it /= 2f64.powi(step as i32);
        exponent += step;
    }
    it
}

impl From<Float> for Number {
    fn from(it: Float) -> Number {
        let small = match it.exponent {
            0..=63 if it.mantissa.bits() as i64 + it.exponent <= 64 => {
                it.mantissa.to_i128().map(|mantissa| mantissa << it.exponent)
            }
            _ => None,
        };
        let small = small.map(|magnitude| if it.negative { -magnitude } else { magnitude });
        match small.and_then(|it| i64::try_from(it).ok()) {
            Some(small) if small != 0 || !it.negative => Number(Repr::Small(small, it.precision)),
            Some(_) | None => Number(Repr::Float(Arc::new(it))),
        }
    }
}

impl From<i64> for Number {
    fn from(it: i64) -> Number {
        Number(Repr::Small(it, INT_PRECISION))
    }
}

impl From<BigInt> for Number {
    fn from(it: BigInt) -> Number {
        let (sign, magnitude) = it.into_parts();
        let precision = (magnitude.bits() as u32).max(INT_PRECISION);
        Float::round(sign == Sign::Minus, magnitude, 0, precision, false)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let signs = self.sign().cmp(&other.sign());
        if signs.is_ne() || self.is_zero() {
            return signs;
        }
        let magnitudes = match (self.to_float(), other.to_float()) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => a.magnitude_order(&b),
        };
        if self.is_negative() { magnitudes.reverse() } else { magnitudes }
    }
}

impl Float {
    /// Which of two that are not zero is larger, signs apart.
    fn magnitude_order(&self, other: &Float) -> Ordering {
        let top = |it: &Float| it.mantissa.bits() as i64 + it.exponent;
        top(self).cmp(&top(other)).then_with(|| {
            let (a, b, _) = arith::aligned(self, other);
            a.cmp(&b)
        })
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(it, _) => it.hash(state),
            Repr::Float(it) if it.mantissa.is_zero() => 0i64.hash(state),
            Repr::Float(it) => (it.negative, &it.mantissa, it.exponent).hash(state),
            Repr::Infinite { negative } => negative.hash(state),
        }
    }
}

/// As Terraform prints it: the shortest decimal that reads back as the same number, never with an
/// exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(it, precision)
                if *precision >= INT_PRECISION || it.unsigned_abs() < 1 << F64_PRECISION =>
            {
                write!(f, "{it}")
            }
            Repr::Infinite { negative: true } => f.write_str("-Inf"),
            Repr::Infinite { negative: false } => f.write_str("+Inf"),
            Repr::Small(..) | Repr::Float(_) => {
                f.write_str(&self.shortest().map(|it| it.plain()).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests;
