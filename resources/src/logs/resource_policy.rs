//! `aws_cloudwatch_log_resource_policy`: which services may write logs.

use model::{Attributes, Live, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::policy::Policy;
use crate::resource::{Resource, Result};

/// Which services may write logs.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_resource_policy")]
pub(crate) struct ResourcePolicy {
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy_document: Policy,
    /// Its name.
    #[attr(replace)]
    policy_name: String,
    /// Its name.
    id: Out<String>,
}

impl Resource for ResourcePolicy {
    /// An account has ten in a region at most.
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// Policies are only listed all together.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let call = aws.logs().describe_resource_policies().set_next_token(next);
            let answer = call.send().await.or_fault("DescribeResourcePolicies")?;
            for it in answer.resource_policies() {
                let id = String::from_sdk(it.policy_name());
                let attributes = ResourcePolicy {
                    policy_document: Policy::from_sdk(it.policy_document()),
                    policy_name: id.clone(),
                    id: Out(Some(id.clone())),
                };
                found.push(Live { id, phase: Phase::Ready, attributes });
            }
            next = answer.next_token;
            if next.is_none() {
                break;
            }
        }
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    /// Putting a policy again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.logs().put_resource_policy().policy_name(&want.policy_name);
        let call = call.policy_document(&want.policy_document.0);
        call.send().await.or_fault("PutResourcePolicy")?;
        Ok(want.policy_name.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy_document != want.policy_document {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.logs().delete_resource_policy().policy_name(id);
        call.send().await.or_fault("DeleteResourcePolicy")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.policy_name)).await?;
        let same = |it: &Live<Self>| it.attributes.policy_document == want.policy_document;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn policies_are_read_together() {
        let policies = r#"{"resourcePolicies": [{"policyName": "a", "policyDocument": "{}"},
            {"policyName": "b", "policyDocument": "{}"}]}"#;
        let aws = Script::new([json("{}"), json(policies)]);
        let want = want::<ResourcePolicy>(r#"{"policy_name": "a", "policy_document": "{ }"}"#);

        let id = ResourcePolicy::create(&aws, &want, "token").await.unwrap();
        assert_eq!(ResourcePolicy::find(&aws, &want, "token").await.unwrap(), Some(id));

        aws.sent(expect![[r#"
            PutResourcePolicy
                policyDocument="{ }"
                policyName="a"
            DescribeResourcePolicies
        "#]]);
    }
}
