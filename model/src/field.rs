//! The types a resource's fields may have.
//!
//! A field's type says everything a schema needs to know about its value: `String` is required,
//! `Option<String>` optional, [`Auto`] optional with a choice made by AWS, [`Out`] an output.
//! Illegal combinations, such as "required and computed", cannot be written down.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::schema::{Given, Shape};

pub trait Field {
    const SHAPE: Shape;
    const GIVEN: Given = Given::Required;
    const SENSITIVE: bool = false;
    const UNREAD: bool = false;
    const WRITE_ONLY: bool = false;
    const HASHED: bool = false;
    const MAX_ITEMS: u32 = 0;
}

/// The user's value or, when the user gives none, whatever AWS chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Auto<T>(pub Option<T>);

/// A value only AWS can give. Empty until the object exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Out<T>(pub Option<T>);

/// A value that AWS takes but never gives back, such as a password.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unread<T>(pub Option<T>);

/// A value that AWS takes and that is kept nowhere: not in plans, not in the state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WriteOnly<T>(pub Option<T>);

/// A block that may stand at most once. Values hold it as a list of none or one, as Terraform's
/// states and expressions do: `aws_x.y.block[0].attribute`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct One<T>(pub Option<T>);

/// A value that must never be printed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(pub T);

/// A value of whatever type the user writes, with its type: `{"type": ..., "value": ...}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Any(pub Value);

/// A JSON document kept as written. Two documents are equal when they parse to the same value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(pub String);

/// The tags written on the resource itself. What AWS gets and shows is `tags_all`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "Option<BTreeMap<String, String>>")]
pub struct Tags(pub BTreeMap<String, String>);

impl<T> Default for Auto<T> {
    fn default() -> Self {
        Auto(None)
    }
}
impl<T> Default for Out<T> {
    fn default() -> Self {
        Out(None)
    }
}
impl<T> Default for Unread<T> {
    fn default() -> Self {
        Unread(None)
    }
}
impl<T> Default for WriteOnly<T> {
    fn default() -> Self {
        WriteOnly(None)
    }
}
impl<T> Default for One<T> {
    fn default() -> Self {
        One(None)
    }
}

impl<T: Serialize> Serialize for One<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items: Option<Vec<T>> = Option::deserialize(deserializer)?;
        Ok(One(items.and_then(|it| it.into_iter().next())))
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        let parse = |it: &Json| serde_json::from_str::<Value>(&it.0).ok();
        self.0 == other.0 || parse(self).is_some_and(|it| Some(it) == parse(other))
    }
}

impl Tags {
    /// What to set and which keys to remove to turn `have` into `self`.
    pub fn changes_from(&self, have: &Tags) -> (Vec<(String, String)>, Vec<String>) {
        let set = self.0.iter().filter(|(key, value)| have.0.get(*key) != Some(value));
        let unset = have.0.keys().filter(|key| !self.0.contains_key(*key));
        (set.map(|(k, v)| (k.clone(), v.clone())).collect(), unset.cloned().collect())
    }
}

impl From<Option<BTreeMap<String, String>>> for Tags {
    fn from(it: Option<BTreeMap<String, String>>) -> Self {
        Tags(it.unwrap_or_default())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Tags {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Tags(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

macro_rules! plain {
    ($($ty:ty => $shape:ident),+ $(,)?) => { $(
        impl Field for $ty {
            const SHAPE: Shape = Shape::$shape;
        }
    )+ };
}
plain!(bool => Bool, i32 => Number, i64 => Number, f32 => Number, f64 => Number, String => String, Json => String);

impl Field for Any {
    const SHAPE: Shape = Shape::Any;
}
impl Field for Tags {
    const SHAPE: Shape = Shape::Map(&Shape::String);
    const GIVEN: Given = Given::Optional;
}
impl<T: Field> Field for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
}
impl<T: Field> Field for BTreeSet<T> {
    const SHAPE: Shape = Shape::Set(&T::SHAPE);
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
}
impl<T: Field> Field for BTreeMap<String, T> {
    const SHAPE: Shape = Shape::Map(&T::SHAPE);
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
}
impl<T: Field> Field for One<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
    const GIVEN: Given = Given::Optional;
    const MAX_ITEMS: u32 = 1;
}
impl<T: Field> Field for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
    const HASHED: bool = T::HASHED;
    const MAX_ITEMS: u32 = T::MAX_ITEMS;
}
impl<T: Field> Field for Auto<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = Given::Auto;
    const SENSITIVE: bool = T::SENSITIVE;
    const UNREAD: bool = T::UNREAD;
    const HASHED: bool = T::HASHED;
    const MAX_ITEMS: u32 = T::MAX_ITEMS;
}
impl<T: Field> Field for Out<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = Given::Output;
    const SENSITIVE: bool = T::SENSITIVE;
    const UNREAD: bool = T::UNREAD;
    const MAX_ITEMS: u32 = T::MAX_ITEMS;
}
impl<T: Field> Field for Unread<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
    const UNREAD: bool = true;
    const MAX_ITEMS: u32 = T::MAX_ITEMS;
}
impl<T: Field> Field for WriteOnly<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = Given::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
    const UNREAD: bool = true;
    const WRITE_ONLY: bool = true;
}
impl<T: Field> Field for Secret<T> {
    const SHAPE: Shape = T::SHAPE;
    const GIVEN: Given = T::GIVEN;
    const SENSITIVE: bool = true;
}
