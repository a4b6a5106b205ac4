//! The provider `random`: values that nobody chose and that stay once they are made.

mod bytes;
mod chars;
mod id;
mod integer;
mod password;
mod pet;
mod shuffle;
mod string;
mod uuid;

use ::rand::SeedableRng;
use ::rand::rngs::StdRng;
use model::Fault;
use sha2::{Digest, Sha256};

use crate::fault::rejected;
use crate::local::{LocalProvider, kept, provider};

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("random", "registry.terraform.io/hashicorp/random"),
    types: &[
        kept::<bytes::RandomBytes>(),
        kept::<id::RandomId>(),
        kept::<integer::RandomInteger>(),
        kept::<password::RandomPassword>(),
        kept::<pet::RandomPet>(),
        kept::<shuffle::RandomShuffle>(),
        kept::<string::RandomString>(),
        kept::<uuid::RandomUuid>(),
    ],
    data: &[],
};

/// Numbers that follow from a seed, or that nobody can tell before.
fn numbers(seed: Option<&String>) -> StdRng {
    match seed {
        Some(seed) => StdRng::from_seed(Sha256::digest(seed).into()),
        None => StdRng::from_rng(&mut ::rand::rng()),
    }
}

/// What is wrong with the text of an `import`.
fn import_fault(text: impl Into<String>) -> Fault {
    rejected("import", "InvalidImportId", text)
}

/// A number of things, at least `least`.
fn at_least(given: &model::Map, name: &'static str, least: i64) -> Vec<(&'static str, String)> {
    let number = given.get(name).and_then(|it| it.as_number()).and_then(model::Number::to_i64);
    match number {
        Some(it) if it < least => vec![(name, format!("must be at least {least}, not {it}"))],
        _ => Vec::new(),
    }
}
