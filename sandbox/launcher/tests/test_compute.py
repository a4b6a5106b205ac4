"""EC2 instances, launch templates, Spot fleets and Auto Scaling groups."""

import base64

from case import Case, client

autoscaling, ec2, ecs, iam = client("autoscaling"), client("ec2"), client("ecs"), client("iam")
IMAGE = "ami-1e749f67"


class Instances(Case):
    def run_one(self, **more):
        made = ec2.run_instances(ImageId=IMAGE, InstanceType="t3.micro", MinCount=1, MaxCount=1, **more)
        return made["Instances"][0]["InstanceId"]

    def shown(self, id):
        return ec2.describe_instances(InstanceIds=[id])["Reservations"][0]["Instances"][0]

    def test_the_same_token_gives_the_same_instance(self):
        id = self.run_one(ClientToken="one")
        self.assertEqual(self.run_one(ClientToken="one"), id)
        self.assertNotEqual(self.run_one(ClientToken="two"), id)
        filters = [{"Name": "client-token", "Values": ["one"]}]
        found = ec2.describe_instances(Filters=filters)["Reservations"]
        self.assertEqual([it["InstanceId"] for r in found for it in r["Instances"]], [id])

    def test_options_are_kept_and_changed(self):
        id = self.run_one(
            ClientToken="options",
            CreditSpecification={"CpuCredits": "standard"},
            DisableApiTermination=True,
            MaintenanceOptions={"AutoRecovery": "disabled"},
        )
        self.assertEqual(self.shown(id)["MaintenanceOptions"]["AutoRecovery"], "disabled")
        ec2.modify_instance_maintenance_options(InstanceId=id, AutoRecovery="default")
        self.assertEqual(self.shown(id)["MaintenanceOptions"]["AutoRecovery"], "default")
        filters = [{"Name": "instance-id", "Values": [id]}]
        credits = ec2.describe_instance_credit_specifications(Filters=filters)
        self.assertEqual(credits["InstanceCreditSpecifications"], [{"InstanceId": id, "CpuCredits": "standard"}])
        groups = self.shown(id)["SecurityGroups"]
        ec2.modify_instance_attribute(InstanceId=id, InstanceInitiatedShutdownBehavior={"Value": "terminate"})
        self.assertEqual(self.shown(id)["SecurityGroups"], groups)
        ec2.monitor_instances(InstanceIds=[id])
        self.assertEqual(self.shown(id)["Monitoring"]["State"], "enabled")

    def test_user_data_can_be_changed(self):
        id = self.run_one(ClientToken="data", UserData="#!/bin/sh")
        ec2.modify_instance_attribute(InstanceId=id, UserData={"Value": b"#!/bin/bash"})
        shown = ec2.describe_instance_attribute(InstanceId=id, Attribute="userData")["UserData"]["Value"]
        self.assertEqual(base64.b64decode(shown), b"#!/bin/bash")

    def test_a_profile_can_be_exchanged(self):
        arns = [
            iam.create_instance_profile(InstanceProfileName=it)["InstanceProfile"]["Arn"] for it in ("a", "b")
        ]
        id = self.run_one(ClientToken="profile", IamInstanceProfile={"Name": "a"})
        self.assertEqual(self.shown(id)["IamInstanceProfile"]["Arn"], arns[0])
        found = ec2.describe_iam_instance_profile_associations()["IamInstanceProfileAssociations"][0]
        ec2.replace_iam_instance_profile_association(
            AssociationId=found["AssociationId"], IamInstanceProfile={"Name": "b"}
        )
        self.assertEqual(self.shown(id)["IamInstanceProfile"]["Arn"], arns[1])

    def test_a_terminated_instance_gives_back_its_address(self):
        subnet = ec2.describe_subnets()["Subnets"][0]
        address = subnet["CidrBlock"].rsplit(".", 1)[0] + ".77"
        where = {"SubnetId": subnet["SubnetId"], "PrivateIpAddress": address}
        id = self.run_one(ClientToken="first", **where)
        ec2.terminate_instances(InstanceIds=[id])
        again = self.run_one(ClientToken="second", **where)
        self.assertEqual(self.shown(again)["PrivateIpAddress"], address)

    def test_there_is_a_root_volume_whatever_else_is_asked_for(self):
        mapping = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "VolumeType": "gp3"}}
        id = self.run_one(ClientToken="root", BlockDeviceMappings=[mapping])
        devices = {it["DeviceName"]: it["Ebs"] for it in self.shown(id)["BlockDeviceMappings"]}
        self.assertEqual(set(devices), {"/dev/sda1", "/dev/sdf"})
        volume = ec2.describe_volumes(VolumeIds=[devices["/dev/sdf"]["VolumeId"]])["Volumes"][0]
        self.has(volume, Size=10, Iops=3000, Throughput=125)

    def test_a_template_does_not_tag_what_it_starts_with_its_own_tags(self):
        own = [{"ResourceType": "launch-template", "Tags": [{"Key": "team", "Value": "edge"}]}]
        made = ec2.create_launch_template(
            LaunchTemplateName="one", LaunchTemplateData={"ImageId": IMAGE}, TagSpecifications=own
        )["LaunchTemplate"]
        self.assertEqual(made["Tags"], own[0]["Tags"])
        ec2.create_tags(Resources=[made["LaunchTemplateId"]], Tags=[{"Key": "team", "Value": "core"}])
        shown = ec2.describe_launch_templates(LaunchTemplateNames=["one"])["LaunchTemplates"][0]
        self.assertEqual(shown["Tags"], [{"Key": "team", "Value": "core"}])
        version = ec2.describe_launch_template_versions(LaunchTemplateId=made["LaunchTemplateId"])
        data = version["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        self.assertEqual((data.get("TagSpecifications", []), data.get("UserData")), ([], None))

    def test_a_fleet_shows_all_that_was_asked_for(self):
        config = {
            "ClientToken": "fleet",
            "IamFleetRole": "arn:aws:iam::123456789012:role/fleet",
            "AllocationStrategy": "lowestPrice",
            "TargetCapacity": 1,
            "ValidUntil": "2040-01-01T00:00:00Z",
            "LaunchSpecifications": [{"ImageId": IMAGE, "InstanceType": "m5.large"}],
        }
        id = ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"]
        self.assertEqual(ec2.request_spot_fleet(SpotFleetRequestConfig=config)["SpotFleetRequestId"], id)
        ec2.create_tags(Resources=[id], Tags=[{"Key": "team", "Value": "edge"}])
        ec2.modify_spot_fleet_request(SpotFleetRequestId=id, TargetCapacity=2)
        fleet = ec2.describe_spot_fleet_requests(SpotFleetRequestIds=[id])["SpotFleetRequestConfigs"][0]
        self.has(fleet, ActivityStatus="fulfilled", Tags=[{"Key": "team", "Value": "edge"}])
        self.assertEqual(fleet["SpotFleetRequestConfig"]["TargetCapacity"], 2)
        self.assertEqual(fleet["SpotFleetRequestConfig"]["ValidUntil"].year, 2040)
        ec2.cancel_spot_fleet_requests(SpotFleetRequestIds=[id], TerminateInstances=True)
        self.refused(
            "InvalidSpotFleetRequestId.NotFound", ec2.describe_spot_fleet_requests, SpotFleetRequestIds=[id]
        )


class Groups(Case):
    def group(self, **more):
        ec2.create_launch_template(LaunchTemplateName="node", LaunchTemplateData={"ImageId": IMAGE})
        start = {"LaunchTemplate": {"LaunchTemplateName": "node", "Version": "1"}} | more
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="web", MinSize=0, MaxSize=2, AvailabilityZones=["us-east-1a"], **start
        )

    def shown(self):
        return autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]

    def test_settings_are_kept_and_taken_away(self):
        policy = {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120}
        self.group(DefaultInstanceWarmup=30, MaxInstanceLifetime=86400, InstanceMaintenancePolicy=policy)
        self.has(
            self.shown(), DefaultInstanceWarmup=30, MaxInstanceLifetime=86400, InstanceMaintenancePolicy=policy
        )
        autoscaling.update_auto_scaling_group(
            AutoScalingGroupName="web",
            DefaultCooldown=60,
            DefaultInstanceWarmup=-1,
            MaxInstanceLifetime=0,
            InstanceMaintenancePolicy={"MinHealthyPercentage": -1, "MaxHealthyPercentage": -1},
        )
        group = self.shown()
        self.assertEqual(group["DefaultCooldown"], 60)
        for name in ("DefaultInstanceWarmup", "MaxInstanceLifetime", "InstanceMaintenancePolicy"):
            self.assertNotIn(name, group)

    def test_a_policy_outlives_other_changes(self):
        template = {"LaunchTemplateSpecification": {"LaunchTemplateName": "node"}}
        policy = {"LaunchTemplate": template | {"Overrides": [{"InstanceType": "m5.large"}]}}
        ec2.create_launch_template(LaunchTemplateName="node", LaunchTemplateData={"ImageId": IMAGE})
        autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="web",
            MinSize=0,
            MaxSize=2,
            AvailabilityZones=["us-east-1a"],
            MixedInstancesPolicy=policy,
        )
        autoscaling.update_auto_scaling_group(AutoScalingGroupName="web", MaxSize=3)
        group = self.shown()
        self.assertEqual(group["MaxSize"], 3)
        self.assertEqual(len(group["MixedInstancesPolicy"]["LaunchTemplate"]["Overrides"]), 1)
        self.assertNotIn("LaunchTemplate", group)

    def test_metrics_and_refreshes(self):
        self.group()
        name = {"AutoScalingGroupName": "web"}
        autoscaling.enable_metrics_collection(Metrics=["GroupMinSize"], Granularity="1Minute", **name)
        autoscaling.enable_metrics_collection(Metrics=["GroupMaxSize"], Granularity="1Minute", **name)
        autoscaling.disable_metrics_collection(Metrics=["GroupMinSize"], **name)
        self.assertEqual([it["Metric"] for it in self.shown()["EnabledMetrics"]], ["GroupMaxSize"])
        self.assertIn("InstanceRefreshId", autoscaling.start_instance_refresh(**name))
        self.refused("ActiveInstanceRefreshNotFound", autoscaling.cancel_instance_refresh, **name)

    def test_ecs_tags_a_group_that_it_scales(self):
        self.group()
        details = {"autoScalingGroupArn": self.shown()["AutoScalingGroupARN"]}
        ecs.create_capacity_provider(
            name="web", autoScalingGroupProvider=details | {"managedScaling": {"status": "ENABLED"}}
        )
        self.assertEqual([it["Key"] for it in self.shown()["Tags"]], ["AmazonECSManaged"])
