"""What moto 5.2.5 lacks or gets wrong, one module a service. Each wraps moto's own classes."""

from gaps import (
    acm,
    applicationautoscaling,
    autoscaling,
    bucket_policy,
    calls,
    cbor,
    cloudfront,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    faults,
    iam,
    iam_simulation,
    instances,
    interfaces,
    logs,
    protocol,
    route53,
    s3,
    secretsmanager,
    servicediscovery,
    sns,
    speed,
    vpc,
    vpn,
    sqs,
)

MODULES = [
    protocol,
    faults,
    calls,
    speed,
    acm,
    applicationautoscaling,
    autoscaling,
    bucket_policy,
    cloudfront,
    ec2,
    ecr,
    ecs,
    efs,
    elbv2,
    iam,
    iam_simulation,
    instances,
    interfaces,
    logs,
    route53,
    s3,
    secretsmanager,
    servicediscovery,
    vpc,
    vpn,
    sns,
    sqs,
]


def install():
    """Wraps moto's classes. Called once, before the first request."""
    for module in MODULES:
        module.install()


def before_request():
    """Lets time pass: moves on whatever changes by itself in AWS."""
    for module in MODULES:
        if hasattr(module, "advance"):
            module.advance()
