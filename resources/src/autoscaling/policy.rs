//! `aws_autoscaling_policy`: when a group grows and shrinks.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Auto, Live, Map, One, Out, Phase, Value};
use serde::{Deserialize, Serialize};

use crate::autoscaling::{by_group, member};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result};
use crate::spelling::not_zero;

mod predictive;
mod tracking;

use predictive::Predictive;
use tracking::{StepAdjustment, TargetTracking};

/// When a group grows and shrinks.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_autoscaling_policy")]
pub(crate) struct Policy {
    /// Its name, unique in the group.
    #[attr(replace)]
    name: String,
    /// The group.
    #[attr(replace)]
    autoscaling_group_name: String,
    /// `SimpleScaling`, `StepScaling`, `TargetTrackingScaling` or `PredictiveScaling`.
    #[attr(default = "SimpleScaling")]
    policy_type: String,
    /// `ChangeInCapacity`, `ExactCapacity` or `PercentChangeInCapacity`.
    adjustment_type: Option<String>,
    /// For how many seconds nothing is done after a step, with `SimpleScaling`.
    cooldown: Option<i32>,
    /// Whether it is in force.
    #[attr(default = true)]
    enabled: bool,
    /// After how many seconds a new instance counts in metrics.
    estimated_instance_warmup: Option<i32>,
    /// `Minimum`, `Maximum` or `Average`, with `StepScaling`.
    metric_aggregation_type: Auto<String>,
    /// The least to add or remove, with `PercentChangeInCapacity`.
    min_adjustment_magnitude: Option<i32>,
    /// How many to add, or with a minus sign to remove, with `SimpleScaling`.
    scaling_adjustment: Option<i32>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
    /// What forecasts lead to, with `PredictiveScaling`.
    predictive_scaling_configuration: One<Predictive>,
    /// What to do for how great an alarm, with `StepScaling`.
    step_adjustment: BTreeSet<StepAdjustment>,
    /// The value that a metric is held at, with `TargetTrackingScaling`.
    target_tracking_configuration: One<TargetTracking>,
}

impl Resource for Policy {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(member(&self.autoscaling_group_name, &self.name))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        for (group, names) in by_group(ids) {
            let call = aws.autoscaling().describe_policies().auto_scaling_group_name(group);
            let call = call.set_policy_names(Some(names)).max_records(100);
            match call.send().await.or_fault("DescribePolicies") {
                Err(fault) if fault.message.contains("not found") => (),
                answer => found.extend(answer?.scaling_policies().iter().map(live)),
            }
        }
        Ok(found)
    }

    /// What has the name is written over, so that this is safe to repeat.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want).await?;
        Ok(member(&want.autoscaling_group_name, &want.name))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have != want { put(aws, want).await } else { Ok(()) }
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.autoscaling().delete_policy().policy_name(&have.name);
        let call = call.auto_scaling_group_name(&have.autoscaling_group_name);
        match call.send().await.or_fault("DeletePolicy") {
            Err(fault) if fault.message.contains("not found") => Ok(()),
            result => result.map(|_| ()),
        }
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let id = member(&want.autoscaling_group_name, &want.name);
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let kind = given.get("policy_type").and_then(Value::as_str).unwrap_or("SimpleScaling");
        let present = |name: &str| match given.get(name) {
            Some(it) => it.items().map_or(!it.is_null(), |it| !it.is_empty()),
            None => false,
        };
        let blocks = [
            ("predictive_scaling_configuration", "PredictiveScaling"),
            ("step_adjustment", "StepScaling"),
            ("target_tracking_configuration", "TargetTrackingScaling"),
        ];
        let wrong = blocks.into_iter().filter(|(name, of)| present(name) && *of != kind);
        wrong.map(|(name, of)| (name, format!("it needs `policy_type = {of:?}`"))).collect()
    }
}

/// Writes the whole policy. AWS refuses what does not belong to its kind.
async fn put(aws: &Aws, want: &Policy) -> Result<()> {
    let simple = want.policy_type == "SimpleScaling";
    let steps = want.policy_type == "StepScaling";
    let adjustments = want.step_adjustment.to_sdk().filter(|it| !it.is_empty());
    let call = aws.autoscaling().put_scaling_policy().policy_name(&want.name);
    let call = call
        .auto_scaling_group_name(&want.autoscaling_group_name)
        .policy_type(&want.policy_type)
        .enabled(want.enabled)
        .set_adjustment_type(want.adjustment_type.to_sdk().filter(|_| simple || steps))
        .set_cooldown(want.cooldown.filter(|_| simple))
        .set_scaling_adjustment(simple.then(|| want.scaling_adjustment.unwrap_or(0)))
        .set_min_adjustment_magnitude(not_zero(want.min_adjustment_magnitude))
        .set_estimated_instance_warmup(want.estimated_instance_warmup.filter(|_| !simple))
        .set_metric_aggregation_type(want.metric_aggregation_type.to_sdk().filter(|_| steps))
        .set_step_adjustments(adjustments)
        .set_target_tracking_configuration(want.target_tracking_configuration.to_sdk())
        .set_predictive_scaling_configuration(want.predictive_scaling_configuration.to_sdk());
    call.send().await.or_fault("PutScalingPolicy")?;
    Ok(())
}

fn live(it: &sdk::ScalingPolicy) -> Live<Policy> {
    let (group, name) = (it.auto_scaling_group_name(), it.policy_name());
    let attributes = Policy {
        name: String::from_sdk(name),
        autoscaling_group_name: String::from_sdk(group),
        policy_type: it.policy_type().unwrap_or("SimpleScaling").to_owned(),
        adjustment_type: Option::from_sdk(it.adjustment_type()),
        cooldown: it.cooldown(),
        enabled: it.enabled().unwrap_or(true),
        estimated_instance_warmup: it.estimated_instance_warmup(),
        metric_aggregation_type: Auto::from_sdk(it.metric_aggregation_type()),
        // The older name of the same.
        min_adjustment_magnitude: it.min_adjustment_magnitude().or(it.min_adjustment_step()),
        scaling_adjustment: it.scaling_adjustment(),
        arn: Out::from_sdk(it.policy_arn()),
        id: Out::from_sdk(name),
        predictive_scaling_configuration: One::from_sdk(it.predictive_scaling_configuration()),
        step_adjustment: BTreeSet::from_sdk(it.step_adjustments()),
        target_tracking_configuration: One::from_sdk(it.target_tracking_configuration()),
    };
    let id = member(group.unwrap_or_default(), name.unwrap_or_default());
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn a_policy_is_written_as_a_whole() {
        let aws = Script::new([query("PutScalingPolicy", "")]);
        let want: Policy = want(
            r#"{"name": "cpu", "autoscaling_group_name": "web", "policy_type": "TargetTrackingScaling",
                "estimated_instance_warmup": 60, "target_tracking_configuration": [{
                    "target_value": 60, "customized_metric_specification": [{"metrics": [
                        {"id": "m1", "return_data": false, "metric_stat": [{"stat": "Sum",
                            "metric": [{"namespace": "jobs", "metric_name": "waiting",
                                "dimensions": [{"name": "queue", "value": "a"}]}]}]},
                        {"id": "e1", "expression": "m1 / 2"}
                    ]}]}]}"#,
        );

        assert_eq!(Policy::create(&aws, &want, "token").await.unwrap(), "web/cpu");

        aws.sent(expect![[r#"
            PutScalingPolicy
                AutoScalingGroupName=web
                Enabled=true
                EstimatedInstanceWarmup=60
                PolicyName=cpu
                PolicyType=TargetTrackingScaling
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.Id=m1
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Name=queue
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Value=a
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.MetricStat.Metric.MetricName=waiting
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.MetricStat.Metric.Namespace=jobs
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.MetricStat.Stat=Sum
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.1.ReturnData=false
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.2.Expression=m1 / 2
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.2.Id=e1
                TargetTrackingConfiguration.CustomizedMetricSpecification.Metrics.member.2.ReturnData=true
                TargetTrackingConfiguration.DisableScaleIn=false
                TargetTrackingConfiguration.TargetValue=60.0
        "#]]);
    }

    #[tokio::test]
    async fn steps_need_no_cooldown() {
        let aws = Script::new([query("PutScalingPolicy", "")]);
        let want: Policy = want(
            r#"{"name": "steps", "autoscaling_group_name": "web", "policy_type": "StepScaling",
                "adjustment_type": "ChangeInCapacity", "cooldown": 60, "step_adjustment": [
                    {"metric_interval_lower_bound": "0", "metric_interval_upper_bound": "10.0",
                     "scaling_adjustment": 1},
                    {"metric_interval_lower_bound": "10", "scaling_adjustment": 2}]}"#,
        );

        Policy::create(&aws, &want, "token").await.unwrap();

        aws.sent(expect![[r#"
            PutScalingPolicy
                AdjustmentType=ChangeInCapacity
                AutoScalingGroupName=web
                Enabled=true
                PolicyName=steps
                PolicyType=StepScaling
                StepAdjustments.member.1.MetricIntervalLowerBound=0.0
                StepAdjustments.member.1.MetricIntervalUpperBound=10.0
                StepAdjustments.member.1.ScalingAdjustment=1
                StepAdjustments.member.2.MetricIntervalLowerBound=10.0
                StepAdjustments.member.2.ScalingAdjustment=2
        "#]]);
    }

    #[tokio::test]
    async fn a_simple_policy_may_do_nothing() {
        let aws = Script::new([query("PutScalingPolicy", "")]);
        let want: Policy = want(
            r#"{"name": "none", "autoscaling_group_name": "web", "scaling_adjustment": 0,
                "adjustment_type": "ExactCapacity"}"#,
        );
        Policy::create(&aws, &want, "token").await.unwrap();
        aws.sent(expect![[r#"
            PutScalingPolicy
                AdjustmentType=ExactCapacity
                AutoScalingGroupName=web
                Enabled=true
                PolicyName=none
                PolicyType=SimpleScaling
                ScalingAdjustment=0
        "#]]);
    }

    #[tokio::test]
    async fn policies_of_one_group_share_a_call() {
        let ids = ["web/a", "web/b", "jobs/a"].map(str::to_owned);
        let aws = Script::new([query("DescribePolicies", ""), query("DescribePolicies", "")]);
        assert_eq!(Policy::read(&aws, &ids).await.unwrap(), []);
        aws.sent(expect![[r#"
            DescribePolicies
                AutoScalingGroupName=jobs
                MaxRecords=100
                PolicyNames.member.1=a
            DescribePolicies
                AutoScalingGroupName=web
                MaxRecords=100
                PolicyNames.member.1=a
                PolicyNames.member.2=b
        "#]]);
    }
}
