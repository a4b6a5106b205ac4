//! Packages: what the address of one means, and how it gets into a directory.

use std::io;
use std::path::{Path, PathBuf};

use super::http::{Fetch, resolve};
use super::{Refusal, archive, git};
use crate::source::{ModuleSource, split_subdir};

pub(super) fn failed(address: &str, why: &str) -> Refusal {
    let detail = format!("Could not download module from {address}: {why}.");
    ("Failed to download module", detail)
}

/// How often one address may lead to another.
const MAX_HOPS: usize = 10;

/// The address that a package is fetched from, and a directory in it: a web address that is no
/// archive is asked which address it stands for.
pub(super) fn final_address(address: &str, fetch: &dyn Fetch) -> Result<(String, String), Refusal> {
    let (mut address, mut inner) = split_subdir(address);
    for _ in 0..MAX_HOPS {
        let is_web = address.starts_with("https://") || address.starts_with("http://");
        if !is_web || archive::kind(&address).is_some() {
            return Ok((address, inner));
        }
        let joined = if address.contains('?') { '&' } else { '?' };
        let asked = format!("{address}{joined}terraform-get=1");
        let reply = fetch.get(&asked).map_err(|why| failed(&address, &why))?;
        if !reply.is_success() {
            return Err(failed(&address, &format!("the server answered {}", reply.status)));
        }
        let location = reply.header("x-terraform-get").map(str::to_owned);
        let location = location.or_else(|| meta(&String::from_utf8_lossy(&reply.body)));
        let Some(location) = location else {
            return Err(failed(
                &address,
                "it is no archive (.zip, .tar.gz), and the server names no other source for it",
            ));
        };
        let (next, subdir) = split_subdir(&detected(&resolve(&address, &location))?);
        address = next;
        inner = join(&inner, &subdir);
    }
    Err(failed(&address, "it leads from one address to the next without end"))
}

fn join(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", it) | (it, "") => it.to_owned(),
        (outer, inner) => format!("{inner}/{outer}"),
    }
}

/// Short forms such as `github.com/...` written out.
pub(super) fn detected(address: &str) -> Result<String, Refusal> {
    match ModuleSource::parse(address) {
        Ok(it @ ModuleSource::Remote { .. }) => Ok(it.to_string()),
        Ok(_) | Err(_) => Err(failed(address, "it is not the address of a package")),
    }
}

/// `<meta name="terraform-get" content="...">`
fn meta(html: &str) -> Option<String> {
    let tags = html.split('<').filter(|it| it.starts_with("meta "));
    let value = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!("{name}="))?;
        let quote = rest.chars().next().filter(|it| matches!(it, '"' | '\''))?;
        rest[1..].split_once(quote).map(|it| it.0.to_owned())
    };
    let mut named = tags.filter(|tag| value(tag, "name").as_deref() == Some("terraform-get"));
    named.find_map(|tag| value(tag, "content"))
}

/// Fetches a package into a directory that does not exist yet.
pub(super) fn fetch(address: &str, target: &Path, fetch: &dyn Fetch) -> Result<(), Refusal> {
    let (getter, url) = match address.split_once("::") {
        Some((getter, url)) => (Some(getter), url),
        None => (None, address),
    };
    let scheme = url.split_once("://").map_or("", |it| it.0);
    let done = match (getter, scheme) {
        (Some("git"), _) | (None, "git" | "ssh") => git::clone(url, target),
        (None | Some("http" | "https"), "http" | "https") => archive::fetch(url, target, fetch),
        (None | Some("file"), "file") => link(Path::new(&url["file://".len()..]), target),
        (Some("s3"), _) => archive::from_s3(url, target, fetch),
        (Some(getter), _) => {
            Err(format!("fetching with {getter:?} is not supported yet; use git, https or a path"))
        }
        (None, scheme) => Err(format!("addresses with {scheme:?} are not supported")),
    };
    done.map_err(|why| failed(address, &why))
}

/// A directory of this machine is not copied.
fn link(from: &Path, to: &Path) -> Result<(), String> {
    if !from.is_dir() {
        return Err(format!("{} is not a directory", from.display()));
    }
    prepare(to).map_err(|error| error.to_string())?;
    std::os::unix::fs::symlink(from, to).map_err(|error| error.to_string())
}

/// Makes the directory that `target` is to stand in.
pub(super) fn prepare(target: &Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), std::fs::create_dir_all)
}

/// Removes what an earlier run left in a package's place.
pub(super) fn clear(target: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(target) {
        Ok(it) if it.is_dir() => std::fs::remove_dir_all(target),
        Ok(_) => std::fs::remove_file(target),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Copies a package that another call has fetched.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_symlink() {
        prepare(to)?;
        return std::os::unix::fs::symlink(std::fs::read_link(from)?, to);
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(&from)?, &to)?;
        } else if kind.is_dir() {
            copy(&from, &to)?;
        } else {
            std::fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// The only directory whose name fits a pattern with `*`.
pub(super) fn only_match(root: &Path, dir: &Path, pattern: &str) -> Result<PathBuf, Refusal> {
    let parts: Vec<&str> = pattern.split('*').collect();
    let fits = |name: &str| {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
        name.len() >= first.len() + last.len() && name.starts_with(first) && name.ends_with(last)
    };
    let entries = std::fs::read_dir(root.join(dir)).into_iter().flatten().flatten();
    let directories = entries.filter(|it| it.path().is_dir());
    let mut names = directories.filter_map(|it| it.file_name().into_string().ok());
    let mut found = names.by_ref().filter(|it| fits(it));
    match (found.next(), found.next()) {
        (Some(name), None) => Ok(dir.join(name)),
        (first, _) => {
            let how_many = if first.is_some() { "more than one directory" } else { "no directory" };
            let detail = format!("The package has {how_many} that {pattern:?} fits.");
            Err(("Unreadable module subdirectory", detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_its_module_is() {
        let html =
            "<html><meta charset=\"x\"><meta name='terraform-get' content='https://x/y.zip'>";
        assert_eq!(meta(html).as_deref(), Some("https://x/y.zip"));
        assert_eq!(meta("<meta name=\"x\" content=\"y\">"), None);
    }
}
