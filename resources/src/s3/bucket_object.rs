//! `aws_s3_bucket_object`: what `aws_s3_object` was called once.

use std::collections::BTreeMap;

use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Tags, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::resource::{Resource, Result};
use crate::s3::object::Object;

/// A file in a bucket. Deprecated: use `aws_s3_object`.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_object")]
pub(crate) struct BucketObject {
    /// The bucket. Deprecated.
    #[attr(replace)]
    bucket: String,
    /// Its name, with slashes if need be. Deprecated.
    #[attr(replace)]
    key: String,
    /// A canned ACL.
    #[attr(default = "private")]
    acl: Unread<String>,
    /// Whether a key of the bucket saves calls to KMS.
    bucket_key_enabled: Auto<bool>,
    /// How caches treat it.
    cache_control: Option<String>,
    /// What is in it, as a text.
    content: Unread<String>,
    /// What is in it, in base 64.
    content_base64: Unread<String>,
    /// How browsers show it.
    content_disposition: Option<String>,
    /// How it is encoded: `gzip`.
    content_encoding: Option<String>,
    /// The language it is in.
    content_language: Option<String>,
    /// What kind of file it is: `text/html`.
    content_type: Auto<String>,
    /// The MD5 of what is in it. Given as `filemd5("path")`, a new file is noticed.
    #[attr(volatile)]
    etag: Auto<String>,
    /// Whether locks are lifted when it is destroyed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// ARN of the KMS key it is encrypted with.
    kms_key_id: Auto<String>,
    /// Headers of one's own.
    metadata: Option<BTreeMap<String, String>>,
    /// Whether it is held: `ON` or `OFF`.
    object_lock_legal_hold_status: Option<String>,
    /// How it is locked: `GOVERNANCE` or `COMPLIANCE`.
    object_lock_mode: Option<String>,
    /// Until when it is locked: `2025-12-31T00:00:00Z`.
    object_lock_retain_until_date: Option<String>,
    /// How it is encrypted: `AES256` or `aws:kms`.
    server_side_encryption: Auto<String>,
    /// The path of the file that it is made from.
    source: Unread<String>,
    /// A text that changes with the file: `filemd5("path")`. Unlike `etag`, it is only for us.
    source_hash: Unread<String>,
    /// How it is stored: `STANDARD`.
    storage_class: Auto<String>,
    /// Where a website sends those who ask for it.
    website_redirect: Option<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The version, if the bucket keeps versions.
    #[attr(volatile)]
    version_id: Out<String>,
    /// Its key.
    id: Out<String>,
}

/// Writes the conversions between this type and `Object` for the fields that both have.
macro_rules! alias {
    ($($field:ident),+ $(,)?) => {
        impl From<&BucketObject> for Object {
            fn from(it: &BucketObject) -> Object {
                Object {
                    $($field: it.$field.clone(),)+
                    acl: Auto(it.acl.0.clone().map(|it| Unread(Some(it)))),
                    checksum_algorithm: Unread(None),
                    override_provider: Unread(None),
                    checksum_crc32: Out(None),
                    checksum_crc32c: Out(None),
                    checksum_crc64nvme: Out(None),
                    checksum_sha1: Out(None),
                    checksum_sha256: Out(None),
                }
            }
        }

        impl From<Object> for BucketObject {
            fn from(it: Object) -> BucketObject {
                BucketObject { $($field: it.$field,)+ acl: Unread(None) }
            }
        }
    };
}

alias!(
    bucket,
    key,
    bucket_key_enabled,
    cache_control,
    content,
    content_base64,
    content_disposition,
    content_encoding,
    content_language,
    content_type,
    etag,
    force_destroy,
    kms_key_id,
    metadata,
    object_lock_legal_hold_status,
    object_lock_mode,
    object_lock_retain_until_date,
    server_side_encryption,
    source,
    source_hash,
    storage_class,
    website_redirect,
    tags,
    arn,
    version_id,
    id,
);

impl Resource for BucketObject {
    const BATCH: usize = Object::BATCH;

    fn identity(&self) -> Option<String> {
        Object::from(self).identity()
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let same = |it: Live<Object>| Live {
            id: it.id,
            phase: it.phase,
            attributes: BucketObject::from(it.attributes),
        };
        Ok(Object::read(aws, ids).await?.into_iter().map(same).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        Object::create(aws, &want.into(), token).await
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        Object::update(aws, id, &have.into(), &want.into()).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        Object::delete(aws, id, &have.into()).await
    }

    async fn import(aws: &Aws, text: &str) -> Result<String> {
        Object::import(aws, text).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        Object::check(given)
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        Object::classify(op, fault)
    }
}
