//! The launch specifications of a fleet.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::user_data::UserData;
use crate::ec2::{ami, tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::Result;
use crate::spelling::{Decimal, not_zero};

/// A kind of instances, with all that is needed to start them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct LaunchSpecification {
    /// The image they start from.
    ami: String,
    /// Whether they get public addresses.
    #[attr(default = false)]
    associate_public_ip_address: bool,
    /// The availability zone.
    availability_zone: Auto<String>,
    /// Whether they have bandwidth of their own to EBS.
    #[attr(default = false)]
    ebs_optimized: bool,
    /// The profile that gives them a role, by name.
    iam_instance_profile: Option<String>,
    /// The profile that gives them a role, by ARN.
    iam_instance_profile_arn: Option<String>,
    /// The instance type.
    instance_type: String,
    /// The key pair that lets people in.
    key_name: Auto<String>,
    /// Whether metrics are taken every minute rather than every five.
    #[attr(default = false)]
    monitoring: bool,
    /// The placement group.
    placement_group: Auto<String>,
    /// `default` or `dedicated`.
    placement_tenancy: Option<String>,
    /// The most to pay for an hour of a unit of capacity.
    spot_price: Option<String>,
    /// The subnet.
    subnet_id: Auto<String>,
    /// Tags of the instances.
    tags: Option<BTreeMap<String, String>>,
    /// What they are told when they start.
    user_data: Option<UserData>,
    /// Ids of security groups.
    vpc_security_group_ids: Auto<BTreeSet<String>>,
    /// How much of the capacity an instance of it is.
    weighted_capacity: Option<Decimal>,
    /// Volumes in EBS.
    ebs_block_device: Auto<BTreeSet<Ebs>>,
    /// Volumes on the instance.
    ephemeral_block_device: Auto<BTreeSet<Ephemeral>>,
    /// The volume of the root device.
    root_block_device: Auto<BTreeSet<Root>>,
}

/// A volume in EBS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Ebs {
    /// Whether it goes with the instance.
    #[attr(default = true)]
    delete_on_termination: Option<bool>,
    /// The name of the device, such as `/dev/sdb`.
    device_name: String,
    /// Whether it is encrypted.
    encrypted: Auto<bool>,
    /// Operations per second.
    iops: Auto<i32>,
    /// The key it is encrypted with.
    kms_key_id: Auto<String>,
    /// The snapshot it is made from.
    snapshot_id: Auto<String>,
    /// MiB per second, for `gp3`.
    throughput: Auto<i32>,
    /// Its size, in GiB.
    volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    volume_type: Auto<String>,
}

/// A volume on the instance.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::BlockDeviceMapping)]
pub(crate) struct Ephemeral {
    /// The name of the device, such as `/dev/sdb`.
    device_name: String,
    /// The name of the volume, such as `ephemeral0`.
    virtual_name: String,
}

/// The volume of the root device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Root {
    /// Whether it goes with the instance.
    #[attr(default = true)]
    delete_on_termination: Option<bool>,
    /// Whether it is encrypted.
    encrypted: Auto<bool>,
    /// Operations per second.
    iops: Auto<i32>,
    /// The key it is encrypted with.
    kms_key_id: Auto<String>,
    /// MiB per second, for `gp3`.
    throughput: Auto<i32>,
    /// Its size, in GiB.
    volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    volume_type: Auto<String>,
}

impl LaunchSpecification {
    pub async fn to_sdk(&self, aws: &Aws) -> Result<sdk::SpotFleetLaunchSpecification> {
        let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        let profile = (given(&self.iam_instance_profile), given(&self.iam_instance_profile_arn));
        let profile = (profile.0.is_some() || profile.1.is_some()).then(|| {
            let it = sdk::IamInstanceProfileSpecification::builder();
            it.set_name(profile.0).set_arn(profile.1).build()
        });
        let placement = sdk::SpotPlacement::builder()
            .set_availability_zone(self.availability_zone.0.clone())
            .set_group_name(self.placement_group.0.clone())
            .set_tenancy(self.placement_tenancy.to_sdk());
        let placed = [&self.availability_zone.0, &self.placement_group.0, &self.placement_tenancy];
        let placed = placed.iter().any(|it| it.is_some());
        let tags: model::Tags = self.tags.iter().flatten().collect();
        let tags = sdk::SpotFleetTagSpecification::builder()
            .resource_type(sdk::ResourceType::Instance)
            .set_tags(Some(tags_to_sdk(&tags)));
        let devices = self.devices(aws).await?;
        let monitoring = sdk::SpotFleetMonitoring::builder().enabled(self.monitoring);
        let it = sdk::SpotFleetLaunchSpecification::builder()
            .image_id(&self.ami)
            .ebs_optimized(self.ebs_optimized)
            .set_iam_instance_profile(profile)
            .set_instance_type(self.instance_type.to_sdk())
            .set_key_name(self.key_name.0.clone())
            .monitoring(monitoring.build())
            .set_placement(placed.then(|| placement.build()))
            .set_spot_price(given(&self.spot_price))
            .set_user_data(self.user_data.to_sdk())
            .set_weighted_capacity(self.weighted_capacity.to_sdk())
            .set_block_device_mappings((!devices.is_empty()).then_some(devices))
            .set_tag_specifications(self.tags.iter().flatten().next().map(|_| vec![tags.build()]));
        Ok(self.networked(it).build())
    }

    /// Whether addresses are public can only be said of a network interface, which then has the rest
    /// too.
    fn networked(
        &self,
        it: sdk::builders::SpotFleetLaunchSpecificationBuilder,
    ) -> sdk::builders::SpotFleetLaunchSpecificationBuilder {
        let groups: Vec<String> = self.vpc_security_group_ids.0.iter().flatten().cloned().collect();
        let subnet = self.subnet_id.0.clone();
        if subnet.is_none() || !self.associate_public_ip_address {
            let group = |it: String| sdk::GroupIdentifier::builder().group_id(it).build();
            let groups: Vec<_> = groups.into_iter().map(group).collect();
            return it
                .set_subnet_id(subnet)
                .set_security_groups((!groups.is_empty()).then_some(groups));
        }
        let interface = sdk::InstanceNetworkInterfaceSpecification::builder()
            .associate_public_ip_address(true)
            .delete_on_termination(true)
            .device_index(0)
            .set_subnet_id(subnet)
            .set_groups((!groups.is_empty()).then_some(groups));
        it.network_interfaces(interface.build())
    }

    async fn devices(&self, aws: &Aws) -> Result<Vec<sdk::BlockDeviceMapping>> {
        let ebs = self.ebs_block_device.0.iter().flatten().map(Ebs::device);
        let ephemeral = self.ephemeral_block_device.0.iter().flatten().filter_map(ToSdk::to_sdk);
        let mut devices: Vec<sdk::BlockDeviceMapping> = ebs.chain(ephemeral).collect();
        if let Some(root) = self.root_block_device.0.iter().flatten().next() {
            let device = sdk::BlockDeviceMapping::builder();
            let device = device.set_device_name(ami::root_device(aws, &self.ami).await?);
            devices.push(device.ebs(root.ebs()).build());
        }
        Ok(devices)
    }

    pub async fn from_sdk(
        aws: &Aws,
        it: &sdk::SpotFleetLaunchSpecification,
    ) -> Result<LaunchSpecification> {
        let image = it.image_id().unwrap_or_default();
        let devices = it.block_device_mappings();
        let root = match devices.iter().any(|it| it.ebs().is_some()) {
            true => ami::root_device(aws, image).await?,
            false => None,
        };
        let of_root = |it: &&sdk::BlockDeviceMapping| {
            it.ebs().is_some() && it.device_name() == root.as_deref()
        };
        let other = |it: &&sdk::BlockDeviceMapping| it.ebs().is_some() && !of_root(it);
        let interface = it.network_interfaces().first();
        let groups = it.security_groups().iter().filter_map(|it| it.group_id.clone());
        let groups = groups.chain(interface.into_iter().flat_map(|it| it.groups().to_vec()));
        let placement = it.placement();
        let tags = it.tag_specifications().first().map(|it| tags_from_sdk(it.tags()).0);
        Ok(LaunchSpecification {
            ami: image.to_owned(),
            associate_public_ip_address: interface
                .is_some_and(|it| it.associate_public_ip_address() == Some(true)),
            availability_zone: Auto::from_sdk(placement.and_then(|it| it.availability_zone())),
            ebs_optimized: it.ebs_optimized() == Some(true),
            iam_instance_profile: Option::from_sdk(
                it.iam_instance_profile().and_then(|it| it.name()),
            ),
            iam_instance_profile_arn: Option::from_sdk(
                it.iam_instance_profile().and_then(|it| it.arn()),
            ),
            instance_type: String::from_sdk(it.instance_type()),
            key_name: Auto::from_sdk(it.key_name()),
            monitoring: it.monitoring().and_then(|it| it.enabled()) == Some(true),
            placement_group: Auto::from_sdk(placement.and_then(|it| it.group_name())),
            placement_tenancy: Option::from_sdk(placement.and_then(|it| it.tenancy())),
            spot_price: Option::from_sdk(it.spot_price()),
            subnet_id: Auto::from_sdk(it.subnet_id().or(interface.and_then(|it| it.subnet_id()))),
            tags,
            user_data: UserData::shown(it.user_data()),
            vpc_security_group_ids: Auto(Some(groups.collect())),
            weighted_capacity: Option::from_sdk(it.weighted_capacity()),
            ebs_block_device: Auto(Some(
                devices.iter().filter(other).filter_map(Ebs::from_device).collect(),
            )),
            ephemeral_block_device: Auto(Some(
                devices
                    .iter()
                    .filter(|it| it.virtual_name().is_some())
                    .map(Ephemeral::from_sdk)
                    .collect(),
            )),
            root_block_device: Auto(Some(
                devices.iter().filter(of_root).filter_map(|it| it.ebs()).map(Root::of).collect(),
            )),
        })
    }
}

impl Ebs {
    fn device(&self) -> sdk::BlockDeviceMapping {
        let ebs = sdk::EbsBlockDevice::builder()
            .set_delete_on_termination(self.delete_on_termination)
            .set_encrypted(self.encrypted.0.filter(|it| *it))
            .set_iops(not_zero(self.iops.0))
            .set_kms_key_id(self.kms_key_id.0.clone())
            .set_snapshot_id(self.snapshot_id.0.clone())
            .set_throughput(not_zero(self.throughput.0))
            .set_volume_size(not_zero(self.volume_size.0))
            .set_volume_type(self.volume_type.to_sdk());
        let device = sdk::BlockDeviceMapping::builder().device_name(&self.device_name);
        device.ebs(ebs.build()).build()
    }

    fn from_device(it: &sdk::BlockDeviceMapping) -> Option<Ebs> {
        let ebs = it.ebs()?;
        Some(Ebs {
            delete_on_termination: Some(ebs.delete_on_termination().unwrap_or(true)),
            device_name: String::from_sdk(it.device_name()),
            encrypted: Auto(ebs.encrypted()),
            iops: Auto(ebs.iops()),
            kms_key_id: Auto::from_sdk(ebs.kms_key_id()),
            snapshot_id: Auto::from_sdk(ebs.snapshot_id()),
            throughput: Auto(ebs.throughput()),
            volume_size: Auto(ebs.volume_size()),
            volume_type: Auto::from_sdk(ebs.volume_type()),
        })
    }
}

impl Root {
    fn ebs(&self) -> sdk::EbsBlockDevice {
        let ebs = sdk::EbsBlockDevice::builder()
            .set_delete_on_termination(self.delete_on_termination)
            .set_encrypted(self.encrypted.0.filter(|it| *it))
            .set_iops(not_zero(self.iops.0))
            .set_kms_key_id(self.kms_key_id.0.clone())
            .set_throughput(not_zero(self.throughput.0))
            .set_volume_size(not_zero(self.volume_size.0))
            .set_volume_type(self.volume_type.to_sdk());
        ebs.build()
    }

    fn of(it: &sdk::EbsBlockDevice) -> Root {
        Root {
            delete_on_termination: Some(it.delete_on_termination().unwrap_or(true)),
            encrypted: Auto(it.encrypted()),
            iops: Auto(it.iops()),
            kms_key_id: Auto::from_sdk(it.kms_key_id()),
            throughput: Auto(it.throughput()),
            volume_size: Auto(it.volume_size()),
            volume_type: Auto::from_sdk(it.volume_type()),
        }
    }
}
