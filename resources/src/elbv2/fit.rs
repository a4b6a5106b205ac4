//! Whether load balancers can be where their subnets will be. AWS says that they cannot only when they
//! are changed, after the subnets have been made. Pure.

use model::{Finding, Planned, Value};

use crate::ec2::place::{SUBNETS, Vpc, is_of, own, vpc};

const BALANCERS: &[&str] = &["aws_lb", "aws_alb"];

/// What does not fit between the objects of a plan.
pub(crate) fn between(all: &[Planned<'_>]) -> Vec<Finding> {
    all.iter().filter(|it| is_of(it, BALANCERS)).filter_map(|it| stays(it, all)).collect()
}

/// A load balancer that is there stays in its VPC.
fn stays(it: &Planned<'_>, all: &[Planned<'_>]) -> Option<Finding> {
    let here = Vpc::Id(own(it, "vpc_id")?.to_owned());
    let ids = it.after.get("subnets").and_then(Value::items).unwrap_or_default();
    let is_named = |subnet: &Planned<'_>| {
        let id = own(subnet, "id");
        id.is_some() && ids.iter().any(|it| it.as_str() == id)
    };
    let named = all.iter().filter(|it| is_of(it, SUBNETS)).filter(|it| is_named(it)).copied();
    let mentioned = ["subnets", "subnet_mapping"]
        .into_iter()
        .flat_map(|name| SUBNETS.iter().flat_map(move |ty| it.mentioned(name, ty, all)));
    let (subnet, there) = named
        .chain(mentioned)
        .filter_map(|it| Some((it.address, vpc(&it)?)))
        .find(|(_, there)| *there != here)?;
    let detail = format!(
        "It is in {here}, but {subnet} will be in {there}, and no load balancer goes from one VPC to \
         another. Let it be replaced, too: with `-replace={}`, or with `replace_triggered_by` in its \
         `lifecycle` block.",
        it.address
    );
    Some(Finding::error(it, "Load balancer in another VPC", detail).at(["subnets"]))
}
