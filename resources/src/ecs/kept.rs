//! What others may change of services and task definitions, and the stack leaves as it is: images that a
//! pipeline has deployed, and counts that are scaled automatically.
//!
//! An image is merged per container, from what the stack says, what it said at the last apply, and what
//! runs: one that the stack has not changed since stays as it was deployed.

mod merge;

use model::{Attributes, Kept, Map, Object, Standing, Value};
use serde_json::Value as Json;

use crate::appautoscaling::target::range;
use crate::aws::Aws;
use crate::ecs::container_definitions::ContainerDefinitions;
use crate::ecs::service::Revision;
use crate::ecs::task_definition::TaskDefinition;
use crate::resource::{Result, decode, differs};

use merge::{Images, images, merged};

const CONTAINERS: &str = "container_definitions";
const COUNT: &str = "desired_count";
const DEFINITION: &str = "task_definition";

/// What of a service is kept: its count, and its revision if that is one of the stack's with other images.
pub(super) async fn of_service(aws: &Aws, it: &Standing<'_>) -> Result<Vec<Kept>> {
    let Some(live) = it.live.filter(|_| it.others_stay) else { return Ok(Vec::new()) };
    let mut kept = Vec::new();
    if !it.asked.contains_key(COUNT) {
        kept.extend(count(aws, it, live).await?);
    }
    if !it.asked.contains_key(DEFINITION) {
        kept.extend(revision(aws, it, live).await?);
    }
    Ok(kept)
}

/// A count that is scaled automatically, as long as it is within the range.
async fn count(aws: &Aws, it: &Standing<'_>, live: &Map) -> Result<Option<Kept>> {
    let number = |of: &Map| match of.get(COUNT) {
        Some(it) if it.is_null() => Some(0),
        Some(it) => it.as_number().and_then(model::Number::to_i64),
        None => Some(0),
    };
    let daemon = live.get("scheduling_strategy").and_then(Value::as_str) == Some("DAEMON");
    let (Some(want), Some(have)) = (number(it.config), number(live)) else { return Ok(None) };
    if daemon || want == have {
        return Ok(None);
    }
    let text = |name: &str| live.get(name).and_then(Value::as_str).unwrap_or_default();
    let cluster = text("cluster").rsplit('/').next().unwrap_or("default");
    let service = format!("service/{cluster}/{}", text("name"));
    let range = range(aws, &service).await?.map(|(min, max)| (i64::from(min), i64::from(max)));
    let Some((min, max)) = range.filter(|(min, max)| (*min..=*max).contains(&have)) else {
        return Ok(None);
    };
    let why = format!(
        "desired_count is kept at {have}: it is scaled between {min} and {max}; the configuration's \
         {want} is for a new service"
    );
    Ok(Some(Kept { attribute: COUNT.to_owned(), value: have.into(), why, remember: false }))
}

/// A later revision of the stack's task definition which differs from it in nothing but images.
async fn revision(aws: &Aws, it: &Standing<'_>, live: &Map) -> Result<Option<Kept>> {
    let text = |of: &Map| of.get(DEFINITION).and_then(Value::as_str).map(str::to_owned);
    let (Some(want), Some(have)) = (text(it.config), text(live)) else { return Ok(None) };
    if !is_later(&have, &want) {
        return Ok(None);
    }
    let own = (it.all)("aws_ecs_task_definition").into_iter().find(|it| {
        let arn = it.get("arn").and_then(Json::as_str);
        arn.is_some_and(|it| Revision(it.to_owned()) == Revision(want.clone()))
    });
    let Some(own) = own.and_then(|it| definition(it).ok()) else { return Ok(None) };
    if own.track_latest.0 == Some(true) {
        return Ok(None);
    }
    let Some(runs) = TaskDefinition::revision(aws, &have).await? else { return Ok(None) };
    let said = images(&runs.container_definitions.0);
    let same = merged(&own.container_definitions.0, &said.to_images());
    let same = same.is_some_and(|it| ContainerDefinitions(it) == runs.container_definitions);
    if !same || !own.same_but_for_containers(&runs) {
        return Ok(None);
    }
    let (own, other) = (short(&want), short(&have));
    let why = format!("task_definition is kept at {other}: it is {own} with images deployed since");
    Ok(Some(Kept { attribute: DEFINITION.to_owned(), value: have.into(), why, remember: false }))
}

/// What of a task definition is kept: images of containers.
pub(super) async fn of_task_definition(aws: &Aws, it: &Standing<'_>) -> Result<Vec<Kept>> {
    let own = definition(it.applied.clone())?;
    let tracks = it.config.get("track_latest").and_then(Value::as_bool) == Some(true);
    let runs = match running(it, &own).filter(|_| it.others_stay && !tracks) {
        Some(arn) => TaskDefinition::revision(aws, &arn).await?,
        None => None,
    };
    let text = |it: &Object| it.get(CONTAINERS).and_then(Json::as_str).map(str::to_owned);
    let said = text(it.said).unwrap_or_else(|| own.container_definitions.0.clone());
    let now = runs.as_ref().unwrap_or(&own);
    let mut kept = Images::changed(&images(&said), &images(&now.container_definitions.0));
    kept.ask(it.asked.get(CONTAINERS));
    let config = it.config.get(CONTAINERS);
    let Some(text) = config.and_then(Value::as_str) else {
        // Not known yet: what is kept then is decided when it is.
        let unknown = config.is_some_and(|it| !it.is_known()) && !kept.is_empty();
        return Ok(unknown.then(|| kept.kept(kept.why(None))).into_iter().collect());
    };
    let Some(merged) = merged(text, &kept) else { return Ok(Vec::new()) };
    if let (Some(runs), Some(live)) = (&runs, it.live)
        && ContainerDefinitions(merged.clone()) == runs.container_definitions
        && own.same_but_for_containers(runs)
        && !others_change(it.config, live)
    {
        // It runs already, as another revision: there is nothing to register.
        let attribute = CONTAINERS.to_owned();
        let why = match kept.why(Some(&images(text))) {
            none if none.is_empty() => "what it says runs already, as deployed".to_owned(),
            why => why,
        };
        let value = own.container_definitions.0.into();
        return Ok(vec![Kept { attribute, value, why, remember: true }]);
    }
    let why = kept.why(Some(&images(text)));
    Ok((!why.is_empty()).then(|| kept.kept(why)).into_iter().collect())
}

/// Puts images into what the configuration says. False if it is not images that are kept.
pub(super) fn put_images(kept: &Kept, config: &mut Map) -> bool {
    let Some(kept) = Images::of(kept) else { return false };
    if let Some(value) = config.get_mut(CONTAINERS)
        && let Some(text) = value.as_str().and_then(|it| merged(it, &kept))
    {
        *value = Value::from(text).mark(value.marks);
    }
    true
}

/// The latest revision of this task definition that a service runs, if it is later than the stack's
/// and none of the stack's own: several blocks may have one family.
fn running(it: &Standing<'_>, own: &TaskDefinition) -> Option<String> {
    let own = own.arn.0.as_deref()?;
    let services = (it.all)("aws_ecs_service");
    let stacks = (it.all)("aws_ecs_task_definition");
    let is_of_stack =
        |arn: &&str| stacks.iter().any(|it| it.get("arn").and_then(Json::as_str) == Some(*arn));
    let texts = services.iter().filter_map(|it| it.get(DEFINITION)?.as_str());
    let later = texts.filter(|it| is_later(it, own) && !is_of_stack(it));
    later.max_by_key(|it| number(it)).map(str::to_owned)
}

/// Whether the other arguments ask for another revision anyway.
fn others_change(config: &Map, live: &Map) -> bool {
    let given = TaskDefinition::SCHEMA.attributes.iter().filter(|it| it.replace);
    let mut given = given.filter(|it| it.name != CONTAINERS).filter(|it| {
        let config = config.get(it.name);
        let no_blocks = it.is_block() && config.is_some_and(|it| it.items() == Some(&[]));
        config.is_some_and(|it| !it.is_null()) && !no_blocks
    });
    given.any(|it| differs::<TaskDefinition>(live, config, it.name))
}

fn definition(it: Object) -> Result<TaskDefinition> {
    decode(&TaskDefinition::SCHEMA, it.into_iter().collect())
}

/// `web:3`.
fn short(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

fn number(text: &str) -> Option<u64> {
    short(text).split_once(':')?.1.parse().ok()
}

/// Whether one revision is a later one of the same family.
fn is_later(text: &str, than: &str) -> bool {
    let family = |it: &str| short(it).split(':').next().map(str::to_owned);
    let (own, other) = (number(text), number(than));
    family(text) == family(than) && own.is_some() && other.is_some() && own > other
}

#[cfg(test)]
mod tests;
