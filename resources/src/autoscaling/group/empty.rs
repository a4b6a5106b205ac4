//! A group is emptied before it is deleted, so that its instances leave in good order: their hooks run
//! and load balancers let go of them. Each call does what can be done now and says what is left.

use aws_sdk_autoscaling::types as sdk;
use model::{Fault, FaultKind};

use super::describe;
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::resource::Result;

/// How many instances one call takes the protection from.
const AT_ONCE: usize = 50;

pub(super) async fn delete(aws: &Aws, id: &str, force: bool, force_pool: bool) -> Result<()> {
    let Some(group) = describe(aws, vec![id.to_owned()]).await?.into_iter().next() else {
        return Ok(());
    };
    // It is on its way.
    if group.status().is_some() {
        return Ok(());
    }
    if let Some(pool) = group.warm_pool_configuration() {
        delete_pool(aws, id, pool, force_pool).await?;
    }
    if !force {
        drain(aws, id, &group).await?;
    }
    let call = aws.autoscaling().delete_auto_scaling_group().auto_scaling_group_name(id);
    call.force_delete(force).send().await.or_fault("DeleteAutoScalingGroup")?;
    Ok(())
}

async fn delete_pool(
    aws: &Aws,
    id: &str,
    pool: &sdk::WarmPoolConfiguration,
    force: bool,
) -> Result<()> {
    if pool.status() != Some(&sdk::WarmPoolStatus::PendingDelete) {
        let call = aws.autoscaling().delete_warm_pool().auto_scaling_group_name(id);
        call.force_delete(force).send().await.or_fault("DeleteWarmPool")?;
    }
    Err(busy("DeleteWarmPool", format!("the warm pool of {id} is being emptied")))
}

async fn drain(aws: &Aws, id: &str, group: &sdk::AutoScalingGroup) -> Result<()> {
    let asg = aws.autoscaling();
    let instances = group.instances();
    let protected = instances.iter().filter(|it| it.protected_from_scale_in() == Some(true));
    let protected: Vec<String> = protected.filter_map(|it| it.instance_id.clone()).collect();
    for ids in protected.chunks(AT_ONCE) {
        let call = asg.set_instance_protection().auto_scaling_group_name(id);
        let call = call.set_instance_ids(Some(ids.to_vec())).protected_from_scale_in(false);
        call.send().await.or_fault("SetInstanceProtection")?;
    }
    let size = group.min_size().max(group.desired_capacity()).max(group.max_size());
    if size > Some(0) || group.new_instances_protected_from_scale_in() == Some(true) {
        let call = asg.update_auto_scaling_group().auto_scaling_group_name(id);
        let call = call.min_size(0).max_size(0).desired_capacity(0);
        let call = call.new_instances_protected_from_scale_in(false);
        call.send().await.or_fault("UpdateAutoScalingGroup")?;
    }
    let stuck = |it: &&sdk::SuspendedProcess| it.process_name() == Some("Terminate");
    if group.suspended_processes().iter().any(|it| stuck(&it)) {
        let call = asg.resume_processes().auto_scaling_group_name(id);
        call.scaling_processes("Terminate").send().await.or_fault("ResumeProcesses")?;
    }
    match instances.len() {
        0 => Ok(()),
        1 => Err(busy("DeleteAutoScalingGroup", format!("an instance of {id} is left"))),
        n => Err(busy("DeleteAutoScalingGroup", format!("{n} instances of {id} are left"))),
    }
}

fn busy(operation: &'static str, message: String) -> Fault {
    Fault { kind: FaultKind::Busy, operation, code: "ResourceInUse".to_owned(), message }
}
