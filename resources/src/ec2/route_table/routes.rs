//! Routes: where traffic for a destination goes. Shared by route tables and single routes.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Field, Shape};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::canonical;
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// The target of the routes every table has, to its own VPC. Nobody makes or removes them.
pub(in crate::ec2) const LOCAL: &str = "local";

/// The routes of a table. Those to its own VPC are equal to none at all.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::ec2) struct Routes(pub BTreeSet<Hop>);

/// Where traffic for one destination goes: one destination, one target.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize,
)]
pub(in crate::ec2) struct Hop {
    /// A carrier gateway, for Wavelength zones.
    pub carrier_gateway_id: Option<String>,
    /// The destination, as IPv4 addresses.
    pub cidr_block: Option<String>,
    /// A core network of Cloud WAN.
    pub core_network_arn: Option<String>,
    /// The destination, as a list of addresses.
    pub destination_prefix_list_id: Option<String>,
    /// An egress-only internet gateway.
    pub egress_only_gateway_id: Option<String>,
    /// An internet gateway or a virtual private gateway, or `local`.
    pub gateway_id: Option<String>,
    /// The destination, as IPv6 addresses.
    pub ipv6_cidr_block: Option<String>,
    /// A local gateway of an Outpost.
    pub local_gateway_id: Option<String>,
    /// A NAT gateway.
    pub nat_gateway_id: Option<String>,
    /// A network interface.
    pub network_interface_id: Option<String>,
    /// A transit gateway.
    pub transit_gateway_id: Option<String>,
    /// An endpoint of a gateway load balancer.
    pub vpc_endpoint_id: Option<String>,
    /// A peering connection to another VPC.
    pub vpc_peering_connection_id: Option<String>,
}

impl Field for Routes {
    const SHAPE: Shape = BTreeSet::<Hop>::SHAPE;
}

impl PartialEq for Routes {
    fn eq(&self, other: &Self) -> bool {
        self.by_destination() == other.by_destination()
    }
}

impl Routes {
    pub fn from_sdk(routes: &[sdk::Route]) -> Routes {
        Routes(routes.iter().filter(|it| is_made(it)).map(Hop::from_sdk).collect())
    }

    fn by_destination(&self) -> BTreeMap<String, Hop> {
        let made = self.0.iter().filter(|it| !it.is_local());
        made.map(|it| (it.destination(), it.with_destination_as(it.destination()))).collect()
    }

    /// Makes the calls that turn `have` into `self`.
    pub async fn replace(&self, aws: &Aws, table: &str, have: &Routes) -> Result<()> {
        let (before, after) = (have.by_destination(), self.by_destination());
        let local = |destination: &str| {
            self.0.iter().find(|it| it.is_local() && it.destination() == destination)
        };
        for (destination, hop) in before.iter().filter(|(it, _)| !after.contains_key(*it)) {
            match local(destination) {
                Some(local) => local.replace(aws, table).await?,
                None => hop.delete(aws, table).await?,
            }
        }
        for (destination, hop) in &after {
            match before.get(destination) {
                None => hop.create(aws, table).await?,
                Some(before) if before != hop => hop.replace(aws, table).await?,
                Some(_) => (),
            }
        }
        Ok(())
    }
}

/// Whether somebody made it: not one to the VPC itself, from a VPN, or to a gateway endpoint.
pub(in crate::ec2) fn is_made(it: &sdk::Route) -> bool {
    let gateway = it.gateway_id().unwrap_or_default();
    let endpoint = gateway.starts_with("vpce-") && it.destination_prefix_list_id().is_some();
    let propagated = it.origin() == Some(&sdk::RouteOrigin::EnableVgwRoutePropagation);
    !endpoint && !propagated && gateway != LOCAL && gateway != "VpcLattice"
}

/// What CreateRoute and ReplaceRoute have in common.
macro_rules! aim {
    ($call:expr, $table:ident, $hop:ident) => {
        $call
            .route_table_id($table)
            .set_carrier_gateway_id($hop.carrier_gateway_id.clone())
            .set_destination_cidr_block($hop.cidr_block.clone())
            .set_core_network_arn($hop.core_network_arn.clone())
            .set_destination_prefix_list_id($hop.destination_prefix_list_id.clone())
            .set_egress_only_internet_gateway_id($hop.egress_only_gateway_id.clone())
            .set_destination_ipv6_cidr_block($hop.ipv6_cidr_block.clone())
            .set_local_gateway_id($hop.local_gateway_id.clone())
            .set_nat_gateway_id($hop.nat_gateway_id.clone())
            .set_network_interface_id($hop.network_interface_id.clone())
            .set_transit_gateway_id($hop.transit_gateway_id.clone())
            .set_vpc_endpoint_id($hop.vpc_endpoint_id.clone())
            .set_vpc_peering_connection_id($hop.vpc_peering_connection_id.clone())
    };
}

impl Hop {
    pub fn from_sdk(it: &sdk::Route) -> Hop {
        let endpoint = |id: &&str| id.starts_with("vpce-");
        Hop {
            carrier_gateway_id: Option::from_sdk(it.carrier_gateway_id()),
            cidr_block: Option::from_sdk(it.destination_cidr_block()),
            core_network_arn: Option::from_sdk(it.core_network_arn()),
            destination_prefix_list_id: Option::from_sdk(it.destination_prefix_list_id()),
            egress_only_gateway_id: Option::from_sdk(it.egress_only_internet_gateway_id()),
            gateway_id: Option::from_sdk(it.gateway_id().filter(|it| !endpoint(it))),
            ipv6_cidr_block: Option::from_sdk(it.destination_ipv6_cidr_block()),
            local_gateway_id: Option::from_sdk(it.local_gateway_id()),
            nat_gateway_id: Option::from_sdk(it.nat_gateway_id()),
            network_interface_id: Option::from_sdk(it.network_interface_id()),
            transit_gateway_id: Option::from_sdk(it.transit_gateway_id()),
            vpc_endpoint_id: Option::from_sdk(it.gateway_id().filter(endpoint)),
            vpc_peering_connection_id: Option::from_sdk(it.vpc_peering_connection_id()),
        }
    }

    pub fn is_local(&self) -> bool {
        self.gateway_id.as_deref() == Some(LOCAL)
    }

    pub fn has_target(&self) -> bool {
        let targets = [
            &self.carrier_gateway_id,
            &self.core_network_arn,
            &self.egress_only_gateway_id,
            &self.gateway_id,
            &self.local_gateway_id,
            &self.nat_gateway_id,
            &self.network_interface_id,
            &self.transit_gateway_id,
            &self.vpc_endpoint_id,
            &self.vpc_peering_connection_id,
        ];
        targets.iter().any(|it| it.is_some())
    }

    /// The destination, written as AWS writes it. An empty text is as good as none.
    pub fn destination(&self) -> String {
        let texts = [&self.cidr_block, &self.ipv6_cidr_block, &self.destination_prefix_list_id];
        let given = texts.into_iter().flatten().find(|it| !it.is_empty());
        canonical(given.map(String::as_str).unwrap_or_default())
    }

    fn with_destination_as(&self, text: String) -> Hop {
        let mut hop = self.clone();
        let fields = [&mut hop.cidr_block, &mut hop.ipv6_cidr_block];
        for it in fields.into_iter().flatten().filter(|it| !it.is_empty()) {
            *it = text.clone();
        }
        hop
    }

    pub async fn create(&self, aws: &Aws, table: &str) -> Result<()> {
        let call = aim!(aws.ec2().create_route(), table, self);
        let call = call.set_gateway_id(self.gateway_id.clone());
        call.send().await.or_fault("CreateRoute")?;
        Ok(())
    }

    pub async fn replace(&self, aws: &Aws, table: &str) -> Result<()> {
        let call = aim!(aws.ec2().replace_route(), table, self);
        let call = match self.is_local() {
            true => call.local_target(true),
            false => call.set_gateway_id(self.gateway_id.clone()),
        };
        call.send().await.or_fault("ReplaceRoute")?;
        Ok(())
    }

    pub async fn delete(&self, aws: &Aws, table: &str) -> Result<()> {
        let call = aws.ec2().delete_route().route_table_id(table);
        let call = call
            .set_destination_cidr_block(self.cidr_block.clone())
            .set_destination_ipv6_cidr_block(self.ipv6_cidr_block.clone())
            .set_destination_prefix_list_id(self.destination_prefix_list_id.clone());
        match call.send().await.or_fault("DeleteRoute") {
            Err(fault) if fault.code == "InvalidRoute.NotFound" => Ok(()),
            result => result.map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_to_the_vpc_itself_may_be_written_or_not() {
        let hop = |cidr: &str, gateway: &str| Hop {
            cidr_block: Some(cidr.to_owned()),
            gateway_id: Some(gateway.to_owned()),
            ..Hop::default()
        };
        let out = hop("0.0.0.0/0", "igw-1");
        let written = Routes([out.clone(), hop("10.0.0.0/16", LOCAL)].into());
        assert_eq!(written, Routes([out].into()));
    }

    #[test]
    fn ipv6_routes_are_told_apart_where_nothing_is_an_empty_text() {
        let hop = |cidr: &str| Hop {
            cidr_block: Some(String::new()),
            ipv6_cidr_block: Some(cidr.to_owned()),
            egress_only_gateway_id: Some("eigw-1".to_owned()),
            ..Hop::default()
        };
        assert_ne!(Routes([hop("::/0")].into()), Routes([hop("2001:db8::/48")].into()));
        assert_eq!(Routes([hop("::/0")].into()), Routes([hop("0::/0")].into()));
    }
}
