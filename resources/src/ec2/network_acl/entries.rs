//! The numbered rules of a network ACL.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Field, Map, Shape};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::{canonical, check_blocks};
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// The rule every ACL ends with, which denies all. Nobody makes or removes it.
const LAST: i32 = 32767;

/// A rule, however it was written down.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ec2) struct Entry {
    pub number: i32,
    pub allow: bool,
    /// Its number; `-1` for all.
    pub protocol: String,
    pub ports: (i32, i32),
    pub icmp: (i32, i32),
    pub v4: Option<String>,
    pub v6: Option<String>,
}

/// A protocol as AWS writes it in ACLs: by number.
pub(in crate::ec2) fn protocol_number(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "all" => "-1".to_owned(),
        "icmp" => "1".to_owned(),
        "tcp" => "6".to_owned(),
        "udp" => "17".to_owned(),
        "icmpv6" | "ipv6-icmp" => "58".to_owned(),
        other => other.to_owned(),
    }
}

impl Entry {
    fn from_sdk(it: &sdk::NetworkAclEntry) -> Entry {
        let (ports, icmp) = (it.port_range(), it.icmp_type_code());
        let number = |it: Option<i32>| it.unwrap_or(0);
        Entry {
            number: number(it.rule_number()),
            allow: it.rule_action() == Some(&sdk::RuleAction::Allow),
            protocol: protocol_number(it.protocol().unwrap_or_default()),
            ports: (number(ports.and_then(|it| it.from())), number(ports.and_then(|it| it.to()))),
            icmp: (number(icmp.and_then(|it| it.r#type())), number(icmp.and_then(|it| it.code()))),
            v4: Option::from_sdk(it.cidr_block()),
            v6: Option::from_sdk(it.ipv6_cidr_block()),
        }
        .plain()
    }

    /// The same rule without what its protocol does not have, addresses written as AWS does.
    pub fn plain(mut self) -> Entry {
        if !["6", "17"].contains(&self.protocol.as_str()) {
            self.ports = (0, 0);
        }
        if !["1", "58"].contains(&self.protocol.as_str()) {
            self.icmp = (0, 0);
        }
        self.v4 = self.v4.filter(|it| !it.is_empty()).as_deref().map(canonical);
        self.v6 = self.v6.filter(|it| !it.is_empty()).as_deref().map(canonical);
        self
    }

    fn action(&self) -> sdk::RuleAction {
        if self.allow { sdk::RuleAction::Allow } else { sdk::RuleAction::Deny }
    }

    fn ports(&self) -> Option<sdk::PortRange> {
        let ports = sdk::PortRange::builder().from(self.ports.0).to(self.ports.1).build();
        ["6", "17"].contains(&self.protocol.as_str()).then_some(ports)
    }

    fn icmp(&self) -> Option<sdk::IcmpTypeCode> {
        let icmp = sdk::IcmpTypeCode::builder().r#type(self.icmp.0).code(self.icmp.1).build();
        ["1", "58"].contains(&self.protocol.as_str()).then_some(icmp)
    }

    pub async fn create(&self, aws: &Aws, acl: &str, egress: bool) -> Result<()> {
        let call = aws.ec2().create_network_acl_entry().network_acl_id(acl).egress(egress);
        let call = call
            .rule_number(self.number)
            .rule_action(self.action())
            .protocol(&self.protocol)
            .set_port_range(self.ports())
            .set_icmp_type_code(self.icmp())
            .set_cidr_block(self.v4.clone())
            .set_ipv6_cidr_block(self.v6.clone());
        call.send().await.or_fault("CreateNetworkAclEntry")?;
        Ok(())
    }

    async fn replace(&self, aws: &Aws, acl: &str, egress: bool) -> Result<()> {
        let call = aws.ec2().replace_network_acl_entry().network_acl_id(acl).egress(egress);
        let call = call
            .rule_number(self.number)
            .rule_action(self.action())
            .protocol(&self.protocol)
            .set_port_range(self.ports())
            .set_icmp_type_code(self.icmp())
            .set_cidr_block(self.v4.clone())
            .set_ipv6_cidr_block(self.v6.clone());
        call.send().await.or_fault("ReplaceNetworkAclEntry")?;
        Ok(())
    }
}

pub(in crate::ec2) async fn delete(aws: &Aws, acl: &str, number: i32, egress: bool) -> Result<()> {
    let call = aws.ec2().delete_network_acl_entry().network_acl_id(acl);
    let call = call.rule_number(number).egress(egress);
    match call.send().await.or_fault("DeleteNetworkAclEntry") {
        Err(fault) if fault.code == "InvalidNetworkAclEntry.NotFound" => Ok(()),
        result => result.map(|_| ()),
    }
}

/// The rules of one direction that somebody made, by number.
pub(in crate::ec2) fn entries(it: &sdk::NetworkAcl, egress: bool) -> Vec<Entry> {
    let own = |it: &&sdk::NetworkAclEntry| {
        it.egress() == Some(egress) && it.rule_number().is_some_and(|it| it < LAST)
    };
    it.entries().iter().filter(own).map(Entry::from_sdk).collect()
}

/// Makes the calls that turn `have` into `want`.
pub(in crate::ec2) async fn replace(
    aws: &Aws,
    acl: &str,
    egress: bool,
    have: BTreeMap<i32, Entry>,
    want: BTreeMap<i32, Entry>,
) -> Result<()> {
    for number in have.keys().filter(|it| !want.contains_key(*it)) {
        delete(aws, acl, *number, egress).await?;
    }
    for (number, entry) in &want {
        match have.get(number) {
            None => entry.create(aws, acl, egress).await?,
            Some(have) if have != entry => entry.replace(aws, acl, egress).await?,
            Some(_) => (),
        }
    }
    Ok(())
}

/// The rules of one direction. Two sets are equal when they let the same through.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::ec2) struct Entries(BTreeSet<EntryRule>);

impl PartialEq for Entries {
    fn eq(&self, other: &Self) -> bool {
        self.entries() == other.entries()
    }
}

impl Entries {
    pub fn entries(&self) -> BTreeMap<i32, Entry> {
        let entry = |it: &EntryRule| Entry {
            number: it.rule_no,
            allow: it.action.eq_ignore_ascii_case("allow"),
            protocol: protocol_number(&it.protocol),
            ports: (it.from_port, it.to_port),
            icmp: (it.icmp_type.unwrap_or(0), it.icmp_code.unwrap_or(0)),
            v4: it.cidr_block.clone(),
            v6: it.ipv6_cidr_block.clone(),
        };
        self.0.iter().map(|it| (it.rule_no, entry(it).plain())).collect()
    }

    pub fn of(entries: Vec<Entry>) -> Self {
        let rule = |it: Entry| EntryRule {
            action: if it.allow { "allow" } else { "deny" }.to_owned(),
            cidr_block: it.v4,
            from_port: it.ports.0,
            icmp_code: Some(it.icmp.1),
            icmp_type: Some(it.icmp.0),
            ipv6_cidr_block: it.v6,
            protocol: it.protocol,
            rule_no: it.number,
            to_port: it.ports.1,
        };
        Entries(entries.into_iter().map(rule).collect())
    }
}

/// Problems with the ranges of addresses that rules name.
pub(in crate::ec2) fn check_entries(given: &Map) -> Vec<(&'static str, String)> {
    const RANGES: [&str; 2] = ["cidr_block", "ipv6_cidr_block"];
    let mut problems = check_blocks(given, "ingress", &RANGES);
    problems.extend(check_blocks(given, "egress", &RANGES));
    problems
}

/// A rule about traffic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(in crate::ec2) struct EntryRule {
    /// `allow` or `deny`.
    action: String,
    /// The peers, by IPv4 address.
    cidr_block: Option<String>,
    /// The first port.
    from_port: i32,
    /// The ICMP code; -1 for all.
    icmp_code: Option<i32>,
    /// The ICMP type; -1 for all.
    icmp_type: Option<i32>,
    /// The peers, by IPv6 address.
    ipv6_cidr_block: Option<String>,
    /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
    protocol: String,
    /// When it is looked at: the rule with the least number first.
    rule_no: i32,
    /// The last port.
    to_port: i32,
}

impl Field for Entries {
    const SHAPE: Shape = BTreeSet::<EntryRule>::SHAPE;
    const GIVEN: model::Given = model::Given::Optional;
}
