//! The data source `aws_subnet`: a subnet that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::{Data, shown};
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::ec2::subnet;
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A subnet that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_subnet", timeouts = [read])]
pub(crate) struct Subnet {
    /// The zone it is in, such as `eu-west-1a`. Else AWS chooses one.
    availability_zone: Auto<String>,
    /// The id of the zone it is in, such as `euw1-az1`, which means the same in every account.
    availability_zone_id: Auto<String>,
    /// Its IPv4 addresses, such as `10.0.1.0/24`.
    cidr_block: Auto<String>,
    /// Whether it is the default one of its zone.
    default_for_az: Auto<bool>,
    /// Its IPv6 addresses: a /64 of the VPC's.
    ipv6_cidr_block: Auto<String>,
    /// `pending` or `available`.
    state: Auto<String>,
    /// The VPC it is in.
    vpc_id: Auto<String>,
    /// Its id.
    id: Auto<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Whether network interfaces created in it get an IPv6 address.
    assign_ipv6_address_on_creation: Out<bool>,
    /// How many of its addresses are free.
    available_ip_address_count: Out<i32>,
    /// The pool that customer-owned IP addresses come from.
    customer_owned_ipv4_pool: Out<String>,
    /// Whether Amazon's resolver gives IPv6 addresses for IPv4-only destinations.
    enable_dns64: Out<bool>,
    /// The index of the device that is a local network interface, for Outposts.
    enable_lni_at_device_index: Out<i32>,
    /// Whether the resolver answers questions for host names with A records.
    enable_resource_name_dns_a_record_on_launch: Out<bool>,
    /// Whether the resolver answers questions for host names with AAAA records.
    enable_resource_name_dns_aaaa_record_on_launch: Out<bool>,
    /// What connects it and its IPv6 addresses.
    ipv6_cidr_block_association_id: Out<String>,
    /// Whether it has IPv6 addresses only.
    ipv6_native: Out<bool>,
    /// Whether network interfaces created in it get a customer-owned IP address.
    map_customer_owned_ip_on_launch: Out<bool>,
    /// Whether instances launched in it get a public IPv4 address.
    map_public_ip_on_launch: Out<bool>,
    /// The Outpost it is on.
    outpost_arn: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// What host names are made from: `ip-name` or `resource-name`.
    private_dns_hostname_type_on_launch: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Conditions on it.
    filter: BTreeSet<Filter>,
}

impl Data for Subnet {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("subnet-id", &given.id)
            .and("availabilityZone", &given.availability_zone)
            .and("availabilityZoneId", &given.availability_zone_id)
            .and("cidrBlock", &given.cidr_block)
            .and("ipv6-cidr-block-association.ipv6-cidr-block", &given.ipv6_cidr_block)
            .and("state", &given.state)
            .and("vpc-id", &given.vpc_id)
            .and_flag("defaultForAz", given.default_for_az.0);
        let call = aws.ec2().describe_subnets().set_filters(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeSubnets")?;
        let it = only("subnet", "DescribeSubnets", answer.subnets.unwrap_or_default())?;
        Ok(Subnet {
            available_ip_address_count: Out(it.available_ip_address_count()),
            default_for_az: Auto(it.default_for_az()),
            filter: given.filter,
            state: Auto::from_sdk(it.state()),
            tags: visible_tags(aws, it.tags()),
            ..shown(&subnet::live(&it).attributes)?
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn a_subnet_is_found_by_its_id() {
        let subnet = "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
            <state>available</state></item></subnetSet>";
        let aws = Script::new([ec2("DescribeSubnets", subnet)]);
        let given = serde_json::json!({"id": "subnet-1"}).as_object().unwrap().clone();
        let given = crate::resource::decode(&Subnet::SCHEMA, given).unwrap();

        let found = Subnet::read(&aws, given).await.unwrap();

        assert_eq!(found.vpc_id.0.as_deref(), Some("vpc-1"));
        assert_eq!(found.state.0.as_deref(), Some("available"));
        aws.sent(expect![[r#"
            DescribeSubnets
                Filter.1.Name=subnet-id
                Filter.1.Value.1=subnet-1
        "#]]);
    }
}
