//! A bucket for what is kept in S3 beside resources: module packages and states.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ObjectCannedAcl, ServerSideEncryption};
use model::{FaultKind, Object};
use serde_json::json;

use crate::aws::Aws;
use crate::fault::must;
use crate::lock_table::LockTable;
use crate::resource::Result;
use crate::settings::configure;

/// Objects of one bucket, reached with settings like those of a `provider "aws"` block.
pub struct Storage {
    aws: Arc<Aws>,
    bucket: String,
    encryption: Encryption,
    acl: Option<ObjectCannedAcl>,
}

/// How what is written is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Encryption {
    /// As the bucket says.
    #[default]
    Bucket,
    /// With a key of S3's own.
    S3,
    /// With this KMS key.
    Kms(String),
}

/// What must be so for an object to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// There is no such object yet.
    Absent,
    /// It is still the version that was read: its entity tag.
    Unchanged(String),
}

/// An object's content, and the tag that says which version it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub etag: String,
}

impl Storage {
    /// A bucket, with the settings that a provider block would have: region, profile, `assume_role` ...
    ///
    /// # Errors
    ///
    /// When the settings are wrong.
    pub async fn new(settings: Object, bucket: &str, encryption: Encryption) -> Result<Storage> {
        let aws = Arc::new(configure(settings).await?);
        Ok(Storage { aws, bucket: bucket.to_owned(), encryption, acl: None })
    }

    /// The same, with this canned access control list on what is written.
    #[must_use]
    pub fn with_acl(self, acl: &str) -> Storage {
        Storage { acl: Some(acl.into()), ..self }
    }

    /// A DynamoDB table that is reached with the same settings.
    pub fn lock_table(&self, name: &str) -> LockTable {
        LockTable::new(self.aws.clone(), name)
    }

    /// The same with no more settings than a region and credentials of the environment.
    ///
    /// # Errors
    ///
    /// As [`Storage::new`].
    pub async fn in_region(region: Option<&str>, bucket: &str) -> Result<Storage> {
        Storage::new(in_region(region), bucket, Encryption::Bucket).await
    }

    /// Reads an object. None if there is none.
    ///
    /// # Errors
    ///
    /// What S3 answers.
    pub async fn get(&self, key: &str) -> Result<Option<Content>> {
        let call = self.aws.s3().get_object().bucket(&self.bucket).key(key);
        let answer = match self.aws.renewing("GetObject", || call.clone().send()).await {
            Err(fault) if fault.kind == FaultKind::NotFound && fault.code != "NoSuchBucket" => {
                return Ok(None);
            }
            answer => answer?,
        };
        let etag = answer.e_tag().unwrap_or_default().to_owned();
        let bytes = answer.body.collect().await.map_err(|error| model::Fault {
            kind: FaultKind::Lost,
            operation: "GetObject",
            code: "Interrupted".to_owned(),
            message: error.to_string(),
        })?;
        Ok(Some(Content { bytes: bytes.to_vec(), etag }))
    }

    /// Writes an object, if the condition holds, and answers its new tag. None if it does not hold.
    ///
    /// # Errors
    ///
    /// What S3 answers.
    pub async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: &Condition,
    ) -> Result<Option<String>> {
        let sent = || {
            let call = self.aws.s3().put_object().bucket(&self.bucket).key(key);
            let call = call.body(ByteStream::from(bytes.clone())).content_type("application/json");
            let call = call.set_acl(self.acl.clone());
            let call = match condition {
                Condition::Always => call,
                Condition::Absent => call.if_none_match("*"),
                Condition::Unchanged(etag) => call.if_match(etag),
            };
            let call = match &self.encryption {
                Encryption::Bucket => call,
                Encryption::S3 => call.server_side_encryption(ServerSideEncryption::Aes256),
                Encryption::Kms(key) => {
                    call.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key)
                }
            };
            call.send()
        };
        match self.aws.renewing("PutObject", sent).await {
            Ok(answer) => must(answer.e_tag, "PutObject").map(Some),
            // Two writers at once, or one that was faster.
            Err(fault)
                if matches!(&*fault.code, "PreconditionFailed" | "ConditionalRequestConflict") =>
            {
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Deletes an object. One that is not there is deleted.
    ///
    /// # Errors
    ///
    /// What S3 answers.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let call = self.aws.s3().delete_object().bucket(&self.bucket).key(key);
        self.aws.renewing("DeleteObject", || call.clone().send()).await?;
        Ok(())
    }

    /// The keys of all objects that begin so.
    ///
    /// # Errors
    ///
    /// What S3 answers.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let call = self.aws.s3().list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let (mut keys, mut next) = (Vec::new(), None);
        loop {
            let sent = || call.clone().set_continuation_token(next.clone()).send();
            let page = self.aws.renewing("ListObjectsV2", sent).await?;
            keys.extend(page.contents().iter().filter_map(|it| it.key().map(str::to_owned)));
            match page.next_continuation_token {
                Some(it) => next = Some(it),
                None => return Ok(keys),
            }
        }
    }
}

/// Settings with no more than a region, and credentials of the environment.
pub(crate) fn in_region(region: Option<&str>) -> Object {
    let mut settings: Object =
        BTreeMap::from([("skip_credentials_validation".into(), json!(true))]);
    settings.insert("skip_requesting_account_id".into(), json!(true));
    settings.extend(region.map(|it| ("region".to_owned(), json!(it))));
    settings
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, xml};

    fn storage(script: &Script) -> Storage {
        Storage {
            aws: script.aws(),
            bucket: "states".to_owned(),
            encryption: Encryption::Kms("alias/state".to_owned()),
            acl: None,
        }
    }

    #[tokio::test]
    async fn a_condition_that_does_not_hold_is_an_answer() {
        let script = Script::new([xml(""), s3_refusal("PreconditionFailed", "at least one")]);
        let storage = storage(&script);

        _ = storage.put("a.tfstate", b"{}".to_vec(), &Condition::Absent).await;
        let unchanged = Condition::Unchanged("\"1\"".to_owned());
        let second = storage.put("a.tfstate", b"{}".to_vec(), &unchanged).await.unwrap();

        assert_eq!(second, None);
        script.sent(expect![[r#"
            PUT states.s3.eu-west-1.amazonaws.com/a.tfstate?x-id=PutObject
            PUT states.s3.eu-west-1.amazonaws.com/a.tfstate?x-id=PutObject
        "#]]);
    }

    #[tokio::test]
    async fn what_is_not_there_is_none() {
        let script = Script::new([s3_refusal("NoSuchKey", "not there")]);
        assert_eq!(storage(&script).get("a").await.unwrap(), None);
        let script = Script::new([s3_refusal("NoSuchBucket", "no bucket")]);
        assert_eq!(storage(&script).get("a").await.unwrap_err().code, "NoSuchBucket");
    }
}
