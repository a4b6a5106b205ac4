//! `aws_launch_template`: what instances are started with, in versions.

use std::collections::BTreeSet;

use aws_sdk_ec2::types as sdk;
use model::{Attribute, Attributes, Auto, Live, Map, One, Out, Phase, Tags, Value};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ec2::{retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::{known, name_or_unique, prefix_of, uuid_of};
use crate::resource::{Resource, Result, differs, each};
use crate::spelling::Flag;

mod blocks;
mod network;

use blocks::{
    Accelerator, Cpu, Credit, Device, ElasticGpu, Enclave, Hibernation, License, Maintenance,
    Market, Metadata, Monitoring, Placement, PrivateDns, Profile, Requirements, Reservation,
    TagSpecification,
};
use network::Interface;

/// What instances are started with. A change makes a new version.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_launch_template")]
pub(crate) struct LaunchTemplate {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The version that is used where none is named.
    default_version: Auto<i64>,
    /// What the version is for.
    description: Option<String>,
    /// Whether instances cannot be stopped.
    disable_api_stop: Option<bool>,
    /// Whether instances cannot be terminated.
    disable_api_termination: Option<bool>,
    /// Whether instances have bandwidth of their own to EBS.
    ebs_optimized: Option<Flag>,
    /// The image they start from, by id or as `resolve:ssm:PARAMETER`.
    image_id: Option<String>,
    /// What a shutdown from inside does: `stop` or `terminate`.
    instance_initiated_shutdown_behavior: Option<String>,
    /// The instance type, such as `t3.micro`.
    instance_type: Option<String>,
    /// The kernel.
    kernel_id: Option<String>,
    /// The key pair that lets people in.
    key_name: Option<String>,
    /// The latest version.
    latest_version: Out<i64>,
    /// The RAM disk.
    ram_disk_id: Option<String>,
    /// Names of security groups, without a VPC.
    security_group_names: Option<BTreeSet<String>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Whether each new version becomes the default version.
    update_default_version: model::Unread<bool>,
    /// What instances are told when they start, in base64.
    user_data: Option<String>,
    /// Ids of security groups.
    vpc_security_group_ids: Option<BTreeSet<String>>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its id.
    id: Out<String>,
    /// Volumes, besides those of the image.
    block_device_mappings: Vec<Device>,
    /// Which capacity reservations instances may use.
    capacity_reservation_specification: One<Reservation>,
    /// The processors.
    cpu_options: One<Cpu>,
    /// How bursts are paid for.
    credit_specification: One<Credit>,
    /// Graphics accelerators of the older kind.
    elastic_gpu_specifications: Vec<ElasticGpu>,
    /// An inference accelerator of the older kind.
    elastic_inference_accelerator: One<Accelerator>,
    /// Isolated environments inside an instance.
    enclave_options: One<Enclave>,
    /// Whether instances can sleep.
    hibernation_options: One<Hibernation>,
    /// The profile that gives instances a role.
    iam_instance_profile: One<Profile>,
    /// How instances are bought.
    instance_market_options: One<Market>,
    /// What instance types must have, rather than their names.
    instance_requirements: One<Requirements>,
    /// Licences that instances use.
    license_specification: BTreeSet<License>,
    /// What AWS does about failing hardware.
    maintenance_options: One<Maintenance>,
    /// How programs on an instance learn about it.
    metadata_options: One<Metadata>,
    /// How often metrics are taken.
    monitoring: One<Monitoring>,
    /// Network interfaces.
    network_interfaces: Vec<Interface>,
    /// Where instances run.
    placement: One<Placement>,
    /// The host names of instances.
    private_dns_name_options: One<PrivateDns>,
    /// Tags of what instances bring with them.
    tag_specifications: Vec<TagSpecification>,
}

/// What is not part of a version.
const AROUND: &[&str] = &[
    "name",
    "name_prefix",
    "default_version",
    "latest_version",
    "tags",
    "tags_all",
    "update_default_version",
    "arn",
    "id",
];

impl Resource for LaunchTemplate {
    const BATCH: usize = 200;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ec2().describe_launch_templates();
        let call = call.set_launch_template_ids(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeLaunchTemplates")?;
        let templates = answer.launch_templates.unwrap_or_default();
        let found: Vec<String> =
            templates.iter().filter_map(|it| it.launch_template_id.clone()).collect();
        let versions = each(&found, |id| latest(aws, id)).await?;
        let arn = aws.arn("ec2", "launch-template/").await?;
        let pair = |it: &sdk::LaunchTemplate| {
            let own = |of: &&sdk::LaunchTemplateVersion| {
                of.launch_template_id() == it.launch_template_id()
            };
            versions.iter().find(own).map(|version| live(it, version, &arn))
        };
        Ok(templates.iter().filter_map(pair).collect())
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let tags = sdk::TagSpecification::builder()
            .resource_type(sdk::ResourceType::LaunchTemplate)
            .set_tags(Some(tags_to_sdk(&want.tags)));
        let call = aws.ec2().create_launch_template().client_token(uuid_of(token));
        let call = call
            .launch_template_name(name_or_unique(&want.name, &want.name_prefix, token))
            .set_version_description(want.description.to_sdk())
            .launch_template_data(data(want))
            .set_tag_specifications((!want.tags.0.is_empty()).then(|| vec![tags.build()]));
        let answer = call.send().await.or_fault("CreateLaunchTemplate")?;
        let id = answer.launch_template.and_then(|it| it.launch_template_id);
        must(id, "CreateLaunchTemplate")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let mut default = want.default_version.0.filter(|_| changed(have, want));
        let follows = want.update_default_version.0 == Some(true);
        if version_of(have) != version_of(want) {
            let version = add_version(aws, id, have, want).await?;
            default = default.or(follows.then_some(version));
        }
        if let Some(version) = default {
            let call = aws.ec2().modify_launch_template().launch_template_id(id);
            let token = uuid_of(&format!("{id} default {version}"));
            let call = call.client_token(token).default_version(version.to_string());
            call.send().await.or_fault("ModifyLaunchTemplate")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ec2().delete_launch_template().launch_template_id(id);
        call.send().await.or_fault("DeleteLaunchTemplate")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        let call = aws.ec2().describe_launch_templates().launch_template_names(claim);
        let answer = call.send().await.or_fault("DescribeLaunchTemplates")?;
        Ok(answer.launch_templates().iter().find_map(|it| it.launch_template_id.clone()))
    }

    /// Names are unique.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let call = aws.ec2().describe_launch_templates().launch_template_names(name);
        let answer = call.send().await.or_fault("DescribeLaunchTemplates")?;
        let same = |it: &&sdk::LaunchTemplate| tags_from_sdk(it.tags()) == want.tags;
        Ok(answer.launch_templates().iter().find(same).and_then(|it| it.launch_template_id.clone()))
    }

    /// A change of what is in a version makes a version, whose number is not known before.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let Some(prior) = prior else { return };
        let inside = |it: &&Attribute| !AROUND.contains(&it.name);
        let mut inside = Self::SCHEMA.attributes.iter().filter(inside);
        let follows = planned.get("update_default_version").and_then(Value::as_bool) == Some(true);
        let number = || Value::unknown(model::Type::Number);
        if inside.any(|it| differs::<Self>(prior, planned, it.name)) {
            planned.insert("latest_version".into(), number());
            if follows {
                planned.insert("default_version".into(), number());
            }
            return;
        }
        let latest = prior.get("latest_version").filter(|_| follows);
        if let Some(it) =
            latest.filter(|_| differs::<Self>(prior, planned, "update_default_version"))
        {
            planned.insert("default_version".into(), it.clone());
        }
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let follows = given.get("update_default_version").and_then(Value::as_bool) == Some(true);
        match follows && given.get("default_version").is_some_and(|it| !it.is_null()) {
            true => vec![(
                "default_version",
                "it is either named, or follows with `update_default_version`".to_owned(),
            )],
            false => Vec::new(),
        }
    }
}

/// Whether another version than before shall be the default, or the latest for the first time.
fn changed(have: &LaunchTemplate, want: &LaunchTemplate) -> bool {
    have.default_version != want.default_version
}

/// The parts that a version has.
fn version_of(it: &LaunchTemplate) -> LaunchTemplate {
    LaunchTemplate {
        name: Auto(None),
        name_prefix: Auto(None),
        default_version: Auto(None),
        latest_version: Out(None),
        tags: Tags::default(),
        update_default_version: model::Unread(None),
        arn: Out(None),
        id: Out(None),
        ..it.clone()
    }
}

/// Makes a version, and gives its number. The same again if it is made from the same one twice.
async fn add_version(
    aws: &Aws,
    id: &str,
    have: &LaunchTemplate,
    want: &LaunchTemplate,
) -> Result<i64> {
    let content = serde_json::to_string(&version_of(want)).unwrap_or_default();
    let before = have.latest_version.0.unwrap_or_default();
    let call = aws.ec2().create_launch_template_version().launch_template_id(id);
    let call = call
        .client_token(uuid_of(&format!("{id} {before} {content}")))
        .set_version_description(want.description.to_sdk())
        .launch_template_data(data(want));
    let answer = call.send().await.or_fault("CreateLaunchTemplateVersion")?;
    let version = answer.launch_template_version.and_then(|it| it.version_number);
    must(version, "CreateLaunchTemplateVersion")
}

async fn latest(aws: &Aws, id: &str) -> Result<Option<sdk::LaunchTemplateVersion>> {
    let call = aws.ec2().describe_launch_template_versions().launch_template_id(id);
    let answer =
        call.versions("$Latest").send().await.or_fault("DescribeLaunchTemplateVersions")?;
    Ok(answer.launch_template_versions.and_then(|it| it.into_iter().next()))
}

// Older kinds of accelerators may still be in templates, though AWS starts nothing with them.
#[allow(deprecated)]
fn data(it: &LaunchTemplate) -> sdk::RequestLaunchTemplateData {
    let accelerators = it.elastic_inference_accelerator.0.to_sdk().map(|it| vec![it]);
    let data = sdk::RequestLaunchTemplateData::builder()
        .set_disable_api_stop(it.disable_api_stop)
        .set_disable_api_termination(it.disable_api_termination)
        .set_ebs_optimized(it.ebs_optimized.to_sdk())
        .set_image_id(it.image_id.to_sdk())
        .set_instance_initiated_shutdown_behavior(it.instance_initiated_shutdown_behavior.to_sdk())
        .set_instance_type(it.instance_type.to_sdk())
        .set_kernel_id(it.kernel_id.to_sdk())
        .set_key_name(it.key_name.to_sdk())
        .set_ram_disk_id(it.ram_disk_id.to_sdk())
        .set_security_groups(it.security_group_names.to_sdk())
        .set_security_group_ids(it.vpc_security_group_ids.to_sdk())
        .set_user_data(it.user_data.to_sdk());
    let data = data
        .set_block_device_mappings(it.block_device_mappings.to_sdk())
        .set_capacity_reservation_specification(it.capacity_reservation_specification.to_sdk())
        .set_cpu_options(it.cpu_options.to_sdk())
        .set_credit_specification(it.credit_specification.to_sdk())
        .set_elastic_gpu_specifications(it.elastic_gpu_specifications.to_sdk())
        .set_elastic_inference_accelerators(accelerators)
        .set_enclave_options(it.enclave_options.to_sdk())
        .set_hibernation_options(it.hibernation_options.to_sdk())
        .set_iam_instance_profile(it.iam_instance_profile.to_sdk())
        .set_instance_market_options(it.instance_market_options.to_sdk())
        .set_instance_requirements(it.instance_requirements.to_sdk())
        .set_license_specifications(it.license_specification.to_sdk())
        .set_maintenance_options(it.maintenance_options.to_sdk())
        .set_metadata_options(it.metadata_options.to_sdk())
        .set_monitoring(it.monitoring.to_sdk())
        .set_network_interfaces(it.network_interfaces.to_sdk())
        .set_placement(it.placement.to_sdk())
        .set_private_dns_name_options(it.private_dns_name_options.to_sdk())
        .set_tag_specifications(it.tag_specifications.to_sdk());
    data.build()
}

fn live(
    it: &sdk::LaunchTemplate,
    version: &sdk::LaunchTemplateVersion,
    arn: &str,
) -> Live<LaunchTemplate> {
    let none = sdk::ResponseLaunchTemplateData::builder().build();
    let data = version.launch_template_data().unwrap_or(&none);
    let (id, name) = (it.launch_template_id().unwrap_or_default(), it.launch_template_name());
    let attributes = LaunchTemplate {
        name: Auto::from_sdk(name),
        name_prefix: Auto(name.and_then(prefix_of)),
        default_version: Auto(it.default_version_number()),
        description: Option::from_sdk(version.version_description()),
        disable_api_stop: data.disable_api_stop(),
        disable_api_termination: data.disable_api_termination(),
        ebs_optimized: Option::from_sdk(data.ebs_optimized()),
        image_id: Option::from_sdk(data.image_id()),
        instance_initiated_shutdown_behavior: Option::from_sdk(
            data.instance_initiated_shutdown_behavior(),
        ),
        instance_type: Option::from_sdk(data.instance_type()),
        kernel_id: Option::from_sdk(data.kernel_id()),
        key_name: Option::from_sdk(data.key_name()),
        latest_version: Out(it.latest_version_number()),
        ram_disk_id: Option::from_sdk(data.ram_disk_id()),
        security_group_names: Option::from_sdk(data.security_groups()),
        tags: tags_from_sdk(it.tags()),
        update_default_version: model::Unread(None),
        user_data: Option::from_sdk(data.user_data()),
        vpc_security_group_ids: Option::from_sdk(data.security_group_ids()),
        arn: Out(Some(format!("{arn}{id}"))),
        id: Out::from_sdk(Some(id)),
        block_device_mappings: Vec::from_sdk(data.block_device_mappings()),
        capacity_reservation_specification: One::from_sdk(
            data.capacity_reservation_specification(),
        ),
        cpu_options: One::from_sdk(data.cpu_options()),
        credit_specification: One::from_sdk(data.credit_specification()),
        elastic_gpu_specifications: Vec::from_sdk(data.elastic_gpu_specifications()),
        elastic_inference_accelerator: One::from_sdk(data.elastic_inference_accelerators().first()),
        enclave_options: One::from_sdk(data.enclave_options()),
        hibernation_options: One::from_sdk(data.hibernation_options()),
        iam_instance_profile: One::from_sdk(data.iam_instance_profile()),
        instance_market_options: One::from_sdk(data.instance_market_options()),
        instance_requirements: One::from_sdk(data.instance_requirements()),
        license_specification: BTreeSet::from_sdk(data.license_specifications()),
        maintenance_options: One::from_sdk(data.maintenance_options()),
        metadata_options: One::from_sdk(data.metadata_options()),
        monitoring: One::from_sdk(data.monitoring()),
        network_interfaces: Vec::from_sdk(data.network_interfaces()),
        placement: One::from_sdk(data.placement()),
        private_dns_name_options: One::from_sdk(data.private_dns_name_options()),
        tag_specifications: Vec::from_sdk(data.tag_specifications()),
    };
    Live { id: id.to_owned(), phase: Phase::Ready, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, ec2, want};

    #[tokio::test]
    async fn a_change_makes_a_version_that_becomes_the_default() {
        let version =
            "<launchTemplateVersion><versionNumber>4</versionNumber></launchTemplateVersion>";
        let aws = Script::new([
            ec2("CreateLaunchTemplateVersion", version),
            ec2("ModifyLaunchTemplate", ""),
        ]);
        let template = |kind: &str| {
            want::<LaunchTemplate>(&format!(
                r#"{{"name": "web", "image_id": "ami-1", "instance_type": "{kind}",
                    "latest_version": 3, "default_version": 3, "update_default_version": true,
                    "monitoring": [{{"enabled": true}}]}}"#
            ))
        };

        let (have, want) = (template("t3.micro"), template("t3.small"));
        LaunchTemplate::update(&aws, "lt-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            CreateLaunchTemplateVersion
                ClientToken=b768d2cf-4c4b-5bfc-9043-d47ba9a54310
                LaunchTemplateData.ImageId=ami-1
                LaunchTemplateData.InstanceType=t3.small
                LaunchTemplateData.Monitoring.Enabled=true
                LaunchTemplateId=lt-1
            ModifyLaunchTemplate
                ClientToken=8db9af3c-705d-5652-aaa3-297b0dad1535
                LaunchTemplateId=lt-1
                SetDefaultVersion=4
        "#]]);
    }

    #[tokio::test]
    async fn tags_alone_make_no_version() {
        let aws = Script::new([ec2("CreateTags", "")]);
        let have = want::<LaunchTemplate>(r#"{"name": "web"}"#);
        let want = want::<LaunchTemplate>(r#"{"name": "web", "tags": {"team": "edge"}}"#);

        LaunchTemplate::update(&aws, "lt-1", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            CreateTags
                ResourceId.1=lt-1
                Tag.1.Key=team
                Tag.1.Value=edge
        "#]]);
    }

    #[tokio::test]
    async fn everything_goes_over_the_wire() {
        let made = "<launchTemplate><launchTemplateId>lt-1</launchTemplateId></launchTemplate>";
        let aws = Script::new([ec2("CreateLaunchTemplate", made)]);
        let want = want::<LaunchTemplate>(
            r#"{
                "name_prefix": "web-", "image_id": "ami-1", "instance_type": "m5.large",
                "ebs_optimized": "true", "user_data": "IyEvYmluL3No",
                "vpc_security_group_ids": ["sg-1"], "tags": {"team": "edge"},
                "block_device_mappings": [{"device_name": "/dev/xvda",
                    "ebs": [{"volume_size": 30, "volume_type": "gp3", "encrypted": "true"}]}],
                "iam_instance_profile": [{"name": "node"}],
                "instance_market_options": [{"market_type": "spot", "spot_options":
                    [{"max_price": "0.4", "valid_until": "2030-01-01T00:00:00Z"}]}],
                "metadata_options": [{"http_tokens": "required", "http_put_response_hop_limit": 2}],
                "network_interfaces": [{"associate_public_ip_address": "false",
                    "private_ip_address": "10.0.0.5", "ipv4_addresses": ["10.0.0.5", "10.0.0.6"],
                    "security_groups": ["sg-2"]}],
                "tag_specifications": [{"resource_type": "instance", "tags": {"Name": "web"}}]
            }"#,
        );

        let id = LaunchTemplate::create(&aws, &want, "token").await.unwrap();

        assert_eq!(id, "lt-1");
        aws.sent(expect![[r#"
            CreateLaunchTemplate
                ClientToken=094de9d8-5b56-5c33-8965-e758b0aef552
                LaunchTemplateData.BlockDeviceMapping.1.DeviceName=/dev/xvda
                LaunchTemplateData.BlockDeviceMapping.1.Ebs.Encrypted=true
                LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeSize=30
                LaunchTemplateData.BlockDeviceMapping.1.Ebs.VolumeType=gp3
                LaunchTemplateData.EbsOptimized=true
                LaunchTemplateData.IamInstanceProfile.Name=node
                LaunchTemplateData.ImageId=ami-1
                LaunchTemplateData.InstanceMarketOptions.MarketType=spot
                LaunchTemplateData.InstanceMarketOptions.SpotOptions.MaxPrice=0.4
                LaunchTemplateData.InstanceMarketOptions.SpotOptions.ValidUntil=2030-01-01T00:00:00Z
                LaunchTemplateData.InstanceType=m5.large
                LaunchTemplateData.MetadataOptions.HttpPutResponseHopLimit=2
                LaunchTemplateData.MetadataOptions.HttpTokens=required
                LaunchTemplateData.NetworkInterface.1.AssociatePublicIpAddress=false
                LaunchTemplateData.NetworkInterface.1.DeviceIndex=0
                LaunchTemplateData.NetworkInterface.1.PrivateIpAddresses.1.Primary=true
                LaunchTemplateData.NetworkInterface.1.PrivateIpAddresses.1.PrivateIpAddress=10.0.0.5
                LaunchTemplateData.NetworkInterface.1.PrivateIpAddresses.2.Primary=false
                LaunchTemplateData.NetworkInterface.1.PrivateIpAddresses.2.PrivateIpAddress=10.0.0.6
                LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1=sg-2
                LaunchTemplateData.SecurityGroupId.1=sg-1
                LaunchTemplateData.TagSpecification.1.ResourceType=instance
                LaunchTemplateData.TagSpecification.1.Tag.1.Key=Name
                LaunchTemplateData.TagSpecification.1.Tag.1.Value=web
                LaunchTemplateData.UserData=IyEvYmluL3No
                LaunchTemplateName=web-771895264969373092df153963
                TagSpecification.1.ResourceType=launch-template
                TagSpecification.1.Tag.1.Key=team
                TagSpecification.1.Tag.1.Value=edge
        "#]]);
    }
}
