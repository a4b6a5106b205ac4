//! The checksums that files and archives show.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

/// The checksums of one content, as texts.
pub(crate) struct Checksums {
    pub md5: String,
    pub sha1: String,
    pub sha256: String,
    pub sha512: String,
    pub base64sha256: String,
    pub base64sha512: String,
}

impl Checksums {
    pub fn of(content: &[u8]) -> Checksums {
        let (sha256, sha512) = (Sha256::digest(content), Sha512::digest(content));
        Checksums {
            md5: hex(&Md5::digest(content)),
            sha1: sha1(content),
            sha256: hex(&sha256),
            sha512: hex(&sha512),
            base64sha256: STANDARD.encode(sha256),
            base64sha512: STANDARD.encode(sha512),
        }
    }
}

pub(crate) fn sha1(content: &[u8]) -> String {
    hex(&Sha1::digest(content))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_well_known_ones() {
        let it = Checksums::of(b"abc");
        assert_eq!(it.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(it.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(it.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(it.base64sha256, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert!(it.sha512.starts_with("ddaf35a193617abacc417349ae204131"));
        assert!(it.base64sha512.starts_with("3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05o"));
    }
}
