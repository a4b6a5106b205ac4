//! Types of values: Terraform's type system.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The type of a value, or a constraint that values are converted to.
///
/// Inside a constraint `Any` is a hole that conversion fills; as the type of a value it occurs only
/// for what is not known at all: an unknown or a null whose type nothing has said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Arc<Type>),
    Set(Arc<Type>),
    Map(Arc<Type>),
    Tuple(Arc<Vec<Type>>),
    Object(Arc<ObjectType>),
}

/// The attributes of an object type, and which of them a value may leave out (constraints only).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectType {
    pub attributes: BTreeMap<String, Type>,
    pub optional: BTreeSet<String>,
}

impl Type {
    pub fn list(element: Type) -> Type {
        Type::List(Arc::new(element))
    }

    pub fn set(element: Type) -> Type {
        Type::Set(Arc::new(element))
    }

    pub fn map(element: Type) -> Type {
        Type::Map(Arc::new(element))
    }

    pub fn tuple(elements: Vec<Type>) -> Type {
        Type::Tuple(Arc::new(elements))
    }

    /// An object type all of whose attributes are required.
    pub fn object(attributes: impl IntoIterator<Item = (String, Type)>) -> Type {
        let attributes = attributes.into_iter().collect();
        Type::Object(Arc::new(ObjectType { attributes, optional: BTreeSet::new() }))
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether `Any` stands anywhere in it.
    pub fn has_any(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(it) | Type::Set(it) | Type::Map(it) => it.has_any(),
            Type::Tuple(items) => items.iter().any(Type::has_any),
            Type::Object(it) => it.attributes.values().any(Type::has_any),
        }
    }

    /// The word Terraform's messages use: `string`, `list of string`, `object`.
    pub fn friendly(&self) -> String {
        match self {
            Type::Any => "dynamic".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(it) => format!("list of {}", it.friendly()),
            Type::Set(it) => format!("set of {}", it.friendly()),
            Type::Map(it) => format!("map of {}", it.friendly()),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }
}

/// As written in a variable's `type` argument: `map(list(string))`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Any => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(it) => write!(f, "list({it})"),
            Type::Set(it) => write!(f, "set({it})"),
            Type::Map(it) => write!(f, "map({it})"),
            Type::Tuple(items) => {
                f.write_str("tuple([")?;
                for (n, it) in items.iter().enumerate() {
                    write!(f, "{}{it}", if n == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Type::Object(it) => {
                f.write_str("object({")?;
                for (n, (name, ty)) in it.attributes.iter().enumerate() {
                    let comma = if n == 0 { "" } else { ", " };
                    match it.optional.contains(name) {
                        true => write!(f, "{comma}{name} = optional({ty})")?,
                        false => write!(f, "{comma}{name} = {ty}")?,
                    }
                }
                f.write_str("})")
            }
        }
    }
}
