//! `aws_nat_gateway`: lets what has private addresses only reach other networks.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed};

/// Lets what has private addresses only reach other networks.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_nat_gateway", timeouts = [create, update, delete])]
pub(crate) struct NatGateway {
    /// The subnet it is in.
    #[attr(replace)]
    subnet_id: String,
    /// Its Elastic IP address, if it is public.
    #[attr(replace)]
    allocation_id: Option<String>,
    /// `public` or `private`.
    #[attr(replace, default = "public")]
    connectivity_type: String,
    /// Its private address.
    #[attr(replace)]
    private_ip: Auto<String>,
    /// More Elastic IP addresses.
    secondary_allocation_ids: Option<BTreeSet<String>>,
    /// How many more private addresses it has, if it is private.
    #[attr(replace)]
    secondary_private_ip_address_count: Auto<i32>,
    /// More private addresses.
    secondary_private_ip_addresses: Auto<BTreeSet<String>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// What connects it and its Elastic IP address.
    association_id: Out<String>,
    /// Its network interface.
    network_interface_id: Out<String>,
    /// Its public address.
    public_ip: Out<String>,
    /// Its id, such as `nat-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for NatGateway {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 30);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let found = gateways(aws, ids).await?;
        // A deleted one stays describable for an hour.
        let exists = |it: &&sdk::NatGateway| it.state() != Some(&sdk::NatGatewayState::Deleted);
        Ok(found.iter().filter(exists).map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::Natgateway, &want.tags, token);
        let some = |it: Option<&BTreeSet<String>>| {
            it.filter(|it| !it.is_empty()).map(|it| it.iter().cloned().collect::<Vec<_>>())
        };
        let call = aws.ec2().create_nat_gateway().subnet_id(&want.subnet_id).client_token(token);
        let call = call
            .set_allocation_id(want.allocation_id.clone())
            .connectivity_type(want.connectivity_type.as_str().into())
            .set_private_ip_address(want.private_ip.to_sdk())
            .set_secondary_allocation_ids(some(want.secondary_allocation_ids.as_ref()))
            .set_secondary_private_ip_address_count(
                want.secondary_private_ip_address_count.to_sdk(),
            )
            .set_secondary_private_ip_addresses(some(
                want.secondary_private_ip_addresses.0.as_ref(),
            ))
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateNatGateway")?;
        must(answer.nat_gateway.and_then(|it| it.nat_gateway_id), "CreateNatGateway")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if want.connectivity_type != "public" {
            change_private(aws, id, have, want).await?;
        }
        if changed!(have, want; secondary_allocation_ids) {
            change_public(aws, id, have, want).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_nat_gateway().nat_gateway_id(id);
        call.send().await.or_fault("DeleteNatGateway")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_nat_gateways().filter(made_with(token));
        let answer = call.send().await.or_fault("DescribeNatGateways")?;
        Ok(answer.nat_gateways.unwrap_or_default().into_iter().find_map(|it| it.nat_gateway_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The subnet or the address was created a moment ago.
            (Op::Create, "InvalidSubnetID.NotFound" | "InvalidAllocationID.NotFound") => {
                Some(FaultKind::NotYet)
            }
            (Op::Read | Op::Delete, "NatGatewayNotFound") => Some(FaultKind::NotFound),
            _ => None,
        }
    }
}

async fn gateways(aws: &Aws, ids: &[String]) -> Result<Vec<sdk::NatGateway>> {
    let call = aws.ec2().describe_nat_gateways().filter(filter("nat-gateway-id", ids));
    Ok(call.send().await.or_fault("DescribeNatGateways")?.nat_gateways.unwrap_or_default())
}

fn added_and_removed(
    have: Option<&BTreeSet<String>>,
    want: Option<&BTreeSet<String>>,
) -> (Vec<String>, Vec<String>) {
    let none = BTreeSet::new();
    let (have, want) = (have.unwrap_or(&none), want.unwrap_or(&none));
    (want.difference(have).cloned().collect(), have.difference(want).cloned().collect())
}

async fn change_private(aws: &Aws, id: &str, have: &NatGateway, want: &NatGateway) -> Result<()> {
    let (have, want) = (&have.secondary_private_ip_addresses, &want.secondary_private_ip_addresses);
    let (added, removed) = added_and_removed(have.0.as_ref(), want.0.as_ref());
    if !added.is_empty() {
        let call = aws.ec2().assign_private_nat_gateway_address().nat_gateway_id(id);
        let call = call.set_private_ip_addresses(Some(added));
        call.send().await.or_fault("AssignPrivateNatGatewayAddress")?;
    }
    if !removed.is_empty() {
        let call = aws.ec2().unassign_private_nat_gateway_address().nat_gateway_id(id);
        let call = call.set_private_ip_addresses(Some(removed));
        call.send().await.or_fault("UnassignPrivateNatGatewayAddress")?;
    }
    Ok(())
}

/// Addresses are let go by what connects them and the gateway, which only the gateway knows.
async fn change_public(aws: &Aws, id: &str, have: &NatGateway, want: &NatGateway) -> Result<()> {
    let allocations = |it: &NatGateway| it.secondary_allocation_ids.clone();
    let (added, removed) =
        added_and_removed(allocations(have).as_ref(), allocations(want).as_ref());
    if !added.is_empty() {
        let addresses = &want.secondary_private_ip_addresses;
        let addresses = addresses.0.iter().flatten().cloned().collect::<Vec<_>>();
        let fresh = addresses.len() == added.len();
        let call = aws.ec2().associate_nat_gateway_address().nat_gateway_id(id);
        let call = call.set_allocation_ids(Some(added));
        let call = call.set_private_ip_addresses(fresh.then_some(addresses));
        call.send().await.or_fault("AssociateNatGatewayAddress")?;
    }
    if !removed.is_empty() {
        let found = gateways(aws, &[id.to_owned()]).await?;
        let addresses = found.iter().flat_map(|it| it.nat_gateway_addresses());
        let gone = |it: &&sdk::NatGatewayAddress| {
            it.allocation_id.as_ref().is_some_and(|it| removed.contains(it))
        };
        let associations = addresses.filter(gone).filter_map(|it| it.association_id.clone());
        let call = aws.ec2().disassociate_nat_gateway_address().nat_gateway_id(id);
        let call = call.set_association_ids(Some(associations.collect()));
        call.send().await.or_fault("DisassociateNatGatewayAddress")?;
    }
    Ok(())
}

fn live(it: &sdk::NatGateway) -> Live<NatGateway> {
    let addresses = it.nat_gateway_addresses();
    // Gateways that have one address do not say that it is the primary one.
    let is_primary = |it: &&sdk::NatGatewayAddress| it.is_primary() == Some(true);
    let primary = addresses.iter().find(is_primary).or(addresses.first());
    let more = || addresses.iter().filter(|it| it.is_primary() == Some(false));
    let private: BTreeSet<String> = more().filter_map(|it| it.private_ip.clone()).collect();
    let attributes = NatGateway {
        subnet_id: String::from_sdk(it.subnet_id()),
        allocation_id: Option::from_sdk(primary.and_then(|it| it.allocation_id())),
        connectivity_type: it.connectivity_type().map_or("public", |it| it.as_str()).to_owned(),
        private_ip: Auto::from_sdk(primary.and_then(|it| it.private_ip())),
        secondary_allocation_ids: Some(more().filter_map(|it| it.allocation_id.clone()).collect()),
        secondary_private_ip_address_count: Auto(i32::try_from(private.len()).ok()),
        secondary_private_ip_addresses: Auto(Some(private)),
        tags: tags_from_sdk(it.tags()),
        association_id: Out::from_sdk(primary.and_then(|it| it.association_id())),
        network_interface_id: Out::from_sdk(primary.and_then(|it| it.network_interface_id())),
        public_ip: Out::from_sdk(primary.and_then(|it| it.public_ip())),
        id: Out::from_sdk(it.nat_gateway_id()),
    };
    let phase = match it.state() {
        Some(it @ (sdk::NatGatewayState::Pending | sdk::NatGatewayState::Deleting)) => {
            Phase::changing(format!("its state is {it}"))
        }
        Some(sdk::NatGatewayState::Failed) => Phase::failed(String::from_sdk(it.failure_message())),
        _ => Phase::Ready,
    };
    Live { id: String::from_sdk(it.nat_gateway_id()), phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn one_that_is_deleted_is_gone_though_it_is_described() {
        let state = |it: &str| {
            let set = format!(
                "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>{it}</state></item>
                 </natGatewaySet>"
            );
            ec2("DescribeNatGateways", &set)
        };
        let aws = Script::new([state("deleting"), state("deleted")]);
        let ids = ["nat-1".to_owned()];

        let deleting = NatGateway::read(&aws, &ids).await.unwrap();
        let deleted = NatGateway::read(&aws, &ids).await.unwrap();

        assert_eq!(deleting[0].phase, Phase::changing("its state is deleting"));
        assert!(deleted.is_empty());
    }

    #[tokio::test]
    async fn the_token_makes_creating_safe_to_repeat() {
        let made = "<natGateway><natGatewayId>nat-1</natGatewayId></natGateway>";
        let aws = Script::new([ec2("CreateNatGateway", made)]);
        let want = want(r#"{"subnet_id": "subnet-1", "allocation_id": "eipalloc-1"}"#);

        assert_eq!(NatGateway::create(&aws, &want, "token-1").await.unwrap(), "nat-1");

        aws.sent(expect![[r#"
            CreateNatGateway
                AllocationId=eipalloc-1
                ClientToken=token-1
                ConnectivityType=public
                SubnetId=subnet-1
                TagSpecification.1.ResourceType=natgateway
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
        "#]]);
    }
}
