//! `aws_cloudwatch_metric_alarm`: watches a metric, or an expression of several.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::types as sdk;
use model::{Attributes, Auto, Live, One, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each};

/// Watches a metric, or an expression of several.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_metric_alarm", version = 1)]
pub(crate) struct MetricAlarm {
    /// Its name.
    #[attr(replace)]
    alarm_name: String,
    /// Such as `GreaterThanThreshold`.
    comparison_operator: String,
    /// How many periods are compared.
    evaluation_periods: i32,
    /// Whether anything is done when its state changes.
    #[attr(default = true)]
    actions_enabled: bool,
    /// ARNs of what is done when it goes into alarm.
    alarm_actions: Option<BTreeSet<String>>,
    /// What it is for.
    alarm_description: Option<String>,
    /// How many of the periods must be beyond the threshold.
    datapoints_to_alarm: Option<i32>,
    /// The dimensions of the metric.
    dimensions: Option<BTreeMap<String, String>>,
    /// For percentiles: whether too few samples are judged, `evaluate` or `ignore`.
    evaluate_low_sample_count_percentiles: Auto<String>,
    /// A percentile, such as `p99`.
    extended_statistic: Option<String>,
    /// ARNs of what is done when there is not enough data.
    insufficient_data_actions: Option<BTreeSet<String>>,
    /// The metric's name.
    metric_name: Option<String>,
    /// The metric's namespace, such as `AWS/ECS`.
    namespace: Option<String>,
    /// ARNs of what is done when all is well again.
    ok_actions: Option<BTreeSet<String>>,
    /// The length of a period in seconds.
    period: Option<i32>,
    /// Such as `Average`.
    statistic: Option<String>,
    /// What the metric is compared with.
    threshold: Option<f64>,
    /// The anomaly detection model that the metric is compared with.
    threshold_metric_id: Option<String>,
    /// `missing`, `ignore`, `breaching` or `notBreaching`.
    #[attr(default = "missing")]
    treat_missing_data: String,
    /// The metric's unit.
    unit: Option<String>,
    /// Its name.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Metrics and expressions.
    metric_query: BTreeSet<Query>,
}

/// A metric or an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Query {
    /// The account the metric is in.
    account_id: Option<String>,
    /// An expression of other queries.
    expression: Option<String>,
    /// The name that expressions use.
    id: String,
    /// A label for people.
    label: Option<String>,
    /// The length of a period in seconds.
    period: Option<i32>,
    /// Whether this is what is compared with the threshold.
    #[attr(default = false)]
    return_data: bool,
    /// A metric.
    metric: One<Metric>,
}

/// A metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Metric {
    /// Its dimensions.
    dimensions: Option<BTreeMap<String, String>>,
    /// Its name.
    metric_name: String,
    /// Its namespace.
    namespace: Option<String>,
    /// The length of a period in seconds.
    period: i32,
    /// Such as `Average` or `p99`.
    stat: String,
    /// Its unit.
    unit: Option<String>,
}

impl Resource for MetricAlarm {
    const BATCH: usize = 100;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.cloudwatch().describe_alarms().set_alarm_names(Some(ids.to_vec()));
        let call = call.alarm_types(sdk::AlarmType::MetricAlarm).max_records(100);
        let alarms =
            call.send().await.or_fault("DescribeAlarms")?.metric_alarms.unwrap_or_default();
        let arns: Vec<String> = alarms.iter().filter_map(|it| it.alarm_arn.clone()).collect();
        let tags: BTreeMap<String, Tags> =
            each(&arns, |arn| async move { Ok(Some((arn.to_owned(), tags(aws, arn).await?))) })
                .await?
                .into_iter()
                .collect();
        let tags = |it: &sdk::MetricAlarm| tags.get(it.alarm_arn().unwrap_or_default()).cloned();
        Ok(alarms.iter().map(|it| live(it, tags(it).unwrap_or_default())).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        put(aws, want, true).await?;
        Ok(want.alarm_name.clone())
    }

    /// An alarm is written as a whole.
    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        let untagged = |it: &Self| MetricAlarm { tags: Tags::default(), ..it.clone() };
        if untagged(have) != untagged(want) {
            put(aws, want, false).await?;
        }
        retag(aws, have.arn.0.as_deref().unwrap_or_default(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.cloudwatch().delete_alarms().alarm_names(id).send().await.or_fault("DeleteAlarms")?;
        Ok(())
    }
}

async fn put(aws: &Aws, want: &MetricAlarm, tagged: bool) -> Result<()> {
    let threshold = want.threshold_metric_id.is_none().then_some(want.threshold.unwrap_or(0.0));
    let queries: Vec<_> = want.metric_query.iter().map(Query::to_data).collect();
    let tag = |(key, value): (&String, &String)| sdk::Tag::builder().key(key).value(value).build();
    let tags: Vec<_> = want.tags.0.iter().map(tag).collect();
    let call = aws.cloudwatch().put_metric_alarm().alarm_name(&want.alarm_name);
    let call = call
        .set_comparison_operator(want.comparison_operator.to_sdk())
        .evaluation_periods(want.evaluation_periods)
        .actions_enabled(want.actions_enabled)
        .set_alarm_actions(want.alarm_actions.to_sdk())
        .set_alarm_description(want.alarm_description.clone())
        .set_datapoints_to_alarm(want.datapoints_to_alarm.filter(|it| *it > 0))
        .set_dimensions(want.dimensions.as_ref().map(dimensions))
        .set_evaluate_low_sample_count_percentile(
            want.evaluate_low_sample_count_percentiles.to_sdk(),
        )
        .set_extended_statistic(want.extended_statistic.clone())
        .set_insufficient_data_actions(want.insufficient_data_actions.to_sdk())
        .set_metric_name(want.metric_name.clone())
        .set_namespace(want.namespace.clone())
        .set_ok_actions(want.ok_actions.to_sdk())
        .set_period(want.period.filter(|it| *it > 0))
        .set_statistic(want.statistic.to_sdk())
        .set_threshold(threshold)
        .set_threshold_metric_id(want.threshold_metric_id.clone())
        .treat_missing_data(&want.treat_missing_data)
        .set_unit(want.unit.to_sdk())
        .set_metrics((!queries.is_empty()).then_some(queries))
        .set_tags((tagged && !tags.is_empty()).then_some(tags));
    call.send().await.or_fault("PutMetricAlarm")?;
    Ok(())
}

fn live(it: &sdk::MetricAlarm, tags: Tags) -> Live<MetricAlarm> {
    let set = |items: &[String]| -> Option<BTreeSet<String>> {
        (!items.is_empty()).then(|| items.iter().cloned().collect())
    };
    let attributes = MetricAlarm {
        alarm_name: String::from_sdk(it.alarm_name()),
        comparison_operator: String::from_sdk(it.comparison_operator()),
        evaluation_periods: it.evaluation_periods().unwrap_or(0),
        actions_enabled: it.actions_enabled().unwrap_or(true),
        alarm_actions: set(it.alarm_actions()),
        alarm_description: Option::from_sdk(it.alarm_description()),
        datapoints_to_alarm: it.datapoints_to_alarm(),
        dimensions: map(it.dimensions()),
        evaluate_low_sample_count_percentiles: Auto::from_sdk(
            it.evaluate_low_sample_count_percentile(),
        ),
        extended_statistic: Option::from_sdk(it.extended_statistic()),
        insufficient_data_actions: set(it.insufficient_data_actions()),
        metric_name: Option::from_sdk(it.metric_name()),
        namespace: Option::from_sdk(it.namespace()),
        ok_actions: set(it.ok_actions()),
        period: it.period(),
        statistic: Option::from_sdk(it.statistic()),
        threshold: it.threshold(),
        threshold_metric_id: Option::from_sdk(it.threshold_metric_id()),
        treat_missing_data: it.treat_missing_data().unwrap_or("missing").to_owned(),
        unit: Option::from_sdk(it.unit()),
        id: Out::from_sdk(it.alarm_name()),
        tags,
        arn: Out::from_sdk(it.alarm_arn()),
        metric_query: it.metrics().iter().map(Query::of).collect(),
    };
    Live { id: String::from_sdk(it.alarm_name()), phase: Phase::Ready, attributes }
}

fn dimensions(it: &BTreeMap<String, String>) -> Vec<sdk::Dimension> {
    it.iter().map(|(name, it)| sdk::Dimension::builder().name(name).value(it).build()).collect()
}

fn map(it: &[sdk::Dimension]) -> Option<BTreeMap<String, String>> {
    let pair = |it: &sdk::Dimension| (String::from_sdk(it.name()), String::from_sdk(it.value()));
    (!it.is_empty()).then(|| it.iter().map(pair).collect())
}

impl Query {
    fn to_data(&self) -> sdk::MetricDataQuery {
        sdk::MetricDataQuery::builder()
            .id(&self.id)
            .set_account_id(self.account_id.clone())
            .set_expression(self.expression.clone())
            .set_label(self.label.clone())
            .set_period(self.period.filter(|it| *it > 0))
            .return_data(self.return_data)
            .set_metric_stat(self.metric.0.as_ref().map(Metric::to_stat))
            .build()
    }

    fn of(it: &sdk::MetricDataQuery) -> Self {
        Query {
            account_id: Option::from_sdk(it.account_id()),
            expression: Option::from_sdk(it.expression()),
            id: String::from_sdk(it.id()),
            label: Option::from_sdk(it.label()),
            period: it.period(),
            return_data: it.return_data().unwrap_or(false),
            metric: One(it.metric_stat().map(Metric::of)),
        }
    }
}

impl Metric {
    fn to_stat(&self) -> sdk::MetricStat {
        let metric = sdk::Metric::builder()
            .metric_name(&self.metric_name)
            .set_namespace(self.namespace.clone())
            .set_dimensions(self.dimensions.as_ref().map(dimensions));
        sdk::MetricStat::builder()
            .metric(metric.build())
            .period(self.period)
            .stat(&self.stat)
            .set_unit(self.unit.to_sdk())
            .build()
    }

    fn of(it: &sdk::MetricStat) -> Self {
        let metric = it.metric();
        Metric {
            dimensions: map(metric.map(|it| it.dimensions()).unwrap_or_default()),
            metric_name: String::from_sdk(metric.and_then(|it| it.metric_name())),
            namespace: Option::from_sdk(metric.and_then(|it| it.namespace())),
            period: it.period().unwrap_or(0),
            stat: String::from_sdk(it.stat()),
            unit: Option::from_sdk(it.unit()),
        }
    }
}

async fn tags(aws: &Aws, arn: &str) -> Result<Tags> {
    let call = aws.cloudwatch().list_tags_for_resource().resource_arn(arn);
    let tags = call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default();
    let pair = |it: &sdk::Tag| (String::from_sdk(it.key()), String::from_sdk(it.value()));
    Ok(tags.iter().map(pair).collect())
}

async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.cloudwatch().untag_resource().resource_arn(arn);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let tag = |(key, value)| sdk::Tag::builder().key(key).value(value).build();
        let set = set.into_iter().map(|(key, it): (String, String)| tag((key, it))).collect();
        let call = aws.cloudwatch().tag_resource().resource_arn(arn);
        call.set_tags(Some(set)).send().await.or_fault("TagResource")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, want};

    const CPU: &str = r#"{
        "alarm_name": "cpu", "comparison_operator": "GreaterThanThreshold",
        "evaluation_periods": 2, "threshold": 80.5,
        "metric_query": [{"id": "m1", "return_data": true, "metric": [{
            "metric_name": "CPUUtilization", "namespace": "AWS/ECS", "period": 60,
            "stat": "Average", "dimensions": {"ServiceName": "web"}}]}]
    }"#;

    #[test]
    fn queries_come_back_as_they_were_sent() {
        let alarm: MetricAlarm = want(CPU);
        let again: BTreeSet<Query> =
            alarm.metric_query.iter().map(|it| Query::of(&it.to_data())).collect();
        assert_eq!(again, alarm.metric_query);
    }

    #[tokio::test]
    async fn an_alarm_is_written_once_when_anything_changes() {
        let aws = Script::agreeable();
        let have: MetricAlarm = want(CPU);
        let want = MetricAlarm { threshold: Some(90.0), period: Some(60), ..have.clone() };

        MetricAlarm::update(&aws, "cpu", &have, &have).await.unwrap();
        assert_eq!(aws.asked(), 0);
        // What is answered is not in CloudWatch's format; what counts is that one call was made.
        _ = MetricAlarm::update(&aws, "cpu", &have, &want).await;
        assert_eq!(aws.asked(), 1);
    }
}
