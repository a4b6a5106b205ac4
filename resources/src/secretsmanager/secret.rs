//! `aws_secretsmanager_secret`: a secret with a name, whose values are its versions.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Unread};
use serde::{Deserialize, Serialize};

use super::{tags_from_sdk, tags_to_sdk};
use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk, moment};
use crate::naming::{known, name_or_unique, prefix_of, uuid_of};
use crate::policy::Policy;
use crate::resource::{Resource, Result, changed, each};

/// A secret with a name, whose values are its versions.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_secretsmanager_secret")]
pub(crate) struct Secret {
    /// What it is for, in the user's words.
    description: Option<String>,
    /// Whether a secret of the same name in another region is overwritten.
    #[attr(default = false)]
    force_overwrite_replica_secret: Unread<bool>,
    /// The KMS key it is encrypted with.
    kms_key_id: Option<String>,
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// Who may use it, as an IAM policy document in JSON.
    policy: Auto<Policy>,
    /// For how many days it can be restored after it is destroyed; 0 for not at all.
    #[attr(default = 30)]
    recovery_window_in_days: Unread<i64>,
    /// Its ARN.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// Copies in other regions.
    replica: BTreeSet<Replica>,
}

/// A copy in another region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Attributes, Serialize, Deserialize)]
pub(crate) struct Replica {
    /// The KMS key that the copy is encrypted with.
    kms_key_id: Auto<String>,
    /// When it was last used.
    last_accessed_date: Out<String>,
    /// The region.
    region: String,
    /// `InSync`, `InProgress` or `Failed`.
    status: Out<String>,
    /// Why it is so.
    status_message: Out<String>,
}

impl Resource for Secret {
    const BATCH: usize = 50;
    const MISSED: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// The policy is set by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let replicas: Vec<_> = want.replica.iter().map(Replica::to_region).collect();
        let call = aws.secretsmanager().create_secret().name(name);
        let call = call
            .client_request_token(uuid_of(token))
            .set_description(want.description.clone())
            .set_kms_key_id(want.kms_key_id.clone())
            .set_force_overwrite_replica_secret(want.force_overwrite_replica_secret.0)
            .set_add_replica_regions((!replicas.is_empty()).then_some(replicas))
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateSecret")?;
        must(answer.arn, "CreateSecret")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; description, kms_key_id) {
            let call = aws.secretsmanager().update_secret().secret_id(id);
            let call = call
                .description(want.description.as_deref().unwrap_or_default())
                .set_kms_key_id(want.kms_key_id.clone());
            call.send().await.or_fault("UpdateSecret")?;
        }
        if have.policy != want.policy {
            allow(aws, id, want.policy.0.as_ref()).await?;
        }
        replicate(aws, id, have, want).await?;
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if !have.replica.is_empty() {
            let none = Secret { replica: BTreeSet::new(), ..have.clone() };
            replicate(aws, id, have, &none).await?;
        }
        let call = aws.secretsmanager().delete_secret().secret_id(id);
        let call = match have.recovery_window_in_days.0.unwrap_or(30) {
            0 => call.force_delete_without_recovery(true),
            days => call.recovery_window_in_days(days),
        };
        call.send().await.or_fault("DeleteSecret")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    async fn holder(aws: &Aws, claim: &str) -> Result<Option<String>> {
        Ok(live(aws, claim).await?.and_then(|it| it.attributes.arn.0))
    }

    /// Names are unique, so a secret of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = live(aws, &name).await?.map(|it| it.attributes);
        Ok(found.filter(|it| it.tags == want.tags).and_then(|it| it.arn.0))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The name is free a moment after a secret is deleted for good.
        let leaving = fault.message.contains("scheduled for deletion");
        (op == Op::Create && leaving).then_some(FaultKind::Busy)
    }
}

impl Replica {
    fn to_region(&self) -> sdk::ReplicaRegionType {
        let region = sdk::ReplicaRegionType::builder().region(&self.region);
        region.set_kms_key_id(self.kms_key_id.to_sdk()).build()
    }

    fn of(it: &sdk::ReplicationStatusType) -> Self {
        Replica {
            kms_key_id: Auto::from_sdk(it.kms_key_id()),
            last_accessed_date: moment(it.last_accessed_date()),
            region: String::from_sdk(it.region()),
            status: Out::from_sdk(it.status()),
            status_message: Out::from_sdk(it.status_message()),
        }
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<Secret>>> {
    let it = aws.secretsmanager().describe_secret().secret_id(id).send().await;
    let it = it.or_fault("DescribeSecret")?;
    if it.deleted_date().is_some() {
        return Ok(None);
    }
    let policy = aws.secretsmanager().get_resource_policy().secret_id(id).send().await;
    let policy = policy.or_fault("GetResourcePolicy")?.resource_policy;
    let attributes = Secret {
        description: Option::from_sdk(it.description()),
        force_overwrite_replica_secret: Unread(None),
        kms_key_id: Option::from_sdk(it.kms_key_id()),
        name: Auto::from_sdk(it.name()),
        name_prefix: Auto(it.name().and_then(prefix_of)),
        policy: Auto(policy.map(Policy)),
        recovery_window_in_days: Unread(None),
        id: Out::from_sdk(it.arn()),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(it.arn()),
        replica: it.replication_status().iter().map(Replica::of).collect(),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn allow(aws: &Aws, id: &str, policy: Option<&Policy>) -> Result<()> {
    match policy.filter(|it| it.0 != "{}") {
        Some(policy) => {
            let call = aws.secretsmanager().put_resource_policy().secret_id(id);
            let call = call.resource_policy(&policy.0);
            call.send().await.or_fault("PutResourcePolicy")?;
        }
        None => {
            let call = aws.secretsmanager().delete_resource_policy().secret_id(id);
            call.send().await.or_fault("DeleteResourcePolicy")?;
        }
    }
    Ok(())
}

async fn replicate(aws: &Aws, id: &str, have: &Secret, want: &Secret) -> Result<()> {
    let regions = |it: &Secret| -> BTreeSet<String> {
        it.replica.iter().map(|it| it.region.clone()).collect()
    };
    let (old, new) = (regions(have), regions(want));
    let gone: Vec<String> = old.difference(&new).cloned().collect();
    if !gone.is_empty() {
        let call = aws.secretsmanager().remove_regions_from_replication().secret_id(id);
        let call = call.set_remove_replica_regions(Some(gone));
        call.send().await.or_fault("RemoveRegionsFromReplication")?;
    }
    let more = want.replica.iter().filter(|it| !old.contains(&it.region));
    let more: Vec<_> = more.map(Replica::to_region).collect();
    if !more.is_empty() {
        let call = aws.secretsmanager().replicate_secret_to_regions().secret_id(id);
        let call = call
            .set_add_replica_regions(Some(more))
            .set_force_overwrite_replica_secret(want.force_overwrite_replica_secret.0);
        call.send().await.or_fault("ReplicateSecretToRegions")?;
    }
    Ok(())
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.secretsmanager().untag_resource().secret_id(id);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.secretsmanager().tag_resource().secret_id(id).set_tags(Some(set));
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn no_recovery_window_means_at_once() {
        let aws = Script::new([json("{}"), json("{}")]);
        let at_once = want::<Secret>(r#"{"name": "db", "recovery_window_in_days": 0}"#);
        Secret::delete(&aws, "arn:db", &at_once).await.unwrap();
        Secret::delete(&aws, "arn:db", &want(r#"{"name": "db"}"#)).await.unwrap();
        aws.sent(expect![[r#"
            DeleteSecret
                ForceDeleteWithoutRecovery=true
                SecretId="arn:db"
            DeleteSecret
                RecoveryWindowInDays=30
                SecretId="arn:db"
        "#]]);
    }

    #[tokio::test]
    async fn a_secret_that_waits_for_its_end_is_gone() {
        let aws = Script::new([json(r#"{"ARN": "arn:db", "DeletedDate": 1700000000}"#)]);
        assert_eq!(Secret::read(&aws, &["arn:db".to_owned()]).await.unwrap(), []);
    }

    #[tokio::test]
    async fn regions_come_and_go() {
        let aws = Script::new([json("{}"), json("{}")]);
        let secret = |region: &str| {
            want::<Secret>(&format!(r#"{{"name": "db", "replica": [{{"region": "{region}"}}]}}"#))
        };
        Secret::update(&aws, "arn:db", &secret("eu-west-2"), &secret("eu-west-3")).await.unwrap();
        aws.sent(expect![[r#"
            RemoveRegionsFromReplication
                RemoveReplicaRegions=["eu-west-2"]
                SecretId="arn:db"
            ReplicateSecretToRegions
                AddReplicaRegions=[{"Region":"eu-west-3"}]
                ForceOverwriteReplicaSecret=false
                SecretId="arn:db"
        "#]]);
    }
}
