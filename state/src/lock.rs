//! One writer at a time: a lock that the operating system frees when its owner dies, and a file that
//! says who holds it.
//!
//! The file is Terraform's `.terraform.tfstate.lock.info` with more facts in it. We lock that file
//! (`flock`) for each other and the state file (`fcntl`) for Terraform, which looks only at the latter.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, fcntl_lock, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::error::{Error, ErrorKind};
use crate::owner::{self, Owner};
use crate::writer::folder;

/// Whether to lock, and how long to wait for another to finish.
#[derive(Debug, Clone, Copy)]
pub struct LockOptions {
    pub enabled: bool,
    pub timeout: Duration,
}

impl Default for LockOptions {
    fn default() -> LockOptions {
        LockOptions { enabled: true, timeout: Duration::ZERO }
    }
}

/// Who holds a lock, as its file says. The last four are ours, the others Terraform's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    #[serde(rename = "ID")]
    pub id: String,
    pub operation: String,
    pub info: String,
    pub who: String,
    pub version: String,
    pub created: String,
    pub path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// When the process started, on the clock of the machine's kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
    /// Which start of which machine it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Which processes it sees: a container sees only its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl LockInfo {
    pub(crate) fn ours(command: &str, path: String) -> LockInfo {
        let me = owner::me();
        LockInfo {
            id: uuid::Uuid::new_v4().to_string(),
            operation: command.to_owned(),
            info: String::new(),
            who: me.who,
            version: crate::file::TERRAFORM.to_owned(),
            created: clock::now(),
            path,
            pid: Some(me.pid),
            started: me.started,
            boot: me.boot,
            namespace: me.namespace,
        }
    }

    /// The owner in words: ``bob@host, pid 123, `groundplan apply`, since 2026-11-21 10:02:11 UTC``.
    pub fn describe(&self) -> String {
        let mut text = if self.who.is_empty() { "somebody".to_owned() } else { self.who.clone() };
        match self.pid {
            Some(pid) => text += &format!(", pid {pid}, `groundplan {}`", self.operation),
            None => text += &format!(", Terraform {}, {}", self.version, self.operation),
        }
        if let (Some(day), Some(time)) = (self.created.get(..10), self.created.get(11..19)) {
            text += &format!(", since {day} {time} UTC");
        }
        text
    }
}

/// A lock that is held, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
    /// The state file, locked for Terraform. None as long as there is no state file.
    state: Option<File>,
    /// The dead owner from whom the lock was taken over.
    pub(crate) taken_over: Option<LockInfo>,
}

impl Lock {
    /// Takes the lock of the state at `state`, waiting for it as the options say.
    pub(crate) fn take(state: &Path, command: &str, options: &LockOptions) -> Result<Lock, Error> {
        let deadline = Instant::now() + options.timeout;
        let mut pause = Duration::from_millis(50);
        loop {
            match Lock::once(state, command) {
                Err(error)
                    if error.kind == ErrorKind::Locked && Instant::now() + pause <= deadline =>
                {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                done => return done,
            }
        }
    }

    fn once(state: &Path, command: &str) -> Result<Lock, Error> {
        let path = info_path(state);
        let mut file = lock_info_file(&path)?;
        let mut text = String::new();
        // What is not UTF-8 was never written by a lock's owner.
        let _ = file.read_to_string(&mut text);
        let before: Option<LockInfo> = serde_json::from_str(&text).ok();
        let mut lock = Lock { path, file, state: None, taken_over: None };
        match lock.claim(state, before) {
            Ok(before) => {
                lock.taken_over = before;
                lock.write(&LockInfo::ours(command, state.display().to_string()))?;
                Ok(lock)
            }
            Err(error) => {
                if text.is_empty() {
                    return Err(error);
                }
                // The file speaks for another: it must outlive this attempt.
                lock.path.clear();
                Err(error)
            }
        }
    }

    /// Whether the owner that the file names, if any, is gone, and the state file is free.
    fn claim(&mut self, state: &Path, before: Option<LockInfo>) -> Result<Option<LockInfo>, Error> {
        if let Some(info) = &before {
            match owner::of(info) {
                Owner::Dead => {}
                Owner::Living => return Err(held(state, info)),
                Owner::Elsewhere => return Err(held_elsewhere(state, info)),
            }
        }
        match OpenOptions::new().read(true).write(true).open(state) {
            Ok(found) => {
                self.hold(state, found, before.as_ref())?;
            }
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(Error::io("lock", state)(why)),
        }
        Ok(before)
    }

    /// Locks a state file for Terraform, and returns the one that was locked before. That one stays
    /// locked until it is dropped.
    pub(crate) fn hold(
        &mut self,
        path: &Path,
        state: File,
        before: Option<&LockInfo>,
    ) -> Result<Option<File>, Error> {
        match fcntl_lock(&state, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(self.state.replace(state)),
            Err(Errno::AGAIN | Errno::ACCESS) => Err(match before {
                Some(info) => held(path, info),
                None => held_at(path, "Terraform or another program"),
            }),
            Err(why) => Err(Error::io("lock", path)(why.into())),
        }
    }

    /// The content of the state file that is locked.
    ///
    /// It must not be opened another time: closing it would free the lock for Terraform.
    pub(crate) fn read_state(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let Some(file) = &mut self.state else { return Ok(None) };
        let mut content = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut content)?;
        Ok(Some(content))
    }

    fn write(&mut self, info: &LockInfo) -> Result<(), Error> {
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(&serde_json::to_vec(info)?)?;
            self.file.sync_all()
        };
        write().map_err(Error::io("write", &self.path))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file goes first, while nobody else can have it. That it stays behind is no harm: its
        // owner is dead then.
        if !self.path.as_os_str().is_empty() && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Opens the info file and locks it, making sure that nobody has removed it meanwhile.
fn lock_info_file(path: &Path) -> Result<File, Error> {
    loop {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(path).map_err(Error::io("lock", path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_at(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(Errno::AGAIN) => {
                let info = read_info(path).ok();
                let info = info.filter(|it| !it.id.is_empty());
                return Err(info.map_or_else(
                    || held_at(path, "a command that has just started"),
                    |it| held(path, &it),
                ));
            }
            Err(why) => return Err(Error::io("lock", path)(why.into())),
        }
    }
}

/// Whether this open file is the one that has this name.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => open.dev() == named.dev() && open.ino() == named.ino(),
        _ => false,
    }
}

/// Where Terraform writes who holds a state's lock.
pub(crate) fn info_path(state: &Path) -> PathBuf {
    let name = state.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix('.').unwrap_or(&name);
    folder(state).join(format!(".{name}.lock.info"))
}

fn read_info(path: &Path) -> Result<LockInfo, Error> {
    let text = fs::read(path).map_err(Error::io("read", path))?;
    serde_json::from_slice(&text).map_err(|why| Error::io("read", path)(why.into()))
}

fn held(path: &Path, info: &LockInfo) -> Error {
    held_at(path, &info.describe())
        .hint("wait for it to end, or give `-lock-timeout=5m` to wait for it here")
}

fn held_at(path: &Path, owner: &str) -> Error {
    held_by(owner).hint(format!("the lock is on {}", path.display()))
}

/// The error of one who finds the lock held.
pub(crate) fn held_by(owner: &str) -> Error {
    Error::new(ErrorKind::Locked, format!("the state is locked: held by {owner}"))
}

fn held_elsewhere(path: &Path, info: &LockInfo) -> Error {
    held_at(path, &info.describe()).hint(format!(
        "that is another machine, so whether it still runs cannot be seen from here; if it does not, \
         run `groundplan force-unlock {}`",
        info.id
    ))
}

/// Takes away the lock of a state from an owner that is gone.
///
/// # Errors
///
/// When there is no lock, when its id is another, or when its owner is alive on this machine.
pub(crate) fn force_unlock(state: &Path, id: &str) -> Result<LockInfo, Error> {
    let path = info_path(state);
    if !path.exists() {
        let what = format!("{} is not locked", state.display());
        return Err(Error::new(ErrorKind::Invalid, what));
    }
    let info = read_info(&path)?;
    if info.id != id {
        let what = format!("the lock has another id: {} ({})", info.id, info.describe());
        return Err(Error::new(ErrorKind::Invalid, what));
    }
    let file = File::open(&path).map_err(Error::io("open", &path))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        let hint = match info.pid {
            Some(pid) => format!("end that process first: kill {pid}"),
            None => "end that process first".to_owned(),
        };
        return Err(held(state, &info).hint(hint));
    }
    fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    Ok(info)
}
