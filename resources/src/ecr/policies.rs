//! `aws_ecr_repository_policy` and `aws_ecr_lifecycle_policy`: who may use a repository's images, and
//! which images are kept.

use model::{Attributes, Fault, FaultKind, Json, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};

/// Who may use a repository's images.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_repository_policy")]
pub(crate) struct RepositoryPolicy {
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Policy,
    /// The name of the repository.
    #[attr(replace)]
    repository: String,
    /// The account whose registry it is in.
    registry_id: Out<String>,
    /// The name of the repository.
    id: Out<String>,
}

/// Which images of a repository are kept.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecr_lifecycle_policy")]
pub(crate) struct LifecyclePolicy {
    /// The rules, in JSON.
    policy: Json,
    /// The name of the repository.
    #[attr(replace)]
    repository: String,
    /// The account whose registry it is in.
    registry_id: Out<String>,
    /// The name of the repository.
    id: Out<String>,
}

impl Resource for RepositoryPolicy {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let live = |id: String| async move {
            let call = aws.ecr().get_repository_policy().repository_name(&id);
            let it = call.send().await.or_fault("GetRepositoryPolicy")?;
            let attributes = RepositoryPolicy {
                policy: Policy::from_sdk(it.policy_text()),
                repository: id.clone(),
                registry_id: Out::from_sdk(it.registry_id()),
                id: Out(Some(id.clone())),
            };
            Ok(Some(Live { id, phase: Phase::Ready, attributes }))
        };
        each(ids, |id| live(id.to_owned())).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ecr().set_repository_policy().repository_name(&want.repository);
        call.policy_text(&want.policy.0).send().await.or_fault("SetRepositoryPolicy")?;
        Ok(want.repository.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ecr().delete_repository_policy().repository_name(id);
        call.send().await.or_fault("DeleteRepositoryPolicy")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The policy names a role or user that was created a moment ago.
            (Op::Create | Op::Update, "InvalidParameterException")
                if fault.message.contains("Invalid repository policy provided") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

impl Resource for LifecyclePolicy {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let live = |id: String| async move {
            let call = aws.ecr().get_lifecycle_policy().repository_name(&id);
            let it = call.send().await.or_fault("GetLifecyclePolicy")?;
            let attributes = LifecyclePolicy {
                policy: Json::from_sdk(it.lifecycle_policy_text()),
                repository: id.clone(),
                registry_id: Out::from_sdk(it.registry_id()),
                id: Out(Some(id.clone())),
            };
            Ok(Some(Live { id, phase: Phase::Ready, attributes }))
        };
        each(ids, |id| live(id.to_owned())).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ecr().put_lifecycle_policy().repository_name(&want.repository);
        call.lifecycle_policy_text(&want.policy.0).send().await.or_fault("PutLifecyclePolicy")?;
        Ok(want.repository.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            Self::create(aws, want, "").await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ecr().delete_lifecycle_policy().repository_name(id);
        call.send().await.or_fault("DeleteLifecyclePolicy")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    #[tokio::test]
    async fn policies_are_put_as_they_are_written() {
        let aws = Script::new([json("{}"), json("{}")]);
        let text = r#"{"repository": "app", "policy": "{\"rules\": []}"}"#;
        LifecyclePolicy::create(&aws, &want(text), "token").await.unwrap();
        RepositoryPolicy::create(&aws, &want(text), "token").await.unwrap();
        aws.sent(expect![[r#"
            PutLifecyclePolicy
                lifecyclePolicyText="{\"rules\": []}"
                repositoryName="app"
            SetRepositoryPolicy
                policyText="{\"rules\": []}"
                repositoryName="app"
        "#]]);
    }

    #[tokio::test]
    async fn a_repository_without_a_policy_has_none() {
        let aws = Script::new([json_refusal("LifecyclePolicyNotFoundException", "none")]);
        assert!(LifecyclePolicy::read(&aws, &["app".to_owned()]).await.unwrap().is_empty());
    }
}
