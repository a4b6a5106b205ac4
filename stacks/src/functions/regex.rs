//! Regular expressions: `regex` and `regexall`, in RE2's syntax.

mod translate;

use model::{Map, Type, Value};
use regex::{Captures, Regex, RegexBuilder};

use super::args::{string, text};
use super::{Failure, Function, Param, Returns, Site};

/// The most memory that a compiled pattern takes.
const SIZE_LIMIT: usize = 64 << 20;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "regex",
        "The first part of a text that a pattern matches: the part itself, or its groups as a list \
         or, if they have names, as an object.",
        &[Param::string("pattern"), Param::string("string")],
        Returns::Of(result_type),
        first,
    ),
    Function::new(
        "regexall",
        "All parts of a text that a pattern matches, as a list.",
        &[Param::string("pattern"), Param::string("string")],
        Returns::Of(|args| Ok(Type::list(result_type(args)?))),
        all,
    ),
];

/// A compiled pattern.
pub(super) struct Pattern {
    regex: Regex,
    /// Of the groups, from the second on: the first is the whole match. Empty for those without.
    names: Vec<String>,
}

/// What is wrong with a pattern, in RE2's words.
pub(super) struct PatternError {
    pub problem: &'static str,
    /// The part of the pattern to blame.
    pub at: String,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Result<Pattern, PatternError> {
        let translated = translate::translate(pattern)?;
        let regex = RegexBuilder::new(&translated.pattern)
            .size_limit(SIZE_LIMIT)
            .nest_limit(1000)
            .build()
            .map_err(|_| PatternError {
                problem: "expression cannot be used here",
                at: pattern.to_owned(),
            })?;
        Ok(Pattern { regex, names: translated.names })
    }

    /// Replaces all matches; in the replacement `$name`, `${name}` and `$1` stand for groups.
    pub(super) fn replace_all(&self, given: &str, replacement: &str) -> String {
        let expand = |it: &Captures<'_>| self.expand(it, replacement);
        self.regex.replace_all(given, expand).into_owned()
    }

    fn expand(&self, captures: &Captures<'_>, replacement: &str) -> String {
        let (mut text, mut rest) = (String::new(), replacement);
        while let Some(at) = rest.find('$') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                text.push('$');
                rest = after;
                continue;
            }
            match reference(rest) {
                Some((name, after)) => {
                    text.push_str(self.group(captures, name));
                    rest = after;
                }
                None => text.push('$'),
            }
        }
        text + rest
    }

    fn group<'t>(&self, captures: &Captures<'t>, name: &str) -> &'t str {
        let found = match name.parse::<usize>() {
            Ok(n) => captures.get(n),
            Err(_) => {
                let named = self.names.iter().enumerate().filter(|(_, it)| *it == name);
                named.filter_map(|(n, _)| captures.get(n + 1)).next()
            }
        };
        found.map_or("", |it| it.as_str())
    }

    /// The type of a match, as a value made of a match has it.
    fn result_type(&self) -> Result<Type, Failure> {
        let named = self.names.iter().filter(|it| !it.is_empty()).count();
        match (named, self.names.len()) {
            (0, 0) => Ok(Type::String),
            (0, n) => Ok(Type::tuple(vec![Type::String; n])),
            (named, n) if named == n => {
                Ok(Type::object(self.names.iter().map(|it| (it.clone(), Type::String))))
            }
            _ => Err(Failure::argument(
                0,
                "invalid regexp pattern: cannot mix both named and unnamed capture groups",
            )),
        }
    }

    fn result(&self, captures: &Captures<'_>) -> Value {
        if self.names.is_empty() {
            return string(&captures[0]);
        }
        let groups = (1..=self.names.len()).map(|n| match captures.get(n) {
            Some(it) => string(it.as_str()),
            None => Value::null(Type::String),
        });
        if self.names[0].is_empty() {
            return Value::tuple(groups.collect());
        }
        let entries: Map = self.names.iter().map(|it| it.as_str().into()).zip(groups).collect();
        Value::object(entries)
    }
}

/// The name after a `$` in a replacement, and what follows it.
fn reference(rest: &str) -> Option<(&str, &str)> {
    let is_word = |it: char| it == '_' || it.is_alphanumeric();
    let (name, after) = match rest.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => rest.split_at(rest.find(|it| !is_word(it)).unwrap_or(rest.len())),
    };
    (!name.is_empty() && name.chars().all(is_word)).then_some((name, after))
}

fn compile(pattern: &Value) -> Result<Pattern, Failure> {
    Pattern::new(text(pattern)).map_err(|it| {
        Failure::argument(0, format!("invalid regexp pattern: {} in {}", it.problem, it.at))
    })
}

fn result_type(args: &[Value]) -> Result<Type, Failure> {
    if !args[0].is_known() {
        return Ok(Type::Any);
    }
    compile(&args[0])?.result_type()
}

fn first(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let pattern = compile(&args[0])?;
    pattern.result_type()?;
    let captures = pattern.regex.captures(text(&args[1]));
    let captures = captures
        .ok_or_else(|| Failure::new("pattern did not match any part of the given string"))?;
    Ok(pattern.result(&captures))
}

fn all(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let pattern = compile(&args[0])?;
    let ty = pattern.result_type()?;
    let matches = pattern.regex.captures_iter(text(&args[1]));
    Ok(Value::list(ty, matches.map(|it| pattern.result(&it)).collect()))
}
