//! What goes into an archive: a file, or all files below a folder, always in the same order.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::fault::rejected;
use crate::local::files::fault;
use crate::resource::Result;

/// Something to be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    /// Its path in the archive.
    pub name: String,
    /// The permissions of the file; none if it is only a text.
    pub mode: Option<u32>,
    pub content: Vec<u8>,
}

/// One file, without its folder.
pub(super) fn file(path: &str) -> Result<Packed> {
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    packed(Path::new(path), name.into_owned()).map_err(|error| fault("archive", path, &error))
}

fn packed(path: &Path, name: String) -> io::Result<Packed> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o7777;
    Ok(Packed { name, mode: Some(mode), content: fs::read(path)? })
}

/// Patterns of paths to leave out. `**` stands for folders, `*` for a part of a name.
pub(super) fn patterns(texts: &[String]) -> Result<GlobSet> {
    let wrong = |error: globset::Error| rejected("archive", "InvalidPattern", error.to_string());
    let mut set = GlobSetBuilder::new();
    for it in texts.iter().filter(|it| !it.is_empty()) {
        set.add(GlobBuilder::new(it).literal_separator(true).build().map_err(wrong)?);
    }
    set.build().map_err(wrong)
}

/// All files below a folder but those that are excluded, in order of their names.
pub(super) fn folder(path: &str, excluded: &GlobSet, follow: bool) -> Result<Vec<Packed>> {
    let mut found = Vec::new();
    walk(Path::new(path), "", excluded, follow, &mut found)
        .map_err(|error| fault("archive", path, &error))?;
    match found.is_empty() {
        true => Err(rejected("archive", "Empty", format!("{path} has no file to be packed"))),
        false => Ok(found),
    }
}

fn walk(
    folder: &Path,
    inside: &str,
    excluded: &GlobSet,
    follow: bool,
    found: &mut Vec<Packed>,
) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, own) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let name = if inside.is_empty() { own } else { format!("{inside}/{own}") };
        if excluded.is_match(&name) {
            continue;
        }
        let link = entry.file_type()?.is_symlink();
        match fs::metadata(&path)?.is_dir() {
            true if link && !follow => (),
            true => walk(&path, &name, excluded, follow, found)?,
            false => found.push(packed(&path, name)?),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_order_of_their_names_and_without_what_is_excluded() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a/z.txt", "a/y.log", "a.txt", "node_modules/x/i.js", "c/d/e.log"] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        std::os::unix::fs::symlink(root.path().join("a"), root.path().join("link")).unwrap();
        let names = |excluded: &[&str], follow| {
            let excluded: Vec<String> = excluded.iter().map(|it| (*it).to_owned()).collect();
            let excluded = patterns(&excluded).unwrap();
            let found = folder(root.path().to_str().unwrap(), &excluded, follow);
            found.unwrap().into_iter().map(|it| it.name).collect::<Vec<_>>()
        };
        let all = ["a/y.log", "a/z.txt", "a.txt", "b.txt", "c/d/e.log"];
        assert_eq!(names(&["node_modules"], false), all);
        assert_eq!(
            names(&["node_modules/**", "**/*.log", "link"], true),
            ["a/z.txt", "a.txt", "b.txt"]
        );
        assert_eq!(names(&["*.txt", "[abcn]*"], true), ["link/y.log", "link/z.txt"]);
        assert!(patterns(&["[".to_owned()]).is_err());
    }
}
