"""Networks: DHCP options, gateways for IPv6, flow logs."""

from moto.core.responses import ActionResult
from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter

from gaps.wrap import wrap

LEASE = "ipv6-address-preferred-lease-time"


def install():
    dhcp_options()
    egress_only_gateways()
    flow_logs()
    associations()
    subnets()
    endpoints()


def dhcp_options():
    @wrap(EC2Response, "create_dhcp_options")
    def create_dhcp_options(original, self):
        """Moto overlooks the tags, and options that came later."""
        made = original().result["DhcpOptions"]
        made.owner_id = self.current_account
        made.add_tags(self._parse_tag_specification().get("dhcp-options", {}))
        for it in self._get_param("DhcpConfigurations", []):
            if it["Key"] == LEASE:
                made._options[LEASE] = it["Values"]
        return ActionResult({"DhcpOptions": made})

    @wrap(EC2Backend, "associate_dhcp_options")
    def associate_dhcp_options(original, self, dhcp_options, vpc):
        """Several VPCs may use the same; each uses one."""
        vpc.dhcp_options = dhcp_options

    @wrap(EC2Backend, "disassociate_dhcp_options")
    def disassociate_dhcp_options(original, self, vpc):
        vpc.dhcp_options = None

    @wrap(EC2Backend, "delete_dhcp_options_set")
    def delete_dhcp_options_set(original, self, options_id):
        users = [it.id for it in self.vpcs.values() if it.dhcp_options and it.dhcp_options.id == options_id]
        if users:
            raise DependencyViolationError(
                f"The dhcpOptions '{options_id}' has dependencies and cannot be deleted."
            )
        return original(options_id)

    @wrap(EC2Backend, "delete_vpc")
    def delete_vpc(original, self, vpc_id):
        """Its options stay."""
        vpc = self.vpcs.get(vpc_id)
        options = vpc and vpc.dhcp_options
        if options is None:
            return original(vpc_id)
        vpc.dhcp_options = None
        try:
            return original(vpc_id)
        except Exception:
            vpc.dhcp_options = options
            raise

    DHCPOptionsSet.owner_id = None


def egress_only_gateways():
    @wrap(EC2Response, "describe_egress_only_internet_gateways")
    def describe_egress_only_internet_gateways(original, self):
        """By tags too; one that is missing is an error."""
        ids = self._get_param("EgressOnlyInternetGatewayIds", [])
        for id in ids:
            if id not in self.ec2_backend.egress_only_internet_gateways:
                raise EC2ClientError(
                    "InvalidGatewayID.NotFound", f"The eigw ID '{id}' does not exist"
                )
        found = original().result["EgressOnlyInternetGateways"]
        found = generic_filter(self._filters_from_querystring(), found)
        return ActionResult({"EgressOnlyInternetGateways": found})


def flow_logs():
    @wrap(EC2Response, "create_flow_logs")
    def create_flow_logs(original, self):
        """Moto does not know the options of files, and takes a log group for another than its ARN."""
        answer = original()
        destination = self._get_param("LogDestination")
        for id in answer.result["FlowLogIds"]:
            log = self.ec2_backend.flow_logs[id]
            options = self._get_param("DestinationOptions") or {}
            if log.log_destination_type == "s3":
                log.destination_options = {
                    "FileFormat": options.get("FileFormat", "plain-text"),
                    "HiveCompatiblePartitions": is_true(options.get("HiveCompatiblePartitions")),
                    "PerHourPartition": is_true(options.get("PerHourPartition")),
                }
            log.deliver_cross_account_role = self._get_param("DeliverCrossAccountRole")
            if log.log_destination_type == "cloud-watch-logs":
                if destination:
                    log.log_group_name = destination.split(":log-group:")[-1]
                else:
                    place = f"{self.region}:{self.current_account}"
                    log.log_destination = f"arn:aws:logs:{place}:log-group:{log.log_group_name}"
        return answer


def is_true(value):
    return value in (True, "true")


def associations():
    original = NetworkInterface.association.fget

    def association(self):
        """Moto writes the names of its members in another case than it looks them up in."""
        shown = original(self)
        return {name[0].upper() + name[1:]: value for name, value in shown.items()} or None

    NetworkInterface.association = property(association)


def subnets():
    @wrap(EC2Response, "modify_subnet_attribute")
    def modify_subnet_attribute(original, self):
        """Moto knows some attributes only."""
        subnet, names = self.ec2_backend.get_subnet(self._get_param("SubnetId")), {}
        dns64 = self._get_param("EnableDns64.Value")
        if dns64 is not None:
            subnet.EnableDns64 = is_true(dns64)
        aaaa = self._get_param("EnableResourceNameDnsAAAARecordOnLaunch.Value")
        if aaaa is not None:
            names["EnableResourceNameDnsAAAARecord"] = is_true(aaaa)
        kind = self._get_param("PrivateDnsHostnameTypeOnLaunch")
        if kind:
            names["HostnameType"] = kind
        subnet.private_dns_name_options_on_launch.update(names)
        return original()

    def ipv6_cidr_block_association_set(self):
        """Moto writes the names of its members in another case than it looks them up in."""
        return [
            {
                "Ipv6CidrBlock": it["ipv6CidrBlock"],
                "AssociationId": it["associationId"],
                "Ipv6CidrBlockState": it["ipv6CidrBlockState"],
            }
            for it in self.ipv6_cidr_block_associations.values()
            if it["ipv6CidrBlockState"]["State"] == "associated"
        ]

    Subnet.ipv6_cidr_block_association_set = property(ipv6_cidr_block_association_set)


def endpoints():
    @wrap(EC2Backend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(original, self, vpce_ids=None):
        """Moto looks for routes in tables that it has put none into."""
        for id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(id)
            if endpoint and endpoint.vpc_endpoint_type == "Gateway":
                for table in endpoint.route_table_ids:
                    try:
                        self.delete_route(table, endpoint.destination_prefix_list_id)
                    except EC2ClientError:
                        pass
                endpoint.route_table_ids = []
        return original(vpce_ids)
