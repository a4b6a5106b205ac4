//! `groundplan force-unlock`: takes away a lock whose owner cannot give it back.

use std::process::ExitCode;

use stacks::load::{Disk, load};

use crate::args::{Args, Flag, UsageError, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::project::{STATE, store, workspace};

const FLAGS: &[Flag] = &[switch("force", "Accepted as Terraform does; nothing is asked.")];

pub const COMMAND: Command = Command {
    name: "force-unlock",
    about: "Takes away a lock whose owner cannot give it back",
    usage: "ID",
    help: "The id is in the message that says who holds the lock. A lock whose owner is alive on this \
           machine is not taken away.",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let [id] = args.rest.as_slice() else {
        return Err(UsageError("expected the id of the lock".to_owned()).into());
    };
    let (stack, _) = load(std::path::Path::new("."), &Disk);
    let store = store(args, Some(&stack), &workspace())?;
    let lock = store.force_unlock(id)?;
    println!("Taken away: the lock of {}.", lock.describe());
    Ok(ExitCode::SUCCESS)
}
