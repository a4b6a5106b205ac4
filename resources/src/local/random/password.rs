//! `random_password`: a random secret.

use model::{Attributes, Map, Object, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::keepers::Keepers;
use crate::local::random::chars;
use crate::local::{Local, out};
use crate::resource::Result;

/// A random secret. It is in the state, and never shown.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("random_password", version = 3)]
pub(crate) struct RandomPassword {
    /// When one of these changes, a new secret is made.
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
    /// The secret.
    result: Out<Secret<String>>,
    /// What bcrypt makes of the secret. Of a long one it takes the first 72 bytes.
    bcrypt_hash: Out<Secret<String>>,
    /// Always `none`.
    id: Out<String>,
}

/// How much work bcrypt does: 2 to the power of this.
const COST: u32 = 10;
/// What bcrypt looks at.
const HASHED: usize = 72;

fn hashed(text: &str) -> Result<Out<Secret<String>>> {
    let seen = &text.as_bytes()[..text.len().min(HASHED)];
    let parts = bcrypt::hash_with_result(seen, COST);
    let parts = parts.map_err(|it| rejected("bcrypt", "NotHashed", it.to_string()))?;
    Ok(Out(Some(Secret(parts.format_for_version(bcrypt::Version::TwoA)))))
}

impl Local for RandomPassword {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let kinds = [
            (want.upper, want.min_upper),
            (want.lower, want.min_lower),
            (want.numeric && want.number, want.min_numeric),
            (want.special, want.min_special),
        ];
        let text = chars::text(want.length, kinds, want.override_special.as_ref())?;
        let bcrypt_hash = hashed(&text)?;
        Ok(RandomPassword { result: Out(Some(Secret(text))), bcrypt_hash, id: out("none"), ..want })
    }

    /// The hash is younger than the type.
    fn read(have: Self) -> Result<Option<Self>> {
        match (&have.bcrypt_hash.0, &have.result.0) {
            (None, Some(text)) => {
                Ok(Some(RandomPassword { bcrypt_hash: hashed(&text.0)?, ..have.clone() }))
            }
            _ => Ok(Some(have)),
        }
    }

    /// The secret.
    fn import(text: &str) -> Result<Self> {
        Ok(RandomPassword {
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
            result: Out(Some(Secret(text.to_owned()))),
            bcrypt_hash: hashed(text)?,
            id: out("none"),
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
    use model::ResourceType;
    use serde_json::json;

    use super::*;
    use crate::local::Kept;

    #[test]
    fn the_hash_is_one_of_the_secret() {
        let it = RandomPassword::import("a long secret").unwrap();
        let hash = it.bcrypt_hash.0.as_ref().unwrap();
        assert!(hash.0.starts_with("$2a$10$"));
        assert!(bcrypt::verify("a long secret", &hash.0).unwrap());
        assert!(!format!("{it:?}").contains("secret\""), "{it:?}");
        let it = RandomPassword { length: 100, ..it };
        let it = RandomPassword::create(it, "t").unwrap();
        assert_eq!(it.result.0.unwrap().0.len(), 100);
        assert_eq!(it.id, out("none"));
    }

    #[tokio::test]
    async fn an_object_of_a_state_of_long_ago_is_read() {
        let ty = Kept::<RandomPassword>::new();
        let old = json!({
            "id": "none", "keepers": null, "length": 3, "lower": null, "min_lower": null,
            "number": false, "override_special": "", "result": "abc", "special": null,
        });
        let old: Object = serde_json::from_value(old).unwrap();
        let ids = [ty.id(&old).unwrap()];
        let now = ty.read(&ids).await.unwrap().remove(0).attributes;
        assert_eq!((&now["lower"], &now["numeric"]), (&json!(true), &json!(false)));
        assert_eq!((&now["min_lower"], &now["result"]), (&json!(0), &json!("abc")));
    }

    #[test]
    fn a_secret_of_an_old_provider_gets_its_hash() {
        let it = RandomPassword::import("x").unwrap();
        let old = RandomPassword { bcrypt_hash: Out(None), ..it };
        let it = RandomPassword::read(old).unwrap().unwrap();
        assert!(bcrypt::verify("x", &it.bcrypt_hash.0.unwrap().0).unwrap());
    }
}
