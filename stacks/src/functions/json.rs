//! JSON texts of values and values of JSON texts, with numbers of any size.

use std::sync::Arc;

use model::{Kind, Map, Number, Type, Value};

use super::args::{string, text};
use super::{Failure, Function, Param, Returns, Site, Takes};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 1000;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "jsondecode",
        "The value that a JSON text stands for.",
        &[Param::string("str")],
        Returns::Known(Takes::Any),
        |args, _| decode(text(&args[0])).map_err(Failure::new),
    ),
    Function::new(
        "jsonencode",
        "A value as a JSON text.",
        &[Param { null: true, dynamic: true, ..Param::any("val") }],
        Returns::Known(Takes::String),
        |args, _: &Site<'_>| match args[0].is_wholly_known() {
            true => encode(&args[0]).map(string).map_err(Failure::new),
            false => Ok(Value::unknown(Type::String)),
        },
    ),
];

/// A wholly known value as compact JSON.
pub(super) fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    stacker::maybe_grow(64 << 10, 1 << 20, || {
        match &value.kind {
            Kind::Unknown(_) | Kind::Null(_) => out.push_str("null"),
            Kind::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
            Kind::Number(it) if it.is_infinite() => {
                return Err("cannot serialize infinity as JSON".to_owned());
            }
            Kind::Number(it) => out.push_str(&it.to_string()),
            Kind::String(it) => quote(it, out),
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                out.push('[');
                for (n, it) in items.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    write(it, out)?;
                }
                out.push(']');
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                out.push('{');
                for (n, (key, it)) in entries.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    quote(key, out);
                    out.push(':');
                    write(it, out)?;
                }
                out.push('}');
            }
        }
        Ok(())
    })
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    quote(text, &mut out);
    out
}

/// Escapes what could end a script in a page too, as Go does.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for it in text.chars() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", it as u32));
            }
            it => out.push(it),
        }
    }
    out.push('"');
}

/// The value of a JSON text: objects and tuples.
pub(super) fn decode(text: &str) -> Result<Value, String> {
    let mut reader = Reader { bytes: text.as_bytes(), text, at: 0, depth: 0 };
    let value = reader.value()?;
    match reader.peek() {
        Some(_) => Err("extraneous data after JSON object".to_owned()),
        None => Ok(value),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.peek() {
            None => Err("EOF".to_owned()),
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            Some(b'"') => Ok(string(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", true.into()),
            Some(b'f') => self.word("false", false.into()),
            Some(b'n') => self.word("null", Value::null(Type::Any)),
            Some(it) => Err(invalid(it, " looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.depth == MAX_DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.depth += 1;
        self.at += 1;
        let value = stacker::maybe_grow(64 << 10, 1 << 20, || read(self));
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value()?);
            match self.peek() {
                None => return Err("EOF".to_owned()),
                Some(b',') => self.at += 1,
                Some(b']') => break,
                Some(it) => return Err(invalid(it, " after array element")),
            }
        }
        self.at += 1;
        Ok(Value::tuple(items))
    }

    fn object(&mut self) -> Result<Value, String> {
        let mut entries = Map::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::object(entries));
        }
        let mut context = "";
        loop {
            let key: Arc<str> = match self.peek() {
                None => return Err("EOF".to_owned()),
                Some(b'"') => match string(self.string()?).kind {
                    Kind::String(key) => key,
                    _ => "".into(),
                },
                Some(it) => return Err(invalid(it, context)),
            };
            match self.peek() {
                None => return Err("EOF".to_owned()),
                Some(b':') => self.at += 1,
                Some(it) => return Err(invalid(it, " after object key")),
            }
            let value = self.value()?;
            entries.insert(key, value);
            match self.peek() {
                None => return Err("EOF".to_owned()),
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                Some(it) => return Err(invalid(it, " after object key:value pair")),
            }
            context = " looking for beginning of object key string";
        }
        self.at += 1;
        Ok(Value::object(entries))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            match self.bytes.get(self.at) {
                None => return Err("unexpected EOF".to_owned()),
                Some(it) if *it == expected => self.at += 1,
                Some(it) => {
                    let expected = char::from(expected);
                    let context = format!(" in literal {word} (expecting '{expected}')");
                    return Err(invalid(*it, &context));
                }
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits(" in numeric literal")?,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits(" after decimal point in numeric literal")?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits(" in exponent of numeric literal")?;
        }
        let number = self.text[start..self.at].parse::<Number>();
        number.map(Value::number).map_err(|()| "a number is too large".to_owned())
    }

    fn digits(&mut self, context: &str) -> Result<(), String> {
        match self.bytes.get(self.at) {
            None => return Err("unexpected EOF".to_owned()),
            Some(it) if !it.is_ascii_digit() => return Err(invalid(*it, context)),
            Some(_) => {}
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while self.bytes.get(self.at).is_some_and(|it| !matches!(it, b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[start..self.at]);
            match self.bytes.get(self.at) {
                None => return Err("unexpected EOF".to_owned()),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(it) => return Err(invalid(*it, " in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let Some(it) = self.bytes.get(self.at) else { return Err("unexpected EOF".to_owned()) };
        self.at += 1;
        Ok(match it {
            b'"' | b'\\' | b'/' => char::from(*it),
            b'b' => '\x08',
            b'f' => '\x0c',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex()?;
                // Two escapes make one character beyond the first plane; a lone half is none.
                if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
                    let before = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = before;
                }
                char::from_u32(high).unwrap_or('\u{fffd}')
            }
            it => return Err(invalid(*it, " in string escape code")),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(it) = self.bytes.get(self.at) else {
                return Err("unexpected EOF".to_owned());
            };
            let digit = char::from(*it).to_digit(16);
            code = code * 16
                + digit.ok_or_else(|| invalid(*it, " in \\u hexadecimal character escape"))?;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Go speaks of bytes, and shows them as if they were characters.
fn invalid(byte: u8, context: &str) -> String {
    let shown = match char::from(byte) {
        '\'' => "\\'".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '\\' => "\\\\".to_owned(),
        it if it.is_ascii_control() => format!("\\x{:02x}", it as u32),
        it if it.is_control() => format!("\\u{:04x}", it as u32),
        it => it.to_string(),
    };
    format!("invalid character '{shown}'{context}")
}
