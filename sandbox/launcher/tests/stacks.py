"""Things that several tests put up first."""

from case import client

TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'


class Network:
    """A VPC with an internet gateway, two subnets and a security group."""

    def __init__(self):
        ec2 = client("ec2")
        self.vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.subnets = [
            ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{z}")[
                "Subnet"
            ]["SubnetId"]
            for n, z in ((1, "a"), (2, "b"))
        ]
        self.group = ec2.create_security_group(GroupName="g", Description="d", VpcId=self.vpc)["GroupId"]

    def awsvpc(self):
        return {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.group]}}


def balancer(network, **more):
    elb = client("elbv2")
    made = elb.create_load_balancer(
        Name="lb", Subnets=network.subnets, SecurityGroups=[network.group], **more
    )
    return made["LoadBalancers"][0]["LoadBalancerArn"]


def target_group(network, name="tg", **more):
    elb = client("elbv2")
    arguments = {"TargetType": "ip", "Protocol": "HTTP", "Port": 80, "VpcId": network.vpc} | more
    return elb.create_target_group(Name=name, **arguments)["TargetGroups"][0]["TargetGroupArn"]


def listener(balancer, group, port=80):
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    made = client("elbv2").create_listener(
        LoadBalancerArn=balancer, Port=port, Protocol="HTTP", DefaultActions=forward
    )
    return made["Listeners"][0]["ListenerArn"]


def definition(image="nginx", **more):
    log = {"awslogs-group": "/app", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}
    arguments = {
        "family": "web",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
        "containerDefinitions": [
            {
                "name": "web",
                "image": image,
                "portMappings": [{"containerPort": 80}],
                "logConfiguration": {"logDriver": "awslogs", "options": log},
            }
        ],
    } | more
    answer = client("ecs").register_task_definition(**arguments)
    return answer["taskDefinition"]["taskDefinitionArn"]
