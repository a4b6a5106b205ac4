//! `random_id`: a random number in several notations.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use model::{Attributes, Map, Out};
use num_bigint::BigUint;
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::local::checksums::hex;
use crate::local::keepers::Keepers;
use crate::local::random::{at_least, import_fault, numbers};
use crate::local::{Local, out};
use crate::resource::Result;

/// A random number, as part of names that must be unique.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_id")]
pub(crate) struct RandomId {
    /// How many random bytes, at least 1.
    #[attr(replace)]
    byte_length: i64,
    /// When one of these changes, a new number is made.
    #[attr(replace)]
    keepers: Keepers,
    /// A text that stands before the number in each notation.
    #[attr(replace)]
    prefix: Option<String>,
    /// The number in base 64, with the letters of URLs.
    b64_url: Out<String>,
    /// The number in base 64.
    b64_std: Out<String>,
    /// The number in hexadecimal digits, two for each byte.
    hex: Out<String>,
    /// The number in decimal digits.
    dec: Out<String>,
    /// The number in base 64, with the letters of URLs and without the prefix.
    id: Out<String>,
}

impl RandomId {
    fn with(self, bytes: &[u8]) -> RandomId {
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let shown = |text: String| out(format!("{prefix}{text}"));
        RandomId {
            b64_url: shown(URL_SAFE_NO_PAD.encode(bytes)),
            b64_std: shown(STANDARD.encode(bytes)),
            hex: shown(hex(bytes)),
            dec: shown(BigUint::from_bytes_be(bytes).to_string()),
            id: out(URL_SAFE_NO_PAD.encode(bytes)),
            ..self
        }
    }
}

impl Local for RandomId {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let mut bytes = vec![0; usize::try_from(want.byte_length).unwrap_or_default()];
        numbers(None).fill_bytes(&mut bytes);
        Ok(want.with(&bytes))
    }

    /// The number in base 64, maybe after a prefix and a comma.
    fn import(text: &str) -> Result<Self> {
        let (prefix, id) = match text.rsplit_once(',') {
            Some((prefix, id)) => (Some(prefix.to_owned()), id),
            None => (None, text),
        };
        let bytes = URL_SAFE_NO_PAD.decode(id);
        let bytes = bytes.map_err(|error| import_fault(format!("{text:?}: {error}")))?;
        let blank = RandomId {
            byte_length: bytes.len() as i64,
            keepers: Keepers::default(),
            prefix: prefix.filter(|it| !it.is_empty()),
            b64_url: Out(None),
            b64_std: Out(None),
            hex: Out(None),
            dec: Out(None),
            id: Out(None),
        };
        Ok(blank.with(&bytes))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        at_least(given, "byte_length", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_many_notations() {
        let it = RandomId::import("app-,-_0BAg").unwrap();
        assert_eq!(it.byte_length, 4);
        assert_eq!(it.b64_url, out("app--_0BAg"));
        assert_eq!(it.b64_std, out("app-+/0BAg=="));
        assert_eq!(it.hex, out("app-fbfd0102"));
        assert_eq!(it.dec, out("app-4227662082"));
        assert_eq!(it.id, out("-_0BAg"));
    }

    #[test]
    fn a_new_number_has_as_many_bytes_as_asked_for() {
        let blank = RandomId::import("AAAA").unwrap();
        let it = RandomId::create(RandomId { byte_length: 16, ..blank }, "t").unwrap();
        assert_eq!(it.hex.0.unwrap().len(), 32);
    }
}
