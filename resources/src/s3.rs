//! Simple Storage Service.

pub(crate) mod bucket;
pub(crate) mod bucket_data;
pub(crate) mod emptying;
pub(crate) mod regions;
pub(crate) mod bucket_policy;
pub(crate) mod encryption;
pub(crate) mod public_access;
pub(crate) mod versioning;
pub(crate) mod ownership;
pub(crate) mod acl;
pub(crate) mod logging;
pub(crate) mod grants;
pub(crate) mod lifecycle;
pub(crate) mod cors;
pub(crate) mod website;
pub(crate) mod routing;
pub(crate) mod notification;
pub(crate) mod object;
pub(crate) mod object_data;
pub(crate) mod bucket_object;
pub(crate) mod canonical_user_id;

use aws_sdk_s3::types::{Tag, Tagging};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{Fault, FaultKind, Tags};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::{Result, missing_is_none};

pub(crate) const TYPES: &[Entry] = &[
    entry::<bucket::Bucket>(),
    entry::<bucket_policy::BucketPolicy>(),
    entry::<encryption::EncryptionConfiguration>(),
    entry::<public_access::PublicAccessBlock>(),
    entry::<versioning::BucketVersioning>(),
    entry::<object::Object>(),
    entry::<bucket_object::BucketObject>(),
    entry::<ownership::OwnershipControls>(),
    entry::<acl::BucketAcl>(),
    entry::<logging::BucketLogging>(),
    entry::<lifecycle::LifecycleConfiguration>(),
    entry::<cors::CorsConfiguration>(),
    entry::<website::WebsiteConfiguration>(),
    entry::<notification::Notification>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<bucket_data::Bucket>(),
    data::<object_data::Object>(),
    data::<canonical_user_id::CanonicalUserId>(),
];

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a key and a value are set")
}

fn tagging(tags: &Tags) -> Tagging {
    let tags = tags.0.iter().map(|(key, value)| tag(key, value)).collect();
    Tagging::builder().set_tag_set(Some(tags)).build().expect("a set of tags is set")
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}

/// The beginning of a day: `2025-12-31`. A moment is also fine: `2025-12-31T00:00:00Z`.
fn date(text: &str) -> Option<DateTime> {
    let moment = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    DateTime::from_str(&moment, Format::DateTime).ok()
}

/// The day of a moment.
fn day(it: &DateTime) -> String {
    let text = it.fmt(Format::DateTime).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// The id of an aspect of a bucket: the bucket, and the account it must belong to if one is named.
fn owned(bucket: &str, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("{bucket},{owner}"),
        None => bucket.to_owned(),
    }
}

/// The bucket of such an id, and the account.
fn owner_of(id: &str) -> (&str, Option<String>) {
    match id.split_once(',') {
        Some((bucket, owner)) => (bucket, Some(owner.to_owned())),
        None => (id, None),
    }
}

/// The region of a bucket, if there is one of this name. S3 tells it even where it refuses an answer.
async fn region_of(aws: &Aws, bucket: &str) -> Result<Option<String>> {
    let answer = aws.s3().head_bucket().bucket(bucket).send().await;
    let told = answer.as_ref().err().and_then(|it| it.raw_response());
    let told = told.and_then(|it| it.headers().get("x-amz-bucket-region"));
    match told.filter(|it| *it != aws.region()).map(str::to_owned) {
        Some(region) => Ok(Some(region)),
        None => {
            let answer = missing_is_none(answer.or_fault("HeadBucket").map(Some))?;
            let own = || aws.region().to_owned();
            Ok(answer.map(|it| it.bucket_region.unwrap_or_else(own)))
        }
    }
}

/// The answer to a question about one aspect of a bucket: nothing if it was never set, or if buckets
/// have no such aspect here. That there is no bucket stays a fault.
fn aspect<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(it) => Ok(Some(it)),
        Err(fault) if is_unset(&fault) => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn is_unset(fault: &Fault) -> bool {
    let code = fault.code.as_str();
    let unset = code.starts_with("NoSuch") && !matches!(code, "NoSuchBucket" | "NoSuchKey");
    unset
        || code.ends_with("NotFoundError")
        || matches!(
            code,
            "MethodNotAllowed"
                | "NotImplemented"
                | "XNotImplemented"
                | "UnsupportedArgument"
                | "UnsupportedOperation"
        )
}

/// What a fault about one aspect of a bucket means: a bucket that is not there is one that was made a
/// moment ago, and other changes to the same bucket are let through first: `OperationAborted` is busy
/// everywhere.
fn classify_aspect(op: model::Op, fault: &Fault) -> Option<FaultKind> {
    match (op, fault.code.as_str()) {
        (model::Op::Create | model::Op::Update, "NoSuchBucket") => Some(FaultKind::NotYet),
        // What opens a bucket is refused until the block of public access is out of the way, which
        // the same run may be about to do.
        (model::Op::Create | model::Op::Update, "AccessDenied")
            if fault.message.contains("S3 Block Public Access") =>
        {
            Some(FaultKind::NotYet)
        }
        (model::Op::Read, "NoSuchBucket") => Some(FaultKind::NotFound),
        (model::Op::Read, _) if is_unset(fault) => Some(FaultKind::NotFound),
        (model::Op::Delete, _) if is_unset(fault) => Some(FaultKind::NotFound),
        _ => None,
    }
}

/// Sets and removes tags of a bucket. S3 knows only all tags at once, so those that are none of our
/// business are sent back as they are.
async fn retag(aws: &Aws, bucket: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if set.is_empty() && unset.is_empty() {
        return Ok(());
    }
    let answer = aws.s3().get_bucket_tagging().bucket(bucket).send().await;
    let found = aspect(answer.or_fault("GetBucketTagging"))?;
    let mut tags = tags_from_sdk(found.as_ref().map(|it| it.tag_set()).unwrap_or_default());
    tags.0.retain(|key, _| !unset.contains(key));
    tags.0.extend(set);
    if tags.0.is_empty() {
        aws.s3()
            .delete_bucket_tagging()
            .bucket(bucket)
            .send()
            .await
            .or_fault("DeleteBucketTagging")?;
        return Ok(());
    }
    let call = aws.s3().put_bucket_tagging().bucket(bucket).tagging(tagging(&tags));
    call.send().await.or_fault("PutBucketTagging")?;
    Ok(())
}
