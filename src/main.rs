//! groundplan's command line: finds the command, runs it, and says what went wrong.

mod args;
mod style;
mod report;
mod diff;
mod progress;
mod project;
mod backend;
mod bucket;
mod sealing;
mod host;
mod run;
mod undo;
mod planfile;
mod values_json;
mod checks_json;
mod config_json;
mod plan_json;
mod mock;
mod suite;
mod generate;
mod accept;
mod commands;

use std::os::unix::process::CommandExt;
use std::process::{Command as Process, ExitCode};

use args::UsageError;
use commands::{COMMANDS, Command, Failed, help, show_problems};
use style::Style;

fn main() -> ExitCode {
    let mut args: Vec<String> =
        std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    if let Some(code) = before_command(&mut args) {
        return code;
    }
    let name = args.remove(0);
    let Some(command) = COMMANDS.iter().find(|it| it.name == name) else {
        let names = COMMANDS.iter().map(|it| it.name);
        let near = stacks::suggest::suggest(&name, names);
        let hint = near.map(|it| format!(" Did you mean `{it}`?")).unwrap_or_default();
        eprintln!("There is no command `{name}`.{hint}\n\n{}", overview());
        return ExitCode::FAILURE;
    };
    if args.iter().any(|it| ["-help", "--help", "-h"].contains(&it.as_str())) {
        print!("{}", help(command));
        return ExitCode::SUCCESS;
    }
    run(command, args)
}

/// Options before the command, and what needs no command.
fn before_command(args: &mut Vec<String>) -> Option<ExitCode> {
    while let Some(first) = args.first().cloned() {
        let flag = first.trim_start_matches('-');
        match flag.split_once('=') {
            _ if !first.starts_with('-') => return None,
            Some(("chdir", dir)) => {
                if let Err(error) = std::env::set_current_dir(dir) {
                    eprintln!("Cannot change to the directory {dir}: {error}");
                    return Some(ExitCode::FAILURE);
                }
                args.remove(0);
            }
            _ if ["version", "v"].contains(&flag) => {
                args[0] = "version".to_owned();
                return None;
            }
            _ if ["help", "h"].contains(&flag) => {
                print!("{}", overview());
                return Some(ExitCode::SUCCESS);
            }
            _ if flag == "sandbox" => {
                let sandbox = args.remove(0);
                args.push(sandbox);
            }
            _ => {
                eprintln!("There is no option {first} before a command.\n\n{}", overview());
                return Some(ExitCode::FAILURE);
            }
        }
    }
    print!("{}", overview());
    Some(ExitCode::FAILURE)
}

fn overview() -> String {
    let mut text = "Usage: groundplan [-chdir=DIR] COMMAND [options]\n\n\
                    Plans and applies stacks in Terraform's language, for people who run services on \
                    AWS ECS.\n\nCommands:\n"
        .to_owned();
    for it in COMMANDS {
        text += &format!("  {:<12} {}\n", it.name, it.about);
    }
    text + "\n`groundplan COMMAND -help` says more. With -sandbox any command runs on a local AWS.\n"
}

fn run(command: &Command, args: Vec<String>) -> ExitCode {
    let parsed = match args::parse(command.flags, arguments_of_environment(command, args.clone())) {
        Ok(it) => it,
        Err(error) => return usage(command, &error),
    };
    let style = Style::new(parsed.is_on("no-color", false));
    if parsed.is_on("sandbox", false) && !project::in_sandbox() {
        return on_sandbox(command, &args);
    }
    match (command.run)(&parsed) {
        Ok(code) => code,
        Err(Failed::Usage(error)) => usage(command, &error),
        Err(Failed::Problems(problems, sources)) => {
            show_problems(&problems, &sources, parsed.is_on("json", false), style);
            ExitCode::FAILURE
        }
        Err(Failed::Other(error)) => {
            eprintln!("{} {error:#}", style.red(&style.bold("Error:")));
            ExitCode::FAILURE
        }
    }
}

/// `TF_CLI_ARGS` and `TF_CLI_ARGS_plan` come before what was typed.
fn arguments_of_environment(command: &Command, args: Vec<String>) -> Vec<String> {
    let of = |name: String| -> Vec<String> {
        let text = std::env::var(name).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    let mut all = of("TF_CLI_ARGS".to_owned());
    all.extend(of(format!("TF_CLI_ARGS_{}", command.name)));
    all.extend(args);
    all
}

fn usage(command: &Command, error: &UsageError) -> ExitCode {
    eprintln!(
        "groundplan {name}: {error}\n`groundplan {name} -help` tells its options.",
        name = command.name
    );
    ExitCode::FAILURE
}

/// Starts the sandbox and becomes the same command with the environment that points to it.
fn on_sandbox(command: &Command, args: &[String]) -> ExitCode {
    let tell = |what: &str| eprintln!("sandbox: {what}");
    let running = match sandbox::start(&sandbox::Options::from_env(), &tell) {
        Ok(it) => it,
        Err(error) => {
            eprintln!("Error: the sandbox cannot be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let program = std::env::current_exe().unwrap_or_else(|_| "groundplan".into());
    let mut process = Process::new(program);
    process.arg(command.name).args(args).env("GROUNDPLAN_SANDBOX", "1").envs(running.env());
    let of_account = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE"];
    for name in of_account.iter().chain(sealing::OF_ACCOUNT) {
        process.env_remove(name);
    }
    let error = process.exec();
    eprintln!("Error: groundplan could not be started again: {error}");
    ExitCode::FAILURE
}
