//! `of[*].x` and `of.*.x`.

use model::{Kind, Type, Value};

use super::{Env, unknown};
use crate::convert::{convert, unify};
use crate::syntax::tree::Expr;

pub(super) fn value(of: &Expr, each: &Expr, env: Env<'_>) -> Value {
    let n_problems = env.n_problems();
    let source = env.value(of);
    if env.has_failed_since(n_problems) {
        return unknown();
    }
    let ty = source.ty();
    // Anything that is no sequence counts as one of a single element, and null as an empty one.
    let is_sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
    if source.is_null() {
        if !is_sequence {
            return Value::tuple(Vec::new()).mark(source.marks);
        }
        let detail = "Splat expressions (with the * symbol) cannot be applied to null sequences.";
        return env.fail(of, "Splat of null value", detail);
    }
    if ty == Type::Any {
        return unknown().mark(source.marks);
    }
    if !is_sequence {
        let made = item(&source, each, env);
        // What is unknown may yet be null.
        return match source.is_known() {
            true => Value::tuple(vec![made]).mark(source.marks),
            false => unknown().mark(source.marks),
        };
    }
    let made = match &source.kind {
        Kind::Unknown(_) => Value::unknown(unknown_type(&ty, each, env)),
        Kind::Tuple(items) => Value::tuple(items.iter().map(|it| item(it, each, env)).collect()),
        Kind::List(element, items) | Kind::Set(element, items) if items.is_empty() => {
            let (sample, _) = env.apart(|env| item(&Value::unknown(element.clone()), each, env));
            Value::list(sample.ty(), Vec::new())
        }
        _ => {
            let items = source.items().unwrap_or_default();
            list(items.iter().map(|it| item(it, each, env)).collect())
        }
    };
    made.mark(source.marks)
}

/// What the rest of the splat makes of one element.
fn item(element: &Value, each: &Expr, env: Env<'_>) -> Value {
    Env { item: Some(element), ..env }.value(each)
}

/// The type of the result for a source that is not known yet.
fn unknown_type(ty: &Type, each: &Expr, env: Env<'_>) -> Type {
    let of = |element: &Type| item(&Value::unknown(element.clone()), each, env).ty();
    match ty {
        Type::List(element) | Type::Set(element) => Type::list(of(element)),
        Type::Tuple(types) => Type::tuple(types.iter().map(of).collect()),
        _ => Type::Any,
    }
}

/// A list of elements that come from elements of one type, though some may have no type of their own.
fn list(items: Vec<Value>) -> Value {
    let types: Vec<Type> = items.iter().map(Value::ty).collect();
    let common = unify(&types).unwrap_or(Type::Any);
    let made: Result<Vec<Value>, _> = items.iter().map(|it| convert(it, &common)).collect();
    match made {
        Ok(made) if made.iter().all(|it| it.ty() == common) => Value::list(common, made),
        _ => Value::tuple(items),
    }
}
