//! `aws_vpc_dhcp_options_association`: the DHCP options a VPC uses.

use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::fault::OrFault;
use crate::resource::{Resource, Result, changed};

/// The DHCP options a VPC uses. It always uses some, so to destroy this is to give it none.
///
/// It is found by the VPC, of which it is the only one.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_vpc_dhcp_options_association")]
pub(crate) struct DhcpOptionsAssociation {
    /// The options.
    dhcp_options_id: String,
    /// The VPC.
    #[attr(replace)]
    vpc_id: String,
    /// Made from the options and the VPC.
    #[attr(volatile)]
    id: Out<String>,
}

/// What AWS calls no options at all.
pub(super) const DEFAULT: &str = "default";

impl Resource for DhcpOptionsAssociation {
    const BATCH: usize = 200;

    fn identity(&self) -> Option<String> {
        Some(self.vpc_id.clone())
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_vpcs().filters(filter("vpc-id", ids));
        let answer = call.send().await.or_fault("DescribeVpcs")?;
        let live = |(vpc, options): (String, String)| {
            let id = Out(Some(format!("{options}-{vpc}")));
            let attributes =
                DhcpOptionsAssociation { dhcp_options_id: options, vpc_id: vpc.clone(), id };
            Live { id: vpc, phase: Phase::Ready, attributes }
        };
        let vpcs = answer.vpcs.unwrap_or_default().into_iter();
        let used = vpcs.filter_map(|it| Some((it.vpc_id?, it.dhcp_options_id?)));
        Ok(used.filter(|(_, options)| options != DEFAULT).map(live).collect())
    }

    /// Associating the same two again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        associate(aws, &want.vpc_id, &want.dhcp_options_id).await?;
        Ok(want.vpc_id.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        match changed!(have, want; dhcp_options_id) {
            true => associate(aws, id, &want.dhcp_options_id).await,
            false => Ok(()),
        }
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        associate(aws, id, DEFAULT).await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.vpc_id)).await?;
        let ours = |it: &Live<Self>| it.attributes.dhcp_options_id == want.dhcp_options_id;
        Ok(found.into_iter().find(ours).map(|it| it.id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // Both were created a moment ago.
            (Op::Create | Op::Update, "InvalidDhcpOptionID.NotFound" | "InvalidVpcID.NotFound") => {
                Some(FaultKind::NotYet)
            }
            _ => None,
        }
    }
}

pub(super) async fn associate(aws: &Aws, vpc: &str, options: &str) -> Result<()> {
    let call = aws.ec2().associate_dhcp_options().vpc_id(vpc).dhcp_options_id(options);
    match call.send().await.or_fault("AssociateDhcpOptions") {
        // A VPC that is gone uses none.
        Err(fault) if options == DEFAULT && fault.code == "InvalidVpcID.NotFound" => Ok(()),
        result => result.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    fn vpc_with(options: &str) -> crate::testing::Answer {
        let vpc = format!("<vpcId>vpc-1</vpcId><dhcpOptionsId>{options}</dhcpOptionsId>");
        ec2("DescribeVpcs", &format!("<vpcSet><item>{vpc}</item></vpcSet>"))
    }

    #[tokio::test]
    async fn a_vpc_that_uses_no_options_has_no_association() {
        let aws = Script::new([vpc_with("dopt-1"), vpc_with("default")]);
        let ids = ["vpc-1".to_owned()];

        let found = DhcpOptionsAssociation::read(&aws, &ids).await.unwrap();
        assert_eq!(found[0].attributes.id.0.as_deref(), Some("dopt-1-vpc-1"));

        assert!(DhcpOptionsAssociation::read(&aws, &ids).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn to_destroy_it_is_to_use_no_options() {
        let aws = Script::new([ec2("AssociateDhcpOptions", "<return>true</return>")]);
        let have = want(r#"{"vpc_id": "vpc-1", "dhcp_options_id": "dopt-1"}"#);

        DhcpOptionsAssociation::delete(&aws, "vpc-1", &have).await.unwrap();

        aws.sent(expect![[r#"
            AssociateDhcpOptions
                DhcpOptionsId=default
                VpcId=vpc-1
        "#]]);
    }
}
