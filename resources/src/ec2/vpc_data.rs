//! The data source `aws_vpc`: a VPC that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use futures::future::try_join4;
use model::{Attributes, Auto, Mirror, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::ec2::vpc::{main_tables, switch};
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A VPC that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc", timeouts = [read])]
pub(crate) struct Vpc {
    /// Its id.
    id: Auto<String>,
    /// Its first IPv4 addresses.
    cidr_block: Auto<String>,
    /// Whether it is the default one of the region.
    default: Auto<bool>,
    /// The DHCP options in use.
    dhcp_options_id: Auto<String>,
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// `pending` or `available`.
    state: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// All its IPv4 addresses.
    cidr_block_associations: Out<Vec<Association>>,
    /// Whether instances with public addresses get names for them.
    enable_dns_hostnames: Out<bool>,
    /// Whether names are resolved by Amazon's server.
    enable_dns_support: Out<bool>,
    /// Whether CloudWatch counts the addresses in use.
    enable_network_address_usage_metrics: Out<bool>,
    /// On whose hardware instances run.
    instance_tenancy: Out<String>,
    /// What connects it and its IPv6 addresses.
    ipv6_association_id: Out<String>,
    /// Its IPv6 addresses.
    ipv6_cidr_block: Out<String>,
    /// The route table of subnets that have none of their own.
    main_route_table_id: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// IPv4 addresses of a VPC.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::VpcCidrBlockAssociation)]
pub(crate) struct Association {
    /// What connects the VPC and them.
    association_id: Option<String>,
    /// The addresses.
    cidr_block: Option<String>,
    /// `associated`, or what is going on.
    #[mirror(cidr_block_state)]
    state: Option<State>,
}

/// How far the association has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct State(String);

impl model::Field for State {
    const SHAPE: model::Shape = model::Shape::String;
}

impl crate::mirror::ToSdk<Option<sdk::VpcCidrBlockState>> for State {
    fn to_sdk(&self) -> Option<sdk::VpcCidrBlockState> {
        Some(sdk::VpcCidrBlockState::builder().state(self.0.as_str().into()).build())
    }
}

impl<'a> FromSdk<&'a sdk::VpcCidrBlockState> for State {
    fn from_sdk(it: &'a sdk::VpcCidrBlockState) -> Self {
        State(String::from_sdk(it.state()))
    }
}

impl Data for Vpc {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        use sdk::VpcAttributeName::{
            EnableDnsHostnames, EnableDnsSupport, EnableNetworkAddressUsageMetrics,
        };
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("vpc-id", &given.id)
            .and("cidr", &given.cidr_block)
            .and("dhcp-options-id", &given.dhcp_options_id)
            .and("state", &given.state)
            .and_flag("isDefault", given.default.0);
        let call = aws.ec2().describe_vpcs().set_filters(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeVpcs")?;
        let it = only("VPC", "DescribeVpcs", answer.vpcs.unwrap_or_default())?;
        let (id, owner) = (String::from_sdk(it.vpc_id()), it.owner_id().unwrap_or_default());
        let (hostnames, support, metrics, tables) = try_join4(
            switch(aws, &id, EnableDnsHostnames),
            switch(aws, &id, EnableDnsSupport),
            switch(aws, &id, EnableNetworkAddressUsageMetrics),
            main_tables(aws, std::slice::from_ref(&id)),
        )
        .await?;
        let ipv6 = it.ipv6_cidr_block_association_set().first();
        let (partition, region) = (aws.partition().name, aws.region());
        Ok(Vpc {
            cidr_block: Auto::from_sdk(it.cidr_block()),
            default: Auto(it.is_default()),
            dhcp_options_id: Auto::from_sdk(it.dhcp_options_id()),
            filter: given.filter,
            state: Auto::from_sdk(it.state()),
            tags: visible_tags(aws, it.tags()),
            cidr_block_associations: Out::from_sdk(it.cidr_block_association_set()),
            enable_dns_hostnames: Out(Some(hostnames)),
            enable_dns_support: Out(Some(support)),
            enable_network_address_usage_metrics: Out(Some(metrics)),
            instance_tenancy: Out::from_sdk(it.instance_tenancy()),
            ipv6_association_id: Out::from_sdk(ipv6.and_then(|it| it.association_id())),
            ipv6_cidr_block: Out::from_sdk(ipv6.and_then(|it| it.ipv6_cidr_block())),
            main_route_table_id: Out(tables.get(&id).cloned()),
            owner_id: Out::from_sdk(it.owner_id()),
            arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:vpc/{id}"))),
            id: Auto(Some(id)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn what_is_looked_for_must_be_one() {
        let none = || ec2("DescribeVpcs", "<vpcSet></vpcSet>");
        let two = ec2(
            "DescribeVpcs",
            "<vpcSet><item><vpcId>vpc-1</vpcId></item><item><vpcId>vpc-2</vpcId></item></vpcSet>",
        );
        let aws = Script::new([none(), two]);
        let given =
            || crate::resource::decode::<Vpc>(&Vpc::SCHEMA, serde_json::Map::new()).unwrap();

        let none = Vpc::read(&aws, given()).await.unwrap_err();
        let two = Vpc::read(&aws, given()).await.unwrap_err();

        assert_eq!(none.to_string(), "DescribeVpcs: no VPC matches (EmptyResult)");
        assert_eq!(two.code, "TooManyResults");
    }
}
