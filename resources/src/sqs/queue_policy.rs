//! `aws_sqs_queue_policy`: who may use a queue.

use std::collections::BTreeMap;

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::sqs::{attributes, classify, phase, tell};

/// Who may use a queue.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sqs_queue_policy", version = 1)]
pub(crate) struct QueuePolicy {
    /// What is allowed or denied, as an IAM policy document in JSON.
    policy: Policy,
    /// The URL of the queue.
    #[attr(replace)]
    queue_url: String,
    /// The URL of the queue.
    id: Out<String>,
}

impl Resource for QueuePolicy {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(3, 3, 3);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Telling a policy again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        write(aws, &want.queue_url, &want.policy.0).await?;
        Ok(want.queue_url.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.policy != want.policy {
            write(aws, id, &want.policy.0).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        write(aws, id, "").await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = live(aws, &want.queue_url).await?;
        Ok(found.filter(|it| it.attributes.policy == want.policy).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

async fn write(aws: &Aws, url: &str, policy: &str) -> Result<()> {
    tell(aws, url, BTreeMap::from([("Policy", policy.to_owned())])).await
}

async fn live(aws: &Aws, url: &str) -> Result<Option<Live<QueuePolicy>>> {
    let all = attributes(aws, url).await?;
    let Some(policy) = all.get("Policy").filter(|it| !it.is_empty()) else { return Ok(None) };
    let attributes = QueuePolicy {
        policy: Policy(policy.clone()),
        queue_url: url.to_owned(),
        id: Out(Some(url.to_owned())),
    };
    Ok(Some(Live { id: url.to_owned(), phase: phase(aws, url, &all), attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn a_queue_without_a_policy_has_none() {
        let aws = Script::new([json("{}"), json(r#"{"Attributes": {"QueueArn": "a"}}"#)]);
        let have = want::<QueuePolicy>(r#"{"queue_url": "https://q", "policy": "{}"}"#);

        QueuePolicy::delete(&aws, "https://q", &have).await.unwrap();
        assert!(QueuePolicy::read(&aws, &["https://q".to_owned()]).await.unwrap().is_empty());

        aws.sent(expect![[r#"
            SetQueueAttributes
                Attributes={"Policy":""}
                QueueUrl="https://q"
            GetQueueAttributes
                AttributeNames=["All"]
                QueueUrl="https://q"
        "#]]);
    }
}
