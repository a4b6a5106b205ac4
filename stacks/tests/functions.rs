//! What holds for all functions. What each of them gives is in `conformance`.

use std::path::Path;

use model::{Diagnostics, Map, Number, Type, Value};
use stacks::eval::Scope;
use stacks::functions::{Site, call, find, names};
use stacks::syntax::tree::{Ident, Step};

struct Place {
    planning: bool,
}

impl Scope for Place {
    fn resolve(&self, _: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        Err(Vec::new())
    }

    fn base_dir(&self) -> &Path {
        Path::new("tests/files")
    }

    fn is_planning(&self) -> bool {
        self.planning
    }
}

fn odd_values() -> Vec<Value> {
    let texts = [
        "",
        "a",
        "é\u{301}👨‍👩‍👧",
        "%s %d %z %[9]v",
        "(",
        "/(a/",
        "10.0.0.0/8",
        "::/0",
        "{",
        "- a",
        "$",
    ];
    let numbers = ["0", "-1", "1.5", "1e40", "-1e1500", "9223372036854775807", "inf", "40"];
    let mut all: Vec<Value> = texts.iter().map(|it| Value::from(*it)).collect();
    all.extend(numbers.map(|it| Value::number(it.parse::<Number>().unwrap())));
    all.extend([
        true.into(),
        Value::null(Type::Any),
        Value::null(Type::String),
        Value::unknown(Type::Any),
        Value::unknown(Type::list(Type::Any)),
        Value::unknown(Type::tuple(vec![Type::Number])),
        Value::string("secret").sensitive(),
        Value::tuple(Vec::new()),
        Value::tuple(vec![1.into(), Value::null(Type::Any), "x".into()]),
        Value::tuple(vec![Value::unknown(Type::String), Value::tuple(vec![true.into()])]),
        Value::list(Type::String, vec!["b".into(), Value::null(Type::String)]),
        Value::set(Type::String, vec!["b".into(), Value::unknown(Type::String)]),
        Value::map(Type::Number, Map::from([("k".into(), 1.into())])),
        Value::object_of([("k", Value::tuple(vec!["v".into()])), ("é", Value::null(Type::Any))]),
        Value::object_of::<&str>([]),
    ]);
    all
}

#[test]
fn no_function_panics() {
    let scope = Place { planning: false };
    let site = Site { scope: &scope };
    let values = odd_values();
    // A hash of high cost takes minutes.
    let all = names();
    for name in all.iter().filter(|it| **it != "bcrypt") {
        let Some(function) = find(name) else { continue };
        let takes = |n: usize| {
            function.params.len() == n || function.rest.is_some() && function.params.len() < n
        };
        for (n, a) in values.iter().enumerate() {
            if takes(1) {
                let _ = call(name, std::slice::from_ref(a), &site);
            }
            for b in values.iter().filter(|_| takes(2) || takes(3)) {
                let third = values[(n * 7 + 3) % values.len()].clone();
                let given = [a.clone(), b.clone(), third];
                let _ = call(name, if takes(2) { &given[..2] } else { &given }, &site);
            }
        }
    }
}

#[test]
fn every_function_has_a_name_and_a_sentence() {
    let all = names();
    assert!(all.len() > 125, "{}", all.len());
    assert!(all.windows(2).all(|it| it[0] < it[1]), "sorted, and none twice");
    for name in all.iter().filter_map(|it| find(it)) {
        assert!(name.doc.ends_with('.'), "{}", name.name);
    }
    assert!(find("core::upper").is_some_and(|it| it.name == "upper"));
    assert!(find("core::core::upper").is_none() && find("nothing").is_none());
}

#[test]
fn what_changes_from_call_to_call_is_unknown_in_a_plan() {
    let scope = Place { planning: true };
    let site = Site { scope: &scope };
    for name in ["timestamp", "uuid", "plantimestamp"] {
        assert_eq!(call(name, &[], &site).unwrap(), Value::unknown(Type::String), "{name}");
    }
    let hash = call("bcrypt", &["x".into()], &site).unwrap();
    assert_eq!(hash, Value::unknown(Type::String));
}

#[test]
fn names_that_are_nearly_right_are_suggested() {
    let scope = Place { planning: false };
    let problem = call("jsonencod", &[], &Site { scope: &scope }).unwrap_err();
    assert_eq!(problem.detail, "There is no function named \"jsonencod\".");
    assert_eq!(problem.hint.as_deref(), Some("did you mean \"jsonencode\"?"));
}

#[test]
fn deep_and_large_texts_end() {
    let scope = Place { planning: false };
    let site = Site { scope: &scope };
    let deep = |open: &str| Value::from(open.repeat(100_000));
    for (name, open) in [("jsondecode", "["), ("yamldecode", "["), ("yamldecode", "{a: ")] {
        assert!(call(name, &[deep(open)], &site).is_err(), "{name}");
    }
    assert!(call("regex", &[deep("("), "a".into()], &site).is_err());
    assert!(call("provider::groundplan::tomldecode", &[deep("a = [")], &site).is_err());
    let aliases: String = (1..40).map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1)).collect();
    let bomb = Value::from(format!("a0: &a0 [1]\n{aliases}"));
    assert!(call("yamldecode", &[bomb], &site).is_err());
}
