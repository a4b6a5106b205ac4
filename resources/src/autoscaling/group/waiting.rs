//! A group is ready when the instances that were asked for are in service. How many that is, and for
//! how long to wait, only the user's arguments say, and a read does not know them; so whoever makes or
//! resizes a group notes them for the reads that follow.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_autoscaling::types as sdk;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use model::Phase;
use serde::{Deserialize, Serialize};

use super::Group;
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wait {
    /// How much capacity must be in service.
    capacity: i32,
    /// Whether more than that is too much.
    exactly: bool,
    /// How many instances must be healthy to every target group.
    behind_balancers: i32,
    /// Whether instances that do not start are no reason to give up.
    patient: bool,
    /// Seconds since 1970.
    since: u64,
    until: u64,
}

fn key(group: &str) -> String {
    format!("aws_autoscaling_group {group}")
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Notes what a group that `want` describes is to be waited for.
pub(super) fn wait(aws: &Aws, group: &str, have: Option<&Group>, want: &Group) {
    let timeout = want.wait_for_capacity_timeout.0.as_deref().unwrap_or("10m");
    let Some(timeout) = duration(timeout).filter(|it| !it.is_zero()) else {
        return forget(aws, group);
    };
    let desired = want.desired_capacity.0.filter(|it| *it > 0).unwrap_or(want.min_size);
    let least = want.min_elb_capacity.0.filter(|_| have.is_none()).unwrap_or(0);
    let balancers = want.wait_for_elb_capacity.0.filter(|it| *it > 0).unwrap_or(least);
    let wait = Wait {
        capacity: desired,
        exactly: have.is_some_and(|it| it.desired_capacity.0 > Some(desired)),
        behind_balancers: balancers,
        patient: want.ignore_failed_scaling_activities.0 == Some(true),
        since: now(),
        until: now() + timeout.as_secs(),
    };
    aws.watch(&key(group), &serde_json::to_string(&wait).unwrap_or_default());
}

/// Waits for nothing any more.
pub(super) fn forget(aws: &Aws, group: &str) {
    aws.watch(&key(group), "");
}

/// How far a group has come.
pub(super) async fn phase(aws: &Aws, it: &sdk::AutoScalingGroup) -> Result<Phase> {
    if let Some(status) = it.status() {
        return Ok(Phase::changing(format!(
            "{} instances are left: {status}",
            it.instances().len()
        )));
    }
    let name = it.auto_scaling_group_name().unwrap_or_default();
    let noted = aws.watched(&key(name)).unwrap_or_default();
    let Ok(wait) = serde_json::from_str::<Wait>(&noted) else { return Ok(Phase::Ready) };
    let Some(missing) = missing(aws, it, &wait).await? else {
        forget(aws, name);
        return Ok(Phase::Ready);
    };
    let failed = if wait.patient { None } else { failure(aws, name, wait.since).await? };
    Ok(match failed {
        Some(reason) => Phase::failed(format!("an instance does not start: {reason}")),
        None if wait.until <= now() => Phase::failed(format!("{missing} in time")),
        None => Phase::changing(missing),
    })
}

/// What is not there yet.
async fn missing(aws: &Aws, it: &sdk::AutoScalingGroup, wait: &Wait) -> Result<Option<String>> {
    let weight = |it: &sdk::Instance| it.weighted_capacity().and_then(|it| it.parse::<i32>().ok());
    let serving: Vec<&sdk::Instance> = it.instances().iter().filter(|it| serves(it)).collect();
    let capacity: i32 = serving.iter().map(|it| weight(it).unwrap_or(1)).sum();
    let wanted = wait.capacity;
    if capacity < wanted || (wait.exactly && capacity != wanted) {
        return Ok(Some(format!("{capacity} of {wanted} are in service")));
    }
    if wait.behind_balancers == 0 {
        return Ok(None);
    }
    let mut healthy: BTreeSet<&str> = serving.iter().filter_map(|it| it.instance_id()).collect();
    for group in it.target_group_arns() {
        let targets = healthy_targets(aws, group).await?;
        healthy.retain(|it| targets.contains(*it));
    }
    let (have, wanted) = (healthy.len(), wait.behind_balancers);
    let enough = i32::try_from(have).unwrap_or(i32::MAX) >= wanted;
    Ok((!enough).then(|| format!("{have} of {wanted} are healthy to the load balancer")))
}

fn serves(it: &sdk::Instance) -> bool {
    it.lifecycle_state() == Some(&sdk::LifecycleState::InService)
        && it.health_status().is_some_and(|it| it.eq_ignore_ascii_case("Healthy"))
}

async fn healthy_targets(aws: &Aws, group: &str) -> Result<BTreeSet<String>> {
    let call = aws.elbv2().describe_target_health().target_group_arn(group);
    let answer = call.send().await.or_fault("DescribeTargetHealth")?;
    let healthy = answer.target_health_descriptions.unwrap_or_default().into_iter().filter(|it| {
        let state = it.target_health().and_then(|it| it.state());
        state == Some(&TargetHealthStateEnum::Healthy)
    });
    Ok(healthy.filter_map(|it| it.target.and_then(|it| it.id)).collect())
}

/// Why an instance did not start, if one did not.
async fn failure(aws: &Aws, group: &str, since: u64) -> Result<Option<String>> {
    let call = aws.autoscaling().describe_scaling_activities().auto_scaling_group_name(group);
    let answer = call.send().await.or_fault("DescribeScalingActivities")?;
    let failed = answer.activities().iter().find(|it| {
        let started = it.start_time().and_then(|it| u64::try_from(it.secs()).ok());
        let recent = started.is_some_and(|it| since <= it);
        // A profile that was made a moment ago: AWS tries again.
        let passes = it.status_message().unwrap_or_default().contains("IAM Instance Profile");
        recent && !passes && it.status_code() == Some(&sdk::ScalingActivityStatusCode::Failed)
    });
    Ok(failed.map(|it| it.status_message().unwrap_or("no reason is given").to_owned()))
}

/// A duration such as `10m` or `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|it: char| it.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        rest = next;
    }
    Some(total)
}

/// What is wrong with such a text, if anything.
pub(super) fn problem(text: &str) -> Option<String> {
    let text = text.trim();
    duration(text).is_none().then(|| format!("{text:?} is no duration such as \"10m\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        let seconds = |it: &str| duration(it).map(|it| it.as_secs());
        assert_eq!(seconds("10m"), Some(600));
        assert_eq!(seconds("1h30m5s"), Some(5405));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("soon"), None);
        assert!(problem("5 minutes").is_some());
    }
}
