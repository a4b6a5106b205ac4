//! What a resource type looks like from outside: its attributes and the rules they follow.
//!
//! A schema is a constant. `#[derive(Attributes)]` writes it from a struct; nothing else does.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::types::Type;

/// A struct whose fields are attributes.
pub trait Attributes {
    const SCHEMA: Schema;
}

#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// As written in configuration: `aws_ecs_cluster`. Empty for a nested block.
    pub name: &'static str,
    pub doc: &'static str,
    /// Of the AWS provider's schema for this type; state files carry it.
    pub version: u64,
    /// Which of `create`, `read`, `update` and `delete` a `timeouts` block may set.
    pub timeouts: &'static [&'static str],
    pub attributes: &'static [Attribute],
}

#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: &'static str,
    pub doc: &'static str,
    pub shape: Shape,
    pub given: Given,
    /// For blocks: whether `name = [...]` may be written too (Terraform's "attributes as blocks").
    pub assignable: bool,
    /// The least number of blocks.
    pub min_items: u32,
    /// The greatest number of blocks; 0 for any.
    pub max_items: u32,
    pub sensitive: bool,
    /// AWS never gives it back; what we last sent is all we know. Of an output: AWS gives it once,
    /// when the object is made.
    pub unread: bool,
    /// It is sent and kept nowhere; it may be ephemeral.
    pub write_only: bool,
    /// Only a hash of it is read back, and that is what states keep of it.
    pub hashed: bool,
    /// Whether two values mean the same thing: the field type's `PartialEq`.
    pub same: fn(&Attribute, &Value, &Value) -> bool,
    /// Its value when nobody gives one; else it is null, or empty for blocks.
    pub default: Option<fn() -> Value>,
    /// A change cannot be made in place; the object is replaced.
    pub replace: bool,
    /// An output that any update may change, so a plan must not promise its old value.
    pub volatile: bool,
}

impl Attribute {
    /// What every type with `tags` has: the tags of the object and of the provider together.
    pub const TAGS_ALL: Attribute = Attribute {
        name: "tags_all",
        doc: "The tags of the resource together with the provider's `default_tags`.",
        shape: Shape::Map(&Shape::String),
        given: Given::Output,
        assignable: false,
        min_items: 0,
        max_items: 0,
        sensitive: false,
        unread: false,
        write_only: false,
        hashed: false,
        same: same::<crate::field::Tags>,
        default: None,
        replace: false,
        volatile: false,
    };

    pub fn value_if_not_given(&self) -> Value {
        match (self.default, self.is_block()) {
            (Some(default), _) => default(),
            (None, true) if !matches!(self.shape, Shape::Object(_)) => json!([]),
            (None, _) => Value::Null,
        }
    }

    /// Whether it is written as blocks: its shape has attributes, and the user may give it.
    pub fn is_block(&self) -> bool {
        self.given != Given::Output && self.blocks().is_some()
    }

    /// The attributes of its blocks, if its value is made of objects.
    pub fn blocks(&self) -> Option<&'static [Attribute]> {
        match self.shape {
            Shape::Object(attributes) => Some(attributes),
            Shape::List(Shape::Object(it)) | Shape::Set(Shape::Object(it)) => Some(it),
            Shape::Map(Shape::Object(it)) => Some(it),
            _ => None,
        }
    }

    pub fn same(&self, a: &Value, b: &Value) -> bool {
        (self.same)(self, a, b)
    }
}

impl Schema {
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|it| it.name == name)
    }

    /// The type of an object of this kind, as expressions see it.
    pub fn ty(&self) -> Type {
        object_type(self.attributes)
    }
}

fn object_type(attributes: &[Attribute]) -> Type {
    Type::object(attributes.iter().map(|it| (it.name.to_owned(), it.shape.ty())))
}

/// Gives every attribute a value, in nested blocks too. After this an object decodes, even one that
/// was saved before an attribute existed.
pub fn complete(attributes: &[Attribute], object: &mut Map<String, Value>) {
    for it in attributes {
        let value = object.entry(it.name).or_insert_with(|| it.value_if_not_given());
        if value.is_null() && it.is_block() {
            *value = it.value_if_not_given();
        }
        complete_blocks(it.shape, value);
    }
}

fn complete_blocks(shape: Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Object(attributes), Value::Object(object)) => complete(attributes, object),
        (Shape::List(item) | Shape::Set(item), Value::Array(items)) => {
            items.iter_mut().for_each(|it| complete_blocks(*item, it));
        }
        (Shape::Map(item), Value::Object(entries)) => {
            entries.values_mut().for_each(|it| complete_blocks(*item, it));
        }
        _ => (),
    }
}

/// Turns an empty text into null wherever an attribute is optional: to the AWS provider, and so in
/// existing configurations and states, `""` says "not given".
pub fn prune(attributes: &[Attribute], object: &mut Map<String, Value>) {
    for it in attributes {
        let Some(value) = object.get_mut(it.name) else { continue };
        let empty = value.as_str() == Some("");
        match it.given {
            Given::Optional | Given::Auto | Given::Output if empty && it.default.is_none() => {
                *value = Value::Null;
            }
            Given::Required | Given::Optional | Given::Auto | Given::Output => {
                prune_blocks(it.shape, value);
            }
        }
    }
}

fn prune_blocks(shape: Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Object(attributes), Value::Object(object)) => prune(attributes, object),
        (Shape::List(item) | Shape::Set(item), Value::Array(items)) => {
            items.iter_mut().for_each(|it| prune_blocks(*item, it));
        }
        _ => (),
    }
}

/// Who gives an attribute its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// The user must.
    Required,
    /// The user may; otherwise it is absent.
    Optional,
    /// The user may; otherwise AWS chooses and we keep its choice. With a default, we choose when
    /// the object is created, and keep what is there from then on.
    Auto,
    /// Only AWS does.
    Output,
}

impl Given {
    /// The same, for an attribute with a default.
    pub const fn with_default(self) -> Given {
        match self {
            Given::Required => Given::Optional,
            Given::Optional | Given::Auto | Given::Output => self,
        }
    }
}

/// The shape of an attribute's value. A constant; [`Type`] is the type that values have.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Whatever the user writes.
    Any,
    Bool,
    Number,
    String,
    List(&'static Shape),
    Set(&'static Shape),
    Map(&'static Shape),
    Object(&'static [Attribute]),
}

impl Shape {
    pub fn ty(self) -> Type {
        match self {
            Shape::Any => Type::Any,
            Shape::Bool => Type::Bool,
            Shape::Number => Type::Number,
            Shape::String => Type::String,
            Shape::List(it) => Type::list(it.ty()),
            Shape::Set(it) => Type::set(it.ty()),
            Shape::Map(it) => Type::map(it.ty()),
            Shape::Object(attributes) => object_type(attributes),
        }
    }
}

/// Compares two encoded values as the field type `T` would.
///
/// To the AWS provider an argument that is not given equals its type's zero value (`""`, 0, false,
/// an empty collection), at any depth, so states and configurations mix both. Here too.
pub fn same<T: DeserializeOwned + PartialEq>(it: &Attribute, a: &Value, b: &Value) -> bool {
    if a == b {
        return true;
    }
    let (a, b) = (zeroed(it.shape, a), zeroed(it.shape, b));
    if a == b {
        return true;
    }
    match (T::deserialize(&a), T::deserialize(&b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

fn zeroed(shape: Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Bool, Value::Null) => json!(false),
        (Shape::Number, Value::Null) => json!(0),
        (Shape::String, Value::Null) => json!(""),
        (Shape::List(_) | Shape::Set(_), Value::Null) => json!([]),
        (Shape::Map(_), Value::Null) => json!({}),
        // 1 and 1.0 are one number.
        (Shape::Number, Value::Number(it)) => match it.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => value.clone(),
        },
        (Shape::List(item) | Shape::Set(item), Value::Array(items)) => {
            items.iter().map(|it| zeroed(*item, it)).collect()
        }
        (Shape::Map(item), Value::Object(entries)) => Value::Object(
            entries.iter().map(|(key, it)| (key.clone(), zeroed(*item, it))).collect(),
        ),
        (Shape::Object(attributes), Value::Object(object)) => {
            let zero = |it: &Attribute| {
                let value = object.get(it.name).unwrap_or(&Value::Null);
                (it.name.to_owned(), zeroed(it.shape, value))
            };
            Value::Object(attributes.iter().map(zero).collect())
        }
        _ => value.clone(),
    }
}
