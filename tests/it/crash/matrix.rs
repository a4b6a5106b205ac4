//! A Fargate sandbox is killed before, during and after each request of its apply and of its destroy
//! that changes something, or is interrupted there in several ways: the next command finishes the work.
//!
//! `GROUNDPLAN_KILLS=all` tries all points, `GROUNDPLAN_KILLS=17:during` one of them; without it some are
//! tried that follow from `GROUNDPLAN_SEED`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::listing::{Account, Listing};
use crate::proxy::{Fate, Moment, Proxy};
use crate::support::{Cloud, Ran, Stack, number};

/// A way to end a run that has not come to its end.
#[derive(Debug)]
struct Way {
    name: &'static str,
    moment: Moment,
    /// Signals, each so many milliseconds after the one before.
    signals: &'static [(u64, Signal)],
    /// How the run ends then; if it was done by then, with 0.
    code: Option<i32>,
}

/// The first three are what power cuts are like. GitHub Actions waits 7.5 seconds after the first
/// signal, and 2.5 seconds after the second.
const WAYS: &[Way] = &[
    Way { name: "before", moment: Moment::Before, signals: &[(0, Signal::KILL)], code: None },
    Way { name: "during", moment: Moment::During, signals: &[(0, Signal::KILL)], code: None },
    Way { name: "after", moment: Moment::After, signals: &[(0, Signal::KILL)], code: None },
    Way { name: "int", moment: Moment::During, signals: &[(0, Signal::INT)], code: Some(1) },
    Way { name: "term", moment: Moment::During, signals: &[(0, Signal::TERM)], code: Some(1) },
    Way {
        name: "twice",
        moment: Moment::During,
        signals: &[(0, Signal::INT), (10, Signal::INT)],
        code: Some(130),
    },
    Way {
        name: "actions",
        moment: Moment::During,
        signals: &[(0, Signal::INT), (7, Signal::TERM), (3, Signal::KILL)],
        code: Some(130),
    },
    Way {
        name: "actions-after",
        moment: Moment::After,
        signals: &[(0, Signal::INT), (7, Signal::TERM), (3, Signal::KILL)],
        code: Some(130),
    },
];

/// How long a call takes that others are interrupted in.
const SLOW: Duration = Duration::from_millis(30);

/// One of so many points is tried by default.
const ONE_OF: u64 = 9;

/// How many accounts are worked in at once.
const AT_ONCE: usize = 4;

/// An account of the sandbox with the network that the example needs, and the example's folder.
struct Place<'a> {
    cloud: &'a Cloud,
    listing: &'a Mutex<Listing>,
    stack: Stack,
    number: String,
    key: String,
    seed: u64,
}

/// Where an apply and a destroy are ended, and how.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// At which of the requests that change something.
    n: usize,
    way: &'static Way,
}

impl Place<'_> {
    fn new<'a>(cloud: &'a Cloud, listing: &'a Mutex<Listing>, n: usize, seed: u64) -> Place<'a> {
        let number = format!("{}", 111_111_111_111 * (n + 1));
        let key = listing.lock().expect("no listing has failed").of(&number).key;
        let stack = Stack::example("fargate-sandbox");
        let place = Place { cloud, listing, stack, number, key, seed };
        place.run(&["-chdir=network", "apply", "-auto-approve"]).ended(0);
        place
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.stack.command(args);
        command.envs(self.cloud.env()).env("AWS_ACCESS_KEY_ID", &self.key);
        command
    }

    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary starts"))
    }

    fn look(&self) -> Account {
        self.listing.lock().expect("no listing has failed").of(&self.number)
    }

    /// Runs a command that is ended at a point, if it comes to that. How many requests came that
    /// change something.
    fn ended(&self, command: &str, point: Option<Point>) -> usize {
        let proxy = Proxy::start(self.cloud, self.seed, move |call| match point {
            Some(Point { n, way }) if call.changes && call.n_changes == n => {
                let pause = |it: &(u64, Signal)| (Duration::from_millis(it.0), it.1);
                Fate::Signals(way.moment, way.signals.iter().map(pause).collect())
            }
            Some(Point { way, .. }) if call.changes && way.code.is_some() => Fate::Late(SLOW),
            _ => Fate::Pass,
        });
        let ran = proxy.run(self.command(&[command, "-auto-approve", "-var=name=bob"]));
        let n = proxy.n_changes();
        match point.filter(|it| it.n <= n).map(|it| it.way.code) {
            Some(None) => assert_eq!(ran.code, None, "{}\n{}", ran.out, ran.err),
            Some(Some(1)) => {
                assert!([Some(0), Some(1)].contains(&ran.code), "{}\n{}", ran.out, ran.err);
                // All that was under way is finished and saved.
                assert!(
                    !self.stack.exists("terraform.tfstate.journal"),
                    "{}\n{}",
                    ran.out,
                    ran.err
                );
                ran.says(if ran.code == Some(0) { "complete!" } else { "was stopped" });
            }
            Some(Some(_)) => {
                let ends = [None, Some(0), Some(1), Some(130)];
                assert!(ends.contains(&ran.code), "{}\n{}", ran.out, ran.err);
            }
            None => _ = ran.ended(0),
        }
        n
    }

    /// Ends an apply and a destroy at a point, and finishes each.
    fn survives(&self, point: Point, whole: &Account, empty: &Account) {
        let name = "-var=name=bob";
        self.ended("apply", Some(point));
        let finished = self.run(&["apply", "-auto-approve", name]).ended(0);
        let found = self.look().differences(whole);
        assert_eq!(found, "", "after the apply\n{}", finished.out);
        self.run(&["plan", "-detailed-exitcode", name]).ended(0);
        self.ended("destroy", Some(point));
        let finished = self.run(&["destroy", "-auto-approve", name]).ended(0);
        let found = self.look().differences(empty);
        assert_eq!(found, "", "after the destroy\n{}", finished.out);
        assert!(self.stack.addresses().is_empty());
    }
}

/// The points that are to be tried, of those up to the n-th request.
fn points(n: usize, seed: u64) -> Vec<Point> {
    let all = (1..=n).flat_map(|n| WAYS.iter().map(move |way| Point { n, way }));
    let asked = std::env::var("GROUNDPLAN_KILLS").unwrap_or_default();
    let one = |it: &Point| asked == format!("{}:{}", it.n, it.way.name);
    match asked.as_str() {
        "all" => all.collect(),
        "" => all.zip(seed..).filter(|(_, n)| n % ONE_OF == 0).map(|it| it.0).collect(),
        _ => all.filter(one).collect(),
    }
}

#[test]
fn a_fargate_sandbox_that_is_ended_at_any_request_is_finished_by_the_next_command() {
    let cloud = Cloud::start();
    let listing = Mutex::new(Listing::start(&cloud));
    let seed = number("GROUNDPLAN_SEED").unwrap_or_default();
    let first = Place::new(&cloud, &listing, 0, seed);
    let empty = first.look();
    let n_apply = first.ended("apply", None);
    let whole = first.look();
    assert!(whole.len() > empty.len() + 15, "{whole:#?}");
    let n_destroy = first.ended("destroy", None);
    assert_eq!(first.look().differences(&empty), "");

    let start = Instant::now();
    let points = points(n_apply.max(n_destroy), seed);
    let n_points = points.len();
    assert!(n_points > 0, "there is no such point");
    let points = Mutex::new(points.into_iter());
    let failed = Mutex::new(Vec::new());
    let work = |place: Place<'_>| {
        loop {
            let next = points.lock().expect("held for a moment only").next();
            let Some(point) = next else { return };
            let survives = || place.survives(point, &whole, &empty);
            if catch_unwind(AssertUnwindSafe(survives)).is_err() {
                let name = format!("GROUNDPLAN_KILLS={}:{}", point.n, point.way.name);
                failed.lock().expect("held for a moment only").push(name);
                // What is left in this account would be taken for the next point's.
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| work(first));
        for n in 1..AT_ONCE.min(n_points) {
            let (cloud, listing, work) = (&cloud, &listing, &work);
            scope.spawn(move || work(Place::new(cloud, listing, n, seed)));
        }
    });
    eprintln!(
        "{n_points} points of an apply with {n_apply} and a destroy with {n_destroy} requests that \
         change something, in {:?}",
        start.elapsed()
    );
    let failed = failed.into_inner().expect("all threads have ended");
    assert!(failed.is_empty(), "{failed:?}");
}
