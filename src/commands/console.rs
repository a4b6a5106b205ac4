//! `groundplan console`: the value of an expression, as the stack and its state have it.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use crate::host::BUILTIN;
use anyhow::Context;
use engine::{Answers, Mode};
use model::{Diagnostic, Diagnostics, Value};
use stacks::Scope;
use stacks::syntax::parse;
use stacks::syntax::token::{Kind, Mode as Text, tokens};
use stacks::syntax::tree::{Ident, Step};

use crate::args::{Args, Flag, option, switch};
use crate::commands::{COMMON, Command, Failed, block_on, show_problems};
use crate::project::{Project, STATE, VARIABLES, store, workspace};
use crate::report::Sources;
use crate::run::{Workbench, options};
use crate::style::Style;

const FLAGS: &[Flag] = &[
    switch("plan", "Values are those after an apply: makes a plan first."),
    switch("compact-warnings", "Shows warnings as one line each."),
    switch("input", "Accepted as Terraform does."),
    option("target", "ADDRESS", "With -plan: only this resource or module. Repeatable."),
];

pub const COMMAND: Command = Command {
    name: "console",
    about: "Tells what an expression gives",
    usage: "",
    help: "Variables, locals, outputs of modules, data and objects of the state can be named; nothing is \
           changed. A variable without a value and an object that does not exist yet are (known after \
           apply); -plan says what a plan says of them.\n\n\
           At a terminal each line is answered, an expression may go on over several lines as long as a \
           bracket is open, and `exit` ends it. Otherwise each line of the standard input is an \
           expression, the answer to the last one is printed, and an error ends it with exit code 1:\n\n  \
           echo 'cidrsubnet(\"10.0.0.0/16\", 8, 2)' | groundplan console\n  \
           echo 'type(var.services)' | groundplan console -var-file=prod.tfvars",
    flags: &[FLAGS, VARIABLES, STATE, COMMON],
    run,
};

/// What spans of the console's input carry as the name of their file.
const INPUT: &str = "<console-input>";

const HELP: &str = "\
The console tells what an expression gives: of the language's functions, of variables and locals, and
of objects that the state has. For example, aws_instance.foo.id is the id of aws_instance.foo if it
exists in the state.

Type an expression and hit <enter> to see its value. Type \"exit\" and hit <enter>, or use Control-C or
Control-D, to leave.";

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let style = Style::new(args.is_on("no-color", false));
    if args.is_on("plan", false) {
        return with_plan(args, style);
    }
    let workspace = workspace();
    let (project, mut problems) = Project::load(args, workspace.clone());
    // An expression can be tried anywhere, and with whatever is known.
    let harmless = ["No configuration files", "No value for required variable"];
    problems.retain(|it| !harmless.contains(&it.summary.as_str()));
    if problems.iter().any(Diagnostic::is_error) {
        return Err(Failed::Problems(problems, project.sources));
    }
    show_problems(&problems, &project.sources, false, style);
    let state = store(args, Some(&project.stack), &workspace)
        .map_err(|it| it.with(&project.sources))?
        .read_only()?
        .unwrap_or_else(state::State::empty);
    let answers =
        Answers::of_state(&project.stack, &BUILTIN, &project.site, &project.variables, &state);
    Console { project: &project, scope: &answers.scope(), style }.converse()
}

fn with_plan(args: &Args, style: Style) -> Result<ExitCode, Failed> {
    let options = options(args, Mode::Normal)?;
    let mut bench = Workbench::open(args, "console")?;
    let plan = block_on(async {
        bench.recover().await?;
        bench.plan(&options).await
    })??;
    let project = &bench.project;
    let answers =
        Answers::of_plan(&project.stack, &BUILTIN, &project.site, &project.variables, &plan);
    Console { project, scope: &answers.scope(), style }.converse()
}

/// A scope in which the functions of the console can be called.
struct Console<'a> {
    project: &'a Project,
    scope: &'a dyn Scope,
    style: Style,
}

impl Scope for Console<'_> {
    fn resolve(&self, root: &Ident, steps: &[Step]) -> Result<(Value, usize), Diagnostics> {
        self.scope.resolve(root, steps)
    }

    fn base_dir(&self) -> &Path {
        self.scope.base_dir()
    }

    fn is_console(&self) -> bool {
        true
    }

    fn is_planning(&self) -> bool {
        self.scope.is_planning()
    }

    fn plan_time(&self) -> Option<std::time::SystemTime> {
        self.scope.plan_time()
    }
}

impl Console<'_> {
    fn converse(&self) -> Result<ExitCode, Failed> {
        match std::io::stdin().is_terminal() {
            true => self.at_terminal(),
            false => self.piped(),
        }
    }

    /// As Terraform: what the last line gives is the answer.
    fn piped(&self) -> Result<ExitCode, Failed> {
        let mut last = String::new();
        for line in std::io::stdin().lock().lines() {
            let line = line.context("cannot read standard input")?;
            match self.answer(line.trim()) {
                Ok(Some(text)) => last = text,
                Ok(None) => return Ok(ExitCode::SUCCESS),
                Err(problems) => return Err(Failed::Problems(problems, self.sources(&line))),
            }
        }
        println!("{last}");
        Ok(ExitCode::SUCCESS)
    }

    fn at_terminal(&self) -> Result<ExitCode, Failed> {
        let mut text = String::new();
        loop {
            print!("{}", if text.is_empty() { "> " } else { ": " });
            std::io::stdout().flush().context("cannot write to the terminal")?;
            let read =
                std::io::stdin().lock().read_line(&mut text).context("cannot read a line")?;
            if read == 0 {
                println!();
                return Ok(ExitCode::SUCCESS);
            }
            // An empty line gives up what was begun.
            if is_open(&text) && !text.ends_with("\n\n") {
                continue;
            }
            let line = text.trim();
            match self.answer(line) {
                Ok(Some(shown)) if shown.is_empty() => (),
                Ok(Some(shown)) => println!("{shown}"),
                Ok(None) => return Ok(ExitCode::SUCCESS),
                Err(problems) => show_problems(&problems, &self.sources(line), false, self.style),
            }
            text.clear();
        }
    }

    /// What to print for a line. None if it ends the conversation.
    fn answer(&self, line: &str) -> Result<Option<String>, Diagnostics> {
        match line {
            "" => Ok(Some(String::new())),
            "exit" => Ok(None),
            "help" => Ok(Some(HELP.to_owned())),
            _ => {
                let expr = parse::expression(&Arc::from(INPUT), line)?;
                // A name that is nowhere is a mistake, whatever `can` and `try` make of it.
                let wrong = stacks::check::names(&self.project.stack, &BUILTIN, &expr);
                if wrong.iter().any(Diagnostic::is_error) {
                    return Err(wrong);
                }
                let value = stacks::evaluate(&expr, self)?;
                Ok(Some(stacks::render::answer(&expr, &value)))
            }
        }
    }

    fn sources(&self, line: &str) -> Sources {
        let mut sources = self.project.sources.clone();
        sources.insert(INPUT.into(), line.into());
        sources
    }
}

/// Whether a bracket or heredoc waits for its end.
fn is_open(text: &str) -> bool {
    let mut depth = 0_i64;
    for it in tokens(text, Text::Normal) {
        match it.kind {
            Kind::OpenBrace | Kind::OpenBracket | Kind::OpenParen | Kind::OpenHeredoc => depth += 1,
            Kind::CloseBrace | Kind::CloseBracket | Kind::CloseParen | Kind::CloseHeredoc => {
                depth -= 1;
            }
            _ => (),
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_goes_on_while_a_bracket_is_open() {
        for open in ["{\n", "[1,\n", "upper(\n", "{ a = [\n1,\n]\n", "<<EOT\na\n"] {
            assert!(is_open(open), "{open:?}");
        }
        for whole in ["{}\n", "\"{\"\n", "1 +\n", "]\n", "<<EOT\na\nEOT\n"] {
            assert!(!is_open(whole), "{whole:?}");
        }
    }
}
