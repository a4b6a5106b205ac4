//! The calls that make a group and change it.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Auto, One};

use super::blocks::{Source, WarmPool, only_in};
use super::{Group, refresh};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::ToSdk;
use crate::resource::Result;

/// What one call attaches or detaches.
const AT_ONCE: usize = 10;

pub(super) async fn create(aws: &Aws, name: &str, want: &Group) -> Result<()> {
    let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
    let tags: Vec<sdk::Tag> = want.tag.iter().map(|it| it.to_sdk(name)).collect();
    let call = aws.autoscaling().create_auto_scaling_group().auto_scaling_group_name(name);
    let call = call
        .min_size(want.min_size)
        .max_size(want.max_size)
        .set_desired_capacity(want.desired_capacity.0)
        .set_desired_capacity_type(given(&want.desired_capacity_type))
        .set_availability_zones(some(&want.availability_zones))
        .set_vpc_zone_identifier(subnets(want))
        .set_capacity_rebalance(want.capacity_rebalance)
        .set_context(given(&want.context))
        .set_default_cooldown(want.default_cooldown.0)
        .set_default_instance_warmup(want.default_instance_warmup)
        .health_check_grace_period(want.health_check_grace_period)
        .set_health_check_type(want.health_check_type.0.clone())
        .set_launch_configuration_name(given(&want.launch_configuration))
        .set_max_instance_lifetime(want.max_instance_lifetime)
        .set_placement_group(given(&want.placement_group))
        .new_instances_protected_from_scale_in(want.protect_from_scale_in)
        .set_service_linked_role_arn(want.service_linked_role_arn.0.clone())
        .set_termination_policies(want.termination_policies.clone().map(|it| it.0));
    let hooks = want.initial_lifecycle_hook.to_sdk();
    let call = call
        .set_load_balancer_names(some(&want.load_balancers))
        .set_target_group_arns(some(&want.target_group_arns))
        .set_traffic_sources(want.traffic_source.to_sdk().filter(|it| !it.is_empty()))
        .set_availability_zone_distribution(want.availability_zone_distribution.to_sdk())
        .set_capacity_reservation_specification(want.capacity_reservation_specification.to_sdk())
        .set_lifecycle_hook_specification_list(hooks.filter(|it| !it.is_empty()))
        .set_instance_maintenance_policy(want.instance_maintenance_policy.to_sdk())
        .set_launch_template(want.launch_template.0.as_ref().map(|it| it.specification(None)))
        .set_mixed_instances_policy(
            want.mixed_instances_policy.0.as_ref().map(|it| it.to_sdk(None)),
        )
        .set_tags((!tags.is_empty()).then_some(tags));
    call.send().await.or_fault("CreateAutoScalingGroup")?;
    Ok(())
}

/// Brings a group from `have` to `want`. What stops processes comes before what they would do.
pub(super) async fn update(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    processes(aws, id, have, want).await?;
    settings(aws, id, have, want).await?;
    tags(aws, id, have, want).await?;
    traffic(aws, id, have, want).await?;
    metrics(aws, id, have, want).await?;
    if have.warm_pool != want.warm_pool {
        warm_pool(aws, id, have, want.warm_pool.0.as_ref()).await?;
    }
    refresh::refresh(aws, id, have, want).await
}

async fn settings(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let given = |it: &Option<String>| Some(it.clone().unwrap_or_default());
    let mut call = aws.autoscaling().update_auto_scaling_group().auto_scaling_group_name(id);
    let mut needed = false;
    macro_rules! send {
        ($($field:ident => $set:ident($value:expr)),+ $(,)?) => {
            $(if have.$field != want.$field {
                call = call.$set($value);
                needed = true;
            })+
        };
    }
    send!(
        min_size => set_min_size(Some(want.min_size)),
        max_size => set_max_size(Some(want.max_size)),
        desired_capacity => set_desired_capacity(want.desired_capacity.0),
        desired_capacity_type => set_desired_capacity_type(given(&want.desired_capacity_type)),
        availability_zones => set_availability_zones(some(&want.availability_zones)),
        vpc_zone_identifier => set_vpc_zone_identifier(subnets(want)),
        // What is no longer given is not left as it is, but set back.
        capacity_rebalance => set_capacity_rebalance(Some(want.capacity_rebalance == Some(true))),
        context => set_context(given(&want.context)),
        default_cooldown => set_default_cooldown(want.default_cooldown.0),
        default_instance_warmup =>
            set_default_instance_warmup(want.default_instance_warmup.or(Some(-1))),
        health_check_grace_period =>
            set_health_check_grace_period(Some(want.health_check_grace_period)),
        health_check_type => set_health_check_type(want.health_check_type.0.clone()),
        launch_configuration =>
            set_launch_configuration_name(want.launch_configuration.clone()),
        max_instance_lifetime => set_max_instance_lifetime(want.max_instance_lifetime.or(Some(0))),
        placement_group => set_placement_group(given(&want.placement_group)),
        protect_from_scale_in =>
            set_new_instances_protected_from_scale_in(Some(want.protect_from_scale_in)),
        service_linked_role_arn =>
            set_service_linked_role_arn(want.service_linked_role_arn.0.clone()),
        termination_policies => set_termination_policies(Some(policies(want))),
        availability_zone_distribution =>
            set_availability_zone_distribution(want.availability_zone_distribution.to_sdk()),
        capacity_reservation_specification => set_capacity_reservation_specification(
            want.capacity_reservation_specification.to_sdk()
        ),
        instance_maintenance_policy =>
            set_instance_maintenance_policy(want.instance_maintenance_policy.to_sdk().or(none())),
        launch_template => set_launch_template(
            want.launch_template.0.as_ref().map(|it| it.specification(have.launch_template.0.as_ref()))
        ),
        mixed_instances_policy => set_mixed_instances_policy(
            want.mixed_instances_policy.0.as_ref()
                .map(|it| it.to_sdk(have.mixed_instances_policy.0.as_ref()))
        ),
    );
    if needed {
        call.send().await.or_fault("UpdateAutoScalingGroup")?;
    }
    Ok(())
}

/// What takes a maintenance policy away.
fn none() -> Option<sdk::InstanceMaintenancePolicy> {
    let it = sdk::InstanceMaintenancePolicy::builder();
    Some(it.min_healthy_percentage(-1).max_healthy_percentage(-1).build())
}

fn policies(want: &Group) -> Vec<String> {
    let given = want.termination_policies.clone().map(|it| it.0).filter(|it| !it.is_empty());
    given.unwrap_or_else(|| vec!["Default".to_owned()])
}

fn subnets(it: &Group) -> Option<String> {
    let subnets: Vec<&str> =
        it.vpc_zone_identifier.0.iter().flatten().map(String::as_str).collect();
    (!subnets.is_empty()).then(|| subnets.join(","))
}

fn some(it: &Auto<BTreeSet<String>>) -> Option<Vec<String>> {
    it.0.as_ref().filter(|it| !it.is_empty()).map(|it| it.iter().cloned().collect())
}

async fn tags(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let keys: BTreeSet<&str> = want.tag.iter().map(|it| it.key.as_str()).collect();
    let gone = have.tag.iter().filter(|it| !keys.contains(it.key.as_str()));
    let gone: Vec<sdk::Tag> = gone.map(|it| it.to_sdk(id)).collect();
    if !gone.is_empty() {
        let call = aws.autoscaling().delete_tags().set_tags(Some(gone));
        call.send().await.or_fault("DeleteTags")?;
    }
    let new: Vec<sdk::Tag> = want.tag.difference(&have.tag).map(|it| it.to_sdk(id)).collect();
    if !new.is_empty() {
        let call = aws.autoscaling().create_or_update_tags().set_tags(Some(new));
        call.send().await.or_fault("CreateOrUpdateTags")?;
    }
    Ok(())
}

async fn traffic(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let asg = aws.autoscaling();
    let empty = BTreeSet::new();
    let differences = |have: &Auto<BTreeSet<String>>, want: &Auto<BTreeSet<String>>| {
        let (have, want) = (have.0.as_ref().unwrap_or(&empty), want.0.as_ref().unwrap_or(&empty));
        (only_in(have, want), only_in(want, have))
    };
    let (old, new) = differences(&have.target_group_arns, &want.target_group_arns);
    for arns in old.chunks(AT_ONCE) {
        let call = asg.detach_load_balancer_target_groups().auto_scaling_group_name(id);
        let call = call.set_target_group_arns(Some(arns.to_vec()));
        call.send().await.or_fault("DetachLoadBalancerTargetGroups")?;
    }
    for arns in new.chunks(AT_ONCE) {
        let call = asg.attach_load_balancer_target_groups().auto_scaling_group_name(id);
        let call = call.set_target_group_arns(Some(arns.to_vec()));
        call.send().await.or_fault("AttachLoadBalancerTargetGroups")?;
    }
    let (old, new) = differences(&have.load_balancers, &want.load_balancers);
    for names in old.chunks(AT_ONCE) {
        let call = asg.detach_load_balancers().auto_scaling_group_name(id);
        let call = call.set_load_balancer_names(Some(names.to_vec()));
        call.send().await.or_fault("DetachLoadBalancers")?;
    }
    for names in new.chunks(AT_ONCE) {
        let call = asg.attach_load_balancers().auto_scaling_group_name(id);
        let call = call.set_load_balancer_names(Some(names.to_vec()));
        call.send().await.or_fault("AttachLoadBalancers")?;
    }
    sources(aws, id, have, want).await
}

async fn sources(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let empty = BTreeSet::new();
    let all = |it: &'_ Auto<BTreeSet<Source>>| it.0.clone().unwrap_or_default();
    if have.traffic_source == want.traffic_source || want.traffic_source.0.is_none() {
        return Ok(());
    }
    let (have, want) = (all(&have.traffic_source), all(&want.traffic_source));
    let only = |one: &BTreeSet<Source>, other: &BTreeSet<Source>| -> Vec<_> {
        one.difference(other)
            .filter_map(ToSdk::to_sdk)
            .collect::<Vec<sdk::TrafficSourceIdentifier>>()
    };
    // One of another kind is another one.
    let swapped = have != want && only(&have, &want).is_empty() && only(&want, &have).is_empty();
    let (old, new) = match swapped {
        true => (only(&have, &empty), only(&want, &empty)),
        false => (only(&have, &want), only(&want, &have)),
    };
    for it in old.chunks(AT_ONCE) {
        let call = aws.autoscaling().detach_traffic_sources().auto_scaling_group_name(id);
        let call = call.set_traffic_sources(Some(it.to_vec()));
        call.send().await.or_fault("DetachTrafficSources")?;
    }
    for it in new.chunks(AT_ONCE) {
        let call = aws.autoscaling().attach_traffic_sources().auto_scaling_group_name(id);
        let call = call.set_traffic_sources(Some(it.to_vec()));
        call.send().await.or_fault("AttachTrafficSources")?;
    }
    Ok(())
}

async fn metrics(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let all = |it: &Group| it.enabled_metrics.clone().unwrap_or_default();
    let (mut old, mut new) = (only_in(&all(have), &all(want)), only_in(&all(want), &all(have)));
    if have.metrics_granularity != want.metrics_granularity {
        (old, new) = (all(have).into_iter().collect(), all(want).into_iter().collect());
    }
    if !old.is_empty() {
        let call = aws.autoscaling().disable_metrics_collection().auto_scaling_group_name(id);
        call.set_metrics(Some(old)).send().await.or_fault("DisableMetricsCollection")?;
    }
    if !new.is_empty() {
        let call = aws.autoscaling().enable_metrics_collection().auto_scaling_group_name(id);
        let call = call.set_metrics(Some(new)).granularity(&want.metrics_granularity);
        call.send().await.or_fault("EnableMetricsCollection")?;
    }
    Ok(())
}

async fn processes(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let all = |it: &Group| it.suspended_processes.clone().unwrap_or_default();
    let (resumed, suspended) = (only_in(&all(have), &all(want)), only_in(&all(want), &all(have)));
    if !resumed.is_empty() {
        let call = aws.autoscaling().resume_processes().auto_scaling_group_name(id);
        call.set_scaling_processes(Some(resumed)).send().await.or_fault("ResumeProcesses")?;
    }
    if !suspended.is_empty() {
        let call = aws.autoscaling().suspend_processes().auto_scaling_group_name(id);
        call.set_scaling_processes(Some(suspended)).send().await.or_fault("SuspendProcesses")?;
    }
    Ok(())
}

async fn warm_pool(aws: &Aws, id: &str, have: &Group, want: Option<&WarmPool>) -> Result<()> {
    let Some(want) = want else {
        let force = have.force_delete_warm_pool.0 == Some(true);
        let call = aws.autoscaling().delete_warm_pool().auto_scaling_group_name(id);
        call.force_delete(force).send().await.or_fault("DeleteWarmPool")?;
        return Ok(());
    };
    let reuse = match &want.instance_reuse_policy {
        One(None) if matches!(&have.warm_pool.0, Some(it) if it.instance_reuse_policy.0.is_some()) => {
            Some(sdk::InstanceReusePolicy::builder().reuse_on_scale_in(false).build())
        }
        given => given.to_sdk(),
    };
    let call = aws.autoscaling().put_warm_pool().auto_scaling_group_name(id);
    let call = call
        .max_group_prepared_capacity(want.max_group_prepared_capacity)
        .min_size(want.min_size)
        .set_pool_state(want.pool_state.to_sdk())
        .set_instance_reuse_policy(reuse);
    call.send().await.or_fault("PutWarmPool")?;
    Ok(())
}
