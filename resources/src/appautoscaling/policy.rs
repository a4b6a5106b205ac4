//! `aws_appautoscaling_policy`: when something is scaled, and by how much.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_applicationautoscaling::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, One, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::appautoscaling::policy_blocks::{StepScaling, TargetTracking};
use crate::appautoscaling::{Scaled, classify};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed};

/// When something is scaled, and by how much.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_appautoscaling_policy")]
pub(crate) struct ScalingPolicy {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// What is scaled: `service/CLUSTER/NAME` for an ECS service.
    #[attr(replace)]
    resource_id: String,
    /// What about it is scaled: `ecs:service:DesiredCount`.
    #[attr(replace)]
    scalable_dimension: String,
    /// The service it belongs to: `ecs`.
    #[attr(replace)]
    service_namespace: String,
    /// `StepScaling` or `TargetTrackingScaling`.
    #[attr(default = "StepScaling")]
    policy_type: String,
    /// How far to go for how great an alarm.
    step_scaling_policy_configuration: One<StepScaling>,
    /// The value that a metric is held at.
    target_tracking_scaling_policy_configuration: One<TargetTracking>,
    /// ARNs of the alarms that AWS has made for it.
    #[attr(volatile)]
    alarm_arns: Out<Vec<String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
}

impl ScalingPolicy {
    fn scaled(&self) -> Scaled {
        Scaled {
            namespace: self.service_namespace.clone(),
            resource: self.resource_id.clone(),
            dimension: self.scalable_dimension.clone(),
        }
    }

    /// `ecs/service/CLUSTER/NAME/ecs:service:DesiredCount/POLICY`.
    fn path(&self) -> String {
        format!("{}/{}", self.scaled().id(), self.name)
    }
}

impl Resource for ScalingPolicy {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(self.path())
    }

    /// One call answers for all policies of a service's namespace.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut namespaces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for id in ids {
            let Some((scaled, name)) = id.rsplit_once('/') else { continue };
            let Some(scaled) = Scaled::parse(scaled) else { continue };
            namespaces.entry(scaled.namespace).or_default().insert(name.to_owned());
        }
        let mut found = Vec::new();
        for (namespace, names) in namespaces {
            let call = aws.appautoscaling().describe_scaling_policies();
            let call = call.service_namespace(namespace.as_str().into());
            let call = call.set_policy_names(Some(names.into_iter().collect()));
            let pages = call.into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            found.extend(all.or_fault("DescribeScalingPolicies")?.iter().map(live));
        }
        // Policies of other things may have the same names.
        found.retain(|it| ids.contains(&it.id));
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(want.path())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want;
            policy_type,
            step_scaling_policy_configuration,
            target_tracking_scaling_policy_configuration)
        {
            put(aws, want).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.appautoscaling().delete_scaling_policy().policy_name(&have.name);
        let call = call
            .service_namespace(have.service_namespace.as_str().into())
            .resource_id(&have.resource_id)
            .scalable_dimension(have.scalable_dimension.as_str().into());
        call.send().await.or_fault("DeleteScalingPolicy")?;
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

async fn put(aws: &Aws, want: &ScalingPolicy) -> Result<()> {
    let tracking = want.target_tracking_scaling_policy_configuration.to_sdk();
    let call = aws
        .appautoscaling()
        .put_scaling_policy()
        .policy_name(&want.name)
        .service_namespace(want.service_namespace.as_str().into())
        .resource_id(&want.resource_id)
        .scalable_dimension(want.scalable_dimension.as_str().into())
        .policy_type(want.policy_type.as_str().into())
        .set_step_scaling_policy_configuration(want.step_scaling_policy_configuration.to_sdk())
        .set_target_tracking_scaling_policy_configuration(tracking);
    call.send().await.or_fault("PutScalingPolicy")?;
    Ok(())
}

fn live(it: &sdk::ScalingPolicy) -> Live<ScalingPolicy> {
    let alarms = it.alarms().iter().map(|it| it.alarm_arn().to_owned()).collect();
    let attributes = ScalingPolicy {
        name: it.policy_name().to_owned(),
        resource_id: it.resource_id().to_owned(),
        scalable_dimension: it.scalable_dimension().as_str().to_owned(),
        service_namespace: it.service_namespace().as_str().to_owned(),
        policy_type: it.policy_type().as_str().to_owned(),
        step_scaling_policy_configuration: One::from_sdk(it.step_scaling_policy_configuration()),
        target_tracking_scaling_policy_configuration: One::from_sdk(
            it.target_tracking_scaling_policy_configuration(),
        ),
        alarm_arns: Out(Some(alarms)),
        arn: Out::from_sdk(Some(it.policy_arn())),
        id: Out::from_sdk(Some(it.policy_name())),
    };
    Live { id: attributes.path(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const CPU: &str = r#"{"name": "cpu", "service_namespace": "ecs", "resource_id": "service/c/web",
        "scalable_dimension": "ecs:service:DesiredCount", "policy_type": "TargetTrackingScaling",
        "target_tracking_scaling_policy_configuration": [{"target_value": 62.5,
            "predefined_metric_specification": [
                {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}]}]}"#;
    const ID: &str = "ecs/service/c/web/ecs:service:DesiredCount/cpu";

    #[tokio::test]
    async fn a_target_is_tracked() {
        let aws = Script::new([json(r#"{"PolicyARN": "arn:cpu"}"#)]);
        assert_eq!(ScalingPolicy::create(&aws, &want(CPU), "token").await.unwrap(), ID);
        aws.sent(expect![[r#"
            PutScalingPolicy
                PolicyName="cpu"
                PolicyType="TargetTrackingScaling"
                ResourceId="service/c/web"
                ScalableDimension="ecs:service:DesiredCount"
                ServiceNamespace="ecs"
                TargetTrackingScalingPolicyConfiguration={"DisableScaleIn":false,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilization"},"TargetValue":62.5}
        "#]]);
    }

    #[tokio::test]
    async fn steps_are_sent_as_numbers() {
        let aws = Script::new([json(r#"{"PolicyARN": "arn:out"}"#)]);
        let want = want::<ScalingPolicy>(
            r#"{"name": "out", "service_namespace": "ecs", "resource_id": "service/c/web",
                "scalable_dimension": "ecs:service:DesiredCount",
                "step_scaling_policy_configuration": [{"adjustment_type": "ChangeInCapacity",
                    "cooldown": 60, "step_adjustment": [
                        {"metric_interval_lower_bound": "0", "scaling_adjustment": 1}]}]}"#,
        );
        ScalingPolicy::create(&aws, &want, "token").await.unwrap();
        aws.sent(expect![[r#"
            PutScalingPolicy
                PolicyName="out"
                PolicyType="StepScaling"
                ResourceId="service/c/web"
                ScalableDimension="ecs:service:DesiredCount"
                ServiceNamespace="ecs"
                StepScalingPolicyConfiguration={"AdjustmentType":"ChangeInCapacity","Cooldown":60,"StepAdjustments":[{"MetricIntervalLowerBound":0.0,"ScalingAdjustment":1}]}
        "#]]);
    }

    #[tokio::test]
    async fn a_policy_of_the_same_name_for_something_else_is_another() {
        let other = r#"{"ScalingPolicies": [{"PolicyARN": "arn:cpu", "PolicyName": "cpu",
            "ServiceNamespace": "ecs", "ResourceId": "service/c/api", "CreationTime": 1,
            "ScalableDimension": "ecs:service:DesiredCount", "PolicyType": "StepScaling"}]}"#;
        let aws = Script::new([json(other)]);
        assert!(ScalingPolicy::read(&aws, &[ID.to_owned()]).await.unwrap().is_empty());
    }
}
