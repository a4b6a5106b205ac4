//! `aws_route_table`: where traffic from subnets goes.

mod routes;

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::check_blocks;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

#[cfg(test)]
pub(super) use routes::LOCAL;
pub(super) use routes::{Hop, Routes, is_made};

/// Where traffic from subnets goes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_route_table", timeouts = [create, update, delete])]
pub(crate) struct RouteTable {
    /// The VPC it is in.
    #[attr(replace)]
    vpc_id: String,
    /// The virtual private gateways that may add routes.
    propagating_vgws: Auto<BTreeSet<String>>,
    /// Its routes, but for those every table has. Do not mix with `aws_route`.
    #[attr(assignable)]
    route: Auto<Routes>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `rtb-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for RouteTable {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 2, 5);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_route_tables().filters(filter("route-table-id", ids));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        Ok(answer.route_tables().iter().map(|it| live(aws, it)).collect())
    }

    /// Its routes are made by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::RouteTable, &want.tags, token);
        let call = aws.ec2().create_route_table().vpc_id(&want.vpc_id).client_token(token);
        let call = call.set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateRouteTable")?;
        must(answer.route_table.and_then(|it| it.route_table_id), "CreateRouteTable")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; route) {
            let none = Routes::default();
            let have = have.route.0.as_ref().unwrap_or(&none);
            want.route.0.as_ref().unwrap_or(&none).replace(aws, id, have).await?;
        }
        let (gateways, wanted) = (&have.propagating_vgws, &want.propagating_vgws);
        propagate(aws, id, gateways.0.as_ref(), wanted.0.as_ref()).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// Subnets that use it fall back to the main table.
    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call =
            aws.ec2().describe_route_tables().filters(filter("route-table-id", &[id.into()]));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        let associations = answer.route_tables().iter().flat_map(|it| it.associations());
        for it in associations.filter(|it| it.main() != Some(true)) {
            let call = aws.ec2().disassociate_route_table();
            let call = call.set_association_id(it.route_table_association_id.clone());
            call.send().await.or_fault("DisassociateRouteTable")?;
        }
        let call = aws.ec2().delete_route_table().route_table_id(id);
        call.send().await.or_fault("DeleteRouteTable")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_route_tables().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        Ok(answer.route_tables.unwrap_or_default().into_iter().find_map(|it| it.route_table_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_blocks(given, "route", &["cidr_block", "ipv6_cidr_block"])
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        target_is_new(op, fault)
    }
}

/// What a route leads to was created a moment ago, or the table was.
pub(super) fn target_is_new(op: Op, fault: &Fault) -> Option<FaultKind> {
    const NEW: [&str; 4] = [
        "InvalidRouteTableID.NotFound",
        "InvalidNatGatewayID.NotFound",
        "InvalidTransitGatewayID.NotFound",
        "InvalidVpcID.NotFound",
    ];
    let making = matches!(op, Op::Create | Op::Update);
    (making && NEW.contains(&fault.code.as_str())).then_some(FaultKind::NotYet)
}

pub(super) async fn propagate(
    aws: &Aws,
    id: &str,
    have: Option<&BTreeSet<String>>,
    want: Option<&BTreeSet<String>>,
) -> Result<()> {
    let none = BTreeSet::new();
    let (have, want) = (have.unwrap_or(&none), want.unwrap_or(&none));
    for gateway in have.difference(want) {
        let call = aws.ec2().disable_vgw_route_propagation().route_table_id(id);
        let call = call.gateway_id(gateway);
        call.send().await.or_fault("DisableVgwRoutePropagation")?;
    }
    for gateway in want.difference(have) {
        let call = aws.ec2().enable_vgw_route_propagation().route_table_id(id).gateway_id(gateway);
        call.send().await.or_fault("EnableVgwRoutePropagation")?;
    }
    Ok(())
}

fn live(aws: &Aws, it: &sdk::RouteTable) -> Live<RouteTable> {
    let (id, owner) = (String::from_sdk(it.route_table_id()), it.owner_id().unwrap_or_default());
    let (partition, region) = (aws.partition().name, aws.region());
    let gateways = it.propagating_vgws().iter().filter_map(|it| it.gateway_id());
    let attributes = RouteTable {
        vpc_id: String::from_sdk(it.vpc_id()),
        propagating_vgws: Auto(Some(gateways.map(str::to_owned).collect())),
        route: Auto(Some(Routes::from_sdk(it.routes()))),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(Some(owner)),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{owner}:route-table/{id}"))),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const OUT: &str = r#"{"vpc_id": "vpc-1", "route": [
        {"cidr_block": "0.0.0.0/0", "gateway_id": "igw-1"},
        {"ipv6_cidr_block": "::/0", "egress_only_gateway_id": "eigw-1"}]}"#;

    #[tokio::test]
    async fn routes_are_made_changed_and_removed_one_by_one() {
        let aws = Script::new([
            ec2("DeleteRoute", "<return>true</return>"),
            ec2("ReplaceRoute", "<return>true</return>"),
            ec2("CreateRoute", "<return>true</return>"),
        ]);
        let want = want::<RouteTable>(
            r#"{"vpc_id": "vpc-1", "route": [
                {"cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"},
                {"cidr_block": "192.168.0.0/16", "vpc_peering_connection_id": "pcx-1"}]}"#,
        );

        let have = crate::testing::want(OUT);
        RouteTable::update(&aws, "rtb-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            DeleteRoute
                DestinationIpv6CidrBlock=::/0
                RouteTableId=rtb-1
            ReplaceRoute
                DestinationCidrBlock=0.0.0.0/0
                NatGatewayId=nat-1
                RouteTableId=rtb-1
            CreateRoute
                DestinationCidrBlock=192.168.0.0/16
                RouteTableId=rtb-1
                VpcPeeringConnectionId=pcx-1
        "#]]);
    }

    #[tokio::test]
    async fn routes_that_nobody_made_are_not_its_own() {
        let aws = Script::new([ec2(
            "DescribeRouteTables",
            "<routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>
             <item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock>
                <gatewayId>local</gatewayId><origin>CreateRouteTable</origin></item>
             <item><destinationPrefixListId>pl-1</destinationPrefixListId>
                <gatewayId>vpce-1</gatewayId><origin>CreateRoute</origin></item>
             <item><destinationCidrBlock>172.16.0.0/16</destinationCidrBlock>
                <gatewayId>vgw-1</gatewayId><origin>EnableVgwRoutePropagation</origin></item>
             <item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>
                <gatewayId>igw-1</gatewayId><origin>CreateRoute</origin></item>
             <item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock>
                <egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId></item>
             </routeSet></item></routeTableSet>",
        )]);

        let found = RouteTable::read(&aws, &["rtb-1".to_owned()]).await.unwrap();

        assert_eq!(found[0].attributes.route, want::<RouteTable>(OUT).route);
    }

    #[tokio::test]
    async fn subnets_are_let_go_before_a_table_is_deleted() {
        let aws = Script::new([
            ec2(
                "DescribeRouteTables",
                "<routeTableSet><item><associationSet><item>
                 <routeTableAssociationId>rtbassoc-1</routeTableAssociationId><main>false</main>
                 </item></associationSet></item></routeTableSet>",
            ),
            ec2("DisassociateRouteTable", "<return>true</return>"),
            ec2("DeleteRouteTable", "<return>true</return>"),
        ]);

        RouteTable::delete(&aws, "rtb-1", &want(OUT)).await.unwrap();

        aws.sent(expect![[r#"
            DescribeRouteTables
                Filter.1.Name=route-table-id
                Filter.1.Value.1=rtb-1
            DisassociateRouteTable
                AssociationId=rtbassoc-1
            DeleteRouteTable
                RouteTableId=rtb-1
        "#]]);
    }
}
