//! `local_file`: what a file of this machine has.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Attributes, Host, Out};
use serde::{Deserialize, Serialize};

use crate::local::checksums::Checksums;
use crate::local::files::read;
use crate::local::{LocalData, aside, out};
use crate::resource::Result;

/// What a file of this machine has.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("local_file")]
pub(crate) struct LocalFile {
    /// Where it is.
    filename: String,
    /// What it has, as a text.
    content: Out<String>,
    /// What it has, as bytes in base 64.
    content_base64: Out<String>,
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

impl LocalData for LocalFile {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || {
            let content = read(&given.filename)?;
            let sums = Checksums::of(&content);
            Ok(LocalFile {
                content: out(String::from_utf8_lossy(&content)),
                content_base64: out(STANDARD.encode(&content)),
                content_md5: out(sums.md5),
                content_sha1: out(sums.sha1.clone()),
                content_sha256: out(sums.sha256),
                content_base64sha256: out(sums.base64sha256),
                content_sha512: out(sums.sha512),
                content_base64sha512: out(sums.base64sha512),
                id: out(sums.sha1),
                ..given
            })
        })
        .await
    }
}
