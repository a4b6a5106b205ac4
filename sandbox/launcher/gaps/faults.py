"""Faults on demand: the next calls of an operation are throttled, or their replies are lost.

`POST /groundplan/faults?action=CreateVpc&kind=lost&times=1` asks for one. Tests do; nothing else should.
"""

from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from gaps.wrap import wrap

KINDS = ("lost", "throttled")
# How often each is still to happen, by the operation and the kind.
pending = {}


class Lost(Exception):
    """The operation was done; whoever asked for it is not told."""


class Throttled(ServiceException):
    """What AWS answers when it is asked too often."""

    code = "ThrottlingException"
    message = "Rate exceeded"


def ask(query):
    """Takes a request for faults; says whether it was understood."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    if asked.get("kind") not in KINDS or not asked.get("action"):
        return False
    pending[asked["action"], asked["kind"]] = int(asked.get("times", 1))
    return True


def happens(action, kind):
    if not pending.get((action, kind)):
        return False
    pending[action, kind] -= 1
    return True


def install():
    @wrap(BaseResponse, "call_action")
    def call_action(original, self):
        action = self._get_action() if pending else None
        if happens(action, "throttled"):
            return self.serialized(ActionResult(Throttled()))
        answer = original()
        if happens(action, "lost"):
            raise Lost(action)
        return answer
