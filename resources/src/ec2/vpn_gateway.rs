//! `aws_vpn_gateway`: a VPC's end of VPNs.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{filter, forget_tokens, made_with, number, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

/// A VPC's end of VPNs: a virtual private gateway.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpn_gateway")]
pub(crate) struct VpnGateway {
    /// Its number in BGP. Else AWS chooses one.
    #[attr(replace)]
    amazon_side_asn: Auto<String>,
    /// The zone it is in.
    #[attr(replace)]
    availability_zone: Option<String>,
    /// The VPC it is attached to. Do not use with `aws_vpn_gateway_attachment`.
    vpc_id: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `vgw-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for VpnGateway {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let found = gateways(aws, ids).await?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let arn = aws.arn("ec2", "vpn-gateway/").await?;
        Ok(found.iter().map(|it| live(it, &arn)).collect())
    }

    /// It is attached by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::VpnGateway, &want.tags, token);
        let call = aws.ec2().create_vpn_gateway().r#type(sdk::GatewayType::Ipsec1);
        let call = call
            .set_amazon_side_asn(number("CreateVpnGateway", want.amazon_side_asn.0.as_deref())?)
            .set_availability_zone(want.availability_zone.clone())
            .set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateVpnGateway")?;
        must(answer.vpn_gateway.and_then(|it| it.vpn_gateway_id), "CreateVpnGateway")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; vpc_id) {
            if let Some(vpc) = &have.vpc_id.0 {
                detach(aws, id, vpc).await?;
            }
            if let Some(vpc) = &want.vpc_id.0 {
                attach(aws, id, vpc).await?;
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// AWS refuses with `IncorrectState` until it is detached.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if let Some(vpc) = &have.vpc_id.0 {
            detach(aws, id, vpc).await?;
        }
        let call = aws.ec2().delete_vpn_gateway().vpn_gateway_id(id);
        call.send().await.or_fault("DeleteVpnGateway")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_vpn_gateways().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeVpnGateways")?;
        Ok(answer.vpn_gateways.unwrap_or_default().into_iter().find_map(|it| it.vpn_gateway_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        attached_is_new(op, fault)
    }
}

/// The gateway or the VPC was created a moment ago.
pub(super) fn attached_is_new(op: Op, fault: &Fault) -> Option<FaultKind> {
    match (op, fault.code.as_str()) {
        (Op::Create | Op::Update, "InvalidVpnGatewayID.NotFound" | "InvalidVpcID.NotFound") => {
            Some(FaultKind::NotYet)
        }
        _ => None,
    }
}

/// Those that exist. A deleted one stays describable for a while.
pub(super) async fn gateways(aws: &Aws, ids: &[String]) -> Result<Vec<sdk::VpnGateway>> {
    let call = aws.ec2().describe_vpn_gateways().filters(filter("vpn-gateway-id", ids));
    let answer = call.send().await.or_fault("DescribeVpnGateways")?;
    let exists = |it: &sdk::VpnGateway| it.state() != Some(&sdk::VpnState::Deleted);
    Ok(answer.vpn_gateways.unwrap_or_default().into_iter().filter(exists).collect())
}

/// What it is attached to, or is about to be or not to be.
pub(super) fn attachment(it: &sdk::VpnGateway) -> Option<&sdk::VpcAttachment> {
    let detached = Some(&sdk::AttachmentStatus::Detached);
    it.vpc_attachments().iter().find(|it| it.state() != detached)
}

pub(super) fn phase_of(it: &sdk::VpcAttachment) -> Phase {
    match it.state() {
        Some(it @ (sdk::AttachmentStatus::Attaching | sdk::AttachmentStatus::Detaching)) => {
            Phase::changing(format!("it is {it}"))
        }
        _ => Phase::Ready,
    }
}

pub(super) async fn attach(aws: &Aws, id: &str, vpc: &str) -> Result<()> {
    let call = aws.ec2().attach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
    call.send().await.or_fault("AttachVpnGateway")?;
    Ok(())
}

pub(super) async fn detach(aws: &Aws, id: &str, vpc: &str) -> Result<()> {
    let call = aws.ec2().detach_vpn_gateway().vpn_gateway_id(id).vpc_id(vpc);
    match call.send().await.or_fault("DetachVpnGateway") {
        Err(fault) if fault.code == "InvalidVpnGatewayAttachment.NotFound" => Ok(()),
        result => result.map(|_| ()),
    }
}

fn live(it: &sdk::VpnGateway, arn: &str) -> Live<VpnGateway> {
    let id = String::from_sdk(it.vpn_gateway_id());
    let attachment = attachment(it);
    let zone = it.availability_zone().filter(|it| !it.is_empty());
    let attributes = VpnGateway {
        amazon_side_asn: Auto(it.amazon_side_asn().map(|it| it.to_string())),
        availability_zone: Option::from_sdk(zone),
        vpc_id: Auto::from_sdk(attachment.and_then(|it| it.vpc_id())),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out(Some(id.clone())),
    };
    let phase = match it.state() {
        Some(it @ (sdk::VpnState::Pending | sdk::VpnState::Deleting)) => {
            Phase::changing(format!("its state is {it}"))
        }
        _ => attachment.map_or(Phase::Ready, phase_of),
    };
    Live { id, phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, refusal, want};

    fn gateway(attachment: &str) -> crate::testing::Answer {
        let attachment = format!("<attachments><item>{attachment}</item></attachments>");
        let gateway = "<vpnGatewayId>vgw-1</vpnGatewayId><state>available</state>";
        let set = format!("<vpnGatewaySet><item>{gateway}{attachment}</item></vpnGatewaySet>");
        ec2("DescribeVpnGateways", &set)
    }

    #[tokio::test]
    async fn it_is_ready_when_it_is_attached() {
        let account = "<Account>1</Account>";
        let aws = Script::new([
            gateway("<vpcId>vpc-1</vpcId><state>attaching</state>"),
            crate::testing::query("GetCallerIdentity", account),
            gateway("<vpcId>vpc-1</vpcId><state>detached</state>"),
        ]);
        let ids = ["vgw-1".to_owned()];

        let found = VpnGateway::read(&aws, &ids).await.unwrap();
        assert_eq!(found[0].phase, Phase::changing("it is attaching"));

        let found = VpnGateway::read(&aws, &ids).await.unwrap();
        assert_eq!(found[0].phase, Phase::Ready);
        assert_eq!(found[0].attributes.vpc_id.0, None);
    }

    #[tokio::test]
    async fn deleting_detaches_first_and_waits() {
        let aws = Script::new([
            refusal("InvalidVpnGatewayAttachment.NotFound", "it is not attached"),
            refusal("IncorrectState", "it is detaching"),
        ]);
        let have = want(r#"{"vpc_id": "vpc-1"}"#);

        let fault = VpnGateway::delete(&aws, "vgw-1", &have).await.unwrap_err();

        assert_eq!(fault.kind, FaultKind::Busy);
        aws.sent(expect![[r#"
            DetachVpnGateway
                VpcId=vpc-1
                VpnGatewayId=vgw-1
            DeleteVpnGateway
                VpnGatewayId=vgw-1
        "#]]);
    }
}
