//! The layout changes nothing but the layout.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use stacks::syntax::token::{Mode, tokens};
use stacks::syntax::fmt;

fuzz_target!(|text: &str| {
    let file = Arc::from("main.tf");
    let mut at = 0;
    for it in tokens(text, Mode::Normal) {
        let gap = &text[at..it.start as usize];
        assert!(gap.trim_start_matches('\u{feff}').bytes().all(|it| matches!(it, b' ' | b'\t')));
        at = it.end as usize;
    }
    assert_eq!(at, text.len());
    let _ = fmt::format(&file, text);
});
