//! `aws_sns_topic_policy`: who may publish to a topic and subscribe to it.

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::aws::Aws;
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::sns::{attributes, tell};

/// Who may publish to a topic and subscribe to it. Without one its own account may.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sns_topic_policy")]
pub(crate) struct TopicPolicy {
    /// ARN of the topic.
    #[attr(replace)]
    arn: String,
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Policy,
    /// The account the topic belongs to.
    owner: Out<String>,
    /// ARN of the topic.
    id: Out<String>,
}

impl Resource for TopicPolicy {
    const BATCH: usize = 50;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Telling a policy again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        tell(aws, &want.arn, "Policy", &want.policy.0).await?;
        Ok(want.arn.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            tell(aws, id, "Policy", &want.policy.0).await?;
        }
        Ok(())
    }

    /// A topic always has a policy: it gets the one that it had at first.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let account = have.owner.0.as_deref().or_else(|| id.split(':').nth(4)).unwrap_or_default();
        tell(aws, id, "Policy", &first_policy(id, account)).await?;
        aws.abandon(Self::SCHEMA.name, id);
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = live(aws, &want.arn).await?;
        Ok(found.filter(|it| it.attributes.policy == want.policy).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The policy names a role or user that was created a moment ago.
        let fresh = fault.message.contains("PrincipalNotFound");
        (fresh && matches!(op, Op::Create | Op::Update)).then_some(FaultKind::NotYet)
    }
}

async fn live(aws: &Aws, arn: &str) -> Result<Option<Live<TopicPolicy>>> {
    let mut all = attributes(aws, arn).await?;
    let Some(policy) = all.remove("Policy").filter(|it| !it.is_empty()) else { return Ok(None) };
    let attributes = TopicPolicy {
        arn: arn.to_owned(),
        policy: Policy(policy),
        owner: Out(all.remove("Owner")),
        id: Out(Some(arn.to_owned())),
    };
    Ok(Some(Live { id: arn.to_owned(), phase: Phase::Ready, attributes }))
}

/// What SNS gives a topic that is created without a policy.
fn first_policy(arn: &str, account: &str) -> String {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": actions.map(|it| format!("SNS:{it}")),
            "Resource": arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Typed;
    use crate::testing::{Script, query, want};
    use model::ResourceType;

    const ARN: &str = "arn:aws:sns:eu-west-1:123456789012:jobs";

    #[tokio::test]
    async fn a_policy_that_is_taken_away_is_gone_though_the_topic_has_one() {
        let policy = "<Attributes><entry><key>Policy</key><value>{}</value></entry></Attributes>";
        let aws = Script::new([
            query("SetTopicAttributes", ""),
            query("GetTopicAttributes", policy),
            query("SetTopicAttributes", ""),
            query("GetTopicAttributes", policy),
        ]);
        let ty = Typed::<TopicPolicy>::new(aws.aws());
        let have = [("arn", ARN), ("policy", "{}")];
        let have = have.map(|(name, it)| (name.to_owned(), json!(it))).into_iter().collect();

        ty.delete(ARN, &have).await.unwrap();
        assert!(ty.read(&[ARN.to_owned()]).await.unwrap().is_empty());
        ty.create(&have, "token").await.unwrap();
        assert_eq!(ty.read(&[ARN.to_owned()]).await.unwrap().len(), 1);
        assert!(aws.transcript().contains(r#""AWS:SourceOwner":"123456789012""#));
    }

    #[tokio::test]
    async fn a_policy_in_other_words_is_not_sent() {
        let aws = Script::agreeable();
        let it = |actions: &str| {
            let policy = format!(r#"{{"Statement": [{{"Action": {actions}}}]}}"#);
            want::<TopicPolicy>(&json!({"arn": ARN, "policy": policy}).to_string())
        };

        TopicPolicy::update(&aws, ARN, &it(r#"["sns:a", "sns:b"]"#), &it(r#"["SNS:b", "SNS:a"]"#))
            .await
            .unwrap();
        assert_eq!(aws.asked(), 0);
    }
}
