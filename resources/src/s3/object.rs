//! `aws_s3_object`: a file in a bucket.

mod upload;

pub(super) use upload::clean;

use std::collections::BTreeMap;

use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Tags, Unread, Value,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, rejected};
use crate::mirror::{FromSdk, moment};
use crate::resource::{Resource, Result, changed, each};
use crate::s3::{classify_aspect, emptying, tagging, tags_from_sdk};

/// A file in a bucket.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_object")]
pub(crate) struct Object {
    /// The bucket.
    #[attr(replace)]
    pub(super) bucket: String,
    /// Its name, with slashes if need be.
    #[attr(replace)]
    pub(super) key: String,
    /// A canned ACL, such as `private`.
    pub(super) acl: Auto<Unread<String>>,
    /// Whether a key of the bucket saves calls to KMS.
    pub(super) bucket_key_enabled: Auto<bool>,
    /// How caches treat it.
    pub(super) cache_control: Option<String>,
    /// The checksum that S3 keeps: `CRC32`, `CRC32C`, `CRC64NVME`, `SHA1` or `SHA256`.
    pub(super) checksum_algorithm: Unread<String>,
    /// What is in it, as a text.
    pub(super) content: Unread<String>,
    /// What is in it, in base 64.
    pub(super) content_base64: Unread<String>,
    /// How browsers show it.
    pub(super) content_disposition: Option<String>,
    /// How it is encoded: `gzip`.
    pub(super) content_encoding: Option<String>,
    /// The language it is in.
    pub(super) content_language: Option<String>,
    /// What kind of file it is: `text/html`.
    pub(super) content_type: Auto<String>,
    /// The MD5 of what is in it. Given as `filemd5("path")`, a new file is noticed.
    #[attr(volatile)]
    pub(super) etag: Auto<String>,
    /// Whether locks are lifted when it is destroyed.
    #[attr(default = false)]
    pub(super) force_destroy: Unread<bool>,
    /// ARN of the KMS key it is encrypted with.
    pub(super) kms_key_id: Auto<String>,
    /// Headers of one's own.
    pub(super) metadata: Option<BTreeMap<String, String>>,
    /// Whether it is held: `ON` or `OFF`.
    pub(super) object_lock_legal_hold_status: Option<String>,
    /// How it is locked: `GOVERNANCE` or `COMPLIANCE`.
    pub(super) object_lock_mode: Option<String>,
    /// Until when it is locked: `2025-12-31T00:00:00Z`.
    pub(super) object_lock_retain_until_date: Option<String>,
    /// How it is encrypted: `AES256` or `aws:kms`.
    pub(super) server_side_encryption: Auto<String>,
    /// The path of the file that it is made from.
    pub(super) source: Unread<String>,
    /// A text that changes with the file: `filemd5("path")`. Unlike `etag`, it is only for us.
    pub(super) source_hash: Unread<String>,
    /// How it is stored: `STANDARD`.
    pub(super) storage_class: Auto<String>,
    /// Where a website sends those who ask for it.
    pub(super) website_redirect: Option<String>,
    /// Settings of the provider that are not for this object.
    pub(super) override_provider: Unread<One<OverrideProvider>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    pub(super) tags: Tags,
    /// Its Amazon Resource Name.
    pub(super) arn: Out<String>,
    /// Its CRC32 checksum, if S3 keeps one.
    #[attr(volatile)]
    pub(super) checksum_crc32: Out<String>,
    /// Its CRC32C checksum, if S3 keeps one.
    #[attr(volatile)]
    pub(super) checksum_crc32c: Out<String>,
    /// Its CRC64NVME checksum, if S3 keeps one.
    #[attr(volatile)]
    pub(super) checksum_crc64nvme: Out<String>,
    /// Its SHA1 checksum, if S3 keeps one.
    #[attr(volatile)]
    pub(super) checksum_sha1: Out<String>,
    /// Its SHA256 checksum, if S3 keeps one.
    #[attr(volatile)]
    pub(super) checksum_sha256: Out<String>,
    /// The version, if the bucket keeps versions.
    #[attr(volatile)]
    pub(super) version_id: Out<String>,
    /// Its key.
    pub(super) id: Out<String>,
}

/// Settings of the provider that are not for this object.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct OverrideProvider {
    /// Other default tags than the provider's.
    default_tags: One<DefaultTags>,
}

/// Other default tags than the provider's.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DefaultTags {
    /// The tags.
    tags: Option<BTreeMap<String, String>>,
}

impl Resource for Object {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(format!("{}/{}", self.bucket, self.key))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        upload::put(aws, want).await?;
        Ok(format!("{}/{}", want.bucket, want.key))
    }

    /// What is in an object never changes: another takes its place, with the same key.
    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want;
            bucket_key_enabled, cache_control, checksum_algorithm, content, content_base64,
            content_disposition, content_encoding, content_language, content_type, etag, kms_key_id,
            metadata, server_side_encryption, source, source_hash, storage_class, website_redirect)
        {
            return upload::put(aws, want).await;
        }
        upload::lock(aws, have, want).await?;
        if have.acl != want.acl {
            let call = aws.s3().put_object_acl().bucket(&want.bucket).key(upload::clean(&want.key));
            let acl = want.acl.0.as_ref().and_then(|it| it.0.as_deref()).unwrap_or("private");
            call.acl(acl.into()).send().await.or_fault("PutObjectAcl")?;
        }
        if have.tags != want.tags {
            let call = aws.s3().put_object_tagging().bucket(&want.bucket);
            let call = call.key(upload::clean(&want.key)).tagging(tagging(&want.tags));
            call.send().await.or_fault("PutObjectTagging")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let key = upload::clean(&have.key);
        if have.version_id.0.as_ref().is_some_and(|it| !it.is_empty()) {
            let forced = have.force_destroy.0 == Some(true);
            return emptying::delete_versions(aws, &have.bucket, &key, forced).await;
        }
        let call = aws.s3().delete_object().bucket(&have.bucket).key(key);
        call.send().await.or_fault("DeleteObject")?;
        Ok(())
    }

    async fn import(_aws: &Aws, text: &str) -> Result<String> {
        let id = text.strip_prefix("s3://").unwrap_or(text);
        match id.split_once('/') {
            Some(_) => Ok(id.to_owned()),
            None => {
                let message = format!("{text:?} is not of the form BUCKET/KEY or s3://BUCKET/KEY");
                Err(rejected("HeadObject", "InvalidId", message))
            }
        }
    }

    /// Plans `tags_all` where the provider's default tags are not for this object.
    fn adjust(_aws: &Aws, _prior: Option<&Map>, planned: &mut Map) {
        let block = |it: &Value, name: &str| it.entries().and_then(|it| it.get(name)).cloned();
        let first = |it: &Value| it.items().and_then(|it| it.first()).cloned();
        let other = planned.get("override_provider").and_then(first);
        let other = other.and_then(|it| block(&it, "default_tags")).and_then(|it| first(&it));
        let Some(other) = other else { return };
        let Some(own) = planned.get("tags").filter(|it| it.is_wholly_known()) else { return };
        let entries = |it: Option<&Value>| it.and_then(Value::entries).cloned().unwrap_or_default();
        let mut all = entries(block(&other, "tags").as_ref());
        all.extend(entries(Some(own)));
        planned.insert("tags_all".into(), Value::map(model::Type::String, all));
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let has = |name: &&&'static str| given.get(**name).is_some_and(|it| !it.is_null());
        let bodies = ["source", "content", "content_base64"];
        let bodies: Vec<_> = bodies.iter().filter(has).collect();
        let mut problems = Vec::new();
        if let [one, other, ..] = bodies[..] {
            problems.push((*other, format!("it may not be given together with `{one}`")));
        }
        let algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];
        let algorithm = given.get("checksum_algorithm").and_then(|it| it.as_str());
        if algorithm.is_some_and(|it| !algorithms.contains(&it)) {
            let message = format!("it is one of {}", algorithms.join(", "));
            problems.push(("checksum_algorithm", message));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Object>>> {
    let Some((bucket, key)) = id.split_once('/') else { return Ok(None) };
    let name = upload::clean(key);
    let call = aws.s3().head_object().bucket(bucket).key(&name);
    let call = call.checksum_mode(aws_sdk_s3::types::ChecksumMode::Enabled);
    let it = call.send().await.or_fault("HeadObject")?;
    let call = aws.s3().get_object_tagging().bucket(bucket).key(&name);
    let tags = call.send().await.or_fault("GetObjectTagging")?;
    let etag = it.e_tag().map(|it| it.trim_matches('"').to_owned());
    let version = it.version_id().filter(|it| *it != "null");
    let metadata: BTreeMap<_, _> = it.metadata().cloned().unwrap_or_default().into_iter().collect();
    let until = moment(it.object_lock_retain_until_date()).0;
    let attributes = Object {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        acl: Auto(None),
        bucket_key_enabled: Auto(Some(it.bucket_key_enabled().unwrap_or(false))),
        cache_control: Option::from_sdk(it.cache_control()),
        checksum_algorithm: Unread(None),
        content: Unread(None),
        content_base64: Unread(None),
        content_disposition: Option::from_sdk(it.content_disposition()),
        content_encoding: content_encoding(it.content_encoding()),
        content_language: Option::from_sdk(it.content_language()),
        content_type: Auto::from_sdk(it.content_type()),
        etag: Auto(etag),
        force_destroy: Unread(None),
        kms_key_id: Auto::from_sdk(it.ssekms_key_id()),
        metadata: (!metadata.is_empty()).then_some(metadata),
        object_lock_legal_hold_status: Option::from_sdk(it.object_lock_legal_hold_status()),
        object_lock_mode: Option::from_sdk(it.object_lock_mode()),
        object_lock_retain_until_date: until,
        server_side_encryption: Auto::from_sdk(it.server_side_encryption()),
        source: Unread(None),
        source_hash: Unread(None),
        // S3 does not name what is not special.
        storage_class: Auto(Some(
            it.storage_class().map_or("STANDARD", |it| it.as_str()).to_owned(),
        )),
        website_redirect: Option::from_sdk(it.website_redirect_location()),
        override_provider: Unread(None),
        tags: tags_from_sdk(tags.tag_set()),
        arn: Out(Some(format!("arn:{}:s3:::{bucket}/{name}", aws.partition().name))),
        checksum_crc32: Out::from_sdk(it.checksum_crc32()),
        checksum_crc32c: Out::from_sdk(it.checksum_crc32_c()),
        checksum_crc64nvme: Out::from_sdk(it.checksum_crc64_nvme()),
        checksum_sha1: Out::from_sdk(it.checksum_sha1()),
        checksum_sha256: Out::from_sdk(it.checksum_sha256()),
        version_id: Out::from_sdk(version),
        id: Out(Some(key.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// The encoding that the user gave: how the upload was cut up does not count.
fn content_encoding(it: Option<&str>) -> Option<String> {
    let parts = it?.split(',').map(str::trim).filter(|it| !it.is_empty() && *it != "aws-chunked");
    Some(parts.collect::<Vec<_>>().join(",")).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, want, xml};

    #[tokio::test]
    async fn a_text_is_uploaded_with_its_tags() {
        let aws = Script::new([xml("")]);
        let want = want::<Object>(
            r#"{"bucket": "web", "key": "/a//b.txt", "content": "hello", "tags": {"a b": "c&d"}}"#,
        );
        assert_eq!(Object::create(&aws, &want, "token").await.unwrap(), "web//a//b.txt");
        let lines = aws.transcript();
        assert!(lines.starts_with("PUT web.s3.eu-west-1.amazonaws.com/a/b.txt"), "{lines}");
    }

    #[tokio::test]
    async fn only_tags_are_sent_when_only_tags_differ() {
        let aws = Script::new([xml("")]);
        let have = want::<Object>(r#"{"bucket": "web", "key": "a", "content": "hello"}"#);
        let want = want::<Object>(
            r#"{"bucket": "web", "key": "a", "content": "hello", "tags": {"a": "b"}}"#,
        );
        Object::update(&aws, "web/a", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/a?tagging
                <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>
        "#]]);
    }

    #[tokio::test]
    async fn all_versions_of_it_go_but_not_those_of_its_neighbours() {
        let versions = "<ListVersionsResult><IsTruncated>false</IsTruncated>\
            <Version><Key>a</Key><VersionId>1</VersionId></Version>\
            <Version><Key>ab</Key><VersionId>2</VersionId></Version></ListVersionsResult>";
        let aws = Script::new([xml(versions), xml("<DeleteResult/>")]);
        let have = want::<Object>(r#"{"bucket": "web", "key": "a", "version_id": "1"}"#);
        Object::delete(&aws, "web/a", &have).await.unwrap();
        aws.sent(expect![[r#"
            GET web.s3.eu-west-1.amazonaws.com/?versions&prefix=a
            POST web.s3.eu-west-1.amazonaws.com/?delete
                <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key><VersionId>1</VersionId></Object><Quiet>true</Quiet></Delete>
        "#]]);
    }

    #[tokio::test]
    async fn imports_may_be_urls() {
        let aws = Script::new([]);
        assert_eq!(Object::import(&aws, "s3://web/a/b").await.unwrap(), "web/a/b");
        assert_eq!(Object::import(&aws, "web/a/b").await.unwrap(), "web/a/b");
        assert!(Object::import(&aws, "web").await.is_err());
    }

    #[test]
    fn how_an_upload_was_cut_up_is_no_encoding() {
        assert_eq!(content_encoding(Some("aws-chunked")), None);
        assert_eq!(content_encoding(Some("gzip,aws-chunked")).as_deref(), Some("gzip"));
    }
}
