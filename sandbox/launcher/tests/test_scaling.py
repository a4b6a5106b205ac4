"""Application Auto Scaling, EC2 Auto Scaling, CloudFront, Secrets Manager and Cloud Map."""

from case import Case, client
from stacks import definition

scaling, autoscaling = client("application-autoscaling"), client("autoscaling")
SERVICE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/c/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


class Targets(Case):
    def setUp(self):
        super().setUp()
        ecs = client("ecs")
        ecs.create_cluster(clusterName="c")
        definition(networkMode="bridge", requiresCompatibilities=["EC2"])
        ecs.create_service(cluster="c", serviceName="web", taskDefinition="web", desiredCount=0)

    def tracking(self, metric="ECSServiceAverageCPUUtilization"):
        return {
            "PolicyName": metric,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 50.0,
                "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
                "ScaleInCooldown": 60,
            },
        } | SERVICE

    def test_a_target_its_tags_and_its_policies(self):
        self.refused("ObjectNotFoundException", scaling.put_scaling_policy, **self.tracking())
        made = scaling.register_scalable_target(MinCapacity=1, MaxCapacity=3, Tags={"a": "b"}, **SERVICE)
        arn = made["ScalableTargetARN"]
        self.assertEqual(scaling.list_tags_for_resource(ResourceARN=arn)["Tags"], {"a": "b"})
        scaling.tag_resource(ResourceARN=arn, Tags={"c": "d"})
        scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
        self.assertEqual(scaling.list_tags_for_resource(ResourceARN=arn)["Tags"], {"c": "d"})
        self.refused("ResourceNotFoundException", scaling.list_tags_for_resource, ResourceARN=arn + "x")
        scaling.register_scalable_target(MaxCapacity=5, **SERVICE)
        target = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
        self.has(target, MinCapacity=1, MaxCapacity=5, ScalableTargetARN=arn)
        self.assertIn("AWSServiceRoleForApplicationAutoScaling_ECSService", target["RoleARN"])
        self.assertEqual(set(target["SuspendedState"].values()), {False})

        first = scaling.put_scaling_policy(**self.tracking())
        self.assertEqual(scaling.put_scaling_policy(**self.tracking())["PolicyARN"], first["PolicyARN"])
        self.assertEqual(len(client("cloudwatch").describe_alarms()["MetricAlarms"]), 2)
        scaling.put_scaling_policy(**self.tracking("ECSServiceAverageMemoryUtilization"))
        found = scaling.describe_scaling_policies(
            ServiceNamespace="ecs", PolicyNames=["ECSServiceAverageCPUUtilization"]
        )["ScalingPolicies"]
        self.assertEqual(len(found), 1)
        written = self.tracking()["TargetTrackingScalingPolicyConfiguration"]
        self.assertEqual(
            found[0]["TargetTrackingScalingPolicyConfiguration"], written | {"DisableScaleIn": False}
        )
        scaling.deregister_scalable_target(**SERVICE)
        left = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        self.assertEqual(left, [])
        self.refused("ObjectNotFoundException", scaling.deregister_scalable_target, **SERVICE)

    def test_targets_are_paged(self):
        for n in range(5):
            client("ecs").create_service(
                cluster="c", serviceName=f"s{n}", taskDefinition="web", desiredCount=0
            )
            one = SERVICE | {"ResourceId": f"service/c/s{n}"}
            scaling.register_scalable_target(MinCapacity=1, MaxCapacity=3, **one)
        seen, more = [], {}
        while True:
            page = scaling.describe_scalable_targets(ServiceNamespace="ecs", MaxResults=2, **more)
            seen += [it["ResourceId"] for it in page["ScalableTargets"]]
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        self.assertEqual(sorted(seen), [f"service/c/s{n}" for n in range(5)])


class Groups(Case):
    def test_a_group_with_instances_and_its_launch_configuration_are_not_deleted(self):
        ec2 = client("ec2")
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        launch = {"LaunchConfigurationName": "l"}
        autoscaling.create_launch_configuration(ImageId=image, InstanceType="t3.micro", **launch)
        again = launch | {"ImageId": image, "InstanceType": "t3.micro"}
        self.refused("AlreadyExists", autoscaling.create_launch_configuration, **again)
        group = {"AutoScalingGroupName": "g"}
        full = group | launch | {"MinSize": 1, "MaxSize": 2, "VPCZoneIdentifier": subnet}
        autoscaling.create_auto_scaling_group(**full)
        self.refused("AlreadyExists", autoscaling.create_auto_scaling_group, **full)
        self.refused("ResourceInUse", autoscaling.delete_launch_configuration, **launch)
        self.refused("ResourceInUse", autoscaling.delete_auto_scaling_group, **group)
        autoscaling.update_auto_scaling_group(MinSize=0, MaxSize=0, DesiredCapacity=0, **group)
        autoscaling.delete_auto_scaling_group(**group)
        autoscaling.delete_launch_configuration(**launch)
        self.refused("ValidationError", autoscaling.delete_launch_configuration, **launch)
        self.assertEqual(ec2.describe_network_interfaces()["NetworkInterfaces"], [])


class Distributions(Case):
    def test_a_distribution_is_deleted_when_disabled_and_by_its_latest_etag(self):
        cloudfront = client("cloudfront")
        config = {
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "o",
                        "DomainName": "b.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "allow-all",
                "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
                "MinTTL": 0,
            },
        }
        made = cloudfront.create_distribution(DistributionConfig=config)
        id, etag = made["Distribution"]["Id"], made["ETag"]
        self.refused("DistributionNotDisabled", cloudfront.delete_distribution, Id=id, IfMatch=etag)
        change = {"Id": id, "DistributionConfig": config | {"Enabled": False}}
        self.refused("PreconditionFailed", cloudfront.update_distribution, IfMatch="X", **change)
        latest = cloudfront.update_distribution(IfMatch=etag, **change)["ETag"]
        self.assertNotEqual(latest, etag)
        self.refused("PreconditionFailed", cloudfront.delete_distribution, Id=id, IfMatch=etag)
        status = lambda: cloudfront.get_distribution(Id=id)["Distribution"]["Status"]
        self.becomes("Deployed", status)
        cloudfront.delete_distribution(Id=id, IfMatch=latest)


class Names(Case):
    def test_a_deleted_secret_keeps_its_name_until_it_is_gone(self):
        secrets = client("secretsmanager")
        secrets.create_secret(Name="s", SecretString="x")
        secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
        self.refused("InvalidRequestException", secrets.create_secret, Name="s", SecretString="x")
        secrets.restore_secret(SecretId="s")
        secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
        secrets.create_secret(Name="s", SecretString="x")

    def test_a_namespace_with_services_is_not_deleted(self):
        discovery = client("servicediscovery")
        discovery.create_http_namespace(Name="n")
        namespace = discovery.list_namespaces()["Namespaces"][0]["Id"]
        service = discovery.create_service(Name="s", NamespaceId=namespace)["Service"]["Id"]
        self.refused("ResourceInUse", discovery.delete_namespace, Id=namespace)
        discovery.delete_service(Id=service)
        discovery.delete_namespace(Id=namespace)
