//! Every type through the built binary: the cases of `tests/types`, all on one sandbox.
//!
//! A case is a file `TYPE.tf`, and `TYPE.WHAT.tf` where one stack cannot have it all.
//! `GROUNDPLAN_TYPES=aws_vpc,aws_lb` tries the cases of these alone.

mod case;
mod trial;

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use model::{Mode, Registry};

use crate::support::{Cloud, Stack};
use crate::types::case::Case;

/// Types that no case can be made of, and why: they have wire tests only.
const WITHOUT_CASE: &[(&str, &str)] =
    &[("aws_lambda_permission", "there is no function type that one could be for")];

/// The sandbox answers one request at a time: more threads would only wait for it.
const THREADS: usize = 3;

#[test]
fn every_type_does_what_its_case_says() {
    let (cases, mut failures) = cases();
    let cloud = Cloud::start();
    let imports = Stack::new(&[]).run(&["import", "-help"]).code == Some(0);
    let next = AtomicUsize::new(0);
    let found = Mutex::new(Vec::new());
    let work = || {
        while let Some((name, case)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = Instant::now();
            let failed = trial::run(case, &cloud, imports);
            eprintln!("{:6.1} s {name}", start.elapsed().as_secs_f32());
            let told = failed.iter().map(|it| format!("{}:{}: {it}", file(name), it.line));
            found.lock().unwrap_or_else(PoisonError::into_inner).extend(told);
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    failures.extend(found.into_inner().unwrap_or_else(PoisonError::into_inner));
    failures.sort();
    let n = failures.len();
    assert!(failures.is_empty(), "{n} things went otherwise:\n\n{}\n", failures.join("\n\n"));
}

#[test]
fn every_managed_type_has_a_case() {
    let known: BTreeSet<&str> =
        resources::Builtin { host: &model::NoHost }.names(Mode::Managed).into_iter().collect();
    let without: BTreeSet<&str> = WITHOUT_CASE.iter().map(|it| it.0).collect();
    let names = names();
    let have: BTreeSet<&str> = names.iter().map(|it| type_of(it)).collect();
    let told: BTreeSet<&str> = have.union(&without).copied().collect();
    let missing: Vec<_> = known.difference(&told).collect();
    assert!(missing.is_empty(), "without a case in tests/types: {missing:#?}");
    let unknown: Vec<_> = told.difference(&known).collect();
    assert!(unknown.is_empty(), "there are no such types: {unknown:#?}");
    let both: Vec<_> = have.intersection(&without).collect();
    assert!(both.is_empty(), "in WITHOUT_CASE, but there is a case: {both:#?}");
}

/// The file of a case.
fn file(name: &str) -> String {
    format!("tests/types/{name}.tf")
}

/// The type that a case is about.
fn type_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// All cases by name.
fn names() -> Vec<String> {
    let entries = fs::read_dir("tests/types").expect("a folder of cases").flatten();
    let name = |it: fs::DirEntry| {
        it.file_name().to_str().and_then(|it| it.strip_suffix(".tf")).map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

/// The cases that are asked for, and what is wrong with those that cannot be read.
fn cases() -> (Vec<(String, Case)>, Vec<String>) {
    let mut names = names();
    if let Ok(asked) = std::env::var("GROUNDPLAN_TYPES") {
        let asked: BTreeSet<&str> = asked.split(',').map(str::trim).collect();
        let have: BTreeSet<&str> = names.iter().map(|it| type_of(it)).collect();
        let unknown: Vec<_> = asked.difference(&have).collect();
        assert!(unknown.is_empty(), "GROUNDPLAN_TYPES: there are no cases of {unknown:?}");
        names.retain(|it| asked.contains(type_of(it)));
    }
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        let text = fs::read_to_string(file(&name)).expect("a case to read");
        match Case::parse(type_of(&name), &text) {
            Ok(it) => cases.push((name, it)),
            Err((line, what)) => wrong.push(format!("{}:{line}: {what}", file(&name))),
        }
    }
    (cases, wrong)
}
