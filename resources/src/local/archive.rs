//! The provider `archive`: files packed into one.

mod collect;
mod file;
mod tar;
mod zip;

use crate::local::{LocalProvider, found, provider};

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("archive", "registry.terraform.io/hashicorp/archive"),
    types: &[],
    data: &[found::<file::ArchiveFile>()],
};
