//! Distinguished names: as users write them, as certificates hold them, as Go shows them.

use model::Attributes;
use serde::{Deserialize, Serialize};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{Any, SetOfVec};
use x509_cert::der::{Encode, Tag, Tagged};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::spki::ObjectIdentifier;

use crate::local::checksums::hex;
use crate::local::tls::fault;
use crate::resource::Result;

/// Whom a certificate is about.
#[derive(Debug, Clone, Default, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Subject {
    /// The name: `CN`.
    #[attr(replace)]
    common_name: Option<String>,
    /// The organization: `O`.
    #[attr(replace)]
    organization: Option<String>,
    /// Its unit: `OU`.
    #[attr(replace)]
    organizational_unit: Option<String>,
    /// The lines of the address: `STREET`.
    #[attr(replace)]
    street_address: Option<Vec<String>>,
    /// The town: `L`.
    #[attr(replace)]
    locality: Option<String>,
    /// The state or province: `ST`.
    #[attr(replace)]
    province: Option<String>,
    /// The country, in two letters: `C`.
    #[attr(replace)]
    country: Option<String>,
    /// The postal code: `POSTALCODE`.
    #[attr(replace)]
    postal_code: Option<String>,
    /// A number that tells it from others of its name: `SERIALNUMBER`.
    #[attr(replace)]
    serial_number: Option<String>,
}

/// The attributes that Go knows, in the order in which it writes them.
const KNOWN: [(&str, ObjectIdentifier); 9] = [
    ("C", ObjectIdentifier::new_unwrap("2.5.4.6")),
    ("O", ObjectIdentifier::new_unwrap("2.5.4.10")),
    ("OU", ObjectIdentifier::new_unwrap("2.5.4.11")),
    ("L", ObjectIdentifier::new_unwrap("2.5.4.7")),
    ("ST", ObjectIdentifier::new_unwrap("2.5.4.8")),
    ("STREET", ObjectIdentifier::new_unwrap("2.5.4.9")),
    ("POSTALCODE", ObjectIdentifier::new_unwrap("2.5.4.17")),
    ("CN", COMMON_NAME),
    ("SERIALNUMBER", SERIAL_NUMBER),
];
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");

/// The values of each of the known attributes.
type Values = [Vec<String>; 9];

impl Subject {
    /// The name in a certificate.
    pub fn name(&self) -> Result<Name> {
        let one = |it: &Option<String>| it.iter().cloned().collect();
        name(&[
            one(&self.country),
            one(&self.organization),
            one(&self.organizational_unit),
            one(&self.locality),
            one(&self.province),
            self.street_address.clone().unwrap_or_default(),
            one(&self.postal_code),
            one(&self.common_name),
            one(&self.serial_number),
        ])
    }
}

fn name(values: &Values) -> Result<Name> {
    let mut parts = Vec::new();
    for ((_, oid), values) in KNOWN.iter().zip(values).filter(|it| !it.1.is_empty()) {
        let part = values.iter().map(|it| attribute(*oid, it)).collect::<Result<Vec<_>>>()?;
        let part = SetOfVec::try_from(part).map_err(|error| fault(error.to_string()))?;
        parts.push(RelativeDistinguishedName(part));
    }
    Ok(RdnSequence(parts))
}

/// A text is printable if it can be, as for most names, and else UTF-8.
fn attribute(oid: ObjectIdentifier, text: &str) -> Result<AttributeTypeAndValue> {
    let plain = |it: char| it.is_ascii_alphanumeric() || " '()+,-./:=?".contains(it);
    let tag = if text.chars().all(plain) { Tag::PrintableString } else { Tag::Utf8String };
    let value = Any::new(tag, text.as_bytes()).map_err(|error| fault(error.to_string()))?;
    Ok(AttributeTypeAndValue { oid, value })
}

fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::BmpString => {
            let pairs = value.value().chunks_exact(2);
            let units: Vec<u16> = pairs.map(|it| u16::from_be_bytes([it[0], it[1]])).collect();
            Some(String::from_utf16_lossy(&units))
        }
        Tag::PrintableString | Tag::Utf8String | Tag::Ia5String | Tag::TeletexString => {
            Some(String::from_utf8_lossy(value.value()).into_owned())
        }
        _ => None,
    }
}

/// The known attributes of a name, and the others.
fn taken_apart(name: &Name) -> (Values, Vec<&AttributeTypeAndValue>) {
    let (mut values, mut others) = (Values::default(), Vec::new());
    for it in name.0.iter().flat_map(|it| it.0.iter()) {
        match (KNOWN.iter().position(|(_, oid)| *oid == it.oid), text(&it.value)) {
            (Some(at), Some(text)) => {
                // There is one common name and one number: the last.
                if matches!(it.oid, COMMON_NAME | SERIAL_NUMBER) {
                    values[at].clear();
                }
                values[at].push(text);
            }
            _ => others.push(it),
        }
    }
    (values, others)
}

/// The name as a certificate of it would have it: known attributes, in order.
pub(super) fn normal(it: &Name) -> Result<Name> {
    name(&taken_apart(it).0)
}

/// The name as Go shows it, roughly in the form of RFC 2253.
pub(super) fn shown(name: &Name) -> String {
    let (values, others) = taken_apart(name);
    let known = KNOWN.iter().zip(&values).filter(|it| !it.1.is_empty());
    let known = known.map(|((name, _), values)| {
        let all: Vec<String> = values.iter().map(|it| format!("{name}={}", escaped(it))).collect();
        all.join("+")
    });
    let other = |it: &AttributeTypeAndValue| {
        format!("{}=#{}", it.oid, hex(&it.value.to_der().unwrap_or_default()))
    };
    let all: Vec<String> = others.into_iter().map(other).chain(known).collect();
    all.into_iter().rev().collect::<Vec<_>>().join(",")
}

fn escaped(text: &str) -> String {
    let (mut out, last) = (String::new(), text.len().saturating_sub(1));
    for (at, it) in text.char_indices() {
        let special = match it {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => at == 0 || at == last,
            '#' => at == 0,
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(it);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_go_shows_it() {
        let some = |it: &str| Some(it.to_owned());
        let it = Subject {
            common_name: some("example.com"),
            organization: some("ACME, Inc. "),
            country: some("CH"),
            street_address: Some(vec!["b".to_owned(), "a".to_owned()]),
            ..Subject::default()
        };
        let name = it.name().unwrap();
        assert_eq!(shown(&name), "CN=example.com,STREET=a+STREET=b,O=ACME\\, Inc.\\ ,C=CH");
        assert_eq!(normal(&name).unwrap(), name);
        assert_eq!(shown(&Name::default()), "");
    }

    #[test]
    fn what_is_not_printable_is_utf_8() {
        let tag = |it: &str| attribute(COMMON_NAME, it).unwrap().value.tag();
        assert_eq!(tag("a-b.c (d)"), Tag::PrintableString);
        assert_eq!(tag("*.example.com"), Tag::Utf8String);
        assert_eq!(tag("Zürich"), Tag::Utf8String);
    }
}
