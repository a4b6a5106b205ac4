//! Files that are part of the configuration, and paths.

mod glob;

use std::io;
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Type, Value};

use super::args::{quote, string, text};
use super::{Failure, Function, Param, Returns, Site, Takes};

const STRING: Returns = Returns::Known(Takes::String);
const PATH: &[Param] = &[Param::string("path")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "abspath",
        "A path from the root of the file system.",
        PATH,
        STRING,
        |args, _| {
            let dir = std::env::current_dir().map_err(|it| Failure::new(it.to_string()))?;
            Ok(string(clean(&dir.join(text(&args[0])).to_string_lossy())))
        },
    ),
    Function::new("basename", "The last part of a path.", PATH, STRING, |args, _| {
        Ok(string(base_name(text(&args[0]))))
    }),
    Function::new("dirname", "A path without its last part.", PATH, STRING, |args, _| {
        Ok(string(dir_name(text(&args[0]))))
    }),
    Function::new(
        "file",
        "The contents of a file, a text in UTF-8.",
        PATH,
        STRING,
        |args, site| file(&args[0], site).map(string),
    ),
    Function::new(
        "filebase64",
        "The contents of a file, in base64.",
        PATH,
        STRING,
        |args, site| {
            let bytes = read(&args[0], site)?;
            Ok(STANDARD.encode(bytes).into())
        },
    ),
    Function::new(
        "fileexists",
        "Whether there is a file of that name.",
        PATH,
        Returns::Known(Takes::Bool),
        file_exists,
    ),
    Function::new(
        "fileset",
        "The names of the files in a directory that fit a pattern (*, **, ?, [a-z], {a,b}).",
        &[Param::string("path"), Param::string("pattern")],
        Returns::Of(|_| Ok(Type::set(Type::String))),
        file_set,
    ),
    Function::new(
        "pathexpand",
        "A path with the home directory in place of a leading ~.",
        PATH,
        STRING,
        |args, _| Ok(string(expanded(text(&args[0]))?)),
    ),
];

/// The contents of a file that a function takes, for hashing.
pub(super) fn contents(path: &Value, site: &Site<'_>) -> Result<Vec<u8>, Failure> {
    let path = located(text(path), site)?;
    std::fs::read(&path).map_err(|it| Failure::new(problem(&path, &it)))
}

/// The text of a file that a function takes.
pub(super) fn file(path: &Value, site: &Site<'_>) -> Result<String, Failure> {
    String::from_utf8(read(path, site)?).map_err(|_| {
        let path = quote(text(path));
        Failure::new(format!(
            "contents of {path} are not valid UTF-8; use the filebase64 function to obtain the \
             Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to \
             obtain file hashing results instead"
        ))
    })
}

fn read(path: &Value, site: &Site<'_>) -> Result<Vec<u8>, Failure> {
    let given = text(path);
    let path = located(given, site)?;
    std::fs::read(&path).map_err(|it| {
        let message = match it.kind() {
            io::ErrorKind::NotFound => format!(
                "no file exists at {}; this function works only with files that are distributed as \
                 part of the configuration source code, so if this file will be created by a \
                 resource in this configuration you must instead obtain this result from an \
                 attribute of that resource",
                quote(given)
            ),
            io::ErrorKind::IsADirectory => format!("failed to read file: {}", problem(&path, &it)),
            _ => problem(&path, &it),
        };
        Failure::argument(0, message)
    })
}

/// An error of the file system as Go writes it.
fn problem(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
        io::ErrorKind::IsADirectory => format!("read {path}: is a directory"),
        io::ErrorKind::PermissionDenied => format!("open {path}: permission denied"),
        _ => format!("open {path}: {error}"),
    }
}

/// Where a path leads that is relative to the working directory.
fn located(given: &str, site: &Site<'_>) -> Result<PathBuf, Failure> {
    let path = site.scope.base_dir().join(expanded(given)?);
    Ok(PathBuf::from(clean(&path.to_string_lossy())))
}

fn expanded(given: &str) -> Result<String, Failure> {
    let Some(rest) = given.strip_prefix('~') else { return Ok(given.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(Failure::new("cannot expand user-specific home dir"));
    }
    let home = std::env::home_dir().ok_or_else(|| Failure::new("there is no home directory"))?;
    Ok(clean(&format!("{}{rest}", home.display())))
}

fn file_exists(args: &[Value], site: &Site<'_>) -> Result<Value, Failure> {
    use std::os::unix::fs::FileTypeExt;

    let path = located(text(&args[0]), site)?;
    let shown = quote(&path.to_string_lossy());
    let kind = match std::fs::metadata(&path) {
        Ok(it) => it.file_type(),
        Err(it) if matches!(it.kind(), io::ErrorKind::NotFound) => return Ok(false.into()),
        Err(_) => return Err(Failure::new(format!("failed to stat {shown}"))),
    };
    let what = match () {
        () if kind.is_file() => return Ok(true.into()),
        () if kind.is_dir() => "a directory, not a file",
        () if kind.is_block_device() || kind.is_char_device() => {
            "a device node, not a regular file"
        }
        () if kind.is_fifo() => "a named pipe, not a regular file",
        () if kind.is_socket() => "a unix domain socket, not a regular file",
        () => return Err(Failure::new(format!("{shown} is not a regular file"))),
    };
    Err(Failure::new(format!("{shown} is {what}")))
}

fn file_set(args: &[Value], site: &Site<'_>) -> Result<Value, Failure> {
    let dir = site.scope.base_dir().join(text(&args[0]));
    let dir = clean(&dir.to_string_lossy());
    let whole = clean(&format!("{dir}/{}", text(&args[1])));
    let whole = if dir == "." { clean(text(&args[1])) } else { whole };
    let found = glob::glob(&whole)
        .map_err(|why| Failure::new(format!("failed to glob pattern {}: {why}", quote(&whole))))?;
    let names = found.iter().map(|it| string(relative(&dir, it)));
    Ok(Value::set(Type::String, names.collect()))
}

/// A clean path seen from a clean directory.
fn relative(dir: &str, path: &str) -> String {
    let parts = |it: &str| -> Vec<String> {
        let parts = Path::new(it).components().filter(|it| *it != Component::CurDir);
        parts.map(|it| it.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (dir, path) = (parts(dir), parts(path));
    let common = dir.iter().zip(&path).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), dir.len() - common);
    up.chain(path[common..].iter().cloned()).collect::<Vec<_>>().join("/")
}

/// The shortest path with the same meaning, by its text alone.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            ("..", None) if rooted => {}
            (part, _) => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

fn base_name(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit_once('/') {
        _ if trimmed.is_empty() => "/",
        Some((_, name)) => name,
        None => trimmed,
    }
}

fn dir_name(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..at + 1]),
        None => ".".to_owned(),
    }
}
