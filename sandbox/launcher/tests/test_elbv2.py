"""Load balancers, listeners and target groups."""

from case import Case, client
from stacks import Network, balancer, listener, target_group

elb = client("elbv2")


class Balancers(Case):
    def setUp(self):
        super().setUp()
        self.network = Network()

    def test_a_balancer_is_provisioning_and_then_active(self):
        arn = balancer(self.network)

        def shown():
            return elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]

        self.assertEqual(shown()["State"]["Code"], "provisioning")
        self.becomes("active", lambda: shown()["State"]["Code"])
        self.has(shown(), Scheme="internet-facing", CanonicalHostedZoneId="Z35SXDOTRQ7X7K")
        attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        attributes = {it["Key"]: it["Value"] for it in attributes}
        self.has(attributes, **{"idle_timeout.timeout_seconds": "60", "routing.http2.enabled": "true"})

    def test_what_aws_refuses(self):
        network = self.network
        one = {"Name": "x", "Subnets": network.subnets[:1]}
        self.refused("ValidationError", elb.create_load_balancer, **one)
        alike = client("ec2").create_subnet(
            VpcId=network.vpc, CidrBlock="10.0.3.0/24", AvailabilityZone="us-east-1a"
        )["Subnet"]["SubnetId"]
        two = {"Name": "x", "Subnets": [network.subnets[0], alike]}
        self.refused("InvalidConfigurationRequest", elb.create_load_balancer, **two)
        arn = balancer(network)
        self.assertEqual(balancer(network), arn)
        other = {"Name": "lb", "Subnets": network.subnets, "Scheme": "internal"}
        self.refused("DuplicateLoadBalancerName", elb.create_load_balancer, **other)
        bare = client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            client("ec2").create_subnet(
                VpcId=bare, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"us-east-1{z}"
            )["Subnet"]["SubnetId"]
            for n, z in ((1, "a"), (2, "b"))
        ]
        self.refused("InvalidSubnet", elb.create_load_balancer, Name="y", Subnets=subnets)
        elb.create_load_balancer(Name="y", Subnets=subnets, Scheme="internal")

    def test_deletion_protection(self):
        arn = balancer(self.network)
        protect = {"Key": "deletion_protection.enabled", "Value": "true"}
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protect])
        self.refused("OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=arn)

    def test_a_listener_has_its_port_for_itself_and_a_target_group_one_balancer(self):
        arn, group = balancer(self.network), target_group(self.network)
        made = listener(arn, group)
        self.refused("DuplicateListener", lambda: listener(arn, group))
        shown = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
        self.assertEqual(shown["LoadBalancerArns"], [arn])
        self.refused("ResourceInUse", elb.delete_target_group, TargetGroupArn=group)
        second = elb.create_load_balancer(Name="second", Subnets=self.network.subnets)
        second = second["LoadBalancers"][0]["LoadBalancerArn"]
        self.refused("TargetGroupAssociationLimit", lambda: listener(second, group))
        elb.delete_listener(ListenerArn=made)
        shown = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
        self.assertEqual(shown["LoadBalancerArns"], [])
        elb.delete_target_group(TargetGroupArn=group)

    def test_capacity_is_told_as_it_was_asked_for(self):
        arn = balancer(self.network)

        def shown():
            return elb.describe_capacity_reservation(LoadBalancerArn=arn).get("MinimumLoadBalancerCapacity")

        self.assertIsNone(shown())
        units = {"CapacityUnits": 100}
        elb.modify_capacity_reservation(LoadBalancerArn=arn, MinimumLoadBalancerCapacity=units)
        self.assertEqual(shown(), units)
        elb.modify_capacity_reservation(LoadBalancerArn=arn, ResetCapacityReservation=True)
        self.assertIsNone(shown())

    def test_a_network_balancer_has_addresses_and_may_be_in_one_zone(self):
        eip = client("ec2").allocate_address(Domain="vpc")
        mapping = {"SubnetId": self.network.subnets[0], "AllocationId": eip["AllocationId"]}
        made = elb.create_load_balancer(Name="n", Type="network", SubnetMappings=[mapping])
        (made,) = made["LoadBalancers"]
        (zone,) = made["AvailabilityZones"]
        wanted = [{"IpAddress": eip["PublicIp"], "AllocationId": eip["AllocationId"]}]
        self.assertEqual(zone["LoadBalancerAddresses"], wanted)
        subnets = self.network.subnets[1:]
        elb.set_subnets(LoadBalancerArn=made["LoadBalancerArn"], Subnets=subnets)

    def test_deleting_a_balancer_deletes_its_listeners(self):
        arn, group = balancer(self.network), target_group(self.network)
        listener(arn, group)
        elb.delete_load_balancer(LoadBalancerArn=arn)
        elb.delete_target_group(TargetGroupArn=group)


class Listeners(Case):
    def shown(self, arn):
        return elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]

    def test_clients_and_protocols_are_read_back(self):
        network = Network()
        internal = {"Subnets": network.subnets, "Scheme": "internal"}
        made = elb.create_load_balancer(Name="n", Type="network", **internal)
        group = target_group(network, Protocol="TCP")
        certificate = client("acm").request_certificate(DomainName="example.com")["CertificateArn"]
        tls = elb.create_listener(
            LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
            Port=443,
            Protocol="TLS",
            Certificates=[{"CertificateArn": certificate}],
            AlpnPolicy=["None"],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )["Listeners"][0]["ListenerArn"]
        elb.modify_listener(ListenerArn=tls, Protocol="TLS", AlpnPolicy=["HTTP2Only"])
        self.has(self.shown(tls), Protocol="TLS", AlpnPolicy=["HTTP2Only"])

        https = elb.create_listener(
            LoadBalancerArn=balancer(network),
            Port=443,
            Protocol="HTTPS",
            Certificates=[{"CertificateArn": certificate}],
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
        )["Listeners"][0]["ListenerArn"]
        self.has(self.shown(https), MutualAuthentication={"Mode": "off"})
        elb.modify_listener(ListenerArn=https, MutualAuthentication={"Mode": "passthrough"})
        self.has(self.shown(https), MutualAuthentication={"Mode": "passthrough"})

    def test_actions_are_told_with_defaults_and_without_secrets(self):
        network = Network()
        group = target_group(network)
        arn = listener(balancer(network), group)
        (action,) = self.shown(arn)["DefaultActions"]
        self.assertEqual(action["TargetGroupArn"], group)
        self.assertEqual(action["ForwardConfig"]["TargetGroups"], [{"TargetGroupArn": group, "Weight": 1}])
        redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": "443"}}
        elb.modify_listener(ListenerArn=arn, DefaultActions=[redirect])
        (action,) = self.shown(arn)["DefaultActions"]
        self.has(action["RedirectConfig"], Port="443", Host="#{host}", Query="#{query}")
        oidc = {
            "Issuer": "https://example.com",
            "AuthorizationEndpoint": "https://example.com/a",
            "TokenEndpoint": "https://example.com/t",
            "UserInfoEndpoint": "https://example.com/u",
            "ClientId": "id",
            "ClientSecret": "secret",
        }
        sign_in = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc}
        elb.modify_listener(ListenerArn=arn, DefaultActions=[sign_in, redirect | {"Order": 2}])
        shown = self.shown(arn)["DefaultActions"][0]["AuthenticateOidcConfig"]
        self.has(shown, ClientSecret=None, Scope="openid", SessionTimeout=604800)


class TargetGroups(Case):
    def test_every_field_is_read_back(self):
        network = Network()
        arn = target_group(
            network,
            HealthCheckEnabled=True,
            HealthCheckPath="/up",
            HealthCheckPort="8080",
            HealthCheckProtocol="HTTP",
            HealthCheckIntervalSeconds=15,
            HealthCheckTimeoutSeconds=4,
            HealthyThresholdCount=3,
            UnhealthyThresholdCount=4,
            Matcher={"HttpCode": "200-299"},
            ProtocolVersion="HTTP2",
            Tags=[{"Key": "a", "Value": "b"}],
        )
        wanted = {
            "HealthCheckPath": "/up",
            "HealthCheckPort": "8080",
            "HealthCheckIntervalSeconds": 15,
            "HealthCheckTimeoutSeconds": 4,
            "HealthyThresholdCount": 3,
            "UnhealthyThresholdCount": 4,
            "Matcher": {"HttpCode": "200-299"},
            "ProtocolVersion": "HTTP2",
            "TargetType": "ip",
            "IpAddressType": "ipv4",
            "VpcId": network.vpc,
        }
        self.has(elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0], **wanted)
        elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/", Matcher={"HttpCode": "204"})
        wanted |= {"HealthCheckPath": "/", "Matcher": {"HttpCode": "204"}}
        self.has(elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0], **wanted)
        attributes = elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
        attributes = {it["Key"]: it["Value"] for it in attributes}
        self.has(attributes, **{"stickiness.type": "lb_cookie", "slow_start.duration_seconds": "0"})
        again = {"Name": "tg", "Protocol": "HTTP", "Port": 80, "VpcId": network.vpc}
        self.refused("DuplicateTargetGroupName", elb.create_target_group, **again)
