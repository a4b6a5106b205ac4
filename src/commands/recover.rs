//! `groundplan recover`: finds out what became of a run that was cut off, and does nothing else.

use std::process::ExitCode;

use crate::args::{Args, Flag, switch};
use crate::commands::{COMMON, Command, Failed, block_on};
use crate::project::{STATE, VARIABLES};
use crate::run::Workbench;

const FLAGS: &[Flag] = &[switch("json", "Writes one JSON object a line.")];

pub const COMMAND: Command = Command {
    name: "recover",
    about: "Finds out what became of a run that was cut off",
    usage: "",
    help: "For each call whose outcome nobody wrote down it looks at what is there, and says what was \
           under way, what was found, and what the state says now. A rollback that was cut off is \
           brought to its end. Every command that plans does the same before anything else; this one \
           does only that.",
    flags: &[FLAGS, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let mut bench = Workbench::open(args, "recover")?;
    block_on(async {
        let n = bench.recover().await?;
        bench.report_recovery(n);
        Ok(ExitCode::SUCCESS)
    })?
}
