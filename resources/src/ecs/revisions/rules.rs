//! What rules of EventBridge start. Schedules of EventBridge Scheduler are not among them: they are
//! another service, which is not asked.

use aws_sdk_eventbridge::types as sdk;
use model::Fault;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

const BUSES: &str = "ListEventBuses";
const RULES: &str = "ListRuleNamesByTarget";
const TARGETS: &str = "ListTargetsByRule";

/// The task definitions that rules on any bus start, as they name them.
///
/// The target of such a rule is the cluster: no call finds a rule by what it starts there. Rules are asked
/// for by cluster, in one call for each bus, and only those few are then asked for their targets; to
/// list all rules of an account, and the targets of each, would take many more calls.
pub(crate) async fn started(aws: &Aws, clusters: &[String]) -> Result<Vec<String>> {
    let mut started = Vec::new();
    if clusters.is_empty() {
        return Ok(started);
    }
    for bus in buses(aws).await? {
        for cluster in clusters {
            for rule in rules(aws, &bus, cluster).await? {
                let targets = targets(aws, &bus, &rule).await?.into_iter();
                let parameters = targets.filter_map(|it| it.ecs_parameters);
                started.extend(parameters.map(|it| it.task_definition_arn));
            }
        }
    }
    Ok(started)
}

/// Whether it is not known what rules start because this caller may not look.
pub(crate) fn is_denied_look(fault: &Fault) -> bool {
    fault.code == "AccessDeniedException" && [BUSES, RULES, TARGETS].contains(&fault.operation)
}

async fn buses(aws: &Aws) -> Result<Vec<String>> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let call = aws.events().list_event_buses().set_next_token(next);
        let answer = call.send().await.or_fault(BUSES)?;
        found.extend(answer.event_buses.into_iter().flatten().filter_map(|it| it.name));
        next = answer.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn rules(aws: &Aws, bus: &str, target: &str) -> Result<Vec<String>> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let call = aws.events().list_rule_names_by_target().event_bus_name(bus);
        let answer = call.target_arn(target).set_next_token(next).send().await.or_fault(RULES)?;
        found.extend(answer.rule_names.unwrap_or_default());
        next = answer.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn targets(aws: &Aws, bus: &str, rule: &str) -> Result<Vec<sdk::Target>> {
    let (mut found, mut next) = (Vec::new(), None);
    loop {
        let call = aws.events().list_targets_by_rule().event_bus_name(bus).rule(rule);
        let answer = call.set_next_token(next).send().await.or_fault(TARGETS)?;
        found.extend(answer.targets.unwrap_or_default());
        next = answer.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}
