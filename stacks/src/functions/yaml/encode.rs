//! Values to YAML: block style, texts in double quotes, texts of several lines as they are.

use model::{Kind, Map, Value};

/// Lines of quoted texts are broken at the first space after this column.
const WIDTH: usize = 80;
/// Longer keys are written after a `?`.
const MAX_KEY: usize = 128;

/// A wholly known value as a document.
pub(super) fn encode(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0 };
    writer.node(value, 0, None);
    let is_plain =
        matches!(value.kind, Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_));
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    // Nothing else says that the document ends after a plain word.
    if is_plain {
        writer.out.push_str("...\n");
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn new_line(&mut self, indent: usize) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.push_str(&" ".repeat(indent));
        self.column = indent;
    }

    /// A value at the place where the writer is. The lines of a collection are indented by `indent`;
    /// the first of them is on a new line after the key of a map, if `key` says whether the value
    /// may be indented as far as the key (that of a list is).
    fn node(&mut self, value: &Value, indent: usize, key: Option<usize>) {
        stacker::maybe_grow(64 << 10, 1 << 20, || match &value.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                self.sequence(items, key.unwrap_or(indent), key.is_some());
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                self.mapping(entries, indent, key.is_some());
            }
            Kind::Unknown(_) | Kind::Null(_) => self.scalar("null", key),
            Kind::Bool(it) => self.scalar(if *it { "true" } else { "false" }, key),
            Kind::Number(it) => self.scalar(&it.to_string(), key),
            Kind::String(it) => {
                if key.is_some() {
                    self.put(" ");
                }
                let indent = key.unwrap_or(indent.saturating_sub(2)) + 2;
                self.text(it, indent.max(2), true);
            }
        });
    }

    fn scalar(&mut self, text: &str, key: Option<usize>) {
        if key.is_some() {
            self.put(" ");
        }
        self.put(text);
    }

    fn sequence(&mut self, items: &[Value], indent: usize, after_key: bool) {
        if items.is_empty() {
            return self.put(if after_key { " []" } else { "[]" });
        }
        for (n, it) in items.iter().enumerate() {
            if n > 0 || after_key {
                self.new_line(indent);
            }
            self.put("- ");
            self.node(it, indent + 2, None);
        }
    }

    fn mapping(&mut self, entries: &Map, indent: usize, after_key: bool) {
        if entries.is_empty() {
            return self.put(if after_key { " {}" } else { "{}" });
        }
        for (n, (key, it)) in entries.iter().enumerate() {
            if n > 0 || after_key {
                self.new_line(indent);
            }
            if key.len() <= MAX_KEY && !key.contains(is_break) {
                self.text(key, indent + 2, false);
            } else {
                self.put("? ");
                self.text(key, indent + 2, true);
                self.new_line(indent);
            }
            self.put(":");
            self.node(it, indent + 2, Some(indent));
        }
    }

    fn text(&mut self, text: &str, indent: usize, may_break: bool) {
        if may_break && text.contains('\n') && fits_block(text) {
            self.block(text, indent);
        } else {
            self.quoted(text, indent, may_break);
        }
    }

    /// `|`, and the lines as they are.
    fn block(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.put("-"),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.put("+"),
            Some(_) => {}
        }
        for line in body.unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(indent));
                self.out.push_str(line);
            }
        }
        if body.is_some() {
            self.out.push('\n');
        }
        self.column = 0;
    }

    fn quoted(&mut self, text: &str, indent: usize, may_break: bool) {
        self.put("\"");
        let chars: Vec<char> = text.chars().collect();
        let mut after_space = false;
        for (n, it) in chars.iter().copied().enumerate() {
            let is_inner = n > 0 && n + 1 < chars.len();
            if it == ' ' && may_break && !after_space && self.column > WIDTH && is_inner {
                self.new_line(indent);
                if chars[n + 1] == ' ' {
                    self.put("\\");
                }
            } else {
                self.put(&escaped(it));
            }
            after_space = it == ' ';
        }
        self.put("\"");
    }
}

fn is_break(it: char) -> bool {
    matches!(it, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_printable(it: char) -> bool {
    match it {
        '\n' | ' '..='~' => true,
        '\u{a0}'..='\u{fffd}' => it != '\u{feff}',
        _ => false,
    }
}

/// Whether a text keeps its meaning when its lines are written as they are.
fn fits_block(text: &str) -> bool {
    let plain = text.chars().all(|it| is_printable(it) && (it == '\n' || !is_break(it)));
    plain && !text.ends_with(' ') && !text.contains(" \n")
}

fn escaped(it: char) -> String {
    match it {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        it if is_printable(it) && !is_break(it) => it.to_string(),
        '\0' => "\\0".to_owned(),
        '\x07' => "\\a".to_owned(),
        '\x08' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\x0b' => "\\v".to_owned(),
        '\x0c' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '\x1b' => "\\e".to_owned(),
        '\u{85}' => "\\N".to_owned(),
        '\u{2028}' => "\\L".to_owned(),
        '\u{2029}' => "\\P".to_owned(),
        it => match it as u32 {
            code @ 0..=0xff => format!("\\x{code:02X}"),
            code @ 0x100..=0xffff => format!("\\u{code:04X}"),
            code => format!("\\U{code:08X}"),
        },
    }
}
