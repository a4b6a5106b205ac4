//! `aws_route`: one route of a table.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::{self, Addresses, canonical};
use crate::ec2::filter;
use crate::ec2::route_table::{Hop, target_is_new};
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::naming::{hash_of, known};
use crate::resource::{Resource, Result, changed};

/// One route of a table: one destination, one target.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route", timeouts = [create, update, delete])]
pub(crate) struct Route {
    /// The table it is in.
    #[attr(replace)]
    route_table_id: String,
    /// A carrier gateway as the target, for Wavelength zones.
    carrier_gateway_id: Option<String>,
    /// A core network of Cloud WAN as the target.
    core_network_arn: Option<String>,
    /// The destination, as IPv4 addresses.
    #[attr(replace)]
    destination_cidr_block: Option<String>,
    /// The destination, as IPv6 addresses.
    #[attr(replace)]
    destination_ipv6_cidr_block: Option<Addresses>,
    /// The destination, as a list of addresses.
    #[attr(replace)]
    destination_prefix_list_id: Option<String>,
    /// An egress-only internet gateway as the target.
    egress_only_gateway_id: Option<String>,
    /// An internet gateway or a virtual private gateway as the target, or `local`.
    gateway_id: Option<String>,
    /// A local gateway of an Outpost as the target.
    local_gateway_id: Option<String>,
    /// A NAT gateway as the target.
    nat_gateway_id: Option<String>,
    /// A network interface as the target.
    #[attr(volatile)]
    network_interface_id: Auto<String>,
    /// A transit gateway as the target.
    transit_gateway_id: Option<String>,
    /// An endpoint of a gateway load balancer as the target.
    vpc_endpoint_id: Option<String>,
    /// A peering connection to another VPC as the target.
    vpc_peering_connection_id: Option<String>,
    /// The instance the network interface belongs to.
    #[attr(volatile)]
    instance_id: Out<String>,
    /// The account the instance belongs to.
    #[attr(volatile)]
    instance_owner_id: Out<String>,
    /// How it came to be: `CreateRouteTable`, `CreateRoute` or `EnableVgwRoutePropagation`.
    origin: Out<String>,
    /// `active`, or `blackhole` when its target is gone.
    #[attr(volatile)]
    state: Out<String>,
    /// Made from the table and the destination.
    id: Out<String>,
}

impl Resource for Route {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    fn identity(&self) -> Option<String> {
        let destination = self.hop().destination();
        (!destination.is_empty()).then(|| format!("{}_{destination}", self.route_table_id))
    }

    fn abandons(&self) -> bool {
        self.hop().is_local()
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let ids: Vec<_> = ids.iter().filter_map(|it| Some((it, it.split_once('_')?))).collect();
        let tables: BTreeSet<_> = ids.iter().map(|(_, (table, _))| (*table).to_owned()).collect();
        let tables: Vec<_> = tables.into_iter().collect();
        let call = aws.ec2().describe_route_tables().filters(filter("route-table-id", &tables));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        let find = |(id, (table, destination)): &(&String, (&str, &str))| {
            let of = answer.route_tables().iter().find(|it| it.route_table_id() == Some(*table))?;
            let own = |it: &&sdk::Route| Hop::from_sdk(it).destination() == canonical(destination);
            Some(live((*id).clone(), table, of.routes().iter().find(own)?))
        };
        Ok(ids.iter().filter_map(find).collect())
    }

    /// Creating a route that exists, to the same target, changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let hop = want.hop();
        if !hop.is_local() {
            hop.create(aws, &want.route_table_id).await?;
        }
        let text = "one of `destination_cidr_block`, `destination_ipv6_cidr_block` and \
                    `destination_prefix_list_id` must be given";
        want.identity().ok_or_else(|| rejected("aws_route", "NoDestination", text))
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(
            have, want; carrier_gateway_id, core_network_arn, egress_only_gateway_id, gateway_id,
            local_gateway_id, nat_gateway_id, network_interface_id, transit_gateway_id,
            vpc_endpoint_id, vpc_peering_connection_id
        ) {
            want.hop().replace(aws, &want.route_table_id).await?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        have.hop().delete(aws, &have.route_table_id).await
    }

    fn claim(planned: &Map) -> Option<String> {
        let table = known(planned, "route_table_id")?;
        let destinations =
            ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];
        let destination = destinations.iter().find_map(|it| known(planned, it))?;
        Some(format!("{table}_{destination}"))
    }

    fn check(given: &model::Map) -> Vec<(&'static str, String)> {
        const DESTINATIONS: [&str; 3] =
            ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];
        let known = |it: &&&str| given.get(**it).is_some_and(|it| it.is_known() && !it.is_null());
        let mut problems = cidr::check(given, &DESTINATIONS[..2]);
        if DESTINATIONS.iter().filter(known).count() > 1 {
            problems.push((DESTINATIONS[0], "only one destination can be given".to_owned()));
        }
        problems
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        target_is_new(op, fault)
    }
}

impl Route {
    fn hop(&self) -> Hop {
        let mut hop = Hop {
            carrier_gateway_id: self.carrier_gateway_id.clone(),
            cidr_block: self.destination_cidr_block.clone(),
            core_network_arn: self.core_network_arn.clone(),
            destination_prefix_list_id: self.destination_prefix_list_id.clone(),
            egress_only_gateway_id: self.egress_only_gateway_id.clone(),
            gateway_id: self.gateway_id.clone(),
            ipv6_cidr_block: self.destination_ipv6_cidr_block.as_ref().map(|it| it.0.clone()),
            local_gateway_id: self.local_gateway_id.clone(),
            nat_gateway_id: self.nat_gateway_id.clone(),
            network_interface_id: None,
            transit_gateway_id: self.transit_gateway_id.clone(),
            vpc_endpoint_id: self.vpc_endpoint_id.clone(),
            vpc_peering_connection_id: self.vpc_peering_connection_id.clone(),
        };
        // Where another target is given, this one is only what AWS or an earlier plan filled in.
        if !hop.has_target() {
            hop.network_interface_id = self.network_interface_id.0.clone();
        }
        hop
    }
}

fn live(id: String, table: &str, it: &sdk::Route) -> Live<Route> {
    let hop = Hop::from_sdk(it);
    let hash = hash_of(&hop.destination());
    let attributes = Route {
        route_table_id: table.to_owned(),
        carrier_gateway_id: hop.carrier_gateway_id,
        core_network_arn: hop.core_network_arn,
        destination_cidr_block: hop.cidr_block,
        destination_ipv6_cidr_block: hop.ipv6_cidr_block.map(Addresses),
        destination_prefix_list_id: hop.destination_prefix_list_id,
        egress_only_gateway_id: hop.egress_only_gateway_id,
        gateway_id: hop.gateway_id,
        local_gateway_id: hop.local_gateway_id,
        nat_gateway_id: hop.nat_gateway_id,
        network_interface_id: Auto(hop.network_interface_id),
        transit_gateway_id: hop.transit_gateway_id,
        vpc_endpoint_id: hop.vpc_endpoint_id,
        vpc_peering_connection_id: hop.vpc_peering_connection_id,
        instance_id: Out::from_sdk(it.instance_id()),
        instance_owner_id: Out::from_sdk(it.instance_owner_id()),
        origin: Out::from_sdk(it.origin()),
        state: Out::from_sdk(it.state()),
        id: Out(Some(format!("r-{table}{hash}"))),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::ec2::route_table::LOCAL;
    use crate::testing::{Script, ec2, want};

    const OUT: &str = r#"{"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0",
        "gateway_id": "igw-1"}"#;

    #[tokio::test]
    async fn a_route_is_found_by_table_and_destination() {
        let aws = Script::new([
            ec2("CreateRoute", "<return>true</return>"),
            ec2(
                "DescribeRouteTables",
                "<routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet><item>
                 <destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><gatewayId>igw-1</gatewayId>
                 <state>active</state><origin>CreateRoute</origin>
                 </item></routeSet></item></routeTableSet>",
            ),
        ]);
        let want = want::<Route>(OUT);

        let id = Route::create(&aws, &want, "token").await.unwrap();
        let found = Route::read(&aws, &[id.clone(), "rtb-1_10.0.0.0/8".to_owned()]).await.unwrap();

        assert_eq!(id, "rtb-1_0.0.0.0/0");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attributes.identity().as_ref(), Some(&id));
        assert_eq!(found[0].attributes.id.0.as_deref(), Some("r-rtb-11080289494"));
        aws.sent(expect![[r#"
            CreateRoute
                DestinationCidrBlock=0.0.0.0/0
                GatewayId=igw-1
                RouteTableId=rtb-1
            DescribeRouteTables
                Filter.1.Name=route-table-id
                Filter.1.Value.1=rtb-1
        "#]]);
    }

    #[tokio::test]
    async fn another_target_takes_the_place_of_a_network_interface() {
        let aws = Script::new([ec2("ReplaceRoute", "<return>true</return>")]);
        let have = want(
            r#"{"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0",
                "network_interface_id": "eni-1"}"#,
        );
        let want = want(
            r#"{"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0",
                "network_interface_id": "eni-1", "nat_gateway_id": "nat-1"}"#,
        );

        Route::update(&aws, "rtb-1_0.0.0.0/0", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ReplaceRoute
                DestinationCidrBlock=0.0.0.0/0
                NatGatewayId=nat-1
                RouteTableId=rtb-1
        "#]]);
    }

    #[test]
    fn the_route_to_the_vpc_itself_is_never_removed() {
        let route = |target: &str| want::<Route>(&OUT.replace("igw-1", target));
        assert!(route(LOCAL).abandons());
        assert!(!route("igw-1").abandons());
    }
}
