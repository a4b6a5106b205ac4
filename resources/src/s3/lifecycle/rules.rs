//! The rules of a lifecycle configuration.
//!
//! There are several ways to say which objects a rule is about. Rules are compared by what they mean.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types as sdk;
use model::{Attributes, Field, Given, Map, Mirror, One, Shape, Value};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk, moment};
use crate::s3::{date, tag};

/// The rules. Two sets of rules are the same in whatever order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Rules(pub Vec<Rule>);

impl Field for Rules {
    const SHAPE: Shape = Vec::<Rule>::SHAPE;
    const GIVEN: Given = Given::Optional;
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        fn by_id(it: &Rules) -> BTreeMap<&str, &Rule> {
            it.0.iter().map(|it| (it.id.as_str(), it)).collect()
        }
        self.0.len() == other.0.len() && by_id(self) == by_id(other)
    }
}

/// What becomes of some objects as they get older.
#[derive(Debug, Clone, Attributes, Serialize, Deserialize)]
pub(crate) struct Rule {
    /// Its name, unique in the bucket.
    id: String,
    /// What the keys of the objects begin with. Deprecated: say so in `filter`.
    prefix: Option<String>,
    /// `Enabled` or `Disabled`.
    status: String,
    /// When uploads are given up that were never finished.
    abort_incomplete_multipart_upload: One<Abort>,
    /// When objects are deleted.
    expiration: One<Expiration>,
    /// Which objects the rule is about. Without it, all.
    filter: One<Filter>,
    /// When old versions are deleted.
    noncurrent_version_expiration: One<NoncurrentExpiration>,
    /// When old versions go to another storage class.
    noncurrent_version_transition: BTreeSet<NoncurrentTransition>,
    /// When objects go to another storage class.
    transition: BTreeSet<Transition>,
}

/// When uploads are given up that were never finished.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AbortIncompleteMultipartUpload)]
pub(crate) struct Abort {
    /// When they are this many days old.
    days_after_initiation: Option<i32>,
}

/// When objects are deleted.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Expiration {
    /// On this day: `2025-12-31T00:00:00Z`.
    date: Option<String>,
    /// When they are this many days old.
    days: Option<i32>,
    /// Whether delete markers go that hide nothing any more.
    expired_object_delete_marker: Option<bool>,
}

/// Which objects a rule is about.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Filter {
    /// Those with more bytes than that.
    object_size_greater_than: Option<i64>,
    /// Those with fewer bytes than that.
    object_size_less_than: Option<i64>,
    /// Those whose keys begin with this.
    prefix: Option<String>,
    /// Those for which all of this holds.
    and: One<And>,
    /// Those with this tag.
    tag: One<Tag>,
}

/// Several things that hold for an object.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct And {
    /// It has more bytes than that.
    object_size_greater_than: Option<i64>,
    /// It has fewer bytes than that.
    object_size_less_than: Option<i64>,
    /// Its key begins with this.
    prefix: Option<String>,
    /// It has these tags.
    tags: Option<BTreeMap<String, String>>,
}

/// A tag that an object has.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::Tag, checked)]
pub(crate) struct Tag {
    /// Its key.
    key: String,
    /// Its value.
    value: String,
}

/// When old versions are deleted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::NoncurrentVersionExpiration)]
pub(crate) struct NoncurrentExpiration {
    /// How many old versions stay however old they are.
    newer_noncurrent_versions: Option<i32>,
    /// When they have been old for this many days.
    noncurrent_days: i32,
}

/// When old versions go to another storage class.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::NoncurrentVersionTransition)]
pub(crate) struct NoncurrentTransition {
    /// How many old versions stay where they are however old they are.
    newer_noncurrent_versions: Option<i32>,
    /// When they have been old for this many days.
    noncurrent_days: i32,
    /// The storage class.
    storage_class: String,
}

/// When objects go to another storage class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Transition {
    /// On this day: `2025-12-31T00:00:00Z`.
    date: Option<String>,
    /// When they are this many days old.
    days: Option<i32>,
    /// The storage class.
    storage_class: String,
}

/// What a rule means, however it is written.
#[derive(PartialEq)]
struct Meaning<'a> {
    active: bool,
    objects: Objects<'a>,
    abort: Option<i32>,
    expiration: Option<(Option<i64>, i32, bool)>,
    old_versions: Option<(i32, i32)>,
    old_versions_go: BTreeSet<(i32, i32, &'a str)>,
    go: BTreeSet<(Option<i64>, i32, &'a str)>,
}

/// Which objects a rule is about, however it is written.
#[derive(PartialEq, Default)]
struct Objects<'a> {
    prefix: &'a str,
    tags: BTreeMap<&'a str, &'a str>,
    larger: i64,
    smaller: i64,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.meaning() == other.meaning()
    }
}

impl Rule {
    fn meaning(&self) -> Meaning<'_> {
        let second = |it: &Option<String>| it.as_deref().and_then(date).map(|it| it.secs());
        let none = |n: Option<i32>| n.unwrap_or_default();
        let expiration = self.expiration.0.as_ref().map(|it| {
            let marker = it.expired_object_delete_marker.unwrap_or_default();
            (second(&it.date), none(it.days), marker)
        });
        let old = self.noncurrent_version_expiration.0.as_ref();
        let old_go = self.noncurrent_version_transition.iter().map(|it| {
            (it.noncurrent_days, none(it.newer_noncurrent_versions), it.storage_class.as_str())
        });
        let go = self.transition.iter();
        Meaning {
            active: self.status == "Enabled",
            objects: self.objects(),
            abort: self
                .abort_incomplete_multipart_upload
                .0
                .as_ref()
                .and_then(|it| it.days_after_initiation),
            expiration,
            old_versions: old.map(|it| (it.noncurrent_days, none(it.newer_noncurrent_versions))),
            old_versions_go: old_go.collect(),
            go: go.map(|it| (second(&it.date), none(it.days), it.storage_class.as_str())).collect(),
        }
    }

    fn objects(&self) -> Objects<'_> {
        let Some(filter) = &self.filter.0 else {
            let prefix = self.prefix.as_deref().unwrap_or_default();
            return Objects { prefix, ..Objects::default() };
        };
        let and = filter.and.0.as_ref();
        let prefix = and.and_then(|it| it.prefix.as_ref()).or(filter.prefix.as_ref());
        let larger = and.and_then(|it| it.object_size_greater_than);
        let smaller = and.and_then(|it| it.object_size_less_than);
        let tag = filter.tag.0.iter().map(|it| (it.key.as_str(), it.value.as_str()));
        let tags = and.and_then(|it| it.tags.as_ref()).into_iter().flatten();
        Objects {
            prefix: prefix.map(String::as_str).unwrap_or_default(),
            tags: tags.map(|(key, it)| (key.as_str(), it.as_str())).chain(tag).collect(),
            larger: larger.or(filter.object_size_greater_than).unwrap_or_default(),
            smaller: smaller.or(filter.object_size_less_than).unwrap_or_default(),
        }
    }
}

/// What S3 does not take in one rule.
pub(super) fn problems(rule: &Map) -> Vec<(&'static str, String)> {
    let given = |block: &Map, name: &str| match block.get(name) {
        Some(it) if it.is_wholly_known() => {
            !it.is_null() && it.items().is_none_or(|it| !it.is_empty())
        }
        Some(_) | None => false,
    };
    let blocks = |name: &str| rule.get(name).and_then(Value::items).unwrap_or_default();
    let mut problems = Vec::new();
    if given(rule, "filter") && rule.get("prefix").is_some_and(|it| it.as_str().is_some()) {
        problems.push(("rule", "only one of `prefix` and `filter` may be given".to_owned()));
    }
    let only_one = |names: &[&str], block: &Value| {
        let Some(block) = block.entries() else { return false };
        names.iter().filter(|name| given(block, name)).count() > 1
    };
    let parts = ["object_size_greater_than", "object_size_less_than", "prefix", "and", "tag"];
    if blocks("filter").iter().any(|it| only_one(&parts, it)) {
        let text = "a `filter` says one thing; several stand in its block `and`";
        problems.push(("rule", text.to_owned()));
    }
    let times = ["date", "days"];
    if blocks("expiration").iter().chain(blocks("transition")).any(|it| only_one(&times, it)) {
        problems.push(("rule", "only one of `date` and `days` may be given".to_owned()));
    }
    problems
}

#[allow(deprecated, reason = "who writes `prefix` has it where it was")]
impl ToSdk<Option<sdk::LifecycleRule>> for Rule {
    fn to_sdk(&self) -> Option<sdk::LifecycleRule> {
        let old_go = &self.noncurrent_version_transition;
        let go = &self.transition;
        let filter = self.filter.0.as_ref();
        let it = sdk::LifecycleRule::builder()
            .id(&self.id)
            .status(self.status.as_str().into())
            .set_abort_incomplete_multipart_upload(self.abort_incomplete_multipart_upload.to_sdk())
            .set_expiration(self.expiration.to_sdk())
            .set_noncurrent_version_expiration(self.noncurrent_version_expiration.to_sdk())
            .set_noncurrent_version_transitions(old_go.to_sdk().filter(|it| !it.is_empty()))
            .set_transitions(go.to_sdk().filter(|it: &Vec<_>| !it.is_empty()));
        let it = match (&self.prefix, filter) {
            (Some(prefix), None) => it.prefix(prefix),
            (_, filter) => it.filter(filter.map_or_else(everything, Filter::to_sdk)),
        };
        Some(it.build().expect("a status is set"))
    }
}

fn everything() -> sdk::LifecycleRuleFilter {
    sdk::LifecycleRuleFilter::builder().prefix("").build()
}

impl Filter {
    fn to_sdk(&self) -> sdk::LifecycleRuleFilter {
        let it = sdk::LifecycleRuleFilter::builder();
        if let Some(and) = &self.and.0 {
            return it.and(and.to_sdk()).build();
        }
        let larger = self.object_size_greater_than;
        let smaller = self.object_size_less_than.filter(|it| *it > 0);
        let size = larger.is_some() || smaller.is_some();
        if self.tag.0.is_none() && self.prefix.is_none() && !size {
            return everything();
        }
        it.set_prefix(self.prefix.clone())
            .set_tag(self.tag.to_sdk())
            .set_object_size_greater_than(larger)
            .set_object_size_less_than(smaller)
            .build()
    }
}

impl And {
    fn to_sdk(&self) -> sdk::LifecycleRuleAndOperator {
        let tags: Vec<_> = self.tags.iter().flatten().map(|(key, it)| tag(key, it)).collect();
        sdk::LifecycleRuleAndOperator::builder()
            .set_prefix(self.prefix.clone())
            .set_tags(Some(tags).filter(|it| !it.is_empty()))
            .set_object_size_greater_than(self.object_size_greater_than.filter(|it| *it > 0))
            .set_object_size_less_than(self.object_size_less_than.filter(|it| *it > 0))
            .build()
    }
}

impl ToSdk<Option<sdk::LifecycleExpiration>> for Expiration {
    fn to_sdk(&self) -> Option<sdk::LifecycleExpiration> {
        let it = sdk::LifecycleExpiration::builder()
            .set_date(self.date.as_deref().and_then(date))
            .set_days(self.days.filter(|it| *it > 0))
            .set_expired_object_delete_marker(self.expired_object_delete_marker.filter(|it| *it));
        Some(it.build())
    }
}

impl ToSdk<Option<sdk::Transition>> for Transition {
    fn to_sdk(&self) -> Option<sdk::Transition> {
        let date = self.date.as_deref().and_then(date);
        // Objects go on a day or at an age, and 0 is an age.
        let days = date.is_none().then(|| self.days.unwrap_or_default());
        let it = sdk::Transition::builder().set_days(days).set_date(date);
        Some(it.storage_class(self.storage_class.as_str().into()).build())
    }
}

#[allow(deprecated, reason = "rules made long ago have their prefix there")]
impl<'a> FromSdk<&'a sdk::LifecycleRule> for Rule {
    fn from_sdk(it: &'a sdk::LifecycleRule) -> Self {
        Rule {
            id: String::from_sdk(it.id()),
            prefix: Option::from_sdk(it.prefix().filter(|_| it.filter().is_none())),
            status: it.status().as_str().to_owned(),
            abort_incomplete_multipart_upload: One::from_sdk(
                it.abort_incomplete_multipart_upload(),
            ),
            expiration: One::from_sdk(it.expiration()),
            filter: One::from_sdk(it.filter()),
            noncurrent_version_expiration: One::from_sdk(it.noncurrent_version_expiration()),
            noncurrent_version_transition: BTreeSet::from_sdk(it.noncurrent_version_transitions()),
            transition: BTreeSet::from_sdk(it.transitions()),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LifecycleRuleFilter> for Filter {
    fn from_sdk(it: &'a sdk::LifecycleRuleFilter) -> Self {
        Filter {
            object_size_greater_than: it.object_size_greater_than(),
            object_size_less_than: it.object_size_less_than(),
            prefix: it.prefix().filter(|it| !it.is_empty()).map(str::to_owned),
            and: One::from_sdk(it.and()),
            tag: One::from_sdk(it.tag()),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LifecycleRuleAndOperator> for And {
    fn from_sdk(it: &'a sdk::LifecycleRuleAndOperator) -> Self {
        let tags = it.tags().iter().map(|it| (it.key().to_owned(), it.value().to_owned()));
        let tags: BTreeMap<_, _> = tags.collect();
        And {
            object_size_greater_than: it.object_size_greater_than(),
            object_size_less_than: it.object_size_less_than(),
            prefix: it.prefix().filter(|it| !it.is_empty()).map(str::to_owned),
            tags: (!tags.is_empty()).then_some(tags),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LifecycleExpiration> for Expiration {
    fn from_sdk(it: &'a sdk::LifecycleExpiration) -> Self {
        Expiration {
            date: moment(it.date()).0,
            days: it.days(),
            expired_object_delete_marker: it.expired_object_delete_marker(),
        }
    }
}

impl<'a> FromSdk<&'a sdk::Transition> for Transition {
    fn from_sdk(it: &'a sdk::Transition) -> Self {
        Transition {
            date: moment(it.date()).0,
            days: it.days(),
            storage_class: String::from_sdk(it.storage_class()),
        }
    }
}
