//! `tls_self_signed_cert`: a certificate that is signed with its own key.

use model::{Attributes, Map, One, Out, Secret};
use serde::{Deserialize, Serialize};

use crate::local::tls::issue::{self, Authority, Wanted, alt_names, unknown_uses};
use crate::local::tls::keys::Key;
use crate::local::tls::names::Subject;
use crate::local::tls::pem::Pem;
use crate::local::tls::{no_import, not_negative, renew};
use crate::local::{Local, out};
use crate::resource::Result;

/// A certificate that is signed with its own key.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("tls_self_signed_cert")]
pub(crate) struct SelfSignedCert {
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
    /// Whether it says the name of the key that has signed it, which is its own.
    #[attr(replace, default = false)]
    set_authority_key_id: bool,
    /// `RSA`, `ECDSA` or `ED25519`.
    key_algorithm: Out<String>,
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

impl Local for SelfSignedCert {
    fn create(want: Self, _token: &str) -> Result<Self> {
        let key = Key::from_pem(&want.private_key_pem.0.0)?;
        let list = |it: &Option<Vec<String>>| it.clone().unwrap_or_default();
        let names =
            alt_names(&list(&want.dns_names), &list(&want.ip_addresses), &list(&want.uris))?;
        let subject = want.subject.0.clone().unwrap_or_default().name()?;
        let wanted = Wanted {
            issuer: subject.clone(),
            subject,
            public: key.public()?,
            names,
            uses: &want.allowed_uses,
            hours: want.validity_period_hours,
            is_ca: want.is_ca_certificate,
            max_path_length: want.max_path_length,
            set_subject_key_id: want.set_subject_key_id,
            authority_key_id: match want.set_authority_key_id {
                true => Authority::Own,
                false => Authority::Unsaid,
            },
        };
        let made = issue::certificate(&wanted, &key)?;
        Ok(SelfSignedCert {
            key_algorithm: out(key.algorithm()),
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
