//! Crashes: cut files at every byte, and a process killed after each event.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Command;

use state::{Event, Operation};

use crate::{Place, begin, created, creating, ids, record, with, wrote};

/// A folder as a crash may leave it.
fn left(state: Option<&[u8]>, journal: &[u8], new: Option<&[u8]>) -> Place {
    let place = Place::new();
    for (name, content) in [
        ("terraform.tfstate", state),
        ("terraform.tfstate.journal", Some(journal)),
        (".terraform.tfstate.new", new),
    ] {
        if let Some(content) = content {
            fs::write(place.path(name), content).unwrap();
        }
    }
    place
}

/// What the next run finds, in one line.
fn found(place: &Place) -> String {
    let session = place.open();
    let open: Vec<String> = session
        .open
        .iter()
        .map(|it| match &it.op {
            Operation::Create { id, .. } => {
                format!("{}+{}", it.address, id.as_deref().unwrap_or(""))
            }
            Operation::Update { id, .. } => format!("{}~{id}", it.address),
            Operation::Delete { id } => format!("{}-{id}", it.address),
        })
        .collect();
    format!("{} {}", ids(&session.state).join(","), open.join(","))
}

#[test]
fn a_journal_cut_anywhere_keeps_all_whole_lines() {
    let place = Place::new();
    let session = place.open();
    let mut steps = vec![(0, " ".to_owned())];
    for event in [
        begin(&session),
        creating("a.a"),
        created("a.a", "1"),
        creating("a.b"),
        wrote("a.a", Some("1")),
        wrote("a.c", Some("3")),
        Event::Abandoned { address: crate::address("a.b"), deposed: None },
        wrote("a.a", None),
    ] {
        record(&session, [event]);
        let journal = fs::read(place.path("terraform.tfstate.journal")).unwrap();
        steps.push((journal.len(), found(&left(None, &journal, None))));
    }
    let whole = fs::read(place.path("terraform.tfstate.journal")).unwrap();
    for end in 0..=whole.len() {
        let (_, want) = steps.iter().rfind(|it| it.0 <= end).unwrap();
        let place = left(None, &whole[..end], None);
        assert_eq!(found(&place), *want, "{end}");
        // What is torn is cut off, so that the next run can go on after it.
        let session = place.open();
        record(&session, [begin(&session), creating("z.z")]);
        drop(session);
        assert!(found(&place).contains("z.z+"), "{end}");
    }
}

#[test]
fn a_save_cut_anywhere_loses_nothing() {
    let place = Place::new();
    let mut session = place.open();
    session.save(&with(&session.state.clone(), "a.a", "1")).unwrap();
    record(
        &session,
        [begin(&session), creating("a.b"), wrote("a.b", Some("2")), wrote("a.a", None)],
    );
    record(&session, [creating("a.c"), created("a.c", "3")]);
    let before = fs::read(place.state()).unwrap();
    let journal = fs::read(place.path("terraform.tfstate.journal")).unwrap();
    let mut next = with(&session.state, "a.b", "2");
    next.instances.remove(&crate::address("a.a"));

    // The line that announces the new state is in a journal from which nothing was folded away.
    let spare = left(Some(&before), &journal, None);
    let mut other = spare.open();
    fs::create_dir(spare.path("terraform.tfstate.journal.new")).unwrap();
    other.save(&next).unwrap_err();
    drop(other);
    let announced = fs::read(spare.path("terraform.tfstate.journal")).unwrap();
    assert!(announced.len() > journal.len());

    session.save(&next).unwrap();
    drop(session);
    let after = fs::read(place.state()).unwrap();
    let folded = fs::read(place.path("terraform.tfstate.journal")).unwrap();
    assert!(folded.len() < journal.len());

    let want = "a.b=2 a.c+3";
    assert_eq!(found(&place), want);
    for end in journal.len()..=announced.len() {
        assert_eq!(found(&left(Some(&before), &announced[..end], None)), want, "{end}");
    }
    for end in 0..=after.len() {
        assert_eq!(found(&left(Some(&before), &announced, Some(&after[..end]))), want, "{end}");
    }
    assert_eq!(found(&left(Some(&after), &announced, None)), want);
    assert_eq!(found(&left(Some(&after), &folded, None)), want);
    // Any state that is cut is refused, whatever the journal says.
    for end in (0..after.len() - 2).step_by(7) {
        let place = left(Some(&after[..end]), &announced, None);
        place.store().read_only().unwrap_err();
    }
}

/// A run that is killed by the journal, when run by the test below.
#[test]
fn child_that_dies() {
    let Ok(folder) = std::env::var("TEST_CRASH") else { return };
    let store = state::Store::local(format!("{folder}/terraform.tfstate"));
    let mut session = store.open("apply", &Default::default()).unwrap();
    let mut state = session.state.clone();
    record(&session, [begin(&session)]);
    for n in 0..6 {
        let (at, id) = (format!("a.b[{n}]"), format!("id-{n}"));
        record(&session, [creating(&at), created(&at, &id), wrote(&at, Some(&id))]);
        state = with(&state, &at, &id);
        if n % 2 == 1 {
            session.save(&state).unwrap();
        }
    }
    record(&session, [Event::End]);
    session.save(&state).unwrap();
}

#[test]
fn a_process_killed_after_any_event_loses_no_outcome() {
    for n in 1..=30 {
        let place = Place::new();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_dies"])
            .env("TEST_CRASH", place.folder.path())
            .env("GROUNDPLAN_CRASH_AFTER_EVENT", n.to_string())
            .output()
            .unwrap()
            .status;
        let killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
        // Begin, then six times three events, a save after every second object, End and a save.
        assert_eq!(killed, n <= 1 + 18 + 3 + 1, "{n}");
        // A save is an event too: after every sixth.
        let events = if killed { n - 1 - (n - 1) / 7 } else { 18 };
        let events = events.min(18);
        let done: Vec<String> = (0..events / 3).map(|it| format!("a.b[{it}]=id-{it}")).collect();
        let at = events / 3;
        let open = match events % 3 {
            _ if n == 1 => String::new(),
            1 => format!("a.b[{at}]+"),
            2 => format!("a.b[{at}]+id-{at}"),
            _ => String::new(),
        };
        assert_eq!(found(&place), format!("{} {open}", done.join(",")), "{n}");
    }
}

/// A run that tells each event that is on disk, until it is killed, when run by the test below.
#[test]
fn child_that_is_killed() {
    let Ok(folder) = std::env::var("TEST_KILL") else { return };
    let store = state::Store::local(format!("{folder}/terraform.tfstate"));
    let mut session = store.open("apply", &Default::default()).unwrap();
    let mut state = session.state.clone();
    record(&session, [begin(&session)]);
    for n in state.instances.len().. {
        let (at, id) = (format!("a.b[{n}]"), "x".repeat(2000));
        record(&session, [creating(&at), created(&at, &id), wrote(&at, Some(&id))]);
        println!("\nwrote: {n}");
        state = with(&state, &at, &id);
        if n % 3 == 0 {
            session.save(&state).unwrap();
        }
    }
}

#[test]
fn a_process_killed_at_any_time_loses_no_outcome() {
    let place = Place::new();
    let mut had = 0;
    for n in 0..40 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_that_is_killed", "--nocapture"])
            .env("TEST_KILL", place.folder.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = |it: std::io::Result<String>| it.unwrap().strip_prefix("wrote: ")?.parse().ok();
        // Not at the line itself, but somewhere in what follows it.
        let mut last: Option<usize> = lines.by_ref().filter_map(told).nth(n % 5);
        (0..n * 5000).for_each(|_| std::hint::spin_loop());
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines.filter_map(told).last().or(last);
        let session = place.open();
        assert!(session.taken_over.is_some());
        let found = session.state.instances.len();
        assert!(found > last.unwrap(), "{n}: {found} of {last:?}");
        assert!(found >= had, "{n}");
        had = found;
        // What is open is at most the one object that was being made.
        assert!(session.open.len() <= 1, "{n}");
        for it in session.open.clone() {
            let event = Event::Abandoned { address: it.address, deposed: None };
            record(&session, [event]);
        }
    }
}
