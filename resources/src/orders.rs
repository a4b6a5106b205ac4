//! The order that AWS needs between objects that do not refer to each other, so that no stack has to
//! say it with `depends_on`.
//!
//! Without it the same calls would be refused for a while and made again, or tasks would be started
//! that cannot work yet; on the way down they would lose what they need while they still run.

use model::Order;

const POLICIES: &[&str] =
    &["aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_iam_policy_attachment"];
const RULES: &[&str] = &[
    "aws_security_group_rule",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];
const LISTENERS: &[&str] =
    &["aws_lb_listener", "aws_alb_listener", "aws_lb_listener_rule", "aws_alb_listener_rule"];
const BALANCERS: &[&str] = &["aws_lb", "aws_alb"];
const GATEWAY: &[&str] = &["aws_internet_gateway"];
const SERVICE: &[&str] = &["aws_ecs_service"];
const TASKS: &[&str] = &["aws_ecs_task_definition"];
const SUBNET: &[&str] = &["aws_subnet"];
const MACHINES: &[&str] = &["aws_autoscaling_group", "aws_instance"];
const TEMPLATES: &[&str] = &["aws_launch_template", "aws_launch_configuration"];

/// Most of them are what users of Terraform write `depends_on` for, or learn from a failure.
pub(crate) const ORDERS: &[Order] = &[
    // A policy that makes a bucket public, or an ACL, is refused while the bucket forbids them.
    order(
        &["aws_s3_bucket_public_access_block", "aws_s3_bucket_ownership_controls"],
        &["aws_s3_bucket_policy", "aws_s3_bucket_acl"],
        "aws_s3_bucket",
    ),
    // S3 writes to whom it notifies when it is told of him.
    order(&["aws_sns_topic_policy"], &["aws_s3_bucket_notification"], "aws_sns_topic"),
    order(&["aws_sqs_queue_policy"], &["aws_s3_bucket_notification"], "aws_sqs_queue"),
    // A service registers its tasks at target groups that a load balancer uses, and at no others.
    order(LISTENERS, SERVICE, "aws_lb_target_group"),
    order(LISTENERS, SERVICE, "aws_alb_target_group"),
    order(&["aws_ecs_cluster_capacity_providers"], SERVICE, "aws_ecs_cluster"),
    // A service that drains still needs what its role may do; hashicorp/terraform-provider-aws#3414.
    order(POLICIES, SERVICE, "aws_iam_role"),
    order(POLICIES, SERVICE, "aws_iam_role").through(&[TASKS]),
    // Tasks are started at once, and fail if they cannot read their secrets, mount their files or
    // reach the registry that their images are in.
    order(&["aws_secretsmanager_secret_version"], SERVICE, "aws_secretsmanager_secret")
        .through(&[TASKS]),
    order(&["aws_efs_mount_target"], SERVICE, "aws_efs_file_system").through(&[TASKS]),
    order(&["aws_route_table_association"], SERVICE, "aws_subnet"),
    order(&["aws_route"], SERVICE, "aws_route_table")
        .through(&[SUBNET, &["aws_route_table_association"]]),
    order(RULES, SERVICE, "aws_security_group"),
    // The same for machines.
    order(&["aws_route_table_association"], MACHINES, "aws_subnet"),
    order(RULES, MACHINES, "aws_security_group"),
    order(RULES, MACHINES, "aws_security_group").through(&[TEMPLATES]),
    order(POLICIES, MACHINES, "aws_iam_role").through(&[&["aws_iam_instance_profile"]]),
    order(POLICIES, MACHINES, "aws_iam_role").through(&[TEMPLATES, &["aws_iam_instance_profile"]]),
    // What is reached from the internet is in a network that has a gateway to it.
    order(GATEWAY, BALANCERS, "aws_vpc").through(&[SUBNET]),
    order(GATEWAY, &["aws_nat_gateway"], "aws_vpc").through(&[SUBNET]),
    order(GATEWAY, MACHINES, "aws_vpc").through(&[SUBNET]),
    order(GATEWAY, SERVICE, "aws_vpc").through(&[SUBNET]),
    order(GATEWAY, &["aws_eip"], "aws_vpc").through(&[&["aws_instance"], SUBNET]),
    // A certificate is used when it is issued.
    order(
        &["aws_acm_certificate_validation"],
        &["aws_lb_listener", "aws_alb_listener", "aws_cloudfront_distribution"],
        "aws_acm_certificate",
    ),
];

const fn order(
    first: &'static [&'static str],
    then: &'static [&'static str],
    shared: &'static str,
) -> Order {
    Order { first, then, through: &[], shared }
}

#[cfg(test)]
mod tests {
    use model::{Mode, NoHost, Registry};

    use super::*;

    #[test]
    fn every_type_of_an_order_exists() {
        let registry = crate::Builtin { host: &NoHost };
        let known = registry.names(Mode::Managed);
        for it in ORDERS {
            let through = it.through.iter().copied().flatten();
            let all = it.first.iter().chain(it.then).chain(through).chain([&it.shared]);
            let unknown: Vec<_> = all.filter(|it| !known.contains(it)).collect();
            assert!(unknown.is_empty(), "{unknown:?}");
        }
    }
}
