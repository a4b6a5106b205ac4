//! Networks in CIDR notation.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Type, Value};
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

use super::args::{big_int, int, string, strings, text};
use super::{Failure, Function, Param, Returns, Site, Takes};

const STRING: Returns = Returns::Known(Takes::String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "cidrhost",
        "The address of a host in a network, by its number (negative: from the end).",
        &[Param::string("prefix"), Param::number("hostnum")],
        STRING,
        cidr_host,
    ),
    Function::new(
        "cidrnetmask",
        "The netmask of an IPv4 network.",
        &[Param::string("prefix")],
        STRING,
        cidr_netmask,
    ),
    Function::new(
        "cidrsubnet",
        "A part of a network: its prefix longer by so many bits, and its number.",
        &[Param::string("prefix"), Param::number("newbits"), Param::number("netnum")],
        STRING,
        cidr_subnet,
    ),
    Function {
        rest: Some(Param::number("newbits")),
        ..Function::new(
            "cidrsubnets",
            "Parts of a network, one after another: by how many bits the prefix of each is longer.",
            &[Param::string("prefix")],
            Returns::Known(Takes::Strings),
            cidr_subnets,
        )
    },
];

/// A network: the address (all bits beyond the prefix zero), its bits, and the prefix's.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    bits: u32,
    prefix: u32,
}

impl Network {
    fn parse(given: &str) -> Result<Network, Failure> {
        let parsed = given.split_once('/').and_then(|(address, prefix)| {
            let digits = !prefix.is_empty() && prefix.bytes().all(|it| it.is_ascii_digit());
            let prefix = prefix.parse::<u32>().ok().filter(|_| digits)?;
            let (address, bits) = match address_of(address)? {
                IpAddr::V4(it) => (u128::from(u32::from(it)), 32),
                IpAddr::V6(it) => (u128::from(it), 128),
            };
            (prefix <= bits).then(|| Network { address, bits, prefix }.masked())
        });
        parsed.ok_or_else(|| {
            Failure::new(format!("invalid CIDR expression: invalid CIDR address: {given}"))
        })
    }

    /// How many bits count the hosts.
    fn host_bits(&self) -> u32 {
        self.bits - self.prefix
    }

    /// The last address: all host bits set.
    fn last(&self) -> u128 {
        self.address | low_bits(self.host_bits())
    }

    fn masked(self) -> Network {
        Network { address: self.address & !low_bits(self.host_bits()), ..self }
    }

    fn show(&self, address: u128) -> String {
        match self.bits {
            32 => Ipv4Addr::from(address as u32).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.show(self.address), self.prefix)
    }
}

fn low_bits(count: u32) -> u128 {
    1u128.checked_shl(count).map_or(u128::MAX, |it| it - 1)
}

/// As the standard library, but zeros before the numbers of an IPv4 address are decimal.
fn address_of(given: &str) -> Option<IpAddr> {
    if given.contains(':') {
        return given.parse::<Ipv6Addr>().ok().map(|it| it.to_canonical());
    }
    let mut bytes = Vec::new();
    for part in given.split('.') {
        let digits = !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        bytes.push(part.parse::<u8>().ok().filter(|_| digits)?);
    }
    Some(IpAddr::V4(<[u8; 4]>::try_from(bytes).ok()?.into()))
}

fn cidr_host(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let number = big_int(&args[1])?;
    let network = Network::parse(text(&args[0]))?;
    let count = BigInt::one() << network.host_bits();
    // -1 is the last address.
    let host = if number.is_negative() { &number + &count } else { number.clone() };
    if host.is_negative() || host >= count {
        let prefix = network.prefix;
        let message = format!("prefix of {prefix} does not accommodate a host numbered {host}");
        return Err(Failure::new(message));
    }
    let host = host.to_u128().unwrap_or(u128::MAX);
    Ok(string(network.show(network.address | host)))
}

fn cidr_netmask(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let network = Network::parse(text(&args[0]))?;
    if network.bits != 32 {
        let given = text(&args[0]);
        return Err(Failure::new(format!("IPv6 addresses cannot have a netmask: {given}")));
    }
    let mask = low_bits(32) & !low_bits(network.host_bits());
    Ok(string(network.show(mask)))
}

fn cidr_subnet(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let (new_bits, number) = (int(&args[1])?, big_int(&args[2])?);
    let network = Network::parse(text(&args[0]))?;
    let prefix = i64::from(network.prefix).saturating_add(new_bits);
    let Some(prefix) = u32::try_from(prefix).ok().filter(|it| *it <= network.bits) else {
        let prefix = network.prefix;
        let message =
            format!("insufficient address space to extend prefix of {prefix} by {new_bits}");
        return Err(Failure::new(message));
    };
    let fits = !number.is_negative()
        && (number.is_zero() || new_bits > 0 && number < BigInt::one() << new_bits);
    if !fits {
        let message = format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {number}"
        );
        return Err(Failure::new(message));
    }
    let number = number.to_u128().unwrap_or(0);
    let offset = number.checked_shl(network.bits - prefix).unwrap_or(0);
    let subnet = Network { address: network.address | offset, prefix, ..network };
    Ok(string(subnet.to_string()))
}

fn cidr_subnets(args: &[Value], _: &Site<'_>) -> Result<Value, Failure> {
    let network = Network::parse(text(&args[0])).map_err(|it| it.at(0))?;
    let mut subnets = Vec::new();
    let mut current: Option<Network> = None;
    for (n, arg) in args.iter().enumerate().skip(1) {
        let wrong = |message: String| Err(Failure::argument(n, message));
        let new_bits = int(arg).map_err(|it| it.at(n))?;
        if new_bits < 1 {
            return wrong("must extend prefix by at least one bit".to_owned());
        }
        if new_bits > 32 {
            return wrong("may not extend prefix by more than 32 bits".to_owned());
        }
        let prefix = network.prefix + new_bits as u32;
        if prefix > network.bits {
            let protocol = if network.bits == 32 { "IPv4" } else { "IPv6" };
            return wrong(format!(
                "would extend prefix to {prefix} bits, which is too long for an {protocol} address"
            ));
        }
        let next = next_subnet(&network, current, prefix);
        let Some(next) = next else {
            let after = current.map_or(String::new(), |it| it.to_string());
            return wrong(format!(
                "not enough remaining address space for a subnet with a prefix of {prefix} bits \
                 after {after}"
            ));
        };
        subnets.push(next.to_string());
        current = Some(next);
    }
    match subnets.is_empty() {
        true => Ok(Value::list(Type::String, Vec::new())),
        false => Ok(strings(subnets)),
    }
}

/// The first network of that prefix after another, in a network.
fn next_subnet(inside: &Network, after: Option<Network>, prefix: u32) -> Option<Network> {
    let start = match after {
        None => inside.address,
        Some(before) => {
            // The block of the new size that `before` ends in is taken.
            let end = Network { address: before.last(), prefix, ..before }.masked().last();
            end.checked_add(1)?
        }
    };
    let next = Network { address: start, prefix, ..*inside };
    (next.last() <= inside.last()).then_some(next)
}
