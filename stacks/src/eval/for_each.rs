//! `[for ...]` and `{for ...}`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use model::{Kind, Map, Marks, Type, Value};

use super::{Env, Scoped, unknown};
use crate::convert::convert;
use crate::syntax::tree::{Expr, For, Ident};

const INVALID_CONDITION: &str = "Invalid 'for' condition";
const INVALID_KEY: &str = "Invalid object key";

/// Keys and values, in the order of iteration.
type Elements = Vec<(Value, Value)>;

pub(super) fn value(it: &For, env: Env<'_>) -> Value {
    let Some((elements, marks)) = elements(&it.of, env) else { return unknown() };
    let Some(elements) = elements else { return unknown().mark(marks) };
    if !condition_may_hold(it, env) {
        return unknown().mark(marks);
    }
    let mut made = Made { marks, known: true, ..Made::default() };
    for (key, value) in elements {
        let names = names(it.key_name.as_ref(), &it.value_name, key, value);
        let scope = Scoped { outer: env.scope, names };
        made.add(it, Env { scope: &scope, ..env });
    }
    made.finish(it)
}

/// What a collection has to iterate over, and its marks: None in place of the elements if they are
/// not known, None in place of all if it is nothing to iterate over, which has been reported.
pub(super) fn elements(of: &Expr, env: Env<'_>) -> Option<(Option<Elements>, Marks)> {
    let collection = env.value(of);
    let marks = collection.marks;
    let indexed = |items: &[Value]| {
        let pairs = items.iter().enumerate();
        pairs.map(|(n, it)| (Value::from(n as i64), it.clone())).collect()
    };
    let elements = match &collection.kind {
        Kind::Null(_) => {
            let detail = "A null value cannot be used as the collection in a 'for' expression.";
            env.fail(of, "Iteration over null value", detail);
            return None;
        }
        Kind::List(_, items) | Kind::Tuple(items) => Some(indexed(items)),
        Kind::Set(_, items) => Some(items.iter().map(|it| (it.clone(), it.clone())).collect()),
        Kind::Map(_, entries) | Kind::Object(entries) => {
            let pairs = entries.iter();
            Some(pairs.map(|(key, it)| (Value::string(key.clone()), it.clone())).collect())
        }
        Kind::Unknown(ty) if !ty.is_primitive() => None,
        Kind::Unknown(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
            let detail = format!(
                "A value of type {} cannot be used as the collection in a 'for' expression.",
                collection.ty().friendly()
            );
            env.fail(of, "Iteration over non-iterable value", detail);
            return None;
        }
    };
    Some((elements, marks))
}

pub(super) fn names(
    key_name: Option<&Ident>,
    value_name: &Ident,
    key: Value,
    value: Value,
) -> Vec<(Arc<str>, Value)> {
    let key = key_name.map(|it| (it.name.clone(), key));
    key.into_iter().chain([(value_name.name.clone(), value)]).collect()
}

/// Tries the condition with unknown variables: what is wrong with it for every element is reported
/// once.
fn condition_may_hold(it: &For, env: Env<'_>) -> bool {
    let Some(cond) = &it.cond else { return true };
    let names = names(it.key_name.as_ref(), &it.value_name, unknown(), unknown());
    let scope = Scoped { outer: env.scope, names };
    let env = Env { scope: &scope, ..env };
    let n_problems = env.n_problems();
    let value = env.value(cond);
    if value.is_null() {
        env.fail(cond, "Condition is null", "The value of the 'if' clause must not be null.");
    } else if let Err(why) = convert(&value, &Type::Bool) {
        let detail = format!("The 'if' clause value is invalid: {why}.");
        env.fail(cond, INVALID_CONDITION, detail);
    }
    !env.has_failed_since(n_problems)
}

/// The result, as far as it is made.
#[derive(Default)]
struct Made {
    items: Vec<Value>,
    entries: Map,
    groups: BTreeMap<Arc<str>, Vec<Value>>,
    marks: Marks,
    known: bool,
}

impl Made {
    /// Adds what one element gives. One that cannot be told makes the whole result unknown.
    fn add(&mut self, it: &For, env: Env<'_>) {
        match self.included(it, env) {
            Some(true) => (),
            Some(false) => return,
            None => {
                self.known = false;
                return;
            }
        }
        let Some(key_expr) = &it.key else {
            self.items.push(env.value(&it.value));
            return;
        };
        let key = self.key(key_expr, env);
        let value = env.value(&it.value);
        let Some(key) = key else {
            self.known = false;
            return;
        };
        if it.group {
            self.groups.entry(key).or_default().push(value);
            return;
        }
        match self.entries.entry(key) {
            Entry::Vacant(vacant) => {
                vacant.insert(value);
            }
            Entry::Occupied(taken) => {
                let detail = format!(
                    "Two different items produced the key {:?} in this 'for' expression. If \
                     duplicates are expected, use the ellipsis (...) after the value expression \
                     to enable grouping by key.",
                    taken.key()
                );
                env.fail(key_expr, "Duplicate object key", detail);
            }
        }
    }

    fn included(&mut self, it: &For, env: Env<'_>) -> Option<bool> {
        let Some(cond) = &it.cond else { return Some(true) };
        let value = env.value(cond);
        if value.is_null() {
            let detail = "The value of the 'if' clause must not be null.";
            env.fail(cond, INVALID_CONDITION, detail);
            return None;
        }
        self.marks = self.marks.union(value.marks);
        match convert(&value, &Type::Bool) {
            Ok(value) => value.as_bool(),
            Err(why) => {
                let detail = format!("The 'if' clause value is invalid: {why}.");
                env.fail(cond, INVALID_CONDITION, detail);
                None
            }
        }
    }

    fn key(&mut self, expr: &Expr, env: Env<'_>) -> Option<Arc<str>> {
        let key = env.value(expr);
        self.marks = self.marks.union(key.marks);
        if key.is_null() {
            let detail = "Key expression in 'for' expression must not produce a null value.";
            env.fail(expr, INVALID_KEY, detail);
            return None;
        }
        match convert(&key, &Type::String) {
            Ok(key) => key.as_str().map(Arc::from),
            Err(why) => {
                let detail = format!("The key expression produced an invalid result: {why}.");
                env.fail(expr, INVALID_KEY, detail);
                None
            }
        }
    }

    fn finish(self, it: &For) -> Value {
        let made = if !self.known {
            unknown()
        } else if it.key.is_none() {
            Value::tuple(self.items)
        } else if it.group {
            Value::object_of(self.groups.into_iter().map(|(key, it)| (key, Value::tuple(it))))
        } else {
            Value::object(self.entries)
        };
        made.mark(self.marks)
    }
}
