//! Base64, gzip, percent encoding, and texts in other encodings than UTF-8.

mod charset;

use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, PAD, STANDARD};
use base64::{DecodeError, Engine};
use model::Value;

use super::args::{quote, string, text};
use super::{Failure, Function, Param, Returns, Site, Takes};
use charset::Charset;

const STRING: Returns = Returns::Known(Takes::String);

/// As Go decodes: the bits after the last byte may be anything.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, PAD.with_decode_allow_trailing_bits(true));

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "base64decode",
        "The text that a base64 text stands for.",
        &[Param::string("str")],
        STRING,
        base64_decode,
    ),
    Function::new(
        "base64encode",
        "A text in base64.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(STANDARD.encode(text(&args[0])).into()),
    ),
    Function::new(
        "base64gzip",
        "A text compressed with gzip, in base64.",
        &[Param::string("str")],
        STRING,
        base64_gzip,
    ),
    Function::new(
        "textdecodebase64",
        "The text that a base64 text stands for in an encoding such as UTF-16LE.",
        &[Param::string("source"), Param::string("encoding")],
        STRING,
        text_decode,
    ),
    Function::new(
        "textencodebase64",
        "A text in an encoding such as UTF-16LE, in base64.",
        &[Param::string("string"), Param::string("encoding")],
        STRING,
        text_encode,
    ),
    Function::new(
        "urlencode",
        "A text as a part of a URL's query.",
        &[Param::string("str")],
        STRING,
        |args, _| Ok(url_encoded(text(&args[0])).into()),
    ),
];

/// The bytes of a base64 text, or where it is wrong.
fn decoded(given: &str) -> Result<Vec<u8>, usize> {
    let given: Vec<u8> = given.bytes().filter(|it| !matches!(it, b'\r' | b'\n')).collect();
    LENIENT.decode(&given).map_err(|it| match it {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at,
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => given.len() / 4 * 4,
    })
}

fn base64_decode(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let given = text(&args[0]);
    let bytes = decoded(given)
        .map_err(|_| Failure::new(format!("failed to decode base64 data {}", quote(given))))?;
    let decoded = String::from_utf8(bytes).map_err(|_| {
        Failure::new("the result of decoding the provided string is not valid UTF-8")
    })?;
    Ok(string(decoded))
}

/// The bytes are those that Terraform gives: they end up in user data, whose change is a new machine.
fn base64_gzip(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    Ok(STANDARD.encode(deflate::gzip_flushed(text(&args[0]).as_bytes())).into())
}

fn charset(value: &Value) -> Result<Charset, Failure> {
    Charset::named(text(value)).ok_or_else(|| {
        let name = quote(text(value));
        let message = format!(
            "{name} is not a supported IANA encoding name or alias in this Terraform version"
        );
        Failure::argument(1, message)
    })
}

fn text_decode(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let charset = charset(&args[1])?;
    let bytes = decoded(text(&args[0])).map_err(|at| {
        let message = format!("the given value is has an invalid base64 symbol at offset {at}");
        Failure::argument(0, message)
    })?;
    let text = charset.decode(&bytes).ok_or_else(|| {
        let name = &charset.name;
        let message = format!("the given string contains symbols that are not defined for {name}");
        Failure::argument(0, message)
    })?;
    Ok(string(text))
}

fn text_encode(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let charset = charset(&args[1])?;
    let bytes = charset.encode(text(&args[0])).ok_or_else(|| {
        let name = &charset.name;
        let message =
            format!("the given string contains characters that cannot be represented in {name}");
        Failure::argument(0, message)
    })?;
    Ok(STANDARD.encode(bytes).into())
}

fn url_encoded(given: &str) -> String {
    let mut encoded = String::new();
    for it in given.bytes() {
        match it {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(it));
            }
            b' ' => encoded.push('+'),
            it => encoded.push_str(&format!("%{it:02X}")),
        }
    }
    encoded
}
