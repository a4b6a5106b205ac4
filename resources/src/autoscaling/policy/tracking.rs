//! Steps, and the value that a metric is held at.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::spelling::Decimal;

/// What to do for how great an alarm.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::StepAdjustment)]
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
#[mirror(sdk::TargetTrackingConfiguration)]
pub(crate) struct TargetTracking {
    /// Whether it never scales in.
    #[attr(default = false)]
    disable_scale_in: bool,
    /// The value.
    target_value: f64,
    /// A metric of one's own.
    customized_metric_specification: One<CustomizedMetric>,
    /// A metric that AWS knows.
    predefined_metric_specification: One<PredefinedMetric>,
}

/// A metric that AWS knows.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PredefinedMetricSpecification)]
pub(crate) struct PredefinedMetric {
    /// `ASGAverageCPUUtilization`, `ASGAverageNetworkIn`, `ASGAverageNetworkOut` or
    /// `ALBRequestCountPerTarget`.
    predefined_metric_type: String,
    /// The load balancer and target group, with `ALBRequestCountPerTarget`.
    resource_label: Option<String>,
}

/// A metric of one's own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct CustomizedMetric {
    /// Its name.
    metric_name: Option<String>,
    /// Its namespace.
    namespace: Option<String>,
    /// Over how many seconds it is taken: 10, 30 or 60.
    period: Option<i32>,
    /// `Average`, `Minimum`, `Maximum`, `SampleCount` or `Sum`.
    statistic: Option<String>,
    /// Its unit.
    unit: Option<String>,
    /// Its dimensions.
    metric_dimension: Vec<Dimension>,
    /// Metrics, and expressions of them, instead of one.
    metrics: BTreeSet<Query>,
}

// One metric or several: AWS is not told of empty lists of the other kind.
impl ToSdk<Option<sdk::CustomizedMetricSpecification>> for CustomizedMetric {
    fn to_sdk(&self) -> Option<sdk::CustomizedMetricSpecification> {
        let it = sdk::CustomizedMetricSpecification::builder()
            .set_metric_name(self.metric_name.to_sdk())
            .set_namespace(self.namespace.to_sdk())
            .set_period(self.period)
            .set_statistic(self.statistic.to_sdk())
            .set_unit(self.unit.to_sdk())
            .set_dimensions(self.metric_dimension.to_sdk().filter(|it| !it.is_empty()))
            .set_metrics(self.metrics.to_sdk().filter(|it| !it.is_empty()));
        Some(it.build())
    }
}

impl<'a> FromSdk<&'a sdk::CustomizedMetricSpecification> for CustomizedMetric {
    fn from_sdk(it: &'a sdk::CustomizedMetricSpecification) -> Self {
        CustomizedMetric {
            metric_name: Option::from_sdk(it.metric_name()),
            namespace: Option::from_sdk(it.namespace()),
            period: it.period(),
            statistic: Option::from_sdk(it.statistic()),
            unit: Option::from_sdk(it.unit()),
            metric_dimension: Vec::from_sdk(it.dimensions()),
            metrics: BTreeSet::from_sdk(it.metrics()),
        }
    }
}

/// A dimension of a metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::MetricDimension)]
pub(crate) struct Dimension {
    /// Its name.
    name: String,
    /// Its value.
    value: String,
}

/// A metric, or an expression of others.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetricDataQuery)]
pub(crate) struct Query {
    /// An expression of other metrics.
    expression: Option<String>,
    /// How expressions name it.
    id: String,
    /// How people name it.
    label: Option<String>,
    /// Whether it is the metric that is held. One must be.
    #[attr(default = true)]
    return_data: bool,
    /// The metric.
    metric_stat: One<Stat>,
}

/// What is taken of a metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::TargetTrackingMetricStat)]
pub(crate) struct Stat {
    /// Over how many seconds it is taken: 10, 30 or 60.
    period: Option<i32>,
    /// `Average`, `Sum` and others.
    stat: String,
    /// Its unit.
    unit: Option<String>,
    /// The metric.
    #[attr(required)]
    metric: One<Metric>,
}

/// A metric.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::Metric)]
pub(crate) struct Metric {
    /// Its name.
    metric_name: String,
    /// Its namespace.
    namespace: String,
    /// Its dimensions.
    dimensions: BTreeSet<Dimension>,
}
