//! What `random_string` and `random_password` share: the letters to choose from.

use model::{Map, Object, Type, Value};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::json;

use crate::fault::rejected;
use crate::local::random::{at_least, numbers};
use crate::resource::Result;

const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const SPECIAL: &str = "!@#$%&*()-_=+[]{}<>:?";

/// One kind of letters: whether any may occur, and how many must.
pub(super) struct Kind<'a> {
    pub letters: &'a str,
    pub allowed: bool,
    pub least: i64,
}

/// A random text. `special` replaces the usual special letters if it is given.
pub(super) fn text(
    length: i64,
    [upper, lower, digits, special]: [(bool, i64); 4],
    own: Option<&String>,
) -> Result<String> {
    let kind = |letters, (allowed, least)| Kind { letters, allowed, least };
    let own = own.map_or(SPECIAL, String::as_str);
    chosen(
        length,
        &[kind(UPPER, upper), kind(LOWER, lower), kind(DIGITS, digits), kind(own, special)],
    )
}

fn chosen(length: i64, kinds: &[Kind<'_>]) -> Result<String> {
    let wrong = |text: &str| rejected("random", "InvalidLength", text);
    let mut numbers: StdRng = numbers(None);
    let (mut text, mut all) = (Vec::new(), Vec::new());
    for it in kinds {
        let letters: Vec<char> = it.letters.chars().collect();
        for _ in 0..it.least {
            let letter = letters.choose(&mut numbers);
            text.push(*letter.ok_or_else(|| wrong("`override_special` has no letter"))?);
        }
        if it.allowed {
            all.extend(letters);
        }
    }
    let length = usize::try_from(length).unwrap_or_default();
    if text.len() > length {
        return Err(wrong("`length` is less than the letters that there must be"));
    }
    while text.len() < length {
        let letter = all.choose(&mut numbers);
        text.push(*letter.ok_or_else(|| wrong("no kind of letter is allowed"))?);
    }
    text.shuffle(&mut numbers);
    Ok(text.into_iter().collect())
}

/// `number` is the old name of `numeric`: what one of them says goes for both.
pub(super) fn agree(planned: &mut Map) {
    const NAMES: [&str; 2] = ["number", "numeric"];
    let given = |it: &'static str| planned.get(it).cloned();
    let both: Vec<Value> = NAMES.into_iter().filter_map(given).collect();
    let said = match both.iter().find(|it| it.as_bool() == Some(false)) {
        Some(no) => no.clone(),
        None if both.iter().all(Value::is_known) => true.into(),
        None => Value::unknown(Type::Bool),
    };
    for name in NAMES {
        planned.insert(name.into(), said.clone());
    }
}

/// Old providers left out the length after an import, and did not know `numeric`.
pub(super) fn upgrade(object: &mut Object) {
    let absent = |object: &Object, name: &str| object.get(name).is_none_or(|it| it.is_null());
    if absent(object, "numeric") {
        let number = object.get("number").cloned().unwrap_or_default();
        object.insert("numeric".to_owned(), number);
    }
    if absent(object, "length") {
        let result = object.get("result").and_then(|it| it.as_str()).unwrap_or_default();
        object.insert("length".to_owned(), json!(result.len()));
    }
}

/// What must hold for the arguments.
pub(super) fn check(given: &Map) -> Vec<(&'static str, String)> {
    at_least(given, "length", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str, of: &str) -> usize {
        text.chars().filter(|it| of.contains(*it)).count()
    }

    #[test]
    fn there_are_as_many_of_each_kind_as_there_must_be() {
        let it = text(10, [(true, 3), (false, 2), (false, 4), (false, 1)], None).unwrap();
        assert_eq!(count(&it, DIGITS), 4);
        assert_eq!(count(&it, LOWER), 2);
        assert_eq!(count(&it, SPECIAL), 1);
        assert_eq!(count(&it, UPPER), 3);
        let own = "_%".to_owned();
        let it = text(50, [(false, 0), (false, 0), (false, 0), (true, 0)], Some(&own)).unwrap();
        assert_eq!(count(&it, "_%"), 50);
        assert!(text(1, [(true, 1), (true, 1), (true, 0), (true, 0)], None).is_err());
        assert!(text(1, [(false, 0), (false, 0), (false, 0), (false, 0)], None).is_err());
    }

    #[test]
    fn the_old_name_says_the_same_as_the_new() {
        let said = |number: Value, numeric: Value| {
            let mut it = Map::from([("number".into(), number), ("numeric".into(), numeric)]);
            agree(&mut it);
            assert_eq!(it["number"], it["numeric"]);
            it["numeric"].as_bool()
        };
        assert_eq!(said(true.into(), true.into()), Some(true));
        assert_eq!(said(true.into(), false.into()), Some(false));
        assert_eq!(said(false.into(), true.into()), Some(false));
        assert_eq!(said(true.into(), Value::unknown(Type::Bool)), None);
    }

    #[test]
    fn an_object_of_an_old_provider_is_completed() {
        let mut it = Object::from([
            ("result".to_owned(), json!("abc")),
            ("number".to_owned(), json!(false)),
            ("length".to_owned(), json!(null)),
        ]);
        upgrade(&mut it);
        assert_eq!(it["numeric"], json!(false));
        assert_eq!(it["length"], json!(3));
    }
}
