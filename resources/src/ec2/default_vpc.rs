//! `aws_default_vpc`: the VPC of those who choose none. It is taken over, and made if there is none.

use model::{Attributes, Auto, Live, Map, Out, Tags, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::shown;
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::filter;
use crate::ec2::vpc::Vpc;
use crate::fault::{OrFault, must};
use crate::resource::{Resource, Result};

/// The VPC of those who choose none. It is taken over, and made if there is none.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_vpc", version = 1)]
pub(crate) struct DefaultVpc {
    /// Whether it has IPv6 addresses that Amazon chooses.
    assign_generated_ipv6_cidr_block: Option<bool>,
    /// Whether instances with public addresses get names for them.
    #[attr(default = true)]
    enable_dns_hostnames: bool,
    /// Whether names are resolved by Amazon's server.
    #[attr(default = true)]
    enable_dns_support: bool,
    /// Whether CloudWatch counts the addresses in use.
    enable_network_address_usage_metrics: Auto<bool>,
    /// Whether destroying it deletes it. Else it only is no longer managed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// Its IPv6 addresses.
    ipv6_cidr_block: Auto<Addresses>,
    /// The group of zones its IPv6 addresses are announced from.
    ipv6_cidr_block_network_border_group: Auto<String>,
    /// The IPAM pool its IPv6 addresses come from.
    ipv6_ipam_pool_id: Option<String>,
    /// How many addresses to take from the IPv6 pool, as the length of a prefix.
    ipv6_netmask_length: Unread<i32>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its IPv4 addresses.
    cidr_block: Out<String>,
    /// The network ACL it was created with.
    default_network_acl_id: Out<String>,
    /// The route table it was created with.
    default_route_table_id: Out<String>,
    /// The security group it was created with.
    default_security_group_id: Out<String>,
    /// The DHCP options in use.
    dhcp_options_id: Out<String>,
    /// Whether it was there before.
    existing_default_vpc: Out<bool>,
    /// On whose hardware instances run.
    instance_tenancy: Out<String>,
    /// What connects it and its IPv6 addresses.
    #[attr(volatile)]
    ipv6_association_id: Out<String>,
    /// The route table of subnets that have none of their own.
    main_route_table_id: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `vpc-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for DefaultVpc {
    const BATCH: usize = Vpc::BATCH;

    fn identity(&self) -> Option<String> {
        Some(identity(self.id.0.as_deref()?, self.existing_default_vpc.0))
    }

    fn abandons(&self) -> bool {
        self.force_destroy.0 != Some(true)
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let without: Vec<_> = ids.iter().map(|it| plain(it).to_owned()).collect();
        let found = Vpc::read(aws, &without).await?;
        let own = |it: Live<Vpc>| {
            let id = ids.iter().find(|id| plain(id) == it.id).cloned().unwrap_or(it.id);
            let existing = Out(Some(!was_made(&id)));
            let attributes =
                DefaultVpc { existing_default_vpc: existing, ..shown(&it.attributes)? };
            Ok(Live { id, phase: it.phase, attributes })
        };
        found.into_iter().map(own).collect()
    }

    async fn create(aws: &Aws, _want: &Self, _token: &str) -> Result<String> {
        if let Some(id) = default_vpc(aws).await? {
            return Ok(id);
        }
        let answer = aws.ec2().create_default_vpc().send().await.or_fault("CreateDefaultVpc")?;
        let id = must(answer.vpc.and_then(|it| it.vpc_id), "CreateDefaultVpc")?;
        Ok(identity(&id, Some(false)))
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        Vpc::update(aws, plain(id), &shown(have)?, &shown(want)?).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        Vpc::delete(aws, plain(id), &shown(have)?).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["ipv6_cidr_block"])
    }
}

/// What is put before the id of an object that was not there before. AWS does not remember it: the
/// text that finds the object again does.
const MADE: &str = "made:";

pub(super) fn identity(id: &str, existed: Option<bool>) -> String {
    match existed {
        Some(false) => format!("{MADE}{id}"),
        Some(true) | None => id.to_owned(),
    }
}

pub(super) fn was_made(identity: &str) -> bool {
    identity.starts_with(MADE)
}

pub(super) fn plain(identity: &str) -> &str {
    identity.strip_prefix(MADE).unwrap_or(identity)
}

pub(super) async fn default_vpc(aws: &Aws) -> Result<Option<String>> {
    let call = aws.ec2().describe_vpcs().filters(filter("is-default", &["true".to_owned()]));
    let answer = call.send().await.or_fault("DescribeVpcs")?;
    Ok(answer.vpcs.unwrap_or_default().into_iter().find_map(|it| it.vpc_id))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn the_one_that_is_there_is_taken_over() {
        let vpc = "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>";
        let aws = Script::new([ec2("DescribeVpcs", vpc)]);

        assert_eq!(DefaultVpc::create(&aws, &want("{}"), "token").await.unwrap(), "vpc-1");

        aws.sent(expect![[r#"
            DescribeVpcs
                Filter.1.Name=is-default
                Filter.1.Value.1=true
        "#]]);
    }

    #[tokio::test]
    async fn one_that_was_made_is_remembered_as_such() {
        let aws = Script::new([
            ec2("DescribeVpcs", "<vpcSet></vpcSet>"),
            ec2("CreateDefaultVpc", "<vpc><vpcId>vpc-1</vpcId></vpc>"),
        ]);

        let id = DefaultVpc::create(&aws, &want("{}"), "token").await.unwrap();

        assert_eq!((plain(&id), was_made(&id)), ("vpc-1", true));
        let have: DefaultVpc = want(r#"{"id": "vpc-1", "existing_default_vpc": false}"#);
        assert_eq!(have.identity(), Some(id));
    }

    #[tokio::test]
    async fn its_switches_are_those_of_any_vpc() {
        let aws = Script::new([ec2("ModifyVpcAttribute", "<return>true</return>")]);
        let want = want::<DefaultVpc>;

        let have = want(r#"{"enable_dns_hostnames": false}"#);
        DefaultVpc::update(&aws, "made:vpc-1", &have, &want("{}")).await.unwrap();

        aws.sent(expect![[r#"
            ModifyVpcAttribute
                EnableDnsHostnames.Value=true
                VpcId=vpc-1
        "#]]);
        assert!(want("{}").abandons());
        assert!(!want(r#"{"force_destroy": true}"#).abandons());
    }
}
