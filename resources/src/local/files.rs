//! The provider `local`: files of this machine.

mod data_file;
mod data_sensitive_file;
mod file;
mod sensitive_file;

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Fault, Map};

use crate::fault::rejected;
use crate::local::checksums::sha1;
use crate::local::{LocalProvider, found, kept, provider};
use crate::resource::Result;

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("local", "registry.terraform.io/hashicorp/local"),
    types: &[kept::<file::LocalFile>(), kept::<sensitive_file::LocalSensitiveFile>()],
    data: &[found::<data_file::LocalFile>(), found::<data_sensitive_file::LocalSensitiveFile>()],
};

/// An operation on a file that this machine refuses.
pub(crate) fn fault(operation: &'static str, path: &str, error: &std::io::Error) -> Fault {
    rejected(operation, "FileError", format!("{path}: {error}"))
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| fault("read", path, &error))
}

/// What is to be written: a text, bytes in base 64, or what another file has.
fn content(text: Option<&str>, base64: Option<&str>, source: Option<&str>) -> Result<Vec<u8>> {
    match (base64, source) {
        (Some(base64), _) => STANDARD.decode(base64).map_err(|error| {
            rejected("write", "InvalidContent", format!("`content_base64` is not base 64: {error}"))
        }),
        (None, Some(source)) => read(source),
        (None, None) => Ok(text.unwrap_or_default().as_bytes().to_vec()),
    }
}

/// `0640` as a number.
fn mode(text: &str) -> Option<u32> {
    let right = matches!(text.len(), 3 | 4);
    u32::from_str_radix(text, 8).ok().filter(|it| right && *it <= 0o7777)
}

fn write(path: &str, content: &[u8], file_mode: &str, folder_mode: &str) -> Result<()> {
    let mode = |text: &str| {
        let wrong = || rejected("write", "InvalidMode", format!("{text:?} is not a file mode"));
        mode(text).ok_or_else(wrong)
    };
    let (file_mode, folder_mode) = (mode(file_mode)?, mode(folder_mode)?);
    let write = || {
        if let Some(folder) = Path::new(path).parent().filter(|it| !it.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(folder_mode).create(folder)?;
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(file_mode).open(path)?;
        file.write_all(content)
    };
    write().map_err(|error| fault("write", path, &error))
}

/// Whether a file is there and has the content with this SHA-1.
fn is_as_written(path: &str, sha: &str) -> Result<bool> {
    match fs::read(path) {
        Ok(content) => Ok(sha1(&content) == sha),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(fault("read", path, &error)),
    }
}

/// Removes a file that is as it was written. Another one is in its place by now, such as the one
/// that replaces it.
fn remove(path: &str, sha: &str) -> Result<()> {
    if !is_as_written(path, sha)? {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(fault("remove", path, &error)),
        _ => Ok(()),
    }
}

/// What must hold for the arguments of a file: one content, and modes that are some.
fn check(given: &Map, contents: &[&'static str]) -> Vec<(&'static str, String)> {
    let is_given = |name: &&&'static str| given.get(**name).is_some_and(|it| !it.is_null());
    let mut wrong = Vec::new();
    let (mut there, all) = (contents.iter().filter(is_given), contents.join("`, `"));
    match (there.next(), there.next()) {
        (Some(_), None) => (),
        (None, _) => wrong.push((contents[0], format!("one of `{all}` must be given"))),
        (Some(_), Some(it)) => wrong.push((*it, format!("only one of `{all}` may be given"))),
    }
    for name in ["file_permission", "directory_permission"] {
        let text = given.get(name).and_then(|it| it.as_str());
        if let Some(text) = text.filter(|it| mode(it).is_none()) {
            wrong.push((name, format!("{text:?} is not a mode in octal digits, such as \"0644\"")));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal() {
        assert_eq!(mode("0644"), Some(0o644));
        assert_eq!(mode("777"), Some(0o777));
        assert_eq!(mode("0888"), None);
        assert_eq!(mode("1"), None);
        assert_eq!(mode("00644"), None);
    }

    #[test]
    fn two_contents_are_one_too_many() {
        let given = Map::from([
            ("content".into(), "a".into()),
            ("source".into(), "b".into()),
            ("file_permission".into(), "rw".into()),
        ]);
        let wrong = check(&given, &["content", "content_base64", "source"]);
        let names: Vec<&str> = wrong.iter().map(|it| it.0).collect();
        assert_eq!(names, ["source", "file_permission"]);
    }
}
