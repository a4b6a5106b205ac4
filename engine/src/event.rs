//! What a run tells about itself while it is under way. The engine never prints.

use std::time::Duration;

use model::InstanceAddr;
use serde::Serialize;

/// What is being done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Create,
    Update,
    Delete,
    Read,
    Empty,
}

/// One piece of news.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Something to know before it begins.
    Notice {
        text: String,
    },
    /// Objects of the state are being read.
    Refreshing {
        objects: usize,
    },
    Refreshed {
        objects: usize,
        calls: usize,
    },
    Started {
        address: InstanceAddr,
        op: Op,
        id: Option<String>,
    },
    /// Still under way, and what it is waiting for.
    Waiting {
        address: InstanceAddr,
        op: Op,
        what: String,
        elapsed: Duration,
    },
    /// What has happened to an object that is waited for. May be of several lines.
    News {
        address: InstanceAddr,
        op: Op,
        text: String,
        elapsed: Duration,
    },
    /// So many things thrown out of a bucket or repository.
    Emptied {
        address: InstanceAddr,
        gone: u64,
        of: u64,
    },
    Done {
        address: InstanceAddr,
        op: Op,
        id: Option<String>,
        elapsed: Duration,
    },
    Failed {
        address: InstanceAddr,
        op: Op,
        message: String,
        elapsed: Duration,
    },
    /// A line that a provisioner prints.
    Output {
        address: InstanceAddr,
        provisioner: String,
        line: String,
    },
    /// An open intent of a run that was cut off has been settled.
    Recovered {
        address: InstanceAddr,
        op: Op,
        id: Option<String>,
        settled: Settled,
    },
}

/// What was found of an operation whose outcome was not known, and so what the state says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// It had been created, and is in the state.
    Adopted,
    /// The same, but it is not as it should be and has to be replaced.
    Incomplete,
    /// The same, and what is told only once is lost.
    Untold,
    /// It had not been created.
    NotCreated,
    /// It was being changed, and is in the state as it is.
    Changed,
    /// It was being changed, and is gone.
    Gone,
    /// It had been deleted, and has left the state.
    Deleted,
    /// It was being deleted, and is there.
    StillThere,
}

/// Who is told.
pub trait Observer: Send + Sync {
    fn event(&self, event: Event);
}

/// Nobody.
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}
