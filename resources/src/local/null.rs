//! The provider `null`: types that do nothing, for what hangs on them.

mod data_source;
mod resource;

use crate::local::{LocalProvider, found, kept, provider};

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("null", "registry.terraform.io/hashicorp/null"),
    types: &[kept::<resource::NullResource>()],
    data: &[found::<data_source::NullDataSource>()],
};

/// A number that nobody can tell before, as a text.
fn number() -> String {
    rand::random::<u64>().to_string()
}
