//! `local_sensitive_file`: a file of this machine with a secret.

use model::{Attributes, Map, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::checksums::Checksums;
use crate::local::files::{check, content, is_as_written, remove, write};
use crate::local::{Local, out};
use crate::resource::Result;

/// A file of this machine whose content is not shown. If it is changed or removed, it is written again.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("local_sensitive_file")]
pub(crate) struct LocalSensitiveFile {
    /// Where it is.
    #[attr(replace)]
    filename: String,
    /// What it has, as a text.
    #[attr(replace)]
    content: Option<Secret<String>>,
    /// What it has, as bytes in base 64.
    #[attr(replace)]
    content_base64: Option<Secret<String>>,
    /// A file to copy.
    #[attr(replace)]
    source: Option<String>,
    /// Its mode in octal digits, less what the process masks.
    #[attr(replace, default = "0700")]
    file_permission: String,
    /// The mode of the folders that are made for it.
    #[attr(replace, default = "0700")]
    directory_permission: String,
    /// The MD5 checksum of the content, in hexadecimal digits.
    content_md5: Out<String>,
    /// The SHA-1 checksum of the content, in hexadecimal digits.
    content_sha1: Out<String>,
    /// The SHA-256 checksum of the content, in hexadecimal digits.
    content_sha256: Out<String>,
    /// The SHA-256 checksum of the content, in base 64.
    content_base64sha256: Out<String>,
    /// The SHA-512 checksum of the content, in hexadecimal digits.
    content_sha512: Out<String>,
    /// The SHA-512 checksum of the content, in base 64.
    content_base64sha512: Out<String>,
    /// The SHA-1 checksum of the content.
    id: Out<String>,
}

impl Local for LocalSensitiveFile {
    const ONLY_IN_STATE: bool = false;

    fn create(want: Self, _token: &str) -> Result<Self> {
        let open = |it: &Option<Secret<String>>| it.as_ref().map(|it| it.0.clone());
        let (text, base64) = (open(&want.content), open(&want.content_base64));
        let content = content(text.as_deref(), base64.as_deref(), want.source.as_deref())?;
        write(&want.filename, &content, &want.file_permission, &want.directory_permission)?;
        let sums = Checksums::of(&content);
        Ok(LocalSensitiveFile {
            content_md5: out(sums.md5),
            content_sha1: out(sums.sha1.clone()),
            content_sha256: out(sums.sha256),
            content_base64sha256: out(sums.base64sha256),
            content_sha512: out(sums.sha512),
            content_base64sha512: out(sums.base64sha512),
            id: out(sums.sha1),
            ..want
        })
    }

    /// A file that is not as it was written counts as gone, and so is written again.
    fn read(have: Self) -> Result<Option<Self>> {
        let sha = have.id.0.as_deref().unwrap_or_default();
        Ok(is_as_written(&have.filename, sha)?.then_some(have))
    }

    fn delete(have: &Self) -> Result<()> {
        remove(&have.filename, have.id.0.as_deref().unwrap_or_default())
    }

    fn import(_text: &str) -> Result<Self> {
        Err(rejected("import", "NotSupported", "a file cannot be imported; it is just written"))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check(given, &["content", "content_base64", "source"])
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_written_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let want = LocalSensitiveFile {
            filename: path.to_str().unwrap().to_owned(),
            content: None,
            content_base64: Some(Secret("aGVsbG8=".to_owned())),
            source: None,
            file_permission: "0700".to_owned(),
            directory_permission: "0700".to_owned(),
            content_md5: Out(None),
            content_sha1: Out(None),
            content_sha256: Out(None),
            content_base64sha256: Out(None),
            content_sha512: Out(None),
            content_base64sha512: Out(None),
            id: Out(None),
        };
        let have = LocalSensitiveFile::create(want, "t").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "hello");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!format!("{have:?}").contains("aGVsbG8="));
        let sensitive = LocalSensitiveFile::SCHEMA.attributes.iter().filter(|it| it.sensitive);
        let names: Vec<&str> = sensitive.map(|it| it.name).collect();
        assert_eq!(names, ["content", "content_base64"]);
    }
}
