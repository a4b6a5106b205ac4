//! A state that is kept elsewhere, with a place in memory.

use std::path::Path;
use std::sync::{Arc, Mutex};

use state::{Error, ErrorKind, LockInfo, LockOptions, Remote, State, Store};
use tempfile::TempDir;

#[derive(Debug, Default)]
struct Bucket {
    state: Mutex<Option<(Vec<u8>, u32)>>,
    lock: Mutex<Option<Vec<u8>>>,
}

impl Remote for Bucket {
    fn name(&self) -> String {
        "memory://state".to_owned()
    }

    fn read(&self) -> Result<Option<(Vec<u8>, String)>, Error> {
        Ok(self.state.lock().unwrap().clone().map(|(it, version)| (it, version.to_string())))
    }

    fn write(&self, content: &[u8], replacing: Option<&str>) -> Result<Option<String>, Error> {
        let mut state = self.state.lock().unwrap();
        let version = state.as_ref().map(|it| it.1.to_string());
        if version.as_deref() != replacing {
            return Ok(None);
        }
        let next = state.as_ref().map_or(1, |it| it.1 + 1);
        *state = Some((content.to_vec(), next));
        Ok(Some(next.to_string()))
    }

    fn delete(&self) -> Result<(), Error> {
        *self.state.lock().unwrap() = None;
        Ok(())
    }

    fn put_back(&self, file: &Path) -> String {
        format!("copy {} memory://state", file.display())
    }

    fn lock(&self, info: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut lock = self.lock.lock().unwrap();
        if lock.is_none() {
            *lock = Some(info.to_vec());
            return Ok(None);
        }
        Ok(lock.clone())
    }

    fn locked(&self) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.lock.lock().unwrap().clone())
    }

    fn unlock(&self) -> Result<(), Error> {
        *self.lock.lock().unwrap() = None;
        Ok(())
    }

    fn left_locked(&self, why: &Error) {
        panic!("{why}");
    }
}

fn place() -> (TempDir, Arc<Bucket>, Store) {
    let dir = tempfile::tempdir().unwrap();
    let bucket = Arc::new(Bucket::default());
    let store = Store::remote(dir.path().join("work/terraform.tfstate"), bucket.clone());
    (dir, bucket, store)
}

fn with_output(state: &State, serial: u64) -> State {
    State {
        serial,
        lineage: state.lineage.clone(),
        terraform_version: "1.11.0".into(),
        ..State::empty()
    }
}

fn push(store: &Store, serial: u64) -> Result<(), Error> {
    let mut session = store.open("state push", &LockOptions::default())?;
    let next = with_output(&session.state, serial);
    session.replace(&next)
}

#[test]
fn what_is_written_there_is_read_again() {
    let (_dir, bucket, store) = place();
    assert!(store.read_only().unwrap().is_none());
    push(&store, 3).unwrap();
    push(&store, 4).unwrap();
    assert_eq!(store.read_only().unwrap().unwrap().serial, 4);
    assert_eq!(bucket.locked().unwrap(), None);
}

#[test]
fn the_lock_names_its_owner_and_another_machine_is_not_taken_for_dead() {
    let (_dir, bucket, store) = place();
    let other = LockInfo {
        id: "77".to_owned(),
        operation: "OperationTypeApply".to_owned(),
        who: "bob@far".to_owned(),
        version: "1.11.0".to_owned(),
        ..LockInfo::default()
    };
    bucket.lock(&serde_json::to_vec(&other).unwrap()).unwrap();

    let error = store.open("apply", &LockOptions::default()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Locked);
    assert_eq!(
        error.message,
        "the state is locked: held by bob@far, Terraform 1.11.0, OperationTypeApply (lock 77)"
    );
    assert!(bucket.locked().unwrap().is_some());
    assert_eq!(store.force_unlock("1").unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(store.force_unlock("77").unwrap().who, "bob@far");
    push(&store, 1).unwrap();
}

#[test]
fn a_dead_owner_of_this_machine_is_taken_over() {
    let (_dir, bucket, store) = place();
    let session = store.open("apply", &LockOptions::default()).unwrap();
    let mut info: LockInfo = serde_json::from_slice(&bucket.locked().unwrap().unwrap()).unwrap();
    let living = store.force_unlock(&info.id).unwrap_err();
    assert_eq!(living.kind, ErrorKind::Locked);
    drop(session);

    info.started = Some(1);
    bucket.lock(&serde_json::to_vec(&info).unwrap()).unwrap();
    let session = store.open("plan", &LockOptions::default()).unwrap();
    assert_eq!(session.taken_over.as_ref().map(|it| it.id.clone()), Some(info.id));
}

#[test]
fn a_change_of_another_is_not_overwritten() {
    let (_dir, bucket, store) = place();
    push(&store, 1).unwrap();
    let mut session = store.open("apply", &LockOptions::default()).unwrap();
    let version = bucket.read().unwrap().unwrap().1;
    bucket.write(b"{}", Some(&version)).unwrap();

    let next = with_output(&session.state, 2);
    let error = session.replace(&next).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(bucket.read().unwrap().unwrap().0, b"{}");
    let hint = error.hint.unwrap();
    let kept = hint.split_whitespace().find(|it| it.starts_with("errored.tfstate")).unwrap();
    let kept = kept.trim_end_matches(':');
    assert_eq!(State::parse(&std::fs::read(kept).unwrap()).unwrap().serial, 2);
    std::fs::remove_file(kept).unwrap();
}
