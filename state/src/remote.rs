//! A state that is kept elsewhere: what such a place must be able to do, and the lock on it.
//!
//! Only the state itself is there. Its journal is on this machine, so what a killed run has done is
//! found by the next run of the same directory.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::lock::{self, LockInfo, LockOptions};
use crate::owner;

/// The place of one state that is not on this machine. The calls wait for their answers.
pub trait Remote: fmt::Debug + Send + Sync {
    /// What people call the place: `s3://bucket/key`.
    fn name(&self) -> String;

    /// Reads the state, and which version it is. None if there is none.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached.
    fn read(&self) -> Result<Option<(Vec<u8>, String)>, Error>;

    /// Writes the state in place of a version, or where there was none, and answers the new version.
    /// None if something else is there.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached. Whether it was written is not known then.
    fn write(&self, content: &[u8], replacing: Option<&str>) -> Result<Option<String>, Error>;

    /// Deletes the state.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached.
    fn delete(&self) -> Result<(), Error>;

    /// The command that puts a file in place of the state, for a person who repairs it.
    fn put_back(&self, file: &Path) -> String;

    /// Takes the lock and leaves this text in it. None when it is taken, or the text of another.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached.
    fn lock(&self, info: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// The text in the lock. None if nobody holds it.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached.
    fn locked(&self) -> Result<Option<Vec<u8>>, Error>;

    /// Gives the lock back, whoever holds it.
    ///
    /// # Errors
    ///
    /// When the place cannot be reached.
    fn unlock(&self) -> Result<(), Error>;

    /// Hears that a lock could not be given back: the command is done, and nothing can fail any more.
    fn left_locked(&self, why: &Error);
}

/// A remote lock that is held, until it is dropped.
#[derive(Debug)]
pub(crate) struct RemoteLock {
    remote: Arc<dyn Remote>,
    info: Vec<u8>,
    /// The dead owner from whom the lock was taken over.
    pub(crate) taken_over: Option<LockInfo>,
}

impl RemoteLock {
    /// Takes the lock, waiting for it as the options say.
    pub(crate) fn take(
        remote: &Arc<dyn Remote>,
        command: &str,
        options: &LockOptions,
    ) -> Result<RemoteLock, Error> {
        let deadline = Instant::now() + options.timeout;
        let ours = LockInfo::ours(command, remote.name());
        let info = serde_json::to_vec(&ours).map_err(|why| {
            Error::new(ErrorKind::Io, format!("cannot lock {}: {why}", remote.name()))
        })?;
        let mut lock = RemoteLock { remote: remote.clone(), info, taken_over: None };
        let pause = Duration::from_secs(1);
        loop {
            match lock.once() {
                Err(error)
                    if error.kind == ErrorKind::Locked && Instant::now() + pause <= deadline =>
                {
                    std::thread::sleep(pause);
                }
                Ok(()) => return Ok(lock),
                Err(error) => {
                    // Another's lock is not given back.
                    lock.info.clear();
                    return Err(error);
                }
            }
        }
    }

    fn once(&mut self) -> Result<(), Error> {
        let Some(other) = self.remote.lock(&self.info)? else { return Ok(()) };
        // An answer that was lost: the call was made again, and found us.
        if other == self.info {
            return Ok(());
        }
        let info: LockInfo = serde_json::from_slice(&other).unwrap_or_default();
        if !owner::has_died_here(&info) {
            return Err(held(&self.remote.name(), &info));
        }
        if self.remote.locked()?.as_ref() == Some(&other) {
            self.remote.unlock()?;
        }
        match self.remote.lock(&self.info)? {
            None => {
                self.taken_over = Some(info);
                Ok(())
            }
            Some(other) => {
                let info = serde_json::from_slice(&other).unwrap_or_default();
                Err(held(&self.remote.name(), &info))
            }
        }
    }
}

impl Drop for RemoteLock {
    fn drop(&mut self) {
        // It may have been taken away with force, and be another's now. A lock that stays behind
        // names a dead owner.
        if self.info.is_empty() {
            return;
        }
        let given_back = match self.remote.locked() {
            Ok(it) if it.as_ref() == Some(&self.info) => self.remote.unlock(),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = given_back {
            let info: LockInfo = serde_json::from_slice(&self.info).unwrap_or_default();
            let hint = format!(
                "the next command on this machine takes it over; on another one: groundplan \
                 force-unlock {}",
                info.id
            );
            self.remote.left_locked(&error.hint(hint));
        }
    }
}

fn held(name: &str, info: &LockInfo) -> Error {
    lock::held_by(&format!("{} (lock {})", info.describe(), info.id)).hint(format!(
        "the lock is on {name}; wait for it to end, or give `-lock-timeout=5m` to wait for it here; \
         if its owner is gone, run `groundplan force-unlock {}`",
        info.id
    ))
}

/// Takes away a remote lock from an owner that is gone.
pub(crate) fn force_unlock(remote: &dyn Remote, id: &str) -> Result<LockInfo, Error> {
    let Some(text) = remote.locked()? else {
        let what = format!("{} is not locked", remote.name());
        return Err(Error::new(ErrorKind::Invalid, what));
    };
    let info: LockInfo = serde_json::from_slice(&text).unwrap_or_default();
    if info.id != id {
        let what = format!("the lock has another id: {} ({})", info.id, info.describe());
        return Err(Error::new(ErrorKind::Invalid, what));
    }
    if let Some(pid) = info.pid.filter(|_| owner::lives_here(&info)) {
        let hint = format!("end that process first: kill {pid}");
        return Err(held(&remote.name(), &info).hint(hint));
    }
    remote.unlock()?;
    Ok(info)
}
