//! Zip archives, byte for byte as Go writes them: their hashes are in configurations.

use deflate::{Level, crc32};

use crate::fault::rejected;
use crate::local::archive::collect::Packed;
use crate::resource::Result;

/// The version of the format that is needed to read it.
const VERSION: u16 = 20;
/// Made on Unix, so that the permissions count.
const UNIX: u16 = 3 << 8;
const DEFLATED: u16 = 8;
/// The sizes follow the content.
const SIZES_FOLLOW: u16 = 0x8;
const UTF_8: u16 = 0x800;
const REGULAR_FILE: u32 = 0o100_000;
const READ_ONLY: u32 = 1;
/// The first of January of 2049: what becomes of no time at all.
const DATE: u16 = 0x8a21;

struct Entry<'a> {
    name: &'a str,
    flags: u16,
    date: u16,
    attributes: u32,
    creator: u16,
    crc: u32,
    packed: u32,
    size: u32,
    offset: u32,
}

fn put(out: &mut Vec<u8>, shorts: &[u16]) {
    out.extend(shorts.iter().flat_map(|it| it.to_le_bytes()));
}

fn put_long(out: &mut Vec<u8>, longs: &[u32]) {
    out.extend(longs.iter().flat_map(|it| it.to_le_bytes()));
}

/// Whether a name is the same in every encoding that readers may take it for.
fn is_plain(name: &str) -> bool {
    name.chars().all(|it| matches!(it, ' '..='}') && it != '\\')
}

fn size(length: usize) -> Result<u32> {
    let too_large = || rejected("archive", "TooLarge", "an archive can have 4 GiB at most");
    u32::try_from(length).map_err(|_| too_large())
}

/// The archive of these files. `mode` stands for the permissions of all of them.
pub(super) fn zip(files: &[Packed], mode: Option<u32>) -> Result<Vec<u8>> {
    let (mut out, mut entries) = (Vec::new(), Vec::new());
    for file in files {
        let compressed = deflate::deflate(&file.content, Level::ZIP);
        let mode = file.mode.map(|own| mode.unwrap_or(own));
        let read_only = |mode: u32| if mode & 0o200 == 0 { READ_ONLY } else { 0 };
        let entry = Entry {
            name: &file.name,
            flags: SIZES_FOLLOW | if is_plain(&file.name) { 0 } else { UTF_8 },
            date: if mode.is_some() { DATE } else { 0 },
            attributes: mode.map_or(0, |it| (REGULAR_FILE | it & 0o7777) << 16 | read_only(it)),
            creator: VERSION | if mode.is_some() { UNIX } else { 0 },
            crc: crc32(&file.content),
            packed: size(compressed.len())?,
            size: size(file.content.len())?,
            offset: size(out.len())?,
        };
        put_long(&mut out, &[0x0403_4b50]);
        put(&mut out, &[VERSION, entry.flags, DEFLATED, 0, entry.date]);
        put_long(&mut out, &[0, 0, 0]);
        put(&mut out, &[file.name.len() as u16, 0]);
        out.extend(file.name.as_bytes());
        out.extend(compressed);
        put_long(&mut out, &[0x0807_4b50, entry.crc, entry.packed, entry.size]);
        entries.push(entry);
    }
    let directory = size(out.len())?;
    for it in &entries {
        put_long(&mut out, &[0x0201_4b50]);
        put(&mut out, &[it.creator, VERSION, it.flags, DEFLATED, 0, it.date]);
        put_long(&mut out, &[it.crc, it.packed, it.size]);
        put(&mut out, &[it.name.len() as u16, 0, 0, 0, 0]);
        put_long(&mut out, &[it.attributes, it.offset]);
        out.extend(it.name.as_bytes());
    }
    let length = size(out.len())? - directory;
    let n = u16::try_from(entries.len());
    let n = n.map_err(|_| rejected("archive", "TooLarge", "an archive can have 65535 files"))?;
    put_long(&mut out, &[0x0605_4b50]);
    put(&mut out, &[0, 0, n, n]);
    put_long(&mut out, &[length, directory]);
    put(&mut out, &[0]);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::checksums::Checksums;

    fn packed(name: &str, mode: Option<u32>, content: &str) -> Packed {
        Packed { name: name.to_owned(), mode, content: content.as_bytes().to_vec() }
    }

    #[test]
    fn an_archive_says_what_it_has() {
        let it =
            zip(&[packed("a.txt", Some(0o644), "hello"), packed("é", None, "")], None).unwrap();
        assert_eq!(&it[..4], b"PK\x03\x04");
        assert_eq!(it[4..14], [20, 0, 8, 0, 8, 0, 0, 0, 0x21, 0x8a]);
        assert_eq!(&it[30..35], b"a.txt");
        let end = it.len() - 22;
        assert_eq!(it[end..end + 12], [0x50, 0x4b, 5, 6, 0, 0, 0, 0, 2, 0, 2, 0]);
        let directory = u32::from_le_bytes(it[end + 16..end + 20].try_into().unwrap()) as usize;
        assert_eq!(it[directory + 4..directory + 6], [20, 3]);
        assert_eq!(it[directory + 38..directory + 42], (0o100_644_u32 << 16).to_le_bytes());
        assert_eq!(
            it,
            zip(&[packed("a.txt", Some(0o600), "hello"), packed("é", None, "")], Some(0o644))
                .unwrap()
        );
    }

    /// The sums are those of Terraform's provider.
    #[test]
    fn an_archive_is_that_of_the_provider() {
        let sum = |files: &[Packed], mode| Checksums::of(&zip(files, mode).unwrap()).md5;
        let text = packed("content.txt", None, "This is some content");
        assert_eq!(sum(&[text], None), "ea35f0444ea9a3d5641d8760bc2815cc");
        let file = packed("test-file.txt", Some(0o644), "This is test content");
        assert_eq!(sum(&[file], Some(0o666)), "59fbc9e62af3cbc2f588f97498240dae");
        let file = |n| packed(&format!("file{n}.txt"), Some(0o666), &format!("This is file {n}"));
        assert_eq!(sum(&[1, 2, 3].map(file), None), "b73f64a383716070aa4a29563b8b14d4");
    }
}
