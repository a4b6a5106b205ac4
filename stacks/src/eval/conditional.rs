//! `test ? then : otherwise`, also where a template has `%{ if }`.

use model::{Diagnostics, Kind, Type, Value};

use super::{Env, unknown};
use crate::convert::{convert, unify};
use crate::syntax::tree::Expr;

const INCONSISTENT: &str = "Inconsistent conditional result types";

pub(super) fn value(
    expr: &Expr,
    test: &Expr,
    then: &Expr,
    otherwise: &Expr,
    env: Env<'_>,
) -> Value {
    let (a, a_problems) = env.apart(|env| env.value(then));
    let (b, b_problems) = env.apart(|env| env.value(otherwise));
    let Some(ty) = common_type(&a, &b) else {
        let why = mismatch(&a.ty(), &b.ty());
        let detail =
            format!("The true and false result expressions must have consistent types. {why}.");
        return env.fail(expr, INCONSISTENT, detail);
    };
    let marks = a.marks.union(b.marks);
    let chosen = choose(test, (a, a_problems), (b, b_problems), env);
    let made = match chosen {
        Chosen::Unknown(marks) => return Value::unknown(ty).mark(marks),
        Chosen::Then(it, marks) => (it.mark(marks), "true", then),
        Chosen::Otherwise(it, marks) => (it.mark(marks), "false", otherwise),
    };
    let (made, side, expr) = made;
    match convert(&made, &ty) {
        Ok(made) => made.mark(marks),
        Err(why) => {
            let detail = format!("The {side} result value has the wrong type: {why}.");
            env.fail(expr, INCONSISTENT, detail);
            Value::unknown(ty)
        }
    }
}

/// The branch that a condition chooses, with the marks of the condition.
pub(super) enum Chosen {
    Then(Value, model::Marks),
    Otherwise(Value, model::Marks),
    /// The condition is unknown or not valid.
    Unknown(model::Marks),
}

/// Evaluates a condition. Only the problems of the branch that it chooses are reported.
pub(super) fn choose(
    test: &Expr,
    then: (Value, Diagnostics),
    otherwise: (Value, Diagnostics),
    env: Env<'_>,
) -> Chosen {
    let condition = env.value(test);
    let marks = condition.marks;
    let all = marks.union(then.0.marks).union(otherwise.0.marks);
    if condition.is_null() {
        let detail = "The condition value is null. Conditions must either be true or false.";
        env.fail(test, "Null condition", detail);
        return Chosen::Unknown(all);
    }
    let Ok(condition) = convert(&condition, &Type::Bool) else {
        let detail = "The condition expression must be of type bool.";
        env.fail(test, "Incorrect condition type", detail);
        return Chosen::Unknown(all);
    };
    let (value, problems) = match condition.kind {
        Kind::Bool(true) => then,
        Kind::Bool(false) => {
            otherwise.1.into_iter().for_each(|it| env.report(it));
            return Chosen::Otherwise(otherwise.0, marks);
        }
        _ => return Chosen::Unknown(all),
    };
    problems.into_iter().for_each(|it| env.report(it));
    Chosen::Then(value, marks)
}

/// The type of the result, whichever branch it is. A bare `null` takes the other's type.
fn common_type(a: &Value, b: &Value) -> Option<Type> {
    let bare_null = |it: &Value| matches!(it.kind, Kind::Null(Type::Any));
    if bare_null(a) {
        return Some(b.ty());
    }
    if bare_null(b) {
        return Some(a.ty());
    }
    let types = [a.ty(), b.ty()];
    if types.contains(&unknown().ty()) { Some(Type::Any) } else { unify(&types) }
}

/// What is different between two types that have none in common, in Terraform's words.
fn mismatch(a: &Type, b: &Type) -> String {
    match (a, b) {
        (Type::Object(one), Type::Object(other)) => {
            for (name, a) in &one.attributes {
                match other.attributes.get(name) {
                    None => return absent("true", name, "false"),
                    Some(b) if a != b => {
                        let why = mismatch(a, b);
                        return format!("Type mismatch for object attribute {name:?}: {why}");
                    }
                    Some(_) => (),
                }
            }
            match other.attributes.keys().find(|it| !one.attributes.contains_key(*it)) {
                Some(name) => absent("false", name, "true"),
                None => deep(),
            }
        }
        (Type::Tuple(one), Type::Tuple(other)) if one.len() != other.len() => format!(
            "The 'true' tuple has length {}, but the 'false' tuple has length {}",
            one.len(),
            other.len()
        ),
        (Type::Tuple(one), Type::Tuple(other)) => {
            match one.iter().zip(other.iter()).enumerate().find(|(_, (a, b))| a != b) {
                Some((n, (a, b))) => {
                    format!("Type mismatch for tuple element {n}: {}", mismatch(a, b))
                }
                None => deep(),
            }
        }
        (Type::List(a), Type::List(b)) if structural(a, b) => elements("list", a, b),
        (Type::Set(a), Type::Set(b)) if structural(a, b) => elements("set", a, b),
        (Type::Map(a), Type::Map(b)) if structural(a, b) => elements("map", a, b),
        _ if a.friendly() == b.friendly() => deep(),
        _ => format!(
            "The 'true' value is {}, but the 'false' value is {}",
            a.friendly(),
            b.friendly()
        ),
    }
}

fn structural(a: &Type, b: &Type) -> bool {
    matches!((a, b), (Type::Object(_), Type::Object(_)) | (Type::Tuple(_), Type::Tuple(_)))
}

fn elements(noun: &str, a: &Type, b: &Type) -> String {
    format!("Mismatched {noun} element types: {}", mismatch(a, b))
}

fn absent(from: &str, name: &str, other: &str) -> String {
    format!(
        "The '{from}' value includes object attribute {name:?}, which is absent in the '{other}' \
         value"
    )
}

fn deep() -> String {
    "At least one deeply-nested attribute or element is not compatible across both the 'true' and \
     the 'false' value"
        .to_owned()
}
