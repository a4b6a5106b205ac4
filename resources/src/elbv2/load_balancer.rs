//! `aws_lb`: a load balancer for HTTP, for TCP and UDP, or for appliances.

mod blocks;

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, One, Op, Out, Phase, Tags, Value};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::elbv2::settings::{Found, changes, settings};
use crate::elbv2::{retag, tags_of, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, changed, each, follow};

use blocks::{Capacity, Logs};
pub(super) use blocks::{IpamPools, LogsBlock, SubnetMapping};

/// A load balancer.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb", timeouts = [create, update, delete])]
pub(crate) struct LoadBalancer {
    /// Up to 32 letters, digits and hyphens. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name, up to 6 characters.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// `application`, `network` or `gateway`.
    #[attr(replace, default = "application")]
    load_balancer_type: String,
    /// Whether it has private addresses only.
    #[attr(replace)]
    internal: Auto<bool>,
    /// `ipv4`, `dualstack` or `dualstack-without-public-ipv4`.
    ip_address_type: Auto<String>,
    /// The security groups its network interfaces belong to.
    security_groups: Auto<BTreeSet<String>>,
    /// The subnets it is in, one for each zone.
    subnets: Auto<BTreeSet<String>>,
    /// The subnets it is in, with the addresses it has there.
    subnet_mapping: Auto<BTreeSet<SubnetMapping>>,
    /// Where requests are logged.
    access_logs: Logs,
    /// Where connections are logged.
    connection_logs: Logs,
    /// The pools its addresses come from.
    ipam_pools: One<IpamPools>,
    /// The capacity it never goes below.
    minimum_load_balancer_capacity: One<Capacity>,
    /// The pool of customer-owned addresses it uses, on an Outpost.
    #[attr(replace)]
    customer_owned_ipv4_pool: Option<String>,
    /// How long connections of clients are kept open, in seconds.
    #[attr(default = 3600)]
    client_keep_alive: i32,
    /// What happens to requests that may be attacks: `monitor`, `defensive` or `strictest`.
    #[attr(default = "defensive")]
    desync_mitigation_mode: String,
    /// Whether clients are led to the zone they are in.
    #[attr(default = "any_availability_zone")]
    dns_record_client_routing_policy: String,
    /// Whether headers that are not valid are dropped.
    #[attr(default = false)]
    drop_invalid_header_fields: bool,
    /// Whether every zone sends to the targets of all zones.
    #[attr(default = false)]
    enable_cross_zone_load_balancing: bool,
    /// Whether AWS refuses to delete it.
    #[attr(default = false)]
    enable_deletion_protection: bool,
    /// Whether HTTP/2 is spoken.
    #[attr(default = true)]
    enable_http2: bool,
    /// Whether targets are told the TLS version and cipher suite.
    #[attr(default = false)]
    enable_tls_version_and_cipher_suite_headers: bool,
    /// Whether requests pass when the firewall does not answer.
    #[attr(default = false)]
    enable_waf_fail_open: bool,
    /// Whether `X-Forwarded-For` has the port of the client.
    #[attr(default = false)]
    enable_xff_client_port: bool,
    /// Whether traffic can be shifted away from a zone.
    #[attr(default = false)]
    enable_zonal_shift: bool,
    /// Whether rules for incoming traffic hold for PrivateLink: `on` or `off`.
    enforce_security_group_inbound_rules_on_private_link_traffic: Auto<String>,
    /// How long a connection may be idle, in seconds.
    #[attr(default = 60)]
    idle_timeout: i32,
    /// Whether targets see the `Host` header as it came.
    #[attr(default = false)]
    preserve_host_header: bool,
    /// What happens to `X-Forwarded-For`: `append`, `preserve` or `remove`.
    #[attr(default = "append")]
    xff_header_processing_mode: String,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The part of its ARN that metrics of CloudWatch name it by.
    arn_suffix: Out<String>,
    /// Its host name.
    dns_name: Out<String>,
    /// The VPC it is in.
    vpc_id: Out<String>,
    /// The Route 53 zone id to use in an alias record.
    zone_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

const APPLICATION: &[&str] = &["application"];
const NETWORK: &[&str] = &["network"];
const WITH_TARGETS: &[&str] = &["application", "network"];
const LAYER_4: &[&str] = &["network", "gateway"];
const ALL: &[&str] = &["application", "network", "gateway"];

settings! {
    LoadBalancer;
    client_keep_alive = "client_keep_alive.seconds", APPLICATION;
    desync_mitigation_mode = "routing.http.desync_mitigation_mode", APPLICATION;
    dns_record_client_routing_policy = "dns_record.client_routing_policy", NETWORK;
    drop_invalid_header_fields = "routing.http.drop_invalid_header_fields.enabled", APPLICATION;
    enable_cross_zone_load_balancing = "load_balancing.cross_zone.enabled", LAYER_4;
    enable_deletion_protection = "deletion_protection.enabled", ALL;
    enable_http2 = "routing.http2.enabled", APPLICATION;
    enable_tls_version_and_cipher_suite_headers =
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", APPLICATION;
    enable_waf_fail_open = "waf.fail_open.enabled", APPLICATION;
    enable_xff_client_port = "routing.http.xff_client_port.enabled", APPLICATION;
    enable_zonal_shift = "zonal_shift.config.enabled", WITH_TARGETS;
    idle_timeout = "idle_timeout.timeout_seconds", APPLICATION;
    preserve_host_header = "routing.http.preserve_host_header.enabled", APPLICATION;
    xff_header_processing_mode = "routing.http.xff_header_processing.mode", APPLICATION;
}

impl Resource for LoadBalancer {
    const BATCH: usize = 20;
    const PROTECTIONS: &[&str] = &["enable_deletion_protection"];

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.elbv2().describe_load_balancers().set_load_balancer_arns(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeLoadBalancers")?;
        let mut tags = tags_of(aws, ids).await?;
        let found = answer.load_balancers.unwrap_or_default();
        let arns: Vec<String> =
            found.iter().filter_map(|it| it.load_balancer_arn.clone()).collect();
        let mut lives = each(&arns, |arn| {
            let it = found.iter().find(|it| it.load_balancer_arn() == Some(arn));
            async move {
                let Some(it) = it else { return Ok(None) };
                Ok(Some(live(it, &settings_of(aws, arn).await?, capacity_of(aws, it).await?)))
            }
        })
        .await?;
        for it in &mut lives {
            it.attributes.tags = tags.remove(&it.id).unwrap_or_default();
        }
        Ok(lives)
    }

    /// Creating one that exists with the same settings gives that one. Settings are sent by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let own = [&want.name.0, &want.name_prefix.0];
        let named = own.iter().any(|it| it.as_ref().is_some_and(|it| !it.is_empty()));
        let prefix = if named { want.name_prefix.clone() } else { Auto(Some("tf-lb-".to_owned())) };
        let scheme = match want.internal.0 {
            Some(true) => Some(sdk::LoadBalancerSchemeEnum::Internal),
            _ => None,
        };
        let call = aws.elbv2().create_load_balancer();
        let call = call
            .name(name_or_unique(&want.name, &prefix, token))
            .r#type(want.load_balancer_type.as_str().into())
            .set_scheme(scheme)
            .set_ip_address_type(want.ip_address_type.to_sdk())
            .set_security_groups(given(&want.security_groups))
            .set_customer_owned_ipv4_pool(want.customer_owned_ipv4_pool.clone())
            .set_ipam_pools(want.ipam_pools.to_sdk())
            .set_tags(tags_to_sdk(&want.tags));
        let call = match want.mappings() {
            Some(mappings) => call.set_subnet_mappings(Some(mappings)),
            None => call.set_subnets(given(&want.subnets)),
        };
        let answer = call.send().await.or_fault("CreateLoadBalancer")?;
        let made = answer.load_balancers.unwrap_or_default().into_iter().next();
        must(made.and_then(|it| it.load_balancer_arn), "CreateLoadBalancer")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        change_place(aws, id, have, want).await?;
        let mut pairs = changes(&want.load_balancer_type, &have.rows(), want.rows());
        pairs.extend(want.access_logs.changes(&have.access_logs, &blocks::ACCESS));
        pairs.extend(want.connection_logs.changes(&have.connection_logs, &blocks::CONNECTION));
        if !pairs.is_empty() {
            let pair =
                |(key, value)| sdk::LoadBalancerAttribute::builder().key(key).value(value).build();
            let pairs = pairs.into_iter().map(pair).collect();
            let call = aws.elbv2().modify_load_balancer_attributes().load_balancer_arn(id);
            let call = call.set_attributes(Some(pairs));
            call.send().await.or_fault("ModifyLoadBalancerAttributes")?;
        }
        if changed!(have, want; minimum_load_balancer_capacity) {
            let capacity = want.minimum_load_balancer_capacity.to_sdk();
            let call = aws.elbv2().modify_capacity_reservation().load_balancer_arn(id);
            let call = call.set_reset_capacity_reservation(capacity.is_none().then_some(true));
            let call = call.set_minimum_load_balancer_capacity(capacity);
            call.send().await.or_fault("ModifyCapacityReservation")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.elbv2().delete_load_balancer().load_balancer_arn(id);
        call.send().await.or_fault("DeleteLoadBalancer")?;
        Ok(())
    }

    /// What a load balancer of this kind does not have stays as it is by default, and a new choice of
    /// subnets says nothing yet about the addresses in them.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let kind = planned.get("load_balancer_type").and_then(Value::as_str).map(str::to_owned);
        if let Some(kind) = kind {
            for it in Self::nothing().rows().iter().filter(|it| !it.kinds.contains(&kind.as_str()))
            {
                let default = Self::SCHEMA.attribute(it.field).and_then(|it| it.default);
                let default = default.map(|it| model::from_json(&it()));
                planned.extend(default.map(|value| (it.field.into(), value)));
            }
        }
        follow::<Self>(prior, planned, &["subnets", "subnet_mapping"]);
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let call = aws.elbv2().describe_load_balancers().names(claim);
        let answer = call.send().await.or_fault("DescribeLoadBalancers")?;
        Ok(answer.load_balancers().iter().find_map(|it| it.load_balancer_arn.clone()))
    }

    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        Self::holder(aws, &name_or_unique(&want.name, &want.name_prefix, token)).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "DuplicateLoadBalancerName") => Some(FaultKind::Exists),
            // The subnets or groups were created a moment ago.
            (Op::Create, "SubnetNotFound" | "InvalidSubnet" | "InvalidSecurityGroup")
                if fault.message.contains("not found") =>
            {
                Some(FaultKind::NotYet)
            }
            // The bucket's policy was written a moment ago.
            (Op::Update, "InvalidConfigurationRequest")
                if fault.message.contains("Access Denied for bucket") =>
            {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

/// None rather than nothing: AWS refuses an empty list.
fn given(it: &Auto<BTreeSet<String>>) -> Option<Vec<String>> {
    let items: Vec<String> = it.0.iter().flatten().cloned().collect();
    (!items.is_empty()).then_some(items)
}

/// Subnets, groups and addresses, each with a call of its own.
async fn change_place(aws: &Aws, id: &str, have: &LoadBalancer, want: &LoadBalancer) -> Result<()> {
    if changed!(have, want; subnets, subnet_mapping) {
        let call = aws.elbv2().set_subnets().load_balancer_arn(id);
        let call = match changed!(have, want; subnets) {
            true => call.set_subnets(given(&want.subnets)),
            false => call.set_subnet_mappings(want.mappings()),
        };
        call.send().await.or_fault("SetSubnets")?;
    }
    const PRIVATE: fn(&LoadBalancer) -> &Auto<String> =
        |it| &it.enforce_security_group_inbound_rules_on_private_link_traffic;
    if changed!(have, want; security_groups) || PRIVATE(have) != PRIVATE(want) {
        let call = aws.elbv2().set_security_groups().load_balancer_arn(id);
        let call = call.set_security_groups(want.security_groups.to_sdk());
        let call = call.set_enforce_security_group_inbound_rules_on_private_link_traffic(
            PRIVATE(want).to_sdk(),
        );
        call.send().await.or_fault("SetSecurityGroups")?;
    }
    if changed!(have, want; ip_address_type) {
        let call = aws.elbv2().set_ip_address_type().load_balancer_arn(id);
        let call = call.set_ip_address_type(want.ip_address_type.to_sdk());
        call.send().await.or_fault("SetIpAddressType")?;
    }
    if changed!(have, want; ipam_pools) {
        let pools = want.ipam_pools.to_sdk();
        let remove = pools.is_none().then(|| vec![sdk::RemoveIpamPoolEnum::Ipv4]);
        let call = aws.elbv2().modify_ip_pools().load_balancer_arn(id);
        let call = call.set_ipam_pools(pools).set_remove_ipam_pools(remove);
        call.send().await.or_fault("ModifyIpPools")?;
    }
    Ok(())
}

async fn settings_of(aws: &Aws, arn: &str) -> Result<Found> {
    let call = aws.elbv2().describe_load_balancer_attributes().load_balancer_arn(arn);
    let answer = call.send().await.or_fault("DescribeLoadBalancerAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(pairs.filter_map(|it| Some((it.key?, it.value?))).collect())
}

/// Load balancers for appliances reserve no capacity.
async fn capacity_of(aws: &Aws, it: &sdk::LoadBalancer) -> Result<One<Capacity>> {
    if it.r#type() == Some(&sdk::LoadBalancerTypeEnum::Gateway) {
        return Ok(One(None));
    }
    let call = aws.elbv2().describe_capacity_reservation();
    let call = call.set_load_balancer_arn(it.load_balancer_arn.clone());
    let answer = call.send().await.or_fault("DescribeCapacityReservation")?;
    Ok(One::from_sdk(answer.minimum_load_balancer_capacity()))
}

fn live(it: &sdk::LoadBalancer, found: &Found, capacity: One<Capacity>) -> Live<LoadBalancer> {
    let arn = String::from_sdk(it.load_balancer_arn());
    let kind = String::from_sdk(it.r#type());
    let name = it.load_balancer_name().unwrap_or_default();
    let scheme = it.scheme().map(|it| *it == sdk::LoadBalancerSchemeEnum::Internal);
    let zones = it.availability_zones();
    let mut attributes = LoadBalancer {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        load_balancer_type: kind.clone(),
        internal: Auto(scheme),
        ip_address_type: Auto::from_sdk(it.ip_address_type()),
        security_groups: Auto::from_sdk(it.security_groups()),
        subnets: Auto(Some(zones.iter().filter_map(|it| it.subnet_id.clone()).collect())),
        subnet_mapping: Auto(Some(zones.iter().map(SubnetMapping::from_sdk).collect())),
        access_logs: Logs::read(found, &blocks::ACCESS),
        connection_logs: Logs::read(found, &blocks::CONNECTION),
        ipam_pools: One::from_sdk(it.ipam_pools()),
        minimum_load_balancer_capacity: capacity,
        customer_owned_ipv4_pool: Option::from_sdk(it.customer_owned_ipv4_pool()),
        enforce_security_group_inbound_rules_on_private_link_traffic: Auto::from_sdk(
            it.enforce_security_group_inbound_rules_on_private_link_traffic(),
        ),
        arn_suffix: Out(arn.split_once(":loadbalancer/").map(|(_, it)| it.to_owned())),
        dns_name: Out::from_sdk(it.dns_name()),
        vpc_id: Out::from_sdk(it.vpc_id()),
        zone_id: Out::from_sdk(it.canonical_hosted_zone_id()),
        arn: Out(Some(arn.clone())),
        id: Out(Some(arn.clone())),
        ..LoadBalancer::nothing()
    };
    attributes.read_settings(&kind, found);
    let reason = || String::from_sdk(it.state().and_then(|it| it.reason()));
    let phase = match it.state().and_then(|it| it.code()) {
        Some(sdk::LoadBalancerStateEnum::Provisioning) => {
            Phase::changing("it is being provisioned")
        }
        Some(sdk::LoadBalancerStateEnum::Failed) => Phase::failed(reason()),
        _ => Phase::Ready,
    };
    Live { id: arn, phase, attributes }
}

impl LoadBalancer {
    /// A load balancer of which nothing is known: all its settings are the default ones.
    fn nothing() -> LoadBalancer {
        let defaults = crate::resource::decode(&Self::SCHEMA, serde_json::Map::new());
        defaults.expect("no attribute is required")
    }

    fn mappings(&self) -> Option<Vec<sdk::SubnetMapping>> {
        let mappings = self.subnet_mapping.0.iter().flatten();
        let mappings: Vec<_> = mappings.filter_map(SubnetMapping::to_sdk).collect();
        (!mappings.is_empty()).then_some(mappings)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn a_load_balancer_is_created_in_its_subnets() {
        let made = "<LoadBalancers><member><LoadBalancerArn>arn:lb</LoadBalancerArn></member></LoadBalancers>";
        let aws = Script::new([query("CreateLoadBalancer", made)]);
        let want = want::<LoadBalancer>(
            r#"{"name": "web", "internal": true, "subnets": ["subnet-1", "subnet-2"],
                "security_groups": ["sg-1"], "tags": {"team": "edge"}}"#,
        );

        assert_eq!(LoadBalancer::create(&aws, &want, "token").await.unwrap(), "arn:lb");

        aws.sent(expect![[r#"
            CreateLoadBalancer
                Name=web
                Scheme=internal
                SecurityGroups.member.1=sg-1
                Subnets.member.1=subnet-1
                Subnets.member.2=subnet-2
                Tags.member.1.Key=team
                Tags.member.1.Value=edge
                Type=application
        "#]]);
    }

    #[tokio::test]
    async fn settings_that_differ_are_sent_together() {
        let aws = Script::new([query("ModifyLoadBalancerAttributes", "")]);
        let have = want::<LoadBalancer>(r#"{"name": "web"}"#);
        let want = want::<LoadBalancer>(
            r#"{"name": "web", "idle_timeout": 300, "enable_cross_zone_load_balancing": true,
                "access_logs": [{"bucket": "logs", "enabled": true}]}"#,
        );

        LoadBalancer::update(&aws, "arn:lb", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyLoadBalancerAttributes
                Attributes.member.1.Key=idle_timeout.timeout_seconds
                Attributes.member.1.Value=300
                Attributes.member.2.Key=access_logs.s3.enabled
                Attributes.member.2.Value=true
                Attributes.member.3.Key=access_logs.s3.bucket
                Attributes.member.3.Value=logs
                Attributes.member.4.Key=access_logs.s3.prefix
                Attributes.member.4.Value=
                LoadBalancerArn=arn:lb
        "#]]);
    }

    #[tokio::test]
    async fn protection_is_lifted_alone() {
        let aws = Script::new([query("ModifyLoadBalancerAttributes", "")]);
        let [have, want] = [true, false].map(|it| {
            let json = format!(
                r#"{{"name": "web", "subnets": ["subnet-1"], "enable_deletion_protection": {it}}}"#
            );
            want::<LoadBalancer>(&json)
        });

        LoadBalancer::update(&aws, "arn:lb", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyLoadBalancerAttributes
                Attributes.member.1.Key=deletion_protection.enabled
                Attributes.member.1.Value=false
                LoadBalancerArn=arn:lb
        "#]]);
    }

    #[test]
    fn logs_that_are_off_are_no_logs() {
        let off =
            want::<LoadBalancer>(r#"{"access_logs": [{"bucket": "logs", "enabled": false}]}"#);
        assert_eq!(off.access_logs, LoadBalancer::nothing().access_logs);
    }

    #[test]
    fn what_a_kind_does_not_have_is_left_out_of_plans() {
        let mut planned = Map::from([
            ("load_balancer_type".into(), "network".into()),
            ("idle_timeout".into(), Value::number(400)),
        ]);
        LoadBalancer::adjust(&Script::agreeable().aws(), None, &mut planned);
        assert_eq!(planned["idle_timeout"], Value::number(60));
    }
}
