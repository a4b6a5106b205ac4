//! `groundplan fmt`: puts configuration files in the canonical layout.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use model::Diagnostics;

use crate::args::{Args, Flag, switch};
use crate::commands::{COMMON, Command, Failed};
use crate::report::Sources;

const FLAGS: &[Flag] = &[
    switch("check", "Changes nothing; exit code 3 if a file is not in the layout."),
    switch("diff", "Shows what changes."),
    switch("recursive", "Goes into folders below, too."),
    switch("list", "Names the files that change. (default: true)"),
    switch("write", "Writes the files. (default: true)"),
];

pub const COMMAND: Command = Command {
    name: "fmt",
    about: "Puts configuration files in the canonical layout",
    usage: "[FILE or DIR or -]...",
    help: "The layout is that of `terraform fmt`.",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    if args.rest == ["-"] {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
        let (formatted, _) = formatted("<stdin>", &text)?;
        print!("{formatted}");
        return Ok(ExitCode::SUCCESS);
    }
    let places: Vec<PathBuf> = match args.rest.as_slice() {
        [] => vec![PathBuf::from(".")],
        some => some.iter().map(PathBuf::from).collect(),
    };
    let mut files = Vec::new();
    for place in places {
        find(&place, args.is_on("recursive", false), true, &mut files)?;
    }
    let check = args.is_on("check", false);
    let (mut changed, mut problems, mut sources) = (false, Diagnostics::new(), Sources::new());
    for file in files {
        let name = file.display().to_string();
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        match formatted(&name, &text) {
            Ok((formatted, true)) => {
                changed = true;
                if args.is_on("list", true) {
                    println!("{name}");
                }
                if args.is_on("diff", false) {
                    print!("{}", difference(&name, &text, &formatted));
                }
                if args.is_on("write", true) && !check {
                    fs::write(&file, formatted).with_context(|| format!("cannot write {name}"))?;
                }
            }
            Ok((_, false)) => (),
            Err(Failed::Problems(found, of)) => {
                problems.extend(found);
                sources.extend(of);
            }
            Err(other) => return Err(other),
        }
    }
    if !problems.is_empty() {
        return Err(Failed::Problems(problems, sources));
    }
    Ok(if check && changed { ExitCode::from(3) } else { ExitCode::SUCCESS })
}

/// The text in its layout, and whether that is another.
fn formatted(name: &str, text: &str) -> Result<(String, bool), Failed> {
    let file = crate::project::shared(name);
    match stacks::syntax::fmt::format(&file, text) {
        Ok(formatted) => {
            let changed = formatted != text;
            Ok((formatted, changed))
        }
        Err(problems) => {
            Err(Failed::Problems(problems, Sources::from([(file, crate::project::shared(text))])))
        }
    }
}

fn find(place: &Path, deep: bool, named: bool, files: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let what = || format!("cannot read {}", place.display());
    if fs::metadata(place).with_context(what)?.is_file() {
        let name = place.to_string_lossy();
        let ends = [".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".stack.hcl"];
        if ends.iter().any(|it| name.ends_with(it)) {
            files.push(place.strip_prefix(".").unwrap_or(place).to_owned());
        }
        return Ok(());
    }
    if !named && !deep {
        return Ok(());
    }
    let entries = fs::read_dir(place).with_context(what)?;
    let mut entries: Vec<PathBuf> = entries.flatten().map(|it| it.path()).collect();
    entries.sort();
    for it in entries {
        let hidden = it.file_name().is_some_and(|it| it.to_string_lossy().starts_with('.'));
        if !hidden {
            find(&it, deep, false, files)?;
        }
    }
    Ok(())
}

/// The lines that differ: those of the middle, between what both begin and end with.
fn difference(name: &str, old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = a.iter().zip(&b).take_while(|it| it.0 == it.1).count();
    let rest = a.len().min(b.len()) - same;
    let ends = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|it| it.0 == it.1).count();
    let mut text = format!("--- old/{name}\n+++ new/{name}\n");
    let (n_old, n_new) = (a.len() - same - ends, b.len() - same - ends);
    text += &format!("@@ -{},{n_old} +{},{n_new} @@\n", same + 1, same + 1);
    a[same..a.len() - ends].iter().for_each(|it| text += &format!("-{it}\n"));
    b[same..b.len() - ends].iter().for_each(|it| text += &format!("+{it}\n"));
    text
}
