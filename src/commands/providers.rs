//! `groundplan providers`: which providers a configuration uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;

use model::Diagnostic;
use stacks::load::{Disk, load};
use stacks::stack::Module;
use stacks::version::Constraints;

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::{COMMON, Command, Failed, schema};
use crate::project::{STATE, store, workspace};

const FLAGS: &[Flag] = &[
    switch("json", "schema: writes the schemas of all types; needed, as Terraform needs it."),
    option("test-directory", "DIR", "Accepted as Terraform does."),
];

pub const COMMAND: Command = Command {
    name: "providers",
    about: "Tells which providers the configuration uses",
    usage: "[schema -json]",
    help: "A tree of modules, each with the providers that its resources need and the versions that it \
           asks for, and what the state needs. Providers are built in: versions are told, not chosen.",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    match args.rest.split_first() {
        Some((what, _)) if what == "schema" => {
            if !args.is_on("json", false) {
                let text = "`providers schema` requires the -json flag";
                return Err(UsageError(text.to_owned()).into());
            }
            println!("{}", schema::whole(&[]));
            return Ok(ExitCode::SUCCESS);
        }
        Some((what, _)) => {
            let text = format!("there is no `providers {what}`; expected: schema -json");
            return Err(UsageError(text).into());
        }
        None => (),
    }
    let (stack, problems) = load(Path::new("."), &Disk);
    if problems.iter().any(Diagnostic::is_error) {
        return Err(Failed::Problems(problems, stack.sources));
    }
    println!("\nProviders required by configuration:\n.");
    print!("{}", tree(&stack.root, ""));
    println!();
    let state = store(args, Some(&stack), &workspace())?.read_only()?;
    let source = |it: &str| it.split('"').nth(1).map(str::to_owned);
    let held = state.iter().flat_map(|it| it.instances.values());
    let held: BTreeSet<String> = held.filter_map(|it| source(&it.provider)).collect();
    if !held.is_empty() {
        println!("Providers required by state:\n");
        for it in held {
            println!("    provider[{it}]\n");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A source as states write it: with the host of the registry.
pub fn full_source(source: &str) -> String {
    match source.split('/').count() {
        1 if source == "terraform" => "terraform.io/builtin/terraform".to_owned(),
        1 => format!("registry.terraform.io/hashicorp/{source}"),
        2 => format!("registry.terraform.io/{source}"),
        _ => source.to_owned(),
    }
}

/// What a local name of a provider stands for in a module.
pub fn source_of(module: &Module, name: &str) -> String {
    match module.terraform.required_providers.get(name) {
        Some(it) => full_source(&it.source),
        None => full_source(name),
    }
}

/// The providers of one module, each with the versions that it asks for.
pub fn used(module: &Module) -> BTreeMap<String, Option<String>> {
    let mut used = BTreeMap::new();
    let written =
        |text: &str| Constraints::parse(text).map_or_else(|| text.to_owned(), |it| it.to_string());
    for it in module.terraform.required_providers.values() {
        used.insert(full_source(&it.source), it.version.as_deref().map(written));
    }
    let of_blocks = module.providers.keys().map(|it| &it.name);
    let of_resources = module.resources.values().map(|it| &it.provider.name);
    for name in of_blocks.chain(of_resources) {
        used.entry(source_of(module, name)).or_default();
    }
    used
}

fn tree(module: &Module, margin: &str) -> String {
    let mut lines: Vec<(String, Option<&Module>)> = Vec::new();
    for (source, version) in used(module) {
        let version = version.map(|it| format!(" {it}")).unwrap_or_default();
        lines.push((format!("provider[{source}]{version}"), None));
    }
    for (name, call) in &module.calls {
        lines.push((format!("module.{name}"), call.module.as_deref()));
    }
    let mut text = String::new();
    let last = lines.len();
    for (n, (line, inner)) in lines.into_iter().enumerate() {
        let (branch, below) =
            if n + 1 == last { ("└── ", "    ") } else { ("├── ", "│   ") };
        text += &format!("{margin}{branch}{line}\n");
        if let Some(inner) = inner {
            text += &tree(inner, &format!("{margin}{below}"));
        }
    }
    text
}
