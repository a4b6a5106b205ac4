//! Who holds a lock, and whether that process still lives.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, getpid, getuid, test_kill_process};

use crate::lock::LockInfo;

/// What can be known about the process that a lock names, by one who holds its `flock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Living,
    Dead,
    /// On another machine: nothing can be known.
    Elsewhere,
}

pub(crate) struct Me {
    pub(crate) who: String,
    pub(crate) pid: u32,
    pub(crate) started: Option<u64>,
    pub(crate) boot: Option<String>,
    pub(crate) namespace: Option<String>,
}

/// This process.
pub(crate) fn me() -> Me {
    let pid = getpid().as_raw_nonzero().get().unsigned_abs();
    Me {
        who: format!("{}@{}", user(), host()),
        pid,
        started: started(pid),
        boot: boot(),
        namespace: namespace(),
    }
}

/// What became of a lock's owner.
///
/// On the machine's same start, the operating system has told already that the owner does not hold
/// the lock: only a process that is there with the same number and the same start is let be.
/// Terraform names no process, and is known by the lock on the state file alone.
pub(crate) fn of(info: &LockInfo) -> Owner {
    let here = info.who.rsplit_once('@').is_some_and(|(_, name)| name == host());
    let same_start = info.boot.is_some() && info.boot == boot();
    if !here && !same_start {
        return Owner::Elsewhere;
    }
    match info.pid {
        Some(pid) if info.started.is_none() && exists(pid) => Owner::Living,
        Some(_) if same_start && lives(info) => Owner::Living,
        Some(_) | None => Owner::Dead,
    }
}

/// Whether the process that a lock names has run here and is gone. Without a lock of the operating
/// system there is less to go by: the same start of the same machine, and the same view of its
/// processes.
pub(crate) fn has_died_here(info: &LockInfo) -> bool {
    is_of_here(info) && info.started.is_some() && !lives(info)
}

/// Whether the process that a lock names runs here.
pub(crate) fn lives_here(info: &LockInfo) -> bool {
    is_of_here(info) && lives(info)
}

fn is_of_here(info: &LockInfo) -> bool {
    let here = info.who.rsplit_once('@').is_some_and(|(_, name)| name == host());
    here && info.boot.is_some() && info.boot == boot() && info.namespace == namespace()
}

fn lives(info: &LockInfo) -> bool {
    info.pid.and_then(started).is_some_and(|it| Some(it) == info.started)
}

/// Which processes this one sees: a container sees only its own.
fn namespace() -> Option<String> {
    let link = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

fn exists(pid: u32) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|it| test_kill_process(it).is_ok())
}

/// When a process started, as Linux counts it.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may have spaces in it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    // One that has ended stays listed until its parent asks for it, which in a container may be never.
    fields.next().filter(|it| !["Z", "X"].contains(it))?;
    fields.nth(18)?.parse().ok()
}

/// A random text that is new each time the machine starts.
fn boot() -> Option<String> {
    let id = fs::read_to_string(Path::new("/proc/sys/kernel/random/boot_id")).ok()?;
    Some(id.trim().to_owned())
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn user() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|it| std::env::var(it).ok());
    named.filter(|it| !it.is_empty()).unwrap_or_else(|| {
        let uid = getuid().as_raw().to_string();
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let mut users = users.lines().map(|it| it.split(':').collect::<Vec<_>>());
        let found = users.find(|it| it.get(2).is_some_and(|it| *it == uid));
        found.and_then(|it| it.first().map(|it| (*it).to_owned())).unwrap_or(uid)
    })
}
