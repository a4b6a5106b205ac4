//! What can go wrong with a local emulator, each with what to do about it.

use std::path::PathBuf;

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable interpreter.
    #[error(
        "the sandbox needs Python 3.10 or newer, and none was found ({0}); \
         install python3, or name an interpreter in GROUNDPLAN_SANDBOX_PYTHON"
    )]
    NoPython(String),
    /// Debian and its like split `venv` from Python.
    #[error(
        "{0} cannot make virtual environments; install its venv module \
         (Debian, Ubuntu: apt-get install python3-venv)"
    )]
    NoVenv(PathBuf),
    /// The virtual environment could not be made.
    #[error("making a virtual environment with {python}: {detail}")]
    Venv { python: PathBuf, detail: String },
    /// The packages could not be installed.
    #[error(
        "installing the emulator with pip: {detail}; the first start needs the network \
         (or a package index that pip is configured for)"
    )]
    Pip { detail: String },
    /// The server ended, or did not begin to answer.
    #[error("starting the sandbox: {detail}; its log is {log}")]
    Start { detail: String, log: PathBuf },
    /// The server is there but does not answer.
    #[error("the sandbox at {endpoint} does not answer ({detail}); run `groundplan sandbox stop`")]
    Silent { endpoint: String, detail: String },
    /// It could not be ended.
    #[error("stopping the sandbox (process {pid}): {detail}")]
    Stop { pid: u32, detail: String },
    /// Neither a cache folder nor a home folder is known.
    #[error("no cache folder: set HOME, XDG_CACHE_HOME or GROUNDPLAN_SANDBOX_DIR")]
    NoFolder,
    /// A file could not be read or written.
    #[error("{doing} {path}: {source}")]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
}

impl Error {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::Io { doing, path, source }
    }
}
