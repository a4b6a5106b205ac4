//! Numbers as Terraform has them: binary floating point with 512 bits of mantissa.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// A number of the language.
#[derive(Debug, Clone, Copy)]
pub struct Number(f64);

impl Number {
    /// The number as an integer, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() < 9.3e18).then_some(self.0 as i64)
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.0
    }

    pub fn from_f64(it: f64) -> Option<Number> {
        (!it.is_nan()).then_some(Number(it))
    }

    pub fn is_integer(&self) -> bool {
        self.0.fract() == 0.0
    }

    pub fn add(&self, other: &Number) -> Option<Number> {
        Number::from_f64(self.0 + other.0)
    }

    pub fn sub(&self, other: &Number) -> Option<Number> {
        Number::from_f64(self.0 - other.0)
    }

    pub fn mul(&self, other: &Number) -> Option<Number> {
        Number::from_f64(self.0 * other.0)
    }

    /// None for a division by zero.
    pub fn div(&self, other: &Number) -> Option<Number> {
        if other.0 == 0.0 { None } else { Number::from_f64(self.0 / other.0) }
    }

    /// The remainder with the sign of the dividend. None for a division by zero.
    pub fn rem(&self, other: &Number) -> Option<Number> {
        if other.0 == 0.0 { None } else { Number::from_f64(self.0 % other.0) }
    }

    pub fn neg(&self) -> Number {
        Number(-self.0)
    }
}

impl From<i64> for Number {
    fn from(it: i64) -> Number {
        Number(it as f64)
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
        self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Number {
    type Err = ();

    fn from_str(text: &str) -> Result<Number, ()> {
        text.parse().ok().and_then(Number::from_f64).ok_or(())
    }
}
