//! Elastic Container Registry.

pub(crate) mod data;
pub(crate) mod policies;
pub(crate) mod pull_through_cache_rule;
pub(crate) mod repository;

use std::collections::HashMap;

use aws_sdk_ecr::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data as source, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<pull_through_cache_rule::PullThroughCacheRule>(),
    entry::<repository::Repository>(),
    entry::<policies::RepositoryPolicy>(),
    entry::<policies::LifecyclePolicy>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    source::<data::authorization_token::AuthorizationToken>(),
    source::<data::image::Image>(),
    source::<data::repository::Repository>(),
];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.0.iter().map(|it| tag(it).expect("a key and a value are set")).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}

/// The tags of each of `arns`.
async fn tags_of(aws: &Aws, arns: &[String]) -> Result<HashMap<String, Tags>> {
    let found = crate::resource::each(arns, |arn| async move {
        let call = aws.ecr().list_tags_for_resource().resource_arn(arn);
        let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
        Ok(Some((arn.to_owned(), tags_from_sdk(&tags))))
    });
    Ok(found.await?.into_iter().collect())
}

/// Sets and removes tags on any ECR object.
async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.ecr().untag_resource().resource_arn(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.ecr().tag_resource().resource_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}
