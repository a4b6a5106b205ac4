//! The blocks of a group, but for its mixed instances policy and instance refresh.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Auto, Field, Mirror, One, Shape};
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};

/// The launch template instances start from: by id or by name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Template {
    /// Its id.
    pub id: Auto<String>,
    /// Its name.
    pub name: Auto<String>,
    /// A version's number, `$Latest` or `$Default`.
    pub version: Auto<String>,
}

impl Template {
    /// AWS shows both id and name, but takes only one: the one that has changed since `have`.
    pub fn specification(&self, have: Option<&Template>) -> sdk::LaunchTemplateSpecification {
        let renamed = have.is_some_and(|it| it.id == self.id && it.name != self.name);
        let id = self.id.0.clone().filter(|it| !it.is_empty() && !renamed);
        let name = self.name.0.clone().filter(|_| id.is_none());
        sdk::LaunchTemplateSpecification::builder()
            .set_launch_template_id(id)
            .set_launch_template_name(name)
            .set_version(self.version.to_sdk())
            .build()
    }
}

impl<'a> FromSdk<&'a sdk::LaunchTemplateSpecification> for Template {
    fn from_sdk(it: &'a sdk::LaunchTemplateSpecification) -> Self {
        Template {
            id: Auto::from_sdk(it.launch_template_id()),
            name: Auto::from_sdk(it.launch_template_name()),
            version: Auto::from_sdk(it.version()),
        }
    }
}

/// How instances are spread over zones.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AvailabilityZoneDistribution)]
pub(crate) struct Distribution {
    /// `balanced-best-effort` or `balanced-only`.
    capacity_distribution_strategy: Option<String>,
}

/// Which capacity reservations instances may use.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CapacityReservationSpecification)]
pub(crate) struct Reservation {
    /// `capacity-reservations-only`, `capacity-reservations-first`, `none` or `default`.
    capacity_reservation_preference: Auto<String>,
    /// Certain ones.
    capacity_reservation_target: One<ReservationTarget>,
}

/// Capacity reservations.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CapacityReservationTarget)]
pub(crate) struct ReservationTarget {
    /// Their ids.
    capacity_reservation_ids: Option<Vec<String>>,
    /// Resource groups of such.
    capacity_reservation_resource_group_arns: Option<Vec<String>>,
}

/// An instance is held while something else is done about it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LifecycleHookSpecification)]
pub(crate) struct Hook {
    /// What happens when nobody answers: `CONTINUE` or `ABANDON`.
    #[attr(replace)]
    default_result: Auto<String>,
    /// For how many seconds an answer is waited for.
    #[attr(replace)]
    heartbeat_timeout: Option<i32>,
    /// `autoscaling:EC2_INSTANCE_LAUNCHING` or `autoscaling:EC2_INSTANCE_TERMINATING`.
    #[attr(replace)]
    lifecycle_transition: String,
    /// Its name.
    #[attr(replace)]
    #[mirror(lifecycle_hook_name)]
    name: String,
    /// A text that notifications carry.
    #[attr(replace)]
    notification_metadata: Option<String>,
    /// The queue or topic that is notified.
    #[attr(replace)]
    notification_target_arn: Option<String>,
    /// The role that allows to notify it.
    #[attr(replace)]
    role_arn: Option<String>,
}

/// How many instances must be healthy while some are replaced. -1 for both takes the policy away.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceMaintenancePolicy)]
pub(crate) struct Maintenance {
    /// The most, in percent of the desired capacity: 100 to 200.
    max_healthy_percentage: i32,
    /// The least, in percent of the desired capacity.
    min_healthy_percentage: i32,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Tag {
    /// Its key.
    pub key: String,
    /// Whether instances get it too.
    pub propagate_at_launch: bool,
    /// Its value.
    pub value: String,
}

impl Tag {
    pub fn to_sdk(&self, group: &str) -> sdk::Tag {
        sdk::Tag::builder()
            .resource_id(group)
            .resource_type("auto-scaling-group")
            .key(&self.key)
            .value(&self.value)
            .propagate_at_launch(self.propagate_at_launch)
            .build()
    }
}

impl<'a> FromSdk<&'a sdk::TagDescription> for Tag {
    fn from_sdk(it: &'a sdk::TagDescription) -> Self {
        Tag {
            key: String::from_sdk(it.key()),
            propagate_at_launch: it.propagate_at_launch() == Some(true),
            value: String::from_sdk(it.value()),
        }
    }
}

/// Something that sends traffic to the instances. What kind it is need not be said.
#[derive(Debug, Clone, Eq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::TrafficSourceIdentifier)]
pub(crate) struct Source {
    /// The ARN of a target group, or the name of a classic load balancer.
    pub identifier: String,
    /// `elb`, `elbv2` or `vpc-lattice`.
    r#type: Option<String>,
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        let kind = |it: &Source| it.r#type.clone().filter(|it| !it.is_empty());
        let (own, others) = (kind(self), kind(other));
        self.identifier == other.identifier && (own.is_none() || others.is_none() || own == others)
    }
}

impl PartialOrd for Source {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Source {
    fn cmp(&self, other: &Self) -> Ordering {
        self.identifier.cmp(&other.identifier)
    }
}

/// Which instances go first. None is as good as `Default`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Terminations(pub Vec<String>);

impl PartialEq for Terminations {
    fn eq(&self, other: &Self) -> bool {
        let default = |it: &Terminations| it.0.is_empty() || it.0 == ["Default"];
        self.0 == other.0 || (default(self) && default(other))
    }
}

impl Field for Terminations {
    const SHAPE: Shape = Shape::List(&Shape::String);
}

/// Instances that are started before they are needed.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct WarmPool {
    /// The most instances, in the pool and in the group; -1 for as many as the group's `max_size`.
    #[attr(default = -1)]
    pub max_group_prepared_capacity: i32,
    /// The least instances in the pool.
    #[attr(default = 0)]
    pub min_size: i32,
    /// How they wait: `Stopped`, `Running` or `Hibernated`.
    #[attr(default = "Stopped")]
    pub pool_state: String,
    /// Whether instances go back into the pool.
    pub instance_reuse_policy: One<Reuse>,
}

/// Whether instances go back into the pool.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceReusePolicy)]
pub(crate) struct Reuse {
    /// Whether they do when the group shrinks.
    #[attr(default = false)]
    reuse_on_scale_in: Option<bool>,
}

impl<'a> FromSdk<&'a sdk::WarmPoolConfiguration> for WarmPool {
    fn from_sdk(it: &'a sdk::WarmPoolConfiguration) -> Self {
        WarmPool {
            max_group_prepared_capacity: it.max_group_prepared_capacity().unwrap_or(-1),
            min_size: it.min_size().unwrap_or(0),
            pool_state: String::from_sdk(it.pool_state()),
            instance_reuse_policy: One::from_sdk(it.instance_reuse_policy()),
        }
    }
}

/// What only one of two sets has.
pub(super) fn only_in(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Vec<String> {
    one.difference(other).cloned().collect()
}
