"""VPNs: a connection's tunnels, and what is in use."""

from case import Case, client
from stacks import Network

ec2 = client("ec2")


class Connections(Case):
    def setUp(self):
        super().setUp()
        gateway = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="203.0.113.7", BgpAsn=65000)
        self.customer = gateway["CustomerGateway"]["CustomerGatewayId"]
        self.gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]

    def made(self, **options):
        arguments = {"CustomerGatewayId": self.customer, "VpnGatewayId": self.gateway, "Type": "ipsec.1"}
        made = ec2.create_vpn_connection(**arguments, Options=options)["VpnConnection"]
        self.id = made["VpnConnectionId"]
        self.becomes("available", lambda: self.shown()["State"])

    def shown(self):
        filters = [{"Name": "vpn-connection-id", "Values": [self.id]}]
        return ec2.describe_vpn_connections(Filters=filters)["VpnConnections"][0]

    def test_a_tunnel_is_as_it_was_asked_for(self):
        tunnel = {"PreSharedKey": "a.key", "IKEVersions": [{"Value": "ikev2"}], "DPDTimeoutSeconds": 45}
        self.made(StaticRoutesOnly=True, TunnelOptions=[tunnel, {}])
        shown = self.shown()
        options = shown["Options"]["TunnelOptions"]
        self.has(options[0], PreSharedKey="a.key", IkeVersions=[{"Value": "ikev2"}], DpdTimeoutSeconds=45)
        self.assertTrue(shown["Options"]["StaticRoutesOnly"])
        for it in options:
            self.assertIn(f"<ip_address>{it['OutsideIpAddress']}</ip_address>", shown["CustomerGatewayConfiguration"])
            self.assertIn(it["PreSharedKey"], shown["CustomerGatewayConfiguration"])

    def test_it_takes_one_change_at_a_time(self):
        self.made()
        address = self.shown()["Options"]["TunnelOptions"][1]["OutsideIpAddress"]
        change = {"VpnConnectionId": self.id, "VpnTunnelOutsideIpAddress": address}
        ec2.modify_vpn_tunnel_options(**change, TunnelOptions={"StartupAction": "start"})
        self.refused(
            "IncorrectState", ec2.modify_vpn_tunnel_options, **change, TunnelOptions={"StartupAction": "add"}
        )
        self.becomes("available", lambda: self.shown()["State"])
        self.has(self.shown()["Options"]["TunnelOptions"][1], StartupAction="start")

    def test_it_holds_its_gateways(self):
        self.made()
        self.refused("IncorrectState", ec2.delete_customer_gateway, CustomerGatewayId=self.customer)
        self.refused("IncorrectState", ec2.delete_vpn_gateway, VpnGatewayId=self.gateway)
        ec2.delete_vpn_connection(VpnConnectionId=self.id)
        self.becomes("deleted", lambda: self.shown()["State"])
        ec2.delete_customer_gateway(CustomerGatewayId=self.customer)
        ec2.delete_vpn_gateway(VpnGatewayId=self.gateway)

    def test_routes_are_written_down(self):
        self.made(StaticRoutesOnly=True)
        route = {"VpnConnectionId": self.id, "DestinationCidrBlock": "10.9.0.0/16"}
        ec2.create_vpn_connection_route(**route)
        self.has(self.shown()["Routes"][0], DestinationCidrBlock="10.9.0.0/16", State="available")
        ec2.delete_vpn_connection_route(**route)
        self.assertEqual(self.shown()["Routes"], [])


class Gateways(Case):
    def test_a_table_learns_routes_from_a_gateway_of_its_vpc(self):
        network = Network()
        gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        table = ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
        pair = {"GatewayId": gateway, "RouteTableId": table}
        self.refused("Gateway.NotAttached", ec2.enable_vgw_route_propagation, **pair)
        ec2.attach_vpn_gateway(VpcId=network.vpc, VpnGatewayId=gateway)
        ec2.enable_vgw_route_propagation(**pair)
        shown = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        self.assertEqual(shown["PropagatingVgws"], [{"GatewayId": gateway}])
        ec2.disable_vgw_route_propagation(**pair)
        shown = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
        self.assertEqual(shown["PropagatingVgws"], [])

    def test_dhcp_options_outlive_a_vpc(self):
        network = Network()
        options = [{"Key": "domain-name", "Values": ["case.internal"]}]
        tags = [{"ResourceType": "dhcp-options", "Tags": [{"Key": "a", "Value": "b"}]}]
        made = ec2.create_dhcp_options(DhcpConfigurations=options, TagSpecifications=tags)["DhcpOptions"]
        self.assertEqual(made["Tags"], [{"Key": "a", "Value": "b"}])
        id = made["DhcpOptionsId"]
        vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
        for it in (vpc, network.vpc):
            ec2.associate_dhcp_options(DhcpOptionsId=id, VpcId=it)
        ec2.delete_vpc(VpcId=vpc)
        self.refused("DependencyViolation", ec2.delete_dhcp_options, DhcpOptionsId=id)
        ec2.associate_dhcp_options(DhcpOptionsId="default", VpcId=network.vpc)
        ec2.delete_dhcp_options(DhcpOptionsId=id)
