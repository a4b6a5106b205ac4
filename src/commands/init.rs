//! `groundplan init`: gets the modules that a stack calls, and sets up where its state is. Providers are built in.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ::state::LockOptions;
use ::state::edit::check_push;
use model::Diagnostic;
use resources::Storage;
use stacks::Stack;
use stacks::install::{Fetch, Http, Options, Reply, S3Place, Substitutes, install};
use stacks::load::{Disk, has_configuration, load};

use crate::args::{Args, Flag, option, switch};
use crate::backend::{Backend, Noted};
use crate::commands::{COMMON, Command, Failed, block_on, show_problems};
use crate::project::in_sandbox;
use crate::style::Style;

/// Options of Terraform's that have nothing to do here, so that scripts go on working.
const FLAGS: &[Flag] = &[
    switch("upgrade", "Gets modules again even if they are there."),
    option(
        "module-source",
        "FROM=DIR",
        "Takes a module from a directory; may be given repeatedly.",
    ),
    switch("input", "Whether to ask if something is not clear. (default: true)"),
    switch("backend", "Whether to set up the backend. (default: true)"),
    option(
        "backend-config",
        "NAME=VALUE|FILE",
        "An argument of the backend, or a file with such; may be given repeatedly.",
    ),
    switch("reconfigure", "Sets up a backend that has changed, and leaves states where they are."),
    switch("migrate-state", "Takes the states along to a backend that has changed."),
    switch("force-copy", "The same, without asking."),
    option("plugin-dir", "DIR", "Accepted as Terraform does; providers are built in."),
    option("lockfile", "MODE", "Accepted as Terraform does; providers are built in."),
];

pub const COMMAND: Command = Command {
    name: "init",
    about: "Prepares a directory: gets the modules it calls, sets up the backend",
    usage: "",
    help: "Providers are built in, so there is nothing to download for them. Modules come from git \
           repositories, archives and registries, as their sources say; the file \
           groundplan.modules.hcl may send a source to a directory instead:\n\n  module_sources = \
           {\n    \"terraform-aws-modules/vpc/aws\" = \"../modules/vpc\"\n  }",
    flags: &[FLAGS, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let style = Style::new(args.is_on("no-color", false));
    let root = Path::new(".");
    if !has_configuration(root, &Disk) {
        println!("The directory is empty: there is no configuration to prepare it for.");
        return Ok(ExitCode::SUCCESS);
    }
    let flags: Vec<String> = args.values("module-source").into_iter().map(str::to_owned).collect();
    let (substitutes, mut problems) = Substitutes::read(&flags, root, &Disk);
    let fetch = Web { http: Http::default() };
    let options = Options { upgrade: args.is_on("upgrade", false), substitutes, fetch: &fetch };
    problems.extend(install(root, &options, &mut |line| println!("{line}")).1);
    let (stack, found) = load(root, &Disk);
    // What is wrong with the configuration has been found while installing too.
    let is_new = |it: &Diagnostic| !problems.contains(it);
    let found: Vec<Diagnostic> = found.into_iter().filter(is_new).collect();
    if !problems.iter().any(Diagnostic::is_error) {
        problems.extend(found);
    }
    if problems.iter().any(Diagnostic::is_error) {
        return Err(Failed::Problems(problems, stack.sources));
    }
    show_problems(&problems, &stack.sources, false, style);
    if args.is_on("backend", true) && !in_sandbox() {
        set_up(args, &stack).map_err(|it| it.with(&stack.sources))?;
    }
    println!("{} The directory is ready: groundplan plan", style.green("Done."));
    Ok(ExitCode::SUCCESS)
}

/// Sets up the backend, and takes the states along if it has changed and this is wanted.
fn set_up(args: &Args, stack: &Stack) -> Result<(), Failed> {
    let block = Backend::of(Some(stack))?;
    let given = args.values("backend-config");
    let noted = Noted::read()?;
    let same = noted.as_ref().is_some_and(|it| block.is_noted(it));
    if given.is_empty() && (same || (noted.is_none() && block.kind == "local")) {
        return Ok(());
    }
    let want = block.clone().with(&given)?;
    let have = noted.as_ref().map_or_else(Backend::local, Noted::backend);
    // Whether it can be reached is better known now than in the middle of a run.
    want.states()?.names()?;
    let force = args.is_on("force-copy", false);
    let migrate = force || args.is_on("migrate-state", false);
    if want != have && !args.is_on("reconfigure", false) {
        if noted.is_some() && !migrate {
            let detail = "The backend is not the one that this directory was initialized with.";
            let problem = Diagnostic::error("Backend configuration changed", detail);
            let hint =
                "-migrate-state takes the states along, -reconfigure leaves them where they are";
            return Err(problem.hint(hint).into());
        }
        take_along(&have, &want, force, args.is_on("input", true))?;
    }
    Noted::write(&want, &block)?;
    if let Some(name) = want.text("bucket") {
        println!("The state is in the bucket {name}.");
    }
    Ok(())
}

/// Copies the states of all workspaces that have one.
fn take_along(from: &Backend, to: &Backend, force: bool, ask: bool) -> Result<(), Failed> {
    let mut moving = Vec::new();
    let (from_states, to_states) = (from.states()?, to.states()?);
    for name in from_states.names()? {
        let state = from_states.store(&name)?.read_only()?;
        if state.is_some_and(|it| !it.is_empty()) {
            moving.push(name);
        }
    }
    if moving.is_empty() {
        return Ok(());
    }
    println!("There are states in the backend \"{}\": {}.", from.kind, moving.join(", "));
    let question = format!("Copy them to the backend \"{}\"", to.kind);
    let agreed = force || (ask && confirmed(&question));
    if !agreed {
        let problem = Diagnostic::error("Nothing was copied", "The backend is as it was.");
        let hint = "-force-copy copies the states without asking, -reconfigure leaves them";
        return Err(problem.hint(hint).into());
    }
    for name in moving {
        let options = LockOptions::default();
        let source = from_states.store(&name)?.open("init", &options)?;
        if !source.open.is_empty() {
            let what = format!("A run of the workspace {name} was interrupted.");
            let problem = Diagnostic::error("Nothing was copied", what);
            return Err(problem.hint("run `groundplan refresh` with the old backend first").into());
        }
        let mut target = to_states.store(&name)?.open("init", &options)?;
        let there = Some(&target.state).filter(|it| !it.is_empty());
        check_push(there, &source.state, force)?;
        target.replace(&source.state)?;
        println!("Copied: the state of workspace {name}. The old one is still where it was.");
    }
    Ok(())
}

/// Whether a person says yes.
fn confirmed(question: &str) -> bool {
    print!("{question}? Only yes is taken for it: ");
    let _ = std::io::stdout().flush();
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}

/// Where packages come from: the web, and S3 with the credentials of the environment.
struct Web {
    http: Http,
}

impl Fetch for Web {
    fn get(&self, url: &str) -> Result<Reply, String> {
        self.http.get(url)
    }

    fn objects(&self, place: &S3Place) -> Result<Vec<(String, Vec<u8>)>, String> {
        let fetched = block_on(objects(place)).map_err(|error| error.to_string())?;
        fetched.map_err(|fault| fault.to_string())
    }
}

async fn objects(place: &S3Place) -> Result<Vec<(String, Vec<u8>)>, model::Fault> {
    let storage = Storage::in_region(place.region.as_deref(), &place.bucket).await?;
    if let Some(it) = storage.get(&place.key).await? {
        return Ok(vec![(place.key.clone(), it.bytes)]);
    }
    let mut found = Vec::new();
    for key in storage.list(&format!("{}/", place.key.trim_end_matches('/'))).await? {
        found.extend(storage.get(&key).await?.map(|it| (key, it.bytes)));
    }
    Ok(found)
}
