//! `service cutover`: sends requests to the target group of a service, by a listener rule or by weights.

use std::process::ExitCode;

use model::{Diagnostic, InstanceAddr, Object};
use serde_json::{Value as Json, json};
use state::State;

use super::change::{Asked, change, object, with_service};
use super::subject::{Subject, failed, objects};
use crate::args::Args;
use crate::commands::Failed;

/// Types that send requests to target groups, and the argument that says where.
const RULES: &[&str] = &["aws_lb_listener_rule", "aws_alb_listener_rule"];
const LISTENERS: &[&str] = &["aws_lb_listener", "aws_alb_listener"];

pub fn run(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let weight = args.number("weight", 100)?;
    if weight > 100 {
        let problem = Diagnostic::error("Invalid weight", "A weight is a percentage: 0 to 100.");
        return Err(problem.into());
    }
    with_service(args, "service cutover", address, async |bench, it, operations| {
        let Some(group) = it.target_group() else {
            let detail = format!("{} has no target group to send requests to.", it.address);
            return Err(Diagnostic::error("Nothing to cut over to", detail).into());
        };
        let (rule, argument, actions) = rule(&bench.session.state, args.value("rule"))?;
        if weight > 0 {
            let health = operations.health(group).await.map_err(|it| failed(&it))?;
            if health.healthy + health.unused == 0 {
                return Err(refused(it, health.targets));
            }
            // AWS looks only at targets that a listener sends requests to.
            let text = match health.healthy {
                0 => format!("The health of its {} targets is not known before.\n", health.unused),
                n => format!("{n} of {} targets are healthy.\n", health.targets),
            };
            bench.say(&text);
        }
        let Some(actions) = forwarding(&actions, group, weight) else {
            let detail = format!("{rule} does not forward to target groups.");
            return Err(Diagnostic::error("Nothing to cut over", detail).into());
        };
        let asked = Asked::from([(rule.clone(), object(argument, actions))]);
        change(args, bench, asked, vec![rule]).await
    })
}

fn refused(it: &Subject, targets: usize) -> Failed {
    let what = match targets {
        0 => "has no targets".to_owned(),
        n => format!("has {n} targets, none of which is healthy"),
    };
    let detail = format!(
        "The target group of {} {what}: requests would go nowhere. Nothing has been changed.",
        it.address
    );
    let hint = format!("`groundplan service status {}` says how its tasks are", it.address);
    Diagnostic::error("No healthy target", detail).hint(hint).into()
}

/// The rule or listener that sends the requests: its address, its argument, and what that is.
fn rule(state: &State, named: Option<&str>) -> Result<(InstanceAddr, &'static str, Json), Failed> {
    let with = |types: &'static [&'static str], argument: &'static str| {
        objects(state, types).filter_map(move |(address, it): (&InstanceAddr, &Object)| {
            Some((address.clone(), argument, it.get(argument)?.clone()))
        })
    };
    let all = with(RULES, "action").chain(with(LISTENERS, "default_action"));
    let mut all: Vec<_> = all.filter(|it| is_forwarding(&it.2)).collect();
    let names: Vec<String> = all.iter().map(|it| it.0.to_string()).collect();
    let found = match named {
        Some(name) => all.iter().position(|it| it.0.to_string() == name),
        None => (all.len() == 1).then_some(0),
    };
    if let Some(n) = found {
        return Ok(all.swap_remove(n));
    }
    let detail = match named {
        Some(name) => format!("The state has no listener rule or listener {name:?} that forwards."),
        None => "Which listener rule sends the requests cannot be told.".to_owned(),
    };
    let problem = Diagnostic::error("Listener rule not found", detail);
    Err(problem.hint(format!("say it with -rule ADDRESS, one of: {}", names.join(", "))).into())
}

fn is_forwarding(actions: &Json) -> bool {
    actions.as_array().is_some_and(|it| it.iter().any(|it| it["type"] == "forward"))
}

/// The same actions with a part of the requests going to a target group, and the rest to where they go
/// now. None if nothing is forwarded.
fn forwarding(actions: &Json, group: &str, weight: usize) -> Option<Json> {
    let mut actions = actions.clone();
    let action = actions.as_array_mut()?.iter_mut().find(|it| it["type"] == "forward")?;
    let forward = action["forward"].as_array().and_then(|it| it.first()).cloned();
    let others = others(action, forward.as_ref(), group);
    let stickiness = forward.map_or(json!([]), |it| it["stickiness"].clone());
    if weight == 100 || others.is_empty() {
        action["target_group_arn"] = json!(group);
        action["forward"] = json!([]);
        return Some(actions);
    }
    let sum: u64 = others.iter().map(|it| it.1).sum();
    let rest = 100 - weight as u64;
    let mut targets = vec![json!({"arn": group, "weight": weight})];
    for (arn, share) in &others {
        // What is left is shared as it was before.
        targets.push(json!({"arn": arn, "weight": rest * share / sum}));
    }
    action["target_group_arn"] = Json::Null;
    action["forward"] = json!([{"stickiness": stickiness, "target_group": targets}]);
    Some(actions)
}

/// The other target groups that requests go to now, with their weights.
fn others(action: &Json, forward: Option<&Json>, group: &str) -> Vec<(String, u64)> {
    let targets = forward.and_then(|it| it["target_group"].as_array());
    let weighted: Vec<(String, u64)> = targets
        .into_iter()
        .flatten()
        .filter_map(|it| {
            let weight = it["weight"].as_u64().unwrap_or(1);
            Some((it["arn"].as_str()?.to_owned(), weight))
        })
        .collect();
    let alone = action["target_group_arn"].as_str().filter(|it| !it.is_empty());
    let all = match (weighted.is_empty(), alone) {
        (true, Some(arn)) => vec![(arn.to_owned(), 1)],
        (true, None) | (false, _) => weighted,
    };
    all.into_iter().filter(|it| it.0 != group && it.1 > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(actions: &Json) -> String {
        let action = &actions[0];
        match action["target_group_arn"].as_str() {
            Some(arn) => arn.to_owned(),
            None => {
                let targets = action["forward"][0]["target_group"].as_array().unwrap();
                let share = |it: &Json| format!("{} {}", it["arn"].as_str().unwrap(), it["weight"]);
                targets.iter().map(share).collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn requests_go_over_in_steps() {
        let blue = json!([{"type": "forward", "target_group_arn": "blue", "forward": []}]);
        let some = forwarding(&blue, "green", 10).unwrap();
        assert_eq!(shares(&some), "green 10, blue 90");
        let more = forwarding(&some, "green", 50).unwrap();
        assert_eq!(shares(&more), "green 50, blue 50");
        let all = forwarding(&more, "green", 100).unwrap();
        assert_eq!(shares(&all), "green");
        let back = forwarding(&all, "blue", 100).unwrap();
        assert_eq!(shares(&back), "blue");
        assert_eq!(shares(&forwarding(&more, "green", 0).unwrap()), "green 0, blue 100");
    }

    #[test]
    fn what_is_not_forwarded_cannot_be_cut_over() {
        let fixed = json!([{"type": "fixed-response"}]);
        assert_eq!(forwarding(&fixed, "green", 100), None);
        assert!(!is_forwarding(&fixed));
    }
}
