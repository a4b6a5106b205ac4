//! `aws_s3_bucket_logging`: where the log of requests to a bucket goes.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Mirror, One, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, each};
use crate::s3::grants::Grantee;
use crate::s3::{aspect, classify_aspect, owned, owner_of};

/// Where the log of requests to a bucket goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_logging")]
pub(crate) struct BucketLogging {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The account that the bucket must belong to.
    #[attr(replace)]
    expected_bucket_owner: Option<String>,
    /// The bucket that logs are written to.
    target_bucket: String,
    /// What the keys of logs begin with.
    target_prefix: String,
    /// Who else may do what with the logs.
    target_grant: BTreeSet<TargetGrant>,
    /// How the keys of logs are made.
    target_object_key_format: One<KeyFormat>,
    /// The bucket, and the expected owner if there is one.
    id: Out<String>,
}

/// What someone may do with the logs.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetGrant)]
pub(crate) struct TargetGrant {
    /// `FULL_CONTROL`, `READ` or `WRITE`.
    permission: String,
    /// Who it is.
    #[attr(required)]
    grantee: One<Grantee>,
}

/// How the keys of logs are made: one of two ways.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::TargetObjectKeyFormat)]
pub(crate) struct KeyFormat {
    /// With the account, region, bucket and day as folders.
    partitioned_prefix: One<Partitioned>,
    /// With the time alone.
    simple_prefix: One<Simple>,
}

/// Keys with the account, region, bucket and day as folders.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PartitionedPrefix)]
pub(crate) struct Partitioned {
    /// Which day it is: `EventTime` or `DeliveryTime`.
    partition_date_source: String,
}

/// Keys with the time alone.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Simple {}

impl ToSdk<Option<sdk::SimplePrefix>> for Simple {
    fn to_sdk(&self) -> Option<sdk::SimplePrefix> {
        Some(sdk::SimplePrefix::builder().build())
    }
}

impl<'a> FromSdk<&'a sdk::SimplePrefix> for Simple {
    fn from_sdk(_: &'a sdk::SimplePrefix) -> Self {
        Simple {}
    }
}

impl Resource for BucketLogging {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let id = owned(&want.bucket, want.expected_bucket_owner.as_deref());
        put(aws, &id, Some(want)).await?;
        Ok(id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want;
            target_bucket, target_prefix, target_grant, target_object_key_format)
        {
            put(aws, id, Some(want)).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        put(aws, id, None).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The bucket for the logs, or its policy or ACL that lets them in, was made a moment ago.
            (Op::Create | Op::Update, "InvalidTargetBucketForLogging") => Some(FaultKind::NotYet),
            _ => classify_aspect(op, fault),
        }
    }
}

/// Says where logs go. With nothing to say, there are none.
async fn put(aws: &Aws, id: &str, want: Option<&BucketLogging>) -> Result<()> {
    let (bucket, owner) = owner_of(id);
    let target = want.map(|it| {
        let grants = it.target_grant.to_sdk().filter(|it: &Vec<_>| !it.is_empty());
        let target = sdk::LoggingEnabled::builder()
            .target_bucket(&it.target_bucket)
            .target_prefix(&it.target_prefix)
            .set_target_grants(grants)
            .set_target_object_key_format(it.target_object_key_format.to_sdk());
        target.build().expect("a bucket and a prefix are set")
    });
    let status = sdk::BucketLoggingStatus::builder().set_logging_enabled(target).build();
    let call = aws.s3().put_bucket_logging().bucket(bucket).bucket_logging_status(status);
    call.set_expected_bucket_owner(owner).send().await.or_fault("PutBucketLogging")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<BucketLogging>>> {
    let (bucket, owner) = owner_of(id);
    let call = aws.s3().get_bucket_logging().bucket(bucket);
    let call = call.set_expected_bucket_owner(owner.clone());
    let answer = aspect(call.send().await.or_fault("GetBucketLogging"))?;
    let Some(it) = answer.and_then(|it| it.logging_enabled) else { return Ok(None) };
    let attributes = BucketLogging {
        bucket: bucket.to_owned(),
        expected_bucket_owner: owner,
        target_bucket: it.target_bucket().to_owned(),
        target_prefix: it.target_prefix().to_owned(),
        target_grant: BTreeSet::from_sdk(it.target_grants()),
        target_object_key_format: One::from_sdk(it.target_object_key_format()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, want, xml};

    #[tokio::test]
    async fn logs_go_to_another_bucket_and_then_nowhere() {
        let aws = Script::new([xml(""), xml("")]);
        let want = want::<BucketLogging>(
            r#"{"bucket": "web", "target_bucket": "logs", "target_prefix": "web/",
                "target_grant": [{"permission": "READ", "grantee": [{"type": "CanonicalUser", "id": "you"}]}],
                "target_object_key_format": [{"partitioned_prefix": [{"partition_date_source": "EventTime"}]}]}"#,
        );
        assert_eq!(BucketLogging::create(&aws, &want, "token").await.unwrap(), "web");
        BucketLogging::delete(&aws, "web", &want).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?logging
                <BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetGrants><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>you</ID></Grantee><Permission>READ</Permission></Grant></TargetGrants><TargetPrefix>web/</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>
            PUT web.s3.eu-west-1.amazonaws.com/?logging
                <BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></BucketLoggingStatus>
        "#]]);
    }

    #[tokio::test]
    async fn a_bucket_whose_requests_are_not_logged_has_none() {
        let aws = Script::new([xml("<BucketLoggingStatus/>")]);
        assert!(BucketLogging::read(&aws, &["web".to_owned()]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_simple_format_is_read_back() {
        let aws = Script::new([xml(
            "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix/>\
             <TargetObjectKeyFormat><SimplePrefix/></TargetObjectKeyFormat>\
             </LoggingEnabled></BucketLoggingStatus>",
        )]);
        let found = BucketLogging::read(&aws, &["web".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        let format = it.target_object_key_format.0.as_ref().unwrap();
        assert!(format.simple_prefix.0.is_some() && format.partitioned_prefix.0.is_none());
    }
}
