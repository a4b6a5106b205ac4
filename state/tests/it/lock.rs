//! Two at once: one is refused by name, unless the other is dead.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::fs::{FlockOperation, fcntl_lock};
use state::{Error, ErrorKind, LockInfo, LockOptions, State, Store};

use crate::{Place, with};

fn refused(place: &Place) -> Error {
    let error = place.store().open("plan", &LockOptions::default()).map(|_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Locked);
    error
}

fn info_path(place: &Place) -> std::path::PathBuf {
    place.path(".terraform.tfstate.lock.info")
}

/// What a living owner's file says, with changes.
fn info(place: &Place, change: impl FnOnce(&mut LockInfo)) -> LockInfo {
    let session = place.open();
    let mut info: LockInfo = serde_json::from_slice(&fs::read(info_path(place)).unwrap()).unwrap();
    drop(session);
    change(&mut info);
    fs::write(info_path(place), serde_json::to_vec(&info).unwrap()).unwrap();
    info
}

#[test]
fn a_living_owner_is_named() {
    let place = Place::new();
    let session = place.open();
    let message = refused(&place).message;
    let pid = std::process::id();
    assert!(message.contains(&format!(", pid {pid}, `groundplan apply`, since 20")), "{message}");
    let text = fs::read_to_string(info_path(&place)).unwrap();
    for name in ["ID", "Operation", "Info", "Who", "Version", "Created", "Path", "Pid"] {
        assert!(text.contains(&format!("\"{name}\":")), "{text}");
    }
    drop(session);
    drop(place.open());
    assert!(place.files().is_empty());
}

#[test]
fn without_lock_none_is_taken() {
    let place = Place::new();
    let _session = place.open();
    let options = LockOptions { enabled: false, ..LockOptions::default() };
    place.store().open("plan", &options).unwrap();
}

#[test]
fn one_may_wait_for_the_other() {
    let place = Place::new();
    let session = place.open();
    let options = LockOptions { timeout: Duration::from_secs(60), ..LockOptions::default() };
    let (store, (tell, told)) = (place.store(), std::sync::mpsc::channel());
    let waiting = std::thread::spawn(move || {
        tell.send(()).unwrap();
        store.open("plan", &options).map(|it| it.state)
    });
    told.recv().unwrap();
    drop(session);
    waiting.join().unwrap().unwrap();
}

#[test]
fn a_dead_owner_is_succeeded() {
    let place = Place::new();
    for change in [
        (|it| it.pid = Some(0x3fff_fff0)) as fn(&mut LockInfo),
        // The number lives, but as another process.
        |it| it.started = Some(1),
        // The machine was started again since.
        |it| it.boot = Some("another".to_owned()),
        // A container on this machine, which has another name and is gone.
        |it| (it.who, it.pid) = ("x@box".to_owned(), Some(0x3fff_fff0)),
    ] {
        let info = info(&place, change);
        let session = place.open();
        assert_eq!(session.taken_over, Some(info));
    }
    fs::write(info_path(&place), "").unwrap();
    assert_eq!(place.open().taken_over, None);
    fs::write(info_path(&place), "{\"ID\": \"1").unwrap();
    assert_eq!(place.open().taken_over, None);
    assert!(place.files().is_empty());
}

#[test]
fn an_owner_on_another_machine_is_believed_until_it_is_forced() {
    let place = Place::new();
    let info = info(&place, |it| {
        (it.who, it.boot) = ("bob@far".to_owned(), Some("another".to_owned()));
    });
    let error = refused(&place);
    assert!(error.message.contains("held by bob@far, pid "), "{error}");
    assert!(error.hint.unwrap().ends_with(&format!("`groundplan force-unlock {}`", info.id)));
    let wrong = Store::local(place.state()).force_unlock("1").unwrap_err();
    assert!(wrong.message.starts_with("the lock has another id: "), "{wrong}");
    Store::local(place.state()).force_unlock(&info.id).unwrap();
    drop(place.open());
    let none = Store::local(place.state()).force_unlock(&info.id).unwrap_err();
    assert!(none.message.ends_with(" is not locked"), "{none}");
}

#[test]
fn a_living_owner_cannot_be_forced() {
    let place = Place::new();
    let _session = place.open();
    let info: LockInfo = serde_json::from_slice(&fs::read(info_path(&place)).unwrap()).unwrap();
    let error = Store::local(place.state()).force_unlock(&info.id).unwrap_err();
    assert_eq!(error.hint, Some(format!("end that process first: kill {}", std::process::id())));
}

/// Holds a file as Terraform does, or tells that it cannot, when run by [`holder`].
#[test]
fn child_that_locks() {
    let Ok(path) = std::env::var("TEST_LOCK") else { return };
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let done = fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive);
    println!("\nlocked: {}", done.is_ok());
    std::io::stdout().flush().unwrap();
    // Until the other end is closed.
    let _ = std::io::stdin().lines().count();
}

fn holder(place: &Place) -> (Child, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "lock::child_that_locks", "--nocapture"])
        .env("TEST_LOCK", place.state())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = lines.map(Result::unwrap).find(|it| it.starts_with("locked: ")).unwrap();
    (child, told == "locked: true")
}

#[test]
fn terraform_and_we_keep_each_other_out() {
    let place = Place::new();
    fs::write(place.state(), with(&State::empty(), "a.b", "1").encode()).unwrap();
    let (mut child, locked) = holder(&place);
    assert!(locked);
    assert!(refused(&place).message.ends_with("held by Terraform or another program"));
    let terraform = info(&Place::new(), |it| {
        (it.pid, it.started, it.boot) = (None, None, None);
        it.operation = "OperationTypeApply".to_owned();
    });
    fs::write(info_path(&place), serde_json::to_vec(&terraform).unwrap()).unwrap();
    let message = refused(&place).message;
    assert!(message.contains(", Terraform 1.11.4, OperationTypeApply, since "), "{message}");
    child.kill().unwrap();
    child.wait().unwrap();

    let mut session = place.open();
    assert_eq!(session.taken_over, Some(terraform));
    for id in ["2", "3"] {
        let (mut child, locked) = holder(&place);
        assert!(!locked);
        drop(child.stdin.take());
        child.wait().unwrap();
        let next = with(&session.state, "a.b", id);
        session.save(&next).unwrap();
    }
    drop(session);
    let (mut child, locked) = holder(&place);
    assert!(locked);
    child.kill().unwrap();
    child.wait().unwrap();
}
