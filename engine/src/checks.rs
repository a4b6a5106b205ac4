//! `check` blocks: what they assert is looked at when all else is planned or applied, and a failure is
//! a warning.

use std::sync::Arc;
use std::time::Duration;

use model::{
    Diagnostic, Diagnostics, InstanceAddr, Mode, ModuleAddr, ResourceAddr, Severity, Value,
    from_typed_json,
};
use serde::{Deserialize, Serialize};
use stacks::eval::evaluate;
use stacks::stack::{Check, Resource};
use tokio::time::{Instant, sleep};

use crate::graph::{modules, provider_addr};
use crate::hide::Secrets;
use crate::planning::{data_arguments, mark_sensitive};
use crate::providers::Providers;
use crate::world::{BlockScope, World, message};

/// How often a check that fails is made again, as long as there is time.
const PAUSE: Duration = Duration::from_secs(2);

/// What a check came to. The worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Pass,
    /// It depends on something that is not applied yet.
    Unknown,
    Fail,
    /// Something is wrong with the check itself. Only Terraform writes this.
    Error,
}

/// What a `check` block came to in one instance of its module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    pub address: String,
    pub status: Status,
    /// What its assertions say that do not hold.
    pub messages: Vec<String>,
}

/// Looks at every check of the stack. Those with a data source that fail are looked at again until
/// they pass or `patience` is over; `pending` says of which data sources the answer may still change.
pub async fn checks(
    world: &World<'_>,
    providers: &Providers<'_>,
    patience: Duration,
    pending: &(dyn Fn(&ModuleAddr, &Resource) -> bool + Sync),
) -> (Vec<CheckResult>, Diagnostics) {
    let (mut results, mut problems) = (Vec::new(), Vec::new());
    let until = Instant::now() + patience;
    for (path, module) in modules(world.stack) {
        if module.checks.is_empty() {
            continue;
        }
        let Ok(instances) = world.instances_of(&path) else { continue };
        for addr in instances {
            let Some(scope) = world.scope(&addr) else { continue };
            for check in &module.checks {
                let (status, found) = loop {
                    let answer = look(providers, check, &scope, pending).await;
                    let again = answer.0 == Status::Fail && check.data.is_some();
                    if !again || until <= Instant::now() + PAUSE {
                        break answer;
                    }
                    sleep(PAUSE).await;
                };
                let address = match addr.is_root() {
                    true => format!("check.{}", check.name.name),
                    false => format!("{addr}.check.{}", check.name.name),
                };
                let messages = found.iter().map(|it| it.detail.clone()).collect();
                results.push(CheckResult { address, status, messages });
                problems.extend(found);
            }
        }
    }
    (results, problems)
}

async fn look(
    providers: &Providers<'_>,
    check: &Check,
    scope: &BlockScope<'_>,
    pending: &(dyn Fn(&ModuleAddr, &Resource) -> bool + Sync),
) -> (Status, Diagnostics) {
    let mut problems = Vec::new();
    let mut scope = scope.clone();
    if let Some(data) = &check.data {
        let (addr, value) = match read(providers, data, &scope, pending).await {
            Ok(it) => it,
            Err(found) => {
                problems.extend(found.into_iter().map(as_warning));
                return (Status::Fail, problems);
            }
        };
        scope.nested = Some(Arc::new((addr, value)));
    }
    let mut status = Status::Pass;
    for rule in &check.asserts {
        match evaluate(&rule.condition, &scope) {
            Ok(value) if !value.is_known() => status = status.max(Status::Unknown),
            Ok(value) if value.as_bool() == Some(true) => (),
            Ok(_) => {
                status = Status::Fail;
                let text = message(&rule.error_message, &scope);
                let problem = Diagnostic::warning("Check block assertion failed", text);
                problems.push(problem.at(&rule.condition.span));
            }
            Err(found) => {
                status = Status::Fail;
                problems.extend(found.into_iter().map(as_warning));
            }
        }
    }
    (status, problems)
}

/// Reads the data source of a check. Unknown if what it asks for, or what it would see, is not known.
async fn read(
    providers: &Providers<'_>,
    data: &Resource,
    scope: &BlockScope<'_>,
    pending: &(dyn Fn(&ModuleAddr, &Resource) -> bool + Sync),
) -> Result<(ResourceAddr, Value), Diagnostics> {
    let world = scope.world;
    let (ty, name) = (data.ty.name.clone(), data.name.name.clone());
    let addr = ResourceAddr { module: scope.addr.clone(), mode: Mode::Data, ty, name };
    let Some(schema) = world.registry.data_schema(&addr.ty) else {
        let detail = format!("groundplan has no data source \"{}\".", addr.ty);
        return Err(vec![Diagnostic::error("Invalid data source", detail).at(&data.ty.span)]);
    };
    let given = stacks::decode::decode(&data.body, data.json, schema, scope)?;
    if !given.is_wholly_known() || pending(&scope.addr, data) {
        return Ok((addr, Value::unknown(schema.ty())));
    }
    let provider = provider_addr(world.stack, &addr.module.path(), &data.provider);
    let (source, rate) = providers.source(&provider, Mode::Data, &addr.ty).await?;
    let hidden = Secrets::of_given(&given);
    let given = data_arguments(schema, &given);
    let found = crate::retry::reading(&rate, || source.read(&given)).await.map_err(|fault| {
        let address: InstanceAddr = addr.instance(None);
        let summary = format!("Cannot read {address}");
        vec![Diagnostic::error(summary, hidden.hide_in(fault).to_string()).at(&data.span)]
    })?;
    let json: serde_json::Map<_, _> = found.into_iter().collect();
    let value = from_typed_json(&json.into(), &schema.ty());
    let entries = value.ok().and_then(|it| it.entries().cloned()).unwrap_or_default();
    Ok((addr, Value::object(mark_sensitive(schema.attributes, entries))))
}

/// A check never stops a run.
fn as_warning(mut problem: Diagnostic) -> Diagnostic {
    problem.severity = Severity::Warning;
    problem
}
