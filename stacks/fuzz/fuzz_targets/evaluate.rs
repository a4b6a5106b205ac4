//! Any expression has a value or a diagnostic: no panic, no hang, and twice the same.

#![no_main]

use std::path::Path;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use model::{Diagnostic, Diagnostics, Type, Value};
use stacks::eval::{Scope, evaluate};
use stacks::syntax::parse;
use stacks::syntax::tree::{Ident, Step};

/// A few names, known and unknown; no file of this machine.
struct Names;

impl Scope for Names {
    fn resolve(&self, root: &Ident, _: &[Step]) -> Result<(Value, usize), Diagnostics> {
        match &*root.name {
            "a" => Ok((Value::unknown(Type::Any), 0)),
            "b" => Ok((Value::string("text"), 0)),
            "c" => Ok((Value::from(3).sensitive(), 0)),
            _ => Err(vec![Diagnostic::error("Invalid reference", "there is none").at(&root.span)]),
        }
    }

    fn base_dir(&self) -> &Path {
        Path::new("/nonexistent")
    }

    // What differs from call to call is unknown then.
    fn is_planning(&self) -> bool {
        true
    }
}

fuzz_target!(|text: &str| {
    if let Ok(expr) = parse::expression(&Arc::from("main.tf"), text) {
        let first = evaluate(&expr, &Names);
        assert_eq!(first.is_ok(), evaluate(&expr, &Names).is_ok());
    }
});
