//! RE2's syntax to that of the `regex` crate, and RE2's errors.
//!
//! They differ in what `\d`, `\w`, `\s` and `\b` mean (ASCII only in RE2), in `\Q..\E`, octal escapes,
//! a lone `{`, operators inside classes, and names of groups that occur twice.

use super::PatternError;

/// The most repetitions of anything, nested ones multiplied.
const MAX_REPEAT: u64 = 1000;

pub(super) struct Translated {
    pub pattern: String,
    pub names: Vec<String>,
}

/// Where the part before the next character stands, for repetition.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// Nothing that could be repeated.
    Nothing,
    Atom,
    /// A repetition, whose operator begins there.
    Repeat(usize),
}

struct Translator<'a> {
    whole: &'a str,
    at: usize,
    out: String,
    names: Vec<String>,
    before: Before,
    /// How often the last atom, and the largest in each open group, repeats something.
    weight: u64,
    open: Vec<u64>,
    heaviest: u64,
}

pub(super) fn translate(pattern: &str) -> Result<Translated, PatternError> {
    let mut it = Translator {
        whole: pattern,
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        names: Vec::new(),
        before: Before::Nothing,
        weight: 1,
        open: Vec::new(),
        heaviest: 1,
    };
    while !it.rest().is_empty() {
        it.step()?;
    }
    if !it.open.is_empty() {
        return Err(error("missing closing )", pattern));
    }
    Ok(Translated { pattern: it.out, names: it.names })
}

fn error(problem: &'static str, at: &str) -> PatternError {
    PatternError { problem, at: at.to_owned() }
}

impl<'a> Translator<'a> {
    fn rest(&self) -> &'a str {
        &self.whole[self.at..]
    }

    fn since(&self, start: usize) -> &'a str {
        &self.whole[start..self.at]
    }

    fn next(&mut self) -> Option<char> {
        let it = self.rest().chars().next()?;
        self.at += it.len_utf8();
        Some(it)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.before = Before::Atom;
        self.heaviest = self.heaviest.max(self.weight);
        self.weight = 1;
    }

    fn literal(&mut self, it: char) {
        self.atom(&format!("\\x{{{:x}}}", it as u32));
    }

    fn step(&mut self) -> Result<(), PatternError> {
        let start = self.at;
        let Some(it) = self.next() else { return Ok(()) };
        match it {
            '(' => self.group(start)?,
            ')' => {
                let Some(outer) = self.open.pop() else {
                    return Err(error("unexpected )", self.whole));
                };
                let inner = self.heaviest.max(self.weight);
                self.out.push(')');
                self.before = Before::Atom;
                self.heaviest = outer;
                self.weight = inner;
            }
            '|' => {
                self.heaviest = self.heaviest.max(self.weight);
                self.weight = 1;
                self.out.push('|');
                self.before = Before::Nothing;
            }
            '[' => self.class(start)?,
            '*' | '+' | '?' => self.repeat(start, &it.to_string(), 1)?,
            '{' => match counts(self.rest()) {
                Some((min, max, length)) => {
                    self.at += length;
                    if min > MAX_REPEAT || max.is_some_and(|it| it > MAX_REPEAT || it < min) {
                        return Err(error("invalid repeat count", self.since(start)));
                    }
                    let operator = self.since(start);
                    self.repeat(start, operator, max.unwrap_or(min).max(1))?;
                }
                None => self.literal('{'),
            },
            '\\' => self.escape(start)?,
            '.' | '^' | '$' => self.atom(&it.to_string()),
            it if it.is_ascii_alphanumeric() => self.atom(&it.to_string()),
            it => self.literal(it),
        }
        Ok(())
    }

    fn repeat(&mut self, start: usize, operator: &str, count: u64) -> Result<(), PatternError> {
        let lazy = self.eat("?");
        match self.before {
            Before::Repeat(first) => {
                return Err(error("invalid nested repetition operator", self.since(first)));
            }
            Before::Nothing => {
                return Err(error("missing argument to repetition operator", self.since(start)));
            }
            Before::Atom => {}
        }
        self.weight = self.weight.saturating_mul(count);
        if self.weight > MAX_REPEAT {
            return Err(error("invalid repeat count", self.since(start)));
        }
        self.out.push_str(operator);
        if lazy {
            self.out.push('?');
        }
        self.before = Before::Repeat(start);
        Ok(())
    }

    fn open_group(&mut self, text: &str) {
        self.out.push_str(text);
        self.open.push(self.heaviest.max(self.weight));
        (self.heaviest, self.weight) = (1, 1);
        self.before = Before::Nothing;
    }

    fn group(&mut self, start: usize) -> Result<(), PatternError> {
        if !self.rest().starts_with('?') {
            self.names.push(String::new());
            self.open_group("(");
            return Ok(());
        }
        if self.eat("?P<") || self.eat("?<") {
            let Some(length) = self.rest().find('>') else {
                return Err(error("invalid named capture", &self.whole[start..]));
            };
            let name = &self.rest()[..length];
            self.at += length + 1;
            if name.is_empty() || !name.bytes().all(|it| it == b'_' || it.is_ascii_alphanumeric()) {
                return Err(error("invalid named capture", self.since(start)));
            }
            self.names.push(name.to_owned());
            self.open_group("(");
            return Ok(());
        }
        self.flags(start)
    }

    /// `(?i)`, `(?i-s:`, `(?:`.
    fn flags(&mut self, start: usize) -> Result<(), PatternError> {
        self.eat("?");
        let (mut negated, mut any) = (false, false);
        loop {
            match self.next() {
                Some('i' | 'm' | 's' | 'U') => any = true,
                Some('-') if !negated => (negated, any) = (true, false),
                Some(':') if any || !negated => {
                    let text = self.since(start);
                    self.open_group(text);
                    return Ok(());
                }
                Some(')') if any || !negated => {
                    // `(?)` says nothing.
                    if self.since(start) != "(?)" {
                        self.out.push_str(self.since(start));
                    }
                    return Ok(());
                }
                _ => {
                    return Err(error("invalid or unsupported Perl syntax", self.since(start)));
                }
            }
        }
    }

    fn escape(&mut self, start: usize) -> Result<(), PatternError> {
        let Some(it) = self.rest().chars().next() else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        match it {
            'Q' => {
                self.at += 1;
                let rest = self.rest();
                let (text, length) = match rest.find("\\E") {
                    Some(at) => (&rest[..at], at + 2),
                    None => (rest, rest.len()),
                };
                self.at += length;
                text.chars().for_each(|it| self.literal(it));
            }
            'A' | 'z' => {
                self.at += 1;
                self.atom(self.since(start));
            }
            'b' => {
                self.at += 1;
                self.atom(r"(?-u:\b)");
            }
            'B' => {
                self.at += 1;
                self.atom(r"\B");
            }
            _ => match self.class_escape(start)? {
                Some(class) => self.atom(&format!("[{class}]")),
                None => {
                    let it = self.character(start)?;
                    self.literal(it);
                }
            },
        }
        Ok(())
    }

    /// `\d`, `\pL` and the like after the backslash, as the inside of a class.
    fn class_escape(&mut self, start: usize) -> Result<Option<String>, PatternError> {
        let class = match self.rest().as_bytes().first() {
            Some(b'd') => "0-9",
            Some(b'D') => "[^0-9]",
            Some(b's') => r"\t\n\x0c\r ",
            Some(b'S') => r"[^\t\n\x0c\r ]",
            Some(b'w') => "0-9A-Za-z_",
            Some(b'W') => "[^0-9A-Za-z_]",
            Some(b'p' | b'P') => return self.unicode_class(start).map(Some),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(class.to_owned()))
    }

    fn unicode_class(&mut self, start: usize) -> Result<String, PatternError> {
        let mut negated = self.next() == Some('P');
        let name = if self.eat("{") {
            let Some(length) = self.rest().find('}') else {
                return Err(error("invalid character class range", &self.whole[start..]));
            };
            let name = &self.rest()[..length];
            self.at += length + 1;
            name
        } else {
            let from = self.at;
            self.next();
            self.since(from)
        };
        let name = match name.strip_prefix('^') {
            Some(name) => {
                negated = !negated;
                name
            }
            None => name,
        };
        let sign = if negated { 'P' } else { 'p' };
        let kind = match name.len() {
            0 => return Err(error("invalid character class range", self.since(start))),
            _ if name == "Any" => "Any".to_owned(),
            1 | 2 => format!("gc={name}"),
            _ => format!("sc={name}"),
        };
        let class = format!("\\{sign}{{{kind}}}");
        let is_name = name.starts_with(|it: char| it.is_ascii_uppercase());
        if !is_name || regex::Regex::new(&class).is_err() {
            return Err(error("invalid character class range", self.since(start)));
        }
        Ok(class)
    }

    /// The character that an escape stands for; the backslash is behind.
    fn character(&mut self, start: usize) -> Result<char, PatternError> {
        let found = match self.next() {
            None => return Err(error("trailing backslash at end of expression", "")),
            // A back reference, which there are none of.
            Some('1'..='7') if !self.rest().starts_with(|it| ('0'..='7').contains(&it)) => None,
            Some(it @ '0'..='7') => {
                let mut code = it as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit) = self.rest().chars().next().and_then(|it| it.to_digit(8))
                    else {
                        break;
                    };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                char::from_u32(code)
            }
            Some('x') => self.hex(),
            Some('a') => Some('\x07'),
            Some('f') => Some('\x0c'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some('v') => Some('\x0b'),
            Some(it) if it.is_ascii() && !it.is_ascii_alphanumeric() => Some(it),
            Some(_) => None,
        };
        found.ok_or_else(|| error("invalid escape sequence", self.since(start)))
    }

    fn hex(&mut self) -> Option<char> {
        let mut code = 0;
        if !self.eat("{") {
            for _ in 0..2 {
                code = code * 16 + self.next()?.to_digit(16)?;
            }
            return char::from_u32(code);
        }
        let mut any = false;
        loop {
            match self.next()? {
                '}' if any => return char::from_u32(code),
                it => code = code * 16 + it.to_digit(16)?,
            }
            any = true;
            if code > char::MAX as u32 {
                return None;
            }
        }
    }

    fn class(&mut self, start: usize) -> Result<(), PatternError> {
        let mut class = String::from("[");
        if self.eat("^") {
            class.push('^');
        }
        let mut first = true;
        while first || !self.rest().starts_with(']') {
            first = false;
            let from = self.at;
            if let Some(named) = self.named_class()? {
                class.push_str(named);
                continue;
            }
            if self.eat("\\") {
                if let Some(inside) = self.class_escape(from)? {
                    class.push_str(&inside);
                    continue;
                }
                self.at = from;
            }
            let low = self.class_character(start)?;
            let mut high = low;
            if self.rest().len() >= 2
                && self.rest().starts_with('-')
                && !self.rest().starts_with("-]")
            {
                self.at += 1;
                high = self.class_character(start)?;
                if high < low {
                    return Err(error("invalid character class range", self.since(from)));
                }
            }
            class.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", low as u32, high as u32));
        }
        self.at += 1;
        class.push(']');
        self.atom(&class);
        Ok(())
    }

    fn class_character(&mut self, start: usize) -> Result<char, PatternError> {
        let from = self.at;
        match self.next() {
            None => Err(error("missing closing ]", &self.whole[start..])),
            Some('\\') => self.character(from),
            Some(it) => Ok(it),
        }
    }

    /// `[:alpha:]` inside a class.
    fn named_class(&mut self) -> Result<Option<&'a str>, PatternError> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let rest = self.rest();
        let Some(inside) = rest.strip_prefix("[:") else { return Ok(None) };
        let Some(length) = inside.find(":]") else { return Ok(None) };
        let named = &rest[..length + 4];
        let name = &inside[..length];
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(error("invalid character class range", named));
        }
        self.at += named.len();
        Ok(Some(named))
    }
}

/// What follows the `{` of a repetition: the least and the most, and the length with the `}`. None
/// if it is no repetition.
fn counts(text: &str) -> Option<(u64, Option<u64>, usize)> {
    let (inside, _) = text.split_once('}')?;
    let count = |it: &str| {
        let digits = !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        let plain = digits && (it.len() == 1 || !it.starts_with('0'));
        plain.then(|| it.parse().unwrap_or(u64::MAX))
    };
    let (min, max) = match inside.split_once(',') {
        None => (count(inside)?, Some(count(inside)?)),
        Some((min, "")) => (count(min)?, None),
        Some((min, max)) => (count(min)?, Some(count(max)?)),
    };
    Some((min, max, inside.len() + 1))
}
