//! Which Python interpreter to use.

use crate::{Error, Options};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Moto's own lower bound.
const OLDEST: (u32, u32) = (3, 10);

const NAMES: [&str; 7] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/// The interpreter asked for, or the first on the path that is new enough.
pub(crate) fn interpreter(options: &Options) -> Result<PathBuf, Error> {
    let candidates: Vec<PathBuf> = match &options.python {
        Some(python) => vec![python.clone()],
        None => NAMES.iter().map(PathBuf::from).collect(),
    };
    let mut seen = Vec::new();
    for candidate in candidates {
        match version(&candidate) {
            Ok(version) if version >= OLDEST => return Ok(candidate),
            Ok((major, minor)) => {
                seen.push(format!("{} is {major}.{minor}", candidate.display()));
            }
            Err(reason) if options.python.is_some() => {
                seen.push(format!("{}: {reason}", candidate.display()));
            }
            Err(_) => {}
        }
    }
    match seen.is_empty() {
        true => Err(Error::NoPython("no python3 on the PATH".to_owned())),
        false => Err(Error::NoPython(seen.join(", "))),
    }
}

fn version(python: &Path) -> Result<(u32, u32), String> {
    let output = Command::new(python)
        .args(["-c", "import sys; print(*sys.version_info[:2])"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(|it| it.parse().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => Err("does not run".to_owned()),
    }
}

/// Whether an interpreter of ours still runs: the system's Python may have been replaced under it.
pub(crate) fn works(python: &Path) -> bool {
    version(python).is_ok()
}
