//! `aws_appautoscaling_target`: something that can be scaled, and between which numbers.

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::appautoscaling::{Scaled, classify, retag};
use crate::aws::Aws;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, changed};

/// Something that can be scaled, and between which numbers.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_appautoscaling_target")]
pub(crate) struct Target {
    /// The most there may be.
    max_capacity: i32,
    /// The least there may be.
    min_capacity: i32,
    /// What is scaled: `service/CLUSTER/NAME` for an ECS service.
    #[attr(replace)]
    resource_id: String,
    /// What about it is scaled: `ecs:service:DesiredCount`.
    #[attr(replace)]
    scalable_dimension: String,
    /// The service it belongs to: `ecs`.
    #[attr(replace)]
    service_namespace: String,
    /// ARN of the role that does it. Most services use one of their own, whatever is given.
    #[attr(replace)]
    role_arn: Auto<String>,
    /// Which scaling is put off for now.
    suspended_state: Auto<One<Suspended>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// What is scaled.
    id: Out<String>,
}

/// Which scaling is put off for now.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::SuspendedState)]
pub(crate) struct Suspended {
    /// Whether policies do not scale in.
    #[attr(default = false)]
    dynamic_scaling_in_suspended: bool,
    /// Whether policies do not scale out.
    #[attr(default = false)]
    dynamic_scaling_out_suspended: bool,
    /// Whether scheduled actions do nothing.
    #[attr(default = false)]
    scheduled_scaling_suspended: bool,
}

impl Target {
    fn scaled(&self) -> Scaled {
        Scaled {
            namespace: self.service_namespace.clone(),
            resource: self.resource_id.clone(),
            dimension: self.scalable_dimension.clone(),
        }
    }
}

impl Resource for Target {
    const BATCH: usize = 50;

    fn identity(&self) -> Option<String> {
        Some(self.scaled().id())
    }

    /// One call answers for all targets of the same kind.
    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let mut kinds: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for it in ids.iter().filter_map(|it| Scaled::parse(it)) {
            kinds.entry((it.namespace, it.dimension)).or_default().push(it.resource);
        }
        let mut found = Vec::new();
        for ((namespace, dimension), resources) in kinds {
            let call = aws.appautoscaling().describe_scalable_targets();
            let call = call
                .service_namespace(namespace.as_str().into())
                .scalable_dimension(dimension.as_str().into())
                .set_resource_ids(Some(resources));
            let pages = call.into_paginator().items().send();
            let all = pages.collect::<std::result::Result<Vec<_>, _>>().await;
            found.extend(all.or_fault("DescribeScalableTargets")?);
        }
        let found = futures::future::try_join_all(found.iter().map(|it| live(aws, it)));
        found.await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        register(aws, want, Some(&want.tags)).await?;
        Ok(want.scaled().id())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; max_capacity, min_capacity, suspended_state) {
            register(aws, want, None).await?;
        }
        retag(aws, have.arn.0.as_deref().unwrap_or_default(), &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, _id: &str, have: &Self) -> Result<()> {
        let call = aws.appautoscaling().deregister_scalable_target();
        let call = call
            .service_namespace(have.service_namespace.as_str().into())
            .resource_id(&have.resource_id)
            .scalable_dimension(have.scalable_dimension.as_str().into());
        call.send().await.or_fault("DeregisterScalableTarget")?;
        Ok(())
    }

    /// A service that has a role of its own uses that one, whatever is given.
    fn adjust(_aws: &Aws, prior: Option<&Map>, planned: &mut Map) {
        let role = prior.and_then(|it| it.get("role_arn"));
        let own = |it: &&model::Value| {
            it.as_str().is_some_and(|it| it.contains(":role/aws-service-role/"))
        };
        if let Some(role) = role.filter(own) {
            planned.insert("role_arn".into(), role.clone());
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        classify(op, fault)
    }
}

/// Between which counts the tasks of an ECS service are scaled: `service/CLUSTER/NAME`. None if they
/// are not, or if we may not know.
pub(crate) async fn range(aws: &Aws, service: &str) -> Result<Option<(i32, i32)>> {
    let call = aws.appautoscaling().describe_scalable_targets();
    let call = call
        .service_namespace(sdk::ServiceNamespace::Ecs)
        .scalable_dimension(sdk::ScalableDimension::EcsServiceDesiredCount)
        .resource_ids(service);
    match call.send().await.or_fault("DescribeScalableTargets") {
        Err(fault) if fault.kind == FaultKind::Rejected => Ok(None),
        answer => {
            let found = answer?.scalable_targets.unwrap_or_default();
            Ok(found.first().map(|it| (it.min_capacity(), it.max_capacity())))
        }
    }
}

async fn register(aws: &Aws, want: &Target, tags: Option<&Tags>) -> Result<()> {
    let suspended = want.suspended_state.0.as_ref().and_then(|it| it.to_sdk());
    let tags = tags.filter(|it| !it.0.is_empty());
    let call = aws
        .appautoscaling()
        .register_scalable_target()
        .service_namespace(want.service_namespace.as_str().into())
        .resource_id(&want.resource_id)
        .scalable_dimension(want.scalable_dimension.as_str().into())
        .min_capacity(want.min_capacity)
        .max_capacity(want.max_capacity)
        .set_role_arn(want.role_arn.to_sdk())
        .set_suspended_state(suspended)
        .set_tags(tags.map(|it| it.0.clone().into_iter().collect()));
    call.send().await.or_fault("RegisterScalableTarget")?;
    Ok(())
}

async fn live(aws: &Aws, it: &sdk::ScalableTarget) -> Result<Live<Target>> {
    let tags = match it.scalable_target_arn() {
        Some(arn) => {
            let call = aws.appautoscaling().list_tags_for_resource().resource_arn(arn);
            call.send().await.or_fault("ListTagsForResource")?.tags.unwrap_or_default()
        }
        None => Default::default(),
    };
    let attributes = Target {
        max_capacity: it.max_capacity(),
        min_capacity: it.min_capacity(),
        resource_id: it.resource_id().to_owned(),
        scalable_dimension: it.scalable_dimension().as_str().to_owned(),
        service_namespace: it.service_namespace().as_str().to_owned(),
        role_arn: Auto::from_sdk(Some(it.role_arn())),
        suspended_state: Auto(Some(One::from_sdk(it.suspended_state()))),
        tags: tags.into_iter().collect(),
        arn: Out::from_sdk(it.scalable_target_arn()),
        id: Out(Some(it.resource_id().to_owned())),
    };
    let id = attributes.scaled().id();
    Ok(Live { id, phase: Phase::Ready, attributes })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const WEB: &str = r#"{"service_namespace": "ecs", "resource_id": "service/c/web",
        "scalable_dimension": "ecs:service:DesiredCount", "min_capacity": 1, "max_capacity": 4}"#;
    const ID: &str = "ecs/service/c/web/ecs:service:DesiredCount";

    #[tokio::test]
    async fn registers_with_everything_in_one_call() {
        let aws = Script::new([json("{}")]);
        assert_eq!(Target::create(&aws, &want(WEB), "token").await.unwrap(), ID);
        aws.sent(expect![[r#"
            RegisterScalableTarget
                MaxCapacity=4
                MinCapacity=1
                ResourceId="service/c/web"
                ScalableDimension="ecs:service:DesiredCount"
                ServiceNamespace="ecs"
        "#]]);
    }

    #[tokio::test]
    async fn targets_of_a_kind_are_read_together() {
        let aws = Script::new([json(
            r#"{"ScalableTargets": [{"ServiceNamespace": "ecs", "ResourceId": "service/c/web",
                "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 1,
                "MaxCapacity": 4, "RoleARN": "arn:role", "CreationTime": 1}]}"#,
        )]);
        let ids = [ID.to_owned(), "ecs/service/c/api/ecs:service:DesiredCount".to_owned()];
        let found = Target::read(&aws, &ids).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, ID);
        aws.sent(expect![[r#"
            DescribeScalableTargets
                ResourceIds=["service/c/web","service/c/api"]
                ScalableDimension="ecs:service:DesiredCount"
                ServiceNamespace="ecs"
        "#]]);
    }

    #[test]
    fn ids_are_those_of_imports() {
        assert_eq!(Scaled::parse(ID).unwrap(), want::<Target>(WEB).scaled());
        assert_eq!(Scaled::parse("ecs/service"), None);
    }
}
