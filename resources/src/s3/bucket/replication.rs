//! The `replication_configuration` block of `aws_s3_bucket`.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types as sdk;
use model::{Attributes, One};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::s3::tag;

/// Which objects are copied to other buckets.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Replication {
    /// ARN of the role that S3 takes on to copy.
    role: String,
    /// What is copied, and where.
    #[attr(required)]
    rules: BTreeSet<Rule>,
}

/// What is copied, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// `Enabled` if delete markers are copied.
    delete_marker_replication_status: Option<String>,
    /// The name of the rule.
    id: Option<String>,
    /// What the keys of the objects begin with.
    prefix: Option<String>,
    /// The rule with the greatest number wins.
    priority: Option<i32>,
    /// `Enabled` or `Disabled`.
    status: String,
    /// Where objects are copied to.
    #[attr(required)]
    destination: One<Destination>,
    /// Which objects are copied.
    filter: One<Filter>,
    /// Which objects are copied besides.
    source_selection_criteria: One<Selection>,
}

/// Where objects are copied to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Destination {
    /// The account that owns the copies.
    account_id: Option<String>,
    /// ARN of the bucket.
    bucket: String,
    /// The KMS key that copies are encrypted with.
    replica_kms_key_id: Option<String>,
    /// The storage class of copies.
    storage_class: Option<String>,
    /// Whom copies belong to.
    access_control_translation: One<Owner>,
    /// Whether there are metrics.
    metrics: One<Delay>,
    /// Whether copies are made within a given time.
    replication_time: One<Delay>,
}

/// Whom copies belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// `Destination`.
    owner: String,
}

/// A time, and whether it counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Delay {
    /// How many minutes.
    #[attr(default = 15)]
    minutes: i32,
    /// `Enabled` or `Disabled`.
    #[attr(default = "Enabled")]
    status: String,
}

/// Which objects are copied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// What the keys of the objects begin with.
    prefix: Option<String>,
    /// Tags that the objects have.
    tags: Option<BTreeMap<String, String>>,
}

/// Which objects are copied besides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Selection {
    /// Objects that are encrypted with KMS keys.
    sse_kms_encrypted_objects: One<Encrypted>,
}

/// Objects that are encrypted with KMS keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Encrypted {
    /// Whether they are copied.
    enabled: bool,
}

impl Replication {
    pub fn configuration(&self) -> sdk::ReplicationConfiguration {
        let it = sdk::ReplicationConfiguration::builder().role(&self.role);
        it.set_rules(self.rules.to_sdk()).build().expect("a role and rules are set")
    }
}

impl<'a> FromSdk<&'a sdk::ReplicationConfiguration> for Replication {
    fn from_sdk(it: &'a sdk::ReplicationConfiguration) -> Self {
        Replication { role: it.role().to_owned(), rules: BTreeSet::from_sdk(it.rules()) }
    }
}

#[allow(deprecated, reason = "a rule without a filter has its prefix there")]
impl ToSdk<Option<sdk::ReplicationRule>> for Rule {
    fn to_sdk(&self) -> Option<sdk::ReplicationRule> {
        let it = sdk::ReplicationRule::builder()
            .status(self.status.as_str().into())
            .set_id(self.id.clone())
            .set_destination(self.destination.0.as_ref().map(destination))
            .set_source_selection_criteria(
                self.source_selection_criteria.0.as_ref().map(selection),
            );
        let it = match &self.filter.0 {
            // With a filter, it is a rule of the second version, which must say more.
            Some(filter) => {
                let status = match self.delete_marker_replication_status.as_deref() {
                    Some("Enabled") => sdk::DeleteMarkerReplicationStatus::Enabled,
                    _ => sdk::DeleteMarkerReplicationStatus::Disabled,
                };
                let markers = sdk::DeleteMarkerReplication::builder().status(status);
                it.priority(self.priority.unwrap_or(0))
                    .filter(filter.to_sdk())
                    .delete_marker_replication(markers.build())
            }
            None => it.prefix(self.prefix.clone().unwrap_or_default()),
        };
        Some(it.build().expect("a status is set"))
    }
}

impl Filter {
    fn to_sdk(&self) -> sdk::ReplicationRuleFilter {
        let prefix = self.prefix.clone().unwrap_or_default();
        let tags: Vec<_> = self.tags.iter().flatten().map(|(key, it)| tag(key, it)).collect();
        let it = sdk::ReplicationRuleFilter::builder();
        if tags.is_empty() {
            return it.prefix(prefix).build();
        }
        let and = sdk::ReplicationRuleAndOperator::builder().prefix(prefix).set_tags(Some(tags));
        it.and(and.build()).build()
    }
}

fn minutes(n: i32) -> sdk::ReplicationTimeValue {
    sdk::ReplicationTimeValue::builder().minutes(n).build()
}

fn destination(it: &Destination) -> sdk::Destination {
    let key = it.replica_kms_key_id.as_ref();
    let key = key.map(|it| sdk::EncryptionConfiguration::builder().replica_kms_key_id(it).build());
    let owner = it.access_control_translation.0.as_ref().map(|it| {
        let it = sdk::AccessControlTranslation::builder().owner(it.owner.as_str().into());
        it.build().expect("an owner is set")
    });
    let metrics = it.metrics.0.as_ref().map(|it| {
        let metrics = sdk::Metrics::builder().status(it.status.as_str().into());
        metrics.event_threshold(minutes(it.minutes)).build().expect("a status is set")
    });
    let time = it.replication_time.0.as_ref().map(|it| {
        let time = sdk::ReplicationTime::builder().status(it.status.as_str().into());
        time.time(minutes(it.minutes)).build().expect("a status is set")
    });
    let it = sdk::Destination::builder()
        .bucket(&it.bucket)
        .set_account(it.account_id.clone())
        .set_storage_class(it.storage_class.to_sdk())
        .set_encryption_configuration(key)
        .set_access_control_translation(owner)
        .set_metrics(metrics)
        .set_replication_time(time);
    it.build().expect("a bucket is set")
}

fn selection(it: &Selection) -> sdk::SourceSelectionCriteria {
    let objects = it.sse_kms_encrypted_objects.0.as_ref().map(|it| {
        let status = match it.enabled {
            true => sdk::SseKmsEncryptedObjectsStatus::Enabled,
            false => sdk::SseKmsEncryptedObjectsStatus::Disabled,
        };
        sdk::SseKmsEncryptedObjects::builder().status(status).build().expect("a status is set")
    });
    sdk::SourceSelectionCriteria::builder().set_sse_kms_encrypted_objects(objects).build()
}

#[allow(deprecated, reason = "a rule without a filter has its prefix there")]
impl<'a> FromSdk<&'a sdk::ReplicationRule> for Rule {
    fn from_sdk(it: &'a sdk::ReplicationRule) -> Self {
        let enabled = sdk::DeleteMarkerReplicationStatus::Enabled;
        let markers = it.delete_marker_replication().and_then(|it| it.status());
        let selection = it.source_selection_criteria().map(|it| Selection {
            sse_kms_encrypted_objects: One(it.sse_kms_encrypted_objects().map(|it| Encrypted {
                enabled: *it.status() == sdk::SseKmsEncryptedObjectsStatus::Enabled,
            })),
        });
        Rule {
            // `Disabled` is what not saying anything means.
            delete_marker_replication_status: markers
                .filter(|it| **it == enabled)
                .map(|it| it.as_str().to_owned()),
            id: Option::from_sdk(it.id()),
            prefix: it.prefix().filter(|it| !it.is_empty()).map(str::to_owned),
            priority: it.priority(),
            status: it.status().as_str().to_owned(),
            destination: One::from_sdk(it.destination()),
            filter: One::from_sdk(it.filter()),
            source_selection_criteria: One(selection),
        }
    }
}

impl<'a> FromSdk<&'a sdk::ReplicationRuleFilter> for Filter {
    fn from_sdk(it: &'a sdk::ReplicationRuleFilter) -> Self {
        let and = it.and();
        let prefix = and.and_then(|it| it.prefix()).or(it.prefix());
        let tags = and.map(|it| it.tags()).unwrap_or_default().iter().chain(it.tag());
        let tags: BTreeMap<_, _> =
            tags.map(|it| (it.key().to_owned(), it.value().to_owned())).collect();
        Filter {
            prefix: prefix.filter(|it| !it.is_empty()).map(str::to_owned),
            tags: (!tags.is_empty()).then_some(tags),
        }
    }
}

impl<'a> FromSdk<&'a sdk::Destination> for Destination {
    fn from_sdk(it: &'a sdk::Destination) -> Self {
        let minutes = |it: Option<&sdk::ReplicationTimeValue>| {
            it.and_then(|it| it.minutes()).unwrap_or_default()
        };
        let key = it.encryption_configuration().and_then(|it| it.replica_kms_key_id());
        let owner = it.access_control_translation();
        let metrics = it.metrics().map(|it| Delay {
            minutes: minutes(it.event_threshold()),
            status: it.status().as_str().to_owned(),
        });
        let time = it.replication_time().map(|it| Delay {
            minutes: minutes(it.time()),
            status: it.status().as_str().to_owned(),
        });
        Destination {
            account_id: Option::from_sdk(it.account()),
            bucket: it.bucket().to_owned(),
            replica_kms_key_id: Option::from_sdk(key),
            storage_class: Option::from_sdk(it.storage_class()),
            access_control_translation: One(
                owner.map(|it| Owner { owner: it.owner().as_str().to_owned() })
            ),
            metrics: One(metrics),
            replication_time: One(time),
        }
    }
}
