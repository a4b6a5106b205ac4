//! `service status`: how a service stands, with its tasks, targets and what it said last.

use std::collections::BTreeMap;
use std::process::ExitCode;

use resources::services::{Service, Task};
use serde_json::json;

use super::list::table;
use super::subject::{Look, Subject, all, failed, find};
use crate::args::Args;
use crate::commands::{Failed, block_on};
use crate::style::Style;

/// How many of the last events are shown.
const EVENTS: usize = 5;

/// What is told of a service.
struct Standing {
    address: String,
    service: Option<Service>,
    tasks: Vec<Task>,
    images: BTreeMap<String, String>,
}

pub fn run(args: &Args, address: Option<&str>) -> Result<ExitCode, Failed> {
    let look = Look::open(args)?;
    let subjects = match address {
        Some(address) => vec![find(&look.state, address)?],
        None => all(&look.state),
    };
    let found = block_on(standings(&look, subjects))??;
    if args.is_on("json", false) {
        let all = found.iter().map(|it| {
            json!({
                "address": it.address, "service": it.service, "tasks": it.tasks, "images": it.images,
            })
        });
        println!("{:#}", json!(all.collect::<Vec<_>>()));
    } else {
        let style = Style::new(args.is_on("no-color", false));
        found.iter().for_each(|it| show(it, style));
    }
    let gone = found.iter().any(|it| it.service.is_none());
    Ok(if gone { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn standings(look: &Look, subjects: Vec<Subject>) -> Result<Vec<Standing>, Failed> {
    let mut found = Vec::new();
    for (operations, subjects) in look.by_provider(subjects).await? {
        for it in subjects {
            let arn = it.arn().to_owned();
            let live = operations.services(std::slice::from_ref(&arn)).await;
            let service = live.map_err(|it| failed(&it))?.pop();
            let (mut tasks, mut images) = (Vec::new(), BTreeMap::new());
            if service.is_some() {
                tasks = operations.tasks(&arn).await.map_err(|it| failed(&it))?;
                let definition = it.task_definition();
                images = operations.images(definition).await.map_err(|it| failed(&it))?;
            }
            let address = it.address.to_string();
            found.push(Standing { address, service, tasks, images });
        }
    }
    Ok(found)
}

fn show(it: &Standing, style: Style) {
    let Some(service) = &it.service else {
        println!("{}: it is not there any more\n", style.bold(&it.address));
        return;
    };
    let (name, cluster) = (&service.name, &service.cluster);
    println!("{}: {name} in the cluster {cluster}", style.bold(&it.address));
    let (running, desired, pending) = (service.running, service.desired, service.pending);
    println!("  {running} of {desired} tasks are running, {pending} are starting");
    println!("  {}", service.task_definition);
    for (container, image) in &it.images {
        println!("    {container}: {image}");
    }
    for it in &service.target_groups {
        let group = it.target_group.rsplit('/').nth(1).unwrap_or(&it.target_group);
        println!("  {} of {} targets in {group} are healthy", it.healthy, it.targets);
    }
    let rows: Vec<[String; 5]> = service
        .deployments
        .iter()
        .map(|it| {
            let tasks = format!("{} of {}", it.running, it.desired);
            let rollout = it.rollout.to_lowercase().replace('_', " ");
            [it.id.clone(), it.task_definition.clone(), tasks, it.failed.to_string(), rollout]
        })
        .collect();
    section(&["DEPLOYMENT", "REVISION", "TASKS", "FAILED", "ROLLOUT"], &rows);
    let rows: Vec<[String; 5]> = it
        .tasks
        .iter()
        .map(|it| {
            let why = it.stopped.clone().unwrap_or_default();
            [
                it.id.clone(),
                it.task_definition.clone(),
                it.status.to_lowercase(),
                it.health.to_lowercase(),
                why,
            ]
        })
        .collect();
    section(&["TASK", "REVISION", "STATUS", "HEALTH", ""], &rows);
    for it in service.events.iter().take(EVENTS).rev() {
        println!("  {}", it.message);
    }
    println!();
}

fn section<const N: usize>(head: &[&str; N], rows: &[[String; N]]) {
    let head = head.map(str::to_owned);
    for line in table(&head, rows) {
        println!("  {line}");
    }
}
