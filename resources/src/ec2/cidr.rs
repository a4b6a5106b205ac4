//! Ranges of addresses: one spelling for each, and what is wrong with those that name no network.

use std::net::IpAddr;

use model::{Field, Map, Shape, Value};
use serde::{Deserialize, Serialize};

/// Addresses, however they are spelt. IPv6 has many spellings for the same.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Addresses(pub String);

crate::mirror::text!(Addresses);

impl PartialEq for Addresses {
    fn eq(&self, other: &Self) -> bool {
        canonical(&self.0) == canonical(&other.0)
    }
}

impl Field for Addresses {
    const SHAPE: Shape = Shape::String;
}

/// Addresses as AWS writes them: `2001:DB8::0/32` is `2001:db8::/32`. What is not addresses stays.
pub(super) fn canonical(cidr: &str) -> String {
    parse(cidr).map_or_else(|| cidr.to_owned(), |(ip, length)| format!("{ip}/{length}"))
}

/// Problems with those of `names` that are given and known: texts, or lists of them.
pub(super) fn check(given: &Map, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let of = |name: &&'static str| {
        let values = given.get(*name).map(texts).unwrap_or_default();
        values.into_iter().filter_map(|it| Some((*name, wrong(it)?))).collect::<Vec<_>>()
    };
    names.iter().flat_map(of).collect()
}

/// The same for the attributes `names` of the blocks of a kind.
pub(super) fn check_blocks(
    given: &Map,
    block: &'static str,
    names: &[&'static str],
) -> Vec<(&'static str, String)> {
    let blocks = given.get(block).and_then(Value::items).unwrap_or_default();
    let inside = blocks.iter().filter_map(Value::entries).flat_map(|it| check(it, names));
    inside.map(|(name, text)| (block, format!("`{name}`: {text}"))).collect()
}

fn texts(it: &Value) -> Vec<&str> {
    match it.items() {
        Some(items) => items.iter().filter_map(Value::as_str).collect(),
        None => it.as_str().into_iter().collect(),
    }
}

/// What is wrong with a range. The empty text says "not given".
fn wrong(text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let Some((ip, length)) = parse(text) else {
        return Some(format!("\"{text}\" is not a range of addresses such as \"10.0.0.0/16\""));
    };
    let network = network(ip, length);
    (network != ip).then(|| {
        format!(
            "\"{text}\" is not the first address of its range; did you mean \"{network}/{length}\"?"
        )
    })
}

fn parse(text: &str) -> Option<(IpAddr, u32)> {
    let (ip, length) = text.split_once('/')?;
    let (ip, length) = (ip.parse::<IpAddr>().ok()?, length.parse().ok()?);
    let most = if ip.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some((ip, length))
}

/// The first address of a range.
fn network(ip: IpAddr, length: u32) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            IpAddr::V4((u32::from(ip) & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            IpAddr::V6((u128::from(ip) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(canonical("2001:DB8:0::/32"), "2001:db8::/32");
        assert_eq!(canonical("10.0.0.0/8"), "10.0.0.0/8");
        assert_eq!(canonical("pl-1"), "pl-1");
        assert_eq!(Addresses("::0/0".into()), Addresses("0:0::/0".into()));
    }

    #[test]
    fn a_range_begins_with_its_first_address() {
        assert_eq!(wrong("10.0.0.0/16"), None);
        assert_eq!(wrong("0.0.0.0/0"), None);
        assert_eq!(wrong("2001:DB8::/32"), None);
        assert_eq!(wrong(""), None);
        let text = wrong("10.0.1.5/24").unwrap();
        assert!(text.ends_with("did you mean \"10.0.1.0/24\"?"), "{text}");
        let text = wrong("2001:db8::1/64").unwrap();
        assert!(text.ends_with("did you mean \"2001:db8::/64\"?"), "{text}");
        assert!(wrong("10.0.0.0").unwrap().contains("is not a range of addresses"));
        assert!(wrong("10.0.0.0/33").unwrap().contains("is not a range of addresses"));
    }

    #[test]
    fn lists_and_blocks_are_looked_into() {
        let list = Value::list(model::Type::String, vec!["10.0.0.0/8".into(), "10.1.0.0/8".into()]);
        let rule = Map::from([("cidr_blocks".into(), list)]);
        assert_eq!(check(&rule, &["cidr_blocks"]).len(), 1);

        let rules = Value::tuple(vec![Value::object(rule)]);
        let given = Map::from([("ingress".into(), rules)]);
        let problems = check_blocks(&given, "ingress", &["cidr_blocks"]);
        assert_eq!(
            problems,
            [(
                "ingress",
                "`cidr_blocks`: \"10.1.0.0/8\" is not the first address of its range; did you mean \
                 \"10.0.0.0/8\"?"
                    .to_owned()
            )]
        );
    }
}
