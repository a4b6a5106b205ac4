//! `aws_ecs_task_definition`: a revision that is looked up by its family, or family and number.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::data::Data;
use crate::ecs::container_definitions::ContainerDefinitions;
use crate::ecs::task_definition::{
    EphemeralStorage, InferenceAccelerator, PlacementConstraint, ProxyConfiguration,
    RuntimePlatform, Volume,
};
use crate::fault::{OrFault, must};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A revision that is looked up by its family, or family and number.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_task_definition")]
pub(crate) struct TaskDefinition {
    /// A family, whose latest active revision is taken; `family:revision`; or an ARN.
    task_definition: String,
    /// Its ARN.
    id: Out<String>,
    /// The ARN without the revision's number.
    arn_without_revision: Out<String>,
    /// The containers, as a JSON list.
    container_definitions: Out<String>,
    /// How much CPU a task gets.
    cpu: Out<String>,
    /// Whether AWS Fault Injection Service may harm its tasks.
    enable_fault_injection: Out<bool>,
    /// How much storage a task on Fargate has.
    ephemeral_storage: Out<Vec<EphemeralStorage>>,
    /// ARN of the role that the agent pulls images and writes logs with.
    execution_role_arn: Out<String>,
    /// The name that all revisions share.
    family: Out<String>,
    /// Elastic Inference accelerators for its containers.
    inference_accelerator: Out<Vec<InferenceAccelerator>>,
    /// Which IPC namespace containers share.
    ipc_mode: Out<String>,
    /// How much memory a task gets.
    memory: Out<String>,
    /// `awsvpc`, `bridge`, `host` or `none`.
    network_mode: Out<String>,
    /// Which process namespace containers share.
    pid_mode: Out<String>,
    /// On which instances its tasks may be placed.
    placement_constraints: Out<BTreeSet<PlacementConstraint>>,
    /// The App Mesh proxy.
    proxy_configuration: Out<Vec<ProxyConfiguration>>,
    /// What it must be able to run on.
    requires_compatibilities: Out<BTreeSet<String>>,
    /// The revision's number.
    revision: Out<i32>,
    /// The operating system and processor.
    runtime_platform: Out<Vec<RuntimePlatform>>,
    /// `ACTIVE` or `INACTIVE`.
    status: Out<String>,
    /// ARN of the role that the containers have.
    task_role_arn: Out<String>,
    /// Volumes that containers may mount.
    volume: Out<BTreeSet<Volume>>,
    /// Its Amazon Resource Name, with the revision.
    arn: Out<String>,
}

impl Data for TaskDefinition {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let it = describe(aws, &given.task_definition).await?;
        let arn = it.task_definition_arn();
        let family = arn.and_then(|it| it.rsplit_once(':')).map(|it| it.0.to_owned());
        fn list<'a, G, T: FromSdk<&'a G>>(it: Option<&'a G>) -> Out<Vec<T>> {
            Out(Some(it.map(T::from_sdk).into_iter().collect()))
        }
        Ok(TaskDefinition {
            task_definition: given.task_definition,
            id: Out::from_sdk(arn),
            arn_without_revision: Out(family),
            container_definitions: Out(Some(
                ContainerDefinitions::from_sdk(it.container_definitions()).0,
            )),
            cpu: Out::from_sdk(it.cpu()),
            enable_fault_injection: Out(it.enable_fault_injection()),
            ephemeral_storage: list(it.ephemeral_storage()),
            execution_role_arn: Out::from_sdk(it.execution_role_arn()),
            family: Out::from_sdk(it.family()),
            inference_accelerator: Out(Some(Vec::new())),
            ipc_mode: Out::from_sdk(it.ipc_mode()),
            memory: Out::from_sdk(it.memory()),
            network_mode: Out::from_sdk(it.network_mode()),
            pid_mode: Out::from_sdk(it.pid_mode()),
            placement_constraints: Out::from_sdk(it.placement_constraints()),
            proxy_configuration: list(it.proxy_configuration()),
            requires_compatibilities: Out::from_sdk(it.requires_compatibilities()),
            revision: Out(Some(it.revision())),
            runtime_platform: list(it.runtime_platform()),
            status: Out::from_sdk(it.status()),
            task_role_arn: Out::from_sdk(it.task_role_arn()),
            volume: Out::from_sdk(it.volumes()),
            arn: Out::from_sdk(arn),
        })
    }
}

pub(super) async fn describe(aws: &Aws, name: &str) -> Result<sdk::TaskDefinition> {
    let call = aws.ecs().describe_task_definition().task_definition(name);
    let answer = call.send().await.or_fault("DescribeTaskDefinition")?;
    must(answer.task_definition, "DescribeTaskDefinition")
}
