//! `aws_security_group_rule`: some rules of a security group that is otherwise left alone.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::{self, Addresses, canonical};
use crate::ec2::filter;
use crate::ec2::security_group::protocol_name;
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::naming::hash_of;
use crate::resource::{Resource, Result, changed, differs};

/// Some rules of a security group: traffic of one kind, with one or more peers.
///
/// AWS has no name for them together, so they are found by what they say.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_security_group_rule", version = 2, timeouts = [create])]
pub(crate) struct SecurityGroupRule {
    /// The group they are in.
    #[attr(replace)]
    security_group_id: String,
    /// `ingress` for traffic that enters, `egress` for traffic that leaves.
    #[attr(replace)]
    r#type: String,
    /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
    #[attr(replace)]
    protocol: Protocol,
    /// The first port, or the ICMP type.
    #[attr(replace)]
    from_port: i32,
    /// The last port, or the ICMP code.
    #[attr(replace)]
    to_port: i32,
    /// Peers by IPv4 address.
    #[attr(replace)]
    cidr_blocks: Option<Vec<String>>,
    /// Peers by IPv6 address.
    #[attr(replace)]
    ipv6_cidr_blocks: Option<Vec<Addresses>>,
    /// Peers by lists of addresses, such as those of services.
    #[attr(replace)]
    prefix_list_ids: Option<Vec<String>>,
    /// Whether the group itself is a peer.
    #[attr(replace, default = false)]
    #[serde(rename = "self")]
    itself: bool,
    /// The peer, by its security group; `ACCOUNT/GROUP` for one of another account.
    #[attr(replace)]
    source_security_group_id: Auto<String>,
    /// What it is for.
    description: Option<String>,
    /// The id of the rule in AWS, if there is only one peer.
    security_group_rule_id: Out<String>,
    /// Made from what it says.
    id: Out<String>,
}

/// A protocol, by name or by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Protocol(pub String);

crate::mirror::text!(Protocol);

impl PartialEq for Protocol {
    fn eq(&self, other: &Self) -> bool {
        protocol_name(&self.0) == protocol_name(&other.0)
    }
}

impl model::Field for Protocol {
    const SHAPE: model::Shape = model::Shape::String;
}

impl Resource for SecurityGroupRule {
    const BATCH: usize = 100;
    const TIMEOUTS: Timeouts = Timeouts::minutes(5, 5, 5);

    /// As an import names it: `GROUP_TYPE_PROTOCOL_FROM_TO_PEER_PEER...`.
    fn identity(&self) -> Option<String> {
        let (from, to) = (self.from_port, self.to_port);
        let protocol = protocol_name(&self.protocol.0);
        let head = format!("{}_{}_{protocol}_{from}_{to}", self.security_group_id, self.r#type);
        let peers = self.peers();
        (!peers.is_empty()).then(|| format!("{head}_{}", peers.join("_")))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let asked: Vec<_> = ids.iter().filter_map(|it| Some((it, Self::parse(it)?))).collect();
        let groups: BTreeSet<_> =
            asked.iter().map(|(_, it)| it.security_group_id.clone()).collect();
        let rules = rules_of(aws, &groups.into_iter().collect::<Vec<_>>()).await?;
        let live = |(id, it): (&String, SecurityGroupRule)| it.live(id, &rules);
        Ok(asked.into_iter().filter_map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let text = "a rule needs a peer: one of `cidr_blocks`, `ipv6_cidr_blocks`, \
                    `prefix_list_ids`, `self` and `source_security_group_id`";
        let id = want.identity().ok_or_else(|| rejected("aws_security_group_rule", "NoPeer", text));
        let (id, group) = (id?, &want.security_group_id);
        if want.is_egress() {
            let call = aws.ec2().authorize_security_group_egress().group_id(group);
            let call = call.ip_permissions(want.to_sdk());
            call.send().await.or_fault("AuthorizeSecurityGroupEgress")?;
        } else {
            let call = aws.ec2().authorize_security_group_ingress().group_id(group);
            let call = call.ip_permissions(want.to_sdk());
            call.send().await.or_fault("AuthorizeSecurityGroupIngress")?;
        }
        Ok(id)
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if !changed!(have, want; description) {
            return Ok(());
        }
        let group = &want.security_group_id;
        if want.is_egress() {
            let call = aws.ec2().update_security_group_rule_descriptions_egress().group_id(group);
            let call = call.ip_permissions(want.to_sdk());
            call.send().await.or_fault("UpdateSecurityGroupRuleDescriptionsEgress")?;
        } else {
            let call = aws.ec2().update_security_group_rule_descriptions_ingress().group_id(group);
            let call = call.ip_permissions(want.to_sdk());
            call.send().await.or_fault("UpdateSecurityGroupRuleDescriptionsIngress")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let group = &have.security_group_id;
        if have.is_egress() {
            let call = aws.ec2().revoke_security_group_egress().group_id(group);
            let call = call.ip_permissions(have.to_sdk());
            call.send().await.or_fault("RevokeSecurityGroupEgress")?;
        } else {
            let call = aws.ec2().revoke_security_group_ingress().group_id(group);
            let call = call.ip_permissions(have.to_sdk());
            call.send().await.or_fault("RevokeSecurityGroupIngress")?;
        }
        Ok(())
    }

    /// In another group there is room for it, and traffic would miss it.
    fn comes_first(before: &Map, after: &Map) -> bool {
        differs::<Self>(before, after, "security_group_id")
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        Ok(Self::read(aws, &[id]).await?.into_iter().next().map(|it| it.id))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["cidr_blocks", "ipv6_cidr_blocks"])
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The group, or one that is a peer, was created a moment ago.
            (Op::Create, "InvalidGroup.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

/// All rules of some groups.
async fn rules_of(aws: &Aws, groups: &[String]) -> Result<Vec<sdk::SecurityGroupRule>> {
    let call = aws.ec2().describe_security_group_rules().filters(filter("group-id", groups));
    let mut pages = call.into_paginator().items().send();
    let mut rules = Vec::new();
    while let Some(it) = pages.next().await {
        rules.push(it.or_fault("DescribeSecurityGroupRules")?);
    }
    Ok(rules)
}

impl SecurityGroupRule {
    fn is_egress(&self) -> bool {
        self.r#type == "egress"
    }

    /// The group that is a peer, unless it is this one and `self` says so already.
    fn source(&self) -> Option<&str> {
        let own = |it: &&str| self.itself && *it == self.security_group_id;
        self.source_security_group_id.0.as_deref().filter(|it| !it.is_empty() && !own(it))
    }

    fn peers(&self) -> Vec<String> {
        let lists = self.lists().into_iter().flatten();
        let lists = lists.chain(self.itself.then(|| "self".to_owned()));
        lists.chain(self.source().map(str::to_owned)).collect()
    }

    /// Peers that are neither groups nor the group itself.
    fn lists(&self) -> [Vec<String>; 3] {
        let texts = |it: &Option<Vec<String>>| it.clone().unwrap_or_default();
        let v6 = self.ipv6_cidr_blocks.iter().flatten().map(|it| it.0.clone());
        [texts(&self.cidr_blocks), v6.collect(), texts(&self.prefix_list_ids)]
    }

    /// The rule that an identity names.
    fn parse(id: &str) -> Option<SecurityGroupRule> {
        let mut parts = id.split('_');
        let (group, ty, protocol) = (parts.next()?, parts.next()?, parts.next()?);
        let ports = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (mut v4, mut v6, mut lists, mut itself) = (Vec::new(), Vec::new(), Vec::new(), false);
        let mut source = None;
        for peer in parts {
            match peer {
                "self" => itself = true,
                it if it.starts_with("pl-") => lists.push(it.to_owned()),
                it if it.contains("sg-") => source = Some(it.to_owned()),
                it if it.contains(':') => v6.push(it.to_owned()),
                it => v4.push(it.to_owned()),
            }
        }
        let some = |it: Vec<String>| (!it.is_empty()).then_some(it);
        let v6: Vec<_> = v6.into_iter().map(Addresses).collect();
        Some(SecurityGroupRule {
            security_group_id: group.to_owned(),
            r#type: ty.to_owned(),
            protocol: Protocol(protocol.to_owned()),
            from_port: ports.0,
            to_port: ports.1,
            cidr_blocks: some(v4),
            ipv6_cidr_blocks: (!v6.is_empty()).then_some(v6),
            prefix_list_ids: some(lists),
            source_security_group_id: Auto(source.or(itself.then(|| group.to_owned()))),
            itself,
            description: None,
            security_group_rule_id: Out(None),
            id: Out(None),
        })
    }

    /// It is there if there is a rule for each of its peers.
    fn live(mut self, id: &str, rules: &[sdk::SecurityGroupRule]) -> Option<Live<Self>> {
        let protocol = protocol_name(&self.protocol.0);
        let any_port = protocol == "-1";
        let alike: Vec<_> = rules
            .iter()
            .filter(|it| it.group_id() == Some(&self.security_group_id))
            .filter(|it| it.is_egress() == Some(self.is_egress()))
            .filter(|it| protocol_name(it.ip_protocol().unwrap_or_default()) == protocol)
            .filter(|it| {
                let ports = (it.from_port().unwrap_or(0), it.to_port().unwrap_or(0));
                any_port || ports == (self.from_port, self.to_port)
            })
            .collect();
        let own = &self.security_group_id;
        let is = |it: &sdk::SecurityGroupRule, peer: &str| match it.referenced_group_info() {
            Some(group) if peer == "self" => group.group_id() == Some(own),
            Some(group) => group.group_id() == peer.rsplit('/').next(),
            None => {
                let v6 = it.cidr_ipv6().map(canonical);
                [it.cidr_ipv4(), it.prefix_list_id()].contains(&Some(peer))
                    || v6 == Some(canonical(peer))
            }
        };
        let peers = self.peers();
        let found = peers.iter().map(|peer| alike.iter().find(|it| is(it, peer)).copied());
        let found: Vec<_> = found.collect::<Option<_>>()?;
        self.description = Option::from_sdk(found.first().and_then(|it| it.description()));
        if let [only] = found.as_slice() {
            self.security_group_rule_id = Out::from_sdk(only.security_group_rule_id());
        }
        self.id = Out(Some(self.made_id()));
        Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes: self })
    }

    /// The id as the AWS provider makes it.
    fn made_id(&self) -> String {
        let mut text = format!("{}-", self.security_group_id);
        for port in [self.from_port, self.to_port].iter().filter(|it| **it > 0) {
            text += &format!("{port}-");
        }
        text += &format!("{}-{}-", protocol_name(&self.protocol.0), self.r#type);
        for mut list in self.lists() {
            list.sort();
            list.iter().for_each(|it| text += &format!("{it}-"));
        }
        let mut groups: Vec<_> =
            self.source().map(|it| it.rsplit('/').next().unwrap_or(it)).into_iter().collect();
        groups.extend(self.itself.then_some(self.security_group_id.as_str()));
        groups.sort_unstable();
        groups.iter().for_each(|it| text += &format!("{it}--"));
        format!("sgrule-{}", hash_of(&text))
    }

    fn to_sdk(&self) -> sdk::IpPermission {
        let text = || self.description.clone().filter(|it| !it.is_empty());
        let mut rule = sdk::IpPermission::builder()
            .ip_protocol(protocol_name(&self.protocol.0))
            .from_port(self.from_port)
            .to_port(self.to_port);
        for it in self.cidr_blocks.iter().flatten() {
            let range = sdk::IpRange::builder().cidr_ip(it).set_description(text());
            rule = rule.ip_ranges(range.build());
        }
        for it in self.ipv6_cidr_blocks.iter().flatten() {
            let range = sdk::Ipv6Range::builder().cidr_ipv6(&it.0).set_description(text());
            rule = rule.ipv6_ranges(range.build());
        }
        for it in self.prefix_list_ids.iter().flatten() {
            let list = sdk::PrefixListId::builder().prefix_list_id(it).set_description(text());
            rule = rule.prefix_list_ids(list.build());
        }
        let itself = self.itself.then_some(self.security_group_id.as_str());
        for it in self.source().into_iter().chain(itself) {
            let pair = sdk::UserIdGroupPair::builder().set_description(text());
            let pair = match it.split_once('/') {
                Some((account, group)) => pair.user_id(account).group_id(group),
                None => pair.group_id(it),
            };
            rule = rule.user_id_group_pairs(pair.build());
        }
        rule.build()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    const HTTPS: &str = r#"{"security_group_id": "sg-1", "type": "ingress", "protocol": "TCP",
        "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8", "192.168.0.0/16"],
        "description": "https"}"#;

    fn found(peers: &[&str]) -> crate::testing::Answer {
        let rule = |it: &&str| {
            format!(
                "<item><groupId>sg-1</groupId><isEgress>false</isEgress>
                 <ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort>
                 <cidrIpv4>{it}</cidrIpv4><description>https</description></item>"
            )
        };
        let rules: String = peers.iter().map(rule).collect();
        let set = format!("<securityGroupRuleSet>{rules}</securityGroupRuleSet>");
        ec2("DescribeSecurityGroupRules", &set)
    }

    #[tokio::test]
    async fn one_call_makes_a_rule_for_each_peer() {
        let aws = Script::new([ec2("AuthorizeSecurityGroupIngress", "<return>true</return>")]);

        let id = SecurityGroupRule::create(&aws, &want(HTTPS), "token").await.unwrap();

        assert_eq!(id, "sg-1_ingress_tcp_443_443_10.0.0.0/8_192.168.0.0/16");
        aws.sent(expect![[r#"
            AuthorizeSecurityGroupIngress
                GroupId=sg-1
                IpPermissions.1.FromPort=443
                IpPermissions.1.IpProtocol=tcp
                IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8
                IpPermissions.1.IpRanges.1.Description=https
                IpPermissions.1.IpRanges.2.CidrIp=192.168.0.0/16
                IpPermissions.1.IpRanges.2.Description=https
                IpPermissions.1.ToPort=443
        "#]]);
    }

    #[tokio::test]
    async fn it_is_there_if_all_its_peers_are() {
        let id = "sg-1_ingress_tcp_443_443_10.0.0.0/8_192.168.0.0/16".to_owned();
        let aws = Script::new([
            found(&["192.168.0.0/16", "10.0.0.0/8", "172.16.0.0/12"]),
            found(&["10.0.0.0/8"]),
        ]);

        let whole = SecurityGroupRule::read(&aws, std::slice::from_ref(&id)).await.unwrap();
        let part = SecurityGroupRule::read(&aws, std::slice::from_ref(&id)).await.unwrap();

        assert_eq!(whole[0].attributes.identity(), Some(id));
        assert_eq!(whole[0].attributes.description.as_deref(), Some("https"));
        assert!(part.is_empty());
    }

    #[tokio::test]
    async fn a_new_description_leaves_the_rule_in_place() {
        let update = "UpdateSecurityGroupRuleDescriptionsIngress";
        let aws = Script::new([ec2(update, "<return>true</return>")]);
        let have = want::<SecurityGroupRule>(HTTPS);
        let want = SecurityGroupRule { description: Some("web".to_owned()), ..have.clone() };

        SecurityGroupRule::update(&aws, "id", &have, &want).await.unwrap();

        assert!(aws.transcript().contains("IpRanges.1.Description=web"));
    }

    #[test]
    fn a_rule_for_the_group_itself_names_it_once() {
        let text = r#"{"security_group_id": "sg-1", "type": "egress", "protocol": "all",
            "from_port": 0, "to_port": 0, "self": true, "source_security_group_id": "sg-1"}"#;
        let rule = want::<SecurityGroupRule>(text);
        assert_eq!(rule.identity().as_deref(), Some("sg-1_egress_-1_0_0_self"));
        assert_eq!(rule.to_sdk().user_id_group_pairs().len(), 1);
    }
}
