//! `aws_s3_bucket_public_access_block`: keeps a bucket from being opened to everyone.

use aws_sdk_s3::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed, each};
use crate::s3::{aspect, classify_aspect};

/// Keeps a bucket from being opened to everyone.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_public_access_block")]
pub(crate) struct PublicAccessBlock {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// Whether ACLs that open it are refused.
    #[attr(default = false)]
    block_public_acls: bool,
    /// Whether policies that open it are refused.
    #[attr(default = false)]
    block_public_policy: bool,
    /// Whether ACLs that open it count for nothing.
    #[attr(default = false)]
    ignore_public_acls: bool,
    /// Whether policies that open it count only within the account and for AWS services.
    #[attr(default = false)]
    restrict_public_buckets: bool,
    /// The bucket.
    id: Out<String>,
}

impl Resource for PublicAccessBlock {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(want.bucket.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want;
            block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets)
        {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.s3().delete_public_access_block().bucket(id);
        call.send().await.or_fault("DeletePublicAccessBlock")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn put(aws: &Aws, want: &PublicAccessBlock) -> Result<()> {
    let it = sdk::PublicAccessBlockConfiguration::builder()
        .block_public_acls(want.block_public_acls)
        .block_public_policy(want.block_public_policy)
        .ignore_public_acls(want.ignore_public_acls)
        .restrict_public_buckets(want.restrict_public_buckets);
    let call = aws.s3().put_public_access_block().bucket(&want.bucket);
    let call = call.public_access_block_configuration(it.build());
    call.send().await.or_fault("PutPublicAccessBlock")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<PublicAccessBlock>>> {
    let call = aws.s3().get_public_access_block().bucket(id);
    let answer = aspect(call.send().await.or_fault("GetPublicAccessBlock"))?;
    let Some(it) = answer.and_then(|it| it.public_access_block_configuration) else {
        return Ok(None);
    };
    let attributes = PublicAccessBlock {
        bucket: id.to_owned(),
        block_public_acls: bool::from_sdk(it.block_public_acls()),
        block_public_policy: bool::from_sdk(it.block_public_policy()),
        ignore_public_acls: bool::from_sdk(it.ignore_public_acls()),
        restrict_public_buckets: bool::from_sdk(it.restrict_public_buckets()),
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
    async fn all_four_switches_are_sent() {
        let aws = Script::new([xml("")]);
        let want = want::<PublicAccessBlock>(
            r#"{"bucket": "web", "block_public_acls": true, "block_public_policy": true}"#,
        );
        PublicAccessBlock::create(&aws, &want, "token").await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?publicAccessBlock
                <PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn switches_are_read_back() {
        let aws = Script::new([xml(
            "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
             <IgnorePublicAcls>false</IgnorePublicAcls></PublicAccessBlockConfiguration>",
        )]);
        let found = PublicAccessBlock::read(&aws, &["web".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert!(it.block_public_acls && !it.ignore_public_acls && !it.restrict_public_buckets);
    }
}
