//! `aws_ecs_cluster`: the logical group that ECS services and tasks run in.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Phase, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::{retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::known;
use crate::resource::{Resource, Result, changed};

/// A logical group of services and tasks.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_cluster")]
pub(crate) struct Cluster {
    /// Up to 255 letters, digits, hyphens and underscores.
    #[attr(replace)]
    name: String,
    /// How `execute-command` sessions and storage are set up.
    configuration: One<Configuration>,
    /// The Service Connect namespace of services that name none.
    service_connect_defaults: One<ServiceConnectDefaults>,
    /// Switches such as `containerInsights`.
    setting: Auto<BTreeSet<Setting>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Its Amazon Resource Name.
    id: Out<String>,
}

/// How `execute-command` sessions and storage are set up.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ClusterConfiguration)]
pub(crate) struct Configuration {
    /// How `execute-command` sessions in this cluster are encrypted and logged.
    execute_command_configuration: One<ExecuteCommand>,
    /// How the storage of tasks is encrypted.
    managed_storage_configuration: One<ManagedStorage>,
}

/// How `execute-command` sessions are encrypted and logged.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ExecuteCommandConfiguration)]
pub(crate) struct ExecuteCommand {
    /// The KMS key that encrypts sessions.
    kms_key_id: Option<String>,
    /// Where sessions are logged, with `logging = "OVERRIDE"`.
    log_configuration: One<Log>,
    /// `NONE`, `DEFAULT` or `OVERRIDE`.
    #[attr(default = "DEFAULT")]
    logging: String,
}

/// Where sessions are logged.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ExecuteCommandLogConfiguration)]
pub(crate) struct Log {
    /// Whether the log group must be encrypted.
    #[attr(default = false)]
    cloud_watch_encryption_enabled: bool,
    /// The log group for sessions.
    cloud_watch_log_group_name: Option<String>,
    /// Whether logs in the bucket are encrypted.
    #[attr(default = false)]
    #[mirror(s3_encryption_enabled)]
    s3_bucket_encryption_enabled: bool,
    /// The bucket for sessions.
    s3_bucket_name: Option<String>,
    /// The folder in the bucket.
    s3_key_prefix: Option<String>,
}

/// How the storage of tasks is encrypted.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::ManagedStorageConfiguration)]
pub(crate) struct ManagedStorage {
    /// The KMS key for the ephemeral storage of Fargate tasks.
    fargate_ephemeral_storage_kms_key_id: Option<String>,
    /// The KMS key for managed volumes.
    kms_key_id: Option<String>,
}

/// The Service Connect namespace of services that name none.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct ServiceConnectDefaults {
    /// ARN of a Cloud Map namespace.
    namespace: String,
}

/// A switch.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Mirror, Serialize, Deserialize,
)]
#[mirror(sdk::ClusterSetting)]
pub(crate) struct Setting {
    /// `containerInsights`.
    name: String,
    /// `enhanced`, `enabled` or `disabled`.
    value: String,
}

impl Resource for Cluster {
    const BATCH: usize = 100;
    const TAKES_OVER: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        use sdk::ClusterField::{Configurations, Settings, Tags};
        let call = aws.ecs().describe_clusters().set_clusters(Some(ids.to_vec()));
        let call = call.set_include(Some(vec![Configurations, Settings, Tags]));
        let answer = call.send().await.or_fault("DescribeClusters")?;
        // A deleted cluster stays describable for a while, as INACTIVE.
        let exists = |it: &&sdk::Cluster| it.status() != Some("INACTIVE");
        Ok(answer.clusters().iter().filter(exists).map(live).collect())
    }

    /// Creating a cluster that exists with the same settings gives that cluster.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.ecs().create_cluster().cluster_name(&want.name);
        let call = call.set_configuration(want.configuration.to_sdk());
        let call = call.set_service_connect_defaults(want.service_connect_defaults.to_sdk());
        let call = call.set_settings(want.setting.to_sdk());
        let call = call.set_tags(Some(tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateCluster")?;
        must(answer.cluster.and_then(|it| it.cluster_arn), "CreateCluster")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; configuration, service_connect_defaults, setting) {
            let call = aws.ecs().update_cluster().cluster(id);
            let call = call.set_configuration(want.configuration.to_sdk());
            let call = call.set_service_connect_defaults(want.service_connect_defaults.to_sdk());
            let call = call.set_settings(want.setting.to_sdk());
            call.send().await.or_fault("UpdateCluster")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        aws.ecs().delete_cluster().cluster(id).send().await.or_fault("DeleteCluster")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn import(aws: &Aws, text: &str) -> Result<String> {
        match text.starts_with("arn:") {
            true => Ok(text.to_owned()),
            false => aws.arn("ecs", &format!("cluster/{text}")).await,
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        match (op, fault.code.as_str()) {
            // The first cluster of an account creates a role, which takes a moment to be usable.
            (Op::Create, _) if fault.message.contains("assume the service linked role") => {
                Some(FaultKind::Busy)
            }
            // Services and tasks leave the cluster some time after they are deleted.
            (Op::Delete, code) if code.starts_with("ClusterContains") => Some(FaultKind::Busy),
            _ => None,
        }
    }
}

fn live(it: &sdk::Cluster) -> Live<Cluster> {
    let attributes = Cluster {
        name: String::from_sdk(it.cluster_name()),
        configuration: One::from_sdk(it.configuration()),
        service_connect_defaults: One::from_sdk(it.service_connect_defaults()),
        setting: Auto::from_sdk(it.settings()),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(it.cluster_arn()),
        id: Out::from_sdk(it.cluster_arn()),
    };
    let phase = match it.status() {
        Some("ACTIVE") => Phase::Ready,
        Some("FAILED") => Phase::failed("the cluster could not be provisioned"),
        status => Phase::changing(format!("its status is {}", status.unwrap_or("not known"))),
    };
    Live { id: String::from_sdk(it.cluster_arn()), phase, attributes }
}

// What AWS takes here and what it gives back are two different types.
impl ToSdk<Option<sdk::ClusterServiceConnectDefaultsRequest>> for ServiceConnectDefaults {
    fn to_sdk(&self) -> Option<sdk::ClusterServiceConnectDefaultsRequest> {
        let request = sdk::ClusterServiceConnectDefaultsRequest::builder();
        Some(request.namespace(&self.namespace).build().expect("a namespace is set"))
    }
}

impl<'a> FromSdk<&'a sdk::ClusterServiceConnectDefaults> for ServiceConnectDefaults {
    fn from_sdk(it: &'a sdk::ClusterServiceConnectDefaults) -> Self {
        ServiceConnectDefaults { namespace: String::from_sdk(it.namespace()) }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn creates_with_everything_in_one_call() {
        let aws = Script::new([json(r#"{"cluster": {"clusterArn": "arn:web"}}"#)]);
        let want = want::<Cluster>(
            r#"{
                "name": "web",
                "setting": [{"name": "containerInsights", "value": "enabled"}],
                "tags": {"team": "edge"}
            }"#,
        );

        assert_eq!(Cluster::create(&aws, &want, "token").await.unwrap(), "arn:web");

        aws.sent(expect![[r#"
            CreateCluster
                clusterName="web"
                settings=[{"name":"containerInsights","value":"enabled"}]
                tags=[{"key":"team","value":"edge"}]
        "#]]);
    }

    #[tokio::test]
    async fn changes_only_tags_when_only_tags_differ() {
        let aws = Script::new([json("{}"), json("{}")]);
        let have = want::<Cluster>(r#"{"name": "web", "tags": {"team": "edge", "old": "1"}}"#);
        let want = want::<Cluster>(r#"{"name": "web", "tags": {"team": "core"}}"#);

        Cluster::update(&aws, "arn:web", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            UntagResource
                resourceArn="arn:web"
                tagKeys=["old"]
            TagResource
                resourceArn="arn:web"
                tags=[{"key":"team","value":"core"}]
        "#]]);
    }
}
