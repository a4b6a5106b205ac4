//! Packages that are archives behind a web address.

use std::io::Cursor;
use std::path::Path;

use super::http::Fetch;
use super::s3;

/// A form of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
    TarGz,
    /// One that is known and cannot be read.
    Other,
}

/// The form that an address says, by its ending or by `?archive=`.
pub(super) fn kind(url: &str) -> Option<Archive> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let named = query.split('&').find_map(|it| it.strip_prefix("archive="));
    let ends = |endings: &[&str]| match named {
        Some(named) => endings.contains(&named),
        None => endings.iter().any(|it| path.ends_with(&format!(".{it}"))),
    };
    if ends(&["zip"]) {
        Some(Archive::Zip)
    } else if ends(&["tar.gz", "tgz"]) {
        Some(Archive::TarGz)
    } else if ends(&["tar"]) {
        Some(Archive::Tar)
    } else if ends(&["tar.bz2", "tbz2", "tar.xz", "txz", "tar.zst", "tzst"]) {
        Some(Archive::Other)
    } else {
        None
    }
}

/// Fetches and unpacks an archive into a directory that does not exist yet.
pub(super) fn fetch(url: &str, target: &Path, fetch: &dyn Fetch) -> Result<(), String> {
    let Some(kind) = kind(url) else { return Err("it is no archive".to_owned()) };
    let (address, checksum) = without_own_parameters(url);
    let reply = fetch.get(&address)?;
    if !reply.is_success() {
        return Err(format!("the server answered {}", reply.status));
    }
    if let Some(checksum) = checksum {
        check(&reply.body, &checksum)?;
    }
    std::fs::create_dir_all(target).map_err(|error| error.to_string())?;
    unpack(kind, reply.body, target)
}

/// Fetches a package from S3: an archive, or all the files below a key.
pub(super) fn from_s3(url: &str, target: &Path, fetch: &dyn Fetch) -> Result<(), String> {
    let (_, checksum) = without_own_parameters(url);
    let place = s3::place(url)?;
    let objects = fetch.objects(&place)?;
    std::fs::create_dir_all(target).map_err(|error| error.to_string())?;
    let Some(kind) = kind(url) else {
        return match objects.is_empty() {
            true => Err("there is nothing below this key".to_owned()),
            false => objects.iter().try_for_each(|it| store(&place.key, &it.0, &it.1, target)),
        };
    };
    let Some((_, body)) = objects.into_iter().next() else {
        return Err("there is no such object".to_owned());
    };
    checksum.map_or(Ok(()), |it| check(&body, &it))?;
    unpack(kind, body, target)
}

/// Writes a file of a package, where its key says, and nowhere outside of `target`.
fn store(prefix: &str, key: &str, body: &[u8], target: &Path) -> Result<(), String> {
    let relative = key.strip_prefix(prefix).unwrap_or(key).trim_start_matches('/');
    let is_plain = |it: &str| !matches!(it, "" | "." | "..");
    if relative.ends_with('/') || !relative.split('/').all(is_plain) {
        return Ok(());
    }
    let path = target.join(relative);
    super::package::prepare(&path).map_err(|error| error.to_string())?;
    std::fs::write(&path, body).map_err(|error| format!("{}: {error}", path.display()))
}

/// The address without the parameters that are for whoever unpacks, and the checksum.
fn without_own_parameters(url: &str) -> (String, Option<String>) {
    let Some((path, query)) = url.split_once('?') else { return (url.to_owned(), None) };
    let checksum = query.split('&').find_map(|it| it.strip_prefix("checksum="));
    let others: Vec<&str> = query
        .split('&')
        .filter(|it| !it.starts_with("archive=") && !it.starts_with("checksum="))
        .collect();
    let address = match others.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", others.join("&")),
    };
    (address, checksum.map(str::to_owned))
}

fn check(body: &[u8], checksum: &str) -> Result<(), String> {
    use sha2::Digest;
    let (kind, wanted) = checksum.split_once(':').unwrap_or(("sha256", checksum));
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let found = match kind {
        "sha256" => hex(&sha2::Sha256::digest(body)),
        "sha512" => hex(&sha2::Sha512::digest(body)),
        _ => return Err(format!("checksums of kind {kind:?} are not supported")),
    };
    match found == wanted.to_lowercase() {
        true => Ok(()),
        false => Err(format!("its {kind} is {found}, not {wanted}")),
    }
}

/// Nothing is unpacked outside of `target`.
fn unpack(kind: Archive, body: Vec<u8>, target: &Path) -> Result<(), String> {
    let body = Cursor::new(body);
    let unpacked = match kind {
        Archive::Zip => {
            let archive = zip::ZipArchive::new(body);
            return archive
                .and_then(|mut it| it.extract(target))
                .map_err(|error| format!("the archive cannot be unpacked: {error}"));
        }
        Archive::Tar => tar::Archive::new(body).unpack(target),
        Archive::TarGz => tar::Archive::new(flate2::read::GzDecoder::new(body)).unpack(target),
        Archive::Other => return Err("only .zip, .tar and .tar.gz can be unpacked".to_owned()),
    };
    unpacked.map_err(|error| format!("the archive cannot be unpacked: {error}"))
}
