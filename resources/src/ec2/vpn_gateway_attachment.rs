//! `aws_vpn_gateway_attachment`: what ties a VPN gateway to a VPC.

use model::{Attributes, Fault, FaultKind, Live, Op, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::vpn_gateway::{attach, attached_is_new, attachment, detach, gateways, phase_of};
use crate::naming::hash_of;
use crate::resource::{Resource, Result};

/// What ties a VPN gateway to a VPC.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpn_gateway_attachment")]
pub(crate) struct VpnGatewayAttachment {
    /// The VPC.
    #[attr(replace)]
    vpc_id: String,
    /// The gateway.
    #[attr(replace)]
    vpn_gateway_id: String,
    /// Made from the VPC and the gateway.
    id: Out<String>,
}

impl Resource for VpnGatewayAttachment {
    const BATCH: usize = 200;

    /// `GATEWAY/VPC`.
    fn identity(&self) -> Option<String> {
        Some(format!("{}/{}", self.vpn_gateway_id, self.vpc_id))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let asked: Vec<_> = ids.iter().filter_map(|it| it.split_once('/')).collect();
        let wanted: Vec<_> = asked.iter().map(|(gateway, _)| (*gateway).to_owned()).collect();
        let found = gateways(aws, &wanted).await?;
        let live = |(gateway, vpc): (&str, &str)| {
            let of = found.iter().find(|it| it.vpn_gateway_id() == Some(gateway))?;
            let attachment = attachment(of).filter(|it| it.vpc_id() == Some(vpc))?;
            let hash = hash_of(&format!("{vpc}-{gateway}"));
            let attributes = VpnGatewayAttachment {
                vpc_id: vpc.to_owned(),
                vpn_gateway_id: gateway.to_owned(),
                id: Out(Some(format!("vpn-attachment-{hash:x}"))),
            };
            let id = format!("{gateway}/{vpc}");
            Some(Live { id, phase: phase_of(attachment), attributes })
        };
        Ok(asked.into_iter().filter_map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        attach(aws, &want.vpn_gateway_id, &want.vpc_id).await?;
        Ok(format!("{}/{}", want.vpn_gateway_id, want.vpc_id))
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        detach(aws, &have.vpn_gateway_id, &have.vpc_id).await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        attached_is_new(op, fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};
    use model::Phase;

    #[tokio::test]
    async fn one_that_is_detached_is_gone() {
        let gateway = |state: &str| {
            let attachment = format!("<vpcId>vpc-1</vpcId><state>{state}</state>");
            let set = format!(
                "<vpnGatewaySet><item><vpnGatewayId>vgw-1</vpnGatewayId><attachments><item>
                 {attachment}</item></attachments></item></vpnGatewaySet>"
            );
            ec2("DescribeVpnGateways", &set)
        };
        let aws = Script::new(["attached", "detaching", "detached"].map(gateway));
        let ids = ["vgw-1/vpc-1".to_owned()];

        let attached = VpnGatewayAttachment::read(&aws, &ids).await.unwrap();
        assert_eq!(attached[0].phase, Phase::Ready);
        assert_eq!(attached[0].attributes.id.0.as_deref(), Some("vpn-attachment-c9cb20f9"));

        let detaching = VpnGatewayAttachment::read(&aws, &ids).await.unwrap();
        assert_eq!(detaching[0].phase, Phase::changing("it is detaching"));

        assert!(VpnGatewayAttachment::read(&aws, &ids).await.unwrap().is_empty());
    }
}
