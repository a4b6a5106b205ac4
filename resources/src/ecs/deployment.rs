//! One deployment of a service, by its id: whether it is under way, and how it has ended.
//!
//! ECS keeps a record of each deployment, its rollback included. Where there is none (services that
//! are older than these records, or a caller who may not read them), the service's own list of what
//! is rolled out has to do.

mod ailing;

use aws_sdk_ecs::types as sdk;
use aws_smithy_types::DateTime;
use model::{Failing, FaultKind, Phase, Report};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::diagnosis;
use crate::fault::OrFault;
use crate::resource::Result;

pub(crate) use ailing::{ails, found as ailing};

/// The deployment of a service that somebody waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watched {
    /// As the service names it: `ecs-svc/1234`. Empty if ECS does not roll out itself.
    pub id: String,
    /// When it began, in seconds.
    pub began: f64,
    /// From when on what happens is news, in seconds.
    pub since: f64,
}

impl Watched {
    /// What the call that gave this answer has begun or, if it has begun nothing, what its change
    /// became a part of.
    pub fn of(it: &sdk::Service) -> Watched {
        let primary = it.deployments().iter().find(|it| is_primary(it));
        let began =
            primary.and_then(sdk::Deployment::created_at).map_or(0.0, DateTime::as_secs_f64);
        let id = primary.and_then(sdk::Deployment::id).unwrap_or_default();
        let completed = primary.and_then(sdk::Deployment::rollout_state)
            == Some(&sdk::DeploymentRolloutState::Completed);
        // What was completed before has its events behind it.
        let last = it.events().first().and_then(sdk::ServiceEvent::created_at);
        let last = last.filter(|_| completed).map_or(0.0, |it| it.as_secs_f64() + 0.001);
        Watched { id: id.to_owned(), began, since: last.max(began) }
    }

    /// The part of the id that other names of it have too.
    fn number(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or_default()
    }

    /// Its record. What is rolled out first has the number of the deployment.
    fn record<'a>(&self, records: &'a [Record]) -> Option<&'a Record> {
        records.iter().find(|it| {
            let revision = it.target_service_revision_arn().unwrap_or_default();
            !self.id.is_empty() && revision.rsplit('/').next() == Some(self.number())
        })
    }
}

type Record = sdk::ServiceDeploymentBrief;

/// How a deployment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    UnderWay,
    Done,
    /// It has failed, for this reason, and what was there before is coming back.
    RollingBack(String),
    /// The same, and it has come back.
    RolledBack(String),
    /// Another deployment, which is named, is rolled out in its place.
    Overtaken(String),
    /// It has failed, for this reason, and nothing more happens.
    Failed(String),
}

/// Begins to wait for what the call that gave this answer has begun.
pub(crate) fn watch(aws: &Aws, it: &sdk::Service) {
    let watched = serde_json::to_string(&Watched::of(it)).expect("a text and numbers are JSON");
    aws.watch(it.service_arn().unwrap_or_default(), &watched);
}

/// How far a service has come. Only somebody who waits for a deployment is told of one.
pub(crate) async fn phase(aws: &Aws, it: &sdk::Service) -> Result<Phase> {
    if it.status() != Some("ACTIVE") {
        let left = it.running_count();
        return Ok(Phase::changing(format!("it is draining, {left} tasks are left")));
    }
    let arn = it.service_arn().unwrap_or_default();
    let watched = aws.watched(arn).and_then(|it| serde_json::from_str::<Watched>(&it).ok());
    let Some(watched) = watched else { return Ok(Phase::Ready) };
    let records = records(aws, it, &watched).await?;
    let standing = standing(&watched, it, &records);
    let ended = match &standing {
        Standing::UnderWay | Standing::RollingBack(_) => None,
        Standing::Done => {
            aws.unwatch(arn);
            return Ok(Phase::Ready);
        }
        Standing::RolledBack(_) => Some(Failing::RolledBack),
        Standing::Overtaken(_) => Some(Failing::Overtaken),
        Standing::Failed(_) => Some(Failing::Other),
    };
    let news = events(&watched, it);
    let trouble = match &standing {
        // What keeps ours from being rolled out is that it is not rolled out any more.
        Standing::Overtaken(_) => Vec::new(),
        _ => diagnosis::diagnose(&diagnosis::facts(aws, it, &watched, &news).await),
    };
    let report = Report { what: told(&watched, &standing, it), news, trouble };
    Ok(match ended {
        None => Phase::Changing(report),
        Some(failing) => {
            aws.unwatch(arn);
            Phase::Failed(failing, report)
        }
    })
}

/// The records of the deployment and of those after it. None where they cannot be had.
async fn records(aws: &Aws, it: &sdk::Service, watched: &Watched) -> Result<Vec<Record>> {
    if watched.id.is_empty() {
        return Ok(Vec::new());
    }
    // The record is older than what is rolled out for it: by as long as it had to wait for its turn.
    const BEFORE: f64 = 600.0;
    let after = DateTime::from_secs_f64((watched.began - BEFORE).max(0.0));
    let call = aws.ecs().list_service_deployments().set_cluster(it.cluster_arn.clone());
    let call = call.set_service(it.service_arn.clone()).max_results(100);
    let call = call.created_at(sdk::CreatedAt::builder().after(after).build());
    match call.send().await.or_fault("ListServiceDeployments") {
        Ok(answer) => Ok(answer.service_deployments.unwrap_or_default()),
        Err(fault) if matches!(fault.kind, FaultKind::Throttled { .. } | FaultKind::Lost) => {
            Err(fault)
        }
        Err(_) => Ok(Vec::new()),
    }
}

/// How the deployment stands, by its record or, without one, by what the service says itself.
pub(crate) fn standing(watched: &Watched, it: &sdk::Service, records: &[Record]) -> Standing {
    use sdk::ServiceDeploymentStatus as Status;
    let Some(record) = watched.record(records) else { return without_record(watched, it) };
    let reason = || {
        let said = record.status_reason().filter(|it| !it.is_empty());
        reason(watched, it).or(said.map(str::to_owned)).unwrap_or_else(no_reason)
    };
    // A rollback has no record of its own, so that what is newer is another deployment.
    let newer = |other: &&Record| other.created_at() > record.created_at();
    match record.status() {
        Some(Status::Successful) => match is_primary_still(watched, it) && !has_all_tasks(it) {
            true => Standing::UnderWay,
            false => Standing::Done,
        },
        Some(Status::RollbackRequested | Status::RollbackInProgress) => {
            Standing::RollingBack(reason())
        }
        Some(Status::RollbackSuccessful) => Standing::RolledBack(reason()),
        Some(Status::RollbackFailed) => {
            Standing::Failed(format!("{}; to bring back what was before has failed too", reason()))
        }
        _ if records.iter().any(|it| newer(&it)) => match is_primary_still(watched, it) {
            // The service was read before the records were: the next look tells.
            true => Standing::UnderWay,
            false => Standing::Overtaken(successor(it)),
        },
        Some(Status::Stopped) => Standing::Failed(reason()),
        _ => Standing::UnderWay,
    }
}

fn without_record(watched: &Watched, it: &sdk::Service) -> Standing {
    let complete = has_all_tasks(it) && it.deployments().len() <= 1;
    if watched.id.is_empty() {
        return if complete { Standing::Done } else { Standing::UnderWay };
    }
    let own = it.deployments().iter().find(|it| it.id() == Some(watched.id.as_str()));
    let other = it.deployments().iter().find(|it| is_primary(it) && it.id() != own_id(own));
    let back = other.is_some_and(|it| says(it.rollout_state_reason(), "rolling back"));
    let why = reason(watched, it).unwrap_or_else(no_reason);
    match (own, other) {
        (Some(own), _) if own.rollout_state() == Some(&sdk::DeploymentRolloutState::Failed) => {
            match other.is_some() || (rolls_back(it) && it.deployments().len() > 1) {
                true => Standing::RollingBack(why),
                false => Standing::Failed(why),
            }
        }
        (Some(own), None) => match own.rollout_state() {
            None | Some(sdk::DeploymentRolloutState::Completed) if complete => Standing::Done,
            _ => Standing::UnderWay,
        },
        (_, Some(_)) if back => Standing::RollingBack(why),
        (Some(_), Some(_)) => Standing::Overtaken(successor(it)),
        // A read that does not show it yet.
        (None, Some(it)) if began(it) < watched.began => Standing::UnderWay,
        (None, None) => Standing::UnderWay,
        (None, Some(_)) if reason(watched, it).is_none() => Standing::Overtaken(successor(it)),
        (None, Some(_)) if complete => Standing::RolledBack(why),
        (None, Some(_)) => Standing::RollingBack(why),
    }
}

fn own_id(own: Option<&sdk::Deployment>) -> Option<&str> {
    own.and_then(sdk::Deployment::id)
}

fn is_primary(it: &sdk::Deployment) -> bool {
    it.status() == Some("PRIMARY")
}

fn is_primary_still(watched: &Watched, it: &sdk::Service) -> bool {
    it.deployments().iter().any(|it| is_primary(it) && it.id() == Some(watched.id.as_str()))
}

fn began(it: &sdk::Deployment) -> f64 {
    it.created_at().map_or(0.0, DateTime::as_secs_f64)
}

fn has_all_tasks(it: &sdk::Service) -> bool {
    it.running_count() == it.desired_count()
}

fn says(text: Option<&str>, what: &str) -> bool {
    text.is_some_and(|it| it.contains(what))
}

/// Whether ECS brings back what was there before if a deployment fails.
fn rolls_back(it: &sdk::Service) -> bool {
    let configuration = it.deployment_configuration();
    let breaker = configuration.and_then(|it| it.deployment_circuit_breaker());
    let alarms = configuration.and_then(|it| it.alarms());
    breaker.is_some_and(|it| it.rollback()) || alarms.is_some_and(|it| it.rollback())
}

/// Why it has failed, if it has: what is rolled out says so, and an event stays when that is gone.
fn reason(watched: &Watched, it: &sdk::Service) -> Option<String> {
    let failed = |it: &&sdk::Deployment| {
        let state = Some(&sdk::DeploymentRolloutState::Failed);
        it.id() == Some(watched.id.as_str()) && it.rollout_state() == state
    };
    let own = it.deployments().iter().find(failed).and_then(|it| it.rollout_state_reason());
    let events = it.events().iter().filter_map(sdk::ServiceEvent::message);
    let mut events = events.filter(|it| it.contains(&format!("(deployment {})", watched.id)));
    let event = || events.find_map(|it| it.split_once("deployment failed: ")).map(|it| it.1);
    let reason = own.or_else(event)?;
    Some(reason.trim_end_matches('.').to_owned())
}

fn no_reason() -> String {
    "no reason is given".to_owned()
}

/// Which deployment is rolled out now.
fn successor(it: &sdk::Service) -> String {
    let primary = it.deployments().iter().find(|it| is_primary(it));
    let id = primary.and_then(sdk::Deployment::id).unwrap_or("another one");
    let definition = primary.and_then(sdk::Deployment::task_definition);
    format!("{id} of {}", short(definition.or(it.task_definition())))
}

/// `web:3`, of an ARN.
fn short(arn: Option<&str>) -> &str {
    arn.and_then(|it| it.rsplit('/').next()).unwrap_or("its task definition")
}

/// What the service has said meanwhile, oldest first.
fn events(watched: &Watched, it: &sdk::Service) -> Vec<String> {
    let since = |it: &&sdk::ServiceEvent| {
        it.created_at().is_none_or(|it| watched.since <= it.as_secs_f64())
    };
    let events = it.events().iter().filter(since).rev();
    events.filter_map(sdk::ServiceEvent::message).map(str::to_owned).collect()
}

fn told(watched: &Watched, standing: &Standing, it: &sdk::Service) -> String {
    let id = match watched.id.as_str() {
        "" => "the deployment".to_owned(),
        id => format!("deployment {id}"),
    };
    match standing {
        Standing::UnderWay | Standing::Done => format!("{id}: {}", counts(watched, it)),
        Standing::RollingBack(why) => format!("{id} has failed and is being rolled back: {why}"),
        Standing::RolledBack(why) => {
            let now = short(it.task_definition());
            format!("{id} has failed and was rolled back, {now} is what runs: {why}")
        }
        Standing::Overtaken(by) => {
            format!("{id} was overtaken by {by}, which was not started by this run")
        }
        Standing::Failed(why) => format!("{id} has failed: {why}"),
    }
}

/// How many tasks of the deployment there are, or of the service where it has none.
fn counts(watched: &Watched, it: &sdk::Service) -> String {
    let own = it.deployments().iter().find(|it| it.id() == Some(watched.id.as_str()));
    let (running, desired, pending, failed) = match own {
        Some(it) => (it.running_count, it.desired_count, it.pending_count, it.failed_tasks),
        None => (it.running_count, it.desired_count, it.pending_count, 0),
    };
    let mut text = format!("{running} of {desired} tasks are running");
    for (count, what) in [(pending, "pending"), (failed, "failed")] {
        if count > 0 {
            text = format!("{text}, {count} {what}");
        }
    }
    let old = it.running_count - running;
    if own.is_some() && old > 0 { format!("{text}, {old} of before still run") } else { text }
}

#[cfg(test)]
mod tests;
