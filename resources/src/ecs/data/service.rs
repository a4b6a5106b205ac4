//! `aws_ecs_service`: a service that is looked up by its cluster and name.

use std::collections::BTreeMap;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Out};
use serde::{Deserialize, Serialize};

use super::shown;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A service that is looked up by its cluster and name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_service")]
pub(crate) struct Service {
    /// ARN of the cluster.
    cluster_arn: String,
    /// Its name.
    service_name: String,
    /// Its ARN.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// Whether tasks are moved to spread them over zones.
    availability_zone_rebalancing: Out<String>,
    /// How many tasks shall run.
    desired_count: Out<i32>,
    /// What its tasks run on.
    launch_type: Out<String>,
    /// `REPLICA` or `DAEMON`.
    scheduling_strategy: Out<String>,
    /// ARN of its task definition.
    task_definition: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Data for Service {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        let call = aws.ecs().describe_services().cluster(&given.cluster_arn);
        let call = call.services(&given.service_name).include(sdk::ServiceField::Tags);
        let answer = call.send().await.or_fault("DescribeServices")?;
        let found = answer.services().iter().find(|it| it.status() != Some("INACTIVE"));
        let Some(it) = found else {
            let (service, cluster) = (&given.service_name, &given.cluster_arn);
            let text = format!("there is no service `{service}` in the cluster {cluster}");
            return Err(rejected("DescribeServices", "ServiceNotFoundException", text));
        };
        Ok(Service {
            cluster_arn: String::from_sdk(it.cluster_arn()),
            service_name: String::from_sdk(it.service_name()),
            id: Out::from_sdk(it.service_arn()),
            tags: shown(aws, it.tags()),
            availability_zone_rebalancing: Out::from_sdk(it.availability_zone_rebalancing()),
            desired_count: Out(Some(it.desired_count())),
            launch_type: Out::from_sdk(it.launch_type()),
            scheduling_strategy: Out::from_sdk(it.scheduling_strategy()),
            task_definition: Out::from_sdk(it.task_definition()),
            arn: Out::from_sdk(it.service_arn()),
        })
    }
}
