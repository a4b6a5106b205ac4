//! Names that nobody chose. They follow from the intent, so that trying it again gives the same.

use model::Auto;
use uuid::Uuid;

/// The name to create an object with: the one given, or a unique one that begins with `prefix`.
pub(crate) fn name_or_unique(name: &Auto<String>, prefix: &Auto<String>, token: &str) -> String {
    let given = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
    given(name).unwrap_or_else(|| unique(&given(prefix).unwrap_or("terraform-".to_owned()), token))
}

/// `prefix` and 26 characters of the form the AWS provider gives such names.
pub(crate) fn unique(prefix: &str, token: &str) -> String {
    let bits = Uuid::new_v5(&Uuid::NAMESPACE_OID, token.as_bytes()).as_u128();
    let (digits, hex) = ((bits >> 32) % 10_u128.pow(18), bits as u32);
    format!("{prefix}{digits:018}{hex:08x}")
}

/// The prefix of a name that [`unique`] or the AWS provider has made. None for any other name.
pub(crate) fn prefix_of(name: &str) -> Option<String> {
    let cut = name.len().checked_sub(26).filter(|it| name.is_char_boundary(*it))?;
    let (prefix, rest) = name.split_at(cut);
    let hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let made = rest.chars().take(18).all(|c| c.is_ascii_digit()) && rest.chars().all(hex);
    (made && !prefix.is_empty()).then(|| prefix.to_owned())
}

/// A UUID that follows from the intent.
pub(crate) fn uuid_of(token: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, token.as_bytes()).to_string()
}

/// The number that the AWS provider makes of a text, for ids that no service gives: its CRC-32.
pub(crate) fn hash_of(text: &str) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    let byte = |crc: u32, it: u8| (0..8).fold(crc ^ u32::from(it), step);
    !text.bytes().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_intent_gives_the_same_name() {
        let name = unique("web-", "intent-1");
        assert_eq!(name, unique("web-", "intent-1"));
        assert_ne!(name, unique("web-", "intent-2"));
        assert_eq!(prefix_of(&name).as_deref(), Some("web-"));
    }

    #[test]
    fn hashes_are_those_of_the_aws_provider() {
        assert_eq!(hash_of("123456789"), 0xCBF4_3926);
        assert_eq!(hash_of("0.0.0.0/0"), 1_080_289_494);
    }

    #[test]
    fn only_made_names_have_a_prefix() {
        assert_eq!(prefix_of("web-20250101120000123400000001").as_deref(), Some("web-"));
        assert_eq!(prefix_of("a-service-with-a-long-name-of-its-own"), None);
        assert_eq!(prefix_of("web"), None);
    }
}
