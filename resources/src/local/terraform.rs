//! The provider `terraform`, which Terraform has built in, too.

mod data;
mod remote_state;

use crate::local::{LocalProvider, found, kept, provider};

pub(crate) const PROVIDER: LocalProvider = LocalProvider {
    schema: provider("terraform", "terraform.io/builtin/terraform"),
    types: &[kept::<data::TerraformData>()],
    data: &[found::<remote_state::RemoteState>()],
};
