//! `aws_cloudwatch_log_subscription_filter`: sends what a log group says somewhere else.

use aws_sdk_cloudwatchlogs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::logs::by_group;
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::hash_of;
use crate::resource::{Resource, Result, missing_is_none};

/// Sends what a log group says somewhere else.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_subscription_filter")]
pub(crate) struct SubscriptionFilter {
    /// ARN of where lines go: a stream of Kinesis or Firehose, or a function.
    #[attr(replace)]
    destination_arn: String,
    /// How lines are spread over a stream's shards: `ByLogStream` or `Random`.
    #[attr(default = "ByLogStream")]
    distribution: String,
    /// Which lines go there. With an empty one, all do.
    filter_pattern: String,
    /// The log group.
    #[attr(replace)]
    log_group_name: String,
    /// Its name.
    #[attr(replace)]
    name: String,
    /// ARN of the role that delivers.
    role_arn: Auto<String>,
    /// A number that follows from the log group's name.
    id: Out<String>,
}

impl SubscriptionFilter {
    fn path(&self) -> String {
        format!("{}|{}", self.log_group_name, self.name)
    }
}

impl Resource for SubscriptionFilter {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 5, 2);

    /// The id that imports have.
    fn identity(&self) -> Option<String> {
        Some(self.path())
    }

    /// One call answers for all filters of a group.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        for group in by_group(ids, '|').into_keys() {
            let call = aws.logs().describe_subscription_filters().log_group_name(group);
            let pages = call.into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            let all = missing_is_none(all.or_fault("DescribeSubscriptionFilters").map(Some))?;
            found.extend(all.iter().flatten().map(|it| live(group, it)));
        }
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    /// Putting a filter again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(want.path())
    }

    /// A filter is written as a whole.
    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have != want {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.logs().delete_subscription_filter().log_group_name(&have.log_group_name);
        call.filter_name(&have.name).send().await.or_fault("DeleteSubscriptionFilter")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, &[want.path()]).await?;
        let same = |it: &Live<Self>| it.attributes.destination_arn == want.destination_arn;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The destination, the role or the permission was created a moment ago.
        let fresh = [
            "Could not deliver test message to specified",
            "Could not execute the lambda function",
            "Make sure you have given CloudWatch Logs permission",
        ];
        let fresh = fresh.iter().any(|it| fault.message.contains(it));
        match (op, fault.code.as_str()) {
            (Op::Create | Op::Update, "InvalidParameterException" | "ValidationException")
                if fresh =>
            {
                Some(FaultKind::NotYet)
            }
            (_, "OperationAbortedException") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

async fn put(aws: &Aws, want: &SubscriptionFilter) -> Result<()> {
    let call = aws.logs().put_subscription_filter().log_group_name(&want.log_group_name);
    let call = call
        .filter_name(&want.name)
        .filter_pattern(&want.filter_pattern)
        .destination_arn(&want.destination_arn)
        .set_distribution(want.distribution.to_sdk())
        .set_role_arn(want.role_arn.to_sdk());
    call.send().await.or_fault("PutSubscriptionFilter")?;
    Ok(())
}

fn live(group: &str, it: &sdk::SubscriptionFilter) -> Live<SubscriptionFilter> {
    let attributes = SubscriptionFilter {
        destination_arn: String::from_sdk(it.destination_arn()),
        distribution: it.distribution().map_or("ByLogStream", |it| it.as_str()).to_owned(),
        filter_pattern: String::from_sdk(it.filter_pattern()),
        log_group_name: group.to_owned(),
        name: String::from_sdk(it.filter_name()),
        role_arn: Auto::from_sdk(it.role_arn()),
        id: Out(Some(format!("cwlsf-{}", hash_of(&format!("{group}-"))))),
    };
    Live { id: attributes.path(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const ALL: &str = r#"{"log_group_name": "/app", "name": "all", "filter_pattern": "",
        "destination_arn": "arn:stream", "role_arn": "arn:role", "distribution": "Random"}"#;

    #[tokio::test]
    async fn everything_that_is_said_goes_to_a_stream() {
        let filters = r#"{"subscriptionFilters": [
            {"filterName": "all", "filterPattern": "", "destinationArn": "arn:stream",
             "roleArn": "arn:role", "distribution": "Random"}]}"#;
        let aws = Script::new([json("{}"), json(filters)]);
        let want = want::<SubscriptionFilter>(ALL);

        let id = SubscriptionFilter::create(&aws, &want, "token").await.unwrap();
        let found = SubscriptionFilter::read(&aws, &[id]).await.unwrap().remove(0).attributes;

        assert_eq!(found.id.0.as_deref(), Some("cwlsf-943231613"));
        assert_eq!(SubscriptionFilter { id: Out(None), ..found }, want);
        aws.sent(expect![[r#"
            PutSubscriptionFilter
                destinationArn="arn:stream"
                distribution="Random"
                filterName="all"
                filterPattern=""
                logGroupName="/app"
                roleArn="arn:role"
            DescribeSubscriptionFilters
                logGroupName="/app"
        "#]]);
    }
}
