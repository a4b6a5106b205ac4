//! `aws_vpc`: a network of one's own.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use futures::future::{try_join_all, try_join3};
use model::{Attributes, Auto, Live, Map, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::blockers::{Held, explain};
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed};

/// A network of one's own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc", version = 1)]
pub(crate) struct Vpc {
    /// Its IPv4 addresses, such as `10.0.0.0/16`. Given unless they come from a pool.
    #[attr(replace)]
    cidr_block: Auto<String>,
    /// On whose hardware instances run: `default` or `dedicated`.
    #[attr(replace, default = "default")]
    instance_tenancy: String,
    /// The IPAM pool its IPv4 addresses come from.
    #[attr(replace)]
    ipv4_ipam_pool_id: Unread<String>,
    /// How many addresses to take from the pool, as the length of a prefix.
    #[attr(replace)]
    ipv4_netmask_length: Unread<i32>,
    /// Whether it has IPv6 addresses that Amazon chooses.
    assign_generated_ipv6_cidr_block: Option<bool>,
    /// Its IPv6 addresses.
    ipv6_cidr_block: Auto<Addresses>,
    /// The group of zones its IPv6 addresses are announced from.
    ipv6_cidr_block_network_border_group: Auto<String>,
    /// The IPAM pool its IPv6 addresses come from.
    ipv6_ipam_pool_id: Option<String>,
    /// How many addresses to take from the IPv6 pool, as the length of a prefix.
    ipv6_netmask_length: Unread<i32>,
    /// Whether instances with public addresses get names for them.
    enable_dns_hostnames: Auto<bool>,
    /// Whether names are resolved by Amazon's server.
    #[attr(default = true)]
    enable_dns_support: bool,
    /// Whether CloudWatch counts the addresses in use.
    enable_network_address_usage_metrics: Auto<bool>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The network ACL it was created with.
    default_network_acl_id: Out<String>,
    /// The route table it was created with.
    default_route_table_id: Out<String>,
    /// The security group it was created with.
    default_security_group_id: Out<String>,
    /// The DHCP options in use.
    dhcp_options_id: Out<String>,
    /// What connects it and its IPv6 addresses.
    #[attr(volatile)]
    ipv6_association_id: Out<String>,
    /// The route table of subnets that have none of their own.
    main_route_table_id: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its id, such as `vpc-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for Vpc {
    const BATCH: usize = 100;
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_vpcs().filters(filter("vpc-id", ids));
        let vpcs = call.send().await.or_fault("DescribeVpcs")?.vpcs.unwrap_or_default();
        if vpcs.is_empty() {
            return Ok(Vec::new());
        }
        let (acls, tables, groups) =
            try_join3(default_acls(aws, ids), main_tables(aws, ids), default_groups(aws, ids))
                .await?;
        let of = |map: &BTreeMap<String, String>, id: &str| Out(map.get(id).cloned());
        let lives = vpcs.iter().map(|it| live(aws, it));
        let mut lives = try_join_all(lives).await?;
        for it in &mut lives {
            it.attributes.default_network_acl_id = of(&acls, &it.id);
            it.attributes.main_route_table_id = of(&tables, &it.id);
            it.attributes.default_route_table_id = of(&tables, &it.id);
            it.attributes.default_security_group_id = of(&groups, &it.id);
        }
        Ok(lives)
    }

    /// What is asked of DNS is told by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::Vpc, &want.tags, token);
        let call = aws.ec2().create_vpc().set_cidr_block(want.cidr_block.0.clone());
        let call = call
            .instance_tenancy(want.instance_tenancy.as_str().into())
            .set_ipv4_ipam_pool_id(want.ipv4_ipam_pool_id.to_sdk())
            .set_ipv4_netmask_length(want.ipv4_netmask_length.to_sdk())
            .set_amazon_provided_ipv6_cidr_block(want.assign_generated_ipv6_cidr_block)
            .set_ipv6_cidr_block(want.ipv6_cidr_block.to_sdk())
            .set_ipv6_cidr_block_network_border_group(
                want.ipv6_cidr_block_network_border_group.to_sdk(),
            )
            .set_ipv6_ipam_pool_id(want.ipv6_ipam_pool_id.clone())
            .set_ipv6_netmask_length(want.ipv6_netmask_length.to_sdk())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateVpc")?;
        must(answer.vpc.and_then(|it| it.vpc_id), "CreateVpc")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        // Each call changes one of them. Names for hosts need resolution first.
        let on = |it| sdk::AttributeBooleanValue::builder().value(it).build();
        let modify = || aws.ec2().modify_vpc_attribute().vpc_id(id);
        if changed!(have, want; enable_dns_support) {
            let call = modify().enable_dns_support(on(want.enable_dns_support));
            call.send().await.or_fault("ModifyVpcAttribute")?;
        }
        if changed!(have, want; enable_dns_hostnames) {
            let call = modify().enable_dns_hostnames(on(want.enable_dns_hostnames.0 == Some(true)));
            call.send().await.or_fault("ModifyVpcAttribute")?;
        }
        if changed!(have, want; enable_network_address_usage_metrics) {
            let metrics = want.enable_network_address_usage_metrics.0 == Some(true);
            let call = modify().enable_network_address_usage_metrics(on(metrics));
            call.send().await.or_fault("ModifyVpcAttribute")?;
        }
        if changed!(
            have, want; assign_generated_ipv6_cidr_block, ipv6_cidr_block, ipv6_ipam_pool_id,
            ipv6_netmask_length, ipv6_cidr_block_network_border_group
        ) {
            change_ipv6(aws, id, have, want).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let answer = aws.ec2().delete_vpc().vpc_id(id).send().await;
        explain(aws, Held::Vpc(id), answer.or_fault("DeleteVpc")).await?;
        Ok(())
    }

    /// There can be others with the same addresses.
    fn comes_first(_before: &Map, _after: &Map) -> bool {
        true
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_vpcs().filters(made_with(token));
        let vpcs = call.send().await.or_fault("DescribeVpcs")?.vpcs.unwrap_or_default();
        Ok(vpcs.into_iter().find_map(|it| it.vpc_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["cidr_block", "ipv6_cidr_block"])
    }
}

async fn live(aws: &Aws, it: &sdk::Vpc) -> Result<Live<Vpc>> {
    use sdk::VpcAttributeName::{
        EnableDnsHostnames, EnableDnsSupport, EnableNetworkAddressUsageMetrics,
    };
    let id = it.vpc_id().unwrap_or_default();
    let (hostnames, support, metrics) = try_join3(
        switch(aws, id, EnableDnsHostnames),
        switch(aws, id, EnableDnsSupport),
        switch(aws, id, EnableNetworkAddressUsageMetrics),
    )
    .await?;
    let associated = |it: &&sdk::VpcIpv6CidrBlockAssociation| {
        let state = it.ipv6_cidr_block_state().and_then(|it| it.state());
        state == Some(&sdk::VpcCidrBlockStateCode::Associated)
    };
    let ipv6 = it.ipv6_cidr_block_association_set().iter().find(associated);
    let pool = ipv6.and_then(|it| it.ipv6_pool());
    let owner = it.owner_id().unwrap_or_default();
    let (partition, region) = (aws.partition().name, aws.region());
    let attributes = Vpc {
        cidr_block: Auto::from_sdk(it.cidr_block()),
        instance_tenancy: String::from_sdk(it.instance_tenancy()),
        ipv4_ipam_pool_id: Unread(None),
        ipv4_netmask_length: Unread(None),
        assign_generated_ipv6_cidr_block: Some(pool == Some("Amazon")),
        ipv6_cidr_block: Auto::from_sdk(ipv6.and_then(|it| it.ipv6_cidr_block())),
        ipv6_cidr_block_network_border_group: Auto::from_sdk(
            ipv6.and_then(|it| it.network_border_group()),
        ),
        ipv6_ipam_pool_id: Option::from_sdk(pool.filter(|it| *it != "Amazon")),
        ipv6_netmask_length: Unread(None),
        enable_dns_hostnames: Auto(Some(hostnames)),
        enable_dns_support: support,
        enable_network_address_usage_metrics: Auto(Some(metrics)),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:vpc/{id}"))),
        default_network_acl_id: Out(None),
        default_route_table_id: Out(None),
        default_security_group_id: Out(None),
        dhcp_options_id: Out::from_sdk(it.dhcp_options_id()),
        ipv6_association_id: Out::from_sdk(ipv6.and_then(|it| it.association_id())),
        main_route_table_id: Out(None),
        owner_id: Out::from_sdk(Some(owner)),
        id: Out::from_sdk(Some(id)),
    };
    let phase = match it.state() {
        Some(sdk::VpcState::Pending) => Phase::changing("its state is pending"),
        _ => Phase::Ready,
    };
    Ok(Live { id: id.to_owned(), phase, attributes })
}

pub(super) async fn switch(aws: &Aws, id: &str, name: sdk::VpcAttributeName) -> Result<bool> {
    let call = aws.ec2().describe_vpc_attribute().vpc_id(id).attribute(name);
    let answer = call.send().await.or_fault("DescribeVpcAttribute")?;
    let values = [
        answer.enable_dns_hostnames,
        answer.enable_dns_support,
        answer.enable_network_address_usage_metrics,
    ];
    Ok(values.into_iter().flatten().any(|it| it.value == Some(true)))
}

/// Pairs of a VPC and the network ACL it was created with.
async fn default_acls(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>> {
    let call = aws.ec2().describe_network_acls().filters(filter("vpc-id", vpcs));
    let call = call.filters(filter("default", &["true".to_owned()]));
    let answer = call.send().await.or_fault("DescribeNetworkAcls")?;
    let acls = answer.network_acls.unwrap_or_default().into_iter();
    Ok(acls.filter_map(|it| Some((it.vpc_id?, it.network_acl_id?))).collect())
}

pub(super) async fn main_tables(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>> {
    let call = aws.ec2().describe_route_tables().filters(filter("vpc-id", vpcs));
    let call = call.filters(filter("association.main", &["true".to_owned()]));
    let answer = call.send().await.or_fault("DescribeRouteTables")?;
    let tables = answer.route_tables.unwrap_or_default().into_iter();
    Ok(tables.filter_map(|it| Some((it.vpc_id?, it.route_table_id?))).collect())
}

async fn default_groups(aws: &Aws, vpcs: &[String]) -> Result<BTreeMap<String, String>> {
    let call = aws.ec2().describe_security_groups().filters(filter("vpc-id", vpcs));
    let call = call.filters(filter("group-name", &["default".to_owned()]));
    let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
    let groups = answer.security_groups.unwrap_or_default().into_iter();
    Ok(groups.filter_map(|it| Some((it.vpc_id?, it.group_id?))).collect())
}

/// Gives up the IPv6 addresses it has, and takes those it shall have.
async fn change_ipv6(aws: &Aws, id: &str, have: &Vpc, want: &Vpc) -> Result<()> {
    if let Some(association) = &have.ipv6_association_id.0 {
        let call = aws.ec2().disassociate_vpc_cidr_block().association_id(association);
        call.send().await.or_fault("DisassociateVpcCidrBlock")?;
    }
    let generated = want.assign_generated_ipv6_cidr_block == Some(true);
    if !generated && want.ipv6_ipam_pool_id.is_none() {
        return Ok(());
    }
    let call = aws.ec2().associate_vpc_cidr_block().vpc_id(id);
    let call = match generated {
        true => call.amazon_provided_ipv6_cidr_block(true),
        false => call
            .set_ipv6_ipam_pool_id(want.ipv6_ipam_pool_id.clone())
            .set_ipv6_cidr_block(want.ipv6_cidr_block.to_sdk())
            .set_ipv6_netmask_length(want.ipv6_netmask_length.to_sdk()),
    };
    let group = want.ipv6_cidr_block_network_border_group.to_sdk();
    let call = call.set_ipv6_cidr_block_network_border_group(group);
    call.send().await.or_fault("AssociateVpcCidrBlock")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn a_new_vpc_carries_its_intent() {
        let aws = Script::new([ec2("CreateVpc", "<vpc><vpcId>vpc-1</vpcId></vpc>")]);
        let want = want::<Vpc>(r#"{"cidr_block": "10.0.0.0/16", "tags": {"Name": "main"}}"#);

        assert_eq!(Vpc::create(&aws, &want, "token-1").await.unwrap(), "vpc-1");

        aws.sent(expect![[r#"
            CreateVpc
                CidrBlock=10.0.0.0/16
                InstanceTenancy=default
                TagSpecification.1.ResourceType=vpc
                TagSpecification.1.Tag.1.Key=Name
                TagSpecification.1.Tag.1.Value=main
                TagSpecification.1.Tag.2.Key=groundplan:intent
                TagSpecification.1.Tag.2.Value=token-1
        "#]]);
    }

    #[tokio::test]
    async fn each_switch_is_a_call() {
        let done = || ec2("ModifyVpcAttribute", "<return>true</return>");
        let aws = Script::new([done(), done()]);
        let have = want::<Vpc>(r#"{"enable_dns_hostnames": false, "enable_dns_support": false}"#);
        let want = want::<Vpc>(r#"{"enable_dns_hostnames": true}"#);

        Vpc::update(&aws, "vpc-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifyVpcAttribute
                EnableDnsSupport.Value=true
                VpcId=vpc-1
            ModifyVpcAttribute
                EnableDnsHostnames.Value=true
                VpcId=vpc-1
        "#]]);
    }
}
