//! The data source `aws_internet_gateway`: an internet gateway that is managed elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// An internet gateway that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_internet_gateway", timeouts = [read])]
pub(crate) struct InternetGateway {
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// Its id.
    internet_gateway_id: Auto<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// The VPC it is attached to.
    attachments: Out<Vec<Attachment>>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id.
    id: Out<String>,
}

/// What ties a gateway to a VPC.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InternetGatewayAttachment)]
pub(crate) struct Attachment {
    /// `available`, or what is going on.
    state: Option<String>,
    /// The VPC.
    vpc_id: Option<String>,
}

impl Data for InternetGateway {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags)
            .and("internet-gateway-id", &given.internet_gateway_id);
        let call = aws.ec2().describe_internet_gateways().set_filters(conditions.sdk());
        let answer = call.send().await.or_fault("DescribeInternetGateways")?;
        let found = answer.internet_gateways.unwrap_or_default();
        let it = only("internet gateway", "DescribeInternetGateways", found)?;
        let (id, owner) = (String::from_sdk(it.internet_gateway_id()), it.owner_id());
        let (partition, region) = (aws.partition().name, aws.region());
        let account = owner.unwrap_or_default();
        Ok(InternetGateway {
            filter: given.filter,
            internet_gateway_id: Auto(Some(id.clone())),
            tags: visible_tags(aws, it.tags()),
            attachments: Out::from_sdk(it.attachments()),
            owner_id: Out::from_sdk(owner),
            arn: Out(Some(format!("arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"))),
            id: Out(Some(id)),
        })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn a_gateway_is_found_by_its_vpc() {
        let gateway = "<internetGatewaySet><item><internetGatewayId>igw-1</internetGatewayId>
            <ownerId>1</ownerId><attachmentSet><item><state>available</state><vpcId>vpc-1</vpcId>
            </item></attachmentSet></item></internetGatewaySet>";
        let aws = Script::new([ec2("DescribeInternetGateways", gateway)]);
        let filter = r#"{"filter": [{"name": "attachment.vpc-id", "values": ["vpc-1"]}]}"#;
        let given = serde_json::from_str(filter).unwrap();
        let given = crate::resource::decode(&InternetGateway::SCHEMA, given).unwrap();

        let found = InternetGateway::read(&aws, given).await.unwrap();

        assert_eq!(found.id.0.as_deref(), Some("igw-1"));
        assert_eq!(found.attachments.0.unwrap()[0].vpc_id.as_deref(), Some("vpc-1"));
        aws.sent(expect![[r#"
            DescribeInternetGateways
                Filter.1.Name=attachment.vpc-id
                Filter.1.Value.1=vpc-1
        "#]]);
    }
}
