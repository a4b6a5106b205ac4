//! Whether a service fits its task definition, its target groups and its network. AWS says that it
//! does not only when the service is made, after all else has been. Pure.
//!
//! Looks at the objects of a plan and, for `plan -verify`, at what was read of those that are not in it.
//! What is not known is not found fault with.

use std::collections::BTreeMap;

use model::{Finding, Key, Planned, Value};

use crate::ec2::place::{GROUPS, SUBNETS, Vpc, is_of, own, vpc};
use crate::ecs::containers::{self, Container};
use crate::ecs::service::Revision;

/// What a task definition says that services have to fit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Task {
    /// None if it is not known.
    pub network_mode: Option<String>,
    pub containers: Option<Vec<Container>>,
}

/// What a target group says that services have to fit.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Group {
    pub target_type: Option<String>,
    pub vpc: Option<Vpc>,
}

/// What is known of objects that no plan has: by what services name them with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub tasks: BTreeMap<String, Task>,
    pub groups: BTreeMap<String, Group>,
    /// The VPCs of subnets and security groups.
    pub vpcs: BTreeMap<String, Vpc>,
}

const TARGETS: &[&str] = &["aws_lb_target_group", "aws_alb_target_group"];

/// What does not fit between the objects of a plan.
pub(crate) fn between(all: &[Planned<'_>]) -> Vec<Finding> {
    let services = all.iter().filter(|it| &*it.address.resource.ty == "aws_ecs_service");
    services.flat_map(|it| problems(it, all, &Known::default())).collect()
}

/// What of a service does not fit.
pub(crate) fn problems(it: &Planned<'_>, all: &[Planned<'_>], known: &Known) -> Vec<Finding> {
    let task = task(it, all, known).unwrap_or_default();
    let mut found = Vec::new();
    let balancers = it.after.get("load_balancer").and_then(Value::items).unwrap_or_default();
    for (n, balancer) in balancers.iter().enumerate() {
        found.extend(container(it, (n, balancer), &task));
        let group = group(it, balancer, all, known).unwrap_or_default();
        found.extend(target_type(it, n, &task, &group));
    }
    found.extend(network_mode(it, &task));
    found.extend(one_vpc(it, all, known));
    found
}

fn text<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// An argument of a `load_balancer` block.
fn of_balancer(n: usize, name: &str) -> [Key; 3] {
    ["load_balancer".into(), n.into(), name.into()]
}

/// Requests go to a port that a container listens on.
fn container(it: &Planned<'_>, (n, balancer): (usize, &Value), task: &Task) -> Option<Finding> {
    let (name, containers) = (text(balancer, "container_name")?, task.containers.as_ref()?);
    let names: Option<Vec<&str>> = containers.iter().map(|it| it.name.as_deref()).collect();
    let Some(own) = containers.iter().find(|it| it.name.as_deref() == Some(name)) else {
        let names = names?.join(", ");
        let detail = format!("The task definition has no container {name:?}, but: {names}.");
        let found = Finding::error(it, "No such container", detail);
        return Some(found.at(of_balancer(n, "container_name")));
    };
    let port = balancer.get("container_port").and_then(Value::as_number)?.to_i64()?;
    if own.listens_on(port)? {
        return None;
    }
    let ports = own.ports.iter().flatten().map(|(from, to)| match from == to {
        true => from.to_string(),
        false => format!("{from}-{to}"),
    });
    let ports: Vec<String> = ports.collect();
    let detail = match ports.is_empty() {
        true => format!("The container {name:?} has no `portMappings`, so no port {port}."),
        false => {
            format!("The container {name:?} has no port {port}, but: {}.", ports.join(", "))
        }
    };
    let found = Finding::error(it, "No such port", detail);
    Some(found.at(of_balancer(n, "container_port")))
}

/// Tasks with addresses of their own are targets by address, others by their instance.
fn target_type(it: &Planned<'_>, n: usize, task: &Task, group: &Group) -> Option<Finding> {
    let (mode, have) = (task.network_mode.as_deref()?, group.target_type.as_deref()?);
    let want = if mode == "awsvpc" { "ip" } else { "instance" };
    if have == want {
        return None;
    }
    let detail = format!(
        "The target group takes targets of the type `{have}`. Tasks with the network mode `{mode}` \
         are of the type `{want}`."
    );
    let found = Finding::error(it, "Target type does not fit the network mode", detail);
    Some(found.at(of_balancer(n, "target_group_arn")))
}

/// Subnets are given for tasks with addresses of their own, and only for those.
fn network_mode(it: &Planned<'_>, task: &Task) -> Option<Finding> {
    let mode = task.network_mode.as_deref()?;
    let given = it.after.get("network_configuration")?.items()?;
    const SUMMARY: &str = "Network does not fit the network mode";
    match (mode == "awsvpc", given.is_empty()) {
        (true, true) => {
            let detail =
                "Tasks with the network mode `awsvpc` need a `network_configuration` block.";
            Some(Finding::error(it, SUMMARY, detail))
        }
        (false, false) => {
            let detail = format!("Tasks with the network mode `{mode}` take no subnets.");
            Some(Finding::error(it, SUMMARY, detail).at(["network_configuration"]))
        }
        (true, false) | (false, true) => None,
    }
}

/// Subnets, security groups and target groups are all in one VPC.
fn one_vpc(it: &Planned<'_>, all: &[Planned<'_>], known: &Known) -> Option<Finding> {
    let mut places: Vec<(String, Vpc)> = Vec::new();
    let network = it.after.get("network_configuration").and_then(Value::items);
    let network = network.and_then(<[Value]>::first);
    for (name, types) in [("subnets", SUBNETS), ("security_groups", GROUPS)] {
        let ids = network.and_then(|it| it.get(name)).and_then(Value::items).unwrap_or_default();
        for id in ids.iter().filter_map(Value::as_str) {
            let own = all.iter().find(|it| is_of(it, types) && own(it, "id") == Some(id));
            let vpc = own.and_then(vpc).or_else(|| known.vpcs.get(id).cloned());
            places.extend(vpc.map(|vpc| (id.to_owned(), vpc)));
        }
        let mentioned = types.iter().flat_map(|ty| it.mentioned("network_configuration", ty, all));
        places.extend(mentioned.filter_map(|it| Some((it.address.to_string(), vpc(&it)?))));
    }
    for balancer in it.after.get("load_balancer").and_then(Value::items).unwrap_or_default() {
        let vpc = group(it, balancer, all, known).and_then(|it| it.vpc);
        places.extend(vpc.map(|vpc| ("its target group".to_owned(), vpc)));
    }
    let (first, vpc) = places.first()?;
    let (other, elsewhere) = places.iter().find(|it| it.1 != *vpc)?;
    let detail = format!("{first} is in {vpc}, but {other} is in {elsewhere}.");
    Some(Finding::error(it, "Not in one VPC", detail).at(["network_configuration"]))
}

/// The target group that a `load_balancer` block names.
fn group(it: &Planned<'_>, balancer: &Value, all: &[Planned<'_>], known: &Known) -> Option<Group> {
    let of = |it: &Planned<'_>| Group {
        target_type: own(it, "target_type").map(str::to_owned),
        vpc: vpc(it),
    };
    if let Some(arn) = text(balancer, "target_group_arn") {
        let planned = all.iter().find(|it| is_of(it, TARGETS) && own(it, "arn") == Some(arn));
        return planned.map(of).or_else(|| known.groups.get(arn).cloned());
    }
    let balancers = it.after.get("load_balancer").and_then(Value::items).map_or(0, <[_]>::len);
    let named: Vec<Planned<'_>> =
        TARGETS.iter().flat_map(|ty| it.mentioned("load_balancer", ty, all)).collect();
    match named.as_slice() {
        [only] if balancers == 1 => Some(of(only)),
        _ => None,
    }
}

/// The task definition of a service.
fn task(it: &Planned<'_>, all: &[Planned<'_>], known: &Known) -> Option<Task> {
    let mut planned = all.iter().filter(|it| is_of(it, &["aws_ecs_task_definition"]));
    match own(it, "task_definition") {
        Some(text) => {
            let wanted = Revision(text.to_owned());
            let is_it = |it: &&Planned<'_>| {
                own(it, "arn").is_some_and(|arn| Revision(arn.to_owned()) == wanted)
            };
            planned.find(is_it).map(of_planned).or_else(|| known.tasks.get(text).cloned())
        }
        None => {
            let referred = it.refers.get("task_definition");
            match referred {
                Some(address) => planned.find(|it| it.address == address).map(of_planned),
                None => {
                    let named = it.mentioned("task_definition", "aws_ecs_task_definition", all);
                    (named.len() == 1).then(|| of_planned(&named[0]))
                }
            }
        }
    }
}

fn of_planned(it: &Planned<'_>) -> Task {
    let given = it.given.get("network_mode");
    let network_mode = match given {
        Some(mode) if mode.is_known() && !mode.is_null() => mode.as_str().map(str::to_owned),
        Some(mode) if !mode.is_known() => None,
        // What is not given is what the object has or, if it is new, the default of Docker.
        _ => Some(own(it, "network_mode").unwrap_or("bridge").to_owned()),
    };
    Task { network_mode, containers: containers::planned(it) }
}

#[cfg(test)]
mod tests;
