//! Private keys: made, read, written, and signed with.

use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::pkcs8::{EncodePrivateKey, PrivateKeyInfo};
use rsa::rand_core::{OsRng, RngCore};
use sec1::{EcParameters, EcPrivateKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_cert::der::asn1::{Any, BitString, OctetString};
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::{
    AlgorithmIdentifierOwned, AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoOwned,
};

use crate::local::tls::curves::{Curve, SHA384, SHA512, curve};
use crate::local::tls::{fault, pem};
use crate::resource::Result;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// What stands before a SHA-256 hash that RSA signs.
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

pub(super) enum Key {
    Rsa(Box<RsaPrivateKey>),
    Ec { curve: &'static Curve, secret: Vec<u8>, point: Vec<u8> },
    Ed25519(Box<ed25519_dalek::SigningKey>),
}

/// Hides what keeps a key from being read: its text could say what is in it.
fn unreadable<E>(_: E) -> model::Fault {
    fault("the private key cannot be read")
}

impl Key {
    pub fn generate(algorithm: &str, rsa_bits: i64, ecdsa_curve: &str) -> Result<Key> {
        match algorithm {
            "RSA" => {
                let bits = usize::try_from(rsa_bits).unwrap_or_default();
                let key = RsaPrivateKey::new(&mut OsRng, bits);
                Ok(Key::Rsa(Box::new(key.map_err(|error| fault(error.to_string()))?)))
            }
            "ECDSA" => {
                let wrong = || fault(format!("there is no curve {ecdsa_curve:?}"));
                let curve = curve(|it| it.name == ecdsa_curve).ok_or_else(wrong)?;
                Key::ec(curve, (curve.generate)())
            }
            "ED25519" => {
                let mut secret = [0; 32];
                OsRng.fill_bytes(&mut secret);
                Ok(Key::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&secret))))
            }
            _ => Err(fault(format!("there is no algorithm {algorithm:?}"))),
        }
    }

    /// A key of a secret scalar, which may lack zeros at its beginning.
    pub fn ec(curve: &'static Curve, secret: Vec<u8>) -> Result<Key> {
        let zeros = secret.iter().take_while(|it| **it == 0).count();
        let bare = &secret[zeros..];
        let missing = curve.width.checked_sub(bare.len());
        let missing = missing.ok_or_else(|| unreadable("too long"))?;
        let secret = [vec![0; missing], bare.to_vec()].concat();
        let point = (curve.point)(&secret).ok_or_else(|| unreadable("not on the curve"))?;
        Ok(Key::Ec { curve, secret, point })
    }

    /// The first key in a text, in the formats PKCS #1, SEC 1 or PKCS #8.
    pub fn from_pem(text: &str) -> Result<Key> {
        for (kind, bytes) in pem::blocks(text) {
            match kind.as_str() {
                "RSA PRIVATE KEY" => {
                    let key = RsaPrivateKey::from_pkcs1_der(&bytes).map_err(unreadable)?;
                    return Ok(Key::Rsa(Box::new(key)));
                }
                "EC PRIVATE KEY" => return Key::from_sec1(&bytes, None),
                "PRIVATE KEY" => return Key::from_pkcs8(&bytes),
                _ => (),
            }
        }
        Err(fault("there is no private key in the text given as one"))
    }

    fn from_sec1(bytes: &[u8], outer: Option<ObjectIdentifier>) -> Result<Key> {
        let key = EcPrivateKey::from_der(bytes).map_err(unreadable)?;
        let own = key.parameters.and_then(EcParameters::named_curve);
        let oid = own.or(outer).ok_or_else(|| fault("the private key does not say its curve"))?;
        let curve = curve(|it| it.oid == oid);
        let curve = curve.ok_or_else(|| fault("the private key has a curve that is not known"))?;
        Key::ec(curve, key.private_key.to_vec())
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Key> {
        let info = PrivateKeyInfo::from_der(bytes).map_err(unreadable)?;
        match info.algorithm.oid {
            RSA => {
                let key = RsaPrivateKey::from_pkcs1_der(info.private_key).map_err(unreadable)?;
                Ok(Key::Rsa(Box::new(key)))
            }
            EC => Key::from_sec1(info.private_key, info.algorithm.parameters_oid().ok()),
            ED25519 => {
                let secret = OctetString::from_der(info.private_key).map_err(unreadable)?;
                let secret = secret.as_bytes().try_into().map_err(unreadable)?;
                Ok(Key::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(secret))))
            }
            _ => Err(fault("the private key has an algorithm that is not known")),
        }
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Key::Rsa(_) => "RSA",
            Key::Ec { .. } => "ECDSA",
            Key::Ed25519(_) => "ED25519",
        }
    }

    /// The key in the format that is usual for its algorithm.
    pub fn pem(&self) -> Result<String> {
        Ok(match self {
            Key::Rsa(key) => {
                let der = key.to_pkcs1_der().map_err(unreadable)?;
                pem::encoded("RSA PRIVATE KEY", der.as_bytes())
            }
            Key::Ec { curve, secret, point } => {
                let parameters = Some(EcParameters::NamedCurve(curve.oid));
                let public_key = Some(point.as_slice());
                let key = EcPrivateKey { private_key: secret, parameters, public_key };
                pem::encoded("EC PRIVATE KEY", &key.to_der().map_err(unreadable)?)
            }
            Key::Ed25519(_) => self.pem_pkcs8()?,
        })
    }

    pub fn pem_pkcs8(&self) -> Result<String> {
        let der = match self {
            Key::Rsa(key) => key.to_pkcs8_der().map_err(unreadable)?.as_bytes().to_vec(),
            Key::Ec { curve, secret, point } => {
                let public_key = Some(point.as_slice());
                let key = EcPrivateKey { private_key: secret, parameters: None, public_key };
                let key = key.to_der().map_err(unreadable)?;
                let algorithm =
                    AlgorithmIdentifierRef { oid: EC, parameters: Some((&curve.oid).into()) };
                PrivateKeyInfo::new(algorithm, &key).to_der().map_err(unreadable)?
            }
            Key::Ed25519(key) => {
                let secret = OctetString::new(key.to_bytes()).map_err(unreadable)?;
                let secret = secret.to_der().map_err(unreadable)?;
                let algorithm = AlgorithmIdentifierRef { oid: ED25519, parameters: None };
                PrivateKeyInfo::new(algorithm, &secret).to_der().map_err(unreadable)?
            }
        };
        Ok(pem::encoded("PRIVATE KEY", &der))
    }

    pub fn public(&self) -> Result<SubjectPublicKeyInfoOwned> {
        let (oid, parameters, key) = match self {
            Key::Rsa(key) => {
                let der = key.to_public_key().to_pkcs1_der().map_err(unreadable)?;
                (RSA, Some(Any::null()), der.as_bytes().to_vec())
            }
            Key::Ec { curve, point, .. } => {
                let oid = Any::encode_from(&curve.oid).map_err(unreadable)?;
                (EC, Some(oid), point.clone())
            }
            Key::Ed25519(key) => (ED25519, None, key.verifying_key().to_bytes().to_vec()),
        };
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned { oid, parameters },
            subject_public_key: BitString::from_bytes(&key).map_err(unreadable)?,
        })
    }

    /// The algorithm of this key's signatures.
    pub fn signature(&self) -> AlgorithmIdentifierOwned {
        let (oid, parameters) = match self {
            Key::Rsa(_) => (SHA256_WITH_RSA, Some(Any::null())),
            Key::Ec { curve, .. } => (curve.signature, None),
            Key::Ed25519(_) => (ED25519, None),
        };
        AlgorithmIdentifierOwned { oid, parameters }
    }

    pub fn sign(&self, message: &[u8]) -> Result<BitString> {
        let not_signed = || fault("the private key cannot sign");
        let signature = match self {
            Key::Rsa(key) => {
                let padding = rsa::Pkcs1v15Sign {
                    hash_len: Some(32),
                    prefix: SHA256_PREFIX.to_vec().into_boxed_slice(),
                };
                let hash = Sha256::digest(message);
                key.sign(padding, &hash).map_err(|error| fault(error.to_string()))?
            }
            Key::Ec { curve, secret, .. } => {
                let hash = match curve.signature {
                    SHA384 => Sha384::digest(message).to_vec(),
                    SHA512 => Sha512::digest(message).to_vec(),
                    _ => Sha256::digest(message).to_vec(),
                };
                (curve.sign)(secret, &hash).ok_or_else(not_signed)?
            }
            Key::Ed25519(key) => {
                use ed25519_dalek::Signer;
                key.sign(message).to_bytes().to_vec()
            }
        };
        BitString::from_bytes(&signature).map_err(|_| not_signed())
    }
}

/// What certificates call a key: the SHA-1 of it.
pub(super) fn key_id(public: &SubjectPublicKeyInfoOwned) -> Result<Vec<u8>> {
    let key = public.subject_public_key.raw_bytes();
    let hashed = match public.algorithm.oid {
        ED25519 => {
            let wrong = |_| fault("the public key cannot be written");
            OctetString::new(key).and_then(|it| it.to_der()).map_err(wrong)?
        }
        _ => key.to_vec(),
    };
    Ok(Sha1::digest(hashed).to_vec())
}
