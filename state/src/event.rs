//! What a run writes down while it works: each intent before its call, each outcome after it.

use std::collections::BTreeMap;

use model::{InstanceAddr, Object};
use serde::{Deserialize, Serialize};

use crate::file::{ObjectState, Output};

/// An entry of the journal. Nothing is called before its intent is on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run starts to change things, from the state of this lineage and serial.
    Begin { run: String, command: String, started: String, lineage: String, serial: u64 },
    /// An object is about to be created. If there is a current object that it replaces, that one is
    /// set aside under the key `deposed` first.
    Creating {
        #[serde(with = "address")]
        address: InstanceAddr,
        provider: String,
        token: String,
        want: Object,
        /// Blocks that it refers to, for the state.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        dependencies: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        /// What the state will remember of it besides its attributes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        private: Option<String>,
    },
    /// The call has returned an id; the object may still be on its way.
    Created {
        #[serde(with = "address")]
        address: InstanceAddr,
        id: String,
    },
    /// The current object is about to be changed.
    Updating {
        #[serde(with = "address")]
        address: InstanceAddr,
        id: String,
        /// What the state will remember of it besides its attributes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        private: Option<String>,
    },
    /// The current object, or a deposed one, is about to be deleted.
    Deleting {
        #[serde(with = "address")]
        address: InstanceAddr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        id: String,
    },
    /// What the state holds from now on; none if the object is gone. Closes the intent, if any.
    Wrote {
        #[serde(with = "address")]
        address: InstanceAddr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
        provider: String,
        object: Option<ObjectState>,
    },
    /// An instance has another address now, with all its objects.
    Moved {
        #[serde(with = "address")]
        from: InstanceAddr,
        #[serde(with = "address")]
        to: InstanceAddr,
    },
    /// All outputs of the root module, as they are now.
    Outputs { outputs: BTreeMap<String, Output> },
    /// The call has failed and changed nothing. Closes the intent.
    Abandoned {
        #[serde(with = "address")]
        address: InstanceAddr,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deposed: Option<String>,
    },
    /// An object that was set aside under the key is the current one again. The one that was is set
    /// aside under another.
    Restored {
        #[serde(with = "address")]
        address: InstanceAddr,
        deposed: String,
        aside: String,
    },
    /// What a run has done is about to be undone. Said again with less, once a part of it is undone
    /// that cannot be told from one that was never done.
    RollingBack { back: Rollback },
    /// What could be undone is.
    RolledBack,
    /// The state with this serial and this checksum of its file is about to be put in place. If it
    /// is found there, all that stands above is in it.
    Saving { serial: u64, checksum: u32 },
    /// The run has ended by itself.
    End,
}

/// What has to be known to undo what a run has done.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// The addresses that the run has given to instances are taken back, in this order.
    pub moves: Vec<Moved>,
    /// Every address whose objects the run may have changed, as the addresses were before.
    pub was: Vec<Was>,
    pub outputs: BTreeMap<String, Output>,
}

/// An instance gets another address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    #[serde(with = "address")]
    pub from: InstanceAddr,
    #[serde(with = "address")]
    pub to: InstanceAddr,
}

/// What an address held before a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Was {
    #[serde(with = "address")]
    pub address: InstanceAddr,
    /// Of the object, or of the one that is there now.
    pub provider: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<ObjectState>,
    /// Keys of objects that were set aside before, and stay so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deposed: Vec<String>,
    pub how: How,
    /// Whether a call has failed, so that the state need not say how the object is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unsure: bool,
}

/// What the run has done with an address, beside calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Nothing else.
    Managed,
    /// The object was there before, and the run took it into the state.
    Imported,
    /// The object has only left the state, or is only written otherwise there.
    Noted,
}

fn is_false(it: &bool) -> bool {
    !it
}

impl Event {
    /// A `Begin` of the same run, from another state.
    pub(crate) fn of_state(self, lineage: &str, serial: u64) -> Event {
        match self {
            Event::Begin { run, command, started, .. } => {
                Event::Begin { run, command, started, lineage: lineage.to_owned(), serial }
            }
            other => other,
        }
    }
}

/// Addresses as people write them.
mod address {
    use model::InstanceAddr;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(address: &InstanceAddr, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(address)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<InstanceAddr, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
