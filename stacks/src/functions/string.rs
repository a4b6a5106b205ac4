//! Texts. A character is what a reader sees as one: a grapheme cluster.

use model::{Type, Value};
use unicode_segmentation::{Graphemes, UnicodeSegmentation};

use super::args::{int, items, string, strings, text};
use super::{Failure, Function, Param, Returns, Site, Takes, regex};

const STRING: Returns = Returns::Known(Takes::String);
const BOOL: Returns = Returns::Known(Takes::Bool);
const STRINGS: Returns = Returns::Known(Takes::Strings);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "chomp",
        "A text without the line breaks at its end.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(text(&args[0]).trim_end_matches(['\r', '\n']))),
    ),
    Function::new(
        "endswith",
        "Whether a text ends with another.",
        &[Param::string("str"), Param::string("suffix")],
        BOOL,
        |args, _| Ok(text(&args[0]).ends_with(text(&args[1])).into()),
    ),
    Function::new(
        "indent",
        "A text with spaces before each line but the first.",
        &[Param::number("spaces"), Param::string("str")],
        STRING,
        indent,
    ),
    Function {
        rest: Some(Param::new("lists", Takes::Strings)),
        ..Function::new(
            "join",
            "The texts of one or more lists as one text, with a separator between them.",
            &[Param::string("separator")],
            STRING,
            join,
        )
    },
    Function::new(
        "lower",
        "A text with all letters in lower case.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(text(&args[0]).chars().map(lower).collect::<String>())),
    ),
    Function::new(
        "replace",
        "A text with each occurrence of another replaced; between slashes the other is a regular \
         expression.",
        &[Param::string("str"), Param::string("substr"), Param::string("replace")],
        STRING,
        replace,
    ),
    Function::new(
        "sort",
        "A list of texts in the order of their characters.",
        &[Param::new("list", Takes::Strings)],
        STRINGS,
        sort,
    ),
    Function::new(
        "split",
        "The parts of a text between separators.",
        &[Param::string("separator"), Param::string("str")],
        STRINGS,
        split,
    ),
    Function::new(
        "startswith",
        "Whether a text begins with another.",
        &[Param::string("str"), Param::string("prefix")],
        BOOL,
        |args, _| Ok(text(&args[0]).starts_with(text(&args[1])).into()),
    ),
    Function::new(
        "strcontains",
        "Whether a text contains another.",
        &[Param::string("str"), Param::string("substr")],
        BOOL,
        |args, _| Ok(text(&args[0]).contains(text(&args[1])).into()),
    ),
    Function::new(
        "strrev",
        "The characters of a text in reverse order.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(characters(text(&args[0])).rev().collect::<String>())),
    ),
    Function::new(
        "substr",
        "A part of a text: from an offset (negative: from the end), so many characters (-1: all \
         that follow).",
        &[Param::string("str"), Param::number("offset"), Param::number("length")],
        STRING,
        substr,
    ),
    Function::new(
        "title",
        "A text with the first letter of each word in upper case.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(title(text(&args[0])))),
    ),
    Function::new(
        "trim",
        "A text without the given characters at its start and end.",
        &[Param::string("str"), Param::string("cutset")],
        STRING,
        |args, _| {
            let cutset: Vec<char> = text(&args[1]).chars().collect();
            Ok(string(text(&args[0]).trim_matches(cutset.as_slice())))
        },
    ),
    Function::new(
        "trimprefix",
        "A text without the given prefix, if it has it.",
        &[Param::string("str"), Param::string("prefix")],
        STRING,
        |args, _| {
            let given = text(&args[0]);
            Ok(string(given.strip_prefix(text(&args[1])).unwrap_or(given)))
        },
    ),
    Function::new(
        "trimspace",
        "A text without the white space at its start and end.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(text(&args[0]).trim())),
    ),
    Function::new(
        "trimsuffix",
        "A text without the given suffix, if it has it.",
        &[Param::string("str"), Param::string("suffix")],
        STRING,
        |args, _| {
            let given = text(&args[0]);
            Ok(string(given.strip_suffix(text(&args[1])).unwrap_or(given)))
        },
    ),
    Function::new(
        "upper",
        "A text with all letters in upper case.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(string(text(&args[0]).chars().map(upper).collect::<String>())),
    ),
];

/// What a reader sees as the characters of a text.
pub(super) fn characters(text: &str) -> Graphemes<'_> {
    text.graphemes(true)
}

/// The most spaces that `indent` adds to a line.
const MAX_INDENT: i64 = 1 << 16;

fn indent(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let spaces = int(&args[0])?;
    if !(0..=MAX_INDENT).contains(&spaces) {
        return Err(Failure::argument(0, format!("must be between 0 and {MAX_INDENT}")));
    }
    let pad = format!("\n{}", " ".repeat(spaces as usize));
    Ok(string(text(&args[1]).replace('\n', &pad)))
}

fn join(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (separator, lists) = (text(&args[0]), &args[1..]);
    if lists.is_empty() {
        return Err(Failure::new("at least one list is required"));
    }
    if !lists.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown(Type::String));
    }
    let mut texts = Vec::new();
    for (n, list) in lists.iter().enumerate() {
        for (element, it) in items(list).iter().enumerate() {
            if it.is_null() {
                let of =
                    if lists.len() > 1 { format!(" of list {}", n + 1) } else { String::new() };
                let message =
                    format!("element {element}{of} is null; cannot concatenate null values");
                return Err(Failure::argument(n + 1, message));
            }
            texts.push(text(it));
        }
    }
    Ok(string(texts.join(separator)))
}

fn replace(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (given, old, new) = (text(&args[0]), text(&args[1]), text(&args[2]));
    let pattern = old.strip_prefix('/').and_then(|it| it.strip_suffix('/'));
    let Some(pattern) = pattern else {
        return Ok(string(given.replace(old, new)));
    };
    let pattern = regex::Pattern::new(pattern)
        .map_err(|it| Failure::new(format!("error parsing regexp: {}: `{}`", it.problem, it.at)))?;
    Ok(string(pattern.replace_all(given, new)))
}

fn sort(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    if !args[0].is_wholly_known() {
        // Where each will be is not known, but how many there are.
        let each = items(&args[0]).iter().map(|_| Value::unknown(Type::String));
        return Ok(Value::list(Type::String, each.collect()));
    }
    if let Some(n) = items(&args[0]).iter().position(Value::is_null) {
        let message = format!("given list element {n} is null; a null string cannot be sorted");
        return Err(Failure::new(message));
    }
    let mut texts: Vec<&str> = items(&args[0]).iter().map(text).collect();
    texts.sort_unstable();
    Ok(strings(texts))
}

fn split(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (separator, given) = (text(&args[0]), text(&args[1]));
    if separator.is_empty() {
        return Ok(strings(given.chars()));
    }
    Ok(strings(given.split(separator)))
}

fn substr(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (offset, length) = (int(&args[1])?, int(&args[2])?);
    let characters: Vec<&str> = characters(text(&args[0])).collect();
    let total = characters.len() as i64;
    let start = if offset < 0 { (total.saturating_add(offset)).max(0) } else { offset.min(total) };
    let rest = &characters[start as usize..];
    let count = if length < 0 { rest.len() } else { rest.len().min(length as usize) };
    Ok(string(rest[..count].concat()))
}

/// The one character that is the upper case of another. `ß` is its own, since its upper case is two.
fn upper(it: char) -> char {
    let mut all = it.to_uppercase();
    match (all.next(), all.next()) {
        (Some(upper), None) => upper,
        _ => with_iota(it),
    }
}

/// Greek letters with an iota below have an upper case of one character beside that of two.
fn with_iota(it: char) -> char {
    let code = it as u32;
    let capital = match code {
        0x1f80..=0x1faf if code & 8 == 0 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => code,
    };
    char::from_u32(capital).unwrap_or(it)
}

fn lower(it: char) -> char {
    it.to_lowercase().next().unwrap_or(it)
}

/// Letters that are two in one have a form of their own for the start of a word.
fn capital(it: char) -> char {
    match it {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        '\u{10d0}'..='\u{10ff}' => it,
        _ => upper(it),
    }
}

fn title(given: &str) -> String {
    let mut before = ' ';
    given
        .chars()
        .map(|it| {
            let is_first = is_separator(before);
            before = it;
            if is_first { capital(it) } else { it }
        })
        .collect()
}

fn is_separator(it: char) -> bool {
    match it {
        '_' => false,
        it if it.is_ascii() => !it.is_ascii_alphanumeric(),
        it => !it.is_alphanumeric() && it.is_whitespace(),
    }
}
