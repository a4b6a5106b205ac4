//! `groundplan validate`: finds what is wrong with a stack, without any account.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use model::{Diagnostic, Severity};
use serde_json::json;
use stacks::load::{Disk, load};

use crate::args::{Args, Flag, switch};
use crate::commands::{COMMON, Command, Failed, show_problems};
use crate::host::BUILTIN;
use crate::report;
use crate::style::Style;

const FLAGS: &[Flag] = &[switch("json", "Writes the result as one JSON object.")];

pub const COMMAND: Command = Command {
    name: "validate",
    about: "Finds what is wrong with the configuration, all of it at once",
    usage: "",
    help: "Needs no account and no state.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let (stack, mut problems) = load(Path::new("."), &Disk);
    // What is missing of a stack that could not be loaded whole would be reported over and over.
    if !problems.iter().any(Diagnostic::is_error) {
        problems.extend(stacks::check::check(&stack, &BUILTIN));
        problems.extend(engine::graph(&stack, &BTreeMap::new()).err().into_iter().flatten());
    }
    let count = |severity| problems.iter().filter(|it| it.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let valid = errors == 0;
    if args.is_on("json", false) {
        let found: Vec<_> = problems.iter().map(|it| report::json(it, &stack.sources)).collect();
        let result = json!({
            "format_version": "1.0",
            "valid": valid,
            "error_count": errors,
            "warning_count": warnings,
            "diagnostics": found,
        });
        println!("{result:#}");
    } else {
        let style = Style::new(args.is_on("no-color", false));
        show_problems(&problems, &stack.sources, false, style);
        if valid {
            println!("{} The configuration is valid.", style.green("Success!"));
        } else if problems.iter().filter(|it| Diagnostic::is_error(it)).count() > 1 {
            eprintln!("{errors} errors.");
        }
    }
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
