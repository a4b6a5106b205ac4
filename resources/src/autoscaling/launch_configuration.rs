//! `aws_launch_configuration`: what the instances of a group are started with, in the older way.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::user_data::{UserData, follow_user_data};
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result};
use crate::spelling::not_zero;

/// What the instances of a group are started with, in the older way. Nothing of it can be changed.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_launch_configuration")]
pub(crate) struct LaunchConfiguration {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// Whether instances get public addresses. Otherwise their subnet says.
    #[attr(replace)]
    associate_public_ip_address: Auto<bool>,
    /// Whether instances have bandwidth of their own to EBS.
    #[attr(replace)]
    ebs_optimized: Auto<bool>,
    /// Whether metrics are taken every minute rather than every five.
    #[attr(replace, default = true)]
    enable_monitoring: bool,
    /// The profile that gives instances a role, by name or ARN.
    #[attr(replace)]
    iam_instance_profile: Option<String>,
    /// The image instances start from.
    #[attr(replace)]
    image_id: String,
    /// The instance type, such as `t3.micro`.
    #[attr(replace)]
    instance_type: String,
    /// The key pair that lets people in.
    #[attr(replace)]
    key_name: Auto<String>,
    /// `default` or `dedicated`.
    #[attr(replace)]
    placement_tenancy: Option<String>,
    /// Ids of security groups.
    #[attr(replace)]
    security_groups: Option<BTreeSet<String>>,
    /// The most to pay for an hour. With it, instances are Spot Instances.
    #[attr(replace)]
    spot_price: Option<String>,
    /// What instances are told when they start. The state has only a hash of it.
    #[attr(replace)]
    user_data: Option<UserData>,
    /// The same in base64, for what is not text.
    #[attr(replace)]
    user_data_base64: Unread<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its name.
    id: Out<String>,
    /// Volumes in EBS.
    #[attr(replace)]
    ebs_block_device: Auto<BTreeSet<Ebs>>,
    /// Volumes on the instance.
    #[attr(replace)]
    ephemeral_block_device: BTreeSet<Ephemeral>,
    /// How programs on an instance learn about it.
    #[attr(replace)]
    metadata_options: Auto<One<Metadata>>,
    /// The volume of the root device.
    #[attr(replace)]
    root_block_device: Auto<One<Root>>,
}

/// A volume in EBS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Ebs {
    /// Whether it goes with the instance.
    #[attr(replace, default = true)]
    delete_on_termination: Option<bool>,
    /// The name of the device, such as `/dev/sdb`.
    #[attr(replace)]
    device_name: String,
    /// Whether it is encrypted.
    #[attr(replace)]
    encrypted: Auto<bool>,
    /// Operations per second.
    #[attr(replace)]
    iops: Auto<i32>,
    /// Whether the device of that name that the image has is left out.
    #[attr(replace)]
    no_device: Option<bool>,
    /// The snapshot it is made from.
    #[attr(replace)]
    snapshot_id: Auto<String>,
    /// MiB per second, for `gp3`.
    #[attr(replace)]
    throughput: Auto<i32>,
    /// Its size, in GiB.
    #[attr(replace)]
    volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `st1`, `sc1` or `standard`.
    #[attr(replace)]
    volume_type: Auto<String>,
}

/// A volume on the instance.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::BlockDeviceMapping)]
pub(crate) struct Ephemeral {
    /// The name of the device, such as `/dev/sdb`.
    #[attr(replace)]
    device_name: String,
    /// Whether the device of that name that the image has is left out.
    #[attr(replace)]
    no_device: Option<bool>,
    /// The name of the volume, such as `ephemeral0`.
    #[attr(replace)]
    virtual_name: Option<String>,
}

/// How programs on an instance learn about it.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::InstanceMetadataOptions)]
pub(crate) struct Metadata {
    /// Whether they can: `enabled` or `disabled`.
    #[attr(replace)]
    http_endpoint: Auto<String>,
    /// Over how many hops, 1 to 64. Containers need 2.
    #[attr(replace)]
    http_put_response_hop_limit: Auto<i32>,
    /// Whether they need a token: `optional` or `required`.
    #[attr(replace)]
    http_tokens: Auto<String>,
}

/// The volume of the root device.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Root {
    /// Whether it goes with the instance.
    #[attr(replace, default = true)]
    delete_on_termination: Option<bool>,
    /// Whether it is encrypted.
    #[attr(replace)]
    encrypted: Auto<bool>,
    /// Operations per second.
    #[attr(replace)]
    iops: Auto<i32>,
    /// MiB per second, for `gp3`.
    #[attr(replace)]
    throughput: Auto<i32>,
    /// Its size, in GiB.
    #[attr(replace)]
    volume_size: Auto<i32>,
    /// `gp3`, `gp2`, `io1`, `st1`, `sc1` or `standard`.
    #[attr(replace)]
    volume_type: Auto<String>,
}

impl Resource for LaunchConfiguration {
    const BATCH: usize = 50;
    const HELD: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.autoscaling().describe_launch_configurations();
        let call = call.set_launch_configuration_names(Some(ids.to_vec())).max_records(100);
        let answer = call.send().await.or_fault("DescribeLaunchConfigurations")?;
        let mut found = Vec::new();
        for it in answer.launch_configurations() {
            let root = root_device(aws, it).await?;
            found.push(live(it, root.as_deref()));
        }
        Ok(found)
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let monitoring = sdk::InstanceMonitoring::builder().enabled(want.enable_monitoring);
        let given = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        let call = aws.autoscaling().create_launch_configuration().launch_configuration_name(&name);
        let call = call
            .set_associate_public_ip_address(want.associate_public_ip_address.0)
            .set_block_device_mappings(devices(aws, want).await?)
            .set_ebs_optimized(want.ebs_optimized.0)
            .set_iam_instance_profile(given(&want.iam_instance_profile))
            .image_id(&want.image_id)
            .instance_monitoring(monitoring.build())
            .instance_type(&want.instance_type)
            .set_key_name(want.key_name.0.clone())
            .set_metadata_options(want.metadata_options.to_sdk())
            .set_placement_tenancy(given(&want.placement_tenancy))
            .set_security_groups(want.security_groups.to_sdk().filter(|it| !it.is_empty()))
            .set_spot_price(given(&want.spot_price))
            .set_user_data(want.user_data_base64.0.clone().or(want.user_data.to_sdk()));
        call.send().await.or_fault("CreateLaunchConfiguration")?;
        Ok(name)
    }

    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.autoscaling().delete_launch_configuration().launch_configuration_name(id);
        call.send().await.or_fault("DeleteLaunchConfiguration")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, and what has this one and starts the same is it.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = Self::read(aws, &[name]).await?;
        let same = |it: &Live<Self>| {
            it.attributes.image_id == want.image_id
                && it.attributes.instance_type == want.instance_type
        };
        Ok(found.into_iter().find(same).map(|it| it.id))
    }

    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        follow_user_data::<Self>(prior, planned);
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The profile was made a moment ago.
            Op::Create
                if says("Invalid IamInstanceProfile")
                    || says("You are not authorized to perform this operation") =>
            {
                Some(FaultKind::NotYet)
            }
            Op::Delete if says("not found") => Some(FaultKind::NotFound),
            _ => None,
        }
    }
}

/// The name of the root device, which only the image knows. Asked for if it has to be told apart.
async fn root_device(aws: &Aws, it: &sdk::LaunchConfiguration) -> Result<Option<String>> {
    match it.block_device_mappings().iter().any(|it| it.ebs().is_some()) {
        true => crate::ec2::ami::root_device(aws, it.image_id().unwrap_or_default()).await,
        false => Ok(None),
    }
}

async fn devices(
    aws: &Aws,
    want: &LaunchConfiguration,
) -> Result<Option<Vec<sdk::BlockDeviceMapping>>> {
    let mut devices: Vec<_> = want.ebs_block_device.0.iter().flatten().map(Ebs::device).collect();
    devices.extend(want.ephemeral_block_device.iter().filter_map(ToSdk::to_sdk));
    if let Some(root) = want.root_block_device.0.as_ref().and_then(|it| it.0.as_ref()) {
        let name = crate::ec2::ami::root_device(aws, &want.image_id).await?;
        let device = sdk::BlockDeviceMapping::builder().set_device_name(name);
        devices.push(device.ebs(root.ebs()).build());
    }
    Ok((!devices.is_empty()).then_some(devices))
}

impl Ebs {
    fn device(&self) -> sdk::BlockDeviceMapping {
        let device = sdk::BlockDeviceMapping::builder().device_name(&self.device_name);
        if self.no_device == Some(true) {
            return device.no_device(true).build();
        }
        let ebs = sdk::Ebs::builder()
            .set_delete_on_termination(self.delete_on_termination)
            .set_encrypted(self.encrypted.0.filter(|it| *it))
            .set_iops(not_zero(self.iops.0))
            .set_snapshot_id(self.snapshot_id.to_sdk())
            .set_throughput(not_zero(self.throughput.0))
            .set_volume_size(not_zero(self.volume_size.0))
            .set_volume_type(self.volume_type.to_sdk());
        device.ebs(ebs.build()).build()
    }
}

impl Root {
    fn ebs(&self) -> sdk::Ebs {
        let ebs = sdk::Ebs::builder()
            .set_delete_on_termination(self.delete_on_termination)
            .set_encrypted(self.encrypted.0.filter(|it| *it))
            .set_iops(not_zero(self.iops.0))
            .set_throughput(not_zero(self.throughput.0))
            .set_volume_size(not_zero(self.volume_size.0))
            .set_volume_type(self.volume_type.to_sdk());
        ebs.build()
    }
}

fn live(it: &sdk::LaunchConfiguration, root: Option<&str>) -> Live<LaunchConfiguration> {
    let name = it.launch_configuration_name().unwrap_or_default();
    let devices = it.block_device_mappings();
    let (roots, others): (Vec<_>, Vec<_>) =
        devices.iter().partition(|it| it.ebs().is_some() && it.device_name() == root);
    let (ephemeral, ebs): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|it| it.virtual_name().is_some());
    let attributes = LaunchConfiguration {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        associate_public_ip_address: Auto(it.associate_public_ip_address()),
        ebs_optimized: Auto(it.ebs_optimized()),
        enable_monitoring: it.instance_monitoring().and_then(|it| it.enabled()).unwrap_or(false),
        iam_instance_profile: Option::from_sdk(it.iam_instance_profile()),
        image_id: String::from_sdk(it.image_id()),
        instance_type: String::from_sdk(it.instance_type()),
        key_name: Auto::from_sdk(it.key_name()),
        placement_tenancy: Option::from_sdk(it.placement_tenancy()),
        security_groups: Option::from_sdk(it.security_groups()),
        spot_price: Option::from_sdk(it.spot_price()),
        user_data: UserData::shown(it.user_data()),
        user_data_base64: Unread(None),
        arn: Out::from_sdk(it.launch_configuration_arn()),
        id: Out::from_sdk(Some(name)),
        ebs_block_device: Auto(Some(ebs.into_iter().map(ebs_device).collect())),
        ephemeral_block_device: ephemeral.into_iter().map(FromSdk::from_sdk).collect(),
        metadata_options: Auto(Some(One::from_sdk(it.metadata_options()))),
        root_block_device: Auto(Some(One(roots.first().and_then(|it| it.ebs()).map(root_of)))),
    };
    Live { id: name.to_owned(), phase: Phase::Ready, attributes }
}

fn ebs_device(it: &sdk::BlockDeviceMapping) -> Ebs {
    let none = sdk::Ebs::builder().build();
    let ebs = it.ebs().unwrap_or(&none);
    Ebs {
        delete_on_termination: Some(ebs.delete_on_termination().unwrap_or(true)),
        device_name: String::from_sdk(it.device_name()),
        encrypted: Auto(ebs.encrypted()),
        iops: Auto(ebs.iops()),
        no_device: it.no_device(),
        snapshot_id: Auto::from_sdk(ebs.snapshot_id()),
        throughput: Auto(ebs.throughput()),
        volume_size: Auto(ebs.volume_size()),
        volume_type: Auto::from_sdk(ebs.volume_type()),
    }
}

fn root_of(it: &sdk::Ebs) -> Root {
    Root {
        delete_on_termination: Some(it.delete_on_termination().unwrap_or(true)),
        encrypted: Auto(it.encrypted()),
        iops: Auto(it.iops()),
        throughput: Auto(it.throughput()),
        volume_size: Auto(it.volume_size()),
        volume_type: Auto::from_sdk(it.volume_type()),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, query, query_refusal, want};

    fn node(more: &str) -> LaunchConfiguration {
        want(&format!(
            r#"{{"name": "node", "image_id": "ami-1", "instance_type": "t3.micro" {more}}}"#
        ))
    }

    #[tokio::test]
    async fn the_root_volume_has_the_name_that_the_image_gives_it() {
        let image =
            "<imagesSet><item><rootDeviceName>/dev/xvda</rootDeviceName></item></imagesSet>";
        let aws =
            Script::new([ec2("DescribeImages", image), query("CreateLaunchConfiguration", "")]);
        let want = node(
            r##", "user_data": "#!/bin/sh", "root_block_device": [{"volume_size": 30}],
            "ephemeral_block_device": [{"device_name": "/dev/sdb", "virtual_name": "ephemeral0"}]"##,
        );

        LaunchConfiguration::create(&aws, &want, "token").await.unwrap();

        aws.sent(expect![[r#"
            DescribeImages
                ImageId.1=ami-1
            CreateLaunchConfiguration
                BlockDeviceMappings.member.1.DeviceName=/dev/sdb
                BlockDeviceMappings.member.1.VirtualName=ephemeral0
                BlockDeviceMappings.member.2.DeviceName=/dev/xvda
                BlockDeviceMappings.member.2.Ebs.DeleteOnTermination=true
                BlockDeviceMappings.member.2.Ebs.VolumeSize=30
                ImageId=ami-1
                InstanceMonitoring.Enabled=true
                InstanceType=t3.micro
                LaunchConfigurationName=node
                UserData=IyEvYmluL3No
        "#]]);
    }

    #[tokio::test]
    async fn a_profile_of_a_moment_ago_is_waited_for() {
        let message = "Invalid IamInstanceProfile: node";
        let aws = Script::new([query_refusal("ValidationError", message)]);
        let fault = LaunchConfiguration::create(&aws, &node(""), "token").await.unwrap_err();
        let kind = LaunchConfiguration::classify(Op::Create, &fault);
        assert_eq!(kind, Some(FaultKind::NotYet));
    }
}
