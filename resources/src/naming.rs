//! Names that nobody chose. They follow from the intent, so that trying it again gives the same.

pub(crate) mod limits;

use model::{Auto, Map, Value};
use uuid::Uuid;

/// The name to create an object with: the one given, or a unique one that begins with `prefix`.
pub(crate) fn name_or_unique(name: &Auto<String>, prefix: &Auto<String>, token: &str) -> String {
    let given = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
    given(name).unwrap_or_else(|| unique(&given(prefix).unwrap_or("terraform-".to_owned()), token))
}

/// A text that a planned object has, if it is known and not empty.
pub(crate) fn known<'a>(planned: &'a Map, name: &str) -> Option<&'a str> {
    planned.get(name).and_then(Value::as_str).filter(|it| !it.is_empty())
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

/// The same for queues and topics: a name made for one that keeps its order ends in `.fifo`.
pub(crate) fn fifo_name(
    name: &Auto<String>,
    prefix: &Auto<String>,
    fifo: bool,
    token: &str,
) -> String {
    let made = name_or_unique(name, prefix, token);
    let given = name.0.as_ref().is_some_and(|it| !it.is_empty());
    if fifo && !given { made + FIFO } else { made }
}

/// The prefix of a name that [`fifo_name`] or the AWS provider has made.
pub(crate) fn fifo_prefix_of(name: &str) -> Option<String> {
    prefix_of(name.strip_suffix(FIFO).unwrap_or(name))
}

const FIFO: &str = ".fifo";

/// What is wrong with a queue or topic that keeps its order, or does not, as `switch` says.
pub(crate) fn check_fifo(given: &Map, switch: &str) -> Vec<(&'static str, String)> {
    if given.get(switch).is_some_and(|it| !it.is_known()) {
        return Vec::new();
    }
    let known = |name: &str| given.get(name).filter(|it| it.is_known() && !it.is_null());
    let on = |name: &str| known(name).and_then(Value::as_bool);
    let mut wrong = Vec::new();
    let fifo = on(switch).unwrap_or(false);
    if let Some(name) = known("name").and_then(Value::as_str)
        && name.ends_with(FIFO) != fifo
    {
        let text = match fifo {
            true => format!("with `{switch}` it must end in `{FIFO}`"),
            false => format!("a name that ends in `{FIFO}` needs `{switch} = true`"),
        };
        wrong.push(("name", text));
    }
    if on("content_based_deduplication") == Some(true) && !fifo {
        let text = format!("it needs `{switch} = true`");
        wrong.push(("content_based_deduplication", text));
    }
    wrong
}

/// A UUID that follows from the intent.
pub(crate) fn uuid_of(token: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, token.as_bytes()).to_string()
}

/// When an intent was made, in seconds since 1970. None if its token does not tell.
pub(crate) fn moment_of(token: &str) -> Option<i64> {
    let token = Uuid::parse_str(token).ok().filter(|it| it.get_version_num() == 7)?;
    i64::try_from((token.as_u128() >> 80) / 1000).ok()
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
    fn a_token_tells_when_its_intent_was_made() {
        assert_eq!(moment_of("01890a5d-ac96-774b-bcce-b302099a8057"), Some(1_688_096_058));
        assert_eq!(moment_of("b5e7a8f0-3f0e-4c7a-9d0e-0a1b2c3d4e5f"), None);
        assert_eq!(moment_of("token"), None);
    }

    #[test]
    fn hashes_are_those_of_the_aws_provider() {
        assert_eq!(hash_of("123456789"), 0xCBF4_3926);
        assert_eq!(hash_of("0.0.0.0/0"), 1_080_289_494);
    }

    #[test]
    fn names_of_what_keeps_its_order_have_an_ending() {
        let prefix = Auto(Some("jobs-".to_owned()));
        let name = fifo_name(&Auto(None), &prefix, true, "intent-1");
        assert!(name.starts_with("jobs-") && name.ends_with(".fifo"));
        assert_eq!(fifo_prefix_of(&name).as_deref(), Some("jobs-"));
        assert_eq!(fifo_name(&Auto(Some("a.fifo".to_owned())), &prefix, true, "x"), "a.fifo");

        let wrong = |name: &str, fifo: bool| {
            let given = Map::from([("name".into(), name.into()), ("fifo".into(), fifo.into())]);
            check_fifo(&given, "fifo").into_iter().map(|it| it.1).collect::<String>()
        };
        assert_eq!(wrong("a", true), "with `fifo` it must end in `.fifo`");
        assert_eq!(wrong("a.fifo", false), "a name that ends in `.fifo` needs `fifo = true`");
        assert_eq!(wrong("a.fifo", true) + &wrong("a", false), "");
    }

    #[test]
    fn only_made_names_have_a_prefix() {
        assert_eq!(prefix_of("web-20250101120000123400000001").as_deref(), Some("web-"));
        assert_eq!(prefix_of("a-service-with-a-long-name-of-its-own"), None);
        assert_eq!(prefix_of("web"), None);
    }
}
