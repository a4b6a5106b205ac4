//! Any text is read, in each of its possible roles, without a panic or a hang.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use stacks::syntax::{json, parse};

fuzz_target!(|text: &str| {
    let file = Arc::from("main.tf");
    let _ = parse::body(&file, text);
    let _ = parse::expression(&file, text);
    let _ = parse::template(&file, text);
    let (body, _) = json::body(&file, text);
    for it in &body.attributes {
        let _ = json::as_blocks(it, 0);
        let _ = json::as_blocks(it, 2);
    }
});
