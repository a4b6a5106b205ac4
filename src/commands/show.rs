//! `groundplan show`: the state, or a saved plan, for people or programs.

use std::path::Path;
use std::process::ExitCode;

use model::Mode;

use crate::args::{Args, Flag, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::diff::{self, Detail};
use crate::host::BUILTIN;
use crate::plan_json::{of_plan, of_state};
use crate::planfile;
use crate::project::{Project, STATE, store, workspace};
use crate::sealing::seal;
use crate::style::Style;

const FLAGS: &[Flag] = &[switch("json", "Writes one JSON object.")];

pub const COMMAND: Command = Command {
    name: "show",
    about: "Shows the state, or a saved plan",
    usage: "[FILE]",
    help: "Without a FILE: the state. -json writes the formats of `terraform show -json`: tools that check or \
           price a plan read them, sensitive values too.\n\n  \
           groundplan plan -out=p.plan && groundplan show -json p.plan > plan.json",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let json = args.is_on("json", false);
    let style = Style::new(args.is_on("no-color", false));
    if let Some(path) = args.rest.first().map(Path::new)
        && planfile::is_plan(path)
    {
        let plan = planfile::open(path)?;
        if json {
            let (project, _) = Project::of_plan(args, &plan);
            println!("{}", of_plan(&plan, &project));
        } else {
            print!("{}", diff::plan(&plan, style, Detail::All));
            println!("{}", diff::summary(&plan));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let store = match args.rest.first() {
        Some(path) => ::state::Store::local(path).sealed(seal()?),
        None => {
            let workspace = workspace();
            let (project, _) = Project::load(args, workspace.clone());
            store(args, Some(&project.stack), &workspace)?
        }
    };
    let state = store.read_only()?;
    match (state, json) {
        (Some(state), true) => println!("{}", of_state(&state)),
        (None, true) => println!("{}", of_state(&::state::State::empty())),
        (Some(state), false) => print(&state, style),
        (None, false) => println!("There is no state yet."),
    }
    Ok(ExitCode::SUCCESS)
}

/// The objects and outputs of a state, for people.
pub fn print(state: &::state::State, style: Style) {
    for (address, instance) in &state.instances {
        for (deposed, object) in objects(instance) {
            let note = match (&deposed, object.tainted) {
                (Some(key), _) => format!(" (deposed {key})"),
                (None, true) => " (tainted)".to_owned(),
                (None, false) => String::new(),
            };
            println!("{}", style.bold(&format!("# {address}{note}:")));
            println!("{}\n", block(address, object));
        }
    }
    for (name, it) in &state.outputs {
        let value = it.value().unwrap_or_else(|_| model::from_json(&it.value));
        let shown = if it.sensitive {
            "(sensitive value)".to_owned()
        } else {
            stacks::render::value(&value)
        };
        println!("output {name} = {shown}");
    }
}

fn objects(instance: &::state::Instance) -> Vec<(Option<String>, &::state::ObjectState)> {
    let current = instance.current.iter().map(|it| (None, it));
    current.chain(instance.deposed.iter().map(|(key, it)| (Some(key.clone()), it))).collect()
}

/// One object as a block. What its type or the state says is sensitive is not shown.
pub fn block(address: &model::InstanceAddr, object: &::state::ObjectState) -> String {
    use model::Registry;
    let (it, attributes) = (&address.resource, &object.attributes);
    let values = engine::value(&BUILTIN, address, object);
    let (kind, schema) = match it.mode {
        Mode::Managed => ("resource", BUILTIN.resource_schema(&it.ty)),
        Mode::Data => ("data", BUILTIN.data_schema(&it.ty)),
        Mode::Ephemeral => ("ephemeral", BUILTIN.ephemeral_schema(&it.ty)),
    };
    let width = attributes.keys().map(String::len).max().unwrap_or(0);
    let mut text = format!("{kind} \"{}\" \"{}\" {{\n", it.ty, it.name);
    for (name, value) in attributes.iter().filter(|it| !it.1.is_null()) {
        let sensitive = schema.and_then(|it| it.attribute(name)).is_some_and(|it| it.sensitive);
        let marked = values.as_ref().and_then(|it| it.get(name));
        let marked = marked.filter(|it| it.marks_deep().sensitive);
        let shown = match (sensitive, marked) {
            (true, _) => "(sensitive value)".to_owned(),
            (false, Some(value)) => stacks::render::value(value).replace('\n', "\n    "),
            (false, None) => {
                stacks::render::value(&model::from_json(value)).replace('\n', "\n    ")
            }
        };
        text += &format!("    {name:width$} = {shown}\n");
    }
    text + "}"
}
