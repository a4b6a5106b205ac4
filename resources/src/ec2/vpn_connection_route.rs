//! `aws_vpn_connection_route`: a destination behind a VPN that does not speak BGP.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::vpn_connection::connections;
use crate::fault::OrFault;
use crate::resource::{Resource, Result};

/// A destination behind a VPN that does not speak BGP.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpn_connection_route")]
pub(crate) struct VpnConnectionRoute {
    /// The addresses behind the VPN.
    #[attr(replace)]
    destination_cidr_block: String,
    /// The VPN connection.
    #[attr(replace)]
    vpn_connection_id: String,
    /// Made from the addresses and the connection.
    id: Out<String>,
}

impl Resource for VpnConnectionRoute {
    const BATCH: usize = 200;

    fn identity(&self) -> Option<String> {
        Some(format!("{}:{}", self.destination_cidr_block, self.vpn_connection_id))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        // IPv6 addresses have colons too.
        let asked: Vec<_> = ids.iter().filter_map(|it| it.rsplit_once(':')).collect();
        let wanted: BTreeSet<_> = asked.iter().map(|(_, vpn)| (*vpn).to_owned()).collect();
        let found = connections(aws, &wanted.into_iter().collect::<Vec<_>>()).await?;
        let live = |(cidr, vpn): (&str, &str)| {
            let of = found.iter().find(|it| it.vpn_connection_id() == Some(vpn))?;
            let own = |it: &&sdk::VpnStaticRoute| it.destination_cidr_block() == Some(cidr);
            let phase = match of.routes().iter().find(own)?.state() {
                Some(sdk::VpnState::Deleted) => return None,
                Some(it @ (sdk::VpnState::Pending | sdk::VpnState::Deleting)) => {
                    Phase::changing(format!("its state is {it}"))
                }
                _ => Phase::Ready,
            };
            let id = format!("{cidr}:{vpn}");
            let attributes = VpnConnectionRoute {
                destination_cidr_block: cidr.to_owned(),
                vpn_connection_id: vpn.to_owned(),
                id: Out(Some(id.clone())),
            };
            Some(Live { id, phase, attributes })
        };
        Ok(asked.into_iter().filter_map(live).collect())
    }

    /// Creating it again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ec2().create_vpn_connection_route();
        let call = call.destination_cidr_block(&want.destination_cidr_block);
        let call = call.vpn_connection_id(&want.vpn_connection_id);
        call.send().await.or_fault("CreateVpnConnectionRoute")?;
        Ok(format!("{}:{}", want.destination_cidr_block, want.vpn_connection_id))
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.ec2().delete_vpn_connection_route();
        let call = call.destination_cidr_block(&have.destination_cidr_block);
        let call = call.vpn_connection_id(&have.vpn_connection_id);
        call.send().await.or_fault("DeleteVpnConnectionRoute")?;
        Ok(())
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The connection was created a moment ago.
            (Op::Create, "InvalidVpnConnectionID.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn a_route_is_one_of_its_connection() {
        let route = |state: &str| {
            let route = "<destinationCidrBlock>10.9.0.0/16</destinationCidrBlock>";
            let set = format!(
                "<vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId>
                 <state>available</state><routes><item>{route}<state>{state}</state></item></routes>
                 </item></vpnConnectionSet>"
            );
            ec2("DescribeVpnConnections", &set)
        };
        let aws = Script::new(["pending", "available", "deleted"].map(route));
        let ids = ["10.9.0.0/16:vpn-1".to_owned()];

        let pending = VpnConnectionRoute::read(&aws, &ids).await.unwrap();
        assert_eq!(pending[0].phase, Phase::changing("its state is pending"));
        let there = VpnConnectionRoute::read(&aws, &ids).await.unwrap();
        assert_eq!(there[0].phase, Phase::Ready);
        assert!(VpnConnectionRoute::read(&aws, &ids).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_route_is_made() {
        let aws = Script::new([ec2("CreateVpnConnectionRoute", "<return>true</return>")]);
        let want =
            want(r#"{"destination_cidr_block": "10.9.0.0/16", "vpn_connection_id": "vpn-1"}"#);

        let id = VpnConnectionRoute::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "10.9.0.0/16:vpn-1");
        aws.sent(expect![[r#"
            CreateVpnConnectionRoute
                DestinationCidrBlock=10.9.0.0/16
                VpnConnectionId=vpn-1
        "#]]);
    }
}
