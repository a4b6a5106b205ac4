//! `groundplan version`.

use std::process::ExitCode;

use serde_json::json;

use crate::args::{Args, Flag, switch};
use crate::commands::{Command, Failed};

const FLAGS: &[Flag] = &[switch("json", "Writes a JSON object.")];

pub const COMMAND: Command = Command {
    name: "version",
    about: "Says which version this is",
    usage: "",
    help: "",
    flags: &[FLAGS],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let version = env!("CARGO_PKG_VERSION");
    if args.is_on("json", false) {
        println!("{}", json!({"groundplan_version": version}));
    } else {
        println!("groundplan v{version}");
    }
    Ok(ExitCode::SUCCESS)
}
