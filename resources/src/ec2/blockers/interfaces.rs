//! Network interfaces: whose they are, and whether their owner still wants them.
//!
//! Services that put interfaces into a VPC say whose they are in the description, and take them away
//! some time after the owner is gone: a load balancer's in a minute, a function's in up to forty. What a
//! task of ECS has left behind is taken away here if ECS does not.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_ec2::types as sdk;
use futures::future::join_all;
use model::FaultKind;

use super::{Held, Holder};
use crate::aws::Aws;
use crate::ec2::filter;
use crate::fault::OrFault;
use crate::resource::Result;

/// The interfaces in a group, a subnet or a VPC.
pub(super) async fn of(aws: &Aws, name: &str, id: &str) -> Result<Vec<sdk::NetworkInterface>> {
    let call = aws.ec2().describe_network_interfaces().filters(filter(name, &[id.to_owned()]));
    let answer = call.send().await.or_fault("DescribeNetworkInterfaces")?;
    Ok(answer.network_interfaces.unwrap_or_default())
}

/// What the interfaces of one owner have in common is told once.
pub(super) async fn holders(
    aws: &Aws,
    held: Held<'_>,
    interfaces: &[sdk::NetworkInterface],
) -> Vec<Holder> {
    let mut owners: Vec<(Owner, Vec<&str>)> = Vec::new();
    for it in interfaces {
        let (owner, id) = (Owner::of(it), it.network_interface_id().unwrap_or_default());
        match owners.iter_mut().find(|(other, _)| *other == owner) {
            Some((_, ids)) => ids.push(id),
            None => owners.push((owner, vec![id])),
        }
    }
    join_all(owners.iter().map(|(owner, ids)| owner.holder(aws, held, ids))).await
}

/// Who an interface belongs to.
#[derive(Debug, Clone, PartialEq)]
enum Owner {
    LoadBalancer(String),
    NatGateway(String),
    Function(String),
    Endpoint(String),
    MountTarget(String),
    Instance(String),
    /// A service that does not say more: what it says.
    Service(String),
    /// It is being taken from whatever it was attached to.
    Detaching,
    /// ECS made it for a task, and it is attached to nothing.
    Task,
    /// It is attached to nothing, and somebody made it.
    Nobody,
}

/// For how many seconds ECS is left to take away by itself what a task had. What it has just made for
/// one that starts is attached by then.
const PATIENCE: u64 = 60;

/// Whether an owner lets go.
enum Sight {
    /// It is gone, or on its way.
    Going,
    /// It is there.
    There,
    /// It cannot be seen.
    Unknown,
}

impl Owner {
    fn of(it: &sdk::NetworkInterface) -> Owner {
        let text = it.description().unwrap_or_default();
        let after = |prefix: &str| text.strip_prefix(prefix).map(|it| it.trim().to_owned());
        let attachment = it.attachment();
        if let Some(balancer) = after("ELB ") {
            return Owner::LoadBalancer(balancer);
        }
        if let Some(id) = after("Interface for NAT Gateway ") {
            return Owner::NatGateway(id);
        }
        if let Some(function) = after("AWS Lambda VPC ENI-") {
            return Owner::Function(without_uuid(&function));
        }
        if let Some(id) = after("VPC Endpoint Interface ") {
            return Owner::Endpoint(id);
        }
        if let Some(id) = text.split(['(', ')']).find(|it| it.starts_with("fsmt-")) {
            return Owner::MountTarget(id.to_owned());
        }
        let detaching = Some(&sdk::AttachmentStatus::Detaching);
        if attachment.is_some_and(|it| it.status() == detaching) {
            return Owner::Detaching;
        }
        if let Some(id) = attachment.and_then(|it| it.instance_id()) {
            return Owner::Instance(id.to_owned());
        }
        let by = it.requester_id().unwrap_or_default();
        let task =
            text.starts_with("arn:") && text.contains(":ecs:") && text.contains(":attachment/");
        match it.requester_managed() == Some(true) {
            true if text.is_empty() => Owner::Service(by.to_owned()),
            true => Owner::Service(text.to_owned()),
            false if task && attachment.is_none() => Owner::Task,
            false => Owner::Nobody,
        }
    }

    async fn holder(&self, aws: &Aws, held: Held<'_>, ids: &[&str]) -> Holder {
        let interfaces = match ids {
            [id] => format!("network interface {id}"),
            [id, others @ ..] => format!("network interface {id} and {} more", others.len()),
            [] => "a network interface".to_owned(),
        };
        let (whose, sight, fix) = match self {
            Owner::LoadBalancer(text) => {
                let name = text.split('/').nth(1).unwrap_or(text);
                let fix = format!("delete load balancer `{name}`");
                (format!("load balancer `{name}`"), balancer(aws, text).await, fix)
            }
            Owner::NatGateway(id) => {
                (format!("NAT gateway {id}"), nat_gateway(aws, id).await, format!("delete {id}"))
            }
            Owner::Function(name) => {
                let fix = format!("delete the function `{name}` or take it out of the VPC");
                (format!("Lambda function `{name}`"), function(aws, name, held).await, fix)
            }
            Owner::Endpoint(id) => {
                (format!("VPC endpoint {id}"), endpoint(aws, id).await, format!("delete {id}"))
            }
            Owner::MountTarget(id) => (
                format!("EFS mount target {id}"),
                mount_target(aws, id).await,
                format!("delete {id}"),
            ),
            Owner::Instance(id) => {
                (format!("instance {id}"), instance(aws, id).await, format!("terminate {id}"))
            }
            Owner::Service(text) => (format!("a service ({text})"), Sight::Unknown, String::new()),
            Owner::Detaching => return Holder::goes(format!("{interfaces}, which is detaching")),
            Owner::Task => return task(aws, &interfaces, ids).await,
            Owner::Nobody => {
                let fix = format!("delete {}", ids.join(", "));
                return Holder::stays(format!("{interfaces}, which nothing uses"), fix);
            }
        };
        match sight {
            Sight::There => Holder::stays(format!("{interfaces} of {whose}"), fix),
            Sight::Unknown => Holder::goes(format!("{interfaces} of {whose}")),
            Sight::Going => Holder::goes(format!("{interfaces} of {whose}, which is going away")),
        }
    }
}

/// What a task has left behind is deleted, if ECS does not do it.
async fn task(aws: &Aws, interfaces: &str, ids: &[&str]) -> Holder {
    let what = format!("{interfaces} of a task that is gone");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    for id in ids {
        let seen = aws.watched(id).and_then(|it| it.parse::<u64>().ok());
        if seen.is_none() {
            aws.watch(id, &now.to_string());
        }
        let waited = now.saturating_sub(seen.unwrap_or(now));
        if waited < PATIENCE && !aws.is_local() {
            return Holder::goes(format!("{what}, which ECS may still take away"));
        }
        let call = aws.ec2().delete_network_interface().network_interface_id(*id);
        match call.send().await.or_fault("DeleteNetworkInterface") {
            Err(fault) if fault.kind != FaultKind::NotFound => {
                return Holder::stays(what, format!("delete {}", ids.join(", ")));
            }
            _ => (),
        }
    }
    Holder::goes(format!("{what}, which has been deleted"))
}

/// `jobs-0a1b...` is an interface of the function `jobs`: a UUID follows the name.
fn without_uuid(text: &str) -> String {
    let cut = text.len().checked_sub(37).filter(|it| text.is_char_boundary(*it));
    let name = cut.map(|cut| text.split_at(cut));
    name.filter(|(_, rest)| rest.starts_with('-')).map_or(text, |(name, _)| name).to_owned()
}

/// What a look at an owner says: there, gone, or (when the look was refused) nothing.
fn seen(answer: Result<Option<bool>>) -> Sight {
    match answer {
        Ok(Some(true)) => Sight::There,
        Ok(Some(false) | None) => Sight::Going,
        Err(fault) if fault.kind == FaultKind::NotFound => Sight::Going,
        Err(_) => Sight::Unknown,
    }
}

/// `app/NAME/ID`; for a classic one `NAME`.
async fn balancer(aws: &Aws, text: &str) -> Sight {
    let Some((_, rest)) = text.split_once('/') else { return Sight::Unknown };
    let name = rest.split('/').next().unwrap_or(rest);
    let answer = aws.elbv2().describe_load_balancers().names(name).send().await;
    let answer = answer.or_fault("DescribeLoadBalancers");
    // Another one may have its name by now.
    let is = |it: &str| it.ends_with(text);
    seen(answer.map(|it| {
        Some(it.load_balancers().iter().any(|it| it.load_balancer_arn().is_some_and(is)))
    }))
}

async fn nat_gateway(aws: &Aws, id: &str) -> Sight {
    let call = aws.ec2().describe_nat_gateways();
    let answer = call.filter(filter("nat-gateway-id", &[id.to_owned()])).send().await;
    let going = [Some(&sdk::NatGatewayState::Deleting), Some(&sdk::NatGatewayState::Deleted)];
    let stays = |it: &sdk::NatGateway| !going.contains(&it.state());
    seen(answer.or_fault("DescribeNatGateways").map(|it| it.nat_gateways().first().map(stays)))
}

/// A function that has left the VPC, or its group or subnet, leaves its interfaces behind for a while.
async fn function(aws: &Aws, name: &str, held: Held<'_>) -> Sight {
    let answer = aws.lambda().get_function_configuration().function_name(name).send().await;
    let answer = answer.or_fault("GetFunctionConfiguration");
    seen(answer.map(|it| {
        let vpc = it.vpc_config()?;
        let has = |ids: &[String], id: &str| ids.iter().any(|it| it == id);
        Some(match held {
            Held::SecurityGroup(id) => has(vpc.security_group_ids(), id),
            Held::Subnet(id) => has(vpc.subnet_ids(), id),
            Held::Vpc(id) | Held::GatewayOf(id) => vpc.vpc_id() == Some(id),
        })
    }))
}

async fn endpoint(aws: &Aws, id: &str) -> Sight {
    let call = aws.ec2().describe_vpc_endpoints();
    let answer = call.filters(filter("vpc-endpoint-id", &[id.to_owned()])).send().await;
    let stays = |it: &sdk::VpcEndpoint| {
        !["deleting", "deleted"].contains(&super::super::vpc_endpoint::state_of(it).as_str())
    };
    seen(answer.or_fault("DescribeVpcEndpoints").map(|it| it.vpc_endpoints().first().map(stays)))
}

async fn mount_target(aws: &Aws, id: &str) -> Sight {
    use aws_sdk_efs::types::LifeCycleState::{Deleted, Deleting};
    let answer = aws.efs().describe_mount_targets().mount_target_id(id).send().await;
    let answer = answer.or_fault("DescribeMountTargets");
    let stays = |it: &aws_sdk_efs::types::MountTargetDescription| {
        ![Deleting, Deleted].contains(it.life_cycle_state())
    };
    seen(answer.map(|it| it.mount_targets().first().map(stays)))
}

async fn instance(aws: &Aws, id: &str) -> Sight {
    use sdk::InstanceStateName::{ShuttingDown, Terminated};
    let call = aws.ec2().describe_instances();
    let answer = call.filters(filter("instance-id", &[id.to_owned()])).send().await;
    let stays = |it: &sdk::Instance| {
        let state = it.state().and_then(|it| it.name());
        !matches!(state, Some(ShuttingDown | Terminated))
    };
    seen(
        answer
            .or_fault("DescribeInstances")
            .map(|it| it.reservations().iter().flat_map(|it| it.instances()).next().map(stays)),
    )
}
