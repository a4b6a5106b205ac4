//! Network interfaces in the stack's networks and groups that are attached to nothing.

use aws_sdk_ec2::types as sdk;
use futures::try_join;
use model::{Ours, Stray, Whose};

use super::{Known, text};
use crate::aws::Aws;
use crate::ec2::filter;
use crate::fault::OrFault;
use crate::resource::Result;

pub(super) async fn left(aws: &Aws, ours: &[Ours], known: &Known<'_>) -> Result<Vec<Stray>> {
    let of = |ty: &str| -> Vec<String> {
        let ours = ours.iter().filter(|it| it.here && it.exists && it.ty == ty);
        ours.filter_map(|it| text(it, "id")).map(str::to_owned).collect()
    };
    let (vpcs, groups) = (of("aws_vpc"), of("aws_security_group"));
    let (in_vpcs, in_groups) =
        try_join!(idle(aws, "vpc-id", &vpcs), idle(aws, "group-id", &groups))?;
    let stray = |it: sdk::NetworkInterface| {
        let id = it.network_interface_id().unwrap_or_default().to_owned();
        if known.mentions(&id) {
            return None;
        }
        let ours = it.groups().iter().filter_map(|it| it.group_id()).find(|it| known.mentions(it));
        let (whose, place) = match ours {
            Some(group) => (Whose::Marked, group.to_owned()),
            None => (Whose::Unknown, it.vpc_id().unwrap_or_default().to_owned()),
        };
        let says = it.description().filter(|it| !it.is_empty());
        let says = says.map(|it| format!(" ({it})")).unwrap_or_default();
        let why = format!("it is in {place} and attached to nothing{says}");
        Some(Stray { whose, kind: "network interface".to_owned(), id, why })
    };
    Ok(in_vpcs.into_iter().chain(in_groups).filter_map(stray).collect())
}

/// Those in one of these that nothing uses.
async fn idle(aws: &Aws, name: &str, ids: &[String]) -> Result<Vec<sdk::NetworkInterface>> {
    // A filter has 200 values at most.
    const AT_ONCE: usize = 200;
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let call = aws.ec2().describe_network_interfaces().filters(filter(name, ids));
        let call = call.filters(filter("status", &["available".to_owned()]));
        let answer = call.send().await.or_fault("DescribeNetworkInterfaces")?;
        found.extend(answer.network_interfaces.unwrap_or_default());
    }
    Ok(found)
}
