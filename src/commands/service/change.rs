//! `service deploy`, `scale`, `stop` and `rollback`: one thing other than the configuration says,
//! through a plan and the state.

use std::collections::BTreeMap;
use std::process::ExitCode;

use engine::{Mode, Target};
use model::{Diagnostic, InstanceAddr, Object};
use resources::services::Operations;
use serde_json::{Value as Json, json};
use state::State;

use super::subject::{Subject, failed, family, find, objects, operations, text};
use crate::args::{Args, UsageError};
use crate::commands::{Failed, block_on};
use crate::run::{Workbench, options};

/// What a command asks for: by object and attribute.
pub type Asked = BTreeMap<InstanceAddr, Object>;

/// Runs another image in a container.
pub fn deploy(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    let Some(image) = args.value("image") else {
        return Err(UsageError("deploy: expected -image IMAGE".to_owned()).into());
    };
    with_service(args, "service deploy", address, async |bench, it, operations| {
        let definition = task_definition(&bench.session.state, it)?;
        let images = operations.images(it.task_definition()).await.map_err(|it| failed(&it))?;
        let container = container(it, &images, args.value("container"))?;
        let asked = json!({ container: image });
        let asked = Asked::from([(definition, object("container_definitions", asked))]);
        change(args, bench, asked, vec![it.address.clone()]).await
    })
}

/// Runs another number of tasks.
pub fn scale(args: &Args, address: &str, count: &str) -> Result<ExitCode, Failed> {
    let count: i32 =
        count.parse().ok().filter(|it| *it >= 0).ok_or_else(|| {
            UsageError(format!("scale: expected a number of tasks, not {count:?}"))
        })?;
    with_service(args, "service scale", address, async |bench, it, operations| {
        let range = operations.range(it.arn()).await.map_err(|it| failed(&it))?;
        if let Some((min, max)) = range.filter(|(min, max)| !(*min..=*max).contains(&count)) {
            let detail = format!(
                "{} is scaled automatically between {min} and {max} tasks, so {count} would not last.",
                it.address
            );
            let problem = Diagnostic::error("Out of the range that it is scaled in", detail);
            let hint = "change min_capacity or max_capacity of its aws_appautoscaling_target; or \
                        `service stop`, which ends all tasks";
            return Err(problem.hint(hint).into());
        }
        let asked = Asked::from([(it.address.clone(), object("desired_count", json!(count)))]);
        change(args, bench, asked, vec![it.address.clone()]).await
    })
}

/// Ends all tasks, and waits until they are gone.
pub fn stop(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    with_service(args, "service stop", address, async |bench, it, operations| {
        let range = operations.range(it.arn()).await.map_err(|it| failed(&it))?;
        if let Some((min, _)) = range.filter(|it| it.0 > 0) {
            bench.say(&format!(
                "It is scaled automatically, to {min} tasks or more: an alarm may start some again.\n"
            ));
        }
        let asked = Asked::from([(it.address.clone(), object("desired_count", json!(0)))]);
        change(args, bench, asked, vec![it.address.clone()]).await
    })
}

/// Runs an earlier revision of its task definition.
pub fn rollback(args: &Args, address: &str) -> Result<ExitCode, Failed> {
    with_service(args, "service rollback", address, async |bench, it, operations| {
        let live = operations.services(&[it.arn().to_owned()]).await.map_err(|it| failed(&it))?;
        let now = live.first().map_or(it.task_definition(), |it| &it.task_definition).to_owned();
        let all = operations.revisions(it.family()).await.map_err(|it| failed(&it))?;
        let current = number(&now);
        let wanted = match args.value("to") {
            Some(to) => {
                let to = number(to).or_else(|| to.parse().ok());
                all.iter().find(|it| Some(it.number) == to)
            }
            None => all.iter().rev().find(|it| Some(it.number) < current),
        };
        let Some(wanted) = wanted else {
            let which: Vec<String> = all.iter().map(|it| it.number.to_string()).collect();
            let which = which.join(", ");
            let detail = match args.value("to") {
                Some(to) => format!("There is no active revision {to}, but: {which}."),
                None => format!("There is no active revision before {now}."),
            };
            let problem = Diagnostic::error("Nothing to go back to", detail).on(&it.address);
            let hint = "a revision stays to go back to if its task definition has the tag \
                        \"groundplan:keep-revisions\", which says how many";
            return Err(problem.hint(hint).into());
        };
        bench.say(&format!("From {now} to {}:{}.\n", it.family(), wanted.number));
        let asked = object("task_definition", json!(wanted.arn));
        let asked = Asked::from([(it.address.clone(), asked)]);
        change(args, bench, asked, vec![it.address.clone()]).await
    })
}

/// Opens the stack, and does something with one of its services.
pub fn with_service(
    args: &Args,
    command: &str,
    address: &str,
    work: impl AsyncFnOnce(&mut Workbench, &Subject, &Operations) -> Result<ExitCode, Failed>,
) -> Result<ExitCode, Failed> {
    let mut bench = Workbench::open(args, command)?;
    block_on(async {
        bench.recover().await?;
        let it = find(&bench.session.state, address)?;
        let state = &bench.session.state;
        let operations = operations(&bench.project, state, &it.address).await?;
        work(&mut bench, &it, &operations).await
    })?
}

/// Plans what is asked for, and applies it.
///
/// # Errors
///
/// Whatever stops it before the apply begins.
pub async fn change(
    args: &Args,
    bench: &mut Workbench,
    asked: Asked,
    targets: Vec<InstanceAddr>,
) -> Result<ExitCode, Failed> {
    let mut options = options(args, Mode::Normal)?;
    options.targets = targets.into_iter().map(Target::Resource).collect();
    options.asked = asked;
    bench.see_through = args.is_on("wait", true);
    let plan = bench.plan(&options).await?;
    bench.show(&plan);
    if !plan.changes_something() {
        let outcome = bench.apply(&plan, options.parallelism).await?;
        return Ok(bench.report(&plan, &outcome));
    }
    bench.ask("Do you want to perform these actions?", args.is_on("auto-approve", false))?;
    let outcome = bench.apply(&plan, options.parallelism).await?;
    Ok(bench.report(&plan, &outcome))
}

/// The task definition of a service, among the objects of the stack.
fn task_definition(state: &State, it: &Subject) -> Result<InstanceAddr, Failed> {
    let mut all = objects(state, &["aws_ecs_task_definition"]);
    let own = all.find(|(_, object)| family(text(object, "arn")) == it.family());
    own.map(|(address, _)| address.clone()).ok_or_else(|| {
        let detail = format!(
            "The task definition {} of {} is not in this state, so it cannot be changed here.",
            it.family(),
            it.address
        );
        Diagnostic::error("Task definition not found", detail).into()
    })
}

/// Which container gets another image.
fn container(
    it: &Subject,
    images: &BTreeMap<String, String>,
    named: Option<&str>,
) -> Result<String, Failed> {
    let names: Vec<&str> = images.keys().map(String::as_str).collect();
    let all = names.join(", ");
    let detail = match (named, names.as_slice()) {
        (Some(name), _) if names.contains(&name) => return Ok(name.to_owned()),
        (Some(name), _) => format!("{} has no container {name:?}, but: {all}.", it.address),
        (None, [only]) => return Ok((*only).to_owned()),
        (None, _) => match balanced(it).filter(|name| names.contains(&name.as_str())) {
            Some(name) => return Ok(name),
            None => format!("{} has several containers: {all}.", it.address),
        },
    };
    let problem = Diagnostic::error("Which container is meant?", detail);
    Err(problem.hint("say it with -container NAME").into())
}

/// The container that gets requests from a load balancer.
fn balanced(it: &Subject) -> Option<String> {
    let balancers = it.object.get("load_balancer")?.as_array()?;
    Some(balancers.first()?.get("container_name")?.as_str()?.to_owned())
}

fn number(revision: &str) -> Option<u64> {
    revision.rsplit(':').next()?.parse().ok()
}

pub fn object(name: &str, value: Json) -> Object {
    Object::from([(name.to_owned(), value)])
}
