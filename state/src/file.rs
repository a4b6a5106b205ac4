//! The state: what we have made, by address.

use std::collections::BTreeMap;

use model::{InstanceAddr, JsonError, Object, Type, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The version of Terraform whose state files these are.
pub(crate) const TERRAFORM: &str = "1.11.4";

/// All that is known about what has been made.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The same for all states that came one from another: a random UUID.
    pub lineage: String,
    /// Counts the changes of the content.
    pub serial: u64,
    /// Of the program that wrote it last.
    pub terraform_version: String,
    /// Outputs of the root module.
    pub outputs: BTreeMap<String, Output>,
    pub instances: BTreeMap<InstanceAddr, Instance>,
    /// Results of conditions and `check` blocks, as Terraform has them.
    pub check_results: Option<Json>,
}

/// An output's value and type as state files encode them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    pub value: Json,
    #[serde(rename = "type")]
    pub ty: Json,
    #[serde(default)]
    pub sensitive: bool,
}

/// The objects behind one address.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instance {
    /// The provider's configuration, as `provider["registry.terraform.io/hashicorp/aws"].east`.
    pub provider: String,
    pub current: Option<ObjectState>,
    /// Objects that were replaced and are still to be deleted, by a key of eight hexadecimal digits.
    pub deposed: BTreeMap<String, ObjectState>,
}

/// One object as it was when it was last seen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ObjectState {
    pub schema_version: u64,
    pub attributes: Object,
    /// Paths of attributes that are sensitive for more than their schema, as state files have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<Json>,
    /// Kept for Terraform: what the identity of the resource is to its provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Kept for Terraform: what its provider wants to know again, in base 64; with an entry of ours
    /// if the object is guarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<String>,
    /// Resources that this one refers to, without instance keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub create_before_destroy: bool,
    /// Not to be trusted, and replaced by the next apply.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tainted: bool,
}

/// What Terraform 1.12 and newer keep of a resource's identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub schema_version: u64,
    pub values: Option<Json>,
}

fn is_false(it: &bool) -> bool {
    !it
}

impl Output {
    pub fn new(value: &Value) -> Output {
        let ty = value.ty();
        Output {
            value: model::to_typed_json(value, &ty),
            ty: ty.to_json(),
            sensitive: value.marks_deep().sensitive,
        }
    }

    /// The value, marked as sensitive if it is.
    ///
    /// # Errors
    ///
    /// When the value in the state is not of the type in the state.
    pub fn value(&self) -> Result<Value, JsonError> {
        let ty = Type::from_json(&self.ty).unwrap_or(Type::Any);
        let value = model::from_typed_json(&self.value, &ty)?;
        Ok(if self.sensitive { value.sensitive() } else { value })
    }
}

impl Instance {
    /// Whether nothing is behind the address any more.
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.deposed.is_empty()
    }

    /// The current object, or one that was deposed.
    pub fn object(&self, deposed: Option<&str>) -> Option<&ObjectState> {
        match deposed {
            None => self.current.as_ref(),
            Some(key) => self.deposed.get(key),
        }
    }
}

impl State {
    /// A state of nothing, with a lineage of its own.
    pub fn empty() -> State {
        State {
            lineage: uuid::Uuid::new_v4().to_string(),
            serial: 0,
            terraform_version: TERRAFORM.to_owned(),
            outputs: BTreeMap::new(),
            instances: BTreeMap::new(),
            check_results: None,
        }
    }

    /// Whether it holds no object and no output.
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.outputs.is_empty()
    }

    /// Whether both say the same about the world, whatever their serial.
    pub fn same_content(&self, other: &State) -> bool {
        self.outputs == other.outputs
            && self.instances == other.instances
            && self.check_results == other.check_results
    }

    /// Sets what an address holds as its current object or under a deposed key. None takes it away.
    pub fn set(
        &mut self,
        address: &InstanceAddr,
        deposed: Option<&str>,
        provider: &str,
        object: Option<ObjectState>,
    ) {
        let instance = self.instances.entry(address.clone()).or_default();
        match (deposed, object) {
            (None, object) => instance.current = object,
            (Some(key), Some(object)) => {
                instance.deposed.insert(key.to_owned(), object);
            }
            (Some(key), None) => {
                instance.deposed.remove(key);
            }
        }
        if instance.is_empty() {
            self.instances.remove(address);
        } else if !provider.is_empty() {
            instance.provider = provider.to_owned();
        }
    }
}
