//! `groundplan sandbox`: the local AWS to try things on.

use std::process::ExitCode;

use anyhow::Context;

use crate::args::{Args, UsageError};
use crate::commands::{Command, Failed};

pub const COMMAND: Command = Command {
    name: "sandbox",
    about: "Starts and stops a local AWS to try things on",
    usage: "start|status|stop|reset|env",
    help: "start   installs what it needs at the first time, and starts it\n\
           status  says whether it runs, and where\n\
           stop    stops it; what it holds is lost\n\
           reset   removes all that it holds\n\
           env     prints the variables that point other programs to it\n\n\
           With -sandbox, any command starts it and runs on it.",
    flags: &[],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let options = sandbox::Options::from_env();
    match args.rest.as_slice() {
        [what] if what == "start" => {
            let tell = |what: &str| eprintln!("sandbox: {what}");
            let running =
                sandbox::start(&options, &tell).context("the sandbox cannot be started")?;
            println!("The sandbox runs at {} (pid {}).", running.endpoint(), running.pid);
        }
        [what] if what == "status" => match status(&options)? {
            Some(running) => {
                println!("The sandbox runs at {} (pid {}).", running.endpoint(), running.pid);
            }
            None => println!("The sandbox does not run."),
        },
        [what] if what == "stop" => {
            let stopped = sandbox::stop(&options).context("the sandbox cannot be stopped")?;
            println!("{}", if stopped { "The sandbox is stopped." } else { "It did not run." });
        }
        [what] if what == "reset" => {
            let reset = sandbox::reset(&options).context("the sandbox cannot be reset")?;
            println!("{}", if reset { "The sandbox is empty." } else { "It does not run." });
        }
        [what] if what == "env" => {
            let running = status(&options)?
                .context("the sandbox does not run; `groundplan sandbox start` starts it")?;
            for (name, value) in running.env() {
                println!("export {name}={value}");
            }
        }
        _ => {
            let text = "expected one of: start, status, stop, reset, env";
            return Err(UsageError(text.to_owned()).into());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn status(options: &sandbox::Options) -> anyhow::Result<Option<sandbox::Running>> {
    sandbox::status(options).context("cannot find out about the sandbox")
}
