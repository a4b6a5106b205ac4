//! `aws_appautoscaling_scheduled_action`: scales at certain times.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_applicationautoscaling::types as sdk;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use model::{Attributes, Fault, FaultKind, Field, Live, One, Op, Out, Phase, Shape};
use serde::{Deserialize, Serialize};

use crate::appautoscaling::{Scaled, classify};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, moment};
use crate::resource::{Resource, Result};

/// Scales at certain times.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_appautoscaling_scheduled_action")]
pub(crate) struct ScheduledAction {
    /// Until when it does anything, as `2006-01-02T15:04:05Z`.
    end_time: Option<Moment>,
    /// Its name.
    #[attr(replace)]
    name: String,
    /// What is scaled: `service/CLUSTER/NAME` for an ECS service.
    #[attr(replace)]
    resource_id: String,
    /// What about it is scaled: `ecs:service:DesiredCount`.
    #[attr(replace)]
    scalable_dimension: String,
    /// When: `at(2006-01-02T15:04:05)`, `rate(12 hours)` or `cron(0 20 * * ? *)`.
    schedule: String,
    /// The service it belongs to: `ecs`.
    #[attr(replace)]
    service_namespace: String,
    /// From when on it does anything, as `2006-01-02T15:04:05Z`.
    start_time: Option<Moment>,
    /// The time zone of the schedule.
    #[attr(default = "UTC")]
    timezone: String,
    /// Between which numbers it is scaled from then on.
    #[attr(required)]
    scalable_target_action: One<Action>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name, the namespace and what is scaled, with hyphens between them.
    id: Out<String>,
}

/// Between which numbers something is scaled.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Action {
    /// The most there may be.
    max_capacity: Option<String>,
    /// The least there may be.
    min_capacity: Option<String>,
}

/// A moment, in whatever time zone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Moment(String);

impl Field for Moment {
    const SHAPE: Shape = Shape::String;
}

impl Moment {
    fn parsed(&self) -> Option<DateTime> {
        DateTime::from_str(&self.0, Format::DateTimeWithOffset).ok()
    }
}

impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.parsed().is_some_and(|it| other.parsed() == Some(it))
    }
}

impl ScheduledAction {
    fn scaled(&self) -> Scaled {
        Scaled {
            namespace: self.service_namespace.clone(),
            resource: self.resource_id.clone(),
            dimension: self.scalable_dimension.clone(),
        }
    }

    fn path(&self) -> String {
        format!("{}/{}", self.scaled().id(), self.name)
    }
}

impl Resource for ScheduledAction {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(self.path())
    }

    /// One call answers for all actions of a service's namespace.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut namespaces: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for id in ids {
            let (Some((namespace, _)), Some((_, name))) = (id.split_once('/'), id.rsplit_once('/'))
            else {
                continue;
            };
            namespaces.entry(namespace).or_default().insert(name.to_owned());
        }
        let mut found = Vec::new();
        for (namespace, names) in namespaces {
            let call = aws.appautoscaling().describe_scheduled_actions();
            let call = call.service_namespace(namespace.into());
            let call = call.set_scheduled_action_names(Some(names.into_iter().collect()));
            let pages = call.into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            found.extend(all.or_fault("DescribeScheduledActions")?.iter().map(live));
        }
        // Actions on other things may have the same names.
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    /// Putting an action again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(want.path())
    }

    /// An action is written as a whole.
    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have != want {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.appautoscaling().delete_scheduled_action();
        let call = call
            .scheduled_action_name(&have.name)
            .service_namespace(have.service_namespace.as_str().into())
            .resource_id(&have.resource_id)
            .scalable_dimension(have.scalable_dimension.as_str().into());
        call.send().await.or_fault("DeleteScheduledAction")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, &[want.path()]).await?;
        Ok(found.into_iter().find(|it| it.attributes.schedule == want.schedule).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

async fn put(aws: &Aws, want: &ScheduledAction) -> Result<()> {
    let number = |it: &Option<String>| it.as_ref().and_then(|it| it.parse().ok());
    let action = want.scalable_target_action.0.as_ref().map(|it| {
        sdk::ScalableTargetAction::builder()
            .set_max_capacity(number(&it.max_capacity))
            .set_min_capacity(number(&it.min_capacity))
            .build()
    });
    let call = aws.appautoscaling().put_scheduled_action();
    let call = call
        .scheduled_action_name(&want.name)
        .service_namespace(want.service_namespace.as_str().into())
        .resource_id(&want.resource_id)
        .scalable_dimension(want.scalable_dimension.as_str().into())
        .schedule(&want.schedule)
        .timezone(&want.timezone)
        .set_start_time(want.start_time.as_ref().and_then(Moment::parsed))
        .set_end_time(want.end_time.as_ref().and_then(Moment::parsed))
        .set_scalable_target_action(action);
    call.send().await.or_fault("PutScheduledAction")?;
    Ok(())
}

fn live(it: &sdk::ScheduledAction) -> Live<ScheduledAction> {
    let (name, namespace) = (it.scheduled_action_name(), it.service_namespace().as_str());
    let action = it.scalable_target_action().map(|it| Action {
        max_capacity: it.max_capacity().map(|it| it.to_string()),
        min_capacity: it.min_capacity().map(|it| it.to_string()),
    });
    let attributes = ScheduledAction {
        end_time: moment(it.end_time()).0.map(Moment),
        name: name.to_owned(),
        resource_id: it.resource_id().to_owned(),
        scalable_dimension: String::from_sdk(it.scalable_dimension()),
        schedule: it.schedule().to_owned(),
        service_namespace: namespace.to_owned(),
        start_time: moment(it.start_time()).0.map(Moment),
        timezone: it.timezone().unwrap_or("UTC").to_owned(),
        scalable_target_action: One(action),
        arn: Out::from_sdk(Some(it.scheduled_action_arn())),
        id: Out(Some(format!("{name}-{namespace}-{}", it.resource_id()))),
    };
    Live { id: attributes.path(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const NIGHT: &str = r#"{"name": "night", "service_namespace": "ecs",
        "resource_id": "service/c/web", "scalable_dimension": "ecs:service:DesiredCount",
        "schedule": "cron(0 22 * * ? *)", "timezone": "Europe/Berlin",
        "start_time": "2030-01-01T01:00:00+01:00",
        "scalable_target_action": [{"min_capacity": "0", "max_capacity": "1"}]}"#;
    const ID: &str = "ecs/service/c/web/ecs:service:DesiredCount/night";

    #[tokio::test]
    async fn what_is_written_comes_back() {
        let shown = r#"{"ScheduledActions": [{"ScheduledActionName": "night",
            "ScheduledActionARN": "arn:night", "ServiceNamespace": "ecs",
            "Schedule": "cron(0 22 * * ? *)", "Timezone": "Europe/Berlin",
            "ResourceId": "service/c/web", "ScalableDimension": "ecs:service:DesiredCount",
            "StartTime": 1893456000, "CreationTime": 1,
            "ScalableTargetAction": {"MinCapacity": 0, "MaxCapacity": 1}}]}"#;
        let aws = Script::new([json("{}"), json(shown)]);
        let want = want::<ScheduledAction>(NIGHT);

        assert_eq!(ScheduledAction::create(&aws, &want, "token").await.unwrap(), ID);
        let found = ScheduledAction::read(&aws, &[ID.to_owned()]).await.unwrap();

        let found = found[0].attributes.clone();
        assert_eq!(found.id.0.as_deref(), Some("night-ecs-service/c/web"));
        assert_eq!(ScheduledAction { id: Out(None), arn: Out(None), ..found }, want);
        aws.sent(expect![[r#"
            PutScheduledAction
                ResourceId="service/c/web"
                ScalableDimension="ecs:service:DesiredCount"
                ScalableTargetAction={"MaxCapacity":1,"MinCapacity":0}
                Schedule="cron(0 22 * * ? *)"
                ScheduledActionName="night"
                ServiceNamespace="ecs"
                StartTime=1893456000
                Timezone="Europe/Berlin"
            DescribeScheduledActions
                ScheduledActionNames=["night"]
                ServiceNamespace="ecs"
        "#]]);
    }
}
