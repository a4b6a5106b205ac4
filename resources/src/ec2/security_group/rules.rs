//! The rules of a security group: as the user groups them, and as the atoms they are made of.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Field, Map, Shape};
use serde::{Deserialize, Serialize};

use crate::ec2::cidr::{canonical, check_blocks};
use crate::mirror::FromSdk;

/// Rules as the user grouped them. Two groupings are equal when they let the same traffic through.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::ec2) struct Rules(BTreeSet<Rule>);

/// Traffic that may pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(in crate::ec2) struct Rule {
    /// `tcp`, `udp`, `icmp`, a protocol number, or `-1` for all.
    protocol: String,
    /// The first port, or the ICMP type.
    from_port: i32,
    /// The last port, or the ICMP code.
    to_port: i32,
    /// Peers by IPv4 address.
    cidr_blocks: Option<Vec<String>>,
    /// Peers by IPv6 address.
    ipv6_cidr_blocks: Option<Vec<String>>,
    /// Peers by lists of addresses, such as those of services.
    prefix_list_ids: Option<Vec<String>>,
    /// Peers by their security group.
    security_groups: Option<BTreeSet<String>>,
    /// Whether the group itself is a peer.
    #[serde(rename = "self")]
    itself: Option<bool>,
    /// What the rule is for.
    description: Option<String>,
}

/// The smallest rule there is: one peer, one range of ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Atom {
    protocol: String,
    ports: (i32, i32),
    peer: Peer,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Peer {
    V4(String),
    V6(String),
    PrefixList(String),
    Group(String),
    Itself,
}

/// What turns one set of rules into another.
#[derive(Default)]
pub(in crate::ec2) struct Changes {
    pub revoke: Option<Vec<sdk::IpPermission>>,
    pub authorize: Option<Vec<sdk::IpPermission>>,
    /// Rules that stay but for their descriptions.
    pub describe: Option<Vec<sdk::IpPermission>>,
}

impl Changes {
    /// What turns `have` into `want`. Rules that the user does not give are left alone.
    pub fn between(own_id: &str, have: &Auto<Rules>, want: &Auto<Rules>) -> Changes {
        let Auto(Some(want)) = want else { return Changes::default() };
        let have = have.0.as_ref().map(Rules::atoms).unwrap_or_default();
        let want = want.atoms();
        let sdk = |atoms: &BTreeMap<Atom, String>, keep: &dyn Fn(&Atom, &String) -> bool| {
            let kept = atoms.iter().filter(|(atom, text)| keep(atom, text));
            let rules: Vec<_> = kept.map(|(atom, text)| atom.to_sdk(own_id, text)).collect();
            (!rules.is_empty()).then_some(rules)
        };
        Changes {
            revoke: sdk(&have, &|atom, _| !want.contains_key(atom)),
            authorize: sdk(&want, &|atom, _| !have.contains_key(atom)),
            describe: sdk(&want, &|atom, text| have.get(atom).is_some_and(|it| it != text)),
        }
    }
}

impl Field for Rules {
    const SHAPE: Shape = BTreeSet::<Rule>::SHAPE;
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.atoms() == other.atoms()
    }
}

impl Rules {
    /// Atoms and their descriptions.
    fn atoms(&self) -> BTreeMap<Atom, String> {
        self.0.iter().flat_map(Rule::atoms).collect()
    }

    /// Rules that differ only in their peers are one, as in the AWS provider.
    pub fn from_sdk(own_id: &str, permissions: &[sdk::IpPermission]) -> Rules {
        let mut rules: BTreeMap<(String, (i32, i32), String), Vec<Peer>> = BTreeMap::new();
        for (atom, text) in permissions.iter().flat_map(|it| Atom::all_from_sdk(own_id, it)) {
            rules.entry((atom.protocol, atom.ports, text)).or_default().push(atom.peer);
        }
        let rule = |((protocol, ports, description), peers)| {
            Rule::new(protocol, ports, description, peers)
        };
        Rules(rules.into_iter().map(rule).collect())
    }
}

impl Rule {
    fn new(protocol: String, ports: (i32, i32), description: String, peers: Vec<Peer>) -> Rule {
        let (mut v4, mut v6, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        let (mut groups, mut itself) = (BTreeSet::new(), false);
        for peer in peers {
            match peer {
                Peer::V4(cidr) => v4.push(cidr),
                Peer::V6(cidr) => v6.push(cidr),
                Peer::PrefixList(id) => lists.push(id),
                Peer::Group(id) => _ = groups.insert(id),
                Peer::Itself => itself = true,
            }
        }
        Rule {
            protocol,
            from_port: ports.0,
            to_port: ports.1,
            cidr_blocks: Some(v4),
            ipv6_cidr_blocks: Some(v6),
            prefix_list_ids: Some(lists),
            security_groups: Some(groups),
            itself: Some(itself),
            description: Some(description),
        }
    }

    fn atoms(&self) -> Vec<(Atom, String)> {
        let peers = self.cidr_blocks.iter().flatten().cloned().map(Peer::V4);
        let peers =
            peers.chain(self.ipv6_cidr_blocks.iter().flatten().map(|it| Peer::V6(canonical(it))));
        let lists = self.prefix_list_ids.iter().flatten().cloned();
        let peers = peers.chain(lists.map(Peer::PrefixList));
        let peers = peers.chain(self.security_groups.iter().flatten().cloned().map(Peer::Group));
        let peers = peers.chain((self.itself == Some(true)).then_some(Peer::Itself));
        let protocol = protocol_name(&self.protocol);
        let atom = |peer| {
            let ports = (self.from_port, self.to_port);
            let atom = Atom { protocol: protocol.clone(), ports, peer };
            (atom, self.description.clone().unwrap_or_default())
        };
        peers.map(atom).collect()
    }
}

/// Problems with the ranges of addresses that rules name.
pub(in crate::ec2) fn check_rules(given: &Map) -> Vec<(&'static str, String)> {
    const RANGES: [&str; 2] = ["cidr_blocks", "ipv6_cidr_blocks"];
    let mut problems = check_blocks(given, "ingress", &RANGES);
    problems.extend(check_blocks(given, "egress", &RANGES));
    problems
}

/// A protocol as AWS writes it in rules, whether given by name or by number.
pub(in crate::ec2) fn protocol_name(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "all" => "-1".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        other => other.to_owned(),
    }
}

impl Atom {
    fn all_from_sdk(own_id: &str, it: &sdk::IpPermission) -> Vec<(Atom, String)> {
        let atom = |peer, description: Option<&str>| {
            let protocol = String::from_sdk(it.ip_protocol());
            let ports = (it.from_port().unwrap_or(0), it.to_port().unwrap_or(0));
            (Atom { protocol, ports, peer }, String::from_sdk(description))
        };
        let mut atoms = Vec::new();
        for it in it.ip_ranges() {
            atoms.push(atom(Peer::V4(String::from_sdk(it.cidr_ip())), it.description()));
        }
        for it in it.ipv6_ranges() {
            atoms.push(atom(Peer::V6(String::from_sdk(it.cidr_ipv6())), it.description()));
        }
        for it in it.prefix_list_ids() {
            let list = String::from_sdk(it.prefix_list_id());
            atoms.push(atom(Peer::PrefixList(list), it.description()));
        }
        for it in it.user_id_group_pairs() {
            let group = String::from_sdk(it.group_id());
            let peer = if group == own_id { Peer::Itself } else { Peer::Group(group) };
            atoms.push(atom(peer, it.description()));
        }
        atoms
    }

    fn to_sdk(&self, own_id: &str, description: &str) -> sdk::IpPermission {
        let text = (!description.is_empty()).then(|| description.to_owned());
        let rule = sdk::IpPermission::builder().ip_protocol(&self.protocol);
        let rule = rule.from_port(self.ports.0).to_port(self.ports.1);
        let group = |id| sdk::UserIdGroupPair::builder().group_id(id).set_description(text.clone());
        let rule = match &self.peer {
            Peer::V4(cidr) => {
                let range = sdk::IpRange::builder().cidr_ip(cidr);
                rule.ip_ranges(range.set_description(text).build())
            }
            Peer::V6(cidr) => {
                let range = sdk::Ipv6Range::builder().cidr_ipv6(cidr);
                rule.ipv6_ranges(range.set_description(text).build())
            }
            Peer::PrefixList(id) => {
                let list = sdk::PrefixListId::builder().prefix_list_id(id);
                rule.prefix_list_ids(list.set_description(text).build())
            }
            Peer::Group(id) => rule.user_id_group_pairs(group(id.as_str()).build()),
            Peer::Itself => rule.user_id_group_pairs(group(own_id).build()),
        };
        rule.build()
    }
}
