//! `aws_s3_bucket_ownership_controls`: whom the objects of a bucket belong to.

use aws_sdk_s3::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Mirror, One, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each};
use crate::s3::{aspect, classify_aspect};

/// Whom the objects of a bucket belong to.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_ownership_controls")]
pub(crate) struct OwnershipControls {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// The rule.
    #[attr(required)]
    rule: One<Rule>,
    /// The bucket.
    id: Out<String>,
}

/// Whom objects belong to.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::OwnershipControlsRule, checked)]
pub(crate) struct Rule {
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    object_ownership: String,
}

impl Resource for OwnershipControls {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let rules: Vec<_> = want.rule.0.iter().filter_map(ToSdk::to_sdk).collect();
        let it = sdk::OwnershipControls::builder().set_rules(Some(rules));
        let call = aws.s3().put_bucket_ownership_controls().bucket(&want.bucket);
        let call = call.ownership_controls(it.build().expect("rules are set"));
        call.send().await.or_fault("PutBucketOwnershipControls")?;
        Ok(want.bucket.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.rule != want.rule {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.s3().delete_bucket_ownership_controls().bucket(id);
        call.send().await.or_fault("DeleteBucketOwnershipControls")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify_aspect(op, fault)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<OwnershipControls>>> {
    let call = aws.s3().get_bucket_ownership_controls().bucket(id);
    let answer = aspect(call.send().await.or_fault("GetBucketOwnershipControls"))?;
    let Some(it) = answer.and_then(|it| it.ownership_controls) else { return Ok(None) };
    let attributes = OwnershipControls {
        bucket: id.to_owned(),
        rule: One(it.rules().first().map(Rule::from_sdk)),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}
