//! EventBridge rules and their targets.

pub(crate) mod rule;
pub(crate) mod target;
pub(crate) mod target_blocks;
pub(crate) mod target_ecs;

use aws_sdk_eventbridge::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[entry::<rule::Rule>(), entry::<target::Target>()];

pub(crate) const DATA: &[DataEntry] = &[];

/// The bus of an account that is there from the beginning.
const DEFAULT_BUS: &str = "default";

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.0.iter().map(|it| tag(it).expect("a key and a value are set")).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}

async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.events().untag_resource().resource_arn(arn).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.events().tag_resource().resource_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}
