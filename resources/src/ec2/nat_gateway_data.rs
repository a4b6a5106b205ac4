//! The data source `aws_nat_gateway`: a NAT gateway that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A NAT gateway that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_nat_gateway", timeouts = [read])]
pub(crate) struct NatGateway {
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// Its id.
    id: Auto<String>,
    /// `pending`, `available`, `deleting`, `deleted` or `failed`.
    state: Auto<String>,
    /// The subnet it is in.
    subnet_id: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is in.
    vpc_id: Auto<String>,
    /// Its Elastic IP address, if it is public.
    allocation_id: Out<String>,
    /// What connects it and its Elastic IP address.
    association_id: Out<String>,
    /// `public` or `private`.
    connectivity_type: Out<String>,
    /// Its network interface.
    network_interface_id: Out<String>,
    /// Its private address.
    private_ip: Out<String>,
    /// Its public address.
    public_ip: Out<String>,
    /// More Elastic IP addresses.
    secondary_allocation_ids: Out<Vec<String>>,
    /// How many more private addresses it has.
    secondary_private_ip_address_count: Out<i32>,
    /// More private addresses.
    secondary_private_ip_addresses: Out<Vec<String>>,
}

impl Data for NatGateway {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("nat-gateway-id", &given.id)
            .and("state", &given.state)
            .and("subnet-id", &given.subnet_id)
            .and("vpc-id", &given.vpc_id);
        let call = aws.ec2().describe_nat_gateways().set_filter(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeNatGateways")?;
        let found = answer.nat_gateways.unwrap_or_default();
        let it = only("NAT gateway", "DescribeNatGateways", found)?;
        let all = it.nat_gateway_addresses();
        // A gateway with one address does not say that it is the primary one.
        let first = |it: &&sdk::NatGatewayAddress| it.is_primary() == Some(true) || all.len() == 1;
        let primary = all.iter().find(first);
        let others = || all.iter().filter(|it| !first(it));
        let text =
            |of: fn(&sdk::NatGatewayAddress) -> Option<&str>| Out::from_sdk(primary.and_then(of));
        let private: Vec<_> = others().filter_map(|it| it.private_ip.clone()).collect();
        let count = i32::try_from(private.len()).ok();
        let allocations = others().filter_map(|it| it.allocation_id.clone()).collect();
        Ok(NatGateway {
            filter: given.filter,
            id: Auto::from_sdk(it.nat_gateway_id()),
            state: Auto::from_sdk(it.state()),
            subnet_id: Auto::from_sdk(it.subnet_id()),
            tags: visible_tags(aws, it.tags()),
            vpc_id: Auto::from_sdk(it.vpc_id()),
            allocation_id: text(|it| it.allocation_id()),
            association_id: text(|it| it.association_id()),
            connectivity_type: Out::from_sdk(it.connectivity_type()),
            network_interface_id: text(|it| it.network_interface_id()),
            private_ip: text(|it| it.private_ip()),
            public_ip: text(|it| it.public_ip()),
            secondary_allocation_ids: Out(Some(allocations)),
            secondary_private_ip_address_count: Out(count),
            secondary_private_ip_addresses: Out(Some(private)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn its_primary_address_is_told_from_the_others() {
        let address = |n: u8| {
            format!(
                "<item><allocationId>eipalloc-{n}</allocationId><privateIp>10.0.0.{n}</privateIp>
                 <isPrimary>{}</isPrimary></item>",
                n == 2
            )
        };
        let set = format!(
            "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>available</state>
             <natGatewayAddressSet>{}{}</natGatewayAddressSet></item></natGatewaySet>",
            address(1),
            address(2)
        );
        let aws = Script::new([ec2("DescribeNatGateways", &set)]);
        let given = crate::resource::decode(&NatGateway::SCHEMA, serde_json::Map::new()).unwrap();

        let found = NatGateway::read(&aws, given).await.unwrap();

        assert_eq!(found.private_ip.0.as_deref(), Some("10.0.0.2"));
        assert_eq!(found.secondary_allocation_ids.0.unwrap(), ["eipalloc-1"]);
        assert_eq!(found.secondary_private_ip_address_count.0, Some(1));
    }
}
