//! Elastic File System.

pub(crate) mod file_system;
pub(crate) mod lifecycle;
pub(crate) mod mount_target;
pub(crate) mod access_point;

use aws_sdk_efs::types::{LifeCycleState, Tag};
use model::{Fault, FaultKind, Op, Phase, Tags};

use crate::aws::Aws;
use crate::fault::OrFault;
use crate::registry::{DataEntry, Entry, entry};
use crate::resource::Result;

pub(crate) const TYPES: &[Entry] = &[
    entry::<file_system::FileSystem>(),
    entry::<mount_target::MountTarget>(),
    entry::<access_point::AccessPoint>(),
];

pub(crate) const DATA: &[DataEntry] = &[];

fn tags_to_sdk(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| {
        Tag::builder().key(key).value(value).build().expect("a key and a value are set")
    };
    (!tags.0.is_empty()).then(|| tags.0.iter().map(tag).collect())
}

fn tags_from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().map(|it| (it.key(), it.value())).collect()
}

/// Sets and removes tags on any EFS object.
async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.efs().untag_resource().resource_id(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagResource")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.efs().tag_resource().resource_id(id).set_tags(set);
        call.send().await.or_fault("TagResource")?;
    }
    Ok(())
}

/// Where an object is on its way. An object that is gone may be described for a while.
fn phase(state: Option<&LifeCycleState>) -> Option<Phase> {
    use LifeCycleState::{Creating, Deleted, Deleting, Error, Updating};
    match state {
        Some(Deleted) => None,
        Some(Error) => Some(Phase::failed("its state is error")),
        Some(it @ (Creating | Updating | Deleting)) => {
            Some(Phase::changing(format!("its state is {it}")))
        }
        _ => Some(Phase::Ready),
    }
}

/// What a fault means for any EFS object.
fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
    match (op, fault.code.as_str()) {
        // The file system is still being made or changed, or not yet rid of its mount targets.
        (_, "IncorrectFileSystemLifeCycleState" | "IncorrectMountTargetState") => {
            Some(FaultKind::Busy)
        }
        (Op::Delete, "FileSystemInUse") => Some(FaultKind::Busy),
        // What is named was made a moment ago.
        (
            Op::Create | Op::Update,
            "FileSystemNotFound" | "SubnetNotFound" | "SecurityGroupNotFound",
        ) => Some(FaultKind::NotYet),
        (Op::Create, "MountTargetConflict" | "FileSystemAlreadyExists") => Some(FaultKind::Exists),
        _ => None,
    }
}
