//! The events of a YAML parser to a value.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Kind, Map, Type, Value};
use saphyr_parser::{Event, Input, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::super::args::{quote, string};
use super::scalar::resolve;
use crate::convert::convert;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 1000;
/// The most values that a document has, those that aliases stand for included.
const MAX_VALUES: usize = 10_000_000;

/// The value of a text with one document.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let is_control = |it: char| it.is_control() && !matches!(it, '\t' | '\n' | '\r' | '\u{85}');
    if text.contains(is_control) {
        return Err("control characters are not allowed".to_owned());
    }
    let mut reader = Reader {
        text,
        parser: Parser::new_from_str(text),
        place: Marker::default(),
        anchors: BTreeMap::new(),
        open: BTreeSet::new(),
        depth: 0,
        values: 0,
    };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::Nothing => {}
            Event::DocumentStart(_) => break,
            _ => return Err("on line 1, column 1: missing start of document".to_owned()),
        }
    }
    let value = reader.next().and_then(|it| reader.value(it))?;
    loop {
        match reader.next()? {
            Event::DocumentEnd | Event::Nothing => {}
            Event::StreamEnd => return Ok(value),
            _ => {
                return Err("on line 1, column 1: unexpected extra content after value".to_owned());
            }
        }
    }
}

struct Reader<'a, I: Input> {
    text: &'a str,
    parser: Parser<'a, I>,
    /// Of the last event.
    place: Marker,
    /// By the number that the parser gives to an anchor; and how many values it stands for.
    anchors: BTreeMap<usize, (Value, usize)>,
    /// Anchors of what is being read.
    open: BTreeSet<usize>,
    depth: usize,
    values: usize,
}

impl<'a, I: Input> Reader<'a, I> {
    fn next(&mut self) -> Result<Event<'a>, String> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.place = span.start;
                Ok(event)
            }
            Some(Err(error)) => Err(explain(&error, self.text)),
            None => Ok(Event::StreamEnd),
        }
    }

    fn value(&mut self, event: Event<'a>) -> Result<Value, String> {
        let before = self.values;
        self.values += 1;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(&text, style, tag)?, anchor),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag, "sequence", "seq")?;
                (self.nested(anchor, Reader::sequence)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag, "mapping", "map")?;
                (self.nested(anchor, Reader::mapping)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor),
            Event::DocumentStart(_) => return Err("only a single document is allowed".to_owned()),
            _ => return Err("expecting value but found end of stream".to_owned()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.values - before));
        }
        Ok(value)
    }

    fn alias(&mut self, anchor: usize) -> Result<Value, String> {
        if self.open.contains(&anchor) {
            let name = quote(&name_at(self.text, &self.place));
            return Err(format!("cannot refer to anchor {name} from inside its own definition"));
        }
        let (value, count) =
            self.anchors.get(&anchor).cloned().ok_or("reference to an undefined anchor")?;
        self.values = self.values.saturating_add(count);
        if self.values > MAX_VALUES {
            return Err(format!("aliases make more than {MAX_VALUES} values"));
        }
        Ok(value)
    }

    fn nested(
        &mut self,
        anchor: usize,
        read: fn(&mut Self) -> Result<Value, String>,
    ) -> Result<Value, String> {
        if self.depth == MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        if anchor > 0 {
            self.open.insert(anchor);
        }
        let value = stacker::maybe_grow(128 << 10, 1 << 20, || read(self));
        self.open.remove(&anchor);
        self.depth -= 1;
        value
    }

    fn sequence(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::tuple(items)),
                event => items.push(self.value(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Value, String> {
        let mut entries = Map::new();
        loop {
            let (text, style, tag) = match self.next()? {
                Event::MappingEnd => return Ok(Value::object(entries)),
                Event::Scalar(text, style, anchor, tag) => {
                    if anchor > 0 {
                        let key = scalar(&text, style, tag.clone())?;
                        self.anchors.insert(anchor, (key, 1));
                    }
                    (text, style, tag)
                }
                _ => return Err("only strings are allowed as mapping keys".to_owned()),
            };
            if text == "<<" && tag.is_none() {
                let merged = self.next().and_then(|it| self.value(it))?;
                let Kind::Object(merged) = &merged.kind else {
                    let ty = merged.ty().friendly();
                    return Err(format!("cannot merge {ty} into mapping"));
                };
                entries.extend(merged.iter().map(|(key, it)| (key.clone(), it.clone())));
                continue;
            }
            let key = scalar(&text, style, tag)?;
            if key.is_null() {
                return Err("mapping key cannot be null".to_owned());
            }
            let key = convert(&key, &Type::String).map_err(|it| it.message)?;
            let Kind::String(key) = string(key.as_str().unwrap_or_default()).kind else {
                return Err("only strings are allowed as mapping keys".to_owned());
            };
            let value = self.next().and_then(|it| self.value(it))?;
            entries.insert(key, value);
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<Cow<'_, Tag>>) -> Result<Value, String> {
    resolve(&long(tag), style == ScalarStyle::Plain, text)
}

fn long(tag: Option<Cow<'_, Tag>>) -> String {
    tag.map_or_else(String::new, |it| format!("{}{}", it.handle, it.suffix))
}

fn check_tag(tag: Option<Cow<'_, Tag>>, what: &str, kind: &str) -> Result<(), String> {
    let tag = long(tag);
    match tag.is_empty() || tag.strip_prefix("tag:yaml.org,2002:") == Some(kind) {
        true => Ok(()),
        false => Err(format!("can't interpret {what} as {tag}")),
    }
}

/// The error in the words and with the place that Terraform's library gives: what is wrong with the
/// structure is reported a line before, and the first line goes without saying.
fn explain(error: &ScanError, text: &str) -> String {
    let info = error.info();
    let (context, problem) = match info.strip_prefix("while ").and_then(|it| it.split_once(", ")) {
        Some((context, problem)) => (context, problem),
        None => ("", info),
    };
    if problem == "found unknown anchor" {
        return format!("reference to undefined anchor {}", quote(&name_at(text, error.marker())));
    }
    let is_structure =
        context.starts_with("parsing a flow") || context.starts_with("parsing a block");
    let line = error.marker().line() - usize::from(is_structure);
    let problem = match problem {
        "expected ',' or ']'" | "expected ',' or '}'" => format!("did not find {problem}"),
        it if it.starts_with("tabs disallowed") || it.starts_with("unexpected character") => {
            "found character that cannot start any token".to_owned()
        }
        it => it.to_owned(),
    };
    match line > usize::from(!is_structure) {
        true => format!("on line {line}, column 1: {problem}"),
        false => problem,
    }
}

/// The name of the alias that a place is in front of.
fn name_at(text: &str, marker: &Marker) -> String {
    let line = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or_default();
    let rest = line.chars().skip(marker.col()).skip_while(|it| *it == '*');
    rest.take_while(|it| !it.is_whitespace() && !",[]{}".contains(*it)).collect()
}
