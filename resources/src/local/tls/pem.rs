//! The text form of keys and certificates, as Go writes and reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Field, Shape};
use serde::{Deserialize, Serialize};

use crate::local::checksums::sha1;

const LINE: usize = 64;

/// Bytes as a block of a kind such as `CERTIFICATE`.
pub(crate) fn encoded(kind: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let mut out = format!("-----BEGIN {kind}-----\n");
    for line in text.as_bytes().chunks(LINE) {
        out.extend(line.iter().map(|it| char::from(*it)));
        out.push('\n');
    }
    out + &format!("-----END {kind}-----\n")
}

/// The kinds and bytes of all blocks in a text. What is not a block is skipped.
pub(crate) fn blocks(text: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        rest = after;
        let Some((kind, after)) = after.split_once("-----") else { break };
        let Some((body, after)) = after.split_once(&format!("-----END {kind}-----")) else {
            continue;
        };
        // Headers are lines with a colon, before an empty line.
        let plain = body.lines().filter(|it| !it.contains(':'));
        let plain: String = plain.flat_map(str::chars).filter(|it| !it.is_whitespace()).collect();
        if let Ok(bytes) = STANDARD.decode(plain) {
            found.push((kind.to_owned(), bytes));
            rest = after;
        }
    }
    found
}

/// A text that older providers kept only the SHA-1 of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Pem(pub String);

impl PartialEq for Pem {
    fn eq(&self, other: &Self) -> bool {
        let hash = |it: &Pem| sha1(it.0.trim().as_bytes());
        self.0 == other.0 || self.0 == hash(other) || other.0 == hash(self)
    }
}

impl Field for Pem {
    const SHAPE: Shape = Shape::String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_they_are_written() {
        let bytes: Vec<u8> = (0..100).collect();
        let text = encoded("THING", &bytes);
        assert_eq!(text.lines().map(str::len).max(), Some(64));
        assert_eq!(blocks(&text), [("THING".to_owned(), bytes.clone())]);
        let two =
            format!("comment\n{text}\r\nmore{}", encoded("OTHER", b"x").replace('\n', "\r\n"));
        let kinds: Vec<String> = blocks(&two).into_iter().map(|it| it.0).collect();
        assert_eq!(kinds, ["THING", "OTHER"]);
        assert_eq!(blocks("-----BEGIN A-----\n!\n-----END A-----"), []);
    }

    #[test]
    fn a_text_is_known_by_its_hash() {
        let (text, hash) = (Pem("key\n".to_owned()), Pem(sha1(b"key")));
        assert_eq!(text, hash);
        assert_eq!(hash, text);
        assert_ne!(text, Pem("other".to_owned()));
    }
}
