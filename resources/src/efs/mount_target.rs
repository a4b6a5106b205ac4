//! `aws_efs_mount_target`: where a subnet's machines reach a file system.

use std::collections::BTreeSet;

use aws_sdk_efs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Op, Out, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::efs::phase;
use crate::fault::OrFault;
use crate::mirror::{FromSdk, ToSdk};
use crate::resource::{Resource, Result, each};

/// Where a subnet's machines reach a file system.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_efs_mount_target", timeouts = [create, delete])]
pub(crate) struct MountTarget {
    /// The file system.
    #[attr(replace)]
    file_system_id: String,
    /// Its address in the subnet. Without it, AWS chooses one.
    #[attr(replace)]
    ip_address: Auto<String>,
    /// Security groups that say who reaches it. Without any, those by default of the VPC.
    security_groups: Auto<BTreeSet<String>>,
    /// The subnet.
    #[attr(replace)]
    subnet_id: String,
    /// The id of the zone it is in.
    availability_zone_id: Out<String>,
    /// The zone it is in.
    availability_zone_name: Out<String>,
    /// The name that the file system is mounted by, wherever one is.
    dns_name: Out<String>,
    /// ARN of the file system.
    file_system_arn: Out<String>,
    /// The name that the file system is mounted by in this zone.
    mount_target_dns_name: Out<String>,
    /// The network interface it has.
    network_interface_id: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its id: `fsmt-0123456789abcdef0`.
    id: Out<String>,
}

impl Resource for MountTarget {
    const BATCH: usize = 20;
    const TIMEOUTS: Timeouts = Timeouts::minutes(30, 10, 10);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws
            .efs()
            .create_mount_target()
            .file_system_id(&want.file_system_id)
            .subnet_id(&want.subnet_id)
            .set_ip_address(want.ip_address.0.clone())
            .set_security_groups(want.security_groups.to_sdk());
        let answer = call.send().await.or_fault("CreateMountTarget")?;
        Ok(answer.mount_target_id)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.security_groups != want.security_groups {
            let call = aws.efs().modify_mount_target_security_groups().mount_target_id(id);
            let call = call.set_security_groups(want.security_groups.to_sdk());
            call.send().await.or_fault("ModifyMountTargetSecurityGroups")?;
        }
        Ok(())
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.efs().delete_mount_target().mount_target_id(id);
        call.send().await.or_fault("DeleteMountTarget")?;
        Ok(())
    }

    /// A file system has at most one in a subnet.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let call = aws.efs().describe_mount_targets().file_system_id(&want.file_system_id);
        let answer = call.send().await.or_fault("DescribeMountTargets")?;
        let same = |it: &&sdk::MountTargetDescription| it.subnet_id() == want.subnet_id;
        Ok(answer.mount_targets().iter().find(same).map(|it| it.mount_target_id().to_owned()))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        super::classify(op, fault)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<MountTarget>>> {
    let call = aws.efs().describe_mount_targets().mount_target_id(id).send();
    let answer = call.await.or_fault("DescribeMountTargets")?;
    let Some(it) = answer.mount_targets().first() else { return Ok(None) };
    let Some(phase) = phase(Some(it.life_cycle_state())) else { return Ok(None) };
    let call = aws.efs().describe_mount_target_security_groups().mount_target_id(id).send();
    let groups = call.await.or_fault("DescribeMountTargetSecurityGroups")?;
    let file_system = it.file_system_id();
    let owner = it.owner_id().unwrap_or_default();
    let partition = aws.partition();
    let (region, suffix) = (aws.region(), partition.dns_suffix);
    let name = format!("{file_system}.efs.{region}.{suffix}");
    let attributes = MountTarget {
        file_system_id: file_system.to_owned(),
        ip_address: Auto::from_sdk(it.ip_address()),
        security_groups: Auto::from_sdk(groups.security_groups()),
        subnet_id: it.subnet_id().to_owned(),
        availability_zone_id: Out::from_sdk(it.availability_zone_id()),
        availability_zone_name: Out::from_sdk(it.availability_zone_name()),
        file_system_arn: Out(Some(format!(
            "arn:{}:elasticfilesystem:{region}:{owner}:file-system/{file_system}",
            partition.name
        ))),
        mount_target_dns_name: Out(it.availability_zone_name().map(|it| format!("{it}.{name}"))),
        dns_name: Out(Some(name)),
        network_interface_id: Out::from_sdk(it.network_interface_id()),
        owner_id: Out::from_sdk(it.owner_id()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, fault, json, want};

    const TARGET: &str = r#"{"OwnerId": "123456789012", "MountTargetId": "fsmt-1", "FileSystemId": "fs-1",
        "SubnetId": "subnet-1", "LifeCycleState": "available", "IpAddress": "10.0.0.4",
        "AvailabilityZoneName": "eu-west-1a", "AvailabilityZoneId": "euw1-az1"}"#;

    #[tokio::test]
    async fn groups_are_sent_with_it_and_changed_later() {
        let aws = Script::new([json(TARGET), json("")]);
        let have = want::<MountTarget>(
            r#"{"file_system_id": "fs-1", "subnet_id": "subnet-1", "security_groups": ["sg-1"]}"#,
        );
        assert_eq!(MountTarget::create(&aws, &have, "token").await.unwrap(), "fsmt-1");
        let want = want::<MountTarget>(
            r#"{"file_system_id": "fs-1", "subnet_id": "subnet-1", "security_groups": ["sg-2"]}"#,
        );
        MountTarget::update(&aws, "fsmt-1", &have, &want).await.unwrap();
        aws.sent(expect![[r#"
            POST elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/mount-targets
                FileSystemId="fs-1"
                SecurityGroups=["sg-1"]
                SubnetId="subnet-1"
            PUT elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/mount-targets/fsmt-1/security-groups
                SecurityGroups=["sg-2"]
        "#]]);
    }

    #[tokio::test]
    async fn it_has_a_name_in_its_zone() {
        let answer = format!(r#"{{"MountTargets": [{TARGET}]}}"#);
        let aws = Script::new([json(&answer), json(r#"{"SecurityGroups": ["sg-1"]}"#)]);
        let found = MountTarget::read(&aws, &["fsmt-1".to_owned()]).await.unwrap();
        let name = found[0].attributes.mount_target_dns_name.0.as_deref();
        assert_eq!(name, Some("eu-west-1a.fs-1.efs.eu-west-1.amazonaws.com"));
    }

    #[tokio::test]
    async fn a_lost_reply_is_found_by_the_subnet() {
        let answer = format!(r#"{{"MountTargets": [{TARGET}]}}"#);
        let aws = Script::new([json(&answer), json(&answer)]);
        for (subnet, id) in [("subnet-1", Some("fsmt-1")), ("subnet-2", None)] {
            let text = format!(r#"{{"file_system_id": "fs-1", "subnet_id": "{subnet}"}}"#);
            let found = MountTarget::find(&aws, &want(&text), "token").await.unwrap();
            assert_eq!(found.as_deref(), id);
        }
    }

    #[test]
    fn it_waits_for_its_file_system() {
        let busy = fault(FaultKind::Rejected, "IncorrectFileSystemLifeCycleState");
        assert_eq!(MountTarget::classify(Op::Create, &busy), Some(FaultKind::Busy));
        let other = fault(FaultKind::Rejected, "MountTargetConflict");
        assert_eq!(MountTarget::classify(Op::Create, &other), Some(FaultKind::Exists));
    }
}
