//! `tls_cert_request`: a request for a certificate.

use model::{Attributes, One, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::local::checksums::sha1;
use crate::local::tls::issue::{alt_names, request};
use crate::local::tls::keys::Key;
use crate::local::tls::names::Subject;
use crate::local::tls::no_import;
use crate::local::tls::pem::Pem;
use crate::local::{Local, out};
use crate::resource::Result;

/// A request for a certificate, for an authority to sign.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_cert_request")]
pub(crate) struct CertRequest {
    /// The private key in PEM.
    #[attr(replace)]
    private_key_pem: Secret<Pem>,
    /// Whom it is about.
    #[attr(replace)]
    subject: One<Subject>,
    /// The hosts it is for.
    #[attr(replace)]
    dns_names: Option<Vec<String>>,
    /// The IP addresses it is for.
    #[attr(replace)]
    ip_addresses: Option<Vec<String>>,
    /// The URIs it is for.
    #[attr(replace)]
    uris: Option<Vec<String>>,
    /// `RSA`, `ECDSA` or `ED25519`.
    key_algorithm: Out<String>,
    /// The request in PEM.
    cert_request_pem: Out<String>,
    /// The SHA-1 of the request.
    id: Out<String>,
}

impl Local for CertRequest {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let key = Key::from_pem(&want.private_key_pem.0.0)?;
        let list = |it: &Option<Vec<String>>| it.clone().unwrap_or_default();
        let names =
            alt_names(&list(&want.dns_names), &list(&want.ip_addresses), &list(&want.uris))?;
        let subject = want.subject.0.clone().unwrap_or_default().name()?;
        let pem = request(subject, names, &key)?;
        Ok(CertRequest {
            key_algorithm: out(key.algorithm()),
            id: out(sha1(pem.trim().as_bytes())),
            cert_request_pem: out(pem),
            ..want
        })
    }

    fn import(_text: &str) -> Result<Self> {
        Err(no_import())
    }
}
