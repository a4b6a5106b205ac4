//! Simple Notification Service: topics, and who hears of what is published there.

pub(crate) mod subscription;
pub(crate) mod topic;
pub(crate) mod topic_data;
pub(crate) mod topic_policy;

use std::collections::HashMap;

use aws_sdk_sns::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<subscription::Subscription>(),
    entry::<topic::Topic>(),
    entry::<topic_policy::TopicPolicy>(),
];

pub(crate) const DATA: &[DataEntry] = &[data::<topic_data::Topic>()];

/// What SNS says of a topic.
async fn attributes(aws: &Aws, arn: &str) -> Result<HashMap<String, String>> {
    let call = aws.sns().get_topic_attributes().topic_arn(arn);
    Ok(call.send().await.or_fault("GetTopicAttributes")?.attributes.unwrap_or_default())
}

/// Tells SNS one thing about a topic.
async fn tell(aws: &Aws, arn: &str, name: &str, text: &str) -> Result<()> {
    let call = aws.sns().set_topic_attributes().topic_arn(arn);
    let call = call.attribute_name(name).attribute_value(text);
    call.send().await.or_fault("SetTopicAttributes")?;
    Ok(())
}

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.0.iter().map(|it| tag(it).expect("a key and a value are set")).collect()
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let call = aws.sns().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    Ok(tags.iter().map(|it| (it.key(), it.value())).collect())
}

async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.sns().untag_resource().resource_arn(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.sns().tag_resource().resource_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}
