//! Which files a directory's configuration is in, and what they say, syntactically.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Diagnostic, Diagnostics, Position, Span};

use super::{Disk, Files, Snapshot};
use crate::syntax::tree::Body;
use crate::syntax::{json, parse};

/// A configuration file.
#[derive(Clone)]
pub(super) struct Source {
    pub body: Body,
    pub json: bool,
    /// Whether it changes what other files say.
    pub overrides: bool,
}

impl Files for Disk {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            // Follows links, as `is_file` of the entry itself would not.
            let is_file = entry.path().is_file();
            if let (true, Ok(name)) = (is_file, entry.file_name().into_string()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, file: &Path) -> io::Result<String> {
        let bytes = std::fs::read(file)?;
        String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            io::Error::new(io::ErrorKind::InvalidData, NotUtf8 { position: end_of(valid) })
        })
    }

    fn is_dir(&self, dir: &Path) -> bool {
        dir.is_dir()
    }
}

impl Files for Snapshot {
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        if !self.is_dir(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let dir = crate::source::clean(dir);
        let is_here =
            |file: &&PathBuf| file.parent().is_some_and(|it| crate::source::clean(it) == dir);
        let names = self.0.keys().filter(is_here).filter_map(|it| it.file_name()?.to_str());
        Ok(names.map(str::to_owned).collect())
    }

    fn read(&self, file: &Path) -> io::Result<String> {
        let file = crate::source::clean(file);
        self.0.get(&file).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_dir(&self, dir: &Path) -> bool {
        let dir = crate::source::clean(dir);
        let parents = self.0.keys().filter_map(|it| it.parent());
        let mut above = parents.flat_map(Path::ancestors).map(crate::source::clean);
        above.any(|it| it == dir)
    }
}

/// Where a file stops being UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("the file is not UTF-8 at line {}, column {}", position.line, position.column)]
struct NotUtf8 {
    position: Position,
}

/// The position after a text. What comes before its end may be any bytes that are UTF-8.
fn end_of(bytes: &[u8]) -> Position {
    use unicode_segmentation::UnicodeSegmentation;
    let text = String::from_utf8_lossy(bytes);
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().graphemes(true).count() + 1;
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        byte: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
    }
}

/// Whether a name is that of a configuration file; then whether it is JSON, and an override.
fn kind(name: &str) -> Option<(bool, bool)> {
    let is_temporary = name.starts_with('.')
        || name.ends_with('~')
        || name.starts_with('#') && name.ends_with('#');
    if is_temporary {
        return None;
    }
    let (stem, json) = if let Some(stem) = name.strip_suffix(".tf.json") {
        (stem, true)
    } else if let Some(stem) = name.strip_suffix(".tf") {
        (stem, false)
    } else {
        (name.strip_suffix(".stack.hcl")?, false)
    };
    Some((json, stem == "override" || stem.ends_with("_override")))
}

/// Whether a directory has configuration files.
pub fn has_configuration(dir: &Path, files: &dyn Files) -> bool {
    files.list(dir).is_ok_and(|names| names.iter().any(|it| kind(it).is_some()))
}

/// The configuration files of a directory, by name; override files last. Their texts go to `texts`.
///
/// # Errors
///
/// When the directory cannot be read.
pub(super) fn sources(
    dir: &Path,
    files: &dyn Files,
    texts: &mut BTreeMap<Arc<str>, Arc<str>>,
    problems: &mut Diagnostics,
) -> io::Result<Vec<Source>> {
    let mut found: Vec<(bool, String, bool)> = Vec::new();
    for name in files.list(dir)? {
        if let Some((json, overrides)) = kind(&name) {
            found.push((overrides, name, json));
        }
    }
    found.sort();
    let mut sources = Vec::new();
    for (overrides, name, json) in found {
        let path = crate::source::clean(&dir.join(name));
        let file: Arc<str> = path.to_string_lossy().into();
        match files.read(&path) {
            Ok(text) => {
                let (body, wrong) =
                    if json { json::body(&file, &text) } else { parse::body(&file, &text) };
                texts.insert(file, text.into());
                problems.extend(wrong);
                sources.push(Source { body, json, overrides });
            }
            Err(error) => problems.push(unreadable(&file, &error)),
        }
    }
    Ok(sources)
}

fn unreadable(file: &Arc<str>, error: &io::Error) -> Diagnostic {
    let not_utf8 = error.get_ref().and_then(|it| it.downcast_ref::<NotUtf8>());
    let at = |position: Position| Span { file: file.clone(), start: position, end: position };
    match not_utf8 {
        Some(it) => Diagnostic::error(
            "Invalid character encoding",
            "All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your \
             editor.",
        )
        .at(&at(it.position)),
        None => Diagnostic::error(
            "Failed to read file",
            format!("The file {file:?} could not be read: {error}."),
        ),
    }
}
