//! The data source `aws_ec2_instance_type`: what an instance type can do.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, only};
use crate::mirror::FromSdk;
use crate::resource::Result;
use crate::spelling::Real;

/// What an instance type can do.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ec2_instance_type", timeouts = [read])]
pub(crate) struct InstanceType {
    /// Its name, such as `t3.micro`.
    instance_type: String,
    /// Whether instances are moved off failing hardware.
    auto_recovery_supported: Out<bool>,
    /// How bandwidth can be divided between network and EBS.
    bandwidth_weightings: Out<BTreeSet<String>>,
    /// Whether it has no hypervisor.
    bare_metal: Out<bool>,
    /// `legacy-bios` and `uefi`.
    boot_modes: Out<BTreeSet<String>>,
    /// Whether it is burstable.
    burstable_performance_supported: Out<bool>,
    /// Whether it is of the current generation.
    current_generation: Out<bool>,
    /// Whether there are dedicated hosts of it.
    dedicated_hosts_supported: Out<bool>,
    /// How many cores it has.
    default_cores: Out<i32>,
    /// The network card that interfaces are on by default.
    default_network_card_index: Out<i32>,
    /// How many threads each core has.
    default_threads_per_core: Out<i32>,
    /// How many virtual processors it has.
    default_vcpus: Out<i32>,
    /// Whether its volumes can be encrypted.
    ebs_encryption_support: Out<String>,
    /// Whether its volumes are NVMe devices.
    ebs_nvme_support: Out<String>,
    /// Whether it has bandwidth of its own to EBS.
    ebs_optimized_support: Out<String>,
    /// Lasting bandwidth to EBS, in Mbit/s.
    ebs_performance_baseline_bandwidth: Out<i32>,
    /// Lasting operations per second.
    ebs_performance_baseline_iops: Out<i32>,
    /// Lasting throughput to EBS, in MB/s.
    ebs_performance_baseline_throughput: Out<f64>,
    /// The most bandwidth to EBS, in Mbit/s.
    ebs_performance_maximum_bandwidth: Out<i32>,
    /// The most operations per second.
    ebs_performance_maximum_iops: Out<i32>,
    /// The most throughput to EBS, in MB/s.
    ebs_performance_maximum_throughput: Out<f64>,
    /// How many Elastic Fabric Adapters it can have.
    efa_maximum_interfaces: Out<i32>,
    /// Whether it can have an Elastic Fabric Adapter.
    efa_supported: Out<bool>,
    /// Whether it has ENA Express.
    ena_srd_supported: Out<bool>,
    /// Whether it has enhanced networking.
    ena_support: Out<String>,
    /// Whether traffic between instances is encrypted.
    encryption_in_transit_supported: Out<bool>,
    /// Its FPGAs.
    fpgas: Out<BTreeSet<Device>>,
    /// Whether it is in the free tier.
    free_tier_eligible: Out<bool>,
    /// Its graphics processors.
    gpus: Out<BTreeSet<Device>>,
    /// Whether it can sleep.
    hibernation_supported: Out<bool>,
    /// `nitro` or `xen`.
    hypervisor: Out<String>,
    /// Its name.
    id: Out<String>,
    /// Its inference accelerators.
    inference_accelerators: Out<BTreeSet<Device>>,
    /// Volumes on the instance.
    instance_disks: Out<BTreeSet<Disk>>,
    /// Whether it has volumes on the instance.
    instance_storage_supported: Out<bool>,
    /// Whether it has IPv6.
    ipv6_supported: Out<bool>,
    /// How many IPv4 addresses an interface can have.
    maximum_ipv4_addresses_per_interface: Out<i32>,
    /// How many IPv6 addresses an interface can have.
    maximum_ipv6_addresses_per_interface: Out<i32>,
    /// How many network cards it has.
    maximum_network_cards: Out<i32>,
    /// How many network interfaces it can have.
    maximum_network_interfaces: Out<i32>,
    /// Its media accelerators.
    media_accelerators: Out<BTreeSet<Device>>,
    /// Its memory, in MiB.
    memory_size: Out<i64>,
    /// Its network cards.
    network_cards: Out<BTreeSet<Card>>,
    /// How fast its network is, in words.
    network_performance: Out<String>,
    /// Its Neuron devices.
    neuron_devices: Out<BTreeSet<Neuron>>,
    /// Whether it has isolated environments.
    nitro_enclaves_support: Out<String>,
    /// Whether it has a trusted platform module.
    nitro_tpm_support: Out<String>,
    /// The versions of the module.
    nitro_tpm_supported_versions: Out<BTreeSet<String>>,
    /// Whether it has a precise clock.
    phc_support: Out<String>,
    /// `x86_64`, `arm64` and others.
    supported_architectures: Out<Vec<String>>,
    /// Features of its processors, such as `amd-sev-snp`.
    supported_cpu_features: Out<BTreeSet<String>>,
    /// The placement groups it can be in.
    supported_placement_strategies: Out<Vec<String>>,
    /// `ebs` and `instance-store`.
    supported_root_device_types: Out<Vec<String>>,
    /// `on-demand`, `spot` and others.
    supported_usages_classes: Out<Vec<String>>,
    /// `hvm` and `paravirtual`.
    supported_virtualization_types: Out<Vec<String>>,
    /// The speed of its processors, in GHz.
    sustained_clock_speed: Out<f64>,
    /// The memory of its FPGAs, in MiB.
    total_fpga_memory: Out<i32>,
    /// The memory of its graphics processors, in MiB.
    total_gpu_memory: Out<i32>,
    /// The memory of its inference accelerators, in MiB.
    total_inference_memory: Out<i32>,
    /// The size of all volumes on the instance, in GB.
    total_instance_storage: Out<i64>,
    /// The memory of its media accelerators, in MiB.
    total_media_memory: Out<i32>,
    /// The memory of its Neuron devices, in MiB.
    total_neuron_device_memory: Out<i32>,
    /// How many cores may be asked for.
    valid_cores: Out<Vec<i32>>,
    /// How many threads for each core may be asked for.
    valid_threads_per_core: Out<Vec<i32>>,
}

/// A kind of accelerator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Device {
    /// How many there are.
    count: Option<i32>,
    /// Who makes it.
    manufacturer: Option<String>,
    /// Its memory, in MiB.
    memory_size: Option<i32>,
    /// Its name.
    name: Option<String>,
}

/// A kind of volume on the instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Disk {
    /// How many there are.
    count: Option<i32>,
    /// Its size, in GB.
    size: Option<i64>,
    /// `hdd` or `ssd`.
    r#type: Option<String>,
}

/// A network card.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Card {
    /// Its lasting bandwidth, in Gbit/s.
    baseline_bandwidth: Option<Real>,
    /// Its number.
    index: Option<i32>,
    /// How many interfaces can be on it.
    maximum_interfaces: Option<i32>,
    /// The most bandwidth, in Gbit/s.
    peak_bandwidth: Option<Real>,
    /// How fast it is, in words.
    performance: Option<String>,
}

/// A kind of Neuron device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Neuron {
    /// How many cores it has.
    core_count: Option<i32>,
    /// The version of its cores.
    core_version: Option<i32>,
    /// How many there are.
    count: Option<i32>,
    /// Its memory, in MiB.
    memory_size: Option<i32>,
    /// Its name.
    name: Option<String>,
}

impl Data for InstanceType {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let kind = sdk::InstanceType::from(given.instance_type.as_str());
        let call = aws.ec2().describe_instance_types().instance_types(kind);
        let answer = call.send().await.or_fault("DescribeInstanceTypes")?;
        let found = answer.instance_types.unwrap_or_default();
        let it = only("instance type", "DescribeInstanceTypes", found)?;
        let it = accelerators(given, &it).with_traits(&it);
        Ok(it)
    }
}

/// What is about accelerators and storage.
fn accelerators(given: InstanceType, it: &sdk::InstanceTypeInfo) -> InstanceType {
    macro_rules! devices {
        ($info:expr, $all:ident) => {
            $info.into_iter().flat_map(|it| it.$all()).map(|it| Device {
                count: it.count(),
                manufacturer: Option::from_sdk(it.manufacturer()),
                memory_size: it.memory_info().and_then(|it| it.size_in_mib()),
                name: Option::from_sdk(it.name()),
            })
        };
    }
    let storage = it.instance_storage_info();
    let disk = |it: &sdk::DiskInfo| Disk {
        count: it.count(),
        size: it.size_in_gb(),
        r#type: Option::from_sdk(it.r#type()),
    };
    let neuron = |it: &sdk::NeuronDeviceInfo| Neuron {
        core_count: it.core_info().and_then(|it| it.count()),
        core_version: it.core_info().and_then(|it| it.version()),
        count: it.count(),
        memory_size: it.memory_info().and_then(|it| it.size_in_mib()),
        name: Option::from_sdk(it.name()),
    };
    let neurons = it.neuron_info();
    InstanceType {
        fpgas: Out(Some(devices!(it.fpga_info(), fpgas).collect())),
        gpus: Out(Some(devices!(it.gpu_info(), gpus).collect())),
        inference_accelerators: Out(Some(
            devices!(it.inference_accelerator_info(), accelerators).collect(),
        )),
        media_accelerators: Out(Some(
            devices!(it.media_accelerator_info(), accelerators).collect(),
        )),
        instance_disks: Out(Some(
            storage.into_iter().flat_map(|it| it.disks()).map(disk).collect(),
        )),
        neuron_devices: Out(Some(
            neurons.into_iter().flat_map(|it| it.neuron_devices()).map(neuron).collect(),
        )),
        total_fpga_memory: Out(it.fpga_info().and_then(|it| it.total_fpga_memory_in_mib())),
        total_gpu_memory: Out(it.gpu_info().and_then(|it| it.total_gpu_memory_in_mib())),
        total_inference_memory: Out(it
            .inference_accelerator_info()
            .and_then(|it| it.total_inference_memory_in_mib())),
        total_instance_storage: Out(storage.and_then(|it| it.total_size_in_gb())),
        total_media_memory: Out(it
            .media_accelerator_info()
            .and_then(|it| it.total_media_memory_in_mib())),
        total_neuron_device_memory: Out(
            neurons.and_then(|it| it.total_neuron_device_memory_in_mib())
        ),
        ..given
    }
}

impl InstanceType {
    /// With everything else filled in.
    fn with_traits(self, it: &sdk::InstanceTypeInfo) -> InstanceType {
        let placement = it.placement_group_info();
        let processor = it.processor_info();
        let cpu = it.v_cpu_info();
        let placements: Vec<_> =
            placement.map(|it| it.supported_strategies().to_vec()).unwrap_or_default();
        let architectures =
            processor.map(|it| it.supported_architectures().to_vec()).unwrap_or_default();
        let features = processor.map(|it| it.supported_features().to_vec()).unwrap_or_default();
        let versions = it.nitro_tpm_info().map(|it| it.supported_versions().to_vec());
        InstanceType {
            auto_recovery_supported: Out(it.auto_recovery_supported()),
            bare_metal: Out(it.bare_metal()),
            boot_modes: Out::from_sdk(it.supported_boot_modes()),
            burstable_performance_supported: Out(it.burstable_performance_supported()),
            current_generation: Out(it.current_generation()),
            dedicated_hosts_supported: Out(it.dedicated_hosts_supported()),
            default_cores: Out(cpu.and_then(|it| it.default_cores())),
            default_threads_per_core: Out(cpu.and_then(|it| it.default_threads_per_core())),
            default_vcpus: Out(cpu.and_then(|it| it.default_v_cpus())),
            free_tier_eligible: Out(it.free_tier_eligible()),
            hibernation_supported: Out(it.hibernation_supported()),
            hypervisor: Out::from_sdk(it.hypervisor()),
            id: Out(Some(self.instance_type.clone())),
            instance_storage_supported: Out(it.instance_storage_supported()),
            memory_size: Out(it.memory_info().and_then(|it| it.size_in_mib())),
            nitro_enclaves_support: Out::from_sdk(it.nitro_enclaves_support()),
            nitro_tpm_support: Out::from_sdk(it.nitro_tpm_support()),
            nitro_tpm_supported_versions: Out(Some(versions.into_iter().flatten().collect())),
            phc_support: Out::from_sdk(it.phc_support()),
            supported_architectures: Out(Some(Vec::from_sdk(architectures.as_slice()))),
            supported_cpu_features: Out(Some(BTreeSet::from_sdk(features.as_slice()))),
            supported_placement_strategies: Out(Some(Vec::from_sdk(placements.as_slice()))),
            supported_root_device_types: Out::from_sdk(it.supported_root_device_types()),
            supported_usages_classes: Out::from_sdk(it.supported_usage_classes()),
            supported_virtualization_types: Out::from_sdk(it.supported_virtualization_types()),
            sustained_clock_speed: Out(processor.and_then(|it| it.sustained_clock_speed_in_ghz())),
            valid_cores: Out(Some(cpu.map(|it| it.valid_cores().to_vec()).unwrap_or_default())),
            valid_threads_per_core: Out(Some(
                cpu.map(|it| it.valid_threads_per_core().to_vec()).unwrap_or_default(),
            )),
            ..self
        }
        .with_ebs(it.ebs_info())
        .with_network(it.network_info())
    }

    fn with_ebs(self, it: Option<&sdk::EbsInfo>) -> InstanceType {
        let Some(it) = it else { return self };
        let optimized = it.ebs_optimized_info();
        InstanceType {
            ebs_encryption_support: Out::from_sdk(it.encryption_support()),
            ebs_nvme_support: Out::from_sdk(it.nvme_support()),
            ebs_optimized_support: Out::from_sdk(it.ebs_optimized_support()),
            ebs_performance_baseline_bandwidth: Out(
                optimized.and_then(|it| it.baseline_bandwidth_in_mbps())
            ),
            ebs_performance_baseline_iops: Out(optimized.and_then(|it| it.baseline_iops())),
            ebs_performance_baseline_throughput: Out(
                optimized.and_then(|it| it.baseline_throughput_in_m_bps())
            ),
            ebs_performance_maximum_bandwidth: Out(
                optimized.and_then(|it| it.maximum_bandwidth_in_mbps())
            ),
            ebs_performance_maximum_iops: Out(optimized.and_then(|it| it.maximum_iops())),
            ebs_performance_maximum_throughput: Out(
                optimized.and_then(|it| it.maximum_throughput_in_m_bps())
            ),
            ..self
        }
    }

    fn with_network(self, it: Option<&sdk::NetworkInfo>) -> InstanceType {
        let Some(it) = it else { return self };
        let card = |it: &sdk::NetworkCardInfo| Card {
            baseline_bandwidth: it.baseline_bandwidth_in_gbps().map(Real),
            index: it.network_card_index(),
            maximum_interfaces: it.maximum_network_interfaces(),
            peak_bandwidth: it.peak_bandwidth_in_gbps().map(Real),
            performance: Option::from_sdk(it.network_performance()),
        };
        InstanceType {
            bandwidth_weightings: Out::from_sdk(it.bandwidth_weightings()),
            default_network_card_index: Out(it.default_network_card_index()),
            efa_maximum_interfaces: Out(it.efa_info().and_then(|it| it.maximum_efa_interfaces())),
            efa_supported: Out(it.efa_supported()),
            ena_srd_supported: Out(it.ena_srd_supported()),
            ena_support: Out::from_sdk(it.ena_support()),
            encryption_in_transit_supported: Out(it.encryption_in_transit_supported()),
            ipv6_supported: Out(it.ipv6_supported()),
            maximum_ipv4_addresses_per_interface: Out(it.ipv4_addresses_per_interface()),
            maximum_ipv6_addresses_per_interface: Out(it.ipv6_addresses_per_interface()),
            maximum_network_cards: Out(it.maximum_network_cards()),
            maximum_network_interfaces: Out(it.maximum_network_interfaces()),
            network_cards: Out(Some(it.network_cards().iter().map(card).collect())),
            network_performance: Out::from_sdk(it.network_performance()),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn an_instance_type_is_described() {
        let set = "<instanceTypeSet><item><instanceType>t3.micro</instanceType>
            <memoryInfo><sizeInMiB>1024</sizeInMiB></memoryInfo>
            <vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo>
            <networkInfo><maximumNetworkInterfaces>2</maximumNetworkInterfaces></networkInfo>
            </item></instanceTypeSet>";
        let aws = Script::new([ec2("DescribeInstanceTypes", set)]);
        let given = serde_json::json!({"instance_type": "t3.micro"});
        let given = given.as_object().unwrap().clone();
        let given = crate::resource::decode(&InstanceType::SCHEMA, given).unwrap();

        let found = InstanceType::read(&aws, given).await.unwrap();

        assert_eq!(found.memory_size.0, Some(1024));
        assert_eq!(found.default_vcpus.0, Some(2));
        assert_eq!(found.maximum_network_interfaces.0, Some(2));
    }
}
