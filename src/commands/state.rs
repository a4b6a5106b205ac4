//! `groundplan state`: looks at the state and edits it.

use std::io::Read;
use std::process::ExitCode;

use ::state::edit::{check_push, list, remove, replace_provider};
use ::state::{Session, State, rename};
use anyhow::Context;
use stacks::load::{Disk, load};

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::show::block;
use crate::commands::{COMMON, Command, Failed};
use crate::project::{STATE, lock_options, store, workspace};
use crate::sealing::state_in;

const FLAGS: &[Flag] = &[
    option("id", "ID", "list: only objects with this id."),
    switch("dry-run", "mv, rm: shows what would be done, and does nothing."),
    switch("force", "push: even if the state comes from elsewhere or is older."),
    switch("auto-approve", "replace-provider: accepted as Terraform does."),
];

pub const COMMAND: Command = Command {
    name: "state",
    about: "Looks at the state, and edits it",
    usage: "list [ADDRESS]... | show ADDRESS | mv FROM TO | rm ADDRESS... | pull | push FILE | \
            replace-provider FROM TO",
    help: "Each edit keeps the state of before in terraform.tfstate.backup.",
    flags: &[FLAGS, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let (what, rest) = match args.rest.split_first() {
        Some((what, rest)) => (what.as_str(), rest),
        None => return Err(usage()),
    };
    match (what, rest) {
        ("list", addresses) => list_all(args, addresses),
        ("show", [address]) => show(args, address),
        ("pull", []) => {
            let text = read(args)?.map(|it| it.encode()).unwrap_or_default();
            print!("{}", String::from_utf8_lossy(&text));
            Ok(ExitCode::SUCCESS)
        }
        ("mv", [from, to]) => mv(args, from, to),
        ("rm", [_, ..]) => rm(args, rest),
        ("push", [file]) => push(args, file),
        ("replace-provider", [from, to]) => edit(args, "state replace-provider", |state| {
            let changed = replace_provider(state, from, to);
            println!("{} resources have another provider now.", changed.len());
            Ok(())
        }),
        _ => Err(usage()),
    }
}

fn usage() -> Failed {
    let text = "expected one of: list, show ADDRESS, mv FROM TO, rm ADDRESS, pull, push FILE, \
                replace-provider FROM TO";
    UsageError(text.to_owned()).into()
}

/// Where the state is. The configuration is looked at for its backend alone.
fn place(args: &Args) -> Result<::state::Store, Failed> {
    let (stack, _) = load(std::path::Path::new("."), &Disk);
    store(args, Some(&stack), &workspace())
}

fn read(args: &Args) -> Result<Option<State>, Failed> {
    Ok(place(args)?.read_only()?)
}

fn open(args: &Args, command: &str) -> Result<Session, Failed> {
    Ok(place(args)?.open(command, &lock_options(args)?)?)
}

/// Changes the state under its lock and saves it.
fn edit(
    args: &Args,
    command: &str,
    change: impl FnOnce(&mut State) -> Result<(), Failed>,
) -> Result<ExitCode, Failed> {
    let mut session = open(args, command)?;
    let mut state = session.state.clone();
    change(&mut state)?;
    if !args.is_on("dry-run", false) {
        session.save(&state)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn list_all(args: &Args, addresses: &[String]) -> Result<ExitCode, Failed> {
    if let Some(state) = read(args)? {
        for it in list(&state, addresses, args.value("id"))? {
            println!("{it}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let state = read(args)?.unwrap_or_else(State::empty);
    let found = list(&state, &[address.to_owned()], None)?;
    for it in &found {
        let object = state.instances.get(it).and_then(|it| it.current.as_ref());
        if let Some(object) = object {
            println!("# {it}:\n{}", block(it, object));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn mv(args: &Args, from: &str, to: &str) -> Result<ExitCode, Failed> {
    edit(args, "state mv", |state| {
        for it in rename(state, None, from, to)? {
            println!("Moved {} to {}", it.from, it.to);
        }
        Ok(())
    })
}

fn rm(args: &Args, addresses: &[String]) -> Result<ExitCode, Failed> {
    edit(args, "state rm", |state| {
        for (address, _) in remove(state, addresses)? {
            println!("Removed {address}");
        }
        println!("What was removed from the state is still there in the cloud.");
        Ok(())
    })
}

fn push(args: &Args, file: &str) -> Result<ExitCode, Failed> {
    let mut text = Vec::new();
    if file == "-" {
        std::io::stdin().read_to_end(&mut text).context("cannot read standard input")?;
    } else {
        text = std::fs::read(file).with_context(|| format!("cannot read {file}"))?;
    }
    let new = state_in(file, &text)?;
    let store = place(args)?;
    let have = store.read_only()?;
    check_push(have.as_ref(), &new, args.is_on("force", false))?;
    let mut session = store.open("state push", &lock_options(args)?)?;
    session.replace(&new)?;
    println!("Pushed: serial {} of lineage {}.", new.serial, new.lineage);
    Ok(ExitCode::SUCCESS)
}
