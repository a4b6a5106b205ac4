//! `csvdecode`: a table of texts, as RFC 4180 writes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Map, Type, Value};

use super::args::{quote, string, text};
use super::{Failure, Function, Param, Returns, Site, Takes};

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "csvdecode",
    "The rows of a CSV text, each an object with the names of the first row.",
    &[Param::string("str")],
    Returns::Known(Takes::Any),
    csv_decode,
)];

fn csv_decode(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let mut reader = Reader { rest: text(&args[0]), line: 0 };
    let Some(header) = reader.record()? else {
        return Err(Failure::new("missing header line"));
    };
    let mut seen = BTreeSet::new();
    for name in &header {
        if !seen.insert(name) {
            return Err(Failure::new(format!("duplicate column name {}", quote(name))));
        }
    }
    let names: Vec<Arc<str>> = header.iter().map(|it| it.as_str().into()).collect();
    let mut rows = Vec::new();
    while let Some(fields) = reader.record()? {
        if fields.len() != names.len() {
            return Err(reader.error("wrong number of fields"));
        }
        let entries: Map = names.iter().cloned().zip(fields.into_iter().map(string)).collect();
        rows.push(Value::object(entries));
    }
    let row = Type::object(header.into_iter().map(|it| (it, Type::String)));
    Ok(Value::list(row, rows))
}

struct Reader<'a> {
    rest: &'a str,
    /// Of the last line that was read, from 1 on.
    line: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &str) -> Failure {
        Failure::new(format!("CSV parse error on line {}: {problem}", self.line))
    }

    /// The next line with its line break, as `\n`.
    fn next_line(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let length = self.rest.find('\n').map_or(self.rest.len(), |it| it + 1);
        let (line, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(line)
    }

    /// The next row that is not empty.
    fn record(&mut self) -> Result<Option<Vec<String>>, Failure> {
        let mut line = loop {
            match self.next_line() {
                None => return Ok(None),
                Some("\n" | "\r\n") => {}
                Some(line) => break line,
            }
        };
        let mut fields = Vec::new();
        loop {
            let Some(mut inside) = line.strip_prefix('"') else {
                let end = line.find(',').unwrap_or(line.len());
                let field = line[..end].trim_end_matches('\n').trim_end_matches('\r');
                if field.contains('"') {
                    return Err(self.error("bare \" in non-quoted-field"));
                }
                fields.push(field.to_owned());
                match line.get(end + 1..) {
                    Some(after) => line = after,
                    None => return Ok(Some(fields)),
                }
                continue;
            };
            let mut field = String::new();
            loop {
                let Some(end) = inside.find('"') else {
                    field.push_str(&inside.replace("\r\n", "\n"));
                    match self.next_line() {
                        Some(next) => inside = next,
                        None => return Err(self.error("extraneous or missing \" in quoted-field")),
                    }
                    continue;
                };
                field.push_str(&inside[..end]);
                inside = &inside[end + 1..];
                match inside.strip_prefix('"') {
                    Some(after) => {
                        field.push('"');
                        inside = after;
                    }
                    None => break,
                }
            }
            fields.push(field);
            match inside.strip_prefix(',') {
                Some(after) => line = after,
                None if matches!(inside, "" | "\n" | "\r\n") => return Ok(Some(fields)),
                None => return Err(self.error("extraneous or missing \" in quoted-field")),
            }
        }
    }
}
