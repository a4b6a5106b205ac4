//! The elliptic curves that keys may be on.

use x509_cert::spki::ObjectIdentifier;

/// A curve of NIST, and what can be done on it. Scalars are big-endian, of the curve's width.
pub(super) struct Curve {
    pub name: &'static str,
    pub oid: ObjectIdentifier,
    /// What OpenSSH calls it; none if it does not know it.
    pub ssh: Option<&'static str>,
    pub width: usize,
    /// The algorithm of its signatures, which says the hash.
    pub signature: ObjectIdentifier,
    pub generate: fn() -> Vec<u8>,
    /// The public point of a secret scalar, uncompressed.
    pub point: fn(&[u8]) -> Option<Vec<u8>>,
    /// The signature of a hash, in DER.
    pub sign: fn(&[u8], &[u8]) -> Option<Vec<u8>>,
}

pub(super) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
pub(super) const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
pub(super) const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");

macro_rules! curve {
    ($name:literal, $of:ident, $oid:literal, $ssh:expr, $width:literal, $signature:ident) => {
        Curve {
            name: $name,
            oid: ObjectIdentifier::new_unwrap($oid),
            ssh: $ssh,
            width: $width,
            signature: $signature,
            generate: || $of::SecretKey::random(&mut rsa::rand_core::OsRng).to_bytes().to_vec(),
            point: |secret| {
                use $of::elliptic_curve::sec1::ToEncodedPoint;
                let key = $of::SecretKey::from_slice(secret).ok()?;
                Some(key.public_key().to_encoded_point(false).as_bytes().to_vec())
            },
            sign: |secret, hash| {
                use $of::ecdsa::signature::hazmat::PrehashSigner;
                let key = $of::ecdsa::SigningKey::from_slice(secret).ok()?;
                let signature: $of::ecdsa::Signature = key.sign_prehash(hash).ok()?;
                Some(signature.to_der().as_bytes().to_vec())
            },
        }
    };
}

pub(super) const CURVES: [Curve; 4] = [
    curve!("P224", p224, "1.3.132.0.33", None, 28, SHA256),
    curve!("P256", p256, "1.2.840.10045.3.1.7", Some("nistp256"), 32, SHA256),
    curve!("P384", p384, "1.3.132.0.34", Some("nistp384"), 48, SHA384),
    curve!("P521", p521, "1.3.132.0.35", Some("nistp521"), 66, SHA512),
];

/// The curve that a predicate holds for.
pub(super) fn curve(is: impl Fn(&Curve) -> bool) -> Option<&'static Curve> {
    const ALL: &[Curve] = &CURVES;
    ALL.iter().find(|it| is(it))
}
