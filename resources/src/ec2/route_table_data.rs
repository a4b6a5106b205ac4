//! The data source `aws_route_table`: a route table that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::ec2::route_table::{Hop, is_made};
use crate::fault::{OrFault, only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A route table that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route_table", timeouts = [read])]
pub(crate) struct RouteTable {
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// A gateway that uses it.
    gateway_id: Auto<String>,
    /// Its id.
    route_table_id: Auto<String>,
    /// A subnet that uses it.
    subnet_id: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is in.
    vpc_id: Auto<String>,
    /// What uses it.
    associations: Out<Vec<Association>>,
    /// Its routes, but for those every table has.
    routes: Out<Vec<Route>>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id.
    id: Out<String>,
}

/// What uses a table.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RouteTableAssociation)]
pub(crate) struct Association {
    /// The gateway that uses it.
    gateway_id: Option<String>,
    /// Whether all subnets use it that have no other.
    main: Option<bool>,
    /// What connects the two.
    route_table_association_id: Option<String>,
    /// The table.
    route_table_id: Option<String>,
    /// The subnet that uses it.
    subnet_id: Option<String>,
}

/// Where traffic for one destination goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Route {
    /// A carrier gateway.
    carrier_gateway_id: Option<String>,
    /// The destination, as IPv4 addresses.
    cidr_block: Option<String>,
    /// A core network of Cloud WAN.
    core_network_arn: Option<String>,
    /// The destination, as a list of addresses.
    destination_prefix_list_id: Option<String>,
    /// An egress-only internet gateway.
    egress_only_gateway_id: Option<String>,
    /// An internet gateway or a virtual private gateway.
    gateway_id: Option<String>,
    /// An instance.
    instance_id: Option<String>,
    /// The destination, as IPv6 addresses.
    ipv6_cidr_block: Option<String>,
    /// A local gateway of an Outpost.
    local_gateway_id: Option<String>,
    /// A NAT gateway.
    nat_gateway_id: Option<String>,
    /// A network interface.
    network_interface_id: Option<String>,
    /// A transit gateway.
    transit_gateway_id: Option<String>,
    /// An endpoint of a gateway load balancer.
    vpc_endpoint_id: Option<String>,
    /// A peering connection to another VPC.
    vpc_peering_connection_id: Option<String>,
}

impl Data for RouteTable {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("route-table-id", &given.route_table_id)
            .and("vpc-id", &given.vpc_id)
            .and("association.subnet-id", &given.subnet_id)
            .and("association.gateway-id", &given.gateway_id);
        let Some(filters) = conditions.sdk() else {
            let text = "one of `route_table_id`, `vpc_id`, `subnet_id`, `gateway_id`, `filter` and \
                        `tags` must be given";
            return Err(rejected("DescribeRouteTables", "NoCondition", text));
        };
        let call = aws.ec2().describe_route_tables().set_filters(Some(filters));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        let found = answer.route_tables.unwrap_or_default();
        let it = only("route table", "DescribeRouteTables", found)?;
        let (id, owner) = (String::from_sdk(it.route_table_id()), it.owner_id());
        let (partition, region) = (aws.partition().name, aws.region());
        let account = owner.unwrap_or_default();
        Ok(RouteTable {
            tags: visible_tags(aws, it.tags()),
            route_table_id: Auto(Some(id.clone())),
            vpc_id: Auto::from_sdk(it.vpc_id()),
            associations: Out::from_sdk(it.associations()),
            routes: Out(Some(it.routes().iter().filter(|it| is_made(it)).map(route).collect())),
            owner_id: Out::from_sdk(owner),
            arn: Out(Some(format!("arn:{partition}:ec2:{region}:{account}:route-table/{id}"))),
            id: Out(Some(id)),
            ..given
        })
    }
}

fn route(it: &sdk::Route) -> Route {
    let hop = Hop::from_sdk(it);
    Route {
        carrier_gateway_id: hop.carrier_gateway_id,
        cidr_block: hop.cidr_block,
        core_network_arn: hop.core_network_arn,
        destination_prefix_list_id: hop.destination_prefix_list_id,
        egress_only_gateway_id: hop.egress_only_gateway_id,
        gateway_id: hop.gateway_id,
        instance_id: Option::from_sdk(it.instance_id()),
        ipv6_cidr_block: hop.ipv6_cidr_block,
        local_gateway_id: hop.local_gateway_id,
        nat_gateway_id: hop.nat_gateway_id,
        network_interface_id: hop.network_interface_id,
        transit_gateway_id: hop.transit_gateway_id,
        vpc_endpoint_id: hop.vpc_endpoint_id,
        vpc_peering_connection_id: hop.vpc_peering_connection_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    fn given(json: &str) -> RouteTable {
        crate::resource::decode(&RouteTable::SCHEMA, serde_json::from_str(json).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn the_route_to_the_vpc_itself_is_not_shown() {
        let table = "<routeTableSet><item><routeTableId>rtb-1</routeTableId><ownerId>1</ownerId>
            <routeSet><item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>
            <gatewayId>local</gatewayId></item>
            <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId>
            </item></routeSet><associationSet><item><main>true</main></item></associationSet>
            </item></routeTableSet>";
        let aws = Script::new([ec2("DescribeRouteTables", table)]);

        let found = RouteTable::read(&aws, given(r#"{"subnet_id": "subnet-1"}"#)).await.unwrap();

        let routes = found.routes.0.unwrap();
        assert_eq!(routes.len(), 1);
        assert_eq!(routes[0].gateway_id.as_deref(), Some("igw-1"));
        assert_eq!(found.associations.0.unwrap()[0].main, Some(true));
        assert_eq!(found.subnet_id.0.as_deref(), Some("subnet-1"));
    }

    #[tokio::test]
    async fn something_must_be_said_about_it() {
        let fault = RouteTable::read(&Script::new([]), given("{}")).await.unwrap_err();
        assert_eq!(fault.code, "NoCondition");
    }
}
