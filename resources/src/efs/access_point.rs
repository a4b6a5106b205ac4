//! `aws_efs_access_point`: a way into a file system, for one user and from one folder on.

use std::collections::BTreeSet;

use aws_sdk_efs::types as sdk;
use model::{Attributes, Auto, Fault, FaultKind, Live, Mirror, One, Op, Out, Tags};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::efs::{phase, retag, tags_from_sdk, tags_to_sdk};
use crate::fault::{OrFault, must};
use crate::mirror::{FromSdk, ToSdk};
use crate::naming::uuid_of;
use crate::resource::{Resource, Result, each};

/// A way into a file system, for one user and from one folder on.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_efs_access_point")]
pub(crate) struct AccessPoint {
    /// The file system.
    #[attr(replace)]
    file_system_id: String,
    /// The user that everyone who comes this way is.
    #[attr(replace)]
    posix_user: One<User>,
    /// The folder that is the root for everyone who comes this way.
    #[attr(replace)]
    root_directory: Auto<One<Root>>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its Amazon Resource Name.
    arn: Out<String>,
    /// ARN of the file system.
    file_system_arn: Out<String>,
    /// The account it belongs to.
    owner_id: Out<String>,
    /// Its id: `fsap-0123456789abcdef0`.
    id: Out<String>,
}

/// A user by its numbers.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::PosixUser, checked)]
pub(crate) struct User {
    /// The group.
    gid: i64,
    /// More groups.
    secondary_gids: Option<BTreeSet<i64>>,
    /// The user.
    uid: i64,
}

/// The folder that is the root.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
pub(crate) struct Root {
    /// The path, with up to four folders.
    path: Auto<String>,
    /// What the folder is made with if it is not there.
    creation_info: Auto<One<Creation>>,
}

/// What a folder is made with.
#[derive(Debug, Clone, PartialEq, Attributes, Mirror, Serialize, Deserialize)]
#[mirror(sdk::CreationInfo, checked)]
pub(crate) struct Creation {
    /// The group it belongs to.
    owner_gid: i64,
    /// The user it belongs to.
    owner_uid: i64,
    /// The permissions: `755`.
    permissions: String,
}

impl ToSdk<Option<sdk::RootDirectory>> for Root {
    fn to_sdk(&self) -> Option<sdk::RootDirectory> {
        let it = sdk::RootDirectory::builder().set_path(self.path.to_sdk());
        Some(it.set_creation_info(self.creation_info.to_sdk()).build())
    }
}

impl<'a> FromSdk<&'a sdk::RootDirectory> for Root {
    fn from_sdk(it: &'a sdk::RootDirectory) -> Self {
        Root {
            path: Auto::from_sdk(it.path()),
            creation_info: Auto(Some(One::from_sdk(it.creation_info()))),
        }
    }
}

impl Resource for AccessPoint {
    const BATCH: usize = 20;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let root = want.root_directory.0.as_ref();
        let call = aws
            .efs()
            .create_access_point()
            .client_token(uuid_of(token))
            .file_system_id(&want.file_system_id)
            .set_posix_user(want.posix_user.to_sdk())
            .set_root_directory(root.and_then(ToSdk::to_sdk))
            .set_tags(tags_to_sdk(&want.tags));
        let answer = call.send().await.or_fault("CreateAccessPoint")?;
        must(answer.access_point_id, "CreateAccessPoint")
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, _have: &Self) -> Result<()> {
        let call = aws.efs().delete_access_point().access_point_id(id);
        call.send().await.or_fault("DeleteAccessPoint")?;
        Ok(())
    }

    /// The token stays with it. To create it again with the same one is an error.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let pages = aws.efs().describe_access_points().file_system_id(&want.file_system_id);
        let all = pages.into_paginator().items().send();
        let all = all.collect::<std::result::Result<Vec<_>, _>>().await;
        let token = uuid_of(token);
        let mut all = all.or_fault("DescribeAccessPoints")?.into_iter();
        let found = all.find(|it| it.client_token() == Some(&token));
        Ok(found.and_then(|it| it.access_point_id))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        super::classify(op, fault)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<AccessPoint>>> {
    let call = aws.efs().describe_access_points().access_point_id(id).send();
    let answer = call.await.or_fault("DescribeAccessPoints")?;
    let Some(it) = answer.access_points().first() else { return Ok(None) };
    let Some(phase) = phase(it.life_cycle_state()) else { return Ok(None) };
    let file_system = it.file_system_id().unwrap_or_default();
    let owner = it.owner_id().unwrap_or_default();
    let (partition, region) = (aws.partition().name, aws.region());
    let attributes = AccessPoint {
        file_system_id: file_system.to_owned(),
        posix_user: One::from_sdk(it.posix_user()),
        root_directory: Auto(Some(One::from_sdk(it.root_directory()))),
        tags: tags_from_sdk(it.tags()),
        arn: Out::from_sdk(it.access_point_arn()),
        file_system_arn: Out(Some(format!(
            "arn:{partition}:elasticfilesystem:{region}:{owner}:file-system/{file_system}"
        ))),
        owner_id: Out::from_sdk(it.owner_id()),
        id: Out(Some(id.to_owned())),
    };
    Ok(Some(Live { id: id.to_owned(), phase, attributes }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, json, want};

    #[tokio::test]
    async fn everything_is_said_in_one_call() {
        let aws = Script::new([json(r#"{"AccessPointId": "fsap-1"}"#)]);
        let want = want::<AccessPoint>(
            r#"{"file_system_id": "fs-1", "posix_user": [{"uid": 1000, "gid": 1000, "secondary_gids": [7]}],
                "root_directory": [{"path": "/data", "creation_info": [
                    {"owner_uid": 1000, "owner_gid": 1000, "permissions": "755"}]}], "tags": {"a": "1"}}"#,
        );
        assert_eq!(AccessPoint::create(&aws, &want, "token").await.unwrap(), "fsap-1");
        aws.sent(expect![[r#"
            POST elasticfilesystem.eu-west-1.amazonaws.com/2015-02-01/access-points
                ClientToken="094de9d8-5b56-5c33-8965-e758b0aef552"
                FileSystemId="fs-1"
                PosixUser={"Gid":1000,"SecondaryGids":[7],"Uid":1000}
                RootDirectory={"CreationInfo":{"OwnerGid":1000,"OwnerUid":1000,"Permissions":"755"},"Path":"/data"}
                Tags=[{"Key":"a","Value":"1"}]
        "#]]);
    }

    #[tokio::test]
    async fn a_lost_reply_is_found_by_the_token() {
        let points = format!(
            r#"{{"AccessPoints": [{{"AccessPointId": "fsap-0", "ClientToken": "other"}},
                                 {{"AccessPointId": "fsap-1", "ClientToken": "{}"}}]}}"#,
            uuid_of("token")
        );
        let aws = Script::new([json(&points)]);
        let want = want::<AccessPoint>(r#"{"file_system_id": "fs-1"}"#);
        let found = AccessPoint::find(&aws, &want, "token").await.unwrap();
        assert_eq!(found.as_deref(), Some("fsap-1"));
    }
}
