//! What AWS has beside a stack: what it made for the stack's objects on its own, and what carries the
//! stack's tags though no state knows of it.
//!
//! Only what was made for objects that are gone, and can be nobody else's, is ever swept away. All else
//! is only told.

mod arns;
mod interfaces;
mod logs;
mod revisions;
mod tagged;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::try_join;
use model::{Ours, Stray, Whose};
use serde_json::Value as Json;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

const LOG_GROUP: &str = "aws_cloudwatch_log_group";
const TASK_DEFINITION: &str = "aws_ecs_task_definition";

/// What was made for objects that are gone, and can be nobody else's.
pub(crate) async fn leavings(aws: &Aws, ours: &[Ours]) -> Result<Vec<Stray>> {
    let (logs, revisions) = try_join!(logs::left(aws, ours), revisions::left(aws, ours))?;
    let certain = |it: &Stray| it.whose == Whose::Ours;
    Ok(in_order(logs.into_iter().chain(revisions).filter(certain)))
}

/// That, and whatever else may be the stack's.
pub(crate) async fn strays(
    aws: &Arc<Aws>,
    ours: &[Ours],
    mark: &BTreeMap<String, String>,
) -> Result<Vec<Stray>> {
    let known = Known::new(ours);
    let mark = if mark.is_empty() { &aws.tags().default } else { mark };
    let (logs, revisions, interfaces, tagged) = try_join!(
        logs::left(aws, ours),
        revisions::left(aws, ours),
        interfaces::left(aws, ours, &known),
        tagged::left(aws, &known, mark),
    )?;
    Ok(in_order(logs.into_iter().chain(revisions).chain(interfaces).chain(tagged)))
}

/// Deletes one of [`leavings`].
pub(crate) async fn sweep(aws: &Aws, it: &Stray) -> Result<()> {
    match it.kind.as_str() {
        LOG_GROUP => {
            let call = aws.logs().delete_log_group().log_group_name(&it.id);
            call.send().await.or_fault("DeleteLogGroup")?;
        }
        TASK_DEFINITION => {
            let call = aws.ecs().delete_task_definitions().task_definitions(&it.id);
            call.send().await.or_fault("DeleteTaskDefinitions")?;
        }
        // Nothing else is among them.
        _ => (),
    }
    Ok(())
}

/// Each once, as what it is for certain rather than what it may be.
fn in_order(all: impl Iterator<Item = Stray>) -> Vec<Stray> {
    let mut all: Vec<Stray> = all.collect();
    all.sort();
    let mut seen = BTreeSet::new();
    all.retain(|it| seen.insert((it.kind.clone(), it.id.clone())));
    all
}

/// What the stack has, by the texts that are in its objects.
struct Known<'a> {
    ids: BTreeSet<(&'a str, &'a str)>,
    texts: BTreeSet<&'a str>,
}

impl<'a> Known<'a> {
    fn new(ours: &'a [Ours]) -> Known<'a> {
        let mut known = Known { ids: BTreeSet::new(), texts: BTreeSet::new() };
        for it in ours.iter().filter(|it| it.exists) {
            known.ids.extend(text(it, "id").map(|id| (it.ty.as_str(), id)));
            it.attributes.values().for_each(|it| known.add(it));
        }
        known
    }

    fn add(&mut self, it: &'a Json) {
        match it {
            Json::String(it) => _ = self.texts.insert(it),
            Json::Array(items) => items.iter().for_each(|it| self.add(it)),
            Json::Object(fields) => fields.values().for_each(|it| self.add(it)),
            Json::Null | Json::Bool(_) | Json::Number(_) => (),
        }
    }

    /// Whether an object has this type and id.
    fn has(&self, ty: &str, id: &str) -> bool {
        self.ids.contains(&(ty, id))
    }

    /// Whether an object mentions this: a volume is known from its machine.
    fn mentions(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

fn text<'a>(it: &'a Ours, name: &str) -> Option<&'a str> {
    it.attributes.get(name)?.as_str().filter(|it| !it.is_empty())
}

/// Whether destroying the object only makes us forget it.
fn is_kept(it: &Ours) -> bool {
    it.attributes.get("skip_destroy") == Some(&Json::Bool(true))
}

/// Values of an argument: of objects of this type that are here and are gone, without those that another
/// object still has.
fn gone<'a>(ours: &'a [Ours], ty: &str, name: &str) -> BTreeSet<&'a str> {
    let values = |stays: bool| {
        let of = ours.iter().filter(move |it| it.ty == ty && it.here);
        of.filter(move |it| (it.exists || is_kept(it)) == stays).filter_map(|it| text(it, name))
    };
    let stays: BTreeSet<&str> = values(true).collect();
    values(false).filter(|it| !stays.contains(it)).collect()
}

#[cfg(test)]
mod tests;
