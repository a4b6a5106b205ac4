//! `local_file`: a file of this machine.

use model::{Attributes, Map, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::checksums::Checksums;
use crate::local::files::{check, content, is_as_written, remove, write};
use crate::local::{Local, out};
use crate::resource::Result;

/// A file of this machine. If it is changed or removed, it is written again.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("local_file")]
pub(crate) struct LocalFile {
    /// Where it is.
    #[attr(replace)]
    filename: String,
    /// What it has, as a text.
    #[attr(replace)]
    content: Option<String>,
    /// The same, if it must not be shown. For this there is `local_sensitive_file` now.
    #[attr(replace)]
    sensitive_content: Option<Secret<String>>,
    /// What it has, as bytes in base 64.
    #[attr(replace)]
    content_base64: Option<String>,
    /// A file to copy.
    #[attr(replace)]
    source: Option<String>,
    /// Its mode in octal digits, less what the process masks.
    #[attr(replace, default = "0777")]
    file_permission: String,
    /// The mode of the folders that are made for it.
    #[attr(replace, default = "0777")]
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

impl Local for LocalFile {
    const ONLY_IN_STATE: bool = false;

    fn create(want: Self, _token: &str) -> Result<Self> {
        let secret = want.sensitive_content.as_ref().map(|it| it.0.as_str());
        let text = secret.or(want.content.as_deref());
        let content = content(text, want.content_base64.as_deref(), want.source.as_deref())?;
        write(&want.filename, &content, &want.file_permission, &want.directory_permission)?;
        let sums = Checksums::of(&content);
        Ok(LocalFile {
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
        check(given, &["content", "sensitive_content", "content_base64", "source"])
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_that_was_changed_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/c.txt");
        let want = LocalFile {
            filename: path.to_str().unwrap().to_owned(),
            content: Some("hello".to_owned()),
            sensitive_content: None,
            content_base64: None,
            source: None,
            file_permission: "0600".to_owned(),
            directory_permission: "0700".to_owned(),
            content_md5: Out(None),
            content_sha1: Out(None),
            content_sha256: Out(None),
            content_base64sha256: Out(None),
            content_sha512: Out(None),
            content_base64sha512: Out(None),
            id: Out(None),
        };

        let have = LocalFile::create(want, "t").unwrap();

        assert_eq!(have.id, out("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"));
        assert_eq!(have.content_md5, out("5d41402abc4b2a76b9719d911017c592"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "hello");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(LocalFile::read(have.clone()).unwrap(), Some(have.clone()));
        fs::write(&path, "bye").unwrap();
        assert_eq!(LocalFile::read(have.clone()).unwrap(), None);
        LocalFile::delete(&have).unwrap();
        assert!(path.exists(), "it is another file by now");
        fs::write(&path, "hello").unwrap();
        LocalFile::delete(&have).unwrap();
        assert!(!path.exists());
        LocalFile::delete(&have).unwrap();
    }
}
