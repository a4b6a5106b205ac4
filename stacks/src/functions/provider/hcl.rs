//! Values as expressions and `.tfvars` files, and back.

use std::path::Path;

use model::{Diagnostic, Diagnostics, Kind, Map, Value};

use super::super::args::{is_identifier, quote};
use super::super::template::listed;
use crate::eval::{Scope, evaluate};
use crate::syntax::tree::{Expr, ExprKind, Ident, Step};
use crate::syntax::{fmt, parse};

/// The variables of a `.tfvars` file, in which nothing can be referred to or called.
pub(super) fn decode_tfvars(text: &str) -> Result<Value, String> {
    let (body, problems) = parse::body(&"<decode_tfvars argument>".into(), text);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(format!("invalid tfvars syntax: {}", listed(&problems)));
    }
    if let Some(block) = body.blocks.first() {
        let summary = format!("Unexpected {} block", quote(&block.kind.name));
        let problem = Diagnostic::error(summary, "Blocks are not allowed here.");
        return Err(format!("invalid tfvars content: {}", listed(&[problem.at(&block.kind.span)])));
    }
    let mut entries = Map::new();
    for it in &body.attributes {
        let value = called(&it.expr).map_or_else(|| evaluate(&it.expr, &Nothing), Err);
        let value = value.map_err(|problems| {
            let name = quote(&it.name.name);
            format!("invalid expression for variable {name}: {}", listed(&problems))
        })?;
        entries.insert(it.name.name.clone(), value);
    }
    Ok(Value::object(entries))
}

/// The problem of the first call in an expression.
fn called(expr: &Expr) -> Option<Diagnostics> {
    let mut found = None;
    expr.walk(&mut |it| {
        if found.is_none() && matches!(it.kind, ExprKind::Call { .. }) {
            let detail = "Functions may not be called here.";
            let problem = Diagnostic::error("Function calls not allowed", detail);
            found = Some(vec![problem.at(&it.span)]);
        }
    });
    found
}

struct Nothing;

impl Scope for Nothing {
    fn resolve(&self, root: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let detail = "Variables may not be used here.";
        Err(vec![Diagnostic::error("Variables not allowed", detail).at(&root.span)])
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

/// A wholly known object as a `.tfvars` file.
pub(super) fn encode_tfvars(value: &Value) -> Result<String, String> {
    let Some(entries) = value.entries() else {
        return Err(
            "invalid value to encode: must be an object whose attribute names will become \
                    the encoded variable names"
                .to_owned(),
        );
    };
    if let Some(name) = entries.keys().find(|it| !is_identifier(it)) {
        return Err(format!(
            "invalid variable name {}: must be a valid identifier, per Terraform's rules for input \
             variable declarations",
            quote(name)
        ));
    }
    let mut text = String::new();
    for (name, it) in entries.iter() {
        text.push_str(&format!("{name} = "));
        write(it, &mut text);
        text.push('\n');
    }
    Ok(formatted(&text))
}

/// A wholly known value as an expression.
pub(super) fn encode_expr(value: &Value) -> String {
    let mut text = "x = ".to_owned();
    write(value, &mut text);
    text.push('\n');
    // Without the name it is laid out as an expression on its own would be.
    let text = formatted(&text);
    text.strip_prefix("x = ").unwrap_or(&text).trim_end().to_owned()
}

fn formatted(text: &str) -> String {
    fmt::format(&"".into(), text).unwrap_or_else(|_| text.to_owned())
}

fn write(value: &Value, out: &mut String) {
    stacker::maybe_grow(64 << 10, 1 << 20, || match &value.kind {
        Kind::Unknown(_) | Kind::Null(_) => out.push_str("null"),
        Kind::Bool(it) => out.push_str(if *it { "true" } else { "false" }),
        Kind::Number(it) => out.push_str(&it.to_string()),
        Kind::String(it) => out.push_str(&literal(it)),
        Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
            out.push('[');
            for (n, it) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                write(it, out);
            }
            out.push(']');
        }
        Kind::Map(_, entries) | Kind::Object(entries) if entries.is_empty() => out.push_str("{}"),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            out.push_str("{\n");
            for (key, it) in entries.iter() {
                // A bare `for` would begin a for expression.
                let bare = is_identifier(key) && &**key != "for";
                out.push_str(&if bare { key.to_string() } else { literal(key) });
                out.push_str(" = ");
                write(it, out);
                out.push('\n');
            }
            out.push('}');
        }
    });
}

/// A text in quotes, with nothing in it that a template would take for its own.
fn literal(text: &str) -> String {
    let mut out = String::from('"');
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([it, it]),
            it if it.is_control() => out.push_str(&format!("\\u{:04x}", it as u32)),
            it => out.push(it),
        }
    }
    out.push('"');
    out
}
