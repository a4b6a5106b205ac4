//! The blocks of a service, but for those of Service Connect.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use super::names::PlacementField;
use crate::mirror::{FromSdk, ToSdk};

/// Alarms that make a deployment fail.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DeploymentAlarms, checked)]
pub(crate) struct Alarms {
    /// Names of CloudWatch alarms.
    #[attr(required)]
    alarm_names: BTreeSet<String>,
    /// Whether they are watched.
    enable: bool,
    /// Whether a failed deployment is rolled back.
    rollback: bool,
}

/// A capacity provider, and its share.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::CapacityProviderStrategyItem, checked)]
pub(crate) struct CapacityProvider {
    /// How many tasks run on it at least.
    #[attr(default = 0)]
    base: i32,
    /// Its name.
    capacity_provider: String,
    /// Its share of the other tasks.
    #[attr(default = 0)]
    weight: i32,
}

/// What happens when new tasks do not start.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DeploymentCircuitBreaker)]
pub(crate) struct CircuitBreaker {
    /// Whether the deployment fails.
    enable: bool,
    /// Whether a failed deployment is rolled back.
    rollback: bool,
}

/// Who rolls out.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::DeploymentController, checked)]
pub(crate) struct Controller {
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    #[attr(replace, default = "ECS")]
    r#type: String,
}

impl Controller {
    pub fn of(it: Option<&sdk::DeploymentController>) -> Self {
        it.map_or(Controller { r#type: "ECS".to_owned() }, Controller::from_sdk)
    }

    pub fn is_external(&self) -> bool {
        self.r#type == "EXTERNAL"
    }
}

/// A load balancer that sends requests.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LoadBalancer)]
pub(crate) struct LoadBalancer {
    /// The container that gets requests.
    container_name: String,
    /// The container's port.
    container_port: i32,
    /// The name of a classic load balancer.
    #[mirror(load_balancer_name)]
    elb_name: Option<String>,
    /// The target group of an application or network load balancer.
    target_group_arn: Option<String>,
}

/// The network of tasks.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Network {
    /// Whether tasks get a public address.
    #[attr(default = false)]
    assign_public_ip: bool,
    /// The security groups of tasks; by default that of the VPC.
    security_groups: Option<BTreeSet<String>>,
    /// The subnets that tasks run in.
    #[attr(required)]
    subnets: BTreeSet<String>,
}

/// How tasks are placed on instances.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PlacementStrategy)]
pub(crate) struct Strategy {
    /// What they are spread over or packed by.
    field: Option<PlacementField>,
    /// `spread`, `binpack` or `random`.
    r#type: String,
}

/// On which instances tasks may be placed.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::PlacementConstraint)]
pub(crate) struct Constraint {
    /// In the cluster query language.
    expression: Option<String>,
    /// `memberOf` or `distinctInstance`.
    r#type: String,
}

/// The Cloud Map service that tasks are registered in.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceRegistry)]
pub(crate) struct Registry {
    /// The container to register.
    container_name: Option<String>,
    /// The container's port.
    container_port: Option<i32>,
    /// The port for SRV records.
    port: Option<i32>,
    /// ARN of the Cloud Map service.
    registry_arn: String,
}

/// The volume that each task gets.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceVolumeConfiguration, checked)]
pub(crate) struct Volume {
    /// The volume's name in the task definition.
    name: String,
    /// What it is like.
    #[attr(required)]
    managed_ebs_volume: One<EbsVolume>,
}

/// An EBS volume for a task.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ServiceManagedEbsVolumeConfiguration, checked)]
pub(crate) struct EbsVolume {
    /// Whether it is encrypted.
    #[attr(default = true)]
    encrypted: bool,
    /// `ext3`, `ext4`, `xfs` or `ntfs`.
    #[attr(default = "xfs")]
    #[mirror(filesystem_type)]
    file_system_type: String,
    /// I/O operations per second.
    iops: Option<i32>,
    /// The KMS key it is encrypted with.
    kms_key_id: Option<String>,
    /// ARN of the role that ECS manages it with.
    role_arn: String,
    /// Its size.
    #[mirror(size_in_gib)]
    size_in_gb: Option<i32>,
    /// The snapshot it is made from.
    snapshot_id: Option<String>,
    /// In MiB per second.
    throughput: Option<i32>,
    /// How fast it is filled from the snapshot, in MiB per second.
    volume_initialization_rate: Option<i32>,
    /// Such as `gp3`.
    volume_type: Option<String>,
    /// Its tags.
    tag_specifications: Vec<VolumeTags>,
}

/// Tags of a volume.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct VolumeTags {
    /// Whose tags it gets too: `SERVICE`, `TASK_DEFINITION` or `NONE`.
    propagate_tags: Option<String>,
    /// `volume`.
    resource_type: String,
    /// Tags of its own.
    tags: Option<BTreeMap<String, String>>,
}

/// A VPC Lattice target group that tasks are registered in.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::VpcLatticeConfiguration, checked)]
pub(crate) struct Lattice {
    /// The name of the port in the task definition.
    port_name: String,
    /// ARN of the role that ECS uses for it.
    role_arn: String,
    /// ARN of the target group.
    target_group_arn: String,
}

impl ToSdk<Option<sdk::NetworkConfiguration>> for Network {
    fn to_sdk(&self) -> Option<sdk::NetworkConfiguration> {
        let public = match self.assign_public_ip {
            true => sdk::AssignPublicIp::Enabled,
            false => sdk::AssignPublicIp::Disabled,
        };
        let network = sdk::AwsVpcConfiguration::builder()
            .assign_public_ip(public)
            .set_security_groups(self.security_groups.to_sdk())
            .set_subnets(self.subnets.to_sdk());
        let network = network.build().expect("subnets are set");
        Some(sdk::NetworkConfiguration::builder().awsvpc_configuration(network).build())
    }
}

impl<'a> FromSdk<&'a sdk::NetworkConfiguration> for Network {
    fn from_sdk(it: &'a sdk::NetworkConfiguration) -> Self {
        let it = it.awsvpc_configuration();
        let public = it.and_then(|it| it.assign_public_ip());
        let groups = it.map(|it| BTreeSet::from_sdk(it.security_groups()));
        Network {
            assign_public_ip: public == Some(&sdk::AssignPublicIp::Enabled),
            security_groups: groups.filter(|it: &BTreeSet<String>| !it.is_empty()),
            subnets: it.map(|it| BTreeSet::from_sdk(it.subnets())).unwrap_or_default(),
        }
    }
}

impl ToSdk<Option<sdk::EbsTagSpecification>> for VolumeTags {
    fn to_sdk(&self) -> Option<sdk::EbsTagSpecification> {
        let tag =
            |(key, value): (&String, &String)| sdk::Tag::builder().key(key).value(value).build();
        let tags = self.tags.as_ref().map(|it| it.iter().map(tag).collect());
        let tags = sdk::EbsTagSpecification::builder()
            .set_propagate_tags(self.propagate_tags.to_sdk())
            .resource_type(self.resource_type.as_str().into())
            .set_tags(tags);
        Some(tags.build().expect("a kind is set"))
    }
}

impl<'a> FromSdk<&'a sdk::EbsTagSpecification> for VolumeTags {
    fn from_sdk(it: &'a sdk::EbsTagSpecification) -> Self {
        let pair = |it: &sdk::Tag| (String::from_sdk(it.key()), String::from_sdk(it.value()));
        VolumeTags {
            propagate_tags: Option::from_sdk(it.propagate_tags()),
            resource_type: String::from_sdk(it.resource_type()),
            tags: Some(it.tags().iter().map(pair).collect()),
        }
    }
}
