//! Revisions of task definitions that nobody has deleted: one that is deregistered stays for ever.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;
use futures::future::try_join_all;
use model::{Ours, Stray, Whose};
use serde_json::Value as Json;

use super::{TASK_DEFINITION, gone};
use crate::aws::Aws;
use crate::ecs::{revisions, tags_from_sdk};
use crate::fault::OrFault;
use crate::resource::{Result, each};

/// How many revisions of a family are looked at. An account may have thousands from before.
const LOOKED_AT: usize = 200;

type Tags = BTreeMap<String, String>;

/// A family's name does not say who made a revision. Its tags do, if all of ours have had these.
pub(super) async fn left(aws: &Aws, ours: &[Ours]) -> Result<Vec<Stray>> {
    let families = gone(ours, TASK_DEFINITION, "family");
    let of = |family: &str| -> BTreeSet<Tags> {
        let ours = ours.iter().filter(|it| super::text(it, "family") == Some(family));
        ours.filter(|it| it.ty == TASK_DEFINITION && it.here)
            .filter_map(|it| tags_of(it.attributes.get("tags_all")?))
            .filter(|it| !it.is_empty())
            .collect()
    };
    let found = families.into_iter().map(|family| {
        let tags = of(family);
        async move { of_family(aws, family, &tags).await }
    });
    Ok(try_join_all(found).await?.into_iter().flatten().collect())
}

fn tags_of(it: &Json) -> Option<Tags> {
    let pair = |(key, it): (&String, &Json)| Some((key.clone(), it.as_str()?.to_owned()));
    it.as_object()?.iter().map(pair).collect()
}

async fn of_family(aws: &Aws, family: &str, ours: &BTreeSet<Tags>) -> Result<Vec<Stray>> {
    let call = aws.ecs().list_task_definitions().family_prefix(family);
    let call = call.status(sdk::TaskDefinitionStatus::Inactive).sort(sdk::SortOrder::Desc);
    let answer = call.send().await.or_fault("ListTaskDefinitions")?;
    let mut arns = answer.task_definition_arns.unwrap_or_default();
    // Emulators take the name for a prefix.
    arns.retain(|it| family_of(it) == Some(family));
    arns.truncate(LOOKED_AT);
    if ours.is_empty() {
        return Ok(untold(family, arns.len()).into_iter().collect());
    }
    let marked = each(&arns, |arn| async move {
        let call = aws.ecs().describe_task_definition().task_definition(arn);
        let call = call.include(sdk::TaskDefinitionField::Tags);
        let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
        let tags = tags_from_sdk(answer.tags.as_deref().unwrap_or_default());
        let tags = tags.0.into_iter().filter(|(key, _)| !aws.tags().ignores(key));
        Ok(ours.contains(&tags.collect()).then(|| arn.to_owned()))
    })
    .await?;
    let others = untold(family, arns.len() - marked.len());
    let marked = unused(aws, marked).await?;
    let stray = |id: String| {
        let why = format!("it is inactive, and has the tags of the family {family}, which is gone");
        Stray { whose: Whose::Ours, kind: TASK_DEFINITION.to_owned(), id, why }
    };
    Ok(marked.into_iter().map(stray).chain(others).collect())
}

/// Without those that a rule starts. None where it may not be looked at what rules start.
async fn unused(aws: &Aws, mut arns: Vec<String>) -> Result<Vec<String>> {
    if arns.is_empty() {
        return Ok(arns);
    }
    let look = async { revisions::started(aws, &revisions::clusters(aws).await?).await };
    match look.await {
        Err(fault) if fault.code == "AccessDeniedException" => Ok(Vec::new()),
        started => {
            let started = started?;
            arns.retain(|it| !started.contains(it));
            Ok(arns)
        }
    }
}

/// `arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION`.
fn family_of(arn: &str) -> Option<&str> {
    Some(arn.rsplit('/').next()?.rsplit_once(':')?.0)
}

fn untold(family: &str, n: usize) -> Option<Stray> {
    let what = match n {
        0 => return None,
        1 => "one inactive revision has".to_owned(),
        n if n < LOOKED_AT => format!("{n} inactive revisions have"),
        n => format!("{n} inactive revisions or more have"),
    };
    let why = format!("{what} its name; nothing tells who made them");
    let (kind, id) = ("task definition family".to_owned(), family.to_owned());
    Some(Stray { whose: Whose::Unknown, kind, id, why })
}
