//! The call that starts an instance.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use model::Tags;

use super::Instance;
use crate::aws::Aws;
use crate::ec2::{ami, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::ToSdk;
use crate::resource::Result;

pub(super) async fn run(aws: &Aws, want: &Instance, token: &str) -> Result<String> {
    let cpu = cpu(want);
    let user_data = want.user_data_base64.0.as_ref().and_then(|it| it.0.clone());
    let monitoring = want
        .monitoring
        .0
        .map(|it| sdk::RunInstancesMonitoringEnabled::builder().enabled(it).build());
    let profile = want.iam_instance_profile.0.as_deref().filter(|it| !it.is_empty());
    let call = aws.ec2().run_instances().client_token(token).min_count(1).max_count(1);
    let call = call
        .set_image_id(want.ami.0.clone())
        .set_instance_type(want.instance_type.to_sdk())
        .set_disable_api_stop(want.disable_api_stop.0.filter(|it| *it))
        .set_disable_api_termination(want.disable_api_termination.0.filter(|it| *it))
        .set_ebs_optimized(want.ebs_optimized.0.filter(|it| *it))
        .set_hibernation_options(
            want.hibernation
                .filter(|it| *it)
                .map(|it| sdk::HibernationOptionsRequest::builder().configured(it).build()),
        )
        .set_iam_instance_profile(profile.map(profile_of))
        .set_instance_initiated_shutdown_behavior(
            want.instance_initiated_shutdown_behavior.to_sdk(),
        )
        .set_key_name(want.key_name.0.clone())
        .set_monitoring(monitoring)
        .set_placement(placement(want))
        .set_user_data(user_data.or(want.user_data.to_sdk()))
        .set_tag_specifications(tags(aws, want));
    let call = call
        .set_block_device_mappings(devices(aws, want).await?)
        .set_capacity_reservation_specification(want.capacity_reservation_specification.to_sdk())
        .set_cpu_options(cpu)
        .set_credit_specification(want.credit_specification.to_sdk())
        .set_enclave_options(want.enclave_options.to_sdk())
        .set_instance_market_options(want.instance_market_options.to_sdk())
        .set_launch_template(want.launch_template.to_sdk())
        .set_maintenance_options(want.maintenance_options.to_sdk())
        .set_metadata_options(want.metadata_options.to_sdk())
        .set_private_dns_name_options(want.private_dns_name_options.to_sdk());
    let call = networked(call, want);
    let answer = call.send().await.or_fault("RunInstances")?;
    let instance = answer.instances.unwrap_or_default().into_iter().next();
    must(instance.and_then(|it| it.instance_id), "RunInstances")
}

/// A profile, by name or by ARN.
pub(super) fn profile_of(it: &str) -> sdk::IamInstanceProfileSpecification {
    let profile = sdk::IamInstanceProfileSpecification::builder();
    match it.starts_with("arn:") {
        true => profile.arn(it).build(),
        false => profile.name(it).build(),
    }
}

fn cpu(want: &Instance) -> Option<sdk::CpuOptionsRequest> {
    let block: Option<sdk::CpuOptionsRequest> = want.cpu_options.to_sdk();
    let some = |it: Option<i32>| it.filter(|it| *it > 0);
    let (cores, threads) = (some(want.cpu_core_count.0), some(want.cpu_threads_per_core.0));
    let single = || {
        let it = sdk::CpuOptionsRequest::builder().set_core_count(cores);
        it.set_threads_per_core(threads).build()
    };
    block.or_else(|| (cores.is_some() || threads.is_some()).then(single))
}

fn placement(want: &Instance) -> Option<sdk::Placement> {
    let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
    let (zone, group) = (given(&want.availability_zone.0), given(&want.placement_group.0));
    let (host, hosts) = (given(&want.host_id.0), given(&want.host_resource_group_arn.0));
    let tenancy = given(&want.tenancy.0);
    let partition = want.placement_partition_number.0.filter(|it| *it > 0);
    let texts = [&zone, &group, &host, &hosts, &tenancy];
    if texts.iter().all(|it| it.is_none()) && partition.is_none() {
        return None;
    }
    let it = sdk::Placement::builder()
        .set_availability_zone(zone)
        .set_group_name(group)
        .set_host_id(host)
        .set_host_resource_group_arn(hosts)
        .set_partition_number(partition)
        .set_tenancy(tenancy.as_deref().map(sdk::Tenancy::from));
    Some(it.build())
}

/// Volumes get the tags that all of them shall have at once, so that policies can ask for them.
fn tags(aws: &Aws, want: &Instance) -> Option<Vec<sdk::TagSpecification>> {
    let mut volumes = aws.tags().default.clone();
    volumes.extend(want.volume_tags.0.clone().unwrap_or_default());
    let specification = |kind: sdk::ResourceType, tags: &BTreeMap<String, String>| {
        let tags = tags_to_sdk(&Tags(tags.clone()));
        sdk::TagSpecification::builder().resource_type(kind).set_tags(Some(tags)).build()
    };
    let all = [(sdk::ResourceType::Instance, &want.tags.0), (sdk::ResourceType::Volume, &volumes)];
    let some = all.into_iter().filter(|(_, tags)| !tags.is_empty());
    let some: Vec<_> = some.map(|(kind, tags)| specification(kind, tags)).collect();
    (!some.is_empty()).then_some(some)
}

async fn devices(aws: &Aws, want: &Instance) -> Result<Option<Vec<sdk::BlockDeviceMapping>>> {
    let ebs = want.ebs_block_device.0.iter().flatten().map(|it| it.device());
    let ephemeral = want.ephemeral_block_device.0.iter().flatten().map(|it| it.device());
    let mut devices: Vec<sdk::BlockDeviceMapping> = ebs.chain(ephemeral).collect();
    if let Some(root) = want.root_block_device.0.as_ref().and_then(|it| it.0.as_ref()) {
        let image = want.ami.0.as_deref().unwrap_or_default();
        let name = ami::root_device(aws, image).await?;
        let device = sdk::BlockDeviceMapping::builder().set_device_name(name);
        devices.push(device.ebs(root.ebs()).build());
    }
    Ok((!devices.is_empty()).then_some(devices))
}

type Call = aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;

/// Some things can only be said of a network interface, which then has all the rest too.
fn networked(call: Call, want: &Instance) -> Call {
    let existing = want.network_interface.to_sdk().unwrap_or_default();
    if !existing.is_empty() {
        return call.set_network_interfaces(Some(existing));
    }
    let public = want.associate_public_ip_address.0.as_ref().and_then(|it| it.0);
    let primary = want.enable_primary_ipv6.0.as_ref().and_then(|it| it.0);
    let more = want.secondary_private_ips.0.iter().flatten();
    let more: Vec<_> = more
        .map(|it| sdk::PrivateIpAddressSpecification::builder().private_ip_address(it).build())
        .collect();
    let some = |it: Vec<String>| (!it.is_empty()).then_some(it);
    let groups = some(want.vpc_security_group_ids.0.iter().flatten().cloned().collect());
    let names = some(want.security_groups.0.iter().flatten().cloned().collect());
    let ipv6 = want.ipv6_addresses.0.iter().flatten();
    let ipv6: Vec<_> =
        ipv6.map(|it| sdk::InstanceIpv6Address::builder().ipv6_address(it).build()).collect();
    let ipv6_count = want.ipv6_address_count.0.filter(|it| *it > 0 && ipv6.is_empty());
    let ipv6 = (!ipv6.is_empty()).then_some(ipv6);
    if public.is_none() && more.is_empty() && primary.is_none() {
        return call
            .set_subnet_id(want.subnet_id.0.clone())
            .set_private_ip_address(want.private_ip.0.clone())
            .set_security_group_ids(groups)
            .set_security_groups(names)
            .set_ipv6_addresses(ipv6)
            .set_ipv6_address_count(ipv6_count);
    }
    let interface = sdk::InstanceNetworkInterfaceSpecification::builder()
        .device_index(0)
        .delete_on_termination(true)
        .set_associate_public_ip_address(public)
        .set_primary_ipv6(primary)
        .set_subnet_id(want.subnet_id.0.clone())
        .set_private_ip_address(want.private_ip.0.clone())
        .set_private_ip_addresses((!more.is_empty()).then_some(more))
        .set_groups(groups)
        .set_ipv6_addresses(ipv6)
        .set_ipv6_address_count(ipv6_count);
    call.network_interfaces(interface.build())
}
