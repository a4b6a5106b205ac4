//! Values of the language: known or not, null or not, marked as sensitive or not, at any depth.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::number::Number;
use crate::order;
use crate::types::{ObjectType, Type};

/// The entries of a map or an object, in order of their keys.
pub type Map = BTreeMap<Arc<str>, Value>;

/// A value and its marks. Cheap to clone: everything large is shared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Value {
    pub kind: Kind,
    /// Marks of this value itself. Those of what it contains are on the parts.
    pub marks: Marks,
}

/// What a value is, apart from its marks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Will be known once something has been applied.
    Unknown(Type),
    Null(Type),
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    /// The element type, and elements of just that type.
    List(Type, Arc<Vec<Value>>),
    /// Elements are unique and in [`Value::set_order`]. A set with an unknown element keeps it.
    Set(Type, Arc<Vec<Value>>),
    Map(Type, Arc<Map>),
    Tuple(Arc<Vec<Value>>),
    Object(Arc<Map>),
}

/// What travels with a value through every expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Marks {
    /// Must not be printed.
    pub sensitive: bool,
    /// Must not be stored in a plan or a state.
    pub ephemeral: bool,
}

impl Marks {
    pub const NONE: Marks = Marks { sensitive: false, ephemeral: false };
    pub const SENSITIVE: Marks = Marks { sensitive: true, ephemeral: false };
    pub const EPHEMERAL: Marks = Marks { sensitive: false, ephemeral: true };

    pub fn union(self, other: Marks) -> Marks {
        Marks {
            sensitive: self.sensitive || other.sensitive,
            ephemeral: self.ephemeral || other.ephemeral,
        }
    }

    pub fn any(self) -> bool {
        self != Marks::NONE
    }
}

impl From<Kind> for Value {
    fn from(kind: Kind) -> Value {
        Value { kind, marks: Marks::NONE }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::string(text)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Value {
        Kind::Bool(it).into()
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Value {
        Kind::Number(Number::from(it)).into()
    }
}

impl Value {
    pub fn unknown(ty: Type) -> Value {
        Kind::Unknown(ty).into()
    }

    pub fn null(ty: Type) -> Value {
        Kind::Null(ty).into()
    }

    pub fn string(text: impl Into<Arc<str>>) -> Value {
        Kind::String(text.into()).into()
    }

    pub fn number(it: impl Into<Number>) -> Value {
        Kind::Number(it.into()).into()
    }

    /// A list. Each element must be of type `element` already.
    pub fn list(element: Type, items: Vec<Value>) -> Value {
        Kind::List(element, Arc::new(items)).into()
    }

    /// A set: sorted, without the repeated. Marks of the elements move to the set, since which
    /// elements a set has depends on their values.
    pub fn set(element: Type, items: Vec<Value>) -> Value {
        let mut marks = Marks::NONE;
        let mut items: Vec<Value> = items
            .into_iter()
            .map(|it| {
                let (it, found) = it.unmark_deep();
                marks = marks.union(found);
                it
            })
            .collect();
        order::sort(&mut items);
        items.dedup_by(|a, b| a == b && a.is_wholly_known());
        Value { kind: Kind::Set(element, Arc::new(items)), marks }
    }

    /// A map. Each entry must be of type `element` already.
    pub fn map(element: Type, entries: Map) -> Value {
        Kind::Map(element, Arc::new(entries)).into()
    }

    pub fn tuple(items: Vec<Value>) -> Value {
        Kind::Tuple(Arc::new(items)).into()
    }

    pub fn object(entries: Map) -> Value {
        Kind::Object(Arc::new(entries)).into()
    }

    /// An object from pairs of name and value.
    pub fn object_of<K: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::object(pairs.into_iter().map(|(key, it)| (key.into(), it)).collect())
    }

    pub fn ty(&self) -> Type {
        match &self.kind {
            Kind::Unknown(ty) | Kind::Null(ty) => ty.clone(),
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(element, _) => Type::list(element.clone()),
            Kind::Set(element, _) => Type::set(element.clone()),
            Kind::Map(element, _) => Type::map(element.clone()),
            Kind::Tuple(items) => Type::tuple(items.iter().map(Value::ty).collect()),
            Kind::Object(entries) => Type::Object(Arc::new(ObjectType {
                attributes: entries.iter().map(|(key, it)| (key.to_string(), it.ty())).collect(),
                optional: Default::default(),
            })),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null(_))
    }

    /// Whether the value itself is known; its parts may still be unknown.
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Unknown(_))
    }

    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) => false,
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => true,
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                items.iter().all(Value::is_wholly_known)
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                entries.values().all(Value::is_wholly_known)
            }
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(it) => Some(it),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self.kind {
            Kind::Bool(it) => Some(it),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        match &self.kind {
            Kind::Number(it) => Some(it),
            _ => None,
        }
    }

    /// The elements of a list, set or tuple.
    pub fn items(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map or object.
    pub fn entries(&self) -> Option<&Map> {
        match &self.kind {
            Kind::Map(_, entries) | Kind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// An entry of a map or object.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries()?.get(key)
    }

    pub fn mark(mut self, marks: Marks) -> Value {
        self.marks = self.marks.union(marks);
        self
    }

    pub fn sensitive(self) -> Value {
        self.mark(Marks::SENSITIVE)
    }

    /// All marks of the value and of everything in it.
    pub fn marks_deep(&self) -> Marks {
        let inner = match &self.kind {
            Kind::Unknown(_) | Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => Marks::NONE,
            Kind::String(_) => Marks::NONE,
            Kind::List(_, items) | Kind::Set(_, items) | Kind::Tuple(items) => {
                items.iter().fold(Marks::NONE, |marks, it| marks.union(it.marks_deep()))
            }
            Kind::Map(_, entries) | Kind::Object(entries) => {
                entries.values().fold(Marks::NONE, |marks, it| marks.union(it.marks_deep()))
            }
        };
        self.marks.union(inner)
    }

    /// The value without any marks at any depth, and the union of those it had.
    pub fn unmark_deep(self) -> (Value, Marks) {
        let marks = self.marks_deep();
        if !marks.any() {
            return (self, marks);
        }
        let strip = |it: &Value| it.clone().unmark_deep().0;
        let kind = match self.kind {
            Kind::List(ty, items) => Kind::List(ty, Arc::new(items.iter().map(strip).collect())),
            Kind::Set(ty, items) => Kind::Set(ty, Arc::new(items.iter().map(strip).collect())),
            Kind::Tuple(items) => Kind::Tuple(Arc::new(items.iter().map(strip).collect())),
            Kind::Map(ty, entries) => Kind::Map(
                ty,
                Arc::new(entries.iter().map(|(k, v)| (k.clone(), strip(v))).collect()),
            ),
            Kind::Object(entries) => {
                Kind::Object(Arc::new(entries.iter().map(|(k, v)| (k.clone(), strip(v))).collect()))
            }
            kind => kind,
        };
        (Value::from(kind), marks)
    }
}
