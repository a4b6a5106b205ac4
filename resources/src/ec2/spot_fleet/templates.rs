//! The launch templates of a fleet.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::ec2::requirements::{Counts, requirements};
use crate::spelling::Real;

requirements!(
    Requirements: sdk::InstanceRequirements;
    Counts, attr(max = 1);
    {}
);

/// A launch template, and instance types for it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LaunchTemplateConfig)]
pub(crate) struct TemplateConfig {
    /// The launch template.
    #[attr(required)]
    launch_template_specification: One<Template>,
    /// Instance types, subnets and weights instead of the template's.
    overrides: BTreeSet<Override>,
}

/// A launch template: by id or by name.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::FleetLaunchTemplateSpecification)]
pub(crate) struct Template {
    /// Its id.
    #[mirror(launch_template_id)]
    id: Option<String>,
    /// Its name.
    #[mirror(launch_template_name)]
    name: Option<String>,
    /// A version's number, `$Latest` or `$Default`.
    version: Option<String>,
}

/// An instance type, or what it must have.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LaunchTemplateOverrides)]
pub(crate) struct Override {
    /// The availability zone.
    availability_zone: Option<String>,
    /// The instance type.
    instance_type: Option<String>,
    /// Its place among the others; 0 is the first.
    priority: Auto<Real>,
    /// The most to pay for an hour of a unit of capacity.
    spot_price: Auto<String>,
    /// The subnet.
    subnet_id: Auto<String>,
    /// How much of the capacity an instance of it is.
    weighted_capacity: Auto<Real>,
    /// What instance types must have, rather than their names.
    instance_requirements: One<Requirements>,
}
