//! What a bad day of a cloud may cost: throttling, and things that are not known everywhere yet. And what
//! a schedule has failed for once, as small as it can be.

use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Weather, Wrong};
use crate::power::{Cut, Side};
use crate::program::{Block, Edit, Kind, Program, Repeat};
use crate::rules;
use crate::schedule::{Command, Round};
use crate::types::{ALL, Ty};
use crate::world::{Applied, End, World};

const SECOND: Duration = Duration::from_secs(1);

fn block(name: u8, ty: Ty, repeat: Repeat, refs: &[u8]) -> Block {
    Block {
        name,
        label: name,
        kind: Kind::Thing(ty),
        place: None,
        repeat,
        refs: refs.to_vec(),
        after: Vec::new(),
        note: 0,
        make: 0,
        first: false,
        force: false,
        ignore: false,
        trigger: None,
        check: false,
    }
}

fn program(blocks: impl IntoIterator<Item = Block>) -> Program {
    Program { blocks: blocks.into_iter().collect(), modules: [Repeat::Once; 2], moved: Vec::new() }
}

/// Applies in this weather: how long it took, how many calls that were, and whether all went well.
async fn apply(world: &World, weather: Weather) -> (Duration, u32, bool) {
    world.power.on(None);
    world.cloud.set_weather(weather);
    let start = Instant::now();
    let end = world.command(&Round::calm(Command::Apply)).await.unwrap();
    let End::Applied(it) = end else { panic!("{end:?}") };
    assert_eq!(world.cloud.look().complaints, Vec::<String>::new());
    (start.elapsed(), world.power.calls(), !it.failed())
}

/// Stacks of 80 objects, some of them slow, with four layers.
fn layers() -> Program {
    let count = Repeat::Count(20);
    program([
        block(0, Ty::Hub, count, &[]),
        block(1, Ty::Slow, count, &[0]),
        block(2, Ty::Token, count, &[1]),
        block(3, Ty::Slow, count, &[2]),
    ])
}

#[tokio::test(start_paused = true)]
async fn half_a_minute_of_throttling_costs_little() {
    for seed in 0..20 {
        let (calm, calm_calls, _) = apply(&World::new(layers(), seed), Weather::default()).await;
        let until = Instant::now() + 30 * SECOND;
        let throttled = Weather { throttled: Some((30, until)), ..Weather::default() };
        let (time, calls, fine) = apply(&World::new(layers(), seed), throttled).await;
        assert!(fine);
        assert!(time <= 2 * calm, "{time:?} instead of {calm:?}");
        assert!(2 * calls <= 3 * calm_calls, "{calls} calls instead of {calm_calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quota_is_found_and_kept() {
    let many = || program([block(0, Ty::Named, Repeat::Count(250), &[])]);
    let world = World::new(many(), 1);
    let quota = Weather { quota: Some((20.0, 50.0)), ..Weather::default() };
    let (time, calls, fine) = apply(&world, quota.clone()).await;
    let throttled = world.cloud.look().n_throttled;
    assert!(fine);
    assert!(throttled * 3 <= calls, "{throttled} of {calls} calls were too many");
    // 500 calls at 20 a second take 25 seconds at best.
    assert!(time <= 50 * SECOND, "{time:?}");

    // All are read one by one, and at once if nobody minds.
    let (time, calls, fine) = apply(&world, quota).await;
    let throttled = world.cloud.look().n_throttled;
    assert!(fine);
    assert!(throttled * 5 <= calls * 2, "{throttled} of {calls} reads were too many");
    assert!(time <= 30 * SECOND, "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_made_a_moment_ago_is_waited_for() {
    for seed in 0..30 {
        let role_and_service =
            [block(0, Ty::Named, Repeat::Once, &[]), block(1, Ty::Token, Repeat::Once, &[0])];
        let world = World::new(program(role_and_service), seed);
        let shy = Weather { shy: 30 * SECOND, ..Weather::default() };
        let (_, _, fine) = apply(&world, shy).await;
        assert!(fine);
        let cloud = world.cloud.look();
        let usable = cloud.things["named-1"].usable;
        let late = cloud.done[1].at.saturating_duration_since(usable);
        assert!(late <= 2 * SECOND + SECOND / 2, "{late:?} after it could be used");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_is_not_waited_for() {
    let mut world = World::new(program([block(0, Ty::Named, Repeat::Once, &[])]), 1);
    assert!(apply(&world, Weather::default()).await.2);
    tokio::time::sleep(600 * SECOND).await;
    // Something else is made in the same run, and has nothing to do with it.
    world.program.edit(&Edit::Add(block(1, Ty::Hub, Repeat::Once, &[])));
    world.program.edit(&Edit::Add(block(2, Ty::Token, Repeat::Once, &[0])));
    let denied = Weather { denied: Some(Ty::Token), ..Weather::default() };
    let (time, _, fine) = apply(&world, denied).await;
    assert!(!fine);
    assert!(time < 3 * SECOND, "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn stale_reads_double_and_taint_nothing() {
    for seed in 0..20 {
        let all = ALL.iter().zip(0..).map(|(ty, name)| block(name, *ty, Repeat::Count(2), &[]));
        let mut world = World::new(program(all), seed);
        let stale = Weather { stale: 20 * SECOND, ..Weather::default() };
        assert!(apply(&world, stale.clone()).await.2);
        for name in 0..6 {
            world.program.edit(&Edit::Note(name, 1));
            world.program.edit(&Edit::Repeat(name, Repeat::Count(3)));
        }
        assert!(apply(&world, stale).await.2);
        assert_eq!(world.cloud.look().things.len(), 18);
        rules::settled(&world).await.unwrap();
    }
}

/// Runs a command while certain calls go wrong, and expects that it is carried out, well or not.
async fn run(world: &World, command: Command, wrong: &[(u32, Wrong)]) -> Box<Applied> {
    world.power.on(None);
    let wrong = wrong.iter().copied().collect();
    world.cloud.set_weather(Weather { wrong, ..Weather::default() });
    let end = world.command(&Round::calm(command)).await.unwrap();
    assert_eq!(world.cloud.look().complaints, Vec::<String>::new());
    let End::Applied(it) = end else { panic!("{end:?}") };
    it
}

#[tokio::test(start_paused = true)]
async fn what_goes_does_so_in_the_order_of_before_although_references_are_turned_round() {
    for seed in 0..10 {
        for first in [false, true] {
            let of =
                |name, refs: &[u8]| Block { first, ..block(name, Ty::Bound, Repeat::Once, refs) };
            let mut world = World::new(program([of(0, &[]), of(1, &[0]), of(2, &[1])]), seed);
            assert!(!run(&world, Command::Apply, &[]).await.failed());
            world.program = program([of(2, &[]), of(1, &[2]), of(0, &[1])]);
            assert!(!run(&world, Command::Apply, &[]).await.failed());
            assert!(!run(&world, Command::Destroy, &[]).await.failed());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_told_to_go_is_seen_off_before_anything_is_planned() {
    // The first call reads what is there.
    for n in 1.. {
        let world = World::new(program([block(0, Ty::Slow, Repeat::Once, &[])]), 1);
        assert!(!run(&world, Command::Apply, &[]).await.failed());
        if !run(&world, Command::Destroy, &[(n, Wrong::Rejected)]).await.failed() {
            break;
        }
        assert!(!run(&world, Command::Apply, &[]).await.failed(), "call {n}");
        rules::settled(&world).await.unwrap();
    }
}

/// A stack in which one thing does not need the other any more, and one in which it needs a third.
fn another_need(seed: u64) -> (World, [Program; 2]) {
    let user = |refs: &[u8]| block(2, Ty::Token, Repeat::Once, refs);
    let used = |name| block(name, Ty::Named, Repeat::Once, &[]);
    let world = World::new(program([used(0), user(&[0])]), seed);
    (world, [program([used(0), used(1), user(&[1])]), program([user(&[])])])
}

#[tokio::test(start_paused = true)]
async fn what_was_not_or_not_wholly_changed_may_still_need_what_it_did() {
    for (seed, n) in (0..4).flat_map(|seed| (2..20).map(move |n| (seed, n))) {
        let (mut world, [then, last]) = another_need(seed);
        assert!(!run(&world, Command::Apply, &[]).await.failed());
        world.program = then;
        run(&world, Command::Apply, &[(n, Wrong::Rejected)]).await;
        world.program = last;
        assert!(!run(&world, Command::Apply, &[]).await.failed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_run_that_was_cut_off_has_changed_may_need_what_that_said() {
    for (seed, n) in (0..4).flat_map(|seed| (0..20).map(move |n| (seed, n))) {
        let (mut world, [then, last]) = another_need(seed);
        assert!(!run(&world, Command::Apply, &[]).await.failed());
        world.program = then;
        world.power.on(Some(Cut::Event(n, Side::Before)));
        let calm = Round::calm(Command::Apply);
        if world.power.run(world.command(&calm)).await.is_none() {
            world.disk.crash();
        }
        world.program = last;
        tokio::time::sleep(SECOND).await;
        assert!(!run(&world, Command::Apply, &[]).await.failed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_never_made_is_undone_by_doing_nothing() {
    let world = World::new(program([block(0, Ty::Token, Repeat::Once, &[])]), 1);
    // The call never arrives, and the look for what it has made is refused.
    let wrong = [(0, Wrong::LostBefore), (1, Wrong::Rejected)].into();
    world.cloud.set_weather(Weather { wrong, ..Weather::default() });
    let round = Round { rollback: true, ..Round::calm(Command::Apply) };
    let end = world.command(&round).await.unwrap();
    assert!(matches!(&end, End::Undone(it) if it.finished && it.left.is_empty()), "{end:?}");
}
