//! Encodings of texts by the names that IANA gives them.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// An encoding.
pub(super) struct Charset {
    /// As messages show it.
    pub name: String,
    codec: Codec,
}

enum Codec {
    Ascii,
    /// ISO-8859-1: the first 256 characters. The web's encoding of that name is another.
    Latin1,
    Utf16 {
        little: bool,
        /// Whether the text begins with a mark that tells the order of the bytes.
        mark: bool,
    },
    Web(&'static Encoding),
}

/// Names of IANA, in lower case, that the web's list of encodings knows by none or by another meaning.
const ASCII: &[&str] = &[
    "us-ascii",
    "ascii",
    "iso-ir-6",
    "ansi_x3.4-1968",
    "ansi_x3.4-1986",
    "iso_646.irv:1991",
    "iso646-us",
    "us",
    "ibm367",
    "cp367",
    "csascii",
];
const LATIN1: &[&str] = &[
    "iso-8859-1",
    "iso_8859-1:1987",
    "iso_8859-1",
    "iso-ir-100",
    "latin1",
    "l1",
    "ibm819",
    "cp819",
    "csisolatin1",
];
/// Names of the web that IANA does not have.
const NOT_IANA: &[&str] = &[
    "utf8",
    "unicode-1-1-utf-8",
    "x-sjis",
    "sjis",
    "ms932",
    "windows-949",
    "x-gbk",
    "gb2312",
    "chinese",
    "big5-hkscs",
    "cn-big5",
    "x-x-big5",
    "x-cp1250",
    "x-cp1251",
    "x-cp1252",
    "x-cp1253",
    "x-cp1254",
    "x-cp1255",
    "x-cp1256",
    "x-cp1257",
    "x-cp1258",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "x-mac-cyrillic",
    "x-user-defined",
    "replacement",
    "unicode",
    "ucs-2",
];

impl Charset {
    pub(super) fn named(name: &str) -> Option<Charset> {
        let lower = name.to_ascii_lowercase();
        let charset = |name: &str, codec| Some(Charset { name: name.to_owned(), codec });
        match lower.as_str() {
            it if ASCII.contains(&it) => return charset("US-ASCII", Codec::Ascii),
            it if LATIN1.contains(&it) => return charset("ISO_8859-1:1987", Codec::Latin1),
            it if NOT_IANA.contains(&it) => return None,
            "utf-16" => return charset("UTF-16", Codec::Utf16 { little: false, mark: true }),
            "utf-16be" => return charset("UTF-16BE", Codec::Utf16 { little: false, mark: false }),
            "utf-16le" => return charset("UTF-16LE", Codec::Utf16 { little: true, mark: false }),
            _ => {}
        }
        let encoding = Encoding::for_label(lower.as_bytes())?;
        let year = match encoding.name() {
            "ISO-8859-2" | "ISO-8859-6" | "ISO-8859-7" => ":1987",
            "ISO-8859-3" | "ISO-8859-4" | "ISO-8859-5" | "ISO-8859-8" => ":1988",
            _ => "",
        };
        let name = match year {
            "" => encoding.name().to_owned(),
            year => format!("{}{year}", encoding.name().replacen('-', "_", 1)),
        };
        Some(Charset { name, codec: Codec::Web(encoding) })
    }

    /// None if a character has no place in the encoding.
    pub(super) fn encode(&self, text: &str) -> Option<Vec<u8>> {
        match self.codec {
            Codec::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Codec::Latin1 => text.chars().map(|it| u8::try_from(it).ok()).collect(),
            Codec::Utf16 { little, mark } => {
                let mark = mark.then_some(0xfeff);
                let units = mark.into_iter().chain(text.encode_utf16());
                let bytes = |it: u16| if little { it.to_le_bytes() } else { it.to_be_bytes() };
                Some(units.flat_map(bytes).collect())
            }
            Codec::Web(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
        }
    }

    /// None if the bytes are no text in the encoding.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        let by = |encoding: &'static Encoding, bytes| {
            let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
            (!text.contains('\u{fffd}')).then(|| text.into_owned())
        };
        match self.codec {
            Codec::Ascii => bytes.is_ascii().then(|| by(UTF_8, bytes)).flatten(),
            Codec::Latin1 => Some(bytes.iter().map(|it| char::from(*it)).collect()),
            Codec::Utf16 { mark: true, .. } => match bytes {
                [0xff, 0xfe, rest @ ..] => by(UTF_16LE, rest),
                [0xfe, 0xff, rest @ ..] => by(UTF_16BE, rest),
                bytes => by(UTF_16BE, bytes),
            },
            Codec::Utf16 { little: true, .. } => by(UTF_16LE, bytes),
            Codec::Utf16 { little: false, .. } => by(UTF_16BE, bytes),
            // The web's Windows encodings map what is not defined to control characters.
            Codec::Web(encoding) if encoding.name().starts_with("windows-") => by(encoding, bytes)
                .filter(|it| !it.contains(|it| ('\u{80}'..'\u{a0}').contains(&it))),
            Codec::Web(encoding) => by(encoding, bytes),
        }
    }
}
