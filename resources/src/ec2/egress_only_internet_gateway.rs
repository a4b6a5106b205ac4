//! `aws_egress_only_internet_gateway`: a way out of a VPC for IPv6, and no way in.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result};

/// A way out of a VPC for IPv6, and no way in.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_egress_only_internet_gateway")]
pub(crate) struct EgressOnlyInternetGateway {
    /// The VPC it is attached to.
    #[attr(replace)]
    vpc_id: String,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its id, such as `eigw-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for EgressOnlyInternetGateway {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        // Has no filter for ids. Fails if one of them is missing; then the engine asks for fewer.
        let call = aws.ec2().describe_egress_only_internet_gateways();
        let call = call.set_egress_only_internet_gateway_ids(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeEgressOnlyInternetGateways")?;
        Ok(answer.egress_only_internet_gateways().iter().map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let kind = sdk::ResourceType::EgressOnlyInternetGateway;
        let call = aws.ec2().create_egress_only_internet_gateway().vpc_id(&want.vpc_id);
        let call = call.client_token(token);
        let call = call.set_tag_specifications(Some(tag_on_create(kind, &want.tags, token)));
        let answer = call.send().await.or_fault("CreateEgressOnlyInternetGateway")?;
        let made = answer.egress_only_internet_gateway;
        let id = made.and_then(|it| it.egress_only_internet_gateway_id);
        must(id, "CreateEgressOnlyInternetGateway")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_egress_only_internet_gateway();
        let call = call.egress_only_internet_gateway_id(id);
        call.send().await.or_fault("DeleteEgressOnlyInternetGateway")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_egress_only_internet_gateways().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeEgressOnlyInternetGateways")?;
        let found = answer.egress_only_internet_gateways.unwrap_or_default();
        Ok(found.into_iter().find_map(|it| it.egress_only_internet_gateway_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The VPC was created a moment ago.
            (Op::Create, "InvalidVpcID.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn live(it: &sdk::EgressOnlyInternetGateway) -> Live<EgressOnlyInternetGateway> {
    let id = String::from_sdk(it.egress_only_internet_gateway_id());
    let attachment = it.attachments().first();
    let attributes = EgressOnlyInternetGateway {
        vpc_id: String::from_sdk(attachment.and_then(|it| it.vpc_id())),
        tags: tags_from_sdk(it.tags()),
        id: Out(Some(id.clone())),
    };
    let phase = match attachment.and_then(|it| it.state()) {
        Some(it @ (sdk::AttachmentStatus::Attaching | sdk::AttachmentStatus::Detaching)) => {
            Phase::changing(format!("it is {it}"))
        }
        _ => Phase::Ready,
    };
    Live { id, phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const GATEWAY: &str = "<egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId>
        <attachmentSet><item><state>attached</state><vpcId>vpc-1</vpcId></item></attachmentSet>";

    #[tokio::test]
    async fn a_gateway_is_made_for_a_vpc() {
        let made = format!("<egressOnlyInternetGateway>{GATEWAY}</egressOnlyInternetGateway>");
        let aws = Script::new([ec2("CreateEgressOnlyInternetGateway", &made)]);
        let want = want(r#"{"vpc_id": "vpc-1"}"#);

        let id = EgressOnlyInternetGateway::create(&aws, &want, "token-1").await.unwrap();

        assert_eq!(id, "eigw-1");
        aws.sent(expect![[r#"
            CreateEgressOnlyInternetGateway
                ClientToken=token-1
                TagSpecification.1.ResourceType=egress-only-internet-gateway
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
                VpcId=vpc-1
        "#]]);
    }

    #[tokio::test]
    async fn it_is_in_the_vpc_it_is_attached_to() {
        let set = format!(
            "<egressOnlyInternetGatewaySet><item>{GATEWAY}</item></egressOnlyInternetGatewaySet>"
        );
        let aws = Script::new([ec2("DescribeEgressOnlyInternetGateways", &set)]);

        let found = EgressOnlyInternetGateway::read(&aws, &["eigw-1".into()]).await.unwrap();

        assert_eq!(found[0].attributes.vpc_id, "vpc-1");
        assert_eq!(found[0].phase, Phase::Ready);
    }
}
