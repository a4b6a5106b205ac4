//! What a command works on: the stack of a directory, its variables, and its state.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use engine::Site;
use model::{Diagnostic, Diagnostics, Value};
use stacks::Stack;
use stacks::load::{Disk, Files, Snapshot, has_configuration, load};
use stacks::variables::{Flag as VariableFlag, Given, variables};
use state::{ErrorKind, LockOptions, Store, Workspaces};

use crate::args::{Args, Flag, UsageError, option, switch};
use crate::backend::{self, States};
use crate::commands::Failed;
use crate::report::Sources;
use crate::sealing::seal;

/// Options of every command that reads variables.
pub const VARIABLES: &[Flag] = &[
    option("var", "NAME=VALUE", "Value of an input variable. May be given more than once."),
    option("var-file", "FILE", "File with values of input variables. May be given more than once."),
];

/// Options of every command that uses a state.
pub const STATE: &[Flag] = &[
    option("state", "FILE", "State file, instead of terraform.tfstate."),
    option("state-out", "FILE", "Where the state is written, if not to the file that is read."),
    option("backup", "FILE", "Where the state of before is kept; - for nowhere."),
    switch("lock", "Whether to lock the state. (default: true)"),
    option("lock-timeout", "TIME", "How long to wait for a lock, such as 30s. (default: 0s)"),
];

/// A directory's stack, with what its variables are.
pub struct Project {
    pub stack: Stack,
    /// Whether all of it could be loaded. If not, what is missing would be reported over and over.
    pub is_whole: bool,
    pub sources: Sources,
    pub variables: BTreeMap<String, Value>,
    /// The text of each configuration file.
    pub files: BTreeMap<PathBuf, String>,
    pub site: Site,
}

/// Files of this machine, and what was read of them.
#[derive(Default)]
struct Recording {
    read: Mutex<BTreeMap<PathBuf, String>>,
}

impl Files for Recording {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        Disk.list(dir)
    }

    fn read(&self, file: &Path) -> io::Result<String> {
        let text = Disk.read(file)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert(file.to_owned(), text.clone());
        Ok(text)
    }

    fn is_dir(&self, dir: &Path) -> bool {
        Disk.is_dir(dir)
    }
}

impl Project {
    /// Loads the stack in the working directory. Problems of the configuration and of the variables
    /// come all at once.
    pub fn load(args: &Args, workspace: String) -> (Project, Diagnostics) {
        let files = Recording::default();
        let (stack, mut problems) = load(Path::new("."), &files);
        let mut sources = stack.sources.clone();
        let given = given(args);
        let mut values = BTreeMap::new();
        let is_whole = !problems.iter().any(Diagnostic::is_error);
        if is_whole {
            let (found, more) =
                variables(&stack.root, Path::new("."), &given, &files, &mut sources);
            values = found.into_iter().map(|(name, it)| (name.to_string(), it)).collect();
            problems.extend(more);
        }
        let files = files.read.into_inner().unwrap_or_else(PoisonError::into_inner);
        let project = Project {
            stack,
            is_whole,
            sources,
            variables: values,
            files,
            site: site(workspace, Some(SystemTime::now())),
        };
        (project, problems)
    }

    /// The stack as a saved plan carries it.
    ///
    /// Values of ephemeral variables are in no plan, and given again.
    pub fn of_plan(args: &Args, plan: &engine::Plan) -> (Project, Diagnostics) {
        let (stack, mut problems) = load(Path::new("."), &Snapshot(plan.files.clone()));
        let mut sources = stack.sources.clone();
        let is_whole = !problems.iter().any(Diagnostic::is_error);
        let mut values = plan.variables.clone();
        let is_given = |name: &str| stack.root.variables.get(name).is_some_and(|it| it.ephemeral);
        if stack.root.variables.values().any(|it| it.ephemeral) {
            let mut root = (*stack.root).clone();
            root.variables.retain(|_, it| it.ephemeral);
            let given = given(args);
            let (found, more) = variables(&root, Path::new("."), &given, &Disk, &mut sources);
            let found = found.into_iter().filter(|it| is_given(&it.0));
            values.extend(found.map(|(name, it)| (name.to_string(), it)));
            problems.extend(more.into_iter().filter(Diagnostic::is_error));
        }
        let project = Project {
            stack,
            is_whole,
            sources,
            variables: values,
            files: plan.files.clone(),
            site: site(plan.workspace.clone(), plan.planned),
        };
        (project, problems)
    }
}

/// Where values of variables may come from: the options, and the environment.
pub fn given(args: &Args) -> Given {
    let flag = |(name, value): &(&'static str, String)| match *name {
        "var" => Some(VariableFlag::Var(value.clone())),
        "var-file" => Some(VariableFlag::File(value.into())),
        _ => None,
    };
    Given {
        environment: std::env::vars().filter(|it| it.0.starts_with("TF_VAR_")).collect(),
        flags: args.in_order().iter().filter_map(flag).collect(),
    }
}

fn site(workspace: String, planned: Option<SystemTime>) -> Site {
    let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    Site { workspace, cwd, root: PathBuf::from("."), planned }
}

/// The workspace that is selected: by `TF_WORKSPACE`, or by `.terraform/environment`.
pub fn workspace() -> String {
    let named = std::env::var("TF_WORKSPACE").ok().filter(|it| !it.is_empty());
    let selected = || std::fs::read_to_string(".terraform/environment").ok();
    let name = named.or_else(selected).map(|it| it.trim().to_owned());
    name.filter(|it| !it.is_empty()).unwrap_or_else(|| "default".to_owned())
}

/// Whether this process runs on the sandbox.
pub fn in_sandbox() -> bool {
    std::env::var_os("GROUNDPLAN_SANDBOX").is_some()
}

/// Where the state is: the options say so, or the `backend` block, or Terraform's default.
///
/// # Errors
///
/// A backend that is not supported, wrong, or not the one that `init` has set up.
pub fn store(args: &Args, stack: Option<&Stack>, workspace: &str) -> Result<Store, Failed> {
    let mut store = match args.value("state") {
        Some(path) => Store::local(path).sealed(seal()?),
        None => states(stack)?.store(workspace)?,
    };
    if let Some(out) = args.value("state-out") {
        if store.remote.is_some() {
            let text = "the option -state-out goes with a state in a file";
            return Err(UsageError(text.to_owned()).into());
        }
        store = Store { input: Some(store.path), seal: store.seal, ..Store::local(out) };
    }
    match args.value("backup") {
        Some("-") => store.backup = None,
        Some(path) => store.backup = Some(path.into()),
        None => (),
    }
    Ok(store)
}

/// Where the states of all workspaces are.
///
/// # Errors
///
/// As [`store`].
pub fn states(stack: Option<&Stack>) -> Result<States, Failed> {
    match in_sandbox() {
        true => Ok(States::Files(sandbox_workspaces(Path::new(".")))),
        false => backend::in_force(stack)?.states(),
    }
}

/// Where the states of the stack in this directory are on the sandbox.
fn sandbox_workspaces(stack: &Path) -> Workspaces {
    let path = sandbox::state_path(stack);
    let folder = path.parent().unwrap_or(Path::new("")).join("terraform.tfstate.d");
    Workspaces { path, folder, ..Workspaces::local(Path::new(""), Path::new(".terraform")) }
}

/// The sandbox's states of the stack whose state is in this file otherwise. None if the file is no
/// stack's.
///
/// # Errors
///
/// When that stack is not on the sandbox: what it has in a real account is not for the sandbox.
pub fn on_sandbox(state: &Path) -> Result<Option<Workspaces>, Failed> {
    let folder = state.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = std::fs::canonicalize(folder.unwrap_or(Path::new(".")));
    let (Ok(folder), Ok(here)) = (folder, std::env::current_dir()) else { return Ok(None) };
    // What stands in a folder below this one is not the state of the stack here.
    let folders = folder.ancestors().filter(|it| *it == folder || !here.starts_with(it));
    let is_stack = |it: &&Path| has_configuration(it, &Disk) || sandbox::state_path(it).exists();
    let Some(stack) = folders.into_iter().find(is_stack) else { return Ok(None) };
    let found = sandbox_workspaces(stack);
    if found.path.exists() || found.folder.exists() {
        return Ok(Some(found));
    }
    let stack = stack.display();
    let detail = format!(
        "the stack in {stack} has no state on the sandbox; apply it there first: groundplan \
         -chdir={stack} apply -sandbox"
    );
    Err(Diagnostic::error("Not on the sandbox", detail).into())
}

/// Whether to lock, and for how long to wait.
///
/// # Errors
///
/// A time that is none.
pub fn lock_options(args: &Args) -> Result<LockOptions, UsageError> {
    let enabled = args.is_on("lock", true);
    let timeout = args.duration("lock-timeout")?;
    Ok(LockOptions { enabled, timeout })
}

/// A problem with a state, as a diagnostic.
pub fn of_state(error: &state::Error) -> Diagnostic {
    let (summary, changed) = match error.kind {
        ErrorKind::Io => ("The state cannot be reached", ""),
        ErrorKind::Unreadable => ("The state cannot be used", ". Nothing has been changed."),
        ErrorKind::Locked => ("The state is locked", ". Nothing has been changed."),
        ErrorKind::Conflict => ("The state is another one", ""),
        ErrorKind::Invalid => ("Not with this state", ". Nothing has been changed."),
    };
    let it = Diagnostic::error(summary, format!("{error}{changed}"));
    match &error.hint {
        Some(hint) => it.hint(hint.clone()),
        None => it,
    }
}

/// A name as the crates share it.
pub fn shared(text: &str) -> Arc<str> {
    text.into()
}
