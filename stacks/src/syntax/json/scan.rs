//! JSON with the span of each value, and with properties that may occur more than once.

use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Number, Position, Span};

use crate::syntax::place::{MAX_DEPTH, START, after};

pub struct Json {
    pub kind: JsonKind,
    pub span: Span,
}

pub enum JsonKind {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<Property>),
    /// What was not right; it has been reported.
    Broken,
}

pub struct Property {
    pub name: String,
    /// Where the name stands, with its quotes.
    pub span: Span,
    pub value: Json,
}

impl Json {
    pub fn is_object(&self) -> bool {
        matches!(self.kind, JsonKind::Object(_))
    }

    pub fn into_properties(self) -> Option<Vec<Property>> {
        match self.kind {
            JsonKind::Object(it) => Some(it),
            _ => None,
        }
    }
}

/// It has been reported, and nothing after it can be read.
struct Failed;

type Scanned<T> = Result<T, Failed>;

/// The value that a text is. Nothing if there is none, or if what follows something wrong cannot be
/// told.
pub fn scan(file: &Arc<str>, text: &str) -> (Option<Json>, Diagnostics) {
    let mut scanner = Scanner { file, text, at: START, depth: 0, problems: Vec::new() };
    if text.starts_with('\u{feff}') {
        scanner.at.byte = 3;
    }
    let json = scanner.whole().ok();
    (json, scanner.problems)
}

struct Scanner<'a> {
    file: &'a Arc<str>,
    text: &'a str,
    at: Position,
    depth: usize,
    problems: Diagnostics,
}

impl<'a> Scanner<'a> {
    fn whole(&mut self) -> Scanned<Json> {
        let json = self.value()?;
        if self.peek() != 0 {
            let span = self.next_span();
            self.error(
                "Extraneous data after value",
                "Extra characters appear after the JSON value.",
                &span,
            );
        }
        Ok(json)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at.byte as usize..]
    }

    /// The next byte that is no space, or zero at the end.
    fn peek(&mut self) -> u8 {
        let rest = self.rest();
        let spaces = rest.bytes().take_while(|it| matches!(it, b' ' | b'\t' | b'\r' | b'\n'));
        let n = spaces.count();
        self.take(n);
        self.rest().bytes().next().unwrap_or(0)
    }

    fn take(&mut self, len: usize) -> &'a str {
        let taken = &self.rest()[..len];
        self.at = after(self.at, taken);
        taken
    }

    fn span(&self, start: Position) -> Span {
        Span { file: self.file.clone(), start, end: self.at }
    }

    /// The next character, or word.
    fn next_span(&mut self) -> Span {
        self.peek();
        let start = self.at;
        let rest = self.rest();
        let word = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let one = rest.chars().next().map_or(0, char::len_utf8);
        let end = after(start, &rest[..word.max(one)]);
        Span { file: self.file.clone(), start, end }
    }

    fn error(&mut self, summary: &str, detail: impl Into<String>, span: &Span) -> Failed {
        self.problems.push(Diagnostic::error(summary, detail).at(span));
        Failed
    }

    fn error_next(&mut self, summary: &str, detail: &str) -> Failed {
        let span = self.next_span();
        self.error(summary, detail, &span)
    }

    fn value(&mut self) -> Scanned<Json> {
        let first = self.peek();
        let start = self.at;
        let kind = match first {
            b'{' | b'[' => self.nested(first)?,
            b'"' => match self.string()? {
                Some(it) => JsonKind::String(it),
                None => JsonKind::Broken,
            },
            b'-' | b'+' | b'.' | b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' => self.keyword(),
            0 => return Err(self.error_next("Missing value", "The JSON data ends prematurely.")),
            b']' | b'}' | b',' | b':' => {
                let detail = "A value is missing here.";
                return Err(self.error_next("Missing JSON value", detail));
            }
            _ => {
                let detail = "A JSON value must start with a brace, a bracket, a number, a string, \
                              or a keyword.";
                return Err(self.error_next("Invalid start of value", detail));
            }
        };
        Ok(Json { kind, span: self.span(start) })
    }

    fn nested(&mut self, first: u8) -> Scanned<JsonKind> {
        if self.depth == MAX_DEPTH {
            let detail = format!("No more than {MAX_DEPTH} levels of nesting are possible.");
            return Err(self.error_next("Too deeply nested", &detail));
        }
        self.depth += 1;
        let parsed = stacker::maybe_grow(64 * 1024, 1024 * 1024, || match first {
            b'{' => self.object(),
            _ => self.array(),
        });
        self.depth -= 1;
        parsed
    }

    fn object(&mut self) -> Scanned<JsonKind> {
        let start = self.at;
        self.take(1);
        let open = self.span(start);
        let mut properties = Vec::new();
        while self.peek() != b'}' {
            properties.push(self.property(&open)?);
            match self.peek() {
                b'}' => (),
                b',' => {
                    let comma = self.next_span();
                    self.take(1);
                    if self.peek() == b'}' {
                        let detail = "JSON does not permit a trailing comma after the final \
                                      property in an object.";
                        self.error("Trailing comma in object", detail, &comma);
                    }
                }
                // It is clear what was meant.
                b'"' => {
                    let detail =
                        "A comma must appear between each property definition in an object.";
                    self.error_next("Missing attribute separator comma", detail);
                }
                0 => return Err(self.unclosed_object(&open)),
                b']' => {
                    let detail = "A JSON object must be closed with a brace, not a bracket.";
                    return Err(self.error_next("Mismatched braces", detail));
                }
                _ => {
                    let detail =
                        "A comma must appear between each property definition in an object.";
                    return Err(self.error_next("Missing attribute separator comma", detail));
                }
            }
        }
        self.take(1);
        Ok(JsonKind::Object(properties))
    }

    fn unclosed_object(&mut self, open: &Span) -> Failed {
        let detail = "No closing brace was found for this JSON object.";
        self.error("Unclosed object", detail, open)
    }

    fn property(&mut self, open: &Span) -> Scanned<Property> {
        match self.peek() {
            b'"' => (),
            0 => return Err(self.unclosed_object(open)),
            _ => {
                let detail = "A JSON object property name must be a string in double quotes.";
                return Err(self.error_next("Invalid object property name", detail));
            }
        }
        let start = self.at;
        let name = self.string()?.unwrap_or_default();
        let span = self.span(start);
        match self.peek() {
            b':' => {
                self.take(1);
            }
            b'=' => {
                let detail = "JSON uses a colon as its name/value delimiter, not an equals sign.";
                return Err(self.error_next("Missing property value colon", detail));
            }
            _ => {
                let detail = "A colon must appear between an object property's name and its value.";
                return Err(self.error_next("Missing property value colon", detail));
            }
        }
        Ok(Property { name, span, value: self.value()? })
    }

    fn array(&mut self) -> Scanned<JsonKind> {
        let start = self.at;
        self.take(1);
        let open = self.span(start);
        let mut items = Vec::new();
        loop {
            match self.peek() {
                b']' => break,
                0 => return Err(self.unclosed_array(&open)),
                _ => items.push(self.value()?),
            }
            match self.peek() {
                b']' => (),
                b',' => {
                    let comma = self.next_span();
                    self.take(1);
                    if self.peek() == b']' {
                        let detail = "JSON does not permit a trailing comma after the final value \
                                      in an array.";
                        self.error("Trailing comma in array", detail, &comma);
                    }
                }
                0 => return Err(self.unclosed_array(&open)),
                b'}' => {
                    let detail = "A JSON array must be closed with a bracket, not a brace.";
                    return Err(self.error_next("Mismatched brackets", detail));
                }
                _ => {
                    let detail = "A comma must appear between each value in an array.";
                    return Err(self.error_next("Missing attribute separator comma", detail));
                }
            }
        }
        self.take(1);
        Ok(JsonKind::Array(items))
    }

    fn unclosed_array(&mut self, open: &Span) -> Failed {
        let detail = "No closing bracket was found for this JSON array.";
        self.error("Unclosed array", detail, open)
    }

    fn keyword(&mut self) -> JsonKind {
        let span = self.next_span();
        let word = self.take((span.end.byte - span.start.byte) as usize);
        match word {
            "null" => JsonKind::Null,
            "true" => JsonKind::Bool(true),
            "false" => JsonKind::Bool(false),
            other => {
                let detail = format!("\"{other}\" is not a valid JSON keyword.");
                self.error("Invalid JSON keyword", detail, &span);
                JsonKind::Broken
            }
        }
    }

    fn number(&mut self) -> JsonKind {
        let start = self.at;
        let part = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'+' | b'.');
        let text = self.take(self.rest().bytes().take_while(part).count());
        if let (true, Ok(it)) = (is_number(text), text.parse()) {
            return JsonKind::Number(it);
        }
        let span = self.span(start);
        let detail = "There is a syntax error in the given JSON number.";
        self.error("Invalid JSON number", detail, &span);
        JsonKind::Broken
    }

    /// A text in quotes; nothing if an escape in it is wrong.
    fn string(&mut self) -> Scanned<Option<String>> {
        let start = self.at;
        let rest = &self.rest()[1..];
        let Some(len) = string_len(rest) else {
            let line = rest.find('\n').unwrap_or(rest.len());
            self.take(1 + line);
            let span = self.span(start);
            let detail = "There is no closing quote mark for this string on its line.";
            return Err(self.error("Invalid JSON string", detail, &span));
        };
        let inner = &rest[..len];
        self.take(len + 2);
        // serde_json knows the escapes.
        let quoted = &self.text[start.byte as usize..self.at.byte as usize];
        let value = match inner.contains('\\') || inner.bytes().any(|it| it < 0x20) {
            false => Some(inner.to_owned()),
            true => serde_json::from_str(quoted).ok(),
        };
        if value.is_none() {
            let span = self.span(start);
            let detail = "There is a syntax error in the given JSON string.";
            self.error("Invalid JSON string", detail, &span);
        }
        Ok(value)
    }
}

/// How many bytes there are before the closing quote, which has to be on the same line.
fn string_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\n' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Whether a text is a number as JSON writes them.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|it| digits(it.strip_prefix(['+', '-']).unwrap_or(it)))
}
