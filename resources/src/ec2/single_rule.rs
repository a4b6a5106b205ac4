//! `aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`: one rule of a
//! security group, with one peer and an id of its own.

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::security_group::protocol_name;
use crate::ec2::security_group_rule::Protocol;
use crate::ec2::{filter, forget_tokens, made_with, retag, tag_on_create, tags_from_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed, differs};

/// Both types differ only in the direction, and so in the calls that make and remove a rule.
macro_rules! rule {
    (
        $(#[doc = $doc:literal])+ $name:ident, $ty:tt,
        $authorize:ident, $authorized:literal, $revoke:ident, $revoked:literal
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
        #[resource($ty)]
        pub(crate) struct $name {
            /// The group it is in.
            #[attr(replace)]
            security_group_id: String,
            /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
            ip_protocol: Protocol,
            /// The first port, or the ICMP type.
            from_port: Option<i32>,
            /// The last port, or the ICMP code.
            to_port: Option<i32>,
            /// The peer, by IPv4 address.
            cidr_ipv4: Option<String>,
            /// The peer, by IPv6 address.
            cidr_ipv6: Option<Addresses>,
            /// The peer, by a list of addresses.
            prefix_list_id: Option<String>,
            /// The peer, by its security group; `ACCOUNT/GROUP` for one of another account.
            referenced_security_group_id: Option<String>,
            /// What it is for.
            description: Option<String>,
            /// Tags of its own; those of the provider's `default_tags` come on top.
            tags: Tags,
            /// Its id, such as `sgr-0123456789abcdef0`.
            security_group_rule_id: Out<String>,
            /// Its Amazon Resource Name.
            arn: Out<String>,
            /// Its id, such as `sgr-0123456789abcdef0`.
            id: Out<String>,
        }

        impl Resource for $name {
            const BATCH: usize = 200;

            async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
                let found = rules(aws, filter("security-group-rule-id", ids)).await?;
                let account = match found.is_empty() {
                    true => "",
                    false => aws.account().await?,
                };
                let live = |it: &sdk::SecurityGroupRule| {
                    let id = String::from_sdk(it.security_group_rule_id());
                    let port = |port: Option<i32>| port.filter(|_| it.ip_protocol() != Some("-1"));
                    let attributes = $name {
                        security_group_id: String::from_sdk(it.group_id()),
                        ip_protocol: Protocol(String::from_sdk(it.ip_protocol())),
                        from_port: port(it.from_port()),
                        to_port: port(it.to_port()),
                        cidr_ipv4: Option::from_sdk(it.cidr_ipv4()),
                        cidr_ipv6: Option::from_sdk(it.cidr_ipv6()),
                        prefix_list_id: Option::from_sdk(it.prefix_list_id()),
                        referenced_security_group_id: it
                            .referenced_group_info()
                            .map(|it| referenced(it, account)),
                        description: Option::from_sdk(it.description()),
                        tags: tags_from_sdk(it.tags()),
                        security_group_rule_id: Out(Some(id.clone())),
                        arn: Out(Some(arn(aws, it, account))),
                        id: Out(Some(id.clone())),
                    };
                    Live { id, phase: Phase::Ready, attributes }
                };
                Ok(found.iter().map(live).collect())
            }

            async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
                let kind = sdk::ResourceType::SecurityGroupRule;
                let tags = tag_on_create(kind, &want.tags, token);
                let call = aws.ec2().$authorize().group_id(&want.security_group_id);
                let call = call.ip_permissions(want.permission());
                let call = call.set_tag_specifications(Some(tags));
                let answer = call.send().await.or_fault($authorized)?;
                let made = answer.security_group_rules.unwrap_or_default().into_iter().next();
                must(made.and_then(|it| it.security_group_rule_id), $authorized)
            }

            async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
                if changed!(
                    have, want; ip_protocol, from_port, to_port, cidr_ipv4, cidr_ipv6,
                    prefix_list_id, referenced_security_group_id, description
                ) {
                    let rule = sdk::SecurityGroupRuleUpdate::builder().security_group_rule_id(id);
                    let rule = rule.security_group_rule(want.request()).build();
                    let call = aws.ec2().modify_security_group_rules();
                    let call = call.group_id(&want.security_group_id).security_group_rules(rule);
                    call.send().await.or_fault("ModifySecurityGroupRules")?;
                }
                retag(aws, id, &have.tags, &want.tags).await
            }

            async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
                let call = aws.ec2().$revoke().group_id(&have.security_group_id);
                call.security_group_rule_ids(id).send().await.or_fault($revoked)?;
                Ok(())
            }

            /// In another group there is room for it, and traffic would miss it.
            fn comes_first(before: &Map, after: &Map) -> bool {
                differs::<Self>(before, after, "security_group_id")
            }

            async fn find(aws: &Aws, _want: &Self, token: &str) -> Result<Option<String>> {
                let found = rules(aws, made_with(token)).await?;
                Ok(found.into_iter().find_map(|it| it.security_group_rule_id))
            }

            async fn forget(aws: &Aws, ids: &[String]) -> Result<()> {
                forget_tokens(aws, ids).await
            }

            fn check(given: &Map) -> Vec<(&'static str, String)> {
                cidr::check(given, &["cidr_ipv4", "cidr_ipv6"])
            }

            fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
                match (op, fault.code.as_str()) {
                    // The group, or the one that is the peer, was created a moment ago.
                    (Op::Create, "InvalidGroup.NotFound") => Some(FaultKind::NotYet),
                    _ => None,
                }
            }
        }

        impl $name {
            /// The rule as it is made.
            fn permission(&self) -> sdk::IpPermission {
                let text = || self.description.clone();
                let (v4, v6) = (sdk::IpRange::builder(), sdk::Ipv6Range::builder());
                let list = sdk::PrefixListId::builder();
                let v4 = |it: &String| v4.clone().cidr_ip(it).set_description(text()).build();
                let v6 = |it: &Addresses| v6.clone().cidr_ipv6(&it.0).set_description(text()).build();
                let list =
                    |it: &String| list.clone().prefix_list_id(it).set_description(text()).build();
                let group = |it: &String| {
                    let pair = sdk::UserIdGroupPair::builder().set_description(text());
                    match it.split_once('/') {
                        Some((account, group)) => pair.user_id(account).group_id(group).build(),
                        None => pair.group_id(it).build(),
                    }
                };
                let groups = self.referenced_security_group_id.iter().map(group);
                sdk::IpPermission::builder()
                    .ip_protocol(protocol_name(&self.ip_protocol.0))
                    .set_from_port(self.from_port)
                    .set_to_port(self.to_port)
                    .set_ip_ranges(some(self.cidr_ipv4.iter().map(v4).collect()))
                    .set_ipv6_ranges(some(self.cidr_ipv6.iter().map(v6).collect()))
                    .set_prefix_list_ids(some(self.prefix_list_id.iter().map(list).collect()))
                    .set_user_id_group_pairs(some(groups.collect()))
                    .build()
            }

            /// The rule as it is changed.
            fn request(&self) -> sdk::SecurityGroupRuleRequest {
                let group = self.referenced_security_group_id.as_ref();
                let group = group.and_then(|it| it.rsplit('/').next()).map(str::to_owned);
                sdk::SecurityGroupRuleRequest::builder()
                    .ip_protocol(protocol_name(&self.ip_protocol.0))
                    .set_from_port(self.from_port)
                    .set_to_port(self.to_port)
                    .set_cidr_ipv4(self.cidr_ipv4.clone())
                    .set_cidr_ipv6(self.cidr_ipv6.to_sdk())
                    .set_prefix_list_id(self.prefix_list_id.clone())
                    .set_referenced_group_id(group)
                    .set_description(self.description.clone())
                    .build()
            }
        }
    };
}

rule! {
    /// A rule about traffic that enters.
    IngressRule, "aws_vpc_security_group_ingress_rule",
    authorize_security_group_ingress, "AuthorizeSecurityGroupIngress",
    revoke_security_group_ingress, "RevokeSecurityGroupIngress"
}

rule! {
    /// A rule about traffic that leaves.
    EgressRule, "aws_vpc_security_group_egress_rule",
    authorize_security_group_egress, "AuthorizeSecurityGroupEgress",
    revoke_security_group_egress, "RevokeSecurityGroupEgress"
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

async fn rules(aws: &Aws, filter: sdk::Filter) -> Result<Vec<sdk::SecurityGroupRule>> {
    let call = aws.ec2().describe_security_group_rules().filters(filter);
    let answer = call.send().await.or_fault("DescribeSecurityGroupRules")?;
    Ok(answer.security_group_rules.unwrap_or_default())
}

fn arn(aws: &Aws, it: &sdk::SecurityGroupRule, account: &str) -> String {
    let (partition, region) = (aws.partition().name, aws.region());
    let owner = it.group_owner_id().unwrap_or(account);
    let id = it.security_group_rule_id().unwrap_or_default();
    format!("arn:{partition}:ec2:{region}:{owner}:security-group-rule/{id}")
}

/// A group of another account is named with its account.
fn referenced(it: &sdk::ReferencedSecurityGroup, account: &str) -> String {
    let group = it.group_id().unwrap_or_default();
    match it.user_id() {
        Some(owner) if owner != account && !account.is_empty() => format!("{owner}/{group}"),
        _ => group.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const HTTPS: &str = r#"{"security_group_id": "sg-1", "ip_protocol": "tcp", "from_port": 443,
        "to_port": 443, "referenced_security_group_id": "123456789012/sg-2"}"#;

    #[tokio::test]
    async fn a_rule_is_made_with_its_intent() {
        let made = "<securityGroupRuleSet><item><securityGroupRuleId>sgr-1</securityGroupRuleId>
            </item></securityGroupRuleSet>";
        let aws = Script::new([ec2("AuthorizeSecurityGroupIngress", made)]);

        assert_eq!(IngressRule::create(&aws, &want(HTTPS), "token-1").await.unwrap(), "sgr-1");

        aws.sent(expect![[r#"
            AuthorizeSecurityGroupIngress
                GroupId=sg-1
                IpPermissions.1.FromPort=443
                IpPermissions.1.Groups.1.GroupId=sg-2
                IpPermissions.1.Groups.1.UserId=123456789012
                IpPermissions.1.IpProtocol=tcp
                IpPermissions.1.ToPort=443
                TagSpecification.1.ResourceType=security-group-rule
                TagSpecification.1.Tag.1.Key=groundplan:intent
                TagSpecification.1.Tag.1.Value=token-1
        "#]]);
    }

    #[tokio::test]
    async fn a_rule_changes_in_place() {
        let aws = Script::new([ec2("ModifySecurityGroupRules", "<return>true</return>")]);
        let have = want::<EgressRule>(HTTPS);
        let want = EgressRule { to_port: Some(444), ..have.clone() };

        EgressRule::update(&aws, "sgr-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            ModifySecurityGroupRules
                GroupId=sg-1
                SecurityGroupRule.1.SecurityGroupRule.FromPort=443
                SecurityGroupRule.1.SecurityGroupRule.IpProtocol=tcp
                SecurityGroupRule.1.SecurityGroupRule.ReferencedGroupId=sg-2
                SecurityGroupRule.1.SecurityGroupRule.ToPort=444
                SecurityGroupRule.1.SecurityGroupRuleId=sgr-1
        "#]]);
    }
}
