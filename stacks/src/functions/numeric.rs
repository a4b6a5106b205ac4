//! Numbers: `abs`, `ceil`, `floor`, `log`, `max`, `min`, `parseint`, `pow`, `signum`.

mod power;

use std::cmp::Ordering;

use model::{Kind, Number, Type, Value};
use num_bigint::BigInt;

use super::args::{double, int, number, quote, text};
use super::{Failure, Function, Param, Returns, Site, Takes};

const NUMBER: Returns = Returns::Known(Takes::Number);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "abs",
        "The magnitude of a number, without its sign.",
        &[Param::number("num")],
        NUMBER,
        |args, _| Ok(Value::number(number(&args[0]).abs())),
    ),
    Function::new(
        "ceil",
        "The smallest whole number that is not below a number.",
        &[Param::number("num")],
        NUMBER,
        |args, _| Ok(Value::number(number(&args[0]).ceil())),
    ),
    Function::new(
        "floor",
        "The largest whole number that is not above a number.",
        &[Param::number("num")],
        NUMBER,
        |args, _| Ok(Value::number(number(&args[0]).floor())),
    ),
    Function::new(
        "log",
        "The logarithm of a number to a base.",
        &[Param::number("num"), Param::number("base")],
        NUMBER,
        log,
    ),
    Function {
        rest: Some(Param::number("numbers")),
        ..Function::new("max", "The largest of the given numbers.", &[], NUMBER, |args, _| {
            extreme(args, Ordering::Greater)
        })
    },
    Function {
        rest: Some(Param::number("numbers")),
        ..Function::new("min", "The smallest of the given numbers.", &[], NUMBER, |args, _| {
            extreme(args, Ordering::Less)
        })
    },
    Function::new(
        "parseint",
        "The whole number that a text is in a base from 2 to 62.",
        &[Param::any("number"), Param::number("base")],
        Returns::Of(parseint_type),
        parseint,
    ),
    Function::new(
        "pow",
        "A number raised to a power.",
        &[Param::number("num"), Param::number("power")],
        NUMBER,
        pow,
    ),
    Function::new(
        "signum",
        "-1, 0 or 1: the sign of a whole number.",
        &[Param::number("num")],
        NUMBER,
        |args, _| Ok(int(&args[0])?.signum().into()),
    ),
];

fn log(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    float(power::log(double(&args[0])?) / power::log(double(&args[1])?))
}

fn pow(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    float(power::pow(double(&args[0])?, double(&args[1])?))
}

fn float(it: f64) -> Result<Value, Failure> {
    let number = Number::from_f64(it).ok_or_else(|| Failure::new("the result is not a number"))?;
    Ok(Value::number(number))
}

fn extreme(args: &[Value], wanted: Ordering) -> Result<Value, Failure> {
    let mut best: Option<Number> = None;
    for it in args.iter().map(number) {
        if best.as_ref().is_none_or(|best| it.cmp(best) == wanted) {
            best = Some(it);
        }
    }
    best.map(Value::number).ok_or_else(|| Failure::new("must pass at least one number"))
}

fn parseint_type(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::String | Type::Any => Ok(Type::Number),
        other => {
            let other = other.friendly();
            Err(Failure::argument(0, format!("first argument must be a string, not {other}")))
        }
    }
}

fn parseint(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    parseint_type(args)?;
    let base = int(&args[1]).map_err(|it| it.at(1))?;
    let Some(base) = u32::try_from(base).ok().filter(|it| (2..=62).contains(it)) else {
        let message = "base must be a whole number between 2 and 62 inclusive";
        return Err(Failure::argument(1, message));
    };
    let given = text(&args[0]);
    let parsed = parse_digits(given, base).ok_or_else(|| {
        let given = quote(given);
        Failure::argument(0, format!("cannot parse {given} as a base {base} integer"))
    })?;
    Ok(Kind::Number(parsed.into()).into())
}

/// Digits are 0-9, a-z and, in bases above 36, A-Z; up to 36 case does not matter.
fn parse_digits(text: &str, base: u32) -> Option<BigInt> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 100_000 {
        return None;
    }
    let digits = digits.bytes().map(|it| {
        let digit = match it {
            b'0'..=b'9' => it - b'0',
            b'a'..=b'z' => it - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => it - b'A' + 10,
            b'A'..=b'Z' => it - b'A' + 36,
            _ => return None,
        };
        (u32::from(digit) < base).then_some(digit)
    });
    let digits = digits.collect::<Option<Vec<u8>>>()?;
    let sign = if text.starts_with('-') { num_bigint::Sign::Minus } else { num_bigint::Sign::Plus };
    BigInt::from_radix_be(sign, &digits, base)
}
