//! `tls_certificate`: what certificates say.

use model::{Attributes, Host, Out};
use serde::{Deserialize, Serialize};

use crate::local::checksums::sha1;
use crate::local::tls::parsed::{Described, described};
use crate::local::tls::{connect, fault, pem};
use crate::local::{LocalData, aside, out};
use crate::resource::Result;

/// What certificates say: those of a text, or those that a server shows.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_certificate")]
pub(crate) struct Certificate {
    /// Certificates in PEM.
    content: Option<String>,
    /// A server with the scheme `https` or `tls`, whose certificates are asked for.
    url: Option<String>,
    /// For a server: whether its certificates must be ones that this machine trusts.
    #[attr(default = true)]
    verify_chain: bool,
    /// The certificates: those of a text in its order, those of a server from the authority on.
    certificates: Out<Vec<Described>>,
    /// A checksum of the certificates.
    id: Out<String>,
}

fn read(content: Option<&str>, url: Option<&str>, verify: bool) -> Result<Vec<Vec<u8>>> {
    match (content, url) {
        (Some(text), None) => {
            let found = pem::blocks(text).into_iter().map(|(kind, der)| match kind.as_str() {
                "CERTIFICATE" => Ok(der),
                _ => Err(fault(format!("`content` has a block {kind:?} that is no certificate"))),
            });
            let found = found.collect::<Result<Vec<_>>>()?;
            match found.is_empty() {
                true => Err(fault("there is no certificate in `content`")),
                false => Ok(found),
            }
        }
        (None, Some(url)) => {
            let mut found = connect::certificates(url, verify)?;
            found.reverse();
            Ok(found)
        }
        _ => Err(fault("one of `content` and `url` must be given, and only one")),
    }
}

impl LocalData for Certificate {
    async fn read(_host: &dyn Host, given: Self) -> Result<Self> {
        aside(move || {
            let found = read(given.content.as_deref(), given.url.as_deref(), given.verify_chain)?;
            let id = sha1(&found.concat());
            let certificates = found.iter().map(|it| described(it)).collect::<Result<Vec<_>>>()?;
            Ok(Certificate { certificates: Out(Some(certificates)), id: out(id), ..given })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::tls::testing::server;

    #[test]
    fn a_server_shows_its_certificates_from_the_authority_on() {
        let server = server("ECDSA", "P256");
        let found = read(None, Some(&server.url), false).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(pem::encoded("CERTIFICATE", &found[0]), server.authority);
        let [authority, own] = [0, 1].map(|n| {
            serde_json::to_value(described(&found[n]).unwrap()).expect("it can be encoded")
        });
        assert_eq!(authority["subject"], "CN=authority");
        assert_eq!(authority["is_ca"], true);
        assert_eq!(authority["max_path_length"], 0);
        assert_eq!(own["subject"], "CN=server");
        assert_eq!(own["issuer"], "CN=authority");
        assert_eq!(own["signature_algorithm"], "ECDSA-SHA384");
        assert_eq!(own["public_key_algorithm"], "ECDSA");
        assert_eq!(own["version"], 3);
        assert_eq!(own["max_path_length"], -1);
    }

    #[test]
    fn a_server_that_nobody_trusts_is_told() {
        let server = server("ED25519", "");
        let failed = read(None, Some(&server.url), true).unwrap_err();
        assert!(failed.message.contains("cannot connect to 127.0.0.1"), "{failed}");
    }

    #[test]
    fn a_text_must_have_certificates_alone() {
        let key = pem::encoded("PRIVATE KEY", b"x");
        for text in ["", "nothing", &key] {
            assert!(read(Some(text), None, true).is_err());
        }
        assert!(read(None, None, true).is_err());
        assert!(read(Some(""), Some(""), true).is_err());
    }
}
