"""CloudFront, EFS and the aspects of buckets."""

from case import Case, client
from stacks import Network

cloudfront, efs, s3 = client("cloudfront"), client("efs"), client("s3")

CONFIG = {
    "CallerReference": "one",
    "Comment": "web",
    "Enabled": True,
    "Origins": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "files",
                "DomainName": "web.s3.amazonaws.com",
                "S3OriginConfig": {"OriginAccessIdentity": ""},
                "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "x-a", "HeaderValue": "1"}]},
            }
        ],
    },
    "DefaultCacheBehavior": {
        "TargetOriginId": "files",
        "ViewerProtocolPolicy": "allow-all",
        "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        "FunctionAssociations": {
            "Quantity": 1,
            "Items": [{"EventType": "viewer-request", "FunctionARN": "arn:aws:cloudfront::1:function/f"}],
        },
    },
}


def without(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


class Distributions(Case):
    def make(self, **more):
        config = {**CONFIG, **more}
        made = cloudfront.create_distribution(DistributionConfig=config)
        return made["Distribution"]["Id"]

    def test_a_configuration_comes_back_as_it_was_sent(self):
        id = self.make()
        config = cloudfront.get_distribution_config(Id=id)["DistributionConfig"]
        behavior, origin = config["DefaultCacheBehavior"], config["Origins"]["Items"][0]
        self.assertEqual(behavior["FunctionAssociations"], CONFIG["DefaultCacheBehavior"]["FunctionAssociations"])
        self.assertNotIn("MinTTL", behavior)
        self.has(origin, ConnectionAttempts=3, OriginShield={"Enabled": False})
        self.assertEqual(origin["CustomHeaders"]["Items"], [{"HeaderName": "x-a", "HeaderValue": "1"}])
        self.has(config["ViewerCertificate"], CloudFrontDefaultCertificate=True, MinimumProtocolVersion="TLSv1")

    def test_it_is_disabled_before_it_is_deleted(self):
        id = self.make()
        self.becomes("Deployed", lambda: cloudfront.get_distribution(Id=id)["Distribution"]["Status"])
        read = cloudfront.get_distribution_config(Id=id)
        self.refused("DistributionNotDisabled", cloudfront.delete_distribution, Id=id, IfMatch=read["ETag"])
        self.refused("PreconditionFailed", cloudfront.delete_distribution, Id=id, IfMatch="other")
        config = {**read["DistributionConfig"], "Enabled": False}
        done = cloudfront.update_distribution(Id=id, IfMatch=read["ETag"], DistributionConfig=config)
        self.assertEqual(done["Distribution"]["Status"], "InProgress")
        self.becomes("Deployed", lambda: cloudfront.get_distribution(Id=id)["Distribution"]["Status"])
        cloudfront.delete_distribution(Id=id, IfMatch=done["ETag"])
        self.refused("NoSuchDistribution", cloudfront.get_distribution, Id=id)

    def test_an_access_control_is_unique_and_kept_while_it_is_used(self):
        config = {
            "Name": "oac",
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
        made = cloudfront.create_origin_access_control(OriginAccessControlConfig=config)
        id, etag = made["OriginAccessControl"]["Id"], made["ETag"]
        again = cloudfront.create_origin_access_control
        self.refused("OriginAccessControlAlreadyExists", again, OriginAccessControlConfig=config)
        items = [{**CONFIG["Origins"]["Items"][0], "OriginAccessControlId": id}]
        self.make(Origins={"Quantity": 1, "Items": items})
        delete = cloudfront.delete_origin_access_control
        self.refused("PreconditionFailed", delete, Id=id, IfMatch="other")
        self.refused("OriginAccessControlInUse", delete, Id=id, IfMatch=etag)

    def test_the_same_reference_gives_the_same_identity(self):
        config = {"CallerReference": "one", "Comment": "a"}
        create = cloudfront.create_cloud_front_origin_access_identity
        made = create(CloudFrontOriginAccessIdentityConfig=config)
        again = create(CloudFrontOriginAccessIdentityConfig=config)
        self.assertEqual(without(made), without(again))
        id = made["CloudFrontOriginAccessIdentity"]["Id"]
        changed = cloudfront.update_cloud_front_origin_access_identity(
            Id=id, IfMatch=made["ETag"], CloudFrontOriginAccessIdentityConfig={**config, "Comment": "b"}
        )
        self.assertNotEqual(changed["ETag"], made["ETag"])
        cloudfront.delete_cloud_front_origin_access_identity(Id=id, IfMatch=changed["ETag"])
        get = cloudfront.get_cloud_front_origin_access_identity
        self.refused("NoSuchCloudFrontOriginAccessIdentity", get, Id=id)

    def test_every_account_has_policies_of_aws(self):
        listed = cloudfront.list_cache_policies()["CachePolicyList"]["Items"]
        found = [it["CachePolicy"] for it in listed]
        [it] = [it for it in found if it["CachePolicyConfig"]["Name"] == "Managed-CachingOptimized"]
        got = cloudfront.get_cache_policy(Id=it["Id"])
        self.assertEqual(got["CachePolicy"], it)
        self.assertTrue(got["ETag"])
        listed = cloudfront.list_origin_request_policies()["OriginRequestPolicyList"]["Items"]
        self.assertEqual(len(listed), 3)


class FileSystems(Case):
    def test_a_file_system_is_changed(self):
        id = efs.create_file_system(CreationToken="one", Encrypted=True)["FileSystemId"]
        efs.update_file_system(FileSystemId=id, ThroughputMode="provisioned", ProvisionedThroughputInMibps=2)
        efs.update_file_system_protection(FileSystemId=id, ReplicationOverwriteProtection="DISABLED")
        [it] = efs.describe_file_systems(FileSystemId=id)["FileSystems"]
        self.has(it, ThroughputMode="provisioned", ProvisionedThroughputInMibps=2)
        self.assertEqual(it["FileSystemProtection"], {"ReplicationOverwriteProtection": "DISABLED"})
        self.assertIn(":key/", it["KmsKeyId"])
        both = [{"TransitionToIA": "AFTER_7_DAYS", "TransitionToArchive": "AFTER_90_DAYS"}]
        self.refused("BadRequest", efs.put_lifecycle_configuration, FileSystemId=id, LifecyclePolicies=both)

    def test_a_mount_target_has_a_group(self):
        network = Network()
        id = efs.create_file_system(CreationToken="one")["FileSystemId"]
        made = efs.create_mount_target(FileSystemId=id, SubnetId=network.subnets[0])
        groups = efs.describe_mount_target_security_groups(MountTargetId=made["MountTargetId"])
        self.assertEqual(len(groups["SecurityGroups"]), 1)
        self.refused("FileSystemInUse", efs.delete_file_system, FileSystemId=id)

    def test_a_token_makes_one_access_point(self):
        id = efs.create_file_system(CreationToken="one")["FileSystemId"]
        made = efs.create_access_point(ClientToken="one", FileSystemId=id)
        again = efs.create_access_point
        self.refused("AccessPointAlreadyExists", again, ClientToken="one", FileSystemId=id)
        point = made["AccessPointId"]
        efs.delete_access_point(AccessPointId=point)
        self.refused("AccessPointNotFound", efs.delete_access_point, AccessPointId=point)


class Aspects(Case):
    def setUp(self):
        super().setUp()
        s3.create_bucket(Bucket="bucket")

    def test_rules_come_back_as_they_were_sent(self):
        rule = {
            "ID": "a",
            "Status": "Enabled",
            "Filter": {"And": {"Prefix": "a/", "ObjectSizeGreaterThan": 9}},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 9, "NewerNoncurrentVersions": 2},
        }
        s3.put_bucket_lifecycle_configuration(
            Bucket="bucket",
            LifecycleConfiguration={"Rules": [rule]},
            TransitionDefaultMinimumObjectSize="varies_by_storage_class",
        )
        found = s3.get_bucket_lifecycle_configuration(Bucket="bucket")
        self.assertEqual(found["Rules"], [rule])
        self.has(found, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
        s3.delete_bucket_lifecycle(Bucket="bucket")
        get = s3.get_bucket_lifecycle_configuration
        self.refused("NoSuchLifecycleConfiguration", get, Bucket="bucket")

    def test_eventbridge_is_told(self):
        told = {"EventBridgeConfiguration": {}}
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration=told)
        found = s3.get_bucket_notification_configuration(Bucket="bucket")
        self.assertEqual(without(found), told)
        s3.put_bucket_notification_configuration(Bucket="bucket", NotificationConfiguration={})
        found = s3.get_bucket_notification_configuration(Bucket="bucket")
        self.assertEqual(without(found), {})

    def test_a_canned_list_grants_each_permission(self):
        rules = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        s3.put_bucket_ownership_controls(Bucket="bucket", OwnershipControls=rules)
        s3.put_bucket_acl(Bucket="bucket", ACL="log-delivery-write")
        found = s3.get_bucket_acl(Bucket="bucket")
        granted = [it["Permission"] for it in found["Grants"]]
        self.assertEqual(granted, ["FULL_CONTROL", "READ_ACP", "WRITE"])
        self.assertEqual(s3.list_buckets()["Owner"]["ID"], found["Owner"]["ID"])

    def test_a_bucket_has_one_owner(self):
        get = s3.get_bucket_acl
        self.refused("AccessDenied", get, Bucket="bucket", ExpectedBucketOwner="999999999999")
        get(Bucket="bucket", ExpectedBucketOwner="123456789012")
