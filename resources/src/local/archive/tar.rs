//! Tar archives compressed with gzip, byte for byte as Go writes them.

use crate::fault::rejected;
use crate::local::archive::collect::Packed;
use crate::resource::Result;

const BLOCK: usize = 512;
/// How long a name in a header can be.
const NAME: usize = 100;
const PREFIX: usize = 155;

/// A header with these values. Owner, times and devices are zero.
fn header(name: &[u8], prefix: &[u8], mode: u32, size: usize, kind: u8) -> Result<[u8; BLOCK]> {
    if size >= 1 << 33 {
        return Err(rejected("archive", "TooLarge", "a file in an archive can have 8 GiB at most"));
    }
    let mut it = [b'\0'; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| it[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name);
    put(100, format!("{mode:07o}").as_bytes());
    put(108, b"0000000");
    put(116, b"0000000");
    put(124, format!("{size:011o}").as_bytes());
    put(136, b"00000000000");
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    put(329, b"0000000");
    put(337, b"0000000");
    put(345, prefix);
    let sum: u32 = it.iter().map(|it| u32::from(*it)).sum();
    it[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(it)
}

fn fill(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

/// A name in two parts that fit a header, if it can be parted.
fn parted(name: &str) -> Option<(&[u8], &[u8])> {
    let bytes = name.as_bytes();
    if bytes.len() <= NAME {
        return Some((&[], bytes));
    }
    let end = bytes.len().min(PREFIX + 1);
    let slash = bytes[..end].iter().rposition(|it| *it == b'/').filter(|it| *it > 0)?;
    let rest = &bytes[slash + 1..];
    (!rest.is_empty() && rest.len() <= NAME).then_some((&bytes[..slash], rest))
}

/// A record of an extended header: its length, which counts itself, a key and a value.
fn record(key: &str, value: &str) -> String {
    let bare = key.len() + value.len() + 3;
    let mut length = bare + bare.to_string().len();
    if length.to_string().len() > bare.to_string().len() {
        length = bare + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// The header of a file, after an extended one if its name does not fit.
fn headers(out: &mut Vec<u8>, name: &str, mode: u32, size: usize) -> Result<()> {
    if let Some((prefix, rest)) = parted(name).filter(|_| name.is_ascii()) {
        out.extend(header(rest, prefix, mode, size, b'0')?);
        return Ok(());
    }
    let record = record("path", name);
    let (folder, own) = name.rsplit_once('/').unwrap_or(("", name));
    let short = |text: &str| -> Vec<u8> { text.bytes().filter(u8::is_ascii).take(NAME).collect() };
    let slash = if folder.is_empty() { "" } else { "/" };
    let extended = short(&format!("{folder}{slash}PaxHeaders.0/{own}"));
    out.extend(header(&extended, &[], 0, record.len(), b'x')?);
    out.extend(record.as_bytes());
    fill(out);
    out.extend(header(&short(name), &[], mode, size, b'0')?);
    Ok(())
}

/// The archive of these files. `mode` stands for the permissions of all of them.
pub(super) fn tar_gz(files: &[Packed], mode: Option<u32>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for file in files {
        let mode = mode.or(file.mode).unwrap_or(0);
        headers(&mut out, &file.name, mode & 0o777, file.content.len())?;
        out.extend(&file.content);
        fill(&mut out);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    Ok(deflate::gzip(&out))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;
    use crate::local::checksums::Checksums;

    #[test]
    fn records_count_themselves() {
        assert_eq!(record("path", "a"), "10 path=a\n".replace("10", "9"));
        assert_eq!(record("path", &"a".repeat(91)).len(), 100 + 1);
        assert!(record("path", &"a".repeat(91)).starts_with("101 path="));
    }

    /// The sum is that of Terraform's provider.
    #[test]
    fn an_archive_is_that_of_the_provider() {
        let content = b"This is some content".to_vec();
        let text = Packed { name: "content.txt".to_owned(), mode: None, content };
        let archive = tar_gz(&[text], None).unwrap();
        assert_eq!(Checksums::of(&archive).md5, "a09ee39e708c38ccd9ba44cc39e7cacc");
    }

    #[test]
    fn other_programs_read_what_is_packed() {
        let long = format!("{}/{}", "folder".repeat(20), "x".repeat(120));
        let names = ["a.txt", &format!("{}/b.txt", "deep".repeat(30)), &long, "é"];
        let files: Vec<Packed> = names
            .iter()
            .map(|it| Packed {
                name: (*it).to_owned(),
                mode: Some(0o640),
                content: it.as_bytes().to_vec(),
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        std::fs::write(&path, tar_gz(&files, None).unwrap()).unwrap();
        let mut tar = Command::new("tar");
        tar.arg("xzf").arg(&path).current_dir(folder.path()).stderr(Stdio::inherit());
        assert!(tar.status().unwrap().success());
        for name in names {
            assert_eq!(std::fs::read_to_string(folder.path().join(name)).unwrap(), name);
        }
    }
}
