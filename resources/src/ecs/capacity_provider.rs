//! `aws_ecs_capacity_provider`: an Auto Scaling group that tasks can run on.

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::{retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result};

/// An Auto Scaling group that tasks can run on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_capacity_provider")]
pub(crate) struct CapacityProvider {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The Auto Scaling group.
    #[attr(required)]
    auto_scaling_group_provider: One<Group>,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Its ARN.
    #[attr(replace)]
    auto_scaling_group_arn: String,
    /// Whether tasks are moved off an instance before it is terminated: `ENABLED` or `DISABLED`.
    managed_draining: Auto<String>,
    /// Whether instances with tasks are kept from being terminated: `ENABLED` or `DISABLED`.
    managed_termination_protection: Auto<String>,
    /// How ECS scales the group.
    managed_scaling: Auto<One<Scaling>>,
}

/// How ECS scales a group.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ManagedScaling)]
pub(crate) struct Scaling {
    /// After how many seconds a new instance counts.
    instance_warmup_period: Auto<i32>,
    /// The most instances that are started at once.
    maximum_scaling_step_size: Auto<i32>,
    /// The least instances that are started at once.
    minimum_scaling_step_size: Auto<i32>,
    /// `ENABLED` or `DISABLED`.
    status: Auto<String>,
    /// How full the group shall be, in percent.
    target_capacity: Auto<i32>,
}

impl Resource for CapacityProvider {
    const BATCH: usize = 100;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ecs().describe_capacity_providers();
        let call = call.set_capacity_providers(Some(ids.to_vec()));
        let call = call.include(sdk::CapacityProviderField::Tags);
        let answer = call.send().await.or_fault("DescribeCapacityProviders")?;
        let inactive = Some(&sdk::CapacityProviderStatus::Inactive);
        let found = answer.capacity_providers().iter().filter(|it| it.status() != inactive);
        Ok(found.map(live).collect())
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ecs().create_capacity_provider().name(&want.name);
        let call = call
            .set_auto_scaling_group_provider(want.auto_scaling_group_provider.to_sdk())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateCapacityProvider")?;
        let arn = answer.capacity_provider.and_then(|it| it.capacity_provider_arn);
        must(arn, "CreateCapacityProvider")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        let group = want.auto_scaling_group_provider.0.as_ref();
        if let Some(group) =
            group.filter(|it| have.auto_scaling_group_provider.0.as_ref() != Some(*it))
        {
            let group = sdk::AutoScalingGroupProviderUpdate::builder()
                .set_managed_draining(group.managed_draining.to_sdk())
                .set_managed_scaling(group.managed_scaling.to_sdk())
                .set_managed_termination_protection(group.managed_termination_protection.to_sdk());
            let call = aws.ecs().update_capacity_provider().name(&want.name);
            let call = call.auto_scaling_group_provider(group.build());
            call.send().await.or_fault("UpdateCapacityProvider")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.ecs().delete_capacity_provider().capacity_provider(id);
        call.send().await.or_fault("DeleteCapacityProvider")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, and a name is as good as an ARN to ask for.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = Self::read(aws, std::slice::from_ref(&want.name)).await?;
        let same = |it: &Live<Self>| it.attributes.tags == want.tags;
        Ok(found.into_iter().find(same).map(|it| it.id))
    }

    async fn import(aws: &Aws, text: &str) -> Result<String> {
        match text.starts_with("arn:") {
            true => Ok(text.to_owned()),
            false => aws.arn("ecs", &format!("capacity-provider/{text}")).await,
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        let says = |it: &str| fault.message.contains(it);
        match op {
            // The first of an account's creates a role, which takes a moment to be usable.
            Op::Create if says("assume the service linked role") => Some(FaultKind::Busy),
            // A cluster has let go of it a moment ago.
            Op::Delete if says("in use") || says("associated with") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

fn live(it: &sdk::CapacityProvider) -> Live<CapacityProvider> {
    use sdk::CapacityProviderUpdateStatus as Status;
    let attributes = CapacityProvider {
        name: String::from_sdk(it.name()),
        id: Out::from_sdk(it.capacity_provider_arn()),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(it.capacity_provider_arn()),
        auto_scaling_group_provider: One::from_sdk(it.auto_scaling_group_provider()),
    };
    let why = || it.update_status_reason().unwrap_or("no reason is given").to_owned();
    let phase = match it.update_status() {
        Some(Status::DeleteFailed | Status::UpdateFailed | Status::CreateFailed) => {
            Phase::failed(why())
        }
        Some(Status::DeleteInProgress) => Phase::changing("it is being deleted"),
        Some(Status::UpdateInProgress | Status::CreateInProgress) => {
            Phase::changing("it is being changed")
        }
        _ => Phase::Ready,
    };
    Live { id: String::from_sdk(it.capacity_provider_arn()), phase, attributes }
}

impl ToSdk<Option<sdk::AutoScalingGroupProvider>> for Group {
    fn to_sdk(&self) -> Option<sdk::AutoScalingGroupProvider> {
        let group = sdk::AutoScalingGroupProvider::builder()
            .auto_scaling_group_arn(&self.auto_scaling_group_arn)
            .set_managed_draining(self.managed_draining.to_sdk())
            .set_managed_scaling(self.managed_scaling.to_sdk())
            .set_managed_termination_protection(self.managed_termination_protection.to_sdk());
        Some(group.build().expect("a group is named"))
    }
}

impl<'a> FromSdk<&'a sdk::AutoScalingGroupProvider> for Group {
    fn from_sdk(it: &'a sdk::AutoScalingGroupProvider) -> Self {
        Group {
            auto_scaling_group_arn: String::from_sdk(it.auto_scaling_group_arn()),
            managed_draining: Auto::from_sdk(it.managed_draining()),
            managed_termination_protection: Auto::from_sdk(it.managed_termination_protection()),
            managed_scaling: Auto(Some(One::from_sdk(it.managed_scaling()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    fn provider(more: &str) -> CapacityProvider {
        want(&format!(
            r#"{{"name": "spot", "auto_scaling_group_provider":
                [{{"auto_scaling_group_arn": "arn:asg"{more}}}]}}"#
        ))
    }

    #[tokio::test]
    async fn scaling_is_changed_in_place() {
        let aws = Script::new([json("{}")]);
        let want =
            provider(r#", "managed_scaling": [{"status": "ENABLED", "target_capacity": 90}]"#);

        CapacityProvider::update(&aws, "arn:cp", &provider(""), &want).await.unwrap();

        aws.sent(expect![[r#"
            UpdateCapacityProvider
                autoScalingGroupProvider={"managedScaling":{"status":"ENABLED","targetCapacity":90}}
                name="spot"
        "#]]);
    }

    #[tokio::test]
    async fn a_deletion_that_failed_is_seen_at_once() {
        let answer = |status: &str| {
            json(&format!(
                r#"{{"capacityProviders": [{{"capacityProviderArn": "arn:cp", "status": "{status}",
                    "updateStatus": "DELETE_FAILED", "updateStatusReason": "still in use"}}]}}"#
            ))
        };
        let aws = Script::new([answer("ACTIVE"), answer("INACTIVE")]);
        let ids = ["arn:cp".to_owned()];
        let failed = CapacityProvider::read(&aws, &ids).await.unwrap();
        assert_eq!(failed[0].phase, Phase::failed("still in use"));
        assert_eq!(CapacityProvider::read(&aws, &ids).await.unwrap(), []);
    }
}
