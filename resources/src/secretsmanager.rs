//! Secrets Manager.

pub(crate) mod data;
pub(crate) mod secret;
pub(crate) mod secret_policy;
pub(crate) mod secret_version;

use aws_sdk_secretsmanager::types::Tag;
use model::Tags;

use crate::mirror::FromSdk;
use crate::registry::{DataEntry, Entry, data as source, entry};

pub(crate) const TYPES: &[Entry] = &[
    entry::<secret::Secret>(),
    entry::<secret_policy::SecretPolicy>(),
    entry::<secret_version::SecretVersion>(),
];

pub(crate) const DATA: &[DataEntry] = &[source::<data::Secret>(), source::<data::SecretVersion>()];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    let pair = |it: &Tag| (String::from_sdk(it.key()), String::from_sdk(it.value()));
    tags.iter().map(pair).collect()
}
