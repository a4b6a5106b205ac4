//! The blocks of a launch template, but for those of its network interfaces.

use std::collections::BTreeMap;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, Mirror, One};
use serde::{Deserialize, Serialize};

use crate::ec2::requirements::{AtLeast, requirements};
use crate::ec2::{tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, ToSdk};
use crate::spelling::{Flag, Moment};

requirements!(
    Requirements: sdk::InstanceRequirementsRequest, sdk::InstanceRequirements;
    AtLeast, attr(required);
    {
        /// How much of the On-Demand price of the cheapest suitable type a Spot Instance may cost, in
        /// percent.
        max_spot_price_as_percentage_of_optimal_on_demand_price: Option<i32>,
    }
);

/// A volume.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateBlockDeviceMappingRequest, sdk::LaunchTemplateBlockDeviceMapping)]
pub(crate) struct Device {
    /// The name of the device, such as `/dev/xvda`.
    device_name: Option<String>,
    /// Anything here leaves out the device of that name that the image has.
    no_device: Option<String>,
    /// The name of a volume on the instance, such as `ephemeral0`.
    virtual_name: Option<String>,
    /// The volume, if it is in EBS.
    ebs: One<Ebs>,
}

/// A volume in EBS.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateEbsBlockDeviceRequest, sdk::LaunchTemplateEbsBlockDevice)]
pub(crate) struct Ebs {
    /// Whether it goes with the instance.
    delete_on_termination: Option<Flag>,
    /// Whether it is encrypted.
    encrypted: Option<Flag>,
    /// Operations per second, for `gp3`, `io1` and `io2`.
    iops: Auto<i32>,
    /// The key it is encrypted with.
    kms_key_id: Option<String>,
    /// The snapshot it is made from.
    snapshot_id: Option<String>,
    /// MiB per second, for `gp3`.
    throughput: Auto<i32>,
    /// MiB per second at which the snapshot is fetched.
    volume_initialization_rate: Auto<i32>,
    /// Its size, in GiB.
    volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `io2`, `st1`, `sc1` or `standard`.
    volume_type: Auto<String>,
}

/// Which capacity reservations instances may use.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(
    sdk::LaunchTemplateCapacityReservationSpecificationRequest,
    sdk::LaunchTemplateCapacityReservationSpecificationResponse
)]
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
#[mirror(sdk::LaunchTemplateCpuOptionsRequest, sdk::LaunchTemplateCpuOptions)]
pub(crate) struct Cpu {
    /// Whether memory is encrypted: `enabled` or `disabled`.
    amd_sev_snp: Option<String>,
    /// How many cores.
    core_count: Option<i32>,
    /// How many threads each core has.
    threads_per_core: Option<i32>,
}

/// How bursts are paid for.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CreditSpecificationRequest, sdk::CreditSpecification)]
pub(crate) struct Credit {
    /// `standard` or `unlimited`.
    cpu_credits: Option<String>,
}

/// A graphics accelerator of the older kind.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ElasticGpuSpecification, sdk::ElasticGpuSpecificationResponse)]
pub(crate) struct ElasticGpu {
    /// Its type.
    r#type: String,
}

/// An inference accelerator of the older kind.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(
    sdk::LaunchTemplateElasticInferenceAccelerator,
    sdk::LaunchTemplateElasticInferenceAcceleratorResponse
)]
pub(crate) struct Accelerator {
    /// Its type.
    r#type: String,
}

/// Isolated environments inside an instance.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateEnclaveOptionsRequest, sdk::LaunchTemplateEnclaveOptions)]
pub(crate) struct Enclave {
    /// Whether there may be any.
    enabled: Option<bool>,
}

/// Whether instances can sleep.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateHibernationOptionsRequest, sdk::LaunchTemplateHibernationOptions)]
pub(crate) struct Hibernation {
    /// Whether they can.
    configured: bool,
}

/// The profile that gives instances a role.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(
    sdk::LaunchTemplateIamInstanceProfileSpecificationRequest,
    sdk::LaunchTemplateIamInstanceProfileSpecification
)]
pub(crate) struct Profile {
    /// Its ARN.
    arn: Option<String>,
    /// Its name.
    name: Option<String>,
}

/// How instances are bought.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateInstanceMarketOptionsRequest, sdk::LaunchTemplateInstanceMarketOptions)]
pub(crate) struct Market {
    /// `spot` or `capacity-block`.
    market_type: Option<String>,
    /// Terms for Spot Instances.
    spot_options: One<Spot>,
}

/// Terms for Spot Instances.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplateSpotMarketOptionsRequest, sdk::LaunchTemplateSpotMarketOptions)]
pub(crate) struct Spot {
    /// For how many minutes they are needed, a multiple of 60.
    block_duration_minutes: Option<i32>,
    /// What happens to them when AWS needs them back: `hibernate`, `stop` or `terminate`.
    instance_interruption_behavior: Option<String>,
    /// The most to pay for an hour.
    max_price: Option<String>,
    /// `one-time` or `persistent`.
    spot_instance_type: Option<String>,
    /// When the request ends.
    valid_until: Auto<Moment>,
}

/// A licence that instances use.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::LaunchTemplateLicenseConfigurationRequest, sdk::LaunchTemplateLicenseConfiguration)]
pub(crate) struct License {
    /// Its ARN.
    license_configuration_arn: String,
}

/// What AWS does about failing hardware.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(
    sdk::LaunchTemplateInstanceMaintenanceOptionsRequest,
    sdk::LaunchTemplateInstanceMaintenanceOptions
)]
pub(crate) struct Maintenance {
    /// Whether instances are moved to other hardware: `default` or `disabled`.
    auto_recovery: Option<String>,
}

/// How programs on an instance learn about it.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(
    sdk::LaunchTemplateInstanceMetadataOptionsRequest,
    sdk::LaunchTemplateInstanceMetadataOptions
)]
pub(crate) struct Metadata {
    /// Whether they can: `enabled` or `disabled`.
    http_endpoint: Auto<String>,
    /// Whether over IPv6 too: `enabled` or `disabled`.
    http_protocol_ipv6: Auto<String>,
    /// Over how many hops, 1 to 64. Containers need 2.
    http_put_response_hop_limit: Auto<i32>,
    /// Whether they need a token: `optional` or `required`.
    http_tokens: Auto<String>,
    /// Whether they see the instance's tags: `enabled` or `disabled`.
    instance_metadata_tags: Auto<String>,
}

/// How often metrics are taken.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplatesMonitoringRequest, sdk::LaunchTemplatesMonitoring)]
pub(crate) struct Monitoring {
    /// Whether every minute rather than every five.
    enabled: Option<bool>,
}

/// Where instances run.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplatePlacementRequest, sdk::LaunchTemplatePlacement)]
pub(crate) struct Placement {
    /// How instances and dedicated hosts belong together.
    affinity: Option<String>,
    /// The availability zone.
    availability_zone: Option<String>,
    /// The placement group.
    group_name: Option<String>,
    /// The dedicated host.
    host_id: Option<String>,
    /// A resource group of dedicated hosts.
    host_resource_group_arn: Option<String>,
    /// The partition of the placement group.
    partition_number: Option<i32>,
    /// Not used by AWS yet.
    spread_domain: Option<String>,
    /// `default`, `dedicated` or `host`.
    tenancy: Option<String>,
}

/// The host names of instances.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::LaunchTemplatePrivateDnsNameOptionsRequest, sdk::LaunchTemplatePrivateDnsNameOptions)]
pub(crate) struct PrivateDns {
    /// Whether the name has an IPv4 address.
    enable_resource_name_dns_a_record: Option<bool>,
    /// Whether the name has an IPv6 address.
    enable_resource_name_dns_aaaa_record: Option<bool>,
    /// `ip-name` or `resource-name`.
    hostname_type: Option<String>,
}

/// Tags of what instances bring with them.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct TagSpecification {
    /// `instance`, `volume`, `network-interface` or `spot-instances-request`.
    resource_type: Option<String>,
    /// The tags.
    tags: Option<BTreeMap<String, String>>,
}

impl ToSdk<Option<sdk::LaunchTemplateTagSpecificationRequest>> for TagSpecification {
    fn to_sdk(&self) -> Option<sdk::LaunchTemplateTagSpecificationRequest> {
        let tags = self.tags.iter().flatten().collect();
        let it = sdk::LaunchTemplateTagSpecificationRequest::builder()
            .set_resource_type(self.resource_type.to_sdk())
            .set_tags(Some(tags_to_sdk(&tags)));
        Some(it.build())
    }
}

impl<'a> FromSdk<&'a sdk::LaunchTemplateTagSpecification> for TagSpecification {
    fn from_sdk(it: &'a sdk::LaunchTemplateTagSpecification) -> Self {
        TagSpecification {
            resource_type: Option::from_sdk(it.resource_type()),
            tags: Some(tags_from_sdk(it.tags()).0),
        }
    }
}
