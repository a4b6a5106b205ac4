//! A table of operations and what Terraform prints for them.

use std::collections::hash_map::DefaultHasher;

use super::*;

/// A value in parentheses is an operation itself; `int` and `double` are numbers made of those.
fn value(text: &str) -> Option<Number> {
    let text = text.trim();
    let Some((op, rest)) = text.split_once(' ') else { return text.parse().ok() };
    let args = operands(rest);
    let one = || value(&args[0]);
    let two = |op: fn(&Number, &Number) -> Option<Number>| op(&value(&args[0])?, &value(&args[1])?);
    match op {
        "parse" => rest.trim_matches('"').parse().ok(),
        "int" => Some(rest.parse::<BigInt>().unwrap().into()),
        "double" => Number::from_f64(rest.parse().unwrap()),
        "neg" => Some(one()?.neg()),
        "abs" => Some(one()?.abs()),
        "floor" => Some(one()?.floor()),
        "ceil" => Some(one()?.ceil()),
        "add" => two(Number::add),
        "sub" => two(Number::sub),
        "mul" => two(Number::mul),
        "div" => two(Number::div),
        "rem" => two(Number::rem),
        _ => panic!("no operation {op}"),
    }
}

fn operands(text: &str) -> Vec<String> {
    let (mut all, mut depth) = (vec![String::new()], 0);
    for it in text.chars() {
        let outermost = match it {
            '(' => depth == 0,
            ')' => depth == 1,
            _ => false,
        };
        match it {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        match it {
            ' ' if depth == 0 => all.push(String::new()),
            _ if outermost => {}
            _ => all.last_mut().unwrap().push(it),
        }
    }
    all
}

#[test]
fn numbers_are_terraforms() {
    let mut wrong = Vec::new();
    let mut n_cases = 0;
    for line in include_str!("table.txt").lines() {
        let (expr, want) = line.rsplit_once(" = ").unwrap();
        let have = value(expr).map_or("none".to_owned(), |it| it.to_string());
        n_cases += 1;
        if have != want {
            wrong.push(format!("{expr}\n  have {have}\n  want {want}"));
        }
    }
    assert!(n_cases > 150);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn hash(it: &Number) -> u64 {
    let mut state = DefaultHasher::new();
    it.hash(&mut state);
    state.finish()
}

#[test]
fn equal_numbers_hash_alike_whatever_their_precision() {
    let pairs = [
        (number("0"), number("-0")),
        (number("3"), Number::from(3)),
        (number("0.5"), Number::from_f64(0.5).unwrap()),
        (number("18446744073709551616"), Number::from(BigInt::from(1) << 64)),
    ];
    for (a, b) in &pairs {
        assert_eq!(a, b);
        assert_eq!(hash(a), hash(b));
    }
}

#[test]
fn order_is_by_value() {
    let texts = ["-inf", "-1e100", "-2", "-1.5", "0", "1e-100", "0.1", "1", "9e18", "1e19", "inf"];
    let mut all: Vec<Number> = texts.iter().rev().map(|it| number(it)).collect();
    all.sort();
    assert_eq!(all, texts.map(number));
}

#[test]
fn doubles_come_back() {
    let all = [0.1, -2.5, 1e308, f64::MIN_POSITIVE, 5e-324, 2.2e-310, f64::MAX, 123456789.125, 0.0];
    for it in all {
        assert_eq!(Number::from_f64(it).unwrap().to_f64(), it);
    }
    assert_eq!(number("1e400").to_f64(), f64::INFINITY);
    assert_eq!(number("-1e-400").to_f64(), 0.0);
    assert_eq!(number("0.1").to_f64(), 0.1);
    assert_eq!(number("2.4703282292062327e-324").to_f64(), 0.0);
    assert_eq!(number("2.4703282292062329e-324").to_f64(), 5e-324);
}

#[test]
fn integers_are_found() {
    assert_eq!(number("5.0").to_i64(), Some(5));
    assert_eq!(number("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(number("9223372036854775808").to_i64(), None);
    assert_eq!(number("1.5").to_i64(), None);
    assert_eq!(number("-7.9").to_bigint(), Some((-7).into()));
    assert_eq!(number("inf").to_bigint(), None);
    assert!(number("1e30").is_integer() && !number("0.5").is_integer());
}

#[test]
fn absurd_sizes_end() {
    assert_eq!("1e999999999999999999999".parse::<Number>(), Err(()));
    assert!("9".repeat(1_000_000).parse::<Number>().is_err());
    let mut it = number("1e1000");
    for _ in 0..40 {
        it = it.mul(&it).unwrap();
    }
    assert!(it.is_infinite());
    assert!(number("1e10000").to_string().len() == 10_001);
}
