//! What ECS can be asked about without managing it.

pub(crate) mod cluster;
pub(crate) mod container_definition;
pub(crate) mod service;
pub(crate) mod task_definition;

use std::collections::BTreeMap;

use aws_sdk_ecs::types::Tag;
use model::Auto;

use crate::aws::Aws;
use crate::ecs::tags_from_sdk;

/// Tags as the user may see them.
fn shown(aws: &Aws, tags: &[Tag]) -> Auto<BTreeMap<String, String>> {
    let tags = tags_from_sdk(tags).0;
    Auto(Some(tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key)).collect()))
}
