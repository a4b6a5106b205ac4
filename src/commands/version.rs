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
    help: "With -json also the release of Terraform whose language and files these are.",
    flags: &[FLAGS],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let version = env!("CARGO_PKG_VERSION");
    if args.is_on("json", false) {
        let about = json!({
            "groundplan_version": version,
            "terraform_version": stacks::load::LANGUAGE_VERSION,
            "platform": platform(),
            "provider_selections": {},
            "terraform_outdated": false,
        });
        println!("{about:#}");
    } else {
        println!("groundplan v{version}\non {}", platform());
    }
    Ok(ExitCode::SUCCESS)
}

/// The machine's kind, as Terraform names it.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}_{processor}")
}
