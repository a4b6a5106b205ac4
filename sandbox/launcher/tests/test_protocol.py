"""Operations that are lacking, another protocol, many requests at once, and faults on demand."""

import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from botocore.exceptions import ConnectionClosedError
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import CBORSerializer
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

    def test_cloudwatch_is_spoken_to_in_cbor_too(self):
        alarm = {"AlarmName": "a", "Namespace": "n", "MetricName": "m", "Period": 60, "Statistic": "Sum"}
        alarm |= {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1.5}
        self.assertEqual(self.cbor("PutMetricAlarm", alarm), (200, {}))
        status, answer = self.cbor("DescribeAlarms", {"AlarmNames": ["a"]})
        shown = answer["MetricAlarms"][0]
        self.has(shown, AlarmName="a", Period=60, Threshold=1.5, ActionsEnabled=True)
        self.assertIsInstance(shown["StateUpdatedTimestamp"], datetime)
        status, answer = self.cbor("GetDashboard", {"DashboardName": "none"})
        self.assertEqual((status, answer["__type"].split("#")[-1]), (404, "ResourceNotFound"))

    def cbor(self, operation, arguments):
        """The status of an answer, and what it says."""
        body, parser = bytearray(), RpcV2CBORParser()
        model = client("cloudwatch").meta.service_model.operation_model(operation)
        CBORSerializer()._serialize_data_item(body, arguments, model.input_shape)
        scope = "Credential=x/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=x"
        headers = {"Content-Type": "application/cbor", "Authorization": f"AWS4-HMAC-SHA256 {scope}"}
        path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
        url = os.environ["AWS_ENDPOINT_URL"] + path
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, data=bytes(body), headers=headers))
        except urllib.error.HTTPError as error:
            answer = error
        self.assertEqual(answer.headers["smithy-protocol"], "rpc-v2-cbor")
        stream = parser.get_peekable_stream_from_bytes(answer.read())
        return answer.status, parser.parse_data_item(stream)

    def fault(self, action, kind):
        url = f"{os.environ['AWS_ENDPOINT_URL']}/groundplan/faults?action={action}&kind={kind}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST")).read()
