//! Names of the domain name system: the same with capitals or a dot at the end.

use std::cmp::Ordering;

use model::{Field, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::text;

/// A name kept as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct DnsName(pub String);

text!(DnsName);

impl Field for DnsName {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for DnsName {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DnsName {}

impl PartialOrd for DnsName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DnsName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.plain().cmp(&other.plain())
    }
}

impl DnsName {
    /// In small letters, without the dot at the end, and with `*` for `\052`.
    pub fn plain(&self) -> String {
        plain(&self.0)
    }
}

pub(crate) fn plain(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name).to_lowercase();
    let mut plain = String::with_capacity(name.len());
    let mut rest = name.as_str();
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let octal = after.get(..3).and_then(|it| u8::from_str_radix(it, 8).ok());
        rest = match octal.filter(u8::is_ascii) {
            Some(code) => {
                plain.push(char::from(code).to_ascii_lowercase());
                &after[3..]
            }
            None => {
                plain.push('\\');
                after
            }
        };
    }
    plain + rest
}

/// A name in full: `www` in the zone `example.com` is `www.example.com`.
pub(crate) fn in_zone(name: &str, zone: &str) -> String {
    let (name, zone) = (plain(name), plain(zone));
    if name.is_empty() {
        return zone;
    }
    if name == zone || name.ends_with(&format!(".{zone}")) {
        return name;
    }
    format!("{name}.{zone}")
}

/// The target of an alias. Load balancers have a second name with `dualstack.` before it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AliasName(pub String);

text!(AliasName);

impl Field for AliasName {
    const SHAPE: Shape = Shape::String;
}

impl PartialEq for AliasName {
    fn eq(&self, other: &Self) -> bool {
        let plain = |it: &AliasName| {
            let name = plain(&it.0);
            name.strip_prefix("dualstack.").map_or(name.clone(), str::to_owned)
        };
        plain(self) == plain(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_they_are_spelt() {
        let same = |a: &str, b: &str| DnsName(a.to_owned()) == DnsName(b.to_owned());
        assert!(same("Example.com.", "example.com"));
        assert!(same(r"\052.example.com.", "*.example.com"));
        assert!(!same("www.example.com", "example.com"));
        assert_eq!(plain(r"a\"), r"a\");
        assert_eq!(plain(r"a\09é"), r"a\09é");
    }

    #[test]
    fn short_names_are_names_in_the_zone() {
        for (name, full) in [
            ("www", "www.example.com"),
            ("", "example.com"),
            ("example.com", "example.com"),
            ("www.example.com.", "www.example.com"),
            ("notexample.com", "notexample.com.example.com"),
        ] {
            assert_eq!(in_zone(name, "example.com."), full);
        }
    }
}
