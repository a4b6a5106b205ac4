//! The tasks that a rule starts.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_eventbridge::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::events::{tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, ToSdk};

/// Tasks of ECS that are started. The ARN of the target is that of the cluster.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct EcsTarget {
    /// Whether tasks get tags that tell their cluster and service.
    #[attr(default = false)]
    enable_ecs_managed_tags: bool,
    /// Whether one may run commands in the containers of tasks.
    #[attr(default = false)]
    enable_execute_command: bool,
    /// The group of the tasks.
    group: Option<String>,
    /// What tasks run on: `EC2`, `FARGATE` or `EXTERNAL`.
    launch_type: Option<String>,
    /// The version of Fargate.
    platform_version: Option<String>,
    /// Whether tasks get the tags of their `TASK_DEFINITION`.
    propagate_tags: Option<String>,
    /// Tags of the tasks.
    tags: Option<BTreeMap<String, String>>,
    /// How many tasks are started.
    #[attr(default = 1)]
    task_count: i32,
    /// ARN of the task definition. Without a revision, the latest one runs.
    task_definition_arn: String,
    /// Which capacity is used.
    capacity_provider_strategy: BTreeSet<Capacity>,
    /// The network of tasks that have one of their own.
    network_configuration: One<Network>,
    /// What is looked at to place tasks, in this order.
    #[attr(max = 5)]
    ordered_placement_strategy: Vec<Placement>,
    /// Where tasks may be placed.
    #[attr(max = 10)]
    placement_constraint: BTreeSet<Constraint>,
}

/// Which capacity is used.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::CapacityProviderStrategyItem, checked)]
pub(crate) struct Capacity {
    /// How many tasks run there at least.
    base: Option<i32>,
    /// The capacity provider.
    capacity_provider: String,
    /// Its share of the tasks.
    weight: Option<i32>,
}

/// The network of tasks that have one of their own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Network {
    /// Whether tasks get a public address.
    #[attr(default = false)]
    assign_public_ip: bool,
    /// Security groups of the tasks.
    security_groups: Option<BTreeSet<String>>,
    /// Subnets of the tasks.
    #[attr(required)]
    subnets: BTreeSet<String>,
}

/// What is looked at to place tasks.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PlacementStrategy)]
pub(crate) struct Placement {
    /// Such as `cpu` or `attribute:ecs.availability-zone`.
    field: Option<String>,
    /// `binpack`, `random` or `spread`.
    r#type: String,
}

/// Where tasks may be placed.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::PlacementConstraint)]
pub(crate) struct Constraint {
    /// Which instances it is about.
    expression: Option<String>,
    /// `distinctInstance` or `memberOf`.
    r#type: String,
}

impl ToSdk<Option<sdk::EcsParameters>> for EcsTarget {
    fn to_sdk(&self) -> Option<sdk::EcsParameters> {
        let tags = self.tags.as_ref().filter(|it| !it.is_empty());
        let parameters = sdk::EcsParameters::builder()
            .enable_ecs_managed_tags(self.enable_ecs_managed_tags)
            .enable_execute_command(self.enable_execute_command)
            .set_group(self.group.clone())
            .set_launch_type(self.launch_type.to_sdk())
            .set_platform_version(self.platform_version.clone())
            .set_propagate_tags(self.propagate_tags.to_sdk())
            .set_tags(tags.map(|it| tags_to_sdk(&it.clone().into_iter().collect())))
            .task_count(self.task_count)
            .task_definition_arn(&self.task_definition_arn)
            .set_capacity_provider_strategy(listed(self.capacity_provider_strategy.to_sdk()))
            .set_network_configuration(self.network_configuration.to_sdk())
            .set_placement_strategy(listed(self.ordered_placement_strategy.to_sdk()))
            .set_placement_constraints(listed(self.placement_constraint.to_sdk()));
        Some(parameters.build().expect("a task definition is set"))
    }
}

/// A list, if it has anything in it.
fn listed<T>(items: Option<Vec<T>>) -> Option<Vec<T>> {
    items.filter(|it| !it.is_empty())
}

impl FromSdk<&sdk::EcsParameters> for EcsTarget {
    fn from_sdk(it: &sdk::EcsParameters) -> Self {
        let tags = tags_from_sdk(it.tags()).0;
        EcsTarget {
            enable_ecs_managed_tags: it.enable_ecs_managed_tags(),
            enable_execute_command: it.enable_execute_command(),
            group: Option::from_sdk(it.group()),
            launch_type: Option::from_sdk(it.launch_type()),
            platform_version: Option::from_sdk(it.platform_version()),
            propagate_tags: Option::from_sdk(it.propagate_tags()),
            tags: (!tags.is_empty()).then_some(tags),
            task_count: it.task_count().unwrap_or(1),
            task_definition_arn: String::from_sdk(it.task_definition_arn()),
            capacity_provider_strategy: BTreeSet::from_sdk(it.capacity_provider_strategy()),
            network_configuration: One::from_sdk(it.network_configuration()),
            ordered_placement_strategy: Vec::from_sdk(it.placement_strategy()),
            placement_constraint: BTreeSet::from_sdk(it.placement_constraints()),
        }
    }
}

impl ToSdk<Option<sdk::NetworkConfiguration>> for Network {
    fn to_sdk(&self) -> Option<sdk::NetworkConfiguration> {
        let public = match self.assign_public_ip {
            true => sdk::AssignPublicIp::Enabled,
            false => sdk::AssignPublicIp::Disabled,
        };
        let own = sdk::AwsVpcConfiguration::builder()
            .assign_public_ip(public)
            .set_security_groups(self.security_groups.to_sdk())
            .set_subnets(self.subnets.to_sdk())
            .build()
            .expect("subnets are set");
        Some(sdk::NetworkConfiguration::builder().awsvpc_configuration(own).build())
    }
}

impl FromSdk<&sdk::NetworkConfiguration> for Network {
    fn from_sdk(it: &sdk::NetworkConfiguration) -> Self {
        let own = it.awsvpc_configuration();
        let public = own.and_then(|it| it.assign_public_ip());
        let groups = own.map(|it| it.security_groups()).unwrap_or_default();
        Network {
            assign_public_ip: public == Some(&sdk::AssignPublicIp::Enabled),
            security_groups: (!groups.is_empty()).then(|| groups.iter().cloned().collect()),
            subnets: BTreeSet::from_sdk(own.map(|it| it.subnets()).unwrap_or_default()),
        }
    }
}
