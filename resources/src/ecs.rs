//! Elastic Container Service.

pub(crate) mod account_setting_default;
pub(crate) mod capacity_provider;
pub(crate) mod cluster;
pub(crate) mod cluster_capacity_providers;
pub(crate) mod container_definitions;
mod containers;
pub(crate) mod data;
pub(crate) mod deployment;
pub(crate) mod diagnosis;
mod fargate;
pub(crate) mod fit;
mod kept;
pub(crate) mod operations;
pub(crate) mod revisions;
pub(crate) mod service;
pub(crate) mod task_definition;
mod verify;

use aws_sdk_ecs::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<account_setting_default::AccountSettingDefault>(),
    entry::<capacity_provider::CapacityProvider>(),
    entry::<cluster::Cluster>(),
    entry::<cluster_capacity_providers::ClusterCapacityProviders>(),
    entry::<service::Service>(),
    entry::<task_definition::TaskDefinition>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<data::cluster::Cluster>(),
    data::<data::container_definition::ContainerDefinition>(),
    data::<data::service::Service>(),
    data::<data::task_definition::TaskDefinition>(),
];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key().unwrap_or_default(), it.value().unwrap_or_default())).collect()
}

/// Sets and removes tags on any ECS object.
async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.ecs().untag_resource().resource_arn(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.ecs().tag_resource().resource_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}
