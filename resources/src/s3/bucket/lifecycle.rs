//! The `lifecycle_rule` block of `aws_s3_bucket`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types as sdk;
use model::{Attributes, Auto, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::s3::{date, day, tag};

/// What becomes of objects as they get older.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct LifecycleRule {
    /// For how many days an upload may stay unfinished.
    abort_incomplete_multipart_upload_days: Option<i32>,
    /// Whether the rule is in force.
    enabled: bool,
    /// The name of the rule. Without it, S3 makes one.
    id: Auto<String>,
    /// What the keys of the objects begin with.
    prefix: Option<String>,
    /// Tags that the objects have.
    tags: Option<BTreeMap<String, String>>,
    /// When objects are deleted.
    expiration: One<Expiration>,
    /// When old versions are deleted.
    noncurrent_version_expiration: One<NoncurrentExpiration>,
    /// When old versions go to another storage class.
    noncurrent_version_transition: BTreeSet<NoncurrentTransition>,
    /// When objects go to another storage class.
    transition: BTreeSet<Transition>,
}

/// When objects are deleted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Expiration {
    /// On this day: `2025-12-31`.
    date: Option<String>,
    /// When they are this many days old.
    days: Option<i32>,
    /// Whether delete markers go that hide nothing any more.
    expired_object_delete_marker: Option<bool>,
}

/// When old versions are deleted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct NoncurrentExpiration {
    /// When they have been old for this many days.
    days: Option<i32>,
}

/// When old versions go to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct NoncurrentTransition {
    /// When they have been old for this many days.
    days: Option<i32>,
    /// The storage class.
    storage_class: String,
}

/// When objects go to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Transition {
    /// On this day: `2025-12-31`.
    date: Option<String>,
    /// When they are this many days old.
    days: Option<i32>,
    /// The storage class.
    storage_class: String,
}

impl ToSdk<Option<sdk::LifecycleRule>> for LifecycleRule {
    fn to_sdk(&self) -> Option<sdk::LifecycleRule> {
        let status = match self.enabled {
            true => sdk::ExpirationStatus::Enabled,
            false => sdk::ExpirationStatus::Disabled,
        };
        let abort = self.abort_incomplete_multipart_upload_days.filter(|it| *it > 0).map(|days| {
            sdk::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
        });
        let noncurrent = self.noncurrent_version_expiration.0.as_ref().map(|it| {
            sdk::NoncurrentVersionExpiration::builder().set_noncurrent_days(it.days).build()
        });
        let noncurrent_transitions = self.noncurrent_version_transition.iter().map(|it| {
            sdk::NoncurrentVersionTransition::builder()
                .set_noncurrent_days(it.days)
                .storage_class(it.storage_class.as_str().into())
                .build()
        });
        let transitions = self.transition.iter().map(|it| {
            let date = it.date.as_deref().and_then(date);
            sdk::Transition::builder()
                // Objects go on a day or at an age, and 0 is an age.
                .set_days(it.days.filter(|days| date.is_none() || *days > 0))
                .set_date(date)
                .storage_class(it.storage_class.as_str().into())
                .build()
        });
        let expiration = self.expiration.0.as_ref().map(|it| {
            sdk::LifecycleExpiration::builder()
                .set_date(it.date.as_deref().and_then(date))
                .set_days(it.days.filter(|it| *it > 0))
                .set_expired_object_delete_marker(it.expired_object_delete_marker.filter(|it| *it))
                .build()
        });
        let it = sdk::LifecycleRule::builder()
            .status(status)
            .set_id(self.id.to_sdk())
            .filter(self.filter())
            .set_abort_incomplete_multipart_upload(abort)
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(noncurrent)
            .set_noncurrent_version_transitions(some(noncurrent_transitions.collect()))
            .set_transitions(some(transitions.collect()));
        Some(it.build().expect("a status is set"))
    }
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    Some(items).filter(|it| !it.is_empty())
}

impl LifecycleRule {
    fn filter(&self) -> sdk::LifecycleRuleFilter {
        let prefix = self.prefix.clone().unwrap_or_default();
        let tags = self.tags.iter().flatten().map(|(key, value)| tag(key, value));
        match some(tags.collect()) {
            Some(tags) => {
                let and = sdk::LifecycleRuleAndOperator::builder().prefix(prefix);
                sdk::LifecycleRuleFilter::builder().and(and.set_tags(Some(tags)).build()).build()
            }
            None => sdk::LifecycleRuleFilter::builder().prefix(prefix).build(),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LifecycleRule> for LifecycleRule {
    fn from_sdk(it: &'a sdk::LifecycleRule) -> Self {
        let filter = it.filter();
        let and = filter.and_then(|it| it.and());
        #[allow(deprecated, reason = "rules made long ago have their prefix there")]
        let prefix = and
            .and_then(|it| it.prefix())
            .or_else(|| filter.and_then(|it| it.prefix()))
            .or_else(|| it.prefix());
        let tags = and.map(|it| it.tags().to_vec()).unwrap_or_default();
        let tags = tags.iter().chain(filter.and_then(|it| it.tag()));
        let tags: BTreeMap<_, _> =
            tags.map(|it| (it.key().to_owned(), it.value().to_owned())).collect();
        let abort = it.abort_incomplete_multipart_upload();
        let noncurrent = it.noncurrent_version_expiration();
        let expiration = it.expiration().map(|it| Expiration {
            date: it.date().map(day),
            days: it.days(),
            expired_object_delete_marker: it.expired_object_delete_marker(),
        });
        LifecycleRule {
            abort_incomplete_multipart_upload_days: abort.and_then(|it| it.days_after_initiation()),
            enabled: *it.status() == sdk::ExpirationStatus::Enabled,
            id: Auto::from_sdk(it.id()),
            prefix: prefix.filter(|it| !it.is_empty()).map(str::to_owned),
            tags: (!tags.is_empty()).then_some(tags),
            expiration: One(expiration),
            noncurrent_version_expiration: One(
                noncurrent.map(|it| NoncurrentExpiration { days: it.noncurrent_days() })
            ),
            noncurrent_version_transition: it
                .noncurrent_version_transitions()
                .iter()
                .map(|it| NoncurrentTransition {
                    days: it.noncurrent_days(),
                    storage_class: String::from_sdk(it.storage_class()),
                })
                .collect(),
            transition: it
                .transitions()
                .iter()
                .map(|it| Transition {
                    date: it.date().map(day),
                    days: it.days(),
                    storage_class: String::from_sdk(it.storage_class()),
                })
                .collect(),
        }
    }
}
