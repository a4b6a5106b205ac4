//! Elastic Compute Cloud, which includes everything about networks.

pub(crate) mod vpc;
pub(crate) mod subnet;
pub(crate) mod internet_gateway;
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

mod lookup;
pub(crate) mod ami;
pub(crate) mod subnet_data;
pub(crate) mod availability_zones;
pub(crate) mod security_group_data;
pub(crate) mod subnets;
pub(crate) mod vpc_data;
pub(crate) mod instances;
pub(crate) mod instance_type;

use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;
use crate::tags::INTENT;

pub(crate) const TYPES: &[Entry] = &[
    entry::<default_network_acl::DefaultNetworkAcl>(),
    entry::<default_route_table::DefaultRouteTable>(),
    entry::<default_security_group::DefaultSecurityGroup>(),
    entry::<eip::Eip>(),
    entry::<instance::Instance>(),
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
    entry::<vpc_endpoint::VpcEndpoint>(),
    entry::<single_rule::EgressRule>(),
    entry::<single_rule::IngressRule>(),
];

pub(crate) const DATA: &[DataEntry] = &[
    data::<ami::Ami>(),
    data::<subnet_data::Subnet>(),
    data::<availability_zones::AvailabilityZones>(),
    data::<security_group_data::SecurityGroup>(),
    data::<subnets::Subnets>(),
    data::<vpc_data::Vpc>(),
    data::<instance_type::InstanceType>(),
    data::<instances::Instances>(),
];

/// Asks for objects by id in the one way that does not fail when some of them are gone.
///
/// Given `GroupIds`, EC2 rejects the whole call if a single id is missing. Given a filter, it
/// returns those that exist. A filter holds at most 200 values, hence each type's `BATCH`.
fn filter(name: &str, ids: &[String]) -> Filter {
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
