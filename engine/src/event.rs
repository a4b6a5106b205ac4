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
        what: String,
    },
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
