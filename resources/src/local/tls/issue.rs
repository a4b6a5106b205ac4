//! Certificates and requests for them: put together and signed, with what Go puts into them.

use std::net::IpAddr;
use std::time::Duration;

use num_bigint::BigUint;
use rsa::rand_core::{OsRng, RngCore};
use x509_cert::attr::Attribute;
use x509_cert::der::asn1::{
    Any, BitString, GeneralizedTime, Ia5String, OctetString, SetOfVec, UtcTime,
};
use x509_cert::der::{self, Encode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::request::{CertReq, CertReqInfo, ExtensionReq, Version as RequestVersion};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{ObjectIdentifier, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate, Version};

use crate::local::moment::{Moment, Step};
use crate::local::tls::keys::{Key, key_id};
use crate::local::tls::{fault, pem};
use crate::resource::Result;

const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
pub(super) const ALT_NAMES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
pub(super) const EXTENSION_REQUEST: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// The uses of a key that are bits, in their order.
const BITS: [&str; 9] = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_signing",
    "crl_signing",
    "encipher_only",
    "decipher_only",
];

/// The uses of a key that have names of their own.
const NAMED: [(&str, &str); 14] = [
    ("any_extended", "2.5.29.37.0"),
    ("server_auth", "1.3.6.1.5.5.7.3.1"),
    ("client_auth", "1.3.6.1.5.5.7.3.2"),
    ("code_signing", "1.3.6.1.5.5.7.3.3"),
    ("email_protection", "1.3.6.1.5.5.7.3.4"),
    ("ipsec_end_system", "1.3.6.1.5.5.7.3.5"),
    ("ipsec_tunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsec_user", "1.3.6.1.5.5.7.3.7"),
    ("timestamping", "1.3.6.1.5.5.7.3.8"),
    ("ocsp_signing", "1.3.6.1.5.5.7.3.9"),
    ("microsoft_server_gated_crypto", "1.3.6.1.4.1.311.10.3.3"),
    ("netscape_server_gated_crypto", "2.16.840.1.113730.4.1"),
    ("microsoft_commercial_code_signing", "1.3.6.1.4.1.311.2.1.22"),
    ("microsoft_kernel_code_signing", "1.3.6.1.4.1.311.61.1.1"),
];

/// What a certificate is to say.
pub(super) struct Wanted<'a> {
    pub subject: Name,
    pub issuer: Name,
    pub public: SubjectPublicKeyInfoOwned,
    pub names: Vec<GeneralName>,
    pub uses: &'a [String],
    pub hours: i64,
    pub is_ca: bool,
    pub max_path_length: Option<i64>,
    pub set_subject_key_id: bool,
    pub authority_key_id: Authority,
}

/// Which key has signed.
pub(super) enum Authority {
    Unsaid,
    Known(Vec<u8>),
    /// The certificate's own key.
    Own,
}

/// A certificate, and what is known of it.
pub(super) struct Issued {
    pub serial: String,
    pub pem: String,
    pub from: String,
    pub to: String,
}

fn wrong(error: der::Error) -> model::Fault {
    fault(error.to_string())
}

/// Uses that there are not.
pub(super) fn unknown_uses<'a>(uses: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let known = |it: &&str| BITS.contains(it) || NAMED.iter().any(|(name, _)| name == it);
    uses.filter(|it| !known(it)).collect()
}

/// The names that a certificate is for, other than that of its subject.
pub(super) fn alt_names(
    dns: &[String],
    ips: &[String],
    uris: &[String],
) -> Result<Vec<GeneralName>> {
    let text = |it: &String| {
        Ia5String::new(it).map_err(|_| fault(format!("{it:?} has letters that are not ASCII")))
    };
    let mut names = Vec::new();
    for it in dns {
        names.push(GeneralName::DnsName(text(it)?));
    }
    for it in ips {
        let address = it.parse::<IpAddr>();
        let address = address.map_err(|_| fault(format!("{it:?} is not an IP address")))?;
        let bytes = match address {
            IpAddr::V4(it) => it.octets().to_vec(),
            IpAddr::V6(it) => match it.to_ipv4_mapped() {
                Some(it) => it.octets().to_vec(),
                None => it.octets().to_vec(),
            },
        };
        names.push(GeneralName::IpAddress(OctetString::new(bytes).map_err(wrong)?));
    }
    for it in uris {
        names.push(GeneralName::UniformResourceIdentifier(text(it)?));
    }
    Ok(names)
}

fn extension(oid: ObjectIdentifier, critical: bool, value: &impl Encode) -> Result<Extension> {
    let value = OctetString::new(value.to_der().map_err(wrong)?).map_err(wrong)?;
    Ok(Extension { extn_id: oid, critical, extn_value: value })
}

/// The uses that are bits: the first bit is the highest of the first byte. Zeros at the end are left
/// out.
fn key_usage(uses: &[String]) -> Result<Option<BitString>> {
    let mut bytes = [0_u8; 2];
    let set = BITS.iter().enumerate().filter(|(_, name)| uses.iter().any(|it| it == *name));
    set.for_each(|(at, _)| bytes[at / 8] |= 0x80 >> (at % 8));
    let length = if bytes[1] != 0 { 2 } else { 1 };
    if bytes == [0, 0] {
        return Ok(None);
    }
    let unused = bytes[length - 1].trailing_zeros() as u8;
    BitString::new(unused, &bytes[..length]).map(Some).map_err(wrong)
}

fn extensions(it: &Wanted<'_>) -> Result<Vec<Extension>> {
    let mut all = Vec::new();
    if let Some(bits) = key_usage(it.uses)? {
        all.push(extension(KEY_USAGE, true, &bits)?);
    }
    let named = |name: &String| NAMED.iter().find(|it| it.0 == name).map(|it| it.1);
    let named: Vec<ObjectIdentifier> =
        it.uses.iter().filter_map(named).map(ObjectIdentifier::new_unwrap).collect();
    if !named.is_empty() {
        all.push(extension(EXTENDED_KEY_USAGE, false, &ExtendedKeyUsage(named))?);
    }
    let longest = it.max_path_length.map(u8::try_from).transpose();
    let longest = longest.map_err(|_| fault("`max_path_length` is a number up to 255"))?;
    let basic = BasicConstraints { ca: it.is_ca, path_len_constraint: longest };
    all.push(extension(BASIC_CONSTRAINTS, true, &basic)?);
    let own = if it.is_ca || it.set_subject_key_id { Some(key_id(&it.public)?) } else { None };
    if let Some(id) = &own {
        let id = OctetString::new(id.clone()).map_err(wrong)?;
        all.push(extension(SUBJECT_KEY_ID, false, &SubjectKeyIdentifier(id))?);
    }
    let authority = match &it.authority_key_id {
        Authority::Unsaid => None,
        Authority::Known(id) => Some(id.clone()),
        Authority::Own => {
            let missing = "`set_authority_key_id` needs `set_subject_key_id` here";
            Some(own.ok_or_else(|| fault(missing))?)
        }
    };
    if let Some(id) = authority {
        let id = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(id).map_err(wrong)?),
            authority_cert_issuer: None,
            authority_cert_serial_number: None,
        };
        all.push(extension(AUTHORITY_KEY_ID, false, &id)?);
    }
    if !it.names.is_empty() {
        // Where the subject has no name, these are all there is.
        let critical = it.subject.0.is_empty();
        all.push(extension(ALT_NAMES, critical, &SubjectAltName(it.names.clone()))?);
    }
    Ok(all)
}

fn time(it: &Moment) -> Result<Time> {
    let wrong = |_| fault("the validity of a certificate is out of range");
    let since = Duration::from_secs(u64::try_from(it.unix()).map_err(|_| wrong(()))?);
    if it.local.year() < 2050 {
        return Ok(Time::UtcTime(UtcTime::from_unix_duration(since).map_err(|_| wrong(()))?));
    }
    let general = GeneralizedTime::from_unix_duration(since).map_err(|_| wrong(()))?;
    Ok(Time::GeneralTime(general))
}

/// A certificate, signed with `key`.
pub(super) fn certificate(it: &Wanted<'_>, key: &Key) -> Result<Issued> {
    if it.is_ca && it.subject.0.is_empty() {
        return Err(fault("the certificate of an authority needs a `subject`"));
    }
    if !it.is_ca && it.max_path_length.is_some() {
        return Err(fault("only the certificate of an authority may have a `max_path_length`"));
    }
    let mut serial = [0; 16];
    OsRng.fill_bytes(&mut serial);
    let from = Moment::now();
    let to = from.plus(Step::Seconds(it.hours.saturating_mul(3600)));
    let to = to.ok_or_else(|| fault("the validity of a certificate is out of range"))?;
    let algorithm = key.signature();
    let body = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&serial).map_err(wrong)?,
        signature: algorithm.clone(),
        issuer: it.issuer.clone(),
        validity: Validity { not_before: time(&from)?, not_after: time(&to)? },
        subject: it.subject.clone(),
        subject_public_key_info: it.public.clone(),
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions(it)?),
    };
    let signature = key.sign(&body.to_der().map_err(wrong)?)?;
    let whole = Certificate { tbs_certificate: body, signature_algorithm: algorithm, signature };
    Ok(Issued {
        serial: BigUint::from_bytes_be(&serial).to_string(),
        pem: pem::encoded("CERTIFICATE", &whole.to_der().map_err(wrong)?),
        from: from.precise(),
        to: to.precise(),
    })
}

/// A request for a certificate, signed with its own key.
pub(super) fn request(subject: Name, names: Vec<GeneralName>, key: &Key) -> Result<String> {
    let mut attributes = SetOfVec::new();
    if !names.is_empty() {
        let asked = ExtensionReq(vec![extension(ALT_NAMES, false, &SubjectAltName(names))?]);
        let mut values = SetOfVec::new();
        values.insert(Any::encode_from(&asked).map_err(wrong)?).map_err(wrong)?;
        attributes.insert(Attribute { oid: EXTENSION_REQUEST, values }).map_err(wrong)?;
    }
    let info =
        CertReqInfo { version: RequestVersion::V1, subject, public_key: key.public()?, attributes };
    let signature = key.sign(&info.to_der().map_err(wrong)?)?;
    let whole = CertReq { info, algorithm: key.signature(), signature };
    Ok(pem::encoded("CERTIFICATE REQUEST", &whole.to_der().map_err(wrong)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_highest() {
        let bits = |uses: &[&str]| {
            let uses: Vec<String> = uses.iter().map(|it| (*it).to_owned()).collect();
            key_usage(&uses).unwrap().map(|it| it.to_der().unwrap())
        };
        assert_eq!(bits(&["server_auth"]), None);
        assert_eq!(
            bits(&["key_encipherment", "digital_signature"]),
            Some(vec![3, 2, 5, 0b1010_0000])
        );
        assert_eq!(bits(&["decipher_only"]), Some(vec![3, 3, 7, 0, 0b1000_0000]));
    }

    #[test]
    fn uses_are_known_by_name() {
        let uses = ["cert_signing", "server_auth", "breakfast"];
        assert_eq!(unknown_uses(uses.into_iter()), ["breakfast"]);
    }
}
