//! Identity and Access Management.

pub(crate) mod access_key;
pub(crate) mod attachments;
pub(crate) mod data;
pub(crate) mod group;
pub(crate) mod instance_profile;
pub(crate) mod openid_connect_provider;
pub(crate) mod own_policies;
pub(crate) mod policy;
pub(crate) mod policy_attachment;
pub(crate) mod policy_document;
pub(crate) mod role;
pub(crate) mod service_linked_role;
pub(crate) mod trust;
pub(crate) mod user;

use aws_sdk_iam::types::Tag;
use model::Tags;

use crate::registry::{DataEntry, Entry, data, entry};

pub(crate) const TYPES: &[Entry] = &[
    entry::<access_key::AccessKey>(),
    entry::<attachments::GroupPolicyAttachment>(),
    entry::<attachments::RolePolicyAttachment>(),
    entry::<attachments::UserPolicyAttachment>(),
    entry::<group::Group>(),
    entry::<instance_profile::InstanceProfile>(),
    entry::<openid_connect_provider::OpenIdConnectProvider>(),
    entry::<own_policies::RolePolicy>(),
    entry::<own_policies::UserPolicy>(),
    entry::<policy::Policy>(),
    entry::<policy_attachment::PolicyAttachment>(),
    entry::<role::Role>(),
    entry::<service_linked_role::ServiceLinkedRole>(),
    entry::<user::User>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<data::account_alias::AccountAlias>(),
    data::<data::instance_profile::InstanceProfile>(),
    data::<data::policy::Policy>(),
    data::<data::role::Role>(),
    data::<data::roles::Roles>(),
    data::<policy_document::PolicyDocument>(),
];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().expect("a tag with a key and a value")
    };
    tags.0.iter().map(tag).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}
