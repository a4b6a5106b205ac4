//! What the built-in types may ask of this program: its language and the states it can read.

use futures::future::{BoxFuture, FutureExt};
use model::{Host, Map, Value, to_json};
use resources::Builtin;
use state::Store;

use crate::backend::{Backend, KINDS, States};
use crate::commands::Failed;
use crate::project::{in_sandbox, on_sandbox};

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
        let workspace = workspace.to_owned();
        async move {
            let backend = of(backend, config)?;
            // The answer of a bucket is waited for, and other reads go on meanwhile.
            let read = move || {
                let store = store(&backend, &workspace).map_err(|failed| failed.text())?;
                outputs(&store)
            };
            tokio::task::spawn_blocking(read).await.map_err(|error| error.to_string())?
        }
        .boxed()
    }
}

/// What a `backend` block with these arguments says.
fn of(kind: &str, config: &Map) -> Result<Backend, String> {
    if !KINDS.contains(&kind) {
        return Err(format!("the backend \"{kind}\" is not supported; \"local\" and \"s3\" are"));
    }
    let given = |(name, it): (_, &Value)| (!it.is_null()).then(|| (name, to_json(it)));
    let named = config.iter().map(|(name, it)| (name.to_string(), it));
    Ok(Backend { kind: kind.to_owned(), config: named.filter_map(given).collect() })
}

/// Where another stack has its state: on the sandbox, that is what it has there.
fn store(backend: &Backend, workspace: &str) -> Result<Store, Failed> {
    if backend.kind == "local" && in_sandbox() {
        let all = backend.files();
        return States::Files(on_sandbox(&all.path)?.unwrap_or(all)).store(workspace);
    }
    backend.store(workspace)
}

fn outputs(store: &Store) -> Result<Option<Map>, String> {
    let state = store.read_only().map_err(|error| error.to_string())?;
    let Some(state) = state else { return Ok(None) };
    let output = |(name, it): (&String, &state::Output)| {
        let value = it.value().map_err(|error| format!("the output \"{name}\": {error}"))?;
        Ok((name.as_str().into(), value))
    };
    state.outputs.iter().map(output).collect::<Result<Map, String>>().map(Some)
}
