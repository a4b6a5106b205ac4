//! The backend: what the configuration says of it, and what `init` has noted of it.
//!
//! `init` writes what is in force to `.terraform/terraform.tfstate`, as Terraform does. The other
//! commands go by that note, and say so when the configuration says something else meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use model::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stacks::Stack;
use stacks::syntax::tree::{Body, Expr, ExprKind, ObjectKey};
use state::{LockOptions, Session, Store, Workspaces};

use crate::bucket::Bucket;
use crate::commands::Failed;
use crate::sealing::seal;

/// Where Terraform notes which backend is in force.
const NOTE: &str = ".terraform/terraform.tfstate";

/// The kinds of backend that there are.
pub const KINDS: &[&str] = &["local", "s3"];

/// A kind of backend and its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    pub kind: String,
    pub config: Map<String, Value>,
}

/// The states of all workspaces: in files of this machine, or in a bucket.
pub enum States {
    Files(Workspaces),
    Bucket(Arc<Bucket>),
}

/// What `init` has noted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Noted {
    #[serde(rename = "type")]
    pub kind: String,
    pub config: Map<String, Value>,
    hash: u64,
    /// What the block alone has said, without `-backend-config`. Terraform does not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    block: Option<Map<String, Value>>,
}

#[derive(Serialize, Deserialize)]
struct Note {
    version: u32,
    terraform_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<Noted>,
}

impl Backend {
    /// The backend of a stack that has no block: the local one.
    pub fn local() -> Backend {
        Backend { kind: "local".to_owned(), config: Map::new() }
    }

    /// What a stack's `backend` block says.
    ///
    /// # Errors
    ///
    /// A kind that is not supported, or an argument that is not plain.
    pub fn of(stack: Option<&Stack>) -> Result<Backend, Failed> {
        let Some(block) = stack.and_then(|it| it.root.terraform.backend.as_ref()) else {
            return Ok(Backend::local());
        };
        let kind = block.labels.first().map_or("cloud", |it| &*it.name);
        if !KINDS.contains(&kind) {
            let detail = format!(
                "The backend \"{kind}\" is not supported; \"local\" and \"s3\" are. Nothing has been \
                 changed."
            );
            let problem = Diagnostic::error("Unsupported backend", detail).at(&block.span);
            let hint = "give the state's file with -state, or use the backend \"s3\" or \"local\"";
            return Err(problem.hint(hint).into());
        }
        Ok(Backend { kind: kind.to_owned(), config: arguments(&block.body)? })
    }

    /// The same with what `-backend-config` says.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no list of arguments.
    pub fn with(mut self, given: &[&str]) -> Result<Backend, Failed> {
        for it in given {
            match it.split_once('=').filter(|_| !Path::new(it).exists()) {
                Some((name, value)) => {
                    self.config.insert(name.trim().to_owned(), argument(value));
                }
                None => self.config.extend(from_file(Path::new(it))?),
            }
        }
        Ok(self)
    }

    /// A text argument that is given and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.config.get(name).and_then(Value::as_str).filter(|it| !it.is_empty())
    }

    /// Whether a switch is on, as Terraform reads it: `true` or `"true"`.
    pub fn is_on(&self, name: &str) -> bool {
        self.config.get(name).is_some_and(|it| it == true || it == "true")
    }

    /// Where the state of a workspace is.
    ///
    /// # Errors
    ///
    /// When the arguments are wrong.
    pub fn store(&self, workspace: &str) -> Result<Store, Failed> {
        self.states()?.store(workspace)
    }

    /// The states of all workspaces.
    ///
    /// # Errors
    ///
    /// When the arguments are wrong.
    pub fn states(&self) -> Result<States, Failed> {
        match &*self.kind {
            "s3" => Ok(States::Bucket(Bucket::new(self)?)),
            _ => Ok(States::Files(self.files())),
        }
    }

    /// The files of all workspaces of a local backend.
    pub fn files(&self) -> Workspaces {
        let mut all = Workspaces::local(Path::new(""), Path::new(".terraform"));
        if let Some(path) = self.text("path") {
            all.path = path.into();
        }
        if let Some(folder) = self.text("workspace_dir") {
            all.folder = folder.into();
        }
        all
    }

    /// Whether this is what the block said when it was noted.
    pub fn is_noted(&self, noted: &Noted) -> bool {
        let same = |(name, value): (&String, &Value)| noted.config.get(name) == Some(value);
        self.kind == noted.kind
            && match &noted.block {
                Some(block) => *block == self.config,
                // Noted by Terraform: some of it may come from -backend-config.
                None => self.config.iter().all(same),
            }
    }
}

impl States {
    /// Where the state of a workspace is.
    ///
    /// # Errors
    ///
    /// When the environment's keys make no sense.
    pub fn store(&self, name: &str) -> Result<Store, Failed> {
        let store = match self {
            States::Files(all) => all.store(name),
            States::Bucket(bucket) => bucket.store(name),
        };
        Ok(store.sealed(seal()?))
    }

    /// The names of all workspaces, `default` first.
    ///
    /// # Errors
    ///
    /// When the place cannot be looked at.
    pub fn names(&self) -> Result<Vec<String>, Failed> {
        match self {
            States::Files(all) => Ok(all.names()?),
            States::Bucket(bucket) => bucket.workspaces(),
        }
    }

    /// Makes a workspace that there is not yet, and selects it.
    ///
    /// # Errors
    ///
    /// When its place cannot be made.
    pub fn create(&self, name: &str, options: &LockOptions) -> Result<(), Failed> {
        match self {
            States::Files(all) => Ok(all.create(name)?),
            States::Bucket(_) => {
                // A workspace is there when its state is, so that others see it too.
                let mut session = self.store(name)?.open("workspace new", options)?;
                let empty = session.state.clone();
                session.replace(&empty)?;
                self.select(name)
            }
        }
    }

    /// Selects a workspace that there is.
    ///
    /// # Errors
    ///
    /// When that cannot be noted.
    pub fn select(&self, name: &str) -> Result<(), Failed> {
        match self {
            States::Files(all) => Ok(all.select(name)?),
            States::Bucket(_) => Ok(Backend::local().files().remember(name)?),
        }
    }

    /// Deletes a workspace whose state is open, whatever is in it.
    ///
    /// # Errors
    ///
    /// When its place cannot be removed.
    pub fn delete(&self, name: &str, session: Session) -> Result<(), Failed> {
        match self {
            States::Files(all) => {
                // The lock is in the folder that goes.
                drop(session);
                Ok(all.delete(name, true)?)
            }
            States::Bucket(_) => Ok(session.delete()?),
        }
    }
}

impl Noted {
    /// What is noted, if anything.
    ///
    /// # Errors
    ///
    /// When there is a note that cannot be read.
    pub fn read() -> Result<Option<Noted>, Failed> {
        let text = match fs::read(NOTE) {
            Ok(text) => text,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => {
                return Err(anyhow::Error::new(why).context(format!("cannot read {NOTE}")).into());
            }
        };
        let note: Note =
            serde_json::from_slice(&text).with_context(|| format!("cannot read {NOTE}"))?;
        let noted = note.backend.map(|mut it| {
            it.config.retain(|_, value| !value.is_null());
            it
        });
        Ok(noted.filter(|it| it.kind != "local" || !it.config.is_empty()))
    }

    /// What is in force.
    pub fn backend(&self) -> Backend {
        Backend { kind: self.kind.clone(), config: self.config.clone() }
    }

    /// Notes a backend, and what of it the block says.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(backend: &Backend, block: &Backend) -> Result<(), Failed> {
        let path = PathBuf::from(NOTE);
        if backend.kind == "local" && backend.config.is_empty() {
            match fs::remove_file(&path) {
                Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                    return Err(anyhow::Error::new(why)
                        .context(format!("cannot remove {NOTE}"))
                        .into());
                }
                Ok(()) | Err(_) => return Ok(()),
            }
        }
        let noted = Noted {
            kind: backend.kind.clone(),
            config: backend.config.clone(),
            // Terraform compares the arguments where the hash is not its own.
            hash: 0,
            block: Some(block.config.clone()),
        };
        let note =
            Note { version: 3, terraform_version: "1.11.0".to_owned(), backend: Some(noted) };
        let text = serde_json::to_vec_pretty(&note).context("cannot encode the backend")?;
        crate::planfile::write_private(&path, &text)?;
        Ok(())
    }
}

/// The backend that is in force: what is noted, if the configuration still says the same.
///
/// # Errors
///
/// When the directory has to be initialized first.
pub fn in_force(stack: Option<&Stack>) -> Result<Backend, Failed> {
    let block = Backend::of(stack)?;
    match Noted::read()? {
        Some(noted) if block.is_noted(&noted) => Ok(noted.backend()),
        None if block.kind == "local" => Ok(block),
        Some(noted) if noted.kind == "local" && block.kind == "local" => Ok(block),
        Some(noted) => {
            let detail = format!(
                "The directory was initialized with the backend \"{}\", and the configuration says \
                 something else now. Nothing has been changed.",
                noted.kind
            );
            let problem = Diagnostic::error("Backend configuration changed", detail);
            let hint = "run `groundplan init -migrate-state` to take the state along, or `groundplan \
                        init -reconfigure` to leave it where it is";
            Err(problem.hint(hint).into())
        }
        None => {
            let detail = format!("The backend \"{}\" is not initialized here yet.", block.kind);
            let problem = Diagnostic::error("Backend initialization required", detail);
            Err(problem.hint("run `groundplan init`").into())
        }
    }
}

/// The value of a `NAME=VALUE`: a text, unless it is written as a list, an object or a switch.
fn argument(text: &str) -> Value {
    let written = text.trim();
    let json = serde_json::from_str(written).ok().filter(|it: &Value| !it.is_number());
    let block = || {
        let is_block = written.starts_with(['{', '[']);
        let parsed =
            is_block.then(|| hcl::from_str::<Map<String, Value>>(&format!("it = {written}")));
        parsed?.ok()?.remove("it")
    };
    json.or_else(block).unwrap_or_else(|| json!(text))
}

fn from_file(path: &Path) -> Result<Map<String, Value>, Failed> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the backend's arguments in {}", path.display()))?;
    let what = || format!("{} is no list of arguments", path.display());
    if path.extension().is_some_and(|it| it == "json") {
        return Ok(serde_json::from_str(&text).with_context(what)?);
    }
    Ok(hcl::from_str(&text).with_context(what)?)
}

fn arguments(body: &Body) -> Result<Map<String, Value>, Failed> {
    let mut found = Map::new();
    for it in &body.attributes {
        let value = literal(&it.expr).ok_or_else(|| {
            let detail = "The arguments of a backend are plain values, without references. Values \
                          that differ from place to place are given with `groundplan init \
                          -backend-config=NAME=VALUE`.";
            Diagnostic::error("Invalid backend configuration", detail).at(&it.expr.span)
        })?;
        if !value.is_null() {
            found.insert(it.name.name.to_string(), value);
        }
    }
    for it in &body.blocks {
        found.insert(it.kind.name.to_string(), Value::Object(arguments(&it.body)?));
    }
    Ok(found)
}

/// A value that is written out. None if it has to be evaluated.
fn literal(expr: &Expr) -> Option<Value> {
    match &expr.kind {
        ExprKind::Null => Some(Value::Null),
        ExprKind::Bool(it) => Some(json!(it)),
        ExprKind::Number(it) => serde_json::from_str(&it.to_string()).ok(),
        ExprKind::String(it) => Some(json!(&**it)),
        ExprKind::Tuple(items) => items.iter().map(literal).collect(),
        ExprKind::Paren(it) => literal(it),
        ExprKind::Object(items) => {
            let entry = |it: &stacks::syntax::tree::Item| {
                let key = match &it.key {
                    ObjectKey::Name(name) => name.name.to_string(),
                    ObjectKey::Expr(key) => literal(key)?.as_str()?.to_owned(),
                };
                Some((key, literal(&it.value)?))
            };
            items.iter().map(entry).collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        ExprKind::Template(_)
        | ExprKind::Wrap(_)
        | ExprKind::Name(_)
        | ExprKind::Attr(..)
        | ExprKind::Index(..)
        | ExprKind::Splat { .. }
        | ExprKind::Item
        | ExprKind::Call { .. }
        | ExprKind::Conditional { .. }
        | ExprKind::Unary(..)
        | ExprKind::Binary(..)
        | ExprKind::For(_)
        | ExprKind::Broken => None,
    }
}
