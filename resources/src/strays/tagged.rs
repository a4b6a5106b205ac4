//! What carries the tags of a stack, or the mark of a create that nobody has finished.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_resourcegroupstagging::types as sdk;
use futures::future::join_all;
use futures::try_join;
use model::{Stray, Whose};

use super::{Known, arns};
use crate::aws::Aws;
use crate::ec2::filter;
use crate::fault::OrFault;
use crate::naming::moment_of;
use crate::registry::types;
use crate::resource::Result;
use crate::tags::INTENT;

/// One that is found by its tags.
struct Found {
    arn: String,
    tags: BTreeMap<String, String>,
}

pub(super) async fn left(
    aws: &Arc<Aws>,
    known: &Known<'_>,
    mark: &BTreeMap<String, String>,
) -> Result<Vec<Stray>> {
    let filters: Vec<_> = mark
        .iter()
        .map(|(key, it)| sdk::TagFilter::builder().key(key).values(it).build())
        .collect();
    let intents = vec![sdk::TagFilter::builder().key(INTENT).build()];
    let marked =
        async { if filters.is_empty() { Ok(Vec::new()) } else { tagged(aws, filters).await } };
    let (marked, unfinished) = try_join!(marked, tagged(aws, intents))?;
    let pairs: Vec<String> = mark.iter().map(|(key, it)| format!("{key}={it}")).collect();
    let why = match pairs.as_slice() {
        [one] => format!("it has the tag {one}"),
        many => format!("it has the tags {}", many.join(", ")),
    };
    let marked = marked.into_iter().filter(|it| !is_made_for(it, known)).map(|it| (it.arn, &why));
    let reasons: Vec<(String, String)> =
        unfinished.iter().map(|it| (it.arn.clone(), unfinished_since(it))).collect();
    let marked = marked.chain(reasons.iter().map(|(arn, why)| (arn.clone(), why)));
    let looks = marked.map(|(arn, why)| async move { look(aws, known, &arn, why).await });
    Ok(join_all(looks.collect::<Vec<_>>()).await.into_iter().flatten().collect())
}

async fn tagged(aws: &Aws, filters: Vec<sdk::TagFilter>) -> Result<Vec<Found>> {
    let call = aws.tagging().get_resources().set_tag_filters(Some(filters));
    let pages = call.resources_per_page(100).into_paginator().items().send();
    let all = pages.collect::<std::result::Result<Vec<_>, _>>().await.or_fault("GetResources")?;
    let found = |it: sdk::ResourceTagMapping| {
        let tags = it.tags().iter().map(|it| (it.key().to_owned(), it.value().to_owned()));
        let tags = tags.collect();
        Some(Found { arn: it.resource_arn?, tags })
    };
    Ok(all.into_iter().filter_map(found).collect())
}

/// Whether AWS made it for an object of ours, whose tags it then has: the machines of a scaling group,
/// the tasks and interfaces of a service.
fn is_made_for(it: &Found, known: &Known<'_>) -> bool {
    let mut owners = it.tags.iter().filter(|(key, _)| key.starts_with("aws:"));
    owners.any(|(_, it)| known.mentions(it))
        || [":task/", ":container-instance/", ":network-interface/"]
            .iter()
            .any(|kind| it.arn.contains(kind))
}

fn unfinished_since(it: &Found) -> String {
    let since = it.tags.get(INTENT).and_then(|it| moment_of(it));
    let since = since.and_then(|it| jiff::Timestamp::from_second(it).ok());
    let since = since.map(|it| format!(" at {it}")).unwrap_or_default();
    format!("it was being made{since}, by a run that was cut off or is under way")
}

/// What is deleted may keep its tags for a while, so each is looked at.
async fn look(aws: &Arc<Aws>, known: &Known<'_>, arn: &str, why: &str) -> Option<Stray> {
    let found = arns::of(arn);
    let (kind, id) = match &found {
        Some((ty, id)) => (*ty, id.as_str()),
        None => (arns::service_of(arn), arn),
    };
    let last = arn.rsplit(['/', ':']).next().filter(|it| arns::is_telling(it));
    if known.mentions(arn) || known.has(kind, id) || last.is_some_and(|it| known.mentions(it)) {
        return None;
    }
    if !exists(aws, kind, id).await {
        return None;
    }
    let (kind, id, why) = (kind.to_owned(), id.to_owned(), why.to_owned());
    Some(Stray { whose: Whose::Marked, kind, id, why })
}

/// Whether it is there. What cannot be read is taken for there, as its tags say.
async fn exists(aws: &Arc<Aws>, kind: &str, id: &str) -> bool {
    if kind == "volume" {
        // Those in use belong to their machines.
        let id = id.rsplit('/').next().unwrap_or(id).to_owned();
        let call = aws.ec2().describe_volumes().filters(filter("volume-id", &[id]));
        let call = call.filters(filter("status", &["available".to_owned()]));
        return call.send().await.is_ok_and(|it| !it.volumes().is_empty());
    }
    let Some(entry) = types().find(|it| it.schema.name == kind) else { return true };
    let found = entry.bind(aws.clone()).read(&[id.to_owned()]).await;
    found.map_or(true, |it| !it.is_empty())
}
