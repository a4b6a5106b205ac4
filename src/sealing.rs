//! How the environment says that states, journals and plans are encrypted.

use std::env::VarError;
use std::sync::{Arc, OnceLock};

use resources::DataKeys;
use state::{
    Error, ErrorKind, KMS_KEY, KeyService, OLD_KMS_KEY, OLD_PASSPHRASE, PASSPHRASE, Seal, Secret,
    State, What,
};

use crate::bucket::wait;

/// Variables that name keys of a real account.
pub const OF_ACCOUNT: &[&str] = &[KMS_KEY, OLD_KMS_KEY];

/// The keys that the environment names: the same in all of the process, so that each is derived once.
///
/// # Errors
///
/// When the variables make no sense.
pub fn seal() -> Result<Arc<Seal>, Error> {
    static SEAL: OnceLock<Result<Arc<Seal>, Error>> = OnceLock::new();
    SEAL.get_or_init(|| of_environment().map(Arc::new)).clone()
}

/// The state that a file holds, encrypted or not.
///
/// # Errors
///
/// When it is no state, or cannot be opened.
pub fn state_in(name: &str, content: &[u8]) -> Result<State, Error> {
    let unreadable = |why: &dyn std::fmt::Display, hint: Option<String>| {
        let it = Error::new(ErrorKind::Unreadable, format!("{name} is no state to read: {why}"));
        Error { hint, ..it }
    };
    let plain = seal()?.open(What::State, content).map(std::borrow::Cow::into_owned);
    let plain = plain.map_err(|why| unreadable(&why, why.hint()))?;
    State::parse(&plain).map_err(|why| unreadable(&why, why.hint().map(str::to_owned)))
}

fn of_environment() -> Result<Seal, Error> {
    let kms = |key: String| Secret::Kms(Arc::new(Kms { key }));
    let write = match (given(PASSPHRASE)?, given(KMS_KEY)?) {
        (Some(_), Some(_)) => {
            let what = format!("{PASSPHRASE} and {KMS_KEY} are both set");
            let hint = format!(
                "one of them encrypts; the one before goes into {OLD_PASSPHRASE} or {OLD_KMS_KEY}"
            );
            return Err(Error::new(ErrorKind::Invalid, what).hint(hint));
        }
        (passphrase, key) => passphrase.map(Secret::Passphrase).or_else(|| key.map(kms)),
    };
    let old_passphrase = given(OLD_PASSPHRASE)?.map(Secret::Passphrase);
    let old = old_passphrase.into_iter().chain(given(OLD_KMS_KEY)?.map(kms));
    Seal::new(write, old.collect())
}

/// A variable. That it is empty is a mistake: what should be encrypted would stand in the open.
fn given(name: &str) -> Result<Option<String>, Error> {
    match std::env::var(name) {
        Ok(text) if text.is_empty() => {
            let hint = "give it a value, or unset it";
            Err(Error::new(ErrorKind::Invalid, format!("{name} is set, and empty")).hint(hint))
        }
        Ok(text) => Ok(Some(text)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::new(ErrorKind::Invalid, format!("{name} is not text in UTF-8")))
        }
    }
}

/// A key of KMS, which is asked when it is needed.
struct Kms {
    key: String,
}

impl KeyService for Kms {
    fn name(&self) -> String {
        self.key.clone()
    }

    fn data_key(&self) -> Result<(Vec<u8>, Vec<u8>), String> {
        let key = self.key.clone();
        let made = wait(async move { DataKeys::new(&key).await?.generate().await });
        made.map_err(|fault| fault.to_string())
    }

    fn open(&self, data_key: &[u8]) -> Result<Vec<u8>, String> {
        let (key, data_key) = (self.key.clone(), data_key.to_vec());
        let opened = wait(async move { DataKeys::new(&key).await?.open(&data_key).await });
        opened.map_err(|fault| fault.to_string())
    }
}
