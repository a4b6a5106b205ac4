//! `aws_secretsmanager_secret_policy`: who may read a secret.

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase, Timeouts, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::policy::Policy;
use crate::resource::{Resource, Result, changed, each};

/// Who may read a secret.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_secretsmanager_secret_policy")]
pub(crate) struct SecretPolicy {
    /// Whether a policy that lets everybody in is refused.
    block_public_policy: Unread<bool>,
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Policy,
    /// ARN of the secret.
    #[attr(replace)]
    secret_arn: String,
    /// ARN of the secret.
    id: Out<String>,
}

impl Resource for SecretPolicy {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Putting a policy again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.secretsmanager().put_resource_policy().secret_id(&want.secret_arn);
        let call = call
            .resource_policy(&want.policy.0)
            .set_block_public_policy(want.block_public_policy.0);
        call.send().await.or_fault("PutResourcePolicy")?;
        Ok(want.secret_arn.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; block_public_policy, policy) {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.secretsmanager().delete_resource_policy().secret_id(id);
        call.send().await.or_fault("DeleteResourcePolicy")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = live(aws, &want.secret_arn).await?;
        Ok(found.filter(|it| it.attributes.policy == want.policy).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The policy names a role or user that was created a moment ago.
            (Op::Create | Op::Update, "MalformedPolicyDocumentException")
                if fault.message.contains("principals") =>
            {
                Some(FaultKind::NotYet)
            }
            // The secret is being deleted.
            (Op::Read | Op::Delete, "InvalidRequestException")
                if fault.message.contains("marked for deletion") =>
            {
                Some(FaultKind::NotFound)
            }
            _ => None,
        }
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<SecretPolicy>>> {
    let answer = aws.secretsmanager().get_resource_policy().secret_id(id).send().await;
    let it = answer.or_fault("GetResourcePolicy")?;
    let Some(policy) = it.resource_policy().filter(|it| !it.is_empty()) else { return Ok(None) };
    let attributes = SecretPolicy {
        block_public_policy: Unread(None),
        policy: Policy::from_sdk(policy),
        secret_arn: id.to_owned(),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_secret_without_a_policy_has_none() {
        let aws = Script::new([json("{}"), json("{}"), json(r#"{"ARN": "arn:s"}"#)]);
        let have = want::<SecretPolicy>(
            r#"{"secret_arn": "arn:s", "policy": "{}", "block_public_policy": true}"#,
        );

        let id = SecretPolicy::create(&aws, &have, "token").await.unwrap();
        SecretPolicy::delete(&aws, &id, &have).await.unwrap();
        assert!(SecretPolicy::read(&aws, &[id]).await.unwrap().is_empty());

        aws.sent(expect![[r#"
            PutResourcePolicy
                BlockPublicPolicy=true
                ResourcePolicy="{}"
                SecretId="arn:s"
            DeleteResourcePolicy
                SecretId="arn:s"
            GetResourcePolicy
                SecretId="arn:s"
        "#]]);
    }
}
