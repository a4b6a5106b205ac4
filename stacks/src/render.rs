//! Values as `console` and `output` print them.

use std::fmt::Write;

use model::{Kind, Map, Type, Value};

use crate::syntax::tree::{Expr, ExprKind};

/// A value in the form of an expression that gives it, as far as there is one.
pub fn value(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, 0, &mut text);
    text
}

/// What the console prints for an expression. What `type` says is printed without quotes.
pub fn answer(expr: &Expr, result: &Value) -> String {
    match (&expr.kind, result.as_str()) {
        (ExprKind::Call { name, .. }, Some(text)) if &*name.name == "type" => text.to_owned(),
        _ => value(result),
    }
}

fn write_value(value: &Value, indent: usize, out: &mut String) {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match &value.kind {
        Kind::Unknown(_) => out.push_str("(known after apply)"),
        _ if value.marks.sensitive => out.push_str("(sensitive value)"),
        _ if value.marks.ephemeral => out.push_str("(ephemeral value)"),
        Kind::Null(ty) => out.push_str(&null(ty)),
        Kind::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Kind::Number(it) => out.push_str(&it.to_string()),
        Kind::String(it) if it.contains('\n') => heredoc(it, indent, out),
        Kind::String(it) => out.push_str(&quoted(it)),
        Kind::Tuple(items) => sequence(items, indent, out),
        Kind::List(_, items) => called("tolist", out, |out| sequence(items, indent, out)),
        Kind::Set(_, items) => called("toset", out, |out| sequence(items, indent, out)),
        Kind::Object(entries) => mapping(entries, indent, out),
        Kind::Map(_, entries) => called("tomap", out, |out| mapping(entries, indent, out)),
    });
}

fn called(function: &str, out: &mut String, write: impl FnOnce(&mut String)) {
    out.push_str(function);
    out.push('(');
    write(out);
    out.push(')');
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Any => "null".to_owned(),
        Type::Bool => "tobool(null)".to_owned(),
        Type::Number => "tonumber(null)".to_owned(),
        Type::String => "tostring(null)".to_owned(),
        Type::List(it) => format!("tolist(null) /* of {} */", it.friendly()),
        Type::Set(it) => format!("toset(null) /* of {} */", it.friendly()),
        Type::Map(it) => format!("tomap(null) /* of {} */", it.friendly()),
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.friendly()),
    }
}

fn new_line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

fn sequence(items: &[Value], indent: usize, out: &mut String) {
    out.push('[');
    for it in items {
        new_line(indent + 2, out);
        write_value(it, indent + 2, out);
        out.push(',');
    }
    if !items.is_empty() {
        new_line(indent, out);
    }
    out.push(']');
}

fn mapping(entries: &Map, indent: usize, out: &mut String) {
    out.push('{');
    for (key, it) in entries {
        new_line(indent + 2, out);
        match key.contains('\n') {
            true => heredoc(key, indent + 2, out),
            false => out.push_str(&quoted(key)),
        }
        out.push_str(" = ");
        write_value(it, indent + 2, out);
    }
    if !entries.is_empty() {
        new_line(indent, out);
    }
    out.push('}');
}

/// A text of several lines. The end mark is one that is no line of the text.
fn heredoc(text: &str, indent: usize, out: &mut String) {
    let mut mark = "EOT".to_owned();
    while text.split('\n').any(|line| line.trim() == mark) {
        mark.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&mark);
    for line in text.split('\n') {
        new_line(indent, out);
        out.push_str(line);
    }
    new_line(indent, out);
    out.push_str(&mark);
}

/// A text in quotes, with what cannot be printed written as Go writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c => {
                let written = match u32::from(c) {
                    code @ ..0x80 => write!(out, "\\x{code:02x}"),
                    code @ ..0x1_0000 => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
                written.expect("writing to a string cannot fail");
            }
        }
    }
    out.push('"');
    out
}

/// Letters, marks, numbers, punctuation, symbols, and of the spaces only the plain one.
fn is_printable(c: char) -> bool {
    let is_format = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..);
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_format)
}

/// A type as the console's `type` function shows it.
pub fn type_text(ty: &Type) -> String {
    let mut text = String::new();
    write_type(ty, 0, &mut text);
    text
}

fn write_type(ty: &Type, indent: usize, out: &mut String) {
    let mut of = |name: &str, element: &Type| {
        called(name, out, |out| match element {
            Type::Object(it) if !it.attributes.is_empty() => write_inside(element, indent, out),
            Type::Tuple(items) if !items.is_empty() => write_inside(element, indent, out),
            _ => write_type(element, indent, out),
        });
    };
    match ty {
        Type::Any => out.push_str("dynamic"),
        Type::Bool | Type::Number | Type::String => out.push_str(&ty.friendly()),
        Type::List(it) => of("list", it),
        Type::Set(it) => of("set", it),
        Type::Map(it) => of("map", it),
        Type::Tuple(items) if items.is_empty() => out.push_str("tuple([])"),
        Type::Tuple(items) => {
            out.push_str("tuple([");
            for it in items.iter() {
                new_line(indent + 4, out);
                write_type(it, indent + 4, out);
                out.push(',');
            }
            new_line(indent, out);
            out.push_str("])");
        }
        Type::Object(object) if object.attributes.is_empty() => out.push_str("object({})"),
        Type::Object(object) => {
            out.push_str("object({");
            for (name, it) in &object.attributes {
                new_line(indent + 4, out);
                out.push_str(name);
                out.push_str(": ");
                write_type(it, indent + 4, out);
                out.push(',');
            }
            new_line(indent, out);
            out.push_str("})");
        }
    }
}

/// A type on lines of its own.
fn write_inside(ty: &Type, indent: usize, out: &mut String) {
    new_line(indent + 4, out);
    write_type(ty, indent + 4, out);
    out.push(',');
    new_line(indent, out);
}
