"""What every test needs: clients for the emulator that AWS_ENDPOINT_URL names, emptied before each test."""

import os
import time
import unittest
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CLIENTS = {}


def client(service):
    if service not in CLIENTS:
        config = Config(max_pool_connections=40, retries={"total_max_attempts": 1})
        CLIENTS[service] = boto3.client(service, config=config)
    return CLIENTS[service]


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        reset = os.environ["AWS_ENDPOINT_URL"] + "/moto-api/reset"
        urllib.request.urlopen(urllib.request.Request(reset, method="POST")).read()

    def refused(self, code, call, **arguments):
        """Asserts that the call is refused with this code, and gives the message."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code, caught.exception)
        return caught.exception.response["Error"]["Message"]

    def becomes(self, wanted, look):
        """Looks again until it sees what is wanted, for at most some seconds."""
        deadline = time.monotonic() + 10
        while (seen := look()) != wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(seen, wanted)

    def has(self, shown, **wanted):
        """Asserts that an answer has these members."""
        self.assertEqual({name: shown.get(name) for name in wanted}, wanted)
