//! Cloud Map.

pub(crate) mod http_namespace;
pub(crate) mod namespaces;
pub(crate) mod private_dns_namespace;
pub(crate) mod service;

use aws_sdk_servicediscovery::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<http_namespace::HttpNamespace>(),
    entry::<private_dns_namespace::PrivateDnsNamespace>(),
    entry::<service::Service>(),
];

pub(crate) const DATA: &[DataEntry] =
    &[data::<namespaces::DnsNamespace>(), data::<namespaces::HttpNamespace>()];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().expect("a tag with a key and a value")
    };
    tags.0.iter().map(tag).collect()
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let call = aws.servicediscovery().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    Ok(tags.iter().map(|it| (it.key(), it.value())).collect())
}

/// Sets and removes tags on any Cloud Map object.
async fn retag(aws: &Aws, arn: Option<&str>, have: &Tags, want: &Tags) -> Result<()> {
    let arn = arn.unwrap_or_default();
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.servicediscovery().untag_resource().resource_arn(arn);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.servicediscovery().tag_resource().resource_arn(arn);
        call.set_tags(Some(set)).send().await.or_fault("TagResource")?;
    }
    Ok(())
}
