//! The data source `aws_ami`: an image that instances start from.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types as sdk;
use model::{Attributes, Auto, FaultKind, Mirror, Out};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ec2::lookup::{Conditions, Filter, visible_tags};
use crate::fault::{OrFault, only, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// An image that instances start from.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ami", timeouts = [read])]
pub(crate) struct Ami {
    /// Who may start it: account ids, `self` or `all`.
    executable_users: Option<Vec<String>>,
    /// Conditions on it.
    filter: BTreeSet<Filter>,
    /// Whether deprecated images are considered.
    include_deprecated: Option<bool>,
    /// Whether to take the latest of those that match. Else there must be one.
    most_recent: Option<bool>,
    /// What its name must match.
    name_regex: Option<String>,
    /// Whose it is: account ids, `self`, `amazon` or `aws-marketplace`.
    owners: Option<Vec<String>>,
    /// The UEFI variables.
    uefi_data: Option<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// `x86_64`, `arm64` and others.
    architecture: Out<String>,
    /// Its volumes.
    block_device_mappings: Out<BTreeSet<Device>>,
    /// How it boots.
    boot_mode: Out<String>,
    /// When it was made.
    creation_date: Out<String>,
    /// When it will be deprecated.
    deprecation_time: Out<String>,
    /// What it is, in its maker's words.
    description: Out<String>,
    /// Whether it supports enhanced networking.
    ena_support: Out<bool>,
    /// The hypervisor it is for.
    hypervisor: Out<String>,
    /// Its id.
    image_id: Out<String>,
    /// Where it is.
    image_location: Out<String>,
    /// Its owner, by name.
    image_owner_alias: Out<String>,
    /// `machine`, `kernel` or `ramdisk`.
    image_type: Out<String>,
    /// Whether metadata needs tokens.
    imds_support: Out<String>,
    /// Its kernel.
    kernel_id: Out<String>,
    /// When it was last started.
    last_launched_time: Out<String>,
    /// Its name.
    name: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// `windows`, or nothing.
    platform: Out<String>,
    /// The platform, in words.
    platform_details: Out<String>,
    /// Products of the marketplace.
    product_codes: Out<BTreeSet<ProductCode>>,
    /// Whether everybody may start it.
    public: Out<bool>,
    /// Its RAM disk.
    ramdisk_id: Out<String>,
    /// The name of its root device.
    root_device_name: Out<String>,
    /// `ebs` or `instance-store`.
    root_device_type: Out<String>,
    /// The snapshot of its root device.
    root_snapshot_id: Out<String>,
    /// Whether it supports enhanced networking of the older kind.
    sriov_net_support: Out<String>,
    /// `available`, or what is going on.
    state: Out<String>,
    /// Why it is in that state.
    state_reason: Out<BTreeMap<String, String>>,
    /// The version of its trusted platform module.
    tpm_support: Out<String>,
    /// What running it is billed as.
    usage_operation: Out<String>,
    /// `hvm` or `paravirtual`.
    virtualization_type: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id.
    id: Out<String>,
}

/// A volume of an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Device {
    /// The name of the device.
    device_name: Option<String>,
    /// The volume, if it is in EBS.
    ebs: Option<BTreeMap<String, String>>,
    /// Whether it is suppressed.
    no_device: Option<String>,
    /// The volume, if it is on the instance.
    virtual_name: Option<String>,
}

/// A product of the marketplace.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::ProductCode)]
pub(crate) struct ProductCode {
    /// Its code.
    product_code_id: Option<String>,
    /// Its kind.
    product_code_type: Option<String>,
}

impl Data for Ami {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let conditions = Conditions::of(&given.filter, &given.tags);
        let call = aws.ec2().describe_images().set_filters(conditions.sdk());
        let call = call
            .set_executable_users(given.executable_users.clone())
            .set_include_deprecated(given.include_deprecated)
            .set_owners(given.owners.clone());
        let answer = call.send().await.or_fault("DescribeImages")?;
        let mut images = answer.images.unwrap_or_default();
        if let Some(pattern) = given.name_regex.as_deref().filter(|it| !it.is_empty()) {
            let pattern = Regex::new(pattern)
                .map_err(|error| rejected("DescribeImages", "InvalidRegex", error.to_string()))?;
            images.retain(|it| it.name().is_some_and(|it| pattern.is_match(it)));
        }
        if given.most_recent == Some(true) {
            images.sort_by(|a, b| b.creation_date().cmp(&a.creation_date()));
            images.truncate(1);
        }
        let it = only("image", "DescribeImages", images)?;
        Ok(found(aws, given, &it))
    }
}

/// The name of the root device of an image, which only the image knows.
pub(crate) async fn root_device(aws: &Aws, image: &str) -> Result<Option<String>> {
    let answer = aws.ec2().describe_images().image_ids(image).send().await;
    let images = match answer.or_fault("DescribeImages") {
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        answer => answer?.images.unwrap_or_default(),
    };
    Ok(images.into_iter().next().and_then(|it| it.root_device_name))
}

fn found(aws: &Aws, given: Ami, it: &sdk::Image) -> Ami {
    let (partition, region) = (aws.partition().name, aws.region());
    let id = it.image_id().unwrap_or_default();
    let root = it.block_device_mappings().iter().find(|device| {
        device.device_name().is_some() && device.device_name() == it.root_device_name()
    });
    let reason = it.state_reason();
    let unset = |it: Option<&str>| it.unwrap_or("UNSET").to_owned();
    let reason = [
        ("code".to_owned(), unset(reason.and_then(|it| it.code()))),
        ("message".to_owned(), unset(reason.and_then(|it| it.message()))),
    ];
    Ami {
        tags: visible_tags(aws, it.tags()),
        architecture: Out::from_sdk(it.architecture()),
        block_device_mappings: Out(Some(it.block_device_mappings().iter().map(device).collect())),
        boot_mode: Out::from_sdk(it.boot_mode()),
        creation_date: Out::from_sdk(it.creation_date()),
        deprecation_time: Out::from_sdk(it.deprecation_time()),
        description: Out::from_sdk(it.description()),
        ena_support: Out(it.ena_support()),
        hypervisor: Out::from_sdk(it.hypervisor()),
        image_id: Out::from_sdk(Some(id)),
        image_location: Out::from_sdk(it.image_location()),
        image_owner_alias: Out::from_sdk(it.image_owner_alias()),
        image_type: Out::from_sdk(it.image_type()),
        imds_support: Out::from_sdk(it.imds_support()),
        kernel_id: Out::from_sdk(it.kernel_id()),
        last_launched_time: Out::from_sdk(it.last_launched_time()),
        name: Out::from_sdk(it.name()),
        owner_id: Out::from_sdk(it.owner_id()),
        platform: Out::from_sdk(it.platform()),
        platform_details: Out::from_sdk(it.platform_details()),
        product_codes: Out::from_sdk(it.product_codes()),
        public: Out(it.public()),
        ramdisk_id: Out::from_sdk(it.ramdisk_id()),
        root_device_name: Out::from_sdk(it.root_device_name()),
        root_device_type: Out::from_sdk(it.root_device_type()),
        root_snapshot_id: Out::from_sdk(
            root.and_then(|it| it.ebs()).and_then(|it| it.snapshot_id()),
        ),
        sriov_net_support: Out::from_sdk(it.sriov_net_support()),
        state: Out::from_sdk(it.state()),
        state_reason: Out(Some(reason.into())),
        tpm_support: Out::from_sdk(it.tpm_support()),
        usage_operation: Out::from_sdk(it.usage_operation()),
        virtualization_type: Out::from_sdk(it.virtualization_type()),
        arn: Out(Some(format!("arn:{partition}:ec2:{region}::image/{id}"))),
        id: Out::from_sdk(Some(id)),
        ..given
    }
}

fn device(it: &sdk::BlockDeviceMapping) -> Device {
    let number = |it: Option<i32>| it.unwrap_or(0).to_string();
    let ebs = it.ebs().map(|it| {
        let pairs = [
            ("delete_on_termination", (it.delete_on_termination() == Some(true)).to_string()),
            ("encrypted", (it.encrypted() == Some(true)).to_string()),
            ("iops", number(it.iops())),
            ("snapshot_id", String::from_sdk(it.snapshot_id())),
            ("throughput", number(it.throughput())),
            ("volume_size", number(it.volume_size())),
            ("volume_type", String::from_sdk(it.volume_type())),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    });
    Device {
        device_name: Option::from_sdk(it.device_name()),
        ebs,
        no_device: Option::from_sdk(it.no_device()),
        virtual_name: Option::from_sdk(it.virtual_name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, ec2};

    #[tokio::test]
    async fn the_latest_image_that_matches_is_found() {
        let image = |id: &str, name: &str, date: &str| {
            format!(
                "<item><imageId>{id}</imageId><name>{name}</name>
                 <creationDate>{date}</creationDate></item>"
            )
        };
        let images = [
            image("ami-1", "ecs-1", "2024-01-01T00:00:00.000Z"),
            image("ami-2", "ecs-2", "2025-01-01T00:00:00.000Z"),
            image("ami-3", "other", "2026-01-01T00:00:00.000Z"),
        ];
        let set = format!("<imagesSet>{}</imagesSet>", images.concat());
        let aws = Script::new([ec2("DescribeImages", &set)]);
        let given = serde_json::json!({"most_recent": true, "name_regex": "^ecs-"});
        let given = given.as_object().unwrap().clone();
        let given = crate::resource::decode(&Ami::SCHEMA, given).unwrap();

        let found = Ami::read(&aws, given).await.unwrap();

        assert_eq!(found.id.0.as_deref(), Some("ami-2"));
    }
}
