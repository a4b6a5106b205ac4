//! `tls_locally_signed_cert`: a certificate that is signed with the key of another.

use model::{Attributes, Map, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::local::tls::issue::{self, Authority, Wanted, unknown_uses};
use crate::local::tls::keys::Key;
use crate::local::tls::pem::Pem;
use crate::local::tls::{names, no_import, not_negative, parsed, renew};
use crate::local::{Local, out};
use crate::resource::Result;

/// A certificate that is signed with the key of another: that of an authority of one's own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_locally_signed_cert")]
pub(crate) struct LocallySignedCert {
    /// The request for it, in PEM.
    #[attr(replace)]
    cert_request_pem: Pem,
    /// The certificate of the authority, in PEM.
    #[attr(replace)]
    ca_cert_pem: Pem,
    /// The private key of the authority, in PEM.
    #[attr(replace)]
    ca_private_key_pem: Secret<Pem>,
    /// For how many hours it is valid.
    #[attr(replace)]
    validity_period_hours: i64,
    /// What its key may be used for, such as `digital_signature` or `server_auth`.
    #[attr(replace, required)]
    allowed_uses: Vec<String>,
    /// How many hours before its end it is replaced.
    #[attr(default = 0)]
    early_renewal_hours: i64,
    /// Whether it is that of an authority, which may sign others.
    #[attr(replace, default = false)]
    is_ca_certificate: bool,
    /// For an authority: how many others may stand between it and what is signed.
    #[attr(replace)]
    max_path_length: Option<i64>,
    /// Whether it says the name of its key: the SHA-1 of it.
    #[attr(replace, default = false)]
    set_subject_key_id: bool,
    /// `RSA`, `ECDSA` or `ED25519`.
    ca_key_algorithm: Out<String>,
    /// The certificate in PEM.
    cert_pem: Out<String>,
    /// Whether it is over, or nearly so. Then it is replaced.
    #[attr(replace)]
    ready_for_renewal: Out<bool>,
    /// From when it is valid, in RFC 3339.
    validity_start_time: Out<String>,
    /// Until when it is valid, in RFC 3339.
    validity_end_time: Out<String>,
    /// The number of the certificate.
    id: Out<String>,
}

impl Local for LocallySignedCert {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let key = Key::from_pem(&want.ca_private_key_pem.0.0)?;
        let (request, asked) = parsed::request(&want.cert_request_pem.0)?;
        let (authority, key_id) = parsed::authority(&want.ca_cert_pem.0)?;
        let (subject, issuer) =
            (names::normal(&request.info.subject)?, authority.tbs_certificate.subject);
        let wanted = Wanted {
            authority_key_id: match key_id {
                Some(id) if subject != issuer => Authority::Known(id),
                _ => Authority::Unsaid,
            },
            subject,
            issuer,
            public: request.info.public_key,
            names: asked,
            uses: &want.allowed_uses,
            hours: want.validity_period_hours,
            is_ca: want.is_ca_certificate,
            max_path_length: want.max_path_length,
            set_subject_key_id: want.set_subject_key_id,
        };
        let made = issue::certificate(&wanted, &key)?;
        Ok(LocallySignedCert {
            ca_key_algorithm: out(key.algorithm()),
            cert_pem: out(made.pem),
            ready_for_renewal: out(false),
            validity_start_time: out(made.from),
            validity_end_time: out(made.to),
            id: out(made.serial),
            ..want
        })
    }

    fn import(_text: &str) -> Result<Self> {
        Err(no_import())
    }

    fn adjust(prior: Option<&Map>, planned: &mut Map) {
        renew(prior, planned);
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let uses = given.get("allowed_uses").and_then(|it| it.items()).unwrap_or_default();
        let wrong = unknown_uses(uses.iter().filter_map(|it| it.as_str())).into_iter();
        let wrong = wrong.map(|it| ("allowed_uses", format!("there is no use {it:?}")));
        wrong.chain(not_negative(given, &NUMBERS)).collect()
    }
}

const NUMBERS: [&str; 3] = ["validity_period_hours", "early_renewal_hours", "max_path_length"];
