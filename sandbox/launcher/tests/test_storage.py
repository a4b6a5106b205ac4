"""S3, ECR, CloudWatch Logs and Route 53."""

import datetime
import json

from case import Case, client
from stacks import Network

s3, ecr, logs, route53 = client("s3"), client("ecr"), client("logs"), client("route53")


class Buckets(Case):
    def setUp(self):
        super().setUp()
        s3.create_bucket(Bucket="bucket")

    def versions(self, **arguments):
        page = s3.list_object_versions(Bucket="bucket", **arguments)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        return page, [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found]

    def test_a_versioned_bucket_is_emptied_page_by_page(self):
        enabled = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration=enabled)
        for n in range(25):
            s3.put_object(Bucket="bucket", Key=f"k{n % 4}", Body=b"x")
        for n in range(4):
            s3.delete_object(Bucket="bucket", Key=f"k{n}")
        message = self.refused("BucketNotEmpty", s3.delete_bucket, Bucket="bucket")
        self.assertIn("You must delete all versions", message)
        seen, more = [], {}
        while True:
            page, found = self.versions(MaxKeys=3, **more)
            seen += found
            if not page["IsTruncated"]:
                break
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        self.assertEqual(len(seen), 29)
        self.assertEqual(len({it["VersionId"] for it in seen}), 29)
        quiet = s3.delete_objects(Bucket="bucket", Delete={"Objects": seen[:28], "Quiet": True})
        self.assertNotIn("Deleted", quiet)
        self.refused("BucketNotEmpty", s3.delete_bucket, Bucket="bucket")
        loud = s3.delete_objects(Bucket="bucket", Delete={"Objects": seen[28:]})
        self.assertEqual(len(loud["Deleted"]), 1)
        s3.delete_bucket(Bucket="bucket")
        self.refused("NoSuchBucket", s3.delete_bucket, Bucket="bucket")

    def test_unfinished_uploads_are_listed_and_aborted(self):
        id = s3.create_multipart_upload(Bucket="bucket", Key="big")["UploadId"]
        s3.upload_part(Bucket="bucket", Key="big", UploadId=id, PartNumber=1, Body=b"x")
        found = s3.list_multipart_uploads(Bucket="bucket")["Uploads"]
        self.assertEqual([(it["Key"], it["UploadId"]) for it in found], [("big", id)])
        s3.abort_multipart_upload(Bucket="bucket", Key="big", UploadId=id)
        self.assertNotIn("Uploads", s3.list_multipart_uploads(Bucket="bucket"))

    def test_the_lock_of_an_object_is_told(self):
        s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        s3.put_object(Bucket="locked", Key="free", Body=b"x")
        until = datetime.datetime(2999, 1, 1, tzinfo=datetime.timezone.utc)
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        s3.put_object(Bucket="locked", Key="kept", Body=b"x", **lock)
        told = s3.get_object_retention(Bucket="locked", Key="kept")["Retention"]
        self.assertEqual(told, {"Mode": "COMPLIANCE", "RetainUntilDate": until})
        code = "NoSuchObjectLockConfiguration"
        self.refused(code, s3.get_object_retention, Bucket="locked", Key="free")

    def test_a_new_bucket_is_encrypted_private_and_its_owners(self):
        def rule():
            found = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]
            return found["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]

        self.assertEqual(rule(), "AES256")
        kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
        s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration=kms)
        self.assertEqual(rule(), "aws:kms")
        s3.delete_bucket_encryption(Bucket="bucket")
        self.assertEqual(rule(), "AES256")
        block = s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"]
        self.assertEqual(set(block.values()), {True})
        controls = s3.get_bucket_ownership_controls(Bucket="bucket")["OwnershipControls"]
        self.assertEqual(controls["Rules"], [{"ObjectOwnership": "BucketOwnerEnforced"}])
        self.refused("AccessControlListNotSupported", s3.put_bucket_acl, Bucket="bucket", ACL="public-read")
        s3.put_bucket_acl(Bucket="bucket", ACL="private")

    def test_policies_that_are_refused(self):
        self.refused("MalformedPolicy", s3.put_bucket_policy, Bucket="bucket", Policy="{")
        open_to_all = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [open_to_all]})
        self.refused("AccessDenied", s3.put_bucket_policy, Bucket="bucket", Policy=policy)
        s3.delete_public_access_block(Bucket="bucket")
        self.refused("NoSuchPublicAccessBlockConfiguration", s3.get_public_access_block, Bucket="bucket")
        s3.put_bucket_policy(Bucket="bucket", Policy=policy)
        self.assertEqual(s3.get_bucket_policy(Bucket="bucket")["Policy"], policy)


    def test_a_policy_denies_what_its_conditions_say(self):
        deny = {"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::bucket/*"}
        unencrypted = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}
        statements = [
            {**deny, "Action": "s3:PutObject", "Condition": unencrypted},
            {**deny, "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket="bucket", Policy=policy)
        self.refused("AccessDenied", s3.put_object, Bucket="bucket", Key="k", Body=b"x")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="AES256")
        self.assertEqual(s3.get_object(Bucket="bucket", Key="k")["Body"].read(), b"x")
        deleted = s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "k"}]})
        self.assertEqual([it["Key"] for it in deleted["Deleted"]], ["k"])


class Repositories(Case):
    def test_a_repository_with_images_is_deleted_by_force_alone(self):
        made = ecr.create_repository(
            repositoryName="app",
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "arn:aws:kms:x"},
        )["repository"]
        self.has(
            made,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "arn:aws:kms:x"},
        )
        for n in range(2):
            kind = "application/vnd.docker.distribution.manifest.v2+json"
            manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": [], "config": {"size": n}})
            ecr.put_image(repositoryName="app", imageManifest=manifest, imageTag=f"v{n}")
        images = ecr.list_images(repositoryName="app")["imageIds"]
        self.assertEqual(len({it["imageDigest"] for it in images}), 2)
        self.refused("RepositoryNotEmptyException", ecr.delete_repository, repositoryName="app")
        ecr.delete_repository(repositoryName="app", force=True)


class LogGroups(Case):
    def test_tags_go_with_their_group(self):
        logs.create_log_group(logGroupName="again", tags={"a": "b"})
        logs.delete_log_group(logGroupName="again")
        logs.create_log_group(logGroupName="again")
        (found,) = logs.describe_log_groups(logGroupNamePrefix="again")["logGroups"]
        arn = found["arn"].removesuffix(":*")
        self.assertEqual(logs.list_tags_for_resource(resourceArn=arn)["tags"], {})

    def test_every_field_is_read_back(self):
        key = "arn:aws:kms:us-east-1:123456789012:key/k"
        logs.create_log_group(logGroupName="/a", kmsKeyId=key, logGroupClass="INFREQUENT_ACCESS")
        logs.create_log_group(logGroupName="/b")
        logs.put_retention_policy(logGroupName="/a", retentionInDays=7)
        invalid = {"logGroupName": "/a", "retentionInDays": 8}
        self.refused("InvalidParameterException", logs.put_retention_policy, **invalid)
        first, second = logs.describe_log_groups()["logGroups"]
        self.has(first, retentionInDays=7, kmsKeyId=key, logGroupClass="INFREQUENT_ACCESS")
        self.has(second, retentionInDays=None, kmsKeyId=None, logGroupClass="STANDARD")
        found = logs.describe_log_groups(logGroupIdentifiers=["/b"])["logGroups"]
        self.assertEqual([it["logGroupName"] for it in found], ["/b"])


class Zones(Case):
    def setUp(self):
        super().setUp()
        self.vpc = {"VPCRegion": "us-east-1", "VPCId": Network().vpc}
        made = route53.create_hosted_zone(
            Name="a.internal", CallerReference="1", VPC=self.vpc, HostedZoneConfig={"Comment": "c"}
        )
        self.zone = made["HostedZone"]["Id"]

    def change(self, action, **record):
        changes = [{"Action": action, "ResourceRecordSet": record}]
        return route53.change_resource_record_sets(
            HostedZoneId=self.zone, ChangeBatch={"Changes": changes}
        )["ChangeInfo"]

    def records(self):
        found = route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        return [it for it in found if it["Type"] not in ("NS", "SOA")]

    def test_a_private_zone(self):
        shown = route53.get_hosted_zone(Id=self.zone)
        self.assertEqual(shown["HostedZone"]["Config"], {"Comment": "c", "PrivateZone": True})
        self.assertEqual(shown["VPCs"], [self.vpc])
        again = {"Name": "a.internal", "VPC": self.vpc}
        self.refused("HostedZoneAlreadyExists", route53.create_hosted_zone, CallerReference="1", **again)
        self.refused("ConflictingDomainExists", route53.create_hosted_zone, CallerReference="2", **again)
        found = route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        soa = next(it for it in found if it["Type"] == "SOA")
        self.assertTrue(soa["ResourceRecords"][0]["Value"].startswith("ns-"))

    def test_records_are_written_and_read_back_and_hold_the_zone(self):
        target = {"HostedZoneId": "Z1", "DNSName": "LB.example.com", "EvaluateTargetHealth": True}
        made = self.change("CREATE", Name="W.a.internal", Type="A", AliasTarget=target)
        self.assertEqual(made["Status"], "PENDING")
        self.becomes("INSYNC", lambda: route53.get_change(Id=made["Id"])["ChangeInfo"]["Status"])
        self.assertEqual(
            self.records(),
            [{"Name": "w.a.internal.", "Type": "A", "AliasTarget": target | {"DNSName": "lb.example.com."}}],
        )
        self.refused("InvalidChangeBatch", self.change, action="CREATE", Name="w.a.internal", Type="A", AliasTarget=target)
        self.refused("HostedZoneNotEmpty", route53.delete_hosted_zone, Id=self.zone)
        other = {"Name": "w.a.internal", "Type": "A", "TTL": 1, "ResourceRecords": [{"Value": "1.2.3.4"}]}
        message = self.refused("InvalidChangeBatch", self.change, action="DELETE", **other)
        self.assertIn("do not match the current values", message)
        missing = self.refused("InvalidChangeBatch", self.change, action="DELETE", **other | {"Name": "no.a.internal"})
        self.assertIn("but it was not found", missing)
        elsewhere = self.refused("InvalidChangeBatch", self.change, action="CREATE", **other | {"Name": "b.example"})
        self.assertIn("is not permitted in zone", elsewhere)
        self.change("DELETE", Name="w.a.internal", Type="A", AliasTarget=target)
        self.change("UPSERT", **other | {"Name": "*.a.internal"})
        self.assertEqual(self.records()[0]["Name"], "\\052.a.internal.")
        self.change("DELETE", **other | {"Name": "\\052.a.internal"})
        route53.delete_hosted_zone(Id=self.zone)
