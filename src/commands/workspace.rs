//! `groundplan workspace`: several states of one configuration, by name.

use std::path::Path;
use std::process::ExitCode;

use ::state::State;
use anyhow::Context;
use model::Diagnostic;
use stacks::load::{Disk, load};

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::backend::States;
use crate::commands::{COMMON, Command, Failed};
use crate::project::{lock_options, states, workspace};
use crate::sealing::state_in;
use crate::style::Style;

const FLAGS: &[Flag] = &[
    switch("or-create", "select: makes the workspace if there is none of that name."),
    switch(
        "force",
        "delete: even if it has objects. They go on to exist, and nobody manages them.",
    ),
    option("state", "FILE", "new: begins with a copy of this state."),
    switch("lock", "Whether to lock the state. (default: true)"),
    option("lock-timeout", "TIME", "How long to wait for a lock, such as 30s. (default: 0s)"),
];

pub const COMMAND: Command = Command {
    name: "workspace",
    about: "Keeps several states of one configuration apart, by name",
    usage: "list | show | new NAME | select NAME | delete NAME",
    help: "A workspace is a state of its own: with `workspace new staging` the same files make a second set \
           of objects. `terraform.workspace` is its name in expressions. The workspace \"default\" is \
           always there; its state is terraform.tfstate, that of another is \
           terraform.tfstate.d/NAME/terraform.tfstate, or env:/NAME/KEY in a bucket. The selected one is in .terraform/environment, \
           and TF_WORKSPACE overrides it, so that a pipeline need not select anything.\n\n\
           A workspace that still has objects is not deleted: destroy them first.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let style = Style::new(args.is_on("no-color", false));
    let (what, rest) = match args.rest.split_first() {
        Some((what, rest)) => (what.as_str(), rest),
        None => return Err(usage()),
    };
    let all = || {
        let (stack, _) = load(Path::new("."), &Disk);
        states(Some(&stack)).map_err(|it| it.with(&stack.sources))
    };
    match (what, rest) {
        ("list", _) => list(&all()?)?,
        ("show", _) => println!("{}", workspace()),
        ("new", [name]) => new(args, &all()?, name, style)?,
        ("select", [name]) => select(args, &all()?, name, style)?,
        ("delete", [name]) => delete(args, &all()?, name, style)?,
        ("new" | "select" | "delete", _) => {
            return Err(UsageError(format!("{what}: expected a single argument: NAME")).into());
        }
        _ => return Err(usage()),
    }
    Ok(ExitCode::SUCCESS)
}

fn usage() -> Failed {
    UsageError("expected one of: list, show, new NAME, select NAME, delete NAME".to_owned()).into()
}

/// Whether the environment says which workspace it is.
fn overridden() -> bool {
    std::env::var_os("TF_WORKSPACE").is_some_and(|it| !it.is_empty())
}

fn list(all: &States) -> Result<(), Failed> {
    let (names, selected) = (all.names()?, workspace());
    for it in &names {
        println!("{} {it}", if *it == selected { "*" } else { " " });
    }
    println!();
    if overridden() {
        println!(
            "\n\nThe active workspace is being overridden using the TF_WORKSPACE environment\n\
             variable.\n"
        );
    }
    Ok(())
}

fn new(args: &Args, all: &States, name: &str, style: Style) -> Result<(), Failed> {
    check_name(name)?;
    if overridden() {
        let detail = "The workspace is currently overridden using the TF_WORKSPACE environment \
                      variable. You cannot create a new workspace when using this setting.\n\
                      To create a new workspace, either unset this environment variable or update \
                      it to match the workspace name you are trying to create, and then run this \
                      command again.";
        return Err(Diagnostic::error("Workspace is overridden", detail).into());
    }
    if all.names()?.iter().any(|it| it == name) {
        let problem = Diagnostic::error(format!("Workspace {name:?} already exists"), "");
        return Err(problem.hint(format!("groundplan workspace select {name}")).into());
    }
    // What cannot be copied is told before anything is made.
    let copied = args.value("state").map(state_to_copy).transpose()?;
    create(args, all, name, style)?;
    if let Some(copied) = copied {
        let mut session = all.store(name)?.open("workspace new", &lock_options(args)?)?;
        let lineage = session.state.lineage.clone();
        session.save(&State { lineage, ..copied })?;
    }
    Ok(())
}

fn state_to_copy(path: &str) -> Result<State, Failed> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
    Ok(state_in(path, &text)?)
}

fn create(args: &Args, all: &States, name: &str, style: Style) -> Result<(), Failed> {
    all.create(name, &lock_options(args)?)?;
    let head = style.bold(&format!("Created and switched to workspace {name:?}!"));
    println!(
        "{}",
        style.green(&format!(
            "{head}\n\nYou're now on a new, empty workspace. Workspaces isolate their state,\n\
             so if you run \"groundplan plan\" groundplan will not see any existing state\n\
             for this configuration."
        ))
    );
    Ok(())
}

fn select(args: &Args, all: &States, name: &str, style: Style) -> Result<(), Failed> {
    check_name(name)?;
    if overridden() {
        let detail = "The selected workspace is currently overridden using the TF_WORKSPACE \
                      environment variable.\n\
                      To select a new workspace, either update this environment variable or unset \
                      it and then run this command again.";
        return Err(Diagnostic::error("Workspace is overridden", detail).into());
    }
    let exists = all.names()?.iter().any(|it| it == name);
    if !exists && args.is_on("or-create", false) {
        return create(args, all, name, style);
    }
    if !exists {
        return Err(missing(all, name));
    }
    if workspace() != name {
        all.select(name)?;
        println!("{}", style.green(&format!("Switched to workspace {name:?}.")));
    }
    Ok(())
}

fn delete(args: &Args, all: &States, name: &str, style: Style) -> Result<(), Failed> {
    check_name(name)?;
    if !all.names()?.iter().any(|it| it == name) {
        return Err(missing(all, name));
    }
    if workspace() == name {
        let detail = "You cannot delete the currently active workspace. Please switch to another \
                      workspace and try again.";
        let summary = format!("Workspace {name:?} is your active workspace");
        return Err(Diagnostic::error(summary, detail).into());
    }
    if name == "default" {
        return Err(Diagnostic::error("cannot delete default state", "").into());
    }
    let force = args.is_on("force", false);
    let session = all.store(name)?.open("workspace delete", &lock_options(args)?)?;
    let held: Vec<String> = session.state.instances.keys().map(ToString::to_string).collect();
    let is_full = !held.is_empty() || !session.open.is_empty() || session.rollback.is_some();
    if is_full && !force {
        let listed: String = held.iter().map(|it| format!("  - {it}\n")).collect();
        let detail = format!(
            "Workspace {name:?} is currently tracking the following resource instances:\n{listed}\
             Deleting this workspace would cause groundplan to lose track of any associated remote \
             objects, which would then require you to delete them manually. You should destroy \
             these objects with groundplan before deleting the workspace."
        );
        let hint = "to delete it anyway, and have these objects forgotten, use -force";
        return Err(Diagnostic::error("Workspace is not empty", detail).hint(hint).into());
    }
    all.delete(name, session)?;
    println!("{}", style.green(&format!("Deleted workspace {name:?}!")));
    if is_full {
        let warning = format!(
            "WARNING: {name:?} was non-empty.\n\
             The resources managed by the deleted workspace may still exist,\n\
             but are no longer manageable by groundplan since the state has\n\
             been deleted."
        );
        println!("{}", style.yellow(&warning));
    }
    Ok(())
}

fn missing(all: &States, name: &str) -> Failed {
    let detail = "You can create this workspace with the \"new\" subcommand or include the \
                  \"-or-create\" flag with the \"select\" subcommand.";
    let problem = Diagnostic::error(format!("Workspace {name:?} doesn't exist"), detail);
    let names = all.names().unwrap_or_default();
    Diagnostic { hint: stacks::suggest::hint(name, names.iter().map(String::as_str)), ..problem }
        .into()
}

/// A name must be able to stand in a path of a URL as it is.
fn check_name(name: &str) -> Result<(), Failed> {
    let safe = |it: char| it.is_ascii_alphanumeric() || "-_.~$&+:=@".contains(it);
    if !name.is_empty() && name != "." && name != ".." && name.chars().all(safe) {
        return Ok(());
    }
    let detail = "The name must contain only URL safe characters, and no path separators.";
    Err(Diagnostic::error(format!("The workspace name {name:?} is not allowed"), detail).into())
}
