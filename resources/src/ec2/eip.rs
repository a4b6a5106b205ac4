//! `aws_eip`: a public IPv4 address of one's own.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, follow};

/// A public IPv4 address of one's own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_eip", timeouts = [read, update, delete])]
pub(crate) struct Eip {
    /// A certain address of a pool.
    #[attr(replace)]
    address: Unread<String>,
    /// The private address of the instance or interface to lead to, if it has several.
    associate_with_private_ip: Unread<String>,
    /// The pool of customer-owned addresses it comes from, on an Outpost.
    #[attr(replace)]
    customer_owned_ipv4_pool: Option<String>,
    /// `vpc`.
    #[attr(replace)]
    domain: Auto<String>,
    /// The instance it leads to.
    instance: Auto<String>,
    /// The IPAM pool it comes from.
    #[attr(replace)]
    ipam_pool_id: Auto<String>,
    /// The group of zones it is announced from.
    #[attr(replace)]
    network_border_group: Auto<String>,
    /// The network interface it leads to.
    network_interface: Auto<String>,
    /// The pool it comes from, or `amazon`.
    #[attr(replace)]
    public_ipv4_pool: Auto<String>,
    /// Whether `domain` is `vpc`. Deprecated.
    #[attr(replace)]
    vpc: Auto<bool>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its id, such as `eipalloc-0123456789abcdef0`.
    allocation_id: Out<String>,
    /// What connects it and the interface it leads to.
    #[attr(volatile)]
    association_id: Out<String>,
    /// The address in the network of a carrier.
    carrier_ip: Out<String>,
    /// The address in the network of a customer.
    customer_owned_ip: Out<String>,
    /// The name of the private address.
    private_dns: Out<String>,
    /// The private address it leads to.
    private_ip: Out<String>,
    /// The name it is known by, if one is set.
    ptr_record: Out<String>,
    /// The name of the public address.
    public_dns: Out<String>,
    /// The public address.
    public_ip: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `eipalloc-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for Eip {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(15, 5, 3);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_addresses().filters(filter("allocation-id", ids));
        let addresses = call.send().await.or_fault("DescribeAddresses")?.addresses;
        let addresses = addresses.unwrap_or_default();
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let found: Vec<_> = addresses.iter().filter_map(|it| it.allocation_id.clone()).collect();
        let names = names_of(aws, found).await?;
        let arn = aws.arn("ec2", "elastic-ip/").await?;
        Ok(addresses.iter().map(|it| live(aws, it, &arn, &names)).collect())
    }

    /// It is led somewhere by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::ElasticIp, &want.tags, token);
        let call = aws.ec2().allocate_address().domain(sdk::DomainType::Vpc);
        let call = call
            .set_address(want.address.to_sdk())
            .set_customer_owned_ipv4_pool(want.customer_owned_ipv4_pool.clone())
            .set_ipam_pool_id(want.ipam_pool_id.to_sdk())
            .set_network_border_group(want.network_border_group.to_sdk())
            .set_public_ipv4_pool(want.public_ipv4_pool.to_sdk())
            .set_tag_specifications(Some(tags));
        must(call.send().await.or_fault("AllocateAddress")?.allocation_id, "AllocateAddress")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; instance, network_interface, associate_with_private_ip) {
            disassociate(aws, have).await?;
            let text = |it: &Auto<String>| it.0.clone().filter(|it| !it.is_empty());
            // What has changed is meant; the other only followed from what was there.
            let by_interface =
                changed!(have, want; network_interface) || text(&want.instance).is_none();
            let interface = text(&want.network_interface).filter(|_| by_interface);
            let instance = text(&want.instance).filter(|_| interface.is_none());
            if instance.is_some() || interface.is_some() {
                let call = aws.ec2().associate_address().allocation_id(id);
                let call = call
                    .set_instance_id(instance)
                    .set_network_interface_id(interface)
                    .set_private_ip_address(want.associate_with_private_ip.to_sdk())
                    .allow_reassociation(true);
                call.send().await.or_fault("AssociateAddress")?;
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        disassociate(aws, have).await?;
        let call = aws.ec2().release_address().allocation_id(id);
        let call = call.set_network_border_group(have.network_border_group.to_sdk());
        call.send().await.or_fault("ReleaseAddress")?;
        Ok(())
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        follow::<Self>(prior, planned, &["instance", "network_interface"]);
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_addresses().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeAddresses")?;
        Ok(answer.addresses.unwrap_or_default().into_iter().find_map(|it| it.allocation_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The address or the instance was created a moment ago.
            (Op::Update, "InvalidAllocationID.NotFound" | "InvalidInstanceID") => {
                Some(FaultKind::NotYet)
            }
            // What it leads to is being deleted.
            (Op::Delete, "InvalidIPAddress.InUse") => Some(FaultKind::Busy),
            (Op::Delete, "AuthFailure") if fault.message.contains("currently in use") => {
                Some(FaultKind::Busy)
            }
            _ => None,
        }
    }
}

async fn disassociate(aws: &Aws, have: &Eip) -> Result<()> {
    let Some(association) = &have.association_id.0 else { return Ok(()) };
    let call = aws.ec2().disassociate_address().association_id(association);
    match call.send().await.or_fault("DisassociateAddress") {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(()),
        result => result.map(|_| ()),
    }
}

/// The names that addresses are known by, where one is set.
async fn names_of(aws: &Aws, ids: Vec<String>) -> Result<BTreeMap<String, String>> {
    let call = aws.ec2().describe_addresses_attribute().set_allocation_ids(Some(ids));
    let call = call.attribute(sdk::AddressAttributeName::DomainName);
    let answer = call.send().await.or_fault("DescribeAddressesAttribute")?;
    let addresses = answer.addresses.unwrap_or_default().into_iter();
    Ok(addresses.filter_map(|it| Some((it.allocation_id?, it.ptr_record?))).collect())
}

fn live(aws: &Aws, it: &sdk::Address, arn: &str, names: &BTreeMap<String, String>) -> Live<Eip> {
    let id = String::from_sdk(it.allocation_id());
    let domain = it.domain().map(|it| it.as_str());
    let (region, suffix) = (aws.region(), aws.partition().dns_suffix);
    let dashed = |it: &str| it.replace('.', "-");
    let private_dns = it.private_ip_address().map(|it| match region {
        "us-east-1" => format!("ip-{}.ec2.internal", dashed(it)),
        _ => format!("ip-{}.{region}.compute.internal", dashed(it)),
    });
    let public_dns = it.public_ip().map(|it| match region {
        "us-east-1" => format!("ec2-{}.compute-1.{suffix}", dashed(it)),
        _ => format!("ec2-{}.{region}.compute.{suffix}", dashed(it)),
    });
    let attributes = Eip {
        address: Unread(None),
        associate_with_private_ip: Unread(None),
        customer_owned_ipv4_pool: Option::from_sdk(it.customer_owned_ipv4_pool()),
        domain: Auto::from_sdk(domain),
        instance: Auto::from_sdk(it.instance_id()),
        ipam_pool_id: Auto(
            it.public_ipv4_pool().filter(|it| it.starts_with("ipam-")).map(str::to_owned),
        ),
        network_border_group: Auto::from_sdk(it.network_border_group()),
        network_interface: Auto::from_sdk(it.network_interface_id()),
        public_ipv4_pool: Auto::from_sdk(it.public_ipv4_pool()),
        vpc: Auto(Some(domain == Some("vpc"))),
        tags: tags_from_sdk(it.tags()),
        allocation_id: Out(Some(id.clone())),
        association_id: Out::from_sdk(it.association_id()),
        carrier_ip: Out::from_sdk(it.carrier_ip()),
        customer_owned_ip: Out::from_sdk(it.customer_owned_ip()),
        private_dns: Out(private_dns),
        private_ip: Out::from_sdk(it.private_ip_address()),
        ptr_record: Out(names.get(&id).cloned()),
        public_dns: Out(public_dns),
        public_ip: Out::from_sdk(it.public_ip()),
        arn: Out(Some(format!("{arn}{id}"))),
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
    async fn leading_to_another_instance_lets_go_of_the_first() {
        let aws = Script::new([
            ec2("DisassociateAddress", "<return>true</return>"),
            ec2("AssociateAddress", "<associationId>eipassoc-2</associationId>"),
        ]);
        let have = want(
            r#"{"instance": "i-1", "network_interface": "eni-1", "association_id": "eipassoc-1"}"#,
        );
        let want = want(r#"{"instance": "i-2", "network_interface": "eni-1"}"#);

        Eip::update(&aws, "eipalloc-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            DisassociateAddress
                AssociationId=eipassoc-1
            AssociateAddress
                AllocationId=eipalloc-1
                AllowReassociation=true
                InstanceId=i-2
        "#]]);
    }

    #[tokio::test]
    async fn an_address_is_allocated_for_vpcs() {
        let answer = "<allocationId>eipalloc-1</allocationId>";
        let aws = Script::new([ec2("AllocateAddress", answer)]);

        let id = Eip::create(&aws, &want(r#"{"domain": "vpc"}"#), "token-1").await.unwrap();

        assert_eq!(id, "eipalloc-1");
        aws.sent(expect![[r#"
            AllocateAddress
                Domain=vpc
                TagSpecification.1.ResourceType=elastic-ip
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
        "#]]);
    }
}
