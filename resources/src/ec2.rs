//! Elastic Compute Cloud, which includes everything about networks.

mod cidr;

pub(crate) mod vpc;
pub(crate) mod default_vpc;
pub(crate) mod dhcp_options;
pub(crate) mod dhcp_options_association;
pub(crate) mod flow_log;
pub(crate) mod place;
pub(crate) mod subnet;
pub(crate) mod default_subnet;
pub(crate) mod internet_gateway;
pub(crate) mod egress_only_internet_gateway;
pub(crate) mod eip;
pub(crate) mod nat_gateway;
pub(crate) mod vpc_endpoint;
pub(crate) mod route_table;
pub(crate) mod route;
pub(crate) mod route_table_association;
pub(crate) mod default_route_table;
pub(crate) mod network_acl;
pub(crate) mod network_acl_rule;
pub(crate) mod default_network_acl;
pub(crate) mod security_group;
pub(crate) mod default_security_group;
pub(crate) mod security_group_rule;
pub(crate) mod single_rule;

pub(crate) mod main_route_table_association;
pub(crate) mod key_pair;

pub(crate) mod launch_template;
pub(crate) mod instance;
pub(crate) mod spot_fleet;
pub(crate) mod requirements;
pub(crate) mod user_data;
pub(crate) mod customer_gateway;
pub(crate) mod vpn_gateway;
pub(crate) mod vpn_gateway_attachment;
pub(crate) mod vpn_gateway_route_propagation;
pub(crate) mod vpn_connection;
pub(crate) mod vpn_connection_route;

mod blockers;

mod lookup;
pub(crate) mod ami;
pub(crate) mod internet_gateway_data;
pub(crate) mod nat_gateway_data;
pub(crate) mod route_table_data;
pub(crate) mod route_tables;
pub(crate) mod security_groups;
pub(crate) mod vpc_endpoint_data;
pub(crate) mod vpc_endpoint_service_data;
pub(crate) mod vpcs;
pub(crate) mod subnet_data;
pub(crate) mod availability_zones;
pub(crate) mod security_group_data;
pub(crate) mod subnets;
pub(crate) mod vpc_data;
pub(crate) mod instances;
pub(crate) mod instance_type;

use std::str::FromStr;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification, UnsuccessfulItem};
use model::{Fault, Tags};

use crate::aws::Aws;
use crate::fault::{OrFault, kind_of, rejected};
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;
use crate::tags::INTENT;

pub(crate) const TYPES: &[Entry] = &[
    entry::<customer_gateway::CustomerGateway>(),
    entry::<default_network_acl::DefaultNetworkAcl>(),
    entry::<default_route_table::DefaultRouteTable>(),
    entry::<default_security_group::DefaultSecurityGroup>(),
    entry::<default_subnet::DefaultSubnet>(),
    entry::<default_vpc::DefaultVpc>(),
    entry::<egress_only_internet_gateway::EgressOnlyInternetGateway>(),
    entry::<eip::Eip>(),
    entry::<instance::Instance>(),
    entry::<flow_log::FlowLog>(),
    entry::<internet_gateway::InternetGateway>(),
    entry::<key_pair::KeyPair>(),
    entry::<launch_template::LaunchTemplate>(),
    entry::<main_route_table_association::MainRouteTableAssociation>(),
    entry::<nat_gateway::NatGateway>(),
    entry::<network_acl::NetworkAcl>(),
    entry::<network_acl_rule::NetworkAclRule>(),
    entry::<route::Route>(),
    entry::<route_table::RouteTable>(),
    entry::<route_table_association::RouteTableAssociation>(),
    entry::<security_group::SecurityGroup>(),
    entry::<security_group_rule::SecurityGroupRule>(),
    entry::<spot_fleet::SpotFleet>(),
    entry::<subnet::Subnet>(),
    entry::<vpc::Vpc>(),
    entry::<dhcp_options::DhcpOptions>(),
    entry::<dhcp_options_association::DhcpOptionsAssociation>(),
    entry::<vpc_endpoint::VpcEndpoint>(),
    entry::<single_rule::EgressRule>(),
    entry::<single_rule::IngressRule>(),
    entry::<vpn_connection::VpnConnection>(),
    entry::<vpn_connection_route::VpnConnectionRoute>(),
    entry::<vpn_gateway::VpnGateway>(),
    entry::<vpn_gateway_attachment::VpnGatewayAttachment>(),
    entry::<vpn_gateway_route_propagation::VpnGatewayRoutePropagation>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<ami::Ami>(),
    data::<subnet_data::Subnet>(),
    data::<availability_zones::AvailabilityZones>(),
    data::<internet_gateway_data::InternetGateway>(),
    data::<nat_gateway_data::NatGateway>(),
    data::<route_table_data::RouteTable>(),
    data::<route_tables::RouteTables>(),
    data::<security_group_data::SecurityGroup>(),
    data::<security_groups::SecurityGroups>(),
    data::<subnets::Subnets>(),
    data::<vpc_data::Vpc>(),
    data::<instance_type::InstanceType>(),
    data::<instances::Instances>(),
    data::<vpc_endpoint_data::VpcEndpoint>(),
    data::<vpc_endpoint_service_data::VpcEndpointService>(),
    data::<vpcs::Vpcs>(),
];

/// Asks for objects by id in the one way that does not fail when some of them are gone.
///
/// Given `GroupIds`, EC2 rejects the whole call if a single id is missing. Given a filter, it
/// returns those that exist. A filter holds at most 200 values, hence each type's `BATCH`.
pub(crate) fn filter(name: &str, ids: &[String]) -> Filter {
    Filter::builder().name(name).set_values(Some(ids.to_vec())).build()
}

/// Asks for the object that a `create` with this token has made.
fn made_with(token: &str) -> Filter {
    Filter::builder().name(format!("tag:{INTENT}")).values(token).build()
}

/// The tags to create an object with. The one with the token is for [`made_with`].
fn tag_on_create(kind: ResourceType, tags: &Tags, token: &str) -> Vec<TagSpecification> {
    let mut tags = tags_to_sdk(tags);
    tags.push(Tag::builder().key(INTENT).value(token).build());
    vec![TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()]
}

/// Removes the tags with tokens.
async fn forget_tokens(aws: &Aws, ids: &[String]) -> Result<()> {
    // What DeleteTags takes at once.
    for ids in ids.chunks(1000) {
        let call = aws.ec2().delete_tags().set_resources(Some(ids.to_vec()));
        call.tags(Tag::builder().key(INTENT).build()).send().await.or_fault("DeleteTags")?;
    }
    Ok(())
}

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key().unwrap_or_default(), it.value().unwrap_or_default())).collect()
}

/// A number that configurations hold as text.
fn number<T: FromStr>(operation: &'static str, text: Option<&str>) -> Result<Option<T>> {
    let parse = |text: &str| {
        let wrong = || rejected(operation, "InvalidNumber", format!("`{text}` is not a number"));
        text.parse().map_err(|_| wrong())
    };
    text.map(parse).transpose()
}

/// Calls for several objects succeed even if AWS refuses all of them. We only ever name one.
fn refused(operation: &'static str, items: Option<Vec<UnsuccessfulItem>>) -> Result<()> {
    let Some(error) = items.unwrap_or_default().into_iter().find_map(|it| it.error) else {
        return Ok(());
    };
    let (code, message) = (error.code.unwrap_or_default(), error.message.unwrap_or_default());
    Err(Fault { kind: kind_of(&code, &message), operation, code, message })
}

/// Sets and removes tags on any EC2 object.
async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let unset = unset.iter().map(|key| Tag::builder().key(key).build()).collect();
        let call = aws.ec2().delete_tags().resources(id).set_tags(Some(unset));
        call.send().await.or_fault("DeleteTags")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.ec2().create_tags().resources(id).set_tags(Some(set));
        call.send().await.or_fault("CreateTags")?;
    }
    Ok(())
}
