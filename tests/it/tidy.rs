//! What a reader of the code relies on: which crate may use which, and how the examples are laid out.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::Stack;

/// Every edge between our crates, tests included.
const EDGES: &[(&str, &[&str])] = &[
    ("derive", &[]),
    ("model", &["derive"]),
    ("deflate", &[]),
    ("stacks", &["deflate", "model"]),
    ("state", &["model"]),
    ("engine", &["model", "stacks", "state"]),
    ("resources", &["deflate", "model"]),
    ("sandbox", &[]),
    ("groundplan", &["engine", "model", "resources", "sandbox", "stacks", "state"]),
];

#[test]
fn crates_use_only_what_architecture_allows() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |it: &serde_json::Value| it["name"].as_str().expect("a name").to_owned();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let found: BTreeMap<String, BTreeSet<String>> = packages
        .iter()
        .map(|it| {
            let needs = it["dependencies"].as_array().expect("dependencies").iter().map(name);
            (name(it), needs.filter(|it| ours.contains(it)).collect())
        })
        .collect();
    let allowed = EDGES.iter().map(|(name, needs)| {
        ((*name).to_owned(), needs.iter().map(|it| (*it).to_owned()).collect())
    });
    assert_eq!(found, allowed.collect::<BTreeMap<String, BTreeSet<String>>>());
}

#[test]
fn examples_have_the_canonical_layout() {
    Stack::example("").run(&["fmt", "-check", "-recursive"]).ended(0);
}
