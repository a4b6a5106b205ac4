//! The data source `aws_lb_target_group`: a target group that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::{Data, shown};
use crate::elbv2::target_group::{self, HealthCheck, Stickiness};
use crate::elbv2::{has_tags, tags_of};
use crate::fault::{OrFault, only};
use crate::resource::{Resource, Result};

/// A target group that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_target_group", timeouts = [read])]
pub(crate) struct TargetGroup {
    /// Its Amazon Resource Name.
    arn: Auto<String>,
    /// Whether targets that misbehave get less: `on` or `off`.
    load_balancing_anomaly_mitigation: Auto<String>,
    /// Up to 32 letters, digits and hyphens. Without it or `name_prefix`, a unique one is made.
    name: Auto<String>,
    /// The part of its ARN that metrics of CloudWatch name it by.
    arn_suffix: Out<String>,
    /// Whether connections end when a target has been taken out.
    connection_termination: Out<bool>,
    /// How long a target that is taken out may finish its work, in seconds.
    deregistration_delay: Out<String>,
    /// How targets are found to be healthy.
    health_check: Out<Vec<HealthCheck>>,
    /// Whether headers that come several times reach a function as lists.
    lambda_multi_value_headers_enabled: Out<bool>,
    /// The load balancers that use it.
    load_balancer_arns: Out<BTreeSet<String>>,
    /// `round_robin`, `least_outstanding_requests` or `weighted_random`.
    load_balancing_algorithm_type: Out<String>,
    /// `true`, `false` or `use_load_balancer_configuration`.
    load_balancing_cross_zone_enabled: Out<String>,
    /// The port of targets that name none.
    port: Out<i32>,
    /// Whether targets see the address of the client.
    preserve_client_ip: Out<String>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP` or `GENEVE`.
    protocol: Out<String>,
    /// `HTTP1`, `HTTP2` or `GRPC`.
    protocol_version: Out<String>,
    /// Whether the proxy protocol is spoken.
    proxy_protocol_v2: Out<bool>,
    /// How long a new target gets less than its share, in seconds; 0 for not at all.
    slow_start: Out<i32>,
    /// Whether a client stays with a target.
    stickiness: Out<Vec<Stickiness>>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// What targets are: `instance`, `ip`, `lambda` or `alb`.
    target_type: Out<String>,
    /// The VPC the targets are in.
    vpc_id: Out<String>,
    /// Its Amazon Resource Name.
    id: Auto<String>,
}

impl Data for TargetGroup {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let text = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
        let call = aws.elbv2().describe_target_groups();
        let call = match (text(&given.arn), text(&given.name)) {
            (Some(arn), _) => call.target_group_arns(arn),
            (None, Some(name)) => call.names(name),
            (None, None) => call,
        };
        let mut arns = Vec::new();
        let mut pages = call.into_paginator().items().send();
        while let Some(it) = pages.next().await {
            arns.extend(it.or_fault("DescribeTargetGroups")?.target_group_arn);
        }
        let mut matching = Vec::new();
        for some in arns.chunks(20) {
            let tags = tags_of(aws, some).await?;
            let fits = |it: &&String| has_tags(tags.get(*it), &given.tags);
            matching.extend(some.iter().filter(fits).cloned());
        }
        let arn = only("target group", "DescribeTargetGroups", matching)?;
        let found = only(
            "target group",
            "DescribeTargetGroups",
            target_group::TargetGroup::read(aws, &[arn]).await?,
        )?;
        let mut shown: TargetGroup = shown(&found.attributes)?;
        if let Some(tags) = &mut shown.tags.0 {
            tags.retain(|key, _| !aws.tags().ignores(key));
        }
        Ok(shown)
    }
}
