//! What the names in a failing expression stood for.

use std::fmt::Write;

use model::{Diagnostic, Kind, Value};

use super::{Env, traversal};
use crate::references::traversals;
use crate::render::quoted;
use crate::syntax::tree::{Expr, Step, Traversal};

/// Adds the values of what an expression refers to.
pub(super) fn with_values(mut problem: Diagnostic, expr: &Expr, env: Env<'_>) -> Diagnostic {
    const MOST: usize = 10;
    for it in traversals(expr) {
        let name = text(&it);
        if problem.values.len() == MOST || problem.values.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let Ok((value, n_taken)) = env.scope.resolve(&it.root, &it.steps) else { continue };
        let rest = it.steps.get(n_taken..).unwrap_or_default();
        if let Ok(value) = traversal::follow(&value, rest) {
            problem.values.push((name, brief(&value)));
        }
    }
    problem.values.sort();
    problem
}

/// A traversal as it is written.
fn text(it: &Traversal) -> String {
    let mut text = it.root.name.to_string();
    for step in &it.steps {
        let written = match step {
            Step::Attr(name) => write!(text, ".{}", name.name),
            Step::Index(key, _) => write!(text, "{key}"),
        };
        written.expect("writing to a string cannot fail");
    }
    text
}

/// A value in a few words: itself if it is short, else what kind of thing it is.
pub fn brief(value: &Value) -> String {
    const LONGEST: usize = 120;
    if value.marks.sensitive {
        return "(sensitive value)".to_owned();
    }
    if value.marks.ephemeral {
        return "(ephemeral value)".to_owned();
    }
    match &value.kind {
        Kind::Unknown(_) => "(known after apply)".to_owned(),
        Kind::Null(_) => "null".to_owned(),
        Kind::Bool(it) => it.to_string(),
        Kind::Number(it) => it.to_string(),
        Kind::String(it) if it.chars().count() > LONGEST => {
            let start: String = it.chars().take(LONGEST).collect();
            format!("{}...", quoted(&start))
        }
        Kind::String(it) => quoted(it),
        Kind::List(..) | Kind::Set(..) | Kind::Map(..) | Kind::Tuple(_) => counted(value),
        Kind::Object(entries) => match entries.len() {
            0 => "object with no attributes".to_owned(),
            1 => format!("object with 1 attribute {:?}", entries.keys().next().map_or("", |it| it)),
            n => format!("object with {n} attributes"),
        },
    }
}

fn counted(value: &Value) -> String {
    let n = value.items().map_or_else(|| value.entries().map_or(0, |it| it.len()), <[_]>::len);
    let ty = value.ty().friendly();
    match n {
        0 => format!("empty {ty}"),
        1 => format!("{ty} with 1 element"),
        n => format!("{ty} with {n} elements"),
    }
}
