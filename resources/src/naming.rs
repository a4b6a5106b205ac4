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
    fn only_made_names_have_a_prefix() {
        assert_eq!(prefix_of("web-20250101120000123400000001").as_deref(), Some("web-"));
        assert_eq!(prefix_of("a-service-with-a-long-name-of-its-own"), None);
        assert_eq!(prefix_of("web"), None);
    }
}
