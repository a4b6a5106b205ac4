//! `aws_sns_topic_subscription`: who hears of what is published to a topic.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use model::{Attributes, Auto, Fault, FaultKind, Field, Json, Live, Op, Out, Phase, Shape};
use model::{Timeouts, Unread};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::resource::{Resource, Result, each};
use crate::texts::{held, texts};

/// Who hears of what is published to a topic.
#[derive(Debug, Clone, Default, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_sns_topic_subscription")]
pub(crate) struct Subscription {
    /// Where messages go: an ARN, a URL, an address or a number, as the protocol says.
    #[attr(replace)]
    endpoint: String,
    /// `sqs`, `lambda`, `firehose`, `application`, `sms`, `email`, `email-json`, `http` or `https`.
    #[attr(replace)]
    protocol: String,
    /// ARN of the topic.
    #[attr(replace)]
    topic_arn: String,
    /// For how many minutes an endpoint that confirms by itself is waited for.
    #[attr(default = 1)]
    confirmation_timeout_in_minutes: Unread<i32>,
    /// How often deliveries are tried, in JSON.
    delivery_policy: Option<DeliveryPolicy>,
    /// Whether a `http` or `https` endpoint confirms by itself, which is then waited for.
    #[attr(default = false)]
    endpoint_auto_confirms: Unread<bool>,
    /// Which messages go there, in JSON.
    filter_policy: Option<Json>,
    /// What the filter looks at: `MessageAttributes` or `MessageBody`.
    filter_policy_scope: Auto<String>,
    /// Whether messages are delivered without an envelope.
    #[attr(default = false)]
    raw_message_delivery: bool,
    /// Where messages go that cannot be delivered, in JSON.
    redrive_policy: Option<Json>,
    /// Which archived messages are delivered again, in JSON.
    replay_policy: Option<Json>,
    /// For Firehose: ARN of the role that delivers.
    subscription_role_arn: Option<String>,
    /// Whether it was confirmed by who has credentials.
    #[attr(volatile)]
    confirmation_was_authenticated: Out<bool>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Whether its endpoint has not confirmed it yet.
    #[attr(volatile)]
    pending_confirmation: Out<bool>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its ARN.
    id: Out<String>,
}

texts! {
    Subscription {
        delivery_policy: "DeliveryPolicy",
        filter_policy: "FilterPolicy",
        filter_policy_scope: "FilterPolicyScope",
        raw_message_delivery: "RawMessageDelivery",
        redrive_policy: "RedrivePolicy",
        replay_policy: "ReplayPolicy",
        subscription_role_arn: "SubscriptionRoleArn",
    }
    shown {
        endpoint: "Endpoint",
        protocol: "Protocol",
        topic_arn: "TopicArn",
        confirmation_was_authenticated: "ConfirmationWasAuthenticated",
        owner_id: "Owner",
        pending_confirmation: "PendingConfirmation",
    }
}

/// How often deliveries are tried. SNS fills in what is not said with nothing, as null or 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DeliveryPolicy(String);

held!(DeliveryPolicy);

impl Field for DeliveryPolicy {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for DeliveryPolicy {
    fn eq(&self, other: &Self) -> bool {
        let said = |it: &Self| serde_json::from_str(&it.0).ok().map(said);
        self.0 == other.0 || said(self).is_some_and(|it| said(other) == Some(it))
    }
}

/// What is left of a document without what says nothing.
fn said(it: Value) -> BTreeMap<String, Value> {
    let Value::Object(fields) = it else { return BTreeMap::new() };
    let nothing = |it: &Value| it.is_null() || it == false || it.as_i64() == Some(0);
    let fields = fields.into_iter().map(|(name, it)| match it {
        Value::Object(_) => (name, said(it).into_iter().collect()),
        other => (name, other),
    });
    let empty = |it: &Value| it.as_object().is_some_and(serde_json::Map::is_empty);
    fields.filter(|(_, it)| !nothing(it) && !empty(it)).collect()
}

impl Resource for Subscription {
    const BATCH: usize = 50;
    /// Confirmations have a limit of their own.
    const TIMEOUTS: Timeouts = Timeouts::minutes(60, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// Subscribing again gives the same subscription.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.sns().subscribe().topic_arn(&want.topic_arn);
        let texts = want.texts().into_iter().map(|(name, text)| (name.to_owned(), text));
        let call = call
            .protocol(&want.protocol)
            .endpoint(&want.endpoint)
            .set_attributes(Some(texts.collect()))
            .return_subscription_arn(true);
        let arn = must(call.send().await.or_fault("Subscribe")?.subscription_arn, "Subscribe")?;
        if let Some(minutes) = want.confirms_within() {
            let deadline = DateTime::from(SystemTime::now()).secs() + 60 * i64::from(minutes);
            aws.watch(&arn, &deadline.to_string());
        }
        Ok(arn)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let mut changes = want.changes_from(have);
        // The scope of attributes does not take every filter that the scope of bodies does: the
        // wider one comes first, the narrower one last.
        let wide = |it: &(&str, String)| (it.0 == "FilterPolicyScope", it.1 == "MessageBody");
        changes.sort_by_key(|it| match wide(it) {
            (true, true) => 0,
            (false, _) => 1,
            (true, false) => 2,
        });
        for (name, text) in changes {
            let text = match (name, text.as_str()) {
                ("FilterPolicy", "") => Some("{}".to_owned()),
                (_, "") => None,
                _ => Some(text),
            };
            let call = aws.sns().set_subscription_attributes().subscription_arn(id);
            let call = call.attribute_name(name).set_attribute_value(text);
            call.send().await.or_fault("SetSubscriptionAttributes")?;
        }
        Ok(())
    }

    /// SNS keeps what is not confirmed, and forgets it by itself after some days.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        match aws.sns().unsubscribe().subscription_arn(id).send().await.or_fault("Unsubscribe") {
            Err(fault) if fault.message.contains("pending confirmation") => {
                aws.abandon(Self::SCHEMA.name, id);
                Ok(())
            }
            result => result.map(|_| ()),
        }
    }

    /// A topic has one subscription for each protocol and endpoint.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let pages = aws.sns().list_subscriptions_by_topic().topic_arn(&want.topic_arn);
        let all = pages.into_paginator().items().send();
        let all = all.collect::<std::result::Result<Vec<_>, _>>().await;
        let all = all.or_fault("ListSubscriptionsByTopic")?;
        let same = |it: &aws_sdk_sns::types::Subscription| {
            it.protocol() == Some(&want.protocol) && it.endpoint() == Some(&want.endpoint)
        };
        let arn = all.into_iter().find(same).and_then(|it| it.subscription_arn);
        // Those that are not confirmed are listed without their ARN.
        Ok(arn.filter(|it| it.starts_with("arn:")))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The topic, the endpoint or the role was created a moment ago.
        let fresh = fault.message.contains("does not exist") || fault.code.contains("NotFound");
        (op == Op::Create && fresh).then_some(FaultKind::NotYet)
    }
}

impl Subscription {
    /// For how many minutes its confirmation is waited for. None if somebody has to read a mail, or
    /// to follow a link.
    fn confirms_within(&self) -> Option<i32> {
        match self.protocol.as_str() {
            "email" | "email-json" => None,
            "http" | "https" => self
                .confirmation_timeout_in_minutes
                .0
                .filter(|_| self.endpoint_auto_confirms.0 == Some(true)),
            _ => Some(2),
        }
    }
}

async fn live(aws: &Aws, arn: &str) -> Result<Option<Live<Subscription>>> {
    let call = aws.sns().get_subscription_attributes().subscription_arn(arn);
    let answer = call.send().await.or_fault("GetSubscriptionAttributes")?;
    let all = answer.attributes.unwrap_or_default();
    let it = Subscription::from_texts(|name| all.get(name).map(String::as_str));
    let deadline = aws.watched(arn).and_then(|it| it.parse::<i64>().ok());
    let late = |it: i64| it < DateTime::from(SystemTime::now()).secs();
    let phase = match deadline.filter(|_| it.pending_confirmation.0 == Some(true)) {
        None => Phase::Ready,
        Some(it) if late(it) => Phase::failed("the endpoint did not confirm it in time"),
        Some(_) => Phase::changing("the endpoint has not confirmed it"),
    };
    let attributes = Subscription {
        filter_policy: it.filter_policy.filter(|it| it.0 != "{}"),
        arn: Out(Some(arn.to_owned())),
        id: Out(Some(arn.to_owned())),
        ..it
    };
    Ok(Some(Live { id: arn.to_owned(), phase, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    const ARN: &str = "arn:aws:sns:eu-west-1:1:jobs:s-1";
    const HOOK: &str = r#"{"topic_arn": "arn:topic", "protocol": "https",
        "endpoint": "https://example.com/hook", "endpoint_auto_confirms": true,
        "filter_policy": "{\"kind\": [\"a\"]}"}"#;

    #[tokio::test]
    async fn an_endpoint_that_confirms_by_itself_is_waited_for() {
        let attributes = |pending: bool| {
            let entry = "<entry><key>PendingConfirmation</key><value>";
            let entry = format!("{entry}{pending}</value></entry>");
            query("GetSubscriptionAttributes", &format!("<Attributes>{entry}</Attributes>"))
        };
        let subscribed = format!("<SubscriptionArn>{ARN}</SubscriptionArn>");
        let aws =
            Script::new([query("Subscribe", &subscribed), attributes(true), attributes(false)]);

        let id = Subscription::create(&aws, &want(HOOK), "token").await.unwrap();
        let phase = async || {
            let found = Subscription::read(&aws, std::slice::from_ref(&id)).await.unwrap();
            found[0].phase.clone()
        };
        let waits = Phase::changing("the endpoint has not confirmed it");
        assert_eq!((phase().await, phase().await), (waits, Phase::Ready));

        let late = Script::new([attributes(true)]);
        late.watch(&id, "1");
        let found = Subscription::read(&late, std::slice::from_ref(&id)).await.unwrap();
        assert!(matches!(found[0].phase, Phase::Failed(..)));
        aws.sent(expect![[r#"
            Subscribe
                Attributes.entry.1.key=FilterPolicy
                Attributes.entry.1.value={"kind": ["a"]}
                Endpoint=https://example.com/hook
                Protocol=https
                ReturnSubscriptionArn=true
                TopicArn=arn:topic
            GetSubscriptionAttributes
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
            GetSubscriptionAttributes
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
        "#]]);
    }

    #[tokio::test]
    async fn a_scope_is_widened_before_its_filter_and_narrowed_after() {
        let aws = Script::agreeable();
        let filter = |scope: &str, filter: Option<&str>| Subscription {
            filter_policy_scope: Auto(Some(scope.to_owned())),
            filter_policy: filter.map(|it| Json(it.to_owned())),
            ..want(HOOK)
        };
        let attributes = filter("MessageAttributes", Some(r#"{"kind": ["a"]}"#));
        let body = filter("MessageBody", Some(r#"{"a": {"b": ["c"]}}"#));

        Subscription::update(&aws, ARN, &attributes, &body).await.unwrap();
        Subscription::update(&aws, ARN, &body, &filter("MessageAttributes", None)).await.unwrap();

        aws.sent(expect![[r#"
            SetSubscriptionAttributes
                AttributeName=FilterPolicyScope
                AttributeValue=MessageBody
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
            SetSubscriptionAttributes
                AttributeName=FilterPolicy
                AttributeValue={"a": {"b": ["c"]}}
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
            SetSubscriptionAttributes
                AttributeName=FilterPolicy
                AttributeValue={}
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
            SetSubscriptionAttributes
                AttributeName=FilterPolicyScope
                AttributeValue=MessageAttributes
                SubscriptionArn=arn:aws:sns:eu-west-1:1:jobs:s-1
        "#]]);
    }

    #[tokio::test]
    async fn what_was_never_confirmed_is_forgotten() {
        let pending = "Cannot unsubscribe a subscription that is pending confirmation";
        let aws = Script::new([query_refusal("InvalidParameter", pending)]);

        Subscription::delete(&aws, ARN, &want(HOOK)).await.unwrap();
        assert!(aws.has_abandoned("aws_sns_topic_subscription", ARN));
    }

    #[test]
    fn what_sns_fills_into_a_delivery_policy_says_nothing() {
        let it = |it: &str| DeliveryPolicy(it.to_owned());
        let short = it(r#"{"healthyRetryPolicy": {"numRetries": 3}}"#);
        let full = r#"{"guaranteed": false, "throttlePolicy": null, "sicklyRetryPolicy": {},
            "healthyRetryPolicy": {"numRetries": 3, "numNoDelayRetries": 0}}"#;
        assert_eq!(short, it(full));
        assert_ne!(short, it(r#"{"healthyRetryPolicy": {"numRetries": 4}}"#));
    }
}
