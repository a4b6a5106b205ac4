"""Checks the emulator through boto3. Run with the variables that `groundplan sandbox env` prints."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import boto3
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = __import__("os").environ["AWS_ENDPOINT_URL"]


def client(service):
    config = Config(max_pool_connections=40, retries={"max_attempts": 1})
    return boto3.client(service, config=config)


class Case(unittest.TestCase):
    def setUp(self):
        requests.post(ENDPOINT + "/moto-api/reset")

    def refused(self, code, call, **arguments):
        """Asserts that the call is refused with this code, and gives the message."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]


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


if __name__ == "__main__":
    unittest.main()
