//! A folder with a stack, a private sandbox, and the binary that runs in the one on the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

/// The local AWS of one test: gone when the test is.
pub struct Cloud {
    private: sandbox::Private,
}

/// Virtual environments are made one at a time.
static STARTING: Mutex<()> = Mutex::new(());

impl Cloud {
    pub fn start() -> Cloud {
        let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let options = sandbox::Options::from_env();
        let private = sandbox::private(&options, &|what| eprintln!("sandbox: {what}"));
        Cloud { private: private.expect("the sandbox starts") }
    }

    pub fn env(&self) -> Vec<(String, String)> {
        self.private.env()
    }

    pub fn port(&self) -> u16 {
        self.private.port
    }

    /// Makes the next `n` calls of an operation go wrong.
    pub fn disturb(&self, operation: &str, fault: sandbox::Fault, n: u32) {
        self.private.disturb(operation, fault, n).expect("the sandbox answers");
    }

    /// Python with boto3 at hand.
    pub fn interpreter(&self) -> Command {
        let mut command = Command::new(self.private.python());
        command.envs(self.env());
        command
    }

    /// Runs a Python program with boto3 at hand, and returns what it prints.
    pub fn python(&self, program: &str) -> String {
        let output = self.interpreter().args(["-c", program]).output().expect("python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text").trim().to_owned()
    }
}

/// A working directory.
pub struct Stack {
    dir: TempDir,
}

/// What a run printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Stack {
    pub fn new(files: &[(&str, &str)]) -> Stack {
        let stack = Stack { dir: tempfile::tempdir().expect("a temporary folder") };
        for (name, text) in files {
            stack.write(name, text);
        }
        stack
    }

    /// A copy of an example.
    pub fn example(name: &str) -> Stack {
        let stack = Stack::new(&[]);
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        copy(&from, stack.path());
        stack
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a file to read")
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// The binary, without anything of the environment that could change what it does.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_groundplan"));
        command.current_dir(self.path()).args(args).env_remove("AWS_PROFILE").env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary starts"))
    }

    pub fn run_on(&self, cloud: &Cloud, args: &[&str]) -> Ran {
        Ran::of(self.command(args).envs(cloud.env()).output().expect("the binary starts"))
    }

    /// The same, ended when it takes longer.
    pub fn run_within(&self, limit: Duration, cloud: &Cloud, args: &[&str]) -> Ran {
        let mut command = tokio::process::Command::from(self.command(args));
        command.envs(cloud.env()).stdin(Stdio::null()).kill_on_drop(true);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ran = async { timeout(limit, command.output()).await };
        match runtime.expect("a runtime").block_on(ran) {
            Ok(output) => Ran::of(output.expect("the binary starts")),
            Err(_) => {
                let err = format!("not done after {} seconds", limit.as_secs());
                Ran { code: None, out: String::new(), err }
            }
        }
    }

    /// The state's resources as addresses.
    pub fn addresses(&self) -> Vec<String> {
        let ran = self.run(&["state", "list"]);
        ran.out.lines().map(str::to_owned).collect()
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The run itself, if it ended with this code.
    pub fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n{}", self.out, self.err);
        self
    }

    pub fn says(&self, text: &str) -> &Ran {
        let found = self.out.contains(text) || self.err.contains(text);
        assert!(found, "{text:?} is not in:\n{}\n{}", self.out, self.err);
        self
    }
}

/// A number that the environment gives.
pub fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to read").flatten() {
        let target: PathBuf = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => _ = fs::copy(entry.path(), target).expect("a file to copy"),
        }
    }
}
