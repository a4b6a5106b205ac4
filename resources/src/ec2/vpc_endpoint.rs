//! `aws_vpc_endpoint`: a way from a VPC to a service that does not lead through the internet.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Mirror, One, Op, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, refused, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::policy::Policy;
use crate::resource::{Resource, Result, changed};

/// A way from a VPC to a service that does not lead through the internet.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc_endpoint", timeouts = [create, update, delete])]
pub(crate) struct VpcEndpoint {
    /// The VPC it is in.
    #[attr(replace)]
    vpc_id: String,
    /// Whether to accept it, if the service is one's own.
    auto_accept: Unread<bool>,
    /// How names of the service resolve in the VPC.
    dns_options: Auto<One<DnsOptions>>,
    /// `ipv4`, `ipv6` or `dualstack`.
    ip_address_type: Auto<String>,
    /// What is allowed or denied through it, as an IAM policy document in JSON.
    policy: Auto<Policy>,
    /// Whether the usual names of the service lead to it.
    private_dns_enabled: Auto<bool>,
    /// The resource configuration it leads to.
    #[attr(replace)]
    resource_configuration_arn: Option<String>,
    /// The route tables that lead to it, for type `Gateway`.
    route_table_ids: Auto<BTreeSet<String>>,
    /// The security groups its network interfaces belong to.
    security_group_ids: Auto<BTreeSet<String>>,
    /// The service it leads to, such as `com.amazonaws.eu-west-1.s3`.
    #[attr(replace)]
    service_name: Option<String>,
    /// The service network it leads to.
    #[attr(replace)]
    service_network_arn: Option<String>,
    /// The region of the service.
    #[attr(replace)]
    service_region: Auto<String>,
    /// The addresses it has in its subnets.
    subnet_configuration: Unread<BTreeSet<SubnetConfiguration>>,
    /// The subnets it has network interfaces in.
    subnet_ids: Auto<BTreeSet<String>>,
    /// `Gateway`, `Interface`, `GatewayLoadBalancer`, `Resource` or `ServiceNetwork`.
    #[attr(replace, default = "Gateway")]
    vpc_endpoint_type: String,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The addresses of the service, for type `Gateway`.
    cidr_blocks: Out<Vec<String>>,
    /// The names that lead to it.
    dns_entry: Out<Vec<DnsEntry>>,
    /// Its network interfaces.
    network_interface_ids: Out<BTreeSet<String>>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// The list of the addresses of the service, for type `Gateway`.
    prefix_list_id: Out<String>,
    /// Whether the service manages it.
    requester_managed: Out<bool>,
    /// How far it has come.
    state: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `vpce-0123456789abcdef0`.
    id: Out<String>,
}

/// A name that leads to an endpoint.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DnsEntry)]
pub(crate) struct DnsEntry {
    /// The name.
    dns_name: Option<String>,
    /// The Route 53 zone it is in.
    hosted_zone_id: Option<String>,
}

/// How names of the service resolve in the VPC.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct DnsOptions {
    /// Which records there are: `ipv4`, `dualstack`, `ipv6` or `service-defined`.
    dns_record_ip_type: Auto<String>,
    /// Whether only resolvers that questions come in by from outside answer with it.
    private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
}

/// The addresses an endpoint has in a subnet.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::SubnetConfiguration)]
pub(crate) struct SubnetConfiguration {
    /// The IPv4 address.
    ipv4: Option<String>,
    /// The IPv6 address.
    ipv6: Option<String>,
    /// The subnet.
    subnet_id: Option<String>,
}

impl ToSdk<Option<sdk::DnsOptionsSpecification>> for DnsOptions {
    fn to_sdk(&self) -> Option<sdk::DnsOptionsSpecification> {
        let options = sdk::DnsOptionsSpecification::builder();
        let options = options.set_dns_record_ip_type(self.dns_record_ip_type.to_sdk());
        let inbound = self.private_dns_only_for_inbound_resolver_endpoint;
        Some(options.set_private_dns_only_for_inbound_resolver_endpoint(inbound).build())
    }
}

impl<'a> FromSdk<&'a sdk::DnsOptions> for DnsOptions {
    fn from_sdk(it: &'a sdk::DnsOptions) -> Self {
        DnsOptions {
            dns_record_ip_type: Auto::from_sdk(it.dns_record_ip_type()),
            private_dns_only_for_inbound_resolver_endpoint: it
                .private_dns_only_for_inbound_resolver_endpoint(),
        }
    }
}

impl Resource for VpcEndpoint {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 10);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        // Fails if one of them is missing; then the engine asks for fewer.
        let call = aws.ec2().describe_vpc_endpoints().set_vpc_endpoint_ids(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeVpcEndpoints")?;
        described(aws, answer.vpc_endpoints()).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::VpcEndpoint, &want.tags, token);
        let call = aws.ec2().create_vpc_endpoint().vpc_id(&want.vpc_id).client_token(token);
        let call = call
            .vpc_endpoint_type(want.vpc_endpoint_type.as_str().into())
            .set_dns_options(want.dns_options.0.as_ref().and_then(One::to_sdk))
            .set_ip_address_type(want.ip_address_type.to_sdk())
            .set_policy_document(want.policy.to_sdk())
            .set_private_dns_enabled(want.private_dns_enabled.to_sdk())
            .set_resource_configuration_arn(want.resource_configuration_arn.clone())
            .set_route_table_ids(want.route_table_ids.to_sdk())
            .set_security_group_ids(want.security_group_ids.to_sdk())
            .set_service_name(want.service_name.clone())
            .set_service_network_arn(want.service_network_arn.clone())
            .set_service_region(want.service_region.to_sdk())
            .set_subnet_configurations(want.subnet_configuration.to_sdk())
            .set_subnet_ids(want.subnet_ids.to_sdk())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateVpcEndpoint")?;
        must(answer.vpc_endpoint.and_then(|it| it.vpc_endpoint_id), "CreateVpcEndpoint")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let waits = have.state.0.as_deref() == Some("pendingAcceptance");
        if want.auto_accept.0 == Some(true) && (waits || changed!(have, want; auto_accept)) {
            accept(aws, id, want).await?;
        }
        if changed!(
            have, want; dns_options, ip_address_type, policy, private_dns_enabled, route_table_ids,
            security_group_ids, subnet_configuration, subnet_ids
        ) {
            modify(aws, id, have, want).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_vpc_endpoints().vpc_endpoint_ids(id);
        let answer = call.send().await.or_fault("DeleteVpcEndpoints")?;
        refused("DeleteVpcEndpoints", answer.unsuccessful)
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_vpc_endpoints().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeVpcEndpoints")?;
        Ok(answer.vpc_endpoints.unwrap_or_default().into_iter().find_map(|it| it.vpc_endpoint_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        const NEW: [&str; 3] =
            ["InvalidRouteTableId.NotFound", "InvalidSubnetId.NotFound", "InvalidVpcId.NotFound"];
        let new = op == Op::Create && NEW.contains(&fault.code.as_str());
        new.then_some(FaultKind::NotYet)
    }
}

async fn modify(aws: &Aws, id: &str, have: &VpcEndpoint, want: &VpcEndpoint) -> Result<()> {
    let difference = |a: &Auto<BTreeSet<String>>, b: &Auto<BTreeSet<String>>| {
        let other: Vec<_> = b.0.iter().flatten().collect();
        let only: Vec<_> = a.0.iter().flatten().filter(|it| !other.contains(it)).cloned().collect();
        (!only.is_empty()).then_some(only)
    };
    let options = want.dns_options.0.as_ref().and_then(One::to_sdk);
    let policy = want.policy.to_sdk().filter(|_| changed!(have, want; policy));
    let family = want.ip_address_type.to_sdk().filter(|_| changed!(have, want; ip_address_type));
    let names = want.private_dns_enabled.0.filter(|_| changed!(have, want; private_dns_enabled));
    let call = aws.ec2().modify_vpc_endpoint().vpc_endpoint_id(id);
    let call = call
        .set_dns_options(options.filter(|_| changed!(have, want; dns_options)))
        .set_ip_address_type(family)
        .set_policy_document(policy)
        .set_private_dns_enabled(names)
        .set_add_route_table_ids(difference(&want.route_table_ids, &have.route_table_ids))
        .set_remove_route_table_ids(difference(&have.route_table_ids, &want.route_table_ids))
        .set_add_security_group_ids(difference(&want.security_group_ids, &have.security_group_ids))
        .set_remove_security_group_ids(difference(
            &have.security_group_ids,
            &want.security_group_ids,
        ))
        .set_add_subnet_ids(difference(&want.subnet_ids, &have.subnet_ids))
        .set_remove_subnet_ids(difference(&have.subnet_ids, &want.subnet_ids))
        .set_subnet_configurations(want.subnet_configuration.to_sdk());
    call.send().await.or_fault("ModifyVpcEndpoint")?;
    Ok(())
}

/// Accepts it in the name of the service, which must be one's own.
async fn accept(aws: &Aws, id: &str, want: &VpcEndpoint) -> Result<()> {
    let name = want.service_name.clone().unwrap_or_default();
    let call = aws.ec2().describe_vpc_endpoint_service_configurations();
    let call = call.filters(filter("service-name", &[name]));
    let answer = call.send().await.or_fault("DescribeVpcEndpointServiceConfigurations")?;
    let service = answer.service_configurations.unwrap_or_default().into_iter().next();
    let service = must(service.and_then(|it| it.service_id), "AcceptVpcEndpointConnections")?;
    let call = aws.ec2().accept_vpc_endpoint_connections().service_id(service);
    call.vpc_endpoint_ids(id).send().await.or_fault("AcceptVpcEndpointConnections")?;
    Ok(())
}

/// Those of `endpoints` that exist, with what other calls say of them.
pub(super) async fn described(
    aws: &Aws,
    endpoints: &[sdk::VpcEndpoint],
) -> Result<Vec<Live<VpcEndpoint>>> {
    let found: Vec<_> = endpoints.iter().filter(|it| state_of(it) != "deleted").collect();
    let gateways = found.iter().filter(|it| is_gateway(it));
    let services: BTreeSet<_> = gateways.filter_map(|it| it.service_name.clone()).collect();
    let lists = prefix_lists(aws, services.into_iter().collect()).await?;
    Ok(found.into_iter().map(|it| live(aws, it, &lists)).collect())
}

/// AWS's model says `Deleted`, its answers say `deleted`.
pub(super) fn state_of(it: &sdk::VpcEndpoint) -> String {
    it.state().map(|it| it.as_str().to_lowercase()).unwrap_or_default()
}

fn is_gateway(it: &sdk::VpcEndpoint) -> bool {
    it.vpc_endpoint_type() == Some(&sdk::VpcEndpointType::Gateway)
}

/// The lists of the addresses of services, by the service's name.
async fn prefix_lists(
    aws: &Aws,
    services: Vec<String>,
) -> Result<BTreeMap<String, sdk::PrefixList>> {
    if services.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = aws.ec2().describe_prefix_lists().filters(filter("prefix-list-name", &services));
    let answer = call.send().await.or_fault("DescribePrefixLists")?;
    let lists = answer.prefix_lists.unwrap_or_default().into_iter();
    Ok(lists.filter_map(|it| Some((it.prefix_list_name.clone()?, it))).collect())
}

fn live(
    aws: &Aws,
    it: &sdk::VpcEndpoint,
    lists: &BTreeMap<String, sdk::PrefixList>,
) -> Live<VpcEndpoint> {
    let (id, owner) = (String::from_sdk(it.vpc_endpoint_id()), it.owner_id());
    let (partition, region) = (aws.partition().name, aws.region());
    let account = owner.unwrap_or_default();
    let list = it.service_name().and_then(|it| lists.get(it));
    let ids = |it: &[String]| it.iter().cloned().collect::<BTreeSet<_>>();
    let groups = it.groups().iter().filter_map(|it| it.group_id.clone());
    let attributes = VpcEndpoint {
        vpc_id: String::from_sdk(it.vpc_id()),
        auto_accept: Unread(None),
        dns_options: Auto(Some(One::from_sdk(it.dns_options()))),
        ip_address_type: Auto::from_sdk(it.ip_address_type()),
        policy: Auto::from_sdk(it.policy_document()),
        private_dns_enabled: Auto(it.private_dns_enabled()),
        resource_configuration_arn: Option::from_sdk(it.resource_configuration_arn()),
        route_table_ids: Auto(Some(ids(it.route_table_ids()))),
        security_group_ids: Auto(Some(groups.collect())),
        service_name: Option::from_sdk(it.service_name()),
        service_network_arn: Option::from_sdk(it.service_network_arn()),
        service_region: Auto::from_sdk(it.service_region()),
        subnet_configuration: Unread(None),
        subnet_ids: Auto(Some(ids(it.subnet_ids()))),
        vpc_endpoint_type: it.vpc_endpoint_type().map_or("Gateway", |it| it.as_str()).to_owned(),
        tags: tags_from_sdk(it.tags()),
        cidr_blocks: Out(Some(list.map(|it| it.cidrs().to_vec()).unwrap_or_default())),
        dns_entry: Out::from_sdk(it.dns_entries()),
        network_interface_ids: Out(Some(ids(it.network_interface_ids()))),
        owner_id: Out::from_sdk(owner),
        prefix_list_id: Out::from_sdk(list.and_then(|it| it.prefix_list_id())),
        requester_managed: Out(it.requester_managed()),
        state: Out::from_sdk(it.state()),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"))),
        id: Out(Some(id.clone())),
    };
    let phase = match state_of(it).as_str() {
        state @ ("pending" | "deleting") => Phase::changing(format!("its state is {state}")),
        "failed" => Phase::failed(String::from_sdk(it.failure_reason())),
        _ => Phase::Ready,
    };
    Live { id, phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn only_what_differs_is_modified() {
        let aws = Script::new([ec2("ModifyVpcEndpoint", "<return>true</return>")]);
        let have = want(
            r#"{"vpc_id": "vpc-1", "service_name": "s3", "route_table_ids": ["rtb-1", "rtb-2"],
                "private_dns_enabled": false}"#,
        );
        let want = want(
            r#"{"vpc_id": "vpc-1", "service_name": "s3", "route_table_ids": ["rtb-2", "rtb-3"],
                "private_dns_enabled": false}"#,
        );

        VpcEndpoint::update(&aws, "vpce-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyVpcEndpoint
                AddRouteTableId.1=rtb-3
                RemoveRouteTableId.1=rtb-1
                VpcEndpointId=vpce-1
        "#]]);
    }

    #[tokio::test]
    async fn one_that_is_deleted_is_gone_though_it_is_described() {
        let state = |it: &str| {
            let item =
                format!("<item><vpcEndpointId>vpce-1</vpcEndpointId><state>{it}</state></item>");
            ec2("DescribeVpcEndpoints", &format!("<vpcEndpointSet>{item}</vpcEndpointSet>"))
        };
        let aws = Script::new([state("deleting"), state("deleted")]);
        let ids = ["vpce-1".to_owned()];

        let deleting = VpcEndpoint::read(&aws, &ids).await.unwrap();
        let deleted = VpcEndpoint::read(&aws, &ids).await.unwrap();

        assert_eq!(deleting[0].phase, Phase::changing("its state is deleting"));
        assert!(deleted.is_empty());
    }

    #[tokio::test]
    async fn a_deletion_that_is_refused_is_an_error() {
        let refused = |code: &str| {
            let error = format!("<error><code>{code}</code><message>no</message></error>");
            ec2("DeleteVpcEndpoints", &format!("<unsuccessful><item>{error}</item></unsuccessful>"))
        };
        let aws = Script::new([refused("InvalidVpcEndpoint.NotFound"), refused("InUse")]);
        let have = want::<VpcEndpoint>(r#"{"vpc_id": "vpc-1"}"#);

        let gone = VpcEndpoint::delete(&aws, "vpce-1", &have).await.unwrap_err();
        assert_eq!(gone.kind, FaultKind::NotFound);
        assert_eq!(VpcEndpoint::delete(&aws, "vpce-1", &have).await.unwrap_err().code, "InUse");
    }
}
