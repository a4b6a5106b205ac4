//! Equality of values as `==` has it: of one type only, and unknown while it depends on what is.

use model::{Kind, Map, Type, Value};

/// Whether two values are equal. None if that is not known yet.
pub(super) fn equal(a: &Value, b: &Value) -> Option<bool> {
    stacker::maybe_grow(64 << 10, 1 << 20, || compare(a, b))
}

fn compare(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Null(_), Kind::Null(_)) => Some(true),
        (Kind::Unknown(x), Kind::Unknown(y)) if differ(x, y) => Some(false),
        (Kind::Unknown(x), _) if !b.is_null() && differ(x, &b.ty()) => Some(false),
        (_, Kind::Unknown(y)) if !a.is_null() && differ(&a.ty(), y) => Some(false),
        (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => None,
        (Kind::Null(_), _) | (_, Kind::Null(_)) => Some(false),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => Some(a == b),
        (Kind::List(x, a), Kind::List(y, b)) | (Kind::Set(x, a), Kind::Set(y, b)) => {
            if differ(x, y) { Some(false) } else { each(a, b) }
        }
        (Kind::Tuple(a), Kind::Tuple(b)) => each(a, b),
        (Kind::Map(x, a), Kind::Map(y, b)) => {
            if differ(x, y) {
                Some(false)
            } else {
                entries(a, b)
            }
        }
        (Kind::Object(a), Kind::Object(b)) => entries(a, b),
        _ => Some(false),
    }
}

/// Whether no value is of both types.
fn differ(a: &Type, b: &Type) -> bool {
    a != b && !a.has_any() && !b.has_any()
}

fn each(a: &[Value], b: &[Value]) -> Option<bool> {
    if a.len() != b.len() {
        return Some(false);
    }
    all(a.iter().zip(b).map(|(a, b)| equal(a, b)))
}

fn entries(a: &Map, b: &Map) -> Option<bool> {
    if !a.keys().eq(b.keys()) {
        return Some(false);
    }
    all(a.values().zip(b.values()).map(|(a, b)| equal(a, b)))
}

/// One difference settles it, whatever else is unknown.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = true;
    for it in parts {
        match it {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = false,
        }
    }
    known.then_some(true)
}
