//! `groundplan verify`: whether the state and AWS have the same, and nothing is left over.

use std::collections::BTreeMap;
use std::process::ExitCode;

use engine::{Findings, Mode, Options};
use model::{Diagnostic, Severity, Stray, Whose};
use serde_json::{Value as Json, json};

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::commands::{COMMON, Command, Failed, block_on, show_problems};
use crate::progress::print_json;
use crate::project::{STATE, VARIABLES};
use crate::run::Workbench;

const FLAGS: &[Flag] = &[
    option(
        "tag",
        "KEY=VALUE",
        "A tag that only this stack has, instead of the provider's default_tags. Repeatable.",
    ),
    switch("json", "Writes one JSON object a line."),
];

pub const COMMAND: Command = Command {
    name: "verify",
    about: "Looks for what the state has and AWS has not, and the other way round",
    usage: "",
    help: "Changes nothing. It looks up every object of the state, and then for what the configuration \
           describes and the state does not have, for what AWS made beside the stack's objects and left \
           behind, for creates that nobody has finished, and for whatever has all tags of the provider's \
           default_tags. Where other stacks have these too, name one that only this stack has with -tag.\n\n\
           Exit code 0: all is well. 1: it could not be told. 2: something was found.",
    flags: &[FLAGS, VARIABLES, STATE, COMMON],
    run,
};

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let mark: BTreeMap<String, String> =
        args.values("tag").into_iter().map(tag).collect::<Result<_, _>>()?;
    let mut bench = Workbench::open(args, "verify")?;
    block_on(async {
        bench.recover().await?;
        let all = Options { claims: false, ..Options::default() };
        let plan = match bench.plan(&all).await {
            Ok(plan) => plan,
            // After a destroy, what the configuration looks up need not be there any more.
            Err(Failed::Problems(problems, sources)) => {
                let only = Options { mode: Mode::RefreshOnly, ..Options::default() };
                let plan = bench.plan(&only).await?;
                let problems: Vec<Diagnostic> = problems.into_iter().map(as_warning).collect();
                show_problems(&problems, &sources, bench.json, bench.style);
                let text = "The configuration cannot be planned, so what only it describes is not \
                            looked for.";
                bench.say(text);
                plan
            }
            Err(other) => return Err(other),
        };
        let (findings, problems) = bench.verify(&plan, &mark).await;
        match bench.json {
            true => show_lines(&findings),
            false => print!("{}", text(&findings)),
        }
        show_problems(&problems, bench.sources(), bench.json, bench.style);
        Ok(match (problems.iter().any(Diagnostic::is_error), count(&findings)) {
            (true, _) => ExitCode::FAILURE,
            (false, 0) => ExitCode::SUCCESS,
            (false, _) => ExitCode::from(2),
        })
    })?
}

fn tag(text: &str) -> Result<(String, String), UsageError> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(UsageError(format!("-tag is KEY=VALUE, not {text:?}"))),
    }
}

fn as_warning(it: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..it }
}

/// How many things are not as they should be. What only may be the stack's does not count.
fn count(it: &Findings) -> usize {
    let sure = |it: &&Stray| it.whose != Whose::Unknown;
    it.missing.len() + it.unrecorded.len() + it.strays.iter().filter(sure).count()
}

fn text(findings: &Findings) -> String {
    let mut text = String::new();
    let mut section = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text += &format!("{title}:\n");
            lines.iter().for_each(|it| text += &format!("  {it}\n"));
            text.push('\n');
        }
    };
    let id = |(address, id): &(model::InstanceAddr, String)| format!("{address} [id={id}]");
    let strays = |whose: Whose| {
        let of = findings.strays.iter().filter(move |it| it.whose == whose);
        of.map(|it| format!("{} {}: {}", it.kind, it.id, it.why)).collect::<Vec<_>>()
    };
    section("In the state, and not in AWS", findings.missing.iter().map(id).collect());
    section(
        "In the configuration and in AWS, and not in the state",
        findings
            .unrecorded
            .iter()
            .map(|(it, found)| format!("{it} [id={}]", found.import))
            .collect(),
    );
    section("Left behind in AWS by this stack", strays(Whose::Ours));
    section("In AWS with the marks of this stack, and not in the state", strays(Whose::Marked));
    section("In AWS, and perhaps of this stack", strays(Whose::Unknown));
    let objects = match findings.objects {
        0 => "The state is empty".to_owned(),
        1 => "The one object of the state was looked up".to_owned(),
        n => format!("All {n} objects of the state were looked up"),
    };
    text + &match count(findings) {
        0 => format!("{objects}. All is well: nothing is missing, and nothing is left over.\n"),
        1 => format!("{objects}. One thing is not as it should be.\n"),
        n => format!("{objects}. {n} things are not as they should be.\n"),
    }
}

fn show_lines(findings: &Findings) {
    let line = |kind: &str, finding: Json, message: String| {
        print_json(json!({"finding": finding}), "warn", &message, kind);
    };
    for (address, id) in &findings.missing {
        let json = json!({"addr": address.to_string(), "id": id});
        line("missing", json, format!("{address}: in the state, and not in AWS"));
    }
    for (address, found) in &findings.unrecorded {
        let json = json!({"addr": address.to_string(), "id": found.import});
        line("unrecorded", json, format!("{address}: in AWS, and not in the state"));
    }
    for it in &findings.strays {
        line("stray", json!(it), format!("{} {}: {}", it.kind, it.id, it.why));
    }
    let sure = count(findings);
    let summary = json!({"verify": {"objects": findings.objects, "findings": sure}});
    print_json(
        summary,
        "info",
        &format!("{sure} things are not as they should be"),
        "verify_summary",
    );
}
