//! Properties of evaluation, tried on expressions made at random.

use std::path::Path;

use model::{Diagnostic, Diagnostics, Map, Type, Value};
use proptest::prelude::*;
use stacks::convert::convert;
use stacks::eval::{Scope, evaluate};
use stacks::syntax::parse;
use stacks::syntax::tree::{Ident, Step};

/// `var.n`, `var.s` and so on: known, or not known yet.
struct Names {
    known: bool,
}

impl Scope for Names {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let name = match steps.first() {
            Some(Step::Attr(it)) if &*root.name == "var" => &*it.name,
            _ => return Err(vec![Diagnostic::error("Invalid reference", "").at(&root.span)]),
        };
        let value: Value = match name {
            "n" => 2.into(),
            "s" => "a".into(),
            "t" => true.into(),
            "l" => Value::list(Type::String, vec!["a".into(), "b".into()]),
            "m" => Value::map(Type::Number, Map::from([("a".into(), 1.into())])),
            "o" => Value::object_of([("a", Value::from(1)), ("b", "x".into())]),
            "z" => Value::null(Type::String),
            _ => Value::string("p").sensitive(),
        };
        let value = if self.known { value } else { Value::unknown(value.ty()).mark(value.marks) };
        Ok((value, 1))
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }
}

fn leaf() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "1",
        "2.5",
        "-3",
        "1e3",
        "\"\"",
        "\"a\"",
        "\"1\"",
        "\"é\\n\"",
        "[]",
        "{}",
        "var.n",
        "var.s",
        "var.t",
        "var.l",
        "var.m",
        "var.o",
        "var.z",
        "var.p",
        "x",
        "k",
        "var.l[0]",
        "var.o.a",
        "var.m[\"a\"]",
        "var.o.nope",
        "tolist([])",
    ])
    .prop_map(str::to_owned)
}

fn expression() -> impl Strategy<Value = String> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let binary = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||",
        ]);
        let call = prop::sample::select(vec![
            "try",
            "can",
            "length",
            "tolist",
            "toset",
            "tomap",
            "tostring",
            "concat",
            "merge",
            "keys",
            "values",
            "jsonencode",
            "sensitive",
            "upper",
            "join",
            "flatten",
            "coalesce",
            "lookup",
            "max",
            "format",
            "nope",
        ]);
        let it = || inner.clone();
        prop_oneof![
            (it(), binary, it()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (it(), it(), it()).prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            it().prop_map(|a| format!("!{a}")),
            it().prop_map(|a| format!("-({a})")),
            (it(), it()).prop_map(|(a, b)| format!("({a})[{b}]")),
            it().prop_map(|a| format!("({a}).a")),
            it().prop_map(|a| format!("({a})[*].a")),
            it().prop_map(|a| format!("({a}).*.b")),
            it().prop_map(|a| format!("({a})[*]")),
            prop::collection::vec(it(), 0..4).prop_map(|all| format!("[{}]", all.join(", "))),
            (it(), it()).prop_map(|(a, b)| format!("{{ a = {a}, ({b}) = 1 }}")),
            (it(), it()).prop_map(|(a, b)| format!("\"x${{{a}}}${{{b}}}\"")),
            it().prop_map(|a| format!("\"${{{a}}}\"")),
            (it(), it())
                .prop_map(|(a, b)| format!("\"%{{ if {a} }}1%{{ else }}${{{b}}}%{{ endif }}\"")),
            (it(), it())
                .prop_map(|(a, b)| format!("\"%{{ for k, x in {a} }}${{{b}}}%{{ endfor }}\"")),
            (it(), it()).prop_map(|(a, b)| format!("[for k, x in {a} : {b}]")),
            (it(), it(), it()).prop_map(|(a, b, c)| format!("[for x in {a} : {b} if {c}]")),
            (it(), it(), it()).prop_map(|(a, b, c)| format!("{{for k, x in {a} : {b} => {c}}}")),
            (it(), it(), it()).prop_map(|(a, b, c)| format!("{{for k, x in {a} : {b} => {c}...}}")),
            (call, prop::collection::vec(it(), 0..4))
                .prop_map(|(name, args)| format!("{name}({})", args.join(", "))),
            it().prop_map(|a| format!("concat({a}...)")),
        ]
    })
}

fn result(text: &str, known: bool) -> Result<Value, Diagnostics> {
    // The names that `for` binds have values outside of it too.
    let text = format!("[for k, x in [[1, \"a\"]] : {text}][0]");
    let expr = parse::expression(&"random".into(), &text)?;
    evaluate(&expr, &Names { known })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_expression_has_a_value_or_problems(text in expression()) {
        match result(&text, true) {
            Ok(value) => {
                stacks::render::value(&value);
                prop_assert_eq!(convert(&value, &value.ty()), Ok(value));
            }
            Err(problems) => prop_assert!(problems.iter().all(|it| it.span.is_some())),
        }
    }

    #[test]
    fn what_is_known_early_stays_as_it_is(text in expression()) {
        let (early, late) = (result(&text, false), result(&text, true));
        if let (Ok(early), Ok(late)) = (early, late) {
            let (early, late) = (early.unmark_deep().0, late.unmark_deep().0);
            prop_assert!(agrees(&early, &late), "{:?}\n{:?}", early, late);
        }
    }
}

/// Whether a value is what `late` is, but for what was not known.
fn agrees(early: &Value, late: &Value) -> bool {
    if !early.is_known() {
        return true;
    }
    match (early.items(), late.items(), early.entries(), late.entries()) {
        // The elements that are not known may turn out to be anywhere.
        (Some(_), Some(_), _, _) if matches!(late.ty(), Type::Set(_)) => true,
        (Some(a), Some(b), _, _) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agrees(a, b))
        }
        (_, _, Some(a), Some(b)) => {
            a.keys().eq(b.keys()) && a.values().zip(b.values()).all(|(a, b)| agrees(a, b))
        }
        // A branch whose type was not known early may ask for another type later.
        _ => early.is_null() && late.is_null() || convert(early, &late.ty()).as_ref() == Ok(late),
    }
}
