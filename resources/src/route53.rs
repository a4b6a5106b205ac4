//! Route 53, the domain name system.

pub(crate) mod names;
pub(crate) mod record;
pub(crate) mod zone;
pub(crate) mod zone_data;

use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, ResourceRecordSet, Tag, TagResourceType,
};
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[entry::<zone::Zone>(), entry::<record::Record>()];

pub(crate) const DATA: &[DataEntry] = &[data::<zone_data::Zone>()];

/// An id without the path that some answers put before it: `/hostedzone/Z1`.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key().unwrap_or_default(), it.value().unwrap_or_default())).collect()
}

/// Sets and removes tags on an object.
async fn retag(aws: &Aws, ty: TagResourceType, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if set.is_empty() && unset.is_empty() {
        return Ok(());
    }
    let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
    let call = aws.route53().change_tags_for_resource().resource_type(ty).resource_id(id);
    let call = call
        .set_add_tags((!set.is_empty()).then(|| set.iter().map(tag).collect()))
        .set_remove_tag_keys((!unset.is_empty()).then_some(unset));
    call.send().await.or_fault("ChangeTagsForResource")?;
    Ok(())
}

/// Changes records of a zone, all or none.
async fn change(
    aws: &Aws,
    zone: &str,
    changes: impl IntoIterator<Item = (ChangeAction, ResourceRecordSet)>,
) -> Result<()> {
    let change = |(action, it)| {
        let change = Change::builder().action(action).resource_record_set(it);
        change.build().expect("an action is set")
    };
    let changes = changes.into_iter().map(change).collect();
    let batch = ChangeBatch::builder().set_changes(Some(changes));
    let call = aws.route53().change_resource_record_sets().hosted_zone_id(zone);
    let call = call.change_batch(batch.build().expect("changes are set"));
    call.send().await.or_fault("ChangeResourceRecordSets")?;
    Ok(())
}

/// The records of a zone, from `name` and type `ty` on: a page of them, and where the next begins.
async fn page(
    aws: &Aws,
    zone: &str,
    from: Option<&Start>,
    most: i32,
) -> Result<(Vec<ResourceRecordSet>, Option<Start>)> {
    let call = aws.route53().list_resource_record_sets().hosted_zone_id(zone).max_items(most);
    let call = call
        .set_start_record_name(from.map(|it| it.name.clone()))
        .set_start_record_type(from.and_then(|it| it.ty.as_deref()).map(Into::into))
        .set_start_record_identifier(from.and_then(|it| it.set.clone()));
    let answer = call.send().await.or_fault("ListResourceRecordSets")?;
    let next = answer.next_record_name.filter(|_| answer.is_truncated).map(|name| Start {
        name,
        ty: answer.next_record_type.map(|it| it.as_str().to_owned()),
        set: answer.next_record_identifier,
    });
    Ok((answer.resource_record_sets, next))
}

/// All records of a zone.
async fn records_of(aws: &Aws, zone: &str) -> Result<Vec<ResourceRecordSet>> {
    const PAGE: i32 = 300;
    let (mut all, mut next) = page(aws, zone, None, PAGE).await?;
    while let Some(from) = next {
        let (more, after) = page(aws, zone, Some(&from), PAGE).await?;
        all.extend(more);
        next = after;
    }
    Ok(all)
}

/// Where in a zone a list of records begins.
struct Start {
    name: String,
    ty: Option<String>,
    set: Option<String>,
}
