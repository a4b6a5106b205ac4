"""How fast AWS's own changes happen here."""

import os
import time
from datetime import datetime, timezone

# Seconds from one state of a task, a service or a load balancer to the next.
PHASE = float(os.environ.get("GROUNDPLAN_SANDBOX_PHASE_SECONDS", "0.2"))


def seconds():
    return time.monotonic()


def timestamp():
    return datetime.now(timezone.utc)
