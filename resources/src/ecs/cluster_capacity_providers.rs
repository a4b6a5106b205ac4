//! `aws_ecs_cluster_capacity_providers`: what the tasks of a cluster can run on.

use std::collections::BTreeSet;

use aws_sdk_ecs::types as sdk;
use model::{Attributes, Fault, FaultKind, Live, Op, Out, Phase};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::ecs::service::CapacityProvider;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result};

/// What the tasks of a cluster can run on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_ecs_cluster_capacity_providers")]
pub(crate) struct ClusterCapacityProviders {
    /// The cluster.
    #[attr(replace)]
    cluster_name: String,
    /// Names of capacity providers, `FARGATE` and `FARGATE_SPOT` among them.
    capacity_providers: Option<BTreeSet<String>>,
    /// The cluster's name.
    id: Out<String>,
    /// What tasks run on that name no capacity provider.
    default_capacity_provider_strategy: BTreeSet<CapacityProvider>,
}

const NAME: &str = "aws_ecs_cluster_capacity_providers";

impl Resource for ClusterCapacityProviders {
    const BATCH: usize = 100;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        let call = aws.ecs().describe_clusters().set_clusters(Some(ids.to_vec()));
        let answer = call.send().await.or_fault("DescribeClusters")?;
        let exists = |it: &&sdk::Cluster| it.status() != Some("INACTIVE");
        Ok(answer.clusters().iter().filter(exists).map(live).collect())
    }

    /// Every cluster has a list of capacity providers; it is only filled.
    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        aws.adopt(NAME, &want.cluster_name);
        put(aws, want).await?;
        Ok(want.cluster_name.clone())
    }

    async fn update(aws: &Aws, _id: &str, have: &Self, want: &Self) -> Result<()> {
        if have != want { put(aws, want).await } else { Ok(()) }
    }

    /// The list is emptied. An empty list is a list, so it is up to us to take it for gone.
    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        let none = ClusterCapacityProviders {
            capacity_providers: None,
            default_capacity_provider_strategy: BTreeSet::new(),
            ..have.clone()
        };
        match put(aws, &none).await {
            Err(fault) if fault.kind == FaultKind::NotFound => (),
            result => result?,
        }
        aws.abandon(NAME, id);
        Ok(())
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // Attaching the ones before is not done yet, or a service still uses one to be taken away.
        let busy = ["UpdateInProgressException", "ResourceInUseException"];
        let soon = op == Op::Create && fault.code == "ClusterNotFoundException";
        match fault.code.as_str() {
            code if busy.contains(&code) => Some(FaultKind::Busy),
            // The first cluster of an account creates a role, which takes a moment to be usable.
            _ if fault.message.contains("assume the service linked role") => Some(FaultKind::Busy),
            _ if soon => Some(FaultKind::NotYet),
            _ => None,
        }
    }
}

async fn put(aws: &Aws, want: &ClusterCapacityProviders) -> Result<()> {
    let strategy = want.default_capacity_provider_strategy.to_sdk().unwrap_or_default();
    let call = aws.ecs().put_cluster_capacity_providers().cluster(&want.cluster_name);
    let call = call
        .set_capacity_providers(Some(want.capacity_providers.to_sdk().unwrap_or_default()))
        .set_default_capacity_provider_strategy(Some(strategy));
    call.send().await.or_fault("PutClusterCapacityProviders")?;
    Ok(())
}

fn live(it: &sdk::Cluster) -> Live<ClusterCapacityProviders> {
    let providers = BTreeSet::from_sdk(it.capacity_providers());
    let attributes = ClusterCapacityProviders {
        cluster_name: String::from_sdk(it.cluster_name()),
        capacity_providers: Some(providers).filter(|it| !it.is_empty()),
        id: Out::from_sdk(it.cluster_name()),
        default_capacity_provider_strategy: BTreeSet::from_sdk(
            it.default_capacity_provider_strategy(),
        ),
    };
    let phase = match it.attachments_status() {
        Some("UPDATE_IN_PROGRESS") => Phase::changing("capacity providers are being attached"),
        Some("UPDATE_FAILED") => Phase::failed("a capacity provider could not be attached"),
        _ => Phase::Ready,
    };
    Live { id: String::from_sdk(it.cluster_name()), phase, attributes }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    const MAIN: &str = r#"{
        "cluster_name": "main",
        "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
        "default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1}]
    }"#;

    #[tokio::test]
    async fn the_list_is_written_as_a_whole_and_emptied_in_the_end() {
        let aws = Script::new([json("{}"), json("{}")]);
        let want: ClusterCapacityProviders = want(MAIN);

        let id = ClusterCapacityProviders::create(&aws, &want, "token").await.unwrap();
        ClusterCapacityProviders::delete(&aws, &id, &want).await.unwrap();

        assert!(aws.has_abandoned(NAME, "main"));
        aws.sent(expect![[r#"
            PutClusterCapacityProviders
                capacityProviders=["FARGATE","FARGATE_SPOT"]
                cluster="main"
                defaultCapacityProviderStrategy=[{"base":0,"capacityProvider":"FARGATE","weight":1}]
            PutClusterCapacityProviders
                capacityProviders=[]
                cluster="main"
                defaultCapacityProviderStrategy=[]
        "#]]);
    }

    #[tokio::test]
    async fn attaching_is_waited_for() {
        let cluster = r#"{"clusters": [{"clusterName": "main", "status": "ACTIVE",
            "attachmentsStatus": "UPDATE_IN_PROGRESS"}]}"#;
        let aws = Script::new([json(cluster)]);
        let found = ClusterCapacityProviders::read(&aws, &["main".to_owned()]).await.unwrap();
        assert!(matches!(found[0].phase, Phase::Changing(_)));
    }
}
