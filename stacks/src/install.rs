//! What `init` does for modules: fetches those that are not local, and writes down where they are in
//! `.terraform/modules/modules.json`, so that a directory that Terraform initialised works here and
//! the other way round.
//!
//! Where from is decided by [`ModuleSource`]; a [`Substitutes`] table may send it elsewhere.

mod archive;
mod git;
mod http;
mod package;
mod registry;
mod s3;
mod substitutes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics};

pub use http::{Fetch, Http, Reply};
pub use s3::S3Place;
pub use substitutes::Substitutes;

use crate::load::{Disk, Installed, Manifest, Reader};
use crate::source::{ModuleSource, clean};
use crate::stack::{Call, Module};
use crate::version::{Constraints, Version};

/// How to install.
pub struct Options<'a> {
    /// Fetch what is installed already too, and take the newest versions that fit.
    pub upgrade: bool,
    pub substitutes: Substitutes,
    pub fetch: &'a dyn Fetch,
}

/// Installs the modules that the root module in `dir` calls, and those that they call. `tell` is
/// given a line for each thing done. What is wrong is reported; the rest is installed.
pub fn install(
    dir: &Path,
    options: &Options<'_>,
    tell: &mut dyn FnMut(String),
) -> (Manifest, Diagnostics) {
    let root = clean(dir);
    let (before, mut problems) = match Manifest::read(&root, &Disk) {
        Ok(before) => (before, Vec::new()),
        Err(_) => Default::default(),
    };
    let mut reader = Reader::new(&Disk);
    let module = match reader.directory(&root) {
        Ok(module) => module,
        Err(error) => {
            let detail = format!("The directory {} could not be read: {error}.", root.display());
            problems.push(Diagnostic::error("Unreadable module directory", detail));
            return (before, problems);
        }
    };
    let mut installer = Installer {
        root: &root,
        options,
        tell,
        reader,
        before,
        found: Vec::new(),
        fetched: BTreeMap::new(),
        problems,
    };
    let here =
        Installed { key: String::new(), source: String::new(), version: None, dir: ".".to_owned() };
    installer.found.push(here);
    installer.calls(&module, Path::new("."), &[], &mut vec![root.clone()]);
    installer.finish()
}

struct Installer<'a> {
    root: &'a Path,
    options: &'a Options<'a>,
    tell: &'a mut dyn FnMut(String),
    reader: Reader<'a>,
    /// What was installed before.
    before: Manifest,
    found: Vec<Installed>,
    /// Packages fetched in this run, and where they are.
    fetched: BTreeMap<String, PathBuf>,
    problems: Diagnostics,
}

/// Why a module cannot be installed: a summary and a detail.
type Refusal = (&'static str, String);

impl Installer<'_> {
    /// Writes the manifest if there is something to write down.
    fn finish(mut self) -> (Manifest, Diagnostics) {
        self.problems.extend(std::mem::take(&mut self.reader.problems));
        self.found.sort_by(|a, b| a.key.cmp(&b.key));
        let manifest = Manifest { modules: self.found };
        if (manifest.modules.len() > 1 || !self.before.modules.is_empty())
            && manifest != self.before
            && let Err(error) = write(self.root, &manifest)
        {
            let detail = format!("{} could not be written: {error}.", Manifest::PATH);
            self.problems.push(Diagnostic::error("Failed to write module manifest", detail));
        }
        (manifest, self.problems)
    }

    /// `dir` is relative to the root module's directory, `above` are the callers' directories.
    fn calls(&mut self, module: &Module, dir: &Path, path: &[Arc<str>], above: &mut Vec<PathBuf>) {
        for call in module.calls.values() {
            let mut path = path.to_vec();
            path.push(call.name.name.clone());
            if path.len() > crate::load::MAX_DEPTH {
                let detail = "Modules call modules in too many levels.".to_owned();
                self.refuse(call, ("Modules nested too deeply", detail));
                continue;
            }
            let installed = match self.one(call, dir, &path.join(".")) {
                Ok(Some(installed)) => installed,
                Ok(None) => continue,
                Err(refusal) => {
                    self.refuse(call, refusal);
                    continue;
                }
            };
            let dir = PathBuf::from(&installed.dir);
            let place = clean(&self.root.join(&dir));
            (self.tell)(format!("- {} in {}", installed.key, installed.dir));
            self.found.push(installed);
            if above.contains(&place) {
                let detail = format!("The module in {} calls itself.", place.display());
                self.refuse(call, ("Module calls itself", detail));
                continue;
            }
            match self.reader.directory(&place) {
                Ok(found) => {
                    above.push(place);
                    stacker::maybe_grow(128 * 1024, 1024 * 1024, || {
                        self.calls(&found, &dir, &path, above);
                    });
                    above.pop();
                }
                Err(error) => {
                    let detail = format!(
                        "The directory {} could not be read for module {:?}: {error}.",
                        place.display(),
                        call.name.name
                    );
                    self.refuse(call, ("Unreadable module directory", detail));
                }
            }
        }
    }

    fn refuse(&mut self, call: &Call, (summary, detail): Refusal) {
        self.problems.push(Diagnostic::error(summary, detail).at(&call.source_span));
    }

    /// Sees to it that one module is there. None if its source is none, which has been reported.
    fn one(&mut self, call: &Call, dir: &Path, key: &str) -> Result<Option<Installed>, Refusal> {
        let source = match call.version {
            Some(_) => ModuleSource::parse_registry(&call.source),
            None => ModuleSource::parse(&call.source),
        };
        let Ok(source) = source else { return Ok(None) };
        let mut installed = Installed {
            key: key.to_owned(),
            source: source.to_string(),
            version: None,
            dir: String::new(),
        };
        if let Some(place) = self.options.substitutes.find(&source) {
            installed.dir = clean(&place).to_string_lossy().into_owned();
            return Ok(Some(installed));
        }
        if let ModuleSource::Local(local) = &source {
            installed.dir = clean(&dir.join(local)).to_string_lossy().into_owned();
            return Ok(Some(installed));
        }
        let wanted = call.version.as_deref().and_then(Constraints::parse);
        if let Some(found) = self.kept(&installed, wanted.as_ref()) {
            return Ok(Some(found));
        }
        let place = Path::new(".terraform/modules").join(key);
        match &source {
            ModuleSource::Local(_) => (),
            ModuleSource::Registry { subdir, .. } => {
                let (version, package) = registry::resolve(&source, wanted.as_ref(), self.options)?;
                (self.tell)(format!("Downloading {} {version} for {key}...", call.source));
                let inner = self.package(&package, &place)?;
                installed.version = Some(version.to_string());
                installed.dir = self.within(&place.join(inner), subdir)?;
            }
            ModuleSource::Remote { package, subdir } => {
                (self.tell)(format!("Downloading {package} for {key}..."));
                let inner = self.package(package, &place)?;
                installed.dir = self.within(&place.join(inner), subdir)?;
            }
        }
        Ok(Some(installed))
    }

    /// What was installed for a call before, if it still is what the call asks for.
    fn kept(&self, now: &Installed, wanted: Option<&Constraints>) -> Option<Installed> {
        if self.options.upgrade {
            return None;
        }
        let found = self.before.find(&now.key).filter(|it| it.source == now.source)?;
        let version = found.version.as_deref().and_then(Version::parse);
        let fits = match (wanted, version) {
            (Some(wanted), Some(version)) => wanted.allow(&version),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let is_there = self.root.join(&found.dir).is_dir();
        (fits && is_there && found.dir.starts_with(".terraform")).then(|| found.clone())
    }

    /// Puts a package in place, below the root's directory. Gives the directory inside of it that the
    /// package's own address names.
    fn package(&mut self, address: &str, place: &Path) -> Result<String, Refusal> {
        let (address, inner) = package::final_address(address, self.options.fetch)?;
        let target = self.root.join(place);
        package::clear(&target).map_err(|it| package::failed(&address, &it.to_string()))?;
        match self.fetched.get(&address) {
            Some(first) => package::copy(first, &target)
                .map_err(|it| package::failed(&address, &it.to_string()))?,
            None => {
                package::fetch(&address, &target, self.options.fetch)?;
                self.fetched.insert(address, target);
            }
        }
        Ok(inner)
    }

    /// A directory inside of a package; `*` in it stands for the only one there.
    fn within(&self, package: &Path, subdir: &str) -> Result<String, Refusal> {
        let mut dir = package.to_owned();
        for part in subdir.split('/').filter(|it| !it.is_empty()) {
            dir = match part.contains('*') {
                true => package::only_match(self.root, &dir, part)?,
                false => dir.join(part),
            };
        }
        let dir = clean(&dir);
        if !self.root.join(&dir).is_dir() {
            let detail = format!("The package has no directory {subdir:?}.");
            return Err(("Unreadable module subdirectory", detail));
        }
        Ok(dir.to_string_lossy().into_owned())
    }
}

fn write(root: &Path, manifest: &Manifest) -> std::io::Result<()> {
    let path = root.join(Manifest::PATH);
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(path, serde_json::to_string(manifest)?)
}

#[cfg(test)]
mod tests;
