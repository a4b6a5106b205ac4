//! Where a module comes from: what a `source` argument says, in the form in which
//! `.terraform/modules/modules.json` has it.

use std::fmt;
use std::path::{Component, Path, PathBuf};

/// A module's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleSource {
    /// A directory, relative to the one of the calling module. Begins with `./` or `../`.
    Local(String),
    /// A module of a registry.
    Registry { host: String, namespace: String, name: String, system: String, subdir: String },
    /// Something to be fetched: `git::https://...`, `https://...zip`, `s3::...`, `file:///...`.
    Remote { package: String, subdir: String },
}

/// The registry that is meant where none is named.
pub const PUBLIC_REGISTRY: &str = "registry.terraform.io";

impl ModuleSource {
    /// What a `source` argument says when there is no `version` beside it.
    ///
    /// # Errors
    ///
    /// Why the text is no source, in sentences.
    pub fn parse(text: &str) -> Result<ModuleSource, String> {
        if is_local(text) {
            return Ok(ModuleSource::Local(local(text)));
        }
        match ModuleSource::parse_registry(text) {
            Ok(found) => Ok(found),
            Err(_) => remote(text),
        }
    }

    /// What a `source` argument says beside a `version`: only a registry has versions.
    ///
    /// # Errors
    ///
    /// Why the text is no module of a registry.
    pub fn parse_registry(text: &str) -> Result<ModuleSource, String> {
        if is_local(text) {
            return Err(format!("can't use local directory {text:?} as a module registry address"));
        }
        let (package, subdir) = split_subdir(text);
        let parts: Vec<&str> = package.split('/').collect();
        let (host, parts) = match parts.len() {
            3 => (PUBLIC_REGISTRY, &parts[..]),
            4 => (parts[0], &parts[1..]),
            _ => {
                return Err("a module registry source address must have either three or four \
                            slash-separated components"
                    .to_owned());
            }
        };
        if matches!(host, "github.com" | "bitbucket.org" | "gitlab.com")
            || parts.len() == 3 && matches!(parts[0], "github.com" | "bitbucket.org" | "gitlab.com")
        {
            return Err(format!(
                "can't use {host:?} as a module registry host, because it's reserved for \
                 installing directly from version control repositories"
            ));
        }
        if !is_host(host) {
            return Err(format!("invalid module registry hostname {host:?}"));
        }
        let is_word = |it: &str, more: &[char]| {
            !it.is_empty()
                && it.len() <= 64
                && it.chars().all(|it| it.is_ascii_alphanumeric() || more.contains(&it))
                && it.starts_with(|it: char| it.is_ascii_alphanumeric())
                && it.ends_with(|it: char| it.is_ascii_alphanumeric())
        };
        for (what, part) in [("namespace", parts[0]), ("name", parts[1])] {
            if !is_word(part, &['-', '_']) {
                return Err(format!("invalid module {what} {part:?}"));
            }
        }
        if !is_word(parts[2], &[]) || parts[2].chars().any(|it| it.is_ascii_uppercase()) {
            return Err(format!("invalid target system {:?}", parts[2]));
        }
        Ok(ModuleSource::Registry {
            host: host.to_lowercase(),
            namespace: parts[0].to_owned(),
            name: parts[1].to_owned(),
            system: parts[2].to_owned(),
            subdir: clean_subdir(&subdir)?,
        })
    }
}

impl fmt::Display for ModuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_subdir = |package: &str, subdir: &str| match (subdir, package.split_once('?')) {
            ("", _) => package.to_owned(),
            (_, Some((base, query))) => format!("{base}//{subdir}?{query}"),
            (_, None) => format!("{package}//{subdir}"),
        };
        match self {
            ModuleSource::Local(path) => f.write_str(path),
            ModuleSource::Registry { host, namespace, name, system, subdir } => {
                let package = format!("{host}/{namespace}/{name}/{system}");
                f.write_str(&with_subdir(&package, subdir))
            }
            ModuleSource::Remote { package, subdir } => f.write_str(&with_subdir(package, subdir)),
        }
    }
}

fn is_local(text: &str) -> bool {
    ["./", "../", ".\\", "..\\"].iter().any(|it| text.starts_with(it))
        || text == "."
        || text == ".."
}

fn local(text: &str) -> String {
    let cleaned = clean(Path::new(&text.replace('\\', "/")));
    match cleaned.starts_with("..") && cleaned != Path::new("..") {
        true => cleaned.to_string_lossy().into_owned(),
        false => format!("./{}", cleaned.to_string_lossy()),
    }
}

/// A path without `.` and `..` where they can be resolved without looking at the disk. Empty becomes
/// `.`.
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for it in path.components() {
        match it {
            Component::CurDir => (),
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => drop(cleaned.pop()),
                Some(Component::RootDir | Component::Prefix(_)) => (),
                Some(Component::ParentDir | Component::CurDir) | None => cleaned.push(".."),
            },
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => cleaned.push(it),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// Splits `PACKAGE//SUBDIR?QUERY` into `PACKAGE?QUERY` and `SUBDIR`.
pub fn split_subdir(text: &str) -> (String, String) {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (text, String::new()),
    };
    let scheme = path.find("://").map_or(0, |it| it + 3);
    match path[scheme..].find("//") {
        Some(at) => {
            let (package, subdir) = path.split_at(scheme + at);
            (format!("{package}{query}"), subdir[2..].to_owned())
        }
        None => (text.to_owned(), String::new()),
    }
}

fn clean_subdir(subdir: &str) -> Result<String, String> {
    if subdir.is_empty() {
        return Ok(String::new());
    }
    let cleaned = clean(Path::new(subdir)).to_string_lossy().into_owned();
    if cleaned == ".." || cleaned.starts_with("../") || cleaned.starts_with('/') {
        return Err(format!("subdirectory path {subdir:?} leads outside of the module package"));
    }
    Ok(if cleaned == "." { String::new() } else { cleaned })
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "443"));
    let is_label =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_alphanumeric() || it == '-');
    (name.contains('.') || name == "localhost" || text.contains(':'))
        && name.split('.').all(is_label)
        && port.parse::<u16>().is_ok()
}

fn remote(text: &str) -> Result<ModuleSource, String> {
    let text = text.trim();
    let (package, subdir) = split_subdir(text);
    let (forced, address) = match package.split_once("::") {
        Some((getter, rest)) if getter.chars().all(|it| it.is_ascii_alphanumeric()) => {
            (Some(getter), rest)
        }
        _ => (None, &*package),
    };
    let Some(found) = detect(address)? else {
        return Err(format!(
            "The installation method for remote module package {text:?} cannot be told from its \
             address.\n\nIf you intended this as a path relative to the current module, use \
             \"./{text}\" instead. The \"./\" prefix indicates that the address is a relative \
             filesystem path."
        ));
    };
    let found = match (forced, found.split_once("::")) {
        (Some(getter), Some((_, address))) => format!("{getter}::{address}"),
        (Some(getter), None) => format!("{getter}::{found}"),
        (None, _) => found,
    };
    let (package, inner) = split_subdir(&found);
    let subdir = match (&*inner, &*subdir) {
        ("", it) => it.to_owned(),
        (it, "") => it.to_owned(),
        (inner, outer) => format!("{inner}/{outer}"),
    };
    Ok(ModuleSource::Remote { package, subdir: clean_subdir(&subdir)? })
}

/// The full address of what a short one means. None if it could mean anything.
fn detect(address: &str) -> Result<Option<String>, String> {
    if let Some((scheme, _)) = address.split_once("://")
        && scheme.chars().all(|it| it.is_ascii_alphanumeric() || it == '+')
    {
        return Ok(Some(address.to_owned()));
    }
    for (host, name) in
        [("github.com", "GitHub"), ("gitlab.com", "GitLab"), ("bitbucket.org", "BitBucket")]
    {
        if address.strip_prefix(host).is_some_and(|it| it.starts_with('/')) {
            return repository(address, name).map(Some);
        }
    }
    if address.contains(".amazonaws.com/") {
        return Ok(Some(format!("s3::https://{address}")));
    }
    if address.starts_with("www.googleapis.com/storage/") {
        return Ok(Some(format!("gcs::https://{address}")));
    }
    if let Some((user, rest)) = address.split_once('@')
        && let Some((host, path)) = rest.split_once(':')
        && !user.contains('/')
        && !host.contains('/')
    {
        return Ok(Some(format!("git::ssh://{user}@{host}/{}", path.trim_start_matches('/'))));
    }
    if address.starts_with('/') {
        return Ok(Some(format!("file://{address}")));
    }
    Ok(None)
}

/// `github.com/OWNER/NAME` and what may follow.
fn repository(address: &str, name: &str) -> Result<String, String> {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (address, String::new()),
    };
    let parts: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    let [host, owner, repository, inner @ ..] = &parts[..] else {
        return Err(format!("{name} URLs should be {address}/username/repo."));
    };
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let inner = match inner {
        [] => String::new(),
        _ => format!("//{}", inner.join("/")),
    };
    Ok(format!("git::https://{host}/{owner}/{repository}.git{inner}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_written_out_as_terraform_does() {
        for (text, full) in [
            ("./net", "./net"),
            ("./a/../b/", "./b"),
            ("../shared", "../shared"),
            ("./..", "./.."),
            ("../", "./.."),
            ("../../w/child/x/", "../../w/child/x"),
            (
                "terraform-aws-modules/vpc/aws",
                "registry.terraform.io/terraform-aws-modules/vpc/aws",
            ),
            (
                "terraform-aws-modules/iam/aws//modules/iam-role",
                "registry.terraform.io/terraform-aws-modules/iam/aws//modules/iam-role",
            ),
            ("app.example.com/org/vpc/aws", "app.example.com/org/vpc/aws"),
            ("github.com/org/repo", "git::https://github.com/org/repo.git"),
            ("github.com/org/repo//sub?ref=v1", "git::https://github.com/org/repo.git//sub?ref=v1"),
            ("bitbucket.org/org/repo", "git::https://bitbucket.org/org/repo.git"),
            ("git@github.com:org/repo.git", "git::ssh://git@github.com/org/repo.git"),
            ("git::ssh://git@host/x.git?ref=a", "git::ssh://git@host/x.git?ref=a"),
            ("git::https://host/x.git//y/z", "git::https://host/x.git//y/z"),
            ("https://host/x.zip//y", "https://host/x.zip//y"),
            ("s3::https://s3.amazonaws.com/b/x.zip", "s3::https://s3.amazonaws.com/b/x.zip"),
            ("/srv/modules/x", "file:///srv/modules/x"),
        ] {
            assert_eq!(ModuleSource::parse(text).unwrap().to_string(), full, "{text}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in ["", "net", "org/net", "github.com/org", "a/b/c/d/e", "./x/../../y//../../../"]
        {
            let found = ModuleSource::parse(text);
            assert!(found.is_err() || text.starts_with("./"), "{text}: {found:?}");
        }
        for text in ["./net", "net", "a/b/AWS", "github.com/a/b/c", "-a/b/aws", "a/b/aws//../x"] {
            assert!(ModuleSource::parse_registry(text).is_err(), "{text}");
        }
    }

    #[test]
    fn paths_are_cleaned_as_text() {
        for (path, cleaned) in [
            ("", "."),
            ("./a/./b", "a/b"),
            ("a/../..", ".."),
            ("/../x", "/x"),
            ("../../a/", "../../a"),
        ] {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned), "{path}");
        }
    }
}
