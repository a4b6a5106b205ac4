//! `aws_subnet`: a range of a VPC's addresses in one zone.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::blockers::{Held, explain};
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, differs};

/// A range of a VPC's addresses in one zone.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_subnet", version = 1, timeouts = [create, delete])]
pub(crate) struct Subnet {
    /// The VPC it is in.
    #[attr(replace)]
    vpc_id: String,
    /// Whether network interfaces created in it get an IPv6 address.
    #[attr(default = false)]
    assign_ipv6_address_on_creation: bool,
    /// The zone it is in, such as `eu-west-1a`. Else AWS chooses one.
    #[attr(replace)]
    availability_zone: Auto<String>,
    /// The id of the zone it is in, such as `euw1-az1`, which means the same in every account.
    #[attr(replace)]
    availability_zone_id: Auto<String>,
    /// Its IPv4 addresses, such as `10.0.1.0/24`.
    #[attr(replace)]
    cidr_block: Option<String>,
    /// The pool that customer-owned IP addresses come from.
    customer_owned_ipv4_pool: Option<String>,
    /// Whether Amazon's resolver gives IPv6 addresses for IPv4-only destinations.
    #[attr(default = false)]
    enable_dns64: bool,
    /// The index of the device that is a local network interface, for Outposts.
    enable_lni_at_device_index: Option<i32>,
    /// Whether the resolver answers questions for host names with A records.
    #[attr(default = false)]
    enable_resource_name_dns_a_record_on_launch: bool,
    /// Whether the resolver answers questions for host names with AAAA records.
    #[attr(default = false)]
    enable_resource_name_dns_aaaa_record_on_launch: bool,
    /// Its IPv6 addresses: a /64 of the VPC's.
    ipv6_cidr_block: Option<Addresses>,
    /// Whether it has IPv6 addresses only.
    #[attr(replace, default = false)]
    ipv6_native: bool,
    /// Whether network interfaces created in it get a customer-owned IP address.
    map_customer_owned_ip_on_launch: Option<bool>,
    /// Whether instances launched in it get a public IPv4 address.
    #[attr(default = false)]
    map_public_ip_on_launch: bool,
    /// The Outpost it is on.
    #[attr(replace)]
    outpost_arn: Option<String>,
    /// What host names are made from: `ip-name` or `resource-name`.
    private_dns_hostname_type_on_launch: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// What connects it and its IPv6 addresses.
    #[attr(volatile)]
    ipv6_cidr_block_association_id: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `subnet-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for Subnet {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 20);
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_subnets().filters(filter("subnet-id", ids));
        let answer = call.send().await.or_fault("DescribeSubnets")?;
        Ok(answer.subnets().iter().map(live).collect())
    }

    /// What instances get at launch is told by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::Subnet, &want.tags, token);
        let call = aws.ec2().create_subnet().vpc_id(&want.vpc_id);
        let call = call
            .set_availability_zone(want.availability_zone.to_sdk())
            .set_availability_zone_id(want.availability_zone_id.to_sdk())
            .set_cidr_block(want.cidr_block.clone())
            .set_ipv6_cidr_block(want.ipv6_cidr_block.to_sdk())
            .set_ipv6_native(want.ipv6_native.then_some(true))
            .set_outpost_arn(want.outpost_arn.clone())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateSubnet")?;
        must(answer.subnet.and_then(|it| it.subnet_id), "CreateSubnet")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        // What needs IPv6 addresses goes before them and comes after them.
        let gone = want.ipv6_cidr_block.is_none();
        if changed!(have, want; ipv6_cidr_block) && !gone {
            change_ipv6(aws, id, have, want).await?;
        }
        switch(aws, id, have, want).await?;
        if changed!(have, want; ipv6_cidr_block) && gone {
            change_ipv6(aws, id, have, want).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let answer = aws.ec2().delete_subnet().subnet_id(id).send().await;
        explain(aws, Held::Subnet(id), answer.or_fault("DeleteSubnet")).await?;
        Ok(())
    }

    /// In another VPC its addresses are free.
    fn comes_first(before: &Map, after: &Map) -> bool {
        differs::<Self>(before, after, "vpc_id")
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_subnets().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeSubnets")?;
        Ok(answer.subnets.unwrap_or_default().into_iter().find_map(|it| it.subnet_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["cidr_block", "ipv6_cidr_block"])
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The VPC was created a moment ago, or its IPv6 addresses were.
            (Op::Create, "InvalidVpcID.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

/// Each call changes one attribute.
async fn switch(aws: &Aws, id: &str, have: &Subnet, want: &Subnet) -> Result<()> {
    let on = |it| sdk::AttributeBooleanValue::builder().value(it).build();
    let modify = || aws.ec2().modify_subnet_attribute().subnet_id(id);
    let mut calls = Vec::new();
    macro_rules! switches {
        ($($field:ident),+) => { $(
            if changed!(have, want; $field) {
                calls.push(modify().$field(on(want.$field)));
            }
        )+ };
    }
    switches!(
        assign_ipv6_address_on_creation,
        enable_dns64,
        enable_resource_name_dns_a_record_on_launch,
        enable_resource_name_dns_aaaa_record_on_launch,
        map_public_ip_on_launch
    );
    if changed!(have, want; customer_owned_ipv4_pool, map_customer_owned_ip_on_launch) {
        let call = modify().set_customer_owned_ipv4_pool(want.customer_owned_ipv4_pool.clone());
        let map = want.map_customer_owned_ip_on_launch == Some(true);
        calls.push(call.map_customer_owned_ip_on_launch(on(map)));
    }
    if changed!(have, want; private_dns_hostname_type_on_launch) {
        let ty = want.private_dns_hostname_type_on_launch.to_sdk();
        calls.push(modify().set_private_dns_hostname_type_on_launch(ty));
    }
    if changed!(have, want; enable_lni_at_device_index) {
        calls.push(match want.enable_lni_at_device_index {
            Some(index) => modify().enable_lni_at_device_index(index),
            None => modify().disable_lni_at_device_index(on(true)),
        });
    }
    for call in calls {
        call.send().await.or_fault("ModifySubnetAttribute")?;
    }
    Ok(())
}

async fn change_ipv6(aws: &Aws, id: &str, have: &Subnet, want: &Subnet) -> Result<()> {
    if let Some(association) = &have.ipv6_cidr_block_association_id.0 {
        let call = aws.ec2().disassociate_subnet_cidr_block().association_id(association);
        call.send().await.or_fault("DisassociateSubnetCidrBlock")?;
    }
    if let Some(cidr) = &want.ipv6_cidr_block {
        let call = aws.ec2().associate_subnet_cidr_block().subnet_id(id).ipv6_cidr_block(&cidr.0);
        call.send().await.or_fault("AssociateSubnetCidrBlock")?;
    }
    Ok(())
}

pub(super) fn live(it: &sdk::Subnet) -> Live<Subnet> {
    let associated = |it: &&sdk::SubnetIpv6CidrBlockAssociation| {
        let state = it.ipv6_cidr_block_state().and_then(|it| it.state());
        state == Some(&sdk::SubnetCidrBlockStateCode::Associated)
    };
    let ipv6 = it.ipv6_cidr_block_association_set().iter().find(associated);
    let names = it.private_dns_name_options_on_launch();
    let attributes = Subnet {
        vpc_id: String::from_sdk(it.vpc_id()),
        assign_ipv6_address_on_creation: bool::from_sdk(it.assign_ipv6_address_on_creation()),
        availability_zone: Auto::from_sdk(it.availability_zone()),
        availability_zone_id: Auto::from_sdk(it.availability_zone_id()),
        cidr_block: Option::from_sdk(it.cidr_block()),
        customer_owned_ipv4_pool: Option::from_sdk(it.customer_owned_ipv4_pool()),
        enable_dns64: bool::from_sdk(it.enable_dns64()),
        enable_lni_at_device_index: it.enable_lni_at_device_index().filter(|it| *it != 0),
        enable_resource_name_dns_a_record_on_launch: bool::from_sdk(
            names.and_then(|it| it.enable_resource_name_dns_a_record()),
        ),
        enable_resource_name_dns_aaaa_record_on_launch: bool::from_sdk(
            names.and_then(|it| it.enable_resource_name_dns_aaaa_record()),
        ),
        ipv6_cidr_block: Option::from_sdk(ipv6.and_then(|it| it.ipv6_cidr_block())),
        ipv6_native: bool::from_sdk(it.ipv6_native()),
        map_customer_owned_ip_on_launch: it.map_customer_owned_ip_on_launch(),
        map_public_ip_on_launch: bool::from_sdk(it.map_public_ip_on_launch()),
        outpost_arn: Option::from_sdk(it.outpost_arn()),
        private_dns_hostname_type_on_launch: Auto::from_sdk(
            names.and_then(|it| it.hostname_type()),
        ),
        tags: tags_from_sdk(it.tags()),
        ipv6_cidr_block_association_id: Out::from_sdk(ipv6.and_then(|it| it.association_id())),
        owner_id: Out::from_sdk(it.owner_id()),
        arn: Out::from_sdk(it.subnet_arn()),
        id: Out::from_sdk(it.subnet_id()),
    };
    let phase = match it.state() {
        Some(sdk::SubnetState::Pending) => Phase::changing("its state is pending"),
        _ => Phase::Ready,
    };
    Live { id: String::from_sdk(it.subnet_id()), phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn a_subnet_is_created_where_it_is_wanted() {
        let aws =
            Script::new([ec2("CreateSubnet", "<subnet><subnetId>subnet-1</subnetId></subnet>")]);
        let want = want::<Subnet>(
            r#"{"vpc_id": "vpc-1", "cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1a"}"#,
        );

        assert_eq!(Subnet::create(&aws, &want, "token-1").await.unwrap(), "subnet-1");

        aws.sent(expect![[r#"
            CreateSubnet
                AvailabilityZone=eu-west-1a
                CidrBlock=10.0.1.0/24
                TagSpecification.1.ResourceType=subnet
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
                VpcId=vpc-1
        "#]]);
    }

    #[tokio::test]
    async fn each_switch_is_a_call() {
        let done = || ec2("ModifySubnetAttribute", "<return>true</return>");
        let aws = Script::new([done(), done()]);
        let have = want::<Subnet>(r#"{"vpc_id": "vpc-1"}"#);
        let want = want::<Subnet>(
            r#"{"vpc_id": "vpc-1", "map_public_ip_on_launch": true, "enable_lni_at_device_index": 1}"#,
        );

        Subnet::update(&aws, "subnet-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifySubnetAttribute
                MapPublicIpOnLaunch.Value=true
                SubnetId=subnet-1
            ModifySubnetAttribute
                EnableLniAtDeviceIndex=1
                SubnetId=subnet-1
        "#]]);
    }

    #[tokio::test]
    async fn ipv6_addresses_are_given_back_last() {
        let aws = Script::new([
            ec2("ModifySubnetAttribute", "<return>true</return>"),
            ec2("DisassociateSubnetCidrBlock", ""),
        ]);
        let have = want::<Subnet>(
            r#"{"vpc_id": "vpc-1", "assign_ipv6_address_on_creation": true,
                "ipv6_cidr_block": "2001:db8::/64", "ipv6_cidr_block_association_id": "assoc-1"}"#,
        );

        Subnet::update(&aws, "subnet-1", &have, &want(r#"{"vpc_id": "vpc-1"}"#)).await.unwrap();

        aws.sent(expect![[r#"
            ModifySubnetAttribute
                AssignIpv6AddressOnCreation.Value=false
                SubnetId=subnet-1
            DisassociateSubnetCidrBlock
                AssociationId=assoc-1
        "#]]);
    }
}
