//! What AWS says about instances. They, their volumes and their credits are asked for all at once; some
//! attributes can only be had one by one.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Auto, Live, One, Out, Phase, Unread};

use super::blocks::{Cpu, Credit, Ebs, Root};
use super::{Instance, STARTING};
use crate::aws::Aws;
use crate::ec2::user_data::UserData;
use crate::ec2::{filter, tags_from_sdk};
use crate::fault::OrFault;
use crate::mirror::FromSdk;
use crate::resource::{Result, each};

/// What is asked for one by one.
struct Attributes {
    id: String,
    disable_api_stop: Option<bool>,
    disable_api_termination: Option<bool>,
    shutdown: Option<String>,
    user_data: Option<String>,
}

pub(super) async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Instance>>> {
    let call = aws.ec2().describe_instances().filters(filter("instance-id", ids));
    let mut pages = call.into_paginator().items().send();
    let mut instances: Vec<sdk::Instance> = Vec::new();
    while let Some(it) = pages.next().await {
        instances.extend(it.or_fault("DescribeInstances")?.instances.unwrap_or_default());
    }
    // One that was terminated is described for another hour.
    let terminated = |it: &sdk::Instance| state(it) == Some(&sdk::InstanceStateName::Terminated);
    let (ended, instances): (Vec<_>, Vec<_>) = instances.into_iter().partition(terminated);
    let mut found: Vec<Live<Instance>> = ended.iter().filter_map(|it| failed(aws, it)).collect();
    if instances.is_empty() {
        return Ok(found);
    }
    let ids: Vec<String> = instances.iter().filter_map(|it| it.instance_id.clone()).collect();
    let volumes = volumes(aws, &ids).await?;
    let credits = credits(aws, &instances).await?;
    let attributes = each(&ids, |id| attributes(aws, id)).await?;
    let arn = aws.arn("ec2", "instance/").await?;
    let changing = modified(aws, &volumes).await?;
    for it in &instances {
        let id = it.instance_id().unwrap_or_default();
        let Some(own) = attributes.iter().find(|it| it.id == id) else { continue };
        let mut live = live(aws, it, own, &volumes, &arn);
        live.attributes.credit_specification = Auto(Some(One(credits.get(id).cloned())));
        live.attributes.password_data = password(aws, it).await?;
        let own = live.attributes.volume_ids();
        if live.phase == Phase::Ready && own.iter().any(|it| changing.contains(it)) {
            live.phase = Phase::changing("a volume is being changed");
        }
        found.push(live);
    }
    Ok(found)
}

pub(super) fn state(it: &sdk::Instance) -> Option<&sdk::InstanceStateName> {
    it.state().and_then(|it| it.name())
}

fn phase(it: &sdk::Instance) -> Phase {
    use sdk::InstanceStateName::{Pending, ShuttingDown, Stopping};
    match state(it) {
        Some(it @ (Pending | ShuttingDown | Stopping)) => Phase::changing(format!("it is {it}")),
        _ => Phase::Ready,
    }
}

/// One that has ended is gone, unless it is one that we have just made: then it did not start.
fn failed(aws: &Aws, it: &sdk::Instance) -> Option<Live<Instance>> {
    let id = it.instance_id()?;
    if aws.watched(id).as_deref() != Some(STARTING) {
        return None;
    }
    let reason = it.state_reason().and_then(|it| it.message());
    let reason = reason.or(it.state_transition_reason()).unwrap_or("no reason is given");
    let phase = Phase::failed(format!("it did not start: {reason}"));
    let none = Attributes {
        id: id.to_owned(),
        disable_api_stop: None,
        disable_api_termination: None,
        shutdown: None,
        user_data: None,
    };
    Some(Live { phase, ..live(aws, it, &none, &[], "") })
}

async fn volumes(aws: &Aws, instances: &[String]) -> Result<Vec<sdk::Volume>> {
    let call = aws.ec2().describe_volumes().filters(filter("attachment.instance-id", instances));
    let mut pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(it) = pages.next().await {
        found.push(it.or_fault("DescribeVolumes")?);
    }
    Ok(found)
}

/// Those of the volumes we have changed that are not done yet.
async fn modified(aws: &Aws, volumes: &[sdk::Volume]) -> Result<BTreeSet<String>> {
    let ours = volumes.iter().filter_map(|it| it.volume_id.clone());
    let ours: Vec<String> = ours.filter(|it| aws.watched(it).is_some()).collect();
    if ours.is_empty() {
        return Ok(BTreeSet::new());
    }
    let call = aws.ec2().describe_volumes_modifications().set_volume_ids(Some(ours));
    let answer = call.send().await.or_fault("DescribeVolumesModifications")?;
    let modifying = Some(&sdk::VolumeModificationState::Modifying);
    let under_way =
        answer.volumes_modifications().iter().filter(|it| it.modification_state() == modifying);
    Ok(under_way.filter_map(|it| it.volume_id.clone()).collect())
}

/// How bursts are paid for, where there are any.
async fn credits(aws: &Aws, instances: &[sdk::Instance]) -> Result<BTreeMap<String, Credit>> {
    let bursts = |it: &&sdk::Instance| {
        let kind = it.instance_type().map(|it| it.as_str()).unwrap_or_default();
        kind.starts_with('t') && kind[1..].starts_with(|it: char| it.is_ascii_digit())
    };
    let ids: Vec<String> =
        instances.iter().filter(bursts).filter_map(|it| it.instance_id.clone()).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let call = aws.ec2().describe_instance_credit_specifications();
    let answer = call.filters(filter("instance-id", &ids)).send().await;
    let answer = answer.or_fault("DescribeInstanceCreditSpecifications")?;
    let pair = |it: &sdk::InstanceCreditSpecification| {
        (it.instance_id().unwrap_or_default().to_owned(), Credit::from_sdk(it))
    };
    Ok(answer.instance_credit_specifications().iter().map(pair).collect())
}

async fn attributes(aws: &Aws, id: &str) -> Result<Option<Attributes>> {
    use sdk::InstanceAttributeName as Name;
    let describe = |name: Name| async move {
        let call = aws.ec2().describe_instance_attribute().instance_id(id).attribute(name);
        call.send().await.or_fault("DescribeInstanceAttribute")
    };
    let stop = describe(Name::DisableApiStop).await?;
    let termination = describe(Name::DisableApiTermination).await?;
    let shutdown = describe(Name::InstanceInitiatedShutdownBehavior).await?;
    let shutdown = shutdown.instance_initiated_shutdown_behavior().and_then(|it| it.value());
    let user_data = describe(Name::UserData).await?;
    Ok(Some(Attributes {
        id: id.to_owned(),
        disable_api_stop: stop.disable_api_stop().and_then(|it| it.value()),
        disable_api_termination: termination.disable_api_termination().and_then(|it| it.value()),
        shutdown: shutdown.map(str::to_owned),
        user_data: user_data.user_data().and_then(|it| it.value()).map(str::to_owned),
    }))
}

/// Only Windows machines have a password.
async fn password(aws: &Aws, it: &sdk::Instance) -> Result<Out<String>> {
    if it.platform() != Some(&sdk::PlatformValues::Windows) {
        return Ok(Out(None));
    }
    let call = aws.ec2().get_password_data().set_instance_id(it.instance_id.clone());
    let answer = call.send().await.or_fault("GetPasswordData")?;
    Ok(Out(answer.password_data.map(|it| it.trim().to_owned())))
}

impl Instance {
    /// The volumes it has.
    pub(super) fn volume_ids(&self) -> Vec<String> {
        let root = self.root_block_device.0.as_ref().and_then(|it| it.0.as_ref());
        let root = root.and_then(|it| it.volume_id.0.clone());
        let others = self.ebs_block_device.0.iter().flatten();
        root.into_iter().chain(others.filter_map(|it| it.volume_id.0.clone())).collect()
    }
}

fn live(
    aws: &Aws,
    it: &sdk::Instance,
    own: &Attributes,
    volumes: &[sdk::Volume],
    arn: &str,
) -> Live<Instance> {
    use sdk::MonitoringState::{Enabled, Pending};
    let (root, ebs) = devices(aws, it, volumes);
    let primary = it
        .network_interfaces()
        .iter()
        .find(|it| it.attachment().and_then(|it| it.device_index()).unwrap_or(0) == 0);
    let more = primary.into_iter().flat_map(|it| it.private_ip_addresses());
    let more = more.filter(|it| it.primary() == Some(false));
    let ipv6 = primary.into_iter().flat_map(|it| it.ipv6_addresses());
    let ipv6: Vec<String> = ipv6.filter_map(|it| it.ipv6_address.clone()).collect();
    let text = |it: Option<&str>| Out(it.filter(|it| !it.is_empty()).map(str::to_owned));
    let placement = it.placement();
    let groups = it.security_groups();
    let names = groups.iter().filter_map(|it| it.group_name.clone()).collect();
    let ids = groups.iter().filter_map(|it| it.group_id.clone()).collect();
    let cpu = it.cpu_options().map(Cpu::from_sdk);
    let (cores, threads) = cpu.as_ref().map_or((Auto(None), Auto(None)), |it| {
        (it.core_count.clone(), it.threads_per_core.clone())
    });
    let profile = it.iam_instance_profile().and_then(|it| it.arn());
    let watched = it.monitoring().and_then(|it| it.state());
    let id = it.instance_id().unwrap_or_default();
    let attributes = Instance {
        ami: Auto::from_sdk(it.image_id()),
        associate_public_ip_address: Auto(None),
        availability_zone: Auto::from_sdk(placement.and_then(|it| it.availability_zone())),
        cpu_core_count: cores,
        cpu_threads_per_core: threads,
        disable_api_stop: Auto(own.disable_api_stop),
        disable_api_termination: Auto(own.disable_api_termination),
        ebs_optimized: Auto(it.ebs_optimized()),
        enable_primary_ipv6: Auto(None),
        get_password_data: Unread(None),
        hibernation: it.hibernation_options().and_then(|it| it.configured()),
        host_id: Auto::from_sdk(placement.and_then(|it| it.host_id())),
        host_resource_group_arn: Auto::from_sdk(
            placement.and_then(|it| it.host_resource_group_arn()),
        ),
        iam_instance_profile: Auto(profile.and_then(|it| it.rsplit('/').next()).map(str::to_owned)),
        instance_initiated_shutdown_behavior: Auto(own.shutdown.clone()),
        instance_lifecycle: Out::from_sdk(it.instance_lifecycle()),
        instance_state: Out::from_sdk(state(it)),
        instance_type: Auto::from_sdk(it.instance_type()),
        ipv6_address_count: Auto(i32::try_from(ipv6.len()).ok()),
        ipv6_addresses: Auto(Some(ipv6)),
        key_name: Auto::from_sdk(it.key_name()),
        monitoring: Auto(watched.map(|it| matches!(it, Enabled | Pending))),
        outpost_arn: Out::from_sdk(it.outpost_arn()),
        password_data: Out(None),
        placement_group: Auto::from_sdk(placement.and_then(|it| it.group_name())),
        placement_partition_number: Auto(placement.and_then(|it| it.partition_number())),
        primary_network_interface_id: Out::from_sdk(
            primary.and_then(|it| it.network_interface_id()),
        ),
        private_dns: text(it.private_dns_name()),
        private_ip: Auto::from_sdk(it.private_ip_address()),
        public_dns: text(it.public_dns_name()),
        public_ip: text(it.public_ip_address()),
        secondary_private_ips: Auto(Some(
            more.filter_map(|it| it.private_ip_address.clone()).collect(),
        )),
        security_groups: Auto(Some(names)),
        source_dest_check: it.source_dest_check().unwrap_or(true),
        spot_instance_request_id: Out::from_sdk(it.spot_instance_request_id()),
        subnet_id: Auto::from_sdk(it.subnet_id()),
        tags: tags_from_sdk(it.tags()),
        tenancy: Auto::from_sdk(placement.and_then(|it| it.tenancy())),
        user_data: Auto(UserData::shown(own.user_data.as_deref())),
        user_data_base64: Auto(None),
        user_data_replace_on_change: Unread(None),
        volume_tags: Unread(None),
        vpc_security_group_ids: Auto(Some(ids)),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out::from_sdk(Some(id)),
        capacity_reservation_specification: Auto(Some(One::from_sdk(
            it.capacity_reservation_specification(),
        ))),
        cpu_options: Auto(Some(One(cpu))),
        credit_specification: Auto(None),
        ebs_block_device: Auto(Some(ebs)),
        enclave_options: Auto(Some(One::from_sdk(it.enclave_options()))),
        ephemeral_block_device: Unread(None),
        instance_market_options: Unread(None),
        launch_template: Unread(None),
        maintenance_options: Auto(Some(One::from_sdk(it.maintenance_options()))),
        metadata_options: Auto(Some(One::from_sdk(it.metadata_options()))),
        network_interface: Unread(None),
        private_dns_name_options: Auto(Some(One::from_sdk(it.private_dns_name_options()))),
        root_block_device: Auto(Some(One(root))),
    };
    Live { id: id.to_owned(), phase: phase(it), attributes }
}

/// The volume of the root device, and the others.
fn devices(
    aws: &Aws,
    it: &sdk::Instance,
    volumes: &[sdk::Volume],
) -> (Option<Root>, BTreeSet<Ebs>) {
    let (mut root, mut others) = (None, BTreeSet::new());
    for device in it.block_device_mappings() {
        let Some(ebs) = device.ebs() else { continue };
        let volume = volumes.iter().find(|it| it.volume_id() == ebs.volume_id());
        let Some(volume) = volume else { continue };
        let volume = describe(aws, device, ebs, volume);
        match device.device_name() == it.root_device_name() {
            true => root = Some(root_of(volume)),
            false => _ = others.insert(volume),
        }
    }
    (root, others)
}

fn describe(
    aws: &Aws,
    device: &sdk::InstanceBlockDeviceMapping,
    ebs: &sdk::EbsInstanceBlockDevice,
    it: &sdk::Volume,
) -> Ebs {
    let tags = tags_from_sdk(it.tags()).0.into_iter();
    let tags: BTreeMap<_, _> = tags.filter(|(key, _)| !aws.tags().ignores(key)).collect();
    let default = &aws.tags().default;
    let own = tags.iter().filter(|(key, value)| default.get(*key) != Some(value));
    let own = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    Ebs {
        delete_on_termination: ebs.delete_on_termination(),
        device_name: String::from_sdk(device.device_name()),
        encrypted: Auto(it.encrypted()),
        iops: Auto(it.iops()),
        kms_key_id: Auto::from_sdk(it.kms_key_id()),
        snapshot_id: Auto::from_sdk(it.snapshot_id()),
        tags: Some(own),
        tags_all: Auto(Some(tags)),
        throughput: Auto(it.throughput()),
        volume_id: Out::from_sdk(it.volume_id()),
        volume_size: Auto(it.size()),
        volume_type: Auto::from_sdk(it.volume_type()),
    }
}

fn root_of(it: Ebs) -> Root {
    Root {
        delete_on_termination: it.delete_on_termination,
        device_name: Out(Some(it.device_name)),
        encrypted: it.encrypted,
        iops: it.iops,
        kms_key_id: it.kms_key_id,
        tags: it.tags,
        tags_all: it.tags_all,
        throughput: it.throughput,
        volume_id: it.volume_id,
        volume_size: it.volume_size,
        volume_type: it.volume_type,
    }
}
