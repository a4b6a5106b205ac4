//! Which types can be converted to which, decided by the types alone.

use std::sync::Arc;

use model::{ObjectType, Type};

use super::unify::unify;

/// Whether a value of type `have` may be convertible to `want`. It may still fail for its content:
/// not every text is a number.
pub(super) fn convertible(have: &Type, want: &Type) -> bool {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match (have, want) {
        (_, Type::Any) | (Type::Any, _) => true,
        (Type::Bool, Type::Bool | Type::String) => true,
        (Type::Number, Type::Number | Type::String) => true,
        (Type::String, Type::Bool | Type::Number | Type::String) => true,
        (Type::List(have) | Type::Set(have), Type::List(want) | Type::Set(want))
        | (Type::Map(have), Type::Map(want)) => convertible(have, want),
        (Type::Tuple(have), Type::List(want) | Type::Set(want)) => {
            all_convertible(have.iter(), want)
        }
        (Type::Object(have), Type::Map(want)) => all_convertible(have.attributes.values(), want),
        (Type::Tuple(have), Type::Tuple(want)) => {
            have.len() == want.len() && have.iter().zip(want.iter()).all(|(a, b)| convertible(a, b))
        }
        (Type::Object(have), Type::Object(want)) => want.attributes.iter().all(|(name, ty)| {
            have.attributes
                .get(name)
                .map_or(want.optional.contains(name), |have| convertible(have, ty))
        }),
        (Type::Map(have), Type::Object(want)) => want
            .attributes
            .iter()
            .all(|(name, ty)| want.optional.contains(name) || convertible(have, ty)),
        _ => false,
    })
}

/// Whether the parts of a tuple or object can become elements of one type; for a hole, whether they
/// have a type in common.
fn all_convertible<'a>(have: impl Iterator<Item = &'a Type> + Clone, want: &Type) -> bool {
    if *want != Type::Any {
        return have.into_iter().all(|it| convertible(it, want));
    }
    let types: Vec<Type> = have.cloned().collect();
    types.is_empty() || unify(&types).is_some()
}

/// The type without the word "optional": what a value of it has.
pub(super) fn without_optional(ty: &Type) -> Type {
    match ty {
        Type::Any | Type::Bool | Type::Number | Type::String => ty.clone(),
        Type::List(it) => Type::list(without_optional(it)),
        Type::Set(it) => Type::set(without_optional(it)),
        Type::Map(it) => Type::map(without_optional(it)),
        Type::Tuple(items) => Type::tuple(items.iter().map(without_optional).collect()),
        Type::Object(it) => Type::object(
            it.attributes.iter().map(|(name, ty)| (name.clone(), without_optional(ty))),
        ),
    }
}

/// `want` with its holes filled from the type of what is converted, as far as that says anything.
pub(super) fn fill(have: &Type, want: &Type) -> Type {
    match want {
        Type::Any => have.clone(),
        Type::Bool | Type::Number | Type::String => want.clone(),
        _ if *have == Type::Any => without_optional(want),
        Type::List(element) => Type::list(fill_element(have, element)),
        Type::Set(element) => Type::set(fill_element(have, element)),
        Type::Map(element) => Type::map(fill_element(have, element)),
        Type::Tuple(items) => match have {
            Type::Tuple(have) if have.len() == items.len() => {
                Type::tuple(have.iter().zip(items.iter()).map(|(a, b)| fill(a, b)).collect())
            }
            _ => without_optional(want),
        },
        Type::Object(object) => fill_object(have, object),
    }
}

fn fill_object(have: &Type, want: &Arc<ObjectType>) -> Type {
    Type::object(want.attributes.iter().map(|(name, ty)| {
        let have = match have {
            Type::Object(have) => have.attributes.get(name),
            Type::Map(element) => Some(&**element),
            _ => None,
        };
        (name.clone(), fill(have.unwrap_or(&Type::Any), ty))
    }))
}

fn fill_element(have: &Type, want: &Type) -> Type {
    if !want.has_any() {
        return without_optional(want);
    }
    let parts: Vec<Type> = match have {
        Type::List(it) | Type::Set(it) | Type::Map(it) => return fill(it, want),
        Type::Tuple(items) => items.iter().map(|it| fill(it, want)).collect(),
        Type::Object(it) => it.attributes.values().map(|it| fill(it, want)).collect(),
        Type::Any | Type::Bool | Type::Number | Type::String => Vec::new(),
    };
    unify(&parts).unwrap_or_else(|| without_optional(want))
}
