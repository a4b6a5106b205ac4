//! `aws_sns_topic`: where messages are published.

use model::{Attributes, Auto, Fault, FaultKind, Json, Live, Map, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::naming::{fifo_name, fifo_prefix_of, known};
use crate::policy::Policy;
use crate::resource::{Resource, Result, each};
use crate::sns::{attributes, retag, tags, tags_to_sdk, tell};
use crate::texts::texts;

/// Where messages are published.
#[derive(Debug, Clone, Default, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sns_topic")]
pub(crate) struct Topic {
    /// Its name; that of a FIFO topic ends in `.fifo`. Without it or `name_prefix`, a unique one is
    /// made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// ARN of the role that logs failed deliveries to mobile applications.
    application_failure_feedback_role_arn: Option<String>,
    /// ARN of the role that logs deliveries to mobile applications.
    application_success_feedback_role_arn: Option<String>,
    /// How many percent of the deliveries to mobile applications are logged.
    application_success_feedback_sample_rate: Option<i32>,
    /// For how long messages of a FIFO topic are kept, in JSON.
    archive_policy: Option<Json>,
    /// Whether a FIFO topic tells messages apart by their content.
    #[attr(default = false)]
    content_based_deduplication: bool,
    /// How often deliveries are tried, in JSON.
    delivery_policy: Option<Json>,
    /// The name that text messages show.
    display_name: Option<String>,
    /// How far the throughput of a FIFO topic reaches: `Topic` or `MessageGroup`.
    fifo_throughput_scope: Auto<String>,
    /// Whether messages stay in order and come once.
    #[attr(replace, default = false)]
    fifo_topic: bool,
    /// ARN of the role that logs failed deliveries to Firehose.
    firehose_failure_feedback_role_arn: Option<String>,
    /// ARN of the role that logs deliveries to Firehose.
    firehose_success_feedback_role_arn: Option<String>,
    /// How many percent of the deliveries to Firehose are logged.
    firehose_success_feedback_sample_rate: Option<i32>,
    /// ARN of the role that logs failed deliveries over HTTP.
    http_failure_feedback_role_arn: Option<String>,
    /// ARN of the role that logs deliveries over HTTP.
    http_success_feedback_role_arn: Option<String>,
    /// How many percent of the deliveries over HTTP are logged.
    http_success_feedback_sample_rate: Option<i32>,
    /// The KMS key that messages are encrypted with, by id, alias or ARN.
    kms_master_key_id: Option<String>,
    /// ARN of the role that logs failed deliveries to Lambda.
    lambda_failure_feedback_role_arn: Option<String>,
    /// ARN of the role that logs deliveries to Lambda.
    lambda_success_feedback_role_arn: Option<String>,
    /// How many percent of the deliveries to Lambda are logged.
    lambda_success_feedback_sample_rate: Option<i32>,
    /// Who may publish and subscribe, as an IAM policy document in JSON. At first its own account
    /// may.
    policy: Auto<Policy>,
    /// How messages are signed: 1 for SHA1, 2 for SHA256.
    signature_version: Auto<i32>,
    /// ARN of the role that logs failed deliveries to SQS.
    sqs_failure_feedback_role_arn: Option<String>,
    /// ARN of the role that logs deliveries to SQS.
    sqs_success_feedback_role_arn: Option<String>,
    /// How many percent of the deliveries to SQS are logged.
    sqs_success_feedback_sample_rate: Option<i32>,
    /// Whether X-Ray follows messages: `PassThrough` or `Active`.
    tracing_config: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// From when on messages can be replayed.
    #[attr(volatile)]
    beginning_archive_time: Out<String>,
    /// The account it belongs to.
    owner: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its ARN.
    id: Out<String>,
}

texts! {
    Topic {
        fifo_topic: "FifoTopic",
        application_failure_feedback_role_arn: "ApplicationFailureFeedbackRoleArn",
        application_success_feedback_role_arn: "ApplicationSuccessFeedbackRoleArn",
        application_success_feedback_sample_rate: "ApplicationSuccessFeedbackSampleRate",
        archive_policy: "ArchivePolicy",
        content_based_deduplication: "ContentBasedDeduplication",
        delivery_policy: "DeliveryPolicy",
        display_name: "DisplayName",
        fifo_throughput_scope: "FifoThroughputScope",
        firehose_failure_feedback_role_arn: "FirehoseFailureFeedbackRoleArn",
        firehose_success_feedback_role_arn: "FirehoseSuccessFeedbackRoleArn",
        firehose_success_feedback_sample_rate: "FirehoseSuccessFeedbackSampleRate",
        http_failure_feedback_role_arn: "HTTPFailureFeedbackRoleArn",
        http_success_feedback_role_arn: "HTTPSuccessFeedbackRoleArn",
        http_success_feedback_sample_rate: "HTTPSuccessFeedbackSampleRate",
        kms_master_key_id: "KmsMasterKeyId",
        lambda_failure_feedback_role_arn: "LambdaFailureFeedbackRoleArn",
        lambda_success_feedback_role_arn: "LambdaSuccessFeedbackRoleArn",
        lambda_success_feedback_sample_rate: "LambdaSuccessFeedbackSampleRate",
        policy: "Policy",
        signature_version: "SignatureVersion",
        sqs_failure_feedback_role_arn: "SQSFailureFeedbackRoleArn",
        sqs_success_feedback_role_arn: "SQSSuccessFeedbackRoleArn",
        sqs_success_feedback_sample_rate: "SQSSuccessFeedbackSampleRate",
        tracing_config: "TracingConfig",
    }
    shown { arn: "TopicArn", beginning_archive_time: "BeginningArchiveTime", owner: "Owner" }
}

impl Resource for Topic {
    const BATCH: usize = 50;
    const TAKES_OVER: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// The one call takes what there is to encrypt and to guard from the first message on. Who logs
    /// deliveries is told by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = fifo_name(&want.name, &want.name_prefix, want.fifo_topic, token);
        let first = |it: &(&str, String)| !it.0.contains("Feedback");
        let texts = want.texts().into_iter().filter(first);
        let texts = texts.map(|(name, text)| (name.to_owned(), text)).collect();
        let call = aws.sns().create_topic().name(name).set_attributes(Some(texts));
        let call = call.set_tags(Some(tags_to_sdk(&want.tags)));
        must(call.send().await.or_fault("CreateTopic")?.topic_arn, "CreateTopic")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        for (name, text) in want.changes_from(have) {
            // An archive is given up with an empty policy, not with none.
            let text = if name == "ArchivePolicy" && text.is_empty() { "{}" } else { &text };
            tell(aws, id, name, text).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// A topic that keeps messages is not deleted.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if have.archive_policy.is_some() {
            tell(aws, id, "ArchivePolicy", "{}").await?;
        }
        aws.sns().delete_topic().topic_arn(id).send().await.or_fault("DeleteTopic")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        Ok(Some(aws.arn("sns", claim).await?))
    }

    /// Names are unique, so a topic of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = fifo_name(&want.name, &want.name_prefix, want.fifo_topic, token);
        let arn = aws.arn("sns", &name).await?;
        Ok((tags(aws, &arn).await? == want.tags).then_some(arn))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        crate::naming::check_fifo(given, "fifo_topic")
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "InvalidParameter" | "InvalidParameterException")
                if fault.message.contains("already exists") =>
            {
                Some(FaultKind::Exists)
            }
            // The policy or a setting names a role that was created a moment ago.
            (Op::Create | Op::Update, "InvalidParameter" | "InvalidParameterException")
                if fault.message.contains("PrincipalNotFound")
                    || fault.message.contains("role") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

async fn live(aws: &Aws, arn: &str) -> Result<Option<Live<Topic>>> {
    let all = attributes(aws, arn).await?;
    let name = arn.rsplit(':').next().unwrap_or_default();
    let it = Topic::from_texts(|name| all.get(name).map(String::as_str));
    let attributes = Topic {
        name: Auto(Some(name.to_owned())),
        name_prefix: Auto(fifo_prefix_of(name)),
        archive_policy: it.archive_policy.filter(|it| it.0 != "{}"),
        tags: tags(aws, arn).await?,
        arn: Out(Some(arn.to_owned())),
        id: Out(Some(arn.to_owned())),
        ..it
    };
    Ok(Some(Live { id: arn.to_owned(), phase: Phase::Ready, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    const JOBS: &str = r#"{"name": "jobs", "display_name": "Jobs", "tags": {"a": "b"},
        "kms_master_key_id": "alias/jobs", "sqs_success_feedback_role_arn": "arn:role",
        "sqs_success_feedback_sample_rate": 50}"#;
    const ARN: &str = "arn:aws:sns:eu-west-1:1:jobs";

    #[tokio::test]
    async fn a_topic_is_encrypted_from_the_first_message_on() {
        let created = query("CreateTopic", &format!("<TopicArn>{ARN}</TopicArn>"));
        let aws = Script::new([created]);
        let want = Topic { display_name: None, ..want(JOBS) };

        assert_eq!(Topic::create(&aws, &want, "token").await.unwrap(), ARN);

        aws.sent(expect![[r#"
            CreateTopic
                Attributes.entry.1.key=KmsMasterKeyId
                Attributes.entry.1.value=alias/jobs
                Name=jobs
                Tags.member.1.Key=a
                Tags.member.1.Value=b
        "#]]);
    }

    #[tokio::test]
    async fn only_what_differs_is_told() {
        let aws = Script::agreeable();
        let have = want::<Topic>(JOBS);
        let want = Topic {
            display_name: None,
            sqs_success_feedback_sample_rate: None,
            policy: Auto(Some(Policy(r#"{"Statement": []}"#.to_owned()))),
            ..have.clone()
        };

        Topic::update(&aws, ARN, &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            SetTopicAttributes
                AttributeName=DisplayName
                AttributeValue=
                TopicArn=arn:aws:sns:eu-west-1:1:jobs
            SetTopicAttributes
                AttributeName=Policy
                AttributeValue={"Statement": []}
                TopicArn=arn:aws:sns:eu-west-1:1:jobs
            SetTopicAttributes
                AttributeName=SQSSuccessFeedbackSampleRate
                AttributeValue=0
                TopicArn=arn:aws:sns:eu-west-1:1:jobs
        "#]]);
    }

    #[tokio::test]
    async fn what_is_read_is_what_was_written() {
        let entry = |name, text| format!("<entry><key>{name}</key><value>{text}</value></entry>");
        let shown = [
            entry("DisplayName", "Jobs"),
            entry("KmsMasterKeyId", "alias/jobs"),
            entry("SQSSuccessFeedbackRoleArn", "arn:role"),
            entry("SQSSuccessFeedbackSampleRate", "50"),
            entry("Owner", "1"),
            entry("TopicArn", ARN),
        ];
        let shown = format!("<Attributes>{}</Attributes>", shown.concat());
        let tags = "<Tags><member><Key>a</Key><Value>b</Value></member></Tags>";
        let aws =
            Script::new([query("GetTopicAttributes", &shown), query("ListTagsForResource", tags)]);

        let found = Topic::read(&aws, &[ARN.to_owned()]).await.unwrap().remove(0).attributes;

        let want = want::<Topic>(JOBS);
        assert!(want.changes_from(&found).is_empty());
        assert_eq!((found.tags, found.owner.0), (want.tags, Some("1".to_owned())));
    }

    #[tokio::test]
    async fn an_archive_is_given_up_before_its_topic() {
        let aws = Script::agreeable();
        let have =
            want(r#"{"name": "a.fifo", "archive_policy": "{\"MessageRetentionPeriod\": 3}"}"#);

        Topic::delete(&aws, ARN, &have).await.unwrap();

        aws.sent(expect![[r#"
            SetTopicAttributes
                AttributeName=ArchivePolicy
                AttributeValue={}
                TopicArn=arn:aws:sns:eu-west-1:1:jobs
            DeleteTopic
                TopicArn=arn:aws:sns:eu-west-1:1:jobs
        "#]]);
    }
}
