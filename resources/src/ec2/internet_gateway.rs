//! `aws_internet_gateway`: what connects a VPC with the internet.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::blockers::{Held, explain};
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result, changed};

/// What connects a VPC with the internet.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_internet_gateway", timeouts = [create, update, delete])]
pub(crate) struct InternetGateway {
    /// The VPC it is attached to.
    vpc_id: Auto<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `igw-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for InternetGateway {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(20, 20, 20);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_internet_gateways();
        let call = call.filters(filter("internet-gateway-id", ids));
        let answer = call.send().await.or_fault("DescribeInternetGateways")?;
        Ok(answer.internet_gateways().iter().map(|it| live(aws, it)).collect())
    }

    /// It is attached by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = tag_on_create(sdk::ResourceType::InternetGateway, &want.tags, token);
        let call = aws.ec2().create_internet_gateway().set_tag_specifications(Some(tags));
        let answer = call.send().await.or_fault("CreateInternetGateway")?;
        let id = answer.internet_gateway.and_then(|it| it.internet_gateway_id);
        must(id, "CreateInternetGateway")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; vpc_id) {
            detach(aws, id, have).await?;
            if let Some(vpc) = vpc(want) {
                let call = aws.ec2().attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
                call.send().await.or_fault("AttachInternetGateway")?;
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        detach(aws, id, have).await?;
        let call = aws.ec2().delete_internet_gateway().internet_gateway_id(id);
        call.send().await.or_fault("DeleteInternetGateway")?;
        Ok(())
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_internet_gateways().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeInternetGateways")?;
        let found = answer.internet_gateways.unwrap_or_default();
        Ok(found.into_iter().find_map(|it| it.internet_gateway_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The gateway was created a moment ago.
            (Op::Update, "InvalidInternetGatewayID.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn vpc(it: &InternetGateway) -> Option<&str> {
    it.vpc_id.0.as_deref().filter(|it| !it.is_empty())
}

/// AWS refuses while addresses in the VPC are mapped to the internet.
async fn detach(aws: &Aws, id: &str, have: &InternetGateway) -> Result<()> {
    let Some(vpc) = vpc(have) else { return Ok(()) };
    let call = aws.ec2().detach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
    let answer = call.send().await.or_fault("DetachInternetGateway");
    match explain(aws, Held::GatewayOf(vpc), answer).await {
        Err(fault) if fault.code == "Gateway.NotAttached" => Ok(()),
        result => result.map(|_| ()),
    }
}

fn live(aws: &Aws, it: &sdk::InternetGateway) -> Live<InternetGateway> {
    let (id, owner) = (String::from_sdk(it.internet_gateway_id()), it.owner_id());
    let (partition, region) = (aws.partition().name, aws.region());
    let account = owner.unwrap_or_default();
    let attachment = it.attachments().first();
    let attributes = InternetGateway {
        vpc_id: Auto::from_sdk(attachment.and_then(|it| it.vpc_id())),
        tags: tags_from_sdk(it.tags()),
        owner_id: Out::from_sdk(owner),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"))),
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
    use crate::testing::{Script, ec2, refusal, want};

    #[tokio::test]
    async fn moving_to_another_vpc_detaches_first() {
        let aws = Script::new([
            ec2("DetachInternetGateway", "<return>true</return>"),
            ec2("AttachInternetGateway", "<return>true</return>"),
        ]);
        let have = want::<InternetGateway>(r#"{"vpc_id": "vpc-1"}"#);

        let want = want(r#"{"vpc_id": "vpc-2"}"#);
        InternetGateway::update(&aws, "igw-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            DetachInternetGateway
                InternetGatewayId=igw-1
                VpcId=vpc-1
            AttachInternetGateway
                InternetGatewayId=igw-1
                VpcId=vpc-2
        "#]]);
    }

    #[tokio::test]
    async fn one_that_is_not_attached_any_more_can_be_deleted() {
        let aws = Script::new([
            refusal("Gateway.NotAttached", "igw-1 is not attached"),
            ec2("DeleteInternetGateway", "<return>true</return>"),
        ]);
        let have = want(r#"{"vpc_id": "vpc-1"}"#);

        InternetGateway::delete(&aws, "igw-1", &have).await.unwrap();

        assert_eq!(aws.asked(), 2);
    }

    #[tokio::test]
    async fn deleting_waits_for_mapped_addresses() {
        let aws = Script::new([refusal("DependencyViolation", "vpc-1 has mapped addresses")]);
        let have = want(r#"{"vpc_id": "vpc-1"}"#);

        let fault = InternetGateway::delete(&aws, "igw-1", &have).await.unwrap_err();

        assert_eq!(fault.kind, FaultKind::Busy);
    }
}
