//! `groundplan apply`: makes what is there as the configuration says.

use std::path::Path;
use std::process::ExitCode;

use engine::Mode;

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::project::{STATE, VARIABLES};
use crate::run::{self, PLANNING};

pub const APPROVE: &[Flag] = &[switch("auto-approve", "Does not ask before it begins.")];

const FAILURE: &[Flag] = &[option(
    "on-failure",
    "keep|rollback",
    "Whether what was done stays or is undone when not all of it can be done. (default: keep)",
)];

pub const COMMAND: Command = Command {
    name: "apply",
    about: "Makes what is there as the configuration says",
    usage: "[PLAN]",
    help: "With a saved plan it does what the plan says, and asks nothing. A plan that no longer fits \
           the state is refused.\n\nWith -on-failure=rollback a run that fails, or is interrupted, \
           undoes what it has done, and nothing else. It fails all the same.\n\n\
           Exit codes: 0 all is done; 1 it failed; 4 what failed has been rolled back by AWS, as a \
           deployment\nby its circuit breaker; 5 another change, such as a deployment by somebody else, \
           has taken its place;\n6 something was not done in time. Where things went wrong in more \
           than one way, it is 1.",
    flags: &[APPROVE, FAILURE, PLANNING, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    match args.rest.as_slice() {
        [] => run::apply(args, "apply", Mode::Normal),
        [path] => run::apply_saved(args, Path::new(path)),
        _ => Err(UsageError("one saved plan at the most".to_owned()).into()),
    }
}
