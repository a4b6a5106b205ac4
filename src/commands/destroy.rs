//! `groundplan destroy`: removes all that the state has, in one go, and looks that nothing is left.

use std::process::ExitCode;

use engine::Mode;

use crate::args::Args;
use crate::commands::apply::APPROVE;
use crate::commands::{COMMON, Command, Failed};
use crate::project::{STATE, VARIABLES};
use crate::run::{self, PLANNING};

pub const COMMAND: Command = Command {
    name: "destroy",
    about: "Removes everything, and looks that nothing is left",
    usage: "",
    help: "Buckets and repositories that hold something are emptied if `force_destroy` or `force_delete` \
           stands in the configuration now, or -empty is given; what AWS protects from deletion goes if its \
           block turns that off now, or -lift-protection is given. Otherwise nothing at all is deleted.",
    flags: &[APPROVE, PLANNING, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    run::apply(args, "destroy", Mode::Destroy)
}
