//! `random_integer`: a random number of a range.

use model::{Attributes, Map, Number, Out};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::keepers::Keepers;
use crate::local::random::{import_fault, numbers};
use crate::local::{Local, out};
use crate::resource::Result;

/// A random number of a range.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_integer")]
pub(crate) struct RandomInteger {
    /// When one of these changes, a new number is chosen.
    #[attr(replace)]
    keepers: Keepers,
    /// The least number that may be chosen.
    #[attr(replace)]
    min: i64,
    /// The greatest number that may be chosen.
    #[attr(replace)]
    max: i64,
    /// A text from which the choice follows: the same each time. Another program chooses another.
    #[attr(replace)]
    seed: Option<String>,
    /// The number.
    result: Out<i64>,
    /// The number as a text.
    id: Out<String>,
}

const WRONG: &str = "must not be less than `min`";

impl Local for RandomInteger {
    fn create(want: Self, _token: &str) -> Result<Self> {
        if want.max < want.min {
            return Err(rejected("random_integer", "InvalidRange", format!("`max` {WRONG}")));
        }
        let chosen = numbers(want.seed.as_ref()).random_range(want.min..=want.max);
        Ok(RandomInteger { result: Out(Some(chosen)), id: out(chosen.to_string()), ..want })
    }

    /// `RESULT,MIN,MAX` or `RESULT,MIN,MAX,SEED`.
    fn import(text: &str) -> Result<Self> {
        let wrong =
            || import_fault(format!("{text:?} is not RESULT,MIN,MAX or RESULT,MIN,MAX,SEED"));
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        let parts: Vec<&str> = text.split(',').collect();
        let (result, min, max, seed) = match parts.as_slice() {
            [result, min, max] => (result, min, max, None),
            [result, min, max, seed] => (result, min, max, Some((*seed).to_owned())),
            _ => return Err(wrong()),
        };
        Ok(RandomInteger {
            keepers: Keepers::default(),
            min: number(min)?,
            max: number(max)?,
            seed,
            result: Out(Some(number(result)?)),
            id: out(*result),
        })
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let number = |name| given.get(name).and_then(|it| it.as_number()).and_then(Number::to_i64);
        match (number("min"), number("max")) {
            (Some(min), Some(max)) if max < min => vec![("max", WRONG.to_owned())],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_is_in_the_range_and_follows_from_a_seed() {
        let it = RandomInteger::import("15390,1,50000,seed").unwrap();
        assert_eq!(it.result, Out(Some(15390)));
        assert_eq!(it.seed.as_deref(), Some("seed"));
        let one = RandomInteger::create(it.clone(), "a").unwrap();
        assert_eq!(one, RandomInteger::create(it.clone(), "b").unwrap());
        let seven = RandomInteger { min: -7, max: -7, seed: None, ..it.clone() };
        assert_eq!(RandomInteger::create(seven, "c").unwrap().id, out("-7"));
        assert!(RandomInteger::create(RandomInteger { min: 2, max: 1, ..it }, "d").is_err());
        assert!(RandomInteger::import("1,2").is_err());
    }
}
