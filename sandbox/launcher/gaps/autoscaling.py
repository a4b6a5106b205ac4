"""EC2 Auto Scaling: names are unique, and what is in use is not deleted."""

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse

from gaps.wrap import wrap


def install():
    @wrap(AutoScalingResponse, "create_launch_configuration")
    def create_launch_configuration(original, self):
        name = self._get_param("LaunchConfigurationName")
        if name in self.autoscaling_backend.launch_configurations:
            raise AutoscalingClientError(
                "AlreadyExists",
                "Launch Configuration by this name already exists - A launch configuration already exists "
                f"with the name {name}",
            )
        return original()

    @wrap(AutoScalingBackend, "delete_launch_configuration")
    def delete_launch_configuration(original, self, launch_configuration_name):
        name = launch_configuration_name
        if name not in self.launch_configurations:
            raise ValidationError(
                f"Launch configuration name not found - Launch configuration {name} not found"
            )
        groups = self.autoscaling_groups.values()
        if any(getattr(it, "launch_configuration_name", None) == name for it in groups):
            raise AutoscalingClientError(
                "ResourceInUse",
                f"Cannot delete launch configuration {name} because it is attached to AutoScalingGroup",
            )
        return original(name)

    @wrap(AutoScalingResponse, "create_auto_scaling_group")
    def create_auto_scaling_group(original, self):
        name = self._get_param("AutoScalingGroupName")
        if name in self.autoscaling_backend.autoscaling_groups:
            raise AutoscalingClientError(
                "AlreadyExists",
                "AutoScalingGroup by this name already exists - A group with the name "
                f"{name} already exists",
            )
        return original()

    @wrap(AutoScalingResponse, "delete_auto_scaling_group")
    def delete_auto_scaling_group(original, self):
        group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
        if group and group.instance_states and not self._get_bool_param("ForceDelete", False):
            raise AutoscalingClientError(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )
        return original()
