//! A local AWS to try things on: moto, pinned, in a virtual environment in the user's cache folder,
//! started by a launcher that closes the gaps between moto and AWS (`launcher/`).
//!
//! The server outlives the command that starts it, so that a plan finds what an apply made. This
//! crate knows nothing of AWS's SDKs: they are pointed here by the variables of [`Running::env`].

#[cfg(not(unix))]
compile_error!("the sandbox needs a Unix system");

mod error;
mod folder;
mod install;
mod python;
mod server;

pub use error::Error;
pub use folder::state_path;
pub use server::{Fault, Private, Running};

use folder::Folder;
use std::path::PathBuf;

/// What is being done just now, for a person who waits.
pub type Progress<'a> = &'a dyn Fn(&str);

/// Where the sandbox lives and what runs it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder of the virtual environment and the server; by default in the user's cache folder.
    pub folder: Option<PathBuf>,
    /// The Python interpreter; by default the newest that is found.
    pub python: Option<PathBuf>,
}

impl Options {
    /// From `GROUNDPLAN_SANDBOX_DIR` and `GROUNDPLAN_SANDBOX_PYTHON`.
    pub fn from_env() -> Options {
        let path = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        Options {
            folder: path("GROUNDPLAN_SANDBOX_DIR"),
            python: path("GROUNDPLAN_SANDBOX_PYTHON"),
        }
    }
}

/// The running sandbox; installs and starts it if need be. Safe to call from many processes.
pub fn start(options: &Options, progress: Progress) -> Result<Running, Error> {
    let folder = Folder::new(options)?;
    let _lock = folder.lock(progress)?;
    let launcher = install::launcher(&folder)?;
    if let Some(running) = server::find(&folder.server())? {
        if running.version == install::launcher_version() {
            return Ok(running);
        }
        progress("stopping the sandbox of another version; what it holds is lost");
        server::stop(&folder.server(), &running)?;
    }
    let python = install::environment(&folder, options, progress)?;
    progress("starting the sandbox");
    server::spawn(&python, &launcher, &folder.server())
}

/// The running sandbox, if there is one.
pub fn status(options: &Options) -> Result<Option<Running>, Error> {
    server::find(&Folder::new(options)?.server())
}

/// Stops the sandbox; what it holds is lost. Says whether there was one.
pub fn stop(options: &Options) -> Result<bool, Error> {
    let folder = Folder::new(options)?;
    let Some(running) = server::find(&folder.server())? else { return Ok(false) };
    server::stop(&folder.server(), &running)?;
    Ok(true)
}

/// Empties the running sandbox. Says whether there was one.
pub fn reset(options: &Options) -> Result<bool, Error> {
    let Some(running) = status(options)? else { return Ok(false) };
    running.reset()?;
    Ok(true)
}

/// A sandbox of the caller's own, for a test: it ends when the value is dropped or the process dies.
pub fn private(options: &Options, progress: Progress) -> Result<Private, Error> {
    let folder = Folder::new(options)?;
    let (python, launcher) = {
        let _lock = folder.lock(progress)?;
        (install::environment(&folder, options, progress)?, install::launcher(&folder)?)
    };
    server::spawn_private(&python, &launcher)
}
