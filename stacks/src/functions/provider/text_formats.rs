//! TOML, `.env` files, and `${NAME}` in texts.

use model::{Kind, Map, Number, Type, Value};

use super::super::args::{quote, string};

/// The value of a TOML document: dates are texts.
pub(super) fn toml(text: &str) -> Result<Value, String> {
    let table: toml::Table = text.parse().map_err(|it: toml::de::Error| {
        let line = it.span().map(|it| text[..it.start.min(text.len())].matches('\n').count() + 1);
        let line = line.map_or(String::new(), |it| format!("on line {it}: "));
        format!("{line}{}", it.message())
    })?;
    value(&toml::Value::Table(table))
}

fn value(toml: &toml::Value) -> Result<Value, String> {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        Ok(match toml {
            toml::Value::String(it) => string(it),
            toml::Value::Integer(it) => (*it).into(),
            toml::Value::Float(it) => Value::number(float(*it)?),
            toml::Value::Boolean(it) => (*it).into(),
            toml::Value::Datetime(it) => it.to_string().into(),
            toml::Value::Array(items) => {
                Value::tuple(items.iter().map(value).collect::<Result<_, _>>()?)
            }
            toml::Value::Table(entries) => {
                let entries = entries.iter().map(|(key, it)| Ok((key.as_str().into(), value(it)?)));
                Value::object(entries.collect::<Result<Map, String>>()?)
            }
        })
    })
}

/// By its decimal text, so that 0.1 is a tenth.
fn float(it: f64) -> Result<Number, String> {
    if it.is_infinite() {
        return Ok(Number::infinity(it < 0.0));
    }
    it.to_string().parse().map_err(|()| "not a number (nan) is not supported".to_owned())
}

/// The variables of a `.env` file.
pub(super) fn dotenv(text: &str) -> Result<Value, String> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut entries = Map::new();
    while let Some((name, value)) = reader.entry()? {
        entries.insert(name.into(), string(value));
    }
    Ok(Value::map(Type::String, entries))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &str) -> String {
        format!("on line {}: {problem}", self.line)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    fn line_length(&self) -> usize {
        self.rest.find('\n').unwrap_or(self.rest.len())
    }

    /// The next `NAME=value`.
    fn entry(&mut self) -> Result<Option<(&'a str, String)>, String> {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.take(blank);
            if !self.rest.starts_with('#') {
                break;
            }
            self.take(self.line_length());
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = &self.rest[..self.line_length()];
        let Some(at) = line.find('=') else {
            return Err(self.error("expected NAME=value"));
        };
        let name = line[..at].trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        if !is_name(name) {
            return Err(self.error(&format!("{} is not a valid variable name", quote(name))));
        }
        self.take(at + 1);
        let spaces = self.rest.len() - self.rest.trim_start_matches([' ', '\t']).len();
        self.take(spaces);
        let value = match self.rest.as_bytes().first() {
            Some(b'\'') => self.quoted('\'')?,
            Some(b'"') => self.quoted('"')?,
            _ => {
                let line = self.take(self.line_length());
                let end = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
                let end = if line.starts_with('#') { 0 } else { end };
                return Ok(Some((name, line[..end].trim().to_owned())));
            }
        };
        let after = self.take(self.line_length()).trim();
        match after.is_empty() || after.starts_with('#') {
            true => Ok(Some((name, value))),
            false => Err(self.error("unexpected text after the closing quote")),
        }
    }

    /// A quoted value, which may have several lines. Escapes are for double quotes only.
    fn quoted(&mut self, mark: char) -> Result<String, String> {
        let mut value = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, it)) = chars.next() {
            match it {
                it if it == mark => {
                    self.take(at + 1);
                    return Ok(value);
                }
                '\\' if mark == '"' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, it @ ('"' | '\\' | '$' | '`'))) => value.push(it),
                    Some((_, '\n')) => {}
                    Some((_, it)) => value.extend(['\\', it]),
                    None => break,
                },
                it => value.push(it),
            }
        }
        Err(self.error("the quote is never closed"))
    }
}

fn is_name(name: &str) -> bool {
    let letter = |it: char| it == '_' || it.is_ascii_alphabetic();
    name.starts_with(letter) && name.chars().all(|it| letter(it) || it.is_ascii_digit())
}

/// A text with its variables replaced. What looks like none stays as it is.
pub(super) fn envsubst(text: &str, vars: &Value) -> Result<Value, String> {
    if !vars.is_wholly_known() {
        return Ok(Value::unknown(Type::String));
    }
    let (mut done, mut rest) = (String::new(), text);
    let mut missing: Vec<&str> = Vec::new();
    while let Some(at) = rest.find('$') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(found) = Reference::parse(rest) else {
            done.push('$');
            rest = &rest[1..];
            continue;
        };
        rest = &rest[found.length..];
        let given = match vars.get(found.name).map(|it| &it.kind) {
            Some(Kind::String(it)) => Some(&**it),
            _ => None,
        };
        match (given, found.default) {
            (Some(""), Some((default, true))) | (None, Some((default, _))) => {
                done.push_str(default);
            }
            (Some(given), _) => done.push_str(given),
            (None, None) => missing.push(found.name),
        }
    }
    done.push_str(rest);
    if missing.is_empty() {
        return Ok(string(done));
    }
    missing.sort_unstable();
    missing.dedup();
    Err(format!("vars has no value for {}", missing.join(", ")))
}

struct Reference<'a> {
    name: &'a str,
    /// And whether it also stands for an empty value.
    default: Option<(&'a str, bool)>,
    length: usize,
}

impl<'a> Reference<'a> {
    /// The reference at the `$` that the text begins with.
    fn parse(text: &'a str) -> Option<Reference<'a>> {
        let word = |it: &str| {
            it.find(|it: char| it != '_' && !it.is_ascii_alphanumeric()).unwrap_or(it.len())
        };
        let Some(inside) = text.strip_prefix("${") else {
            let name = &text[1..][..word(&text[1..])];
            return is_name(name).then_some(Reference {
                name,
                default: None,
                length: name.len() + 1,
            });
        };
        let (inside, _) = inside.split_once('}')?;
        let (name, rest) = inside.split_at(word(inside));
        let default = match (rest.strip_prefix(":-"), rest.strip_prefix('-')) {
            (Some(default), _) => Some((default, true)),
            (None, Some(default)) => Some((default, false)),
            (None, None) if rest.is_empty() => None,
            (None, None) => return None,
        };
        is_name(name).then_some(Reference { name, default, length: inside.len() + 3 })
    }
}
