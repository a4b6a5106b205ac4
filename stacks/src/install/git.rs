//! Packages in git repositories, by the `git` command.

use std::path::Path;
use std::process::{Command, Stdio};

use super::package::prepare;

/// Clones a repository into a directory that does not exist yet. `url` may end in `?ref=` and
/// `?depth=`.
pub(super) fn clone(url: &str, target: &Path) -> Result<(), String> {
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut reference, mut depth, mut others) = (None, None, Vec::new());
    for (name, value) in query.split('&').filter_map(|it| it.split_once('=')) {
        match name {
            "ref" => reference = Some(decode(value)),
            "depth" => {
                let it: u32 = value.parse().map_err(|_| format!("depth={value} is no number"))?;
                depth = Some(it).filter(|it| *it > 0);
            }
            "sshkey" => {
                return Err(
                    "keys in the address are not supported; ssh has them from its agent or \
                            configuration"
                        .to_owned(),
                );
            }
            _ => others.push(format!("{name}={value}")),
        }
    }
    let others = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    let url = format!("{url}{others}");
    let safe = |it: &str| !it.starts_with('-') && !it.is_empty();
    if !safe(&url) || reference.as_deref().is_some_and(|it| !safe(it)) {
        return Err("an address or a ref cannot begin with a hyphen".to_owned());
    }
    prepare(target).map_err(|error| error.to_string())?;
    let mut command = git(None);
    command.arg("clone");
    if let Some(depth) = depth {
        command.arg("--depth").arg(depth.to_string());
        command.args(reference.as_ref().map(|it| format!("--branch={it}")));
    }
    run(command.arg("--").arg(&url).arg(target))?;
    if let (Some(reference), None) = (&reference, depth) {
        checkout(target, reference)?;
    }
    if target.join(".gitmodules").is_file() {
        run(git(Some(target)).args(["submodule", "update", "--init", "--recursive"]))?;
    }
    Ok(())
}

/// A tag, a commit, or a branch, which is only known by its name at the other side.
fn checkout(target: &Path, reference: &str) -> Result<(), String> {
    let remote = format!("origin/{reference}");
    let known = run(git(Some(target)).args(["rev-parse", "--verify", "--quiet", &remote]));
    match known {
        Ok(()) => run(git(Some(target)).args(["checkout", "--quiet", "-B", reference, &remote])),
        Err(_) => run(git(Some(target)).args(["checkout", "--quiet", reference])),
    }
}

/// Never asks for a password, and runs no command that an address names.
fn git(dir: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    command.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    command.args(["-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false"]);
    // These would make git work in the repository that groundplan runs in.
    command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    if let Some(dir) = dir {
        command.arg("-C").arg(dir);
    }
    command
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            "the command git is needed for this and was not found".to_owned()
        }
        _ => format!("git: {error}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = errors.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    Err(format!("git: {}", errors.join("; ")))
}

/// `%2F` and the like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        match code.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
