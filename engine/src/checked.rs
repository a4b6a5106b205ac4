//! What became of every condition of a configuration, in the form in which states have it: those of
//! resources, outputs and variables, and `check` blocks. Says what is known, and stops nothing.

use model::{InstanceAddr, Mode, ModuleAddr, ResourceAddr};
use serde::{Deserialize, Serialize};
use stacks::eval::evaluate;
use stacks::stack::{Module, Resource, Rule};

use crate::checks::{CheckResult, Status};
use crate::graph::modules;
use crate::world::{BlockScope, World, message};

/// What became of the conditions of one block, in all of its instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Checked {
    /// `resource`, `output`, `var` or `check`.
    object_kind: String,
    /// Where the block is, without keys.
    config_addr: String,
    status: Status,
    /// None if there are none, or if it is not known which.
    objects: Option<Vec<CheckedObject>>,
}

/// The same of one instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct CheckedObject {
    object_addr: String,
    status: Status,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failure_messages: Vec<String>,
}

/// What became of all conditions; of `check` blocks, what is told.
pub fn all(world: &World<'_>, checks: &[CheckResult]) -> Vec<Checked> {
    let mut found = Vec::new();
    for (path, module) in modules(world.stack) {
        // Which instances there are may depend on what is not known yet.
        let addrs = world.instances_of(&path).unwrap_or_default();
        let inside = |name: &str| {
            let steps = path.iter().map(|it| format!("module.{it}."));
            format!("{}{name}", steps.collect::<String>())
        };
        let each = |kind: &str, name: String, of: &dyn Fn(&ModuleAddr) -> Option<Found>| {
            let of_all = addrs.iter().map(|addr| Some((within(addr, &name), of(addr)?)));
            let objects: Option<Vec<_>> = of_all.collect();
            checked(kind, inside(&name), objects.map(|it| it.into_iter().map(object).collect()))
        };
        for (name, it) in module.variables.iter().filter(|it| !it.1.validations.is_empty()) {
            let of = |addr: &ModuleAddr| Some(look(&it.validations, &world.scope(addr)?));
            found.push(each("var", format!("var.{name}"), &of));
        }
        for (name, it) in module.outputs.iter().filter(|it| !it.1.preconditions.is_empty()) {
            let of = |addr: &ModuleAddr| Some(look(&it.preconditions, &world.scope(addr)?));
            found.push(each("output", format!("output.{name}"), &of));
        }
        for it in &module.checks {
            let name = format!("check.{}", it.name.name);
            let of = |addr: &ModuleAddr| {
                let address = within(addr, &name);
                let it = checks.iter().find(|it| it.address == address)?;
                Some((it.status, it.messages.clone()))
            };
            found.push(each("check", name.clone(), &of));
        }
        found.extend(resources(world, &module, &addrs, &inside));
    }
    found.sort();
    found
}

/// Whether a state says the same of all conditions: Terraform writes them in any order.
pub fn same(state: &serde_json::Value, found: &[Checked]) -> bool {
    let read = serde_json::from_value::<Vec<Checked>>(state.clone());
    read.is_ok_and(|mut had| {
        let of_each = had.iter_mut().filter_map(|it| it.objects.as_mut());
        of_each.for_each(|it| it.sort());
        had.sort();
        had == found
    })
}

type Found = (Status, Vec<String>);

fn object((object_addr, (status, mut failure_messages)): (String, Found)) -> CheckedObject {
    failure_messages.sort();
    CheckedObject { object_addr, status, failure_messages }
}

fn checked(kind: &str, config_addr: String, objects: Option<Vec<CheckedObject>>) -> Checked {
    let worst = |all: &Vec<CheckedObject>| all.iter().map(|it| it.status).max();
    let status = match &objects {
        Some(all) => worst(all).unwrap_or(Status::Pass),
        None => Status::Unknown,
    };
    let mut objects = objects.filter(|it| !it.is_empty());
    if let Some(all) = &mut objects {
        all.sort();
    }
    Checked { object_kind: kind.to_owned(), config_addr, status, objects }
}

fn within(addr: &ModuleAddr, name: &str) -> String {
    if addr.is_root() { name.to_owned() } else { format!("{addr}.{name}") }
}

fn resources(
    world: &World<'_>,
    module: &Module,
    addrs: &[ModuleAddr],
    inside: &dyn Fn(&str) -> String,
) -> Vec<Checked> {
    let has = |it: &Resource| {
        let lifecycle = &it.lifecycle;
        !lifecycle.preconditions.is_empty() || !lifecycle.postconditions.is_empty()
    };
    let blocks = module.resources.iter().filter(|it| it.0.0 != Mode::Ephemeral && has(it.1));
    let of_block = |((mode, ty, name), it): (&(Mode, _, _), &Resource)| {
        let addr = |module: &ModuleAddr| {
            let (ty, name) = (std::sync::Arc::clone(ty), std::sync::Arc::clone(name));
            ResourceAddr { module: module.clone(), mode: *mode, ty, name }
        };
        let objects: Option<Vec<_>> =
            addrs.iter().map(|module| instances(world, &addr(module), it)).collect();
        let objects = objects.map(|it| it.into_iter().flatten().map(object).collect());
        checked("resource", inside(&addr(&ModuleAddr::default()).to_string()), objects)
    };
    blocks.map(of_block).collect()
}

/// The instances of one block in one instance of its module. None if they are not known.
fn instances(
    world: &World<'_>,
    addr: &ResourceAddr,
    resource: &Resource,
) -> Option<Vec<(String, Found)>> {
    let scope = world.scope(&addr.module)?;
    let instances = world.resource_instances(addr).ok()?;
    if *instances == crate::repeat::Instances::Unknown {
        return None;
    }
    let of_one = |key: Option<model::Key>| {
        let this = world.object(addr, key.as_ref());
        let before = scope.instance(&instances, key.as_ref());
        let (mut status, mut messages) = look(&resource.lifecycle.preconditions, &before);
        let after = &resource.lifecycle.postconditions;
        let (then, more) = match this {
            Some(this) => look(after, &BlockScope { this: Some(this), ..before }),
            None if after.is_empty() => (Status::Pass, Vec::new()),
            None => (Status::Unknown, Vec::new()),
        };
        status = status.max(then);
        messages.extend(more);
        let address: InstanceAddr = addr.instance(key);
        (address.to_string(), (status, messages))
    };
    Some(instances.keys().into_iter().map(of_one).collect())
}

/// Whether rules hold. What cannot be evaluated is told elsewhere.
fn look(rules: &[Rule], scope: &BlockScope<'_>) -> Found {
    let (mut status, mut messages) = (Status::Pass, Vec::new());
    for rule in rules {
        let holds = match evaluate(&rule.condition, scope) {
            Ok(value) => value.as_bool(),
            Err(_) => None,
        };
        match holds {
            Some(true) => (),
            None => status = status.max(Status::Unknown),
            Some(false) => {
                status = Status::Fail;
                messages.push(message(&rule.error_message, scope));
            }
        }
    }
    (status, messages)
}
