//! `aws_security_group`: a stateful firewall around network interfaces.

mod rules;

use aws_sdk_ec2::types as sdk;
use model::{
    Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts, Unread,
};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::blockers::{Held, explain};
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result};

pub(super) use rules::{Changes, Rules, check_rules, protocol_name};

/// A set of rules about which traffic may enter and leave.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_security_group", version = 1, timeouts = [create, delete])]
pub(crate) struct SecurityGroup {
    /// Up to 255 characters, not starting with `sg-`. Without it or `name_prefix`, a unique one is
    /// made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// What it is for. It can never be changed.
    #[attr(replace, default = "Managed by Terraform")]
    description: String,
    /// The VPC it is in. Else the default one.
    #[attr(replace)]
    vpc_id: Auto<String>,
    /// Which traffic may enter.
    #[attr(assignable)]
    ingress: Auto<Rules>,
    /// Which traffic may leave: none at first, whatever AWS thinks.
    #[attr(assignable, default = [])]
    egress: Auto<Rules>,
    /// Whether rules are removed before the group is: for groups that refer to each other.
    #[attr(default = false)]
    revoke_rules_on_delete: Unread<bool>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its id, such as `sg-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for SecurityGroup {
    const BATCH: usize = 200;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 15);
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_security_groups().filters(filter("group-id", ids));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        Ok(answer.security_groups().iter().map(live).collect())
    }

    /// AWS gives a new group a rule that lets all traffic out. The engine sees that it is not in
    /// `want`, and has `update` revoke it.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let tags = tag_on_create(sdk::ResourceType::SecurityGroup, &want.tags, token);
        let call = aws.ec2().create_security_group().group_name(name);
        let call = call
            .description(&want.description)
            .set_vpc_id(want.vpc_id.0.clone())
            .set_tag_specifications(Some(tags));
        must(call.send().await.or_fault("CreateSecurityGroup")?.group_id, "CreateSecurityGroup")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        change_ingress(aws, id, Changes::between(id, &have.ingress, &want.ingress)).await?;
        change_egress(aws, id, Changes::between(id, &have.egress, &want.egress)).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if have.revoke_rules_on_delete.0 == Some(true) {
            let none = Auto(Some(Rules::default()));
            change_ingress(aws, id, Changes::between(id, &have.ingress, &none)).await?;
            change_egress(aws, id, Changes::between(id, &have.egress, &none)).await?;
        }
        let answer = aws.ec2().delete_security_group().group_id(id).send().await;
        explain(aws, Held::SecurityGroup(id), answer.or_fault("DeleteSecurityGroup")).await?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        Some(format!("{}/{}", known(planned, "vpc_id")?, known(planned, "name")?))
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let Some((vpc, name)) = claim.split_once('/') else { return Ok(None) };
        let call = aws.ec2().describe_security_groups();
        let of = |name: &str, it: &str| filter(name, &[it.to_owned()]);
        let call = call.filters(of("vpc-id", vpc)).filters(of("group-name", name));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        Ok(answer.security_groups().iter().find_map(|it| it.group_id.clone()))
    }

    async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_security_groups().filters(made_with(token));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        Ok(answer.security_groups.unwrap_or_default().into_iter().find_map(|it| it.group_id))
    }

    async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
        forget_tokens(aws, ids).await
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        check_rules(given)
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // A rule names a group that was created a moment ago.
            (Op::Update, "InvalidGroup.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn live(it: &sdk::SecurityGroup) -> Live<SecurityGroup> {
    let id = String::from_sdk(it.group_id());
    let name = it.group_name().unwrap_or_default();
    let attributes = SecurityGroup {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        description: String::from_sdk(it.description()),
        vpc_id: Auto::from_sdk(it.vpc_id()),
        ingress: Auto(Some(Rules::from_sdk(&id, it.ip_permissions()))),
        egress: Auto(Some(Rules::from_sdk(&id, it.ip_permissions_egress()))),
        revoke_rules_on_delete: Unread(None),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(it.security_group_arn()),
        owner_id: Out::from_sdk(it.owner_id()),
        id: Out(Some(id.clone())),
    };
    Live { id, phase: Phase::Ready, attributes }
}

pub(super) async fn change_ingress(aws: &Aws, id: &str, changes: Changes) -> Result<()> {
    if let Some(rules) = changes.revoke {
        let call = aws.ec2().revoke_security_group_ingress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        call.send().await.or_fault("RevokeSecurityGroupIngress")?;
    }
    if let Some(rules) = changes.authorize {
        let call = aws.ec2().authorize_security_group_ingress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        there_already(call.send().await.or_fault("AuthorizeSecurityGroupIngress"))?;
    }
    if let Some(rules) = changes.describe {
        let call = aws.ec2().update_security_group_rule_descriptions_ingress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        call.send().await.or_fault("UpdateSecurityGroupRuleDescriptionsIngress")?;
    }
    Ok(())
}

/// A rule that is there is a rule that was authorized, if by a call whose answer got lost.
fn there_already<T>(answer: Result<T>) -> Result<()> {
    match answer {
        Err(fault) if fault.code == "InvalidPermission.Duplicate" => Ok(()),
        result => result.map(|_| ()),
    }
}

pub(super) async fn change_egress(aws: &Aws, id: &str, changes: Changes) -> Result<()> {
    if let Some(rules) = changes.revoke {
        let call = aws.ec2().revoke_security_group_egress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        call.send().await.or_fault("RevokeSecurityGroupEgress")?;
    }
    if let Some(rules) = changes.authorize {
        let call = aws.ec2().authorize_security_group_egress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        there_already(call.send().await.or_fault("AuthorizeSecurityGroupEgress"))?;
    }
    if let Some(rules) = changes.describe {
        let call = aws.ec2().update_security_group_rule_descriptions_egress().group_id(id);
        let call = call.set_ip_permissions(Some(rules));
        call.send().await.or_fault("UpdateSecurityGroupRuleDescriptionsEgress")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const WEB: &str = r#"{
        "name": "web",
        "ingress": [{"protocol": "tcp", "from_port": 443, "to_port": 443,
                     "cidr_blocks": ["10.0.0.0/8", "192.168.0.0/16"]}]
    }"#;

    #[tokio::test]
    async fn a_new_group_loses_its_allow_all_rule() {
        let aws = Script::new([
            ec2("AuthorizeSecurityGroupIngress", "<return>true</return>"),
            ec2("RevokeSecurityGroupEgress", "<return>true</return>"),
        ]);
        let fresh = r#"{"name": "web", "ingress": [], "egress":
            [{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}]}"#;

        SecurityGroup::update(&aws, "sg-1", &want(fresh), &want(WEB)).await.unwrap();

        aws.sent(expect![[r#"
            AuthorizeSecurityGroupIngress
                GroupId=sg-1
                IpPermissions.1.FromPort=443
                IpPermissions.1.IpProtocol=tcp
                IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8
                IpPermissions.1.ToPort=443
                IpPermissions.2.FromPort=443
                IpPermissions.2.IpProtocol=tcp
                IpPermissions.2.IpRanges.1.CidrIp=192.168.0.0/16
                IpPermissions.2.ToPort=443
            RevokeSecurityGroupEgress
                GroupId=sg-1
                IpPermissions.1.FromPort=0
                IpPermissions.1.IpProtocol=-1
                IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0
                IpPermissions.1.ToPort=0
        "#]]);
    }

    #[tokio::test]
    async fn a_new_description_leaves_the_rule_in_place() {
        let update = "UpdateSecurityGroupRuleDescriptionsIngress";
        let aws = Script::new([ec2(update, "<return>true</return>")]);
        let group = |text: &str| {
            want::<SecurityGroup>(&format!(
                r#"{{"name": "web", "ingress": [{{"protocol": "tcp", "from_port": 1, "to_port": 2,
                    "self": true, "description": "{text}"}}]}}"#
            ))
        };

        SecurityGroup::update(&aws, "sg-1", &group("old"), &group("new")).await.unwrap();

        aws.sent(expect![[r#"
            UpdateSecurityGroupRuleDescriptionsIngress
                GroupId=sg-1
                IpPermissions.1.FromPort=1
                IpPermissions.1.Groups.1.Description=new
                IpPermissions.1.Groups.1.GroupId=sg-1
                IpPermissions.1.IpProtocol=tcp
                IpPermissions.1.ToPort=2
        "#]]);
    }

    #[test]
    fn grouping_does_not_matter() {
        let rule = |cidrs: &str| {
            format!(
                r#"{{"protocol": "tcp", "from_port": 1, "to_port": 1, "cidr_blocks": {cidrs}}}"#
            )
        };
        let group = |rules: &[String]| {
            let rules = rules.join(", ");
            want::<SecurityGroup>(&format!(r#"{{"name": "web", "ingress": [{rules}]}}"#))
        };
        let together = group(&[rule(r#"["a", "b"]"#)]);
        let apart = group(&[rule(r#"["a"]"#), rule(r#"["b"]"#)]);
        assert_eq!(together, apart);
    }
}
