//! `aws_default_subnet`: the subnet of a zone for those who choose none. It is taken over, and made if
//! there is none.

use model::{Attributes, Auto, Live, Map, Out, Tags, Timeouts, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::shown;
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::default_vpc::{identity, plain, was_made};
use crate::ec2::filter;
use crate::ec2::subnet::Subnet;
use crate::fault::{OrFault, must};
use crate::resource::{Resource, Result};

/// The subnet of a zone for those who choose none. It is taken over, and made if there is none.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_subnet", version = 1, timeouts = [create, delete])]
pub(crate) struct DefaultSubnet {
    /// The zone, such as `eu-west-1a`.
    #[attr(replace)]
    availability_zone: String,
    /// Whether network interfaces created in it get an IPv6 address.
    #[attr(default = false)]
    assign_ipv6_address_on_creation: bool,
    /// The pool that customer-owned IP addresses come from.
    customer_owned_ipv4_pool: Option<String>,
    /// Whether Amazon's resolver gives IPv6 addresses for IPv4-only destinations.
    #[attr(default = false)]
    enable_dns64: bool,
    /// Whether the resolver answers questions for host names with A records.
    #[attr(default = false)]
    enable_resource_name_dns_a_record_on_launch: bool,
    /// Whether the resolver answers questions for host names with AAAA records.
    #[attr(default = false)]
    enable_resource_name_dns_aaaa_record_on_launch: bool,
    /// Whether destroying it deletes it. Else it only is no longer managed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// Its IPv6 addresses: a /64 of the VPC's.
    ipv6_cidr_block: Auto<Addresses>,
    /// Whether it has IPv6 addresses only.
    #[attr(replace, default = false)]
    ipv6_native: bool,
    /// Whether network interfaces created in it get a customer-owned IP address.
    map_customer_owned_ip_on_launch: Option<bool>,
    /// Whether instances launched in it get a public IPv4 address.
    #[attr(default = true)]
    map_public_ip_on_launch: bool,
    /// What host names are made from: `ip-name` or `resource-name`.
    private_dns_hostname_type_on_launch: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The id of the zone, such as `euw1-az1`, which means the same in every account.
    availability_zone_id: Out<String>,
    /// Its IPv4 addresses.
    cidr_block: Out<String>,
    /// The index of the device that is a local network interface, for Outposts.
    enable_lni_at_device_index: Out<i32>,
    /// Whether it was there before.
    existing_default_subnet: Out<bool>,
    /// What connects it and its IPv6 addresses.
    #[attr(volatile)]
    ipv6_cidr_block_association_id: Out<String>,
    /// The Outpost it is on.
    outpost_arn: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// The VPC it is in.
    vpc_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `subnet-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for DefaultSubnet {
    const BATCH: usize = Subnet::BATCH;
    const TIMEOUTS: Timeouts = Subnet::TIMEOUTS;

    fn identity(&self) -> Option<String> {
        Some(identity(self.id.0.as_deref()?, self.existing_default_subnet.0))
    }

    fn abandons(&self) -> bool {
        self.force_destroy.0 != Some(true)
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let without: Vec<_> = ids.iter().map(|it| plain(it).to_owned()).collect();
        let found = Subnet::read(aws, &without).await?;
        let own = |it: Live<Subnet>| {
            let id = ids.iter().find(|id| plain(id) == it.id).cloned().unwrap_or(it.id);
            let existing = Out(Some(!was_made(&id)));
            let attributes =
                DefaultSubnet { existing_default_subnet: existing, ..shown(&it.attributes)? };
            Ok(Live { id, phase: it.phase, attributes })
        };
        found.into_iter().map(own).collect()
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let zone = std::slice::from_ref(&want.availability_zone);
        let call = aws.ec2().describe_subnets().filters(filter("availability-zone", zone));
        let call = call.filters(filter("default-for-az", &["true".to_owned()]));
        let answer = call.send().await.or_fault("DescribeSubnets")?;
        let there = answer.subnets.unwrap_or_default().into_iter().find_map(|it| it.subnet_id);
        if let Some(id) = there {
            return Ok(id);
        }
        let call = aws.ec2().create_default_subnet().availability_zone(&want.availability_zone);
        let call = call.set_ipv6_native(want.ipv6_native.then_some(true));
        let answer = call.send().await.or_fault("CreateDefaultSubnet")?;
        let id = must(answer.subnet.and_then(|it| it.subnet_id), "CreateDefaultSubnet")?;
        Ok(identity(&id, Some(false)))
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        Subnet::update(aws, plain(id), &shown(have)?, &shown(want)?).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        Subnet::delete(aws, plain(id), &shown(have)?).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["ipv6_cidr_block"])
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn one_is_made_where_there_is_none() {
        let aws = Script::new([
            ec2("DescribeSubnets", "<subnetSet></subnetSet>"),
            ec2("CreateDefaultSubnet", "<subnet><subnetId>subnet-1</subnetId></subnet>"),
        ]);
        let want = want::<DefaultSubnet>(r#"{"availability_zone": "eu-west-1a"}"#);

        let id = DefaultSubnet::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "made:subnet-1");
        aws.sent(expect![[r#"
            DescribeSubnets
                Filter.1.Name=availability-zone
                Filter.1.Value.1=eu-west-1a
                Filter.2.Name=default-for-az
                Filter.2.Value.1=true
            CreateDefaultSubnet
                AvailabilityZone=eu-west-1a
        "#]]);
    }

    #[tokio::test]
    async fn it_is_read_as_any_subnet() {
        let subnet = "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId>
            <availabilityZone>eu-west-1a</availabilityZone></item></subnetSet>";
        let aws = Script::new([ec2("DescribeSubnets", subnet)]);

        let found = DefaultSubnet::read(&aws, &["made:subnet-1".into()]).await.unwrap();

        assert_eq!(found[0].id, "made:subnet-1");
        let it = &found[0].attributes;
        assert_eq!(it.existing_default_subnet.0, Some(false));
        assert_eq!(it.vpc_id.0.as_deref(), Some("vpc-1"));
        aws.sent(expect![[r#"
            DescribeSubnets
                Filter.1.Name=subnet-id
                Filter.1.Value.1=subnet-1
        "#]]);
    }
}
