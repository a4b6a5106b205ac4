//! Sets: union, intersection, difference, product; and `matchkeys`.

use model::{Type, Value};

use super::args::{element_type, is_open_set, items};
use super::equal::equal;
use super::{Failure, Function, KeepMarks, Param, Returns, Site, Takes};
use crate::convert::{convert, unify};

/// The most elements that `setproduct` makes.
const MAX_PRODUCT: usize = 1 << 24;

const fn set(name: &'static str) -> Param {
    Param { dynamic: true, ..Param::new(name, Takes::Set) }
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "matchkeys",
        "The elements of a list for which the element of another at the same place is in a third.",
        &[
            Param::new("values", Takes::List),
            Param::new("keys", Takes::List),
            Param::new("searchset", Takes::List),
        ],
        Returns::Of(|args| Ok(args[0].ty())),
        match_keys,
    ),
    Function {
        rest: Some(set("other_sets")),
        ..Function::new(
            "setintersection",
            "The elements that all of several sets have.",
            &[set("first_set")],
            Returns::Of(common_type),
            |args, _| {
                combine(args, false, |a, b| a.retain(|it| b.binary_search_by(order(it)).is_ok()))
            },
        )
    },
    Function {
        rest: Some(Param { marks: KeepMarks::Inner, ..Param::any("sets") }),
        ..Function::new(
            "setproduct",
            "All combinations of an element of each of several sets or lists.",
            &[],
            Returns::Of(product_type),
            product,
        )
    },
    Function::new(
        "setsubtract",
        "The elements of a set that another does not have.",
        &[set("a"), set("b")],
        Returns::Of(common_type),
        |args, _| {
            combine(args, false, |a, b| a.retain(|it| b.binary_search_by(order(it)).is_err()))
        },
    ),
    Function {
        rest: Some(set("other_sets")),
        ..Function::new(
            "setunion",
            "The elements that any of several sets has.",
            &[set("first_set")],
            Returns::Of(common_type),
            |args, _| combine(args, true, |a, b| a.extend_from_slice(b)),
        )
    },
];

fn order(to: &Value) -> impl Fn(&Value) -> std::cmp::Ordering + '_ {
    move |it| Value::set_order(it, to)
}

fn common_type(args: &[Value]) -> Result<Type, Failure> {
    // An empty set of no known type may become one of any.
    let is_open =
        |it: &&Value| it.is_known() && items(it).is_empty() && element_type(&it.ty()) == Type::Any;
    let types: Vec<Type> =
        args.iter().filter(|it| !is_open(it)).map(|it| element_type(&it.ty())).collect();
    if types.is_empty() {
        return Ok(Type::set(Type::Any));
    }
    let element = unify(&types);
    element
        .map(Type::set)
        .ok_or_else(|| Failure::new("given sets must all have compatible element types"))
}

fn combine(
    args: &[Value],
    unknown_fine: bool,
    join: fn(&mut Vec<Value>, &[Value]),
) -> Result<Value, Failure> {
    let ty = common_type(args)?;
    let mut combined: Option<Vec<Value>> = None;
    for (n, arg) in args.iter().enumerate() {
        let arg = convert(arg, &ty).map_err(|it| Failure::argument(n, it.message))?;
        if !unknown_fine && !arg.is_wholly_known() {
            return Ok(Value::unknown(ty));
        }
        match &mut combined {
            None => combined = Some(items(&arg).to_vec()),
            Some(combined) => join(combined, items(&arg)),
        }
    }
    Ok(Value::set(element_type(&ty), combined.unwrap_or_default()))
}

fn match_keys(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (values, ty) = (items(&args[0]), args[0].ty());
    let common = unify(&[args[1].ty(), args[2].ty()])
        .ok_or_else(|| Failure::new("keys and searchset must be of the same type"))?;
    if values.len() != items(&args[1]).len() {
        return Err(Failure::new("length of keys and values should be equal"));
    }
    let of_common = |n: usize| convert(&args[n], &common).map_err(|it| Failure::new(it.message));
    let (keys, wanted) = (of_common(1)?, of_common(2)?);
    let list = |kept: Vec<Value>| Ok(Value::list(element_type(&ty), kept));
    if items(&wanted).is_empty() {
        return list(Vec::new());
    }
    if !args[0].is_wholly_known() || !keys.is_wholly_known() {
        return Ok(Value::unknown(ty));
    }
    let mut kept = Vec::new();
    for (key, value) in items(&keys).iter().zip(values) {
        for it in items(&wanted) {
            match equal(key, it) {
                Some(true) => {
                    kept.push(value.clone());
                    break;
                }
                Some(false) => {}
                None => return list(Vec::new()),
            }
        }
    }
    list(kept)
}

/// A list if all are lists or tuples, else a set; of tuples.
fn product_type(args: &[Value]) -> Result<Type, Failure> {
    if args.len() < 2 {
        return Err(Failure::new("at least two arguments are required"));
    }
    let mut all_lists = true;
    let mut elements = Vec::new();
    for (n, arg) in args.iter().enumerate() {
        elements.push(match arg.ty() {
            Type::List(element) => (*element).clone(),
            Type::Set(element) => {
                all_lists = false;
                (*element).clone()
            }
            Type::Tuple(types) if types.is_empty() => Type::Any,
            Type::Tuple(types) => unify(&types)
                .ok_or_else(|| Failure::argument(n, "all elements must be of the same type"))?,
            _ => return Err(Failure::argument(n, "a set or a list is required")),
        });
    }
    let combination = Type::tuple(elements);
    Ok(if all_lists { Type::list(combination) } else { Type::set(combination) })
}

fn product(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = product_type(args)?;
    if args.iter().any(is_open_set) {
        return Ok(Value::unknown(ty));
    }
    let total = args.iter().try_fold(1usize, |total, it| total.checked_mul(items(it).len()));
    if total.is_none_or(|it| it > MAX_PRODUCT) {
        return Err(Failure::new(format!("more than {MAX_PRODUCT} combinations")));
    }
    let combination = element_type(&ty);
    let Type::Tuple(types) = &combination else { return Ok(Value::unknown(ty)) };
    let mut combined: Vec<Vec<Value>> = vec![Vec::new()];
    for (n, (arg, element)) in args.iter().zip(types.iter()).enumerate() {
        let choices: Vec<Value> = items(arg)
            .iter()
            .map(|it| convert(it, element).map_err(|it| Failure::argument(n, it.message)))
            .collect::<Result<_, _>>()?;
        let extend = |before: &Vec<Value>| {
            let before = before.clone();
            choices.iter().map(move |it| [before.as_slice(), std::slice::from_ref(it)].concat())
        };
        combined = combined.iter().flat_map(extend).collect();
    }
    let combined = combined.into_iter().map(Value::tuple).collect();
    Ok(match ty {
        Type::List(_) => Value::list(combination, combined),
        _ => Value::set(combination, combined),
    })
}
