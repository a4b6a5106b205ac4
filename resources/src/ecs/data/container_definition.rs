//! `aws_ecs_container_definition`: one container of a task definition.

use std::collections::BTreeMap;

use model::{Attributes, Out};
use serde::{Deserialize, Serialize};

use super::task_definition::describe;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::rejected;
use crate::mirror::FromSdk;
use crate::resource::Result;

/// One container of a task definition.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_container_definition")]
pub(crate) struct ContainerDefinition {
    /// The container's name.
    container_name: String,
    /// The task definition: a family, `family:revision`, or an ARN.
    task_definition: String,
    /// The task definition and the container's name, with a slash between them.
    id: Out<String>,
    /// Its CPU units.
    cpu: Out<i32>,
    /// Whether it has no network.
    disable_networking: Out<bool>,
    /// Labels that Docker has for it.
    docker_labels: Out<BTreeMap<String, String>>,
    /// Its environment.
    environment: Out<BTreeMap<String, String>>,
    /// Its image.
    image: Out<String>,
    /// The digest of its image.
    image_digest: Out<String>,
    /// The memory it may use, in MiB.
    memory: Out<i32>,
    /// The memory that is kept for it, in MiB.
    memory_reservation: Out<i32>,
}

impl Data for ContainerDefinition {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let task = describe(aws, &given.task_definition).await?;
        let (name, of) = (&given.container_name, &given.task_definition);
        let found = task.container_definitions().iter().find(|it| it.name() == Some(name));
        let Some(it) = found else {
            let text = format!("the task definition `{of}` has no container `{name}`");
            return Err(rejected("DescribeTaskDefinition", "ContainerNotFound", text));
        };
        let environment = it.environment().iter();
        let environment =
            environment.map(|it| (String::from_sdk(it.name()), String::from_sdk(it.value())));
        let digest = it.image().and_then(|it| it.split_once('@')).map(|it| it.1.to_owned());
        Ok(ContainerDefinition {
            id: Out(Some(format!("{of}/{name}"))),
            cpu: Out(Some(it.cpu())),
            disable_networking: Out(Some(it.disable_networking().unwrap_or(false))),
            docker_labels: Out(Some(BTreeMap::from_sdk(it.docker_labels()))),
            environment: Out(Some(environment.collect())),
            image: Out::from_sdk(it.image()),
            image_digest: Out(digest),
            memory: Out(it.memory()),
            memory_reservation: Out(it.memory_reservation()),
            ..given
        })
    }
}
