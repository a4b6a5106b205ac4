//! `tls_public_key`: the public key of a private one.

use model::{Attributes, Host, Out, Secret};
use serde::{Deserialize, Serialize};
use x509_cert::der::Encode;

use crate::local::checksums::sha1;
use crate::local::tls::keys::Key;
use crate::local::tls::{fault, openssh, pem};
use crate::local::{LocalData, aside, out};
use crate::resource::Result;

/// The public key of a private one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_public_key")]
pub(crate) struct PublicKey {
    /// The private key in PEM.
    private_key_pem: Option<Secret<String>>,
    /// The private key as OpenSSH has it.
    private_key_openssh: Option<Secret<String>>,
    /// `RSA`, `ECDSA` or `ED25519`.
    algorithm: Out<String>,
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

impl LocalData for PublicKey {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || {
            let key = match (&given.private_key_pem, &given.private_key_openssh) {
                (Some(text), None) => Key::from_pem(&text.0)?,
                (None, Some(text)) => openssh::parse(&text.0)?,
                _ => {
                    let both = "`private_key_pem` and `private_key_openssh`";
                    return Err(fault(format!("one of {both} must be given, and only one")));
                }
            };
            let (public, shown) = (key.public()?, openssh::shown(&key, ""));
            let der = public.to_der().map_err(|error| fault(error.to_string()))?;
            Ok(PublicKey {
                algorithm: out(key.algorithm()),
                public_key_pem: out(pem::encoded("PUBLIC KEY", &der)),
                public_key_openssh: out(shown.line),
                public_key_fingerprint_md5: out(shown.md5),
                public_key_fingerprint_sha256: out(shown.sha256),
                id: out(sha1(&der)),
                ..given
            })
        })
        .await
    }
}
