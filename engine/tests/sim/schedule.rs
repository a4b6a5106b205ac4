//! A schedule: a stack, and what is done with it and goes wrong, run after run. Data only, so that a
//! failing one can be made smaller.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::cloud::Wrong;
use crate::power::{Cut, Side};
use crate::program::{Block, Edit, Kind, Program, Repeat};
use crate::types::ALL;

#[derive(Debug, Clone)]
pub struct Schedule {
    pub seed: u64,
    pub program: Program,
    pub rounds: Vec<Round>,
}

/// One run of a command, and what comes before it.
#[derive(Debug, Clone)]
pub struct Round {
    pub edits: Vec<Edit>,
    pub meddling: Vec<Meddling>,
    /// The same, between the plan and its apply.
    pub between: Vec<Meddling>,
    pub command: Command,
    pub wrong: Vec<(u32, Wrong)>,
    /// From which call on credentials have ended, and whether there are others.
    pub expires: Option<(u32, bool)>,
    /// How many seconds reads may be stale, and things may not be referred to.
    pub stale: u8,
    pub shy: u8,
    pub cut: Option<Cut>,
    /// The event after which the user interrupts.
    pub stop: Option<u32>,
    /// The event for which the disk has no room.
    pub full: Option<u32>,
    pub parallelism: u8,
    /// Whether an apply that fails is undone.
    pub rollback: bool,
    /// Seconds until the next run.
    pub pause: u8,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Apply,
    Destroy,
    /// Only the blocks with these names.
    ApplyOnly(Vec<u8>),
    DestroyOnly(Vec<u8>),
    /// With `-replace` of the first instance of a block.
    Replace(u8),
    Refresh,
}

/// What somebody else does to the n-th of our things.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meddling {
    Remove(u8),
    Change(u8),
    Fill(u8),
}

impl Round {
    /// A command on a good day.
    pub fn calm(command: Command) -> Round {
        Round {
            edits: Vec::new(),
            meddling: Vec::new(),
            between: Vec::new(),
            command,
            wrong: Vec::new(),
            expires: None,
            stale: 0,
            shy: 0,
            cut: None,
            stop: None,
            full: None,
            parallelism: 32,
            rollback: false,
            pause: 0,
        }
    }
}

fn repeat() -> impl Strategy<Value = Repeat> {
    prop_oneof![
        5 => Just(Repeat::Once),
        2 => (0..4_u8).prop_map(Repeat::Count),
        2 => (0..4_u8).prop_map(Repeat::Each),
        1 => (0..8_u8).prop_map(Repeat::Sized),
    ]
}

fn block() -> impl Strategy<Value = Block> {
    let kind = prop_oneof![
        8 => select(ALL.to_vec()).prop_map(Kind::Thing),
        1 => Just(Kind::Lookup),
    ];
    let place = prop_oneof![3 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(1))];
    let refs = vec(0..8_u8, 0..3);
    let after = prop_oneof![4 => Just(vec![]), 1 => vec(0..8_u8, 1..2)];
    let first = prop::bool::weighted(0.25);
    let rarely = || prop::bool::weighted(0.15);
    let rest = (first, any::<bool>(), rarely(), trigger(), rarely());
    (0..8_u8, kind, place, repeat(), refs, after, 0..3_u8, 0..2_u8, rest).prop_map(
        |(name, kind, place, repeat, refs, after, note, make, rest)| {
            let (first, force, ignore, trigger, check) = rest;
            Block {
                name,
                label: name,
                kind,
                place,
                repeat,
                refs,
                after,
                note,
                make,
                first,
                force,
                ignore,
                trigger,
                check,
            }
        },
    )
}

fn trigger() -> impl Strategy<Value = Option<u8>> {
    prop_oneof![8 => Just(None), 1 => (0..8_u8).prop_map(Some)]
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || prop_oneof![4 => 0..8_u8, 1 => 8..16_u8];
    prop_oneof![
        3 => (name(), 0..3_u8).prop_map(|(name, to)| Edit::Note(name, to)),
        3 => (name(), 0..2_u8).prop_map(|(name, to)| Edit::Make(name, to)),
        3 => (name(), vec(0..8_u8, 0..3)).prop_map(|(name, to)| Edit::Refs(name, to)),
        2 => (name(), repeat()).prop_map(|(name, to)| Edit::Repeat(name, to)),
        1 => (name(), any::<bool>()).prop_map(|(name, to)| Edit::First(name, to)),
        1 => (name(), any::<bool>()).prop_map(|(name, to)| Edit::Force(name, to)),
        1 => (name(), any::<bool>()).prop_map(|(name, to)| Edit::Ignore(name, to)),
        1 => (name(), trigger()).prop_map(|(name, to)| Edit::Trigger(name, to)),
        2 => name().prop_map(Edit::Gone),
        2 => (name(), 8..16_u8).prop_map(|(name, to)| Edit::Rename(name, to)),
        2 => block().prop_map(Edit::Add),
        1 => name().prop_map(Edit::Last),
        1 => (0..2_u8, repeat()).prop_map(|(n, to)| Edit::Module(n, to)),
    ]
}

fn wrong() -> impl Strategy<Value = Wrong> {
    prop_oneof![
        3 => Just(Wrong::Throttled),
        2 => Just(Wrong::LostBefore),
        3 => Just(Wrong::LostAfter),
        1 => Just(Wrong::LostLate),
        2 => Just(Wrong::Busy),
        1 => Just(Wrong::Rejected),
        1 => Just(Wrong::Doomed),
    ]
}

fn cut() -> impl Strategy<Value = Cut> {
    let side = || prop_oneof![Just(Side::Before), Just(Side::After)];
    prop_oneof![
        (0..60_u32, side()).prop_map(|(n, side)| Cut::Call(n, side)),
        (0..60_u32, side()).prop_map(|(n, side)| Cut::Event(n, side)),
        (0..400_u32).prop_map(Cut::Await),
        (0..20_000_u32).prop_map(Cut::Time),
    ]
}

fn round() -> impl Strategy<Value = Round> {
    let meddling = || {
        prop_oneof![
            (0..16_u8).prop_map(Meddling::Remove),
            (0..16_u8).prop_map(Meddling::Change),
            (0..16_u8).prop_map(Meddling::Fill),
        ]
    };
    let between = prop_oneof![9 => Just(vec![]), 1 => vec(meddling(), 1..3)];
    let meddling = prop_oneof![3 => Just(vec![]), 1 => vec(meddling(), 1..3)];
    let command = prop_oneof![
        10 => Just(Command::Apply),
        1 => Just(Command::Destroy),
        1 => vec(0..8_u8, 1..3).prop_map(Command::ApplyOnly),
        1 => vec(0..8_u8, 1..3).prop_map(Command::DestroyOnly),
        1 => (0..8_u8).prop_map(Command::Replace),
        1 => Just(Command::Refresh),
    ];
    let wrong = prop_oneof![2 => Just(vec![]), 3 => vec((0..60_u32, wrong()), 1..6)];
    let expires = prop_oneof![9 => Just(None), 1 => (0..60_u32, any::<bool>()).prop_map(Some)];
    let seconds = || prop_oneof![3 => Just(0), 1 => 0..20_u8];
    let rarely = |n: std::ops::Range<u32>| prop_oneof![8 => Just(None), 1 => n.prop_map(Some)];
    let cut = prop_oneof![2 => Just(None), 1 => cut().prop_map(Some)];
    (
        (vec(edit(), 0..5), meddling, between, command, wrong, expires, seconds(), seconds()),
        (cut, rarely(0..40), rarely(0..40), select(vec![1, 2, 4, 32]), any::<bool>(), 3..60_u8),
    )
        .prop_map(|((edits, meddling, between, command, wrong, expires, stale, shy), rest)| {
            let (cut, stop, full, parallelism, rollback, pause) = rest;
            Round {
                edits,
                meddling,
                between,
                command,
                wrong,
                expires,
                stale,
                shy,
                cut,
                stop,
                full,
                parallelism,
                rollback,
                pause,
            }
        })
}

pub fn schedule() -> impl Strategy<Value = Schedule> {
    let modules = (repeat(), repeat()).prop_map(|(a, b)| [a, b]);
    let program = (vec(block(), 1..8), modules);
    let program =
        program.prop_map(|(blocks, modules)| Program { blocks, modules, moved: Vec::new() });
    (any::<u64>().no_shrink(), program, vec(round(), 1..5))
        .prop_map(|(seed, program, rounds)| Schedule { seed, program, rounds })
}
