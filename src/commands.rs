//! All commands: a table, and one file for each.

mod init;
mod validate;
mod plan;
mod apply;
mod destroy;
mod verify;
mod refresh;
mod recover;
mod import;
mod output;
mod show;
mod state;
mod workspace;
mod service;
mod console;
mod graph;
pub(crate) mod providers;
mod schema;
mod docs;
mod metadata;
mod test;
mod force_unlock;
mod fmt;
mod sandbox;
mod version;
mod completion;

use std::process::ExitCode;

use model::{Diagnostic, Diagnostics};
use serde_json::json;

use crate::args::{Args, Flag, UsageError, switch};
use crate::progress::print_json;
use crate::report::{self, Sources};
use crate::style::Style;

/// A command: what it is called, what it takes, and what it does.
pub struct Command {
    pub name: &'static str,
    /// One line for the list of commands.
    pub about: &'static str,
    /// What comes after the options: `[FILE]`.
    pub usage: &'static str,
    /// More to know, in whole sentences.
    pub help: &'static str,
    pub flags: &'static [&'static [Flag]],
    pub run: fn(&Args) -> Result<ExitCode, Failed>,
}

/// Every command, in the order in which a newcomer meets them.
pub const COMMANDS: &[Command] = &[
    init::COMMAND,
    validate::COMMAND,
    plan::COMMAND,
    apply::COMMAND,
    destroy::COMMAND,
    verify::COMMAND,
    refresh::COMMAND,
    recover::COMMAND,
    import::COMMAND,
    output::COMMAND,
    show::COMMAND,
    state::COMMAND,
    workspace::COMMAND,
    service::COMMAND,
    console::COMMAND,
    graph::COMMAND,
    providers::COMMAND,
    schema::COMMAND,
    docs::COMMAND,
    metadata::COMMAND,
    test::COMMAND,
    force_unlock::COMMAND,
    fmt::COMMAND,
    sandbox::COMMAND,
    version::COMMAND,
    completion::COMMAND,
];

/// Options of commands that tell people something.
pub const COMMON: &[Flag] = &[
    switch("no-color", "No colours. The environment variable NO_COLOR does the same."),
    switch("sandbox", "Runs on the local sandbox: no AWS account, and a state of its own."),
];

/// Why a command did not do what it should.
#[derive(Debug)]
pub enum Failed {
    Usage(UsageError),
    /// Problems with what the user wrote, or of the run.
    Problems(Diagnostics, Sources),
    Other(anyhow::Error),
}

impl Failed {
    /// The same with the texts that its spans name.
    pub fn with(self, sources: &Sources) -> Failed {
        match self {
            Failed::Problems(problems, _) => Failed::Problems(problems, sources.clone()),
            Failed::Usage(_) | Failed::Other(_) => self,
        }
    }

    /// What went wrong, for a sentence of somebody else's.
    pub fn text(&self) -> String {
        let said = |it: &Diagnostic| match it.detail.is_empty() {
            true => it.summary.clone(),
            false => it.detail.clone(),
        };
        match self {
            Failed::Usage(error) => error.to_string(),
            Failed::Problems(problems, _) => {
                problems.iter().map(said).collect::<Vec<_>>().join("; ")
            }
            Failed::Other(error) => format!("{error:#}"),
        }
    }
}

impl From<UsageError> for Failed {
    fn from(it: UsageError) -> Failed {
        Failed::Usage(it)
    }
}

impl From<Diagnostic> for Failed {
    fn from(it: Diagnostic) -> Failed {
        Failed::Problems(vec![it], Sources::new())
    }
}

impl From<anyhow::Error> for Failed {
    fn from(it: anyhow::Error) -> Failed {
        Failed::Other(it)
    }
}

impl From<::state::Error> for Failed {
    fn from(it: ::state::Error) -> Failed {
        crate::project::of_state(&it).into()
    }
}

/// Shows problems: errors on standard error, warnings with the rest.
pub fn show_problems(problems: &[Diagnostic], sources: &Sources, json: bool, style: Style) {
    for it in problems {
        if json {
            let level = if it.is_error() { "error" } else { "warn" };
            let line = json!({"diagnostic": report::json(it, sources)});
            let head = if it.is_error() { "Error" } else { "Warning" };
            print_json(line, level, &format!("{head}: {}", it.summary), "diagnostic");
        } else {
            eprintln!("{}", report::text(it, sources, style));
        }
    }
}

/// The help of a command.
pub fn help(command: &Command) -> String {
    let mut text =
        format!("Usage: groundplan [-chdir=DIR] {} [options] {}\n\n", command.name, command.usage);
    text += &format!("{}.\n", command.about);
    if !command.help.is_empty() {
        text += &format!("\n{}\n", command.help);
    }
    let flags: Vec<&Flag> = command.flags.iter().copied().flatten().collect();
    if !flags.is_empty() {
        text += "\nOptions:\n";
    }
    for it in flags {
        let name = match it.value {
            Some(value) => format!("-{}={value}", it.name),
            None => format!("-{}", it.name),
        };
        text += &format!("  {name:<24} {}\n", it.help);
    }
    text
}

/// A run of the engine.
pub fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(future))
}
