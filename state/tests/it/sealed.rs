//! States, backups and journals that are encrypted: taken over, torn, tampered with, opened again.

use std::fs;
use std::sync::Arc;

use state::{ErrorKind, Event, LockOptions, Seal, Secret, Session, State, Store};

use crate::{Place, begin, created, creating, ids, record, with, wrote};

const ONE: &str = "correct horse battery";
const TWO: &str = "another staple, the new one";
const JOURNAL: &str = "terraform.tfstate.journal";

fn seal(write: Option<&str>, old: &[&str]) -> Arc<Seal> {
    let secret = |it: &str| Secret::Passphrase(it.to_owned());
    let old = old.iter().map(|it| secret(it)).collect();
    Arc::new(Seal::new(write.map(secret), old).unwrap())
}

fn store(place: &Place, seal: &Arc<Seal>) -> Store {
    place.store().sealed(seal.clone())
}

fn open(place: &Place, seal: &Arc<Seal>) -> Session {
    store(place, seal).open("apply", &LockOptions::default()).unwrap()
}

/// Which files have this text in them.
fn with_text(place: &Place, text: &str) -> Vec<String> {
    let has =
        |it: &String| String::from_utf8_lossy(&fs::read(place.path(it)).unwrap()).contains(text);
    place.files().into_iter().filter(has).collect()
}

/// A run that was killed after all these events.
fn killed(place: &Place, seal: &Arc<Seal>, events: Vec<Event>) {
    let session = open(place, seal);
    record(&session, [begin(&session)]);
    record(&session, events);
}

fn known(place: &Place, seal: &Arc<Seal>) -> Vec<String> {
    ids(&store(place, seal).read_only().unwrap().unwrap_or_else(State::empty))
}

#[test]
fn nothing_stands_in_the_open_in_any_file() {
    let (place, one) = (Place::new(), seal(Some(ONE), &[]));
    let mut session = open(&place, &one);
    record(&session, [begin(&session), creating("a.canary"), created("a.canary", "canary")]);
    record(&session, [wrote("a.canary", Some("canary"))]);
    assert_eq!(with_text(&place, "canary"), [""; 0]);
    session.save(&with(&session.state.clone(), "a.canary", "canary")).unwrap();
    session.save(&with(&session.state.clone(), "a.second", "canary")).unwrap();
    drop(session);
    let mut session = open(&place, &one);
    session.save(&with(&session.state.clone(), "a.third", "canary")).unwrap();
    drop(session);
    assert!(place.files().contains(&"terraform.tfstate.backup".to_owned()));
    assert_eq!(with_text(&place, "canary"), [""; 0]);
    // A process that has derived nothing yet.
    let all = ["a.canary=canary", "a.second=canary", "a.third=canary"];
    assert_eq!(known(&place, &seal(Some(ONE), &[])), all);
}

#[test]
fn a_state_without_its_passphrase_is_refused_and_stays_as_it_is() {
    let (place, one) = (Place::new(), seal(Some(ONE), &[]));
    let mut session = open(&place, &one);
    session.save(&with(&session.state.clone(), "a.b", "1")).unwrap();
    drop(session);
    let before = fs::read(place.state()).unwrap();
    for (seal, why, hint) in [
        (seal(None, &[]), "GROUNDPLAN_STATE_PASSPHRASE is not set", "GROUNDPLAN_STATE_PASSPHRASE"),
        (seal(Some(TWO), &[]), "another passphrase", "GROUNDPLAN_STATE_OLD_PASSPHRASE"),
    ] {
        let store = store(&place, &seal);
        let options = LockOptions::default();
        for error in [store.read_only().unwrap_err(), store.open("x", &options).unwrap_err()] {
            assert_eq!(error.kind, ErrorKind::Unreadable);
            assert!(error.message.contains(why), "{error}");
            assert!(error.hint.unwrap().contains(hint));
        }
    }
    assert_eq!(fs::read(place.state()).unwrap(), before);
    fs::write(place.state(), &before[..before.len() - 9]).unwrap();
    let error = store(&place, &one).read_only().unwrap_err();
    assert!(error.message.ends_with("it is encrypted, and damaged"), "{error}");
}

#[test]
fn a_plain_state_is_taken_over_changed_in_passphrase_and_made_plain_again() {
    let place = Place::new();
    let off = seal(None, &[]);
    let mut session = open(&place, &off);
    session.save(&with(&session.state.clone(), "a.b", "canary")).unwrap();
    drop(session);
    let plain = fs::read(place.state()).unwrap();

    let save = |seal: &Arc<Seal>| {
        let mut session = open(&place, seal);
        let same = session.state.clone();
        session.save(&same).unwrap();
        assert_eq!(session.state.serial, 1, "it says nothing else");
    };
    let one = seal(Some(ONE), &[]);
    save(&one);
    assert_eq!(with_text(&place, "canary"), [""; 0]);
    let encrypted = fs::read(place.state()).unwrap();
    save(&one);
    assert_eq!(fs::read(place.state()).unwrap(), encrypted, "it is not written without need");

    save(&seal(Some(TWO), &[ONE]));
    assert_eq!(known(&place, &seal(Some(TWO), &[])), ["a.b=canary"]);
    assert!(store(&place, &one).read_only().is_err());
    let backup = Store::local(place.path("terraform.tfstate.backup"));
    let backup = backup.sealed(seal(Some(TWO), &[])).read_only().unwrap();
    assert!(backup.is_some(), "the backup has the new passphrase too");

    save(&seal(None, &[TWO]));
    assert_eq!(fs::read(place.state()).unwrap(), plain);
}

#[test]
fn a_journal_cut_anywhere_has_what_was_whole() {
    let (place, one) = (Place::new(), seal(Some(ONE), &[]));
    killed(&place, &one, vec![wrote("a.a", Some("1")), wrote("a.b", Some("2"))]);
    let whole = fs::read(place.path(JOURNAL)).unwrap();
    let ends: Vec<usize> = (1..=whole.len()).filter(|it| whole[it - 1] == b'\n').collect();
    assert_eq!(ends.len(), 4, "a header and three lines");
    for length in 0..=whole.len() {
        fs::write(place.path(JOURNAL), &whole[..length]).unwrap();
        let lines = ends.iter().filter(|it| **it <= length).count();
        let all: &[&str] = match lines {
            0..=2 => &[],
            3 => &["a.a=1"],
            _ => &["a.a=1", "a.b=2"],
        };
        assert_eq!(known(&place, &one), all, "{length}");
        if length % 50 == 0 || ends.contains(&length) {
            // The next run goes on after it.
            let session = open(&place, &one);
            record(&session, [begin(&session), wrote("a.z", Some("26"))]);
            drop(session);
            let found = known(&place, &one);
            assert_eq!(found, [all, &["a.z=26"]].concat(), "{length}");
        }
    }
}

#[test]
fn lines_that_were_moved_or_taken_out_are_noticed() {
    let (place, one) = (Place::new(), seal(Some(ONE), &[]));
    let events = || vec![wrote("a.a", Some("1")), wrote("a.b", Some("2")), wrote("a.c", Some("3"))];
    killed(&place, &one, events());
    let read = || fs::read_to_string(place.path(JOURNAL)).unwrap();
    let whole = read();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    fs::remove_file(place.path(JOURNAL)).unwrap();
    killed(&place, &one, events());
    let other = read();
    let other: Vec<&str> = other.split_inclusive('\n').collect();
    let plain = seal(None, &[]);
    fs::remove_file(place.path(JOURNAL)).unwrap();
    killed(&place, &plain, events());
    let open = read();
    let open: Vec<&str> = open.split_inclusive('\n').collect();
    for (n, changed) in [
        (3, vec![lines[0], lines[1], lines[3], lines[2], lines[4]]),
        (3, vec![lines[0], lines[1], lines[3], lines[4]]),
        (2, vec![lines[0], lines[2], lines[3], lines[4]]),
        (3, vec![lines[0], lines[1], other[2], lines[3], lines[4]]),
        (3, vec![lines[0], lines[1], open[1], lines[3], lines[4]]),
    ] {
        fs::write(place.path(JOURNAL), changed.concat()).unwrap();
        let error = store(&place, &one).read_only().unwrap_err();
        let line = format!("line {n} of the journal is not the one that was written there");
        assert!(error.message.contains(&line), "{error}");
    }
    fs::write(place.path(JOURNAL), &whole).unwrap();
    let error = store(&place, &seal(Some(TWO), &[])).read_only().unwrap_err();
    assert!(error.message.contains("another passphrase"), "{error}");
}

#[test]
fn a_journal_in_the_open_is_encrypted_before_the_next_line() {
    let place = Place::new();
    killed(&place, &seal(None, &[]), vec![wrote("a.a", Some("canary"))]);
    assert_eq!(with_text(&place, "canary"), [JOURNAL]);
    let one = seal(Some(ONE), &[]);
    let session = open(&place, &one);
    assert_eq!(with_text(&place, "canary"), [""; 0]);
    record(&session, [begin(&session), wrote("a.b", Some("2"))]);
    drop(session);
    assert_eq!(known(&place, &seal(Some(ONE), &[])), ["a.a=canary", "a.b=2"]);
    let session = open(&place, &seal(None, &[ONE]));
    drop(session);
    assert_eq!(with_text(&place, "canary"), [JOURNAL]);
}
