//! `aws_s3_bucket_server_side_encryption_configuration`: how a bucket's objects are encrypted.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Mirror, One, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each};
use crate::s3::{aspect, classify_aspect, owned, owner_of};

/// How a bucket's objects are encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_server_side_encryption_configuration")]
pub(crate) struct EncryptionConfiguration {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// How objects are encrypted.
    #[attr(required)]
    rule: BTreeSet<Rule>,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

/// How objects are encrypted.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::ServerSideEncryptionRule)]
pub(crate) struct Rule {
    /// Whether a key of the bucket saves calls to KMS.
    bucket_key_enabled: Option<bool>,
    /// How objects are encrypted that come without a wish.
    apply_server_side_encryption_by_default: One<ByDefault>,
}

/// How objects are encrypted that come without a wish.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::ServerSideEncryptionByDefault, checked)]
pub(crate) struct ByDefault {
    /// The KMS key, with `aws:kms` or `aws:kms:dsse`.
    kms_master_key_id: Option<String>,
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    sse_algorithm: String,
}

impl Resource for EncryptionConfiguration {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(owned(&want.bucket, want.expected_bucket_owner.as_deref()))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.rule != want.rule {
            put(aws, want).await?;
        }
        Ok(())
    }

    /// A bucket is never without encryption: it goes back to the one it was made with.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let (bucket, owner) = owner_of(id);
        let call = aws.s3().delete_bucket_encryption().bucket(bucket);
        call.set_expected_bucket_owner(owner).send().await.or_fault("DeleteBucketEncryption")?;
        aws.abandon("aws_s3_bucket_server_side_encryption_configuration", id);
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn put(aws: &Aws, want: &EncryptionConfiguration) -> Result<()> {
    let rules = sdk::ServerSideEncryptionConfiguration::builder().set_rules(want.rule.to_sdk());
    let call = aws.s3().put_bucket_encryption().bucket(&want.bucket);
    let call = call.set_expected_bucket_owner(want.expected_bucket_owner.clone());
    let call = call.server_side_encryption_configuration(rules.build().expect("rules are set"));
    call.send().await.or_fault("PutBucketEncryption")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<EncryptionConfiguration>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_encryption().bucket(bucket);
    let call = call.set_expected_bucket_owner(owner.clone());
    let Some(answer) = aspect(call.send().await.or_fault("GetBucketEncryption"))? else {
        return Ok(None);
    };
    let Some(it) = answer.server_side_encryption_configuration() else { return Ok(None) };
    let attributes = EncryptionConfiguration {
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        rule: BTreeSet::from_sdk(it.rules()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}
