//! Numbers as decimal digits: all of them, or just as many as are needed to read the number back.

use num_bigint::BigUint;
use num_traits::Zero;

use super::{Float, Number, Repr};

/// `0.d1d2d3... * 10^point`, without the sign. No digits for zero; the last digit is not a zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decimal {
    pub negative: bool,
    /// As ASCII.
    pub digits: Vec<u8>,
    pub point: i64,
}

impl Number {
    /// All the digits of the number. None for an infinite one.
    pub fn decimal(&self) -> Option<Decimal> {
        let float = self.to_float()?;
        let exact = Decimal::exact(&float.mantissa, float.exponent);
        Some(Decimal { negative: float.negative, ..exact })
    }

    /// The fewest digits that read back as the same number at its precision. None for an infinite one.
    pub fn shortest(&self) -> Option<Decimal> {
        match &self.0 {
            Repr::Infinite { .. } => None,
            Repr::Small(..) | Repr::Float(_) => {
                let float = self.to_float()?;
                let shortest = shortest(&float);
                Some(Decimal { negative: float.negative, ..shortest })
            }
        }
    }
}

impl Decimal {
    fn exact(mantissa: &BigUint, exponent: i64) -> Decimal {
        let (text, point) = match exponent {
            exponent @ 0.. => ((mantissa << exponent as usize).to_string(), 0),
            // A half is five tenths: m * 2^-n is m * 5^n * 10^-n.
            exponent => {
                let n = exponent.unsigned_abs();
                let fives = BigUint::from(5u32).pow(n as u32);
                ((mantissa * fives).to_string(), exponent)
            }
        };
        let mut digits = text.into_bytes();
        let point = point + digits.len() as i64;
        trim(&mut digits);
        match digits.is_empty() {
            true => Decimal::default(),
            false => Decimal { negative: false, digits, point },
        }
    }

    fn at(&self, n: usize) -> u8 {
        self.digits.get(n).copied().unwrap_or(b'0')
    }

    /// The first `n` digits, rounded half to even.
    pub fn round(mut self, n: usize) -> Decimal {
        if n >= self.digits.len() {
            return self;
        }
        let half = self.digits[n] == b'5' && n + 1 == self.digits.len();
        let up = match half {
            true => n > 0 && (self.digits[n - 1] - b'0') % 2 == 1,
            false => self.digits[n] >= b'5',
        };
        if up {
            self.round_up(n)
        } else {
            self.round_down(n);
            self
        }
    }

    fn round_up(mut self, n: usize) -> Decimal {
        self.digits.truncate(n);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        match self.digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                self.digits.push(b'1');
                self.point += 1;
            }
        }
        self
    }

    fn round_down(&mut self, n: usize) {
        self.digits.truncate(n);
        trim(&mut self.digits);
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// Without exponent, with as many places as there are digits.
    pub fn plain(&self) -> String {
        let places = (self.digits.len() as i64 - self.point).max(0);
        self.fixed(places as usize)
    }

    /// Without exponent, with just `places` digits after the point. Round first.
    pub fn fixed(&self, places: usize) -> String {
        let mut text = String::new();
        if self.negative {
            text.push('-');
        }
        let digit = |n: i64| match usize::try_from(n) {
            Ok(n) => char::from(self.at(n)),
            Err(_) => '0',
        };
        match self.point {
            ..=0 => text.push('0'),
            point => text.extend((0..point).map(digit)),
        }
        if places > 0 {
            text.push('.');
            text.extend((0..places as i64).map(|n| digit(self.point + n)));
        }
        text
    }
}

fn trim(digits: &mut Vec<u8>) {
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
}

/// The first place at which rounding stays between the halves of the distances to the neighbours:
/// Go's method, digit for digit.
fn shortest(float: &Float) -> Decimal {
    let mut exact = Decimal::exact(&float.mantissa, float.exponent);
    if float.mantissa.is_zero() {
        return exact;
    }
    // One bit more than the precision, so that one is half of the distance to the next number.
    let shift = i64::from(float.precision) + 1 - float.mantissa.bits() as i64;
    let mantissa = &float.mantissa << shift.max(0) as usize;
    let exponent = float.exponent - shift;
    let lower = Decimal::exact(&(&mantissa - 1u32), exponent);
    let upper = Decimal::exact(&(&mantissa + 1u32), exponent);
    let inclusive = !mantissa.bit(1);
    for n in 0..exact.digits.len() {
        let (low, digit, high) = (lower.at(n), exact.digits[n], upper.at(n));
        let down = low != digit || inclusive && n + 1 == lower.digits.len();
        let up = digit != high && (inclusive || digit + 1 < high || n + 1 < upper.digits.len());
        match (down, up) {
            (true, true) => return exact.round(n + 1),
            (true, false) => {
                exact.round_down(n + 1);
                return exact;
            }
            (false, true) => return exact.round_up(n + 1),
            (false, false) => {}
        }
    }
    exact
}
