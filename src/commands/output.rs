//! `groundplan output`: the outputs of the root module, from the state.

use std::process::ExitCode;

use model::{Diagnostic, Value};
use serde_json::json;

use crate::args::{Args, Flag, UsageError, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::project::{Project, STATE, store, workspace};

const FLAGS: &[Flag] = &[
    switch("json", "Writes JSON, sensitive values too."),
    switch("raw", "Writes a text, number or truth value as it is, without quotes."),
];

pub const COMMAND: Command = Command {
    name: "output",
    about: "Shows the outputs of the last apply",
    usage: "[NAME]",
    help: "",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let workspace = workspace();
    let (project, _) = Project::load(args, workspace.clone());
    let state = store(args, Some(&project.stack), &workspace)?.read_only()?;
    let outputs = state.map(|it| it.outputs).unwrap_or_default();
    let (json, raw) = (args.is_on("json", false), args.is_on("raw", false));
    match args.rest.as_slice() {
        [] if raw => Err(UsageError("-raw needs the name of an output".to_owned()).into()),
        [] if json => {
            let all: serde_json::Map<String, _> =
                outputs.iter().map(|(name, it)| (name.clone(), json!(it))).collect();
            println!("{:#}", serde_json::Value::Object(all));
            Ok(ExitCode::SUCCESS)
        }
        [] => {
            if outputs.is_empty() {
                println!("There are no outputs in the state.");
            }
            for (name, it) in &outputs {
                println!("{name} = {}", shown(&value(it), it.sensitive));
            }
            Ok(ExitCode::SUCCESS)
        }
        [name] => {
            let Some(it) = outputs.get(name) else {
                let near = stacks::suggest::hint(name, outputs.keys().map(String::as_str));
                let detail = format!("The state has no output named \"{name}\".");
                let problem = Diagnostic::error("Output not found", detail);
                let hint = near.unwrap_or_else(|| "outputs appear after an apply".to_owned());
                return Err(problem.hint(hint).into());
            };
            if json {
                println!("{}", it.value);
            } else if raw {
                print!("{}", plain(name, &value(it))?);
            } else {
                println!("{}", shown(&value(it), false));
            }
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(UsageError("one output at a time".to_owned()).into()),
    }
}

fn value(it: &state::Output) -> Value {
    it.value().unwrap_or_else(|_| model::from_json(&it.value))
}

fn shown(value: &Value, sensitive: bool) -> String {
    if sensitive { "<sensitive>".to_owned() } else { stacks::render::value(value) }
}

/// A single value without quotes.
fn plain(name: &str, value: &Value) -> Result<String, Failed> {
    match &value.kind {
        model::Kind::String(it) => Ok(it.to_string()),
        model::Kind::Number(it) => Ok(it.to_string()),
        model::Kind::Bool(it) => Ok(it.to_string()),
        _ => {
            let detail = format!(
                "-raw writes a text, a number or a truth value; \"{name}\" is none of them."
            );
            let problem = Diagnostic::error("Unsupported value for raw output", detail);
            Err(problem.hint("use -json").into())
        }
    }
}
