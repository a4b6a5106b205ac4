"""Which operations were called: `GET /groundplan/calls` tells them, one a line. Tests ask; nothing else should."""

from collections import deque

from moto.core.responses import BaseResponse

from gaps.wrap import wrap

called = deque(maxlen=10_000)


def told():
    return "\n".join(called)


def install():
    @wrap(BaseResponse, "call_action")
    def call_action(original, self):
        called.append(self._get_action())
        return original()
