//! `groundplan init`: gets the modules that a stack calls. Providers are built in.

use std::path::Path;
use std::process::ExitCode;

use resources::Storage;
use stacks::install::{Fetch, Http, Options, Reply, S3Place, Substitutes, install};
use stacks::load::{Disk, has_configuration, load};

use crate::args::{Args, Flag, option, switch};
use crate::commands::{COMMON, Command, Failed, block_on, show_problems};
use crate::style::Style;

/// Options of Terraform's that have nothing to do here, so that scripts go on working.
const FLAGS: &[Flag] = &[
    switch("upgrade", "Gets modules again even if they are there."),
    option(
        "module-source",
        "FROM=DIR",
        "Takes a module from a directory; may be given repeatedly.",
    ),
    switch("input", "Accepted as Terraform does; nothing is asked."),
    switch("backend", "Accepted as Terraform does."),
    switch("reconfigure", "Accepted as Terraform does; the local backend has nothing to set up."),
    option("backend-config", "SETTING", "Accepted as Terraform does."),
    option("plugin-dir", "DIR", "Accepted as Terraform does; providers are built in."),
    option("lockfile", "MODE", "Accepted as Terraform does; providers are built in."),
];

pub const COMMAND: Command = Command {
    name: "init",
    about: "Prepares a directory: gets the modules it calls",
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
    let is_new = |it: &model::Diagnostic| !problems.contains(it);
    let found: Vec<model::Diagnostic> = found.into_iter().filter(is_new).collect();
    if !problems.iter().any(model::Diagnostic::is_error) {
        problems.extend(found);
    }
    if problems.iter().any(model::Diagnostic::is_error) {
        return Err(Failed::Problems(problems, stack.sources));
    }
    show_problems(&problems, &stack.sources, false, style);
    println!("{} The directory is ready: groundplan plan", style.green("Done."));
    Ok(ExitCode::SUCCESS)
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
