"""Operations that are lacking, many requests at once, and faults on demand."""

import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ConnectionClosedError
from case import Case, client


class Protocol(Case):
    def test_an_operation_that_is_lacking_is_named_in_every_protocol(self):
        lacking = [
            ("ecs", "describe_service_revisions", {"serviceRevisionArns": ["a"]}),
            ("efs", "put_backup_policy", {"FileSystemId": "fs-1", "BackupPolicy": {"Status": "ENABLED"}}),
            ("ec2", "describe_ipams", {}),
            ("iam", "get_organizations_access_report", {"JobId": "a" * 36}),
            ("lambda", "list_code_signing_configs", {}),
        ]
        for service, operation, arguments in lacking:
            with self.subTest(service):
                message = self.refused("NotImplemented", getattr(client(service), operation), **arguments)
                name = "".join(it.capitalize() for it in operation.split("_"))
                self.assertIn(name, message)

    def test_many_requests_at_once(self):
        ec2, logs, s3 = client("ec2"), client("logs"), client("s3")
        s3.create_bucket(Bucket="many")

        def work(n):
            ec2.create_security_group(GroupName=f"g{n}", Description="d")
            logs.create_log_group(logGroupName=f"/g/{n}")
            s3.put_object(Bucket="many", Key=f"{n}", Body=b"x")
            ec2.describe_security_groups()

        with ThreadPoolExecutor(32) as pool:
            list(pool.map(work, range(100)))
        self.assertEqual(len(s3.list_objects_v2(Bucket="many")["Contents"]), 100)

    def test_faults_on_demand(self):
        ec2 = client("ec2")
        self.fault("CreateVpc", "throttled")
        self.refused("ThrottlingException", ec2.create_vpc, CidrBlock="10.1.0.0/16")
        self.assertEqual(len(ec2.describe_vpcs()["Vpcs"]), 1)
        self.fault("CreateVpc", "lost")
        with self.assertRaises(ConnectionClosedError):
            ec2.create_vpc(CidrBlock="10.1.0.0/16")
        self.assertEqual(len(ec2.describe_vpcs()["Vpcs"]), 2)
        ec2.create_vpc(CidrBlock="10.2.0.0/16")

    def fault(self, action, kind):
        url = f"{os.environ['AWS_ENDPOINT_URL']}/groundplan/faults?action={action}&kind={kind}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST")).read()
