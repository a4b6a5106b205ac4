"""CloudWatch Logs: the class of a log group, the retention times that there are, and filters."""

import fnmatch
import json

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.metric_filters import MetricFilters
from moto.logs.models import LogGroup, LogsBackend, SubscriptionFilter
from moto.logs.responses import LogsResponse

from gaps.wrap import add, wrap

DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]


def install():
    groups()
    filters()


def filters():
    @wrap(MetricFilters, "add_filter")
    def add_filter(original, self, filter_name, filter_pattern, log_group_name, *args):
        """A filter that is put again replaces itself."""
        self.delete_filter(filter_name, log_group_name)
        return original(filter_name, filter_pattern, log_group_name, *args)

    @wrap(LogsResponse, "put_subscription_filter")
    def put_subscription_filter(original, self):
        answer = original()
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        it = group.subscription_filters[self._get_param("filterName")]
        it.distribution = self._get_param("distribution") or "ByLogStream"
        return answer

    @wrap(SubscriptionFilter, "to_json")
    def to_json(original, self):
        return original() | {"distribution": self.distribution}


def groups():
    @wrap(LogsResponse, "create_log_group")
    def create_log_group(original, self):
        answer = original()
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or "STANDARD"
        return answer

    @wrap(LogsBackend, "delete_log_group")
    def delete_log_group(original, self, log_group_name):
        """Its tags go with it."""
        group = self.groups.get(log_group_name)
        answer = original(log_group_name)
        self.tagger.delete_all_tags_for_resource(group.arn)
        return answer

    def encrypt(response, key):
        name = response._get_param("logGroupName")
        if name not in response.logs_backend.groups:
            raise ResourceNotFoundException("The specified log group does not exist.")
        response.logs_backend.groups[name].kms_key_id = key
        return ""

    @add(LogsResponse)
    def associate_kms_key(self):
        return encrypt(self, self._get_param("kmsKeyId"))

    @add(LogsResponse)
    def disassociate_kms_key(self):
        return encrypt(self, None)

    @wrap(LogsBackend, "put_retention_policy")
    def put_retention_policy(original, self, log_group_name, retention_in_days):
        if int(retention_in_days) not in DAYS:
            raise InvalidParameterException(
                constraint=f"Member must satisfy enum value set: {DAYS}",
                parameter="retentionInDays",
                value=retention_in_days,
            )
        return original(log_group_name, retention_in_days)

    @wrap(LogGroup, "to_describe_dict")
    def to_describe_dict(original, self):
        return original() | {"logGroupClass": getattr(self, "log_group_class", "STANDARD")}

    @wrap(LogsResponse, "describe_log_groups")
    def describe_log_groups(original, self):
        """Moto overlooks the identifiers and the pattern."""
        identifiers = self._get_param("logGroupIdentifiers")
        pattern = self._get_param("logGroupNamePattern")
        if not identifiers and not pattern:
            return original()
        groups = self.logs_backend.groups.values()
        if identifiers:
            groups = [it for it in groups if {it.name, it.arn, f"{it.arn}:*"} & set(identifiers)]
        else:
            groups = [it for it in groups if fnmatch.fnmatchcase(it.name, f"*{pattern}*")]
        return json.dumps({"logGroups": [it.to_describe_dict() for it in groups]})
