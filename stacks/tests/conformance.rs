//! Expressions and what Terraform's console makes of them: `conformance/*.txt` was written by
//! Terraform 1.11, with the names that [`Names`] has. A case is a line `> expression` and either
//! what the console prints or lines `! summary: detail`.
//!
//! `conversions/*.txt` has values of variables of all sorts of types in the same way.

use std::path::Path;

use model::{Diagnostic, Diagnostics, Map, Type, Value};
use stacks::convert::{apply_defaults, convert};
use stacks::eval::{Scope, evaluate};
use stacks::syntax::parse;
use stacks::syntax::tree::{Ident, Step};
use stacks::type_expr::type_constraint;

struct Names;

impl Scope for Names {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        let Some(Step::Attr(name)) = steps.first() else {
            return Err(vec![Diagnostic::error("Invalid reference", "").at(&root.span)]);
        };
        let value = match (&*root.name, &*name.name) {
            ("var", "s") => Value::string("secret").sensitive(),
            ("var", "n") => Value::null(Type::Any),
            ("var", "sb") => Value::from(true).sensitive(),
            ("var", "m") => {
                let entries = Map::from([("a".into(), 1.into()), ("b".into(), 2.into())]);
                Value::map(Type::Number, entries)
            }
            ("var", "o") => Value::object_of([("name", "n".into()), ("count", 1.into())]),
            ("var", "l") => Value::list(Type::String, vec!["a".into(), "b".into()]),
            ("var", "so") => Value::object_of([("a", Value::from(1))]).sensitive(),
            ("local", "u") => Value::unknown(Type::Any),
            ("local", "us") => Value::unknown(Type::String),
            ("local", "ub") => Value::unknown(Type::Bool),
            ("local", "un") => Value::unknown(Type::Number),
            ("local", "ul") => Value::unknown(Type::list(Type::Any)),
            ("local", "um") => Value::unknown(Type::map(Type::Any)),
            ("local", "uset") => Value::unknown(Type::set(Type::Any)),
            ("local", "s") => Value::string("secret").sensitive(),
            ("local", "ss") => Value::string("x").sensitive(),
            ("local", "so") => {
                Value::object_of([("a", Value::string("p").sensitive()), ("b", "q".into())])
            }
            _ => return Err(vec![Diagnostic::error("Invalid reference", "").at(&root.span)]),
        };
        Ok((value, 1))
    }

    fn base_dir(&self) -> &Path {
        Path::new(".")
    }

    fn is_console(&self) -> bool {
        true
    }
}

fn shown(expression: &str) -> String {
    let parsed = parse::expression(&"<console-input>".into(), expression);
    let answer = parsed.and_then(|expr| {
        let value = evaluate(&expr, &Names)?;
        Ok(stacks::render::answer(&expr, &value))
    });
    match answer {
        Ok(answer) => answer,
        Err(problems) => {
            let mut lines: Vec<String> = problems.iter().map(problem).collect();
            lines.dedup();
            lines.join("\n")
        }
    }
}

fn problem(it: &Diagnostic) -> String {
    words(&format!("! {}: {}", it.summary, it.detail))
}

/// With single spaces only: the console breaks lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A variable's value, for `type <- default`.
fn converted(case: &str) -> String {
    let (ty, value) = case.split_once(" <- ").unwrap();
    let parsed = |text| parse::expression(&"<console-input>".into(), text).unwrap();
    let mut problems = Diagnostics::new();
    let (ty, defaults) = type_constraint(&parsed(ty), &mut problems);
    assert_eq!(problems, vec![], "{case}");
    let value = evaluate(&parsed(value), &Names).unwrap();
    let value = defaults.iter().fold(value, |value, it| apply_defaults(&value, it));
    match convert(&value, &ty) {
        Ok(value) => {
            assert!(is_of(&value.ty(), &ty), "{case}: {}", value.ty());
            stacks::render::value(&value)
        }
        Err(why) => format!("! {why}"),
    }
}

/// Whether a type is what a constraint asks for.
fn is_of(have: &Type, want: &Type) -> bool {
    match (have, want) {
        (_, Type::Any) => true,
        (Type::List(a), Type::List(b)) | (Type::Set(a), Type::Set(b)) => is_of(a, b),
        (Type::Map(a), Type::Map(b)) => is_of(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_of(a, b))
        }
        (Type::Object(a), Type::Object(b)) => {
            a.attributes.keys().eq(b.attributes.keys())
                && a.attributes.iter().all(|(name, ty)| is_of(ty, &b.attributes[name]))
        }
        _ => have == want,
    }
}

/// Compares all cases of a folder with what `show` makes of them.
fn check(folder: &str, n_least: usize, show: fn(&str) -> String) {
    let folder = Path::new("tests").join(folder);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let mut wrong = String::new();
    let mut n_cases = 0;
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for case in format!("\n{text}").split("\n> ").skip(1) {
            let (written, expected) = case.split_once('\n').unwrap();
            let expected = expected.trim_end();
            let found = show(written);
            n_cases += 1;
            if found.trim_end() != expected {
                wrong += &format!("> {written}\nexpected\n{expected}\nfound\n{found}\n\n");
            }
        }
    }
    assert!(n_cases >= n_least, "only {n_cases} cases were found");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn expressions_give_what_terraform_gives() {
    check("conformance", 600, shown);
}

#[test]
fn variables_have_the_values_that_terraform_gives_them() {
    check("conversions", 170, converted);
}
