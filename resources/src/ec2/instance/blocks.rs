//! The blocks of an instance.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror, One, Out};
use serde::{Deserialize, Serialize};

use crate::mirror::ToSdk;
use crate::spelling::{Moment, not_zero};

/// Which capacity reservation it may use.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CapacityReservationSpecification, sdk::CapacityReservationSpecificationResponse)]
pub(crate) struct Reservation {
    /// `open`, `none` or `capacity-reservations-only`.
    capacity_reservation_preference: Option<String>,
    /// A certain one.
    capacity_reservation_target: One<ReservationTarget>,
}

/// A capacity reservation.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CapacityReservationTarget, sdk::CapacityReservationTargetResponse)]
pub(crate) struct ReservationTarget {
    /// Its id.
    capacity_reservation_id: Option<String>,
    /// A resource group of such.
    capacity_reservation_resource_group_arn: Option<String>,
}

/// The processors.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CpuOptionsRequest, sdk::CpuOptions)]
pub(crate) struct Cpu {
    /// Whether memory is encrypted: `enabled` or `disabled`.
    #[attr(replace)]
    amd_sev_snp: Auto<String>,
    /// How many cores.
    #[attr(replace)]
    pub core_count: Auto<i32>,
    /// How many threads each core has.
    #[attr(replace)]
    pub threads_per_core: Auto<i32>,
}

/// How bursts are paid for.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CreditSpecificationRequest, sdk::InstanceCreditSpecification)]
pub(crate) struct Credit {
    /// `standard` or `unlimited`.
    pub cpu_credits: Option<String>,
}

/// Isolated environments inside it.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::EnclaveOptionsRequest, sdk::EnclaveOptions)]
pub(crate) struct Enclave {
    /// Whether there may be any.
    #[attr(replace)]
    enabled: Auto<bool>,
}

/// How it is bought.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceMarketOptionsRequest)]
pub(crate) struct Market {
    /// `spot` or `capacity-block`.
    #[attr(replace)]
    market_type: Auto<String>,
    /// Terms for a Spot Instance.
    #[attr(replace)]
    spot_options: One<Spot>,
}

/// Terms for a Spot Instance.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SpotMarketOptions)]
pub(crate) struct Spot {
    /// What happens to it when AWS needs it back: `hibernate`, `stop` or `terminate`.
    #[attr(replace)]
    instance_interruption_behavior: Auto<String>,
    /// The most to pay for an hour.
    #[attr(replace)]
    max_price: Auto<String>,
    /// `one-time` or `persistent`.
    #[attr(replace)]
    spot_instance_type: Auto<String>,
    /// When the request ends.
    #[attr(replace)]
    valid_until: Auto<Moment>,
}

/// A launch template that says what is not said here: by id or by name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Template {
    /// Its id.
    #[attr(replace)]
    id: Auto<String>,
    /// Its name.
    #[attr(replace)]
    name: Auto<String>,
    /// A version's number, `$Latest` or `$Default`.
    #[attr(replace, default = "$Default")]
    version: Option<String>,
}

impl ToSdk<Option<sdk::LaunchTemplateSpecification>> for Template {
    fn to_sdk(&self) -> Option<sdk::LaunchTemplateSpecification> {
        let id = self.id.0.clone().filter(|it| !it.is_empty());
        let name = self.name.0.clone().filter(|_| id.is_none());
        let it = sdk::LaunchTemplateSpecification::builder();
        let it = it.set_launch_template_id(id).set_launch_template_name(name);
        Some(it.set_version(self.version.clone()).build())
    }
}

/// What AWS does about failing hardware.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceMaintenanceOptionsRequest, sdk::InstanceMaintenanceOptions)]
pub(crate) struct Maintenance {
    /// Whether it is moved to other hardware: `default` or `disabled`.
    pub auto_recovery: Auto<String>,
}

/// How programs on it learn about it.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceMetadataOptionsRequest, sdk::InstanceMetadataOptionsResponse)]
pub(crate) struct Metadata {
    /// Whether they can: `enabled` or `disabled`.
    #[attr(default = "enabled")]
    pub http_endpoint: Option<String>,
    /// Whether over IPv6 too: `enabled` or `disabled`.
    #[attr(default = "disabled")]
    pub http_protocol_ipv6: Option<String>,
    /// Over how many hops, 1 to 64. Containers need 2.
    pub http_put_response_hop_limit: Auto<i32>,
    /// Whether they need a token: `optional` or `required`.
    pub http_tokens: Auto<String>,
    /// Whether they see its tags: `enabled` or `disabled`.
    pub instance_metadata_tags: Auto<String>,
}

/// The host name.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PrivateDnsNameOptionsRequest, sdk::PrivateDnsNameOptionsResponse)]
pub(crate) struct PrivateDns {
    /// Whether the name has an IPv4 address.
    pub enable_resource_name_dns_a_record: Auto<bool>,
    /// Whether the name has an IPv6 address.
    pub enable_resource_name_dns_aaaa_record: Auto<bool>,
    /// `ip-name` or `resource-name`.
    #[attr(replace)]
    hostname_type: Auto<String>,
}

/// A network interface that exists.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Interface {
    /// Whether it goes with the instance.
    #[attr(replace, default = false)]
    delete_on_termination: bool,
    /// Its number on the instance; 0 is the first.
    #[attr(replace)]
    device_index: i32,
    /// The network card it is on.
    #[attr(replace, default = 0)]
    network_card_index: i32,
    /// Its id.
    #[attr(replace)]
    network_interface_id: String,
}

impl ToSdk<Option<sdk::InstanceNetworkInterfaceSpecification>> for Interface {
    fn to_sdk(&self) -> Option<sdk::InstanceNetworkInterfaceSpecification> {
        let it = sdk::InstanceNetworkInterfaceSpecification::builder()
            .delete_on_termination(self.delete_on_termination)
            .device_index(self.device_index)
            .network_card_index(self.network_card_index)
            .network_interface_id(&self.network_interface_id);
        Some(it.build())
    }
}

/// A volume in EBS. Which one it is, its device says.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Ebs {
    /// Whether it goes with the instance.
    #[attr(default = true)]
    pub delete_on_termination: Option<bool>,
    /// The name of the device, such as `/dev/sdb`.
    pub device_name: String,
    /// Whether it is encrypted.
    pub encrypted: Auto<bool>,
    /// Operations per second.
    pub iops: Auto<i32>,
    /// The key it is encrypted with.
    pub kms_key_id: Auto<String>,
    /// The snapshot it is made from.
    pub snapshot_id: Auto<String>,
    /// Tags of the volume.
    pub tags: Option<BTreeMap<String, String>>,
    /// All tags of the volume.
    pub tags_all: Auto<BTreeMap<String, String>>,
    /// MiB per second, for `gp3`.
    pub throughput: Auto<i32>,
    /// The volume.
    pub volume_id: Out<String>,
    /// Its size, in GiB.
    pub volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    pub volume_type: Auto<String>,
}

impl Eq for Ebs {}

impl PartialOrd for Ebs {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ebs {
    fn cmp(&self, other: &Self) -> Ordering {
        self.device_name.cmp(&other.device_name)
    }
}

/// A volume on the instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Ephemeral {
    /// The name of the device, such as `/dev/sdb`.
    #[attr(replace)]
    pub device_name: String,
    /// Whether the device of that name that the image has is left out.
    #[attr(replace)]
    pub no_device: Option<bool>,
    /// The name of the volume, such as `ephemeral0`.
    #[attr(replace)]
    pub virtual_name: Option<String>,
}

/// The volume of the root device.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Root {
    /// Whether it goes with the instance.
    #[attr(default = true)]
    pub delete_on_termination: Option<bool>,
    /// The name of the device.
    pub device_name: Out<String>,
    /// Whether it is encrypted.
    #[attr(replace)]
    pub encrypted: Auto<bool>,
    /// Operations per second.
    pub iops: Auto<i32>,
    /// The key it is encrypted with.
    #[attr(replace)]
    pub kms_key_id: Auto<String>,
    /// Tags of the volume.
    pub tags: Option<BTreeMap<String, String>>,
    /// All tags of the volume.
    pub tags_all: Auto<BTreeMap<String, String>>,
    /// MiB per second, for `gp3`.
    pub throughput: Auto<i32>,
    /// The volume.
    pub volume_id: Out<String>,
    /// Its size, in GiB.
    pub volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    pub volume_type: Auto<String>,
}

impl Ebs {
    pub fn device(&self) -> sdk::BlockDeviceMapping {
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
}

impl Root {
    pub fn ebs(&self) -> sdk::EbsBlockDevice {
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
}

impl Ephemeral {
    pub fn device(&self) -> sdk::BlockDeviceMapping {
        let it = sdk::BlockDeviceMapping::builder().device_name(&self.device_name);
        let left_out = self.no_device == Some(true);
        it.set_virtual_name(self.virtual_name.clone())
            .set_no_device(left_out.then(String::new))
            .build()
    }
}

/// Sets of texts, whichever way they were given.
pub(super) fn all(it: &Auto<BTreeSet<String>>) -> BTreeSet<String> {
    it.0.clone().unwrap_or_default()
}
