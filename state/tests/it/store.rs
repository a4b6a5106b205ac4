//! Saving, backups, serials, and files that cannot be used.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::{Expect, expect};
use state::{ErrorKind, Event, How, LockOptions, Rollback, State, Was};

use crate::{PROVIDER, Place, begin, creating, ids, record, with, wrote};

#[test]
fn a_state_comes_into_being_with_its_first_content() {
    let place = Place::new();
    assert_eq!(place.store().read_only().unwrap(), None);
    let mut session = place.open();
    let empty = session.state.clone();
    session.save(&empty).unwrap();
    assert_eq!(place.files(), [".terraform.tfstate.lock.info"]);
    let next = with(&empty, "a.b", "1");
    session.save(&next).unwrap();
    assert_eq!(session.state.serial, 1);
    drop(session);
    assert_eq!(place.files(), ["terraform.tfstate"]);
    let mode = fs::metadata(place.state()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let read = place.store().read_only().unwrap().unwrap();
    assert_eq!((ids(&read), read.lineage), (vec!["a.b=1".to_owned()], empty.lineage));
}

#[test]
fn a_serial_counts_changes_and_a_backup_is_what_was_there_before_the_run() {
    let place = Place::new();
    let mut session = place.open();
    let one = with(&session.state, "a.b", "1");
    session.save(&one).unwrap();
    drop(session);
    let before = fs::read(place.state()).unwrap();

    let mut session = place.open();
    session.save(&one).unwrap();
    assert_eq!((session.state.serial, place.files().len()), (1, 2));
    session.save(&with(&one, "a.c", "2")).unwrap();
    session.save(&with(&one, "a.d", "3")).unwrap();
    assert_eq!(session.state.serial, 3);
    drop(session);
    assert_eq!(place.files(), ["terraform.tfstate", "terraform.tfstate.backup"]);
    assert_eq!(fs::read(place.path("terraform.tfstate.backup")).unwrap(), before);
}

#[test]
fn another_file_may_be_read_than_is_written() {
    let place = Place::new();
    let mut session = place.open();
    let one = with(&session.state, "a.b", "1");
    session.save(&one).unwrap();
    drop(session);
    let mut store = state::Store::local(place.path("out/x.tfstate"));
    store.input = Some(place.state());
    store.backup = Some(place.path("kept"));
    let mut session = store.open("apply", &LockOptions::default()).unwrap();
    let two = with(&session.state, "a.c", "2");
    session.save(&two).unwrap();
    drop(session);
    assert_eq!(place.files(), ["kept", "out", "terraform.tfstate"]);
    let read = |path| State::parse(&fs::read(path).unwrap()).unwrap();
    assert_eq!(ids(&read(place.path("out/x.tfstate"))), ["a.b=1", "a.c=2"]);
    assert_eq!(ids(&read(place.state())), ["a.b=1"]);
    assert_eq!(read(place.path("kept")), read(place.state()));
}

#[test]
fn a_link_stays_a_link() {
    let place = Place::new();
    std::os::unix::fs::symlink("elsewhere.json", place.state()).unwrap();
    for id in ["1", "2"] {
        let mut session = place.open();
        let next = with(&session.state, "a.b", id);
        session.save(&next).unwrap();
    }
    assert!(fs::symlink_metadata(place.state()).unwrap().is_symlink());
    let text = fs::read(place.path("elsewhere.json")).unwrap();
    assert_eq!(ids(&State::parse(&text).unwrap()), ["a.b=2"]);
}

#[test]
fn a_newer_terraform_keeps_its_version() {
    let place = Place::new();
    for (version, after) in [("1.13.0", "1.13.0"), ("1.5.7", "1.11.4"), ("0.14.0", "1.11.4")] {
        let mut state = with(&State::empty(), "a.b", "1");
        state.terraform_version = version.to_owned();
        fs::write(place.state(), state.encode()).unwrap();
        let mut session = place.open();
        session.save(&with(&state, "a.c", "2")).unwrap();
        assert_eq!(session.state.terraform_version, after);
    }
}

#[test]
fn a_state_that_others_changed_meanwhile_is_not_overwritten() {
    let place = Place::new();
    let mut session = place.open();
    let one = with(&session.state, "a.b", "1");
    record(&session, [begin(&session), creating("a.b"), wrote("a.b", Some("1"))]);
    fs::write(place.state(), "{}").unwrap();
    let error = session.save(&one).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.hint.unwrap().ends_with("terraform.tfstate.journal"));
    assert_eq!(fs::read(place.state()).unwrap(), b"{}");
}

fn refused(place: &Place, want: Expect) {
    let options = LockOptions::default();
    let error = place.store().open("plan", &options).map(|it| it.state).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreadable);
    assert_eq!(place.store().read_only().unwrap_err(), error);
    let folder = place.folder.path().display().to_string();
    let text = format!("{error}\n{}", error.hint.as_deref().unwrap_or_default());
    want.assert_eq(&text.replace(&folder, "DIR"));
    assert!(!place.files().contains(&".terraform.tfstate.lock.info".to_owned()));
}

#[test]
fn a_broken_state_is_never_an_empty_one() {
    let place = Place::new();
    fs::write(place.state(), "").unwrap();
    refused(
        &place,
        expect![[r#"
        cannot read DIR/terraform.tfstate: the state is empty
        restore the file from a backup of yours; only if nothing that it managed is left, remove it and start over"#]],
    );
    let state = with(&State::empty(), "a.b", "1");
    fs::write(place.path("terraform.tfstate.backup"), state.encode()).unwrap();
    refused(
        &place,
        expect![[r#"
        cannot read DIR/terraform.tfstate: the state is empty
        the state before the last run is in DIR/terraform.tfstate.backup; to restore it: cp DIR/terraform.tfstate.backup DIR/terraform.tfstate"#]],
    );
    fs::write(place.state(), &state.encode()[..200]).unwrap();
    refused(
        &place,
        expect![[r#"
        cannot read DIR/terraform.tfstate: the state is damaged or cut short: EOF while parsing a string at line 10 column 16
        the state before the last run is in DIR/terraform.tfstate.backup; to restore it: cp DIR/terraform.tfstate.backup DIR/terraform.tfstate"#]],
    );
    fs::write(place.state(), r#"{"version": 5}"#).unwrap();
    refused(
        &place,
        expect![[r#"
        cannot read DIR/terraform.tfstate: the state was written by a newer version: it has format version 5, and only version 4 can be read
        use the program that wrote it, or a newer groundplan"#]],
    );
}

#[test]
fn a_journal_of_another_state_is_refused() {
    let place = Place::new();
    let mut session = place.open();
    let one = State { lineage: session.state.lineage.clone(), ..with(&State::empty(), "a.b", "1") };
    session.save(&one).unwrap();
    record(&session, [begin(&session), creating("a.c"), wrote("a.c", Some("2"))]);
    drop(session);
    assert_eq!(ids(&place.store().read_only().unwrap().unwrap()), ["a.b=1", "a.c=2"]);
    let whole = fs::read(place.state()).unwrap();

    let later = State { serial: 7, lineage: "l".to_owned(), ..one.clone() };
    fs::write(place.state(), later.encode()).unwrap();
    let error = place.store().read_only().unwrap_err();
    assert!(error.message.contains("worked on another state (lineage "), "{error}");
    fs::write(place.state(), State { serial: 7, ..one }.encode()).unwrap();
    refused(
        &place,
        expect![[r#"
        cannot use DIR/terraform.tfstate.journal: the state was changed after the interrupted run, by something that does not know of it: the run started from serial 1, and the state has serial 7
        put back the state that the run started from (DIR/terraform.tfstate.backup), or, to give up what the run has recorded, move DIR/terraform.tfstate.journal away"#]],
    );
    fs::remove_file(place.state()).unwrap();
    refused(
        &place,
        expect![[r#"
        cannot use DIR/terraform.tfstate.journal: the interrupted run started from serial 1, and there is no state file
        put back the state that the run started from (DIR/terraform.tfstate.backup), or, to give up what the run has recorded, move DIR/terraform.tfstate.journal away"#]],
    );
    fs::write(place.state(), whole).unwrap();

    let journal = place.path("terraform.tfstate.journal");
    let mut lines = fs::read(&journal).unwrap();
    lines[20] ^= 1;
    fs::write(&journal, lines).unwrap();
    refused(
        &place,
        expect![[r#"
            cannot read DIR/terraform.tfstate.journal: line 1 of the journal is damaged, and others come after it
            it says what an interrupted run has made; keep a copy, and remove it only when you have compared its lines with `groundplan show`"#]],
    );
}

#[test]
fn a_run_that_ends_leaves_no_journal() {
    let place = Place::new();
    let mut session = place.open();
    record(&session, [begin(&session), creating("a.b")]);
    let one = with(&session.state, "a.b", "1");
    session.save(&session.state.clone()).unwrap();
    assert!(place.path("terraform.tfstate.journal").exists());
    record(&session, [wrote("a.b", Some("1")), Event::End]);
    session.save(&one).unwrap();
    drop(session);
    assert_eq!(place.files(), ["terraform.tfstate"]);
}

#[test]
fn pushing_waits_for_what_is_open() {
    let place = Place::new();
    let session = place.open();
    record(&session, [begin(&session), creating("a.b")]);
    drop(session);
    let mut session = place.open();
    let other = State { serial: 9, ..with(&State::empty(), "x.y", "z") };
    let error = session.replace(&other).unwrap_err();
    assert_eq!(error.message, "an interrupted run has left work whose outcome is not known");
    record(&session, [wrote("a.b", None)]);
    session.replace(&other).unwrap();
    drop(session);
    assert_eq!(place.store().read_only().unwrap().unwrap(), other);
}

#[test]
fn nothing_is_recorded_without_the_lock() {
    let place = Place::new();
    let session = place.open();
    let journal = session.journal();
    let first = journal.record(begin(&session));
    drop(session);
    let error = futures::executor::block_on(journal.record(Event::End)).unwrap_err();
    assert_eq!(error.to_string(), "the journal is closed");
    futures::executor::block_on(first).unwrap();
}

#[test]
fn events_that_come_together_are_all_kept_in_order() {
    let place = Place::new();
    let session = place.open();
    record(&session, [begin(&session)]);
    let journal = session.journal();
    let all = (0..300).map(|n| {
        let journal = journal.clone();
        async move {
            let at = format!("a.b[{n}]");
            journal.record(creating(&at)).await?;
            journal.record(wrote(&at, Some("1"))).await
        }
    });
    let done = futures::executor::block_on(futures::future::join_all(all));
    assert!(done.iter().all(Result::is_ok));
    drop(session);
    let lines = fs::read(place.path("terraform.tfstate.journal")).unwrap();
    let n_lines = lines.iter().filter(|it| **it == b'\n').count();
    assert!(n_lines < 300, "{n_lines} lines for 600 events");
    let session = place.open();
    assert_eq!((session.state.instances.len(), session.open.len()), (300, 0));
}

#[test]
fn what_is_being_undone_is_known_until_it_is_done() {
    let place = Place::new();
    let mut session = place.open();
    let was = Was {
        address: crate::address("a.a"),
        provider: PROVIDER.to_owned(),
        current: Some(crate::object("1")),
        deposed: vec!["k".to_owned()],
        how: How::Managed,
        unsure: true,
    };
    let back = Rollback { was: vec![was], ..Rollback::default() };
    record(&session, [begin(&session), wrote("a.a", Some("2"))]);
    record(&session, [Event::RollingBack { back: back.clone() }, Event::End]);
    let state = with(&session.state, "a.a", "2");
    session.save(&state).unwrap();
    drop(session);
    // A save forgets all but that.
    let mut session = place.open();
    assert_eq!(session.rollback, Some(back));
    assert_eq!((ids(&session.state), session.open.len()), (vec!["a.a=2".to_owned()], 0));
    let pushed = session.replace(&state).unwrap_err();
    assert_eq!(pushed.kind, ErrorKind::Conflict);
    record(&session, [begin(&session), Event::RolledBack, Event::End]);
    session.save(&state).unwrap();
    drop(session);
    assert_eq!(place.open().rollback, None);
    assert!(!place.files().iter().any(|it| it.ends_with(".journal")));
}
