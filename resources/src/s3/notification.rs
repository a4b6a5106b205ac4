//! `aws_s3_bucket_notification`: who is told of what happens to a bucket's objects.
//!
//! A bucket has one list of all of them, so there is one object of this type for a bucket.

use std::collections::BTreeSet;

use aws_sdk_s3::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, each};
use crate::s3::classify_aspect;

const NAME: &str = "aws_s3_bucket_notification";

/// Who is told of what happens to a bucket's objects.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_s3_bucket_notification")]
pub(crate) struct Notification {
    /// The bucket.
    #[attr(replace)]
    bucket: String,
    /// Whether EventBridge is told of everything.
    #[attr(default = false)]
    eventbridge: bool,
    /// Lambda functions.
    lambda_function: Vec<Function>,
    /// SQS queues.
    queue: Vec<Queue>,
    /// SNS topics.
    topic: Vec<Topic>,
    /// The bucket.
    id: Out<String>,
}

/// The three kinds of targets have the same fields, but for the name of the target.
macro_rules! target {
    ($(#[$doc:meta])* $ty:ident, $sdk:ident, $(#[$arn_doc:meta])* $arn:ident: $arn_ty:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        pub(crate) struct $ty {
            /// What it is told of: `s3:ObjectCreated:*`.
            #[attr(required)]
            events: BTreeSet<String>,
            /// What the keys begin with of the objects it is told of.
            filter_prefix: Option<String>,
            /// What the keys end with of the objects it is told of.
            filter_suffix: Option<String>,
            /// The name of this entry. Without it, S3 makes one.
            id: Auto<String>,
            $(#[$arn_doc])*
            $arn: $arn_ty,
        }

        impl ToSdk<Option<sdk::$sdk>> for $ty {
            fn to_sdk(&self) -> Option<sdk::$sdk> {
                let it = sdk::$sdk::builder()
                    .set_events(self.events.to_sdk())
                    .set_filter(filter(&self.filter_prefix, &self.filter_suffix))
                    .set_id(self.id.to_sdk())
                    .$arn(text(&self.$arn));
                Some(it.build().expect("a target and events are set"))
            }
        }

        impl<'a> FromSdk<&'a sdk::$sdk> for $ty {
            fn from_sdk(it: &'a sdk::$sdk) -> Self {
                $ty {
                    events: BTreeSet::from_sdk(it.events()),
                    filter_prefix: part(it.filter(), "prefix"),
                    filter_suffix: part(it.filter(), "suffix"),
                    id: Auto::from_sdk(it.id()),
                    $arn: FromSdk::from_sdk(Some(it.$arn())),
                }
            }
        }
    };
}

target!(
    /// A Lambda function that is told.
    Function, LambdaFunctionConfiguration,
    /// ARN of the function.
    lambda_function_arn: Option<String>
);
target!(
    /// An SQS queue that is told.
    Queue, QueueConfiguration,
    /// ARN of the queue.
    queue_arn: String
);
target!(
    /// An SNS topic that is told.
    Topic, TopicConfiguration,
    /// ARN of the topic.
    topic_arn: String
);

impl Resource for Notification {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, &want.bucket, Some(want)).await?;
        Ok(want.bucket.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; eventbridge, lambda_function, queue, topic) {
            put(aws, id, Some(want)).await?;
        }
        Ok(())
    }

    /// A bucket always has a list of who is told. From now on nobody is in it.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        put(aws, id, None).await?;
        aws.abandon(NAME, id);
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // S3 tries whether it may tell the target, which was allowed a moment ago.
            (Op::Create | Op::Update, "InvalidArgument")
                if fault.message.contains("Unable to validate the following destination") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => classify_aspect(op, fault),
        }
    }
}

async fn put(aws: &Aws, bucket: &str, want: Option<&Notification>) -> Result<()> {
    let everything = want.filter(|it| it.eventbridge);
    let everything = everything.map(|_| sdk::EventBridgeConfiguration::builder().build());
    let it = sdk::NotificationConfiguration::builder()
        .set_event_bridge_configuration(everything)
        .set_lambda_function_configurations(want.and_then(|it| it.lambda_function.to_sdk()))
        .set_queue_configurations(want.and_then(|it| it.queue.to_sdk()))
        .set_topic_configurations(want.and_then(|it| it.topic.to_sdk()));
    let call = aws.s3().put_bucket_notification_configuration().bucket(bucket);
    let call = call.notification_configuration(it.build());
    call.send().await.or_fault("PutBucketNotificationConfiguration")?;
    Ok(())
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Notification>>> {
    let call = aws.s3().get_bucket_notification_configuration().bucket(id);
    let it = call.send().await.or_fault("GetBucketNotificationConfiguration")?;
    let attributes = Notification {
        bucket: id.to_owned(),
        eventbridge: it.event_bridge_configuration().is_some(),
        lambda_function: Vec::from_sdk(it.lambda_function_configurations()),
        queue: Vec::from_sdk(it.queue_configurations()),
        topic: Vec::from_sdk(it.topic_configurations()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

/// An ARN, which for functions the schema lets be absent.
fn text(it: &(impl Into<Option<String>> + Clone)) -> String {
    it.clone().into().unwrap_or_default()
}

fn filter(
    prefix: &Option<String>,
    suffix: &Option<String>,
) -> Option<sdk::NotificationConfigurationFilter> {
    let rule = |name: sdk::FilterRuleName, value: &Option<String>| {
        let value = value.as_ref()?;
        Some(sdk::FilterRule::builder().name(name).value(value).build())
    };
    let prefix = rule(sdk::FilterRuleName::Prefix, prefix);
    let rules: Vec<_> =
        prefix.into_iter().chain(rule(sdk::FilterRuleName::Suffix, suffix)).collect();
    if rules.is_empty() {
        return None;
    }
    let key = sdk::S3KeyFilter::builder().set_filter_rules(Some(rules)).build();
    Some(sdk::NotificationConfigurationFilter::builder().key(key).build())
}

/// The value of one rule of a filter. S3 answers with names in other letters than it was given.
fn part(it: Option<&sdk::NotificationConfigurationFilter>, name: &str) -> Option<String> {
    let rules = it.and_then(|it| it.key()).map(|it| it.filter_rules()).unwrap_or_default();
    let named =
        |it: &&sdk::FilterRule| it.name().is_some_and(|it| it.as_str().eq_ignore_ascii_case(name));
    let value = rules.iter().find(named).and_then(|it| it.value());
    value.filter(|it| !it.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, s3_refusal, want, xml};

    const WEB: &str = r#"{"bucket": "web", "eventbridge": true,
        "queue": [{"events": ["s3:ObjectCreated:*"], "queue_arn": "arn:q", "filter_prefix": "in/", "id": "new"}],
        "topic": [{"events": ["s3:ObjectRemoved:*"], "topic_arn": "arn:t", "filter_suffix": ".txt"}],
        "lambda_function": [{"events": ["s3:ObjectCreated:Put"], "lambda_function_arn": "arn:f"}]}"#;

    #[tokio::test]
    async fn everyone_is_told_in_one_call_and_nobody_in_another() {
        let aws = Script::new([xml(""), xml("")]);
        let want = want::<Notification>(WEB);
        Notification::create(&aws, &want, "token").await.unwrap();
        Notification::delete(&aws, "web", &want).await.unwrap();
        aws.sent(expect![[r#"
            PUT web.s3.eu-west-1.amazonaws.com/?notification
                <NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TopicConfiguration><Topic>arn:t</Topic><Event>s3:ObjectRemoved:*</Event><Filter><S3Key><FilterRule><Name>suffix</Name><Value>.txt</Value></FilterRule></S3Key></Filter></TopicConfiguration><QueueConfiguration><Id>new</Id><Queue>arn:q</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>in/</Value></FilterRule></S3Key></Filter></QueueConfiguration><CloudFunctionConfiguration><CloudFunction>arn:f</CloudFunction><Event>s3:ObjectCreated:Put</Event></CloudFunctionConfiguration><EventBridgeConfiguration></EventBridgeConfiguration></NotificationConfiguration>
            PUT web.s3.eu-west-1.amazonaws.com/?notification
                <NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></NotificationConfiguration>
        "#]]);
    }

    #[tokio::test]
    async fn filters_are_read_whatever_the_letters_of_their_names() {
        let aws = Script::new([xml(
            "<NotificationConfiguration><QueueConfiguration><Id>new</Id><Queue>arn:q</Queue>\
             <Event>s3:ObjectCreated:*</Event><Filter><S3Key>\
             <FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule>\
             <FilterRule><Name>suffix</Name><Value>.txt</Value></FilterRule>\
             </S3Key></Filter></QueueConfiguration></NotificationConfiguration>",
        )]);
        let found = Notification::read(&aws, &["web".to_owned()]).await.unwrap();
        let it = &found[0].attributes;
        assert!(!it.eventbridge);
        assert_eq!(it.queue[0].filter_prefix.as_deref(), Some("in/"));
        assert_eq!(it.queue[0].filter_suffix.as_deref(), Some(".txt"));
    }

    #[tokio::test]
    async fn a_target_that_was_allowed_a_moment_ago_is_waited_for() {
        let text = "Unable to validate the following destination configurations";
        let aws = Script::new([s3_refusal("InvalidArgument", text)]);
        let fault = Notification::create(&aws, &want(WEB), "token").await.unwrap_err();
        assert_eq!(Notification::classify(Op::Create, &fault), Some(FaultKind::NotYet));
    }
}
