//! Certificate Manager.

pub(crate) mod certificate;
pub(crate) mod certificate_data;
pub(crate) mod validation;

use aws_sdk_acm::types::Tag;
use model::Tags;

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, data, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] =
    &[entry::<certificate::Certificate>(), entry::<validation::Validation>()];

pub(crate) const DATA: &[DataEntry] = &[data::<certificate_data::Certificate>()];

fn tags_to_sdk(tags: &Tags) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    tags.0.iter().map(|it| tag(it).expect("a key is set")).collect()
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value().unwrap_or_default())).collect()
}

/// Sets and removes tags of a certificate.
async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        // Without a value, a tag goes whatever its value is.
        let key = |it: String| Tag::builder().key(it).build().expect("a key is set");
        let call = aws.acm().remove_tags_from_certificate().certificate_arn(arn);
        let call = call.set_tags(Some(unset.into_iter().map(key).collect()));
        call.send().await.or_fault("RemoveTagsFromCertificate")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.acm().add_tags_to_certificate().certificate_arn(arn).set_tags(Some(set));
        call.send().await.or_fault("AddTagsToCertificate")?;
    }
    Ok(())
}
