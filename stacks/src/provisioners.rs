//! What a `local-exec` provisioner may say. Others run on the machines that are made, which groundplan
//! does not log in to.

use std::collections::BTreeMap;

use model::Attributes;
use serde::Deserialize;

/// The arguments of a `local-exec` provisioner.
#[derive(Debug, Clone, Deserialize, Attributes)]
#[resource("local-exec")]
pub struct LocalExec {
    /// The command, as the interpreter takes it.
    pub command: String,
    /// The interpreter and its arguments; the command comes last. `/bin/sh -c` if none is given.
    pub interpreter: Option<Vec<String>>,
    /// Where the command runs, if not in the working directory.
    pub working_dir: Option<String>,
    /// Variables that the command sees beside those of this process.
    pub environment: Option<BTreeMap<String, String>>,
    /// Whether the command itself is not shown.
    pub quiet: Option<bool>,
}
