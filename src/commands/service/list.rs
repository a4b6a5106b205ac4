//! `service list`: all services of the state, a line each.

use std::process::ExitCode;

use resources::services::Service;
use serde_json::json;

use super::subject::{Look, all, failed};
use crate::args::Args;
use crate::commands::{Failed, block_on};

pub fn run(args: &Args) -> Result<ExitCode, Failed> {
    let look = Look::open(args)?;
    let found = block_on(services(&look))??;
    if args.is_on("json", false) {
        let all = found.iter().map(|(address, it)| json!({"address": address, "service": it}));
        println!("{:#}", json!(all.collect::<Vec<_>>()));
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        println!("The state has no services.");
    }
    let rows: Vec<[String; 4]> =
        found.iter().map(|(address, it)| row(address, it.as_ref())).collect();
    for line in table(&["ADDRESS", "TASKS", "REVISION", "DEPLOYMENT"].map(str::to_owned), &rows) {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Each service of the state with what AWS says of it: none if it is not there any more.
async fn services(look: &Look) -> Result<Vec<(String, Option<Service>)>, Failed> {
    let mut found = Vec::new();
    for (operations, services) in look.by_provider(all(&look.state)).await? {
        let arns: Vec<String> = services.iter().map(|it| it.arn().to_owned()).collect();
        let live = operations.services(&arns).await.map_err(|it| failed(&it))?;
        found.extend(services.into_iter().map(|subject| {
            let own = live.iter().find(|it| it.arn == subject.arn()).cloned();
            (subject.address.to_string(), own)
        }));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn row(address: &str, it: Option<&Service>) -> [String; 4] {
    let Some(it) = it else { return [address, "gone", "", ""].map(str::to_owned) };
    let primary = it.deployments.iter().find(|it| it.status == "PRIMARY");
    let rollout = primary.map(|it| it.rollout.to_lowercase().replace('_', " ")).unwrap_or_default();
    let tasks = format!("{} of {}", it.running, it.desired);
    [address.to_owned(), tasks, it.task_definition.clone(), rollout]
}

/// Rows in columns; nothing if there are none.
pub fn table<const N: usize>(head: &[String; N], rows: &[[String; N]]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let width = |n: usize| {
        let cells = std::iter::once(head).chain(rows).map(|it| it[n].chars().count());
        cells.max().unwrap_or(0)
    };
    let line = |row: &[String; N]| {
        let cells = row.iter().enumerate().map(|(n, it)| format!("{it:<width$}", width = width(n)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    std::iter::once(head).chain(rows).map(line).collect()
}
