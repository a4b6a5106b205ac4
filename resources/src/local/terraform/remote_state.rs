//! `terraform_remote_state`: the outputs of another configuration.

use model::{Any, Attributes, Host, Map, Out, Type, Value, from_typed_json, to_typed_json};
use serde::{Deserialize, Serialize};

use crate::fault::rejected;
use crate::local::LocalData;
use crate::resource::Result;

/// The outputs of the root module in the state of another configuration.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("terraform_remote_state")]
pub(crate) struct RemoteState {
    /// The kind of place where that state is, such as `local`.
    backend: String,
    /// What a block of this backend would say, as an object.
    config: Option<Any>,
    /// The workspace; by default `default`.
    workspace: Option<String>,
    /// Values for outputs that the state does not have, as an object.
    defaults: Option<Any>,
    /// The outputs, as an object.
    outputs: Out<Any>,
}

fn entries(it: Option<&Any>, name: &str) -> Result<Map> {
    let wrong = |text: String| rejected("terraform_remote_state", "InvalidArgument", text);
    let Some(it) = it else { return Ok(Map::new()) };
    let value = from_typed_json(&it.0, &Type::Any).map_err(|error| wrong(error.to_string()))?;
    match value.entries() {
        Some(entries) => Ok(entries.clone()),
        None if value.is_null() => Ok(Map::new()),
        None => Err(wrong(format!("`{name}` is not an object"))),
    }
}

impl LocalData for RemoteState {
    async fn read(host: &dyn Host, given: Self) -> Result<Self> {
        let config = entries(given.config.as_ref(), "config")?;
        let mut outputs = entries(given.defaults.as_ref(), "defaults")?;
        let workspace = given.workspace.as_deref().unwrap_or("default");
        let found = host.outputs(&given.backend, workspace, &config).await;
        let found = found.map_err(|text| rejected("terraform_remote_state", "NotRead", text))?;
        let Some(found) = found else {
            let text = format!("there is no state of the workspace \"{workspace}\" there");
            return Err(rejected("terraform_remote_state", "NotFound", text));
        };
        outputs.extend(found);
        let outputs = to_typed_json(&Value::object(outputs), &Type::Any);
        Ok(RemoteState { outputs: Out(Some(Any(outputs))), ..given })
    }
}
