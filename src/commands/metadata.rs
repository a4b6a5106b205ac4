//! `groundplan metadata`: what the language has, for programs.

use std::process::ExitCode;

use serde_json::{Map, Value as Json, json};
use stacks::functions::{Function, Param, all};

use crate::args::{Args, Flag, UsageError, switch};
use crate::commands::{COMMON, Command, Failed};

const FLAGS: &[Flag] = &[switch("json", "Writes one JSON object; needed, as Terraform needs it.")];

pub const COMMAND: Command = Command {
    name: "metadata",
    about: "Tells programs which functions the language has",
    usage: "functions -json",
    help: "The format is that of `terraform metadata functions -json`. Editors use it for completion.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    match args.rest.as_slice() {
        [what] if what == "functions" => (),
        _ => return Err(UsageError("expected: functions -json".to_owned()).into()),
    }
    if !args.is_on("json", false) {
        let text = "`metadata functions` requires the -json flag";
        return Err(UsageError(text.to_owned()).into());
    }
    println!("{}", functions());
    Ok(ExitCode::SUCCESS)
}

/// Functions that see expressions instead of values: they are in no table.
fn special() -> [(&'static str, Json); 3] {
    let expression = |name: &str| json!({"name": name, "type": "dynamic"});
    [
        (
            "can",
            json!({
                "description": "Whether an expression has a value.",
                "return_type": "bool",
                "parameters": [expression("expression")],
            }),
        ),
        (
            "templatestring",
            json!({
                "description": "The text that a template, given as a reference, renders to.",
                "return_type": "string",
                "parameters": [{"name": "template", "type": "string"}, expression("vars")],
            }),
        ),
        (
            "try",
            json!({
                "description": "The value of the first expression that has one.",
                "return_type": "dynamic",
                "variadic_parameter": expression("expressions"),
            }),
        ),
    ]
}

fn functions() -> Json {
    let own = all().filter(|it| !it.name.contains("::"));
    let own = own.map(|it| (it.name, signature(it))).chain(special());
    let mut signatures = Map::new();
    for (name, signature) in own {
        signatures.insert(format!("core::{name}"), signature.clone());
        signatures.insert(name.to_owned(), signature);
    }
    json!({"format_version": "1.0", "function_signatures": signatures})
}

/// What a function takes and gives.
pub fn signature(it: &Function) -> Json {
    let mut json = json!({"description": it.doc, "return_type": it.return_type().to_json()});
    if !it.params.is_empty() {
        json["parameters"] = it.params.iter().map(parameter).collect();
    }
    if let Some(rest) = &it.rest {
        json["variadic_parameter"] = parameter(rest);
    }
    json
}

fn parameter(it: &Param) -> Json {
    let mut json = json!({"name": it.name, "type": it.takes.ty().to_json()});
    if it.is_nullable() {
        json["is_nullable"] = json!(true);
    }
    json
}
