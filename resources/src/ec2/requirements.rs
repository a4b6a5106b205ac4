//! `instance_requirements`: what instance types must have, rather than their names. Launch templates,
//! Auto Scaling groups and Spot fleets each have the block, with small differences.

use aws_sdk_autoscaling::types as autoscaling;
use aws_sdk_ec2::types as ec2;
use model::Attributes;
use serde::{Deserialize, Serialize};

use crate::mirror::{FromSdk, ToSdk};
use crate::spelling::Real;

/// Limits of a whole number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// The most.
    pub max: Option<i32>,
    /// The least.
    pub min: Option<i32>,
}

/// Limits of a whole number, of which the lower must be given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct AtLeast {
    /// The most.
    pub max: Option<i32>,
    /// The least.
    pub min: i32,
}

/// Limits of a fraction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Fractions {
    /// The most.
    pub max: Option<Real>,
    /// The least.
    pub min: Option<Real>,
}

macro_rules! limits {
    ($($ty:ident: $($sdk:path),+;)+) => { $($(
        impl ToSdk<Option<$sdk>> for $ty {
            fn to_sdk(&self) -> Option<$sdk> {
                let it = <$sdk>::builder();
                Some(it.set_max(self.max.to_sdk()).set_min(self.min.to_sdk()).build())
            }
        }
        impl<'a> FromSdk<&'a $sdk> for $ty {
            fn from_sdk(it: &'a $sdk) -> Self {
                $ty { max: FromSdk::from_sdk(it.max()), min: FromSdk::from_sdk(it.min()) }
            }
        }
    )+)+ };
}

limits! {
    Counts:
        autoscaling::AcceleratorCountRequest,
        autoscaling::AcceleratorTotalMemoryMiBRequest,
        autoscaling::BaselineEbsBandwidthMbpsRequest,
        autoscaling::MemoryMiBRequest,
        autoscaling::NetworkInterfaceCountRequest,
        autoscaling::VCpuCountRequest,
        ec2::AcceleratorCount,
        ec2::AcceleratorCountRequest,
        ec2::AcceleratorTotalMemoryMiB,
        ec2::AcceleratorTotalMemoryMiBRequest,
        ec2::BaselineEbsBandwidthMbps,
        ec2::BaselineEbsBandwidthMbpsRequest,
        ec2::MemoryMiB,
        ec2::NetworkInterfaceCount,
        ec2::NetworkInterfaceCountRequest,
        ec2::VCpuCountRange;
    AtLeast:
        ec2::MemoryMiB,
        ec2::MemoryMiBRequest,
        ec2::VCpuCountRange,
        ec2::VCpuCountRangeRequest;
    Fractions:
        autoscaling::MemoryGiBPerVCpuRequest,
        autoscaling::NetworkBandwidthGbpsRequest,
        autoscaling::TotalLocalStorageGbRequest,
        ec2::MemoryGiBPerVCpu,
        ec2::MemoryGiBPerVCpuRequest,
        ec2::NetworkBandwidthGbps,
        ec2::NetworkBandwidthGbpsRequest,
        ec2::TotalLocalStorageGb,
        ec2::TotalLocalStorageGbRequest;
}

/// The block as a struct of this name: the SDK's types, the type of the two limits that matter most
/// and whether they must be given, and attributes that not all have.
macro_rules! requirements {
    ($name:ident: $($sdk:path),+; $main:ident, $needed:meta; { $($more:tt)* }) => {
        /// What instance types must have.
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord,
            ::model::Attributes, ::model::Mirror, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[mirror($($sdk),+)]
        pub(crate) struct $name {
            /// How many accelerators.
            accelerator_count: ::model::One<$crate::ec2::requirements::Counts>,
            /// Who makes the accelerators: `nvidia`, `amd`, `amazon-web-services`, `xilinx`, `habana`.
            accelerator_manufacturers: Option<::std::collections::BTreeSet<String>>,
            /// Which accelerators, such as `a100` or `t4`.
            accelerator_names: Option<::std::collections::BTreeSet<String>>,
            /// The memory of all accelerators, in MiB.
            accelerator_total_memory_mib: ::model::One<$crate::ec2::requirements::Counts>,
            /// The kind of the accelerators: `gpu`, `fpga` or `inference`.
            accelerator_types: Option<::std::collections::BTreeSet<String>>,
            /// The only instance types that are considered; `*` stands for any text.
            allowed_instance_types: Option<::std::collections::BTreeSet<String>>,
            /// Whether bare metal is `included`, `excluded` or `required`.
            bare_metal: Option<String>,
            /// The bandwidth to EBS, in Mbit/s.
            baseline_ebs_bandwidth_mbps: ::model::One<$crate::ec2::requirements::Counts>,
            /// Whether burstable types are `included`, `excluded` or `required`.
            burstable_performance: Option<String>,
            /// Who makes the processors: `intel`, `amd`, `amazon-web-services`.
            cpu_manufacturers: Option<::std::collections::BTreeSet<String>>,
            /// Instance types that are not considered; `*` stands for any text.
            excluded_instance_types: Option<::std::collections::BTreeSet<String>>,
            /// `current` or `previous`.
            instance_generations: Option<::std::collections::BTreeSet<String>>,
            /// Whether volumes on the instance are `included`, `excluded` or `required`.
            local_storage: Option<String>,
            /// `hdd` or `ssd`.
            local_storage_types: Option<::std::collections::BTreeSet<String>>,
            /// Memory for each virtual processor, in GiB.
            #[mirror(memory_gib_per_v_cpu)]
            memory_gib_per_vcpu: ::model::One<$crate::ec2::requirements::Fractions>,
            /// Memory, in MiB.
            #[$needed]
            memory_mib: ::model::One<$main>,
            /// Bandwidth of the network, in Gbit/s.
            network_bandwidth_gbps: ::model::One<$crate::ec2::requirements::Fractions>,
            /// How many network interfaces.
            network_interface_count: ::model::One<$crate::ec2::requirements::Counts>,
            /// How much more than the cheapest suitable type an On-Demand Instance may cost, in percent.
            on_demand_max_price_percentage_over_lowest_price: Option<i32>,
            /// Whether instances must be able to hibernate.
            require_hibernate_support: Option<bool>,
            /// How much more than the cheapest suitable type a Spot Instance may cost, in percent.
            spot_max_price_percentage_over_lowest_price: Option<i32>,
            /// The size of all volumes on the instance, in GB.
            total_local_storage_gb: ::model::One<$crate::ec2::requirements::Fractions>,
            /// How many virtual processors.
            #[$needed]
            #[mirror(v_cpu_count)]
            vcpu_count: ::model::One<$main>,
            $($more)*
        }
    };
}
pub(crate) use requirements;
