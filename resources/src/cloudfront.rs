//! CloudFront: distributions and how they reach their origins.

pub(crate) mod distribution;
pub(crate) mod origin_access_control;
pub(crate) mod origin_access_identity;
pub(crate) mod policies;
pub(crate) mod cache_policy;
pub(crate) mod origin_request_policy;

use aws_sdk_cloudfront::types::{Tag, TagKeys, Tags as SdkTags};
use model::{Fault, FaultKind, Op, Tags};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<distribution::Distribution>(),
    entry::<origin_access_control::OriginAccessControl>(),
    entry::<origin_access_identity::OriginAccessIdentity>(),
];

pub(crate) const DATA: &[DataEntry] =
    &[data::<cache_policy::CachePolicy>(), data::<origin_request_policy::OriginRequestPolicy>()];

/// A list as CloudFront takes it, with the number of things in it. Without `required`, an empty one
/// has no items at all.
macro_rules! counted {
    ($ty:path, $items:expr) => {{
        let items: Vec<_> = $items;
        let it = <$ty>::builder().quantity(crate::cloudfront::count(items.len()));
        let it = it.set_items(Some(items).filter(|it| !it.is_empty()));
        it.build().expect("the number of items is set")
    }};
    ($ty:path, $items:expr, required) => {{
        let items: Vec<_> = $items;
        let it = <$ty>::builder().quantity(crate::cloudfront::count(items.len()));
        it.set_items(Some(items)).build().expect("items and their number are set")
    }};
}
use counted;

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

fn tags_to_sdk(tags: &Tags) -> SdkTags {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().expect("a key is set")
    };
    SdkTags::builder().set_items(Some(tags.0.iter().map(tag).collect())).build()
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let call = aws.cloudfront().list_tags_for_resource().resource(arn);
    let answer = call.send().await.or_fault("ListTagsForResource")?;
    let tags = answer.tags.and_then(|it| it.items).unwrap_or_default();
    Ok(tags.iter().map(|it| (it.key(), it.value().unwrap_or_default())).collect())
}

/// Sets and removes tags on any CloudFront object.
async fn retag(aws: &Aws, arn: Option<&str>, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    let arn = arn.unwrap_or_default();
    if !unset.is_empty() {
        let keys = TagKeys::builder().set_items(Some(unset)).build();
        let call = aws.cloudfront().untag_resource().resource(arn).tag_keys(keys);
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.cloudfront().tag_resource().resource(arn).tags(set);
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

/// The version of an object, which whoever changes it must know.
fn etag(it: Option<String>, operation: &'static str) -> Result<String> {
    must(it, operation)
}

/// What a fault means for any CloudFront object.
fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
    match (op, fault.code.as_str()) {
        // Someone else has changed it since it was read, so it is read again.
        (Op::Update | Op::Delete, "PreconditionFailed" | "InvalidIfMatchVersion") => {
            Some(FaultKind::Busy)
        }
        // Distributions let go of things some time after they are deleted.
        (Op::Delete, code) if code.ends_with("InUse") => Some(FaultKind::Busy),
        _ => None,
    }
}
