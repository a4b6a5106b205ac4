//! `archive_file`: packs files into one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use model::{Attributes, Host, Out};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::archive::collect::{Packed, file, folder, patterns};
use crate::local::archive::{tar, zip};
use crate::local::checksums::Checksums;
use crate::local::files::fault;
use crate::local::{LocalData, aside, out};
use crate::resource::Result;

/// Packs a text, a file or all files of a folder. The archive is written whenever it is read, and
/// the same files always give the same bytes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("archive_file")]
pub(crate) struct ArchiveFile {
    /// `zip` or `tar.gz`.
    r#type: String,
    /// Where the archive is written.
    output_path: String,
    /// The permissions of all files in it, such as `0644`; by default their own.
    output_file_mode: Option<String>,
    /// A text to be packed.
    source_content: Option<String>,
    /// What a text is called in the archive.
    source_content_filename: Option<String>,
    /// A file to be packed.
    source_file: Option<String>,
    /// A folder whose files are packed.
    source_dir: Option<String>,
    /// Texts to be packed.
    source: BTreeSet<Source>,
    /// Patterns of paths in the folder that are left out, such as `**/*.log`.
    excludes: Option<BTreeSet<String>>,
    /// Whether to leave out symbolic links to folders.
    exclude_symlink_directories: Option<bool>,
    /// The size of the archive in bytes.
    output_size: Out<i64>,
    /// The MD5 checksum of the archive, in hexadecimal digits.
    output_md5: Out<String>,
    /// The SHA-1 checksum of the archive, in hexadecimal digits.
    output_sha: Out<String>,
    /// The SHA-256 checksum of the archive, in hexadecimal digits.
    output_sha256: Out<String>,
    /// The SHA-256 checksum of the archive, in base 64.
    output_base64sha256: Out<String>,
    /// The SHA-512 checksum of the archive, in hexadecimal digits.
    output_sha512: Out<String>,
    /// The SHA-512 checksum of the archive, in base 64.
    output_base64sha512: Out<String>,
    /// The SHA-1 checksum of the archive.
    id: Out<String>,
}

/// A text to be packed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Source {
    /// The text.
    content: String,
    /// What it is called in the archive.
    filename: String,
}

fn wrong(text: impl Into<String>) -> model::Fault {
    rejected("archive", "InvalidArgument", text)
}

/// `0644`, or as Go takes it without the zero: in decimal digits.
fn mode(text: &str) -> Result<u32> {
    let found = match (text.strip_prefix("0x"), text.strip_prefix('0')) {
        (Some(digits), _) => u32::from_str_radix(digits, 16),
        (None, Some(digits)) if !digits.is_empty() => {
            u32::from_str_radix(digits.trim_start_matches('o'), 8)
        }
        _ => text.parse(),
    };
    found.map_err(|_| wrong(format!("`output_file_mode` {text:?} is not a file mode")))
}

impl ArchiveFile {
    fn packed(&self) -> Result<Vec<Packed>> {
        let text = |name: &str, content: &str| Packed {
            name: name.to_owned(),
            mode: None,
            content: content.as_bytes().to_vec(),
        };
        let ways = [
            self.source_dir.is_some(),
            self.source_file.is_some(),
            self.source_content_filename.is_some() || self.source_content.is_some(),
            !self.source.is_empty(),
        ];
        if ways.iter().filter(|it| **it).count() != 1 {
            let all = "`source`, `source_content_filename`, `source_file` and `source_dir`";
            return Err(wrong(format!("one of {all} must be given, and only one")));
        }
        match (&self.source_dir, &self.source_file, &self.source_content_filename) {
            (Some(path), ..) => {
                let excluded: Vec<String> = self.excludes.iter().flatten().cloned().collect();
                let follow = !self.exclude_symlink_directories.unwrap_or(false);
                folder(path, &patterns(&excluded)?, follow)
            }
            (None, Some(path), _) => Ok(vec![file(path)?]),
            (None, None, Some(name)) => {
                Ok(vec![text(name, self.source_content.as_deref().unwrap_or_default())])
            }
            (None, None, None) if self.source.is_empty() => {
                Err(wrong("`source_content` needs `source_content_filename`"))
            }
            (None, None, None) => {
                let of_name = |it: &Source| (it.filename.clone(), it.content.clone());
                let sources: BTreeMap<_, _> = self.source.iter().map(of_name).collect();
                Ok(sources.iter().map(|(name, content)| text(name, content)).collect())
            }
        }
    }

    fn archive(&self) -> Result<Vec<u8>> {
        let mode = self.output_file_mode.as_deref().map(mode).transpose()?;
        match self.r#type.as_str() {
            "zip" => zip::zip(&self.packed()?, mode),
            "tar.gz" => tar::tar_gz(&self.packed()?, mode),
            other => Err(wrong(format!("there is no type {other:?}; there are zip and tar.gz"))),
        }
    }

    fn written(self) -> Result<ArchiveFile> {
        let archive = self.archive()?;
        let path = Path::new(&self.output_path);
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        folder
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, &archive))
            .map_err(|error| fault("archive", &self.output_path, &error))?;
        let sums = Checksums::of(&archive);
        Ok(ArchiveFile {
            output_size: out(archive.len() as i64),
            output_md5: out(sums.md5),
            output_sha: out(sums.sha1.clone()),
            output_sha256: out(sums.sha256),
            output_base64sha256: out(sums.base64sha256),
            output_sha512: out(sums.sha512),
            output_base64sha512: out(sums.base64sha512),
            id: out(sums.sha1),
            ..self
        })
    }
}

impl LocalData for ArchiveFile {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || given.written()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal_after_a_zero() {
        assert_eq!(mode("0644").unwrap(), 0o644);
        assert_eq!(mode("0o644").unwrap(), 0o644);
        assert_eq!(mode("420").unwrap(), 420);
        assert_eq!(mode("0").unwrap(), 0);
        assert!(mode("rw").is_err());
    }
}
