//! The mixed instances policy of a group: several instance types, On-Demand and Spot.

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Auto, Mirror, One};
use serde::{Deserialize, Serialize};

use super::blocks;
use crate::ec2::requirements::{Counts, requirements};
use crate::mirror::{FromSdk, ToSdk};

requirements!(
    Requirements: sdk::InstanceRequirements;
    Counts, attr(max = 1);
    {
        /// How much of the On-Demand price of the cheapest suitable type a Spot Instance may cost, in
        /// percent.
        max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i32>,
    }
);

/// Several instance types, On-Demand and Spot.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Mixed {
    /// How many of which kind.
    instances_distribution: Auto<One<Instances>>,
    /// What instances start from.
    #[attr(required)]
    launch_template: One<Templates>,
}

/// How many of which kind.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstancesDistribution)]
pub(crate) struct Instances {
    /// Which type On-Demand Instances are of: `prioritized` or `lowest-price`.
    on_demand_allocation_strategy: Auto<String>,
    /// How many On-Demand Instances there are at least.
    on_demand_base_capacity: Auto<i32>,
    /// How many of the others are On-Demand Instances, in percent.
    on_demand_percentage_above_base_capacity: Auto<i32>,
    /// Which type Spot Instances are of: `price-capacity-optimized`, `capacity-optimized`,
    /// `capacity-optimized-prioritized` or `lowest-price`.
    spot_allocation_strategy: Auto<String>,
    /// Over how many pools Spot Instances are spread, with `lowest-price`.
    spot_instance_pools: Auto<i32>,
    /// The most to pay for an hour of a Spot Instance.
    spot_max_price: Option<String>,
}

/// What instances start from.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Templates {
    /// The launch template.
    #[attr(required)]
    launch_template_specification: One<Specification>,
    /// Instance types instead of the template's one.
    r#override: Vec<Override>,
}

/// A launch template: by id or by name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Specification {
    /// Its id.
    launch_template_id: Auto<String>,
    /// Its name.
    launch_template_name: Auto<String>,
    /// A version's number, `$Latest` or `$Default`.
    version: Auto<String>,
}

/// An instance type, or what it must have.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Override {
    /// The instance type.
    instance_type: Option<String>,
    /// How much of the capacity an instance of it is.
    weighted_capacity: Option<String>,
    /// What instance types must have, rather than their names.
    instance_requirements: One<Requirements>,
    /// The launch template for it.
    launch_template_specification: One<Specification>,
}

impl Specification {
    fn template(&self) -> blocks::Template {
        blocks::Template {
            id: self.launch_template_id.clone(),
            name: self.launch_template_name.clone(),
            version: self.version.clone(),
        }
    }

    fn to_sdk(&self, have: Option<&Specification>) -> sdk::LaunchTemplateSpecification {
        let have = have.map(Specification::template);
        self.template().specification(have.as_ref())
    }
}

impl<'a> FromSdk<&'a sdk::LaunchTemplateSpecification> for Specification {
    fn from_sdk(it: &'a sdk::LaunchTemplateSpecification) -> Self {
        Specification {
            launch_template_id: Auto::from_sdk(it.launch_template_id()),
            launch_template_name: Auto::from_sdk(it.launch_template_name()),
            version: Auto::from_sdk(it.version()),
        }
    }
}

impl Mixed {
    /// What to send, knowing what is there.
    pub fn to_sdk(&self, have: Option<&Mixed>) -> sdk::MixedInstancesPolicy {
        let have = have.and_then(|it| it.launch_template.0.as_ref());
        let template = self.launch_template.0.as_ref().map(|it| it.to_sdk(have));
        sdk::MixedInstancesPolicy::builder()
            .set_launch_template(template)
            .set_instances_distribution(self.instances_distribution.to_sdk())
            .build()
    }
}

impl Templates {
    fn to_sdk(&self, have: Option<&Templates>) -> sdk::LaunchTemplate {
        let before = have.and_then(|it| it.launch_template_specification.0.as_ref());
        let template = self.launch_template_specification.0.as_ref();
        let overrides = self.r#override.iter().enumerate().map(|(n, it)| {
            let have = have.and_then(|it| it.r#override.get(n));
            it.to_sdk(have)
        });
        sdk::LaunchTemplate::builder()
            .set_launch_template_specification(template.map(|it| it.to_sdk(before)))
            .set_overrides(Some(overrides.collect()))
            .build()
    }
}

impl Override {
    fn to_sdk(&self, have: Option<&Override>) -> sdk::LaunchTemplateOverrides {
        let before = have.and_then(|it| it.launch_template_specification.0.as_ref());
        let template = self.launch_template_specification.0.as_ref();
        sdk::LaunchTemplateOverrides::builder()
            .set_instance_type(self.instance_type.to_sdk())
            .set_weighted_capacity(self.weighted_capacity.to_sdk())
            .set_instance_requirements(self.instance_requirements.to_sdk())
            .set_launch_template_specification(template.map(|it| it.to_sdk(before)))
            .build()
    }
}

impl<'a> FromSdk<&'a sdk::MixedInstancesPolicy> for Mixed {
    fn from_sdk(it: &'a sdk::MixedInstancesPolicy) -> Self {
        Mixed {
            instances_distribution: Auto(Some(One::from_sdk(it.instances_distribution()))),
            launch_template: One::from_sdk(it.launch_template()),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LaunchTemplate> for Templates {
    fn from_sdk(it: &'a sdk::LaunchTemplate) -> Self {
        Templates {
            launch_template_specification: One::from_sdk(it.launch_template_specification()),
            r#override: Vec::from_sdk(it.overrides()),
        }
    }
}

impl<'a> FromSdk<&'a sdk::LaunchTemplateOverrides> for Override {
    fn from_sdk(it: &'a sdk::LaunchTemplateOverrides) -> Self {
        Override {
            instance_type: Option::from_sdk(it.instance_type()),
            weighted_capacity: Option::from_sdk(it.weighted_capacity()),
            instance_requirements: One::from_sdk(it.instance_requirements()),
            launch_template_specification: One::from_sdk(it.launch_template_specification()),
        }
    }
}
