//! What IAM can be asked about without managing it.

pub(crate) mod account_alias;
pub(crate) mod instance_profile;
pub(crate) mod policy;
pub(crate) mod role;
pub(crate) mod roles;

use std::collections::BTreeMap;

use aws_sdk_iam::types::Tag;
use model::Auto;

use crate::aws::Aws;
use crate::iam::tags_from_sdk;

/// Tags as the user may see them.
fn shown(aws: &Aws, tags: &[Tag]) -> Auto<BTreeMap<String, String>> {
    let tags = tags_from_sdk(tags).0;
    Auto(Some(tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key)).collect()))
}
