"""Account settings: what holds for everyone in the account, and AWS's own defaults."""

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from gaps.wrap import add, wrap

DEFAULTS = {
    "awsvpcTrunking": "disabled",
    "containerInsights": "disabled",
    "containerInstanceLongArnFormat": "enabled",
    "defaultLogDriverMode": "non-blocking",
    "dualStackIPv6": "enabled",
    "fargateFIPSMode": "disabled",
    "fargateTaskRetirementWaitPeriod": "7",
    "guardDutyActivate": "off",
    "serviceLongArnFormat": "enabled",
    "tagResourceAuthorization": "off",
    "taskLongArnFormat": "enabled",
}


def install():
    @add(EC2ContainerServiceResponse)
    def put_account_setting_default(self):
        name, value = self._get_param("name"), self._get_param("value")
        if name not in DEFAULTS:
            raise InvalidParameterException(f"Invalid setting name: {name}")
        setting = self.ecs_backend.put_account_setting(name, value)
        return ActionResult({"setting": shown(self, name, setting.value)})

    @wrap(EC2ContainerServiceResponse, "list_account_settings")
    def list_account_settings(original, self):
        """With `effectiveSettings`, those that nobody has set too."""
        if not self._get_param("effectiveSettings"):
            return original()
        name, value = self._get_param("name"), self._get_param("value")
        if name and name not in DEFAULTS:
            raise InvalidParameterException(f"Invalid setting name: {name}")
        own = self.ecs_backend.account_settings
        settings = DEFAULTS | {it.name: it.value for it in own.values()}
        found = [
            shown(self, key, it)
            for key, it in settings.items()
            if name in (None, key) and value in (None, it)
        ]
        return ActionResult({"settings": found})

    @wrap(EC2ContainerServiceBackend, "enable_long_arn_for_name")
    def enable_long_arn_for_name(original, self, name):
        """The old form of ARNs has been taken away: who asks for it gets the long one all the same."""
        return True


def shown(response, name, value):
    root = f"arn:aws:iam::{response.current_account}:root"
    return {"name": name, "value": value, "principalArn": root, "type": "user"}
