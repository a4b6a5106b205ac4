//! `aws_iam_user`: an identity with keys of its own.

use model::{Attributes, Live, Map, Out, Phase, Tags, Timeouts, Unread};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{tags_from_sdk, tags_to_sdk};
use crate::mirror::FromSdk;
use crate::naming::known;
use crate::resource::{Resource, Result, each, missing_is_none};

/// An identity with keys of its own.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_user")]
pub(crate) struct User {
    /// Its name.
    #[attr(replace)]
    name: String,
    /// Whether its keys, password and devices are thrown away when it is destroyed.
    #[attr(default = false)]
    force_destroy: Unread<bool>,
    /// The path of its name.
    #[attr(default = "/")]
    path: String,
    /// ARN of the policy that limits what it can ever do.
    permissions_boundary: Option<String>,
    /// Its name.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// Its unique id, such as `AIDA...`.
    unique_id: Out<String>,
    /// Its Amazon Resource Name.
    #[attr(volatile)]
    arn: Out<String>,
}

impl Resource for User {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    async fn create(aws: &Aws, want: &Self, _token: &str) -> Result<String> {
        let call = aws.iam().create_user().user_name(&want.name).path(&want.path);
        let call = call
            .set_permissions_boundary(want.permissions_boundary.clone())
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        call.send().await.or_fault("CreateUser")?;
        Ok(want.name.clone())
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.path != want.path {
            let call = aws.iam().update_user().user_name(id).new_path(&want.path);
            call.send().await.or_fault("UpdateUser")?;
        }
        if have.permissions_boundary != want.permissions_boundary {
            bound(aws, id, want.permissions_boundary.as_deref()).await?;
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        if have.force_destroy.0 == Some(true) {
            disarm(aws, id).await?;
        }
        aws.iam().delete_user().user_name(id).send().await.or_fault("DeleteUser")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a user of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, _token: &str) -> Result<Option<String>> {
        let found = live(aws, &want.name).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|it| it.id))
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<User>>> {
    let answer = aws.iam().get_user().user_name(id).send().await.or_fault("GetUser")?;
    let it = must(answer.user, "GetUser")?;
    let boundary = it.permissions_boundary().and_then(|it| it.permissions_boundary_arn());
    let attributes = User {
        name: String::from_sdk(it.user_name()),
        force_destroy: Unread(None),
        path: String::from_sdk(it.path()),
        permissions_boundary: Option::from_sdk(boundary),
        id: Out::from_sdk(Some(it.user_name())),
        tags: tags_from_sdk(it.tags()),
        unique_id: Out::from_sdk(Some(it.user_id())),
        arn: Out::from_sdk(Some(it.arn())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn bound(aws: &Aws, id: &str, boundary: Option<&str>) -> Result<()> {
    match boundary {
        Some(arn) => {
            let call = aws.iam().put_user_permissions_boundary().user_name(id);
            let call = call.permissions_boundary(arn);
            call.send().await.or_fault("PutUserPermissionsBoundary")?;
        }
        None => {
            let call = aws.iam().delete_user_permissions_boundary().user_name(id);
            call.send().await.or_fault("DeleteUserPermissionsBoundary")?;
        }
    }
    Ok(())
}

/// Takes from a user everything that it could sign in with, and its groups.
async fn disarm(aws: &Aws, id: &str) -> Result<()> {
    let iam = aws.iam();
    let groups = iam.list_groups_for_user().user_name(id).send().await;
    for it in groups.or_fault("ListGroupsForUser")?.groups {
        let call = iam.remove_user_from_group().user_name(id).group_name(it.group_name);
        call.send().await.or_fault("RemoveUserFromGroup")?;
    }
    let keys = iam.list_access_keys().user_name(id).send().await.or_fault("ListAccessKeys")?;
    for it in keys.access_key_metadata {
        let call = iam.delete_access_key().user_name(id).set_access_key_id(it.access_key_id);
        call.send().await.or_fault("DeleteAccessKey")?;
    }
    let keys = iam.list_ssh_public_keys().user_name(id).send().await;
    for it in keys.or_fault("ListSSHPublicKeys")?.ssh_public_keys.unwrap_or_default() {
        let call = iam.delete_ssh_public_key().user_name(id);
        let call = call.ssh_public_key_id(it.ssh_public_key_id);
        call.send().await.or_fault("DeleteSSHPublicKey")?;
    }
    let certificates = iam.list_signing_certificates().user_name(id).send().await;
    for it in certificates.or_fault("ListSigningCertificates")?.certificates {
        let call = iam.delete_signing_certificate().user_name(id);
        let call = call.certificate_id(it.certificate_id);
        call.send().await.or_fault("DeleteSigningCertificate")?;
    }
    let devices = iam.list_mfa_devices().user_name(id).send().await.or_fault("ListMFADevices")?;
    for it in devices.mfa_devices {
        let call = iam.deactivate_mfa_device().user_name(id).serial_number(it.serial_number);
        call.send().await.or_fault("DeactivateMFADevice")?;
    }
    let password = iam.delete_login_profile().user_name(id).send().await;
    missing_is_none(password.or_fault("DeleteLoginProfile").map(Some))?;
    Ok(())
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.iam().untag_user().user_name(id).set_tag_keys(Some(unset));
        call.send().await.or_fault("UntagUser")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.iam().tag_user().user_name(id).set_tags(Some(set));
        call.send().await.or_fault("TagUser")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, query_refusal, want};

    #[tokio::test]
    async fn only_a_forced_deletion_takes_keys_away() {
        let done = |operation| query(operation, "");
        let key = "<AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId></member>\
                   </AccessKeyMetadata>";
        let aws = Script::new([
            done("ListGroupsForUser"),
            query("ListAccessKeys", key),
            done("DeleteAccessKey"),
            done("ListSSHPublicKeys"),
            done("ListSigningCertificates"),
            done("ListMFADevices"),
            query_refusal("NoSuchEntity", "Login Profile for User ann cannot be found."),
            done("DeleteUser"),
            done("DeleteUser"),
        ]);

        let forced = want::<User>(r#"{"name": "ann", "force_destroy": true}"#);
        User::delete(&aws, "ann", &forced).await.unwrap();
        User::delete(&aws, "bob", &want(r#"{"name": "bob"}"#)).await.unwrap();

        aws.sent(expect![[r#"
            ListGroupsForUser
                UserName=ann
            ListAccessKeys
                UserName=ann
            DeleteAccessKey
                AccessKeyId=AKIA1
                UserName=ann
            ListSSHPublicKeys
                UserName=ann
            ListSigningCertificates
                UserName=ann
            ListMFADevices
                UserName=ann
            DeleteLoginProfile
                UserName=ann
            DeleteUser
                UserName=ann
            DeleteUser
                UserName=bob
        "#]]);
    }
}
