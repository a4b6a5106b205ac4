//! Application Auto Scaling.

pub(crate) mod policy;
pub(crate) mod policy_blocks;
pub(crate) mod scheduled_action;
pub(crate) mod target;

use model::{Fault, FaultKind, Op, Tags};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<target::Target>(),
    entry::<policy::ScalingPolicy>(),
    entry::<scheduled_action::ScheduledAction>(),
];

pub(crate) const DATA: &[DataEntry] = &[];

/// What is scaled: `ecs`, `service/CLUSTER/NAME` and `ecs:service:DesiredCount`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Scaled {
    namespace: String,
    resource: String,
    dimension: String,
}

impl Scaled {
    /// `ecs/service/CLUSTER/NAME/ecs:service:DesiredCount`.
    fn id(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.resource, self.dimension)
    }

    fn parse(id: &str) -> Option<Scaled> {
        let (namespace, rest) = id.split_once('/')?;
        let (resource, dimension) = rest.rsplit_once('/')?;
        let text = str::to_owned;
        let it = Scaled {
            namespace: text(namespace),
            resource: text(resource),
            dimension: text(dimension),
        };
        [namespace, resource, dimension].iter().all(|it| !it.is_empty()).then_some(it)
    }
}

/// Sets and removes tags on any object.
async fn retag(aws: &Aws, arn: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.appautoscaling().untag_resource().resource_arn(arn);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let call = aws.appautoscaling().tag_resource().resource_arn(arn);
        let call = call.set_tags(Some(set.into_iter().collect()));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

/// What is scaled, and the role that scales it, may have been made a moment ago.
fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
    let message = &fault.message;
    let fresh = message.contains("Unable to assume IAM role")
        || message.contains("doesn't exist")
        || message.contains("does not exist")
        || message.contains("No scalable target registered");
    match (op, fault.code.as_str()) {
        (Op::Create | Op::Update, "ValidationException" | "ObjectNotFoundException") if fresh => {
            Some(FaultKind::NotYet)
        }
        (Op::Create | Op::Update, "FailedResourceAccessException") => Some(FaultKind::NotYet),
        _ => None,
    }
}
