//! `random_shuffle`: texts in a random order.

use model::{Attributes, Out};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::random::{import_fault, numbers};
use crate::local::{Local, out};
use crate::resource::Result;

/// Texts in a random order, or some of them.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_shuffle")]
pub(crate) struct RandomShuffle {
    /// When one of these changes, a new order is chosen.
    #[attr(replace)]
    keepers: Keepers,
    /// A text from which the order follows: the same each time. Another program chooses another.
    #[attr(replace)]
    seed: Option<String>,
    /// The texts.
    #[attr(replace, required)]
    input: Vec<String>,
    /// How many texts to give; by default all. If there are not as many, they are repeated.
    #[attr(replace)]
    result_count: Option<i64>,
    /// The texts in their new order.
    result: Out<Vec<String>>,
    /// Always `-`.
    id: Out<String>,
}

impl Local for RandomShuffle {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let mut numbers = numbers(want.seed.as_ref());
        let asked = want.result_count.and_then(|it| usize::try_from(it).ok());
        let count = asked.filter(|it| *it > 0).unwrap_or(want.input.len());
        let mut result = Vec::new();
        while result.len() < count && !want.input.is_empty() {
            let mut round = want.input.clone();
            round.shuffle(&mut numbers);
            result.extend(round);
        }
        result.truncate(count);
        Ok(RandomShuffle { result: Out(Some(result)), id: out("-"), ..want })
    }

    fn import(_text: &str) -> Result<Self> {
        Err(import_fault("an order cannot be imported"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffled(input: &[&str], result_count: Option<i64>) -> Vec<String> {
        let want = RandomShuffle {
            keepers: Keepers::default(),
            seed: None,
            input: input.iter().map(|it| (*it).to_owned()).collect(),
            result_count,
            result: Out(None),
            id: Out(None),
        };
        RandomShuffle::create(want, "t").unwrap().result.0.unwrap()
    }

    #[test]
    fn every_text_is_given_as_often_as_the_others() {
        let mut all = shuffled(&["a", "b", "c"], None);
        all.sort();
        assert_eq!(all, ["a", "b", "c"]);
        assert_eq!(shuffled(&["a", "b", "c"], Some(2)).len(), 2);
        let mut twice = shuffled(&["a", "b"], Some(4));
        twice.sort();
        assert_eq!(twice, ["a", "a", "b", "b"]);
        assert_eq!(shuffled(&[], Some(4)), [""; 0]);
    }
}
