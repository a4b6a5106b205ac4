//! Rollback, in the simulation: whichever operation fails, what was there is there again; and a rollback
//! that is cut off anywhere is finished by the next run.

use proptest::strategy::ValueTree;

use crate::cloud::{Weather, Wrong};
use crate::power::{Cut, Side};
use crate::program::Program;
use crate::rules::{self, Before};
use crate::schedule::{Command, Round};
use crate::world::{End, World};
use crate::{number, tree};

/// A stack that is applied, what it is to become, and the seed of its cloud.
struct Case {
    seed: u64,
    first: Program,
    second: Program,
}

fn case(seed: u64) -> Case {
    let schedule = tree(seed).current();
    let first = schedule.program;
    let mut second = first.clone();
    for round in &schedule.rounds {
        round.edits.iter().for_each(|it| second.edit(it));
    }
    Case { seed: schedule.seed, first, second }
}

fn round(rollback: bool) -> Round {
    Round { rollback, ..Round::calm(Command::Apply) }
}

/// The world once the first stack is applied, and the second is to be. None if that cannot be.
async fn before(case: &Case) -> Option<World> {
    let mut world = World::new(case.first.clone(), case.seed);
    world.power.on(None);
    world.cloud.set_weather(Weather::default());
    let end = world.command(&round(false)).await.unwrap();
    world.program = case.second.clone();
    matches!(end, End::Applied(it) if !it.failed()).then_some(world)
}

/// Applies with the `n`-th call refused: how it ended, unless the power went before.
async fn apply(world: &World, n: u32, rollback: bool, cut: Option<Cut>) -> Option<End> {
    let wrong = [(n, Wrong::Rejected)].into();
    world.cloud.set_weather(Weather { wrong, ..Weather::default() });
    world.power.on(cut);
    let round = round(rollback);
    let command = world.command(&round);
    world.power.run(command).await.map(|it| it.unwrap_or_else(|why| panic!("call {n}: {why}")))
}

fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(test);
}

/// How many stacks are tried.
fn stacks() -> std::ops::Range<u64> {
    0..number("GROUNDPLAN_STACKS").unwrap_or(60)
}

#[test]
fn whichever_call_fails_a_rollback_leaves_what_was_there() {
    let mut n_undone = 0;
    for seed in stacks() {
        let case = case(seed);
        run(async {
            for n in 0.. {
                let Some(world) = before(&case).await else { break };
                let was = Before::new(&world, &world.disk.open(None, None).unwrap().0);
                let end = apply(&world, n, true, None).await.expect("nothing cuts it off");
                let End::Undone(undone) = end else {
                    // A plan that fails has done nothing. After the last call nothing fails.
                    if matches!(end, End::NoPlan(_)) {
                        continue;
                    }
                    break;
                };
                // A hub cannot be deleted while something goes on referring to it.
                let hub = undone.left.iter().any(|it| it.0.resource.ty.ends_with("hub"));
                assert!(undone.finished, "seed {seed}, call {n}: {undone:?}");
                assert!(hub || undone.left.is_empty(), "seed {seed}, call {n}: {undone:?}");
                let (state, open) = world.disk.open(None, None).unwrap();
                assert_eq!(open, []);
                let now = Before::new(&world, &state);
                assert!(hub || now == was, "seed {seed}, call {n}:\n{now:#?}\n{was:#?}");
                n_undone += u32::from(!undone.undone.is_empty());
            }
        });
    }
    assert!(n_undone > 100, "{n_undone}");
}

#[test]
fn whichever_call_fails_the_next_apply_completes_what_is_kept() {
    for seed in stacks() {
        let case = case(seed);
        run(async {
            for n in 0.. {
                let Some(world) = before(&case).await else { break };
                let end = apply(&world, n, false, None).await.expect("nothing cuts it off");
                if matches!(&end, End::Applied(it) if !it.failed()) {
                    break;
                }
                if n > 400 {
                    break;
                }
                world.cloud.set_weather(Weather::default());
                // What is being changed when the answer to a look at it fails goes on changing.
                tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                let end = world.command(&round(false)).await.unwrap();
                if let Err(why) = rules::must_succeed(&world, &end).await {
                    panic!("seed {seed}, call {n}: {why}");
                }
            }
        });
    }
}

#[test]
fn a_rollback_that_is_cut_off_anywhere_is_finished_by_the_next_run() {
    let mut n_resumed = 0;
    for seed in stacks() {
        let case = case(seed);
        run(async {
            // Late enough that there is something to undo.
            let Some(world) = before(&case).await else { return };
            _ = apply(&world, u32::MAX, false, None).await;
            let last = world.power.calls().saturating_sub(2);
            for event in 0.. {
                let Some(mut world) = before(&case).await else { return };
                let was = Before::new(&world, &world.disk.open(None, None).unwrap().0);
                let cut = Some(Cut::Event(event, Side::After));
                match apply(&world, last, true, cut).await {
                    Some(_) => return,
                    None => world.disk.crash(),
                }
                let (_, open) = world.disk.open(None, None).unwrap();
                if world.disk.rollback().is_none() {
                    continue;
                }
                world.cloud.set_weather(Weather::default());
                world.power.on(None);
                tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                // A command that changes nothing by itself goes on with the rollback; a refresh would
                // move again what has been moved back.
                world.program.moved.clear();
                let end = world.command(&Round::calm(Command::Refresh)).await;
                let end = end.unwrap_or_else(|why| panic!("seed {seed}, event {event}: {why}"));
                assert!(matches!(end, End::Applied(_)), "{end:?} {open:?}");
                assert!(world.disk.rollback().is_none());
                let (state, _) = world.disk.open(None, None).unwrap();
                let now = Before::new(&world, &state);
                assert!(now == was, "seed {seed}, event {event}:\n{now:#?}\n{was:#?}");
                n_resumed += 1;
            }
        });
    }
    assert!(n_resumed > 100, "{n_resumed}");
}
