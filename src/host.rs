//! What the built-in types may ask of this program: its language and the states it can read.

use std::path::PathBuf;

use futures::future::{BoxFuture, FutureExt};
use model::{Host, Map};
use resources::Builtin;
use state::Workspaces;

/// All built-in types, with this program behind them.
pub const BUILTIN: Builtin = Builtin { host: &Program };

struct Program;

impl Host for Program {
    fn render(&self, template: &str, variables: &Map) -> Result<String, String> {
        stacks::functions::render_template(template, variables)
    }

    fn outputs<'a>(
        &'a self,
        backend: &'a str,
        workspace: &'a str,
        config: &'a Map,
    ) -> BoxFuture<'a, Result<Option<Map>, String>> {
        async move {
            match backend {
                "local" => local_outputs(workspace, config),
                other => Err(format!("the backend \"{other}\" is not supported; \"local\" is")),
            }
        }
        .boxed()
    }
}

fn local_outputs(workspace: &str, config: &Map) -> Result<Option<Map>, String> {
    let path = |name: &str, default: &str| {
        let given = config.get(name).and_then(|it| it.as_str()).filter(|it| !it.is_empty());
        PathBuf::from(given.unwrap_or(default))
    };
    let places = Workspaces {
        path: path("path", "terraform.tfstate"),
        folder: path("workspace_dir", "terraform.tfstate.d"),
        selection: PathBuf::new(),
    };
    let state = places.store(workspace).read_only().map_err(|error| error.to_string())?;
    let Some(state) = state else { return Ok(None) };
    let output = |(name, it): (&String, &state::Output)| {
        let value = it.value().map_err(|error| format!("the output \"{name}\": {error}"))?;
        Ok((name.as_str().into(), value))
    };
    state.outputs.iter().map(output).collect::<Result<Map, String>>().map(Some)
}
