//! The blocks of `aws_appautoscaling_policy`.

use std::collections::BTreeSet;

use aws_sdk_applicationautoscaling::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::spelling::Decimal;

/// How far to go for how great an alarm.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::StepScalingPolicyConfiguration)]
pub(crate) struct StepScaling {
    /// `ChangeInCapacity`, `ExactCapacity` or `PercentChangeInCapacity`.
    adjustment_type: Option<String>,
    /// For how many seconds nothing is done after a step.
    cooldown: Option<i32>,
    /// `Minimum`, `Maximum` or `Average`.
    metric_aggregation_type: Option<String>,
    /// The least to add or remove, with `PercentChangeInCapacity`.
    min_adjustment_magnitude: Option<i32>,
    /// What to do for how great an alarm.
    #[mirror(step_adjustments)]
    step_adjustment: BTreeSet<StepAdjustment>,
}

/// What to do for how great an alarm.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::StepAdjustment, checked)]
pub(crate) struct StepAdjustment {
    /// How far above the alarm's threshold it begins. Without it, there is no bound.
    metric_interval_lower_bound: Option<Decimal>,
    /// How far above the alarm's threshold it ends. Without it, there is no bound.
    metric_interval_upper_bound: Option<Decimal>,
    /// How many to add, or with a minus sign to remove.
    scaling_adjustment: i32,
}

/// The value that a metric is held at.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::TargetTrackingScalingPolicyConfiguration, checked)]
pub(crate) struct TargetTracking {
    /// Whether it never scales in.
    #[attr(default = false)]
    disable_scale_in: bool,
    /// For how many seconds nothing more is removed after something was.
    scale_in_cooldown: Option<i32>,
    /// For how many seconds nothing more is added after something was.
    scale_out_cooldown: Option<i32>,
    /// The value.
    target_value: f64,
    /// A metric of one's own.
    customized_metric_specification: One<CustomizedMetric>,
    /// A metric that AWS knows.
    predefined_metric_specification: One<PredefinedMetric>,
}

/// A metric that AWS knows.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PredefinedMetricSpecification, checked)]
pub(crate) struct PredefinedMetric {
    /// Such as `ECSServiceAverageCPUUtilization`.
    predefined_metric_type: String,
    /// The load balancer and target group, for `ALBRequestCountPerTarget`.
    resource_label: Option<String>,
}

/// A metric of one's own.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CustomizedMetricSpecification)]
pub(crate) struct CustomizedMetric {
    /// The name of the metric.
    metric_name: Option<String>,
    /// The namespace of the metric.
    namespace: Option<String>,
    /// `Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum`.
    statistic: Option<String>,
    /// The unit of the metric.
    unit: Option<String>,
    /// The dimensions of the metric.
    dimensions: BTreeSet<Dimension>,
    /// Metrics, and expressions over them.
    metrics: BTreeSet<MetricQuery>,
}

/// A dimension of a metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::MetricDimension, checked)]
pub(crate) struct Dimension {
    /// The name of the dimension.
    name: String,
    /// The value of the dimension.
    value: String,
}

/// A metric, or an expression over others.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetricDataQuery, checked)]
pub(crate) struct MetricQuery {
    /// The expression.
    expression: Option<String>,
    /// What expressions call it.
    id: String,
    /// What people call it.
    label: Option<String>,
    /// Whether it is the one that is held at the value.
    #[attr(default = true)]
    return_data: bool,
    /// The metric.
    metric_stat: One<MetricStat>,
}

/// A metric, and how it is summed up.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetricStat, checked)]
pub(crate) struct MetricStat {
    /// Such as `Average`.
    stat: String,
    /// The unit of the metric.
    unit: Option<String>,
    /// The metric.
    #[attr(required)]
    metric: One<Metric>,
}

/// A metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetric)]
pub(crate) struct Metric {
    /// The name of the metric.
    metric_name: String,
    /// The namespace of the metric.
    namespace: String,
    /// The dimensions of the metric.
    dimensions: BTreeSet<QueryDimension>,
}

/// A dimension of a metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetricDimension, checked)]
pub(crate) struct QueryDimension {
    /// The name of the dimension.
    name: String,
    /// The value of the dimension.
    value: String,
}
