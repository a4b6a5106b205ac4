"""The protocol rpc-v2-cbor, which moto does not speak: a request becomes JSON, and the answer CBOR again."""

import base64
import io
import json
import re
import struct

from botocore.parsers import RpcV2CBORParser
from moto.core.utils import get_service_model

PATH = re.compile("/service/([A-Za-z0-9]+)/operation/([A-Za-z0-9]+)")
# Services by the name that stands in the path.
SERVICES = {"GraniteServiceVersion20100801": "cloudwatch"}



def spoken(answer, environ):
    """The status, headers and body that `answer` has for a request, in the protocol of the request."""
    match = PATH.fullmatch(environ["PATH_INFO"])
    if not match or match[1] not in SERVICES:
        return answer(environ)
    status, headers, body = answer(as_json(environ, f"{match[1]}.{match[2]}"))
    shape = get_service_model(SERVICES[match[1]]).operation_model(match[2]).output_shape
    headers = [it for it in headers if it[0].lower() not in ("content-type", "content-length")]
    headers += [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    return status, headers, encoded(json.loads(body or b"{}"), shape if status[0] == "2" else None)


def as_json(environ, target):
    body = environ["wsgi.input"].read()
    body = json.dumps(decoded(body) if body else {}, default=plain).encode()
    return environ | {
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_AMZ_TARGET": target,
        "wsgi.input": io.BytesIO(body),
    }


def decoded(body):
    parser = RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))


def plain(value):
    """What JSON has no form for: moments and bytes."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()


def encoded(value, shape=None):
    """A value as CBOR; its shape says what is a moment and what has a fraction."""
    kind = shape.type_name if shape else None
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if kind == "timestamp":
        return head(6, 1) + fraction(value)
    if isinstance(value, float) or kind in ("double", "float"):
        return fraction(value)
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encoded(it, shape and shape.member) for it in value)
    inner = {name: shape_of(shape, name) for name in value}
    return head(5, len(value)) + b"".join(
        encoded(name) + encoded(it, inner[name]) for name, it in value.items()
    )


def shape_of(shape, name):
    if shape is None:
        return None
    return shape.value if shape.type_name == "map" else shape.members.get(name)


def head(major, number):
    """The first byte, with the number in it or behind it."""
    if number < 24:
        return bytes([major << 5 | number])
    size = next(it for it in (1, 2, 4, 8) if number < 1 << 8 * it)
    return bytes([major << 5 | {1: 24, 2: 25, 4: 26, 8: 27}[size]]) + number.to_bytes(size, "big")


def fraction(value):
    return b"\xfb" + struct.pack(">d", value)
