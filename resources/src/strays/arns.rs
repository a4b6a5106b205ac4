//! Which resource type an ARN is of, and what finds the object again.

/// The type, and the id by which it is read. None for what has no type here, or whose ARN does not tell.
pub(super) fn of(arn: &str) -> Option<(&'static str, String)> {
    let (service, resource) = parts(arn)?;
    let (kind, name) = resource.split_once(['/', ':']).unwrap_or(("", resource));
    // By its whole ARN, or by what stands behind the kind.
    let (ty, whole) = match (service, kind) {
        ("acm", "certificate") => ("aws_acm_certificate", true),
        ("cloudfront", "distribution") => ("aws_cloudfront_distribution", false),
        ("cloudwatch", "alarm") => ("aws_cloudwatch_metric_alarm", false),
        ("ec2", "customer-gateway") => ("aws_customer_gateway", false),
        ("ec2", "dhcp-options") => ("aws_vpc_dhcp_options", false),
        ("ec2", "egress-only-internet-gateway") => ("aws_egress_only_internet_gateway", false),
        ("ec2", "elastic-ip") => ("aws_eip", false),
        ("ec2", "instance") => ("aws_instance", false),
        ("ec2", "internet-gateway") => ("aws_internet_gateway", false),
        ("ec2", "launch-template") => ("aws_launch_template", false),
        ("ec2", "natgateway") => ("aws_nat_gateway", false),
        ("ec2", "network-acl") => ("aws_network_acl", false),
        ("ec2", "route-table") => ("aws_route_table", false),
        ("ec2", "security-group") => ("aws_security_group", false),
        ("ec2", "spot-fleet-request") => ("aws_spot_fleet_request", false),
        ("ec2", "subnet") => ("aws_subnet", false),
        ("ec2", "vpc") => ("aws_vpc", false),
        ("ec2", "vpc-endpoint") => ("aws_vpc_endpoint", false),
        ("ec2", "vpc-flow-log") => ("aws_flow_log", false),
        ("ec2", "vpn-connection") => ("aws_vpn_connection", false),
        ("ec2", "vpn-gateway") => ("aws_vpn_gateway", false),
        ("ecr", "repository") => ("aws_ecr_repository", false),
        ("ecs", "capacity-provider") => ("aws_ecs_capacity_provider", true),
        ("ecs", "cluster") => ("aws_ecs_cluster", true),
        ("ecs", "service") => ("aws_ecs_service", true),
        ("ecs", "task-definition") => ("aws_ecs_task_definition", true),
        ("elasticfilesystem", "access-point") => ("aws_efs_access_point", false),
        ("elasticfilesystem", "file-system") => ("aws_efs_file_system", false),
        ("elasticloadbalancing", "listener") => ("aws_lb_listener", true),
        ("elasticloadbalancing", "listener-rule") => ("aws_lb_listener_rule", true),
        ("elasticloadbalancing", "loadbalancer") => ("aws_lb", true),
        ("elasticloadbalancing", "targetgroup") => ("aws_lb_target_group", true),
        ("kms", "key") => ("aws_kms_key", false),
        ("logs", "log-group") => ("aws_cloudwatch_log_group", false),
        ("route53", "hostedzone") => ("aws_route53_zone", false),
        ("s3", "") => ("aws_s3_bucket", false),
        ("secretsmanager", "secret") => ("aws_secretsmanager_secret", true),
        ("servicediscovery", "service") => ("aws_service_discovery_service", false),
        ("sns", "") => ("aws_sns_topic", true),
        _ => return None,
    };
    let id = if whole { arn } else { name.trim_end_matches(":*") };
    Some((ty, id.to_owned()))
}

/// What to call an object that has no type here: `volume`, `parameter`.
pub(super) fn service_of(arn: &str) -> &str {
    let Some((service, resource)) = parts(arn) else { return "object" };
    match resource.split_once(['/', ':']) {
        Some((kind, _)) => kind,
        None => service,
    }
}

/// Whether nothing else has this id: `vpc-0a1b2c3d`, and no name that somebody chose.
pub(super) fn is_telling(id: &str) -> bool {
    let hex = |it: &str| it.len() >= 8 && it.chars().all(|it| it.is_ascii_hexdigit());
    id.rsplit_once('-').is_some_and(|(_, it)| hex(it))
}

/// The service and the resource: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, service, _, _, resource] => Some((service, resource)),
        _ => None,
    }
}
