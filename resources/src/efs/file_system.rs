//! `aws_efs_file_system`: files that many machines share.

use aws_sdk_efs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Mirror, One, Op, Out, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::efs::lifecycle::Lifecycle;
use crate::efs::{phase, retag, tags_from_sdk, tags_to_sdk};
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::unique;
use crate::resource::{Resource, Result, changed, each};

/// Files that many machines share.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_efs_file_system")]
pub(crate) struct FileSystem {
    /// The zone, for a file system in one zone only.
    #[attr(replace)]
    availability_zone_name: Auto<String>,
    /// A name that only it has. Without it, one is made.
    #[attr(replace)]
    creation_token: Auto<String>,
    /// Whether the files are encrypted at rest.
    #[attr(replace)]
    encrypted: Auto<bool>,
    /// ARN of the KMS key they are encrypted with.
    #[attr(replace)]
    kms_key_id: Auto<String>,
    /// `generalPurpose` or `maxIO`.
    #[attr(replace)]
    performance_mode: Auto<String>,
    /// The throughput in MiB/s, with `throughput_mode = "provisioned"`.
    provisioned_throughput_in_mibps: Option<f64>,
    /// `bursting`, `provisioned` or `elastic`.
    #[attr(default = "bursting")]
    throughput_mode: String,
    /// When files go to another storage class and back.
    lifecycle_policy: Lifecycle,
    /// What the file system is protected from.
    protection: Auto<One<Protection>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// The id of the zone, for a file system in one zone only.
    availability_zone_id: Out<String>,
    /// The name it is mounted by.
    dns_name: Out<String>,
    /// Its tag `Name`.
    #[attr(volatile)]
    name: Out<String>,
    /// How many mount targets it has.
    #[attr(volatile)]
    number_of_mount_targets: Out<i32>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// How large it was when it was last measured.
    #[attr(volatile)]
    size_in_bytes: Out<Vec<Size>>,
    /// Its id: `fs-0123456789abcdef0`.
    id: Out<String>,
}

/// What a file system is protected from.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::FileSystemProtectionDescription)]
pub(crate) struct Protection {
    /// Whether it is kept from being the target of a replication: `ENABLED`, `DISABLED` or
    /// `REPLICATING`.
    #[mirror(replication_overwrite_protection)]
    replication_overwrite: Auto<String>,
}

/// How large a file system is.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::FileSystemSize)]
pub(crate) struct Size {
    /// All of it.
    value: i64,
    /// What is in infrequent access.
    value_in_ia: i64,
    /// What is in standard storage.
    value_in_standard: i64,
}

impl Resource for FileSystem {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(10, 10, 10);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// What becomes of old files, and the protection, are for `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let call = aws
            .efs()
            .create_file_system()
            .creation_token(token_of(want, token))
            .set_availability_zone_name(want.availability_zone_name.0.clone())
            .set_encrypted(want.encrypted.0)
            .set_kms_key_id(want.kms_key_id.0.clone())
            .set_performance_mode(want.performance_mode.to_sdk())
            .set_provisioned_throughput_in_mibps(provisioned(want))
            .throughput_mode(want.throughput_mode.as_str().into())
            .set_tags(tags_to_sdk(&want.tags));
        let answer = call.send().await.or_fault("CreateFileSystem")?;
        Ok(answer.file_system_id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if changed!(have, want; throughput_mode, provisioned_throughput_in_mibps) {
            let call = aws.efs().update_file_system().file_system_id(id);
            let call = call.throughput_mode(want.throughput_mode.as_str().into());
            let call = call.set_provisioned_throughput_in_mibps(provisioned(want));
            call.send().await.or_fault("UpdateFileSystem")?;
        }
        if have.lifecycle_policy != want.lifecycle_policy {
            let call = aws.efs().put_lifecycle_configuration().file_system_id(id);
            let call = call.set_lifecycle_policies(Some(want.lifecycle_policy.to_sdk()));
            call.send().await.or_fault("PutLifecycleConfiguration")?;
        }
        let protection = |it: &Self| {
            let it = it.protection.0.as_ref().and_then(|it| it.0.clone());
            it.and_then(|it| it.replication_overwrite.0)
        };
        if let Some(it) = protection(want).filter(|it| protection(have).as_ref() != Some(it)) {
            let call = aws.efs().update_file_system_protection().file_system_id(id);
            let call = call.replication_overwrite_protection(it.as_str().into());
            call.send().await.or_fault("UpdateFileSystemProtection")?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.efs().delete_file_system().file_system_id(id);
        call.send().await.or_fault("DeleteFileSystem")?;
        Ok(())
    }

    /// The token is a name that only it has.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let call = aws.efs().describe_file_systems().creation_token(token_of(want, token));
        let answer = call.send().await.or_fault("DescribeFileSystems")?;
        Ok(answer.file_systems().first().map(|it| it.file_system_id().to_owned()))
    }

    fn check(given: &Map) -> Vec<(&'static str, String)> {
        let mode = given.get("throughput_mode").and_then(|it| it.as_str());
        let amount = given.get("provisioned_throughput_in_mibps").is_some_and(|it| !it.is_null());
        match (mode, amount) {
            (Some("provisioned"), false)
                if given.contains_key("provisioned_throughput_in_mibps") =>
            {
                let text = "with `throughput_mode = \"provisioned\"` it must be given";
                vec![("provisioned_throughput_in_mibps", text.to_owned())]
            }
            _ => Vec::new(),
        }
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        super::classify(op, fault)
    }
}

fn token_of(want: &FileSystem, token: &str) -> String {
    want.creation_token.0.clone().unwrap_or_else(|| unique("terraform-", token))
}

/// The throughput, where the mode allows to say one.
fn provisioned(want: &FileSystem) -> Option<f64> {
    want.provisioned_throughput_in_mibps.filter(|_| want.throughput_mode == "provisioned")
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<FileSystem>>> {
    let call = aws.efs().describe_file_systems().file_system_id(id).send();
    let answer = call.await.or_fault("DescribeFileSystems")?;
    let Some(it) = answer.file_systems().first() else { return Ok(None) };
    let Some(phase) = phase(Some(it.life_cycle_state())) else { return Ok(None) };
    let call = aws.efs().describe_lifecycle_configuration().file_system_id(id).send();
    let lifecycle = call.await.or_fault("DescribeLifecycleConfiguration")?;
    let protection = it.file_system_protection();
    let (partition, region) = (aws.partition(), aws.region());
    let (owner, suffix) = (it.owner_id(), partition.dns_suffix);
    let attributes = FileSystem {
        availability_zone_name: Auto::from_sdk(it.availability_zone_name()),
        creation_token: Auto(Some(it.creation_token().to_owned())),
        encrypted: Auto(Some(it.encrypted().unwrap_or_default())),
        kms_key_id: Auto::from_sdk(it.kms_key_id()),
        performance_mode: Auto(Some(it.performance_mode().as_str().to_owned())),
        provisioned_throughput_in_mibps: it.provisioned_throughput_in_mibps(),
        throughput_mode: it.throughput_mode().map_or("bursting", |it| it.as_str()).to_owned(),
        lifecycle_policy: Lifecycle::from_sdk(lifecycle.lifecycle_policies()),
        protection: Auto(Some(One::from_sdk(protection))),
        tags: tags_from_sdk(it.tags()),
        arn: Out(Some(format!(
            "arn:{}:elasticfilesystem:{region}:{owner}:file-system/{id}",
            partition.name
        ))),
        availability_zone_id: Out::from_sdk(it.availability_zone_id()),
        dns_name: Out(Some(format!("{id}.efs.{region}.{suffix}"))),
        name: Out::from_sdk(it.name()),
        number_of_mount_targets: Out(Some(it.number_of_mount_targets())),
        owner_id: Out(Some(owner.to_owned())),
        size_in_bytes: Out(Some(it.size_in_bytes().iter().map(|it| Size::from_sdk(it)).collect())),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::Phase;

    use super::*;
    use crate::testing::{Script, fault, json, want};

    const FS: &str = r#"{"OwnerId": "123456789012", "CreationToken": "shared", "FileSystemId": "fs-1",
        "CreationTime": 1, "LifeCycleState": "STATE", "NumberOfMountTargets": 0, "Encrypted": true,
        "SizeInBytes": {"Value": 6144, "ValueInIA": 0, "ValueInStandard": 6144},
        "FileSystemArn": "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1",
        "FileSystemProtection": {"ReplicationOverwriteProtection": "ENABLED"},
        "PerformanceMode": "generalPurpose", "ThroughputMode": "elastic", "Tags": []}"#;

    fn described(state: &str) -> String {
        format!(r#"{{"FileSystems": [{}]}}"#, FS.replace("STATE", state))
    }

    #[tokio::test]
    async fn a_file_system_is_made_and_then_told_about_old_files() {
        let aws = Script::new([
            json(&FS.replace("STATE", "creating")),
            json("{}"),
            json("{}"),
            json("{}"),
        ]);
        let want = want::<FileSystem>(
            r#"{"creation_token": "shared", "encrypted": true, "throughput_mode": "elastic",
                "lifecycle_policy": [{"transition_to_ia": "AFTER_30_DAYS", "transition_to_archive": "AFTER_90_DAYS"},
                                     {"transition_to_primary_storage_class": "AFTER_1_ACCESS"}],
                "protection": [{"replication_overwrite": "DISABLED"}], "tags": {"Name": "shared"}}"#,
        );
        assert_eq!(FileSystem::create(&aws, &want, "token").await.unwrap(), "fs-1");
        let mut have = want.clone();
        have.lifecycle_policy = Lifecycle(Vec::new());
        have.protection = Auto(None);
        have.tags.0.clear();
        FileSystem::update(&aws, "fs-1", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            POST elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/file-systems
                CreationToken="shared"
                Encrypted=true
                Tags=[{"Key":"Name","Value":"shared"}]
                ThroughputMode="elastic"
            PUT elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/file-systems/fs-1/lifecycle-configuration
                LifecyclePolicies=[{"TransitionToIA":"AFTER_30_DAYS"},{"TransitionToArchive":"AFTER_90_DAYS"},{"TransitionToPrimaryStorageClass":"AFTER_1_ACCESS"}]
            PUT elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/file-systems/fs-1/protection
                ReplicationOverwriteProtection="DISABLED"
            POST elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/resource-tags/fs-1
                Tags=[{"Key":"Name","Value":"shared"}]
        "#]]);
    }

    #[tokio::test]
    async fn it_is_not_ready_while_it_is_made() {
        for (state, ready) in [("creating", false), ("available", true), ("updating", false)] {
            let aws = Script::new([json(&described(state)), json(r#"{"LifecyclePolicies": []}"#)]);
            let found = FileSystem::read(&aws, &["fs-1".to_owned()]).await.unwrap();
            assert_eq!(found[0].phase == Phase::Ready, ready);
        }
    }

    #[tokio::test]
    async fn a_lost_reply_is_found_by_the_token() {
        let aws = Script::new([json(&described("available"))]);
        let want = want::<FileSystem>("{}");
        let found = FileSystem::find(&aws, &want, "token").await.unwrap();
        assert_eq!(found.as_deref(), Some("fs-1"));
        let name = unique("terraform-", "token");
        assert!(aws.transcript().contains(&format!("CreationToken={name}")));
    }

    #[test]
    fn changes_wait_for_each_other() {
        let busy = fault(FaultKind::Rejected, "IncorrectFileSystemLifeCycleState");
        assert_eq!(FileSystem::classify(Op::Update, &busy), Some(FaultKind::Busy));
        let used = fault(FaultKind::Rejected, "FileSystemInUse");
        assert_eq!(FileSystem::classify(Op::Delete, &used), Some(FaultKind::Busy));
    }

    #[test]
    fn how_policies_are_split_up_does_not_matter() {
        let policies = |it: &str| {
            want::<FileSystem>(&format!(r#"{{"lifecycle_policy": {it}}}"#)).lifecycle_policy
        };
        assert_eq!(
            policies(
                r#"[{"transition_to_ia": "AFTER_7_DAYS"}, {"transition_to_archive": "AFTER_90_DAYS"}]"#
            ),
            policies(
                r#"[{"transition_to_archive": "AFTER_90_DAYS", "transition_to_ia": "AFTER_7_DAYS"}]"#
            )
        );
        assert_ne!(
            policies(r#"[{"transition_to_ia": "AFTER_7_DAYS"}]"#),
            policies(r#"[{"transition_to_archive": "AFTER_7_DAYS"}]"#)
        );
    }
}
