//! Reading arguments that the adapter has converted already, and making results.

use model::{Kind, Map, Number, Type, Value};
use num_bigint::BigInt;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::Failure;

/// The text of an argument of a string parameter.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The number of an argument of a number parameter.
pub(super) fn number(value: &Value) -> Number {
    value.as_number().cloned().unwrap_or_else(|| Number::from(0))
}

/// The elements of an argument that is a list, set or tuple.
pub(super) fn items(value: &Value) -> &[Value] {
    value.items().unwrap_or_default()
}

/// A number as a whole one of 64 bits.
pub(super) fn int(value: &Value) -> Result<i64, Failure> {
    number(value).to_i64().ok_or_else(|| {
        let (min, max) = (i64::MIN, i64::MAX);
        Failure::new(format!("value must be a whole number, between {min} and {max}"))
    })
}

/// A number as a whole one of any size.
pub(super) fn big_int(value: &Value) -> Result<BigInt, Failure> {
    let number = number(value);
    let whole = number.is_integer().then(|| number.to_bigint()).flatten();
    whole.ok_or_else(|| Failure::new("value must be a whole number"))
}

/// A number as a double.
pub(super) fn double(value: &Value) -> Result<f64, Failure> {
    let number = number(value);
    let near = number.to_f64();
    if near.is_infinite() && !number.is_infinite() {
        let max = f64::MAX;
        let message = format!("value must be between -{max:.6} and {max:.6} inclusive");
        return Err(Failure::new(message));
    }
    Ok(near)
}

/// A string value; like all strings of the language in normal form C.
pub(super) fn string(text: impl Into<String>) -> Value {
    let text = text.into();
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}

/// A list of strings.
pub(super) fn strings<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    Value::list(Type::String, texts.into_iter().map(string).collect())
}

/// Values with the type of the elements of `like`, a list or map type.
pub(super) fn element_type(ty: &Type) -> Type {
    match ty {
        Type::List(it) | Type::Set(it) | Type::Map(it) => (**it).clone(),
        _ => Type::Any,
    }
}

/// The entries of a map or object.
pub(super) fn entries(value: &Value) -> Map {
    value.entries().cloned().unwrap_or_default()
}

/// Whether it is not known how many elements a set has: unknown ones may turn out to be equal.
pub(super) fn is_open_set(value: &Value) -> bool {
    matches!(&value.kind, Kind::Set(_, items) if items.len() > 1) && !value.is_wholly_known()
}

/// Whether a value is a list, set or tuple.
pub(super) fn is_sequence(value: &Value) -> bool {
    matches!(value.kind, Kind::List(..) | Kind::Set(..) | Kind::Tuple(_))
}

/// Whether a text can be the name of a variable.
pub(super) fn is_identifier(text: &str) -> bool {
    !text.is_empty() && crate::syntax::token::ident(text) == text.len()
}

/// A text in double quotes, as messages quote it.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for it in text.chars() {
        match it {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            it if it.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", it as u32)),
            it if it.is_control() => quoted.push_str(&format!("\\u{:04x}", it as u32)),
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}
