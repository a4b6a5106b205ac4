//! `aws_ecs_cluster`: a cluster that is looked up by its name.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Mirror, Out};
use serde::{Deserialize, Serialize};

use super::shown;
use crate::aws::Aws;
use crate::data::Data;
use crate::fault::{OrFault, rejected};
use crate::mirror::FromSdk;
use crate::resource::Result;

/// A cluster that is looked up by its name.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_cluster")]
pub(crate) struct Cluster {
    /// Its name.
    cluster_name: String,
    /// Its ARN.
    id: Out<String>,
    /// Its tags.
    tags: Auto<BTreeMap<String, String>>,
    /// How many tasks are about to run.
    pending_tasks_count: Out<i32>,
    /// How many instances it has.
    registered_container_instances_count: Out<i32>,
    /// How many tasks are running.
    running_tasks_count: Out<i32>,
    /// The Service Connect namespace of services that name none.
    service_connect_defaults: Out<Vec<ServiceConnectDefaults>>,
    /// Switches such as `containerInsights`.
    setting: Out<BTreeSet<Setting>>,
    /// Its status.
    status: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

/// The Service Connect namespace of services that name none.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct ServiceConnectDefaults {
    /// ARN of a Cloud Map namespace.
    namespace: Option<String>,
}

/// A switch.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::ClusterSetting)]
pub(crate) struct Setting {
    /// Its name.
    name: Option<String>,
    /// Its value.
    value: Option<String>,
}

impl Data for Cluster {
    async fn read(aws: &Aws, given: Self) -> Result<Self> {
        use sdk::ClusterField::{Configurations, Settings, Tags};
        let call = aws.ecs().describe_clusters().clusters(&given.cluster_name);
        let call = call.set_include(Some(vec![Configurations, Settings, Tags]));
        let answer = call.send().await.or_fault("DescribeClusters")?;
        let found = answer.clusters().iter().find(|it| it.status() != Some("INACTIVE"));
        let Some(it) = found else {
            let text = format!("there is no cluster `{}`", given.cluster_name);
            return Err(rejected("DescribeClusters", "ClusterNotFoundException", text));
        };
        let defaults = it
            .service_connect_defaults()
            .map(|it| ServiceConnectDefaults { namespace: Option::from_sdk(it.namespace()) });
        Ok(Cluster {
            cluster_name: String::from_sdk(it.cluster_name()),
            id: Out::from_sdk(it.cluster_arn()),
            tags: shown(aws, it.tags()),
            pending_tasks_count: Out(Some(it.pending_tasks_count())),
            registered_container_instances_count: Out(Some(
                it.registered_container_instances_count(),
            )),
            running_tasks_count: Out(Some(it.running_tasks_count())),
            service_connect_defaults: Out(Some(defaults.into_iter().collect())),
            setting: Out::from_sdk(it.settings()),
            status: Out::from_sdk(it.status()),
            arn: Out::from_sdk(it.cluster_arn()),
        })
    }
}
