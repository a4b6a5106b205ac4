//! The state on the local disk: read, locked, and replaced as a whole.
//!
//! A state file is never written to. A new one is written beside it, synced, and renamed over it.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decode::FileError;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Rollback};
use crate::file::State;
use crate::journal::{FileJournal, Journal};
use crate::lock::{self, Lock, LockInfo, LockOptions};
use crate::recover::{Recovered, recover};
use crate::remote::{self, Remote, RemoteLock};
use crate::replay::{Intents, OpenIntent};
use crate::seal::{Seal, SealError, What};
use crate::writer::{
    self, Found, JournalError, MAX_DEPTH, TOO_DEEP, beside, checksum, folder, sync_folder,
    write_synced,
};

/// Where a state is kept.
#[derive(Debug, Clone)]
pub struct Store {
    /// The file that is read, if another one is written (`-state-out`).
    pub input: Option<PathBuf>,
    /// The state file. Its journal and lock are beside it. No file, only these, if it is remote.
    pub path: PathBuf,
    /// Where the state goes that a run found, before it is replaced. None for nowhere.
    pub backup: Option<PathBuf>,
    /// Where the state is if it is not in the file.
    pub remote: Option<Arc<dyn Remote>>,
    /// How the state, its backup and its journal are encrypted.
    pub seal: Arc<Seal>,
}

/// A state that this process alone may change, until it is dropped.
#[derive(Debug)]
pub struct Session {
    /// The state as it is known now: what is on disk, and what the journal adds.
    pub state: State,
    /// What an interrupted run was doing when it ended, and nobody knows the outcome of.
    pub open: Vec<OpenIntent>,
    /// What an interrupted run was undoing when it ended.
    pub rollback: Option<Rollback>,
    /// The dead owner from whom the lock was taken over.
    pub taken_over: Option<LockInfo>,
    store: Store,
    /// Before the lock, so that it is closed before the lock is given back.
    journal: OpenJournal,
    /// The state file's content, and which file that is.
    disk: Option<(State, Vec<u8>)>,
    stamp: Option<Stamp>,
    /// The version of a remote state that was read or written last.
    version: Option<String>,
    backed_up: bool,
    _far: Option<RemoteLock>,
    lock: Option<Lock>,
}

#[derive(Debug)]
struct OpenJournal(Arc<FileJournal>);

impl Drop for OpenJournal {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Tells whether a file was changed or replaced, without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    changed: (i64, i64),
    length: u64,
}

impl Store {
    /// The state in this file, with a backup beside it.
    pub fn local(path: impl Into<PathBuf>) -> Store {
        let path = path.into();
        let backup = Some(beside(&path, ".backup"));
        Store { input: None, path, backup, remote: None, seal: Arc::default() }
    }

    /// The same, encrypted.
    #[must_use]
    pub fn sealed(self, seal: Arc<Seal>) -> Store {
        Store { seal, ..self }
    }

    /// A state that is kept elsewhere. Its journal, and what was there before a run, are beside
    /// `path`.
    pub fn remote(path: impl Into<PathBuf>, remote: Arc<dyn Remote>) -> Store {
        Store { remote: Some(remote), ..Store::local(path) }
    }

    /// Takes away the lock of the state from an owner that is gone.
    ///
    /// # Errors
    ///
    /// When there is no lock, when its id is another, or when its owner is alive on this machine.
    pub fn force_unlock(&self, id: &str) -> Result<LockInfo, Error> {
        match &self.remote {
            Some(remote) => remote::force_unlock(remote.as_ref(), id),
            None => lock::force_unlock(&self.path, id),
        }
    }

    /// What people call the place of the state.
    fn name(&self) -> String {
        match &self.remote {
            Some(remote) => remote.name(),
            None => self.input.as_ref().unwrap_or(&self.path).display().to_string(),
        }
    }

    /// The state as it is known now, without a lock. None if there is none.
    ///
    /// # Errors
    ///
    /// When the state or its journal is there and cannot be read.
    pub fn read_only(&self) -> Result<Option<State>, Error> {
        let path = resolve(&self.path);
        let read = || -> Result<Option<State>, Error> {
            let there = match &self.remote {
                Some(remote) => remote.read()?.map(|it| it.0),
                None => content(self.input.as_ref().unwrap_or(&path))?,
            };
            let disk = self.parse(there)?;
            let found = self.events(&path)?;
            if found.events.is_empty() {
                return Ok(disk.map(|it| it.0));
            }
            let disk = disk.map(|(state, content)| (state, checksum(&content)));
            Ok(self.recover(&path, disk, found.events)?.map(|it| it.state))
        };
        // A run that is under way may replace one file while the other is being read.
        (0..3).find_map(|_| read().ok()).map_or_else(read, Ok)
    }

    /// Locks the state and reads it, with what an interrupted run has left in the journal.
    ///
    /// # Errors
    ///
    /// When another process holds the lock, or the state or its journal cannot be read.
    pub fn open(&self, command: &str, options: &LockOptions) -> Result<Session, Error> {
        let path = resolve(&self.path);
        fs::create_dir_all(folder(&path)).map_err(Error::io("make the folder of", &path))?;
        let mut lock = options.enabled.then(|| Lock::take(&path, command, options)).transpose()?;
        if lock.is_some() {
            // What a save that was cut short has left, if anything.
            let _ = fs::remove_file(new_path(&path));
        }
        let far = self.remote.as_ref().filter(|_| options.enabled);
        let mut far = far.map(|it| RemoteLock::take(it, command, options)).transpose()?;
        let (there, version) = match (&self.remote, &mut lock) {
            (Some(remote), _) => remote.read()?.unzip(),
            (None, Some(lock)) => (lock.read_state().map_err(Error::io("read", &path))?, None),
            (None, None) => (content(&path)?, None),
        };
        let stamp = Stamp::of(&path);
        let disk = match &self.input {
            Some(input) if *input != self.path => self.parse(content(input)?)?,
            Some(_) | None => self.parse(there)?,
        };
        let found = self.events(&path)?;
        // Before anything is done: what comes of it must be kept.
        self.seal.prepare()?;
        let known = disk.as_ref().map(|(state, content)| (state.clone(), checksum(content)));
        let recovered = self.recover(&path, known, found.events.clone())?.unwrap_or_else(|| {
            Recovered { state: State::empty(), intents: Default::default(), begin: None }
        });
        let open = recovered.intents.open().cloned().collect();
        let rollback = recovered.intents.rollback().cloned();
        let Recovered { state, intents, begin } = recovered;
        let (place, seal) = (journal_path(&path), self.seal.clone());
        let journal = FileJournal::resume(&place, intents, begin, found, seal)
            .map_err(Error::io("open the journal of", &path))?;
        Ok(Session {
            state,
            open,
            rollback,
            taken_over: far
                .as_mut()
                .and_then(|it| it.taken_over.take())
                .or_else(|| lock.as_mut().and_then(|it| it.taken_over.take())),
            store: Store { path, ..self.clone() },
            journal: OpenJournal(Arc::new(journal)),
            disk,
            stamp,
            version,
            backed_up: false,
            _far: far,
            lock,
        })
    }

    fn parse(&self, content: Option<Vec<u8>>) -> Result<Option<(State, Vec<u8>)>, Error> {
        let Some(content) = content else { return Ok(None) };
        let closed = |why: SealError| self.unreadable(&why, why.hint());
        let plain = self.seal.open(What::State, &content).map_err(closed)?;
        let state = State::parse(&plain)
            .map_err(|why: FileError| self.unreadable(&why, why.hint().map(str::to_owned)))?;
        drop(plain);
        Ok(Some((state, content)))
    }

    fn unreadable(&self, why: &dyn fmt::Display, hint: Option<String>) -> Error {
        let path = self.input.as_ref().unwrap_or(&self.path);
        let hint = hint.unwrap_or_else(|| self.restore(path));
        let what = format!("cannot read {}: {why}", self.name());
        Error::new(ErrorKind::Unreadable, what).hint(hint)
    }

    /// How to get back what was there before.
    fn restore(&self, path: &Path) -> String {
        let is_whole = |content: Vec<u8>| {
            self.seal.open(What::State, &content).is_ok_and(|it| State::parse(&it).is_ok())
        };
        let backup = self.backup.as_ref().filter(|it| fs::read(it).is_ok_and(is_whole));
        match (backup, &self.remote) {
            (Some(backup), Some(remote)) => format!(
                "the state before the last run of this directory is in {}; to restore it: {}",
                backup.display(),
                remote.put_back(backup)
            ),
            (Some(backup), None) => {
                let (from, to) = (backup.display(), path.display());
                format!("the state before the last run is in {from}; to restore it: cp {from} {to}")
            }
            (None, Some(_)) => {
                "if versions of it are kept there, restore the one before; only if nothing that it \
                 managed is left, delete it and start over"
                    .to_owned()
            }
            (None, None) => {
                "restore the file from a backup of yours; only if nothing that it managed is \
                     left, remove it and start over"
                    .to_owned()
            }
        }
    }

    /// What the journal beside `path` says.
    fn events(&self, path: &Path) -> Result<Found, Error> {
        let journal = journal_path(path);
        let lines = content(&journal)?.unwrap_or_default();
        writer::read(&lines, &self.seal).map_err(|why| {
            let hint = match &why {
                JournalError::Sealed(why) => why.hint(),
                JournalError::Damaged { .. }
                | JournalError::Unknown { .. }
                | JournalError::Changed { .. } => None,
            };
            let keep = || {
                "it says what an interrupted run has made; keep a copy, and remove it only when you \
                 have compared its lines with `groundplan show`"
                    .to_owned()
            };
            let what = format!("cannot read {}: {why}", journal.display());
            Error::new(ErrorKind::Unreadable, what).hint(hint.unwrap_or_else(keep))
        })
    }

    /// What the journal adds to the state on disk.
    fn recover(
        &self,
        path: &Path,
        disk: Option<(State, u32)>,
        events: Vec<Event>,
    ) -> Result<Option<Recovered>, Error> {
        recover(disk, events).map_err(|why| {
            let journal = journal_path(path).display().to_string();
            let backup = self.backup.as_ref().unwrap_or(&self.path);
            let back = match &self.remote {
                Some(remote) => remote.put_back(backup),
                None => backup.display().to_string(),
            };
            Error::new(ErrorKind::Unreadable, format!("cannot use {journal}: {why}")).hint(format!(
                "put back the state that the run started from ({back}), or, to give up what the run \
                 has recorded, move {journal} away"
            ))
        })
    }
}

impl Session {
    /// Where to record what is done from now on. It starts with `Begin`, which names the lineage and
    /// serial of [`Session::state`], and ends with `End`.
    pub fn journal(&self) -> Arc<dyn Journal> {
        self.journal.0.clone()
    }

    /// The intents that the journal holds open now.
    pub fn intents(&self) -> Intents {
        self.journal.0.intents()
    }

    /// Puts a state in place of the one on disk, if it says anything else or is not encrypted as it
    /// should be. Then the journal has nothing left but intents that are still open. Record `End` before the last save of a run.
    ///
    /// # Errors
    ///
    /// When the file was changed by somebody else, or cannot be written. Then the old file is whole,
    /// and the journal still has all that happened.
    pub fn save(&mut self, state: &State) -> Result<(), Error> {
        if state.lineage != self.state.lineage {
            let what = "the state to save has another lineage than the one that was read";
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let before = self.disk.as_ref().map(|it| &it.0);
        let changed = match before {
            None => !state.is_empty(),
            Some(before) => !before.same_content(state),
        };
        let serial = before.map_or(0, |it| it.serial) + u64::from(changed);
        let terraform_version = newer(&state.terraform_version);
        let next = State { serial, terraform_version, ..state.clone() };
        let is_current = |it: &(State, Vec<u8>)| self.store.seal.is_current(&it.1);
        let is_current = self.disk.as_ref().is_none_or(is_current);
        if changed || !is_current || self.store.input.is_some() {
            self.put(next)?;
        } else {
            self.state = State { serial, ..state.clone() };
        }
        self.settle()
    }

    /// Puts a state in place with the lineage and serial that it has, as `state push` does.
    ///
    /// # Errors
    ///
    /// As [`Session::save`]; and when an interrupted run's intents are still open.
    pub fn replace(&mut self, state: &State) -> Result<(), Error> {
        if !self.intents().is_settled() {
            let what = "an interrupted run has left work whose outcome is not known";
            let hint = "run `groundplan recover` first, which finds out";
            return Err(Error::new(ErrorKind::Conflict, what).hint(hint));
        }
        self.put(state.clone())?;
        self.settle()
    }

    /// Deletes a remote state, with what is kept here beside it, and gives the lock back.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached, or a file cannot be removed.
    pub fn delete(self) -> Result<(), Error> {
        if let Some(remote) = &self.store.remote {
            remote.delete()?;
        }
        self.journal.0.close();
        for path in self.store.backup.iter().map(PathBuf::as_path).chain([self.journal.0.path()]) {
            match fs::remove_file(path) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("remove", path)(why));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn put(&mut self, next: State) -> Result<(), Error> {
        if let Some(remote) = self.store.remote.clone() {
            return self.send(remote.as_ref(), next);
        }
        let path = self.store.path.clone();
        if self.stamp != Stamp::of(&path) {
            let what = format!("{} was changed by another program meanwhile", path.display());
            let journal = self.journal.0.path().display();
            return Err(Error::new(ErrorKind::Conflict, what)
                .hint(format!("what this run has done is in {journal}")));
        }
        let content = self.announce(&next)?;
        let fail = || Error::io("write", &path);
        let new = new_path(&path);
        let file = write_synced(&new, &content).map_err(Error::io("write", &new))?;
        // Terraform must find one of the two locked at any time.
        let old = self.lock.as_mut().map(|it| it.hold(&path, file, None)).transpose()?;
        fs::rename(&new, &path).map_err(fail())?;
        drop(old);
        sync_folder(&path).map_err(fail())?;
        self.stamp = Stamp::of(&path);
        self.state = next.clone();
        self.disk = Some((next, content));
        Ok(())
    }

    /// The file of a state that is about to take its place, after the backup is made and the journal
    /// says so.
    fn announce(&mut self, next: &State) -> Result<Vec<u8>, Error> {
        let content = next.encode();
        if writer::depth(&content) > MAX_DEPTH {
            let what = format!("cannot save the state: {TOO_DEEP}");
            return Err(Error::new(ErrorKind::Invalid, what));
        }
        let content = self.store.seal.seal(What::State, content)?;
        self.back_up()?;
        if self.journal.0.begun() {
            let saving = Event::Saving { serial: next.serial, checksum: checksum(&content) };
            let fail = Error::io("write", self.journal.0.path());
            self.journal.0.record_now(saving).map_err(fail)?;
        }
        Ok(content)
    }

    /// Puts a state in place of the remote one that was read.
    fn send(&mut self, remote: &dyn Remote, next: State) -> Result<(), Error> {
        let content = self.announce(&next)?;
        let failed = |error: Error| match &error.hint {
            Some(_) => error,
            None => error.hint(format!(
                "what this run has done is in {}; the next command here takes it from there",
                self.journal.0.path().display()
            )),
        };
        let written = remote.write(&content, self.version.as_deref()).map_err(failed)?;
        let version = match written {
            Some(version) => version,
            // The answer to a first attempt may have been lost.
            None => match remote.read()? {
                Some((there, version)) if there == content => version,
                Some(_) | None => return Err(self.keep(remote, &content)),
            },
        };
        self.version = Some(version);
        self.state = next.clone();
        self.disk = Some((next, content));
        Ok(())
    }

    /// Keeps a state here that cannot take its place, with the journal that led to it.
    fn keep(&self, remote: &dyn Remote, content: &[u8]) -> Error {
        let kept = free_path("errored.tfstate");
        let keep = || {
            write_synced(&kept, content)?;
            match fs::rename(self.journal.0.path(), journal_path(&kept)) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
                Ok(()) | Err(_) => sync_folder(&kept),
            }
        };
        let what = format!("{} was changed by somebody else meanwhile", remote.name());
        let it = Error::new(ErrorKind::Conflict, what);
        match keep() {
            Ok(()) => it.hint(format!(
                "what this run knows is in {0}: compare it with `groundplan state pull`, and put it in \
                 place with `groundplan state push -force {0}`",
                kept.display()
            )),
            Err(why) => it.hint(format!(
                "what this run has done is in {}; it cannot be kept in {}: {why}",
                self.journal.0.path().display(),
                kept.display()
            )),
        }
    }

    /// Writes the backup, once in a session.
    fn back_up(&mut self) -> Result<(), Error> {
        if let (false, Some((_, content)), Some(backup)) =
            (self.backed_up, &self.disk, &self.store.backup)
        {
            let new = beside(backup, ".new");
            let content = self.store.seal.again(What::State, content)?;
            write_synced(&new, &content).map_err(Error::io("write", &new))?;
            fs::rename(&new, backup).map_err(Error::io("write", backup))?;
            sync_folder(backup).map_err(Error::io("write", backup))?;
        }
        self.backed_up = true;
        Ok(())
    }

    /// Leaves in the journal only what the state file does not say.
    fn settle(&mut self) -> Result<(), Error> {
        let (lineage, serial) = (self.state.lineage.clone(), self.state.serial);
        self.journal.0.fold(&lineage, serial).map_err(Error::io("write", self.journal.0.path()))
    }
}

/// The version to write: what was there if it is newer than what we write, and still a 1.x.
fn newer(found: &str) -> String {
    let parts = |it: &str| -> Vec<u64> {
        it.split(['.', '-']).take(3).map(|it| it.parse().unwrap_or(0)).collect()
    };
    let keep = found.starts_with("1.") && parts(found) >= parts(crate::file::TERRAFORM);
    if keep { found.to_owned() } else { crate::file::TERRAFORM.to_owned() }
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let stamp = |it: Metadata| Stamp {
            place: (it.dev(), it.ino()),
            changed: (it.mtime(), it.mtime_nsec()),
            length: it.len(),
        };
        fs::metadata(path).ok().map(stamp)
    }
}

/// A file's content. None if there is no such file.
fn content(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(Error::io("read", path)(why)),
    }
}

/// A name that no file has yet: this one, or with a number.
fn free_path(name: &str) -> PathBuf {
    let numbered = (2..).map(|n| PathBuf::from(format!("{name}.{n}")));
    let mut names = std::iter::once(PathBuf::from(name)).chain(numbered);
    names.find(|it| !it.exists()).expect("there is no end of names")
}

/// Where the next state is written before it takes its place.
fn new_path(state: &Path) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    folder(state).join(format!(".{name}.new"))
}

fn journal_path(state: &Path) -> PathBuf {
    beside(state, ".journal")
}

/// The file behind symbolic links: a rename must replace that, not the link.
fn resolve(path: &Path) -> PathBuf {
    let target = || fs::read_link(path).map(|target| folder(path).join(target));
    fs::canonicalize(path).or_else(|_| target()).unwrap_or_else(|_| path.to_owned())
}
