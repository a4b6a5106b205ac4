"""EC2: what is in use is not deleted; tags are written with the object."""

import time

from case import Case, client
from stacks import Network, balancer

ec2 = client("ec2")


def interfaces():
    """What each network interface says it is for."""
    return sorted(it["Description"] for it in ec2.describe_network_interfaces()["NetworkInterfaces"])


class InUse(Case):
    def setUp(self):
        super().setUp()
        self.network = Network()

    def test_a_security_group_that_a_rule_an_interface_or_a_balancer_names(self):
        network = self.network
        other = ec2.create_security_group(GroupName="o", Description="d", VpcId=network.vpc)["GroupId"]
        pair = [{"GroupId": network.group}]
        rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": pair}
        ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
        message = self.refused("DependencyViolation", ec2.delete_security_group, GroupId=network.group)
        self.assertEqual(message, f"resource {network.group} has a dependent object")
        ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[rule])

        arn = balancer(network)
        self.refused("DependencyViolation", ec2.delete_security_group, GroupId=network.group)
        client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
        self.becomes([], interfaces)

        made = ec2.create_network_interface(SubnetId=network.subnets[0], Groups=[network.group])
        self.refused("DependencyViolation", ec2.delete_security_group, GroupId=network.group)
        eni = made["NetworkInterface"]["NetworkInterfaceId"]
        ec2.delete_network_interface(NetworkInterfaceId=eni)
        ec2.delete_security_group(GroupId=network.group)
        groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])
        default = next(it for it in groups["SecurityGroups"] if it["GroupName"] == "default")
        self.refused("CannotDelete", ec2.delete_security_group, GroupId=default["GroupId"])

    def test_a_balancer_has_interfaces_that_outlive_it(self):
        arn = balancer(self.network)
        text = "ELB " + arn.split(":loadbalancer/")[1]
        self.assertEqual(interfaces(), [text, text])
        group = [{"Name": "group-id", "Values": [self.network.group]}]
        held = ec2.describe_network_interfaces(Filters=group)["NetworkInterfaces"]
        self.has(held[0], RequesterManaged=True, RequesterId="amazon-elb", Status="in-use")
        self.assertIn("PublicIp", held[0]["Association"])
        client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
        self.assertEqual(interfaces(), [text, text])
        self.becomes([], interfaces)

    def test_a_vpc_and_its_subnets(self):
        network, vpc = self.network, self.network.vpc
        arn = balancer(network)
        for subnet in network.subnets:
            self.refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
        client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
        self.becomes([], interfaces)
        gateway = network.gateway
        for subnet in network.subnets:
            self.refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
            ec2.delete_subnet(SubnetId=subnet)
        self.refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
        ec2.delete_security_group(GroupId=network.group)
        self.refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
        self.refused("DependencyViolation", ec2.delete_internet_gateway, InternetGatewayId=gateway)
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.delete_vpc(VpcId=vpc)

    def test_a_nat_gateway_holds_its_address_and_its_internet_gateway(self):
        network = self.network
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = {"SubnetId": network.subnets[0], "AllocationId": address}
        attached = {"InternetGatewayId": network.gateway, "VpcId": network.vpc}
        ec2.detach_internet_gateway(**attached)
        self.refused("Gateway.NotAttached", ec2.create_nat_gateway, **nat)
        ec2.attach_internet_gateway(**attached)
        made = ec2.create_nat_gateway(**nat)["NatGateway"]
        self.assertEqual(made["State"], "pending")
        id = made["NatGatewayId"]

        def state():
            return ec2.describe_nat_gateways(NatGatewayIds=[id])["NatGateways"][0]["State"]

        self.becomes("available", state)
        shown = ec2.describe_nat_gateways(NatGatewayIds=[id])["NatGateways"][0]
        self.has(shown["NatGatewayAddresses"][0], AllocationId=address)
        self.refused("InvalidIPAddress.InUse", ec2.release_address, AllocationId=address)
        self.refused("DependencyViolation", ec2.detach_internet_gateway, **attached)
        self.refused("DependencyViolation", ec2.delete_subnet, SubnetId=network.subnets[0])
        ec2.delete_nat_gateway(NatGatewayId=id)
        self.becomes("deleted", state)
        ec2.release_address(AllocationId=address)
        ec2.detach_internet_gateway(**attached)
        ec2.delete_subnet(SubnetId=network.subnets[0])

    def test_an_unknown_group_is_no_group_for_an_interface(self):
        arguments = {"SubnetId": self.network.subnets[0], "Groups": ["sg-0123"]}
        self.refused("InvalidGroup.NotFound", ec2.create_network_interface, **arguments)


class Endpoints(Case):
    def test_a_gateway_endpoint_without_route_tables_is_deleted(self):
        network = Network()
        service = "com.amazonaws.us-east-1.s3"
        made = ec2.create_vpc_endpoint(VpcId=network.vpc, ServiceName=service)["VpcEndpoint"]
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])

    def test_an_interface_endpoint_holds_its_security_group_and_subnets(self):
        network = Network()
        made = ec2.create_vpc_endpoint(
            VpcId=network.vpc,
            VpcEndpointType="Interface",
            ServiceName="com.amazonaws.us-east-1.ecr.api",
            SubnetIds=network.subnets,
            SecurityGroupIds=[network.group],
        )["VpcEndpoint"]
        self.refused("DependencyViolation", ec2.delete_security_group, GroupId=network.group)
        self.refused("DependencyViolation", ec2.delete_subnet, SubnetId=network.subnets[0])
        ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
        ec2.delete_security_group(GroupId=network.group)
        ec2.delete_subnet(SubnetId=network.subnets[0])


class Tags(Case):
    def test_tags_are_written_with_the_object(self):
        network = Network()

        def tags(kind):
            return [{"ResourceType": kind, "Tags": [{"Key": "a", "Value": "b"}]}]

        ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags("vpc"))
        ec2.create_subnet(VpcId=network.vpc, CidrBlock="10.0.9.0/24", TagSpecifications=tags("subnet"))
        ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway"))
        ec2.create_route_table(VpcId=network.vpc, TagSpecifications=tags("route-table"))
        group = ec2.create_security_group(
            GroupName="t", Description="d", VpcId=network.vpc, TagSpecifications=tags("security-group")
        )["GroupId"]
        rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        made = ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=[rule], TagSpecifications=tags("security-group-rule")
        )
        ec2.allocate_address(Domain="vpc", TagSpecifications=tags("elastic-ip"))
        ec2.create_nat_gateway(
            SubnetId=network.subnets[0], ConnectivityType="private", TagSpecifications=tags("natgateway")
        )
        ec2.create_network_interface(
            SubnetId=network.subnets[0], TagSpecifications=tags("network-interface")
        )
        ec2.create_vpc_endpoint(
            VpcId=network.vpc,
            ServiceName="com.amazonaws.us-east-1.s3",
            TagSpecifications=tags("vpc-endpoint"),
        )
        ec2.create_network_acl(VpcId=network.vpc, TagSpecifications=tags("network-acl"))
        ec2.create_egress_only_internet_gateway(
            VpcId=network.vpc, TagSpecifications=tags("egress-only-internet-gateway")
        )
        ec2.create_launch_template(
            LaunchTemplateName="l",
            LaunchTemplateData={"ImageId": "ami-1"},
            TagSpecifications=tags("launch-template"),
        )
        found = ec2.describe_tags(Filters=[{"Name": "key", "Values": ["a"]}])["Tags"]
        self.assertEqual(
            sorted(it["ResourceType"] for it in found),
            [
                "egress-only-internet-gateway",
                "elastic-ip",
                "internet-gateway",
                "launch-template",
                "natgateway",
                "network-acl",
                "network-interface",
                "route-table",
                "security-group",
                "security-group-rule",
                "subnet",
                "vpc",
                "vpc-endpoint",
            ],
        )
        rule_id = made["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        shown = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"]
        self.assertEqual(shown[0]["Tags"], [{"Key": "a", "Value": "b"}])
