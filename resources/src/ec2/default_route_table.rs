//! `aws_default_route_table`: the route table a VPC was created with. It is taken over, not created,
//! and stays when it is no longer managed.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Field, Live, Map, Op, Out, Phase, Shape, Tags, Timeouts,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::check_blocks;
use crate::ec2::route_table::{Hop, Routes, propagate, target_is_new};
use crate::ec2::vpc::main_tables;
use crate::ec2::{filter, retag, tags_from_sdk};
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

/// The route table a VPC was created with.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_route_table", timeouts = [create, update])]
pub(crate) struct DefaultRouteTable {
    /// Its id: `default_route_table_id` of the VPC.
    #[attr(replace)]
    default_route_table_id: String,
    /// The virtual private gateways that may add routes.
    propagating_vgws: Option<BTreeSet<String>>,
    /// Its routes, but for those every table has: none at first.
    #[attr(assignable, default = [])]
    route: Auto<DefaultRoutes>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// The VPC it is in.
    vpc_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `rtb-0123456789abcdef0`.
    id: Out<String>,
}

/// The routes of a table. Those to its own VPC are equal to none at all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DefaultRoutes(BTreeSet<DefaultHop>);

/// Where traffic for one destination goes: one destination, one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct DefaultHop {
    /// The destination, as IPv4 addresses.
    cidr_block: Option<String>,
    /// A core network of Cloud WAN.
    core_network_arn: Option<String>,
    /// The destination, as a list of addresses.
    destination_prefix_list_id: Option<String>,
    /// An egress-only internet gateway.
    egress_only_gateway_id: Option<String>,
    /// An internet gateway or a virtual private gateway, or `local`.
    gateway_id: Option<String>,
    /// Has no meaning any more.
    instance_id: Option<String>,
    /// The destination, as IPv6 addresses.
    ipv6_cidr_block: Option<String>,
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

impl Field for DefaultRoutes {
    const SHAPE: Shape = BTreeSet::<DefaultHop>::SHAPE;
}

impl PartialEq for DefaultRoutes {
    fn eq(&self, other: &Self) -> bool {
        self.routes() == other.routes()
    }
}

impl DefaultRoutes {
    fn routes(&self) -> Routes {
        let hop = |it: &DefaultHop| Hop {
            cidr_block: it.cidr_block.clone(),
            core_network_arn: it.core_network_arn.clone(),
            destination_prefix_list_id: it.destination_prefix_list_id.clone(),
            egress_only_gateway_id: it.egress_only_gateway_id.clone(),
            gateway_id: it.gateway_id.clone(),
            ipv6_cidr_block: it.ipv6_cidr_block.clone(),
            nat_gateway_id: it.nat_gateway_id.clone(),
            network_interface_id: it.network_interface_id.clone(),
            transit_gateway_id: it.transit_gateway_id.clone(),
            vpc_endpoint_id: it.vpc_endpoint_id.clone(),
            vpc_peering_connection_id: it.vpc_peering_connection_id.clone(),
            ..Hop::default()
        };
        Routes(self.0.iter().map(hop).collect())
    }

    fn from_sdk(routes: &[sdk::Route]) -> DefaultRoutes {
        let hop = |it: Hop| DefaultHop {
            cidr_block: it.cidr_block,
            core_network_arn: it.core_network_arn,
            destination_prefix_list_id: it.destination_prefix_list_id,
            egress_only_gateway_id: it.egress_only_gateway_id,
            gateway_id: it.gateway_id,
            instance_id: None,
            ipv6_cidr_block: it.ipv6_cidr_block,
            nat_gateway_id: it.nat_gateway_id,
            network_interface_id: it.network_interface_id,
            transit_gateway_id: it.transit_gateway_id,
            vpc_endpoint_id: it.vpc_endpoint_id,
            vpc_peering_connection_id: it.vpc_peering_connection_id,
        };
        DefaultRoutes(Routes::from_sdk(routes).0.into_iter().map(hop).collect())
    }
}

impl Resource for DefaultRouteTable {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    fn abandons(&self) -> bool {
        true
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_route_tables().filters(filter("route-table-id", ids));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        Ok(answer.route_tables().iter().map(|it| live(aws, it)).collect())
    }

    /// The routes it has are not in `want`, so `update` removes them.
    async fn create(_aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        Ok(want.default_route_table_id.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; route) {
            let routes = |it: &Self| it.route.0.clone().unwrap_or_default().routes();
            routes(want).replace(aws, id, &routes(have)).await?;
        }
        propagate(aws, id, have.propagating_vgws.as_ref(), want.propagating_vgws.as_ref()).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// It cannot be deleted as long as its VPC exists.
    async fn delete(_aws: &Aws, _id: &str, _have: &Self) -> Result<()> {
        Ok(())
    }

    /// As the provider's documentation says: the id of the VPC.
    async fn import(aws: &Aws, text: &str) -> Result<String> {
        let vpc = text.to_owned();
        let table = main_tables(aws, std::slice::from_ref(&vpc)).await?.remove(&vpc);
        Ok(table.unwrap_or(vpc))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_blocks(given, "route", &["cidr_block", "ipv6_cidr_block"])
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        target_is_new(op, fault)
    }
}

fn live(aws: &Aws, it: &sdk::RouteTable) -> Live<DefaultRouteTable> {
    let (id, owner) = (String::from_sdk(it.route_table_id()), it.owner_id().unwrap_or_default());
    let (partition, region) = (aws.partition().name, aws.region());
    let gateways = it.propagating_vgws().iter().filter_map(|it| it.gateway_id.clone());
    let attributes = DefaultRouteTable {
        default_route_table_id: id.clone(),
        propagating_vgws: Some(gateways.collect()),
        route: Auto(Some(DefaultRoutes::from_sdk(it.routes()))),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(Some(owner)),
        vpc_id: Out::from_sdk(it.vpc_id()),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:route-table/{id}"))),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn routes_that_are_not_wanted_are_removed() {
        let aws = Script::new([ec2("DeleteRoute", "<return>true</return>")]);
        let have = want::<DefaultRouteTable>(
            r#"{"default_route_table_id": "rtb-1",
                "route": [{"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"}]}"#,
        );
        let want = want(r#"{"default_route_table_id": "rtb-1"}"#);

        DefaultRouteTable::update(&aws, "rtb-1", &have, &want).await.unwrap();

        assert!(have.abandons());
        aws.sent(expect![[r#"
            DeleteRoute
                DestinationCidrBlock=0.0.0.0/0
                RouteTableId=rtb-1
        "#]]);
    }
}
