//! What can be changed while an instance runs.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use model::{Auto, One, Tags};

use super::Instance;
use super::blocks::{Root, all};
use super::start::profile_of;
use crate::aws::Aws;
use crate::ec2::{filter, retag};
use crate::fault::OrFault;
use crate::mirror::ToSdk;
use crate::resource::{Result, changed};

pub(super) async fn change(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    attributes(aws, id, have, want).await?;
    if have.iam_instance_profile != want.iam_instance_profile {
        profile(aws, id, want.iam_instance_profile.0.as_deref()).await?;
    }
    network(aws, id, have, want).await?;
    options(aws, id, have, want).await?;
    root(aws, id, have, want).await?;
    volume_tags(aws, have, want).await?;
    retag(aws, id, &have.tags, &want.tags).await
}

async fn attributes(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    let flag = |it: bool| sdk::AttributeBooleanValue::builder().value(it).build();
    let modify = || aws.ec2().modify_instance_attribute().instance_id(id);
    let on = |it: &Auto<bool>| it.0 == Some(true);
    let mut calls = Vec::new();
    if have.disable_api_stop != want.disable_api_stop {
        calls.push(modify().disable_api_stop(flag(on(&want.disable_api_stop))));
    }
    if have.disable_api_termination != want.disable_api_termination {
        calls.push(modify().disable_api_termination(flag(on(&want.disable_api_termination))));
    }
    if changed!(have, want; instance_initiated_shutdown_behavior) {
        let behavior = want.instance_initiated_shutdown_behavior.0.clone();
        let value = sdk::AttributeValue::builder().set_value(behavior).build();
        calls.push(modify().instance_initiated_shutdown_behavior(value));
    }
    for call in calls {
        call.send().await.or_fault("ModifyInstanceAttribute")?;
    }
    if have.monitoring != want.monitoring {
        match on(&want.monitoring) {
            true => {
                let call = aws.ec2().monitor_instances().instance_ids(id);
                call.send().await.or_fault("MonitorInstances")?;
            }
            false => {
                let call = aws.ec2().unmonitor_instances().instance_ids(id);
                call.send().await.or_fault("UnmonitorInstances")?;
            }
        }
    }
    Ok(())
}

/// A machine has one profile or none.
async fn profile(aws: &Aws, id: &str, want: Option<&str>) -> Result<()> {
    let ids = [id.to_owned()];
    let states = ["associating", "associated"].map(str::to_owned);
    let call = aws.ec2().describe_iam_instance_profile_associations();
    let call = call.filters(filter("instance-id", &ids)).filters(filter("state", &states));
    let answer = call.send().await.or_fault("DescribeIamInstanceProfileAssociations")?;
    let association = answer.iam_instance_profile_associations().first();
    let association = association.and_then(|it| it.association_id.clone());
    match (association, want.filter(|it| !it.is_empty()).map(profile_of)) {
        (Some(association), Some(profile)) => {
            let call = aws.ec2().replace_iam_instance_profile_association();
            let call = call.association_id(association).iam_instance_profile(profile);
            call.send().await.or_fault("ReplaceIamInstanceProfileAssociation")?;
        }
        (None, Some(profile)) => {
            let call = aws.ec2().associate_iam_instance_profile().instance_id(id);
            let call = call.iam_instance_profile(profile);
            call.send().await.or_fault("AssociateIamInstanceProfile")?;
        }
        (Some(association), None) => {
            let call = aws.ec2().disassociate_iam_instance_profile().association_id(association);
            call.send().await.or_fault("DisassociateIamInstanceProfile")?;
        }
        (None, None) => (),
    }
    Ok(())
}

async fn network(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    let interface = have.primary_network_interface_id.0.clone();
    // Of a machine with interfaces of its own, only they can be changed.
    let own = have.network_interface.0.as_ref().filter(|it| !it.is_empty()).and(interface.clone());
    if have.source_dest_check != want.source_dest_check {
        let value = sdk::AttributeBooleanValue::builder().value(want.source_dest_check).build();
        match &own {
            Some(it) => {
                let call = aws.ec2().modify_network_interface_attribute().network_interface_id(it);
                let call = call.source_dest_check(value);
                call.send().await.or_fault("ModifyNetworkInterfaceAttribute")?;
            }
            None => {
                let call = aws.ec2().modify_instance_attribute().instance_id(id);
                let call = call.source_dest_check(value);
                call.send().await.or_fault("ModifyInstanceAttribute")?;
            }
        }
    }
    if have.vpc_security_group_ids != want.vpc_security_group_ids {
        let groups: Vec<String> = all(&want.vpc_security_group_ids).into_iter().collect();
        match &own {
            Some(it) => {
                let call = aws.ec2().modify_network_interface_attribute().network_interface_id(it);
                let call = call.set_groups(Some(groups));
                call.send().await.or_fault("ModifyNetworkInterfaceAttribute")?;
            }
            None => {
                let call = aws.ec2().modify_instance_attribute().instance_id(id);
                let call = call.set_groups(Some(groups));
                call.send().await.or_fault("ModifyInstanceAttribute")?;
            }
        }
    }
    addresses(aws, interface.as_deref(), have, want).await
}

async fn addresses(
    aws: &Aws,
    interface: Option<&str>,
    have: &Instance,
    want: &Instance,
) -> Result<()> {
    let Some(interface) = interface else { return Ok(()) };
    let (old, new) = (all(&have.secondary_private_ips), all(&want.secondary_private_ips));
    let (gone, come): (Vec<String>, Vec<String>) =
        (old.difference(&new).cloned().collect(), new.difference(&old).cloned().collect());
    if !gone.is_empty() {
        let call = aws.ec2().unassign_private_ip_addresses().network_interface_id(interface);
        let call = call.set_private_ip_addresses(Some(gone));
        call.send().await.or_fault("UnassignPrivateIpAddresses")?;
    }
    if !come.is_empty() {
        let call = aws.ec2().assign_private_ip_addresses().network_interface_id(interface);
        let call = call.set_private_ip_addresses(Some(come));
        call.send().await.or_fault("AssignPrivateIpAddresses")?;
    }
    let count = |it: &Instance| it.ipv6_address_count.0.unwrap_or(0);
    let (old, new) = (count(have), count(want));
    if old < new {
        let call = aws.ec2().assign_ipv6_addresses().network_interface_id(interface);
        let call = call.ipv6_address_count(new - old);
        call.send().await.or_fault("AssignIpv6Addresses")?;
    }
    if new < old {
        let surplus = usize::try_from(old - new).unwrap_or_default();
        let addresses = have.ipv6_addresses.0.iter().flatten().rev().take(surplus);
        let call = aws.ec2().unassign_ipv6_addresses().network_interface_id(interface);
        let call = call.set_ipv6_addresses(Some(addresses.cloned().collect()));
        call.send().await.or_fault("UnassignIpv6Addresses")?;
    }
    Ok(())
}

async fn options(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    fn block<T>(it: &Auto<One<T>>) -> Option<&T> {
        it.0.as_ref().and_then(|it| it.0.as_ref())
    }
    let ec2 = aws.ec2();
    if let Some(it) =
        block(&want.metadata_options).filter(|_| changed!(have, want; metadata_options))
    {
        let call = ec2.modify_instance_metadata_options().instance_id(id);
        let call = call
            .set_http_endpoint(it.http_endpoint.to_sdk())
            .set_http_protocol_ipv6(it.http_protocol_ipv6.to_sdk())
            .set_http_put_response_hop_limit(it.http_put_response_hop_limit.0)
            .set_http_tokens(it.http_tokens.to_sdk())
            .set_instance_metadata_tags(it.instance_metadata_tags.to_sdk());
        call.send().await.or_fault("ModifyInstanceMetadataOptions")?;
    }
    if let Some(it) =
        block(&want.maintenance_options).filter(|_| changed!(have, want; maintenance_options))
    {
        let call = ec2.modify_instance_maintenance_options().instance_id(id);
        let call = call.set_auto_recovery(it.auto_recovery.to_sdk());
        call.send().await.or_fault("ModifyInstanceMaintenanceOptions")?;
    }
    if changed!(have, want; capacity_reservation_specification) {
        let call = ec2.modify_instance_capacity_reservation_attributes().instance_id(id);
        let call = call.set_capacity_reservation_specification(
            want.capacity_reservation_specification.to_sdk(),
        );
        call.send().await.or_fault("ModifyInstanceCapacityReservationAttributes")?;
    }
    if let Some(it) = block(&want.private_dns_name_options)
        .filter(|_| changed!(have, want; private_dns_name_options))
    {
        let call = ec2.modify_private_dns_name_options().instance_id(id);
        let call = call
            .set_enable_resource_name_dns_a_record(it.enable_resource_name_dns_a_record.0)
            .set_enable_resource_name_dns_aaaa_record(it.enable_resource_name_dns_aaaa_record.0);
        call.send().await.or_fault("ModifyPrivateDnsNameOptions")?;
    }
    if let Some(it) =
        block(&want.credit_specification).filter(|_| changed!(have, want; credit_specification))
    {
        let credit = sdk::InstanceCreditSpecificationRequest::builder().instance_id(id);
        let credit = credit.set_cpu_credits(it.cpu_credits.clone()).build();
        let call = ec2.modify_instance_credit_specification();
        let call = call.instance_credit_specifications(credit);
        call.send().await.or_fault("ModifyInstanceCreditSpecification")?;
    }
    Ok(())
}

async fn root(aws: &Aws, id: &str, have: &Instance, want: &Instance) -> Result<()> {
    fn block(it: &Instance) -> Option<&Root> {
        it.root_block_device.0.as_ref().and_then(|it| it.0.as_ref())
    }
    let (Some(have), Some(want)) = (block(have), block(want)) else { return Ok(()) };
    let Some(volume) = &have.volume_id.0 else { return Ok(()) };
    if changed!(have, want; iops, throughput, volume_size, volume_type) {
        let some = |it: &Auto<i32>| it.0.filter(|it| *it > 0);
        // What another type of volume has is for it to say, unless the user does.
        let moved = have.volume_type != want.volume_type;
        let said = |had: &Auto<i32>, it: &Auto<i32>| some(it).filter(|_| !moved || had != it);
        let call = aws.ec2().modify_volume().volume_id(volume);
        let call = call
            .set_size(some(&want.volume_size).filter(|_| have.volume_size != want.volume_size))
            .set_volume_type(want.volume_type.to_sdk())
            .set_iops(said(&have.iops, &want.iops).filter(|_| provisioned(want)))
            .set_throughput(said(&have.throughput, &want.throughput).filter(|_| is(want, "gp3")));
        call.send().await.or_fault("ModifyVolume")?;
        aws.watch(volume, "modified");
    }
    if have.delete_on_termination != want.delete_on_termination {
        let ebs = sdk::EbsInstanceBlockDeviceSpecification::builder()
            .volume_id(volume)
            .set_delete_on_termination(want.delete_on_termination);
        let device = sdk::InstanceBlockDeviceMappingSpecification::builder()
            .set_device_name(have.device_name.0.clone())
            .ebs(ebs.build());
        let call = aws.ec2().modify_instance_attribute().instance_id(id);
        let call = call.block_device_mappings(device.build());
        call.send().await.or_fault("ModifyInstanceAttribute")?;
    }
    Ok(())
}

fn is(it: &Root, kind: &str) -> bool {
    it.volume_type.0.as_deref() == Some(kind)
}

fn provisioned(it: &Root) -> bool {
    ["gp3", "io1", "io2"].iter().any(|kind| is(it, kind))
}

/// Tags of all volumes, and of single ones.
async fn volume_tags(aws: &Aws, have: &Instance, want: &Instance) -> Result<()> {
    let tags = |it: Option<&BTreeMap<String, String>>| Tags(it.cloned().unwrap_or_default());
    if have.volume_tags != want.volume_tags {
        let (old, new) = (tags(have.volume_tags.0.as_ref()), tags(want.volume_tags.0.as_ref()));
        for volume in have.volume_ids() {
            retag(aws, &volume, &old, &new).await?;
        }
    }
    let root = |it: &Instance| {
        let root = it.root_block_device.0.as_ref().and_then(|it| it.0.as_ref());
        root.map(|it| it.tags.clone())
    };
    let mut pairs = Vec::new();
    if let (Some(old), Some(new)) = (root(have), root(want)) {
        let block = have.root_block_device.0.as_ref().and_then(|it| it.0.as_ref());
        pairs.push((block.and_then(|it| it.volume_id.0.clone()), old, new));
    }
    for new in want.ebs_block_device.0.iter().flatten() {
        let mut all = have.ebs_block_device.0.iter().flatten();
        if let Some(old) = all.find(|it| it.device_name == new.device_name) {
            pairs.push((old.volume_id.0.clone(), old.tags.clone(), new.tags.clone()));
        }
    }
    for (volume, old, new) in pairs {
        if let Some(volume) = volume.filter(|_| old != new) {
            retag(aws, &volume, &tags(old.as_ref()), &tags(new.as_ref())).await?;
        }
    }
    Ok(())
}
