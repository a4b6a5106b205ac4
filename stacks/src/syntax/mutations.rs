//! Right and broken texts, changed at random (with a fixed seed): nothing may panic or hang, no text
//! may be lost, and every problem has its place within the text.

use std::sync::Arc;

use super::token::{Mode, tokens};
use super::{fmt, json, parse};

const SEEDS: &[&str] = &[
    "resource \"a\" \"b\" {\n  x = [for k, v in m : k => v... if v != null]\n  y { z = 1 }\n}\n",
    "a = <<-EOT\n    x ${b ~}\n  %{ if c }\n y %{ else }z\n %{~ endif ~}\n  EOT\nb = -1\n",
    "a = \"x${f(\"y${g[0].*.h}\")}z $${ %%{ \\u00e9 \\n\" # c\n/* d\n */ b = {\n c : 1, (d) = 2\n}\n",
    "variable \"x\" {\n type = \"list\"\n default = \"${[\n1\n]}\"\n}\nlocals { x = a ? b[*].c : -d }\n",
    "a = provider::x::f(1, 2...)\nb = !c && (d || e) >= 3 % 4\né = \"日本🇩🇪\" // x\r\nf = <<A\nA\n",
    "{\"a\": {\"b\": [1, -2.5e3, \"${x}\", null]}, \"//\": \"c\", \"variable\": {\"x\": {\"default\": \"$\"}}}",
];

const PIECES: &[&str] = &[
    "",
    "",
    "a",
    "1.5",
    "\"",
    "${",
    "%{",
    "}",
    "~}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "[*]",
    ".",
    ".*",
    "...",
    "=",
    "==",
    "=>",
    ":",
    "::",
    "?",
    ",",
    "\n",
    "\r\n",
    "\r",
    "#",
    "//",
    "/*",
    "*/",
    "<<E\n",
    "\nE\n",
    "<<-E\n",
    "for ",
    " in ",
    "if ",
    "\\",
    "\\u00",
    "$",
    "%",
    "'",
    "`",
    ";",
    "&",
    "|",
    "~",
    "é",
    "\u{301}",
    "\u{feff}",
    "\u{0}",
    "😀",
    " ",
    "\t",
    "-",
    "!",
    "null",
    "%{ if a }",
    "%{ endif }",
    "\":",
];

/// A few bits of chance (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn mutated(chance: &mut Chance) -> String {
    let mut text = SEEDS[chance.below(SEEDS.len())].to_owned();
    for _ in 0..=chance.below(4) {
        let boundaries: Vec<usize> =
            text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let start = chance.below(boundaries.len());
        let end = (start + chance.below(4)).min(boundaries.len() - 1);
        let piece = PIECES[chance.below(PIECES.len())];
        text.replace_range(boundaries[start]..boundaries[end], piece);
    }
    text
}

fn check(text: &str) {
    let file: Arc<str> = Arc::from("t.tf");
    for mode in [Mode::Normal, Mode::Template] {
        let mut at = 0;
        for it in tokens(text, mode) {
            let gap = text[at..it.start as usize].trim_start_matches('\u{feff}');
            assert!(gap.bytes().all(|it| matches!(it, b' ' | b'\t')), "{text:?}: lost {gap:?}");
            at = it.end as usize;
        }
        assert_eq!(at, text.len(), "{text:?}");
    }
    let mut problems = parse::body(&file, text).1;
    problems.extend(parse::expression(&file, text).err().unwrap_or_default());
    problems.extend(parse::template(&file, text).err().unwrap_or_default());
    let (body, found) = json::body(&file, text);
    problems.extend(found);
    for it in &body.attributes {
        problems.extend(json::as_blocks(it, 0).err().unwrap_or_default());
        problems.extend(json::as_blocks(it, 2).err().unwrap_or_default());
    }
    for it in problems {
        let span = it.span.expect("every problem has a span");
        assert!(span.start.byte <= span.end.byte, "{text:?}: {}", it.summary);
        assert!(span.end.byte as usize <= text.len(), "{text:?}: {}", it.summary);
    }
    let _ = fmt::format(&file, text);
}

#[test]
fn no_text_makes_it_panic() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..4000 {
        check(&mutated(&mut chance));
    }
    // Every beginning of a text, as an editor has it.
    for seed in SEEDS {
        for (at, _) in seed.char_indices() {
            check(&seed[..at]);
        }
    }
}
