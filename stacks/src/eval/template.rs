//! Texts with interpolations and directives.

use model::{Diagnostic, Diagnostics, Marks, Type, Value};

use super::conditional::{Chosen, choose};
use super::{Env, Scoped, for_each};
use crate::convert::convert;
use crate::syntax::tree::{Expr, Ident, Part};

/// The text of a template. Unknown where one of its parts is, and marked as they are.
pub(super) fn text(parts: &[Part], env: Env<'_>) -> Value {
    stacker::maybe_grow(128 * 1024, 1024 * 1024, || {
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut known = true;
        for part in parts {
            let value = match part {
                Part::Text(it, _) => {
                    text.push_str(it);
                    continue;
                }
                Part::Interpolation(expr) => interpolation(expr, env),
                Part::If { test, then, otherwise, .. } => condition(test, then, otherwise, env),
                Part::For { key_name, value_name, of, body, .. } => {
                    repetition(key_name.as_ref(), value_name, of, body, env)
                }
            };
            marks = marks.union(value.marks);
            match value.as_str() {
                Some(it) => text.push_str(it),
                None => known = false,
            }
        }
        if known { Value::string(text) } else { Value::unknown(Type::String) }.mark(marks)
    })
}

fn interpolation(expr: &Expr, env: Env<'_>) -> Value {
    const INVALID: &str = "Invalid template interpolation value";
    let value = env.value(expr);
    if value.is_null() {
        let detail = "The expression result is null. Cannot include a null value in a string \
                      template.";
        env.fail(expr, INVALID, detail);
        return Value::unknown(Type::String).mark(value.marks);
    }
    if !value.is_known() {
        return Value::unknown(Type::String).mark(value.marks);
    }
    convert(&value, &Type::String).unwrap_or_else(|why| {
        let detail = format!("Cannot include the given value in a string template: {why}.");
        env.fail(expr, INVALID, detail);
        Value::unknown(Type::String)
    })
}

/// `%{ if }`: both sides are evaluated, as those of a conditional are.
fn condition(test: &Expr, then: &[Part], otherwise: &[Part], env: Env<'_>) -> Value {
    let then = env.apart(|env| text(then, env));
    let otherwise = env.apart(|env| text(otherwise, env));
    let both = then.0.marks.union(otherwise.0.marks);
    match choose(test, then, otherwise, env) {
        Chosen::Then(it, marks) | Chosen::Otherwise(it, marks) => it.mark(marks.union(both)),
        Chosen::Unknown(marks) => Value::unknown(Type::String).mark(marks),
    }
}

/// `%{ for }`: the texts of all elements, one after the other.
fn repetition(
    key_name: Option<&Ident>,
    value_name: &Ident,
    of: &Expr,
    body: &[Part],
    env: Env<'_>,
) -> Value {
    let Some((elements, marks)) = for_each::elements(of, env) else {
        return Value::unknown(Type::String);
    };
    let Some(elements) = elements else { return Value::unknown(Type::String).mark(marks) };
    let mut made = String::new();
    let mut marks = marks;
    let mut known = true;
    for (key, value) in elements {
        let names = for_each::names(key_name, value_name, key, value);
        let scope = Scoped { outer: env.scope, names };
        let text = text(body, Env { scope: &scope, ..env });
        marks = marks.union(text.marks);
        match text.as_str() {
            Some(it) => made.push_str(it),
            None => known = false,
        }
    }
    if known { Value::string(made) } else { Value::unknown(Type::String) }.mark(marks)
}

/// A scope for templates that are rendered by a function: the given variables and nothing else.
pub(crate) struct Variables<'a> {
    pub(crate) outer: &'a dyn super::Scope,
    pub(crate) vars: &'a Value,
}

impl super::Scope for Variables<'_> {
    fn resolve(
        &self,
        root: &Ident,
        _steps: &[crate::syntax::tree::Step],
    ) -> Result<(Value, usize), Diagnostics> {
        match self.vars.get(&root.name) {
            Some(value) => Ok((value.clone(), 0)),
            None => {
                let names = self.vars.entries().into_iter().flat_map(|it| it.keys());
                let mut problem = Diagnostic::error(
                    "Invalid value for \"vars\" parameter",
                    format!(
                        "vars map does not contain key {:?}, referenced at {}.",
                        root.name, root.span
                    ),
                )
                .at(&root.span);
                problem.hint = crate::suggest::hint(&root.name, names.map(|it| &**it));
                Err(vec![problem])
            }
        }
    }

    fn base_dir(&self) -> &std::path::Path {
        self.outer.base_dir()
    }

    fn is_console(&self) -> bool {
        self.outer.is_console()
    }

    fn template_depth(&self) -> usize {
        self.outer.template_depth() + 1
    }

    fn is_planning(&self) -> bool {
        self.outer.is_planning()
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        self.outer.plan_time()
    }
}
