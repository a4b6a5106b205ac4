//! `aws_network_acl_rule`: one rule of a network ACL.

use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::cidr::{self, Addresses};
use crate::ec2::network_acl::{Entry, acls_by_id, delete_entry, entries, protocol_number};
use crate::mirror::ToSdk;
use crate::naming::hash_of;
use crate::resource::{Resource, Result};

/// One rule of a network ACL.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_network_acl_rule")]
pub(crate) struct NetworkAclRule {
    /// The ACL.
    #[attr(replace)]
    network_acl_id: String,
    /// When it is looked at: the rule with the least number first.
    #[attr(replace)]
    rule_number: i32,
    /// Whether it is about traffic that leaves.
    #[attr(replace, default = false)]
    egress: bool,
    /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
    #[attr(replace)]
    protocol: AclProtocol,
    /// `allow` or `deny`.
    #[attr(replace)]
    rule_action: String,
    /// The peers, by IPv4 address.
    #[attr(replace)]
    cidr_block: Option<String>,
    /// The peers, by IPv6 address.
    #[attr(replace)]
    ipv6_cidr_block: Option<Addresses>,
    /// The first port.
    #[attr(replace)]
    from_port: Option<i32>,
    /// The last port.
    #[attr(replace)]
    to_port: Option<i32>,
    /// The ICMP type; -1 for all.
    #[attr(replace)]
    icmp_type: Option<i32>,
    /// The ICMP code; -1 for all.
    #[attr(replace)]
    icmp_code: Option<i32>,
    /// Made from the ACL, the number, the direction and the protocol.
    id: Out<String>,
}

/// A protocol, by name or by number.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AclProtocol(String);

impl PartialEq for AclProtocol {
    fn eq(&self, other: &Self) -> bool {
        protocol_number(&self.0) == protocol_number(&other.0)
    }
}

impl model::Field for AclProtocol {
    const SHAPE: model::Shape = model::Shape::String;
}

impl Resource for NetworkAclRule {
    const BATCH: usize = 100;

    /// As an import names it: `ACL:NUMBER:PROTOCOL:EGRESS`.
    fn identity(&self) -> Option<String> {
        let (acl, number, egress) = (&self.network_acl_id, self.rule_number, self.egress);
        Some(format!("{acl}:{number}:{}:{egress}", protocol_number(&self.protocol.0)))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let asked: Vec<_> = ids.iter().filter_map(|it| Some((it, parse(it)?))).collect();
        let mut wanted: Vec<_> = asked.iter().map(|(_, (acl, ..))| (*acl).to_owned()).collect();
        wanted.sort();
        wanted.dedup();
        let found = acls_by_id(aws, &wanted).await?;
        let live = |(id, (acl, number, egress)): (&String, (&str, i32, bool))| {
            let of = found.iter().find(|it| it.network_acl_id() == Some(acl))?;
            let entry = entries(of, egress).into_iter().find(|it| it.number == number)?;
            Some(live(id, acl, egress, entry))
        };
        Ok(asked.into_iter().filter_map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let entry = Entry {
            number: want.rule_number,
            allow: want.rule_action.eq_ignore_ascii_case("allow"),
            protocol: protocol_number(&want.protocol.0),
            ports: (want.from_port.unwrap_or(0), want.to_port.unwrap_or(0)),
            icmp: (want.icmp_type.unwrap_or(0), want.icmp_code.unwrap_or(0)),
            v4: want.cidr_block.clone(),
            v6: want.ipv6_cidr_block.to_sdk(),
        };
        entry.plain().create(aws, &want.network_acl_id, want.egress).await?;
        Ok(want.identity().unwrap_or_default())
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        delete_entry(aws, &have.network_acl_id, have.rule_number, have.egress).await
    }

    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let Some(id) = want.identity() else { return Ok(None) };
        let found = Self::read(aws, &[id]).await?;
        let same = |it: &Live<Self>| it.attributes.protocol == want.protocol;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        cidr::check(given, &["cidr_block", "ipv6_cidr_block"])
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            (Op::Create, "NetworkAclEntryAlreadyExists") => Some(FaultKind::Exists),
            (Op::Create, "InvalidNetworkAclID.NotFound") => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

fn parse(id: &str) -> Option<(&str, i32, bool)> {
    let parts: Vec<&str> = id.split(':').collect();
    let [acl, number, _, egress] = parts.as_slice() else { return None };
    Some((*acl, number.parse().ok()?, *egress == "true"))
}

fn live(id: &str, acl: &str, egress: bool, it: Entry) -> Live<NetworkAclRule> {
    let has_ports = ["6", "17"].contains(&it.protocol.as_str());
    let is_icmp = ["1", "58"].contains(&it.protocol.as_str());
    let hash = hash_of(&format!("{acl}-{}-{egress}-{}-", it.number, it.protocol));
    let attributes = NetworkAclRule {
        network_acl_id: acl.to_owned(),
        rule_number: it.number,
        egress,
        rule_action: if it.allow { "allow" } else { "deny" }.to_owned(),
        cidr_block: it.v4,
        ipv6_cidr_block: it.v6.map(Addresses),
        from_port: has_ports.then_some(it.ports.0),
        to_port: has_ports.then_some(it.ports.1),
        icmp_type: is_icmp.then_some(it.icmp.0),
        icmp_code: is_icmp.then_some(it.icmp.1),
        protocol: AclProtocol(it.protocol),
        id: Out(Some(format!("nacl-{hash}"))),
    };
    Live { id: id.to_owned(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::want;

    #[test]
    fn a_rule_is_found_by_what_an_import_names() {
        let rule = want::<NetworkAclRule>(
            r#"{"network_acl_id": "acl-1", "rule_number": 100, "protocol": "tcp", "egress": true,
                "rule_action": "allow", "cidr_block": "0.0.0.0/0"}"#,
        );
        assert_eq!(rule.identity().as_deref(), Some("acl-1:100:6:true"));
        assert_eq!(parse("acl-1:100:6:true"), Some(("acl-1", 100, true)));
        assert_eq!(parse("acl-1:100"), None);
    }
}
