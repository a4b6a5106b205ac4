//! `aws_iam_instance_profile`: hands a role to EC2 instances.

use model::{Attributes, Auto, Fault, FaultKind, Live, Map, Op, Out, Phase, Tags, Timeouts};
use serde::{Deserialize, Serialize};

use crate::aws::Aws;
use crate::fault::{OrFault, must};
use crate::iam::{tags_from_sdk, tags_to_sdk};
use crate::mirror::{FromSdk, moment};
use crate::naming::{known, name_or_unique, prefix_of};
use crate::resource::{Resource, Result, each};

/// Hands a role to EC2 instances.
#[derive(Debug, Clone, PartialEq, Attributes, Serialize, Deserialize)]
#[resource("aws_iam_instance_profile")]
pub(crate) struct InstanceProfile {
    /// Its name. Without it or `name_prefix`, a unique one is made.
    #[attr(replace)]
    name: Auto<String>,
    /// The beginning of a unique name.
    #[attr(replace)]
    name_prefix: Auto<String>,
    /// The path of its name.
    #[attr(replace, default = "/")]
    path: String,
    /// The role's name.
    role: Option<String>,
    /// Its name.
    id: Out<String>,
    /// Tags of its own; those of the provider's `default_tags` come on top.
    tags: Tags,
    /// When it was created.
    create_date: Out<String>,
    /// Its unique id, such as `AIPA...`.
    unique_id: Out<String>,
    /// Its Amazon Resource Name.
    arn: Out<String>,
}

impl Resource for InstanceProfile {
    const BATCH: usize = 50;
    const TIMEOUTS: Timeouts = Timeouts::minutes(2, 2, 2);
    const MISSED: bool = true;

    async fn read(aws: &Aws, ids: &[String]) -> Result<Vec<Live<Self>>> {
        each(ids, |id| live(aws, id)).await
    }

    /// The role is put in by `update`.
    async fn create(aws: &Aws, want: &Self, token: &str) -> Result<String> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let call = aws.iam().create_instance_profile().instance_profile_name(name);
        let call = call
            .path(&want.path)
            .set_tags((!want.tags.0.is_empty()).then(|| tags_to_sdk(&want.tags)));
        let answer = call.send().await.or_fault("CreateInstanceProfile")?;
        Ok(must(answer.instance_profile, "CreateInstanceProfile")?.instance_profile_name)
    }

    async fn update(aws: &Aws, id: &str, have: &Self, want: &Self) -> Result<()> {
        if have.role != want.role {
            leave(aws, id, have.role.as_deref()).await?;
            if let Some(role) = &want.role {
                let call = aws.iam().add_role_to_instance_profile().instance_profile_name(id);
                call.role_name(role).send().await.or_fault("AddRoleToInstanceProfile")?;
            }
        }
        retag(aws, id, &have.tags, &want.tags).await
    }

    async fn delete(aws: &Aws, id: &str, have: &Self) -> Result<()> {
        leave(aws, id, have.role.as_deref()).await?;
        let call = aws.iam().delete_instance_profile().instance_profile_name(id);
        call.send().await.or_fault("DeleteInstanceProfile")?;
        Ok(())
    }

    fn claim(planned: &Map) -> Option<String> {
        known(planned, "name").map(str::to_owned)
    }

    /// Names are unique, so a profile of this name with the same tags is the one.
    async fn find(aws: &Aws, want: &Self, token: &str) -> Result<Option<String>> {
        let name = name_or_unique(&want.name, &want.name_prefix, token);
        let found = live(aws, &name).await?;
        Ok(found.filter(|it| it.attributes.tags == want.tags).map(|_| name))
    }

    fn classify(op: Op, fault: &Fault) -> Option<FaultKind> {
        // The role, or the profile itself, was created a moment ago.
        (op == Op::Update && fault.code == "NoSuchEntity").then_some(FaultKind::NotYet)
    }
}

async fn live(aws: &Aws, id: &str) -> Result<Option<Live<InstanceProfile>>> {
    let call = aws.iam().get_instance_profile().instance_profile_name(id);
    let answer = call.send().await.or_fault("GetInstanceProfile")?;
    let it = must(answer.instance_profile, "GetInstanceProfile")?;
    let name = it.instance_profile_name();
    let attributes = InstanceProfile {
        name: Auto::from_sdk(Some(name)),
        name_prefix: Auto(prefix_of(name)),
        path: String::from_sdk(it.path()),
        role: it.roles().first().map(|it| it.role_name().to_owned()),
        id: Out::from_sdk(Some(name)),
        tags: tags_from_sdk(it.tags()),
        create_date: moment(Some(it.create_date())),
        unique_id: Out::from_sdk(Some(it.instance_profile_id())),
        arn: Out::from_sdk(Some(it.arn())),
    };
    Ok(Some(Live { id: id.to_owned(), phase: Phase::Ready, attributes }))
}

async fn leave(aws: &Aws, id: &str, role: Option<&str>) -> Result<()> {
    let Some(role) = role else { return Ok(()) };
    let call = aws.iam().remove_role_from_instance_profile().instance_profile_name(id);
    match call.role_name(role).send().await.or_fault("RemoveRoleFromInstanceProfile") {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(()),
        result => result.map(|_| ()),
    }
}

async fn retag(aws: &Aws, id: &str, have: &Tags, want: &Tags) -> Result<()> {
    let (set, unset) = want.changes_from(have);
    if !unset.is_empty() {
        let call = aws.iam().untag_instance_profile().instance_profile_name(id);
        call.set_tag_keys(Some(unset)).send().await.or_fault("UntagInstanceProfile")?;
    }
    if !set.is_empty() {
        let set = tags_to_sdk(&set.into_iter().collect());
        let call = aws.iam().tag_instance_profile().instance_profile_name(id);
        call.set_tags(Some(set)).send().await.or_fault("TagInstanceProfile")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::testing::{Script, query, want};

    #[tokio::test]
    async fn a_profile_holds_one_role_at_a_time() {
        let done = |operation| query(operation, "");
        let aws =
            Script::new([done("RemoveRoleFromInstanceProfile"), done("AddRoleToInstanceProfile")]);
        let have = want::<InstanceProfile>(r#"{"name": "web", "role": "old"}"#);
        let want = want::<InstanceProfile>(r#"{"name": "web", "role": "new"}"#);

        InstanceProfile::update(&aws, "web", &have, &want).await.unwrap();

        aws.sent(expect![[r#"
            RemoveRoleFromInstanceProfile
                InstanceProfileName=web
                RoleName=old
            AddRoleToInstanceProfile
                InstanceProfileName=web
                RoleName=new
        "#]]);
    }
}
