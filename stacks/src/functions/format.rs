//! `format` and `formatlist`: texts from a pattern with verbs such as `%s` and `%05.2f`.

mod verb;

use model::{Type, Value};

use super::args::{is_open_set, is_sequence, items, string, text};
use super::{Failure, Function, KeepMarks, Param, Returns, Site, Takes};
use verb::Verb;

const ARGS: Param = Param { null: true, ..Param::any("args") };

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        rest: Some(ARGS),
        ..Function::new(
            "format",
            "A text in which each verb (%s, %d, %v, %q, %5.2f ...) is replaced by a value.",
            &[Param::string("format")],
            Returns::Known(Takes::String),
            format,
        )
    },
    Function {
        rest: Some(Param { unknown: true, marks: KeepMarks::None, ..ARGS }),
        ..Function::new(
            "formatlist",
            "As format, once for each element of the lists among the values.",
            &[Param::string("format")],
            Returns::Known(Takes::Strings),
            format_list,
        )
    },
];

fn format(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !args[1..].iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::String));
    }
    Ok(string(fill(text(&args[0]), &args[1..])?))
}

fn format_list(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (pattern, args) = (text(&args[0]), &args[1..]);
    let unknown = || Ok(Value::unknown(Type::list(Type::String)));
    let mut length: Option<(usize, usize)> = None;
    let mut waits = false;
    for (n, arg) in args.iter().enumerate() {
        if is_open_set(arg) {
            waits = true;
        } else if !arg.is_known() {
            waits |= matches!(arg.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
        } else if is_sequence(arg) {
            let here = items(arg).len();
            match length {
                Some((first, count)) if count != here => {
                    let message = format!(
                        "argument {} has length {here}, which is inconsistent with argument {} of \
                         length {count}",
                        n + 1,
                        first + 1
                    );
                    return Err(Failure::argument(n + 1, message));
                }
                Some(_) => {}
                None => length = Some((n, here)),
            }
        }
    }
    if waits {
        return unknown();
    }
    let count = length.map_or(1, |(_, count)| count);
    let lines = (0..count).map(|n| {
        let pick = |it: &Value| match is_sequence(it) {
            true => items(it)[n].clone(),
            false => it.clone(),
        };
        let picked: Vec<Value> = args.iter().map(pick).collect();
        if !picked.iter().all(Value::is_wholly_known) {
            return Ok(Value::unknown(Type::String));
        }
        let line = fill(pattern, &picked);
        line.map(string).map_err(|it| match args.is_empty() {
            true => it,
            false => Failure::new(format!("error on format iteration {n}: {}", it.message)),
        })
    });
    Ok(Value::list(Type::String, lines.collect::<Result<_, _>>()?))
}

/// The pattern with its verbs replaced.
fn fill(pattern: &str, args: &[Value]) -> Result<String, Failure> {
    let (mut filled, mut at) = (String::new(), 0);
    let (mut next, mut used) = (1, 0);
    while let Some(found) = pattern[at..].find('%') {
        filled.push_str(&pattern[at..at + found]);
        at += found;
        if pattern[at..].starts_with("%%") {
            filled.push('%');
            at += 2;
            continue;
        }
        let verb = Verb::parse(pattern, at, next)?;
        next = verb.argument + 1;
        used = used.max(verb.argument);
        at += verb.raw.len();
        filled.push_str(&verb.format(args).map_err(Failure::new)?);
    }
    filled.push_str(&pattern[at..]);
    if used < args.len() {
        return Err(Failure::argument(
            used + 1,
            match used {
                0 => "too many arguments; no verbs in format string".to_owned(),
                used => format!("too many arguments; only {used} used by format string"),
            },
        ));
    }
    Ok(filled)
}
