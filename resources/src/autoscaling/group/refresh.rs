//! Instance refresh: instances are replaced, some at a time, when what they start from changes.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types as sdk;
use model::{Attributes, Mirror, One};
use serde::{Deserialize, Serialize};

use super::Group;
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::ToSdk;
use crate::resource::{Result, changed};
use crate::spelling::Count;

/// Replaces instances when what they start from changes.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Refresh {
    /// `Rolling`.
    strategy: String,
    /// Names of arguments whose change starts it too, besides those of what instances start from.
    triggers: Option<BTreeSet<String>>,
    /// How it is done.
    preferences: One<Preferences>,
}

/// How instances are replaced.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::RefreshPreferences)]
pub(crate) struct Preferences {
    /// Whether it goes back to the instances before when it fails.
    auto_rollback: Option<bool>,
    /// For how many seconds it pauses at a checkpoint.
    checkpoint_delay: Option<Count>,
    /// At how many percent of new instances there is a checkpoint.
    checkpoint_percentages: Option<Vec<i32>>,
    /// After how many seconds a new instance counts as ready.
    instance_warmup: Option<Count>,
    /// The most instances at a time, in percent of the desired capacity.
    #[attr(default = 100)]
    max_healthy_percentage: Option<i32>,
    /// The least healthy instances at a time, in percent of the desired capacity.
    #[attr(default = 90)]
    min_healthy_percentage: Option<i32>,
    /// What happens to protected instances: `Refresh`, `Ignore` or `Wait`.
    #[attr(default = "Ignore")]
    scale_in_protected_instances: Option<String>,
    /// Whether instances that are as wanted already are left.
    #[attr(default = false)]
    skip_matching: Option<bool>,
    /// What happens to instances in standby: `Terminate`, `Ignore` or `Wait`.
    #[attr(default = "Ignore")]
    standby_instances: Option<String>,
    /// Alarms that make it fail.
    alarm_specification: One<Alarms>,
}

/// Alarms that make it fail.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::AlarmSpecification)]
pub(crate) struct Alarms {
    /// Names of CloudWatch alarms.
    alarms: Option<Vec<String>>,
}

/// Starts to replace instances, if that is wanted and something changes that makes it needed.
pub(super) async fn refresh(aws: &Aws, id: &str, have: &Group, want: &Group) -> Result<()> {
    let Some(One(Some(how))) = &want.instance_refresh.0 else { return Ok(()) };
    if !needed(how, have, want) {
        return Ok(());
    }
    let call = aws.autoscaling().start_instance_refresh().auto_scaling_group_name(id);
    let call = call.set_strategy(how.strategy.to_sdk()).set_preferences(how.preferences.to_sdk());
    match call.send().await.or_fault("StartInstanceRefresh") {
        // The one before has started a moment ago. It is called off, and then this call comes again.
        Err(fault) if fault.code == "InstanceRefreshInProgress" => {
            let call = aws.autoscaling().cancel_instance_refresh().auto_scaling_group_name(id);
            match call.send().await.or_fault("CancelInstanceRefresh") {
                Err(gone) if gone.code == "ActiveInstanceRefreshNotFound" => Err(fault),
                result => result.and(Err(fault)),
            }
        }
        result => result.map(|_| ()),
    }
}

fn needed(how: &Refresh, have: &Group, want: &Group) -> bool {
    if changed!(have, want; launch_configuration, launch_template, mixed_instances_policy) {
        return true;
    }
    let triggers = how.triggers.iter().flatten();
    let json = |it: &Group| serde_json::to_value(it).unwrap_or_default();
    let (have, want) = (json(have), json(want));
    // Tags are written as `tag`, which is also how a trigger names them.
    triggers.into_iter().any(|it| have.get(it) != want.get(it))
}
