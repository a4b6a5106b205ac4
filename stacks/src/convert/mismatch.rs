//! Why one type cannot be converted to another, in a sentence.

use std::sync::Arc;

use model::{ObjectType, Type};

use super::friendly_constraint;
use super::rules::convertible;

/// Terraform's words for a conversion that is impossible for types `have` and `want`.
pub(super) fn message(have: &Type, want: &Type) -> String {
    match (have, want) {
        (Type::Object(have), Type::Object(want)) => objects(have, want),
        (Type::Tuple(_), Type::List(it)) if **it == Type::Any => {
            "all list elements must have the same type".to_owned()
        }
        (Type::Tuple(_), Type::Set(it)) if **it == Type::Any => {
            "all set elements must have the same type".to_owned()
        }
        (Type::Object(_), Type::Map(it)) if **it == Type::Any => {
            "all map elements must have the same type".to_owned()
        }
        (Type::Tuple(items), Type::List(want) | Type::Set(want)) => {
            let parts = items.iter().enumerate().map(|(n, it)| (n.to_string(), it));
            parts_of_structural(parts, want)
        }
        (Type::Object(object), Type::Map(want)) => {
            let parts = object.attributes.iter().map(|(name, it)| (format!("{name:?}"), it));
            parts_of_structural(parts, want)
        }
        (Type::List(have) | Type::Set(have), Type::List(want)) => {
            format!("incorrect list element type: {}", message(have, want))
        }
        (Type::List(have) | Type::Set(have), Type::Set(want)) => {
            format!("incorrect set element type: {}", message(have, want))
        }
        (Type::Map(have), Type::Map(want)) => {
            format!("incorrect map element type: {}", message(have, want))
        }
        _ => format!("{} required", friendly_constraint(want)),
    }
}

fn parts_of_structural<'a>(
    mut parts: impl Iterator<Item = (String, &'a Type)>,
    want: &Type,
) -> String {
    match parts.find(|(_, it)| !convertible(it, want)) {
        Some((name, it)) => format!("element {name}: {}", message(it, want)),
        None => format!("all elements must be {}", friendly_constraint(want)),
    }
}

fn objects(have: &Arc<ObjectType>, want: &Arc<ObjectType>) -> String {
    let is_missing =
        |name: &&String| !have.attributes.contains_key(*name) && !want.optional.contains(*name);
    let missing: Vec<String> =
        want.attributes.keys().filter(is_missing).map(|it| format!("{it:?}")).collect();
    match missing.as_slice() {
        [] => (),
        [one] => return format!("attribute {one} is required"),
        [one, other] => return format!("attributes {one} and {other} are required"),
        [first @ .., last] => {
            return format!("attributes {}, and {last} are required", first.join(", "));
        }
    }
    for (name, want) in &want.attributes {
        match have.attributes.get(name) {
            Some(have) if !convertible(have, want) => {
                return format!("attribute {name:?}: {}", message(have, want));
            }
            _ => (),
        }
    }
    "incorrect object attributes".to_owned()
}
