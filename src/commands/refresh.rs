//! `groundplan refresh`: brings the state up to date with what is there.

use std::process::ExitCode;

use engine::Mode;

use crate::args::Args;
use crate::commands::apply::APPROVE;
use crate::commands::{COMMON, Command, Failed, block_on};
use crate::project::{STATE, VARIABLES};
use crate::run::{PLANNING, Workbench, options};

pub const COMMAND: Command = Command {
    name: "refresh",
    about: "Brings the state up to date with what is there",
    usage: "",
    help: "Changes the state only. `groundplan plan -refresh-only` shows what it would write.",
    flags: &[APPROVE, PLANNING, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let options = options(args, Mode::RefreshOnly)?;
    let mut bench = Workbench::open(args, "refresh")?;
    block_on(async {
        bench.recover().await?;
        let plan = bench.plan(&options).await?;
        bench.show(&plan);
        let outcome = bench.apply(&plan, options.parallelism).await?;
        Ok(bench.report(&plan, &outcome))
    })?
}
