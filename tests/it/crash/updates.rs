//! A run that changes little but its state is killed at random times: what it said was done is done,
//! and the state can always be read.
//!
//! `GROUNDPLAN_RANDOM_KILLS=1000` says how often; the times follow from `GROUNDPLAN_SEED`, as far as times
//! can.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::support::{Ran, Stack, number};

/// Objects that are updated, and objects that are replaced, in each round.
const MAIN: &str = r#"
variable "round" {
  type = number
}

resource "terraform_data" "updated" {
  count = 60
  input = var.round
}

resource "random_id" "replaced" {
  count       = 40
  byte_length = 8
  keepers = {
    round = var.round
  }
}
"#;

/// How often it is killed by default.
const KILLS: u64 = 60;

fn apply(stack: &Stack, round: u64) -> Command {
    let mut command = stack.command(&["apply", "-auto-approve", &format!("-var=round={round}")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The addresses of which a run said that they are done.
fn done(ran: &Ran) -> Vec<String> {
    let lines = ran.out.lines().filter_map(|it| it.split_once(": "));
    let is_done = |what: &str| {
        what.starts_with("Creation complete") || what.starts_with("Modifications complete")
    };
    lines.filter(|it| is_done(it.1)).map(|it| it.0.to_owned()).collect()
}

/// By address, the round that an object is of.
fn rounds(stack: &Stack) -> BTreeMap<String, u64> {
    let pulled = stack.run(&["state", "pull"]).ended(0);
    let state: Json = serde_json::from_str(&pulled.out).expect("a state is JSON");
    let mut rounds = BTreeMap::new();
    for resource in state["resources"].as_array().expect("a list") {
        for instance in resource["instances"].as_array().expect("a list") {
            let it = &instance["attributes"];
            let round = it["keepers"]["round"].as_str().and_then(|it| it.parse().ok());
            let round = round.or(it["input"]["value"].as_u64()).or(it["input"].as_u64());
            let (ty, name) = (&resource["type"], &resource["name"]);
            let address = format!("{ty}.{name}[{}]", instance["index_key"]).replace('"', "");
            rounds.insert(address, round.expect("every object has a round"));
        }
    }
    rounds
}

#[test]
fn a_state_outlives_kills_at_random_times() {
    let kills = number("GROUNDPLAN_RANDOM_KILLS").unwrap_or(KILLS);
    let seed = number("GROUNDPLAN_SEED").unwrap_or_default();
    let stack = Stack::new(&[("main.tf", MAIN)]);
    let start = Instant::now();
    Ran::of(apply(&stack, 0).output().expect("the binary starts")).ended(0);
    let whole = start.elapsed();

    let (mut killed, mut said, mut round) = (0, 0, 0);
    while killed < kills {
        round += 1;
        assert!(round < 20 * kills, "of {round} runs only {killed} were killed");
        let mut hasher = DefaultHasher::new();
        (seed, round).hash(&mut hasher);
        let mut child = apply(&stack, round).spawn().expect("the binary starts");
        std::thread::sleep(whole.mul_f64((hasher.finish() % 1000) as f64 / 1000.0));
        child.kill().expect("it can be killed");
        let ran = Ran::of(child.wait_with_output().expect("it ends"));
        match ran.code {
            None => killed += 1,
            Some(code) => assert_eq!(code, 0, "{}\n{}", ran.out, ran.err),
        }
        let rounds = rounds(&stack);
        for address in done(&ran) {
            said += 1;
            assert_eq!(
                rounds.get(&address),
                Some(&round),
                "{address} in round {round}, seed {seed}"
            );
        }
        let updated = rounds.keys().filter(|it| it.starts_with("terraform_data")).count();
        assert_eq!(updated, 60, "in round {round}, seed {seed}");
    }
    let last = round + 1;
    Ran::of(apply(&stack, last).output().expect("the binary starts")).ended(0);
    let rounds = rounds(&stack);
    assert_eq!(rounds.len(), 100);
    assert!(rounds.values().all(|it| *it == last), "{rounds:?}");
    stack.run(&["plan", "-detailed-exitcode", &format!("-var=round={last}")]).ended(0);
    let time = Duration::from_secs(start.elapsed().as_secs());
    eprintln!(
        "{killed} kills of {round} runs, which said {said} times that an object is done, in {time:?}"
    );
    assert!(said > 0, "no run came as far as that");
}
