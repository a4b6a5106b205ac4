//! Identity and Access Management.

pub(crate) mod attachments;
pub(crate) mod own_policies;
pub(crate) mod policy;
pub(crate) mod policy_document;
pub(crate) mod role;

use aws_sdk_iam::types::Tag;
use model::Tags;

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[
    entry::<attachments::GroupPolicyAttachment>(),
    entry::<attachments::RolePolicyAttachment>(),
    entry::<attachments::UserPolicyAttachment>(),
    entry::<own_policies::RolePolicy>(),
    entry::<own_policies::UserPolicy>(),
    entry::<policy::Policy>(),
    entry::<role::Role>(),
];

pub(crate) const DATA: &[DataEntry] = &[data::<policy_document::PolicyDocument>()];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().expect("a tag with a key and a value")
    };
    tags.0.iter().map(tag).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}
