//! `tls_private_key`: a new key.

use model::{Attributes, Map, Out, Secret};
use serde::{Deserialize, Serialize};
use x509_cert::der::Encode;

use crate::local::checksums::sha1;
use crate::local::tls::keys::Key;
use crate::local::tls::{fault, no_import, openssh, pem};
use crate::local::{Local, out};
use crate::resource::Result;

/// A new key. It is in the state, where whoever can read the state can read it.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_private_key", version = 1)]
pub(crate) struct PrivateKey {
    /// `RSA`, `ECDSA` or `ED25519`.
    #[attr(replace)]
    algorithm: String,
    /// For `RSA`: how many bits it has.
    #[attr(replace, default = 2048)]
    rsa_bits: i64,
    /// For `ECDSA`: `P224`, `P256`, `P384` or `P521`.
    #[attr(replace, default = "P224")]
    ecdsa_curve: String,
    /// A comment in the key of OpenSSH.
    #[attr(replace)]
    openssh_comment: Option<String>,
    /// The private key in PEM.
    private_key_pem: Out<Secret<String>>,
    /// The private key as OpenSSH has it. It does not know P224.
    private_key_openssh: Out<Secret<String>>,
    /// The private key in PEM, in the format PKCS #8.
    private_key_pem_pkcs8: Out<Secret<String>>,
    /// The public key in PEM.
    public_key_pem: Out<String>,
    /// The public key as a line of `authorized_keys`. OpenSSH does not know P224.
    public_key_openssh: Out<String>,
    /// The fingerprint of the public key, such as `aa:bb:cc`.
    public_key_fingerprint_md5: Out<String>,
    /// The fingerprint of the public key, such as `SHA256:abc`.
    public_key_fingerprint_sha256: Out<String>,
    /// The SHA-1 of the public key.
    id: Out<String>,
}

impl PrivateKey {
    fn with(self, key: &Key) -> Result<PrivateKey> {
        let comment = self.openssh_comment.as_deref().unwrap_or_default();
        let (public, shown) = (key.public()?, openssh::shown(key, comment));
        let der = public.to_der().map_err(|error| fault(error.to_string()))?;
        Ok(PrivateKey {
            private_key_pem: Out(Some(Secret(key.pem()?))),
            private_key_openssh: Out(Some(Secret(openssh::private(key, comment)))),
            private_key_pem_pkcs8: Out(Some(Secret(key.pem_pkcs8()?))),
            public_key_pem: out(pem::encoded("PUBLIC KEY", &der)),
            public_key_openssh: out(shown.line),
            public_key_fingerprint_md5: out(shown.md5),
            public_key_fingerprint_sha256: out(shown.sha256),
            id: out(sha1(&der)),
            ..self
        })
    }
}

impl Local for PrivateKey {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let key = Key::generate(&want.algorithm, want.rsa_bits, &want.ecdsa_curve)?;
        want.with(&key)
    }

    /// Older providers wrote fewer formats.
    fn read(have: Self) -> Result<Option<Self>> {
        let text = have.private_key_pem.0.clone().filter(|it| !it.0.is_empty());
        match (text, &have.private_key_pem_pkcs8.0) {
            (Some(text), None) => have.with(&Key::from_pem(&text.0)?).map(Some),
            _ => Ok(Some(have)),
        }
    }

    fn import(_text: &str) -> Result<Self> {
        Err(no_import())
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let one_of = |name: &'static str, all: &[&str]| {
            let text = given.get(name)?.as_str()?;
            let detail = format!("must be one of `{}`, not {text:?}", all.join("`, `"));
            (!all.contains(&text)).then_some((name, detail))
        };
        let algorithm = one_of("algorithm", &["RSA", "ECDSA", "ED25519"]);
        let curve = one_of("ecdsa_curve", &["P224", "P256", "P384", "P521"]);
        algorithm.into_iter().chain(curve).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(algorithm: &str, curve: &str) -> PrivateKey {
        let none = || Out(None);
        let want = PrivateKey {
            algorithm: algorithm.to_owned(),
            rsa_bits: 1024,
            ecdsa_curve: curve.to_owned(),
            openssh_comment: None,
            private_key_pem: Out(None),
            private_key_openssh: Out(None),
            private_key_pem_pkcs8: Out(None),
            public_key_pem: none(),
            public_key_openssh: none(),
            public_key_fingerprint_md5: none(),
            public_key_fingerprint_sha256: none(),
            id: none(),
        };
        PrivateKey::create(want, "t").unwrap()
    }

    fn secret(it: &Out<Secret<String>>) -> &str {
        &it.0.as_ref().unwrap().0
    }

    #[test]
    fn every_format_is_of_the_same_key() {
        let kinds = [
            ("RSA", ""),
            ("ECDSA", "P224"),
            ("ECDSA", "P256"),
            ("ECDSA", "P384"),
            ("ECDSA", "P521"),
            ("ED25519", ""),
        ];
        for (algorithm, curve) in kinds {
            let it = key(algorithm, curve);
            let same = |key: Key| {
                let again = it.clone().with(&key).unwrap();
                assert_eq!(again.private_key_pem, it.private_key_pem, "{algorithm} {curve}");
                assert_eq!(again.public_key_pem, it.public_key_pem, "{algorithm} {curve}");
                assert_eq!(again.public_key_openssh, it.public_key_openssh);
            };
            same(Key::from_pem(secret(&it.private_key_pem)).unwrap());
            same(Key::from_pem(secret(&it.private_key_pem_pkcs8)).unwrap());
            match curve {
                "P224" => assert_eq!(secret(&it.private_key_openssh), ""),
                _ => same(openssh::parse(secret(&it.private_key_openssh)).unwrap()),
            }
            assert!(!format!("{it:?}").contains("BEGIN RSA PRIVATE"), "a secret is shown");
        }
    }

    /// A key of RFC 8410 and what OpenSSH and OpenSSL say of it.
    #[test]
    fn formats_are_the_well_known_ones() {
        let text = "-----BEGIN PRIVATE KEY-----\n\
                    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                    -----END PRIVATE KEY-----\n";
        let key = Key::from_pem(text).unwrap();
        let it = super::tests::key("ED25519", "").with(&key).unwrap();
        assert_eq!(secret(&it.private_key_pem), text);
        assert_eq!(
            it.public_key_pem,
            out("-----BEGIN PUBLIC KEY-----\n\
                 MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
                 -----END PUBLIC KEY-----\n")
        );
        assert_eq!(
            it.public_key_openssh,
            out(
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBm/RAlphM3+hUG6wWfcO5bIUIaqMLa2ywxcOK1wMWbh\n"
            )
        );
    }

    #[test]
    fn a_key_of_an_old_provider_gets_its_other_formats() {
        let it = key("ECDSA", "P256");
        let old = PrivateKey { private_key_pem_pkcs8: Out(None), ..it.clone() };
        let now = PrivateKey::read(old).unwrap().unwrap();
        assert_eq!(now.private_key_pem_pkcs8, it.private_key_pem_pkcs8);
    }
}
