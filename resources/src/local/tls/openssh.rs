//! Keys as OpenSSH writes them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use md5::Md5;
use rsa::BigUint;
use rsa::rand_core::{OsRng, RngCore};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use sha2::{Digest, Sha256};

use crate::local::tls::curves::curve;
use crate::local::tls::keys::Key;
use crate::local::tls::{fault, pem};
use crate::resource::Result;

const KIND: &str = "OPENSSH PRIVATE KEY";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// A public key as OpenSSH shows it.
pub(super) struct Shown {
    pub line: String,
    pub md5: String,
    pub sha256: String,
}

fn text(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}

/// A number that is not negative: its first bit is its sign.
fn number(out: &mut Vec<u8>, bytes: &[u8]) {
    let zeros = bytes.iter().take_while(|it| **it == 0).count();
    let mut bare = bytes[zeros..].to_vec();
    if bare.first().is_some_and(|it| *it >= 0x80) {
        bare.insert(0, 0);
    }
    text(out, &bare);
}

/// The public key in binary form, after the name of its kind. None if OpenSSH does not know it.
fn public(key: &Key) -> Option<(String, Vec<u8>)> {
    let mut out = Vec::new();
    let kind = match key {
        Key::Rsa(_) => "ssh-rsa".to_owned(),
        Key::Ec { curve, .. } => format!("ecdsa-sha2-{}", curve.ssh?),
        Key::Ed25519(_) => "ssh-ed25519".to_owned(),
    };
    text(&mut out, kind.as_bytes());
    match key {
        Key::Rsa(key) => {
            number(&mut out, &key.e().to_bytes_be());
            number(&mut out, &key.n().to_bytes_be());
        }
        Key::Ec { curve, point, .. } => {
            text(&mut out, curve.ssh?.as_bytes());
            text(&mut out, point);
        }
        Key::Ed25519(key) => text(&mut out, key.verifying_key().as_bytes()),
    }
    Some((kind, out))
}

/// The public key of a key; empty if OpenSSH does not know its kind.
pub(super) fn shown(key: &Key, comment: &str) -> Shown {
    let Some((kind, blob)) = public(key) else {
        return Shown { line: String::new(), md5: String::new(), sha256: String::new() };
    };
    let comment = if comment.is_empty() { String::new() } else { format!(" {comment}") };
    let md5: Vec<String> = Md5::digest(&blob).iter().map(|it| format!("{it:02x}")).collect();
    Shown {
        line: format!("{kind} {}{comment}\n", STANDARD.encode(&blob)),
        md5: md5.join(":"),
        sha256: format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))),
    }
}

/// The private key; empty if OpenSSH does not know its kind.
pub(super) fn private(key: &Key, comment: &str) -> String {
    let Some((kind, blob)) = public(key) else { return String::new() };
    let mut secret = Vec::new();
    // The same number twice shows whoever decrypts it that the passphrase was right.
    let check = OsRng.next_u32().to_be_bytes();
    secret.extend(check);
    secret.extend(check);
    text(&mut secret, kind.as_bytes());
    match key {
        Key::Rsa(key) => {
            let inverse = key.crt_coefficient().unwrap_or_default();
            let primes: Vec<&BigUint> = key.primes().iter().collect();
            let numbers = [key.n(), key.e(), key.d(), &inverse];
            for it in numbers.into_iter().chain(primes) {
                number(&mut secret, &it.to_bytes_be());
            }
        }
        Key::Ec { curve, secret: scalar, point } => {
            text(&mut secret, curve.ssh.unwrap_or_default().as_bytes());
            text(&mut secret, point);
            number(&mut secret, scalar);
        }
        Key::Ed25519(key) => {
            text(&mut secret, key.verifying_key().as_bytes());
            text(&mut secret, &key.to_keypair_bytes());
        }
    }
    text(&mut secret, comment.as_bytes());
    let padding = (8 - secret.len() % 8) % 8;
    secret.extend((1..=padding).map(|it| it as u8));

    let mut out = MAGIC.to_vec();
    for plain in ["none", "none", ""] {
        text(&mut out, plain.as_bytes());
    }
    out.extend(1_u32.to_be_bytes());
    text(&mut out, &blob);
    text(&mut out, &secret);
    pem::encoded(KIND, &out)
}

/// Takes such a text apart.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(length as usize)
    }
}

/// Reads a private key that has no passphrase.
pub(super) fn parse(given: &str) -> Result<Key> {
    let found = pem::blocks(given).into_iter().find(|it| it.0 == KIND);
    let (_, bytes) =
        found.ok_or_else(|| fault("there is no private key of OpenSSH in the text"))?;
    let wrong = || fault("the private key of OpenSSH cannot be read");
    let body = bytes.strip_prefix(MAGIC).ok_or_else(wrong)?;
    parse_body(&mut Reader(body)).unwrap_or_else(|| Err(wrong()))
}

fn parse_body(outer: &mut Reader<'_>) -> Option<Result<Key>> {
    let cipher = outer.text()?;
    if cipher != b"none" {
        return Some(Err(fault("a private key with a passphrase cannot be read")));
    }
    outer.text()?;
    outer.text()?;
    outer.take(4)?;
    outer.text()?;
    let mut inner = Reader(outer.text()?);
    inner.take(8)?;
    match inner.text()? {
        b"ssh-rsa" => {
            let mut number = || Some(BigUint::from_bytes_be(inner.text()?));
            let (n, e, d) = (number()?, number()?, number()?);
            number()?;
            let primes = vec![number()?, number()?];
            let key = rsa::RsaPrivateKey::from_components(n, e, d, primes).ok()?;
            Some(Ok(Key::Rsa(Box::new(key))))
        }
        b"ssh-ed25519" => {
            inner.text()?;
            let pair = inner.text()?.try_into().ok()?;
            let key = ed25519_dalek::SigningKey::from_keypair_bytes(pair).ok()?;
            Some(Ok(Key::Ed25519(Box::new(key))))
        }
        kind if kind.starts_with(b"ecdsa-sha2-") => {
            let name = inner.text()?;
            let curve = curve(|it| it.ssh.is_some_and(|it| it.as_bytes() == name))?;
            inner.text()?;
            Some(Key::ec(curve, inner.text()?.to_vec()))
        }
        _ => None,
    }
}
