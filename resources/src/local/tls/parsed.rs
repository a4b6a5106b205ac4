//! Certificates and requests, taken apart.

use model::{Attributes, Out};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};
use x509_cert::der::Decode;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName, SubjectKeyIdentifier};
use x509_cert::request::{CertReq, ExtensionReq};
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;
use x509_cert::{Certificate, Version};

use crate::local::checksums::sha1;
use crate::local::moment::Moment;
use crate::local::out;
use crate::local::tls::issue::{ALT_NAMES, EXTENSION_REQUEST};
use crate::local::tls::{fault, names, pem};
use crate::resource::Result;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Described {
    /// The algorithm of its signature, such as `SHA256-RSA`.
    signature_algorithm: Out<String>,
    /// The algorithm of its key: `RSA`, `ECDSA` or `Ed25519`.
    public_key_algorithm: Out<String>,
    /// The number that its authority gave it, in decimal digits.
    serial_number: Out<String>,
    /// Whether it is that of an authority.
    is_ca: Out<bool>,
    /// The version of its format.
    version: Out<i64>,
    /// Who has signed it.
    issuer: Out<String>,
    /// Whom it is about.
    subject: Out<String>,
    /// From when it is valid, in RFC 3339.
    not_before: Out<String>,
    /// Until when it is valid, in RFC 3339.
    not_after: Out<String>,
    /// The SHA-1 of the certificate.
    sha1_fingerprint: Out<String>,
    /// The certificate in PEM.
    cert_pem: Out<String>,
    /// How many authorities may stand between it and others; -1 if it does not say.
    max_path_length: Out<i64>,
}

/// What Go calls the algorithms of signatures.
const SIGNATURES: [(&str, &str); 13] = [
    ("1.2.840.113549.1.1.4", "MD5-RSA"),
    ("1.2.840.113549.1.1.5", "SHA1-RSA"),
    ("1.2.840.113549.1.1.11", "SHA256-RSA"),
    ("1.2.840.113549.1.1.12", "SHA384-RSA"),
    ("1.2.840.113549.1.1.13", "SHA512-RSA"),
    ("1.2.840.113549.1.1.10", "SHA256-RSAPSS"),
    ("1.2.840.10040.4.3", "DSA-SHA1"),
    ("2.16.840.1.101.3.4.3.2", "DSA-SHA256"),
    ("1.2.840.10045.4.1", "ECDSA-SHA1"),
    ("1.2.840.10045.4.3.2", "ECDSA-SHA256"),
    ("1.2.840.10045.4.3.3", "ECDSA-SHA384"),
    ("1.2.840.10045.4.3.4", "ECDSA-SHA512"),
    ("1.3.101.112", "Ed25519"),
];
const KEYS: [(&str, &str); 4] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "ECDSA"),
    ("1.3.101.112", "Ed25519"),
];

fn called(names: &[(&str, &str)], it: &AlgorithmIdentifierOwned) -> String {
    let oid = it.oid.to_string();
    names.iter().find(|it| it.0 == oid).map_or("0", |it| it.1).to_owned()
}

fn time(it: &Time) -> String {
    let seconds = i64::try_from(it.to_unix_duration().as_secs()).unwrap_or_default();
    Moment::of_unix(seconds).map(|it| it.text()).unwrap_or_default()
}

fn find<'a, T: Decode<'a>>(extensions: Option<&'a Vec<Extension>>, oid: &str) -> Option<T> {
    let found = extensions?.iter().find(|it| it.extn_id.to_string() == oid)?;
    T::from_der(found.extn_value.as_bytes()).ok()
}

/// What a certificate says.
pub(super) fn described(der: &[u8]) -> Result<Described> {
    let it = parsed(der)?;
    let body = &it.tbs_certificate;
    let basic: Option<BasicConstraints> = find(body.extensions.as_ref(), "2.5.29.19");
    let version = match body.version {
        Version::V1 => 1,
        Version::V2 => 2,
        Version::V3 => 3,
    };
    let longest = basic.as_ref().map_or(0, |it| it.path_len_constraint.map_or(-1, i64::from));
    let serial = BigUint::from_bytes_be(body.serial_number.as_bytes());
    Ok(Described {
        signature_algorithm: out(called(&SIGNATURES, &it.signature_algorithm)),
        public_key_algorithm: out(called(&KEYS, &body.subject_public_key_info.algorithm)),
        serial_number: out(serial.to_string()),
        is_ca: out(basic.is_some_and(|it| it.ca)),
        version: out(version),
        issuer: out(names::shown(&body.issuer)),
        subject: out(names::shown(&body.subject)),
        not_before: out(time(&body.validity.not_before)),
        not_after: out(time(&body.validity.not_after)),
        sha1_fingerprint: out(sha1(der)),
        cert_pem: out(pem::encoded("CERTIFICATE", der)),
        max_path_length: out(longest),
    })
}

fn parsed(der: &[u8]) -> Result<Certificate> {
    Certificate::from_der(der).map_err(|error| fault(format!("not a certificate: {error}")))
}

/// The certificate of an authority, and its key's name if it says one.
pub(super) fn authority(text: &str) -> Result<(Certificate, Option<Vec<u8>>)> {
    let found = pem::blocks(text).into_iter().find(|it| it.0 == "CERTIFICATE");
    let (_, der) = found.ok_or_else(|| fault("there is no certificate in `ca_cert_pem`"))?;
    let it = parsed(&der)?;
    let id: Option<SubjectKeyIdentifier> =
        find(it.tbs_certificate.extensions.as_ref(), "2.5.29.14");
    let id = id.map(|it| it.0.as_bytes().to_vec());
    Ok((it, id))
}

/// A request, and the names that it is for.
pub(super) fn request(text: &str) -> Result<(CertReq, Vec<GeneralName>)> {
    let found = pem::blocks(text).into_iter().find(|it| it.0 == "CERTIFICATE REQUEST");
    let (_, der) = found.ok_or_else(|| fault("there is no request in `cert_request_pem`"))?;
    let it = CertReq::from_der(&der)
        .map_err(|error| fault(format!("not a request for a certificate: {error}")))?;
    let asked = it.info.attributes.iter().filter(|it| it.oid == EXTENSION_REQUEST);
    let asked = asked.flat_map(|it| it.values.iter());
    let asked = asked.filter_map(|it| it.decode_as::<ExtensionReq>().ok());
    let mut names = Vec::new();
    for it in asked.flat_map(|it| it.0).filter(|it| it.extn_id == ALT_NAMES) {
        let found = SubjectAltName::from_der(it.extn_value.as_bytes());
        names.extend(found.map_err(|error| fault(error.to_string()))?.0);
    }
    // First the hosts, then the addresses, then the rest, as Go writes them.
    let place = |it: &GeneralName| match it {
        GeneralName::DnsName(_) => Some(0),
        GeneralName::IpAddress(_) => Some(1),
        GeneralName::UniformResourceIdentifier(_) => Some(2),
        _ => None,
    };
    names.retain(|it| place(it).is_some());
    names.sort_by_key(place);
    Ok((it, names))
}
