//! The server process: started, found again by a later command, talked to, stopped.
//!
//! It holds a lock on `server.alive` for as long as it lives, so `server.json` beside it (process,
//! port) is believed exactly while that lock is held: a process id alone may have been given away.

use crate::Error;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A cold start reads some hundred megabytes of Python.
const START_LIMIT: Duration = Duration::from_secs(90);
const STOP_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

/// A sandbox that runs.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// When it was started, in seconds since 1970.
    pub started: f64,
    /// Names the launcher's content.
    pub version: String,
}

impl Running {
    /// Where it answers.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The variables that point any AWS SDK, and the `aws` command, at it.
    pub fn env(&self) -> Vec<(String, String)> {
        let endpoint = self.endpoint();
        [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "sandbox"),
            ("AWS_SECRET_ACCESS_KEY", "sandbox"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Empties it.
    pub fn reset(&self) -> Result<(), Error> {
        self.request("POST", "/moto-api/reset").map(drop)
    }

    /// Makes the next `times` calls of an operation (`CreateVpc`) fail in a way of the network's. For tests.
    pub fn disturb(&self, operation: &str, fault: Fault, times: u32) -> Result<(), Error> {
        let kind = match fault {
            Fault::Throttled => "throttled",
            Fault::Lost => "lost",
        };
        let query = format!("action={operation}&kind={kind}&times={times}");
        self.request("POST", &format!("/groundplan/faults?{query}")).map(drop)
    }

    /// The operations that have been called so far, one a line. For tests.
    pub fn calls(&self) -> Result<String, Error> {
        self.request("GET", "/groundplan/calls")
    }

    /// Sends a request without a body and gives the body of the answer.
    fn request(&self, method: &str, path: &str) -> Result<String, Error> {
        let silent = |detail| Error::Silent { endpoint: self.endpoint(), detail };
        let answer = self.exchange(method, path).map_err(|error| silent(error.to_string()))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        match head.split_whitespace().nth(1) {
            Some("200") => Ok(body.to_owned()),
            _ => Err(silent(head.lines().next().unwrap_or("an empty answer").to_owned())),
        }
    }

    fn exchange(&self, method: &str, path: &str) -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_LIMIT)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

/// What goes wrong with a call on demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It is refused, for there were too many.
    Throttled,
    /// It is done, but its reply never comes.
    Lost,
}

/// A sandbox that ends with this value, or with this process.
#[derive(Debug)]
pub struct Private {
    running: Running,
    python: PathBuf,
    child: Child,
    _folder: TempDir,
}

impl Private {
    /// The interpreter of its virtual environment, which has boto3.
    pub fn python(&self) -> &Path {
        &self.python
    }
}

impl std::ops::Deref for Private {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // It may have died by itself; either way nothing is left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server of this folder, if it lives.
pub(crate) fn find(folder: &Path) -> Result<Option<Running>, Error> {
    let alive = folder.join("server.alive");
    let file = match File::open(&alive) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("opening", &alive)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(read(folder)),
        Err(TryLockError::Error(error)) => Err(Error::io("locking", &alive)(error)),
    }
}

/// What the server wrote about itself; nothing until it accepts requests.
fn read(folder: &Path) -> Option<Running> {
    let text = fs::read_to_string(folder.join("server.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// Starts the user's server, which stays when this process ends.
pub(crate) fn spawn(python: &Path, serve: &Path, folder: &Path) -> Result<Running, Error> {
    fs::create_dir_all(folder).map_err(Error::io("making", folder))?;
    // A group of its own: an interrupt at the terminal is for the command, not for the server.
    let mut command = command(python, serve, folder)?;
    command.process_group(0).stdin(Stdio::null());
    let mut child = command.spawn().map_err(Error::io("running", python))?;
    wait(&mut child, folder)
}

pub(crate) fn spawn_private(python: &Path, serve: &Path) -> Result<Private, Error> {
    let folder = tempfile::tempdir().map_err(Error::io("making", std::env::temp_dir()))?;
    let mut command = command(python, serve, folder.path())?;
    command.arg("--die-with-parent").stdin(Stdio::piped());
    let mut child = command.spawn().map_err(Error::io("running", python))?;
    match wait(&mut child, folder.path()) {
        Ok(running) => Ok(Private { running, python: python.to_owned(), child, _folder: folder }),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            // The error names the log in it.
            let _ = folder.keep();
            Err(error)
        }
    }
}

fn command(python: &Path, serve: &Path, folder: &Path) -> Result<Command, Error> {
    // The description of an earlier server must not be taken for this one's.
    let _ = fs::remove_file(folder.join("server.json"));
    let path = log_path(folder);
    let log = File::create(&path).map_err(Error::io("opening", &path))?;
    let errors = log.try_clone().map_err(Error::io("opening", &path))?;
    let mut command = Command::new(python);
    command.arg(serve).arg(folder).arg("--version").arg(crate::install::launcher_version());
    command.stdout(log).stderr(errors);
    // The emulator must not take the caller's settings for its own.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("AWS_") || name.starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn wait(child: &mut Child, folder: &Path) -> Result<Running, Error> {
    let failed = |detail| Error::Start { detail, log: log_path(folder) };
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        if let Some(running) = read(folder) {
            return Ok(running);
        }
        if let Some(status) = child.try_wait().map_err(Error::io("waiting in", folder))? {
            let log = fs::read_to_string(log_path(folder)).unwrap_or_default();
            let last = log.lines().map(str::trim).rfind(|it| !it.is_empty());
            return Err(failed(last.map_or_else(|| status.to_string(), str::to_owned)));
        }
        sleep(PAUSE);
    }
    Err(failed(format!("no answer within {} s", START_LIMIT.as_secs())))
}

/// Ends the server and waits until it is gone.
pub(crate) fn stop(folder: &Path, running: &Running) -> Result<(), Error> {
    let stuck = |detail: String| Error::Stop { pid: running.pid, detail };
    let pid = i32::try_from(running.pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| stuck("no such process id".to_owned()))?;
    for signal in [Signal::TERM, Signal::KILL] {
        // The lock is held, so the process id is still the server's.
        if let Err(error) = kill_process(pid, signal)
            && error != rustix::io::Errno::SRCH
        {
            return Err(stuck(error.to_string()));
        }
        let start = Instant::now();
        while start.elapsed() < STOP_LIMIT {
            if find(folder)?.is_none() {
                return Ok(());
            }
            sleep(PAUSE);
        }
    }
    Err(stuck("it does not end".to_owned()))
}
