//! Hashes, keys and identifiers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use model::Value;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Encrypt, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use uuid::Uuid;

use super::args::{int, quote, string, text};
use super::{Failure, Function, Param, Returns, Site, Takes, filesystem};

const STRING: Returns = Returns::Known(Takes::String);
const STR: &[Param] = &[Param::string("str")];
const PATH: &[Param] = &[Param::string("path")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "base64sha256",
        "The SHA-256 hash of a text, in base64.",
        STR,
        STRING,
        |args, _| Ok(base64_of::<Sha256>(text(&args[0]).as_bytes())),
    ),
    Function::new(
        "base64sha512",
        "The SHA-512 hash of a text, in base64.",
        STR,
        STRING,
        |args, _| Ok(base64_of::<Sha512>(text(&args[0]).as_bytes())),
    ),
    Function {
        rest: Some(Param::number("cost")),
        changes: true,
        ..Function::new(
            "bcrypt",
            "The bcrypt hash of a text, another one at each call.",
            STR,
            STRING,
            bcrypt,
        )
    },
    Function::new(
        "filebase64sha256",
        "The SHA-256 hash of a file, in base64.",
        PATH,
        STRING,
        |args, site| Ok(base64_of::<Sha256>(&filesystem::contents(&args[0], site)?)),
    ),
    Function::new(
        "filebase64sha512",
        "The SHA-512 hash of a file, in base64.",
        PATH,
        STRING,
        |args, site| Ok(base64_of::<Sha512>(&filesystem::contents(&args[0], site)?)),
    ),
    Function::new("filemd5", "The MD5 hash of a file.", PATH, STRING, |args, site| {
        Ok(hex_of::<Md5>(&filesystem::contents(&args[0], site)?))
    }),
    Function::new("filesha1", "The SHA-1 hash of a file.", PATH, STRING, |args, site| {
        Ok(hex_of::<Sha1>(&filesystem::contents(&args[0], site)?))
    }),
    Function::new("filesha256", "The SHA-256 hash of a file.", PATH, STRING, |args, site| {
        Ok(hex_of::<Sha256>(&filesystem::contents(&args[0], site)?))
    }),
    Function::new("filesha512", "The SHA-512 hash of a file.", PATH, STRING, |args, site| {
        Ok(hex_of::<Sha512>(&filesystem::contents(&args[0], site)?))
    }),
    Function::new("md5", "The MD5 hash of a text.", STR, STRING, |args, _| {
        Ok(hex_of::<Md5>(text(&args[0]).as_bytes()))
    }),
    Function::new(
        "rsadecrypt",
        "A text that was encrypted for an RSA key (PKCS #1 v1.5), from base64.",
        &[Param::string("ciphertext"), Param::string("privatekey")],
        STRING,
        rsa_decrypt,
    ),
    Function::new("sha1", "The SHA-1 hash of a text.", STR, STRING, |args, _| {
        Ok(hex_of::<Sha1>(text(&args[0]).as_bytes()))
    }),
    Function::new("sha256", "The SHA-256 hash of a text.", STR, STRING, |args, _| {
        Ok(hex_of::<Sha256>(text(&args[0]).as_bytes()))
    }),
    Function::new("sha512", "The SHA-512 hash of a text.", STR, STRING, |args, _| {
        Ok(hex_of::<Sha512>(text(&args[0]).as_bytes()))
    }),
    Function {
        changes: true,
        ..Function::new("uuid", "A random UUID, another one at each call.", &[], STRING, |_, _| {
            Ok(Uuid::new_v4().to_string().into())
        })
    },
    Function::new(
        "uuidv5",
        "The UUID of a name in a namespace: dns, url, oid, x500 or a UUID.",
        &[Param::string("namespace"), Param::string("name")],
        STRING,
        uuid_v5,
    ),
];

fn hex_of<D: Digest>(bytes: &[u8]) -> Value {
    let hex = D::digest(bytes).iter().map(|it| format!("{it:02x}")).collect::<String>();
    hex.into()
}

fn base64_of<D: Digest>(bytes: &[u8]) -> Value {
    STANDARD.encode(D::digest(bytes)).into()
}

/// The most bytes that bcrypt takes.
const BCRYPT_MAX: usize = 72;

fn bcrypt(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let cost = args.get(1).map_or(Ok(10), int)?;
    if args.len() > 2 {
        return Err(Failure::new("bcrypt() takes no more than two arguments"));
    }
    let failed = |why: &str| Failure::new(format!("error occured generating password {why}"));
    let password = text(&args[0]);
    if password.len() > BCRYPT_MAX {
        return Err(failed("bcrypt: password length exceeds 72 bytes"));
    }
    // Costs below the least are those of a caller that leaves it open.
    let cost = if cost < 4 { 10 } else { cost };
    let Some(cost) = u32::try_from(cost).ok().filter(|it| *it <= 31) else {
        return Err(failed(&format!("crypto/bcrypt: cost {cost} is outside allowed range (4,31)")));
    };
    let parts = ::bcrypt::hash_with_result(password, cost);
    let parts = parts.map_err(|it| failed(&it.to_string()))?;
    Ok(parts.format_for_version(::bcrypt::Version::TwoA).into())
}

fn rsa_decrypt(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (given, key) = (text(&args[0]), text(&args[1]));
    let encrypted = STANDARD.decode(given.replace(['\r', '\n'], "")).map_err(|_| {
        let given = quote(given);
        let message = format!("failed to decode input {given}: cipher text must be base64-encoded");
        Failure::argument(0, message)
    })?;
    let key = RsaPrivateKey::from_pkcs1_pem(key.trim())
        .or_else(|_| RsaPrivateKey::from_pkcs8_pem(key.trim()))
        .map_err(|_| Failure::argument(1, "invalid private key: ssh: no key found"))?;
    let decrypted = key
        .decrypt(Pkcs1v15Encrypt, &encrypted)
        .map_err(|_| Failure::new("failed to decrypt: crypto/rsa: decryption error"))?;
    Ok(string(String::from_utf8_lossy(&decrypted)))
}

fn uuid_v5(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let given = text(&args[0]);
    let namespace = match given {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        given => Uuid::parse_str(given).map_err(|_| {
            let why = match given.len() {
                32 | 36 | 38 | 45 => "invalid UUID format".to_owned(),
                length => format!("invalid UUID length: {length}"),
            };
            Failure::new(format!("uuidv5() doesn't support namespace {given} ({why})"))
        })?,
    };
    Ok(Uuid::new_v5(&namespace, text(&args[1]).as_bytes()).to_string().into())
}
