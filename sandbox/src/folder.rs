//! Where things lie on disk: the sandbox's own folder, and the state file of a stack tried on it.

use crate::{Error, Options, Progress};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// The state of the stack in `directory` as the sandbox has it: never mixed with a real account's.
pub fn state_path(directory: &Path) -> PathBuf {
    directory.join(".groundplan/sandbox/terraform.tfstate")
}

/// The sandbox's folder.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub fn new(options: &Options) -> Result<Folder, Error> {
        let path = match &options.folder {
            Some(folder) => folder.clone(),
            None => cache().ok_or(Error::NoFolder)?.join("groundplan/sandbox"),
        };
        // A relative folder would be another one after a change of directory.
        let path = std::path::absolute(&path).map_err(Error::io("looking for", &path))?;
        fs::create_dir_all(&path).map_err(Error::io("making", &path))?;
        Ok(Folder(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the user's one server.
    pub fn server(&self) -> PathBuf {
        self.0.join("server")
    }

    /// Held while something is installed or started, across processes.
    pub fn lock(&self, progress: Progress) -> Result<File, Error> {
        let path = self.0.join("lock");
        let file = File::create(&path).map_err(Error::io("opening", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                progress("waiting for another command that starts the sandbox");
                file.lock().map_err(Error::io("locking", &path))?;
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("locking", &path)(error)),
        }
        Ok(file)
    }
}

fn cache() -> Option<PathBuf> {
    let path = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")))
}
