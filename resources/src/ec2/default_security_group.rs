//! `aws_default_security_group`: the security group a VPC was created with. It is taken over, not
//! created, and stays when it is no longer managed.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::default_vpc::default_vpc;
use crate::ec2::security_group::{Changes, Rules, change_egress, change_ingress, check_rules};
use crate::ec2::{filter, retag, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::{Resource, Result};

/// The security group a VPC was created with.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_default_security_group", version = 1)]
pub(crate) struct DefaultSecurityGroup {
    /// The VPC. Else the default one.
    #[attr(replace)]
    vpc_id: Auto<String>,
    /// Which traffic may enter: none at first.
    #[attr(assignable, default = [])]
    ingress: Auto<Rules>,
    /// Which traffic may leave: none at first.
    #[attr(assignable, default = [])]
    egress: Auto<Rules>,
    /// Has no meaning for a group that stays.
    #[attr(default = false)]
    revoke_rules_on_delete: Unread<bool>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// What it is for.
    description: Out<String>,
    /// `default`.
    name: Out<String>,
    /// Always empty.
    name_prefix: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id, such as `sg-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for DefaultSecurityGroup {
    const BATCH: usize = 200;

    fn abandons(&self) -> bool {
        true
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_security_groups().filters(filter("group-id", ids));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        Ok(answer.security_groups().iter().map(live).collect())
    }

    /// The rules it came with are not in `want`, so `update` removes them.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let vpc = match &want.vpc_id.0 {
            Some(id) if !id.is_empty() => id.clone(),
            _ => must(default_vpc(aws).await?, "DescribeVpcs")?,
        };
        let call = aws.ec2().describe_security_groups().filters(filter("vpc-id", &[vpc]));
        let call = call.filters(filter("group-name", &["default".to_owned()]));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        let group = answer.security_groups.unwrap_or_default().into_iter().next();
        must(group.and_then(|it| it.group_id), "DescribeSecurityGroups")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        change_ingress(aws, id, Changes::between(id, &have.ingress, &want.ingress)).await?;
        change_egress(aws, id, Changes::between(id, &have.egress, &want.egress)).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    /// It cannot be deleted as long as its VPC exists.
    async fn delete(_aws: &Aws, _id: &str, _have: &Self) -> Result<()> {
        Ok(())
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_rules(given)
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "InvalidVpcID.NotFound") => Some(FaultKind::NotYet),
            (Op::Update, "InvalidGroup.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn live(it: &sdk::SecurityGroup) -> Live<DefaultSecurityGroup> {
    let id = String::from_sdk(it.group_id());
    let attributes = DefaultSecurityGroup {
        vpc_id: Auto::from_sdk(it.vpc_id()),
        ingress: Auto(Some(Rules::from_sdk(&id, it.ip_permissions()))),
        egress: Auto(Some(Rules::from_sdk(&id, it.ip_permissions_egress()))),
        revoke_rules_on_delete: Unread(None),
        tags: tags_from_sdk(it.tags()),
        description: Out::from_sdk(it.description()),
        name: Out::from_sdk(it.group_name()),
        name_prefix: Out(Some(String::new())),
        owner_id: Out::from_sdk(it.owner_id()),
        arn: Out::from_sdk(it.security_group_arn()),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn the_group_of_the_vpc_is_taken_over() {
        let group = "<securityGroupInfo><item><groupId>sg-1</groupId></item></securityGroupInfo>";
        let aws = Script::new([ec2("DescribeSecurityGroups", group)]);
        let want = want::<DefaultSecurityGroup>(r#"{"vpc_id": "vpc-1"}"#);

        assert_eq!(DefaultSecurityGroup::create(&aws, &want, "token").await.unwrap(), "sg-1");

        assert!(want.abandons());
        aws.sent(expect![[r#"
            DescribeSecurityGroups
                Filter.1.Name=vpc-id
                Filter.1.Value.1=vpc-1
                Filter.2.Name=group-name
                Filter.2.Value.1=default
        "#]]);
    }
}
