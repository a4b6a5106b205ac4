//! `aws_cloudwatch_log_metric_filter`: makes a metric of what a log group says.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types as sdk;
use model::{Attributes, Live, One, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::logs::by_group;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, missing_is_none};

/// Makes a metric of what a log group says.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_cloudwatch_log_metric_filter")]
pub(crate) struct MetricFilter {
    /// The log group.
    #[attr(replace)]
    log_group_name: String,
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Which lines count. With an empty one, all do.
    pattern: String,
    /// What is made of each line that counts.
    #[attr(required)]
    metric_transformation: One<Transformation>,
    /// Its name.
    id: Out<String>,
}

/// What is made of each line that counts.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Transformation {
    /// The value while no line counts.
    default_value: Option<String>,
    /// Names of dimensions, and the fields of the line that are their values.
    dimensions: Option<BTreeMap<String, String>>,
    /// The metric's name.
    name: String,
    /// The metric's namespace.
    namespace: String,
    /// The metric's unit.
    #[attr(default = "None")]
    unit: String,
    /// A number, or the field of the line that has it.
    value: String,
}

impl MetricFilter {
    fn path(&self) -> String {
        format!("{}:{}", self.log_group_name, self.name)
    }
}

impl Resource for MetricFilter {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    /// The id that imports have: a name alone does not tell the group.
    fn identity(&self) -> Option<String> {
        Some(self.path())
    }

    /// One call answers for all filters of a group.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut found = Vec::new();
        for (group, names) in by_group(ids, ':') {
            let only = names.first().filter(|_| names.len() == 1).map(|it| (*it).to_owned());
            let call = aws.logs().describe_metric_filters().log_group_name(group);
            let pages = call.set_filter_name_prefix(only).into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            let all = missing_is_none(all.or_fault("DescribeMetricFilters").map(Some))?;
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
        let call = aws.logs().delete_metric_filter().log_group_name(&have.log_group_name);
        call.filter_name(&have.name).send().await.or_fault("DeleteMetricFilter")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, &[want.path()]).await?;
        Ok(found.into_iter().find(|it| it.attributes.pattern == want.pattern).map(|it| it.id))
    }
}

async fn put(aws: &Aws, want: &MetricFilter) -> Result<()> {
    let transformations =
        want.metric_transformation.0.iter().map(Transformation::to_transformation);
    let call = aws.logs().put_metric_filter().log_group_name(&want.log_group_name);
    let call = call
        .filter_name(&want.name)
        .filter_pattern(want.pattern.trim())
        .set_metric_transformations(Some(transformations.collect()));
    call.send().await.or_fault("PutMetricFilter")?;
    Ok(())
}

fn live(group: &str, it: &sdk::MetricFilter) -> Live<MetricFilter> {
    let attributes = MetricFilter {
        log_group_name: group.to_owned(),
        name: String::from_sdk(it.filter_name()),
        pattern: String::from_sdk(it.filter_pattern()),
        metric_transformation: One(it.metric_transformations().first().map(Transformation::of)),
        id: Out::from_sdk(it.filter_name()),
    };
    Live { id: attributes.path(), phase: Phase::Ready, attributes }
}

impl Transformation {
    fn to_transformation(&self) -> sdk::MetricTransformation {
        let dimensions = self.dimensions.as_ref().filter(|it| !it.is_empty());
        sdk::MetricTransformation::builder()
            .set_default_value(self.default_value.as_ref().and_then(|it| it.parse().ok()))
            .set_dimensions(dimensions.and_then(|it| it.to_sdk()))
            .metric_name(&self.name)
            .metric_namespace(&self.namespace)
            .metric_value(&self.value)
            .set_unit(self.unit.to_sdk())
            .build()
            .expect("a name, a namespace and a value are set")
    }

    fn of(it: &sdk::MetricTransformation) -> Self {
        let dimensions = it.dimensions().filter(|it| !it.is_empty());
        Transformation {
            default_value: it.default_value().map(|it| it.to_string()),
            dimensions: dimensions.map(BTreeMap::from_sdk),
            name: it.metric_name().to_owned(),
            namespace: it.metric_namespace().to_owned(),
            unit: it.unit().map_or("None", |it| it.as_str()).to_owned(),
            value: it.metric_value().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, json_refusal, want};

    const ERRORS: &str = r#"{"log_group_name": "/app", "name": "errors", "pattern": "ERROR ",
        "metric_transformation": [{"name": "Errors", "namespace": "App", "value": "1",
            "default_value": "0", "unit": "Count"}]}"#;

    #[tokio::test]
    async fn a_filter_is_written_as_a_whole() {
        let aws = Script::new([json("{}")]);

        let id = MetricFilter::create(&aws, &want(ERRORS), "token").await.unwrap();
        assert_eq!(id, "/app:errors");

        aws.sent(expect![[r#"
            PutMetricFilter
                filterName="errors"
                filterPattern="ERROR"
                logGroupName="/app"
                metricTransformations=[{"defaultValue":0.0,"metricName":"Errors","metricNamespace":"App","metricValue":"1","unit":"Count"}]
        "#]]);
    }

    #[tokio::test]
    async fn filters_of_a_group_are_read_together() {
        let filters = r#"{"metricFilters": [
            {"filterName": "errors", "filterPattern": "ERROR", "metricTransformations": [
                {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1",
                 "defaultValue": 0.0, "unit": "Count"}]},
            {"filterName": "errors-2", "metricTransformations": []}]}"#;
        let refusal = json_refusal("ResourceNotFoundException", "no such group");
        let aws = Script::new([json(filters), refusal]);
        let ids = ["/app:errors", "/app:gone", "/gone:errors"].map(str::to_owned);

        let found = MetricFilter::read(&aws, &ids).await.unwrap();

        assert_eq!(found.len(), 1);
        let want = want::<MetricFilter>(ERRORS).metric_transformation;
        assert_eq!(found[0].attributes.metric_transformation, want);
        aws.sent(expect![[r#"
            DescribeMetricFilters
                logGroupName="/app"
            DescribeMetricFilters
                filterNamePrefix="errors"
                logGroupName="/gone"
        "#]]);
    }
}
