//! `random_string`: a random text that is no secret.

use model::{Attributes, Map, Object, Out};
use serde::{Deserialize, Serialize};

use crate::local::keepers::Keepers;
use crate::local::random::chars;
use crate::local::{Local, out};
use crate::resource::Result;

/// A random text that is no secret. For secrets there is `random_password`.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_string", version = 2)]
pub(crate) struct RandomString {
    /// When one of these changes, a new text is made.
    #[attr(replace)]
    keepers: Keepers,
    /// How long it is.
    #[attr(replace)]
    length: i64,
    /// Whether there may be capital letters.
    #[attr(replace, default = true)]
    upper: bool,
    /// How many capital letters there are at least.
    #[attr(replace, default = 0)]
    min_upper: i64,
    /// Whether there may be small letters.
    #[attr(replace, default = true)]
    lower: bool,
    /// How many small letters there are at least.
    #[attr(replace, default = 0)]
    min_lower: i64,
    /// Whether there may be digits.
    #[attr(replace, default = true)]
    numeric: bool,
    /// The old name of `numeric`.
    #[attr(replace, default = true)]
    number: bool,
    /// How many digits there are at least.
    #[attr(replace, default = 0)]
    min_numeric: i64,
    /// Whether there may be special letters: `!@#$%&*()-_=+[]{}<>:?`.
    #[attr(replace, default = true)]
    special: bool,
    /// How many special letters there are at least.
    #[attr(replace, default = 0)]
    min_special: i64,
    /// Other special letters to choose from.
    #[attr(replace)]
    override_special: Option<String>,
    /// The text.
    result: Out<String>,
    /// The text.
    id: Out<String>,
}

impl Local for RandomString {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let kinds = [
            (want.upper, want.min_upper),
            (want.lower, want.min_lower),
            (want.numeric && want.number, want.min_numeric),
            (want.special, want.min_special),
        ];
        let text = chars::text(want.length, kinds, want.override_special.as_ref())?;
        Ok(RandomString { result: out(text.clone()), id: out(text), ..want })
    }

    /// The text.
    fn import(text: &str) -> Result<Self> {
        Ok(RandomString {
            keepers: Keepers::default(),
            length: text.len() as i64,
            upper: true,
            min_upper: 0,
            lower: true,
            min_lower: 0,
            numeric: true,
            number: true,
            min_numeric: 0,
            special: true,
            min_special: 0,
            override_special: None,
            result: out(text),
            id: out(text),
        })
    }

    fn adjust(_prior: Option<&Map>, planned: &mut Map) {
        chars::agree(planned);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        chars::check(given)
    }

    fn upgrade(object: &mut Object) {
        chars::upgrade(object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_as_it_is() {
        let it = RandomString::import("test").unwrap();
        assert_eq!((it.length, &it.result, &it.id), (4, &out("test"), &out("test")));
        let it = RandomString { length: 30, special: false, numeric: false, ..it };
        let it = RandomString::create(it, "t").unwrap().result.0.unwrap();
        assert!(it.len() == 30 && it.chars().all(|it| it.is_ascii_alphabetic()), "{it}");
    }
}
