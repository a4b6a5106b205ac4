//! Lists, and what lists, sets, tuples, maps and objects have in common.

use model::{Kind, Marks, Number, Type, Value};

use super::args::{element_type, int, is_open_set, is_sequence, items, number, text};
use super::equal::equal;
use super::string::characters;
use super::{Failure, Function, KeepMarks, Param, Returns, Site, Takes};
use crate::convert::{convert, unify};

const NUMBER: Returns = Returns::Known(Takes::Number);
const BOOL: Returns = Returns::Known(Takes::Bool);

/// A parameter for a value whose parts keep their marks in the result.
const fn parts(name: &'static str) -> Param {
    Param { marks: KeepMarks::Inner, ..Param::any(name) }
}

/// A parameter of a function that looks at null and unknown values itself.
const VALS: Param = Param { null: true, unknown: true, dynamic: true, ..Param::any("vals") };

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "alltrue",
        "Whether all elements of a list are true.",
        &[Param::new("list", Takes::Bools)],
        BOOL,
        all_true,
    ),
    Function::new(
        "anytrue",
        "Whether any element of a list is true.",
        &[Param::new("list", Takes::Bools)],
        BOOL,
        any_true,
    ),
    Function::new(
        "chunklist",
        "A list cut into lists of the given size; the last may be shorter.",
        &[
            Param { marks: KeepMarks::Inner, ..Param::new("list", Takes::List) },
            Param::number("size"),
        ],
        Returns::Of(|args| Ok(Type::list(args[0].ty()))),
        chunk_list,
    ),
    Function {
        rest: Some(VALS),
        ..Function::new(
            "coalesce",
            "The first of the values that is neither null nor an empty text.",
            &[],
            Returns::Known(Takes::Any),
            coalesce,
        )
    },
    Function {
        rest: Some(VALS),
        ..Function::new(
            "coalescelist",
            "The first of the lists that is not empty.",
            &[],
            Returns::Known(Takes::Any),
            coalesce_list,
        )
    },
    Function::new(
        "compact",
        "A list of texts without the null and the empty ones.",
        &[Param::new("list", Takes::Strings)],
        Returns::Known(Takes::Strings),
        compact,
    ),
    Function {
        rest: Some(parts("seqs")),
        ..Function::new(
            "concat",
            "The elements of several lists as one list.",
            &[],
            Returns::Of(concat_type),
            concat,
        )
    },
    Function::new(
        "contains",
        "Whether a list or set contains a value.",
        &[Param::any("list"), Param::any("value")],
        BOOL,
        contains,
    ),
    Function::new(
        "distinct",
        "A list without the elements that occurred before in it.",
        &[Param::new("list", Takes::List)],
        Returns::Of(|args| Ok(args[0].ty())),
        distinct,
    ),
    Function::new(
        "element",
        "The element of a list at an index, counted from the start again after the end.",
        &[parts("list"), Param::number("index")],
        Returns::Of(element_of),
        element,
    ),
    Function::new(
        "flatten",
        "A list in which the elements of lists inside it stand themselves, at any depth.",
        &[parts("list")],
        Returns::Known(Takes::Any),
        flatten,
    ),
    Function::new(
        "index",
        "Where in a list a value is.",
        &[Param::any("list"), Param::any("value")],
        NUMBER,
        index,
    ),
    Function::new(
        "length",
        "The number of elements of a collection, or of characters of a text.",
        &[Param { unknown: true, dynamic: true, ..parts("value") }],
        NUMBER,
        length,
    ),
    Function::new(
        "one",
        "The element of a list or set that has one, or null for an empty one.",
        &[Param::any("list")],
        Returns::Of(one_type),
        one,
    ),
    Function {
        rest: Some(Param::number("params")),
        ..Function::new(
            "range",
            "The numbers from a start (0) up to a limit, by a step (1).",
            &[],
            Returns::Of(|_| Ok(Type::list(Type::Number))),
            range,
        )
    },
    Function::new(
        "reverse",
        "The elements of a list in reverse order.",
        &[parts("list")],
        Returns::Of(reverse_type),
        reverse,
    ),
    Function::new(
        "slice",
        "The elements of a list from one index up to another.",
        &[parts("list"), Param::number("start_index"), Param::number("end_index")],
        Returns::Of(slice_type),
        slice,
    ),
    Function::new(
        "sum",
        "The sum of the numbers of a list or set.",
        &[Param::any("list")],
        NUMBER,
        sum,
    ),
];

fn all_true(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    for it in items(&args[0]) {
        if !it.is_known() {
            return Ok(Value::unknown(Type::Bool));
        }
        if it.as_bool() != Some(true) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

fn any_true(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let all = items(&args[0]);
    if all.iter().any(|it| it.as_bool() == Some(true)) {
        return Ok(true.into());
    }
    match all.iter().all(Value::is_known) {
        true => Ok(false.into()),
        false => Ok(Value::unknown(Type::Bool)),
    }
}

fn chunk_list(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let size = int(&args[1]).map_err(|it| Failure::new(format!("invalid size: {}", it.message)))?;
    let Ok(size) = usize::try_from(size) else {
        return Err(Failure::new("the size argument must be positive"));
    };
    let (all, ty) = (items(&args[0]), args[0].ty());
    let chunks = match (all.is_empty(), size) {
        (true, _) => Vec::new(),
        (false, 0) => vec![args[0].clone()],
        (false, size) => {
            let element = element_type(&ty);
            all.chunks(size).map(|it| Value::list(element.clone(), it.to_vec())).collect()
        }
    };
    Ok(Value::list(ty, chunks))
}

fn coalesce(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    let ty = unify(&types).ok_or_else(|| Failure::new("all arguments must have the same type"))?;
    for (n, arg) in args.iter().enumerate() {
        let it = convert(arg, &ty).map_err(|it| Failure::argument(n, it.message))?;
        if !it.is_known() {
            return Ok(Value::unknown(ty));
        }
        if !it.is_null() && it.as_str() != Some("") {
            return Ok(it);
        }
    }
    Err(Failure::new("no non-null, non-empty-string arguments"))
}

fn coalesce_list(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if args.is_empty() {
        return Err(Failure::new("at least one argument is required"));
    }
    let mut types = Vec::new();
    for arg in args {
        if !arg.is_known() {
            types.clear();
            break;
        }
        match arg.ty() {
            ty @ (Type::List(_) | Type::Tuple(_)) => types.push(ty),
            _ => return Err(Failure::new("coalescelist arguments must be lists or tuples")),
        }
    }
    for arg in args {
        if !arg.is_known() {
            return Ok(Value::unknown(match types.first() {
                Some(first) if types.iter().all(|it| it == first) => first.clone(),
                _ => Type::Any,
            }));
        }
        if !items(arg).is_empty() {
            return Ok(arg.clone());
        }
    }
    Err(Failure::new("no non-null arguments"))
}

fn compact(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(args[0].ty()));
    }
    let kept = items(&args[0]).iter().filter(|it| !text(it).is_empty()).cloned();
    Ok(Value::list(Type::String, kept.collect()))
}

/// A list if all are lists of types that have one in common, else a tuple.
fn concat_type(args: &[Value]) -> Result<Type, Failure> {
    if args.is_empty() {
        return Err(Failure::new("at least one argument is required"));
    }
    let types: Vec<Type> = args.iter().map(Value::ty).collect();
    if types.iter().all(|it| matches!(it, Type::List(_)))
        && let Some(common) = unify(&types)
    {
        return Ok(common);
    }
    let mut elements = Vec::new();
    for (n, (ty, arg)) in types.iter().zip(args).enumerate() {
        match ty {
            Type::Tuple(types) => elements.extend(types.iter().cloned()),
            Type::List(_) if !arg.is_known() => return Ok(Type::Any),
            Type::List(element) => {
                elements.extend(items(arg).iter().map(|_| (**element).clone()));
            }
            other => {
                let other = other.friendly();
                let message = format!("all arguments must be lists or tuples; got {other}");
                return Err(Failure::argument(n, message));
            }
        }
    }
    Ok(Type::tuple(elements))
}

fn concat(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = concat_type(args)?;
    let mut all = Vec::new();
    for (n, arg) in args.iter().enumerate() {
        match ty {
            Type::List(_) => {
                let list = convert(arg, &ty).map_err(|it| Failure::argument(n, it.message))?;
                all.extend_from_slice(items(&list));
            }
            _ => all.extend_from_slice(items(arg)),
        }
    }
    Ok(match ty {
        Type::List(element) => Value::list((*element).clone(), all),
        _ => Value::tuple(all),
    })
}

fn contains(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !is_sequence(&args[0]) {
        return Err(Failure::new("argument must be list, tuple, or set"));
    }
    let mut known = true;
    for it in items(&args[0]) {
        match equal(&args[1], it) {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => known = false,
        }
    }
    Ok(if known { false.into() } else { Value::unknown(Type::Bool) })
}

fn distinct(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !args[0].is_wholly_known() {
        return Ok(Value::unknown(args[0].ty()));
    }
    let all = items(&args[0]);
    // In the order of a set, equal ones are neighbours; of each group the first in the list stays.
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| Value::set_order(&all[*a], &all[*b]).then(a.cmp(b)));
    order.dedup_by(|b, a| equal(&all[*a], &all[*b]) == Some(true));
    order.sort_unstable();
    let kept = order.into_iter().map(|n| all[n].clone()).collect();
    Ok(Value::list(element_type(&args[0].ty()), kept))
}

fn element_index(value: &Value) -> Result<i64, Failure> {
    let index = int(value).map_err(|it| Failure::new(format!("invalid index: {}", it.message)))?;
    match index {
        0.. => Ok(index),
        _ => Err(Failure::new("cannot use element function with a negative index")),
    }
}

fn element_of(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::List(element) => Ok((*element).clone()),
        Type::Tuple(_) if !args[1].is_known() => Ok(Type::Any),
        Type::Tuple(types) => {
            let index = element_index(&args[1])?;
            let count = types.len().max(1) as i64;
            let ty = types.get((index % count) as usize).cloned();
            ty.ok_or_else(|| Failure::new("cannot use element function with an empty list"))
        }
        other => Err(Failure::new(format!("cannot read elements from {}", other.friendly()))),
    }
}

fn element(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    element_of(args)?;
    let index = element_index(&args[1])?;
    let all = items(&args[0]);
    let it = all.get((index % all.len().max(1) as i64) as usize).cloned();
    it.ok_or_else(|| Failure::new("cannot use element function with an empty list"))
}

fn flatten(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !is_sequence(&args[0]) {
        return Err(Failure::new("can only flatten lists, sets and tuples"));
    }
    let mut flat = Flat { items: Vec::new(), marks: Marks::NONE, known: true };
    flat.add(&args[0]);
    let value = match flat.known {
        true => Value::tuple(flat.items),
        false => Value::unknown(Type::Any),
    };
    Ok(value.mark(flat.marks))
}

struct Flat {
    items: Vec<Value>,
    /// Of the lists that are no more.
    marks: Marks,
    known: bool,
}

impl Flat {
    fn add(&mut self, sequence: &Value) {
        self.marks = self.marks.union(sequence.marks);
        self.known &= !is_open_set(sequence);
        for it in items(sequence) {
            match &it.kind {
                Kind::Unknown(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_)) => {
                    self.known = false;
                    self.marks = self.marks.union(it.marks);
                }
                Kind::List(..) | Kind::Set(..) | Kind::Tuple(_) => {
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.add(it));
                }
                _ => self.items.push(it.clone()),
            }
        }
    }
}

fn index(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !matches!(args[0].kind, Kind::List(..) | Kind::Tuple(_)) {
        return Err(Failure::new("argument must be a list or tuple"));
    }
    if items(&args[0]).is_empty() {
        return Err(Failure::new("cannot search an empty list"));
    }
    for (n, it) in items(&args[0]).iter().enumerate() {
        match equal(it, &args[1]) {
            Some(true) => return Ok((n as i64).into()),
            Some(false) => {}
            None => return Ok(Value::unknown(Type::Number)),
        }
    }
    Err(Failure::new("item not found"))
}

fn length(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let count = match &args[0].kind {
        Kind::Unknown(Type::Tuple(types)) => types.len(),
        Kind::Unknown(Type::Object(it)) => it.attributes.len(),
        Kind::Unknown(Type::Any | Type::String | Type::List(_) | Type::Set(_) | Type::Map(_)) => {
            return Ok(Value::unknown(Type::Number));
        }
        Kind::Set(..) if is_open_set(&args[0]) => return Ok(Value::unknown(Type::Number)),
        Kind::String(it) => characters(it).count(),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => items.len(),
        Kind::Map(_, entries) | Kind::Object(entries) => entries.len(),
        Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => {
            let message = "argument must be a string, a collection type, or a structural type";
            return Err(Failure::new(message));
        }
    };
    Ok((count as i64).into())
}

const ONE: &str = "must be a list, set, or tuple value with either zero or one elements";

fn one_type(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::List(element) | Type::Set(element) => Ok((*element).clone()),
        Type::Tuple(types) if types.len() < 2 => Ok(types.first().cloned().unwrap_or(Type::Any)),
        _ => Err(Failure::argument(0, ONE)),
    }
}

fn one(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = one_type(args)?;
    match items(&args[0]) {
        [] => Ok(Value::null(ty)),
        [it] => Ok(it.clone()),
        _ if is_open_set(&args[0]) => Ok(Value::unknown(ty)),
        _ => Err(Failure::argument(0, ONE)),
    }
}

/// The most numbers that `range` makes.
const MAX_RANGE: usize = 1024;

fn range(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let given: Vec<Number> = args.iter().map(number).collect();
    let zero = || Number::from(0);
    let toward = |start: &Number, end: &Number| Number::from(if end < start { -1 } else { 1 });
    let (start, end, step) = match given.as_slice() {
        [end] => (zero(), end.clone(), toward(&zero(), end)),
        [start, end] => (start.clone(), end.clone(), toward(start, end)),
        [start, end, step] => (start.clone(), end.clone(), step.clone()),
        _ => return Err(Failure::new("must have one, two, or three arguments")),
    };
    let down = step < zero();
    if down && end > start {
        return Err(Failure::argument(1, "end must be less than start when step is negative"));
    }
    if !down && end < start {
        return Err(Failure::argument(1, "end must be greater than start when step is positive"));
    }
    let (mut numbers, mut next) = (Vec::new(), start);
    while if down { next > end } else { next < end } {
        if numbers.len() == MAX_RANGE {
            return Err(Failure::new(format!(
                "more than {MAX_RANGE} values were generated; either decrease the difference \
                 between start and end or use a smaller step"
            )));
        }
        numbers.push(Value::number(next.clone()));
        next = next.add(&step).ok_or_else(|| Failure::new("infinite steps lead nowhere"))?;
    }
    Ok(Value::list(Type::Number, numbers))
}

fn reverse_type(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::Tuple(types) => Ok(Type::tuple(types.iter().rev().cloned().collect())),
        Type::List(element) | Type::Set(element) => Ok(Type::List(element)),
        other => {
            let other = other.friendly();
            let message = format!("can only reverse list or tuple values, not {other}");
            Err(Failure::argument(0, message))
        }
    }
}

fn reverse(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = reverse_type(args)?;
    let reversed = items(&args[0]).iter().rev().cloned().collect();
    Ok(match ty {
        Type::Tuple(_) => Value::tuple(reversed),
        ty => Value::list(element_type(&ty), reversed),
    })
}

/// The two indexes of a slice, as far as they are known.
fn slice_indexes(args: &[Value]) -> Result<(Option<usize>, Option<usize>), Failure> {
    let length = match (&args[0].kind, args[0].ty()) {
        (_, Type::Tuple(types)) => Some(types.len()),
        (Kind::Unknown(_), _) => None,
        _ => Some(items(&args[0]).len()),
    };
    let index = |n: usize, what: &str| -> Result<Option<usize>, Failure> {
        if !args[n].is_known() {
            return Ok(None);
        }
        let given = int(&args[n])
            .map_err(|it| Failure::argument(n, format!("invalid {what} index: {}", it.message)))?;
        let Ok(given) = usize::try_from(given) else {
            return Err(Failure::argument(n, format!("{what} index must not be less than zero")));
        };
        if length.is_some_and(|length| given > length) {
            let bound = "must not be greater than the length of the list";
            return Err(Failure::argument(n, format!("{what} index {bound}")));
        }
        Ok(Some(given))
    };
    let (start, end) = (index(1, "start")?, index(2, "end")?);
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        return Err(Failure::argument(1, "start index must not be greater than end index"));
    }
    Ok((start, end))
}

fn slice_type(args: &[Value]) -> Result<Type, Failure> {
    match args[0].ty() {
        Type::List(element) => {
            slice_indexes(args)?;
            Ok(Type::List(element))
        }
        Type::Tuple(types) => Ok(match slice_indexes(args)? {
            (Some(start), Some(end)) => Type::tuple(types[start..end].to_vec()),
            _ => Type::Any,
        }),
        Type::Set(_) => Err(Failure::argument(
            0,
            "cannot slice a set, because its elements do not have indices; explicitly convert to a \
             list if the ordering of the result is not important",
        )),
        _ => Err(Failure::argument(0, "must be a list or tuple value")),
    }
}

fn slice(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let ty = slice_type(args)?;
    let (Some(start), Some(end)) = slice_indexes(args)? else { return Ok(Value::unknown(ty)) };
    let kept = items(&args[0])[start..end].to_vec();
    Ok(match ty {
        Type::Tuple(_) => Value::tuple(kept),
        ty => Value::list(element_type(&ty), kept),
    })
}

fn sum(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let at_fault = |message: &str| Err(Failure::argument(0, message));
    match &args[0].kind {
        Kind::Map(..) | Kind::Object(_) => {
            let ty = args[0].ty().friendly();
            return at_fault(&format!("argument must be list, set, or tuple. Received {ty}"));
        }
        _ if !is_sequence(&args[0]) => return at_fault("cannot sum noniterable"),
        _ if items(&args[0]).is_empty() => return at_fault("cannot sum an empty list"),
        _ if !args[0].is_wholly_known() => return Ok(Value::unknown(Type::Number)),
        _ => {}
    }
    let mut sum: Option<Number> = None;
    for it in items(&args[0]) {
        let Some(next) = convert(it, &Type::Number).ok().and_then(|it| it.as_number().cloned())
        else {
            return at_fault("argument must be list, set, or tuple of number values");
        };
        sum = match sum {
            None => Some(next),
            Some(sum) => Some(
                sum.add(&next)
                    .ok_or_else(|| Failure::new("can't compute sum of opposing infinities"))?,
            ),
        };
    }
    Ok(Value::number(sum.unwrap_or_else(|| Number::from(0))))
}
