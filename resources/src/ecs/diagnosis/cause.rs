//! What usually makes a task stop, or keeps one from starting, and what to do about it.

use super::{KILLED, Stopped};

/// What usually makes a task stop, or keeps one from starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    ImageMissing,
    ImageDenied,
    ImageRate,
    Network,
    SecretDenied,
    SecretMissing,
    LogGroup,
    Volume,
    Role,
    Memory,
    ContainerHealth,
    TargetHealth,
    Processor,
    Command,
    Exited,
    NoInstances,
    Capacity,
    FargateCapacity,
    Port,
    Constraint,
    Spot,
    ByHand,
    Unknown,
}

/// The cause, by the texts that ECS, its agent and Docker have for it. All of the words of a line must
/// be there; the first line that fits counts.
const OF_TASKS: &[(&[&str], Cause)] = &[
    (&["cannotpull", "toomanyrequests"], Cause::ImageRate),
    (&["cannotpull", "pull rate limit"], Cause::ImageRate),
    (&["cannotpull", "i/o timeout"], Cause::Network),
    (&["cannotpull", "deadline exceeded"], Cause::Network),
    (&["cannotpull", "request canceled"], Cause::Network),
    (&["cannotpull", "dial tcp"], Cause::Network),
    (&["cannotpull", "manifest does not match"], Cause::Processor),
    (&["cannotpull", "no matching manifest"], Cause::Processor),
    (&["cannotpull", "no basic auth"], Cause::ImageDenied),
    (&["cannotpull", "not authorized"], Cause::ImageDenied),
    (&["cannotpull", "accessdenied"], Cause::ImageDenied),
    (&["cannotpull", "403 forbidden"], Cause::ImageDenied),
    (&["cannotpull"], Cause::ImageMissing),
    (&["resourceinitialization", "log group"], Cause::LogGroup),
    (&["resourceinitialization", "logger"], Cause::LogGroup),
    (&["resourceinitialization", "i/o timeout"], Cause::Network),
    (&["resourceinitialization", "deadline exceeded"], Cause::Network),
    (&["resourceinitialization", "connection issue"], Cause::Network),
    (&["resourceinitialization", "accessdenied"], Cause::SecretDenied),
    (&["resourceinitialization", "not authorized"], Cause::SecretDenied),
    (&["resourceinitialization", "efs"], Cause::Volume),
    (&["resourceinitialization", "volume"], Cause::Volume),
    (&["resourceinitialization", "secret"], Cause::SecretMissing),
    (&["resourceinitialization", "ssm parameter"], Cause::SecretMissing),
    (&["unable to assume", "role"], Cause::Role),
    (&["outofmemory"], Cause::Memory),
    (&["failed elb health checks"], Cause::TargetHealth),
    (&["failed container health checks"], Cause::ContainerHealth),
    (&["exec format error"], Cause::Processor),
    (&["executable file not found"], Cause::Command),
    (&["no such file or directory", "cannotstartcontainer"], Cause::Command),
    (&["port is already allocated"], Cause::Port),
    (&["address already in use"], Cause::Port),
    (&["spotinterruption"], Cause::Spot),
    (&["terminationnotice"], Cause::Spot),
    (&["capacity is unavailable"], Cause::FargateCapacity),
    (&["userinitiated"], Cause::ByHand),
];

/// The same for what a service says when it cannot start a task, or is about to stop one.
const OF_EVENTS: &[(&[&str], Cause)] = &[
    (&["unable to place", "no container instances were found"], Cause::NoInstances),
    (&["unable to place", "already using a port"], Cause::Port),
    (&["resource:port"], Cause::Port),
    (&["unable to place", "insufficient"], Cause::Capacity),
    (&["resource:"], Cause::Capacity),
    (&["unable to place", "capacity is unavailable"], Cause::FargateCapacity),
    (&["unable to place", "attribute"], Cause::Constraint),
    (&["unable to place", "constraint"], Cause::Constraint),
    (&["unable to place"], Cause::Capacity),
    (&["unable to assume", "role"], Cause::Role),
    (&["is unhealthy in", "target-group"], Cause::TargetHealth),
];

fn find(table: &[(&[&str], Cause)], text: &str) -> Option<Cause> {
    let text = text.to_lowercase();
    table.iter().find(|(words, _)| words.iter().all(|it| text.contains(it))).map(|it| it.1)
}

pub(super) fn of_task(it: &Stopped) -> Cause {
    let mut text = format!("{} {}", it.code, it.reason);
    for container in &it.containers {
        text = format!("{text} {}", container.reason);
    }
    if let Some(found) = find(OF_TASKS, &text) {
        return found;
    }
    // What the container has said itself counts only if nobody else knows.
    let said = it.log.iter().flat_map(|it| &it.lines);
    let said = said.filter(|it| it.contains("exec format error"));
    match it.failing().and_then(|it| it.exit_code) {
        _ if said.count() > 0 => Cause::Processor,
        Some(KILLED) => Cause::Memory,
        Some(_) => Cause::Exited,
        None => Cause::Unknown,
    }
}

pub(super) fn of_event(text: &str) -> Option<Cause> {
    find(OF_EVENTS, text)
}

impl Cause {
    /// What it usually is, and what to do next.
    pub fn advice(self) -> (&'static str, &'static str) {
        match self {
            Cause::ImageMissing => (
                "the image or its tag does not exist in the repository",
                "look up its tags (aws ecr list-images), push it, or correct `image`",
            ),
            Cause::ImageDenied => (
                "the execution role may not pull the image",
                "allow ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer \
                 to `execution_role_arn`, or give `repositoryCredentials`",
            ),
            Cause::ImageRate => (
                "the registry limits how often images are pulled without an account",
                "copy the image to ECR, or give `repositoryCredentials`",
            ),
            Cause::Network => (
                "the task's subnets have no way to the service that it calls",
                "give them a NAT gateway, a public IP (`assign_public_ip`) or VPC endpoints, and let \
                 the security group reach port 443",
            ),
            Cause::SecretDenied => (
                "the execution role may not read a secret or parameter that a container is given",
                "allow secretsmanager:GetSecretValue or ssm:GetParameters, and kms:Decrypt of its key, \
                 to `execution_role_arn`",
            ),
            Cause::SecretMissing => (
                "a secret or parameter that a container is given does not exist",
                "correct `valueFrom` in `secrets`, or make the secret, with a value, before the service",
            ),
            Cause::LogGroup => (
                "the log group does not exist, or the execution role may not write to it",
                "make the group, and allow logs:CreateLogStream and logs:PutLogEvents to \
                 `execution_role_arn`",
            ),
            Cause::Volume => (
                "a volume cannot be mounted",
                "give the file system a mount target in each subnet, and let the task's security group \
                 reach it on port 2049",
            ),
            Cause::Role => (
                "ECS may not take on the task's roles",
                "let ecs-tasks.amazonaws.com assume them (`assume_role_policy`)",
            ),
            Cause::Memory => (
                "the container was killed, most often because it used more memory than it may",
                "raise `memory` of the container or task, or limit what the application takes",
            ),
            Cause::ContainerHealth => (
                "the container's own health check fails, or begins before the application is ready",
                "run its command in the container, and give it a longer `startPeriod`",
            ),
            Cause::TargetHealth => (
                "the application does not answer the target group's health check: another path, port or \
                 status, too slow a start, or a security group in between",
                "compare `health_check` with what the application answers, let the load balancer reach \
                 the container's port, and raise `health_check_grace_period_seconds` if it starts slowly",
            ),
            Cause::Processor => (
                "the image is for another processor",
                "build it for the task's `runtime_platform`, or set `cpu_architecture` to the image's",
            ),
            Cause::Command => (
                "what the container shall run is not in the image",
                "correct `command` or `entryPoint`",
            ),
            Cause::Exited => (
                "the application ended by itself",
                "its log says why; compare its environment and secrets with what it needs",
            ),
            Cause::NoInstances => (
                "no instance has joined the cluster",
                "look at the Auto Scaling group's size, and at the instances' user data, role and way to \
                 the ECS endpoint",
            ),
            Cause::Capacity => (
                "no instance has as much CPU or memory left as a task needs",
                "add instances, make the task smaller, or lower `deployment_minimum_healthy_percent` so \
                 that old tasks make room",
            ),
            Cause::FargateCapacity => (
                "Fargate has no capacity in these zones at the moment",
                "give the service subnets in more zones, or a strategy that is not of spot capacity alone",
            ),
            Cause::Port => (
                "the host port that a task needs is in use on every instance, often by the old task",
                "leave `hostPort` out, add an instance, or lower `deployment_minimum_healthy_percent`",
            ),
            Cause::Constraint => (
                "no instance fits the placement constraints, or has what the task requires",
                "compare `placement_constraints` with the instances' attributes",
            ),
            Cause::Spot => (
                "AWS took the spot capacity back",
                "nothing, as ECS starts another task; for a base that stays, mix in capacity that is not \
                 spot",
            ),
            Cause::ByHand => ("somebody stopped the task", "nothing, as ECS starts another one"),
            Cause::Unknown => {
                ("not one of those that are known here", "look at the task's reason and log")
            }
        }
    }
}
