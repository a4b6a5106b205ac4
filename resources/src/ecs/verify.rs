//! Whether what tasks and services need is there: roles and what they are allowed, images, secrets, log
//! groups, and what a service has to fit. Reads only; what the same plan makes counts as there.
//!
//! First all questions are gathered, each with the places that it comes from; then each is asked once.

mod names;
mod asking;
mod access;

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use model::{Finding, InstanceAddr, Key, Planned, Severity, Value};

use crate::aws::Aws;
use crate::ecs::containers::{self, Container};
use crate::ecs::fit::{self, Known};
use crate::iam::trust;
use crate::resource::Result;

use asking::{ask, groups, tasks, vpcs};
use names::{Image, Secret};

/// Something that has to be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// A role, and the service that has to be able to assume it.
    Role {
        arn: String,
        service: &'static str,
    },
    Image(Image),
    Secret(Secret),
    LogGroup {
        name: String,
        region: Option<String>,
    },
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    There,
    /// It is there, and encrypted with this key of the account.
    Encrypted(String),
    /// What an apply would fail for: a few words, and sentences.
    Wrong(&'static str, String),
    /// What could not be looked at, and why.
    Unseen(String),
}

/// The parts of blocks that ask for something.
type Places = Vec<(InstanceAddr, Vec<Key>)>;

const CONTAINERS: &str = "container_definitions";
const TASKS: &str = "ecs-tasks.amazonaws.com";
const SERVICES: &str = "ecs.amazonaws.com";

/// Whether all that task definitions name is there.
pub(super) async fn task_definitions(
    aws: &Aws,
    own: &[Planned<'_>],
    all: &[Planned<'_>],
) -> Result<Vec<Finding>> {
    let (mut questions, mut found) = (BTreeMap::new(), Vec::new());
    for it in own {
        for name in ["execution_role_arn", "task_role_arn"] {
            role(it, name, TASKS, all, &mut questions, &mut found);
        }
        for (n, container) in containers::planned(it).iter().flatten().enumerate() {
            for (path, question) in of_container(n, container, all) {
                let path = [vec![Key::from(CONTAINERS)], path].concat();
                questions.entry(question).or_default().push((it.address.clone(), path));
            }
        }
    }
    let seen = ask_all(aws, &questions).await?;
    found.extend(findings(&questions, &seen));
    let encrypted = |secret: &Secret| match seen.get(&Question::Secret(secret.clone())) {
        Some(Seen::Encrypted(key)) => Some(key.clone()),
        _ => planned_key(secret, all),
    };
    let needs = access::needs(aws.region(), own, &encrypted);
    found.extend(access::denied(aws, needs, all).await?);
    Ok(found)
}

/// The key that a secret of the plan is encrypted with, if it is one of the account.
fn planned_key(secret: &Secret, all: &[Planned<'_>]) -> Option<String> {
    let (ty, key) = match secret {
        Secret::Manager { .. } => ("aws_secretsmanager_secret", "kms_key_id"),
        Secret::Parameter { .. } => ("aws_ssm_parameter", "key_id"),
    };
    let text = |it: &Planned<'_>, name: &str| {
        it.after.get(name).and_then(Value::as_str).map(str::to_owned)
    };
    let is_it = |it: &&Planned<'_>| match secret {
        Secret::Manager { arn, .. } => text(it, "arn").as_ref() == Some(arn),
        Secret::Parameter { name, .. } => text(it, "name").as_ref() == Some(name),
    };
    let mut of_type = all.iter().filter(|it| *it.address.resource.ty == *ty);
    text(of_type.find(is_it)?, key)
}

/// Whether what services name is there, and fits.
pub(super) async fn services(
    aws: &Aws,
    own: &[Planned<'_>],
    all: &[Planned<'_>],
) -> Result<Vec<Finding>> {
    let (mut questions, mut found) = (BTreeMap::new(), Vec::new());
    for it in own {
        role(it, "iam_role", SERVICES, all, &mut questions, &mut found);
    }
    let seen = ask_all(aws, &questions).await?;
    found.extend(findings(&questions, &seen));
    let mut known = Known::default();
    let mut missing: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut note =
        |absent: Vec<String>, what| missing.extend(absent.into_iter().map(|it| (it, what)));
    let named = |name: &str, path: &[&str], types: &[&str], key: &str| {
        let texts = own.iter().flat_map(|it| texts(it, name, path));
        let is_planned = |text: &String| {
            let mut of_types = all.iter().filter(|it| types.contains(&&*it.address.resource.ty));
            of_types.any(|it| it.after.get(key).and_then(Value::as_str) == Some(text))
        };
        texts.filter(|it| !is_planned(it)).collect::<BTreeSet<String>>()
    };
    let wanted = named("task_definition", &[], &["aws_ecs_task_definition"], "arn");
    note(tasks(aws, &wanted, &mut known).await?, "task definition");
    let types = ["aws_lb_target_group", "aws_alb_target_group"];
    let wanted = named("load_balancer", &["target_group_arn"], &types, "arn");
    note(groups(aws, &wanted, &mut known).await?, "target group");
    for (part, what, types) in [
        ("subnets", "subnet", ["aws_subnet", "aws_default_subnet"]),
        ("security_groups", "security group", ["aws_security_group", "aws_default_security_group"]),
    ] {
        let wanted = named("network_configuration", &[part], &types, "id");
        note(vpcs(aws, part, &wanted, &mut known).await?, what);
    }
    for it in own {
        found.extend(fit::problems(it, all, &known));
        found.extend(not_there(it, &missing));
    }
    Ok(found)
}

/// What a service names and nobody has.
fn not_there(it: &Planned<'_>, missing: &BTreeMap<String, &'static str>) -> Vec<Finding> {
    let parts: [(&str, &[&str]); 4] = [
        ("task_definition", &[]),
        ("load_balancer", &["target_group_arn"]),
        ("network_configuration", &["subnets"]),
        ("network_configuration", &["security_groups"]),
    ];
    let mut found = Vec::new();
    for (name, path) in parts {
        for (place, text) in placed(it, name, path) {
            let Some(what) = missing.get(&text) else { continue };
            let detail = format!("There is no {what} {text:?}.");
            found.push(Finding::error(it, "Not found", detail).at(place));
        }
    }
    found
}

/// The known texts of an argument, or of an argument in each block of a kind.
fn texts(it: &Planned<'_>, name: &str, path: &[&str]) -> Vec<String> {
    placed(it, name, path).into_iter().map(|it| it.1).collect()
}

/// The same, each with where it is.
fn placed(it: &Planned<'_>, name: &str, path: &[&str]) -> Vec<(Vec<Key>, String)> {
    let Some(value) = it.after.get(name) else { return Vec::new() };
    let at = |place: Vec<Key>, it: &Value| -> Vec<(Vec<Key>, String)> {
        strings(it).into_iter().map(|it| (place.clone(), it)).collect()
    };
    match path.first() {
        Some(part) => {
            let blocks = value.items().unwrap_or_default().iter().enumerate();
            let parts = blocks.filter_map(|(n, it)| Some((n, it.get(part)?)));
            parts.flat_map(|(n, it)| at(vec![name.into(), n.into(), (*part).into()], it)).collect()
        }
        None => at(vec![name.into()], value),
    }
}

fn strings(it: &Value) -> Vec<String> {
    let items = it.items().unwrap_or(std::slice::from_ref(it));
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A role that a service of AWS has to be able to assume. One of the plan is judged by what it will be.
fn role(
    it: &Planned<'_>,
    name: &str,
    service: &'static str,
    all: &[Planned<'_>],
    questions: &mut BTreeMap<Question, Places>,
    found: &mut Vec<Finding>,
) {
    // What nobody gave, such as the role that AWS makes for services, is not ours to judge.
    let arn = it.given.get(name).and_then(Value::as_str).filter(|it| !it.is_empty());
    let is_it = |role: &&Planned<'_>| match arn {
        Some(arn) => role.after.get("arn").and_then(Value::as_str) == Some(arn),
        None => it.refers.get(name) == Some(role.address),
    };
    let mut roles = all.iter().filter(|it| &*it.address.resource.ty == "aws_iam_role");
    match (roles.find(is_it), arn) {
        (Some(role), _) => {
            let policy = role.after.get("assume_role_policy").and_then(Value::as_str);
            if let Some((summary, detail)) =
                policy.and_then(|policy| distrust(&role.address.to_string(), policy, service))
            {
                found.push(Finding::error(it, summary, detail).at([name]));
            }
        }
        (None, Some(arn)) => {
            let question = Question::Role { arn: arn.to_owned(), service };
            questions.entry(question).or_default().push((it.address.clone(), vec![name.into()]));
        }
        (None, None) => (),
    }
}

/// Why a role cannot be assumed by a service, if it cannot.
fn distrust(role: &str, policy: &str, service: &str) -> Option<(&'static str, String)> {
    if trust::allows(policy, service)? {
        return None;
    }
    let trusted = match trust::services(policy).join(", ") {
        none if none.is_empty() => "no service".to_owned(),
        some => some,
    };
    let detail = format!(
        "The trust policy of {role} lets {trusted} assume it, and has to let {service} assume it."
    );
    Some(("Role cannot be assumed", detail))
}

/// What a container needs that the plan does not make.
fn of_container(n: usize, it: &Container, all: &[Planned<'_>]) -> Vec<(Vec<Key>, Question)> {
    let planned = |ty: &str, name: &str, text: &str| {
        let mut of_type = all.iter().filter(|it| *it.address.resource.ty == *ty);
        of_type.any(|it| it.after.get(name).and_then(Value::as_str) == Some(text))
    };
    let mut questions = Vec::new();
    if let Some(image) = &it.image {
        questions.push((vec![n.into(), "image".into()], Question::Image(Image::parse(image))));
    }
    for (path, from) in &it.secrets {
        let secret = Secret::parse(from);
        let made = match &secret {
            Secret::Manager { arn, .. } => planned("aws_secretsmanager_secret", "arn", arn),
            Secret::Parameter { name, .. } => {
                planned("aws_ssm_parameter", "name", name)
                    || planned("aws_ssm_parameter", "arn", from)
            }
        };
        if !made {
            questions.push((path.clone(), Question::Secret(secret)));
        }
    }
    let creates = it.log.options.get("awslogs-create-group").is_some_and(|it| it == "true");
    if let Some(name) = it.log_group().filter(|_| !creates)
        && !planned("aws_cloudwatch_log_group", "name", name)
    {
        let path = ["logConfiguration", "options", "awslogs-group"].map(Key::from);
        let path = std::iter::once(Key::from(n)).chain(path).collect();
        let region = it.log.options.get("awslogs-region").cloned();
        let question = Question::LogGroup { name: name.to_owned(), region };
        questions.push((path, question));
    }
    questions
}

type Answers<'a> = BTreeMap<&'a Question, Seen>;

/// Asks each question once, a few at a time.
async fn ask_all<'a>(aws: &Aws, questions: &'a BTreeMap<Question, Places>) -> Result<Answers<'a>> {
    const AT_ONCE: usize = 8;
    let asked: Vec<_> = questions.keys().map(|it| ask(aws, it)).collect();
    let seen: Vec<Seen> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    Ok(questions.keys().zip(seen).collect())
}

/// What came of questions, at each place that asks them.
fn findings(questions: &BTreeMap<Question, Places>, seen: &Answers<'_>) -> Vec<Finding> {
    let places = questions.iter().filter_map(|(it, places)| Some((places, seen.get(it)?)));
    let found = places.flat_map(|(places, seen)| places.iter().map(move |it| (it, seen)));
    found.filter_map(|(it, seen)| finding(it.clone(), seen)).collect()
}

fn finding((address, path): (InstanceAddr, Vec<Key>), seen: &Seen) -> Option<Finding> {
    let (severity, summary, detail) = match seen {
        Seen::There | Seen::Encrypted(_) => return None,
        Seen::Wrong(summary, detail) => (Severity::Error, *summary, detail.clone()),
        Seen::Unseen(why) => (Severity::Warning, "Not verified", why.clone()),
    };
    Some(Finding { address, path, summary, detail, severity })
}

#[cfg(test)]
mod tests;
