//! Function calls, and the functions that are given expressions instead of values.

use model::{Diagnostic, Diagnostics, Kind, Span, Type, Value};

use super::template::Variables;
use super::{Env, explain, template, unknown};
use crate::convert::convert;
use crate::functions::{self, CallError, Site};
use crate::syntax::parse;
use crate::syntax::tree::{Expr, ExprKind, Ident};

pub(super) fn value(
    expr: &Expr,
    name: &Ident,
    args: &[Expr],
    expand_last: bool,
    env: Env<'_>,
) -> Value {
    let bare = name.name.strip_prefix("core::").unwrap_or(&name.name);
    match (bare, args) {
        ("try", []) => failed(expr, "try", "at least one argument is required", env),
        ("try", _) => first_success(expr, args, env),
        ("can", [arg]) => can(arg, env),
        ("can", _) => wrong_number(expr, "can", &["expression"], args.len(), env),
        ("templatestring", [template, vars]) => template_string(template, vars, env),
        ("templatestring", _) => {
            wrong_number(expr, "templatestring", &["template", "vars"], args.len(), env)
        }
        ("type", [arg]) if env.scope.is_console() => {
            Value::string(crate::render::type_text(&env.value(arg).ty()))
        }
        _ => ordinary(expr, name, args, expand_last, env),
    }
}

fn failed(expr: &Expr, name: &str, why: &str, env: Env<'_>) -> Value {
    let detail = format!("Call to function {name:?} failed: {why}.");
    env.fail(expr, "Error in function call", detail)
}

fn wrong_number(expr: &Expr, name: &str, params: &[&str], given: usize, env: Env<'_>) -> Value {
    let wanted = params.len();
    let Some(missing) = params.get(given) else {
        let detail = format!("Function {name:?} expects only {wanted} argument(s).");
        return env.fail(expr, "Too many function arguments", detail);
    };
    let detail =
        format!("Function {name:?} expects {wanted} argument(s). Missing value for {missing:?}.");
    env.fail(expr, "Not enough function arguments", detail)
}

/// `try`: the value of the first argument that has one. What is not wholly known may yet fail, so
/// nothing can be said then.
fn first_success(expr: &Expr, args: &[Expr], env: Env<'_>) -> Value {
    let mut problems = Diagnostics::new();
    for arg in args {
        let (value, found) = env.apart(|env| env.value(arg));
        if found.iter().any(Diagnostic::is_error) {
            problems.extend(found);
            continue;
        }
        if value.is_wholly_known() {
            return value;
        }
        return unknown().mark(value.marks_deep());
    }
    let mut why = "no expression succeeded:\n".to_owned();
    for it in &problems {
        let place = it.span.as_ref().map(|it| format!(" (at {it})")).unwrap_or_default();
        why.push_str(&format!("- {}{place}\n  {}\n", it.summary, it.detail));
    }
    why.push_str("\nAt least one expression must produce a successful result");
    failed(expr, "try", &why, env)
}

/// `can`: whether an expression has a value.
fn can(arg: &Expr, env: Env<'_>) -> Value {
    let (value, problems) = env.apart(|env| env.value(arg));
    if problems.iter().any(Diagnostic::is_error) {
        false.into()
    } else if value.is_wholly_known() {
        true.into()
    } else {
        Value::unknown(Type::Bool)
    }
}

/// `templatestring`: renders a template that is the value of a reference.
fn template_string(template: &Expr, vars: &Expr, env: Env<'_>) -> Value {
    const INVALID: &str = "Invalid function argument";
    if !is_reference(template) {
        let why = match template.kind {
            ExprKind::String(_) | ExprKind::Template(_) => {
                "templatestring is only for rendering templates retrieved dynamically from \
                 elsewhere, and so does not support providing a literal template; consider using a \
                 template string expression instead"
            }
            _ => {
                "must be a direct reference to a single string from elsewhere, containing valid \
                 Terraform template syntax"
            }
        };
        let detail = format!(
            "Invalid value for \"template\" parameter: invalid template expression: {why}."
        );
        return env.fail(template, INVALID, detail);
    }
    let n_problems = env.n_problems();
    let (text, variables) = (env.value(template), env.value(vars));
    if env.has_failed_since(n_problems) {
        return Value::unknown(Type::String);
    }
    let marks = text.marks.union(variables.marks);
    if !text.is_known() || !variables.is_known() {
        return Value::unknown(Type::String).mark(marks);
    }
    let Ok(Kind::String(text)) = convert(&text, &Type::String).map(|it| it.kind) else {
        let detail = "Invalid value for \"template\" parameter: a string is required.";
        return env.fail(template, INVALID, detail);
    };
    if variables.entries().is_none() {
        let detail = "Invalid value for \"vars\" parameter: invalid vars value: must be a map.";
        return env.fail(vars, INVALID, detail);
    }
    let parts = match parse::template(&"<templatestring argument>".into(), &text) {
        Ok(parts) => parts,
        Err(problems) => {
            problems.into_iter().for_each(|it| env.report(it));
            return unknown();
        }
    };
    let scope = Variables { outer: env.scope, vars: &variables };
    let made = template::text(&parts, Env { scope: &scope, item: None, ..env });
    made.mark(marks)
}

fn is_reference(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Attr(of, _) | ExprKind::Index(of, _) | ExprKind::Paren(of) => is_reference(of),
        _ => false,
    }
}

fn ordinary(expr: &Expr, name: &Ident, args: &[Expr], expand_last: bool, env: Env<'_>) -> Value {
    let site = Site { scope: env.scope };
    if functions::find(&name.name).is_none() {
        return match functions::call(&name.name, &[], &site) {
            Ok(value) => value,
            Err(why) => refused(why, expr, &name.span, env),
        };
    }
    let n_problems = env.n_problems();
    let mut values: Vec<Value> = args.iter().map(|it| env.value(it)).collect();
    if env.has_failed_since(n_problems) {
        return unknown();
    }
    if expand_last
        && let Some(last) = values.pop()
        && let Some(arg) = args.last()
    {
        match expand(last, arg, env) {
            Expanded::Items(items) => values.extend(items),
            Expanded::Unknown(it) => return it,
        }
    }
    match functions::call(&name.name, &values, &site) {
        Ok(value) => value,
        Err(why) => {
            let blamed = why.argument.and_then(|n| args.get(n).or(args.last()));
            let span = blamed.map_or(&expr.span, |it| &it.span);
            refused(why, expr, span, env)
        }
    }
}

fn refused(why: CallError, expr: &Expr, span: &Span, env: Env<'_>) -> Value {
    let problem =
        Diagnostic { hint: why.hint, ..Diagnostic::error(why.summary, why.detail).at(span) };
    env.report(explain::with_values(problem, expr, env));
    unknown()
}

enum Expanded {
    Items(Vec<Value>),
    Unknown(Value),
}

/// The arguments that `last...` stands for.
fn expand(last: Value, arg: &Expr, env: Env<'_>) -> Expanded {
    const INVALID: &str = "Invalid expanding argument value";
    if last.is_null() {
        let detail = "The expanding argument (indicated by ...) must not be null.";
        return Expanded::Unknown(env.fail(arg, INVALID, detail));
    }
    match (&last.kind, last.items()) {
        (_, Some(items)) => {
            Expanded::Items(items.iter().map(|it| it.clone().mark(last.marks)).collect())
        }
        (Kind::Unknown(Type::Any | Type::List(_) | Type::Set(_) | Type::Tuple(_)), _) => {
            Expanded::Unknown(unknown().mark(last.marks))
        }
        _ => {
            let detail =
                "The expanding argument (indicated by ...) must be of a tuple, list, or set type.";
            Expanded::Unknown(env.fail(arg, INVALID, detail))
        }
    }
}
