//! `random_pet`: a name that people can remember.

use model::{Attributes, Out};
use petname::Petnames;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::random::{import_fault, numbers};
use crate::local::{Local, out};
use crate::resource::Result;

/// A name that people can remember, as part of names that must be unique.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_pet")]
pub(crate) struct RandomPet {
    /// When one of these changes, a new name is made.
    #[attr(replace)]
    keepers: Keepers,
    /// How many words it has.
    #[attr(replace, default = 2)]
    length: i64,
    /// A text before the words.
    #[attr(replace)]
    prefix: Option<String>,
    /// What stands between the words.
    #[attr(replace, default = "-")]
    separator: String,
    /// The name.
    id: Out<String>,
}

impl Local for RandomPet {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let (words, mut numbers) = (Petnames::default(), numbers(None));
        let mut choose = |of: &[&'static str]| of.choose(&mut numbers).copied().unwrap_or_default();
        let length = usize::try_from(want.length).unwrap_or_default();
        // A noun, before it an adjective, before that as many adverbs as are left.
        let name: Vec<&str> = (0..length)
            .map(|at| match length - at {
                1 => choose(&words.nouns),
                2 => choose(&words.adjectives),
                _ => choose(&words.adverbs),
            })
            .collect();
        let prefix = want.prefix.as_deref();
        let words: Vec<&str> = prefix.into_iter().chain(name).collect();
        Ok(RandomPet { id: out(words.join(&want.separator)), ..want })
    }

    fn import(_text: &str) -> Result<Self> {
        Err(import_fault("a name of random words cannot be imported"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_as_many_words_as_asked_for() {
        let want = RandomPet {
            keepers: Keepers::default(),
            length: 4,
            prefix: Some("web".to_owned()),
            separator: "_".to_owned(),
            id: Out(None),
        };
        let id = RandomPet::create(want.clone(), "t").unwrap().id.0.unwrap();
        assert!(id.starts_with("web_"), "{id}");
        assert_eq!(id.split('_').count(), 5);
        let one = RandomPet { length: 1, prefix: None, ..want };
        assert!(!RandomPet::create(one, "t").unwrap().id.0.unwrap().contains('_'));
    }
}
