//! Services whose deployment does not get there, although what their arguments say is what is asked for:
//! nothing would change, and that must not look as if all were well.

use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;
use model::{Finding, Planned, Severity, Value};

use super::{Watched, counts, events, is_primary, no_reason, reason, short};
use crate::aws::Aws;
use crate::ecs::diagnosis;
use crate::ecs::service;
use crate::resource::Result;

/// Whether what a service rolls out has failed, or its tasks do.
pub(crate) fn ails(it: &sdk::Service) -> bool {
    let fails = |of: &sdk::Deployment| match of.rollout_state() {
        Some(sdk::DeploymentRolloutState::Failed) => true,
        Some(sdk::DeploymentRolloutState::InProgress) => of.failed_tasks() > 0 || has_restarted(it),
        _ => false,
    };
    let primary = it.deployments().iter().find(|it| is_primary(it));
    it.status() == Some("ACTIVE") && primary.is_some_and(fails)
}

/// Whether more tasks were started for the deployment than it needs: ECS does not count those as failed
/// that end once they have run.
fn has_restarted(it: &sdk::Service) -> bool {
    let events = events(&Watched::of(it), it);
    let started = events.iter().filter(|it| it.contains("has started"));
    let started = started.map(|it| it.matches("(task ").count()).sum::<usize>();
    usize::try_from(it.desired_count()).is_ok_and(|wanted| wanted < started)
}

/// What is wrong with those of these services that ailed when they were read. No others are asked about.
pub(crate) async fn found(aws: &Aws, own: &[Planned<'_>]) -> Result<Vec<Finding>> {
    let id = |it: &Planned<'_>| it.after.get("id").and_then(Value::as_str).map(str::to_owned);
    let ailing = own.iter().filter_map(|it| Some((id(it)?, it)));
    let ailing: BTreeMap<String, &Planned<'_>> =
        ailing.filter(|(id, _)| aws.is_ailing(id)).collect();
    let mut found = Vec::new();
    for (id, planned) in ailing {
        let services = service::describe(aws, service::cluster_of(&id), vec![id.clone()]).await?;
        for it in services.iter().filter(|it| ails(it)) {
            found.push(finding(planned, &told(aws, it).await));
        }
    }
    Ok(found)
}

async fn told(aws: &Aws, it: &sdk::Service) -> String {
    let watched = Watched::of(it);
    let primary = it.deployments().iter().find(|it| is_primary(it));
    let of = short(primary.and_then(sdk::Deployment::task_definition));
    let state = primary.and_then(sdk::Deployment::rollout_state);
    let how = match state == Some(&sdk::DeploymentRolloutState::Failed) {
        true => format!("has failed: {}", reason(&watched, it).unwrap_or_else(no_reason)),
        false => "does not get there, as its tasks fail".to_owned(),
    };
    let head = format!("Deployment {} of {of} {how}; {}.", watched.id, counts(&watched, it));
    let facts = diagnosis::facts(aws, it, &watched, &events(&watched, it)).await;
    [vec![head], diagnosis::diagnose(&facts)].concat().join("\n\n")
}

fn finding(it: &Planned<'_>, told: &str) -> Finding {
    let address = it.address.to_string();
    // A shell would take the brackets and quotes for its own.
    let address = if address.contains('[') { format!("'{address}'") } else { address };
    let detail = format!(
        "{told}\n\nBack to the revision before: groundplan service rollback {address}\n\
         To another image: groundplan service deploy {address} -image IMAGE"
    );
    let severity = Severity::Warning;
    Finding { severity, ..Finding::error(it, "The last deployment is not done", detail) }
}
