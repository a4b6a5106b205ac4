//! `aws_lb_target_group`: where a load balancer sends requests.

mod blocks;

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::elbv2::settings::{Found, changes, settings};
use crate::elbv2::{retag, tags_of, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, changed, each};

pub(super) use blocks::{HealthCheck, Stickiness};
use blocks::{TargetFailover, TargetGroupHealth, TargetHealthState};

/// Where a load balancer sends requests.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_target_group")]
pub(crate) struct TargetGroup {
    /// Up to 32 letters, digits and hyphens. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name, up to 6 characters.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The port of targets that name none.
    #[attr(replace)]
    port: Option<i32>,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP` or `GENEVE`.
    #[attr(replace)]
    protocol: Option<String>,
    /// `HTTP1`, `HTTP2` or `GRPC`.
    #[attr(replace)]
    protocol_version: Auto<String>,
    /// What targets are: `instance`, `ip`, `lambda` or `alb`.
    #[attr(replace, default = "instance")]
    target_type: String,
    /// The VPC the targets are in.
    #[attr(replace)]
    vpc_id: Option<String>,
    /// `ipv4` or `ipv6`.
    #[attr(replace)]
    ip_address_type: Auto<String>,
    /// How targets are found to be healthy.
    health_check: Auto<One<HealthCheck>>,
    /// Whether a client stays with a target.
    stickiness: Auto<One<Stickiness>>,
    /// What happens to connections when a target fails, for gateway load balancers.
    target_failover: Auto<Vec<TargetFailover>>,
    /// When a zone counts as healthy.
    target_group_health: Auto<One<TargetGroupHealth>>,
    /// What happens to connections to a target that is not healthy any more.
    target_health_state: Auto<Vec<TargetHealthState>>,
    /// Whether connections end when a target has been taken out.
    connection_termination: Auto<bool>,
    /// How long a target that is taken out may finish its work, in seconds.
    #[attr(default = "300")]
    deregistration_delay: String,
    /// Whether headers that come several times reach a function as lists.
    #[attr(default = false)]
    lambda_multi_value_headers_enabled: bool,
    /// `round_robin`, `least_outstanding_requests` or `weighted_random`.
    load_balancing_algorithm_type: Auto<String>,
    /// Whether targets that misbehave get less: `on` or `off`.
    load_balancing_anomaly_mitigation: Auto<String>,
    /// `true`, `false` or `use_load_balancer_configuration`.
    load_balancing_cross_zone_enabled: Auto<String>,
    /// Whether targets see the address of the client.
    preserve_client_ip: Auto<String>,
    /// Whether the proxy protocol is spoken.
    #[attr(default = false)]
    proxy_protocol_v2: bool,
    /// How long a new target gets less than its share, in seconds; 0 for not at all.
    #[attr(default = 0)]
    slow_start: i32,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The part of its ARN that metrics of CloudWatch name it by.
    arn_suffix: Out<String>,
    /// The load balancers that use it.
    load_balancer_arns: Out<BTreeSet<String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

const APPLICATION: &[&str] = &["application"];
const NETWORK: &[&str] = &["network"];
const LAMBDA: &[&str] = &["lambda"];
const CONNECTED: &[&str] = &["application", "network", "gateway"];
const BALANCED: &[&str] = &["application", "network", "lambda"];

settings! {
    TargetGroup;
    connection_termination = "deregistration_delay.connection_termination.enabled", NETWORK;
    deregistration_delay = "deregistration_delay.timeout_seconds", CONNECTED;
    lambda_multi_value_headers_enabled = "lambda.multi_value_headers.enabled", LAMBDA;
    load_balancing_algorithm_type = "load_balancing.algorithm.type", APPLICATION;
    load_balancing_anomaly_mitigation =
        "load_balancing.algorithm.anomaly_mitigation", APPLICATION;
    load_balancing_cross_zone_enabled = "load_balancing.cross_zone.enabled", BALANCED;
    preserve_client_ip = "preserve_client_ip.enabled", NETWORK;
    proxy_protocol_v2 = "proxy_protocol_v2.enabled", NETWORK;
    slow_start = "slow_start.duration_seconds", APPLICATION;
}

impl Resource for TargetGroup {
    const BATCH: usize = 20;
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.elbv2().describe_target_groups().set_target_group_arns(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeTargetGroups")?;
        let found = answer.target_groups.unwrap_or_default();
        let arns: Vec<String> = found.iter().filter_map(|it| it.target_group_arn.clone()).collect();
        let mut tags = tags_of(aws, &arns).await?;
        let mut lives = each(&arns, |arn| {
            let it = found.iter().find(|it| it.target_group_arn() == Some(arn));
            async move {
                let Some(it) = it else { return Ok(None) };
                Ok(Some(live(it, &settings_of(aws, arn).await?)))
            }
        })
        .await?;
        for it in &mut lives {
            it.attributes.tags = tags.remove(&it.id).unwrap_or_default();
        }
        Ok(lives)
    }

    /// Settings are sent by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        // Creating one that exists with the same settings would give that one, which is not ours.
        if let Some(name) = want.name.0.as_deref().filter(|it| !it.is_empty()) {
            match arn_of(aws, name).await {
                Err(fault) if fault.kind == FaultKind::NotFound => (),
                found => return Err(exists(name, &found?)),
            }
        }
        let call = aws.elbv2().create_target_group().name(want.name(token));
        let call = call
            .set_port(want.port)
            .set_protocol(want.protocol.to_sdk())
            .set_protocol_version(want.protocol_version.to_sdk())
            .target_type(want.target_type.as_str().into())
            .set_vpc_id(want.vpc_id.clone())
            .set_ip_address_type(want.ip_address_type.to_sdk())
            .set_tags(tags_to_sdk(&want.tags));
        let call = match want.check() {
            Some(it) => call
                .health_check_enabled(it.enabled)
                .healthy_threshold_count(it.healthy_threshold)
                .health_check_interval_seconds(it.interval)
                .set_matcher(want.matcher())
                .set_health_check_path(it.path.to_sdk())
                .set_health_check_port(want.unless_lambda(&it.port))
                .set_health_check_protocol(
                    want.unless_lambda(&it.protocol).map(|it| it.as_str().into()),
                )
                .set_health_check_timeout_seconds(it.timeout.to_sdk())
                .unhealthy_threshold_count(it.unhealthy_threshold),
            None => call,
        };
        let answer = call.send().await.or_fault("CreateTargetGroup")?;
        let made = answer.target_groups.unwrap_or_default().into_iter().next();
        must(made.and_then(|it| it.target_group_arn), "CreateTargetGroup")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; health_check)
            && let Some(it) = want.check()
        {
            let call = aws.elbv2().modify_target_group().target_group_arn(id);
            let call = call
                .health_check_enabled(it.enabled)
                .healthy_threshold_count(it.healthy_threshold)
                .health_check_interval_seconds(it.interval)
                .set_matcher(want.matcher())
                .set_health_check_path(it.path.to_sdk())
                .set_health_check_port(want.unless_lambda(&it.port))
                .set_health_check_protocol(
                    want.unless_lambda(&it.protocol).map(|it| it.as_str().into()),
                )
                .set_health_check_timeout_seconds(it.timeout.to_sdk())
                .unhealthy_threshold_count(it.unhealthy_threshold);
            call.send().await.or_fault("ModifyTargetGroup")?;
        }
        let mut pairs = changes(want.kind(), &have.rows(), want.rows());
        pairs.extend(want.block_changes(have));
        if !pairs.is_empty() {
            let pair =
                |(key, value)| sdk::TargetGroupAttribute::builder().key(key).value(value).build();
            let call = aws.elbv2().modify_target_group_attributes().target_group_arn(id);
            let call = call.set_attributes(Some(pairs.into_iter().map(pair).collect()));
            call.send().await.or_fault("ModifyTargetGroupAttributes")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.elbv2().delete_target_group().target_group_arn(id);
        call.send().await.or_fault("DeleteTargetGroup")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        arn_of(aws, claim).await.map(Some)
    }

    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        arn_of(aws, &want.name(token)).await.map(Some)
    }

    /// By ARN, or by name: names are unique in a region.
    async fn import(aws: &Aws, text: &str) -> Result<String> {
        if text.starts_with("arn:") {
            return Ok(text.to_owned());
        }
        arn_of(aws, text).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "DuplicateTargetGroupName") => Some(FaultKind::Exists),
            _ => None,
        }
    }
}

impl TargetGroup {
    fn name(&self, token: &str) -> String {
        let own = [&self.name.0, &self.name_prefix.0];
        let named = own.iter().any(|it| it.as_ref().is_some_and(|it| !it.is_empty()));
        let prefix = if named { self.name_prefix.clone() } else { Auto(Some("tf-".to_owned())) };
        name_or_unique(&self.name, &prefix, token)
    }

    /// Which of the settings it has follows from what targets speak.
    fn kind(&self) -> &str {
        match self.protocol.as_deref() {
            _ if self.target_type == "lambda" => "lambda",
            Some("HTTP" | "HTTPS") => "application",
            Some("TCP" | "TLS" | "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC") => "network",
            Some("GENEVE") => "gateway",
            _ => "",
        }
    }

    fn check(&self) -> Option<&HealthCheck> {
        self.health_check.0.as_ref().and_then(|it| it.0.as_ref())
    }

    fn matcher(&self) -> Option<sdk::Matcher> {
        let codes = self.check()?.matcher.0.as_deref().filter(|it| !it.is_empty())?;
        let matcher = sdk::Matcher::builder();
        Some(match self.protocol_version.0.as_deref() {
            Some("GRPC") => matcher.grpc_code(codes).build(),
            _ => matcher.http_code(codes).build(),
        })
    }

    /// Functions are called, not connected to.
    fn unless_lambda(&self, text: &str) -> Option<String> {
        (self.target_type != "lambda").then(|| text.to_owned())
    }

    fn block_changes(&self, have: &TargetGroup) -> blocks::Pairs {
        let mut pairs = blocks::Pairs::new();
        if changed!(have, self; stickiness)
            && let Some(One(Some(it))) = &self.stickiness.0
        {
            pairs.extend(it.pairs());
        }
        if changed!(have, self; target_failover) {
            pairs.extend(self.target_failover.0.iter().flatten().flat_map(TargetFailover::pairs));
        }
        if changed!(have, self; target_group_health)
            && let Some(One(Some(it))) = &self.target_group_health.0
        {
            pairs.extend(it.pairs());
        }
        if changed!(have, self; target_health_state) {
            let states = self.target_health_state.0.iter().flatten();
            pairs.extend(states.flat_map(TargetHealthState::pairs));
        }
        pairs
    }

    fn nothing() -> TargetGroup {
        let defaults = crate::resource::decode(&Self::SCHEMA, serde_json::Map::new());
        defaults.expect("no attribute is required")
    }
}

/// The target group of a name. That there is none is a fault.
async fn arn_of(aws: &Aws, name: &str) -> Result<String> {
    let call = aws.elbv2().describe_target_groups().names(name);
    let answer = call.send().await.or_fault("DescribeTargetGroups")?;
    let found = answer.target_groups.unwrap_or_default().into_iter().next();
    must(found.and_then(|it| it.target_group_arn), "DescribeTargetGroups")
}

fn exists(name: &str, arn: &str) -> Fault {
    Fault {
        kind: FaultKind::Exists,
        operation: "CreateTargetGroup",
        code: "DuplicateTargetGroupName".to_owned(),
        message: format!("there is a target group {name}: {arn}"),
    }
}

async fn settings_of(aws: &Aws, arn: &str) -> Result<Found> {
    let call = aws.elbv2().describe_target_group_attributes().target_group_arn(arn);
    let answer = call.send().await.or_fault("DescribeTargetGroupAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|it| Some((it.key?, it.value?))).collect())
}

fn live(it: &sdk::TargetGroup, found: &Found) -> Live<TargetGroup> {
    let arn = String::from_sdk(it.target_group_arn());
    let name = it.target_group_name().unwrap_or_default();
    let mut attributes = TargetGroup {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        port: it.port(),
        protocol: Option::from_sdk(it.protocol()),
        protocol_version: Auto::from_sdk(it.protocol_version()),
        target_type: it.target_type().map_or("instance", |it| it.as_str()).to_owned(),
        vpc_id: Option::from_sdk(it.vpc_id()),
        ip_address_type: Auto::from_sdk(it.ip_address_type()),
        health_check: Auto(Some(One(Some(HealthCheck::read(it))))),
        stickiness: Auto(Some(One(Stickiness::read(found)))),
        target_failover: Auto(Some(TargetFailover::read(found).into_iter().collect())),
        target_group_health: Auto(Some(One(TargetGroupHealth::read(found)))),
        target_health_state: Auto(Some(TargetHealthState::read(found).into_iter().collect())),
        arn_suffix: Out(arn.rsplit(':').next().map(str::to_owned)),
        load_balancer_arns: Out(Some(it.load_balancer_arns().iter().cloned().collect())),
        arn: Out(Some(arn.clone())),
        id: Out(Some(arn.clone())),
        ..TargetGroup::nothing()
    };
    let kind = attributes.kind().to_owned();
    attributes.read_settings(&kind, found);
    Live { id: arn, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    const WEB: &str =
        "<TargetGroups><member><TargetGroupArn>arn:tg</TargetGroupArn></member></TargetGroups>";

    #[tokio::test]
    async fn a_target_group_is_created_with_its_health_check() {
        let none = query_refusal("TargetGroupNotFound", "One or more target groups not found");
        let aws = Script::new([none, query("CreateTargetGroup", WEB)]);
        let want = want::<TargetGroup>(
            r#"{"name": "web", "port": 80, "protocol": "HTTP", "target_type": "ip", "vpc_id": "vpc-1",
                "health_check": [{"path": "/health", "matcher": "200-299"}]}"#,
        );

        assert_eq!(TargetGroup::create(&aws, &want, "token").await.unwrap(), "arn:tg");

        aws.sent(expect![[r#"
            DescribeTargetGroups
                Names.member.1=web
            CreateTargetGroup
                HealthCheckEnabled=true
                HealthCheckIntervalSeconds=30
                HealthCheckPath=/health
                HealthCheckPort=traffic-port
                HealthCheckProtocol=HTTP
                HealthyThresholdCount=3
                Matcher.HttpCode=200-299
                Name=web
                Port=80
                Protocol=HTTP
                TargetType=ip
                UnhealthyThresholdCount=3
                VpcId=vpc-1
        "#]]);
    }

    #[tokio::test]
    async fn one_that_exists_is_not_taken_for_ours() {
        let aws = Script::new([query("DescribeTargetGroups", WEB)]);

        let want = want(r#"{"name": "web"}"#);
        let fault = TargetGroup::create(&aws, &want, "token").await.unwrap_err();

        assert_eq!(fault.kind, FaultKind::Exists);
    }

    #[tokio::test]
    async fn it_is_imported_by_name_too() {
        let aws = Script::new([query("DescribeTargetGroups", WEB)]);

        assert_eq!(TargetGroup::import(&aws, "arn:x").await.unwrap(), "arn:x");
        assert_eq!(TargetGroup::import(&aws, "web").await.unwrap(), "arn:tg");
    }

    #[tokio::test]
    async fn settings_and_blocks_are_sent_together() {
        let aws = Script::new([query("ModifyTargetGroupAttributes", "")]);
        let have = want::<TargetGroup>(r#"{"name": "web", "protocol": "HTTP"}"#);
        let want = want::<TargetGroup>(
            r#"{"name": "web", "protocol": "HTTP", "deregistration_delay": "30",
                "preserve_client_ip": "true",
                "stickiness": [{"type": "app_cookie", "cookie_name": "user"}]}"#,
        );

        TargetGroup::update(&aws, "arn:tg", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyTargetGroupAttributes
                Attributes.member.1.Key=deregistration_delay.timeout_seconds
                Attributes.member.1.Value=30
                Attributes.member.2.Key=stickiness.enabled
                Attributes.member.2.Value=true
                Attributes.member.3.Key=stickiness.type
                Attributes.member.3.Value=app_cookie
                Attributes.member.4.Key=stickiness.app_cookie.duration_seconds
                Attributes.member.4.Value=86400
                Attributes.member.5.Key=stickiness.app_cookie.cookie_name
                Attributes.member.5.Value=user
                TargetGroupArn=arn:tg
        "#]]);
    }

    #[tokio::test]
    async fn deleting_waits_for_listeners_to_let_go() {
        let aws = Script::new([query_refusal("ResourceInUse", "in use by a listener")]);

        let have = want(r#"{"name": "web"}"#);
        let fault = TargetGroup::delete(&aws, "arn:tg", &have).await.unwrap_err();

        assert_eq!(fault.kind, FaultKind::Busy);
    }
}
