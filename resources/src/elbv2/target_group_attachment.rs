//! `aws_lb_target_group_attachment`: one target of a target group.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Map, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::naming::hash_of;
use crate::resource::{Resource, Result, differs, each};

/// One target of a target group.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_lb_target_group_attachment")]
pub(crate) struct TargetGroupAttachment {
    /// The target group.
    #[attr(replace)]
    target_group_arn: String,
    /// The target: an instance id, an IP address, or the ARN of a function or a load balancer.
    #[attr(replace)]
    target_id: String,
    /// The zone of an IP address outside of the VPC, or `all`.
    #[attr(replace)]
    availability_zone: Option<String>,
    /// The port. Else that of the target group.
    #[attr(replace)]
    port: Option<i32>,
    /// Made from the target group and the target.
    id: Out<String>,
}

impl Resource for TargetGroupAttachment {
    const BATCH: usize = 100;

    /// `GROUP,TARGET,PORT,ZONE`, the last two of which may be empty.
    fn identity(&self) -> Option<String> {
        let port = self.port.filter(|it| *it != 0).map(|it| it.to_string()).unwrap_or_default();
        let zone = self.availability_zone.as_deref().unwrap_or_default();
        Some(format!("{},{},{port},{zone}", self.target_group_arn, self.target_id))
    }

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| async move {
            let Some(attributes) = Self::parse(id) else { return Ok(None) };
            let call = aws.elbv2().describe_target_health();
            let call = call.target_group_arn(&attributes.target_group_arn);
            let call = call.targets(attributes.target());
            let answer = call.send().await.or_fault("DescribeTargetHealth")?;
            let registered = answer.target_health_descriptions().iter().any(is_registered);
            Ok(registered.then(|| Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
        })
        .await
    }

    /// Registering a target again changes nothing.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.elbv2().register_targets().target_group_arn(&want.target_group_arn);
        call.targets(want.target()).send().await.or_fault("RegisterTargets")?;
        Ok(want.identity().unwrap_or_default())
    }

    /// Nothing of it can change.
    async fn update(_aws: &Aws, _id: &str, _have: &Self, _want: &Self) -> Result<()> {
        Ok(())
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.elbv2().deregister_targets().target_group_arn(&have.target_group_arn);
        call.targets(have.target()).send().await.or_fault("DeregisterTargets")?;
        Ok(())
    }

    /// The target can be in both groups, and requests would miss it.
    fn comes_first(before: &Map, after: &Map) -> bool {
        differs::<Self>(before, after, "target_group_arn")
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The instance is not running yet.
            (Op::Create, "InvalidTarget") => Some(FaultKind::NotYet),
            (Op::Read | Op::Delete, "InvalidTarget") => Some(FaultKind::NotFound),
            _ => None,
        }
    }
}

/// A target that is on its way out is described for a while.
fn is_registered(it: &sdk::TargetHealthDescription) -> bool {
    use sdk::TargetHealthReasonEnum::{DeregistrationInProgress, NotRegistered};
    let reason = it.target_health().and_then(|it| it.reason());
    !matches!(reason, Some(DeregistrationInProgress | NotRegistered))
}

impl TargetGroupAttachment {
    fn parse(id: &str) -> Option<TargetGroupAttachment> {
        let mut parts = id.split(',');
        let (group, target) = (parts.next()?, parts.next()?);
        let port = parts.next().and_then(|it| it.parse().ok());
        let zone = parts.next().filter(|it| !it.is_empty());
        Some(TargetGroupAttachment {
            target_group_arn: group.to_owned(),
            target_id: target.to_owned(),
            availability_zone: zone.map(str::to_owned),
            port,
            id: Out(Some(format!("{group}-{}", hash_of(id)))),
        })
    }

    fn target(&self) -> sdk::TargetDescription {
        let target = sdk::TargetDescription::builder().id(&self.target_id);
        target.set_port(self.port).set_availability_zone(self.availability_zone.clone()).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, query};

    #[tokio::test]
    async fn a_target_on_its_way_out_is_gone() {
        let health = |reason: &str| {
            let health = format!(
                "<TargetHealthDescriptions><member><TargetHealth><State>x</State>{reason}
                 </TargetHealth></member></TargetHealthDescriptions>"
            );
            query("DescribeTargetHealth", &health)
        };
        let aws = Script::new([
            health("<Reason>Elb.InitialHealthChecking</Reason>"),
            health("<Reason>Target.DeregistrationInProgress</Reason>"),
        ]);
        let ids = ["arn:tg,10.0.0.1,8080,".to_owned()];

        let there = TargetGroupAttachment::read(&aws, &ids).await.unwrap();
        let gone = TargetGroupAttachment::read(&aws, &ids).await.unwrap();

        assert_eq!(there[0].attributes.identity().as_ref(), Some(&ids[0]));
        assert!(gone.is_empty());
    }
}
