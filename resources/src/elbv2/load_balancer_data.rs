//! The data source `aws_lb`: a load balancer that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::{Data, shown};
use crate::elbv2::load_balancer::{self, IpamPools, LogsBlock, SubnetMapping};
use crate::elbv2::{has_tags, tags_of};
use crate::fault::{OrFault, only};
use crate::resource::{Resource, Result};

/// A load balancer that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb", timeouts = [read])]
pub(crate) struct LoadBalancer {
    /// Its Amazon Resource Name.
    arn: Auto<String>,
    /// Up to 32 letters, digits and hyphens. Without it or `name_prefix`, a unique one is made.
    name: Auto<String>,
    /// Where requests are logged.
    access_logs: Out<Vec<LogsBlock>>,
    /// The part of its ARN that metrics of CloudWatch name it by.
    arn_suffix: Out<String>,
    /// How long connections of clients are kept open, in seconds.
    client_keep_alive: Out<i32>,
    /// Where connections are logged.
    connection_logs: Out<Vec<LogsBlock>>,
    /// The pool of customer-owned addresses it uses, on an Outpost.
    customer_owned_ipv4_pool: Out<String>,
    /// What happens to requests that may be attacks: `monitor`, `defensive` or `strictest`.
    desync_mitigation_mode: Out<String>,
    /// Its host name.
    dns_name: Out<String>,
    /// Whether clients are led to the zone they are in.
    dns_record_client_routing_policy: Out<String>,
    /// Whether headers that are not valid are dropped.
    drop_invalid_header_fields: Out<bool>,
    /// Whether every zone sends to the targets of all zones.
    enable_cross_zone_load_balancing: Out<bool>,
    /// Whether AWS refuses to delete it.
    enable_deletion_protection: Out<bool>,
    /// Whether HTTP/2 is spoken.
    enable_http2: Out<bool>,
    /// Whether targets are told the TLS version and cipher suite.
    enable_tls_version_and_cipher_suite_headers: Out<bool>,
    /// Whether requests pass when the firewall does not answer.
    enable_waf_fail_open: Out<bool>,
    /// Whether `X-Forwarded-For` has the port of the client.
    enable_xff_client_port: Out<bool>,
    /// Whether traffic can be shifted away from a zone.
    enable_zonal_shift: Out<bool>,
    /// Whether rules for incoming traffic hold for PrivateLink: `on` or `off`.
    enforce_security_group_inbound_rules_on_private_link_traffic: Out<String>,
    /// How long a connection may be idle, in seconds.
    idle_timeout: Out<i32>,
    /// Whether it has private addresses only.
    internal: Out<bool>,
    /// `ipv4`, `dualstack` or `dualstack-without-public-ipv4`.
    ip_address_type: Out<String>,
    /// The pools its addresses come from.
    ipam_pools: Out<Vec<IpamPools>>,
    /// `application`, `network` or `gateway`.
    load_balancer_type: Out<String>,
    /// Whether targets see the `Host` header as it came.
    preserve_host_header: Out<bool>,
    /// The security groups its network interfaces belong to.
    security_groups: Out<BTreeSet<String>>,
    /// The subnets it is in, with the addresses it has there.
    subnet_mapping: Out<BTreeSet<SubnetMapping>>,
    /// The subnets it is in, one for each zone.
    subnets: Out<BTreeSet<String>>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is in.
    vpc_id: Out<String>,
    /// What happens to `X-Forwarded-For`: `append`, `preserve` or `remove`.
    xff_header_processing_mode: Out<String>,
    /// The Route 53 zone id to use in an alias record.
    zone_id: Out<String>,
    /// Its Amazon Resource Name.
    id: Auto<String>,
}

impl Data for LoadBalancer {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let text = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
        let call = aws.elbv2().describe_load_balancers();
        let call = match (text(&given.arn), text(&given.name)) {
            (Some(arn), _) => call.load_balancer_arns(arn),
            (None, Some(name)) => call.names(name),
            (None, None) => call,
        };
        let mut arns = Vec::new();
        let mut pages = call.into_paginator().items().send();
        while let Some(it) = pages.next().await {
            arns.extend(it.or_fault("DescribeLoadBalancers")?.load_balancer_arn);
        }
        let mut matching = Vec::new();
        for some in arns.chunks(20) {
            let tags = tags_of(aws, some).await?;
            let fits = |it: &&String| has_tags(tags.get(*it), &given.tags);
            matching.extend(some.iter().filter(fits).cloned());
        }
        let arn = only("load balancer", "DescribeLoadBalancers", matching)?;
        let found = only(
            "load balancer",
            "DescribeLoadBalancers",
            load_balancer::LoadBalancer::read(aws, &[arn]).await?,
        )?;
        let mut shown: LoadBalancer = shown(&found.attributes)?;
        if let Some(tags) = &mut shown.tags.0 {
            tags.retain(|key, _| !aws.tags().ignores(key));
        }
        Ok(shown)
    }
}
