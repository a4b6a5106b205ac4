"""Virtual private networks: what a connection's tunnels are like, and how they are changed."""

import re

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.vpn_connections import VPNConnection
from moto.ec2.models.vpn_gateway import VpnGateway
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter
from moto.moto_api._internal import mock_random

from gaps import clock
from gaps.wrap import add, wrap

KEY = "abcdefghijkmnopqrstuvwxyz123456789"
# What a member of a request is called in answers, where that is not the same.
LISTS = [
    "Phase1EncryptionAlgorithms",
    "Phase2EncryptionAlgorithms",
    "Phase1IntegrityAlgorithms",
    "Phase2IntegrityAlgorithms",
    "Phase1DHGroupNumbers",
    "Phase2DHGroupNumbers",
    "IKEVersions",
]
SHOWN = {"IKEVersions": "IkeVersions", "DPDTimeoutSeconds": "DpdTimeoutSeconds", "DPDTimeoutAction": "DpdTimeoutAction"}


def install():
    customer_gateways()
    gateways()
    propagation()
    connections()
    changes()
    routes()


def customer_gateways():
    @wrap(EC2Response, "create_customer_gateway")
    def create_customer_gateway(original, self):
        made = original().result["CustomerGateway"]
        made.device_name = self._get_param("DeviceName")
        made.certificate_arn = self._get_param("CertificateArn")
        made.bgp_asn_extended = self._get_param("BgpAsnExtended")
        made.bgp_asn = made.bgp_asn or ("23456" if made.bgp_asn_extended else "65000")
        return ActionResult({"CustomerGateway": made})

    @wrap(EC2Backend, "describe_customer_gateways")
    def describe_customer_gateways(original, self, filters=None, customer_gateway_ids=None):
        """By tags too."""
        tags = {name: it for name, it in (filters or {}).items() if name.startswith("tag")}
        return generic_filter(tags, original(filters, customer_gateway_ids))

    @wrap(EC2Backend, "delete_customer_gateway")
    def delete_customer_gateway(original, self, customer_gateway_id):
        if any(it.customer_gateway_id == customer_gateway_id for it in living(self)):
            raise EC2ClientError("IncorrectState", "The customer gateway is in use.")
        return original(customer_gateway_id)


def gateways():
    @wrap(EC2Backend, "create_vpn_gateway")
    def create_vpn_gateway(original, self, *args, **kwargs):
        gateway = original(*args, **kwargs)
        gateway.amazon_side_asn = gateway.amazon_side_asn or "64512"
        return gateway

    @wrap(EC2Backend, "delete_vpn_gateway")
    def delete_vpn_gateway(original, self, vpn_gateway_id):
        gateway = self.vpn_gateways.get(vpn_gateway_id)
        attached = gateway and any(it.state == "attached" for it in gateway.vpc_attachments)
        if attached or any(it.vpn_gateway_id == vpn_gateway_id for it in living(self)):
            raise EC2ClientError("IncorrectState", "The vpnGateway is in use.")
        return original(vpn_gateway_id)

    inherited = VpnGateway.get_filter_value

    def get_filter_value(self, filter_name, method_name=None):
        if filter_name == "attachment.vpc-id":
            return [id for id, it in self.attachments.items() if it.state == "attached"]
        return inherited(self, filter_name, method_name)

    VpnGateway.get_filter_value = get_filter_value


def propagation():
    @add(EC2Response)
    def enable_vgw_route_propagation(self):
        gateway, table = propagated(self)
        attached = [it.vpc_id for it in gateway.vpc_attachments if it.state == "attached"]
        if table.vpc_id not in attached:
            raise EC2ClientError(
                "Gateway.NotAttached", f"resource {gateway.id} is not attached to network {table.vpc_id}"
            )
        if gateway.id not in table.gateways:
            table.gateways = [*table.gateways, gateway.id]
        return EmptyResult()

    @add(EC2Response)
    def disable_vgw_route_propagation(self):
        gateway, table = propagated(self)
        table.gateways = [it for it in table.gateways if it != gateway.id]
        return EmptyResult()

    RouteTable.gateways = ()
    RouteTable.propagating_vgws = property(lambda self: [{"GatewayId": it} for it in self.gateways])


def propagated(response):
    backend = response.ec2_backend
    gateway = backend.get_vpn_gateway(response._get_param("GatewayId"))
    return gateway, backend.get_route_table(response._get_param("RouteTableId"))


def connections():
    @wrap(EC2Response, "create_vpn_connection")
    def create_vpn_connection(original, self):
        vpn = original().result["VpnConnection"]
        asked = self._get_param("Options") or {}
        vpn.local, vpn.remote = "0.0.0.0/0", "0.0.0.0/0"
        vpn.local = asked.get("LocalIpv4NetworkCidr", vpn.local)
        vpn.remote = asked.get("RemoteIpv4NetworkCidr", vpn.remote)
        vpn.static = asked.get("StaticRoutesOnly") in (True, "true")
        vpn.category, vpn.routes = "VPN", []
        vpn.static_routes = vpn.routes
        number = mock_random.randint(1, 250)
        given = [*(asked.get("TunnelOptions") or []), {}, {}][:2]
        vpn.tunnel_options = [
            shown({"TunnelInsideCidr": f"169.254.{number}.{4 * n}/30", "PreSharedKey": key()} | options)
            | {"OutsideIpAddress": f"52.{number}.0.{n + 1}"}
            for n, options in enumerate(given)
        ]
        vpn.state, vpn.next_at = "pending", clock.seconds() + clock.PHASE
        return ActionResult({"VpnConnection": vpn})

    @wrap(EC2Backend, "describe_vpn_connections")
    def describe_vpn_connections(original, self, vpn_connection_ids=None, filters=None):
        for vpn in self.vpn_connections.values():
            settle(vpn)
        return original(vpn_connection_ids, filters)

    @wrap(EC2Backend, "delete_vpn_connection")
    def delete_vpn_connection(original, self, vpn_connection_id):
        vpn = original(vpn_connection_id)
        vpn.state, vpn.next_at = "deleting", clock.seconds() + clock.PHASE
        return vpn

    def options(self):
        return {
            "EnableAcceleration": False,
            "StaticRoutesOnly": self.static,
            "LocalIpv4NetworkCidr": self.local,
            "RemoteIpv4NetworkCidr": self.remote,
            "OutsideIpAddressType": "PublicIpv4",
            "TunnelInsideIpVersion": "ipv4",
            "TunnelOptions": self.tunnel_options,
        }

    VPNConnection.next_at = 0
    VPNConnection.tunnel_options = ()
    VPNConnection.options = property(options, lambda self, _: None)
    VPNConnection.vpn_connection_id = property(lambda self: self.id)
    VPNConnection.customer_gateway_configuration = property(configuration)
    # Moto's own members, which an answer would show.
    VPNConnection.vgw_telemetry = property(
        lambda self: [{"OutsideIpAddress": it["OutsideIpAddress"], "Status": "DOWN"} for it in self.tunnel_options]
    )


def settle(vpn):
    if vpn.next_at > clock.seconds():
        return
    vpn.state = {"pending": "available", "modifying": "available", "deleting": "deleted"}.get(vpn.state, vpn.state)


def living(backend):
    """The connections that are not deleted yet."""
    for vpn in backend.vpn_connections.values():
        settle(vpn)
    return [it for it in backend.vpn_connections.values() if it.state != "deleted"]


def key():
    return "".join(mock_random.choice(KEY) for _ in range(32))


def shown(options):
    """Options of a tunnel as AWS shows them."""
    result = {}
    for name, value in options.items():
        if name in LISTS:
            value = [{"Value": it["Value"]} for it in value]
        elif re.fullmatch(r"-?\d+", str(value)):
            value = int(value)
        result[SHOWN.get(name, name)] = value
    if "LogOptions" in result:
        cloudwatch = dict(result["LogOptions"].get("CloudWatchLogOptions") or {})
        cloudwatch["LogEnabled"] = cloudwatch.get("LogEnabled") in (True, "true")
        result["LogOptions"] = {"CloudWatchLogOptions": cloudwatch}
    if "EnableTunnelLifecycleControl" in result:
        result["EnableTunnelLifecycleControl"] = result["EnableTunnelLifecycleControl"] in (True, "true")
    return result


def configuration(self):
    tunnels = "".join(tunnel(self, it) for it in self.tunnel_options)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<vpn_connection id="{self.id}">{tunnels}</vpn_connection>'


def tunnel(vpn, options):
    network = options["TunnelInsideCidr"].split("/")[0].rsplit(".", 1)
    inside = lambda n: f"{network[0]}.{int(network[1]) + n}"
    gateway = vpn.ec2_backend.customer_gateways[vpn.customer_gateway_id]
    side = lambda outside, n, asn: (
        f"<tunnel_outside_address><ip_address>{outside}</ip_address></tunnel_outside_address>"
        f"<tunnel_inside_address><ip_address>{inside(n)}</ip_address></tunnel_inside_address>"
        f"<bgp><asn>{asn}</asn><hold_time>30</hold_time></bgp>"
    )
    return (
        "<ipsec_tunnel>"
        f"<customer_gateway>{side(gateway.ip_address, 2, gateway.bgp_asn)}</customer_gateway>"
        f"<vpn_gateway>{side(options['OutsideIpAddress'], 1, 64512)}</vpn_gateway>"
        f"<ike><pre_shared_key>{options['PreSharedKey']}</pre_shared_key></ike>"
        "</ipsec_tunnel>"
    )


def changes():
    def changed(response):
        """The connection, if it can be changed now. It takes a moment."""
        id = response._get_param("VpnConnectionId")
        vpn = response.ec2_backend.describe_vpn_connections([id])[0]
        if vpn.state != "available":
            raise EC2ClientError("IncorrectState", f"The vpnConnection '{id}' is in state {vpn.state}.")
        vpn.state, vpn.next_at = "modifying", clock.seconds() + clock.PHASE
        return vpn

    @add(EC2Response)
    def modify_vpn_connection(self):
        vpn = changed(self)
        vpn.customer_gateway_id = self._get_param("CustomerGatewayId") or vpn.customer_gateway_id
        gateway, transit = self._get_param("VpnGatewayId"), self._get_param("TransitGatewayId")
        if gateway or transit:
            vpn.vpn_gateway_id, vpn.transit_gateway_id = gateway, transit
        return ActionResult({"VpnConnection": vpn})

    @add(EC2Response)
    def modify_vpn_connection_options(self):
        vpn = changed(self)
        vpn.local = self._get_param("LocalIpv4NetworkCidr") or vpn.local
        vpn.remote = self._get_param("RemoteIpv4NetworkCidr") or vpn.remote
        return ActionResult({"VpnConnection": vpn})

    @add(EC2Response)
    def modify_vpn_tunnel_options(self):
        vpn, address = changed(self), self._get_param("VpnTunnelOutsideIpAddress")
        options = next(it for it in vpn.tunnel_options if it["OutsideIpAddress"] == address)
        options.update(shown(self._get_param("TunnelOptions") or {}))
        return ActionResult({"VpnConnection": vpn})


def routes():
    @add(EC2Response)
    def create_vpn_connection_route(self):
        vpn = self.ec2_backend.describe_vpn_connections([self._get_param("VpnConnectionId")])[0]
        cidr = self._get_param("DestinationCidrBlock")
        if all(it["DestinationCidrBlock"] != cidr for it in vpn.routes):
            vpn.routes.append({"DestinationCidrBlock": cidr, "Source": "Static", "State": "available"})
        return EmptyResult()

    @add(EC2Response)
    def delete_vpn_connection_route(self):
        vpn = self.ec2_backend.describe_vpn_connections([self._get_param("VpnConnectionId")])[0]
        cidr = self._get_param("DestinationCidrBlock")
        vpn.routes[:] = [it for it in vpn.routes if it["DestinationCidrBlock"] != cidr]
        return EmptyResult()
