//! `aws_s3_object` as data: a file in a bucket, and what is in it if that is a text.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::{FromSdk, moment};
use crate::resource::Result;
use crate::s3::tags_from_sdk;

/// A file in a bucket that is looked up.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_object")]
pub(crate) struct Object {
    /// The bucket.
    bucket: String,
    /// Its name.
    key: String,
    /// `ENABLED` to be told its checksums.
    checksum_mode: Option<String>,
    /// The part of it to read: `bytes=0-9`.
    range: Option<String>,
    /// The version. Without it, the latest.
    version_id: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// What is in it, if its type is one of texts.
    body: Out<String>,
    /// Whether a key of the bucket saves calls to KMS.
    bucket_key_enabled: Out<bool>,
    /// How caches treat it.
    cache_control: Out<String>,
    /// Its CRC32 checksum.
    checksum_crc32: Out<String>,
    /// Its CRC32C checksum.
    checksum_crc32c: Out<String>,
    /// Its CRC64NVME checksum.
    checksum_crc64nvme: Out<String>,
    /// Its SHA1 checksum.
    checksum_sha1: Out<String>,
    /// Its SHA256 checksum.
    checksum_sha256: Out<String>,
    /// How browsers show it.
    content_disposition: Out<String>,
    /// How it is encoded: `gzip`.
    content_encoding: Out<String>,
    /// The language it is in.
    content_language: Out<String>,
    /// How many bytes it has.
    content_length: Out<i64>,
    /// What kind of file it is: `text/html`.
    content_type: Out<String>,
    /// The MD5 of what is in it, for most files.
    etag: Out<String>,
    /// When it is deleted, and by which rule.
    expiration: Out<String>,
    /// When caches forget it.
    expires: Out<String>,
    /// When it was last changed: `Mon, 02 Jan 2006 15:04:05 UTC`.
    last_modified: Out<String>,
    /// Headers of its own.
    metadata: Out<BTreeMap<String, String>>,
    /// Whether it is held: `ON` or `OFF`.
    object_lock_legal_hold_status: Out<String>,
    /// How it is locked: `GOVERNANCE` or `COMPLIANCE`.
    object_lock_mode: Out<String>,
    /// Until when it is locked: `2025-12-31T00:00:00Z`.
    object_lock_retain_until_date: Out<String>,
    /// How it is encrypted: `AES256` or `aws:kms`.
    server_side_encryption: Out<String>,
    /// ARN of the KMS key it is encrypted with.
    sse_kms_key_id: Out<String>,
    /// How it is stored: `STANDARD`.
    storage_class: Out<String>,
    /// Where a website sends those who ask for it.
    website_redirect_location: Out<String>,
    /// The bucket and the name, with a slash between.
    id: Out<String>,
}

impl Data for Object {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws
            .s3()
            .head_object()
            .bucket(&given.bucket)
            .key(&given.key)
            .set_checksum_mode(given.checksum_mode.as_deref().map(ChecksumMode::from))
            .set_range(given.range.clone())
            .set_version_id(given.version_id.0.clone());
        let it = call.send().await.or_fault("HeadObject")?;
        let body = match is_text(it.content_type().unwrap_or_default()) {
            true => Some(body(aws, &given).await?),
            false => None,
        };
        let call = aws.s3().get_object_tagging().bucket(&given.bucket).key(&given.key);
        let call = call.set_version_id(given.version_id.0.clone());
        let tags = tags_from_sdk(call.send().await.or_fault("GetObjectTagging")?.tag_set()).0;
        let name = format!("{}/{}", given.bucket, given.key);
        let shown = shown(&it);
        Ok(Object {
            version_id: Auto::from_sdk(it.version_id()),
            tags: Auto(Some(
                tags.into_iter().filter(|(key, _)| !aws.tags().ignores(key)).collect(),
            )),
            arn: Out(Some(format!("arn:{}:s3:::{name}", aws.partition().name))),
            body: Out(body),
            id: Out(Some(match given.version_id.0.as_ref() {
                Some(version) => format!("{name}@{version}"),
                None => name,
            })),
            bucket: given.bucket,
            key: given.key,
            checksum_mode: given.checksum_mode,
            range: given.range,
            ..shown
        })
    }
}

/// What S3 says about it.
fn shown(it: &HeadObjectOutput) -> Object {
    let metadata = it.metadata().cloned().unwrap_or_default().into_iter().collect();
    Object {
        bucket: String::new(),
        key: String::new(),
        checksum_mode: None,
        range: None,
        version_id: Auto(None),
        tags: Auto(None),
        arn: Out(None),
        body: Out(None),
        bucket_key_enabled: Out(Some(it.bucket_key_enabled().unwrap_or_default())),
        cache_control: Out::from_sdk(it.cache_control()),
        checksum_crc32: Out::from_sdk(it.checksum_crc32()),
        checksum_crc32c: Out::from_sdk(it.checksum_crc32_c()),
        checksum_crc64nvme: Out::from_sdk(it.checksum_crc64_nvme()),
        checksum_sha1: Out::from_sdk(it.checksum_sha1()),
        checksum_sha256: Out::from_sdk(it.checksum_sha256()),
        content_disposition: Out::from_sdk(it.content_disposition()),
        content_encoding: Out::from_sdk(it.content_encoding()),
        content_language: Out::from_sdk(it.content_language()),
        content_length: Out::from_sdk(it.content_length()),
        content_type: Out::from_sdk(it.content_type()),
        etag: Out(it.e_tag().map(|it| it.trim_matches('"').to_owned())),
        expiration: Out::from_sdk(it.expiration()),
        expires: Out::from_sdk(it.expires_string()),
        last_modified: Out(it.last_modified().and_then(last_modified)),
        metadata: Out(Some(metadata)),
        object_lock_legal_hold_status: Out::from_sdk(it.object_lock_legal_hold_status()),
        object_lock_mode: Out::from_sdk(it.object_lock_mode()),
        object_lock_retain_until_date: moment(it.object_lock_retain_until_date()),
        server_side_encryption: Out::from_sdk(it.server_side_encryption()),
        sse_kms_key_id: Out::from_sdk(it.ssekms_key_id()),
        // S3 does not name what is not special.
        storage_class: Out(Some(
            it.storage_class().map_or("STANDARD", |it| it.as_str()).to_owned(),
        )),
        website_redirect_location: Out::from_sdk(it.website_redirect_location()),
        id: Out(None),
    }
}

fn last_modified(it: &DateTime) -> Option<String> {
    Some(it.fmt(Format::HttpDate).ok()?.replace("GMT", "UTC"))
}

async fn body(aws: &Aws, given: &Object) -> Result<String> {
    let call = aws
        .s3()
        .get_object()
        .bucket(&given.bucket)
        .key(&given.key)
        .set_range(given.range.clone())
        .set_version_id(given.version_id.0.clone());
    let unread = |error: String| rejected("GetObject", "UnreadableAnswer", error);
    let answer = call.send().await.or_fault("GetObject")?;
    let bytes = answer.body.collect().await.map_err(|it| unread(it.to_string()))?.to_vec();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether files of this type are texts.
fn is_text(ty: &str) -> bool {
    ty.starts_with("text/")
        || matches!(
            ty,
            "application/atom+xml"
                | "application/json"
                | "application/ld+json"
                | "application/x-csh"
                | "application/x-httpd-php"
                | "application/x-sh"
                | "application/x-sql"
                | "application/xhtml+xml"
                | "application/xml"
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, xml};

    #[tokio::test]
    async fn a_text_is_read_with_what_is_known_about_it() {
        let head = xml("").with("content-type", "text/plain").with("etag", "\"abc\"");
        let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
        let aws = Script::new([head, xml("hello"), xml(tags)]);
        let given = serde_json::json!({"bucket": "web", "key": "a.txt"});
        let given = given.as_object().cloned().unwrap_or_default();
        let given = crate::resource::decode(&Object::SCHEMA, given).unwrap();
        let it = Object::read(&aws, given).await.unwrap();
        assert_eq!(it.body.0.as_deref(), Some("hello"));
        assert_eq!(it.etag.0.as_deref(), Some("abc"));
        assert_eq!(it.id.0.as_deref(), Some("web/a.txt"));
        assert_eq!(it.tags.0.unwrap().get("a").map(String::as_str), Some("1"));
    }

    #[test]
    fn images_are_no_texts() {
        assert!(is_text("application/json") && !is_text("image/png"));
    }
}
