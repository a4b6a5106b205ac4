//! Why something cannot be deleted: who holds it, and whether the holder is about to let go.
//!
//! AWS says only that there is "a dependent object". One look-up says which. Nothing here waits: a
//! holder that goes away makes the fault one that passes, any other one that stays.

mod interfaces;

use aws_sdk_ec2::types as sdk;
use futures::try_join;
use model::{Fault, FaultKind};

use crate::aws::Aws;
use crate::ec2::filter;
use crate::ec2::vpn_gateway::attachment;
use crate::fault::OrFault;
use crate::resource::Result;

/// What is to be deleted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held<'a> {
    SecurityGroup(&'a str),
    Subnet(&'a str),
    Vpc(&'a str),
    /// An internet gateway, by the VPC it is to be detached from.
    GatewayOf(&'a str),
}

/// Who holds it.
#[derive(Debug, Clone, PartialEq)]
struct Holder {
    /// In words, with its id.
    what: String,
    fate: Fate,
}

/// Whether a holder lets go without anybody's help.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    /// It does, or nobody can tell that it does not.
    Goes,
    /// It does not; what to do about it.
    Stays(String),
}

/// How many holders are named.
const NAMED: usize = 3;

/// Explains a refusal to delete, if that is what it is.
pub(super) async fn explain<T>(aws: &Aws, held: Held<'_>, answer: Result<T>) -> Result<T> {
    match answer {
        Err(fault) if is_refusal(&fault) => Err(match holders(aws, held).await {
            Ok(holders) => told(fault, &holders),
            // The refusal is what counts, not that its reason cannot be looked up.
            Err(_) => fault,
        }),
        answer => answer,
    }
}

fn is_refusal(fault: &Fault) -> bool {
    matches!(fault.code.as_str(), "DependencyViolation" | "InvalidGroup.InUse")
}

/// The fault with its holders in the message. While all of them are about to let go, it passes.
fn told(fault: Fault, holders: &[Holder]) -> Fault {
    // What has no holder any more was let go between the two calls.
    if holders.is_empty() {
        return Fault { kind: FaultKind::Busy, ..fault };
    }
    let stays = |it: &&Holder| it.fate != Fate::Goes;
    let kind = match holders.iter().find(stays) {
        Some(_) => FaultKind::Rejected,
        None => FaultKind::Busy,
    };
    // Those that stay first: they are what has to be dealt with.
    let (staying, going): (Vec<_>, Vec<_>) = holders.iter().partition(stays);
    let named: Vec<_> = staying.iter().chain(&going).take(NAMED).collect();
    let mut text: Vec<_> = named.iter().map(|it| it.what.clone()).collect();
    if holders.len() > NAMED {
        text.push(format!("{} more", holders.len() - NAMED));
    }
    let mut message = fault.message.trim_end_matches('.').to_owned();
    message += &format!(": it is held by {}", listed(&text));
    let mut fixes = Vec::new();
    for it in named {
        match &it.fate {
            Fate::Stays(fix) if !fixes.contains(fix) => fixes.push(fix.clone()),
            Fate::Stays(_) | Fate::Goes => (),
        }
    }
    if !fixes.is_empty() {
        message += &format!("; {}, then run this again", fixes.join(", "));
    }
    Fault { kind, message, ..fault }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: &[String]) -> String {
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

async fn holders(aws: &Aws, held: Held<'_>) -> Result<Vec<Holder>> {
    match held {
        Held::SecurityGroup(id) => {
            let (found, rules) = try_join!(interfaces::of(aws, "group-id", id), rules(aws, id))?;
            let mut holders = interfaces::holders(aws, held, &found).await;
            holders.extend(rules);
            Ok(holders)
        }
        Held::Subnet(id) => {
            let found = interfaces::of(aws, "subnet-id", id).await?;
            Ok(interfaces::holders(aws, held, &found).await)
        }
        Held::Vpc(id) => {
            let (found, inside) = try_join!(interfaces::of(aws, "vpc-id", id), inside(aws, id))?;
            let mut holders = interfaces::holders(aws, held, &found).await;
            holders.extend(inside);
            Ok(holders)
        }
        Held::GatewayOf(vpc) => {
            let found = interfaces::of(aws, "vpc-id", vpc).await?;
            let public = |it: &sdk::NetworkInterface| {
                it.association().is_some_and(|it| it.public_ip().is_some())
            };
            let found: Vec<_> = found.into_iter().filter(public).collect();
            Ok(interfaces::holders(aws, held, &found).await)
        }
    }
}

impl Holder {
    fn stays(what: String, fix: String) -> Holder {
        Holder { what, fate: Fate::Stays(fix) }
    }

    fn goes(what: String) -> Holder {
        Holder { what, fate: Fate::Goes }
    }
}

/// Rules of other groups that name this one.
async fn rules(aws: &Aws, id: &str) -> Result<Vec<Holder>> {
    let naming = async |name: &str| {
        let call = aws.ec2().describe_security_groups().filters(filter(name, &[id.to_owned()]));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        Ok::<_, Fault>(answer.security_groups.unwrap_or_default())
    };
    let (ingress, egress) =
        try_join!(naming("ip-permission.group-id"), naming("egress.ip-permission.group-id"))?;
    let holder = |it: sdk::SecurityGroup, direction: &str| {
        let other = it.group_id.unwrap_or_default();
        let name = it.group_name.unwrap_or_default();
        let what = format!("a rule for {direction} traffic in security group {other} ({name})");
        (other != id).then(|| Holder::stays(what, format!("remove that rule of {other}")))
    };
    let ingress = ingress.into_iter().filter_map(|it| holder(it, "incoming"));
    Ok(ingress.chain(egress.into_iter().filter_map(|it| holder(it, "outgoing"))).collect())
}

/// What is in a VPC besides network interfaces, and was not made with it.
async fn inside(aws: &Aws, vpc: &str) -> Result<Vec<Holder>> {
    let of = |name: &str| filter(name, &[vpc.to_owned()]);
    let subnets = async {
        let call = aws.ec2().describe_subnets().filters(of("vpc-id"));
        let found = call.send().await.or_fault("DescribeSubnets")?.subnets.unwrap_or_default();
        Ok(found.into_iter().filter_map(|it| it.subnet_id).collect::<Vec<_>>())
    };
    let groups = async {
        let call = aws.ec2().describe_security_groups().filters(of("vpc-id"));
        let answer = call.send().await.or_fault("DescribeSecurityGroups")?;
        let made = |it: &sdk::SecurityGroup| it.group_name() != Some("default");
        let found = answer.security_groups.unwrap_or_default().into_iter().filter(made);
        Ok(found.filter_map(|it| it.group_id).collect::<Vec<_>>())
    };
    let gateways = async {
        let call = aws.ec2().describe_internet_gateways().filters(of("attachment.vpc-id"));
        let answer = call.send().await.or_fault("DescribeInternetGateways")?;
        let found = answer.internet_gateways.unwrap_or_default().into_iter();
        Ok(found.filter_map(|it| it.internet_gateway_id).collect::<Vec<_>>())
    };
    let vpns = async {
        let call = aws.ec2().describe_vpn_gateways().filters(of("attachment.vpc-id"));
        let answer = call.send().await.or_fault("DescribeVpnGateways")?;
        Ok(answer.vpn_gateways.unwrap_or_default())
    };
    let (subnets, groups, gateways, vpns) = try_join!(subnets, groups, gateways, vpns)?;
    let stays = |kind: &str, verb: &str, ids: Vec<String>| -> Vec<Holder> {
        let holder = |id: String| Holder::stays(format!("{kind} {id}"), format!("{verb} {id}"));
        ids.into_iter().map(holder).collect()
    };
    let mut holders = stays("subnet", "delete", subnets);
    holders.extend(stays("security group", "delete", groups));
    holders.extend(stays("internet gateway", "detach", gateways));
    holders.extend(vpns.iter().filter_map(vpn_gateway));
    Ok(holders)
}

/// A detached one stays describable with its attachment for a while.
fn vpn_gateway(it: &sdk::VpnGateway) -> Option<Holder> {
    let (attachment, id) = (attachment(it)?, it.vpn_gateway_id().unwrap_or_default());
    let what = format!("VPN gateway {id}");
    match attachment.state() {
        Some(sdk::AttachmentStatus::Detaching) => {
            Some(Holder::goes(format!("{what}, which is detaching")))
        }
        _ => Some(Holder::stays(what, format!("detach {id}"))),
    }
}

#[cfg(test)]
mod tests;
