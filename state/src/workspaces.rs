//! Workspaces of the local backend: several states of one configuration, each in a folder of its own.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::edit::invalid;
use crate::error::Error;
use crate::store::Store;
use crate::writer::{beside, write_synced};

const DEFAULT: &str = "default";

/// The workspaces of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspaces {
    /// The state of the workspace `default`: `terraform.tfstate`.
    pub path: PathBuf,
    /// Where the others are: `terraform.tfstate.d`.
    pub folder: PathBuf,
    /// Where the name of the selected one is: `.terraform/environment`.
    pub selection: PathBuf,
}

impl Workspaces {
    /// The places that Terraform has where nothing says otherwise. `data` is `.terraform`.
    pub fn local(root: &Path, data: &Path) -> Workspaces {
        Workspaces {
            path: root.join("terraform.tfstate"),
            folder: root.join("terraform.tfstate.d"),
            selection: data.join("environment"),
        }
    }

    /// The name of the selected workspace.
    ///
    /// # Errors
    ///
    /// When the file that says so cannot be read.
    pub fn selected(&self) -> Result<String, Error> {
        match fs::read_to_string(&self.selection) {
            Ok(text) if text.trim().is_empty() => Ok(DEFAULT.to_owned()),
            Ok(text) => Ok(text.trim().to_owned()),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(DEFAULT.to_owned()),
            Err(why) => Err(Error::io("read", &self.selection)(why)),
        }
    }

    /// All names, `default` first.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(vec![DEFAULT.into()]),
            Err(why) => return Err(Error::io("read", &self.folder)(why)),
        };
        let mut names = BTreeSet::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("read", &self.folder))?;
            if entry.path().is_dir() {
                names.insert(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.remove(DEFAULT);
        Ok([DEFAULT.to_owned()].into_iter().chain(names).collect())
    }

    /// Where a workspace's state is kept.
    pub fn store(&self, name: &str) -> Store {
        match name {
            DEFAULT => Store::local(&self.path),
            name => Store::local(self.folder.join(name).join("terraform.tfstate")),
        }
    }

    /// Makes a workspace and selects it.
    ///
    /// # Errors
    ///
    /// When there is one of that name, or the name is not allowed.
    pub fn create(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        if self.names()?.iter().any(|it| it == name) {
            return Err(invalid(format!("workspace {name:?} exists already"))
                .hint(format!("`groundplan workspace select {name}` selects it")));
        }
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(Error::io("make", &folder))?;
        self.remember(name)
    }

    /// Selects a workspace.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn select(&self, name: &str) -> Result<(), Error> {
        self.find(name)?;
        self.remember(name)
    }

    /// Removes a workspace with its state.
    ///
    /// # Errors
    ///
    /// When it is the default one, the selected one, unknown, or not empty, unless `force`.
    pub fn delete(&self, name: &str, force: bool) -> Result<(), Error> {
        if name == DEFAULT {
            return Err(invalid("the workspace \"default\" cannot be deleted"));
        }
        self.find(name)?;
        if self.selected()? == name {
            return Err(invalid(format!("workspace {name:?} is the selected one"))
                .hint("select another workspace first"));
        }
        let state = if force { None } else { self.store(name).read_only()? };
        let held = state.map_or(0, |it| it.instances.len());
        if held > 0 {
            let what = format!("workspace {name:?} is not empty: it has {held} resource instances");
            return Err(invalid(what).hint(
                "destroy them first; `-force` forgets them, and they go on to exist in the cloud",
            ));
        }
        let folder = self.folder.join(name);
        fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))
    }

    fn find(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        if self.names()?.iter().any(|it| it == name) {
            return Ok(());
        }
        Err(invalid(format!("there is no workspace {name:?}"))
            .hint(format!("`groundplan workspace new {name}` makes it")))
    }

    /// Notes a workspace as the selected one, wherever its state is.
    ///
    /// # Errors
    ///
    /// When the note cannot be written.
    pub fn remember(&self, name: &str) -> Result<(), Error> {
        let write = || {
            if let Some(folder) = self.selection.parent() {
                fs::create_dir_all(folder)?;
            }
            let new = beside(&self.selection, ".new");
            write_synced(&new, name.as_bytes())?;
            fs::rename(&new, &self.selection)
        };
        write().map_err(Error::io("write", &self.selection))
    }
}

/// A name must be able to stand in a path of a URL as it is.
fn check_name(name: &str) -> Result<(), Error> {
    let safe = |it: char| it.is_ascii_alphanumeric() || "-_.~$&+:=@".contains(it);
    if !name.is_empty() && name != "." && name != ".." && name.chars().all(safe) {
        return Ok(());
    }
    Err(invalid(format!("the workspace name {name:?} is not allowed"))
        .hint("a name has only letters, digits and the characters -_.~$&+:=@"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::{ObjectState, State};

    #[test]
    fn workspaces_come_and_go() {
        let root = tempfile::tempdir().unwrap();
        let all = Workspaces::local(root.path(), &root.path().join(".terraform"));
        let state = || (all.selected().unwrap(), all.names().unwrap().join(" "));
        let is = |selected: &str, names: &str| assert_eq!(state(), (selected.into(), names.into()));
        let refused = |done: Result<(), Error>, why: &str| {
            assert_eq!(done.unwrap_err().message, why);
        };
        is("default", "default");
        all.create("dev").unwrap();
        all.create("a.b").unwrap();
        is("a.b", "default a.b dev");
        refused(all.create("dev"), "workspace \"dev\" exists already");
        refused(all.create("default"), "workspace \"default\" exists already");
        for name in ["a/b", "", "..", "é", "a b"] {
            refused(all.create(name), &format!("the workspace name {name:?} is not allowed"));
        }
        all.select("dev").unwrap();
        refused(all.select("zz"), "there is no workspace \"zz\"");
        refused(all.delete("dev", true), "workspace \"dev\" is the selected one");
        refused(all.delete("default", true), "the workspace \"default\" cannot be deleted");
        refused(all.delete("zz", false), "there is no workspace \"zz\"");
        all.delete("a.b", false).unwrap();
        is("dev", "default dev");

        let mut session = all.store("dev").open("apply", &Default::default()).unwrap();
        let mut full = State { lineage: session.state.lineage.clone(), ..State::empty() };
        full.set(&"a.b".parse().unwrap(), None, "p", Some(ObjectState::default()));
        session.save(&full).unwrap();
        drop(session);
        all.select("default").unwrap();
        let why = "workspace \"dev\" is not empty: it has 1 resource instances";
        refused(all.delete("dev", false), why);
        all.delete("dev", true).unwrap();
        is("default", "default");
    }
}
