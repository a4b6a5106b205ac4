//! The tree of modules: each call's directory found and loaded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};

use super::Files;
use super::files::sources;
use super::module::module;
use crate::source::{ModuleSource, clean};
use crate::stack::{Call, Module};
use crate::version::{Constraints, Version};

/// How deep modules may call modules.
pub(crate) const MAX_DEPTH: usize = 64;
/// How many calls there may be in all: what calls two of what calls two ... grows without end.
const MAX_CALLS: usize = 10_000;

/// `.terraform/modules/modules.json`: where `init` put the modules, as Terraform writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    #[serde(rename = "Modules")]
    pub modules: Vec<Installed>,
}

/// One call of a module, and where the module is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// The names of the calls that lead to it, with dots between. Empty for the root.
    #[serde(rename = "Key")]
    pub key: String,
    #[serde(rename = "Source")]
    pub source: String,
    /// Of modules from registries.
    #[serde(rename = "Version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Relative to the root module's directory.
    #[serde(rename = "Dir")]
    pub dir: String,
}

impl Manifest {
    /// Where it is, below the root module's directory.
    pub const PATH: &str = ".terraform/modules/modules.json";

    /// The manifest below a root module's directory; an empty one if there is none.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub fn read(root: &Path, files: &dyn Files) -> Result<Manifest, Box<Diagnostic>> {
        let path = clean(&root.join(Manifest::PATH));
        let unreadable = |why: String| {
            let detail = format!("The file {} could not be read: {why}.", path.display());
            let problem = Diagnostic::error("Failed to read module manifest file", detail);
            Box::new(problem.hint("`groundplan init` writes a new one"))
        };
        match files.read(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|error| unreadable(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Manifest::default()),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    pub fn find(&self, key: &str) -> Option<&Installed> {
        self.modules.iter().find(|it| it.key == key)
    }
}

/// Reads the blocks of directories.
pub(crate) struct Reader<'a> {
    files: &'a dyn Files,
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    pub problems: Diagnostics,
    /// Directories that were read, so that each is read, and its problems told, once.
    known: BTreeMap<PathBuf, Module>,
}

impl<'a> Reader<'a> {
    pub fn new(files: &'a dyn Files) -> Reader<'a> {
        Reader { files, texts: BTreeMap::new(), problems: Vec::new(), known: BTreeMap::new() }
    }

    /// The blocks of one directory, without what it calls.
    pub fn directory(&mut self, dir: &Path) -> std::io::Result<Module> {
        if let Some(found) = self.known.get(dir) {
            return Ok(found.clone());
        }
        let sources = sources(dir, self.files, &mut self.texts, &mut self.problems)?;
        let mut found = module(sources, &mut self.problems);
        found.dir = dir.to_owned();
        self.known.insert(dir.to_owned(), found.clone());
        Ok(found)
    }
}

/// Loads a tree of modules.
pub(super) struct Loader<'a> {
    pub root: &'a Path,
    pub manifest: Manifest,
    pub reader: Reader<'a>,
    pub n_calls: usize,
}

impl Loader<'_> {
    /// Loads what a module calls, and what that calls. `above` are the directories of the callers.
    pub fn calls(&mut self, module: &mut Module, above: &mut Vec<PathBuf>) {
        let (path, dir) = (module.path.clone(), module.dir.clone());
        above.push(dir.clone());
        for call in module.calls.values_mut() {
            match self.call(&path, &dir, call, above) {
                Ok(found) => call.module = Some(Arc::new(found)),
                Err(Some(problem)) => self.reader.problems.push(*problem),
                Err(None) => (),
            }
        }
        above.pop();
    }

    /// The module that a call calls. `Err(None)` if what is wrong has been reported.
    fn call(
        &mut self,
        path: &[Arc<str>],
        dir: &Path,
        call: &Call,
        above: &mut Vec<PathBuf>,
    ) -> Result<Module, Option<Box<Diagnostic>>> {
        let mut path = path.to_vec();
        path.push(call.name.name.clone());
        let found = self.locate(&path, dir, call)?;
        let refuse = |summary: &str, detail: String| {
            Err(Some(Box::new(Diagnostic::error(summary, detail).at(&call.source_span))))
        };
        if above.contains(&found) {
            let detail = format!(
                "The module in {} calls itself, directly or through the modules that it calls.",
                found.display()
            );
            return refuse("Module calls itself", detail);
        }
        if path.len() > MAX_DEPTH {
            let detail = format!("Modules may call modules {MAX_DEPTH} levels deep.");
            return refuse("Modules nested too deeply", detail);
        }
        self.n_calls += 1;
        if self.n_calls > MAX_CALLS {
            let detail = format!("A configuration may have {MAX_CALLS} modules in all.");
            // Told once: there would be no end to it.
            return if self.n_calls == MAX_CALLS + 1 {
                refuse("Too many modules", detail)
            } else {
                Err(None)
            };
        }
        let mut module = match self.reader.directory(&found) {
            Ok(module) => module,
            Err(error) => {
                let detail = format!(
                    "The directory {} could not be read for module {:?}: {error}.",
                    found.display(),
                    call.name.name
                );
                return refuse("Unreadable module directory", detail);
            }
        };
        module.path = path;
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.calls(&mut module, above));
        Ok(module)
    }

    /// The directory of the module that a call calls.
    fn locate(
        &self,
        path: &[Arc<str>],
        dir: &Path,
        call: &Call,
    ) -> Result<PathBuf, Option<Box<Diagnostic>>> {
        let source = match call.version {
            Some(_) => ModuleSource::parse_registry(&call.source),
            None => ModuleSource::parse(&call.source),
        };
        // A source that is none has been reported where it was read.
        let source = source.map_err(|_| None)?;
        if let ModuleSource::Local(local) = &source {
            return Ok(clean(&dir.join(local)));
        }
        let refuse = |summary: &str, detail: &str| {
            let problem = Diagnostic::error(summary, detail).at(&call.source_span);
            Err(Some(Box::new(problem.hint("run `groundplan init`"))))
        };
        let Some(installed) = self.manifest.find(&path.join(".")) else {
            let detail = "This module is not yet installed. `groundplan init` installs all modules \
                          required by this configuration.";
            return refuse("Module not installed", detail);
        };
        if installed.source != source.to_string() {
            let detail = "The source address was changed since this module was installed.";
            return refuse("Module source has changed", detail);
        }
        let wanted = call.version.as_deref().and_then(Constraints::parse);
        let version = installed.version.as_deref().and_then(Version::parse);
        if let (Some(wanted), Some(version)) = (wanted, version)
            && !wanted.allow(&version)
        {
            let detail = format!(
                "The version requirements have changed since this module was installed and the \
                 installed version ({version}) is no longer acceptable."
            );
            return refuse("Module version requirements have changed", &detail);
        }
        Ok(clean(&self.root.join(&installed.dir)))
    }
}
