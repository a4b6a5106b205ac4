//! In which VPC the objects of a plan are.

use std::fmt;

use model::{InstanceAddr, Planned, Value};

/// A VPC: one that exists, or one that the plan makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Vpc {
    Id(String),
    Made(InstanceAddr),
}

impl fmt::Display for Vpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Vpc::Id(id) => f.write_str(id),
            Vpc::Made(address) => write!(f, "{address}"),
        }
    }
}

pub(crate) const SUBNETS: &[&str] = &["aws_subnet", "aws_default_subnet"];
pub(crate) const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];

/// Where an object with the attribute `vpc_id` is. None if that cannot be told.
pub(crate) fn vpc(it: &Planned<'_>) -> Option<Vpc> {
    match own(it, "vpc_id") {
        Some(id) => Some(Vpc::Id(id.to_owned())),
        None => it.refers.get("vpc_id").cloned().map(Vpc::Made),
    }
}

pub(crate) fn is_of(it: &Planned<'_>, types: &[&str]) -> bool {
    types.contains(&&*it.address.resource.ty)
}

/// An attribute that is a text and known.
pub(crate) fn own<'a>(it: &Planned<'a>, name: &str) -> Option<&'a str> {
    it.after.get(name).and_then(Value::as_str)
}
