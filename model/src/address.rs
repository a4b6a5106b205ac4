//! Addresses: how a resource is named in commands, plans and states.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Which instance of something that has `count` or `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    Index(u64),
    Name(Arc<str>),
}

/// An instance of a module: the calls that lead to it from the root. The root is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ModuleAddr(pub Vec<(Arc<str>, Option<Key>)>);

/// Whether a resource is one that we manage, one that we only read, or one that is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    Data,
    Managed,
    /// Read anew in every run, and kept nowhere.
    Ephemeral,
}

impl Mode {
    /// What stands before the type in an address.
    pub const fn prefix(self) -> &'static str {
        match self {
            Mode::Data => "data.",
            Mode::Managed => "",
            Mode::Ephemeral => "ephemeral.",
        }
    }
}

/// A resource block in one instance of its module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceAddr {
    pub module: ModuleAddr,
    pub mode: Mode,
    pub ty: Arc<str>,
    pub name: Arc<str>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceAddr {
    pub resource: ResourceAddr,
    pub key: Option<Key>,
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a resource address: {why}")]
pub struct AddressError {
    pub text: String,
    pub why: &'static str,
}

impl ModuleAddr {
    pub fn child(&self, name: &str, key: Option<Key>) -> ModuleAddr {
        let mut steps = self.0.clone();
        steps.push((name.into(), key));
        ModuleAddr(steps)
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The same path without instance keys: which module of the configuration it is an instance of.
    pub fn path(&self) -> Vec<Arc<str>> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Whether `other` is this module or is inside it. A step without a key matches every key.
    pub fn contains(&self, other: &ModuleAddr) -> bool {
        self.0.len() <= other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.0 == b.0 && (a.1.is_none() || a.1 == b.1))
    }
}

impl ResourceAddr {
    pub fn instance(&self, key: Option<Key>) -> InstanceAddr {
        InstanceAddr { resource: self.clone(), key }
    }
}

impl From<&str> for Key {
    fn from(it: &str) -> Key {
        Key::Name(it.into())
    }
}

impl From<usize> for Key {
    fn from(it: usize) -> Key {
        Key::Index(it as u64)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Index(it) => write!(f, "[{it}]"),
            Key::Name(it) => {
                f.write_str("[\"")?;
                for c in it.chars() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

impl fmt::Display for ModuleAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (name, key)) in self.0.iter().enumerate() {
            write!(f, "{}module.{name}", if n == 0 { "" } else { "." })?;
            if let Some(key) = key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ResourceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        write!(f, "{}{}.{}", self.mode.prefix(), self.ty, self.name)
    }
}

impl fmt::Display for InstanceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        self.key.as_ref().map_or(Ok(()), |key| write!(f, "{key}"))
    }
}

impl PartialEq<str> for InstanceAddr {
    fn eq(&self, other: &str) -> bool {
        let text = self.to_string();
        text == other
    }
}

/// The steps of an address: names separated by dots, each with an optional key.
fn steps(text: &str) -> Result<Vec<(String, Option<Key>)>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return Err("a name is missing");
        }
        if !name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '-') {
            return Err("a name has only letters, digits, underscores and hyphens");
        }
        rest = after;
        let mut key = None;
        if let Some(after) = rest.strip_prefix('[') {
            let (found, after) = bracketed(after)?;
            key = Some(found);
            rest = after;
        }
        steps.push((name.to_owned(), key));
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err("a dot is missing after `]`"),
        }
    }
}

/// A key, up to and with its closing bracket, and what comes after.
fn bracketed(text: &str) -> Result<(Key, &str), &'static str> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (digits, after) = text.split_once(']').ok_or("`]` is missing")?;
        let index = digits.parse().map_err(|_| "a key is a number or a quoted text")?;
        return Ok((Key::Index(index), after));
    };
    let mut name = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let after = quoted[at + 1..].strip_prefix(']').ok_or("`]` is missing")?;
                return Ok((Key::Name(name.into()), after));
            }
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => name.push('\n'),
                Some('r') => name.push('\r'),
                Some('t') => name.push('\t'),
                Some(c) => name.push(c),
                None => break,
            },
            c => name.push(c),
        }
    }
    Err("the closing quote is missing")
}

/// Takes `module.name` steps off the front.
fn modules(
    steps: &mut std::vec::IntoIter<(String, Option<Key>)>,
) -> Result<ModuleAddr, &'static str> {
    let mut module = ModuleAddr::default();
    while steps.as_slice().first().is_some_and(|it| it.0 == "module" && it.1.is_none()) {
        steps.next();
        let (name, key) = steps.next().ok_or("the module's name is missing")?;
        module = module.child(&name, key);
    }
    Ok(module)
}

impl FromStr for ModuleAddr {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<ModuleAddr, AddressError> {
        let parse = || {
            let mut steps = steps(text)?.into_iter();
            let module = modules(&mut steps)?;
            if steps.next().is_some() { Err("it names more than a module") } else { Ok(module) }
        };
        parse().map_err(|why| AddressError { text: text.to_owned(), why })
    }
}

impl FromStr for InstanceAddr {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<InstanceAddr, AddressError> {
        let parse = || {
            let mut steps = steps(text)?.into_iter();
            let module = modules(&mut steps)?;
            let (mut ty, mut ty_key) = steps.next().ok_or("the resource type is missing")?;
            let mut mode = Mode::Managed;
            if (ty == "data" || ty == "ephemeral") && ty_key.is_none() {
                mode = if ty == "data" { Mode::Data } else { Mode::Ephemeral };
                (ty, ty_key) = steps.next().ok_or("the type is missing")?;
            }
            let (name, key) = steps.next().ok_or("the resource's name is missing")?;
            if ty_key.is_some() {
                return Err("the key comes after the resource's name");
            }
            if steps.next().is_some() {
                return Err("it goes on after the resource's name");
            }
            let resource = ResourceAddr { module, mode, ty: ty.into(), name: name.into() };
            Ok(InstanceAddr { resource, key })
        };
        parse().map_err(|why| AddressError { text: text.to_owned(), why })
    }
}

/// Data sources after managed resources would read oddly in lists: Terraform sorts by text.
impl InstanceAddr {
    pub fn by_text(a: &InstanceAddr, b: &InstanceAddr) -> Ordering {
        a.resource.cmp(&b.resource).then_with(|| a.key.cmp(&b.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_as_they_are_written() {
        for text in [
            "aws_vpc.main",
            "data.aws_vpc.main",
            "module.a.module.b[\"x.y\\\"]\"].aws_vpc.main[3]",
            "module.net[0].data.aws_subnets.all",
        ] {
            assert_eq!(text.parse::<InstanceAddr>().unwrap().to_string(), text);
        }
        for text in ["", "aws_vpc", "aws_vpc.", "aws_vpc.a.b", "aws_vpc.a[", "module.x", "a[0].b"] {
            assert!(text.parse::<InstanceAddr>().is_err(), "{text}");
        }
    }
}
