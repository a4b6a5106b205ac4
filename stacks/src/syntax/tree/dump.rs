//! Trees as compact texts, for tests and for whoever debugs: operators and their like come first, as
//! in `(+ 1 (* 2 x.y))`. Spans are left out.

use std::fmt::{self, Display, Formatter, Write};

use super::{BinaryOp, Block, Body, Expr, ExprKind, For, Ident, ObjectKey, Part, UnaryOp};

impl Display for Body {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        for it in &self.attributes {
            writeln!(f, "{} = {}", it.name.name, it.expr)?;
        }
        self.blocks.iter().try_for_each(|it| writeln!(f, "{it}"))
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        f.write_str(&self.kind.name)?;
        for it in &self.labels {
            write!(f, " {:?}", it.name)?;
        }
        let body = stacker::maybe_grow(64 * 1024, 1024 * 1024, || self.body.to_string());
        f.write_str(" {\n")?;
        body.lines().try_for_each(|it| writeln!(f, "  {it}"))?;
        f.write_char('}')
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || write_kind(&self.kind, f))
    }
}

fn write_kind(kind: &ExprKind, f: &mut Formatter) -> fmt::Result {
    match kind {
        ExprKind::Null => f.write_str("null"),
        ExprKind::Bool(it) => write!(f, "{it}"),
        ExprKind::Number(it) => write!(f, "{it}"),
        ExprKind::String(it) => write!(f, "{it:?}"),
        ExprKind::Template(parts) => list(f, "(template", parts, ")"),
        ExprKind::Wrap(it) => write!(f, "(wrap {it})"),
        ExprKind::Name(it) => f.write_str(it),
        ExprKind::Attr(of, name) => write!(f, "{of}.{}", name.name),
        ExprKind::Index(of, key) => write!(f, "{of}[{key}]"),
        ExprKind::Splat { of, each, full: true } => write!(f, "(splat[*] {of} {each})"),
        ExprKind::Splat { of, each, full: false } => write!(f, "(splat.* {of} {each})"),
        ExprKind::Item => f.write_str("@"),
        ExprKind::Call { name, args, expand_last } => {
            let end = if *expand_last { " ...)" } else { ")" };
            list(f, &format!("(call {}", name.name), args, end)
        }
        ExprKind::Conditional { test, then, otherwise } => {
            write!(f, "(? {test} {then} {otherwise})")
        }
        ExprKind::Unary(UnaryOp::Not, it) => write!(f, "(! {it})"),
        ExprKind::Unary(UnaryOp::Negate, it) => write!(f, "(- {it})"),
        ExprKind::Binary(op, left, right) => write!(f, "({} {left} {right})", symbol(*op)),
        ExprKind::Tuple(items) => list(f, "[", items, "]"),
        ExprKind::Object(items) => {
            f.write_char('{')?;
            for (n, it) in items.iter().enumerate() {
                let gap = if n == 0 { "" } else { " " };
                match &it.key {
                    ObjectKey::Name(key) => write!(f, "{gap}{}={}", key.name, it.value)?,
                    ObjectKey::Expr(key) => write!(f, "{gap}{key}={}", it.value)?,
                }
            }
            f.write_char('}')
        }
        ExprKind::For(it) => write!(f, "{it}"),
        ExprKind::Paren(it) => write!(f, "(paren {it})"),
        ExprKind::Broken => f.write_str("<broken>"),
    }
}

/// Items with spaces between them; and one after the opening, unless that is a bracket alone.
fn list<T: Display>(f: &mut Formatter, open: &str, items: &[T], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (n, it) in items.iter().enumerate() {
        let gap = if n == 0 && open.ends_with('[') { "" } else { " " };
        write!(f, "{gap}{it}")?;
    }
    f.write_str(close)
}

/// `k,v`, or `v` alone.
struct Names<'a>(&'a Option<Ident>, &'a Ident);

impl Display for Names<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if let Some(key) = self.0 {
            write!(f, "{},", key.name)?;
        }
        f.write_str(&self.1.name)
    }
}

impl Display for For {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "(for {} {}:", Names(&self.key_name, &self.value_name), self.of)?;
        if let Some(key) = &self.key {
            write!(f, " {key} =>")?;
        }
        write!(f, " {}", self.value)?;
        if self.group {
            f.write_str("...")?;
        }
        if let Some(cond) = &self.cond {
            write!(f, " if {cond}")?;
        }
        f.write_char(')')
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || match self {
            Part::Text(it, _) => write!(f, "{it:?}"),
            Part::Interpolation(it) => write!(f, "{it}"),
            Part::If { test, then, otherwise, .. } => {
                write!(f, "(if {test} ")?;
                list(f, "[", then, "]")?;
                list(f, " [", otherwise, "])")
            }
            Part::For { key_name, value_name, of, body, .. } => {
                write!(f, "(for {} {of}", Names(key_name, value_name))?;
                list(f, ":", body, ")")
            }
        })
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
