//! `groundplan init`: gets the modules that a stack calls. Providers are built in.

use std::path::Path;
use std::process::ExitCode;

use stacks::load::{Disk, load};

use crate::args::{Args, Flag, option, switch};
use crate::commands::{COMMON, Command, Failed, show_problems};
use crate::style::Style;

/// Options of Terraform's that have nothing to do here, so that scripts go on working.
const FLAGS: &[Flag] = &[
    switch("upgrade", "Gets modules again even if they are there."),
    switch("input", "Accepted as Terraform does; nothing is asked."),
    switch("backend", "Accepted as Terraform does."),
    switch("reconfigure", "Accepted as Terraform does; the local backend has nothing to set up."),
    option("backend-config", "SETTING", "Accepted as Terraform does."),
    option("plugin-dir", "DIR", "Accepted as Terraform does; providers are built in."),
    option("lockfile", "MODE", "Accepted as Terraform does; providers are built in."),
];

pub const COMMAND: Command = Command {
    name: "init",
    about: "Prepares a directory: gets the modules it calls",
    usage: "",
    help: "Providers are built in, so there is nothing to download for them.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let style = Style::new(args.is_on("no-color", false));
    let (stack, problems) = load(Path::new("."), &Disk);
    if problems.iter().any(model::Diagnostic::is_error) {
        return Err(Failed::Problems(problems, stack.sources));
    }
    show_problems(&problems, &stack.sources, false, style);
    println!("{} The directory is ready: groundplan plan", style.green("Done."));
    Ok(ExitCode::SUCCESS)
}
