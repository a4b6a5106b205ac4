//! What forecasts lead to.

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use super::tracking::Metric;
use crate::mirror::{FromSdk, ToSdk};
use crate::spelling::Count;

/// What forecasts lead to.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Predictive {
    /// Whether a forecast may exceed the group's maximum: `HonorMaxCapacity` or `IncreaseMaxCapacity`.
    #[attr(default = "HonorMaxCapacity")]
    max_capacity_breach_behavior: String,
    /// How far above the forecast the maximum may be raised, in percent.
    max_capacity_buffer: Option<Count>,
    /// `ForecastOnly` or `ForecastAndScale`.
    #[attr(default = "ForecastOnly")]
    mode: String,
    /// How many seconds before they are needed instances are started.
    scheduling_buffer_time: Option<Count>,
    /// What is forecast.
    #[attr(required)]
    metric_specification: One<Specification>,
}

/// What is forecast.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PredictiveScalingMetricSpecification)]
pub(crate) struct Specification {
    /// The value that the scaling metric is held at.
    target_value: f64,
    /// The capacity, as a metric of one's own.
    customized_capacity_metric_specification: One<CapacityMetric>,
    /// The load, as a metric of one's own.
    customized_load_metric_specification: One<LoadMetric>,
    /// The metric to scale by, of one's own.
    customized_scaling_metric_specification: One<ScalingMetric>,
    /// The load, as a metric that AWS knows.
    predefined_load_metric_specification: One<KnownLoad>,
    /// Both the load and the metric to scale by, as AWS knows them.
    predefined_metric_pair_specification: One<KnownPair>,
    /// The metric to scale by, as AWS knows it.
    predefined_scaling_metric_specification: One<KnownScaling>,
}

macro_rules! customized {
    ($($name:ident: $sdk:path, $doc:literal;)+) => { $(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
        #[mirror($sdk)]
        pub(crate) struct $name {
            /// Metrics, and expressions of them.
            #[attr(required, max = 10)]
            metric_data_queries: Vec<Query>,
        }
    )+ };
}
customized! {
    CapacityMetric: sdk::PredictiveScalingCustomizedCapacityMetric, "The capacity.";
    LoadMetric: sdk::PredictiveScalingCustomizedLoadMetric, "The load.";
    ScalingMetric: sdk::PredictiveScalingCustomizedScalingMetric, "The metric to scale by.";
}

macro_rules! known {
    ($($name:ident: $sdk:path, $doc:literal;)+) => { $(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
        #[mirror($sdk)]
        pub(crate) struct $name {
            /// Which one, such as `ASGCPUUtilization`.
            predefined_metric_type: String,
            /// The load balancer and target group, with metrics of requests.
            resource_label: Option<String>,
        }
    )+ };
}
known! {
    KnownLoad: sdk::PredictiveScalingPredefinedLoadMetric, "A load that AWS knows.";
    KnownPair: sdk::PredictiveScalingPredefinedMetricPair, "A pair of metrics that AWS knows.";
    KnownScaling: sdk::PredictiveScalingPredefinedScalingMetric, "A metric that AWS knows.";
}

/// A metric, or an expression of others.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::MetricDataQuery)]
pub(crate) struct Query {
    /// An expression of other metrics.
    expression: Option<String>,
    /// How expressions name it.
    id: String,
    /// How people name it.
    label: Option<String>,
    /// Whether it is the metric that is meant. One must be.
    #[attr(default = true)]
    return_data: bool,
    /// The metric.
    metric_stat: One<Stat>,
}

/// What is taken of a metric.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::MetricStat)]
pub(crate) struct Stat {
    /// `Average`, `Sum` and others.
    stat: String,
    /// Its unit.
    unit: Option<String>,
    /// The metric.
    #[attr(required)]
    metric: One<Metric>,
}

impl ToSdk<Option<sdk::PredictiveScalingConfiguration>> for Predictive {
    fn to_sdk(&self) -> Option<sdk::PredictiveScalingConfiguration> {
        let metrics = self.metric_specification.0.to_sdk().map(|it| vec![it]);
        let it = sdk::PredictiveScalingConfiguration::builder()
            .set_max_capacity_breach_behavior(self.max_capacity_breach_behavior.to_sdk())
            .set_max_capacity_buffer(self.max_capacity_buffer.to_sdk())
            .set_mode(self.mode.to_sdk())
            .set_scheduling_buffer_time(self.scheduling_buffer_time.to_sdk())
            .set_metric_specifications(metrics);
        Some(it.build())
    }
}

impl<'a> FromSdk<&'a sdk::PredictiveScalingConfiguration> for Predictive {
    fn from_sdk(it: &'a sdk::PredictiveScalingConfiguration) -> Self {
        let text = |it: Option<&str>, default: &str| it.unwrap_or(default).to_owned();
        Predictive {
            max_capacity_breach_behavior: text(
                it.max_capacity_breach_behavior().map(|it| it.as_str()),
                "HonorMaxCapacity",
            ),
            max_capacity_buffer: Option::from_sdk(it.max_capacity_buffer()),
            mode: text(it.mode().map(|it| it.as_str()), "ForecastOnly"),
            scheduling_buffer_time: Option::from_sdk(it.scheduling_buffer_time()),
            metric_specification: One::from_sdk(it.metric_specifications().first()),
        }
    }
}
