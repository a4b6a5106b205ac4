//! `aws_vpn_gateway_route_propagation`: lets a VPN gateway add routes to a table.

use std::collections::BTreeSet;

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::ec2::route_table::{propagate, target_is_new};
use crate::fault::OrFault;
use crate::resource::{Resource, Result};

/// Lets a VPN gateway add routes to a table. Do not use with the table's own `propagating_vgws`.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpn_gateway_route_propagation", timeouts = [create, delete])]
pub(crate) struct VpnGatewayRoutePropagation {
    /// The table.
    #[attr(replace)]
    route_table_id: String,
    /// The gateway.
    #[attr(replace)]
    vpn_gateway_id: String,
    /// Made from the gateway and the table.
    id: Out<String>,
}

impl Resource for VpnGatewayRoutePropagation {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    fn identity(&self) -> Option<String> {
        Some(format!("{}_{}", self.vpn_gateway_id, self.route_table_id))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let asked: Vec<_> = ids.iter().filter_map(|it| it.split_once('_')).collect();
        let tables: BTreeSet<_> = asked.iter().map(|(_, table)| (*table).to_owned()).collect();
        let tables: Vec<_> = tables.into_iter().collect();
        let call = aws.ec2().describe_route_tables().filters(filter("route-table-id", &tables));
        let answer = call.send().await.or_fault("DescribeRouteTables")?;
        let live = |(gateway, table): (&str, &str)| {
            let of = answer.route_tables().iter().find(|it| it.route_table_id() == Some(table))?;
            of.propagating_vgws().iter().find(|it| it.gateway_id() == Some(gateway))?;
            let id = format!("{gateway}_{table}");
            let attributes = VpnGatewayRoutePropagation {
                route_table_id: table.to_owned(),
                vpn_gateway_id: gateway.to_owned(),
                id: Out(Some(id.clone())),
            };
            Some(Live { id, phase: Phase::Ready, attributes })
        };
        Ok(asked.into_iter().filter_map(live).collect())
    }

    /// Enabling it again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let gateway = [want.vpn_gateway_id.clone()].into();
        propagate(aws, &want.route_table_id, None, Some(&gateway)).await?;
        Ok(format!("{}_{}", want.vpn_gateway_id, want.route_table_id))
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let gateway = [have.vpn_gateway_id.clone()].into();
        propagate(aws, &have.route_table_id, Some(&gateway), None).await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The gateway is being attached to the VPC of the table.
            (Op::Create, "Gateway.NotAttached") => Some(FaultKind::NotYet),
            _ => target_is_new(op, fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const PAIR: &str = r#"{"route_table_id": "rtb-1", "vpn_gateway_id": "vgw-1"}"#;

    #[tokio::test]
    async fn it_is_enabled_for_a_table_and_disabled() {
        let aws = Script::new([
            ec2("EnableVgwRoutePropagation", "<return>true</return>"),
            ec2("DisableVgwRoutePropagation", "<return>true</return>"),
        ]);

        let id = VpnGatewayRoutePropagation::create(&aws, &want(PAIR), "token").await.unwrap();
        VpnGatewayRoutePropagation::delete(&aws, &id, &want(PAIR)).await.unwrap();

        assert_eq!(id, "vgw-1_rtb-1");
        aws.sent(expect![[r#"
            EnableVgwRoutePropagation
                GatewayId=vgw-1
                RouteTableId=rtb-1
            DisableVgwRoutePropagation
                GatewayId=vgw-1
                RouteTableId=rtb-1
        "#]]);
    }

    #[tokio::test]
    async fn one_table_says_it_of_all_its_gateways() {
        let table = "<routeTableSet><item><routeTableId>rtb-1</routeTableId><propagatingVgwSet>
            <item><gatewayId>vgw-2</gatewayId></item></propagatingVgwSet></item></routeTableSet>";
        let aws = Script::new([ec2("DescribeRouteTables", table)]);
        let ids = ["vgw-1_rtb-1", "vgw-2_rtb-1"].map(str::to_owned);

        let found = VpnGatewayRoutePropagation::read(&aws, &ids).await.unwrap();

        assert_eq!(found.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["vgw-2_rtb-1"]);
    }
}
