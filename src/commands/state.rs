//! `groundplan state`: looks at the state and edits it.

use std::process::ExitCode;

use crate::args::{Args, UsageError};
use crate::commands::{COMMON, Command, Failed};
use crate::project::STATE;

pub const COMMAND: Command = Command {
    name: "state",
    about: "Looks at the state, and edits it",
    usage: "list|show|mv|rm|pull|push",
    help: "",
    flags: &[STATE, COMMON],
    run,
};

fn run(_args: &Args) -> Result<ExitCode, Failed> {
    Err(UsageError("expected one of: list, show, mv, rm, pull, push".to_owned()).into())
}
