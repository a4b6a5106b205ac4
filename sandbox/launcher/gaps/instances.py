"""EC2 instances, launch templates and Spot fleets: what they are made with is kept, shown and can be changed."""

import base64
import itertools

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses import EC2Response
from moto.ec2 import utils

from gaps.wrap import add, wrap

# What moto does not keep of an instance, and what AWS chooses where nothing is said.
OPTIONS = {
    "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
    "EnclaveOptions": {"Enabled": False},
    "MaintenanceOptions": {"AutoRecovery": "default"},
    "PrivateDnsNameOptions": {
        "HostnameType": "ip-name",
        "EnableResourceNameDnsARecord": False,
        "EnableResourceNameDnsAAAARecord": False,
    },
}


def install():
    utils.filter_dict_attribute_mapping["client-token"] = "client_token"
    starting()
    attributes()
    options()
    profiles()
    credits()
    monitoring()
    templates()
    fleets()


def attribute(name):
    return "".join("_" + it.lower() if it.isupper() else it for it in name).lstrip("_")


def all_instances(backend):
    return itertools.chain.from_iterable(it.instances for it in backend.reservations.values())


def starting():
    @wrap(EC2Response, "run_instances")
    def run_instances(original, self):
        """The same token gives the same instances."""
        token = self._get_param("ClientToken")
        for reservation in self.ec2_backend.reservations.values():
            if token and any(it.client_token == token for it in reservation.instances):
                return ActionResult(reservation)
        result = original()
        params = self._get_params()
        made = [it for it in all_instances(self.ec2_backend) if it.client_token == token]
        for instance in made if token else []:
            complete(self.ec2_backend, instance, params)
        return result

    @wrap(Instance, "__init__")
    def made(original, self, *args, **kwargs):
        original(*args, **kwargs)
        for name, default in OPTIONS.items():
            setattr(self, attribute(name), dict(default))
        bursts = self.instance_type.split(".")[0] in ("t3", "t3a", "t4g")
        self.cpu_credits = "unlimited" if bursts else "standard"


def complete(backend, instance, params):
    for name in OPTIONS:
        getattr(instance, attribute(name)).update(params.get(name) or {})
    given = params.get("CreditSpecification") or {}
    instance.cpu_credits = given.get("CpuCredits", instance.cpu_credits)
    instance.disable_api_termination = params.get("DisableApiTermination") or False
    placement = params.get("Placement") or {}
    instance.placement.group_name = placement.get("GroupName", "")
    instance.placement.tenancy = placement.get("Tenancy", "default")
    volumes(backend, instance, params.get("BlockDeviceMappings") or [])


def volumes(backend, instance, mappings):
    """Whatever is said of other devices, there is a root volume; and what is said is kept."""
    devices = instance.block_device_mapping
    if instance.root_device_name not in devices:
        volume = backend.create_volume(size=8, zone_name=instance.placement.zone)
        backend.attach_volume(volume.id, instance.id, instance.root_device_name, True)
        backend.get_volume(volume.id).add_tags({})
    for mapping in mappings:
        ebs, device = mapping.get("Ebs") or {}, devices.get(mapping.get("DeviceName"))
        if device is None:
            continue
        device.delete_on_termination = ebs.get("DeleteOnTermination", True)
        volume = backend.get_volume(device.volume_id)
        volume.size = volume.size or 8
        volume.iops = ebs.get("Iops") or volume.iops or (3000 if volume.volume_type == "gp3" else None)
        if volume.volume_type == "gp3":
            volume.throughput = ebs.get("Throughput") or volume.throughput or 125


def attributes():
    @wrap(EC2Response, "modify_instance_attribute")
    def modify_instance_attribute(original, self):
        """Moto takes what it does not know for an empty list of security groups."""
        behavior = self._get_param("InstanceInitiatedShutdownBehavior.Value")
        data = self._get_param("UserData.Value")
        if behavior is None and data is None:
            return original()
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        if behavior is not None:
            instance.instance_initiated_shutdown_behavior = behavior
        if data is not None:
            # It comes as what it says, no longer in base64.
            data = data if isinstance(data, bytes) else data.encode()
            instance.user_data = utils.parse_user_data(base64.b64encode(data).decode())
        return EmptyResult()


def options():
    def change(operation, name, fields, answer):
        def method(self):
            params = self._get_params()
            instance = self.ec2_backend.get_instance(params["InstanceId"])
            own = getattr(instance, attribute(name))
            own.update(fields(params))
            return ActionResult(answer(instance.id, own))

        add(EC2Response, operation)(method)

    def only(*names):
        return lambda params: {it: params[it] for it in names if it in params}

    def done(id, own):
        return {"Return": True}

    change(
        "modify_instance_maintenance_options",
        "MaintenanceOptions",
        only("AutoRecovery"),
        lambda id, own: {"InstanceId": id, **own},
    )
    change(
        "modify_instance_capacity_reservation_attributes",
        "CapacityReservationSpecification",
        lambda params: params["CapacityReservationSpecification"],
        done,
    )
    change(
        "modify_private_dns_name_options",
        "PrivateDnsNameOptions",
        only("EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord"),
        done,
    )


def profiles():
    @wrap(EC2Backend, "replace_iam_instance_profile_association")
    def replace_iam_instance_profile_association(original, self, association_id, *args, **kwargs):
        """The instance shows the new profile too."""
        association = original(association_id, *args, **kwargs)
        arn = association.iam_instance_profile.arn
        association.instance.iam_instance_profile = {"Arn": arn, "Id": association_id}
        return association


def credits():
    @wrap(EC2Response, "describe_instance_credit_specifications")
    def describe_instance_credit_specifications(original, self):
        ids = list(self._get_param("InstanceIds", []))
        ids += self._filters_from_querystring().get("instance-id", [])
        found = [it for it in all_instances(self.ec2_backend) if it.id in ids and it.instance_type[0] == "t"]
        result = [{"InstanceId": it.id, "CpuCredits": it.cpu_credits} for it in found]
        return ActionResult({"InstanceCreditSpecifications": result})

    @add(EC2Response)
    def modify_instance_credit_specification(self):
        for it in self._get_params()["InstanceCreditSpecifications"]:
            self.ec2_backend.get_instance(it["InstanceId"]).cpu_credits = it["CpuCredits"]
        return ActionResult({"SuccessfulInstanceCreditSpecifications": []})


def monitoring():
    def become(state):
        def method(self):
            for id in self._get_param("InstanceIds", []):
                self.ec2_backend.get_instance(id).monitoring_state = state
            return ActionResult({"InstanceMonitorings": []})

        return method

    add(EC2Response, "monitor_instances")(become("enabled"))
    add(EC2Response, "unmonitor_instances")(become("disabled"))


def templates():
    @wrap(EC2Response, "create_launch_template")
    def create_launch_template(original, self):
        """The tags of the template itself are not for what is started from it."""
        result = original()
        template = self.ec2_backend.get_launch_template_by_name(self._get_param("LaunchTemplateName"))
        data = template.versions[0].data
        own = [it for it in data.get("TagSpecifications", []) if it["ResourceType"] == "launch-template"]
        for it in own:
            data["TagSpecifications"].remove(it)
        if not self._get_param("LaunchTemplateData.UserData"):
            data.pop("UserData", None)
        return result

    # Moto shows the tags that a template was made with.
    LaunchTemplate.tags = property(lambda self: self.get_tags(), lambda self, tags: None)

    @wrap(LaunchTemplate, "create_version")
    def create_version(original, self, data, description):
        """User data comes back as it was sent."""
        if isinstance(data.get("UserData"), str):
            data["UserData"] = utils.parse_user_data(data["UserData"])
        return original(data, description)


def fleets():
    @wrap(EC2Response, "request_spot_fleet")
    def request_spot_fleet(original, self):
        """All that was asked for is shown; the same token gives the same fleet."""
        config = self._get_params()["SpotFleetRequestConfig"]
        requests = self.ec2_backend.spot_fleet_requests
        for fleet in requests.values():
            if config.get("ClientToken") and fleet.config.get("ClientToken") == config["ClientToken"]:
                return ActionResult({"SpotFleetRequestId": fleet.id})
        before = set(requests)
        result = original()
        (id,) = set(requests) - before
        tags = config.pop("TagSpecifications", None) or []
        requests[id].config = {"Type": "maintain", "ExcessCapacityTerminationPolicy": "default", **config}
        own = {it["Key"]: it["Value"] for specification in tags for it in specification["Tags"]}
        if own:
            self.ec2_backend.create_tags([id], own)
        return result

    @wrap(EC2Response, "modify_spot_fleet_request")
    def modify_spot_fleet_request(original, self):
        params = self._get_params()
        fleet = self.ec2_backend.get_spot_fleet_request(params["SpotFleetRequestId"])
        result = original()
        names = ("TargetCapacity", "OnDemandTargetCapacity", "ExcessCapacityTerminationPolicy", "Context")
        fleet.config.update({it: params[it] for it in names if it in params})
        return result

    @add(EC2Response)
    def describe_spot_fleet_requests(self):
        requests = self.ec2_backend.spot_fleet_requests
        ids = self._get_param("SpotFleetRequestIds", []) or list(requests)
        for id in ids:
            if id not in requests:
                raise EC2ClientError(
                    "InvalidSpotFleetRequestId.NotFound", f"The spot fleet request ID '{id}' does not exist"
                )
        return ActionResult({"SpotFleetRequestConfigs": [shown(self.ec2_backend, requests[it]) for it in ids]})


def shown(backend, fleet):
    tags = backend.describe_tags({"resource-id": [fleet.id]})
    return {
        "SpotFleetRequestId": fleet.id,
        "SpotFleetRequestState": fleet.state,
        "ActivityStatus": "fulfilled",
        "SpotFleetRequestConfig": fleet.config,
        "Tags": [{"Key": it["key"], "Value": it["value"]} for it in tags],
    }
