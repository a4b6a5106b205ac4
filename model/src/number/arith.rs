//! Arithmetic on numbers.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;

use super::{Float, INT_PRECISION, Number, PRECISION, Repr};

impl Number {
    /// None where infinities of opposite sign meet.
    pub fn add(&self, other: &Number) -> Option<Number> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && precision >= INT_PRECISION
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Number(Repr::Small(sum, precision)));
        }
        match (self.to_float(), other.to_float()) {
            (Some(a), Some(b)) => Some(sum(&a, &b, precision)),
            (None, Some(_)) => Some(self.clone()),
            (Some(_), None) => Some(other.clone()),
            (None, None) => (self == other).then(|| self.clone()),
        }
    }

    /// None where infinities of the same sign meet.
    pub fn sub(&self, other: &Number) -> Option<Number> {
        self.add(&other.neg())
    }

    /// None for zero times infinity.
    pub fn mul(&self, other: &Number) -> Option<Number> {
        let precision = self.precision().max(other.precision());
        if let (Repr::Small(a, _), Repr::Small(b, _)) = (&self.0, &other.0)
            && precision >= INT_PRECISION
            && let Some(product) = a.checked_mul(*b)
            && (product != 0 || (*a >= 0 && *b >= 0))
        {
            return Some(Number(Repr::Small(product, precision)));
        }
        let negative = self.is_negative() != other.is_negative();
        match (self.to_float(), other.to_float()) {
            (Some(a), Some(b)) => {
                // A product has all the bits that there are, however few its operands have.
                let mantissa = &a.mantissa * &b.mantissa;
                let needed = (mantissa.bits() as u32).min(PRECISION);
                let exponent = a.exponent + b.exponent;
                let product = Float::round(negative, mantissa, exponent, PRECISION, false);
                Some(product.with_precision(precision.max(needed)))
            }
            _ if self.is_zero() || other.is_zero() => None,
            _ => Some(Number::infinity(negative)),
        }
    }

    /// Infinite for a division by zero; None for zero by zero and infinity by infinity.
    pub fn div(&self, other: &Number) -> Option<Number> {
        let precision = self.precision().max(other.precision());
        let negative = self.is_negative() != other.is_negative();
        match (self.to_float(), other.to_float()) {
            (Some(a), Some(b)) if b.mantissa.is_zero() => {
                (!a.mantissa.is_zero()).then(|| Number::infinity(negative))
            }
            (Some(a), Some(b)) => Some(quotient(&a, &b, negative, precision)),
            (Some(_), None) => Some(Float::normal(negative, BigUint::ZERO, 0, precision).into()),
            (None, Some(_)) => Some(Number::infinity(negative)),
            (None, None) => None,
        }
    }

    /// The remainder with the sign of the dividend. By zero it is the dividend itself.
    pub fn rem(&self, other: &Number) -> Option<Number> {
        if self.is_infinite() || other.is_infinite() {
            return self.mul(other);
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Repr::Small(a, precision), Repr::Small(b, _)) = (&self.0, &other.0)
            && *precision >= INT_PRECISION
            && *a >= 0
        {
            return a.checked_rem(*b).map(|it| Number(Repr::Small(it, *precision)));
        }
        // The precision of the dividend is that of each step, as in Terraform.
        let precision = self.precision();
        let whole = integer(self.div(other)?.to_bigint()?, precision);
        let product = whole.mul(other)?.with_precision(precision);
        Some(self.sub(&product)?.with_precision(precision))
    }

    pub fn neg(&self) -> Number {
        match &self.0 {
            Repr::Small(it, precision) if *it != 0 && *it != i64::MIN => {
                Number(Repr::Small(-it, *precision))
            }
            Repr::Infinite { negative } => Number::infinity(!negative),
            Repr::Small(..) | Repr::Float(_) => {
                let float = self.to_float().expect("an infinite number has its own case");
                Float { negative: !float.negative, ..(*float).clone() }.into()
            }
        }
    }

    pub fn abs(&self) -> Number {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// The largest integer that is not above it.
    pub fn floor(&self) -> Number {
        match self.to_bigint() {
            Some(_) if self.is_integer() => self.clone(),
            Some(it) if self.is_negative() => integer(it - 1, self.precision()),
            Some(it) => integer(it, self.precision()),
            None => self.clone(),
        }
    }

    /// The smallest integer that is not below it.
    pub fn ceil(&self) -> Number {
        match self.to_bigint() {
            Some(_) if self.is_integer() => self.clone(),
            Some(it) if self.is_negative() => integer(it, self.precision()),
            Some(it) => integer(it + 1, self.precision()),
            None => self.clone(),
        }
    }

    fn with_precision(&self, precision: u32) -> Number {
        match self.to_float() {
            Some(it) => {
                Float::round(it.negative, it.mantissa.clone(), it.exponent, precision, false)
            }
            None => self.clone(),
        }
    }
}

fn integer(it: BigInt, precision: u32) -> Number {
    Number::from(it).with_precision(precision)
}

/// The mantissas of two numbers for the smaller of their exponents, and that exponent.
pub(super) fn aligned(a: &Float, b: &Float) -> (BigUint, BigUint, i64) {
    let exponent = a.exponent.min(b.exponent);
    let shifted = |it: &Float| &it.mantissa << (it.exponent - exponent) as usize;
    (shifted(a), shifted(b), exponent)
}

fn sum(a: &Float, b: &Float, precision: u32) -> Number {
    if a.mantissa.is_zero() && b.mantissa.is_zero() {
        return Float::normal(a.negative && b.negative, BigUint::ZERO, 0, precision).into();
    }
    // Zero has an exponent of its own, which must not widen the other.
    if a.mantissa.is_zero() || b.mantissa.is_zero() {
        let it = if a.mantissa.is_zero() { b } else { a };
        return Float::round(it.negative, it.mantissa.clone(), it.exponent, precision, false);
    }
    let (x, y, exponent) = aligned(a, b);
    let (negative, mantissa) = match (a.negative == b.negative, x >= y) {
        (true, _) => (a.negative, x + y),
        (false, true) => (a.negative && x != y, x - y),
        (false, false) => (b.negative, y - x),
    };
    Float::round(negative, mantissa, exponent, precision, false)
}

fn quotient(a: &Float, b: &Float, negative: bool, precision: u32) -> Number {
    let missing = i64::from(precision) + 2 + b.mantissa.bits() as i64 - a.mantissa.bits() as i64;
    let shift = missing.max(0);
    let (mantissa, rest) = (&a.mantissa << shift as usize).div_rem(&b.mantissa);
    let exponent = a.exponent - b.exponent - shift;
    Float::round(negative, mantissa, exponent, precision, !rest.is_zero())
}
