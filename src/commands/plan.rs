//! `groundplan plan`: shows what apply would do, and can save it.

use std::path::Path;
use std::process::ExitCode;

use engine::{Mode, Plan};

use crate::args::{Args, Flag, option, switch};
use crate::commands::{COMMON, Command, Failed, block_on};
use crate::planfile;
use crate::project::{STATE, VARIABLES};
use crate::run::{PLANNING, Workbench, options};

const FLAGS: &[Flag] = &[
    option("out", "FILE", "Saves the plan, for `groundplan apply FILE`."),
    option(
        "generate-config-out",
        "FILE",
        "Writes resource blocks for objects that import blocks name and nothing describes.",
    ),
    option(
        "accept-out",
        "FILE",
        "Writes a patch that lets the configuration say what others have changed, for git apply.",
    ),
    switch("detailed-exitcode", "Exit code 2 if there are changes, 0 if there are none."),
];

pub const COMMAND: Command = Command {
    name: "plan",
    about: "Shows what an apply would change, and changes nothing",
    usage: "",
    help: "",
    flags: &[FLAGS, PLANNING, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let options = options(args, Mode::Normal)?;
    let mut bench = Workbench::open(args, "plan")?;
    if let Some(path) = args.value("generate-config-out") {
        if block_on(generate(&mut bench, Path::new(path)))?? {
            bench.say(&format!("Wrote {path}.\n"));
        }
        // What was written belongs to the stack now.
        drop(bench);
        bench = Workbench::open(args, "plan")?;
    }
    let plan = block_on(async {
        bench.recover().await?;
        bench.plan(&options).await
    })??;
    bench.show(&plan);
    if options.verify {
        bench.say("Verified: what this needs is there.");
    }
    if let Some(path) = args.value("accept-out") {
        accept(&bench, &plan, Path::new(path))?;
    }
    if let Some(path) = args.value("out") {
        planfile::save(&plan, Path::new(path))?;
        bench.say(&format!("\nSaved as {path}. To do just this: groundplan apply {path}"));
    }
    let changes = plan.changes_something() && args.is_on("detailed-exitcode", false);
    Ok(if changes { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Writes what would make the configuration say what is there, and says what cannot be written.
fn accept(bench: &Workbench, plan: &Plan, path: &Path) -> Result<(), Failed> {
    let patch = crate::accept::patch(bench.stack(), bench.sources(), &plan.drift);
    planfile::write_private(path, patch.text.as_bytes())?;
    bench.say(&match patch.text.is_empty() {
        true => format!("\nNothing has to be accepted: {} is empty.", path.display()),
        false => {
            let path = path.display();
            format!("\nWrote {path}. To keep what others have changed: git apply {path}")
        }
    });
    for it in &patch.left {
        bench.say(&format!("  not in it: {it}"));
    }
    Ok(())
}

/// Writes what `import` blocks name and nothing describes. Answers whether there was anything.
async fn generate(bench: &mut Workbench, path: &Path) -> Result<bool, Failed> {
    bench.recover().await?;
    let found = bench.undescribed().await?;
    if found.is_empty() {
        return Ok(false);
    }
    let objects = found.iter().map(|(address, it)| (address, &it.attributes));
    crate::generate::write(path, objects)?;
    Ok(true)
}
