//! The data source `aws_autoscaling_group`: a group that is managed elsewhere.

use std::collections::BTreeSet;

use model::{Attributes, One, Out};
use serde::{Deserialize, Serialize};

use super::group::blocks::{Maintenance, Source, Tag, Template, WarmPool};
use super::group::mixed::Mixed;
use super::group::{describe, live};
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::only;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A group that is managed elsewhere.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_autoscaling_group")]
pub(crate) struct Group {
    /// Its name.
    name: String,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its availability zones.
    availability_zones: Out<BTreeSet<String>>,
    /// For how many seconds after a scaling activity no other one starts.
    default_cooldown: Out<i32>,
    /// How many instances shall run.
    desired_capacity: Out<i32>,
    /// What capacity counts.
    desired_capacity_type: Out<String>,
    /// Group metrics that are collected.
    enabled_metrics: Out<BTreeSet<String>>,
    /// For how many seconds failing health checks of a new instance are ignored.
    health_check_grace_period: Out<i32>,
    /// Whose health checks count.
    health_check_type: Out<String>,
    /// Its name.
    id: Out<String>,
    /// How many instances must be healthy while some are replaced.
    instance_maintenance_policy: Out<One<Maintenance>>,
    /// The launch configuration instances start from.
    launch_configuration: Out<String>,
    /// The launch template instances start from.
    launch_template: Out<One<Template>>,
    /// Names of classic load balancers.
    load_balancers: Out<BTreeSet<String>>,
    /// After how many seconds an instance is replaced.
    max_instance_lifetime: Out<i32>,
    /// The most instances.
    max_size: Out<i32>,
    /// The least instances.
    min_size: Out<i32>,
    /// Several instance types, On-Demand and Spot.
    mixed_instances_policy: Out<One<Mixed>>,
    /// Whether new instances are protected from scale-in.
    new_instances_protected_from_scale_in: Out<bool>,
    /// The placement group.
    placement_group: Out<String>,
    /// The size that a predictive scaling policy expects.
    predicted_capacity: Out<i32>,
    /// The service-linked role of Auto Scaling.
    service_linked_role_arn: Out<String>,
    /// What goes on, while it is being deleted.
    status: Out<String>,
    /// What the group does not do.
    suspended_processes: Out<BTreeSet<String>>,
    /// Its tags.
    tag: Out<BTreeSet<Tag>>,
    /// ARNs of target groups that its instances are registered in.
    target_group_arns: Out<BTreeSet<String>>,
    /// Which instances go first.
    termination_policies: Out<BTreeSet<String>>,
    /// What sends traffic to the instances.
    traffic_source: Out<BTreeSet<Source>>,
    /// Ids of subnets, with commas between.
    vpc_zone_identifier: Out<String>,
    /// Instances that are started before they are needed.
    warm_pool: Out<One<WarmPool>>,
    /// How many instances the warm pool has.
    warm_pool_size: Out<i32>,
}

impl Data for Group {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let found = describe(aws, vec![given.name.clone()]).await?;
        let it = only("Auto Scaling group", "DescribeAutoScalingGroups", found)?;
        let group = live(aws, &it);
        Ok(Group {
            arn: group.arn,
            availability_zones: Out(group.availability_zones.0),
            default_cooldown: Out(group.default_cooldown.0),
            desired_capacity: Out(group.desired_capacity.0),
            desired_capacity_type: Out(group.desired_capacity_type),
            enabled_metrics: Out(group.enabled_metrics),
            health_check_grace_period: Out(Some(group.health_check_grace_period)),
            health_check_type: Out(group.health_check_type.0),
            id: Out(group.name.0),
            instance_maintenance_policy: Out(Some(group.instance_maintenance_policy)),
            launch_configuration: Out(group.launch_configuration),
            launch_template: Out(Some(group.launch_template)),
            load_balancers: Out(group.load_balancers.0),
            max_instance_lifetime: Out(group.max_instance_lifetime),
            max_size: Out(Some(group.max_size)),
            min_size: Out(Some(group.min_size)),
            mixed_instances_policy: Out(Some(group.mixed_instances_policy)),
            new_instances_protected_from_scale_in: Out(Some(group.protect_from_scale_in)),
            placement_group: Out(group.placement_group),
            predicted_capacity: group.predicted_capacity,
            service_linked_role_arn: Out(group.service_linked_role_arn.0),
            status: Out::from_sdk(it.status()),
            suspended_processes: Out(group.suspended_processes),
            tag: Out(Some(group.tag)),
            target_group_arns: Out(group.target_group_arns.0),
            termination_policies: Out(group
                .termination_policies
                .map(|it| it.0.into_iter().collect())),
            traffic_source: Out(group.traffic_source.0),
            vpc_zone_identifier: Out::from_sdk(it.vpc_zone_identifier()),
            warm_pool: Out(Some(group.warm_pool)),
            warm_pool_size: group.warm_pool_size,
            ..given
        })
    }
}
