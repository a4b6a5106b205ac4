//! `aws_sqs_queue`: messages that wait to be worked on.

use std::collections::BTreeMap;

use model::Timeouts;
use model::{Attributes, Auto, Fault, FaultKind, Field, Live, Map, Op, Out, Shape, Tags, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::naming::{check_fifo, fifo_name, fifo_prefix_of, known};
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::sqs::{attributes, classify, keep_in_mind, phase, tell};
use crate::texts::{held, texts};

/// Messages that wait to be worked on.
#[derive(Debug, Clone, Default, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sqs_queue", timeouts = [create, update, delete])]
pub(crate) struct Queue {
    /// Its name; that of a FIFO queue ends in `.fifo`. Without it or `name_prefix`, a unique one is
    /// made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// Whether a FIFO queue tells messages apart by their content.
    #[attr(default = false)]
    content_based_deduplication: bool,
    /// Where a FIFO queue tells messages apart: in the `queue` or in the `messageGroup`.
    deduplication_scope: Auto<String>,
    /// For how many seconds a new message is held back.
    #[attr(default = 0)]
    delay_seconds: i32,
    /// Whether messages stay in order and come once.
    #[attr(replace, default = false)]
    fifo_queue: bool,
    /// How far the throughput of a FIFO queue reaches: `perQueue` or `perMessageGroupId`.
    fifo_throughput_limit: Auto<String>,
    /// For how many seconds a data key of KMS is used.
    kms_data_key_reuse_period_seconds: Auto<i32>,
    /// The KMS key that messages are encrypted with, by id, alias or ARN.
    kms_master_key_id: Option<String>,
    /// The most bytes that a message may have.
    #[attr(default = 262_144)]
    max_message_size: i32,
    /// For how many seconds a message is kept.
    #[attr(default = 345_600)]
    message_retention_seconds: i32,
    /// Who may use it, as an IAM policy document in JSON.
    policy: Auto<Policy>,
    /// For how many seconds a reader waits for a message at most.
    #[attr(default = 0)]
    receive_wait_time_seconds: i32,
    /// Which queues may send here what they give up, in JSON.
    redrive_allow_policy: Auto<Redrive>,
    /// Where messages go that nobody manages to work on, in JSON.
    redrive_policy: Auto<Redrive>,
    /// Whether SQS encrypts messages with a key of its own.
    sqs_managed_sse_enabled: Auto<bool>,
    /// For how many seconds a message that is being worked on is hidden from others.
    #[attr(default = 30)]
    visibility_timeout_seconds: i32,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its URL.
    url: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its URL.
    id: Out<String>,
}

texts! {
    Queue {
        fifo_queue: "FifoQueue",
        content_based_deduplication: "ContentBasedDeduplication",
        deduplication_scope: "DeduplicationScope",
        delay_seconds: "DelaySeconds",
        fifo_throughput_limit: "FifoThroughputLimit",
        kms_data_key_reuse_period_seconds: "KmsDataKeyReusePeriodSeconds",
        kms_master_key_id: "KmsMasterKeyId",
        max_message_size: "MaximumMessageSize",
        message_retention_seconds: "MessageRetentionPeriod",
        policy: "Policy",
        receive_wait_time_seconds: "ReceiveMessageWaitTimeSeconds",
        redrive_allow_policy: "RedriveAllowPolicy",
        redrive_policy: "RedrivePolicy",
        sqs_managed_sse_enabled: "SqsManagedSseEnabled",
        visibility_timeout_seconds: "VisibilityTimeout",
    }
    shown { arn: "QueueArn" }
}

/// Which queue gets the messages of which. Numbers may be texts, and queues come in any order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Redrive(pub String);

held!(Redrive);

impl Field for Redrive {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for Redrive {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.meaning().is_some_and(|it| other.meaning() == Some(it))
    }
}

impl Redrive {
    fn meaning(&self) -> Option<BTreeMap<String, Vec<String>>> {
        let text = |it: &Json| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        let texts = |it: Json| {
            let mut texts: Vec<String> = match &it {
                Json::Array(items) => items.iter().map(text).collect(),
                one => vec![text(one)],
            };
            texts.sort();
            texts
        };
        let Ok(Json::Object(fields)) = serde_json::from_str(&self.0) else { return None };
        Some(fields.into_iter().map(|(name, it)| (name, texts(it))).collect())
    }
}

impl Resource for Queue {
    const BATCH: usize = 50;
    const TAKES_OVER: bool = true;
    const TIMEOUTS: Timeouts = Timeouts::minutes(3, 3, 3);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = fifo_name(&want.name, &want.name_prefix, want.fifo_queue, token);
        let texts = want.texts();
        let named = texts.iter().map(|(name, text)| ((*name).into(), text.clone()));
        let call = aws.sqs().create_queue().queue_name(name);
        let call = call.set_attributes(Some(named.collect()));
        let tags = &want.tags.0;
        let call = call.set_tags((!tags.is_empty()).then(|| tags.clone().into_iter().collect()));
        let url = must(call.send().await.or_fault("CreateQueue")?.queue_url, "CreateQueue")?;
        keep_in_mind(aws, &url, &texts);
        Ok(url)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let changes = want.changes_from(have);
        if !changes.is_empty() {
            tell(aws, id, changes.into_iter().collect()).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.sqs().delete_queue().queue_url(id).send().await.or_fault("DeleteQueue")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let answer = aws.sqs().get_queue_url().queue_name(claim).send().await;
        Ok(answer.or_fault("GetQueueUrl")?.queue_url)
    }

    /// Names are unique, so a queue of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = fifo_name(&want.name, &want.name_prefix, want.fifo_queue, token);
        let Some(url) = Self::holder(aws, &name).await? else { return Ok(None) };
        Ok((tags(aws, &url).await? == want.tags).then_some(url))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let mut wrong = check_fifo(given, "fifo_queue");
        let own = given.get("sqs_managed_sse_enabled").and_then(Value::as_bool) == Some(true);
        if own && given.get("kms_master_key_id").is_some_and(|it| !it.is_null()) {
            let text = "messages are encrypted with a key of KMS or with one of SQS, not with both";
            wrong.push(("kms_master_key_id", text.to_owned()));
        }
        wrong
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

async fn live(aws: &Aws, url: &str) -> Result<Option<Live<Queue>>> {
    let all = attributes(aws, url).await?;
    let it = Queue::from_texts(|name| all.get(name).map(String::as_str));
    let name = url.rsplit('/').next().unwrap_or_default();
    let attributes = Queue {
        name: Auto(Some(name.to_owned())),
        name_prefix: Auto(fifo_prefix_of(name)),
        tags: tags(aws, url).await?,
        url: Out(Some(url.to_owned())),
        id: Out(Some(url.to_owned())),
        ..it
    };
    Ok(Some(Live { id: url.to_owned(), phase: phase(aws, url, &all), attributes }))
}

async fn tags(aws: &Aws, url: &str) -> Result<Tags> {
    let answer = aws.sqs().list_queue_tags().queue_url(url).send().await;
    Ok(answer.or_fault("ListQueueTags")?.tags.unwrap_or_default().into_iter().collect())
}

async fn retag(aws: &Aws, url: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.sqs().untag_queue().queue_url(url).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagQueue")?;
    }
    if !set.is_empty() {
        let call = aws.sqs().tag_queue().queue_url(url);
        let call = call.set_tags(Some(set.into_iter().collect()));
        call.send().await.or_fault("TagQueue")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::Phase;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    const URL: &str = "https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo";
    const JOBS: &str = r#"{"name": "jobs.fifo", "fifo_queue": true, "delay_seconds": 5,
        "sqs_managed_sse_enabled": false, "tags": {"a": "b"},
        "redrive_policy": "{\"deadLetterTargetArn\": \"arn:dead\", \"maxReceiveCount\": 3}"}"#;

    #[tokio::test]
    async fn a_queue_is_made_in_one_call() {
        let aws = Script::new([json(&format!(r#"{{"QueueUrl": "{URL}"}}"#))]);

        assert_eq!(Queue::create(&aws, &want(JOBS), "token").await.unwrap(), URL);

        aws.sent(expect![[r#"
            CreateQueue
                Attributes={"DelaySeconds":"5","FifoQueue":"true","MaximumMessageSize":"262144","MessageRetentionPeriod":"345600","ReceiveMessageWaitTimeSeconds":"0","RedrivePolicy":"{\"deadLetterTargetArn\": \"arn:dead\", \"maxReceiveCount\": 3}","SqsManagedSseEnabled":"false","VisibilityTimeout":"30"}
                QueueName="jobs.fifo"
                tags={"a":"b"}
        "#]]);
    }

    #[tokio::test]
    async fn a_change_is_done_when_it_reads_back() {
        let shown = |delay: &str| json(&format!(r#"{{"Attributes": {{{delay}"QueueArn": "a"}}}}"#));
        let aws = Script::new([
            json("{}"),
            shown(r#""DelaySeconds": "5", "#),
            json("{}"),
            shown(r#""DelaySeconds": "9", "#),
            json("{}"),
        ]);
        let have = want::<Queue>(JOBS);
        let want = Queue { delay_seconds: 9, ..have.clone() };

        Queue::update(&aws, URL, &have, &want).await.unwrap();
        let phase = async || Queue::read(&aws, &[URL.to_owned()]).await.unwrap()[0].phase.clone();
        let waits = Phase::changing("DelaySeconds is not visible everywhere yet");
        assert_eq!((phase().await, phase().await), (waits, Phase::Ready));

        aws.sent(expect![[r#"
            SetQueueAttributes
                Attributes={"DelaySeconds":"9"}
                QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"
            GetQueueAttributes
                AttributeNames=["All"]
                QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"
            ListQueueTags
                QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"
            GetQueueAttributes
                AttributeNames=["All"]
                QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"
            ListQueueTags
                QueueUrl="https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo"
        "#]]);
    }

    #[tokio::test]
    async fn a_queue_that_is_gone_is_gone() {
        let aws = Script::new([json_refusal(
            "com.amazonaws.sqs#QueueDoesNotExist",
            "The specified queue does not exist.",
        )]);
        let fault = Queue::read(&aws, &[URL.to_owned()]).await;
        let gone =
            fault.is_err_and(|it| Queue::classify(Op::Read, &it) == Some(FaultKind::NotFound));
        assert!(gone);
    }

    #[test]
    fn a_number_may_be_a_text() {
        let it = |it: &str| Redrive(it.to_owned());
        let number = it(r#"{"maxReceiveCount": 4, "deadLetterTargetArn": "a"}"#);
        assert_eq!(number, it(r#"{"deadLetterTargetArn":"a","maxReceiveCount":"4"}"#));
        assert_ne!(number, it(r#"{"deadLetterTargetArn":"a","maxReceiveCount":5}"#));
        assert_eq!(
            it(r#"{"sourceQueueArns": ["a", "b"]}"#),
            it(r#"{"sourceQueueArns": ["b", "a"]}"#)
        );
    }
}
