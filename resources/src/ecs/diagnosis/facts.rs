//! Reads what a diagnosis needs. What cannot be read is said, and stops nothing: a deployment is not
//! worse for it.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use aws_smithy_types::DateTime;
use model::FaultKind;

use super::{Container, Facts, Log, Stopped, Target};
use crate::aws::Aws;
use crate::ecs::deployment::Watched;
use crate::fault::OrFault;
use crate::resource::Result;

/// How many lines of a log are shown.
const LINES: i32 = 20;
/// As many tasks as one call describes.
const TASKS: usize = 100;
/// Why a task is stopped that has not failed.
const NO_FAILURE: [&str; 2] = ["Scaling activity initiated by", "Task replaced by"];

/// What is known of a deployment of a service.
pub(crate) async fn facts(
    aws: &Aws,
    it: &sdk::Service,
    watched: &Watched,
    events: &[String],
) -> Facts {
    let mut facts = Facts { events: events.to_vec(), ..Facts::default() };
    let stopped = match stopped(aws, it, watched).await {
        Ok(found) => found,
        Err(fault) => {
            facts.unread.push(fault.to_string());
            Vec::new()
        }
    };
    let mut seen = BTreeSet::new();
    for task in stopped {
        let mut found = told(it, &task);
        // Others that have stopped for the same reason would say the same.
        let exits: Vec<_> = found.containers.iter().map(|it| it.exit_code).collect();
        if !seen.insert((found.code.clone(), found.reason.clone(), exits)) {
            continue;
        }
        match log(aws, &task, &found).await {
            Ok(log) => found.log = log,
            Err(fault) => facts.unread.push(fault.to_string()),
        }
        facts.stopped.push(found);
    }
    let sick = events.iter().any(|it| it.contains("is unhealthy in"));
    if sick || !facts.stopped.is_empty() {
        targets(aws, it, &mut facts).await;
    }
    facts
}

/// The tasks of the deployment that have stopped and should not have.
async fn stopped(aws: &Aws, it: &sdk::Service, watched: &Watched) -> Result<Vec<sdk::Task>> {
    let call = aws.ecs().list_tasks().set_cluster(it.cluster_arn.clone());
    let call = call.set_service_name(it.service_name.clone());
    let call = call.desired_status(sdk::DesiredStatus::Stopped);
    let mut pages = call.into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(arn) = pages.next().await {
        arns.push(arn.or_fault("ListTasks")?);
    }
    let mut found = Vec::new();
    for some in arns.chunks(TASKS) {
        let call = aws.ecs().describe_tasks().set_cluster(it.cluster_arn.clone());
        let call = call.set_tasks(Some(some.to_vec()));
        found.extend(call.send().await.or_fault("DescribeTasks")?.tasks.unwrap_or_default());
    }
    found.retain(|it| is_failure(it, watched));
    found.sort_by_key(|it| (it.stopped_at.as_ref().map(DateTime::as_nanos), it.task_arn.clone()));
    Ok(found)
}

fn is_failure(it: &sdk::Task, watched: &Watched) -> bool {
    let ours = watched.id.is_empty() || it.started_by() == Some(watched.id.as_str());
    let at = it.stopped_at().or(it.stopping_at());
    let late = at.is_none_or(|it| watched.since <= it.as_secs_f64());
    let reason = it.stopped_reason().unwrap_or_default();
    let over = it.last_status() == Some("STOPPED") || !reason.is_empty();
    ours && late && over && !NO_FAILURE.iter().any(|it| reason.starts_with(it))
}

fn told(service: &sdk::Service, it: &sdk::Task) -> Stopped {
    let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
    let container = |it: &sdk::Container| Container {
        name: text(it.name()),
        image: text(it.image()),
        exit_code: it.exit_code(),
        reason: text(it.reason()),
        unhealthy: it.health_status() == Some(&sdk::HealthStatus::Unhealthy),
    };
    let served = service.load_balancers().iter().filter_map(|it| it.container_name());
    Stopped {
        task: text(it.task_arn().and_then(|it| it.rsplit('/').next())),
        code: text(it.stop_code().map(|it| it.as_str())),
        reason: it.stopped_reason().unwrap_or("no reason is given").to_owned(),
        containers: it.containers().iter().map(container).collect(),
        served: served.map(str::to_owned).collect(),
        log: None,
    }
}

/// The end of what the failing container has written.
async fn log(aws: &Aws, task: &sdk::Task, it: &Stopped) -> Result<Option<Log>> {
    let Some(failing) = it.failing() else { return Ok(None) };
    // A container that has not run has written nothing.
    if failing.exit_code.is_none() && task.started_at().is_none() {
        return Ok(None);
    }
    let call = aws.ecs().describe_task_definition();
    let call = call.set_task_definition(task.task_definition_arn.clone());
    let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
    let definition = answer.task_definition;
    let containers = definition.as_ref().map(|it| it.container_definitions()).unwrap_or_default();
    let found = containers.iter().find(|it| it.name() == Some(failing.name.as_str()));
    let configuration = found.and_then(|it| it.log_configuration());
    let configuration = configuration.filter(|it| it.log_driver() == &sdk::LogDriver::Awslogs);
    let option = |name: &str| configuration?.options()?.get(name).cloned();
    let here = option("awslogs-region").is_none_or(|it| it == aws.region());
    let (Some(group), Some(prefix), true) =
        (option("awslogs-group"), option("awslogs-stream-prefix"), here)
    else {
        return Ok(None);
    };
    let stream = format!("{prefix}/{}/{}", failing.name, it.task);
    let call = aws.logs().get_log_events().log_group_name(&group).log_stream_name(&stream);
    let call = call.start_from_head(false).limit(LINES);
    let events = match call.send().await.or_fault("GetLogEvents") {
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        answer => answer?.events.unwrap_or_default(),
    };
    let line = |it: &str| it.trim_end().to_owned();
    let lines = events.iter().filter_map(|it| it.message()).map(line).collect();
    Ok(Some(Log { group, stream, lines }))
}

/// What target groups say of the service's targets that are not healthy.
async fn targets(aws: &Aws, it: &sdk::Service, facts: &mut Facts) {
    for arn in it.load_balancers().iter().filter_map(|it| it.target_group_arn()) {
        let call = aws.elbv2().describe_target_health().target_group_arn(arn);
        let answer = match call.send().await.or_fault("DescribeTargetHealth") {
            Ok(answer) => answer,
            Err(fault) => {
                facts.unread.push(fault.to_string());
                continue;
            }
        };
        let health = answer.target_health_descriptions().iter().filter_map(|it| it.target_health());
        let sick = health.filter(|it| it.state() == Some(&TargetHealthStateEnum::Unhealthy));
        facts.targets.extend(sick.map(|it| Target {
            group: arn.split('/').nth(1).unwrap_or(arn).to_owned(),
            reason: it.reason().map(|it| it.as_str().to_owned()).unwrap_or_default(),
            description: it.description().unwrap_or_default().to_owned(),
        }));
    }
}
