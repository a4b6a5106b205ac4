//! `aws_s3_bucket_policy`: who may do what with a bucket and its objects.

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::s3::{aspect, classify_aspect};

/// Who may do what with a bucket and its objects.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_policy")]
pub(crate) struct BucketPolicy {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Policy,
    /// The bucket.
    id: Out<String>,
}

impl Resource for BucketPolicy {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(want.bucket.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.s3().delete_bucket_policy().bucket(id);
        call.send().await.or_fault("DeleteBucketPolicy")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The policy names a role or user that was created a moment ago.
            (Op::Create | Op::Update, "MalformedPolicy")
                if fault.message.contains("Invalid principal") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => classify_aspect(op, fault),
        }
    }
}

async fn put(aws: &Aws, want: &BucketPolicy) -> Result<()> {
    let call = aws.s3().put_bucket_policy().bucket(&want.bucket).policy(&want.policy.0);
    call.send().await.or_fault("PutBucketPolicy")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<BucketPolicy>>> {
    let answer = aws.s3().get_bucket_policy().bucket(id).send().await.or_fault("GetBucketPolicy");
    let Some(policy) = aspect(answer)?.and_then(|it| it.policy) else { return Ok(None) };
    let attributes = BucketPolicy {
        bucket: id.to_owned(),
        policy: Policy(policy),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, want, xml};

    const WEB: &str = r#"{"bucket": "web", "policy": "{\"Statement\": []}"}"#;

    #[tokio::test]
    async fn a_policy_is_put_as_it_is_written() {
        let aws = Script::new([xml("")]);
        assert_eq!(BucketPolicy::create(&aws, &want(WEB), "token").await.unwrap(), "web");
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?policy
                Statement=[]
        "#]]);
    }

    #[tokio::test]
    async fn a_bucket_without_a_policy_has_none() {
        let aws = Script::new([s3_refusal("NoSuchBucketPolicy", "The policy does not exist")]);
        assert!(BucketPolicy::read(&aws, &["web".to_owned()]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_policy_waits_for_the_role_it_names() {
        let aws = Script::new([s3_refusal("MalformedPolicy", "Invalid principal in policy")]);
        let fault = BucketPolicy::create(&aws, &want(WEB), "token").await.unwrap_err();
        assert_eq!(BucketPolicy::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }
    /// The same run may be about to unblock public access, or to change the bucket otherwise.
    #[tokio::test]
    async fn a_policy_waits_for_other_changes_to_the_bucket() {
        let blocked = "because public policies are prevented by the BlockPublicPolicy setting in \
                       S3 Block Public Access.";
        for (code, message, kind) in [
            ("AccessDenied", blocked, FaultKind::NotYet),
            ("AccessDenied", "no identity-based policy allows it", FaultKind::Rejected),
            ("OperationAborted", "A conflicting operation is in progress", FaultKind::Busy),
        ] {
            let aws = Script::new([s3_refusal(code, message)]);
            let fault = BucketPolicy::create(&aws, &want(WEB), "token").await.unwrap_err();
            let judged = BucketPolicy::classify(Op::Create, &fault).unwrap_or(fault.kind);
            assert_eq!(judged, kind);
        }
    }
}
