//! The engine against a cloud in memory, on a clock that does not wait: random stacks, random commands,
//! everything that can go wrong, and rules that hold all the same.
//!
//! `GROUNDPLAN_SEED=n` repeats the schedule with that seed and makes it smaller; `GROUNDPLAN_SCHEDULES=n`
//! says how many are tried. What a seed means changes with the generators, so what has failed once is
//! kept as a scenario.

mod dice;
mod power;
mod cloud;
mod types;
mod disk;
mod program;
mod schedule;
mod world;
mod rules;
mod scenarios;
mod rollback;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use schedule::{Schedule, schedule};

/// How often a failing schedule is tried to be made smaller.
const SHRINKS: usize = 3000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

fn tree(seed: u64) -> impl ValueTree<Value = Schedule> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    schedule().new_tree(&mut runner).expect("no part of a schedule is ever refused")
}

fn run(schedule: &Schedule, logging: bool) -> Result<(), String> {
    let run = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(world::carry_out(schedule, logging))
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        Err(format!("panicked: {}", text.unwrap_or_default()))
    })
}

/// The smallest schedule found that fails, and how.
fn smallest(seed: u64) -> (Schedule, String) {
    let mut tree = tree(seed);
    let mut best = tree.current();
    let mut why = run(&best, false).expect_err("it has failed before");
    let mut goes_on = tree.simplify();
    for _ in 0..SHRINKS {
        if !goes_on {
            break;
        }
        let smaller = tree.current();
        goes_on = match run(&smaller, false) {
            Err(found) => {
                (best, why) = (smaller, found);
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
    }
    if let Err(found) = run(&best, true) {
        why = found;
    }
    (best, why)
}

fn report(seed: u64) -> String {
    let (schedule, why) = smallest(seed);
    let files: String = schedule
        .program
        .files()
        .iter()
        .map(|(path, text)| format!("--- {}\n{text}", path.display()))
        .collect();
    format!("GROUNDPLAN_SEED={seed}\n{why}\n{files}{schedule:#?}")
}

/// The first seeds that fail, of so many.
fn failing(seeds: impl Iterator<Item = u64> + Send) -> Vec<(u64, String)> {
    let seeds = Mutex::new(seeds);
    let found = Mutex::new(Vec::new());
    let n_failed = AtomicU64::new(0);
    let work = || {
        while n_failed.load(Ordering::Relaxed) < 20 {
            let Some(seed) = seeds.lock().expect("it is held for a moment only").next() else {
                break;
            };
            if let Err(why) = run(&tree(seed).current(), false) {
                n_failed.fetch_add(1, Ordering::Relaxed);
                found.lock().expect("it is held for a moment only").push((seed, why));
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().expect("all threads have ended");
    found.sort();
    found
}

#[test]
fn schedules_keep_the_rules() {
    let n = number("GROUNDPLAN_SCHEDULES").unwrap_or(10_000);
    let first = number("GROUNDPLAN_SEED");
    let seeds = match first {
        Some(seed) => seed..seed + number("GROUNDPLAN_SCHEDULES").unwrap_or(1),
        None => 0..n,
    };
    let found = failing(seeds);
    if let Some((seed, _)) = found.first() {
        let list: String = found.iter().map(|(seed, why)| format!("{seed}: {why}\n")).collect();
        panic!("{} schedules failed:\n{list}\nthe first:\n{}", found.len(), report(*seed));
    }
}
