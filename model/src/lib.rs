//! The vocabulary every other crate speaks: values and their types, schemas, addresses, diagnostics,
//! and what a resource type can do.
//!
//! Nothing here does I/O, and nothing here knows AWS, HCL or the state file.

mod number;
mod types;
mod value;
mod order;
mod wire;
mod json;
mod address;
mod diagnostic;
mod schema;
mod field;
mod resource;

pub use address::{AddressError, InstanceAddr, Key, Mode, ModuleAddr, ResourceAddr};
pub use derive::{Attributes, Mirror};
pub use diagnostic::{Diagnostic, Diagnostics, Position, Severity, Span};
pub use field::{Any, Auto, Field, Json, One, Out, Secret, Tags, Unread, WriteOnly};
pub use json::{JsonError, from_json, from_typed_json, to_json, to_typed_json};
pub use number::{Decimal, Number};
pub use resource::{
    Contents, DataSource, Failing, Fault, FaultKind, Finding, Holder, Host, Kept, Live, NoHost,
    Object, Op, Order, Phase, Planned, Provider, ProviderSchema, Registry, Report, ResourceType,
    Standing, Timeouts,
};
pub use schema::{Attribute, Attributes, Given, Schema, Shape, complete, prune, same};
#[doc(hidden)]
pub use serde_json::json;
pub use types::{ObjectType, Type};
pub use value::{Kind, Map, Marks, Value};
