//! Arithmetic, comparison, equality and logic.

use std::cmp::Ordering;

use model::{Kind, Marks, Number, Type, Value};

use super::{Env, unknown};
use crate::convert::convert;
use crate::syntax::tree::{BinaryOp, Expr, UnaryOp};

pub(super) fn unary(expr: &Expr, op: UnaryOp, operand: &Expr, env: Env<'_>) -> Value {
    let ty = match op {
        UnaryOp::Not => Type::Bool,
        UnaryOp::Negate => Type::Number,
    };
    let Some(value) = self::operand(operand, "unary", &ty, env) else { return unknown() };
    let Some(made) = known([&value], expr, env) else {
        return Value::unknown(ty).mark(value.marks);
    };
    let [value] = made;
    let made: Value = match (&value.kind, op) {
        (Kind::Bool(it), UnaryOp::Not) => (!it).into(),
        (Kind::Number(it), UnaryOp::Negate) => Value::number(it.neg()),
        _ => Value::unknown(ty),
    };
    made.mark(value.marks)
}

pub(super) fn binary(expr: &Expr, op: BinaryOp, left: &Expr, right: &Expr, env: Env<'_>) -> Value {
    let (takes, gives) = match op {
        BinaryOp::Or | BinaryOp::And => (Type::Bool, Type::Bool),
        BinaryOp::Equal | BinaryOp::NotEqual => {
            let (left, right) = (env.value(left), env.value(right));
            return equality(&left, &right, op == BinaryOp::NotEqual);
        }
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
            (Type::Number, Type::Bool)
        }
        BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo => (Type::Number, Type::Number),
    };
    let a = operand(left, "left", &takes, env);
    let b = operand(right, "right", &takes, env);
    let (Some(a), Some(b)) = (a, b) else { return unknown() };
    let marks = a.marks.union(b.marks);
    let Some([a, b]) = known([&a, &b], expr, env) else {
        return decided(op, &a, &b).unwrap_or(Value::unknown(gives)).mark(marks);
    };
    let made = match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => Some(logic(op, *a, *b)),
        (Kind::Number(a), Kind::Number(b)) => numbers(op, a, b),
        _ => return unknown(),
    };
    match made {
        Some(made) => made.mark(marks),
        None => {
            let why = match op {
                BinaryOp::Divide | BinaryOp::Modulo => {
                    "can't divide zero by zero or infinity by infinity"
                }
                _ => "the result is not a number",
            };
            env.fail(expr, "Operation failed", format!("Error during operation: {why}."))
        }
    }
}

/// An operand as the type that the operator takes.
fn operand(expr: &Expr, side: &str, ty: &Type, env: Env<'_>) -> Option<Value> {
    let value = env.value(expr);
    match convert(&value, ty) {
        Ok(value) => Some(value),
        Err(why) => {
            let detail = format!("Unsuitable value for {side} operand: {why}.");
            env.fail(expr, "Invalid operand", detail);
            None
        }
    }
}

/// The operands if all are known; a null one is reported.
fn known<'v, const N: usize>(
    values: [&'v Value; N],
    expr: &Expr,
    env: Env<'_>,
) -> Option<[&'v Value; N]> {
    if values.iter().any(|it| it.is_null()) {
        let detail = "Error during operation: argument must not be null.";
        env.fail(expr, "Operation failed", detail);
        return None;
    }
    values.iter().all(|it| it.is_known()).then_some(values)
}

/// What one known operand of `&&` and `||` says about the result when the other is unknown.
fn decided(op: BinaryOp, a: &Value, b: &Value) -> Option<Value> {
    let is = |wanted: bool| a.as_bool() == Some(wanted) || b.as_bool() == Some(wanted);
    match op {
        BinaryOp::And if is(false) => Some(false.into()),
        BinaryOp::Or if is(true) => Some(true.into()),
        _ => None,
    }
}

fn logic(op: BinaryOp, a: bool, b: bool) -> Value {
    match op {
        BinaryOp::And => (a && b).into(),
        _ => (a || b).into(),
    }
}

fn numbers(op: BinaryOp, a: &Number, b: &Number) -> Option<Value> {
    let order = a.cmp(b);
    let number = match op {
        BinaryOp::Add => a.add(b),
        BinaryOp::Subtract => a.sub(b),
        BinaryOp::Multiply => a.mul(b),
        BinaryOp::Divide => a.div(b),
        BinaryOp::Modulo => a.rem(b),
        BinaryOp::Less => return Some((order == Ordering::Less).into()),
        BinaryOp::LessOrEqual => return Some((order != Ordering::Greater).into()),
        BinaryOp::Greater => return Some((order == Ordering::Greater).into()),
        BinaryOp::GreaterOrEqual => return Some((order != Ordering::Less).into()),
        BinaryOp::Or | BinaryOp::And | BinaryOp::Equal | BinaryOp::NotEqual => None,
    };
    number.map(Value::number)
}

fn equality(left: &Value, right: &Value, negated: bool) -> Value {
    let (left, marks) = left.clone().unmark_deep();
    let (right, other) = right.clone().unmark_deep();
    let marks: Marks = marks.union(other);
    let made = match equal(&left, &right) {
        Some(equal) => (equal != negated).into(),
        None => Value::unknown(Type::Bool),
    };
    made.mark(marks)
}

/// Whether two values without marks are equal, as `==` sees it: of different types never. None if
/// that is not known.
pub(crate) fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (a.is_null(), b.is_null()) {
        (true, true) => return Some(true),
        (true, false) => return if b.is_known() { Some(false) } else { None },
        (false, true) => return if a.is_known() { Some(false) } else { None },
        (false, false) => (),
    }
    let (one, other) = (a.ty(), b.ty());
    if a.is_wholly_known() && b.is_wholly_known() {
        return Some(one == other && a == b);
    }
    if one != other && !one.has_any() && !other.has_any() { Some(false) } else { None }
}
