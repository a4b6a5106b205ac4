//! Directories to a [`Stack`]: files, override files, modules.

mod files;
mod content;
pub(crate) mod constant;
mod named;
mod resource;
mod provisioner;
mod provider;
mod call;
mod moves;
mod overrides;
mod module;
mod modules;
mod suite;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics};

pub use files::has_configuration;
pub use modules::{Installed, Manifest};
pub(crate) use modules::{MAX_DEPTH, Reader};
pub use provider::LANGUAGE_VERSION;
pub use suite::{
    MockProvider, MockValues, Override, OverrideKind, Suite, TestOptions, TestProvider, TestRun,
    suite,
};

use crate::source::clean;
use crate::stack::Stack;

/// Where configuration is read from: the disk, or the files a saved plan carries.
pub trait Files {
    /// The names of the files in a directory.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    fn read(&self, file: &Path) -> io::Result<String>;
    fn is_dir(&self, dir: &Path) -> bool;
}

/// The files of this machine.
pub struct Disk;

/// Files in memory, by path.
#[derive(Debug, Clone, Default)]
pub struct Snapshot(pub BTreeMap<PathBuf, String>);

/// Loads the root module in `dir` and all the modules it calls. Local sources are read where they
/// are; for others `.terraform/modules/modules.json` (below `dir`) says where `init` put them.
/// Everything that is wrong is reported; what could be read is in the stack.
pub fn load(dir: &Path, files: &dyn Files) -> (Stack, Diagnostics) {
    let root = clean(dir);
    let (manifest, problem) = match Manifest::read(&root, files) {
        Ok(manifest) => (manifest, None),
        Err(problem) => (Manifest::default(), Some(*problem)),
    };
    let mut reader = Reader::new(files);
    reader.problems.extend(problem);
    let mut module = reader.directory(&root).unwrap_or_else(|error| {
        let detail = format!("The directory {} could not be read: {error}.", root.display());
        reader.problems.push(Diagnostic::error("Unreadable module directory", detail));
        Default::default()
    });
    if reader.problems.is_empty() && !has_configuration(&root, files) {
        let detail = format!(
            "The directory {} has no configuration: no file whose name ends in .tf, .tf.json or \
             .stack.hcl.",
            root.display()
        );
        reader.problems.push(Diagnostic::error("No configuration files", detail));
    }
    let mut loader = modules::Loader { root: &root, manifest, reader, n_calls: 0 };
    loader.calls(&mut module, &mut Vec::new());
    let Reader { texts, mut problems, .. } = loader.reader;
    in_order(&mut problems);
    (Stack { root: Arc::new(module), sources: texts }, problems)
}

/// Problems by where they are, those without a place first.
pub(crate) fn in_order(problems: &mut Diagnostics) {
    problems.sort_by(|a, b| {
        let place = |it: &Diagnostic| it.span.as_ref().map(|it| (it.file.clone(), it.start));
        place(a).cmp(&place(b))
    });
}

#[cfg(test)]
pub(crate) mod tests;
