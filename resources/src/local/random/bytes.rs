//! `random_bytes`: a secret of random bytes, such as a key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Map, Out, Secret};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::local::Local;
use crate::local::checksums;
use crate::local::keepers::Keepers;
use crate::local::random::{at_least, import_fault, numbers};
use crate::resource::Result;

/// A secret of random bytes, such as a key.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_bytes")]
pub(crate) struct RandomBytes {
    /// How many bytes, at least 1.
    #[attr(replace)]
    length: i64,
    /// When one of these changes, new bytes are made.
    #[attr(replace)]
    keepers: Keepers,
    /// The bytes in base 64.
    base64: Out<Secret<String>>,
    /// The bytes in hexadecimal digits.
    hex: Out<Secret<String>>,
}

impl RandomBytes {
    fn of(bytes: &[u8], keepers: Keepers) -> RandomBytes {
        RandomBytes {
            length: bytes.len() as i64,
            keepers,
            base64: Out(Some(Secret(STANDARD.encode(bytes)))),
            hex: Out(Some(Secret(checksums::hex(bytes)))),
        }
    }
}

impl Local for RandomBytes {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let mut bytes = vec![0; usize::try_from(want.length).unwrap_or_default()];
        numbers(None).fill_bytes(&mut bytes);
        Ok(RandomBytes::of(&bytes, want.keepers))
    }

    /// The bytes in base 64.
    fn import(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text);
        let bytes = bytes.map_err(|_| import_fault("the bytes to import are not in base 64"))?;
        Ok(RandomBytes::of(&bytes, Keepers::default()))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        at_least(given, "length", 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_two_notations() {
        let it = RandomBytes::import("8/fu3w==").unwrap();
        assert_eq!(it.length, 4);
        assert_eq!(it.hex, Out(Some(Secret("f3f7eedf".to_owned()))));
        assert_eq!(format!("{:?}", it.base64), "Out(Some((secret)))");
    }
}
