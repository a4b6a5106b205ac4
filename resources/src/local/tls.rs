//! The provider `tls`: keys and certificates.

pub(crate) mod pem;
mod keys;
mod curves;
mod openssh;
mod names;
mod issue;
mod parsed;
mod cert_request;
mod certificate;
mod connect;
mod locally_signed_cert;
mod private_key;
mod public_key;
mod self_signed_cert;
#[cfg(test)]
pub(crate) mod testing;

use model::{Fault, Map, Number, Type, Value};

use crate::fault::rejected;
use crate::local::moment::Moment;
use crate::local::{LocalProvider, found, kept, provider};

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("tls", "registry.terraform.io/hashicorp/tls"),
    types: &[
        kept::<cert_request::CertRequest>(),
        kept::<locally_signed_cert::LocallySignedCert>(),
        kept::<private_key::PrivateKey>(),
        kept::<self_signed_cert::SelfSignedCert>(),
    ],
    data: &[found::<certificate::Certificate>(), found::<public_key::PublicKey>()],
};

/// What is wrong with a key or a certificate. Never says what is in it.
fn fault(text: impl Into<String>) -> Fault {
    rejected("tls", "InvalidInput", text)
}

/// That something cannot be imported, as its secrets are nowhere else.
fn no_import() -> Fault {
    rejected("import", "NotSupported", "keys and certificates cannot be imported")
}

/// Has a certificate that is over, or nearly so, replaced.
fn renew(prior: Option<&Map>, planned: &mut Map) {
    let Some(prior) = prior else { return };
    let end = prior.get("validity_end_time").and_then(Value::as_str).and_then(Moment::parse);
    let early = planned.get("early_renewal_hours").and_then(Value::as_number);
    let early = early.and_then(Number::to_i64).unwrap_or_default().saturating_mul(3600);
    if end.is_some_and(|it| it.unix().saturating_sub(early) <= Moment::now().unix()) {
        planned.insert("ready_for_renewal".into(), Value::unknown(Type::Bool));
    }
}

/// Numbers that must not be negative.
fn not_negative(given: &Map, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let wrong = |name: &&'static str| {
        let it = given.get(*name)?.as_number().and_then(Number::to_i64)?;
        (it < 0).then(|| (*name, format!("must not be negative, as {it} is")))
    };
    names.iter().filter_map(wrong).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_renewed_when_its_time_is_nearly_over() {
        let ready = |end: &str, early: i64| {
            let prior = Map::from([
                ("validity_end_time".into(), end.into()),
                ("early_renewal_hours".into(), early.into()),
                ("ready_for_renewal".into(), false.into()),
            ]);
            let mut planned = prior.clone();
            renew(Some(&prior), &mut planned);
            !planned["ready_for_renewal"].is_known()
        };
        assert!(ready("2020-01-01T00:00:00.123Z", 0));
        assert!(!ready("2999-01-01T00:00:00Z", 0));
        assert!(ready("2999-01-01T00:00:00Z", 24 * 365 * 980));
    }
}
