//! `aws_vpc_dhcp_options`: what instances are told when they ask for an address.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Live, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::dhcp_options_association::{DEFAULT, associate};
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result};

/// What instances are told when they ask for an address.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc_dhcp_options")]
pub(crate) struct DhcpOptions {
    /// The domain that names without one are in.
    #[attr(replace)]
    domain_name: Option<String>,
    /// Up to four servers to ask for names, or `AmazonProvidedDNS`.
    #[attr(replace)]
    domain_name_servers: Option<Vec<String>>,
    /// How often, in seconds, an IPv6 address is to be renewed.
    #[attr(replace)]
    ipv6_address_preferred_lease_time: Option<String>,
    /// Up to four NetBIOS name servers.
    #[attr(replace)]
    netbios_name_servers: Option<Vec<String>>,
    /// How NetBIOS names are looked up: `1`, `2`, `4` or `8`. AWS recommends `2`.
    #[attr(replace)]
    netbios_node_type: Option<String>,
    /// Up to four servers to ask for the time.
    #[attr(replace)]
    ntp_servers: Option<Vec<String>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `dopt-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for DhcpOptions {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_dhcp_options().filters(filter("dhcp-options-id", ids));
        let answer = call.send().await.or_fault("DescribeDhcpOptions")?;
        Ok(answer.dhcp_options().iter().map(|it| live(aws, it)).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::DhcpOptions, &want.tags, token);
        let call = aws.ec2().create_dhcp_options().set_dhcp_configurations(Some(want.options()));
        let call = call.set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateDhcpOptions")?;
        must(answer.dhcp_options.and_then(|it| it.dhcp_options_id), "CreateDhcpOptions")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// VPCs that use it get no options instead.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().describe_vpcs().filters(filter("dhcp-options-id", &[id.to_owned()]));
        let answer = call.send().await.or_fault("DescribeVpcs")?;
        for vpc in answer.vpcs().iter().filter_map(|it| it.vpc_id()) {
            associate(aws, vpc, DEFAULT).await?;
        }
        let call = aws.ec2().delete_dhcp_options().dhcp_options_id(id);
        call.send().await.or_fault("DeleteDhcpOptions")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_dhcp_options().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeDhcpOptions")?;
        Ok(answer.dhcp_options.unwrap_or_default().into_iter().find_map(|it| it.dhcp_options_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }
}

impl DhcpOptions {
    fn options(&self) -> Vec<sdk::NewDhcpConfiguration> {
        let one = |it: &Option<String>| it.iter().cloned().collect::<Vec<_>>();
        let many = |it: &Option<Vec<String>>| it.iter().flatten().cloned().collect::<Vec<_>>();
        let options = [
            ("domain-name", one(&self.domain_name)),
            ("domain-name-servers", many(&self.domain_name_servers)),
            (LEASE, one(&self.ipv6_address_preferred_lease_time)),
            ("netbios-name-servers", many(&self.netbios_name_servers)),
            ("netbios-node-type", one(&self.netbios_node_type)),
            ("ntp-servers", many(&self.ntp_servers)),
        ];
        let given = options.into_iter().filter(|(_, values)| !values.is_empty());
        let option = |(key, values): (&str, Vec<String>)| {
            sdk::NewDhcpConfiguration::builder().key(key).set_values(Some(values)).build()
        };
        given.map(option).collect()
    }
}

const LEASE: &str = "ipv6-address-preferred-lease-time";

fn live(aws: &Aws, it: &sdk::DhcpOptions) -> Live<DhcpOptions> {
    let many = |key: &str| {
        let option = it.dhcp_configurations().iter().find(|it| it.key() == Some(key))?;
        let values = option.values().iter().filter_map(|it| it.value.clone());
        Some(values.collect::<Vec<_>>())
    };
    let one = |key: &str| many(key).and_then(|it| it.into_iter().next());
    let (id, owner) = (String::from_sdk(it.dhcp_options_id()), it.owner_id().unwrap_or_default());
    let (partition, region) = (aws.partition().name, aws.region());
    let attributes = DhcpOptions {
        domain_name: one("domain-name"),
        domain_name_servers: many("domain-name-servers"),
        ipv6_address_preferred_lease_time: one(LEASE),
        netbios_name_servers: many("netbios-name-servers"),
        netbios_node_type: one("netbios-node-type"),
        ntp_servers: many("ntp-servers"),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(it.owner_id()),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:dhcp-options/{id}"))),
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
    async fn only_what_is_given_is_sent() {
        let made = "<dhcpOptions><dhcpOptionsId>dopt-1</dhcpOptionsId></dhcpOptions>";
        let aws = Script::new([ec2("CreateDhcpOptions", made)]);
        let want = want(
            r#"{"domain_name": "corp.internal", "domain_name_servers": ["10.0.0.2", "10.0.1.2"]}"#,
        );

        assert_eq!(DhcpOptions::create(&aws, &want, "token-1").await.unwrap(), "dopt-1");

        aws.sent(expect![[r#"
            CreateDhcpOptions
                DhcpConfiguration.1.Key=domain-name
                DhcpConfiguration.1.Value.1=corp.internal
                DhcpConfiguration.2.Key=domain-name-servers
                DhcpConfiguration.2.Value.1=10.0.0.2
                DhcpConfiguration.2.Value.2=10.0.1.2
                TagSpecification.1.ResourceType=dhcp-options
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
        "#]]);
    }

    #[tokio::test]
    async fn vpcs_let_go_of_it_first() {
        let vpcs = "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>";
        let aws = Script::new([
            ec2("DescribeVpcs", vpcs),
            ec2("AssociateDhcpOptions", "<return>true</return>"),
            ec2("DeleteDhcpOptions", "<return>true</return>"),
        ]);

        DhcpOptions::delete(&aws, "dopt-1", &want("{}")).await.unwrap();

        aws.sent(expect![[r#"
            DescribeVpcs
                Filter.1.Name=dhcp-options-id
                Filter.1.Value.1=dopt-1
            AssociateDhcpOptions
                DhcpOptionsId=default
                VpcId=vpc-1
            DeleteDhcpOptions
                DhcpOptionsId=dopt-1
        "#]]);
    }
}
