//! The one type that several types can be converted to.

use std::cmp::Ordering;

use model::Type;

use super::rules::convertible;

/// The type that values of all these types can be converted to, as in a conditional or a list.
/// What is of no known type becomes whatever the others are.
pub fn unify(types: &[Type]) -> Option<Type> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
        let first = types.first()?;
        if types.iter().all(|it| it == first) {
            return Some(first.clone());
        }
        match types.contains(&Type::Any) {
            true => {
                let known: Vec<Type> =
                    types.iter().filter(|it| **it != Type::Any).cloned().collect();
                unify(&known)
            }
            false => unify_known(types),
        }
    })
}

fn unify_known(types: &[Type]) -> Option<Type> {
    match Counts::of(types).structural(types.len()) {
        Some(Structural::Maps) => return collections(types, Type::map),
        Some(Structural::Lists) => return collections(types, Type::list),
        Some(Structural::Sets) => return collections(types, Type::set),
        Some(Structural::Objects) => return objects(types),
        Some(Structural::Tuples) => return tuples(types),
        Some(Structural::MapsAndObjects) => {
            if let Some(found @ Type::Map(_)) = as_maps(types) {
                return Some(found);
            }
        }
        Some(Structural::ListsAndTuples) => {
            if let Some(found @ Type::List(_)) = as_lists(types) {
                return Some(found);
            }
        }
        Some(Structural::Never) => return None,
        None => (),
    }
    preferred(types)
}

#[derive(Default)]
struct Counts {
    map: usize,
    list: usize,
    set: usize,
    object: usize,
    tuple: usize,
}

enum Structural {
    Maps,
    MapsAndObjects,
    Lists,
    ListsAndTuples,
    Sets,
    Objects,
    Tuples,
    Never,
}

impl Counts {
    fn of(types: &[Type]) -> Counts {
        let mut counts = Counts::default();
        for it in types {
            match it {
                Type::Map(_) => counts.map += 1,
                Type::List(_) => counts.list += 1,
                Type::Set(_) => counts.set += 1,
                Type::Object(_) => counts.object += 1,
                Type::Tuple(_) => counts.tuple += 1,
                Type::Any | Type::Bool | Type::Number | Type::String => (),
            }
        }
        counts
    }

    fn structural(&self, all: usize) -> Option<Structural> {
        if self.map == all {
            Some(Structural::Maps)
        } else if self.map > 0 && self.map + self.object == all {
            Some(Structural::MapsAndObjects)
        } else if self.list == all {
            Some(Structural::Lists)
        } else if self.list > 0 && self.list + self.tuple == all {
            Some(Structural::ListsAndTuples)
        } else if self.set == all {
            Some(Structural::Sets)
        } else if self.object == all {
            Some(Structural::Objects)
        } else if self.tuple == all {
            Some(Structural::Tuples)
        } else if self.object > 0 && self.tuple > 0 {
            Some(Structural::Never)
        } else {
            None
        }
    }
}

fn collections(types: &[Type], collection: fn(Type) -> Type) -> Option<Type> {
    let mut elements = Vec::new();
    for it in types {
        match it {
            Type::List(it) | Type::Set(it) | Type::Map(it) => elements.push((**it).clone()),
            _ => return None,
        }
    }
    unify(&elements).map(collection)
}

/// Objects with the same attributes unify to such an object, others to a map.
fn objects(types: &[Type]) -> Option<Type> {
    let attributes: Vec<_> = types
        .iter()
        .filter_map(|it| match it {
            Type::Object(it) => Some(&it.attributes),
            _ => None,
        })
        .collect();
    let (first, others) = attributes.split_first()?;
    if others.iter().any(|it| !it.keys().eq(first.keys())) {
        return objects_as_map(types);
    }
    let mut made = Vec::new();
    for name in first.keys() {
        let across: Vec<Type> = attributes.iter().map(|it| it[name].clone()).collect();
        made.push((name.clone(), unify(&across)?));
    }
    Some(Type::object(made))
}

fn objects_as_map(types: &[Type]) -> Option<Type> {
    let mut parts = Vec::new();
    for it in types {
        if let Type::Object(it) = it {
            parts.extend(it.attributes.values().cloned());
        }
    }
    let made = Type::map(unify(&parts)?);
    types.iter().all(|it| convertible(it, &made)).then_some(made)
}

/// Tuples of the same length unify to such a tuple, others to a list.
fn tuples(types: &[Type]) -> Option<Type> {
    let items: Vec<_> = types
        .iter()
        .filter_map(|it| match it {
            Type::Tuple(it) => Some(it),
            _ => None,
        })
        .collect();
    let (first, others) = items.split_first()?;
    if others.iter().any(|it| it.len() != first.len()) {
        return tuples_as_list(types);
    }
    let across = |n: usize| items.iter().map(|it| it[n].clone()).collect::<Vec<_>>();
    (0..first.len()).map(|n| unify(&across(n))).collect::<Option<_>>().map(Type::tuple)
}

fn tuples_as_list(types: &[Type]) -> Option<Type> {
    let mut parts = Vec::new();
    for it in types {
        if let Type::Tuple(it) = it {
            parts.extend(it.iter().cloned());
        }
    }
    let made = Type::list(unify(&parts)?);
    types.iter().all(|it| convertible(it, &made)).then_some(made)
}

/// Among maps, an object is most often a map that nothing has called one.
fn as_maps(types: &[Type]) -> Option<Type> {
    let maps = types.iter().map(|it| match it {
        Type::Object(object) if object.attributes.is_empty() => Some(None),
        Type::Object(_) => objects_as_map(std::slice::from_ref(it)).map(Some),
        _ => Some(Some(it.clone())),
    });
    let maps: Vec<Type> = maps.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    unify(&maps)
}

/// Among lists, a tuple is most often a list that nothing has called one.
fn as_lists(types: &[Type]) -> Option<Type> {
    let lists = types.iter().map(|it| match it {
        Type::Tuple(items) if items.is_empty() => Some(None),
        Type::Tuple(_) => tuples_as_list(std::slice::from_ref(it)).map(Some),
        _ => Some(Some(it.clone())),
    });
    let lists: Vec<Type> = lists.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect();
    unify(&lists)
}

/// The first of the types, the most general ones first, to which all the others can be converted.
fn preferred(types: &[Type]) -> Option<Type> {
    let by_preference = most_general_first(types);
    let fits = |want: &Type| types.iter().all(|it| convertible(it, want));
    by_preference.into_iter().map(|at| &types[at]).find(|it| fits(it)).cloned()
}

/// Indices of the types so that no type stands before one that is more general.
fn most_general_first(types: &[Type]) -> Vec<usize> {
    let mut distinct: Vec<usize> = Vec::new();
    for (at, it) in types.iter().enumerate() {
        if !distinct.iter().any(|&other| types[other] == *it) {
            distinct.push(at);
        }
    }
    let mut ordered: Vec<usize> = Vec::new();
    while !distinct.is_empty() {
        let is_top = |at: usize| {
            distinct.iter().all(|&other| generality(&types[other], &types[at]) != Ordering::Less)
        };
        let top = distinct.iter().position(|&at| is_top(at)).unwrap_or(0);
        ordered.push(distinct.remove(top));
    }
    ordered
}

/// `Less` if `a` is the more general of the two, `Equal` if neither can be said to be.
fn generality(a: &Type, b: &Type) -> Ordering {
    match (a, b) {
        (Type::Any, Type::Any) => Ordering::Equal,
        (Type::Any, _) => Ordering::Less,
        (_, Type::Any) => Ordering::Greater,
        (Type::String, Type::Bool | Type::Number) => Ordering::Less,
        (Type::Bool | Type::Number, Type::String) => Ordering::Greater,
        (Type::List(a), Type::List(b))
        | (Type::Set(a), Type::Set(b))
        | (Type::Map(a), Type::Map(b)) => generality(a, b),
        (Type::List(_) | Type::Tuple(_), Type::Set(_)) => Ordering::Less,
        (Type::Set(_), Type::List(_) | Type::Tuple(_)) => Ordering::Greater,
        (Type::List(_), Type::Tuple(_)) | (Type::Map(_), Type::Object(_)) => Ordering::Less,
        (Type::Tuple(_), Type::List(_)) | (Type::Object(_), Type::Map(_)) => Ordering::Greater,
        (Type::Object(a), Type::Object(b)) if a.attributes.keys().eq(b.attributes.keys()) => {
            all_sides(a.attributes.values().zip(b.attributes.values()))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => all_sides(a.iter().zip(b.iter())),
        _ => Ordering::Equal,
    }
}

fn all_sides<'a>(pairs: impl Iterator<Item = (&'a Type, &'a Type)>) -> Ordering {
    let sides: Vec<Ordering> = pairs.map(|(a, b)| generality(a, b)).collect();
    match (sides.contains(&Ordering::Less), sides.contains(&Ordering::Greater)) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (true, true) | (false, false) => Ordering::Equal,
    }
}
