//! `groundplan test`: runs the tests of a module, and takes away what they made.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::BUILTIN;
use ::state::What;
use model::{Diagnostic, Diagnostics};
use serde_json::{Value as Json, json};
use stacks::load::{Disk, Files, Suite, TestRun, load, suite};

use crate::args::{Args, Flag, option, switch};
use crate::commands::{COMMON, Command, Failed, block_on, show, show_problems};
use crate::diff::{self, Detail};
use crate::planfile::write_private;
use crate::progress::print_json;
use crate::project::{VARIABLES, given};
use crate::report::{self, Sources};
use crate::sealing::seal;
use crate::style::Style;
use crate::suite::{Bench, Course, Ended, Left, Made, Status};

const FLAGS: &[Flag] = &[
    option("filter", "FILE", "Only this test file. May be given more than once."),
    option(
        "test-directory",
        "DIR",
        "Where test files are, beside the working directory. (default: tests)",
    ),
    switch("json", "Writes one JSON object a line."),
    switch("verbose", "Shows the plan or the state of each run."),
];

pub const COMMAND: Command = Command {
    name: "test",
    about: "Runs the module's tests: *.tftest.hcl here and in tests/",
    usage: "",
    help: "Each `run` block of a test file plans or applies the module with its own variables, and its \
           `assert` blocks say what must be true then. `mock_provider` takes the place of a provider: \
           nothing is called, and what nobody gives is made up, so such tests need no account and no \
           time. Without mocks real objects are made; they are destroyed at the end of their file, and \
           whatever could not be destroyed is named and kept in errored_test.tfstate. The state of the \
           working directory is never touched. With -sandbox the objects are made on the local AWS.\n\n  \
           mock_provider \"aws\" {}\n\n  \
           run \"names_the_cluster\" {\n    variables {\n      name = \"web\"\n    }\n    assert {\n      \
           condition     = aws_ecs_cluster.main.name == \"web\"\n      \
           error_message = \"the cluster has another name\"\n    }\n  }\n\n\
           The exit code is 1 if anything failed.",
    flags: &[FLAGS, VARIABLES, COMMON],
    run,
};

/// Where the objects are told that could not be destroyed.
const LEFT: &str = "errored_test.tfstate";

fn run(args: &Args) -> Result<ExitCode, Failed> {
    let teller = Teller {
        style: Style::new(args.is_on("no-color", false)),
        json: args.is_on("json", false),
        verbose: args.is_on("verbose", false),
    };
    let (root, mut problems) = load(Path::new("."), &Disk);
    let mut sources = root.sources.clone();
    if !problems.iter().any(Diagnostic::is_error) {
        problems.extend(stacks::check::check(&root, &BUILTIN));
    }
    let mut suites = Vec::new();
    for path in test_files(args) {
        let (found, wrong) = suite(&path, &Disk, &mut sources);
        problems.extend(wrong);
        suites.push(found);
    }
    problems.extend(unknown_filters(args, &suites));
    if problems.iter().any(Diagnostic::is_error) {
        return Err(Failed::Problems(problems, sources));
    }
    show_problems(&problems, &sources, teller.json, teller.style);
    teller.begin(&suites);
    let stop = Arc::new(AtomicBool::new(false));
    let bench = Bench { root, given: given(args), stop: &stop };
    let counts = block_on(async {
        let listening = tokio::spawn(listen(stop.clone()));
        let mut counts = Counts::default();
        for it in &suites {
            file(&bench, it, &sources, &teller, &mut counts).await;
        }
        listening.abort();
        counts
    })?;
    teller.end(&counts);
    Ok(if counts.status > Status::Pass { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Test files of the working directory and of the directory of tests, by name.
fn test_files(args: &Args) -> Vec<PathBuf> {
    let wanted = args.values("filter");
    let wanted: Vec<PathBuf> = wanted.iter().map(|it| clean(Path::new(it))).collect();
    let folder = Path::new(args.value("test-directory").unwrap_or("tests"));
    let mut found = Vec::new();
    for dir in [Path::new(""), folder] {
        let names = Disk.list(if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
        let is_test = |it: &String| it.ends_with(".tftest.hcl") || it.ends_with(".tftest.json");
        let names = names.unwrap_or_default().into_iter().filter(is_test);
        found.extend(names.map(|it| clean(&dir.join(it))));
    }
    found.retain(|it| wanted.is_empty() || wanted.contains(it));
    found.sort();
    found.dedup();
    found
}

/// A path without `./` before it.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|it| *it != std::path::Component::CurDir).collect()
}

fn unknown_filters(args: &Args, suites: &[Suite]) -> Diagnostics {
    let is_known =
        |it: &&str| suites.iter().any(|suite| clean(Path::new(it)) == Path::new(&suite.name));
    let unknown = args.values("filter").into_iter().filter(|it| !is_known(it));
    let problem = |it: &str| {
        let detail = format!("The specified test file, {it}, could not be found.");
        Diagnostic::warning("Unknown test file", detail)
    };
    unknown.map(problem).collect()
}

/// Runs of all files, by how they ended.
struct Counts {
    status: Status,
    passed: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
}

impl Default for Counts {
    fn default() -> Counts {
        Counts { status: Status::Pass, passed: 0, failed: 0, errored: 0, skipped: 0 }
    }
}

impl Counts {
    fn add(&mut self, status: Status) {
        self.status = self.status.max(status);
        match status {
            Status::Skip => self.skipped += 1,
            Status::Pass => self.passed += 1,
            Status::Fail => self.failed += 1,
            Status::Error => self.errored += 1,
        }
    }
}

async fn file(
    bench: &Bench<'_>,
    suite: &Suite,
    sources: &Sources,
    teller: &Teller,
    counts: &mut Counts,
) {
    let mut course = Course::new(bench, suite, sources);
    let mut status = Status::Pass;
    teller.file(suite, "starting", None);
    for it in &suite.runs {
        if status == Status::Error || bench.stop.load(Ordering::Relaxed) {
            counts.add(Status::Skip);
            teller.skipped(suite, it);
            continue;
        }
        teller.run_begins(suite, it);
        let ended = course.run(it).await;
        counts.add(ended.status);
        status = status.max(ended.status);
        teller.run_ended(suite, it, &ended, &course.sources);
    }
    teller.file(suite, "teardown", None);
    for (key, run) in course.made_by() {
        teller.teardown(suite, &run);
        if let Some(left) = course.clean_up(&key).await {
            status = Status::Error;
            counts.status = Status::Error;
            teller.left(suite, &left, &course.sources);
        }
    }
    teller.file(suite, "complete", Some(status));
}

/// The first interrupt ends the tests, and still destroys what they made; the second ends at once.
async fn listen(stop: Arc<AtomicBool>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if stop.swap(true, Ordering::Relaxed) {
            eprintln!("Stopped at once. What the tests made may still be there.");
            std::process::exit(130);
        }
        eprintln!(
            "Stopping: no further run is begun, and what the tests made is destroyed. Interrupt again \
             to stop at once."
        );
    }
}

/// How tests are told about.
struct Teller {
    style: Style,
    json: bool,
    verbose: bool,
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Skip => "skip",
        Status::Pass => "pass",
        Status::Fail => "fail",
        Status::Error => "error",
    }
}

impl Teller {
    /// The word for a person: that something could not be done is a failure too.
    fn shown(&self, status: Status) -> String {
        match status {
            Status::Skip => self.style.dim("skip"),
            Status::Pass => self.style.green("pass"),
            Status::Fail | Status::Error => self.style.red("fail"),
        }
    }

    fn begin(&self, suites: &[Suite]) {
        if !self.json {
            return;
        }
        let files = suites.len();
        let runs: usize = suites.iter().map(|it| it.runs.len()).sum();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let text =
            format!("Found {files} file{} and {runs} run block{}", plural(files), plural(runs));
        let names = |it: &Suite| it.runs.iter().map(|it| it.name.to_string()).collect::<Vec<_>>();
        let all: serde_json::Map<String, Json> =
            suites.iter().map(|it| (it.name.clone(), json!(names(it)))).collect();
        print_json(json!({"test_abstract": all}), "info", &text, "test_abstract");
    }

    fn file(&self, suite: &Suite, progress: &str, status: Option<Status>) {
        let what = match (progress, status) {
            ("starting", _) => self.style.dim("in progress"),
            ("teardown", _) => self.style.dim("tearing down"),
            (_, status) => self.shown(status.unwrap_or(Status::Pass)),
        };
        let text = format!("{}... {what}", suite.name);
        if !self.json {
            println!("{text}");
            return;
        }
        let mut about = json!({"path": suite.name, "progress": progress});
        if let Some(it) = status {
            about["status"] = json!(word(it));
        }
        let line = json!({"@testfile": suite.name, "test_file": about});
        print_json(line, "info", &text, "test_file");
    }

    fn of_run(&self, suite: &Suite, run: &str, about: Json, text: &str) {
        let mut line = json!({"@testfile": suite.name, "@testrun": run, "test_run": about});
        line["test_run"]["path"] = json!(suite.name);
        line["test_run"]["run"] = json!(run);
        print_json(line, "info", &format!("  {run:?}... {text}"), "test_run");
    }

    fn run_begins(&self, suite: &Suite, run: &TestRun) {
        if self.json {
            let about = json!({"progress": "starting", "elapsed": 0});
            self.of_run(suite, &run.name, about, "in progress");
        }
    }

    fn skipped(&self, suite: &Suite, run: &TestRun) {
        self.run_done(suite, run, Status::Skip);
    }

    fn run_done(&self, suite: &Suite, run: &TestRun, status: Status) {
        let shown = self.shown(status);
        if self.json {
            let about = json!({"progress": "complete", "status": word(status)});
            self.of_run(suite, &run.name, about, &shown);
        } else {
            println!("  run {:?}... {shown}", run.name);
        }
    }

    fn run_ended(&self, suite: &Suite, run: &TestRun, ended: &Ended, sources: &Sources) {
        self.run_done(suite, run, ended.status);
        if self.verbose && !self.json {
            match &ended.made {
                Made::Plan(plan) => {
                    print!("\n{}", diff::plan(plan, self.style, Detail::Changes));
                    println!("{}\n", diff::summary(plan));
                }
                Made::State(state) => {
                    println!();
                    show::print(state, self.style);
                    println!();
                }
                Made::Nothing => (),
            }
        }
        self.problems(suite, &run.name, &ended.problems, sources);
    }

    fn problems(&self, suite: &Suite, run: &str, problems: &Diagnostics, sources: &Sources) {
        if !self.json {
            show_problems(problems, sources, false, self.style);
            return;
        }
        for it in problems {
            let (level, head) =
                if it.is_error() { ("error", "Error") } else { ("warn", "Warning") };
            let about = report::json(it, sources);
            let line = json!({"@testfile": suite.name, "@testrun": run, "diagnostic": about});
            print_json(line, level, &format!("{head}: {}", it.summary), "diagnostic");
        }
    }

    fn teardown(&self, suite: &Suite, run: &str) {
        if self.json {
            let about = json!({"progress": "teardown", "elapsed": 0});
            self.of_run(suite, run, about, "tearing down");
        }
    }

    /// Says what is still there, and writes it down.
    fn left(&self, suite: &Suite, left: &Left, sources: &Sources) {
        let place = format!("{}/{}", suite.name, left.run);
        if !self.json && !left.problems.is_empty() {
            eprintln!(
                "groundplan encountered an error destroying resources created while executing {place}.\n"
            );
        }
        self.problems(suite, &left.run, &left.problems, sources);
        let mut names: Vec<String> = Vec::new();
        for (address, it) in &left.state.instances {
            names.extend(it.current.iter().map(|_| address.to_string()));
            names.extend(it.deposed.keys().map(|key| format!("{address} (deposed {key})")));
        }
        let text = format!(
            "groundplan left the following resources in state after executing {place}, and they need to \
             be cleaned up manually:"
        );
        if self.json {
            let line = json!({"@testfile": suite.name, "@testrun": &*left.run, "test_cleanup": {
                "failed_resources": names.iter().map(|it| json!({"instance": it})).collect::<Vec<_>>(),
            }});
            print_json(line, "error", &text, "test_cleanup");
        } else {
            eprintln!("{text}");
            names.iter().for_each(|it| eprintln!("  - {it}"));
        }
        let write = || {
            let text = seal()?.seal(What::State, left.state.encode())?;
            write_private(Path::new(LEFT), &text)
        };
        match write() {
            Ok(()) if !self.json => eprintln!("\nTheir state is in {LEFT}."),
            Ok(()) => (),
            Err(error) => eprintln!("{error:#}"),
        }
    }

    fn end(&self, counts: &Counts) {
        let failed = counts.failed + counts.errored;
        let (head, style): (&str, fn(Style, &str) -> String) = match counts.status > Status::Pass {
            true => ("Failure!", Style::red),
            false => ("Success!", Style::green),
        };
        let skipped = match counts.skipped {
            0 => String::new(),
            n => format!(", {n} skipped"),
        };
        let text = format!("{} passed, {failed} failed{skipped}.", counts.passed);
        if self.json {
            let about = json!({
                "status": word(counts.status),
                "passed": counts.passed,
                "failed": counts.failed,
                "errored": counts.errored,
                "skipped": counts.skipped,
            });
            print_json(
                json!({"test_summary": about}),
                "info",
                &format!("{head} {text}"),
                "test_summary",
            );
        } else {
            println!("\n{} {text}", style(self.style, head));
        }
    }
}
