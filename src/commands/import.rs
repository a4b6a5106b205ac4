//! `groundplan import`: takes an object that exists into the state.

use std::process::ExitCode;

use model::{Diagnostic, InstanceAddr, Mode};

use crate::args::{Args, UsageError};
use crate::commands::{COMMON, Command, Failed, block_on};
use crate::project::{STATE, VARIABLES};
use crate::run::Workbench;

pub const COMMAND: Command = Command {
    name: "import",
    about: "Takes an object that exists into the state",
    usage: "ADDRESS ID",
    help: "The configuration must have a resource block for ADDRESS. What ID is depends on the type: \
           `groundplan docs TYPE` says it. Nothing but the state is changed; a plan shows afterwards \
           what the block says otherwise.\n\nAn import block in the configuration does the same as \
           part of an apply, and can be planned first.",
    flags: &[VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let [address, id] = args.rest.as_slice() else {
        return Err(UsageError("import takes an address and an id".to_owned()).into());
    };
    let address: InstanceAddr =
        address.parse().map_err(|error| UsageError(format!("import: {error}")))?;
    if address.resource.mode != Mode::Managed {
        return Err(UsageError("import: only managed resources can be imported".to_owned()).into());
    }
    let mut bench = Workbench::open(args, "import")?;
    block_on(async {
        bench.recover().await?;
        check(&bench, &address, id)?;
        bench.say(&format!("{address}: Importing from ID {id:?}..."));
        bench.import(&address, id).await?;
        bench.say(
            "\nImport successful! The object is in the state now and is managed from here on.",
        );
        Ok(ExitCode::SUCCESS)
    })?
}

/// Whether the address has a block, and no object yet.
fn check(bench: &Workbench, address: &InstanceAddr, id: &str) -> Result<(), Failed> {
    let at = &address.resource;
    if bench.session.state.instances.get(address).is_some_and(|it| it.current.is_some()) {
        let detail =
            format!("The state has an object for {address} already. Nothing has been changed.");
        let problem = Diagnostic::error("Resource already managed", detail);
        let hint =
            format!("to import another one, remove it first: groundplan state rm '{address}'");
        return Err(problem.hint(hint).into());
    }
    let mut module = Some(bench.project.stack.root.clone());
    for name in at.module.path() {
        module = module.and_then(|it| it.calls.get(&name)?.module.clone());
    }
    let key = (at.mode, at.ty.clone(), at.name.clone());
    if module.is_some_and(|it| it.resources.contains_key(&key)) {
        return Ok(());
    }
    let detail =
        format!("The configuration has no resource block for {address}. Nothing has been changed.");
    let hint = format!(
        "write one: resource \"{}\" \"{}\" {{}}; or let it be written, with an import block {{ to = \
         {address} id = {id:?} }} and groundplan plan -generate-config-out=FILE",
        at.ty, at.name
    );
    Err(Diagnostic::error("Resource address does not exist in the configuration", detail)
        .hint(hint)
        .into())
}
