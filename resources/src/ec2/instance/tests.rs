//! What AWS is sent about instances.

use expect_test::expect;
use model::{Kind, Phase, from_typed_json};

use super::*;
use crate::testing::{Answer, Script, ec2, refusal, want};

fn machine(more: &str) -> Instance {
    want(&format!(
        r#"{{"ami": "ami-1", "instance_type": "t3.micro", "subnet_id": "subnet-1" {more}}}"#
    ))
}

fn described(state: &str, more: &str) -> Answer {
    ec2(
        "DescribeInstances",
        &format!(
            "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
             <instanceType>t3.micro</instanceType><instanceState><name>{state}</name>
             </instanceState>{more}</item></instancesSet></item></reservationSet>"
        ),
    )
}

fn object(json: serde_json::Value) -> Map {
    let mut json = json.as_object().unwrap().clone();
    model::complete(Instance::SCHEMA.attributes, &mut json);
    let value = from_typed_json(&json.into(), &Instance::SCHEMA.ty()).unwrap();
    value.entries().unwrap().clone()
}

const STARTED: &str = "<instancesSet><item><instanceId>i-1</instanceId></item></instancesSet>";

#[tokio::test]
async fn everything_goes_over_the_wire() {
    let image = "<imagesSet><item><rootDeviceName>/dev/xvda</rootDeviceName></item></imagesSet>";
    let aws = Script::new([ec2("DescribeImages", image), ec2("RunInstances", STARTED)]);
    let want = machine(
        r##", "availability_zone": "eu-west-1a", "monitoring": true, "key_name": "me",
        "iam_instance_profile": "node", "user_data": "#!/bin/sh", "disable_api_termination": true,
        "vpc_security_group_ids": ["sg-1"], "tags": {"team": "edge"}, "volume_tags": {"cost": "1"},
        "metadata_options": [{"http_endpoint": "enabled", "http_tokens": "required"}],
        "credit_specification": [{"cpu_credits": "standard"}],
        "root_block_device": [{"volume_size": 30, "encrypted": true, "delete_on_termination": true}],
        "ebs_block_device": [{"device_name": "/dev/sdb", "volume_type": "gp3", "iops": 4000}],
        "ephemeral_block_device": [{"device_name": "/dev/sdc", "virtual_name": "ephemeral0"}],
        "launch_template": [{"id": "lt-1", "version": "$Default"}]"##,
    );

    assert_eq!(Instance::create(&aws, &want, "token").await.unwrap(), "i-1");

    aws.sent(expect![[r#"
        DescribeImages
            ImageId.1=ami-1
        RunInstances
            BlockDeviceMapping.1.DeviceName=/dev/sdb
            BlockDeviceMapping.1.Ebs.DeleteOnTermination=true
            BlockDeviceMapping.1.Ebs.Iops=4000
            BlockDeviceMapping.1.Ebs.VolumeType=gp3
            BlockDeviceMapping.2.DeviceName=/dev/sdc
            BlockDeviceMapping.2.VirtualName=ephemeral0
            BlockDeviceMapping.3.DeviceName=/dev/xvda
            BlockDeviceMapping.3.Ebs.DeleteOnTermination=true
            BlockDeviceMapping.3.Ebs.Encrypted=true
            BlockDeviceMapping.3.Ebs.VolumeSize=30
            ClientToken=094de9d8-5b56-5c33-8965-e758b0aef552
            CreditSpecification.CpuCredits=standard
            DisableApiTermination=true
            IamInstanceProfile.Name=node
            ImageId=ami-1
            InstanceType=t3.micro
            KeyName=me
            LaunchTemplate.LaunchTemplateId=lt-1
            LaunchTemplate.Version=$Default
            MaxCount=1
            MetadataOptions.HttpEndpoint=enabled
            MetadataOptions.HttpProtocolIpv6=disabled
            MetadataOptions.HttpTokens=required
            MinCount=1
            Monitoring.Enabled=true
            Placement.AvailabilityZone=eu-west-1a
            SecurityGroupId.1=sg-1
            SubnetId=subnet-1
            TagSpecification.1.ResourceType=instance
            TagSpecification.1.Tag.1.Key=team
            TagSpecification.1.Tag.1.Value=edge
            TagSpecification.2.ResourceType=volume
            TagSpecification.2.Tag.1.Key=cost
            TagSpecification.2.Tag.1.Value=1
            UserData=IyEvYmluL3No
    "#]]);
}

#[tokio::test]
async fn a_public_address_is_asked_for_on_the_network_interface() {
    let aws = Script::new([ec2("RunInstances", STARTED)]);
    let want =
        machine(r#", "associate_public_ip_address": true, "vpc_security_group_ids": ["sg-1"]"#);

    Instance::create(&aws, &want, "token").await.unwrap();

    aws.sent(expect![[r#"
        RunInstances
            ClientToken=094de9d8-5b56-5c33-8965-e758b0aef552
            ImageId=ami-1
            InstanceType=t3.micro
            MaxCount=1
            MinCount=1
            NetworkInterface.1.AssociatePublicIpAddress=true
            NetworkInterface.1.DeleteOnTermination=true
            NetworkInterface.1.DeviceIndex=0
            NetworkInterface.1.SecurityGroupId.1=sg-1
            NetworkInterface.1.SubnetId=subnet-1
    "#]]);
}

#[tokio::test]
async fn a_new_type_stops_changes_and_starts_the_machine() {
    let aws = Script::new([
        described("running", ""),
        ec2("StopInstances", ""),
        described("stopping", ""),
        described("stopped", ""),
        ec2("ModifyInstanceAttribute", ""),
        ec2("StartInstances", ""),
    ]);
    let have = machine("");
    let want = Instance { instance_type: Auto(Some("t3.small".to_owned())), ..have.clone() };

    let first = Instance::update(&aws, "i-1", &have, &want).await.unwrap_err();
    let second = Instance::update(&aws, "i-1", &have, &want).await.unwrap_err();
    Instance::update(&aws, "i-1", &have, &want).await.unwrap();

    assert_eq!((first.kind, second.kind), (FaultKind::Busy, FaultKind::Busy));
    aws.sent(expect![[r#"
        DescribeInstances
            InstanceId.1=i-1
        StopInstances
            InstanceId.1=i-1
        DescribeInstances
            InstanceId.1=i-1
        DescribeInstances
            InstanceId.1=i-1
        ModifyInstanceAttribute
            InstanceId=i-1
            InstanceType.Value=t3.small
        StartInstances
            InstanceId.1=i-1
    "#]]);
}

#[tokio::test]
async fn one_that_does_not_start_says_why() {
    let reason = "<stateReason><message>no capacity</message></stateReason>";
    let aws = Script::new([
        ec2("RunInstances", STARTED),
        described("terminated", reason),
        ec2("TerminateInstances", ""),
        described("terminated", reason),
    ]);
    let want = machine("");
    let ids = [Instance::create(&aws, &want, "token").await.unwrap()];

    let failed = Instance::read(&aws, &ids).await.unwrap();
    Instance::delete(&aws, "i-1", &want).await.unwrap();
    let gone = Instance::read(&aws, &ids).await.unwrap();

    assert_eq!(failed[0].phase, Phase::failed("it did not start: no capacity"));
    assert_eq!(gone, []);
}

#[tokio::test]
async fn a_spot_request_starts_no_other_machine_in_its_place() {
    let aws = Script::new([ec2("CancelSpotInstanceRequests", ""), ec2("TerminateInstances", "")]);
    let have = machine(r#", "spot_instance_request_id": "sir-1""#);

    Instance::delete(&aws, "i-1", &have).await.unwrap();

    aws.sent(expect![[r#"
        CancelSpotInstanceRequests
            SpotInstanceRequestId.1=sir-1
        TerminateInstances
            InstanceId.1=i-1
    "#]]);
}

#[tokio::test]
async fn a_profile_of_a_moment_ago_is_waited_for() {
    let message = "Value (node) for parameter iamInstanceProfile.name is invalid. \
                   Invalid IAM Instance Profile name";
    let aws = Script::new([refusal("InvalidParameterValue", message)]);
    let fault = Instance::create(&aws, &machine(""), "token").await.unwrap_err();
    assert_eq!(Instance::classify(Op::Create, &fault), Some(FaultKind::NotYet));
}

#[tokio::test]
async fn a_root_volume_grows_and_another_volume_gets_its_tags() {
    let aws = Script::new([ec2("ModifyVolume", ""), ec2("CreateTags", "")]);
    let sized = |size: u32, tag: &str| {
        machine(&format!(
            r#", "root_block_device": [{{"volume_id": "vol-1", "volume_size": {size},
                "volume_type": "gp3"}}],
                "ebs_block_device": [{{"device_name": "/dev/sdb", "volume_id": "vol-2",
                "tags": {{"use": "{tag}"}}}}]"#
        ))
    };

    Instance::update(&aws, "i-1", &sized(8, "a"), &sized(30, "b")).await.unwrap();

    aws.sent(expect![[r#"
        ModifyVolume
            Size=30
            VolumeId=vol-1
            VolumeType=gp3
        CreateTags
            ResourceId.1=vol-2
            Tag.1.Key=use
            Tag.1.Value=b
    "#]]);
    assert!(aws.watched("vol-1").is_some());
}

#[test]
fn other_user_data_makes_another_machine_only_if_that_is_said() {
    let aws = Script::agreeable();
    for replace in [true, false] {
        let prior =
            object(serde_json::json!({"id": "i-1", "user_data": UserData("a".into()).hash()}));
        let mut planned = object(serde_json::json!({
            "id": "i-1", "user_data": "b", "user_data_replace_on_change": replace,
        }));
        Instance::adjust(&aws, Some(&prior), &mut planned);
        assert_eq!(!planned["id"].is_known(), replace);
        assert_eq!(!planned["public_ip"].is_known(), !replace);
    }
}

#[test]
fn what_a_new_machine_is_told_is_said_in_one_way() {
    let aws = Script::agreeable();
    let unknown = || model::Value::unknown(Type::String);
    let mut planned = object(serde_json::json!({"user_data": "a"}));
    planned.insert("user_data_base64".into(), unknown());
    Instance::adjust(&aws, None, &mut planned);
    assert_eq!(planned["user_data"].as_str(), Some("a"));
    assert!(planned["user_data_base64"].is_null());

    let mut planned = object(serde_json::json!({"user_data_base64": "YQ=="}));
    planned.insert("user_data".into(), unknown());
    Instance::adjust(&aws, None, &mut planned);
    let hash = UserData("a".into()).hash();
    assert_eq!(planned["user_data"].as_str(), Some(hash.as_str()));
}

#[test]
fn tags_of_volumes_make_no_other_machine() {
    let volume = |size: u32, tag: &str| {
        object(serde_json::json!({"id": "i-1", "ebs_block_device":
            [{"device_name": "/dev/sdb", "volume_size": size, "tags": {"use": tag}}]}))
    };
    // What is left open is not known of a volume that differs in anything.
    let open = |it: Map| {
        let Kind::Set(ty, items) = &it["ebs_block_device"].kind else { unreachable!() };
        let mut entries = items[0].entries().unwrap().clone();
        entries.insert("kms_key_id".into(), model::Value::unknown(Type::String));
        let volumes = model::Value::set(ty.clone(), vec![model::Value::object(entries)]);
        [it, Map::from([("ebs_block_device".into(), volumes)])].into_iter().flatten().collect()
    };
    let aws = Script::agreeable();
    for (size, replaced) in [(8, false), (9, true)] {
        let mut planned: Map = open(volume(size, "b"));
        Instance::adjust(&aws, Some(&volume(8, "a")), &mut planned);
        assert_eq!(!planned["id"].is_known(), replaced);
    }
}

#[test]
fn tags_of_all_volumes_are_those_of_the_root_volume_that_has_none_of_its_own() {
    let aws = Script::agreeable();
    let root = |tags: serde_json::Value, all: &str| {
        object(serde_json::json!({"root_block_device": [{"volume_size": 8, "tags": tags}],
            "volume_tags": {"cost": all}}))
    };
    let prior = root(serde_json::json!({"cost": "1", "backup": "yes"}), "1");
    let mut planned = root(serde_json::Value::Null, "2");
    Instance::adjust(&aws, Some(&prior), &mut planned);
    let tags = planned["root_block_device"].items().unwrap()[0].get("tags").unwrap();
    assert_eq!(model::to_json(tags).to_string(), r#"{"backup":"yes","cost":"2"}"#);
}
