//! Encryption of what is kept: states, their backups, journals and saved plans.
//!
//! One key is made in a process, from a passphrase (Argon2id) or by KMS, or taken over from what is
//! read first. Each file has a key of its own, derived from it, and each of its records is
//! authenticated with its position (AES-256-GCM). Nothing here knows what the records say.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac::{self, HMAC_SHA256};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::writer::checksum;

/// The variable with the passphrase.
pub const PASSPHRASE: &str = "GROUNDPLAN_STATE_PASSPHRASE";

/// The variable with a passphrase that is only read with.
pub const OLD_PASSPHRASE: &str = "GROUNDPLAN_STATE_OLD_PASSPHRASE";

/// The variable with the name of the KMS key.
pub const KMS_KEY: &str = "GROUNDPLAN_STATE_KMS_KEY";

/// The variable with the name of a KMS key that is only read with.
pub const OLD_KMS_KEY: &str = "GROUNDPLAN_STATE_OLD_KMS_KEY";

const FORMAT: &str = "groundplan 1";

/// How every file begins that is encrypted as a whole.
const BEGIN: &[u8] = b"{\"encrypted\":{\"format\":\"groundplan ";

/// What a passphrase must have to be worth the name.
const SHORTEST: usize = 16;

/// What RFC 9106 recommends where 2 GiB of memory are too much: kibibytes, passes and lanes.
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);

/// What is encrypted. The one cannot be passed off as the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    State,
    Journal,
    Plan,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::State => "state",
            What::Journal => "journal",
            What::Plan => "plan",
        })
    }
}

/// A key of a key service, which never leaves it: it makes data keys, and opens those it has made.
pub trait KeyService: Send + Sync {
    /// What people call the key.
    fn name(&self) -> String;

    /// A new data key, and the same in a form that only the service can open.
    ///
    /// # Errors
    ///
    /// What the service answers.
    fn data_key(&self) -> Result<(Vec<u8>, Vec<u8>), String>;

    /// Opens a data key.
    ///
    /// # Errors
    ///
    /// What the service answers: above all that it is not of this key.
    fn open(&self, data_key: &[u8]) -> Result<Vec<u8>, String>;
}

/// What a master key comes from.
#[derive(Clone)]
pub enum Secret {
    Passphrase(String),
    Kms(Arc<dyn KeyService>),
}

/// How files are encrypted and opened. The default is not at all.
#[derive(Default)]
pub struct Seal {
    /// What is written is encrypted with this.
    write: Option<Secret>,
    /// What is read may be encrypted with these too.
    old: Vec<Secret>,
    /// The master keys that were derived so far.
    known: Mutex<Vec<Known>>,
}

/// A master key, what it came from, and which of the secrets that was: `None` is `write`.
#[derive(Clone)]
struct Known {
    source: Source,
    old: Option<usize>,
    master: Arc<hmac::Key>,
    /// Whether a file has this key. If not it was tried on one, in vain.
    is_right: bool,
}

impl Known {
    /// Whether what is written now may have this key.
    fn is_current(&self) -> bool {
        self.is_right && self.old.is_none()
    }
}

/// How a file says where its key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Argon2id { memory: u32, passes: u32, lanes: u32, salt: String },
    Kms { key: String, data_key: String },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Header {
    format: String,
    what: What,
    key: Source,
    /// Tells a wrong key from a damaged file.
    check: String,
    /// What the file's own key is derived with.
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    encrypted: Header,
    checksum: String,
    data: String,
}

/// Why something that is encrypted cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("it is encrypted with a passphrase, and {PASSPHRASE} is not set")]
    NoPassphrase,
    #[error("it is encrypted with another passphrase than the one in {PASSPHRASE}")]
    WrongPassphrase,
    #[error("it is encrypted with the KMS key {key}, and {KMS_KEY} is not set")]
    NoKmsKey { key: String },
    #[error("it is encrypted with the KMS key {key}: {why}")]
    Kms { key: String, why: String },
    #[error("it is an encrypted {is}")]
    Another { is: What },
    #[error("it is encrypted, and damaged")]
    Damaged,
    #[error("it is encrypted, and was changed by something that has not the key")]
    Changed,
    #[error("it is encrypted by another version: {why}")]
    Unknown { why: String },
}

impl SealError {
    /// What to do next, if the file itself may be whole.
    pub fn hint(&self) -> Option<String> {
        match self {
            SealError::NoPassphrase => {
                Some(format!("set {PASSPHRASE} in the environment to the passphrase of this stack"))
            }
            SealError::WrongPassphrase => Some(format!(
                "if the passphrase is a new one, give the one before in {OLD_PASSPHRASE}"
            )),
            SealError::NoKmsKey { key } => {
                Some(format!("set {KMS_KEY} in the environment: {KMS_KEY}={key}"))
            }
            SealError::Kms { .. } => Some(format!(
                "it needs kms:Decrypt; if {KMS_KEY} names a new key, give the one before in \
                 {OLD_KMS_KEY}"
            )),
            SealError::Another { .. } | SealError::Damaged | SealError::Changed => None,
            SealError::Unknown { .. } => Some("use the newest version of groundplan".to_owned()),
        }
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.write.is_some() { "Seal(on)" } else { "Seal(off)" })
    }
}

impl Seal {
    /// Encrypts what is written with `write`, if there is one, and opens what `old` has encrypted.
    ///
    /// # Errors
    ///
    /// A passphrase that is too short.
    pub fn new(write: Option<Secret>, old: Vec<Secret>) -> Result<Seal, Error> {
        if let Some(Secret::Passphrase(text)) = &write
            && text.chars().count() < SHORTEST
        {
            let what =
                format!("the passphrase in {PASSPHRASE} has less than {SHORTEST} characters");
            let hint = "a good one is random: openssl rand -base64 32";
            return Err(Error::new(ErrorKind::Invalid, what).hint(hint));
        }
        Ok(Seal { write, old, known: Mutex::default() })
    }

    /// Makes sure that what is written can be encrypted.
    ///
    /// # Errors
    ///
    /// What the key service answers.
    pub fn prepare(&self) -> Result<(), Error> {
        self.current().map(|_| ())
    }

    /// Encrypts a whole file, if files are encrypted.
    ///
    /// # Errors
    ///
    /// What the key service answers.
    pub fn seal(&self, what: What, plain: Vec<u8>) -> Result<Vec<u8>, Error> {
        let Some(stream) = self.begin(what)? else { return Ok(plain) };
        let data = stream.seal(0, &plain);
        let checksum = sum(&stream.text, &data);
        let document = Document { encrypted: stream.header, checksum, data };
        Ok(serde_json::to_vec(&document).expect("it has only texts and numbers"))
    }

    /// The content of a whole file, which may be encrypted.
    ///
    /// # Errors
    ///
    /// When it is encrypted, and cannot be opened.
    pub fn open<'a>(&self, what: What, content: &'a [u8]) -> Result<Cow<'a, [u8]>, SealError> {
        if !is_sealed(content) {
            return Ok(Cow::Borrowed(content));
        }
        let document = document(content)?;
        let stream = self.resume(document.encrypted, what)?;
        stream.open(0, document.data.as_bytes()).map(Cow::Owned).ok_or(SealError::Changed)
    }

    /// A whole file that was opened before, encrypted as one that is written now. What was encrypted
    /// stays so.
    pub(crate) fn again<'a>(&self, what: What, content: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
        if self.write.is_none() || self.is_current(content) {
            return Ok(Cow::Borrowed(content));
        }
        let plain = self.open(what, content);
        let plain = plain.map_err(|why| Error::new(ErrorKind::Unreadable, why.to_string()))?;
        self.seal(what, plain.into_owned()).map(Cow::Owned)
    }

    /// Whether a whole file is encrypted, or not, as one that is written now.
    pub fn is_current(&self, content: &[u8]) -> bool {
        match is_sealed(content) {
            false => self.write.is_none(),
            true => document(content).is_ok_and(|it| self.is_current_source(&it.encrypted.key)),
        }
    }

    /// Whether what was encrypted with this header, or not, would be so now.
    pub(crate) fn is_current_stream(&self, stream: Option<&Stream>) -> bool {
        match stream {
            None => self.write.is_none(),
            Some(stream) => self.is_current_source(&stream.header.key),
        }
    }

    fn is_current_source(&self, source: &Source) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        self.write.is_some() && known.iter().any(|it| it.source == *source && it.is_current())
    }

    /// Begins a file of records. None if files are not encrypted.
    pub(crate) fn begin(&self, what: What) -> Result<Option<Stream>, Error> {
        let Some(known) = self.current()? else { return Ok(None) };
        let header = Header {
            format: FORMAT.to_owned(),
            what,
            key: known.source,
            check: check(&known.master),
            id: STANDARD.encode(random::<32>()),
        };
        Ok(Some(Stream::new(header, &known.master)))
    }

    /// Goes on with a file that begins with this header.
    pub(crate) fn resume_line(&self, header: &[u8], what: What) -> Result<Stream, SealError> {
        self.resume(parsed(header)?, what)
    }

    fn resume(&self, header: Header, what: What) -> Result<Stream, SealError> {
        if header.format != FORMAT {
            return Err(SealError::Unknown { why: header.format });
        }
        if header.what != what {
            return Err(SealError::Another { is: header.what });
        }
        let known = self.opened(&header)?;
        Ok(Stream::new(header, &known.master))
    }

    /// The key that files are encrypted with: one that something was read with, or a new one.
    fn current(&self) -> Result<Option<Known>, Error> {
        let Some(secret) = &self.write else { return Ok(None) };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = known.iter().find(|it| it.is_current()) {
            return Ok(Some(it.clone()));
        }
        let (source, master) = match secret {
            Secret::Passphrase(text) => {
                let (memory, passes, lanes) = COST;
                let salt = STANDARD.encode(random::<16>());
                let source = Source::Argon2id { memory, passes, lanes, salt };
                let master = derive(text, &source);
                (source, master.expect("the parameters are those of the standard"))
            }
            Secret::Kms(service) => {
                let key = service.name();
                let (master, wrapped) = service.data_key().map_err(|why| {
                    let what = format!("cannot encrypt with the KMS key {key}: {why}");
                    let hint = "it needs kms:GenerateDataKey and kms:Decrypt";
                    Error::new(ErrorKind::Io, what).hint(hint)
                })?;
                (Source::Kms { key, data_key: STANDARD.encode(wrapped) }, master)
            }
        };
        let master = Arc::new(master_key(&master));
        let it = Known { source, old: None, master, is_right: true };
        known.push(it.clone());
        Ok(Some(it))
    }

    /// The key that a file was encrypted with.
    fn opened(&self, header: &Header) -> Result<Known, SealError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.write.iter().map(|it| (None, it));
        let old = self.old.iter().enumerate().map(|(n, it)| (Some(n), it));
        let mut why = match &header.key {
            Source::Argon2id { .. } => SealError::NoPassphrase,
            Source::Kms { key, .. } => SealError::NoKmsKey { key: key.clone() },
        };
        for (old, secret) in current.chain(old) {
            let have = known.iter().find(|it| it.source == header.key && it.old == old);
            let it = match have {
                Some(it) => it.clone(),
                None => {
                    let master = match master(secret, &header.key) {
                        None => continue,
                        Some(Ok(master)) => master,
                        Some(Err(error)) => {
                            why = error;
                            continue;
                        }
                    };
                    let is_right = check(&master) == header.check;
                    let it = Known { source: header.key.clone(), old, master, is_right };
                    // A wrong one too: to find that out again would take as long.
                    known.push(it.clone());
                    it
                }
            };
            if check(&it.master) == header.check {
                return Ok(it);
            }
            why = match it.source {
                Source::Argon2id { .. } => SealError::WrongPassphrase,
                Source::Kms { .. } => SealError::Changed,
            };
        }
        Err(why)
    }
}

/// The master key of a file with this source, if the secret is of that kind.
fn master(secret: &Secret, source: &Source) -> Option<Result<Arc<hmac::Key>, SealError>> {
    let found = match (secret, source) {
        (Secret::Passphrase(text), Source::Argon2id { .. }) => derive(text, source),
        (Secret::Kms(service), Source::Kms { key, data_key }) => {
            STANDARD.decode(data_key).map_err(|_| SealError::Damaged).and_then(|it| {
                service.open(&it).map_err(|why| SealError::Kms { key: key.clone(), why })
            })
        }
        (Secret::Passphrase(_), Source::Kms { .. }) | (Secret::Kms(_), Source::Argon2id { .. }) => {
            return None;
        }
    };
    Some(found.map(|it| Arc::new(master_key(&it))))
}

/// The bytes that a passphrase gives. That they take long to find is the point.
fn derive(passphrase: &str, source: &Source) -> Result<Vec<u8>, SealError> {
    let Source::Argon2id { memory, passes, lanes, salt } = source else {
        return Err(SealError::Damaged);
    };
    let unknown = |why: String| SealError::Unknown { why };
    // A file must not be able to take all memory, or forever.
    if *memory > 4 * 1024 * 1024 || *passes > 64 || *lanes > 64 {
        return Err(unknown("its key would cost too much to derive".to_owned()));
    }
    let salt = STANDARD.decode(salt).map_err(|_| SealError::Damaged)?;
    let mut bytes = vec![0; 32];
    let params = Params::new(*memory, *passes, *lanes, Some(bytes.len()));
    let params = params.map_err(|why| unknown(why.to_string()))?;
    let mut blocks = vec![Block::default(); params.block_count()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase.as_bytes(), &salt, &mut bytes, &mut blocks)
        .map_err(|why| unknown(why.to_string()))?;
    Ok(bytes)
}

fn master_key(bytes: &[u8]) -> hmac::Key {
    hmac::Key::new(HMAC_SHA256, bytes)
}

/// What a master key is known by, and nothing can be found out from.
fn check(master: &hmac::Key) -> String {
    STANDARD.encode(&hmac::sign(master, b"groundplan check").as_ref()[..16])
}

/// A file that is being encrypted or opened, record by record.
pub(crate) struct Stream {
    header: Header,
    /// The header as it stands in the file. All records vouch for it.
    pub(crate) text: Vec<u8>,
    key: LessSafeKey,
}

impl Stream {
    fn new(header: Header, master: &hmac::Key) -> Stream {
        let derived = hmac::sign(master, format!("groundplan file {}", header.id).as_bytes());
        let key = UnboundKey::new(&AES_256_GCM, derived.as_ref()).expect("it has 32 bytes");
        let text = serde_json::to_vec(&header).expect("it has only texts and numbers");
        Stream { header, text, key: LessSafeKey::new(key) }
    }

    /// A record as text. Its nonce is random: what a crash has torn may be written again otherwise.
    pub(crate) fn seal(&self, position: u64, plain: &[u8]) -> String {
        let nonce = random::<NONCE_LEN>();
        let mut text = plain.to_vec();
        let about = Aad::from(self.about(position));
        let tag = self.key.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            about,
            &mut text,
        );
        let tag = tag.expect("a record has less than 64 GiB");
        STANDARD.encode([&nonce, text.as_slice(), tag.as_ref()].concat())
    }

    /// What a record says. None if it was not written with this key, at this position.
    pub(crate) fn open(&self, position: u64, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = STANDARD.decode(sealed).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(bytes.get(..NONCE_LEN)?).ok()?;
        let about = Aad::from(self.about(position));
        let plain = self.key.open_within(nonce, about, &mut bytes, NONCE_LEN..).ok()?;
        let length = plain.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn about(&self, position: u64) -> Vec<u8> {
        [self.text.as_slice(), &position.to_be_bytes()].concat()
    }
}

/// Whether a whole file is encrypted.
fn is_sealed(content: &[u8]) -> bool {
    content.starts_with(BEGIN)
}

/// Whether a whole file is encrypted, and is that.
pub fn is_sealed_as(what: What, content: &[u8]) -> bool {
    is_sealed(content)
        && serde_json::from_slice::<Document>(content).is_ok_and(|it| it.encrypted.what == what)
}

/// The parts of a file that is encrypted as a whole, if it is as it was written.
fn document(content: &[u8]) -> Result<Document, SealError> {
    let document: Document = parsed(content).map_err(|error| {
        let is_ours = content[BEGIN.len()..].starts_with(b"1\"");
        if is_ours { SealError::Damaged } else { error }
    })?;
    if document.encrypted.format != FORMAT {
        return Err(SealError::Unknown { why: document.encrypted.format });
    }
    let header = serde_json::to_vec(&document.encrypted).expect("it has only texts and numbers");
    match sum(&header, &document.data) == document.checksum {
        true => Ok(document),
        false => Err(SealError::Damaged),
    }
}

/// Something of a format that may be another version's.
fn parsed<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, SealError> {
    serde_json::from_slice(text).map_err(|why| match why.is_data() {
        true => SealError::Unknown { why: why.to_string() },
        false => SealError::Damaged,
    })
}

fn sum(header: &[u8], data: &str) -> String {
    format!("{:08x}", checksum(&[header, data.as_bytes()].concat()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const TEXT: &str = "{\"version\": 4, \"secret\": \"canary\"}";

    fn with(passphrase: &str, old: &[&str]) -> Seal {
        let secret = |it: &&str| Secret::Passphrase((*it).to_owned());
        Seal::new(Some(secret(&passphrase)), old.iter().map(secret).collect()).unwrap()
    }

    fn only_old(passphrase: &str) -> Seal {
        Seal::new(None, vec![Secret::Passphrase(passphrase.to_owned())]).unwrap()
    }

    fn sealed(seal: &Seal) -> Vec<u8> {
        seal.seal(What::State, TEXT.as_bytes().to_vec()).unwrap()
    }

    const ONE: &str = "correct horse battery";
    const TWO: &str = "wrong horse batteries";

    #[test]
    fn what_is_encrypted_is_read_with_its_passphrase_alone() {
        let one = with(ONE, &[]);
        let file = sealed(&one);
        assert!(!String::from_utf8(file.clone()).unwrap().contains("canary"));
        assert_ne!(file, sealed(&one), "nothing is encrypted the same way twice");
        let opens = |seal: &Seal, what: What| seal.open(what, &file).map(Cow::into_owned);
        assert_eq!(opens(&with(ONE, &[]), What::State).unwrap(), TEXT.as_bytes());
        assert_eq!(opens(&with(TWO, &[ONE]), What::State).unwrap(), TEXT.as_bytes());
        assert_eq!(opens(&only_old(ONE), What::State).unwrap(), TEXT.as_bytes());
        assert_eq!(opens(&with(TWO, &[]), What::State), Err(SealError::WrongPassphrase));
        assert_eq!(opens(&Seal::default(), What::State), Err(SealError::NoPassphrase));
        assert_eq!(opens(&one, What::Plan), Err(SealError::Another { is: What::State }));
        let plain = Seal::default().seal(What::State, TEXT.as_bytes().to_vec()).unwrap();
        assert_eq!(plain, TEXT.as_bytes());
        assert_eq!(&*one.open(What::State, &plain).unwrap(), TEXT.as_bytes());
    }

    #[test]
    fn damage_is_told_from_a_wrong_passphrase() {
        let seal = with(ONE, &[]);
        let whole = sealed(&seal);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x01;
            match seal.open(What::State, &damaged) {
                Ok(plain) => {
                    assert!(at < BEGIN.len(), "{at}");
                    assert_eq!(&*plain, damaged, "it is not taken for encrypted");
                }
                Err(SealError::Damaged) => {}
                // The number of the format.
                Err(SealError::Unknown { .. }) => assert_eq!(at, BEGIN.len()),
                Err(other) => panic!("{at}: {other}"),
            }
            if at > BEGIN.len() {
                assert_eq!(seal.open(What::State, &whole[..at]), Err(SealError::Damaged), "{at}");
            }
        }
    }

    #[test]
    fn a_change_is_found_even_if_the_checksum_was_made_to_fit() {
        let seal = with(ONE, &[]);
        let mut document = document(&sealed(&seal)).unwrap();
        let mut data = STANDARD.decode(&document.data).unwrap();
        data[20] ^= 0x01;
        document.data = STANDARD.encode(data);
        document.checksum = sum(&serde_json::to_vec(&document.encrypted).unwrap(), &document.data);
        let changed = serde_json::to_vec(&document).unwrap();
        assert_eq!(seal.open(What::State, &changed), Err(SealError::Changed));
    }

    #[test]
    fn one_key_is_derived_in_a_process_and_taken_over_from_what_is_read() {
        let one = with(ONE, &[]);
        let file = sealed(&one);
        let begun = Instant::now();
        for _ in 0..100 {
            one.open(What::State, &sealed(&one)).unwrap();
        }
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());

        let other = with(ONE, &[]);
        other.open(What::State, &file).unwrap();
        sealed(&other);
        assert_eq!(other.known.lock().unwrap().len(), 1);
        assert!(other.is_current(&file) && !other.is_current(TEXT.as_bytes()));
        let new = with(TWO, &[ONE]);
        new.open(What::State, &file).unwrap();
        assert!(!new.is_current(&file) && new.is_current(&sealed(&new)));
        let off = only_old(ONE);
        assert!(off.is_current(TEXT.as_bytes()) && !off.is_current(&file));
    }

    #[test]
    fn records_have_their_position() {
        let stream = with(ONE, &[]).begin(What::Journal).unwrap().unwrap();
        let record = stream.seal(3, b"it");
        assert_eq!(stream.open(3, record.as_bytes()).unwrap(), b"it");
        assert_eq!(stream.open(2, record.as_bytes()), None);
        let other = with(ONE, &[]).begin(What::Journal).unwrap().unwrap();
        assert_eq!(other.open(3, record.as_bytes()), None);
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let short = Secret::Passphrase("fifteen letters".to_owned());
        let why = Seal::new(Some(short), Vec::new()).unwrap_err();
        assert_eq!(
            why.message,
            "the passphrase in GROUNDPLAN_STATE_PASSPHRASE has less than 16 characters"
        );
    }

    /// A key service in memory: a data key is opened by taking its name away.
    struct Service(&'static str);

    impl KeyService for Service {
        fn name(&self) -> String {
            self.0.to_owned()
        }

        fn data_key(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
            let key = random::<32>().to_vec();
            Ok((key.clone(), [self.0.as_bytes(), &key].concat()))
        }

        fn open(&self, data_key: &[u8]) -> Result<Vec<u8>, String> {
            let key = data_key.strip_prefix(self.0.as_bytes());
            key.map(<[u8]>::to_vec).ok_or_else(|| "IncorrectKeyException".to_owned())
        }
    }

    #[test]
    fn a_data_key_of_a_key_service_stands_in_the_file() {
        let with =
            |name| Seal::new(Some(Secret::Kms(Arc::new(Service(name)))), Vec::new()).unwrap();
        let file = sealed(&with("alias/state"));
        let opens = |seal: &Seal| seal.open(What::State, &file).map(Cow::into_owned);
        assert_eq!(opens(&with("alias/state")).unwrap(), TEXT.as_bytes());
        let (key, why) = ("alias/state".to_owned(), "IncorrectKeyException".to_owned());
        assert_eq!(opens(&with("alias/other")), Err(SealError::Kms { key: key.clone(), why }));
        assert_eq!(opens(&Seal::default()), Err(SealError::NoKmsKey { key }));
    }
}
